"""Spectra nearer to measured ones: other peak shapes, strain, background, noise.

All random numbers come from streams of their own, so that switching one extra on leaves
the others and the published draws as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from pipeline.seeds import generator
from studies.synthetic_spectra.peak_shapes import kernels, profile
from studies.synthetic_spectra.sparse_spectra import SparseSpectra, scaled_by_maximum

# spectra rendered at a time: 20 MB
CHUNK = 500
BACKGROUND_DEGREE = 3


@dataclass(frozen=True)
class Extras:
    """What is added; the defaults add nothing.

    Attributes
    ----------
    shape : {"gaussian", "lorentzian", "voigt", "asymmetric"}
    lorentzian_share, asymmetry : float
        See `peak_shapes.profile`.
    strain : float
        All positions of a spectrum are multiplied by one number within 1 +- strain.
    background : float
        Largest height of a smooth background, in maxima of the spectrum.
    noise : float
        Standard deviation of independent noise, in maxima of the spectrum.
    """

    shape: str = "gaussian"
    lorentzian_share: float = 0.5
    asymmetry: float = 2.0
    strain: float = 0.0
    background: float = 0.0
    noise: float = 0.0


def network_inputs(spectra: SparseSpectra, extras: Extras, seed: int) -> np.ndarray:
    """Return (n_spectra, points) float32 with maximum 1, extras included.

    Parameters
    ----------
    seed : int
        Of the extras; another one for training, validation and test.
    """
    if extras.strain:
        spectra = strained(spectra, extras.strain, generator(seed, "strain"))
    inputs = np.empty((len(spectra), spectra.points), dtype=np.float32)
    background, noise = generator(seed, "background"), generator(seed, "noise")
    form = profile(
        extras.shape,
        lorentzian_share=extras.lorentzian_share,
        asymmetry=extras.asymmetry,
    )
    for start in range(0, len(spectra), CHUNK):
        part = spectra.rows(start, min(start + CHUNK, len(spectra)))
        if extras.shape == "gaussian":
            curves = part.curves()
        else:
            curves = np.zeros((len(part), part.points))
            shapes = kernels(form, part.widths)
            _add_peaks(part.positions, part.heights, part.starts, shapes, curves)
        largest = curves.max(axis=1, keepdims=True)
        if extras.background:
            curves += (
                largest
                * extras.background
                * smooth_curves(len(part), part.points, background)
            )
        if extras.noise:
            curves += largest * extras.noise * noise.standard_normal(curves.shape)
        inputs[start : start + len(part)] = scaled_by_maximum(curves)
    return inputs


def strained(
    spectra: SparseSpectra, strain: float, rng: np.random.Generator
) -> SparseSpectra:
    """Move all peaks of a spectrum by one relative shift, as a strained lattice does.

    The shift is uniform in +-strain; peaks stay on the axis.
    """
    factors = 1 + rng.uniform(-strain, strain, len(spectra))
    moved = np.rint(spectra.positions * np.repeat(factors, np.diff(spectra.starts)))
    return replace(
        spectra, positions=np.clip(moved, 0, spectra.points - 1).astype(np.int64)
    )


def smooth_curves(n: int, points: int, rng: np.random.Generator) -> np.ndarray:
    """Return (n, points) polynomials within 0..1: random weights of Bernstein's."""
    x = np.linspace(0, 1, points)
    degree = BACKGROUND_DEGREE
    basis = np.stack(
        [_choose(degree, k) * x**k * (1 - x) ** (degree - k) for k in range(degree + 1)]
    )
    return np.asarray(rng.random((n, degree + 1)) @ basis)


def mixtures(
    inputs: np.ndarray,
    labels: np.ndarray,
    n_mixtures: int,
    phases: int,
    n_classes: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Mix spectra of different classes, as a sample of several phases would show.

    Parameters
    ----------
    inputs : (n, points) float32
    labels : (n,) class numbers
    phases : int
        Classes in a mixture; there must be as many.

    Returns
    -------
    spectra : (n_mixtures, points) float32 with maximum 1
    shares : (n_mixtures, n_classes) float64
        Share of each class, uniform over all ways to share; rows sum to one.
    """
    present = np.unique(labels)
    if not 1 <= phases <= len(present):
        raise ValueError(f"phases: got {phases}; expected 1 to {len(present)}")
    rows_of = {number: np.flatnonzero(labels == number) for number in present}
    shares = np.zeros((n_mixtures, n_classes))
    mixed = np.zeros((n_mixtures, inputs.shape[1]))
    for row in range(n_mixtures):
        chosen = rng.choice(present, phases, replace=False)
        parts = rng.dirichlet(np.ones(phases))
        shares[row, chosen] = parts
        for number, part in zip(chosen, parts, strict=True):
            mixed[row] += part * inputs[rng.choice(rows_of[number])]
    return scaled_by_maximum(mixed), shares


def _choose(n: int, k: int) -> int:
    result = 1
    for step in range(k):
        result = result * (n - step) // (step + 1)
    return result


@njit(cache=True)
def _add_peaks(positions, heights, starts, shapes, curves):  # type: ignore[no-untyped-def]
    """Add to each row of curves its peaks, each a copy of the row's shape."""
    points, reach = curves.shape[1], shapes.shape[1] // 2
    for row in range(len(curves)):
        for peak in range(starts[row], starts[row + 1]):
            p = positions[peak]
            for x in range(max(0, p - reach), min(points, p + reach + 1)):
                curves[row, x] += heights[peak] * shapes[row, x - p + reach]
