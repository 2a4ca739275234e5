"""A 1-D U-Net with one regression head per analyte.

Ronneberger et al. 2015, arXiv 1505.04597, in one dimension; attention in the bottleneck
lets distant bands speak to each other.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

# the heads read this many places along the axis: bands stay apart
_PLACES = 75
_ATTENTION_HEADS = 4


class GeneratorDropout(nn.Module):
    """Dropout that draws from a generator of its own."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share, self.generator = share, torch.Generator()

    def forward(self, x: Tensor) -> Tensor:
        """Return x, in training with a share of it at zero."""
        if not self.training or self.share == 0:
            return x
        keep = torch.rand(x.shape, generator=self.generator) >= self.share
        return x * keep / (1 - self.share)


class _Block(nn.Module):
    """Two convolutions of width 5 beside a straight path."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(n_in, n_out, 5, padding=2)
        self.second = nn.Conv1d(n_out, n_out, 5, padding=2)
        self.straight = nn.Conv1d(n_in, n_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.second(functional.gelu(self.first(x)))
        return functional.gelu(inner) + self.straight(x)


class _Attention(nn.Module):
    """Self-attention between places, layer norm first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        rows, width, places = x.shape
        parts = self.query_key_value(self.norm(x.transpose(1, 2)))
        parts = parts.view(rows, places, 3, _ATTENTION_HEADS, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        mixed = self.join(mixed.transpose(1, 2).reshape(rows, places, width))
        return x + mixed.transpose(1, 2)


class RamanUNet(nn.Module):
    """Spectra -> scaled concentrations.

    Parameters
    ----------
    n_points : int
        Of a spectrum.
    n_analytes : int
        Heads.
    width : int
        Channels of the first level; each level doubles them. A multiple of 4.
    levels : int
        Halvings of the length.
    """

    def __init__(
        self,
        n_points: int,
        n_analytes: int,
        width: int,
        levels: int,
        dropout: float,
        *,
        attention: bool,
    ) -> None:
        super().__init__()
        if n_points < 2 ** (levels + 3):
            raise ValueError(
                f"n_points: got {n_points}; expected at least {2 ** (levels + 3)} for "
                f"{levels} levels"
            )
        widths = [width * 2**level for level in range(levels + 1)]
        # bands are wider than four points of 1 cm-1, and the length is what costs time
        self.stem = nn.Conv1d(1, width, 9, stride=4, padding=4)
        self.down = nn.ModuleList(
            _Block(n_in, n_out)
            for n_in, n_out in zip([width, *widths], widths, strict=False)
        )
        self.attention = _Attention(widths[-1]) if attention else nn.Identity()
        self.dropout = GeneratorDropout(dropout)
        self.up = nn.ModuleList(
            _Block(widths[level] + widths[level + 1], widths[level])
            for level in reversed(range(levels))
        )
        self.head_dropout = GeneratorDropout(dropout)
        self.heads = nn.ModuleList(
            nn.Linear(width * _PLACES, 1) for _ in range(n_analytes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_spectra, n_points), SNV-scaled, to (n_spectra, n_analytes)."""
        x = self.stem(x[:, None])
        skips: list[Tensor] = []
        for number, block in enumerate(self.down):
            if number:
                skips.append(x)
                x = functional.avg_pool1d(x, 2)
            x = block(x)
        x = self.dropout(self.attention(x))
        for block in self.up:
            skip = skips.pop()
            x = functional.interpolate(x, size=skip.shape[2], mode="nearest")
            x = block(torch.cat([x, skip], dim=1))
        pooled = functional.adaptive_avg_pool1d(x, _PLACES).flatten(1)
        pooled = self.head_dropout(pooled)
        return torch.cat([head(pooled) for head in self.heads], dim=1)


def draw_weights(
    network: RamanUNet, weights: torch.Generator, dropout: torch.Generator
) -> None:
    """Draw all weights anew and give the dropouts their generator.

    torch's own initialisation draws from a global generator, which threads share.
    Matrices are uniform with variance 1 / n_in, heads a tenth of that; biases zero.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            with torch.no_grad():
                bound = math.sqrt(3 / layer.weight[0].numel())
                layer.weight.uniform_(-bound, bound, generator=weights)
                if layer.bias is not None:
                    layer.bias.zero_()
        elif isinstance(layer, GeneratorDropout):
            layer.generator = dropout
    with torch.no_grad():
        for head in network.heads.parameters():
            head.mul_(0.1).add_(0.5 if head.ndim == 1 else 0.0)
