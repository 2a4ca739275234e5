"""The peaks of a run: where ions come off, how broad, how high, how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import peak_widths

from features.grid import HELIUM_MZ
from features.prominent_peaks import strongest_peaks
from pipeline.run_page_signals import Signals

# less than the features are smoothed: readers compare peaks with the curve as it is
SMOOTHING_CELLS = 3
# most peaks that the page lists
MOST_PEAKS = 40
# a peak must rise by this many times the ion's scatter from cell to cell
LEAST_RISE = 8.0
# most ions that are drawn before the reader chooses
MOST_IONS = 6
# no ion, or mostly fragments and isotopes of H2O, CO2, N2, O2, HCl and SO2
COMPANIONS = frozenset({0, 1, 12, 13, 14, 16, 20, 22, 34, 37, 38, 46, 47, 48, 50, 66})


@dataclass(frozen=True)
class Peak:
    """A peak of one ion after smoothing, background out.

    Attributes
    ----------
    temperature_celsius : float
        Of its maximum.
    width_celsius : float
        Between the sides at half of the rise above the higher foot.
    height : float
        Relative to the highest peak of the run, 0..1.
    area : float
        Between the valleys beside it, as share of the run's whole area, 0..1.
    cut : bool
        The run begins or ends within the width: the true peak is broader, and its
        maximum may lie beyond.
    """

    mz: int
    temperature_celsius: float
    width_celsius: float
    height: float
    area: float
    cut: bool


def find_run_peaks(signals: Signals) -> tuple[Peak, ...]:
    """Return the peaks of all ions but the carrier gas, the highest first."""
    if not signals.above.size:
        return ()
    above = np.nan_to_num(signals.above, nan=0.0)
    smooth = uniform_filter1d(above, SMOOTHING_CELLS, mode="nearest")
    whole, largest = float(smooth.sum()), float(smooth.max())
    if largest <= 0:
        return ()
    found = [
        Peak(int(mz), temperature, width, height / largest, area / whole, cut)
        for mz, own, signal in zip(signals.mz_values, above, smooth, strict=True)
        for temperature, width, height, area, cut in _peaks_of(own, signal, signals)
    ]
    found.sort(key=lambda peak: (-peak.height, peak.mz, peak.temperature_celsius))
    return tuple(found)


def strongest_ions(peaks: tuple[Peak, ...]) -> list[int]:
    """Return the m/z that are drawn at first, in order of m/z.

    They have the highest peaks. Companions are left out, and so are ions beside a
    stronger one: its tail, an isotope, or a fragment with a hydrogen more or less.
    """
    ions = [HELIUM_MZ]
    for mz in (peak.mz for peak in peaks if peak.mz not in COMPANIONS):
        if all(abs(mz - stronger) > 1 for stronger in ions):
            ions.append(mz)
    return sorted(ions[1 : MOST_IONS + 1])


def _peaks_of(
    own: np.ndarray, signal: np.ndarray, signals: Signals
) -> list[tuple[float, float, float, float, bool]]:
    """Return temperature, width, height, area (sum of cells) and cut of an ion's peaks.

    `own` and `signal`, both (n_cells,) without NaN, are as measured and smooth.
    """
    centres = signals.centres_celsius
    temperatures, _, prominences = strongest_peaks(signal, centres)
    scatter = np.median(np.abs(np.diff(own))) if len(own) > 1 else 0.0
    # False for NaN, too
    temperatures = np.sort(temperatures[prominences > LEAST_RISE * scatter])
    # the peaks come as temperatures in float32, the cells are wider than its rounding
    index = np.abs(centres[None] - temperatures[:, None]).argmin(axis=1)
    # the zeros that let a peak at the end of the run count
    padded = np.concatenate(([0], signal, [0]))
    cells, _, left, right = peak_widths(padded, index + 1, rel_height=0.5)
    width = cells * (signals.edges_celsius[1] - signals.edges_celsius[0])
    valleys = [
        one + signal[one : other + 1].argmin()
        for one, other in zip(index[:-1], index[1:], strict=True)
    ]
    areas = [part.sum() for part in np.split(signal, valleys)]
    return [
        (
            float(centres[at]),
            float(width[number]),
            float(signal[at]),
            float(areas[number]),
            bool(left[number] < 1 or right[number] > len(signal)),
        )
        for number, at in enumerate(index)
    ]
