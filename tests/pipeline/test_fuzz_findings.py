"""What fuzzing found, each with the smallest input: refused with a reason, at once."""

import contextlib
import gzip
import json
import os
import re
import struct

import pytest
from format_reading import fault_of, new_reading, read
from fuzz_attacks import attack

from benchmarks.fuzzing import bombs, seeds
from benchmarks.fuzzing.readers import READERS, params, write_folder
from benchmarks.fuzzing.sections import split
from pipeline.data_folder import read_data_folder
from pipeline.diagnose import NUMBER
from pipeline.errors import FolderError
from pipeline.formats.heating import HeatingError, parse_heating
from pipeline.formats.names import split_unit
from pipeline.formats.read_any import read_any
from pipeline.read_run import RunFaultError
from pipeline.validate import validate_folder

MZML = seeds.MZML[0].decode()


pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize(
    "text",
    [
        "25:35/min:" + "9" * 400,
        "9" * 400 + ":35/min",
        "25:" + "9" * 400 + "/s",
        "25:" + "9" * 400 + "h",
        "25:0." + "0" * 400 + "1/s:26",
    ],
)
def test_a_programme_is_finite(text):
    with pytest.raises(HeatingError, match="segment 1"):
        parse_heating(text)


def test_long_numbers_take_no_time():
    # Two ways to match a number took time with the square of its length.
    with pytest.raises(HeatingError):
        parse_heating("1" * 100_000 + "x")
    assert not NUMBER.fullmatch("1" * 100_000 + "x")
    assert NUMBER.fullmatch("1.")
    assert NUMBER.fullmatch("-.5E+3")


def test_long_names_take_no_time():
    assert split_unit("t" + " " * 100_000 + "(")[1] is None
    assert split_unit("(" * 100_000)[1] is None


@pytest.mark.parametrize("name", ["lines of columns", "long number"])
def test_absurd_lines_of_a_csv_take_no_time(tmp_path, name):
    path = tmp_path / "run.csv"
    path.write_bytes(attack("dialects", name))
    fault_of(path)


@pytest.mark.parametrize("blank", ["\x1c", "\x85", "\xa0", "\u2028"])
def test_a_line_of_foreign_blanks_is_a_fault(tmp_path, blank):
    path = tmp_path / "run.csv"
    path.write_text(f"time,temp,m/z,abundance\n{blank}\n", encoding="utf-8")
    # Of no row, no first time could be taken.
    assert fault_of(path).got == "1 value"


