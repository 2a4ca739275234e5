"""A stage bin that fails keeps what was there before."""

import polars as pl
import pytest
from bin_results import contents
from run_damages import RUN, text_in_the_middle


def test_a_failed_stage_keeps_the_earlier_result(data, workspace):
    assert workspace.ega("bin").code == 0
    before = contents(workspace)
    text_in_the_middle(data)
    assert workspace.ega("bin").code == 1
    # New grids beside the old run table must not give runs the grids of others.
    after = contents(workspace)
    assert before.items() <= after.items()
    assert all("artifacts/bin/grid/" in name for name in after.keys() - before.keys())


@pytest.mark.parametrize("writer", ["write_csv", "write_json", "write_parquet"])
def test_a_full_disk_keeps_the_earlier_result(writer, data, workspace, monkeypatch):
    assert workspace.ega("bin").code == 0
    before = contents(workspace)

    def fail(path, content):
        raise OSError(28, "No space left on device", str(path))

    data.set_field(RUN, 2, "abundance", "1e-9")
    with monkeypatch.context() as patch:
        patch.setattr(f"pipeline.bin.{writer}", fail)
        assert workspace.ega("bin").code == 1
    after = contents(workspace)
    changed = {name for name in before if before[name] != after.get(name)}
    # The list of checksums tells which files are not of one piece any more.
    assert changed <= {"artifacts/bin/quarantine.csv", "artifacts/bin/axes.json"}


def test_quarantine_leaves_no_grids_of_an_earlier_run(data, workspace):
    workspace.set(bin={"runs_per_chunk": 2})
    assert workspace.ega("bin").code == 0
    workspace.set(bin={"runs_per_chunk": 32})
    assert workspace.ega("bin").code == 0
    grids = [name for name in workspace.written() if "grid" in name]
    # A chunk that no run points to is waste, and misleads whoever looks.
    runs = pl.read_parquet("artifacts/bin/runs.parquet")
    assert len(grids) == 2 * runs["chunk"].n_unique()
