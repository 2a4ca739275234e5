import hashlib

import numpy as np
import pytest

from features.binning import GridAccumulator, GridAxes
from pipeline.diagnose import MAXIMUM_LINE_BYTES, diagnose, find_line
from pipeline.read_run import (
    COLUMNS,
    LARGEST,
    MalformedChunkError,
    RunFaultError,
    RunReader,
)

HEADER = ",".join(COLUMNS)
SEEDS = range(3)
# hardly more than a row, sizes that fit none, and one for everything
READ_BYTES = (48, 64, 100, 257, 4096, 1 << 20)


def rows(seed, n=200):
    """Return (time, temp, m/z, abundance) as a file could hold them."""
    rng = np.random.default_rng(seed)
    return np.column_stack(
        [
            np.arange(n) // 7 * 2.5,
            rng.uniform(-50.0, 1000.0, n).round(3),
            rng.integers(0, 100, n),
            rng.lognormal(-20.0, 2.0, n),
        ]
    )


def text(values, header=HEADER, end="\n"):
    # repr of a Python float is the shortest text that gives the same number back
    lines = [",".join(repr(float(value)) for value in row) for row in values]
    return end.join([header, *lines]) + end


def read(path, read_bytes=1 << 20, **settings):
    """Return all rows (n, 4) and the reader."""
    reader = RunReader("S1", path, read_bytes, **settings)
    chunks = [np.column_stack(chunk) for chunk in reader]
    return np.concatenate(chunks) if chunks else np.empty((0, 4)), reader


@pytest.fixture
def file(tmp_path):
    return tmp_path / "run.csv"


@pytest.mark.parametrize("read_bytes", READ_BYTES)
@pytest.mark.parametrize("seed", SEEDS)
def test_chunks_hold_the_rows_of_the_file(file, seed, read_bytes):
    expected = rows(seed)
    file.write_text(text(expected))
    got, reader = read(file, read_bytes)
    # Where a chunk ends is an accident and must not lose, split or repeat a row.
    assert np.array_equal(got, expected)
    assert reader.md5 == hashlib.md5(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("read_bytes", READ_BYTES)
def test_no_final_line_end(file, read_bytes):
    expected = rows(0)
    file.write_text(text(expected).rstrip("\n"))
    got, reader = read(file, read_bytes)
    # Editors and exporters leave it out; the last row counts all the same.
    assert np.array_equal(got, expected)
    assert reader.md5 == hashlib.md5(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
@pytest.mark.parametrize("final", ["", "\n"])
def test_a_file_of_exactly_some_chunks(file, parts, final):
    expected = np.array([[0.5, 20.25, 44.0, 1.5]] * 59 + [[10.5, 20.25, 44.0, 1.5]])
    content = text(expected).rstrip("\n") + final
    # one digit more where needed, so that the length divides
    content = content.replace("10.5", "10.5" + "0" * (-len(content) % parts))
    assert len(content) % parts == 0
    file.write_text(content)
    got, _ = read(file, len(content) // parts)
    # The last read then returns a full block and nothing follows.
    assert np.array_equal(got, expected)


def test_the_end_of_a_chunk_at_the_end_of_the_header(file):
    expected = np.arange(80.0).reshape(20, 4)
    file.write_text(text(expected))
    got, _ = read(file, len(HEADER) + 1)
    # The first chunk then has no row at all.
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("read_bytes", [64, 4096])
@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 0, 3, 2), (2, 3, 0, 1)])
def test_columns_are_found_by_name(file, order, read_bytes):
    expected = rows(2)
    header = ",".join(COLUMNS[position] for position in order)
    file.write_text(text(expected[:, order], header))
    got, _ = read(file, read_bytes)
    # Later chunks have no header and need the order of the first.
    assert np.array_equal(got, expected)


