import csv
import io
import json

import pytest
from data_copy import SMALL

from pipeline.validate import validate_folder

COLUMNS = ["file", "row", "field", "got", "expected", "cure"]


@pytest.fixture
def data(data):
    """Return the small folder with a template, as validate asks for it."""
    header, *_ = data.table("train_labels.csv")
    rows = [[sample_id, *["0.5"] * (len(header) - 1)] for sample_id in SMALL[4:]]
    data.write_table("submission_format.csv", [header, *rows])
    return data


def places(data, workspace):
    faults, _ = validate_folder(data.root, workspace.params())
    for fault in faults:
        assert fault.got
        assert fault.expected
        assert fault.cure
    return {
        (fault.file.removeprefix(f"{data.root}/"), fault.line, fault.field)
        for fault in faults
    }


def damage(data):
    """Damage several files in several ways; return the places of all faults."""
    data.set_field("S0000", 9, "time", "noon")
    data.set_field("S0001", 12, "temp", "1700")
    data.path("S0002").unlink()
    data.set("S0003", "features_md5_hash", "0" * 32)
    data.set("S0002", "basalt", "yes", "train_labels.csv")
    data.set("S0004", "instrument_type", "")
    data.repeat_row("S0009", "submission_format.csv")
    return {
        (data.row("S0000")["features_path"], 9, "time"),
        (data.row("S0001")["features_path"], 12, "temp"),
        (data.row("S0002")["features_path"], None, "file"),
        (data.row("S0003")["features_path"], None, "md5"),
        ("train_labels.csv", 3, "basalt"),
        ("metadata.csv", 6, "instrument_type"),
        ("submission_format.csv", None, "sample_id"),
    }


def test_a_good_folder_has_nothing_wrong(data, workspace):
    result = workspace.ega("validate", str(data.root))
    assert result.code == 0
    assert result.stdout == f"nothing wrong: {len(SMALL)} runs\n"
    assert workspace.written() == []


def test_all_faults_of_all_files_are_listed_at_once(data, workspace):
    expected = damage(data)
    # Also the run whose label is faulty: mending one thing must not bring up the next.
    assert places(data, workspace) >= expected
    result = workspace.ega("validate", str(data.root))
    assert result.code == 1
    assert result.stdout.split("\n")[0].split() == COLUMNS
    for file, _, _ in expected:
        assert file in result.stdout
    assert "faults in" in result.stderr
    assert "Traceback" not in result.stderr


def test_json_and_csv_hold_the_same_rows(data, workspace):
    expected = damage(data)
    as_json = workspace.ega("validate", str(data.root), "--format", "json")
    as_csv = workspace.ega("validate", str(data.root), "--format", "csv")
    assert as_json.code == as_csv.code == 1
    rows = json.loads(as_json.stdout)
    assert {(row["file"], row["row"], row["field"]) for row in rows} >= expected
    table = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert list(table[0]) == list(rows[0]) == COLUMNS
    assert [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in rows
    ] == table


@pytest.mark.parametrize(("form", "empty"), [("json", "[]\n"), ("csv", None)])
def test_programs_get_an_empty_list_if_nothing_is_wrong(form, empty, data, workspace):
    result = workspace.ega("validate", str(data.root), "--format", form)
    assert result.code == 0
    assert result.stdout == (empty or ",".join(COLUMNS) + "\n")
    assert "nothing wrong: 6 runs" in result.stderr


def test_one_unusable_table_does_not_hide_the_others(data, workspace):
    data.write_table(
        "train_labels.csv", [row[:-1] for row in data.table("train_labels.csv")]
    )
    data.set("S0004", "chloride", "2", "val_labels.csv")
    data.path("S0009").write_bytes(b"")
    (data.root / "submission_format.csv").unlink()
    # Stage bin stops at the first of these; here every one is a row.
    assert places(data, workspace) >= {
        ("train_labels.csv", 1, "header"),
        ("val_labels.csv", 2, "chloride"),
        (data.row("S0009")["features_path"], None, "file"),
        ("submission_format.csv", None, "file"),
    }


def test_the_faults_are_those_of_stage_bin(data, workspace):
    data.set_field("S0000", 9, "time", "noon")
    data.set("S0002", "basalt", "yes", "train_labels.csv")
    stopped = workspace.ega("bin")
    faults, runs = validate_folder(data.root, workspace.params())
    assert runs == len(SMALL)
    # One set of rules: what passes here passes there.
    for fault in faults:
        assert f"  {fault}\n" in stopped.stderr
    assert f"{len(faults)} faults" in stopped.stderr


def test_without_metadata_or_labels_there_is_a_row_too(data, workspace, tmp_path):
    for path in data.root.glob("*_labels.csv"):
        path.unlink()
    data.path("S0000").unlink()
    found = places(data, workspace)
    assert (str(data.root), None, "file") in found
    assert (data.row("S0000")["features_path"], None, "file") in found
    result = workspace.ega("validate", str(tmp_path / "nowhere"))
    assert result.code == 1
    assert "metadata.csv" in result.stdout
    assert "1 fault in" in result.stderr


def test_a_form_that_does_not_exist_is_wrong_usage(data, workspace):
    assert workspace.ega("validate", str(data.root), "--format", "xml").code == 2


def test_names_of_strangers_are_printed_as_they_are(data, workspace):
    data.set("S0002", "features_path", "train_features/[red]\x1b[31m\n:smile:.csv")
    result = workspace.ega("validate", str(data.root))
    # No markup, no colour, no second line of a name.
    assert "\x1b" not in result.stdout
    assert "[red]" in result.stdout
    assert ":smile:" in result.stdout
