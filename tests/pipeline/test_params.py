import copy
import json
import shutil

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML
from support import REPOSITORY

from pipeline.errors import EgaError
from pipeline.params import load_params

DEFAULT = YAML(typ="safe").load(REPOSITORY / "params.yaml")


def settings():
    return copy.deepcopy(DEFAULT)


def write(folder, content):
    path = folder / "params.yaml"
    # JSON is YAML, but for these two
    text = json.dumps(content).replace("NaN", ".nan").replace("Infinity", ".inf")
    path.write_text(text)
    return path


def changed(section, **values):
    """Return all settings with some keys of a section changed, or of the top level."""
    content = settings()
    (content if section is None else content[section]).update(values)
    return content


def refused(folder, content):
    with pytest.raises(EgaError) as caught:
        load_params(write(folder, content))
    return str(caught.value)


@pytest.mark.parametrize("budget", ["quick", "full"])
def test_the_file_of_the_repository_loads_for_every_budget(budget, tmp_path):
    content = changed(None, budget=budget)
    params = load_params(write(tmp_path, content))
    assert params.budget == budget
    # A budget only decides sizes: each of its keys ends up in the section it names.
    for section, values in content["budgets"][budget].items():
        assert getattr(params, section).model_dump().items() >= values.items()
    # And keys outside the budget keep the value of the section.
    assert params.fold.outer_folds == content["fold"]["outer_folds"]


def test_budgets_differ(tmp_path):
    quick, full = (
        load_params(write(tmp_path, changed(None, budget=name)))
        for name in ("quick", "full")
    )
    # Otherwise the budget would be ignored.
    assert quick.fold.repeats < full.fold.repeats


def test_settings_are_frozen():
    params = load_params(REPOSITORY / "params.yaml")
    # A stage that changed a setting would no longer do what params.yaml says.
    with pytest.raises(ValidationError, match="frozen"):
        params.bin.bin_width_celsius = 1.0
    with pytest.raises(ValidationError, match="frozen"):
        params.seed = 1


def test_a_misspelt_key_is_named_with_the_known_keys(tmp_path):
    text = refused(tmp_path, changed("bin", bin_widht_celsius=5.0))
    # Ignored silently, a typo costs a day of computing with the default.
    assert "bin.bin_widht_celsius" in text
    assert "known keys:" in text
    assert "bin_width_celsius" in text.split("known keys:")[1]
    assert "got 5.0" in text


def test_a_misspelt_section_is_named_with_the_known_sections(tmp_path):
    content = changed(None, binn={})
    text = refused(tmp_path, content)
    assert "binn" in text
    assert "featurize" in text.split("known keys:")[1]


def test_every_wrong_key_is_named_at_once(tmp_path):
    content = changed("bin", bin_width_celsius=-5.0)
    content["fold"]["outer_folds"] = 1
    content["simulate"]["runs"] = "many"
    text = refused(tmp_path, content)
    # One error a start would make a user start four times.
    assert "3 wrong keys" in text
    for key in ("bin.bin_width_celsius", "fold.outer_folds", "simulate.runs"):
        assert key in text


