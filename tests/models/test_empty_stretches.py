"""Spectra without their empty stretches: the same outputs, gradients and statistics."""

import numpy as np
import pytest
import torch

from models.empty_stretches import FARTHEST_POINTS, EmptyStretches
from models.spectrum_network import build_network, unbuilt_network
from models.spectrum_specs import (
    PUBLISHED,
    Conv,
    Drop,
    InceptionBlock,
    NetworkSpec,
    Pool,
    ResidualBlock,
)

SPECS = {
    "strides": NetworkSpec(
        (Conv(5, 20, 2), Pool(3, 2), Conv(4, 9, 3), Pool(2, 3)), (7,), 0.0
    ),
    "pooling without overlap": NetworkSpec(
        (Conv(5, 8), Pool(2, 3), Conv(4, 5, 2, "leaky_relu"), Pool(1, 2)), (7,), 0.0
    ),
    "batch norm": NetworkSpec(
        (
            *(Conv(5, 7, 1, "leaky_relu", batch_norm=True), Pool(2, 2)),
            *(Conv(4, 5, batch_norm=True), Pool(2, 2)),
        ),
        (7,),
        0.0,
    ),
    "residual": NetworkSpec(
        (
            Conv(4, 5, 1, "linear", batch_norm=True),
            *(ResidualBlock(6, 2), ResidualBlock(6, 1), ResidualBlock(6, 2)),
        ),
        (),
        0.0,
    ),
    "inception": NetworkSpec(
        (Conv(5, 9, 2), Pool(2, 2), InceptionBlock((2, 3, 2, 2, 2, 2))), (7,), 0.0
    ),
}


def some_spectra(seed, points, n=6, most_peaks=4):
    """Return spectra of few peaks, some of them cut off by an end of the axis."""
    rng = np.random.default_rng(seed)
    spectra = np.zeros((n, points), dtype=np.float32)
    x = np.arange(points)
    for row in spectra[1:]:  # the first stays empty
        for place in rng.integers(0, points, rng.integers(1, most_peaks + 1)):
            row += np.exp(-0.5 * ((x - place) / 3) ** 2) * (abs(x - place) < 12)
    spectra[1, :4] = spectra[1, -4:] = 1
    return torch.from_numpy(spectra)


def results(network, x):
    """Return outputs of the convolution part, gradients and buffers."""
    x = x.clone().requires_grad_()
    y = network._convolved(x)
    weights = torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    network.zero_grad()
    (y * weights).sum().backward()
    gradients = {n: p.grad for n, p in network.convolutions.named_parameters()}
    # where there is nothing, the gradient of what was cut out is not asked for
    gradients["x"] = x.grad * (x != 0)
    buffers = {
        n: b.clone() for n, b in network.named_buffers() if n.split(".")[-1][0] == "r"
    }
    return y.detach(), gradients, buffers


@pytest.mark.parametrize("points", [600, 613])
@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("training", [True, False])
def test_nothing_changes_but_rounding(name, points, training, monkeypatch):
    # in float64 what is left of rounding is far smaller than any other difference
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    network = build_network(SPECS[name], points, 3, torch.Generator().manual_seed(0))
    network.double().train(training)
    network.use_product_dtype(torch.float64)
    x = some_spectra(0, points).double()
    empty = network._empty
    cut = ~empty.needed(x)
    assert cut.float().mean() > 0.3
    state = {n: t.clone() for n, t in network.state_dict().items()}
    short = results(network, x)
    network.load_state_dict(state)
    empty.n_layers = 0
    whole = results(network, x)
    torch.testing.assert_close(short[0], whole[0], rtol=1e-8, atol=1e-8)
    for kind in (1, 2):
        for key, expected in whole[kind].items():
            # the background's gradient is added up in float32; a bias before batch norm
            # has no effect, and its gradient is rounding alone
            atol = 1e-5 * max(float(expected.abs().max()), 1.0)
            torch.testing.assert_close(short[kind][key], expected, rtol=0, atol=atol)


@pytest.mark.parametrize("name", ["cnn2", "cnn3", "cnn6", "cnn_bn", "resnet", "inc6"])
def test_published_networks_leave_out_most_of_a_spectrum(name):
    with torch.device("meta"):
        network = unbuilt_network(PUBLISHED[name], 5000, 3)
    needed = network._empty.needed(some_spectra(1, 5000, most_peaks=3))
    assert needed.float().mean() < 0.25
    assert network._empty.n_layers >= 6


def test_dropout_between_convolutions_ends_what_can_be_left_out():
    layers = (Conv(3, 5), Drop(0.2), Conv(3, 5))
    network = build_network(NetworkSpec(layers, (4,), 0.0), 300, 2, torch.Generator())
    assert network._empty.n_layers == 2  # the convolution and its activation


def test_layers_that_look_too_far_are_left_as_they_are():
    far = Conv(2, FARTHEST_POINTS + 2)
    network = build_network(NetworkSpec((far,), (4,), 0.0), 900, 2, torch.Generator())
    assert network._empty.n_layers == 0
    assert network(some_spectra(2, 900)).shape == (6, 2)


def test_a_spectrum_without_zeros_needs_all_of_it():
    convolutions = build_network(
        SPECS["strides"], 600, 3, torch.Generator()
    ).convolutions
    empty = EmptyStretches(convolutions, 600)
    assert empty.needed(torch.ones(2, 600)).all()


def test_freed_memory_is_used_again():
    """The setting is one of the process: a child makes it and trains a layer."""
    import subprocess
    import sys

    code = (
        "import resource, torch\n"
        "from models.freed_memory import keep_freed_memory\n"
        "keep_freed_memory()\n"
        "def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "def steps():\n"
        "    for _ in range(8): torch.ones(20_000_000).sum()\n"
        "    return faults()\n"
        "print(-steps() + steps())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    # anew, each of the eight would touch 19,531 pages of 4 KiB; now and then one does
    if sys.platform.startswith("linux"):
        assert int(done.stdout) < 4 * 19_531
