"""Data folders of any number of runs, made of a few hundred simulated ones."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

from pipeline.simulate import write_data_folder

# all labelled; the others have no labels, as when a trained model meets an archive
TRAINING_RUNS = 100
FILES_PER_FOLDER = 1000
SEED = 2022
HEADER = ("sample_id", "split", "instrument_type", "features_path", "features_md5_hash")


class Feed:
    """Simulated runs under as many names as are asked for.

    A file of a large folder is a hard link to one of the simulated files: reading it
    costs what reading a file of its own costs, once the disk has delivered it.
    """

    def __init__(self, folder: Path, distinct: int) -> None:
        self.folder = folder
        source = folder / f"simulated_{distinct}"
        if not source.exists():
            write_data_folder(
                source, n_runs=distinct, seed=SEED, sam_testbed_share=0.1, n_jobs=-1
            )
        self.source = source
        with (source / "metadata.csv").open(newline="", encoding="utf-8") as file:
            self._simulated = list(csv.DictReader(file))
        with (source / "ground_truth_labels.csv").open(encoding="utf-8") as file:
            header, *rows = list(csv.reader(file))
        self._label_names = header
        self._labels = {row[0]: row for row in rows}

    @property
    def files(self) -> list[Path]:
        """The simulated files."""
        return [self.source / row["features_path"] for row in self._simulated]

    @property
    def bytes_per_run(self) -> float:
        """Mean size of a file."""
        sizes = [path.stat().st_size for path in self.files]
        return sum(sizes) / len(sizes)

    def write(self, runs: int, *, more: int = 0) -> Path:
        """Write the folder of `runs` runs; `more` are added among them, with new ids.

        Files that are there stay as they are.
        """
        root = self.folder / f"runs_{runs}"
        # spread over the whole list, as a new campaign is when ids are sorted
        step = max(runs // more, 1) if more else runs
        rows = []
        for number in range(runs):
            rows.append(self._row(root, number, f"R{number:07d}"))
            if more and number % step == step // 2:
                rows.append(self._row(root, number, f"R{number:07d}x", new=True))
        training = [row for row in rows if row[1] == "train"]
        self._write_table(root / "metadata.csv", [HEADER, *rows])
        labels = [
            (row[0], *self._labels[self._source_row(int(row[0][1:8]))["sample_id"]][1:])
            for row in training
        ]
        self._write_table(root / "train_labels.csv", [self._label_names, *labels])
        return root

    def _source_row(self, number: int) -> dict[str, str]:
        return self._simulated[number % len(self._simulated)]

    def _row(
        self, root: Path, number: int, sample_id: str, *, new: bool = False
    ) -> tuple[str, ...]:
        source = self._source_row(number)
        place = f"features/{number // FILES_PER_FOLDER:04d}/{sample_id}.csv"
        path = root / place
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            original = self.source / source["features_path"]
            if new:
                # one more link would make all files of that content look changed
                shutil.copy(original, path)
            else:
                os.link(original, path)
        split = "train" if number < TRAINING_RUNS and not new else "test"
        return (
            sample_id,
            split,
            source["instrument_type"],
            place,
            source["features_md5_hash"],
        )

    def _write_table(self, path: Path, rows: list[tuple[str, ...]]) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
