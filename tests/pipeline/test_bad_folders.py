"""What happens to data folders that can not be used: named and explained."""

import pytest
from bin_results import in_order, results
from data_copy import (
    SMALL,
)

FOLDER_CASES = {
    "no metadata": (
        lambda data: (data.root / "metadata.csv").unlink(),
        ("metadata.csv: No such file", "sample_id, split", "make repro DATA="),
    ),
    "empty metadata": (
        lambda data: (data.root / "metadata.csv").write_bytes(b""),
        ("metadata.csv: ", "empty", "sample_id, split"),
    ),
    "metadata header only": (
        lambda data: data.write_table("metadata.csv", data.table("metadata.csv")[:1]),
        ("metadata.csv: no usable row", "one a run", "Cure"),
    ),
    "metadata column missing": (
        lambda data: data.write_table(
            "metadata.csv", [row[:3] for row in data.table("metadata.csv")]
        ),
        ("metadata.csv, line 1: the columns features_path are missing", "Cure: add"),
    ),
    "surplus field in metadata": (
        lambda data: data.write_table(
            "metadata.csv",
            [*data.table("metadata.csv")[:3], ["S1", "", "", "", "", "surplus"]],
        ),
        ("metadata.csv, line 4: found more fields", "Cure"),
    ),
    "metadata in another encoding": (
        lambda data: (data.root / "metadata.csv").write_bytes(b"sample_id\xff\n\xfe\n"),
        ("metadata.csv: invalid utf-8", "Cure"),
    ),
    "label column missing": (
        lambda data: data.write_table(
            "train_labels.csv", [row[:-1] for row in data.table("train_labels.csv")]
        ),
        ("train_labels.csv, line 1: the columns sulfide are missing", "got sample_id"),
    ),
    "no labels": (
        lambda data: [path.unlink() for path in data.root.glob("*_labels.csv")],
        ("no file <split>_labels.csv", "train", "expected train_labels.csv", "Cure"),
    ),
    "only holdout labels": (
        lambda data: (data.root / "train_labels.csv").unlink(),
        ("no usable labelled run", "val", "Cure: check train_labels.csv"),
    ),
    "every run bad": (
        lambda data: [data.path(sample_id).unlink() for sample_id in SMALL],
        ("no usable run is left after quarantine",),
    ),
}


@pytest.mark.parametrize("name", FOLDER_CASES)
def test_an_unusable_folder_stops_also_in_quarantine(name, data, workspace):
    damage, says = FOLDER_CASES[name]
    damage(data)
    workspace.set(bin={"on_bad_run": "quarantine"})
    result = workspace.ega("bin")
    assert result.code == 1
    assert "Traceback" not in result.stderr
    # There is no run to go on with, so the message must say what the folder lacks.
    assert in_order(says, result.stderr.replace("\n", " ")), result.stderr
    assert not results(workspace)
