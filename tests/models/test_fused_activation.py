"""Random slopes and dropout: the stated distribution, gradient and generator."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from models.fused_activation import RandomSlope, plain_dropout, rrelu_dropout

N = 200_000


def seeded(layer: RandomSlope, seed: int = 0) -> RandomSlope:
    layer.generator = torch.Generator().manual_seed(seed)
    return layer


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dropout", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(2))
def test_dropout_drops_its_share_and_keeps_the_mean(dropout: float, seed: int) -> None:
    y = seeded(plain_dropout(dropout), seed)(torch.ones(N))
    assert (y == 0).float().mean().item() == pytest.approx(dropout, abs=0.01)
    # what is kept makes up for what is dropped, for negative values as well
    kept = y[y != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - dropout)))
    assert y.mean().item() == pytest.approx(1, abs=0.01)
    negative = seeded(plain_dropout(dropout), seed)(-torch.ones(N))
    torch.testing.assert_close(negative, -y)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_slopes_are_uniform_between_an_eighth_and_a_third(dropout: float) -> None:
    y = seeded(rrelu_dropout(dropout))(-torch.ones(N))
    slopes = -y[y != 0].numpy() * (1 - dropout)
    assert slopes.min() >= 1 / 8 - 1e-6
    assert slopes.max() <= 1 / 3 + 1e-6
    # sorted uniform numbers lie on a line; dropping must not favour any slope
    place = np.sort((slopes - 1 / 8) / (1 / 3 - 1 / 8))
    line = np.linspace(0, 1, len(place))
    assert np.abs(place - line).max() < 0.01


def test_positive_values_pass_and_zero_stays_zero() -> None:
    x = torch.tensor([0.0, 0.5, 3.0])
    # without dropout there is nothing random about them
    torch.testing.assert_close(seeded(rrelu_dropout(0.0))(x), x)


@pytest.mark.parametrize("make", [rrelu_dropout, plain_dropout])
def test_gradient_is_the_factor(make) -> None:  # type: ignore[no-untyped-def]
    x = normal(500, 7).requires_grad_()
    y = seeded(make(0.2))(x)
    weight = normal(500, 7, seed=1)
    y.backward(weight)
    # the output is x times the factor, so the factor is y / x
    assert x.grad is not None
    torch.testing.assert_close(x.grad, weight * (y / x).detach())


def test_prediction_uses_the_mean_slope() -> None:
    x = normal(50, 3)
    expected = functional.leaky_relu(x, (1 / 8 + 1 / 3) / 2)
    # nothing is random and nothing is dropped in prediction
    torch.testing.assert_close(rrelu_dropout(0.5).eval()(x), expected)
    torch.testing.assert_close(plain_dropout(0.5).eval()(x), x)
    # and training agrees with prediction on average
    negative = -torch.ones(N)
    trained = seeded(rrelu_dropout(0.2))(negative).mean().item()
    predicted = rrelu_dropout(0.2).eval()(negative).mean().item()
    assert trained == pytest.approx(predicted, rel=0.02)


def test_the_generator_alone_decides() -> None:
    x = -torch.ones(1000)
    results = []
    for global_seed, seed in ((0, 0), (1, 0), (0, 1)):
        torch.manual_seed(global_seed)
        before = torch.get_rng_state()
        results.append(seeded(rrelu_dropout(0.3), seed)(x))
        # threads share torch's global generator, so it must not be touched
        assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
    layer = seeded(rrelu_dropout(0.3))
    # every step of training draws anew
    assert not torch.equal(layer(x), layer(x))


@pytest.mark.parametrize("n", [0, 1, 32767, 32768, 32769, 70000])
def test_sizes_around_a_block(n: int) -> None:
    x = -torch.ones(n)
    before = x.clone()
    y = seeded(rrelu_dropout(0.0))(x)
    # no element is left out at the end of a block, and the input is still needed
    assert y.shape == x.shape
    assert torch.equal(x, before)
    assert ((y <= -1 / 8 + 1e-6) & (y >= -1 / 3 - 1e-6)).all()


def test_blocks_differ() -> None:
    y = seeded(rrelu_dropout(0.0))(-torch.ones(4 * 32768)).view(4, -1)
    # each block reads the table from a place of its own
    assert len({row.numpy().tobytes() for row in y}) == 4


def test_any_memory_layout() -> None:
    x = normal(6, 5, 4).permute(2, 0, 1).requires_grad_()
    y = seeded(rrelu_dropout(0.0))(x)
    # elements must keep their places where the input is a transposed view
    assert y.shape == x.shape
    torch.testing.assert_close(y[x > 0], x[x > 0])
    assert torch.equal(y < 0, x < 0)
