"""New and changed runs cost their own time; the result is that of a fresh start."""

import os
import re
import shutil
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from data_copy import copy_small
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SMALL, SMALL_BUDGET, new_workspace

from pipeline import paths
from pipeline.bin_chunks import chunks
from pipeline.params import load_params

BIN_PARAMS = load_params(Path("params.yaml")).bin
RUN = "S0002"


@pytest.fixture
def data(simulated, tmp_path):
    return copy_small(simulated, tmp_path / "data")


@pytest.fixture
def workspace(data, tmp_path, monkeypatch):
    """Every run is a chunk of its own."""
    space = new_workspace(tmp_path / "workspace", data.root)
    monkeypatch.chdir(space.folder)
    small = {name: SMALL[name] for name in ("featurize", "soup")}
    space.set(bin={"runs_per_chunk": 1}, budgets={"quick": SMALL_BUDGET}, **small)
    return space


def settle():
    """Make records look older than they are: files that just changed are read again."""
    later = time.time() + 60
    for record in paths.CACHE.glob("bin/*/*.json"):
        os.utime(record, (later, later))


def done(workspace, stage):
    """Run a stage; return how many pieces it computed and how many it kept."""
    result = workspace.ega(stage)
    assert result.code == 0, result.stderr
    counts = re.search(rf"{stage}: (\d+) done(?:, (\d+) \w+ unchanged)?", result.stderr)
    return int(counts[1]), int(counts[2] or 0)


def contents(stage):
    folder = Path("artifacts") / stage
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def both(workspace):
    """Run both stages; return their pieces and their bytes."""
    pieces = [done(workspace, stage) for stage in ("bin", "featurize")]
    return pieces, contents("bin") | contents("featurize")


def from_scratch(workspace):
    """Return what both stages write without anything to build on."""
    for folder in (paths.ARTIFACTS, paths.CACHE):
        shutil.rmtree(folder)
    return both(workspace)[1]


def test_nothing_new_costs_nothing(workspace):
    pieces, before = both(workspace)
    # six runs, and copies of three
    assert pieces == [(6, 0), (9, 0)]
    settle()
    assert both(workspace) == ([(0, 6), (0, 9)], before)


def test_a_new_run_costs_itself(data, workspace):
    row = data.row(RUN)
    rows = data.table("metadata.csv")
    data.write_table("metadata.csv", [r for r in rows if r[0] != RUN])
    labels = data.table("train_labels.csv")
    data.write_table("train_labels.csv", [r for r in labels if r[0] != RUN])
    both(workspace)
    settle()
    # it stands between others, as when ids are sorted
    data.write_table("metadata.csv", rows)
    data.write_table("train_labels.csv", labels)
    (binned, featurized), now = both(workspace)
    assert binned == (1, 5)
    # runs may be mixed with the new one, so copies are made again
    assert featurized[0] + featurized[1] == 9
    assert featurized[1] >= 5
    assert now == from_scratch(workspace)
    assert row["split"] == "train"


def test_a_removed_run_leaves_nothing(data, workspace):
    _, before = both(workspace)
    settle()
    data.drop_row("S0009", "metadata.csv")
    (binned, featurized), now = both(workspace)
    assert (binned, featurized) == ((0, 5), (0, 8))
    assert len([p for p in now if p.suffix == ".npy"]) == 10
    assert len([p for p in before if p.suffix == ".npy"]) == 12
    assert now == from_scratch(workspace)


def test_a_change_that_hides_is_found(data, workspace):
    workspace.set(bin={"verify_md5": False})
    both(workspace)
    settle()
    path = data.path(RUN)
    status = path.stat()
    lines = data.lines(RUN)
    # same size, and the time of change is set back
    lines[1:3] = lines[2:0:-1]
    path.write_bytes(b"\n".join(lines).replace(b"e-1", b"e-2") + b"\n")
    assert path.stat().st_size == status.st_size
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (binned, _), now = both(workspace)
    assert binned == (1, 5)
    assert now == from_scratch(workspace)


def test_files_that_have_just_changed_are_not_trusted(workspace):
    done(workspace, "bin")
    # a second change within the tick of the clock would look like no change
    assert done(workspace, "bin") == (6, 0)


def test_other_settings_and_faults_are_not_kept(data, workspace):
    done(workspace, "bin")
    settle()
    workspace.set(bin={"bin_width_celsius": 10.0})
    assert done(workspace, "bin") == (6, 0)
    settle()
    # what is done about faults changes no grid
    workspace.set(bin={"on_bad_run": "quarantine"})
    assert done(workspace, "bin") == (0, 6)
    lines = data.lines(RUN)
    data.set_field(RUN, 2, "temp", "x")
    for _ in range(2):
        settle()
        # whatever was wrong with a run may be mended in ways that no file tells
        assert done(workspace, "bin") == (1, 5)
        assert pl.read_csv(paths.QUARANTINE)["sample_id"].to_list() == [RUN]
    data.write_lines(RUN, lines)
    assert done(workspace, "bin") == (1, 5)
    assert RUN in pl.read_parquet(paths.RUNS)["sample_id"]


def test_chunks_of_the_same_content_keep_their_places(data, workspace):
    # S0000 and S0003 have other runs between them
    data.write_lines("S0003", data.lines("S0000"))
    both(workspace)
    settle()
    # the grids that they share do not look changed to one of them
    assert done(workspace, "bin") == (0, 6)
    runs = pl.read_parquet(paths.RUNS)
    assert runs["chunk"].n_unique() == 5
    for path in (paths.FEATURES, paths.copies(1)):
        features = pl.read_parquet(path)
        ids = runs if path == paths.FEATURES else runs.filter(role="train")
        assert features["sample_id"].equals(ids["sample_id"])
    rows = {row[0]: row[2:] for row in pl.read_parquet(paths.FEATURES).iter_rows()}
    np.testing.assert_array_equal(rows["S0000"], rows["S0003"])


def layout(ids, size):
    """Return the chunks of runs as tuples of ids."""
    runs = pl.DataFrame({"sample_id": ids}, schema={"sample_id": pl.String})
    params = BIN_PARAMS.model_copy(update={"runs_per_chunk": size})
    return [
        tuple(chunk.runs["sample_id"])
        for chunk in chunks(Path(), runs, params, Path("records"))
    ]


@settings(max_examples=40, deadline=None)
@given(
    ids=st.lists(
        st.text(min_size=1, max_size=4), unique=True, min_size=1, max_size=300
    ),
    size=st.integers(1, 12),
)
def test_chunks_hold_every_run_once_and_in_order(ids, size):
    parts = layout(ids, size)
    assert [sample_id for part in parts for sample_id in part] == ids
    assert max(map(len, parts)) <= 2 * size


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 2000), size=st.integers(2, 40))
def test_a_run_more_changes_few_chunks(place, size):
    ids = [f"S{number:04d}" for number in range(2000)]
    before = set(layout(ids, size))
    after = set(layout([*ids[:place], "new", *ids[place:]], size))
    # a fixed number of runs a chunk would change all that come after it
    assert len(after - before) <= 12
    assert len(before - after) <= 12
