"""Stage simulate: the embedded data set, a folder in the organisers' layout."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib
import polars as pl

from pipeline import paths
from pipeline.errors import EgaError
from pipeline.params import Params
from simulator.dataset import SPLITS, simulate_run
from simulator.decomposition import LABELS
from simulator.truth import StepTruth

MARKER = "SIMULATED.md"
# Labels stay unpublished for the last split, as in the competition.
_LABELLED_SPLITS = SPLITS[:2]
_UNLABELLED_PROBABILITY = 0.5

_MARKER_TEXT = """\
# A simulated data set

Made by `pipeline.simulate.write_data_folder` with n_runs={n_runs}, seed={seed},
sam_testbed_share={sam_testbed_share}. No measured data is in this folder, and the
simulator may replace the folder as long as this file is in it.

- `metadata.csv`, `*_features/`, `*_labels.csv`, `submission_format.csv`: the layout of
  the Mars EGA-MS challenge.
- `ground_truth_labels.csv`: labels, minerals and heating rate of every run, the test
  split included.
- `ground_truth_steps.csv`: one row per gas release of every run. Peak temperature and
  width at half height are those of the complete release; the area is what is released
  before the run ends, in abundance x celsius of the gas's base ion above background.
"""


def run(params: Params) -> None:
    """Write the simulated runs to `data/simulated`.

    Raises
    ------
    EgaError
        The folder holds something that the simulator did not make.
    """
    try:
        write_data_folder(
            paths.SIMULATED,
            n_runs=params.simulate.runs,
            seed=params.seed,
            sam_testbed_share=params.simulate.sam_testbed_share,
            n_jobs=params.compute.workers,
        )
    except ValueError as error:
        raise EgaError(str(error)) from error


@dataclass(frozen=True)
class _WrittenRun:
    """What the tables need to know of a run whose file is already on disk."""

    sample_id: str
    split: str
    instrument_type: str
    features_path: str
    features_md5_hash: str
    labels: tuple[int, ...]
    minerals: tuple[str, ...]
    heating_rate_celsius_per_minute: float
    steps: tuple[StepTruth, ...]


def write_data_folder(
    folder: Path, *, n_runs: int, seed: int, sam_testbed_share: float, n_jobs: int
) -> None:
    """Simulate runs and write them as a data folder, whole or not at all.

    Parameters
    ----------
    folder
        Where the data set goes. An earlier simulated data set is replaced.
    n_runs
        Number of runs; the files of a smaller number are a subset of a larger one's.
    seed
        Base seed; the bytes written depend on it, the number and the share only.
    sam_testbed_share
        Share of runs of the SAM testbed, 0 to 1.
    n_jobs
        Worker processes, as joblib counts them.

    Raises
    ------
    ValueError
        A number is out of range, or `folder` holds something that is not ours.
    """
    if n_runs < 1:
        raise ValueError(f"n_runs is {n_runs}; expected 1 or more.")
    if not 0.0 <= sam_testbed_share <= 1.0:
        raise ValueError(
            f"sam_testbed_share is {sam_testbed_share}; expected a share from 0 to 1."
        )
    _refuse_foreign(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for split in SPLITS:
            (temporary / f"{split}_features").mkdir()
        runs = joblib.Parallel(n_jobs=n_jobs)(
            joblib.delayed(_write_run)(temporary, index, seed, sam_testbed_share)
            for index in range(n_runs)
        )
        _write_tables(temporary, runs)
        text = _MARKER_TEXT.format(
            n_runs=n_runs, seed=seed, sam_testbed_share=sam_testbed_share
        )
        (temporary / MARKER).write_text(text, encoding="utf-8")
        # mkdtemp makes folders for the owner alone; others may read data
        temporary.chmod(0o755)
        _move_into_place(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; expected a folder or nothing there.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise ValueError(
            f"{folder} is not empty and has no {MARKER}, so the simulator did not make "
            "it and will not replace it; choose another folder or empty this one."
        )


def _move_into_place(temporary: Path, folder: Path) -> None:
    """Rename the new folder to its place; the old one is gone only after that."""
    if not folder.exists():
        temporary.rename(folder)
        return
    replaced = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    folder.rename(replaced / "old")
    temporary.rename(folder)
    shutil.rmtree(replaced)


def _write_run(
    folder: Path, index: int, seed: int, sam_testbed_share: float
) -> _WrittenRun:
    run = simulate_run(index, seed, sam_testbed_share=sam_testbed_share)
    relative_path = f"{run.split}_features/{run.sample_id}.csv"
    table = pl.DataFrame(
        {
            "time": run.time_seconds,
            "temp": run.temperature_celsius,
            "m/z": run.mz,
            "abundance": run.abundance,
        }
    )
    content = table.write_csv().encode("utf-8")
    (folder / relative_path).write_bytes(content)
    return _WrittenRun(
        sample_id=run.sample_id,
        split=run.split,
        instrument_type=run.instrument_type,
        features_path=relative_path,
        features_md5_hash=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        labels=run.labels,
        minerals=run.minerals,
        heating_rate_celsius_per_minute=run.heating_rate_celsius_per_minute,
        steps=run.steps,
    )


def _write_tables(folder: Path, runs: list[_WrittenRun]) -> None:
    metadata = pl.DataFrame(
        [
            {
                "sample_id": run.sample_id,
                "split": run.split,
                "instrument_type": run.instrument_type,
                "features_path": run.features_path,
                "features_md5_hash": run.features_md5_hash,
            }
            for run in runs
        ]
    )
    metadata.write_csv(folder / "metadata.csv")
    for split in _LABELLED_SPLITS:
        labels = _label_table(run for run in runs if run.split == split)
        labels.write_csv(folder / f"{split}_labels.csv")
    submission = _label_table(run for run in runs if run.split != SPLITS[0])
    submission.with_columns(
        pl.lit(_UNLABELLED_PROBABILITY).alias(label) for label in LABELS
    ).write_csv(folder / "submission_format.csv")
    # Not called test_labels.csv: a reader of the layout would train on it.
    _label_table(runs).with_columns(
        pl.Series("minerals", ["; ".join(run.minerals) for run in runs]),
        pl.Series(
            "heating_rate_celsius_per_minute",
            [run.heating_rate_celsius_per_minute for run in runs],
        ),
    ).write_csv(folder / "ground_truth_labels.csv")
    pl.DataFrame(
        [
            {"sample_id": run.sample_id, **asdict(step)}
            for run in runs
            for step in run.steps
        ]
    ).write_csv(folder / "ground_truth_steps.csv")


def _label_table(runs: Iterable[_WrittenRun]) -> pl.DataFrame:
    return pl.DataFrame(
        [(run.sample_id, *run.labels) for run in runs],
        schema={"sample_id": pl.String} | dict.fromkeys(LABELS, pl.Int64),
        orient="row",
    )
