"""Input of the networks: centred and scaled by the training runs, channels dropped."""

import pytest
import torch
from torch import Tensor, nn

from models.binned_run_network import BinnedRunNetwork
from models.input_channels import stack_channels

CHANNELS = ("maximum", "log_maximum", "prevalence")
N_MZ = 4


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_bins(seed: int, n_runs: int = 12) -> Tensor:
    """Return binned runs (12, 4, 6) whose ions differ in size a thousandfold."""
    bins = torch.rand(n_runs, N_MZ, 6, generator=generator(seed))
    return bins * torch.logspace(-3, 0, N_MZ)[:, None]


def passing(dropout: float = 0.0, *, seed: int = 0) -> BinnedRunNetwork:
    """Return a network that gives its scaled input back."""
    network = BinnedRunNetwork(nn.Identity(), CHANNELS, N_MZ, dropout)
    network.generator = generator(seed)
    return network


@pytest.mark.parametrize("seed", range(2))
def test_ions_are_centred_and_channels_scaled_by_the_measured_runs(seed: int) -> None:
    network, bins = passing().eval(), random_bins(seed)
    network.measure(bins)
    x = network(bins)
    centre, spread = x.mean(dim=(0, 3)), x.std(dim=(0, 3), correction=0)
    # what is usual for an ion says nothing
    torch.testing.assert_close(centre, torch.zeros(3, N_MZ), atol=1e-4, rtol=0)
    # channels come in units of their own, and none must drown another
    torch.testing.assert_close(spread.mean(dim=1), torch.ones(3))
    raw = stack_channels(bins, CHANNELS).std(dim=(0, 3), correction=0)
    # ions keep their relative sizes within a channel: small ones are mostly noise
    torch.testing.assert_close(spread / spread[:, :1], raw / raw[:, :1])


def test_predicting_changes_no_measure() -> None:
    network = passing().eval()
    network.measure(random_bins(0))
    others = random_bins(1)
    together = network(others)
    # runs of the scored fold must not shift each other, nor what was measured
    torch.testing.assert_close(network(others[3:4]), together[3:4])
    torch.testing.assert_close(network(others), together)


def test_measures_are_saved_with_the_weights() -> None:
    network, again = passing().eval(), passing().eval()
    network.measure(random_bins(0))
    again.load_state_dict(network.state_dict())
    # weights without them would see another input than they were trained on
    assert torch.equal(again(random_bins(1)), network(random_bins(1)))


@pytest.mark.parametrize("n_runs", [1, 5])
def test_runs_without_signal_are_finite(n_runs: int) -> None:
    network = passing().eval()
    network.measure(torch.zeros(n_runs, N_MZ, 6))
    # the spread is zero, and so is what it divides
    assert torch.equal(network(torch.zeros(2, N_MZ, 6)), torch.zeros(2, 3, N_MZ, 6))
    assert torch.isfinite(network(random_bins(0))).all()


@pytest.mark.parametrize("dropout", [0.0, 0.3, 0.99])
def test_one_channel_always_stays(dropout: float) -> None:
    network, bins = passing(dropout), random_bins(0, n_runs=4000) + 0.1
    x, whole = network.train()(bins), network.eval()(bins)
    kept = (x != 0).flatten(2).any(dim=2)
    # a channel is there as a whole or not at all, and never rescaled
    assert torch.equal(x, whole * kept[:, :, None, None])
    # an input without any channel would teach the prevalence only
    assert kept.any(dim=1).all()
    # all three are drawn below the threshold with a chance of its cube
    expected = (3 * (1 - dropout) + dropout**3) / 3
    assert kept.float().mean().item() == pytest.approx(expected, abs=0.02)
    # no channel is dearer than another
    assert kept.float().mean(dim=0).std().item() < 0.02


def test_the_generator_decides_what_is_dropped() -> None:
    results = []
    for global_seed, seed in ((0, 0), (1, 0), (0, 1)):
        torch.manual_seed(global_seed)
        results.append(passing(0.5, seed=seed)(random_bins(0)))
    # threads share torch's global generator
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
    # nothing is dropped in prediction
    network = passing(0.99).eval()
    assert torch.equal(network(random_bins(0)), passing().eval()(random_bins(0)))


def test_a_single_channel_is_never_dropped() -> None:
    network = BinnedRunNetwork(nn.Identity(), ("maximum",), N_MZ, 0.99)
    bins = random_bins(0)
    assert torch.equal(network.train()(bins), network.eval()(bins))
