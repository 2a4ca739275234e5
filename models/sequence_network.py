"""Networks that read a run as a sequence over temperature, all m/z of a bin at once.

The 1st place of the Mars Spectrometry challenge used recurrent networks and
transformers over temperature. All here share one frame, `SequenceNetwork`, and differ
in the body.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.fused_activation import plain_dropout
from models.network_layers import Convolution, EncoderBlock, Linear

HEADS = 4


class ConvolutionBody(nn.Module):
    """Residual convolutions of width 3 with dilations 1, 2, 4, ...

    `layers` layers see 2^layers - 1 bins to either side.
    """

    def __init__(self, width: int, n_bins: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            [nn.LayerNorm((n_bins, width)) for _ in range(layers)]
        )
        self.convolutions = nn.ModuleList(
            [Convolution(width, width, dilation=2**layer) for layer in range(layers)]
        )
        self.dropouts = nn.ModuleList([plain_dropout(dropout) for _ in range(layers)])

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_bins, width) to the same shape."""
        for norm, convolution, dropout in zip(
            self.norms, self.convolutions, self.dropouts, strict=True
        ):
            x = x + dropout(functional.gelu(convolution(norm(x))))
        return x


class TransformerBody(nn.Module):
    """Encoder blocks over temperature."""

    def __init__(self, width: int, n_bins: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            *(EncoderBlock(width, HEADS, dropout) for _ in range(layers))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_bins, width) to the same shape."""
        y: Tensor = self.blocks(x)
        return y


class RecurrentBody(nn.Module):
    """A bidirectional GRU (Cho et al. 2014, arXiv 1406.1078) beside the input."""

    def __init__(self, width: int, n_bins: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gru = nn.GRU(
            width, width // 2, layers, batch_first=True, bidirectional=True
        )
        self.dropout = plain_dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_bins, width) to the same shape."""
        hidden, _ = self.gru(self.norm(x))
        y: Tensor = x + self.dropout(hidden)
        return y

    def reset(self, generator: torch.Generator) -> None:
        """Draw the weights anew, as torch does."""
        bound = self.gru.hidden_size**-0.5
        with torch.no_grad():
            for parameter in self.gru.parameters():
                parameter.uniform_(-bound, bound, generator=generator)


BODIES: dict[str, type[nn.Module]] = {
    "convolution": ConvolutionBody,
    "transformer": TransformerBody,
    "recurrent": RecurrentBody,
}


class SequenceNetwork(nn.Module):
    """Embed each temperature bin, run the body, read off one logit per label.

    (n_channels, n_mz, n_bins) -> (n_bins, width) plus a learnt embedding of the bin ->
    body -> logits: a map of the mean and the maximum over bins, plus, for each label,
    an average over bins weighted by an attention of its own (when in the run did it
    speak).
    """

    def __init__(
        self,
        n_channels: int,
        n_mz: int,
        n_bins: int,
        n_labels: int,
        *,
        body: str,
        width: int = 128,
        layers: int = 4,
        dropout: float = 0.1,
        last_dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.embed = Linear(n_channels * n_mz, width)
        self.drop_embedding = plain_dropout(dropout)
        self.norm_embedding = nn.LayerNorm(width)
        self.which_bin = nn.Parameter(torch.zeros(n_bins, width))
        self.body = BODIES[body](width, n_bins, layers, dropout)
        self.norm_last = nn.LayerNorm(width)
        self.drop_bins = plain_dropout(last_dropout / 2)
        self.attention = nn.Linear(width, n_labels)
        self.value = nn.Linear(width, n_labels)
        self.drop_summary = plain_dropout(last_dropout)
        self.logits = nn.Linear(2 * width, n_labels)

    def reset(self, generator: torch.Generator) -> None:
        """Draw the embedding anew."""
        with torch.no_grad():
            self.which_bin.normal_(0, 0.1, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_channels, n_mz, n_bins) to logits (n_runs, n_labels)."""
        steps = x.permute(0, 3, 1, 2).flatten(2)
        h = self.norm_embedding(self.drop_embedding(self.embed(steps)))
        h = self.drop_bins(self.norm_last(self.body(h + self.which_bin)))
        attention = torch.softmax(self.attention(h), dim=1)
        spoken = (attention * self.value(h)).sum(dim=1)
        summary = torch.cat([h.mean(dim=1), h.amax(dim=1)], dim=1)
        logits: Tensor = spoken + self.logits(self.drop_summary(summary))
        return logits
