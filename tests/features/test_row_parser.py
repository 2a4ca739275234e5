"""The fast parser gives exactly what `float` gives, or nothing."""

import numpy as np
import pytest

from features.row_parser import parse_rows


def text_of(rows):
    return "".join(",".join(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("form", ["{!r}", "{:.6e}", "{:.3f}", "{:.17g}", "{:.0f}"])
def test_numbers_are_those_of_float_to_the_last_bit(seed, form):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(12, 4)) * 10.0 ** rng.integers(-30, 12, (12, 4))
    rows = [[form.format(float(value)) for value in row] for row in values]
    expected = np.array([[float(value) for value in row] for row in rows]).T
    got = parse_rows(text_of(rows), 0, 4)
    # rounding a little differently would make results depend on which reader ran
    assert got is not None
    np.testing.assert_array_equal(
        np.ascontiguousarray(got).view(np.int64),
        np.ascontiguousarray(expected).view(np.int64),
    )


@pytest.mark.parametrize(
    "number",
    ["0", "-0.0", "007", "1.", ".5", "1e5", "1E+05", "-2.5e-07", "1e-400", "1e400"]
    + [
        "9007199254740993",
        "123456789012345678901234567890",
        "4.9e-324",
        "1e22",
        "1e23",
    ],
)
def test_unusual_numbers_are_read_as_float_reads_them(number):
    got = parse_rows(f"{number},1\n".encode(), 0, 2)
    assert got is not None
    assert str(got[0, 0]) == str(float(number))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_a_missing_last_one(end, last):
    text = f"1,2{end}3,4" + (end if last else "")
    np.testing.assert_array_equal(parse_rows(text.encode(), 0, 2), [[1, 3], [2, 4]])


def test_parsing_starts_where_it_is_told():
    np.testing.assert_array_equal(parse_rows(b"a,b\n1,2\n", 4, 2), [[1], [2]])


@pytest.mark.parametrize(
    "text",
    ["1,\n", ",1\n", "1,2,3\n", "1\n", "1,x\n", "1,nan\n", "1,inf\n", "1,-\n", "1, 2\n"]
    + ['"1",2\n', "1,2\n\n", "1,2e\n", "1,2e+\n", "1,1.2.3\n", "1,--2\n", "1;2\n"]
    + ["1,2\n3", "1,2\n3,", "1,0x10\n", "1,1_000\n", "1,2\r3,4\n", "1,+2\n", "\n", ","],
)
def test_anything_else_is_left_to_the_general_reader(text):
    # a guess here would hide a fault of the file
    assert parse_rows(text.encode(), 0, 2) is None


def test_no_text_is_no_rows():
    assert parse_rows(b"", 0, 4).shape == (4, 0)


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_never_read_beyond_the_text(seed):
    rng = np.random.default_rng(seed)
    for _ in range(2000):
        length = int(rng.integers(0, 30))
        text = bytes(rng.choice(list(b"0123456789.,-+eE\n\r"), length).tolist())
        got = parse_rows(text, 0, 2)
        if got is None:
            continue
        # whatever is accepted must be what splitting and `float` give
        lines = text.decode().replace("\r\n", "\n").removesuffix("\n")
        rows = (
            [line.rstrip("\r").split(",") for line in lines.split("\n")]
            if lines
            else []
        )
        expected = np.array([[float(v) for v in row] for row in rows]).reshape(-1, 2).T
        np.testing.assert_array_equal(got, expected)
