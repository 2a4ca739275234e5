"""Scalings of the input: what each one keeps and what it takes away."""

import pytest
import torch
from torch import Tensor

from models.input_channels import CHANNELS, ION_POWERS, LOG_FLOOR, stack_channels

every_channel = pytest.mark.parametrize("name", CHANNELS)


def random_bins(seed: int = 0) -> Tensor:
    """Return binned runs (4, 5, 6) with maxima near one, some bins empty."""
    generator = torch.Generator().manual_seed(seed)
    bins = torch.rand(4, 5, 6, generator=generator)
    return bins * (torch.rand(4, 5, 6, generator=generator) > 0.2)


def test_sums_and_maxima_are_one() -> None:
    bins = random_bins()
    one = torch.ones(4)
    torch.testing.assert_close(CHANNELS["maximum"](bins).amax((1, 2)), one)
    # shares of what leaves the sample at one temperature
    torch.testing.assert_close(CHANNELS["prevalence"](bins).sum(1), torch.ones(4, 6))


@pytest.mark.parametrize(("name", "power"), ION_POWERS.items())
def test_a_power_leaves_the_rest_of_an_ions_scale(name: str, power: float) -> None:
    bins = random_bins() + 0.1
    torch.testing.assert_close(CHANNELS[name](bins).sum(2), bins.sum(2) ** (1 - power))


@every_channel
@pytest.mark.parametrize("seed", range(2))
def test_the_scale_of_a_run_matters_to_ions_alone(name: str, seed: int) -> None:
    bins = random_bins(seed)
    factor = 0.5 ** (1 - ION_POWERS.get(name, 1.0))
    # maxima of bins differ with the bin width, and that says nothing
    torch.testing.assert_close(
        CHANNELS[name](bins * 0.5), factor * CHANNELS[name](bins)
    )


@pytest.mark.parametrize("name", ["log_maximum", "log_prevalence"])
def test_logarithms_are_two_units_from_floor_to_maximum(name: str) -> None:
    share = torch.tensor([[[0.0, 1.0]], [[1.0, 0.0]]])
    scaled = CHANNELS[name](share)
    expected = torch.where(share > 0, 1.5, -0.5)
    torch.testing.assert_close(scaled, expected, atol=1e-3, rtol=0)
    small = torch.tensor([[[1.0], [LOG_FLOOR / 100]]])
    # noise far below the floor must not look like a signal
    assert CHANNELS[name](small)[0, 1].item() == pytest.approx(-0.5, abs=0.01)


@every_channel
def test_an_empty_run_is_finite(name: str) -> None:
    scaled = CHANNELS[name](torch.zeros(2, 3, 4))
    # a run that was never observed gets a prediction, too
    assert torch.isfinite(scaled).all()
    assert scaled.unique().numel() == 1


@every_channel
def test_runs_do_not_depend_on_each_other(name: str) -> None:
    bins = random_bins()
    rows = torch.tensor([3, 1])
    # a prediction must not depend on the batch
    torch.testing.assert_close(CHANNELS[name](bins[rows]), CHANNELS[name](bins)[rows])


def test_channels_are_stacked_in_the_order_of_their_names() -> None:
    bins = random_bins()
    before = bins.clone()
    names = ("ion", "maximum", "ion")
    stacked = stack_channels(bins, names)
    assert stacked.shape == (4, 3, 5, 6)
    for number, name in enumerate(names):
        assert torch.equal(stacked[:, number], CHANNELS[name](bins))
    # several channels read the same bins
    assert torch.equal(bins, before)
    with pytest.raises(KeyError, match="nothing"):
        stack_channels(bins, ("nothing",))
