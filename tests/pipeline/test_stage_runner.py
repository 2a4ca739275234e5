from pathlib import Path

import pytest

from pipeline import checksums, paths
from pipeline.errors import EgaError
from pipeline.stage_runner import only_one, run_stage
from pipeline.time_spent import time_spent

RESULT = Path("artifacts/fold/folds.parquet")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(content):
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(content)


def test_a_stage_is_locked_timed_and_sealed():
    found = []

    def stage(given):
        write("folds")
        with pytest.raises(EgaError, match="already running"):
            run_stage("fold", found.append, None)
        found.append(given)

    run_stage("fold", stage, "parameters")
    assert found == ["parameters"]
    checksums.check(RESULT)
    assert time_spent("fold").wall_seconds >= 0


def test_a_stage_that_fails_frees_its_lock_and_is_not_sealed():
    def fail(_):
        write("half")
        raise EgaError("no")

    with pytest.raises(EgaError, match="no"):
        run_stage("fold", fail, None)
    with pytest.raises(EgaError, match="stage fold has not finished"):
        checksums.check(RESULT)
    run_stage("fold", lambda _: write("folds"), None)
    checksums.check(RESULT)


def test_other_stages_may_run_beside_it():
    with only_one("fold"):
        run_stage("bin", lambda _: None, None)


def test_what_it_has_read_stays_until_it_ends():
    run_stage("fold", lambda _: write("folds"), None)

    def reader(_):
        checksums.check(RESULT)
        # Another version of the same would go into half of the result.
        with pytest.raises(EgaError, match="is read by a stage that runs"):
            run_stage("fold", lambda _: write("others"), None)
        # Many may read.
        run_stage("linear", lambda _: checksums.check(RESULT), None)
        with pytest.raises(EgaError, match="is read by a stage that runs"):
            run_stage("fold", lambda _: write("others"), None)

    run_stage("gbt", reader, None)
    run_stage("fold", lambda _: write("others"), None)
    assert RESULT.read_text() == "others"


def test_what_a_killed_run_left_half_written_is_removed():
    leftovers = [RESULT.with_name(".folds.parquet.abc"), paths.ARTIFACTS / ".fold.abc"]
    write("folds")
    for path in leftovers:
        path.write_text("half")
    other = paths.ARTIFACTS / ".bin.abc"
    other.write_text("another stage may be at work on it")
    run_stage("fold", lambda _: None, None)
    assert not any(path.exists() for path in leftovers)
    assert other.exists()
