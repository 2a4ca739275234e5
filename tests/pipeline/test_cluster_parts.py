"""What a worker checks before it works for a stage, without a cluster."""

import re
import sys
import threading
import tomllib
import types
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from support import REPOSITORY

from pipeline.cluster_worker import Session, Workplace, unfit
from pipeline.errors import EgaError
from pipeline.machine_facts import CODE, PACKAGES, differences, machine_facts


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Return a session of a stage in another folder than this process."""
    for name in ("stage", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "stage" / "mark").touch()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return Session("token", str(tmp_path / "stage"), "mark", machine_facts())


def refusal(session):
    with pytest.raises(EgaError) as caught, Workplace().entered(session):
        pass
    return str(caught.value)


def test_every_dependency_is_compared():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {re.match(r"[\w.-]+", text)[0] for text in project["dependencies"]}
    # another version may round differently, and nobody would know
    assert names <= set(PACKAGES)
    assert "missing" not in machine_facts().values()


def test_a_worker_goes_to_the_folder_of_the_stage(session):
    with Workplace().entered(session):
        assert Path.cwd() == Path(session.folder)


def test_a_worker_in_the_folder_under_another_name_stays(session, tmp_path):
    Path("mark").touch()
    here = Path.cwd()
    with Workplace().entered(replace(session, folder="/mounted/elsewhere")):
        assert Path.cwd() == here


def test_a_folder_of_the_same_name_with_other_files_is_refused(session):
    other = replace(session, mark="mark of another machine")
    text = refusal(other)
    for word in (session.folder, "Expected", "Cure", "docs/cluster.md"):
        assert word in text


def test_a_file_that_a_worker_does_not_see_is_named(session, tmp_path):
    seen = replace(session, reads=("mark", str(tmp_path)))
    with Workplace().entered(seen):
        pass
    assert "/no/such/data is not there" in refusal(
        replace(session, reads=("/no/such/data",))
    )


@pytest.mark.parametrize("name", ["python", "numpy", "ega-ms", CODE])
def test_another_version_is_named(session, name):
    facts = session.facts | {name: "0.0.0"}
    text = refusal(replace(session, facts=facts))
    assert f"{name} is {session.facts[name]}, not 0.0.0" in text


def test_differences_name_what_is_missing():
    assert differences({"a": "1", "b": "2"}, {"a": "1", "c": "3"}) == [
        "b is missing, not 2",
        "c is 3, not missing",
    ]


def test_a_worker_that_is_at_work_does_not_leave_the_folder(session, tmp_path):
    workplace = Workplace()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "its mark").touch()
    other = Session("b", str(tmp_path / "other"), "its mark", session.facts)
    with workplace.entered(session):
        refused = []

        def enter():
            try:
                with workplace.entered(other):
                    pass
            except EgaError as error:
                refused.append(str(error))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(10)
        # the relative paths of a task at work would lead elsewhere
        assert Path.cwd() == Path(session.folder)
        assert "still at work for another folder" in refused[0]
    with workplace.entered(other):
        assert Path.cwd() == Path(other.folder)


def test_what_was_read_for_an_earlier_stage_is_forgotten(session, monkeypatch):
    module = types.ModuleType("pipeline.for_this_test")
    module.read = lru_cache(lambda: Path("mark").read_text())
    monkeypatch.setitem(sys.modules, module.__name__, module)
    workplace = Workplace()
    texts = []
    for token in "ab":
        Path(session.folder, "mark").write_text(token)
        with workplace.entered(replace(session, token=token)):
            texts.append(module.read())
    # workers outlive stages; a stage may have written its output anew
    assert texts == ["a", "b"]


def test_a_long_list_of_faults_is_cut():
    text = unfit([f"machine {n}" for n in range(100)])
    assert len(text.splitlines()) < 20
    assert "88 more" in text
