import gzip
import itertools

import numpy as np
import polars as pl
import pyarrow
import pytest
from format_reading import FORMATS, ROWS, fault_of, new_reading, read
from pydantic import ValidationError

from pipeline.format_params import FormatParams
from pipeline.formats.csv_run import read_csv_run
from pipeline.read_run import COLUMNS

HEADERS = {
    "organisers": COLUMNS,
    "units": ("Time (s)", "Temp. [°C]", "M/Z (amu)", "Ion Current (A)"),
    "others": ("ELAPSED_TIME", "Sample Temperature", "mass", "Intensity"),
    "slash": ("time/s", "Temp./°C", "m/z", "signal"),
}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


def text_of(rows, header=COLUMNS, separator=",", *, comma=False, end="\n"):
    lines = [separator.join(header)]
    for row in rows:
        numbers = [repr(float(value)) for value in row]
        if comma:
            numbers = [number.replace(".", ",") for number in numbers]
        lines.append(separator.join(numbers))
    return end.join(lines) + end


def packed(text, how):
    data = text.encode()
    if how == "gz":
        return gzip.compress(data)
    if how == "zst":
        return pyarrow.compress(data, codec="zstd", asbytes=True)
    return data


@pytest.mark.parametrize("how", ["", "gz", "zst"])
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(
    ("separator", "comma"),
    [("comma", False), *itertools.product(("semicolon", "tab"), (False, True))],
)
def test_every_dialect_gives_the_same_rows(tmp_path, separator, comma, header, how):
    path = tmp_path / (f"run.csv.{how}" if how else "run.csv")
    text = text_of(ROWS, HEADERS[header], SEPARATORS[separator], comma=comma)
    path.write_bytes(packed(text, how))
    got, reading = read(path)
    # The dialect is how numbers are written down, not which numbers they are.
    assert np.array_equal(got, ROWS)
    assert separator in reading.format_name
    assert ("decimal comma" in reading.format_name) == comma
    assert reading.temperature_from == f"column {HEADERS[header][1]}"


@pytest.mark.parametrize("block", [40, 64, 101, 1 << 20])
def test_where_a_block_ends_does_not_matter(tmp_path, block):
    path = tmp_path / "run.csv"
    path.write_text("Run 7\n\n" + text_of(ROWS, separator=";", comma=True))
    if block < 1 << 20:
        # the header must fit the first block
        block += 60
    blocks = list(read_csv_run(new_reading(path), block))
    assert np.array_equal(np.concatenate([b.mz for b in blocks]), ROWS[:, 2])
    places = np.concatenate([b.place for b in blocks])
    # Lines as an editor counts them: two above the header, the header, then rows.
    assert np.array_equal(places, np.arange(4, 4 + len(ROWS)))


@pytest.mark.parametrize(
    ("names", "factors"),
    [
        (("Time (min)", "Temp (K)"), (1 / 60, 273.15)),
        (("Time [ms]", "Temperature (kelvin)"), (1000.0, 273.15)),
        (("time/h", "T (C)"), (1 / 3600, None)),
    ],
)
def test_units_of_the_header_count(tmp_path, names, factors):
    path = tmp_path / "run.csv"
    other = ROWS.copy()
    other[:, 0] *= factors[0]
    if factors[1] is None:
        names = (names[0], "temp (C)")
    else:
        other[:, 1] += factors[1]
    path.write_text(text_of(other, (*names, "m/z", "abundance")))
    got, _ = read(path)
    assert got == pytest.approx(ROWS, abs=1e-6)
    if factors[1]:
        # 298.15 K is 25 celsius to the last digit, and not in the cell below
        assert np.array_equal(got[:, 1], ROWS[:, 1])


