"""What must be the same on every machine of a cluster, so that results are."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CODE = "code of ega-ms"
# the dependencies, and what sends tasks; listed here, because the metadata of an
# editable installation may be older than the code
PACKAGES = (
    "cloudpickle",
    "dask",
    "distributed",
    "ega-ms",
    "iterative-stratification",
    "jinja2",
    "joblib",
    "lightgbm",
    "numba",
    "numpy",
    "optuna",
    "pandas",
    "plotly",
    "polars",
    "psims",
    "pyarrow",
    "pybaselines",
    "pydantic",
    "pyteomics",
    "pytorch_optimizer",
    "rich",
    "ruamel.yaml",
    "safetensors",
    "scikit-learn",
    "scipy",
    "threadpoolctl",
    "torch",
    "typer",
)
_FOLDERS = ("features", "models", "pipeline", "simulator", "studies")


def machine_facts() -> dict[str, str]:
    """Return the versions of Python and of each package behind a result, and the code.

    The code is that of when this process first asked: a worker that lives on while a
    module is edited has imported the old one.
    """
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        CODE: _CODE,
    }


def differences(expected: dict[str, str], got: dict[str, str]) -> list[str]:
    """Say what differs between two machines, one line a package."""
    return [
        f"{name} is {got.get(name, 'missing')}, not {expected.get(name, 'missing')}"
        for name in sorted({*expected, *got})
        if got.get(name) != expected.get(name)
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _digest_of_code() -> str:
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


_CODE = _digest_of_code()
