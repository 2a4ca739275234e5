"""Instrument files of other programs -> a new data folder in the organisers' layout."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.atomic import new_folder
from pipeline.convert_run import FEATURES, Converted, Task, convert_run
from pipeline.data_folder import MD5_COLUMN
from pipeline.data_params import DataParams
from pipeline.errors import Fault, shorten
from pipeline.formats.heating import HeatingProgramme
from pipeline.formats.opening import is_instrument_file
from pipeline.formats.run_name import sample_id_of
from pipeline.label_files import keep_binary
from pipeline.parallel import fan_out
from pipeline.params import Params
from pipeline.small_tables import blame_rows, read_table
from pipeline.submission_check import TEMPLATE

TRAIN, TEST = "train", "test"
# stands in the template until the pipeline knows better, as in that of the organisers
_UNKNOWN_PROBABILITY = 0.5


class _NothingConvertedError(Exception):
    """Leaves the new folder unmade."""


@dataclass(frozen=True)
class ConvertOptions:
    """What the user says about the files."""

    instrument: str
    heating: HeatingProgramme | None = None
    labels: Path | None = None


def convert_files(
    inputs: Sequence[Path], folder: Path, options: ConvertOptions, params: Params
) -> tuple[list[Converted], list[Fault]]:
    """Write `folder` with every input that can be used, whole or not at all.

    A folder among the inputs stands for the instrument files in it. Runs with a row in
    `options.labels` are of split train, all others of split test. If no input can be
    used, nothing is written.

    Returns
    -------
    What became of each input, and the faults of the labels.

    Raises
    ------
    FolderError
        The labels file is missing or lacks columns.
    OSError
        `folder` exists and is not empty, or can't be written.
    """
    results = _named(inputs)
    ids = [result.sample_id for result in results]
    label_faults: list[Fault] = []
    labels = _labels(options.labels, params.data, ids, label_faults)
    with suppress(_NothingConvertedError), new_folder(folder) as temporary:
        (temporary / FEATURES).mkdir()
        tasks = [
            Task(result.path, result.sample_id, temporary, options.heating, params)
            for result in results
            if not result.faults
        ]
        used = [temporary, *sorted({task.path.parent for task in tasks})]
        done = fan_out(params.compute, "convert", convert_run, tasks, reads=used)
        # in the order of the inputs, those that were refused by name included
        results = [result if result.faults else next(done) for result in results]
        # the generator ends its progress bar when it is asked once more
        next(done, None)
        runs = [result for result in results if not result.faults]
        if not runs:
            raise _NothingConvertedError
        _write_tables(temporary, runs, labels, options.instrument)
    return results, label_faults


def _named(inputs: Sequence[Path]) -> list[Converted]:
    """Give every file a sample_id; a file whose id is taken gets a fault."""
    results = []
    taken: dict[str, Path] = {}
    for path in (file for given in inputs for file in _expanded(given)):
        sample_id = sample_id_of(path)
        # some file systems take A.csv and a.csv for the same file
        first = taken.setdefault(sample_id.lower(), path)
        result = Converted(sample_id, path)
        if first is not path:
            result.faults.append(
                Fault(
                    sample_id,
                    str(path),
                    None,
                    "sample_id",
                    f"{sample_id!r}, which {shorten(str(first))} has, too",
                    "names that differ in more than case, signs and endings",
                    "rename one of the files, or convert it to another folder",
                )
            )
        results.append(result)
    return results


def _expanded(path: Path) -> list[Path]:
    """Return the instrument files of a folder in order, or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for file in path.iterdir()
        if file.is_file() and is_instrument_file(file) and file.name[0] != "."
    )


def _labels(
    path: Path | None, params: DataParams, ids: Sequence[str], faults: list[Fault]
) -> pl.DataFrame:
    """Return sample_id and labels of the rows that can be used, Int8."""
    if path is None:
        schema: dict[str, pl.DataType] = {"sample_id": pl.String()}
        return pl.DataFrame(schema=schema | dict.fromkeys(params.labels, pl.Int8()))
    labels = read_table(
        path, ("sample_id", *params.labels), "give --labels a CSV with these columns"
    )
    labels = labels.select(
        # people write the name of the file, or the name without its ending
        pl.col("sample_id")
        .fill_null("")
        .map_elements(lambda name: sample_id_of(Path(name)), pl.String),
        *params.labels,
    ).with_row_index("line", offset=2)
    repeated = labels.filter(pl.col("sample_id").is_duplicated())
    stray = labels.filter(~pl.col("sample_id").is_in(list(ids)))
    faults += blame_rows(
        repeated,
        path,
        "which stands on several rows",
        "one row a file",
        "delete the surplus rows",
    )
    faults += blame_rows(
        stray,
        path,
        "a label without a file",
        "the name of an input, with or without its ending",
        "correct the name, or delete the row",
    )
    wrong = pl.concat([repeated, stray])
    return keep_binary(params, path, labels.join(wrong, on="line", how="anti"), faults)


def _write_tables(
    folder: Path, runs: list[Converted], labels: pl.DataFrame, instrument: str
) -> None:
    known = set(labels["sample_id"])
    metadata = pl.DataFrame(
        [
            {
                "sample_id": run.sample_id,
                "split": TRAIN if run.sample_id in known else TEST,
                "instrument_type": instrument,
                "features_path": run.features_path,
                MD5_COLUMN: run.md5,
            }
            for run in runs
        ]
    )
    metadata.write_csv(folder / "metadata.csv")
    by_split = {
        split: metadata.filter(pl.col("split") == split).select("sample_id")
        for split in (TRAIN, TEST)
    }
    if by_split[TRAIN].height:
        by_split[TRAIN].join(
            labels, on="sample_id", how="left", maintain_order="left"
        ).write_csv(folder / f"{TRAIN}_labels.csv")
    names = [name for name in labels.columns if name != "sample_id"]
    by_split[TEST].with_columns(
        pl.lit(_UNKNOWN_PROBABILITY).alias(name) for name in names
    ).write_csv(folder / TEMPLATE)
