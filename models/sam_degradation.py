"""Commercial runs made to look like runs of the SAM testbed.

What the nine labelled SAM runs of the Mars Spectrometry challenge show, on a grid of
100 m/z and 5 celsius (run maximum above background = 1, carrier left out), beside
commercial runs in brackets:

- background, as decimal logarithm, median over ions: -3.1, quartiles -3.9 and -2.2
  (-4.2, -4.9 and -3.2): the range between the strongest ion and the background is ten
  times smaller;
- its slope over a run, natural logarithm: quartiles -0.22 and 0.12 (-0.09 and 0.07);
- noise: counting noise. Abundances are multiples of 1 / 17 ms, a row's variance is 1.1
  to 1.4 times its counts, and a cell's noise grows as the root of its level, as if the
  run's maximum were 7,000 to 140,000 counts a cell, median 23,000. There are fewer
  outliers beyond ten standard deviations (0.06 %) than on commercial runs (0.33 %);
- leak into m/z + 1, ratio of maxima: 19/18 0.018 (0.002), 45/44 0.025 (0.014), a part
  of it isotopes and organics;
- ions: 89 to 95 of 100 m/z are observed; most of 0, 1 and 4 to 11 or of 0 to 4 and 8 to
  11 are missing, and 18 in three runs and 44 in one;
- 0 to 9 % of an ion's cells are not visited; the grid's gaps are filled linearly, so
  that nothing is left to imitate but a slight blur.

Grids are (n_runs, n_mz, n_cells) in shares of the run's maximum above background; NaN
marks what was not observed. No function changes its input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

# odds that an ion is missing: low masses often, water and carbon dioxide sometimes
_ODDS_LOW, _ODDS_MAIN, _ODDS_OTHER = 1.0, 0.25, 0.002
_HIGHEST_LOW_MZ, _MAIN_MZ = 11, (18, 44)
_SLOPE, _BEND = 0.25, 0.1


@dataclass(frozen=True)
class Degradation:
    """How far a run is changed; each run draws its own strengths within these.

    Attributes
    ----------
    blur_cells : float
        Largest standard deviation of the blur over temperature, in cells.
    mz_leak : float
        Largest share of an ion that goes to its two neighbours.
    background_log10 : tuple[float, float]
        Mean and standard deviation, over ions, of the background; a mean of -inf: none.
    counts_log10 : tuple[float, float]
        Range of the counts a cell that the run's maximum stands for; inf: no noise.
    missing_ions : tuple[int, int]
        Fewest and most of the grid's ions that are not observed afterwards.
    """

    blur_cells: float
    mz_leak: float
    background_log10: tuple[float, float]
    counts_log10: tuple[float, float]
    missing_ions: tuple[int, int]


def degrade(
    shares: np.ndarray, degradation: Degradation, rng: np.random.Generator
) -> np.ndarray:
    """Return degraded runs: blur, leak, background, counting noise, missing ions."""
    n = len(shares)
    blur = rng.uniform(0, degradation.blur_cells, n)
    leak = rng.uniform(0, degradation.mz_leak, n)
    low, high = degradation.counts_log10
    counts = np.full(n, np.inf) if np.isinf(low) else 10 ** rng.uniform(low, high, n)
    fewest, most = degradation.missing_ions
    missing = rng.integers(fewest, most, size=n, endpoint=True)
    changed = leak_neighbours(blur_temperature(shares, blur), leak)
    changed += draw_background(shares.shape, *degradation.background_log10, rng)
    return drop_ions(count(changed, counts, rng), missing, rng)


def blur_temperature(shares: np.ndarray, sigma_cells: np.ndarray) -> np.ndarray:
    """Blur each run by a Gaussian of `sigma_cells` (n_runs,); NaN stays and counts not.

    A sigma of zero leaves a run as it is.
    """
    blurred = shares.copy()
    for run, sigma in zip(blurred, sigma_cells, strict=True):
        if sigma > 0:
            seen = ~np.isnan(run)
            filled = np.where(seen, run, 0)
            weight = gaussian_filter1d(seen.astype(run.dtype), sigma, axis=-1)
            total = gaussian_filter1d(filled, sigma, axis=-1)
            run[:] = np.where(seen, total / np.where(seen, weight, 1), np.nan)
    return blurred


def leak_neighbours(shares: np.ndarray, leak: np.ndarray) -> np.ndarray:
    """Move the share `leak` (n_runs,) of each ion, in halves, to m/z - 1 and m/z + 1.

    Where a neighbour is not observed an ion keeps that half, so that the sum over m/z
    of every cell is preserved.
    """
    seen = ~np.isnan(shares)
    moving = np.where(seen, shares, 0) * (leak / 2)[:, None, None].astype(shares.dtype)
    both = seen[:, 1:] & seen[:, :-1]
    up, down = np.where(both, moving[:, :-1], 0), np.where(both, moving[:, 1:], 0)
    leaked = shares.copy()
    leaked[:, 1:] += up - down
    leaked[:, :-1] += down - up
    return leaked


def draw_background(
    shape: tuple[int, ...],
    mean_log10: float,
    deviation_log10: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a level for each ion, with a slope and a bend over the run.

    Parameters
    ----------
    shape : (n_runs, n_mz, n_cells)
    mean_log10, deviation_log10 : float
        Of the decimal logarithm of the levels, drawn from a normal distribution.
    """
    n_runs, n_mz, n_cells = shape
    elapsed = np.linspace(0, 1, n_cells, dtype=np.float32)
    normal = rng.standard_normal((3, n_runs, n_mz, 1), dtype=np.float32)
    level = 10 ** np.minimum(mean_log10 + deviation_log10 * normal[0], 0)
    bend = _BEND * normal[2] * 4 * elapsed * (1 - elapsed)
    return (level * np.exp(_SLOPE * normal[1] * elapsed + bend)).astype(np.float32)


def count(
    shares: np.ndarray, counts_at_maximum: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return shares as a counter reports them: Poisson counts over `counts_at_maximum`.

    The standard deviation is sqrt(share / counts_at_maximum), (n_runs,); infinitely
    many counts leave a run as it is.
    """
    counted = shares.copy()
    for run, largest in zip(counted, counts_at_maximum, strict=True):
        if np.isfinite(largest):
            expected = np.maximum(np.nan_to_num(run), 0) * largest
            drawn = (rng.poisson(expected) / largest).astype(run.dtype)
            run[:] = np.where(np.isnan(run), np.nan, drawn)
    return counted


def drop_ions(
    shares: np.ndarray, n_missing: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Take ions away until `n_missing` (n_runs,) of a run's ions are not observed.

    Low masses go first, then m/z 18 and 44, as on SAM. A run that lacks more than
    asked stays as it is. Rows of a grid are taken to be the m/z from 0 on.
    """
    dropped = shares.copy()
    n_mz = shares.shape[1]
    odds = np.full(n_mz, _ODDS_OTHER)
    odds[: _HIGHEST_LOW_MZ + 1] = _ODDS_LOW
    odds[[mz for mz in _MAIN_MZ if mz < n_mz]] = _ODDS_MAIN
    for run, asked in zip(dropped, n_missing, strict=True):
        seen = np.flatnonzero(~np.isnan(run).all(axis=-1))
        more = int(asked) - (n_mz - len(seen))
        if more > 0:
            chance = odds[seen] / odds[seen].sum()
            run[rng.choice(seen, size=more, replace=False, p=chance)] = np.nan
    return dropped
