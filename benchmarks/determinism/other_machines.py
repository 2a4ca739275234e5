"""What would another machine make of it: fewer instructions, more threads.

Libraries choose their kernels by processor; environment variables make them choose as
an older one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.determinism.contents import digests
from benchmarks.determinism.folders import Folder, new_folder
from benchmarks.determinism.reference import Reference
from benchmarks.determinism.settings import STAGES

_NUMPY = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}
_OPENBLAS = {"OPENBLAS_CORETYPE": "Haswell"}
_NUMBA = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma"}
_TORCH = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
_THREADS = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
# environment, and compute.precision: `auto` still sees what the processor can
MACHINES: dict[str, tuple[dict[str, str], str]] = {
    "all libraries as with AVX2": (_NUMPY | _OPENBLAS | _TORCH | _NUMBA, "float32"),
    "no products in bfloat16": ({}, "float32"),
    "NumPy without AVX-512": (_NUMPY, "auto"),
    "OpenBLAS for Haswell": (_OPENBLAS, "auto"),
    "Numba for Haswell": (_NUMBA, "auto"),
    "two threads a process": (_THREADS, "auto"),
}
_COMPARED = (*STAGES[: STAGES.index("stack") + 1], "submit")
_PREDICTING = STAGES[STAGES.index("gbt") : STAGES.index("stack") + 1]


@dataclass(frozen=True)
class Machine:
    """How results with other kernels differ.

    Attributes
    ----------
    name : str
        What was restricted.
    differ : dict[str, int]
        Files that differ, for each stage, and only where some do.
    features : float
        Largest difference of a feature, relative to its spread over runs.
    probabilities : dict[str, float]
        Largest difference of a probability, for each family and the blend.
    """

    name: str
    differ: dict[str, int]
    features: float
    probabilities: dict[str, float]


def machines(reference: Reference, root: Path) -> Iterator[Machine]:
    """Run the chain up to the blend as each machine would."""
    for number, (name, (environment, precision)) in enumerate(MACHINES.items()):
        path = root / f"machine_{number}"
        compute = {"workers": 1, "backend": "loky", "precision": precision}
        folder = new_folder(path, reference.data, **compute)
        folder.run_all(_COMPARED, environment)
        got = digests(folder)
        differ = {
            stage: sum(got.get(name) != digest for name, digest in files.items())
            for stage, files in reference.outputs.items()
            if stage in _COMPARED
        }
        yield Machine(
            name,
            {stage: count for stage, count in differ.items() if count},
            _feature_difference(reference.folder, folder),
            {
                family: _probability_difference(reference.folder, folder, family)
                for family in _PREDICTING
            },
        )


def _feature_difference(expected: Folder, got: Folder) -> float:
    tables = [
        pl.read_parquet(folder.path / "artifacts/featurize/features.parquet")
        for folder in (expected, got)
    ]
    a, b = (table.drop("sample_id", "partner_id").to_numpy() for table in tables)
    spread = np.nanstd(a, axis=0, dtype=np.float64)
    difference = np.nan_to_num(np.abs(a.astype(np.float64) - b))
    largest: float = (difference[:, spread > 0] / spread[spread > 0]).max()
    return float(largest)


def _probability_difference(expected: Folder, got: Folder, family: str) -> float:
    tables = [
        pl.read_parquet(folder.path / f"artifacts/{family}/predictions.parquet")
        for folder in (expected, got)
    ]
    a, b = (table["probability"].to_numpy() for table in tables)
    return float(np.abs(a - b).max())