FORMS = {
    "byte order mark": lambda text: "\ufeff" + text,
    "windows": lambda text: text.replace("\n", "\r\n"),
    "no last line end": lambda text: text.rstrip("\n"),
    "blank lines at the end": lambda text: text + "\n\n",
    "blank line inside": lambda text: text.replace("\n7.5", "\n\n7.5", 1),
    "preamble": lambda text: "Instrument: quadrupole\nOperator;A, B\n\n" + text,
    "comment mark": lambda text: "#" + text,
    "padding": lambda text: text.replace(";", " ; "),
    "quotes": lambda text: '"' + text.replace(";", '";"').replace("\n", '"\n"')[:-1],
    "surplus column": lambda text: text.replace("\n", ";x y\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_that_programs_write(tmp_path, form):
    path = tmp_path / "run.csv"
    content = FORMS[form](text_of(ROWS, separator=";"))
    path.write_text(content, encoding="utf-8", newline="")
    got, _ = read(path)
    assert np.array_equal(got, ROWS)


def test_a_degree_sign_of_windows(tmp_path):
    path = tmp_path / "run.csv"
    text = text_of(ROWS, ("time", "Temp (°C)", "m/z", "abundance", "site"))
    path.write_bytes(
        text.replace("\n", ",Grün\n").replace("site,Grün", "site").encode("latin-1")
    )
    assert np.array_equal(read(path)[0], ROWS)


def test_one_row_tells_its_decimal_comma(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text("time;temp;m/z;abundance\n1;25,5;44;1,25")
    assert read(path)[0].tolist() == [[1.0, 25.5, 44.0, 1.25]]


def test_a_heating_programme_stands_in_for_the_column(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(text_of(ROWS[:, [0, 2, 3]] + [100, 0, 0], ("t", *COLUMNS[2:])))
    path.write_text(path.read_text().replace("t,m/z", "time,m/z"))
    got, reading = read(path, "25:102/min")
    # It starts at the first row, wherever the clock stands then.
    assert got[:, 1] == pytest.approx(25 + 1.7 * ROWS[:, 0])
    assert reading.temperature_from == "heating programme"


def test_a_measured_temperature_is_better_than_a_programme(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(text_of(ROWS))
    got, reading = read(path, "0:1/min")
    assert np.array_equal(got, ROWS)
    assert reading.temperature_from == "column temp"


GOOD = text_of(ROWS, separator=";")
BAD_FILES = {
    "no header": ("1;2;3;4\n", 1, "header"),
    "no abundance": (GOOD.replace("abundance", "x"), 1, "header"),
    "two temperatures": (
        GOOD.replace("time;temp", "time;temp;temperature"),
        1,
        "header",
    ),
    "unknown unit": (GOOD.replace("temp;", "temp (F);"), 1, "header"),
    "unknown unit of time": (GOOD.replace("time;", "time (days);"), 1, "header"),
    "comma and point": ("time;temp;m/z;abundance\n1;2,5;3;4.5\n", None, "rows"),
    "comma later": (GOOD + "99;88,5;3;4\n", None, "rows"),
    "thousands": ("time;temp;m/z;abundance\n1;1.234,5;3;4\n", None, "rows"),
    "text": (GOOD + "1;25;44;abc\n", 38, "abundance"),
    "nan": (GOOD + "1;nan;44;1\n", 38, "temp"),
    "inf": (GOOD + "1;25;44;inf\n", 38, "abundance"),
    "overflow": (GOOD + "1;25;44;1e400\n", 38, "abundance"),
    "too large": (GOOD + "1;25;44;1e31\n", 38, "abundance"),
    "empty field": (GOOD + "1;25;;1\n", 38, "m/z"),
    "short row": (GOOD + "1;25;44\n", 38, "row"),
    "long row": (GOOD + "1;25;44;1;2\n", 38, "row"),
    "too hot": (GOOD + "1;1500.5;44;1\n", 38, "temperature"),
    "below absolute zero": (GOOD + "\n1;-300;44;1\n", 39, "temperature"),
    "quoted line end": (GOOD + '1;25;44;"1\n"\n', 39, "row"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_wrong_is_named_with_its_line(tmp_path, name):
    content, line, field = BAD_FILES[name]
    path = tmp_path / "run.csv"
    path.write_text(content)
    fault = fault_of(path)
    assert (fault.line, fault.field) == (line, field)


def test_a_comma_separated_file_has_no_decimal_commas(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text('time,temp,m/z,abundance\n1,"25,5",44,1\n')
    # Excel writes this; 25 and 5 must not become two values.
    fault = fault_of(path)
    assert (fault.line, fault.field, fault.got) == (2, "temp", "'25,5'")


def test_a_name_added_to_params_is_known(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(text_of(ROWS, ("tid", "ugn", "massa", "puls")))
    assert fault_of(path).field == "header"
    columns = dict(
        zip(COLUMNS, [("tid",), ("ugn",), ("massa",), ("puls",)], strict=True)
    )
    assert np.array_equal(read(path, columns=columns)[0], ROWS)


HOSTILE = {
    "empty.csv": b"",
    "empty.csv.gz": b"",
    "cut.csv.gz": gzip.compress(GOOD.encode())[:-40],
    "cut.csv.zst": pyarrow.compress(GOOD.encode(), codec="zstd", asbytes=True)[:-20],
    "flipped.csv.gz": gzip.compress(GOOD.encode())[:-8] + b"\0" * 8,
    "not.csv.gz": GOOD.encode(),
    "not.csv.zst": GOOD.encode(),
    "gzip.csv.zst": gzip.compress(GOOD.encode()),
    "utf16.csv": GOOD.encode("utf-16"),
    "binary.csv": b"MZ\x90\0" + bytes(range(256)),
    "zip.csv": b"PK\x03\x04\x14\0\0\0",
    "xml.csv": b"<?xml version='1.0'?><mzML/>",
    "nul.csv": b"time,temp,m/z,abundance\n1,2,\0,4\n",
    "netcdf4.cdf": b"\x89HDF\r\n\x1a\n" + b"\0" * 100,
    "text.mzML": GOOD.encode(),
    "text.cdf": GOOD.encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_damaged_or_disguised_file_is_a_fault(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    assert fault_of(path).field in ("file", "header", "m/z")


def test_no_file_and_a_folder_are_faults(tmp_path):
    assert "No such file" in fault_of(tmp_path / "none.csv").got
    assert "directory" in fault_of(tmp_path).got


def test_a_small_file_that_unpacks_to_a_large_one_is_stopped(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(
        gzip.compress(b"time,temp,m/z,abundance\n" + b"1,25,2,3\n" * 300_000)
    )
    assert "more than 250,000 rows" in fault_of(path, most_rows=250_000).got
    path.write_bytes(gzip.compress(b"7" * (12 << 20)))
    # A file without a line end must not be held in memory whole.
    assert "a line of" in fault_of(path).got


def test_a_header_alone_has_no_rows(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text("time,temp,m/z,abundance\n")
    assert read(path)[0].shape == (0, 4)


def test_extra_text_columns_of_all_kinds_are_ignored(tmp_path):
    table = pl.DataFrame(ROWS, schema=list(COLUMNS)).with_columns(
        note=pl.lit('a "quoted", text'), empty=pl.lit(None, pl.String)
    )
    path = tmp_path / "run.csv"
    table.write_csv(path)
    assert np.array_equal(read(path)[0], ROWS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"abundance": ()}, "no names for abundance"),
        ({"abundance": ("Mass",)}, "mass stands there twice"),
        ({"pressure": ("p",)}, "pressure"),
    ],
)
def test_each_column_needs_names_of_its_own(change, says):
    content = FORMATS.model_dump()
    content["columns"] |= change
    with pytest.raises(ValidationError, match=says):
        FormatParams.model_validate(content)
