import shutil

import pytest
from ruamel.yaml import YAML
from support import REPOSITORY

from pipeline.configure import set_params
from pipeline.errors import EgaError
from pipeline.params import load_params

ORIGINAL = (REPOSITORY / "params.yaml").read_text()


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shutil.copy(REPOSITORY / "params.yaml", tmp_path / "params.yaml")


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


def other_lines(text):
    """Return the lines that `configure` has no business with."""
    return [
        line
        for line in text.splitlines(keepends=True)
        if not line.startswith(("budget:", "  root:"))
    ]


def test_both_values_are_set_and_nothing_else(file, runs):
    set_params(file, data=str(runs), budget="full")
    params = load_params(file)
    assert params.data.root == runs
    assert params.budget == "full"
    # People keep notes in params.yaml; comments, blanks and order are theirs.
    assert other_lines(file.read_text()) == other_lines(ORIGINAL)
    root = next(line for line in file.read_text().splitlines() if "  root:" in line)
    assert root.endswith("# folder in the organisers' layout (docs/data_dictionary.md)")


def test_empty_values_leave_the_file_as_it_is(file):
    set_params(file, data="", budget="")
    # `make repro` without arguments must not make DVC believe that something changed.
    assert file.read_text() == ORIGINAL


def test_setting_the_same_values_changes_nothing(file):
    settings = YAML(typ="safe").load(ORIGINAL)
    set_params(file, data=settings["data"]["root"], budget=settings["budget"])
    assert file.read_text() == ORIGINAL


def test_there_and_back_again(file, runs):
    set_params(file, data=str(runs), budget="full")
    set_params(file, data="data/simulated", budget="quick")
    # Only the column of two comments may have moved.
    assert file.read_text().split() == ORIGINAL.split()


def test_a_relative_folder_is_stored_absolute(file, runs):
    set_params(file, data="runs", budget="")
    # DVC and the stages may run from elsewhere.
    assert load_params(file).data.root == runs


def test_the_simulated_folder_need_not_exist_yet(file):
    set_params(file, data="data/simulated", budget="")
    # The first stage of the chain makes it.
    assert load_params(file).data.root.as_posix() == "data/simulated"


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "a: b",
        "#1",
        "'quoted'",
        "[x]",
        "März",
        "{y}",
        "/".join(["long name"] * 40),
    ],
)
def test_any_folder_name_survives_yaml(file, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir(parents=True)
    set_params(file, data=str(folder), budget="")
    # A name that YAML reads as something else would point to another folder.
    assert load_params(file).data.root == folder
    assert other_lines(file.read_text()) == other_lines(ORIGINAL)


@pytest.mark.parametrize(
    ("data", "budget", "expected"),
    [
        ("", "fast", "BUDGET=fast: unknown; expected one of quick, full, max"),
        ("nowhere", "", "DATA=nowhere: no such folder"),
        ("params.yaml", "", "DATA=params.yaml: no such folder"),
        ("runs", "fast", "BUDGET=fast"),
        ("nowhere", "full", "DATA=nowhere"),
    ],
)
def test_a_wrong_value_leaves_the_file_untouched(file, runs, data, budget, expected):
    with pytest.raises(EgaError, match=expected):
        set_params(file, data=data, budget=budget)
    # Half of the two values set would be a surprise later.
    assert file.read_text() == ORIGINAL


def test_a_faulty_file_is_not_rewritten(file):
    faulty = ORIGINAL.replace("bin_width_celsius: 5.0", "bin_width_celsius: -5.0")
    file.write_text(faulty)
    with pytest.raises(EgaError, match="bin.bin_width_celsius"):
        set_params(file, data="", budget="full")
    # The user's edit is to be mended by the user.
    assert file.read_text() == faulty
