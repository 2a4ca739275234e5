"""The label correlation grid against a direct reading of its definition."""

import numpy as np
import pytest
import torch

from models.correlation_grid_loss import (
    NOISE_DEVIATION,
    correlation_grid,
    correlation_grid_loss,
    grid_from_noise,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(seed: int, n: int = 40, d: int = 4) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy((rng.random((n, d)) < 0.4).astype(np.float32))


def grid_by_definition(values: np.ndarray, noise: np.ndarray) -> np.ndarray:
    n, d = values.shape
    repeated = np.empty((n, d, d))
    for run in range(n):
        for copy in range(d):
            repeated[run, copy] = values[run] + noise[run, copy]
    grid = np.empty((d, d))
    for i in range(d):
        for j in range(d):
            grid[i, j] = np.corrcoef(repeated[:, i, j], repeated[:, j, i])[0, 1]
    return grid


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_double_loop_of_the_definition(seed: int) -> None:
    values = batch(seed)
    noise = torch.randn((40, 4, 4), generator=generator(seed))
    expected = grid_by_definition(values.double().numpy(), noise.double().numpy())
    got = grid_from_noise(values, noise).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_a_grid_is_a_symmetric_table_of_correlations(seed: int) -> None:
    grid = correlation_grid(batch(seed), generator(seed)).numpy()
    # element (i, j) with (j, i) is the same pair as (j, i) with (i, j)
    np.testing.assert_allclose(grid, grid.T, atol=1e-6)
    # an element against itself
    np.testing.assert_allclose(np.diag(grid), 1, atol=1e-5)
    assert (np.abs(grid) <= 1 + 1e-5).all()


def test_noise_weakens_correlations_by_its_share_of_the_variance() -> None:
    n = 200_000
    values = torch.randn((n, 1), generator=generator()).repeat(1, 2)
    grid = correlation_grid(values, generator(1))
    # the same unit-variance signal twice, each with independent noise
    assert grid[0, 1] == pytest.approx(1 / (1 + NOISE_DEVIATION**2), abs=0.01)


def test_the_loss_prefers_probabilities_correlated_as_the_labels_are() -> None:
    labels = batch(0, n=2000)
    labels[:, 1] = labels[:, 0]
    shuffled = labels[torch.randperm(2000, generator=generator())]
    shuffled = torch.stack([shuffled[:, 0], labels[:, 1], *labels[:, 2:].T], dim=1)
    right = correlation_grid_loss(labels, labels, generator(1))
    wrong = correlation_grid_loss(labels, shuffled, generator(1))
    assert right < 0.05 < wrong


@pytest.mark.parametrize("n", [1, 2, 10])
def test_constant_columns_and_single_runs_have_finite_gradients(n: int) -> None:
    labels = torch.zeros((n, 3))
    probabilities = torch.full((n, 3), 0.2, requires_grad=True)
    loss = correlation_grid_loss(labels, probabilities, generator())
    loss.backward()
    # a NaN gradient of one rare label would destroy all weights
    assert torch.isfinite(loss)
    assert torch.isfinite(probabilities.grad).all()
    if n == 1:
        # one run has no correlation, so there is nothing to learn from it
        assert loss.item() == 0


def test_constant_elements_without_noise_are_correlated_with_nothing() -> None:
    values = torch.ones((5, 2), requires_grad=True)
    grid = grid_from_noise(values, torch.zeros((5, 2, 2)))
    grid.sum().backward()
    assert (grid == 0).all()
    assert torch.isfinite(values.grad).all()


def test_noise_comes_from_the_given_generator_alone() -> None:
    labels, probabilities = batch(0), batch(1)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = correlation_grid_loss(labels, probabilities, generator(5))
    # threads share the global generator; to use it would mix their numbers
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert correlation_grid_loss(labels, probabilities, generator(5)) == first
    assert correlation_grid_loss(labels, probabilities, generator(6)) != first
