"""Results of finished units of work, so that a killed stage resumes.

A unit's file lies under `.cache/<stage>/<key>/`, where the key is a digest of
everything the result depends on: inputs, parameters, seed, the stage's modules and the
code of `models` and `features` that they import, and the versions of the libraries.
Another key means another folder; folders of other keys are removed when a stage ends.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import shutil
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import paths
from pipeline.artifacts import file_digest
from pipeline.cache_files import read_kept, write_kept

_LIBRARIES = ("lightgbm", "numpy", "optuna", "polars", "scipy", "torch")


class UnitCache:
    """Reads and writes named arrays of one stage's units."""

    def __init__(
        self,
        stage: str,
        inputs: list[Path],
        settings: Any,
        modules: tuple[str, ...] = (),
        apart_from: tuple[str, ...] = (),
    ) -> None:
        self._stage_folder = paths.CACHE / stage
        digest = cache_key((stage, *modules), inputs, settings, apart_from)
        self.folder = self._stage_folder / digest

    def has(self, unit: str) -> bool:
        """Return whether a unit was saved."""
        return self._path(unit).exists()

    def load(self, unit: str) -> dict[str, np.ndarray] | None:
        """Return a unit's arrays, or None if it is missing or damaged."""
        try:
            content = read_kept(self._path(unit))
        except (OSError, ValueError):
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return dict(stored)

    def save(self, unit: str, arrays: dict[str, np.ndarray]) -> None:
        """Write a unit's arrays, whole or not at all."""
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        write_kept(self._path(unit), content.getbuffer())

    def remove_other_keys(self) -> None:
        """Delete what earlier inputs, parameters or code left behind."""
        for folder in self._stage_folder.glob("*"):
            if folder != self.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def remove_other_units(self, units: set[str]) -> None:
        """Delete what is no longer asked for."""
        for path in self.folder.glob("*.npz"):
            if path.stem not in units:
                path.unlink()

    def _path(self, unit: str) -> Path:
        return self.folder / f"{unit}.npz"


def cache_key(
    modules: tuple[str, ...],
    inputs: list[Path],
    settings: Any,
    apart_from: tuple[str, ...] = (),
) -> str:
    """Return a digest of modules of `pipeline`, input files, settings and libraries.

    `apart_from` names modules, such as models.gbt, that the result does not depend on.
    """
    versions = [f"{name} {version(name)}" for name in _LIBRARIES]
    text = json.dumps([settings, versions], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode())
    for path in [*inputs, *code_behind(modules, apart_from)]:
        digest.update(path.name.encode())
        digest.update(bytes.fromhex(file_digest(path)))
    return digest.hexdigest()[:32]


def code_behind(modules: Iterable[str], apart_from: tuple[str, ...] = ()) -> list[Path]:
    """Return modules of `pipeline` and the `models` and `features` behind them.

    Other modules of `pipeline` do not count: they only carry results around. Nor do
    those that `apart_from` names.
    """
    root = Path(__file__).resolve().parent.parent
    found: set[Path] = set()
    waiting = [root / "pipeline" / f"{name}.py" for name in modules]
    while waiting:
        path = waiting.pop()
        if path in found or not path.exists():
            continue
        found.add(path)
        for name in _imported(ast.parse(path.read_bytes())):
            if name.startswith(("models.", "features.")) and name not in apart_from:
                waiting.append(root.joinpath(*name.split(".")).with_suffix(".py"))
    return sorted(found)


def _imported(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names
