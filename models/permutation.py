"""Could a score be luck? Truths dealt out anew, run by run, say how often."""

from __future__ import annotations

import numpy as np

from models.metrics import CLIP

# sums that differ by less than this share are the same number, rounded differently
ROUNDING = 1e-12


def permutation_p_value(
    y: np.ndarray, p: np.ndarray, strata: np.ndarray, n_permutations: int, seed: int
) -> float:
    """Return the p-value of the log-loss of `p` if it knew nothing of the runs.

    The truths of whole runs are permuted among runs of the same stratum, which keeps
    how often labels occur, and occur together. Runs count as independent: near
    duplicates make the value too small.

    Parameters
    ----------
    y : (n_runs, n_labels) 0/1
    p : (n_runs, n_labels)
        Probabilities.
    strata : (n_runs,)
        For example the instrument: what a model may know without reading a run.
    n_permutations : int
    seed : int

    Returns
    -------
    float
        (1 + permutations that score at least as well) / (1 + permutations).

    Notes
    -----
    Phipson and Smyth, Statistical Applications in Genetics and Molecular Biology 9,
    2010: the value is never 0. The log-loss is a constant minus the sum of y times the
    log-odds, so only that sum is computed.
    """
    clipped = np.clip(p, CLIP, 1 - CLIP)
    log_odds = np.log(clipped) - np.log1p(-clipped)
    y = y.astype(np.float64)
    _, stratum = np.unique(strata, return_inverse=True)
    place = np.argsort(stratum, kind="stable")
    log_odds, own = log_odds[place], y[place]
    least = float(np.vdot(own, log_odds)) - ROUNDING * float(np.abs(log_odds).sum())
    rng = np.random.default_rng(seed)
    as_good = 0
    for _ in range(n_permutations):
        dealt = np.lexsort((rng.random(len(y)), stratum))
        as_good += float(np.vdot(y[dealt], log_odds)) >= least
    return (1 + as_good) / (1 + n_permutations)
