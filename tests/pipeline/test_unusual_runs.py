"""Runs that look unusual and are in order."""

import pytest
from data_copy import (
    read_grids,
    same_grids,
)
from run_damages import RUN, wrong_md5


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
