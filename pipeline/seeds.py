"""Every random number comes from the base seed and the place where it is used."""

from __future__ import annotations

import zlib

import numpy as np


def generator(seed: int, *place: int | str) -> np.random.Generator:
    """Return the generator of a place, e.g. ("featurize", copy, sample_id)."""
    return np.random.default_rng(sequence(seed, *place))


def integer(seed: int, *place: int | str) -> int:
    """Return an integer in 0..2^31-1 for libraries that take one."""
    return int(sequence(seed, *place).generate_state(1)[0] >> 1)


def sequence(seed: int, *place: int | str) -> np.random.SeedSequence:
    """Return the seed sequence of a place; names enter by their checksum."""
    key = [p if isinstance(p, int) else zlib.crc32(p.encode()) for p in place]
    return np.random.SeedSequence(seed, spawn_key=key)
