"""Damages of a run, and what must be reported of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from run_damages import (
    RUN,
    absolute_path,
    beyond_float32,
    binary,
    blank_line,
    cut_in_the_last_row,
    empty_label,
    equal_abundances,
    escaping_path,
    header_only,
    header_without_end,
    infinite_temperature,
    label_of_two,
    label_without_run,
    missing_file,
    missing_value,
    nan_temperature,
    no_bytes,
    no_instrument,
    no_line_ends,
    one_temperature,
    only_mz_300,
    other_columns,
    path_of_a_folder,
    quoted_numbers,
    run_without_label,
    surplus_field,
    swapped_mz_and_abundance,
    swapped_time_and_temperature,
    text_in_the_middle,
    too_cold,
    too_hot,
    two_label_rows,
    two_metadata_rows,
    wrong_md5,
)


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
