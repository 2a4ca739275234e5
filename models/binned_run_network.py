"""From the bins of a run to a network's input: channels, centred and scaled."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.input_channels import stack_channels


class BinnedRunNetwork(nn.Module):
    """A network with what its input looks like; takes bins, gives logits.

    Each ion of each channel is centred on its mean over the training runs, and each
    channel divided by the spread of a usual ion. Dividing every ion by its own spread
    was measured worse: ions that hardly vary are noise.

    `generator` decides which channels are dropped in training.
    """

    def __init__(
        self,
        network: nn.Module,
        channels: tuple[str, ...],
        n_mz: int,
        channel_dropout: float,
    ) -> None:
        super().__init__()
        self.network, self.channels = network, channels
        self.channel_dropout = channel_dropout
        self.generator: torch.Generator | None = None
        self.centre: Tensor
        self.spread: Tensor
        self.register_buffer("centre", torch.zeros(1, len(channels), n_mz, 1))
        self.register_buffer("spread", torch.ones(1, len(channels), 1, 1))

    def measure(self, bins: Tensor) -> None:
        """Set centre and spread from training runs (n_runs, n_mz, n_bins)."""
        spread, centre = torch.std_mean(
            stack_channels(bins, self.channels), dim=(0, 3), keepdim=True, correction=0
        )
        self.centre.copy_(centre)
        # a channel without any signal has no spread
        self.spread.copy_(spread.mean(dim=2, keepdim=True).clamp(min=1e-6))

    def forward(self, bins: Tensor) -> Tensor:
        """Map (n_runs, n_mz, n_bins) to logits (n_runs, n_labels)."""
        x = (stack_channels(bins, self.channels) - self.centre) / self.spread
        if self.training:
            x = self._drop_channels(x)
        logits: Tensor = self.network(x)
        return logits

    def _drop_channels(self, x: Tensor) -> Tensor:
        n_runs, n_channels = x.shape[:2]
        if self.channel_dropout == 0 or n_channels == 1:
            return x
        draw = torch.rand(n_runs, n_channels, generator=self.generator)
        # the channel with the largest number always stays
        keep = (draw >= self.channel_dropout) | (draw == draw.amax(1, keepdim=True))
        return x * keep.to(x)[:, :, None, None]