@pytest.mark.parametrize(
    "header",
    [
        "\ufeff" + HEADER,
        '"time","temp","m/z","abundance"',
        "time, temp, m/z, abundance",
        " time ,temp ,m/z ,abundance ",
    ],
)
def test_forms_of_the_header_that_programs_write(file, header):
    expected = rows(0, 20)
    file.write_text(text(expected, header), encoding="utf-8")
    got, _ = read(file, 64)
    # Excel marks UTF-8, R quotes the names; the columns are the same.
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("read_bytes", [64, 65, 66, 67, 4096])
def test_windows_line_ends(file, read_bytes):
    expected = rows(1, 50)
    file.write_bytes(text(expected, end="\r\n").encode())
    got, _ = read(file, read_bytes)
    # A chunk may end between the two bytes of a line end.
    assert np.array_equal(got, expected)


def test_forms_of_numbers_that_programs_write(file):
    file.write_text(f"{HEADER}\n+1,.5,2.,1e-09\n-1.0E+1, 7,\t8,1E2\n")
    got, _ = read(file)
    assert got.tolist() == [[1.0, 0.5, 2.0, 1e-9], [-10.0, 7.0, 8.0, 100.0]]


def test_digits_are_kept(file):
    expected = np.array([[0.1, 1 / 3, 2 / 3, 5e-324], [1e-300, 1e29, np.pi, 0.3]])
    file.write_text(text(expected))
    got, _ = read(file)
    # The nearest double to the decimal text, as Python reads it.
    assert np.array_equal(got, expected)


def test_md5_is_not_computed_when_not_asked_for(file):
    file.write_text(text(rows(0)))
    _, reader = read(file, verify_md5=False)
    assert reader.md5 is None


@pytest.mark.parametrize("content", [HEADER, HEADER + "\n", HEADER + "\r\n"])
def test_a_header_alone_has_no_rows(file, content):
    file.write_bytes(content.encode())
    got, reader = read(file)
    # Not an error of reading; stage bin reports that there are no rows.
    assert got.shape == (0, 4)
    assert reader.md5 is not None


@pytest.mark.parametrize("read_bytes", [10, len(HEADER), len(HEADER) - 1])
def test_a_line_longer_than_a_chunk_is_malformed(file, read_bytes):
    file.write_text(text(rows(0)))
    # Reading on until a line end would fill the memory with a file that has none.
    with pytest.raises(MalformedChunkError):
        read(file, read_bytes)


@pytest.mark.parametrize(
    "header",
    [
        "time,temp,m/z",
        "time,temp,m/z,abundance,extra",
        "time,temp,temp,abundance",
        "Time,Temp,M/Z,Abundance",
        "time;temp;m/z;abundance",
        "0.0,25.0,44.0,1e-9",
        "",
    ],
)
def test_other_columns_are_a_fault(file, header):
    file.write_text(text(rows(0, 3), header))
    with pytest.raises(RunFaultError) as caught:
        read(file)
    (fault,) = caught.value.faults
    assert (fault.line, fault.field, fault.sample_id) == (1, "header", "S1")
    assert HEADER in fault.expected


