import csv
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from data_copy import SMALL, read_grids, same_grids
from instrument_files import scans_of, write_andi, write_mzml

from pipeline.atomic import new_folder

LABELLED = ("S0000", "S0002", "S0003", "S0004")
UNLABELLED = ("S0001", "S0009")


def rows_of(data, sample_id):
    return pl.read_csv(data.path(sample_id)).to_numpy()


@pytest.fixture
def inputs(data, tmp_path):
    """Return a folder with the six small runs, under other names of the columns."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    for sample_id in SMALL:
        text = data.path(sample_id).read_text()
        path = folder / f"{sample_id}.csv"
        path.write_text(text.replace("temp,m/z", "Temperature (C),mass", 1))
    return folder


@pytest.fixture
def formats(data, inputs):
    """Return the folder with each run in another format."""
    first, second, third, fourth, *_ = SMALL
    for sample_id in SMALL[:4]:
        (inputs / f"{sample_id}.csv").unlink()
    write_mzml(inputs / f"{first}.mzML", scans_of(rows_of(data, first)))
    write_andi(inputs / f"{second}.cdf", scans_of(rows_of(data, second)))
    table = pl.read_csv(data.path(third))
    table.write_csv(inputs / f"{third}.csv", separator=";", decimal_comma=True)
    kelvin = pl.read_csv(data.path(fourth)).with_columns(pl.col("temp") + 273.15)
    kelvin.columns = ["Time (s)", "Temperature (K)", "Mass", "Ion current (A)"]
    kelvin.write_csv(inputs / f"{fourth}.tsv", separator="\t")
    return inputs


@pytest.fixture
def labels(data, tmp_path):
    """Return a labels file of the first four runs."""
    path = tmp_path / "labels.csv"
    parts = [pl.read_csv(data.root / f"{s}_labels.csv") for s in ("train", "val")]
    table = pl.concat(parts).filter(pl.col("sample_id").is_in(LABELLED))
    assert table.height == len(LABELLED)
    table.write_csv(path)
    return path


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_was_converted_has_the_grids_of_the_original(
    data, formats, labels, workspace
):
    assert workspace.ega("bin").code == 0
    expected = read_grids(workspace.folder)
    result = workspace.ega("convert", "../inputs", "--to", "new", "--labels", labels)
    assert result.code == 0, result.stderr
    assert "6 of 6 files converted" in result.stderr
    workspace.set(data={"root": "new"})
    result = workspace.ega("bin")
    assert result.code == 0, result.stderr
    # Whatever the format on the way, byte by byte what the original gives.
    assert same_grids(read_grids(workspace.folder), expected)
    assert workspace.ega("validate", "new").code == 0


def test_the_folder_is_in_the_organisers_layout(inputs, labels, workspace):
    workspace.ega(
        "convert",
        "../inputs",
        "--to",
        "new",
        "--labels",
        labels,
        "--instrument",
        "lab 7",
    )
    folder = Path("new")
    metadata = pl.read_csv(folder / "metadata.csv")
    assert metadata["sample_id"].to_list() == sorted(SMALL)
    assert metadata["instrument_type"].unique().to_list() == ["lab 7"]
    for row in metadata.iter_rows(named=True):
        content = (folder / row["features_path"]).read_bytes()
        assert hashlib.md5(content).hexdigest() == row["features_md5_hash"]
        assert row["split"] == ("train" if row["sample_id"] in LABELLED else "test")
    names = workspace.params().data.labels
    given = pl.read_csv(labels).sort("sample_id").select("sample_id", *names)
    assert pl.read_csv(folder / "train_labels.csv").equals(given)
    template = pl.read_csv(folder / "submission_format.csv")
    assert template.columns == ["sample_id", *names]
    assert template["sample_id"].to_list() == list(UNLABELLED)
    assert oct(folder.stat().st_mode)[-3:] == "755"


def test_the_same_inputs_give_the_same_bytes(inputs, workspace):
    for name in ("one", "two"):
        assert workspace.ega("convert", "../inputs", "--to", name).code == 0
    assert contents(Path("one")) == contents(Path("two"))


def test_one_bad_file_does_not_stop_the_others(inputs, workspace):
    bad = inputs / "bad.mzML"
    bad.write_text("<mzML><run>")
    missing = inputs / "missing.csv"
    good = sorted(inputs.glob("S*"))[2:4]
    result = workspace.ega("convert", *map(str, [bad, *good, missing]), "--to", "new")
    assert result.code == 1
    assert "2 of 4 files converted" in result.stderr
    assert f"{bad}, " in result.stderr
    assert f"{missing}, file: got No such file" in result.stderr
    assert "Traceback" not in result.stderr
    # No half-written run, and no row for it.
    assert sorted(contents(Path("new"))) == [
        "features/S0002.csv",
        "features/S0003.csv",
        "metadata.csv",
        "submission_format.csv",
    ]
    assert pl.read_csv("new/metadata.csv").height == 2
    assert "No labels" in result.stderr


def test_where_nothing_can_be_used_nothing_is_made(inputs, workspace):
    (inputs / "bad.csv").write_text("a,b\n1,2\n")
    result = workspace.ega("convert", str(inputs / "bad.csv"), "--to", "deep/new")
    assert result.code == 1
    assert "nothing converted" in result.stderr
    assert not Path("deep/new").exists()
    assert list(Path("deep").iterdir()) == []


USAGE = {
    "no input": ["--to", "new"],
    "no folder": ["../inputs"],
    "heating": ["../inputs", "--to", "new", "--heating", "25:fast"],
    "instrument": ["../inputs", "--to", "new", "--instrument", " "],
    "option": ["../inputs", "--to", "new", "--fast"],
    "full folder": ["../inputs", "--to", "."],
    "a file": ["../inputs", "--to", "params.yaml"],
    "nothing there": ["../empty", "--to", "new"],
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_is_exit_code_2_and_changes_nothing(name, inputs, workspace):
    (inputs.parent / "empty").mkdir()
    before = contents(workspace.folder)
    result = workspace.ega("convert", *USAGE[name])
    assert result.code == 2
    assert contents(workspace.folder) == before
    assert not Path("new").exists()


def test_a_run_that_bin_would_refuse_is_refused_here(inputs, workspace):
    path = inputs / "flat.csv"
    path.write_text("time,temp,m/z,abundance\n" + "1,25,44,1\n2,26,44,1\n")
    result = workspace.ega("convert", str(path), "--to", "new")
    assert result.code == 1
    # Named by the file that the user has, not by the copy.
    assert f"{path}, abundance: got the same value" in result.stderr


ODD_NAMES = {
    "a b.csv": "a_b",
    "[red]x.csv": "red_x",
    "Probe Ü 7.csv": "Probe_Ü_7",
    "..csv": "run",
    "two\nlines.csv": "two_lines",
    "=1+1.csv": "1+1".replace("+", "_"),
    "x" * 200 + ".csv": "x" * 60,
    "run.2022.csv": "run.2022",
    "\x1b[31mred.csv": "31mred",
}


def test_a_name_is_only_a_name(data, workspace, tmp_path):
    odd = tmp_path / "odd"
    odd.mkdir()
    for name in ODD_NAMES:
        shutil.copy(data.path(SMALL[0]), odd / name)
    files = [str(odd / name) for name in ODD_NAMES]
    result = workspace.ega("convert", *files, "--to", "new")
    assert result.code == 0, result.stderr
    with Path("new/metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    # Ids become names of files, so they hold nothing that a file system reads.
    assert [row["sample_id"] for row in rows] == list(ODD_NAMES.values())
    assert len(list(Path("new/features").iterdir())) == len(ODD_NAMES)


def test_two_files_of_one_name_are_not_one_run(data, workspace, tmp_path):
    first, second = tmp_path / "run 1.csv", tmp_path / "RUN_1.csv"
    for path in (first, second):
        shutil.copy(data.path(SMALL[0]), path)
    result = workspace.ega("convert", str(first), str(second), "--to", "new")
    assert result.code == 1
    # One would have overwritten the other, also where case counts for nothing.
    assert f"{second}, sample_id: got 'RUN_1'" in result.stderr
    assert [p.name for p in Path("new/features").iterdir()] == ["run_1.csv"]


def test_labels_are_checked(inputs, labels, workspace):
    rows = labels.read_text().splitlines()
    rows[1] = rows[1].replace(",0", ",2", 1)
    rows[2] = rows[2].replace("S0002", "S0002.csv")
    rows.append(rows[3].replace("S0003", "S7777"))
    labels.write_text("\n".join(rows) + "\n")
    result = workspace.ega("convert", "../inputs", "--to", "new", "--labels", labels)
    assert result.code == 1
    assert f"{labels}, line 2, " in result.stderr
    assert "got '2'; expected 0 or 1" in result.stderr
    assert "'S7777', a label without a file" in result.stderr
    # A file name is as good as an id.
    ids = pl.read_csv("new/train_labels.csv")["sample_id"].to_list()
    assert ids == ["S0002", "S0003", "S0004"]
    result = workspace.ega("convert", "../inputs", "--to", "x", "--labels", "none.csv")
    assert result.code == 1
    assert "none.csv: No such file" in result.stderr


def test_a_heating_programme_is_used(data, inputs, workspace):
    path = inputs / "timed.mzML"
    rows = rows_of(data, SMALL[0])
    write_mzml(path, scans_of(rows), name=None)
    heating = "25:10/min:100, 100:5min, 100:35/min:1100, 1100:hold"
    result = workspace.ega("convert", str(path), "--to", "new", "--heating", heating)
    assert result.code == 0, result.stderr
    table = pl.read_csv("new/features/timed.csv")
    elapsed = rows[:, 0] - rows[0, 0]
    corners = np.array([0, 450, 750, 750 + 60 * 1000 / 35])
    expected = np.interp(elapsed, corners, [25, 100, 100, 1100])
    assert table["temp"].to_numpy() == pytest.approx(expected, abs=1e-5)


def test_the_shell_sees_a_table_and_no_traceback(inputs, workspace):
    (inputs / "bad.mzML").write_bytes(b"<!DOCTYPE mzML [<!ENTITY a 'b'>]><mzML>&a;")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "convert", "../inputs", "--to", "new"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 1 + 7
    assert lines[0].split()[:3] == ["file", "sample_id", "format"]
    assert "column Temperature (C)" in done.stdout
    assert "DOCTYPE" in done.stderr


def test_a_folder_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "new"

    def write():
        with new_folder(path) as temporary:
            (temporary / "ours").write_text("")
            path.mkdir()
            (path / "theirs").write_text("")

    with pytest.raises(OSError, match="not empty"):
        write()
    # Whoever was first keeps it, and nothing else is left lying about.
    assert [p.name for p in tmp_path.rglob("*")] == ["new", "theirs"]
