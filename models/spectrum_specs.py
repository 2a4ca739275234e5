"""Eight published networks for spectra as data, a layer a line, and our own.

J. Schuetzke, N. J. Szymanski, M. Reischl, npj Computational Materials 9, 100 (2023),
and the papers that each network comes from. `MODIFIED` holds the variants in which the
same authors mended them, `DENSE_RELU` and `DENSE_LINEAR` the two activations between
dense layers that they compare.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Activation = Literal["relu", "leaky_relu", "linear"]


@dataclass(frozen=True)
class Conv:
    """A 'same' convolution, batch norm if asked for, and the activation."""

    filters: int
    kernel: int
    stride: int = 1
    activation: Activation = "relu"
    batch_norm: bool = False


@dataclass(frozen=True)
class Pool:
    """Maximum pooling without padding."""

    kernel: int
    stride: int


@dataclass(frozen=True)
class Drop:
    """Dropout inside of the convolution part."""

    share: float


@dataclass(frozen=True)
class ResidualBlock:
    """See `models.residual`."""

    filters: int
    stride: int
    batch_norm: bool = True


@dataclass(frozen=True)
class InceptionBlock:
    """See `models.inception`."""

    filters: tuple[int, int, int, int, int, int]


Layer = Conv | Pool | Drop | ResidualBlock | InceptionBlock


@dataclass(frozen=True)
class NetworkSpec:
    """A network.

    Attributes
    ----------
    layers : tuple
        The convolution part.
    dense : tuple[int, ...]
        Widths of the dense layers before the output.
    dropout : float
        Before each dense layer and before the output.
    dense_activation : {"linear", "relu"}
    """

    layers: tuple[Layer, ...]
    dense: tuple[int, ...]
    dropout: float
    dense_activation: Literal["linear", "relu"] = "linear"


@dataclass(frozen=True)
class ZoneSpec:
    """See `models.zone_network`.

    Attributes
    ----------
    window_points : int
        Points from one window to the next, at least 2.
    most_zones : int
        Of a class.
    """

    window_points: int = 10
    most_zones: int = 12


_CNN3_LAYERS = (
    *(Conv(64, 20), Pool(3, 3)),
    *(Conv(64, 15), Pool(2, 3)),
    *(Conv(64, 10, 2), Pool(1, 2)),
)
_INCEPTIONS = (
    InceptionBlock((22, 32, 42, 6, 12, 10)),
    InceptionBlock((28, 43, 56, 7, 14, 14)),
    InceptionBlock((37, 56, 73, 9, 18, 19)),
    InceptionBlock((49, 74, 96, 12, 24, 25)),
    InceptionBlock((65, 97, 126, 16, 32, 32)),
    InceptionBlock((85, 128, 166, 19, 38, 43)),
)


def _cnn6(*, batch_norm: bool = False, dropout: float = 0.0) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    pools = (Pool(3, 2), Pool(3, 2), Pool(2, 2), Pool(1, 2), Pool(1, 2), Pool(1, 2))
    for kernel, pool in zip((35, 30, 25, 20, 15, 10), pools, strict=True):
        layers += [Conv(64, kernel, batch_norm=batch_norm), pool]
        if dropout:
            layers.append(Drop(dropout))
    return tuple(layers)


def _vgg(kernel: int, dropout: float) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for filters, count in ((6, 1), (16, 2), (32, 2), (64, 2)):
        layers += [Conv(filters, kernel)] * count
        layers.append(Pool(2, 2))
        if dropout:
            layers.append(Drop(dropout))
    return tuple(layers)


def _cnn_bn(*, batch_norm: bool) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for filters, kernel in ((16, 21), (32, 11), (64, 5)):
        layers.append(Conv(filters, kernel, 1, "leaky_relu", batch_norm))
        layers.append(Pool(2, 2))
    return tuple(layers)


def _resnet(*, batch_norm: bool) -> tuple[Layer, ...]:
    first: Activation = "linear" if batch_norm else "relu"
    stage = (ResidualBlock(100, 2, batch_norm), ResidualBlock(100, 1, batch_norm))
    return (Conv(64, 5, 1, first, batch_norm), *(stage * 6))


PUBLISHED: dict[str, NetworkSpec] = {
    "cnn2": NetworkSpec(
        (Conv(64, 50, 2), Pool(3, 2), Conv(64, 25, 3), Pool(2, 3)), (2000, 500), 0.3
    ),
    "cnn3": NetworkSpec(_CNN3_LAYERS, (2500, 1000), 0.3),
    "cnn6": NetworkSpec(_cnn6(), (3100, 1200), 0.7, "relu"),
    "vgg": NetworkSpec(_vgg(5, 0.2), (120, 84, 186), 0.0),
    "cnn_bn": NetworkSpec(_cnn_bn(batch_norm=True), (2048,), 0.5),
    "resnet": NetworkSpec(_resnet(batch_norm=True), (), 0.5),
    "inc3": NetworkSpec((*_CNN3_LAYERS, *_INCEPTIONS[:3]), (3700, 740), 0.3),
    "inc6": NetworkSpec((*_CNN3_LAYERS, *_INCEPTIONS), (4000, 400), 0.3),
}


def with_dense(spec: NetworkSpec, activation: Literal["linear", "relu"]) -> NetworkSpec:
    """Return the network with another activation between dense layers."""
    return replace(spec, dense_activation=activation)


MODIFIED: dict[str, NetworkSpec] = {
    **{
        f"{name}_relu": with_dense(spec, "relu")
        for name, spec in PUBLISHED.items()
        if spec.dense and spec.dense_activation == "linear"
    },
    "cnn6_linear": with_dense(PUBLISHED["cnn6"], "linear"),
    "cnn6_batch_norm": NetworkSpec(_cnn6(batch_norm=True), (3100, 1200), 0.7, "relu"),
    # its authors moved the dropout: all of it between convolutions, none after
    "cnn6_conv_dropout": NetworkSpec(_cnn6(dropout=0.2), (3100, 1200), 0.0, "relu"),
    "cnn_bn_modified": NetworkSpec(_cnn_bn(batch_norm=False), (2048,), 0.5, "relu"),
    # longer kernels and other dense layers came with leaving out the dropout
    "vgg_modified": NetworkSpec(_vgg(20, 0.0), (2000, 500), 0.3, "relu"),
    "vgg_no_dropout": NetworkSpec(_vgg(5, 0.0), (120, 84, 186), 0.0, "relu"),
    "resnet_modified": NetworkSpec(
        _resnet(batch_norm=False), (3100, 1200), 0.5, "relu"
    ),
}

OWN: dict[str, ZoneSpec] = {"zones": ZoneSpec()}

NETWORKS: dict[str, NetworkSpec | ZoneSpec] = {**PUBLISHED, **MODIFIED, **OWN}
