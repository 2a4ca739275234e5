"""`ega predict`: files in, answers out, a block of runs at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import Fault
from pipeline.format_params import FormatParams
from pipeline.formats.heating import HeatingProgramme
from pipeline.prediction.answer import Answer
from pipeline.prediction.answering import Explain, Models, RunName
from pipeline.prediction.run_files import ReadRun, joined, read_runs

# runs that are asked for together: faster than one by one, and little memory
RUNS_PER_BLOCK = 16


@dataclass(frozen=True)
class Question:
    """What the user says about the files, and wants to know."""

    instrument: str
    explain: Explain
    heating: HeatingProgramme | None
    formats: FormatParams


def predict_files(
    models: Models, files: Sequence[Path], question: Question
) -> Iterator[Answer | list[Fault]]:
    """Yield the answer for each file, or what is wrong with it, in their order.

    The first file is answered alone, so that something is seen soon.
    """
    block: list[ReadRun] = []
    size = 1
    runs = read_runs(
        files, models.ensemble.params.bin, question.formats, question.heating
    )
    for run in runs:
        block.append(run)
        if len(block) == size:
            yield from _answered(models, block, question)
            block, size = [], RUNS_PER_BLOCK
    yield from _answered(models, block, question)


def _answered(
    models: Models, block: Sequence[ReadRun], question: Question
) -> Iterator[Answer | list[Fault]]:
    grids = [run.grid for run in block if run.grid is not None]
    names = [
        RunName(run.sample_id, str(run.path), question.instrument)
        for run in block
        if run.grid is not None
    ]
    answers = (
        models.answers(joined(grids), names, question.explain) if grids else iter(())
    )
    for run in block:
        yield run.faults if run.grid is None else next(answers)
