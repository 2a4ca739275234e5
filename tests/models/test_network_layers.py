"""Layers: parity with torch, forwards and backwards, and a start without globals."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.network_layers import Convolution, EncoderBlock, Linear, initialise


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=generator(seed))


def torch_convolution(layer: Convolution, x: Tensor) -> Tensor:
    """Compute the same by torch, which has channels in the middle."""
    n_out, n_in = layer.weight.shape[0], x.shape[2]
    weight = layer.weight.view(n_out, 3, n_in).transpose(1, 2)
    y = functional.conv1d(
        x.transpose(1, 2),
        weight,
        layer.bias,
        stride=layer.stride,
        padding=layer.dilation,
        dilation=layer.dilation,
    )
    return y.transpose(1, 2)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2, 3, 5, 50])
@pytest.mark.parametrize("steps", [1, 2, 5, 8])
def test_convolution_equals_torch(steps: int, dilation: int, stride: int) -> None:
    layer = Convolution(4, 3, dilation=dilation, stride=stride)
    initialise(layer, generator())
    layer.bias.data = normal(3)
    gradients = []
    outputs = []
    for compute in (layer, lambda x: torch_convolution(layer, x)):
        x = normal(6, steps, 4).requires_grad_()
        y = compute(x)
        weight = normal(*y.shape, seed=1)
        parameters = (x, layer.weight, layer.bias)
        outputs.append(y)
        gradients.append(torch.autograd.grad((y * weight).sum(), parameters))
    # the definition of a convolution with zero padding, dilations beyond the input too
    torch.testing.assert_close(*outputs)
    # the gradient is written by hand, so each part of it must be compared
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_gradient_of_a_convolution_takes_any_memory_layout() -> None:
    layer = Convolution(2, 2)
    x = normal(3, 4, 2).requires_grad_()
    # a sum hands back one number for all places, a transpose a strided view
    for reduce in (Tensor.sum, lambda y: (y.transpose(0, 2) * normal(2, 4, 3)).sum()):
        ours = torch.autograd.grad(reduce(layer(x)), x)[0]
        theirs = torch.autograd.grad(reduce(torch_convolution(layer, x)), x)[0]
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("make", [lambda: Linear(6, 5), lambda: Convolution(6, 5)])
def test_bfloat16_products_are_close_and_leave_float32(make) -> None:  # type: ignore[no-untyped-def]
    layer = make()
    initialise(layer, generator())
    x = normal(3, 7, 6).requires_grad_()
    exact = layer(x)
    layer.product_dtype = torch.bfloat16
    y = layer(x)
    y.sum().backward()
    # bfloat16 has 8 bits, so a share of 2^-8 may go
    assert not torch.equal(y, exact)
    torch.testing.assert_close(y, exact, atol=0.03, rtol=0)
    # everything outside the product stays float32, or small updates would be lost
    for tensor in (y, x.grad, layer.weight, layer.weight.grad, layer.bias.grad):
        assert tensor.dtype == torch.float32


def encoder(width: int = 8) -> EncoderBlock:
    block = EncoderBlock(width, heads=4, dropout=0.2).eval()
    initialise(block, generator())
    return block


def test_encoder_block_equals_torch() -> None:
    ours, width = encoder(), 8
    theirs = nn.TransformerEncoderLayer(
        width, 4, 2 * width, activation="gelu", batch_first=True, norm_first=True
    ).eval()
    pairs = (
        (theirs.self_attn.in_proj_weight, ours.query_key_value.weight),
        (theirs.self_attn.in_proj_bias, ours.query_key_value.bias),
        (theirs.self_attn.out_proj.weight, ours.join.weight),
        (theirs.self_attn.out_proj.bias, ours.join.bias),
        (theirs.linear1.weight, ours.widen.weight),
        (theirs.linear1.bias, ours.widen.bias),
        (theirs.linear2.weight, ours.narrow.weight),
        (theirs.linear2.bias, ours.narrow.bias),
    )
    x = normal(3, 5, width)
    with torch.no_grad():
        for number, (to, source) in enumerate(pairs):
            source.copy_(normal(*source.shape, seed=number) / 3)
            to.copy_(source)
        # both are the pre-norm block of Xiong et al. 2020
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)


def test_encoder_block_has_no_order_of_its_own() -> None:
    block, x = encoder(), normal(3, 5, 8)
    order = torch.tensor([3, 0, 4, 1, 2])
    # places come from embeddings outside the block
    torch.testing.assert_close(block(x[:, order]), block(x)[:, order])


def test_initialise_draws_the_stated_variance() -> None:
    layer = nn.Sequential(Linear(400, 200), nn.LayerNorm(200))
    with torch.no_grad():
        layer[0].weight.fill_(float("nan"))
        layer[0].bias.fill_(float("nan"))
    initialise(layer, generator())
    weight = layer[0].weight
    assert weight.var().item() == pytest.approx(1 / (3 * 400), rel=0.02)
    assert weight.mean().item() == pytest.approx(0, abs=1e-3)
    # the product has no offset, and norms start as they are
    assert (layer[0].bias == 0).all()
    assert (layer[1].weight == 1).all()


def test_initialise_is_decided_by_its_generator() -> None:
    weights = []
    for global_seed, seed in ((0, 0), (1, 0), (0, 1)):
        torch.manual_seed(global_seed)
        weights.append(encoder().join.weight)
        initialise(layer := Linear(3, 2), generator(seed))
        weights.append(layer.weight)
    # members of an ensemble differ by their seed and by nothing else
    assert torch.equal(weights[0], weights[2])
    assert torch.equal(weights[1], weights[3])
    assert not torch.equal(weights[1], weights[5])


def test_initialise_calls_reset() -> None:
    class Embedding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.places = nn.Parameter(torch.zeros(4))

        def reset(self, generator: torch.Generator) -> None:
            self.places.data.normal_(generator=generator)

    network = nn.Sequential(Embedding())
    initialise(network, generator())
    # parameters that are no matrix would stay zero otherwise
    assert (network[0].places != 0).all()
