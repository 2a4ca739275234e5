"""Convolutions along temperature: parity with torch, and what m/z may do."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from models.conv_network import (
    DILATIONS,
    DilatedConvNetwork,
    IonAttentionNetwork,
    ParallelConvolutions,
)
from models.network_layers import initialise

SMALL = {"width": 2, "width_2": 3, "n_ions_out": 4}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=generator(seed))


def parallel(n_channels: int, n_bins: int, width: int = 3) -> ParallelConvolutions:
    layer = ParallelConvolutions(n_channels, n_bins, width)
    initialise(layer, generator())
    layer.bias.data = normal(layer.width)
    return layer


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_bins", [1, 2, 7, 12, 44])
def test_parallel_convolutions_equal_torch(n_bins: int, n_channels: int) -> None:
    layer, x = parallel(n_channels, n_bins), normal(5, n_channels, n_bins)
    theirs = torch.cat(
        [
            functional.conv1d(x, kernel, stride=2, padding=dilation, dilation=dilation)
            for kernel, dilation in zip(layer.kernels, DILATIONS, strict=True)
        ],
        dim=1,
    )
    theirs = theirs.transpose(1, 2) + layer.bias
    ours = layer(x.flatten(1))
    # one product with a matrix of taps stands for seven convolutions
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    weight = normal(*ours.shape, seed=1)
    gradients = [
        torch.autograd.grad((y * weight).sum(), (layer.kernels, layer.bias))
        for y in (ours, theirs)
    ]
    # an entry of a kernel stands at many places of the matrix, and all must add up
    for mine, other in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)


def test_a_dilation_beyond_the_input_keeps_its_middle_tap() -> None:
    layer = parallel(2, n_bins=12)
    layer(normal(5, 24)).square().sum().backward()
    beyond = [dilation >= 12 for dilation in DILATIONS]
    # there is nothing but padding where the outer taps look
    assert (layer.kernels.grad[beyond][..., [0, 2]] == 0).all()
    assert (layer.kernels.grad[beyond][..., 1] != 0).all()


def test_saved_weights_are_the_kernels_alone() -> None:
    layer = parallel(2, n_bins=12)
    # the matrix follows from them and is a hundred times larger
    assert set(layer.state_dict()) == {"kernels", "bias"}


@pytest.mark.parametrize("n_bins", [1, 2, 5, 8])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_any_number_of_bins_fits(n_bins: int, n_channels: int) -> None:
    x = normal(3, n_channels, 5, n_bins)
    for network in (
        DilatedConvNetwork(n_channels, 5, n_bins, 2, **SMALL),
        IonAttentionNetwork(n_channels, 5, n_bins, 2, width=8),
    ):
        initialise(network, generator())
        # two strides halve odd numbers, too
        assert network.eval()(x).shape == (3, 2)


def test_the_dilated_network_knows_mz_by_one_layer_alone() -> None:
    network = DilatedConvNetwork(2, 5, 8, 3, **SMALL).eval()
    initialise(network, generator())
    x, order = normal(4, 2, 5, 8), torch.tensor([3, 0, 4, 1, 2])
    before = network(x)
    assert not torch.allclose(network(x[:, :, order]), before)
    network.across_mz.weight.data = network.across_mz.weight.data[:, order]
    # all m/z share the convolutions, so that permuting both changes nothing
    torch.testing.assert_close(network(x[:, :, order]), before)


def test_ion_attention_knows_mz_by_its_embedding_alone() -> None:
    network = IonAttentionNetwork(2, 5, 8, 3, width=8).eval()
    initialise(network, generator())
    x, order = normal(4, 2, 5, 8), torch.tensor([3, 0, 4, 1, 2])
    before = network(x)
    assert not torch.allclose(network(x[:, :, order]), before, atol=1e-4)
    network.which_mz.data = network.which_mz.data[order]
    # attention has no order of its own
    torch.testing.assert_close(network(x[:, :, order]), before)


def test_every_weight_takes_part() -> None:
    for network in (
        DilatedConvNetwork(1, 5, 12, 2, **SMALL),
        IonAttentionNetwork(1, 5, 12, 2, width=8),
    ):
        initialise(network, generator())
        network.eval()(normal(6, 1, 5, 12)).square().sum().backward()
        # a layer that was left out of `forward` would never be noticed
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert (parameter.grad != 0).any(), name
