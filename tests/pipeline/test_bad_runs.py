"""What happens to faulty runs and folders: named, explained, and nothing lost.

Some faults can't be seen in a file: values swapped under a right header are read as
declared as long as they are possible, and so is a number that lost its last digits.
The md5 in metadata.csv is what finds those.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from data_copy import (
    HEADER,
    SMALL,
    copy_small,
    read_grids,
    same_grids,
)
from support import new_workspace

RUN = "S0002"


@dataclass(frozen=True)
class Case:
    """A damage and the fault that must be reported: parts of each of its fields."""

    damage: Callable
    file: str
    line: int | None
    field: str
    got: str
    expected: str
    cure: str

    def pattern(self):
        """Return what the fault looks like on the terminal."""
        line = "" if self.line is None else f", line {self.line}"
        parts = map(re.escape, (self.got, self.expected, self.cure))
        return re.escape(
            f"{self.file}{line}, {self.field}: got "
        ) + ".*{}.*; expected .*{}.*[.] Cure: .*{}.*[.]$".format(*parts)

    def describes(self, row):
        """Return whether a row of the quarantine list reports the fault."""
        return (row["line"], row["field"]) == (self.line, self.field) and all(
            getattr(self, name) in row[name]
            for name in ("file", "got", "expected", "cure")
        )


def text_in_the_middle(data):
    data.set_field(RUN, 501, "abundance", "(abc)")


def no_bytes(data):
    data.write(RUN, b"")


def header_only(data):
    data.write(RUN, HEADER + b"\n")


def header_without_end(data):
    data.write(RUN, HEADER)


def only_mz_300(data):
    data.set_column(RUN, "m/z", lambda text: "300.0")


def equal_abundances(data):
    data.set_column(RUN, "abundance", lambda text: "1e-9")


def one_temperature(data):
    data.set_column(RUN, "temp", lambda text: "25.0")


def nan_temperature(data):
    data.set_field(RUN, 77, "temp", "NaN")


def infinite_temperature(data):
    data.set_field(RUN, 77, "temp", "inf")


def missing_value(data):
    data.set_field(RUN, 77, "m/z", "")


def too_hot(data):
    data.set_field(RUN, 900, "temp", "1500.5")


def too_cold(data):
    data.set_field(RUN, 2, "temp", "-273.15")


def beyond_float32(data):
    data.set_field(RUN, 77, "abundance", "1e300")


def swapped_time_and_temperature(data):
    data.set_field(RUN, 900, "time", "1631.647")
    header, *rows = [line.split(b",") for line in data.lines(RUN)][:900]
    swapped = [[row[1], row[0], *row[2:]] for row in rows]
    data.write_lines(RUN, [b",".join(row) for row in [header, *swapped]])


def swapped_mz_and_abundance(data):
    header, *rows = [line.split(b",") for line in data.lines(RUN)]
    swapped = [[*row[:2], row[3], row[2]] for row in rows]
    data.write_lines(RUN, [b",".join(row) for row in [header, *swapped]])


def wrong_md5(data):
    content = data.path(RUN).read_bytes()
    data.path(RUN).write_bytes(content.replace(b"1", b"2", 1))


def missing_file(data):
    data.path(RUN).unlink()


def cut_in_the_last_row(data):
    *lines, last = data.lines(RUN)[:700]
    data.write(RUN, b"\n".join([*lines, last[: last.rindex(b",")]]))


def other_columns(data):
    _, *rows = data.lines(RUN)
    data.write_lines(RUN, [b"time,temperature,mass,signal", *rows])


def surplus_field(data):
    lines = data.lines(RUN)
    lines[41] += b",7"
    data.write_lines(RUN, lines)


def blank_line(data):
    lines = data.lines(RUN)
    data.write_lines(RUN, [*lines[:41], b"", *lines[41:]])


def quoted_numbers(data):
    data.set_column(RUN, "time", lambda text: f'"{text}"')


def no_line_ends(data):
    data.write(RUN, b"0" * (2 << 20))


def binary(data):
    lines = data.lines(RUN)
    lines[41] = b"\x00\xff\xfe\x00"
    data.write_lines(RUN, lines)


def escaping_path(data):
    data.set(RUN, "features_path", "../../etc/passwd")


def absolute_path(data):
    data.set(RUN, "features_path", "/etc/passwd")


def path_of_a_folder(data):
    data.set(RUN, "features_path", "train_features")


def label_of_two(data):
    data.set(RUN, "chloride", "2", "train_labels.csv")


def empty_label(data):
    data.set(RUN, "chloride", "", "train_labels.csv")


def two_metadata_rows(data):
    data.repeat_row(RUN)


def two_label_rows(data):
    data.repeat_row(RUN, "train_labels.csv")


def label_without_run(data):
    data.drop_row(RUN, "metadata.csv")


def run_without_label(data):
    data.drop_row(RUN, "train_labels.csv")


def no_instrument(data):
    data.set(RUN, "instrument_type", "")


FILE = "train_features/S0002.csv"
LABELS = "train_labels.csv"
METADATA = "metadata.csv"
NUMBER = "a number of at most 1e+30 in size"
RANGE = "-100 to 1500 celsius"
MEND = "mend or delete the line"
SURPLUS = "delete the surplus rows"
CASES = [
    Case(text_in_the_middle, FILE, 501, "abundance", "'(abc)'", NUMBER, MEND),
    Case(no_bytes, FILE, None, "file", "0 bytes", "time,temp,m/z", "export the run"),
    Case(header_only, FILE, None, "rows", "a header only", "one row", "export"),
    Case(header_without_end, FILE, None, "rows", "a header only", "one row", "export"),
    Case(only_mz_300, FILE, None, "m/z", "no m/z", "bin.mz_max", "widen the range"),
    Case(
        equal_abundances, FILE, None, "abundance", "same value 1e-09", "varies", "again"
    ),
    Case(one_temperature, FILE, None, "temp", "same temp", "heating", "thermocouple"),
    Case(nan_temperature, FILE, 77, "temp", "'NaN'", NUMBER, MEND),
    Case(infinite_temperature, FILE, 77, "temp", "'inf'", NUMBER, MEND),
    Case(missing_value, FILE, 77, "m/z", "''", NUMBER, MEND),
    Case(beyond_float32, FILE, 77, "abundance", "'1e300'", NUMBER, MEND),
    Case(quoted_numbers, FILE, 2, "time", "'\"0.0\"'", NUMBER, MEND),
    Case(too_hot, FILE, 900, "temp", "1500.5", RANGE, "check the unit"),
    Case(too_cold, FILE, 2, "temp", "-273.15", RANGE, "bin.temperature_min_celsius"),
    Case(
        swapped_time_and_temperature,
        FILE,
        900,
        "temp",
        "1631.647",
        RANGE,
        "the columns",
    ),
    Case(swapped_mz_and_abundance, FILE, None, "abundance", "same", "varies", "again"),
    Case(wrong_md5, FILE, None, "md5", "", "as in metadata.csv", "copy the file again"),
    Case(missing_file, FILE, None, "file", "No such file", "readable", "restore"),
    Case(cut_in_the_last_row, FILE, 700, "row", "3 values at the end", "4", "truncat"),
    Case(other_columns, FILE, 1, "header", "signal", "time,temp,m/z", "rename"),
    Case(no_line_ends, FILE, 1, "header", "'00000", "time,temp,m/z", "first line"),
    Case(surplus_field, FILE, 42, "row", "5 values", "4 values", MEND),
    Case(blank_line, FILE, 42, "row", "a blank line", "4 values", MEND),
    Case(binary, FILE, 42, "row", "1 values", "4 values", MEND),
    Case(
        escaping_path,
        "../etc/passwd",
        None,
        "features_path",
        "'../../etc/passwd'",
        "a path inside",
        "correct features_path",
    ),
    Case(
        absolute_path,
        "/etc/passwd",
        None,
        "features_path",
        "'/etc/passwd'",
        "a path inside",
        "correct features_path",
    ),
    Case(path_of_a_folder, "train_features", None, "file", "directory", "file", "row"),
    Case(label_of_two, LABELS, 3, "chloride", "'2'", "0 or 1", "correct the label"),
    Case(empty_label, LABELS, 3, "chloride", "None", "0 or 1", "correct the label"),
    Case(two_metadata_rows, METADATA, 4, "sample_id", RUN, "one row", "surplus rows"),
    Case(two_label_rows, LABELS, 3, "sample_id", RUN, "one row", SURPLUS),
    Case(label_without_run, LABELS, 3, "sample_id", RUN, METADATA, "delete the row"),
    Case(run_without_label, METADATA, 4, "sample_id", RUN, LABELS, "add the label"),
    Case(no_instrument, METADATA, 4, "instrument_type", "nothing", "a value", "fill"),
]


def all_cases(function):
    names = [case.damage.__name__ for case in CASES]
    return pytest.mark.parametrize("case", CASES, ids=names)(function)


def faults_of(stderr):
    """Return the indented lines of an error message: one a fault."""
    return [line for line in stderr.splitlines() if line.startswith("  ")]


def in_order(parts, text):
    return re.search(".*".join(map(re.escape, parts)), text) is not None


def contents(workspace):
    return {name: Path(name).read_bytes() for name in workspace.written()}


def quarantine():
    return pl.read_csv(
        "artifacts/bin/quarantine.csv",
        infer_schema=False,
        schema_overrides={"line": pl.Int64},
    )


@pytest.fixture(scope="module")
def clean_grids(simulated, tmp_path_factory):
    """Return the grids of the small folder before any damage, binned once."""
    folder = tmp_path_factory.mktemp("clean")
    data = copy_small(simulated, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        space = new_workspace(folder / "workspace", data.root)
        patch.chdir(space.folder)
        assert space.ega("bin").code == 0
    return read_grids(space.folder)


@all_cases
def test_a_fault_stops_the_stage_with_its_place_and_cure(case, data, workspace):
    case.damage(data)
    result = workspace.ega("bin")
    assert result.code == 1
    assert "Traceback" not in result.stderr
    faults = faults_of(result.stderr)
    # File, line, field, what was got, what was expected and the cure: a user must be
    # able to mend the run without reading our code.
    assert any(re.search(case.pattern(), fault) for fault in faults), result.stderr
    for fault in faults:
        assert re.search(r", [\w/]+: got .+; expected .+\. Cure: .+\.$", fault)
    # A later stage must not find the remains of a failed one.
    assert workspace.written() == []


@all_cases
def test_quarantine_goes_on_and_loses_nothing(case, data, workspace, clean_grids):
    case.damage(data)
    workspace.set(bin={"on_bad_run": "quarantine"})
    result = workspace.ega("bin")
    assert result.code == 0, result.stderr
    assert "quarantined" in result.stderr
    listed = quarantine()
    # The list holds the same reason as the message.
    assert set(listed["sample_id"]) == {RUN}
    assert any(case.describes(row) for row in listed.iter_rows(named=True)), listed
    used = read_grids(workspace.folder)
    # Every run is either used or listed, never neither and never both.
    assert set(used) == set(SMALL) - {RUN}
    assert {row[0] for row in data.table("metadata.csv")[1:]} <= set(used) | set(
        listed["sample_id"]
    )
    # A bad neighbour must not change a good run.
    good = {sample_id: clean_grids[sample_id] for sample_id in used}
    assert same_grids(used, good)


def test_all_faulty_runs_are_listed_at_once(data, workspace):
    text_in_the_middle(data)
    data.set_field("S0003", 9, "time", "noon")
    data.path("S0001").unlink()
    data.set("S0004", "basalt", "yes", "val_labels.csv")
    result = workspace.ega("bin")
    # Mending one run only to hear of the next would take a day for a large folder.
    for place in (
        "S0002.csv, line 501, abundance",
        "S0003.csv, line 9, time",
        "S0001.csv, file",
        "val_labels.csv, line 2, basalt",
    ):
        assert place in result.stderr
    assert "4 faults in 4 runs" in result.stderr
    assert "bin.on_bad_run: quarantine" in result.stderr


def test_no_fault_is_left_out_of_a_long_list(data, workspace):
    for sample_id in SMALL:
        data.set_column(sample_id, "abundance", lambda text: text + "?")
    result = workspace.ega("bin")
    # params.yaml promises all faults; a run shows its first five.
    assert len(faults_of(result.stderr)) == 5 * len(SMALL)


def test_a_failed_stage_keeps_the_earlier_result(data, workspace):
    assert workspace.ega("bin").code == 0
    before = contents(workspace)
    text_in_the_middle(data)
    assert workspace.ega("bin").code == 1
    # New grids beside the old run table would give runs the grids of others.
    assert contents(workspace) == before


@pytest.mark.parametrize("writer", ["write_csv", "write_json"])
def test_no_run_table_stands_beside_half_a_result(writer, data, workspace, monkeypatch):
    assert workspace.ega("bin").code == 0

    def fail(path, content):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(f"pipeline.bin.{writer}", fail)
    assert workspace.ega("bin").code == 1
    # Later stages ask for the run table first, so they stop with "run `ega bin`".
    assert "artifacts/bin/runs.parquet" not in workspace.written()
    assert "run `ega bin`" in workspace.ega("fold").stderr.replace("(or", "run")


def test_quarantine_leaves_no_grids_of_an_earlier_run(data, workspace):
    workspace.set(bin={"runs_per_chunk": 2})
    assert workspace.ega("bin").code == 0
    workspace.set(bin={"runs_per_chunk": 32})
    assert workspace.ega("bin").code == 0
    grids = [name for name in workspace.written() if "grid" in name]
    # A chunk that no run points to is waste, and misleads whoever looks.
    assert grids == [
        "artifacts/bin/grid/count_00000.npy",
        "artifacts/bin/grid/mean_00000.npy",
    ]


def test_columns_may_stand_in_any_order(data, workspace, clean_grids):
    rows = [line.split(b",") for line in data.lines(RUN)]
    data.write_lines(RUN, [b",".join(row[::-1]) for row in rows])
    assert workspace.ega("bin").code == 0
    # The header says which column is which, so the order carries no meaning.
    assert same_grids(read_grids(workspace.folder), clean_grids)


def test_a_ten_times_longer_run_is_a_run(data, workspace, clean_grids):
    header, *rows = data.lines(RUN)
    data.write_lines(RUN, [header, *rows * 10])
    assert workspace.ega("bin").code == 0
    mean, count = read_grids(workspace.folder)[RUN]
    expected_mean, expected_count = clean_grids[RUN]
    # Ten equal measurements have the mean of one.
    assert mean == pytest.approx(expected_mean, rel=1e-6, nan_ok=True)
    assert (count == 10 * expected_count).all()


def test_md5_is_not_checked_where_it_is_switched_off_or_not_given(data, workspace):
    wrong_md5(data)
    workspace.set(bin={"verify_md5": False})
    # Mended by hand on purpose: the user may say so.
    assert workspace.ega("bin").code == 0
    workspace.set(bin={"verify_md5": True})
    header, *rows = data.table("metadata.csv")
    data.write_table("metadata.csv", [row[:4] for row in [header, *rows]])
    # The column is not part of every folder.
    assert workspace.ega("bin").code == 0


ODD_IDS = [
    "[red]S1[/red]",
    ":smile:",
    "two\nlines",
    "x" * 5000,
    "../../S1",
    "=1+1",
    '"quoted", with comma',
    "Ünï–ço∂é",
    "\x1b[31mred",
    "S0001 ",
]


@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
def test_an_id_is_only_a_name(odd, data, workspace, clean_grids):
    data.rename(RUN, odd)
    assert workspace.ega("bin").code == 0
    used = read_grids(workspace.folder)
    # Nothing may read a meaning into an id: no markup, path, formula or line end.
    assert same_grids({odd: used[odd]}, {odd: clean_grids[RUN]})


@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
def test_a_fault_of_an_odd_id_is_one_readable_line(odd, data, workspace):
    data.rename(RUN, odd)
    data.repeat_row(odd)
    result = workspace.ega("bin")
    faults = [fault for fault in faults_of(result.stderr) if "several rows" in fault]
    # Shown as Python writes it, cut to fit: no colours, no second line.
    assert len(faults) == 2
    assert repr(odd)[:50] in faults[0]
    assert all(fault.isprintable() and len(fault) < 500 for fault in faults)
    workspace.set(bin={"on_bad_run": "quarantine"})
    assert workspace.ega("bin").code == 0
    # The list must join with metadata.csv, so the id stands there in full.
    assert odd in quarantine()["sample_id"].to_list()


def test_an_odd_path_is_printed_on_one_line(data, workspace):
    data.set(RUN, "features_path", "train_features/\x1b[31m\nS0002.csv")
    result = workspace.ega("bin")
    (fault,) = faults_of(result.stderr)
    # A file name could otherwise colour or clear the terminal.
    assert fault.isprintable()
    assert "No such file" in fault


def test_a_path_out_of_a_relative_root_is_refused(data, workspace, monkeypatch):
    outside = data.root.parent / "outside.csv"
    outside.write_bytes(data.path(RUN).read_bytes())
    data.set(RUN, "features_path", "../outside.csv")
    params = workspace.params()
    monkeypatch.chdir(data.root)
    from pipeline import bin as bin_stage
    from pipeline.errors import EgaError

    here = params.data.model_copy(update={"root": type(data.root)()})
    # Whatever way the folder is named, files outside it are not ours to read.
    with pytest.raises(EgaError, match="features_path: got '../outside.csv'"):
        bin_stage.run(params.model_copy(update={"data": here}))


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
    assert workspace.written() == []


def test_a_folder_name_is_not_a_pattern(simulated, workspace, tmp_path):
    odd = tmp_path / "runs [1]*"
    copy_small(simulated, odd)
    workspace.set(data={"root": str(odd)})
    # Brackets and stars are common in names; they must not be expanded.
    assert workspace.ega("bin").code == 0


def test_a_label_row_without_id_is_reported(data, workspace):
    rows = data.table("train_labels.csv")
    data.write_table("train_labels.csv", [*rows, ["", *rows[1][1:]]])
    result = workspace.ega("bin")
    # An id that got lost in a spreadsheet must not lose its label silently.
    assert "train_labels.csv, line 5, sample_id: got ''" in result.stderr


def test_the_shell_sees_exit_code_and_message(data, workspace):
    text_in_the_middle(data)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "bin"],
        capture_output=True,
        text=True,
        check=False,
    )
    # DVC stops the chain by the exit code; people read stderr.
    assert done.returncode == 1
    assert "S0002.csv, line 501, abundance: got '(abc)'" in done.stderr
    assert "Traceback" not in done.stderr
