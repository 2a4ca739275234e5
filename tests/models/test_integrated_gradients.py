"""Integrated gradients: closed forms, completeness, labels in batches."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.integrated_gradients import _ROWS, integrated_gradients

SHAPE, N_LABELS = (3, 4), 7


def small_network(*, normalised: bool = False) -> nn.Sequential:
    """Return a smooth network (n_rows, *SHAPE) -> (n_rows, N_LABELS)."""
    generator = torch.Generator().manual_seed(0)
    size = int(np.prod(SHAPE))
    network = nn.Sequential(
        nn.Flatten(),
        nn.Linear(size, 16),
        nn.LayerNorm(16) if normalised else nn.Identity(),
        nn.Tanh(),
        nn.Linear(16, N_LABELS),
    )
    with torch.no_grad():
        for weights in network.parameters():
            weights.normal_(std=0.7, generator=generator)
    return network


def run(seed: int = 1) -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


def incompleteness(network: nn.Module, x: Tensor, steps: int) -> float:
    """Return the largest difference between the sum and the logits."""
    parts, start = integrated_gradients(network, x, range(N_LABELS), steps)
    with torch.no_grad():
        logits = network(x[None])[0].double().numpy()
    return float(np.abs(parts.sum(axis=(1, 2)) + start - logits).max())


@pytest.mark.parametrize("steps", [1, 2, 8])
def test_a_linear_network_gives_weight_times_input(steps: int) -> None:
    generator = torch.Generator().manual_seed(2)
    weights, bias = torch.randn(5, 2, generator=generator), torch.tensor([0.5, -2.0])
    x = torch.tensor([1.0, -3.0, 0.0, 0.25, 1e4])
    parts, start = integrated_gradients(
        lambda rows: rows @ weights + bias, x, [0, 1], steps
    )
    # the gradient is the same everywhere, so one point is as good as many
    np.testing.assert_allclose(parts, (weights.T * x).double(), rtol=1e-5)
    np.testing.assert_allclose(start, bias.double())


def test_a_product_is_shared_equally_and_a_square_is_its_own() -> None:
    def network(rows: Tensor) -> Tensor:
        a, b = rows[:, 0], rows[:, 1]
        return torch.stack([a * b, a**2 + 3 * b], dim=1)

    x = torch.tensor([2.0, 5.0])
    parts, start = integrated_gradients(network, x, [0, 1], 2)
    # the integrals by hand; two points integrate polynomials of degree 3 exactly
    np.testing.assert_allclose(parts, [[5, 5], [4, 15]], rtol=1e-5)
    np.testing.assert_array_equal(start, [0, 0])


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_contributions_and_start_add_up_to_the_logit(
    seed: int, *, normalised: bool
) -> None:
    network = small_network(normalised=normalised)
    assert incompleteness(network, run(seed), 64) < 1e-4


def test_more_steps_are_more_exact() -> None:
    network, x = small_network(), 3 * run()
    errors = [incompleteness(network, x, steps) for steps in (1, 4, 16)]
    assert errors[0] > 10 * errors[1] > 100 * errors[2]


def test_an_input_without_influence_gets_nothing() -> None:
    network = small_network()
    with torch.no_grad():
        network[1].weight[:, 5] = 0
    parts, _ = integrated_gradients(network, run(), range(N_LABELS), 8)
    flat = parts.reshape(N_LABELS, -1)
    np.testing.assert_array_equal(flat[:, 5], 0)
    assert (np.delete(flat, 5, axis=1) != 0).all()


def test_the_baseline_itself_gets_nothing() -> None:
    network = small_network()
    zeros = torch.zeros(SHAPE)
    parts, start = integrated_gradients(network, zeros, range(N_LABELS), 8)
    np.testing.assert_array_equal(parts, 0)
    with torch.no_grad():
        np.testing.assert_array_equal(start, network(zeros[None])[0].double())


@pytest.mark.parametrize("steps", [3, _ROWS // 2, _ROWS, _ROWS + 1])
def test_labels_come_in_the_order_asked_for_whatever_the_batch(steps: int) -> None:
    network, x = small_network(), run()
    labels = [6, 0, 3, 3, 1] * (1 + 8 * (steps == 3))
    parts, start = integrated_gradients(network, x, labels, steps)
    assert parts.shape == (len(labels), *SHAPE)
    for label in set(labels):
        alone, its_start = integrated_gradients(network, x, [label], steps)
        for row in np.flatnonzero(np.array(labels) == label):
            np.testing.assert_allclose(parts[row], alone[0], atol=1e-6)
            assert start[row] == its_start[0]


def test_a_pass_has_few_rows() -> None:
    network = small_network()
    seen: list[int] = []

    def counted(rows: Tensor) -> Tensor:
        seen.append(len(rows))
        return network(rows)

    integrated_gradients(counted, run(), list(range(N_LABELS)) * 5, 16)
    # memory is bounded by the pass, not by the number of labels
    assert max(seen) <= _ROWS
    assert sum(seen) == N_LABELS * 5 * 16 + 1


def test_network_and_input_stay_as_they_were() -> None:
    network, x = small_network(), run()
    before = x.clone()
    integrated_gradients(network, x, [0, 1], 4)
    assert all(weights.grad is None for weights in network.parameters())
    assert torch.equal(x, before)
    assert not x.requires_grad
