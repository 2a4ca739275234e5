"""Label correlation grid: predictions should be correlated as the labels are.

Label distribution learning by the label correlation grid, arXiv 2210.08184, in the form
of the LDL-MLP interview of the second Mars Spectrometry challenge.
"""

from __future__ import annotations

import torch
from torch import Tensor

NOISE_DEVIATION = 0.5
# below this variance a column is constant and correlated with nothing
_SMALLEST_VARIANCE = 1e-12


def grid_from_noise(values: Tensor, noise: Tensor) -> Tensor:
    """Return the correlation grid (d, d) of a batch whose noise is given.

    Parameters
    ----------
    values : (n, d)
        Labels or probabilities of a batch.
    noise : (n, d, d)
        Added to the batch after repeating it to n x d x d.

    Notes
    -----
    Entry (i, j) is the Pearson correlation over the batch between element (i, j) and
    element (j, i) of the noisy repetition: value j with noise of its own against value
    i with noise of its own. It is 0 where one of them does not vary, as in a batch of
    one; the diagonal is 1 wherever its element varies.
    """
    repeated = values[:, None, :] + noise
    centred = repeated - repeated.mean(dim=0)
    mirrored = centred.transpose(1, 2)
    covariance = (centred * mirrored).mean(dim=0)
    variance = (centred * centred).mean(dim=0)
    # a floor under the variance, not an added constant: correlations stay exact, and
    # the gradient of a constant column is 0 instead of NaN
    scale = variance.clamp(min=_SMALLEST_VARIANCE).rsqrt()
    return covariance * scale * scale.transpose(0, 1)


def correlation_grid(values: Tensor, generator: torch.Generator) -> Tensor:
    """Return the grid (d, d) of a batch (n, d) with Normal(0, 0.5) noise.

    The noise blurs correlations of few runs, which are no fact to be learnt by heart.
    `generator` is on the CPU, whatever device holds `values`.
    """
    n, d = values.shape
    noise = NOISE_DEVIATION * torch.randn((n, d, d), generator=generator)
    return grid_from_noise(values, noise.to(values))


def correlation_grid_loss(
    labels: Tensor, probabilities: Tensor, generator: torch.Generator
) -> Tensor:
    """Return the mean absolute difference of the grids of two batches (n, d).

    Each grid draws noise of its own, as in the source, so that the loss of perfect
    probabilities is small but not 0.
    """
    of_labels = correlation_grid(labels, generator)
    of_probabilities = correlation_grid(probabilities, generator)
    return (of_labels - of_probabilities).abs().mean()
