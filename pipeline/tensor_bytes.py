"""Named arrays as the bytes of a safetensors file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import safetensors.numpy


def tensor_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return the file's bytes; the same arrays give the same bytes."""
    # the library writes memory as it lies: a transposed array would be scrambled
    return safetensors.numpy.save(
        {name: np.ascontiguousarray(values) for name, values in arrays.items()}
    )
