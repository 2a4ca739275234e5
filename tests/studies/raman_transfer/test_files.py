import csv

import numpy as np
import pytest

from pipeline.errors import EgaError
from studies.raman_transfer.instrument_file import read_instrument, without_medium
from studies.raman_transfer.plate_file import N_PIXELS, read_plate


def edited(source, target, change):
    """Write a copy of a CSV after `change` has been at its rows."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return target


def test_plate_with_all_its_oddities_is_read_as_it_was_written(simulated_set):
    folder, truth = simulated_set
    plate = read_plate(folder / "transfer_plate.csv")
    # The table stands beside rows of other samples: joined by place, it would be wrong.
    np.testing.assert_allclose(plate.concentrations, truth["transfer_plate"])
    assert plate.counts.shape == (16, 2, N_PIXELS)
    assert not any(name != name.strip() for name in plate.samples)
    told = " ".join(plate.notes)
    for oddity in ("brackets", "Magnesium Acetate", "saturated", "no wavenumber axis"):
        assert oddity in told


def test_plate_without_table_has_no_concentrations(simulated_set):
    plate = read_plate(simulated_set[0] / "heldout_samples.csv")
    assert plate.concentrations is None
    assert len(plate.samples) == 16


def test_table_in_another_order_gives_the_same_concentrations(simulated_set, tmp_path):
    def reverse(rows):
        table = [row[-4:] for row in rows[1:17]]
        for row, cells in zip(rows[1:17], reversed(table), strict=True):
            row[-4:] = cells

    source = simulated_set[0] / "transfer_plate.csv"
    other = read_plate(edited(source, tmp_path / "p.csv", reverse))
    np.testing.assert_array_equal(
        other.concentrations, read_plate(source).concentrations
    )


def set_cell(row, column, value):
    def change(rows):
        rows[row][column] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_cell(3, 7, "oops"), "line 4, count 7: got 'oops'; expected a finite"),
        (set_cell(3, 7, "nan"), "line 4, count 7"),
        (set_cell(3, 7, "70000"), "got 70000; expected 0 to 65535"),
        (set_cell(1, 0, ""), "line 2, name"),
        (set_cell(2, 0, "sample77"), "the second replicate"),
        (set_cell(1, -4, "sample999"), "table of concentrations"),
        (set_cell(0, -1, "Lactate (g/L)"), "head the columns so"),
        (lambda rows: rows.pop(), "drop the row without partner"),
        (lambda rows: rows[5].__delitem__(slice(100, None)), "line 6, row: got 100"),
    ],
)
def test_wrong_plate_says_where_and_what_to_do(
    simulated_set, tmp_path, change, message
):
    path = edited(simulated_set[0] / "transfer_plate.csv", tmp_path / "p.csv", change)
    with pytest.raises(EgaError) as caught:
        read_plate(path)
    assert message in str(caught.value)
    assert "Cure:" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_cell(0, -4, "acetate"), "line 1, last columns"),
        (set_cell(0, 3, "200"), "ascending"),
        (set_cell(2, 5, ""), "line 3, 210.0: got ''"),
        (set_cell(2, -3, "-1"), "Mg_SO4: got -1"),
        (lambda rows: rows[4].pop(), "line 5, row"),
        (lambda rows: rows.__delitem__(slice(1, None)), "spectra: got none"),
    ],
)
def test_wrong_instrument_file_says_where_and_what_to_do(
    simulated_set, tmp_path, change, message
):
    path = edited(simulated_set[0] / "anton_532.csv", tmp_path / "a.csv", change)
    with pytest.raises(EgaError) as caught:
        read_instrument(path)
    assert message in str(caught.value)
    assert "Cure:" in str(caught.value)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(EgaError, match=r"none\.csv"):
        read_instrument(tmp_path / "none.csv")


def test_spectra_of_a_solution_share_a_group(simulated_set):
    read = read_instrument(simulated_set[0] / "anton_785.csv")
    assert read.groups.max() == 14
    for group in range(15):
        assert len(np.unique(read.concentrations[read.groups == group], axis=0)) == 1


def test_spectra_with_medium_are_left_out_and_counted(simulated_set, tmp_path):
    path = simulated_set[0] / "anton_532.csv"
    read = read_instrument(edited(path, tmp_path / "a.csv", set_cell(3, -2, "1.0")))
    kept = without_medium(read)
    np.testing.assert_array_equal(kept.spectra, np.delete(read.spectra, 2, axis=0))
    assert len(kept.groups) == len(kept.concentrations) == len(read.groups) - 1
    assert "1 of them left out" in kept.notes[-1]


@pytest.mark.parametrize("name", ["transfer_plate", "heldout_samples", "96_samples"])
def test_published_plates_are_read(real_folder, name):
    plate = read_plate(real_folder / f"{name}.csv")
    assert len(plate.samples) == (96 if name == "96_samples" else 48)
    assert (plate.concentrations is None) == (name != "transfer_plate")
