"""Ways to damage a run of a copied data folder, one a function.

Some faults can't be seen in a file: values swapped under a right header are read as
declared as long as they are possible, and so is a number that lost its last digits.
The md5 in metadata.csv is what finds those.
"""

from data_copy import HEADER

RUN = "S0002"


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
