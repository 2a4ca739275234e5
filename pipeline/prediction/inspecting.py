"""`ega inspect`: one run with the whole map of what speaks for and against."""

from __future__ import annotations

from pathlib import Path

from pipeline import paths
from pipeline.errors import EgaError, shorten
from pipeline.format_params import FormatParams
from pipeline.formats.heating import HeatingProgramme
from pipeline.params import load_params
from pipeline.prediction.answer import Answer
from pipeline.prediction.answering import Models, RunName
from pipeline.prediction.known_runs import KnownRuns
from pipeline.prediction.run_files import read_runs


def answer_file(
    models: Models,
    path: Path,
    instrument: str,
    heating: HeatingProgramme | None,
    formats: FormatParams,
) -> Answer:
    """Return the answer for a file, by all models.

    Raises
    ------
    EgaError
        The file can't be used.
    """
    run = next(read_runs([path], models.ensemble.params.bin, formats, heating))
    if run.grid is None:
        raise EgaError("\n".join(map(str, run.faults)))
    # a page may be shared, and where the file lies is nobody's business
    name = RunName(run.sample_id, path.name, instrument)
    return next(models.answers(run.grid, [name], "all", whole_map=True))


def answer_known_run(models: Models, sample_id: str) -> Answer:
    """Return the answer for a run of the data folder.

    A training run is shown only to the models that have not learnt from it.

    Raises
    ------
    EgaError
        There is no such run.
    """
    if not (paths.PARAMS.exists() and paths.RUNS.exists()):
        raise EgaError(
            f"{shorten(sample_id)}: no such file, and no data folder was read here. "
            "Cure: name a file, or run from the folder that holds params.yaml and "
            "artifacts."
        )
    known = KnownRuns(models, load_params(paths.PARAMS))
    return next(known.answers([sample_id], "all"))
