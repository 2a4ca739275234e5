"""Networks along temperature: shapes, order of bins, and how far a layer sees."""

import pytest
import torch
from torch import Tensor, nn

from models.network_layers import initialise
from models.sequence_network import (
    BODIES,
    ConvolutionBody,
    RecurrentBody,
    SequenceNetwork,
)

every_body = pytest.mark.parametrize("body", BODIES)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=generator(seed))


def network(body: str, n_bins: int = 8, layers: int = 2) -> SequenceNetwork:
    made = SequenceNetwork(2, 5, n_bins, 3, body=body, width=8, layers=layers).eval()
    initialise(made, generator())
    return made


@every_body
@pytest.mark.parametrize("n_bins", [1, 2, 9])
@pytest.mark.parametrize("layers", [1, 3])
def test_any_number_of_bins_and_layers_fits(
    body: str, n_bins: int, layers: int
) -> None:
    logits = network(body, n_bins, layers)(normal(4, 2, 5, n_bins))
    assert logits.shape == (4, 3)
    assert torch.isfinite(logits).all()


@every_body
def test_the_order_of_bins_matters(body: str) -> None:
    made, x = network(body), normal(4, 2, 5, 8)
    # at which temperature a gas leaves is what tells compounds apart
    assert not torch.allclose(made(x.flip(3)), made(x), atol=1e-3)


def test_a_transformer_knows_bins_by_its_embedding_alone() -> None:
    made, x = network("transformer"), normal(4, 2, 5, 8)
    order = torch.tensor([5, 0, 7, 1, 6, 2, 4, 3])
    before = made(x)
    made.which_bin.data = made.which_bin.data[order]
    # attention, mean and maximum over bins have no order of their own
    torch.testing.assert_close(made(x[..., order]), before)


@every_body
def test_every_weight_takes_part(body: str) -> None:
    made = network(body)
    made(normal(6, 2, 5, 8)).square().sum().backward()
    # a layer that was left out of `forward` would never be noticed
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None, name
        assert (parameter.grad != 0).any(), name


@every_body
def test_a_body_ends_beside_its_input(body: str) -> None:
    made = BODIES[body](8, 6, 2, 0.0)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.zero_()
    x = normal(3, 6, 8)
    # residual paths let gradients through from the first step on
    torch.testing.assert_close(made(x), x)


@pytest.mark.parametrize("layers", [1, 2])
def test_convolutions_see_the_stated_number_of_bins(layers: int) -> None:
    made = ConvolutionBody(4, 12, layers, 0.0)
    initialise(made, generator())
    # the norms average over all bins, which is not what is asked here
    made.norms = nn.ModuleList([nn.Identity() for _ in range(layers)])
    x = normal(1, 12, 4).requires_grad_()
    made(x)[0, 6].sum().backward()
    seen = (x.grad[0].abs().sum(dim=1) > 0).nonzero().flatten()
    reach = 2**layers - 1
    assert seen.min() == 6 - reach
    assert seen.max() == 6 + reach


def test_a_recurrent_body_sees_both_directions() -> None:
    made = RecurrentBody(8, 12, 1, 0.0)
    initialise(made, generator())
    x = normal(1, 12, 8).requires_grad_()
    made(x)[0, 6].sum().backward()
    # what is released late explains what was released early
    assert (x.grad[0].abs().sum(dim=1) > 0).all()


def test_recurrent_weights_are_drawn_as_torch_draws_them() -> None:
    made = RecurrentBody(8, 12, 2, 0.0)
    initialise(made, generator())
    weights = torch.cat([p.detach().flatten() for p in made.gru.parameters()])
    bound = 4**-0.5  # 4 hidden units in each direction
    assert weights.abs().max().item() == pytest.approx(bound, rel=0.02)
    assert weights.var().item() == pytest.approx(bound**2 / 3, rel=0.1)
    again = RecurrentBody(8, 12, 2, 0.0)
    initialise(again, generator())
    assert torch.equal(again.gru.weight_hh_l0, made.gru.weight_hh_l0)


def test_labels_attend_to_bins_of_their_own() -> None:
    made, x = network("convolution"), normal(2, 2, 5, 8)
    with torch.no_grad():
        made.attention.weight.zero_()
        made.attention.bias.copy_(torch.tensor([9.0, 0.0, 0.0]))
        flat = made(x)
        made.attention.bias.zero_()
        # attention is over bins, so what all bins share cancels
        torch.testing.assert_close(made(x), flat)
        made.attention.weight[0].normal_(generator=generator())
        moved = (made(x) - flat).abs().amax(dim=0)
    assert moved[0] > 1e-3
    torch.testing.assert_close(moved[1:], torch.zeros(2))
