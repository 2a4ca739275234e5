"""Runs composed of a SAM run and the signal of a commercial run.

The background, noise and missing ions are those of the SAM run; the compounds are those
of both. So labels of every kind occur among runs that look like SAM, also where the SAM
runs themselves are blanks, and "SAM" does not come to mean "nothing is there".
"""

from __future__ import annotations

import numpy as np


def mix_into_sam(
    commercial: tuple[np.ndarray, np.ndarray],
    sam: tuple[np.ndarray, np.ndarray],
    gain_log2: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Add each commercial run to a randomly drawn SAM run.

    Parameters
    ----------
    commercial, sam : shares and labels
        Shares are (n_runs, n_mz, n_cells) of each run's maximum above background, NaN
        where not observed; labels are (n_runs, n_labels) 0/1.
    gain_log2 : (low, high)
        The commercial run is multiplied by 2^u, u uniform in this range; -inf adds
        nothing.

    Returns
    -------
    shares : as many runs as `commercial`
        Observed where the SAM run is; in shares of the SAM run's maximum.
    labels
        A compound is there if it is in either run.

    Raises
    ------
    ValueError
        There is no SAM run.
    """
    (signal, y), (background, y_sam) = commercial, sam
    if len(background) == 0:
        raise ValueError("got no SAM run; expected at least one to mix into")
    drawn = rng.integers(len(background), size=len(signal))
    low, high = gain_log2
    draw = np.full(len(signal), low) if low == high else rng.uniform(low, high, len(y))
    gain = np.exp2(draw)[:, None, None].astype(signal.dtype)
    mixed = background[drawn] + gain * np.nan_to_num(signal)
    return mixed, np.maximum(y, y_sam[drawn])
