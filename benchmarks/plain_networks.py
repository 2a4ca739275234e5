"""The networks as one would write them from their descriptions, for comparison.

Channels first, one `nn.Conv1d` for each dilation, `nn.RReLU`, `nn.Dropout`,
`nn.GroupNorm`, `nn.TransformerEncoderLayer`. Where `GroupNorm` learns a weight for each
channel, the `LayerNorm` in `models` learns one for each channel and step.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.conv_network import ATTENTION_CONVOLUTION, DILATIONS, HEADS
from models.fused_activation import SLOPE_HIGH, SLOPE_LOW


class PlainParallelConvolutions(nn.Module):
    """All dilations side by side."""

    def __init__(self, n_channels: int, width: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv1d(n_channels, width, 3, 2, padding=dilation, dilation=dilation)
            for dilation in DILATIONS
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_rows, n_channels, n_bins) to (n_rows, 7 * width, n_bins / 2)."""
        return torch.cat([convolution(x) for convolution in self.convolutions], dim=1)


class PlainDilated(nn.Module):
    """`models.conv_network.DilatedConvNetwork`."""

    def __init__(
        self,
        n_channels: int,
        n_mz: int,
        n_bins: int,
        n_labels: int,
        *,
        width: int = 8,
        width_2: int = 32,
        n_ions_out: int = 24,
        dropout: float = 0.1,
        last_dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.n_steps = ((n_bins + 1) // 2 + 1) // 2
        self.first = PlainParallelConvolutions(n_channels, width)
        self.norm_first = nn.GroupNorm(1, len(DILATIONS) * width)
        self.second = nn.Conv1d(len(DILATIONS) * width, width_2, 3, 2, padding=1)
        self.norm_second = nn.GroupNorm(1, width_2)
        self.across_mz = nn.Linear(n_mz, n_ions_out)
        self.norm_across = nn.GroupNorm(1, width_2)
        self.activations = nn.ModuleList(_activation(dropout) for _ in range(3))
        self.last_dropout = nn.Dropout(last_dropout)
        self.logits = nn.Linear(n_ions_out * width_2 * self.n_steps, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_channels, n_mz, n_bins) to logits (n_runs, n_labels)."""
        n_runs = len(x)
        h = x.transpose(1, 2).flatten(0, 1)
        h = self.activations[0](self.norm_first(self.first(h)))
        h = self.activations[1](self.norm_second(self.second(h)))
        h = h.unflatten(0, (n_runs, -1)).movedim(1, 3)
        h = self.across_mz(h).movedim(3, 1).flatten(0, 1)
        h = self.activations[2](self.norm_across(h)).reshape(n_runs, -1)
        logits: Tensor = self.logits(self.last_dropout(h))
        return logits


class PlainConvolution(nn.Module):
    """`models.sequence_network.SequenceNetwork` with the body `convolution`."""

    def __init__(
        self,
        n_channels: int,
        n_mz: int,
        n_bins: int,
        n_labels: int,
        *,
        width: int = 128,
        layers: int = 4,
        dropout: float = 0.1,
        last_dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(n_channels * n_mz, width)
        self.drop_embedding = nn.Dropout(dropout)
        self.norm_embedding = nn.LayerNorm(width)
        self.which_bin = nn.Parameter(torch.zeros(n_bins, width))
        self.norms = nn.ModuleList(nn.GroupNorm(1, width) for _ in range(layers))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, 3, padding=2**layer, dilation=2**layer)
            for layer in range(layers)
        )
        self.gelu, self.dropout = nn.GELU(), nn.Dropout(dropout)
        self.norm_last = nn.LayerNorm(width)
        self.drop_bins = nn.Dropout(last_dropout / 2)
        self.attention = nn.Linear(width, n_labels)
        self.value = nn.Linear(width, n_labels)
        self.drop_summary = nn.Dropout(last_dropout)
        self.logits = nn.Linear(2 * width, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_channels, n_mz, n_bins) to logits (n_runs, n_labels)."""
        h = self.drop_embedding(self.embed(x.flatten(1, 2).transpose(1, 2)))
        h = (self.norm_embedding(h) + self.which_bin).transpose(1, 2)
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            h = h + self.dropout(self.gelu(convolution(norm(h))))
        h = self.drop_bins(self.norm_last(h.transpose(1, 2)))
        attention = torch.softmax(self.attention(h), dim=1)
        spoken = (attention * self.value(h)).sum(dim=1)
        summary = torch.cat([h.mean(dim=1), h.amax(dim=1)], dim=1)
        logits: Tensor = spoken + self.logits(self.drop_summary(summary))
        return logits


class PlainIonAttention(nn.Module):
    """`models.conv_network.IonAttentionNetwork`."""

    def __init__(
        self,
        n_channels: int,
        n_mz: int,
        n_bins: int,
        n_labels: int,
        *,
        width: int = 64,
        layers: int = 2,
        dropout: float = 0.1,
        last_dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.n_steps = (n_bins + 1) // 2
        first_width = len(DILATIONS) * ATTENTION_CONVOLUTION
        self.first = PlainParallelConvolutions(n_channels, ATTENTION_CONVOLUTION)
        self.norm_first = nn.GroupNorm(1, first_width)
        self.activation = _activation(dropout)
        self.to_token = nn.Linear(first_width * self.n_steps, width)
        self.which_mz = nn.Parameter(torch.zeros(n_mz, width))
        self.run_token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                HEADS,
                2 * width,
                dropout,
                "gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(layers)
        )
        for block in self.blocks:  # ours does not drop attention
            block.get_submodule("self_attn").dropout = 0.0  # type: ignore[assignment]
        self.norm_last = nn.LayerNorm(width)
        self.last_dropout = nn.Dropout(last_dropout)
        self.logits = nn.Linear(2 * width, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_channels, n_mz, n_bins) to logits (n_runs, n_labels)."""
        n_runs = len(x)
        h = x.transpose(1, 2).flatten(0, 1)
        h = self.activation(self.norm_first(self.first(h)))
        tokens = self.to_token(h.reshape(n_runs, x.shape[2], -1)) + self.which_mz
        tokens = torch.cat([self.run_token.expand(n_runs, -1, -1), tokens], dim=1)
        for block in self.blocks:
            tokens = block(tokens)
        tokens = self.norm_last(tokens)
        summary = torch.cat([tokens[:, 0], tokens[:, 1:].mean(dim=1)], dim=1)
        logits: Tensor = self.logits(self.last_dropout(summary))
        return logits


PLAIN_NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "dilated": PlainDilated,
    "ion_attention": PlainIonAttention,
    "convolution": PlainConvolution,
}


def _activation(dropout: float) -> nn.Module:
    return nn.Sequential(nn.RReLU(SLOPE_LOW, SLOPE_HIGH), nn.Dropout(dropout))