BAD_ROWS = {
    "1,2,3": ("row", "3 values"),
    "1,2,3,4,5": ("row", "5 values"),
    "1,2,3,4,": ("row", "5 values"),
    "": ("row", "a blank line"),
    "1,2,3,": ("abundance", "''"),
    "1,2,3,x": ("abundance", "'x'"),
    "1,2,3,1_0": ("abundance", "'1_0'"),
    "1,2,3,٣": ("abundance", "'٣'"),
    "1,2,3,−1": ("abundance", "'−1'"),
    "1,2,3,0x1": ("abundance", "'0x1'"),
    "1,2,3,4 ": ("abundance", "'4 '"),
    '"1",2,3,4': ("time", "'\"1\"'"),
    "1,nan,3,4": ("temp", "'nan'"),
    "1,2,-inf,4": ("m/z", "'-inf'"),
    "1,2,3,1e400": ("abundance", "'1e400'"),
    "1,2,3,1e31": ("abundance", "'1e31'"),
    "# comment": ("row", "1 values"),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
@pytest.mark.parametrize("read_bytes", [64, 1 << 20])
def test_whatever_the_reader_refuses_the_diagnosis_explains(file, bad, read_bytes):
    lines = text(rows(0, 30)).splitlines()
    lines[17] = bad
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(MalformedChunkError):
        read(file, read_bytes)
    # The two must agree, or the user gets a fault without a line.
    fault = diagnose("S1", file)[0]
    assert (fault.line, fault.field, fault.got) == (18, *BAD_ROWS[bad])


def test_a_bad_row_at_each_place_of_a_chunk(file):
    lines = text(rows(0, 12)).splitlines()
    for number in range(1, 13):
        file.write_text("\n".join([*lines[:number], "1,2,?,4", *lines[number:]]))
        for read_bytes in (64, 128, 4096):
            # First, last or only row of a chunk: none may slip through.
            with pytest.raises(MalformedChunkError):
                read(file, read_bytes)
        assert diagnose("S1", file)[0].line == number + 1


def test_numbers_that_only_together_are_too_large(file):
    file.write_text(f"{HEADER}\n" + f"1,2,3,{LARGEST}\n" * 5)
    # Allowed one by one, so their sum must not raise the alarm.
    got, _ = read(file)
    assert (got[:, 3] == LARGEST).all()


def test_a_cut_in_a_windows_line_end_is_explained(file):
    file.write_bytes(text(rows(0, 3), end="\r\n").encode()[:-1])
    try:
        got, _ = read(file)
    except MalformedChunkError:
        assert diagnose("S1", file)[0].line == 4
    else:
        assert np.array_equal(got, rows(0, 3))


def test_the_diagnosis_of_a_file_without_line_ends_is_short(file):
    file.write_bytes(b"7" * (50 * MAXIMUM_LINE_BYTES))
    (fault,) = diagnose("S1", file)
    assert (fault.line, fault.field) == (1, "row")
    file.write_bytes(HEADER.encode() + b"\n" + b"7" * (50 * MAXIMUM_LINE_BYTES))
    (fault,) = diagnose("S1", file)
    # Its message must not hold the line.
    assert fault.line == 2
    assert len(str(fault)) < 500


def test_the_diagnosis_stops_after_a_few_lines(file):
    file.write_text(HEADER + "\n" + "a,b,c,d\n" * 1000)
    # A pattern is clear from five; a million would bury the other runs.
    assert len(diagnose("S1", file)) == 5


def test_the_first_line_out_of_range_is_found(file):
    file.write_text(text([[0, 20, 1, 1], [1, 30, 1, 1], [2, 99, 1, 1], [3, 98, 1, 1]]))
    assert find_line(file, "temp", 0.0, 50.0) == (4, "99.0")
    with pytest.raises(LookupError, match="no temp outside"):
        find_line(file, "temp", 0.0, 100.0)


@pytest.mark.parametrize("read_bytes", [200, 5000, 1 << 20])
def test_a_ten_times_longer_run_has_the_same_grid(file, read_bytes):
    axes = GridAxes(0, 99, -100.0, 1500.0, 25.0, "round")
    once = rows(3)
    accumulator = GridAccumulator(axes)
    accumulator.add(*once[:, 1:].T)
    mean, count = accumulator.result()
    file.write_text(text(np.tile(once, (10, 1))))
    longer = GridAccumulator(axes)
    for _, temperature, mz, abundance in RunReader("S1", file, read_bytes):
        longer.add(temperature, mz, abundance)
    mean_of_ten, count_of_ten = longer.result()
    # Repeating a measurement tells nothing new, however it is read.
    assert mean_of_ten == pytest.approx(mean, rel=1e-6, nan_ok=True)
    assert (count_of_ten == 10 * count).all()
