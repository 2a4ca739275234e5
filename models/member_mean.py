"""The mean of an ensemble's members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

# members are averaged as logits; a probability of exactly 0 or 1 has none
CLIP = 1e-9


def mean_probability(members: Sequence[np.ndarray]) -> np.ndarray:
    """Average probabilities as logits; a single member stays as it is, bit by bit."""
    if len(members) == 1:
        return members[0]
    # in double precision: a float32 has no number between 1 - CLIP and 1
    doubles = [np.asarray(member, dtype=np.float64) for member in members]
    logits = [logit(np.clip(member, CLIP, 1 - CLIP)) for member in doubles]
    return np.asarray(expit(np.mean(logits, axis=0)))
