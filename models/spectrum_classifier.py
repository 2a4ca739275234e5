"""What every network that classifies spectra can be asked for."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SpectrumClassifier(nn.Module):
    """Maps spectra (n, n_points) of maximum 1 to logits (n, n_classes)."""

    def look_at(self, spectra: Tensor, labels: Tensor) -> None:
        """See the training spectra once, before training; most have no use for it.

        Parameters
        ----------
        spectra : (n, n_points)
        labels : (n,) int64
            Each class has at least one spectrum.
        """

    def use_product_dtype(self, dtype: torch.dtype) -> None:
        """Choose what products run in, in place."""

    def use_dropout_generator(self, generator: torch.Generator) -> None:
        """Choose where dropout on a CPU takes its numbers from, in place."""
