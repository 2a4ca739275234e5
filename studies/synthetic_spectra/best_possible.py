"""How well anyone could do who knew the classes and the rules of drawing.

The likelihood of the peaks of a spectrum is known exactly: positions and heights are
uniform around those of the class, and a height that falls below zero leaves no peak.
The class with the largest likelihood is the best possible answer (Bayes), all classes
being equally frequent.
"""

from __future__ import annotations

import numpy as np

from studies.synthetic_spectra.published_sets import Variation
from studies.synthetic_spectra.sparse_spectra import SparseSpectra
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses

Peaks = list[tuple[int, float]]
# a height that is drawn is exactly 1 with no probability; one that stays always is
EXACT = 1e9
CLOSE = 1e-9


def best_accuracy(
    spectra: SparseSpectra, classes: SpectrumClasses, variation: Variation
) -> float:
    """Return the accuracy that the best possible answers have on average.

    Where several classes are equally likely, one of them is guessed.
    """
    right = 0.0
    for row, label in enumerate(spectra.labels):
        part = slice(spectra.starts[row], spectra.starts[row + 1])
        heights = spectra.heights[part]
        seen = [
            (int(p), float(h))
            for p, h in zip(spectra.positions[part], heights, strict=True)
            if h > 0
        ]
        likelihoods = np.array(
            [
                likelihood(seen, _listed(classes, number), variation)
                for number in range(len(classes))
            ]
        )
        best = likelihoods >= likelihoods.max() * (1 - CLOSE)
        right += best[label] / best.sum()
    return right / len(spectra)


def likelihood(seen: Peaks, peaks: Peaks, variation: Variation) -> float:
    """Return the density of the seen peaks, summed over who may be whose.

    Peaks that fall onto each other or off the axis are not accounted for.
    """
    if not seen:
        return float(np.prod([_chance_of_none(h, variation) for _, h in peaks]))
    total = 0.0
    position, height = seen[0]
    for number, (centre, middle) in enumerate(peaks):
        density = _density(position - centre, height, middle, variation)
        if density > 0:
            others = peaks[:number] + peaks[number + 1 :]
            total += density * likelihood(seen[1:], others, variation)
    return total


def _density(shift: int, height: float, middle: float, variation: Variation) -> float:
    reach = variation.shift_points
    if not -reach <= shift < reach:
        return 0.0
    if variation.keep_largest and middle == 1.0:
        return EXACT / (2 * reach) if height == 1.0 else 0.0
    if abs(height - middle) > variation.height + CLOSE:
        return 0.0
    return 1 / (2 * reach) / (2 * variation.height)


def _chance_of_none(middle: float, variation: Variation) -> float:
    if variation.keep_largest and middle == 1.0:
        return 0.0
    return max(0.0, (variation.height - middle) / (2 * variation.height))


def _listed(classes: SpectrumClasses, number: int) -> Peaks:
    positions, heights = classes.peaks(number)
    return list(zip(positions.tolist(), heights.tolist(), strict=True))
