"""Time spent: added up over interruptions, forgotten with the units it was spent on."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline import paths, time_spent
from pipeline.time_spent import TimeSpent, measured

UNITS = paths.CACHE / "gbt"


class Clock:
    """A clock that stands still unless it is told to go on."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    monkeypatch.setattr(time_spent, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def compute(clock, *names, key="key", seconds=10):
    """Spend time on units, as a stage does."""
    for name in names:
        clock.now += seconds
        path = UNITS / key / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def interrupt(clock, *names, key="key"):
    with measured("gbt"):
        compute(clock, *names, key=key)
        raise KeyboardInterrupt


def fail():
    with measured("fold"):
        raise KeyError


def spent():
    return time_spent.time_spent("gbt")


def test_stage_without_units_counts_its_last_run(clock):
    assert time_spent.time_spent("fold") is None
    for seconds in (5, 3):
        with measured("fold"):
            clock.now += seconds
    assert time_spent.time_spent("fold") == TimeSpent(3, complete=True)


def test_failed_stage_without_units_changes_nothing(clock):
    with measured("fold"):
        clock.now += 5
    with pytest.raises(KeyError):
        fail()
    assert time_spent.time_spent("fold") == TimeSpent(5, complete=True)


def test_interrupted_runs_add_up(clock):
    with pytest.raises(KeyboardInterrupt):
        interrupt(clock, "a", "b")
    # what has not finished has no results to tell the time of
    assert spent() is None
    with measured("gbt"):
        compute(clock, "c")
    assert spent() == TimeSpent(30, complete=True)


def test_run_that_computes_nothing_costs_nothing(clock):
    with measured("gbt"):
        compute(clock, "a")
    with measured("gbt"):
        clock.now += 2
    assert spent() == TimeSpent(10, complete=True)


def test_interruption_after_the_last_unit_is_not_lost(clock):
    with pytest.raises(KeyboardInterrupt):
        interrupt(clock, "a")
    with measured("gbt"):
        clock.now += 2
    assert spent() == TimeSpent(12, complete=True)


def test_killed_run_makes_the_time_a_lower_bound(clock):
    compute(clock, "a", "b")
    with measured("gbt"):
        compute(clock, "c")
    assert spent() == TimeSpent(10, complete=False)


def test_units_that_nobody_measured_have_no_time(clock):
    compute(clock, "a")
    with measured("gbt"):
        clock.now += 2
    assert spent() is None


def test_another_key_starts_anew(clock):
    with measured("gbt"):
        compute(clock, "a", "b", key="old")
    with pytest.raises(KeyboardInterrupt):
        interrupt(clock, "a", key="new")
    # results are still those of the old key
    assert spent() == TimeSpent(20, complete=True)
    with measured("gbt"):
        compute(clock, "b", key="new", seconds=1)
        for path in (UNITS / "old").iterdir():
            path.unlink()
    assert spent() == TimeSpent(11, complete=True)


def test_units_deleted_by_hand_are_counted_once(clock):
    for _ in range(2):
        with measured("gbt"):
            compute(clock, "a", "b")
        assert spent() == TimeSpent(20, complete=True)
        for path in UNITS.glob("*/*.npz"):
            path.unlink()


@pytest.mark.parametrize("text", ["", "[]", '{"wall_seconds": "x"}', "\0"])
def test_damaged_record_is_no_record(text, clock):
    with measured("fold"):
        clock.now += 5
    (record,) = Path(paths.CACHE / "fold").iterdir()
    record.write_text(text)
    assert time_spent.time_spent("fold") is None


def test_record_that_can_not_be_written_stops_nothing(clock):
    paths.CACHE.write_text("a file where a folder should be")
    with measured("fold"):
        clock.now += 5
    assert time_spent.time_spent("fold") is None


def test_every_stage_is_measured(workspace, monkeypatch):
    monkeypatch.setattr("pipeline.fold.run", lambda params: None)
    assert workspace.ega("fold").code == 0
    assert time_spent.time_spent("fold").complete
