"""A data folder that a test may damage, and grids read without our reader."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

# three training runs, one held out, two of the test split; both instruments
SMALL = ("S0000", "S0001", "S0002", "S0003", "S0004", "S0009")
HEADER = b"time,temp,m/z,abundance"


@dataclass(frozen=True)
class DataCopy:
    """A small data folder that a test may damage."""

    root: Path

    def path(self, sample_id):
        return self.root / self.row(sample_id)["features_path"]

    def row(self, sample_id):
        header, *rows = self.table("metadata.csv")
        found = next(row for row in rows if row[0] == sample_id)
        return dict(zip(header, found, strict=True))

    def lines(self, sample_id):
        """Return the lines of a run, without their line ends; the first is line 1."""
        return self.path(sample_id).read_bytes().splitlines()

    def write(self, sample_id, content):
        """Replace a run's content and its md5 in metadata.csv."""
        self.path(sample_id).write_bytes(content)
        self.set(sample_id, "features_md5_hash", hashlib.md5(content).hexdigest())

    def write_lines(self, sample_id, lines):
        self.write(sample_id, b"\n".join(lines) + b"\n")

    def set_field(self, sample_id, line, column, text):
        """Replace one field of a run; `line` counts from 1 as editors do."""
        lines = self.lines(sample_id)
        fields = lines[line - 1].split(b",")
        fields[HEADER.split(b",").index(column.encode())] = text.encode()
        lines[line - 1] = b",".join(fields)
        self.write_lines(sample_id, lines)

    def set_column(self, sample_id, column, change):
        """Replace every value of a run's column by change(text)."""
        header, *rows = [line.split(b",") for line in self.lines(sample_id)]
        position = header.index(column.encode())
        for row in rows:
            row[position] = change(row[position].decode()).encode()
        self.write_lines(sample_id, [b",".join(row) for row in [header, *rows]])

    def table(self, name):
        with (self.root / name).open(newline="") as file:
            return list(csv.reader(file))

    def write_table(self, name, rows):
        with (self.root / name).open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def set(self, sample_id, column, text, name="metadata.csv"):
        header, *rows = self.table(name)
        for row in rows:
            if row[0] == sample_id:
                row[header.index(column)] = text
        self.write_table(name, [header, *rows])

    def repeat_row(self, sample_id, name="metadata.csv"):
        rows = self.table(name)
        self.write_table(name, [*rows, next(r for r in rows if r[0] == sample_id)])

    def drop_row(self, sample_id, name):
        rows = self.table(name)
        self.write_table(name, [row for row in rows if row[0] != sample_id])

    def rename(self, old, new):
        """Give a run another sample_id everywhere."""
        for name in ("metadata.csv", "train_labels.csv", "val_labels.csv"):
            self.set(old, "sample_id", new, name)


def copy_small(source, target):
    """Copy a sixth of the rows of the runs of SMALL, and their metadata and labels."""
    copy = DataCopy(target)
    for name in ("metadata.csv", "train_labels.csv", "val_labels.csv"):
        header, *rows = DataCopy(source).table(name)
        target.mkdir(exist_ok=True)
        copy.write_table(name, [header, *[row for row in rows if row[0] in SMALL]])
    for sample_id in SMALL:
        path = copy.path(sample_id)
        path.parent.mkdir(exist_ok=True)
        header, *rows = (source / path.relative_to(target)).read_bytes().splitlines()
        # blocks of rows from the whole run, so that it still heats from end to end
        kept = [row for i, row in enumerate(rows) if i // 500 % 6 == 0]
        copy.write_lines(sample_id, [header, *kept])
    return copy


def read_grids(folder):
    """Return {sample_id: (mean, count)} of stage bin's output, without its reader."""
    artifacts = folder / "artifacts" / "bin"
    grids = {}
    for row in pl.read_parquet(artifacts / "runs.parquet").iter_rows(named=True):
        grids[row["sample_id"]] = tuple(
            np.load(artifacts / "grid" / f"{row['chunk']}_{kind}.npy")[
                row["row_in_chunk"]
            ]
            for kind in ("mean", "count")
        )
    return grids


def same_grids(got, expected):
    """Compare two results of `read_grids` byte by byte."""
    return got.keys() == expected.keys() and all(
        a.tobytes() == b.tobytes()
        for sample_id in got
        for a, b in zip(got[sample_id], expected[sample_id], strict=True)
    )
