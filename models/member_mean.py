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
    logits = [logit(np.clip(member, CLIP, 1 - CLIP)) for member in members]
    return np.asarray(expit(np.mean(logits, axis=0)))
