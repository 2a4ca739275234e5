"""Numbers of a numpy generator, many scalar calls at once.

The published data come from one long stream of scalar calls of `Generator.integers` and
`Generator.uniform`. Here the raw 64-bit words behind them are fetched in one call, and
compiled code takes them apart just as numpy does:

- an integer below 2^32 takes half a word, the low half first; the other half is kept
  for the next integer, however many floats are drawn between (PCG64's buffer);
- it is scaled by Lemire's multiplication with rejection (ACM TOMACS 29, 3, 2019);
- a float takes the upper 53 bits of a whole word.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LOW_HALF = np.uint64(0xFFFFFFFF)
HALF_BITS = np.uint64(32)


def draw_spectra(
    seed: int,
    n_integers: np.ndarray,
    n_floats: np.ndarray,
    bound: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw, row after row, first the integers of the row and then its floats.

    Parameters
    ----------
    seed : int
        Of `numpy.random.default_rng`.
    n_integers, n_floats : (n_rows,) int64
        How many numbers each row draws.
    bound : int
        Integers are in 0..bound-1; bound is at least 2 and below 2^32.

    Returns
    -------
    integers : (n_integers.sum(),) int64
    floats : (n_floats.sum(),) float64 in [0, 1)
    """
    if not 2 <= bound < 2**32:
        raise ValueError(f"bound: got {bound}; expected 2 to 4294967295")
    integers = np.empty(int(n_integers.sum()), dtype=np.int64)
    floats = np.empty(int(n_floats.sum()), dtype=np.float64)
    # rejected numbers are rare: the second round is hardly ever needed
    spare = 64
    while True:
        words = np.random.PCG64(seed).random_raw(len(integers) + len(floats) + spare)
        if _take_apart(words, n_integers, n_floats, bound, integers, floats):
            return integers, floats
        spare = 2 * spare + len(integers)


@njit(cache=True)
def _take_apart(words, n_integers, n_floats, bound, integers, floats):  # type: ignore[no-untyped-def]
    """Fill integers and floats; return False if there were too few words."""
    factor = np.uint64(bound)
    # numbers whose low half falls below this would make small results too frequent
    threshold = (np.uint64(2**32) - factor) % factor
    place = 0
    kept, has_kept = np.uint64(0), False
    i, f = 0, 0
    for row in range(len(n_integers)):
        for _ in range(n_integers[row]):
            while True:
                if has_kept:
                    half, has_kept = kept, False
                else:
                    if place == len(words):
                        return False
                    half = words[place] & LOW_HALF
                    kept, has_kept = words[place] >> HALF_BITS, True
                    place += 1
                product = half * factor
                if (product & LOW_HALF) >= threshold:
                    break
            integers[i] = product >> HALF_BITS
            i += 1
        for _ in range(n_floats[row]):
            if place == len(words):
                return False
            floats[f] = (words[place] >> np.uint64(11)) * (1.0 / 9007199254740992.0)
            place += 1
            f += 1
    return True
