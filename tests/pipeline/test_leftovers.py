"""What killed stages leave half-written is removed at their next start."""

import pytest

from pipeline import paths
from pipeline.cli import STAGES, STUDIES
from pipeline.leftovers import remove_leftovers


def touch(folder, name):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


HALF_WRITTEN = (
    "artifacts/pages/.table.parquet.x1",
    "artifacts/pages/models/.repeat0_fold0.zip.x1",
    "artifacts/.pages.x1/manifest.json",
    "reports/.runs.x1/S0001.html",
    ".cache/pages/0123/.unit.npz.x1",
    ".cache/pages/.time_spent.json.x1",
    ".cache/cluster/pages.0123",
)


def test_leftovers_of_the_stage_go_and_all_else_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = [
        touch(tmp_path, name)
        for name in (
            "artifacts/pages/table.parquet",
            "reports/runs/S0001.html",
            ".cache/pages/0123/unit.npz",
            # of a stage that may be at work
            *(name.replace("pages", "submit") for name in HALF_WRITTEN[:3]),
            "reports/.submission.csv.x1",
            ".cache/submit/0123/.unit.npz.x1",
            ".cache/cluster/submit.0123",
        )
    ]
    gone = [touch(tmp_path, name) for name in HALF_WRITTEN]
    remove_leftovers("pages")
    assert not [path for path in gone if path.exists()]
    assert all(path.exists() for path in kept)


@pytest.mark.parametrize("stage", ["simulate", "evaluate", "report", "submit"])
def test_half_written_reports_and_data_go(stage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = paths.written_elsewhere(stage)
    assert written
    for path in written:
        touch(tmp_path, f"{path.parent}/.{path.name}.x1")
    remove_leftovers(stage)
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def test_without_leftovers_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    remove_leftovers("bin")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_every_report_has_a_stage_that_clears_up_after_itself(inside):
    known = {
        path for name in STAGES | STUDIES for path in paths.written_elsewhere(name)
    }
    written = {
        path
        for path in paths.REPORTS.rglob("*")
        if path.is_file() and paths.RUN_PAGES not in path.parents
    }
    assert written
    assert written <= known
