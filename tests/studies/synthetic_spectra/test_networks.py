"""Networks: numbers of parameters by hand, layers beside torch's own, invariances."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from models.inception import Inception
from models.residual import Residual
from models.spectrum_cost import network_cost
from models.spectrum_layers import MaxPool, SameConvolution, same_padding
from models.spectrum_network import SpectrumNetwork, build_network
from models.spectrum_specs import (
    MODIFIED,
    NETWORKS,
    PUBLISHED,
    Conv,
    Drop,
    NetworkSpec,
    Pool,
)

POINTS, CLASSES = 5000, 500


def convolution(n_in, n_out, kernel):
    return n_in * n_out * kernel + n_out


def dense(*widths):
    return sum(n * m + m for n, m in zip(widths, widths[1:], strict=False))


def norm(n_channels):
    return 2 * n_channels


def inception(n_in, a, b, c, d, e, f):
    return (
        convolution(n_in, a, 1)
        + convolution(n_in, b, 1)
        + convolution(b, c, 3)
        + convolution(n_in, d, 1)
        + convolution(d, e, 5)
        + convolution(n_in, f, 1)
    )


# 5000 -> 2500 (stride 2) -> 1249 (pool 3, 2) -> 417 (stride 3) -> 139 (pool 2, 3)
CNN2 = convolution(1, 64, 50) + convolution(64, 64, 25)
# 5000 -> 1666 (pool 3, 3) -> 555 (pool 2, 3) -> 278 (stride 2) -> 139 (pool 1, 2)
CNN3 = convolution(1, 64, 20) + convolution(64, 64, 15) + convolution(64, 64, 10)
# 5000 -> 2499 -> 1249 (pools 3, 2) -> 624 (pool 2, 2) -> 312 -> 156 -> 78 (pools 1, 2)
CNN6 = convolution(1, 64, 35) + sum(
    convolution(64, 64, kernel) for kernel in (30, 25, 20, 15, 10)
)


def vgg(kernel):
    # 5000 -> 2500 -> 1250 -> 625 -> 312 (pools 2, 2)
    return (
        convolution(1, 6, kernel)
        + convolution(6, 16, kernel)
        + convolution(16, 16, kernel)
        + convolution(16, 32, kernel)
        + convolution(32, 32, kernel)
        + convolution(32, 64, kernel)
        + convolution(64, 64, kernel)
    )


# 5000 -> 2500 -> 1250 -> 625 (pools 2, 2)
CNN_BN = convolution(1, 16, 21) + convolution(16, 32, 11) + convolution(32, 64, 5)
# a stage: a block with a shortcut of one point, then a block without
FIRST_STAGE = convolution(64, 100, 5) + convolution(64, 100, 1)
LATER_STAGE = convolution(100, 100, 5) + convolution(100, 100, 1)
# 5000 -> 2500 -> 1250 -> 625 -> 313 -> 157 -> 79 (strides 2)
RESNET = (
    convolution(1, 64, 5)
    + (FIRST_STAGE + 3 * convolution(100, 100, 5))
    + 5 * (LATER_STAGE + 3 * convolution(100, 100, 5))
)
# five norms a stage: two in each block, one in the shortcut
RESNET_NORMS = norm(64) + 6 * 5 * norm(100)
# the four branches of a block give 22 + 42 + 12 + 10 = 86 channels, and so on
INCEPTION_3 = (
    inception(64, 22, 32, 42, 6, 12, 10)
    + inception(86, 28, 43, 56, 7, 14, 14)
    + inception(112, 37, 56, 73, 9, 18, 19)
)
INCEPTION_6 = (
    INCEPTION_3
    + inception(147, 49, 74, 96, 12, 24, 25)
    + inception(194, 65, 97, 126, 16, 32, 32)
    + inception(255, 85, 128, 166, 19, 38, 43)
)
BY_HAND = {
    "cnn2": CNN2 + dense(139 * 64, 2000, 500, CLASSES),
    "cnn3": CNN3 + dense(139 * 64, 2500, 1000, CLASSES),
    "cnn6": CNN6 + dense(78 * 64, 3100, 1200, CLASSES),
    "vgg": vgg(5) + dense(312 * 64, 120, 84, 186, CLASSES),
    "cnn_bn": CNN_BN + norm(16 + 32 + 64) + dense(625 * 64, 2048, CLASSES),
    "resnet": RESNET + RESNET_NORMS + dense(79 * 100, CLASSES),
    "inc3": CNN3 + INCEPTION_3 + dense(139 * 147, 3700, 740, CLASSES),
    "inc6": CNN3 + INCEPTION_6 + dense(139 * 332, 4000, 400, CLASSES),
    "cnn6_batch_norm": CNN6 + 6 * norm(64) + dense(78 * 64, 3100, 1200, CLASSES),
    "cnn6_conv_dropout": CNN6 + dense(78 * 64, 3100, 1200, CLASSES),
    "cnn_bn_modified": CNN_BN + dense(625 * 64, 2048, CLASSES),
    "vgg_modified": vgg(20) + dense(312 * 64, 2000, 500, CLASSES),
    "vgg_no_dropout": vgg(5) + dense(312 * 64, 120, 84, 186, CLASSES),
    "resnet_modified": RESNET + dense(79 * 100, 3100, 1200, CLASSES),
    # exponents of share, centre and spread; scale, outside, per zone
    "zones": 3 + 3,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_parameters_are_those_counted_by_hand(name):
    assert network_cost(name, POINTS, CLASSES).parameters == BY_HAND[name]


@pytest.mark.parametrize("name", sorted({*MODIFIED} - {*BY_HAND}))
def test_another_activation_has_no_parameters(name):
    original = name.removesuffix("_relu").removesuffix("_linear")
    assert network_cost(name, POINTS, CLASSES).parameters == BY_HAND[original]
    assert NETWORKS[name].dense_activation != PUBLISHED[original].dense_activation


def test_our_own_network_takes_fewer_operations_than_the_best_published():
    cost = network_cost("zones", POINTS, CLASSES)
    best = network_cost("cnn6", POINTS, CLASSES)
    assert 30 * cost.flop < best.flop
    # By hand: two ramps over 5000 points, three moments of 12 zones a class from 501
    # windows; what is in the zones of each class, and how far off that is.
    zones = 12 * CLASSES
    assert cost.flop == 2 * (2 * 5000 + 501 * 3 * zones + 2 * zones * CLASSES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_layer_is_where_the_table_has_it(name):
    spec = NETWORKS[name]
    with torch.device("meta"):
        network = SpectrumNetwork(spec, POINTS, CLASSES)
    widths = [layer.out_features for layer in network.dense if hasattr(layer, "weight")]
    assert widths == [*spec.dense, CLASSES]
    shares = [m.inner.dropout for m in network.dense if hasattr(m, "inner")]
    assert shares == [spec.dropout] * (len(spec.dense) + 1)
    relus = sum(isinstance(layer, nn.ReLU) for layer in network.dense)
    assert relus == (len(spec.dense) if spec.dense_activation == "relu" else 0)
    inside = [layer for layer in spec.layers if isinstance(layer, Drop)]
    assert len(inside) == (4 if name == "vgg" else 0)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 4, 5])
@pytest.mark.parametrize("n_in", [1, 3])
def test_a_convolution_is_that_of_torch(n_in, kernel, stride):
    generator = torch.Generator().manual_seed(0)
    layer = SameConvolution(n_in, 6, kernel, stride)
    layer.reset(generator)
    with torch.no_grad():
        layer.bias.uniform_(-1, 1, generator=generator)
    x = torch.rand(2, 23, n_in, generator=generator, requires_grad=True)
    y = layer(x)
    left, right = same_padding(23, kernel, stride)
    expected = functional.conv1d(
        functional.pad(x.transpose(1, 2), (left, right)),
        layer.weight,
        layer.bias,
        stride,
    ).transpose(1, 2)
    assert y.shape == (2, math.ceil(23 / stride), 6)
    torch.testing.assert_close(y, expected)
    direction = torch.rand(y.shape, generator=generator)
    ours, torchs = (
        torch.autograd.grad(z, [x, layer.weight], direction, retain_graph=True)
        for z in (y, expected)
    )
    torch.testing.assert_close(ours, torchs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (2, 2), (1, 2), (2, 3), (3, 3)])
def test_pooling_takes_the_largest_of_whole_windows(kernel, stride):
    x = torch.rand(2, 17, 3)
    y = MaxPool(kernel, stride)(x)
    starts = range(0, 17 - kernel + 1, stride)
    expected = [x[:, start : start + kernel].amax(dim=1) for start in starts]
    torch.testing.assert_close(y, torch.stack(expected, dim=1), rtol=0, atol=0)


def test_the_ends_of_an_inception_average_over_what_is_there():
    block = Inception(1, (1, 1, 1, 1, 1, 1))
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
        block.pooled.weight.fill_(1)
    y = block(torch.tensor([[[2.0], [4.0], [6.0]]]))
    assert y[0, :, 3].tolist() == [3.0, 4.0, 5.0]


def test_a_residual_block_whose_convolutions_are_zero_passes_its_input_on():
    block = Residual(3, 3, 1, batch_norm=False)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
    x = torch.rand(2, 9, 3) - 0.5
    torch.testing.assert_close(block(x), functional.relu(x), rtol=0, atol=0)


@pytest.mark.parametrize("name", ["vgg", "resnet", "inc3", "cnn_bn"])
def test_a_network_learns_to_tell_two_spectra_apart(name):
    spectra = torch.zeros(4, 300)
    spectra[:2, 80:86] = 1
    spectra[2:, 200:206] = 1
    labels = torch.tensor([0, 0, 1, 1])
    # narrow dense layers and few blocks: more take long and are the same code
    spec = NETWORKS[name]
    layers = spec.layers[: 3 if name == "resnet" else None]
    spec = replace(spec, dense=spec.dense and (64,), layers=layers)
    network = build_network(spec, 300, 2, torch.Generator().manual_seed(1))
    network.use_dropout_generator(torch.Generator().manual_seed(2))
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    losses = []
    for _ in range(20):
        loss = functional.cross_entropy(network(spectra), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    # From the ln 2 of a coin to a quarter of it.
    assert min(losses) < 0.25 * math.log(2)


def test_the_same_generator_gives_the_same_network():
    spec = NetworkSpec((Conv(4, 5, batch_norm=True), Pool(2, 2)), (8,), 0.5)
    first, again, other = (
        build_network(spec, 40, 3, torch.Generator().manual_seed(seed)).state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["dense.1.weight"], other["dense.1.weight"])
    bound = math.sqrt(6 / (1 * 5 + 4 * 5))
    weight = first["convolutions.0.weight"]
    assert 0.5 * bound < weight.abs().max() <= bound


def test_bfloat16_products_change_little():
    torch.manual_seed(0)
    network = build_network(
        PUBLISHED["cnn3"], 900, 5, torch.Generator().manual_seed(0)
    ).eval()
    x = torch.rand(3, 900)
    exact = network(x)
    network.use_product_dtype(torch.bfloat16)
    rounded = network(x)
    assert rounded.dtype == torch.float32
    assert not torch.equal(exact, rounded)
    spread = float(exact.detach().std())
    np.testing.assert_allclose(
        rounded.detach(), exact.detach(), atol=0.05 * spread, rtol=0
    )


def test_too_short_spectra_are_refused():
    with pytest.raises(ValueError, match="spectra of 5 points are too short"):
        build_network(PUBLISHED["cnn2"], 5, 3, torch.Generator())