def test_minutes_beyond_every_number_are_a_fault(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text("time (h),temp,m/z,abundance\n1e308,25,2,1\n")
    assert fault_of(path).got == "inf"
    path.write_text("time,m/z,abundance\n1e999,2,1\n2,2,1\n")
    assert "time" in fault_of(path, "25:35/min").field


@pytest.mark.parametrize("packed", ["gzip_of", "zstd_of"])
@pytest.mark.parametrize(
    ("start", "block"),
    [
        (b"time,temp,m/z,abundance\n", b"\n"),
        (b"time,temp,m/z,abundance\n", b"1,30,2,1\n"),
        (seeds.mzml("")[:-40], b"<a/>"),
        (seeds.andi()[0], b"\0"),
    ],
)
def test_bombs_do_not_go_off(tmp_path, monkeypatch, packed, start, block):
    monkeypatch.setattr(bombs, "PARTS", 10)
    path = tmp_path / "run"
    path.write_bytes(getattr(bombs, packed).__wrapped__(start, block))
    assert path.stat().st_size < 5 << 20
    with pytest.raises(RunFaultError):
        read(path)


def test_what_shrinks_as_real_runs_do_is_read(tmp_path):
    lines = b"".join(b"%d,%d,2,0\n" % (i, 25 + i // 100) for i in range(50_000))
    path = tmp_path / "run.csv.gz"
    path.write_bytes(gzip.compress(b"time,temp,m/z,abundance\n" + lines))
    assert len(read(path)[0]) == 50_000


@pytest.mark.parametrize("name", ["large arrays", "elements", "empty spectra"])
def test_packed_arrays_and_elements_have_an_end(tmp_path, name):
    path = tmp_path / "run.mzML"
    path.write_bytes(attack("mzml", name))
    with contextlib.suppress(RunFaultError):
        read(path)


def test_scans_of_an_andi_file_do_not_share_points(tmp_path):
    path = tmp_path / "run.cdf"
    path.write_bytes(attack("andi", "overlapping scans"))
    # 160 KB that stood for 400 million rows
    assert fault_of(path).field == "point_count"


@pytest.mark.parametrize("name", [b"fp", b"mode", b"_recs", b"use_mmap", b"variables"])
def test_global_attributes_are_only_text(tmp_path, name):
    path = tmp_path / "run.cdf"
    path.write_bytes(attack("andi", f"attribute {name!r}"))
    # They replaced what the reading library keeps under these names, which showed as a
    # traceback at its end. The attribute shifts all content, so there is a fault, too.
    fault_of(path)


def test_an_andi_file_has_a_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.formats.andi_run.MOST_POINTS", 5)
    path = tmp_path / "run.cdf"
    path.write_bytes(seeds.andi()[0])
    assert "more than 5 points" in fault_of(path).got


def test_nobody_waits_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "run.csv")
    reading = new_reading(tmp_path / "run.csv")
    with pytest.raises(RunFaultError, match="no file"):
        list(read_any(reading, -100.0, 1500.0))


def folder_with(tmp_path, old, new):
    files = split(seeds.folder())
    files[b"metadata.csv"] = files[b"metadata.csv"].replace(old, new)
    return write_folder(tmp_path, files)


@pytest.mark.parametrize(
    "name", [b"pipe", b"zero", b"loop", b"features/\0", b"x" * 5000, b"\0/../../../x"]
)
def test_a_path_that_is_no_file_is_a_fault(tmp_path, name):
    root = folder_with(tmp_path, b"features/A1.csv", name)
    faults, runs = validate_folder(root, params())
    assert runs == 4
    assert [fault.sample_id for fault in faults] == ["A1"]


@pytest.mark.parametrize("name", [b"x" * 300, b"../data/train", b"a\0b", b"/etc/x"])
def test_a_split_is_a_name(tmp_path, name):
    root = folder_with(tmp_path, b",train,", b"," + name + b",")
    data = params().data.model_copy(update={"root": root})
    # No path that leads to a file elsewhere, and none that no system has.
    with pytest.raises(FolderError, match="no usable labelled run"):
        read_data_folder(data)


@pytest.mark.parametrize("header", [b"\0" * 99, b"\x1b[31m", b"a," * 9999])
def test_a_header_is_shown_in_one_plain_line(tmp_path, header):
    root = write_folder(tmp_path, split(seeds.folder()) | {b"metadata.csv": header})
    ((fault,), _) = validate_folder(root, params())
    assert str(fault).isprintable()
    assert len(str(fault)) < 1000


def test_the_attacks_are_well_made(tmp_path):
    # Otherwise they would be refused for another reason than the one meant.
    assert json.loads(seeds.params()[0])["seed"] == 2022
    READERS["model"].feed(tmp_path, seeds.model())
    assert struct.unpack(">i", seeds.andi()[0][4:8])[0] == 0


def test_a_second_mark_of_utf_8_is_no_row(tmp_path):
    data = seeds.table().split(b"\n")[0] + b"\n\xef\xbb\xbf"
    with pytest.raises(RunFaultError, match="1 values"):
        READERS["csv"].feed(tmp_path, data)


def test_a_lone_quote_is_a_fault(tmp_path, capfd):
    path = tmp_path / "run.csv"
    path.write_bytes(seeds.table() + b'1,2,3,"')
    fault_of(path)
    # The CSV library panicked, and said so on the terminal.
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize("name", ["temp (\u2028C)", "Temp\t[C]", "time (\u2028s)"])
def test_names_of_columns_are_shown_in_one_plain_line(tmp_path, name):
    names = ["time", "temp", "m/z", "abundance"]
    names[1 if name.lower().startswith("temp") else 0] = name
    path = tmp_path / "run.csv"
    path.write_text(",".join(names) + "\nx,x,1,1\n", encoding="utf-8")
    assert "a number" in fault_of(path).expected


@pytest.mark.parametrize("encoding", ["utf1e-400", "utf0x1F", "none"])
def test_an_unknown_encoding_is_a_fault(tmp_path, encoding):
    path = tmp_path / "run.mzML"
    path.write_bytes(seeds.MZML[0].replace(b"utf-8", encoding.encode()))
    assert fault_of(path).field == "file"


@pytest.mark.parametrize("value", ["inf", "1e400", "-inf"])
@pytest.mark.parametrize("attribute", ["index", "defaultArrayLength", "version"])
def test_attributes_beyond_every_number_are_a_fault(tmp_path, value, attribute):
    text = re.sub(rf'{attribute}="[^"]*"', f'{attribute}="{value}"', MZML)
    path = tmp_path / "run.mzML"
    path.write_text(text)
    with contextlib.suppress(RunFaultError):
        read(path)


def test_a_signalling_nan_is_a_fault(tmp_path):
    path = tmp_path / "run.cdf"
    content, numbers = seeds.andi()[0], struct.pack(">ff", 1.0, 0.5)
    assert numbers in content
    # made double, it warns that the conversion is not valid
    path.write_bytes(content.replace(numbers, numbers[:4] + b"\x7f\xa4\0\0"))
    assert "nan" in fault_of(path).got