WRONG = {
    "negative width": ("bin", "bin_width_celsius", -5.0, "greater than 0"),
    "no width": ("bin", "bin_width_celsius", 0.0, "greater than 0"),
    "text for a number": ("bin", "bin_width_celsius", "wide", "valid number"),
    "list for a number": ("bin", "mz_max", [99], "valid integer"),
    "nothing for a number": ("bin", "mz_max", None, "valid integer"),
    "half a run": ("bin", "runs_per_chunk", 2.5, "integer"),
    "number for a word": ("bin", "on_bad_run", 1, "'fail' or 'quarantine'"),
    "unknown word": ("bin", "on_bad_run", "ignore", "'fail' or 'quarantine'"),
    "word for yes or no": ("bin", "verify_md5", "perhaps", "valid boolean"),
    "nan": ("bin", "temperature_max_celsius", float("nan"), "finite number"),
    "inf": ("bin", "temperature_max_celsius", float("inf"), "finite number"),
    "share": ("featurize", "mix_share", 1.5, "less than or equal to 1"),
    "seed": (None, "seed", -1, "greater than or equal to 0"),
    "section": (None, "stack", 5, "valid dictionary"),
    "folds": ("fold", "outer_folds", 1, "greater than or equal to 2"),
    "no penalties": ("linear", "penalties", [], "at least 1 item"),
    "negative penalty": ("linear", "penalties", [0.1, -1.0], "greater than 0"),
    "floor": ("submit", "probability_floor", 0.5, "less than 0.5"),
    "labels": ("data", "labels", ["basalt", "basalt"], "distinct"),
    "workers": ("compute", "workers", 0, ">= 1, or -1"),
    "backend": ("compute", "backend", "spark", "'loky', 'threading' or 'dask'"),
    "no scheduler": ("compute", "backend", "dask", "scheduler: tcp://host:8786"),
    "idle scheduler": ("compute", "scheduler", "tcp://host:8786", "only backend dask"),
    "no address": ("compute", "scheduler", "host", "match pattern"),
    "mz range": ("bin", "mz_min", 99, "mz_max must be larger than mz_min"),
    "temperature range": (
        "bin",
        "temperature_max_celsius",
        -95.0,
        "at least two bin_width_celsius",
    ),
    "prevalence windows": (
        "featurize",
        "prevalence_window_celsius",
        40.0,
        "prevalence_window_celsius must divide the range",
    ),
    "area windows": (
        "featurize",
        "area_window_celsius",
        4000.0,
        "area_window_celsius must divide the range",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_out_of_range_is_named_with_what_was_expected(name, tmp_path):
    section, key, value, expected = WRONG[name]
    text = refused(tmp_path, changed(section, **{key: value}))
    # The message must lead to the line of params.yaml.
    assert str(tmp_path / "params.yaml") in text
    assert (section or key) in text
    assert expected in text
    assert "1 wrong key" in text


@pytest.mark.parametrize("section", ["bin", "data", "compute", "stack", "submit"])
def test_a_missing_section_is_named(section, tmp_path):
    content = settings()
    del content[section]
    text = refused(tmp_path, content)
    assert f"{section}: Field required" in text


def test_a_missing_key_is_named(tmp_path):
    content = settings()
    del content["bin"]["mz_max"]
    assert "bin.mz_max: Field required" in refused(tmp_path, content)


@pytest.mark.parametrize("budget", ["fast", None, 5, ["quick"]])
def test_an_unknown_budget_names_the_budgets(budget, tmp_path):
    text = refused(tmp_path, changed(None, budget=budget))
    assert f"got {budget!r}; expected one of" in text
    assert "quick" in text.split("expected one of")[1]
    assert "full" in text.split("expected one of")[1]


def test_a_wrong_key_in_the_other_budget_is_found(tmp_path):
    content = changed(None, budget="quick")
    content["budgets"]["full"]["featurize"]["copys"] = 9
    text = refused(tmp_path, content)
    # Found on the day of the change, not on the night of the full run.
    assert "budget full" in text
    assert "featurize.copys" in text


@pytest.mark.parametrize(
    ("budgets", "expected"),
    [
        (None, "budgets is missing"),
        ([1], "budgets is missing"),
        ({"quick": 5}, "budgets.quick: got 5"),
        ({"quick": {"nothing": {"a": 1}}}, "budgets.quick.nothing"),
        ({"quick": {"fold": 3}}, "budgets.quick.fold"),
        ({"quick": {"seed": {"a": 1}}}, "budgets.quick.seed"),
        ({1: {}}, "expected one of 1"),
        ({"quick": None}, "fold.repeats: Field required"),
    ],
)
def test_budgets_of_a_wrong_form_are_refused(budgets, expected, tmp_path):
    assert expected in refused(tmp_path, changed(None, budget="quick", budgets=budgets))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: [1, 2", "not valid YAML"),
        ("seed: 1\nseed: 2\n", "not valid YAML"),
        ("a:\tb: c\n", "not valid YAML"),
        ("seed: 2022-13-45\n", "not valid YAML"),
        ("", "expected sections of keys"),
        ("just words", "expected sections of keys"),
        ("- a\n- b\n", "expected sections of keys"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused(text, expected, tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(EgaError, match=expected):
        load_params(path)


def test_another_encoding_is_refused(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_bytes("root: Proben_März".encode("latin-1"))
    # Read with a wrong encoding, a path would not be found.
    with pytest.raises(EgaError, match="not valid YAML"):
        load_params(path)


def test_a_missing_file_says_where_to_run(tmp_path):
    with pytest.raises(EgaError, match="run from the folder that holds params.yaml"):
        load_params(tmp_path / "params.yaml")
    with pytest.raises(EgaError, match="Is a directory"):
        load_params(tmp_path)


def test_every_key_has_a_comment_with_its_meaning():
    lines = (REPOSITORY / "params.yaml").read_text().splitlines()
    keys = [line for line in lines if line.startswith("  ") and ": " in line]
    keys = keys[: next(i for i, line in enumerate(keys) if "{" in line)]
    # params.yaml is the place where people look a knob up.
    assert [line for line in keys if "#" not in line] == []
    assert len(keys) > 30


def test_the_file_is_not_changed_by_reading(tmp_path):
    path = tmp_path / "params.yaml"
    shutil.copy(REPOSITORY / "params.yaml", path)
    load_params(path)
    # DVC compares it with the last run's.
    assert path.read_bytes() == (REPOSITORY / "params.yaml").read_bytes()
