"""Networks that look along temperature first, ion by ion, and then across m/z.

The 2nd place of the Mars Spectrometry challenge: two Conv1d modules over temperature,
shared by all m/z, then a linear map across m/z (`DilatedConvNetwork`), or, as its
authors suggest, a transformer across m/z (`IonAttentionNetwork`).
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor, nn

from models.fused_activation import plain_dropout, rrelu_dropout
from models.network_layers import Convolution, EncoderBlock, Linear

DILATIONS = (1, 2, 5, 10, 20, 50, 100)
HEADS = 4
# channels of each dilation below the transformer
ATTENTION_CONVOLUTION = 4


class ParallelConvolutions(nn.Module):
    """Width-3, stride-2 convolutions with all `DILATIONS` side by side, fused.

    Input and kernels are small, so all seven are one product with a matrix
    (n_channels * n_bins, n_steps * 7 * width) that holds their taps and zeros
    elsewhere. A dilation beyond the input keeps its middle tap only (zero padding).
    """

    def __init__(self, n_channels: int, n_bins: int, width: int) -> None:
        super().__init__()
        self.n_steps = (n_bins + 1) // 2
        self.width = len(DILATIONS) * width
        self.kernels = nn.Parameter(torch.empty(len(DILATIONS), width, n_channels, 3))
        self.bias = nn.Parameter(torch.zeros(self.width))
        self.product_dtype = torch.float32
        self.register_buffer(
            "places", _places(n_channels, n_bins, width), persistent=False
        )
        self._shape = (n_channels * n_bins, self.n_steps * self.width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_rows, n_channels * n_bins) to (n_rows, n_steps, 7 * width)."""
        places: Tensor = self.places  # type: ignore[assignment]
        taps = torch.cat([self.kernels.flatten(), self.kernels.new_zeros(1)])
        matrix = taps[places].view(self._shape).to(self.product_dtype)
        product = (x.to(self.product_dtype) @ matrix).float()
        return product.view(len(x), self.n_steps, self.width) + self.bias

    def reset(self, generator: torch.Generator) -> None:
        """Draw the kernels anew."""
        bound = 1 / math.sqrt(self.kernels.shape[2])
        with torch.no_grad():
            self.kernels.uniform_(-bound, bound, generator=generator)
            self.bias.zero_()


@lru_cache(maxsize=8)
def _places(n_channels: int, n_bins: int, width: int) -> Tensor:
    """Return which kernel entry stands at each place of the matrix; the last is 0.

    It is no weight, so it is made for real also for networks on the meta device.
    """
    n_steps = (n_bins + 1) // 2
    n_entries = len(DILATIONS) * width * n_channels * 3
    entries = torch.arange(n_entries, device="cpu").view(
        len(DILATIONS), width, n_channels, 3
    )
    shape = (n_channels, n_bins, n_steps, len(DILATIONS), width)
    places = torch.full(shape, n_entries, device="cpu")
    for number, dilation in enumerate(DILATIONS):
        for step in range(n_steps):
            for tap in range(3):
                bin_ = 2 * step + (tap - 1) * dilation
                if 0 <= bin_ < n_bins:
                    places[:, bin_, step, number] = entries[number, :, :, tap].T
    return places.flatten()


class DilatedConvNetwork(nn.Module):
    """The network of the 2nd place.

    (n_channels, n_mz, n_bins) -> parallel dilated convolutions (n_mz, n_bins / 2,
    7 * width) -> convolution (n_mz, n_bins / 4, width_2) -> linear across m/z
    (n_ions_out, n_bins / 4, width_2) -> dropout -> linear to logits. Each block:
    normalisation over its channels and steps (GroupNorm with one group), randomised
    leaky ReLU, dropout. Receptive field: the first module reaches 20 bins to either
    side (25 celsius each by default, so 500 celsius; the dilations 50 and 100 act on
    longer inputs only), the second adds 2.
    """

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
        self.first = ParallelConvolutions(n_channels, n_bins, width)
        n_steps = (self.first.n_steps + 1) // 2
        self.norm_first = nn.LayerNorm((self.first.n_steps, self.first.width))
        self.second = Convolution(self.first.width, width_2, stride=2)
        self.norm_second = nn.LayerNorm((n_steps, width_2))
        self.across_mz = Linear(n_mz, n_ions_out)
        self.norm_across = nn.LayerNorm(n_steps * width_2)
        self.activations = nn.ModuleList([rrelu_dropout(dropout) for _ in range(3)])
        self.last_dropout = plain_dropout(last_dropout)
        self.logits = nn.Linear(n_ions_out * n_steps * width_2, n_labels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_channels, n_mz, n_bins) to logits (n_runs, n_labels)."""
        n_runs, _, n_mz, _ = x.shape
        rows = x.transpose(1, 2).reshape(n_runs * n_mz, -1)
        h = self.activations[0](self.norm_first(self.first(rows)))
        h = self.activations[1](self.norm_second(self.second(h)))
        h = h.reshape(n_runs, n_mz, -1).transpose(1, 2)
        h = self.across_mz(h).transpose(1, 2)
        h = self.activations[2](self.norm_across(h))
        logits: Tensor = self.logits(self.last_dropout(h.flatten(1)))
        return logits


class IonAttentionNetwork(nn.Module):
    """A transformer across m/z in place of the linear map.

    (n_channels, n_mz, n_bins) -> parallel dilated convolutions -> one token per m/z
    with a learnt embedding of its m/z, and one token for the run -> encoder blocks ->
    the run's token and the mean of the others -> logits.
    """

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
        self.first = ParallelConvolutions(n_channels, n_bins, ATTENTION_CONVOLUTION)
        self.norm_first = nn.LayerNorm((self.first.n_steps, self.first.width))
        self.activation = rrelu_dropout(dropout)
        self.to_token = Linear(self.first.n_steps * self.first.width, width)
        self.which_mz = nn.Parameter(torch.zeros(n_mz, width))
        self.run_token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.Sequential(
            *(EncoderBlock(width, HEADS, dropout) for _ in range(layers))
        )
        self.norm_last = nn.LayerNorm(width)
        self.last_dropout = plain_dropout(last_dropout)
        self.logits = nn.Linear(2 * width, n_labels)

    def reset(self, generator: torch.Generator) -> None:
        """Draw the embeddings anew."""
        with torch.no_grad():
            self.which_mz.normal_(0, 0.1, generator=generator)
            self.run_token.normal_(0, 0.1, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n_runs, n_channels, n_mz, n_bins) to logits (n_runs, n_labels)."""
        n_runs, _, n_mz, _ = x.shape
        rows = x.transpose(1, 2).reshape(n_runs * n_mz, -1)
        h = self.activation(self.norm_first(self.first(rows)))
        tokens = self.to_token(h.reshape(n_runs, n_mz, -1)) + self.which_mz
        tokens = torch.cat([self.run_token.expand(n_runs, -1, -1), tokens], dim=1)
        tokens = self.norm_last(self.blocks(tokens))
        summary = torch.cat([tokens[:, 0], tokens[:, 1:].mean(dim=1)], dim=1)
        logits: Tensor = self.logits(self.last_dropout(summary))
        return logits
