"""Random numbers that belong to one place of a calculation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch


def torch_generator(seed: np.random.SeedSequence) -> torch.Generator:
    """Return a generator of its own; torch's global one is shared by threads."""
    return torch.Generator().manual_seed(int(seed.generate_state(1)[0]))


def child(seed: np.random.SeedSequence, place: Sequence[int]) -> np.random.SeedSequence:
    """Return the seed of a place below `seed`; unlike `spawn` it changes nothing."""
    key = (*seed.spawn_key, *place)
    return np.random.SeedSequence(seed.entropy, spawn_key=key)
