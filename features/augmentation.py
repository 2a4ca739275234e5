"""Augmented copies of grids: temperature shift, gain per ion, mixing of two runs.

Training only: nothing here is applied to a run that is scored. Sources: the write-ups
of the 1st place (gain 2^N per ion, mixing of two runs by mean or maximum) and the 2nd
place (temperature offsets) of the Mars Spectrometry challenge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.cleaning import clean
from features.grid import HELIUM_MZ, EgaGrid


@dataclass(frozen=True)
class Augmentation:
    """How strongly copies differ from their runs.

    Attributes
    ----------
    shift_celsius : float
        Temperatures move by up to this much either way, in whole cells.
    gain_log2 : float
        Each ion is multiplied by 2^Normal(0, gain_log2).
    """

    shift_celsius: float
    gain_log2: float


def shift_temperature(abundance: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Move each run by its number of cells along temperature; NaN moves in.

    `abundance` is (n_runs, n_mz, n_temperatures), `cells` is (n_runs,) int.
    """
    n = abundance.shape[-1]
    source = np.arange(n)[None, :] - cells[:, None]
    inside = (source >= 0) & (source < n)
    source = source.clip(0, n - 1)
    moved = np.take_along_axis(abundance, source[:, None, :], axis=-1)
    return np.where(inside[:, None, :], moved, np.nan).astype(abundance.dtype)


def augment(
    grid: EgaGrid, settings: Augmentation, generators: list[np.random.Generator]
) -> EgaGrid:
    """Shift each run and jitter the gain of its ions, one generator a run."""
    largest = int(settings.shift_celsius // grid.bin_width_celsius)
    n_mz = grid.abundance.shape[1]
    cells = np.array([rng.integers(-largest, largest + 1) for rng in generators])
    gain = np.stack([rng.normal(0, settings.gain_log2, n_mz) for rng in generators])
    abundance = shift_temperature(grid.abundance, cells)
    return grid.with_abundance(
        (abundance * np.exp2(gain)[:, :, None]).astype(np.float32)
    )


def mix(
    grid: EgaGrid,
    partner: EgaGrid,
    background_quantile: float,
    generators: list[np.random.Generator],
    carrier_mz: int = HELIUM_MZ,
) -> EgaGrid:
    """Return runs that look as if both samples had been heated together.

    Both runs are cleaned and brought to a maximum of 1; the mix is twice their weighted
    mean (weight of the first uniform in 0.3 to 0.7; on average their sum) or, one time
    in two, the larger value of each cell. A cell that only one run observed takes that
    run's value. The facts are those of `grid`.
    """
    first = clean(grid, background_quantile, carrier_mz).abundance
    second = clean(partner, background_quantile, carrier_mz).abundance
    weight = np.array([rng.uniform(0.3, 0.7) for rng in generators], dtype=np.float32)
    weight = weight[:, None, None]
    by_maximum = np.array([rng.random() < 0.5 for rng in generators])[:, None, None]
    mean = 2 * (weight * first + (1 - weight) * second)
    both = np.where(by_maximum, np.maximum(first, second), mean)
    mixed = np.where(np.isnan(first), second, np.where(np.isnan(second), first, both))
    return grid.with_abundance(mixed)
