"""Opens a model: its files are read and checked while libraries are imported."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.prediction.bundle import open_bundle

if TYPE_CHECKING:
    from pipeline.prediction.answering import Models


def open_for_answers(path: Path) -> Models:
    """Open a bundle and load all of it.

    Raises
    ------
    EgaError
        It is missing, damaged or of another version.
    """
    with ThreadPoolExecutor(1) as pool:
        # reading and hashing leave the interpreter free, which imports need for seconds
        opening = pool.submit(open_bundle, path)
        from pipeline.prediction.answering import load_models

        return load_models(opening.result())
