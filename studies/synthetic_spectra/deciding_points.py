"""Which points of a spectrum decided between two classes."""

from __future__ import annotations

import numpy as np
import torch

from models.spectrum_classifier import SpectrumClassifier

# points that are summed: a peak and its surroundings
WINDOW = 25


def deciding_points(
    network: SpectrumClassifier, spectrum: np.ndarray, truth: int, predicted: int
) -> np.ndarray:
    """Return how much each point speaks for `predicted` and against `truth`.

    The gradient of the difference of both logits times the input: to first order, what
    the difference would lose without the point. Summed over `WINDOW` points around.

    Parameters
    ----------
    spectrum : (n_points,) float32

    Returns
    -------
    (n_points,) float64
        In units of logits; positive where the point speaks for `predicted`.
    """
    network.eval()
    device = next(network.parameters()).device
    x = torch.from_numpy(spectrum)[None].to(device).requires_grad_()
    logits = network(x)[0]
    (gradient,) = torch.autograd.grad(logits[predicted] - logits[truth], x)
    share = (gradient * x).detach().cpu().double().numpy()[0]
    return np.convolve(share, np.ones(WINDOW), mode="same")
