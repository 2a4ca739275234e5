"""The rules of the design that reading code would have to check otherwise."""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support import REPOSITORY

from pipeline.cli import STAGES, STUDIES
from pipeline.params import Params
from pipeline.stack import FAMILIES
from pipeline.unit_cache import code_behind

PACKAGES = ("pipeline", "models", "features", "simulator", "studies")
# what each package may import of the others
ALLOWED = {
    "features": set(),
    "models": set(),
    "simulator": set(),
    "pipeline": {"features", "models", "simulator"},
    "studies": {"pipeline", "features", "models"},
}
# sections of params.yaml that belong to no single stage
SHARED_SECTIONS = {"compute", "data", "budgets", "formats", "predict"}
TOP_LEVEL_KEYS = {"seed", "budget"}
FILES = sorted(
    path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")
)


@cache
def read_yaml(name):
    return YAML(typ="safe").load(REPOSITORY / name)


@cache
def trees(*packages):
    """Return (path, syntax tree) of every module of the packages."""
    named = [(path.relative_to(REPOSITORY), path) for path in FILES]
    return [
        (relative.as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for relative, path in named
        if relative.parts[0] in packages
    ]


def imported(tree):
    """Return the full names of imported modules, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module


def called(tree):
    """Yield (line, dotted name, keywords) of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {k.arg: ast.unparse(k.value) for k in node.keywords}
            yield node.lineno, ast.unparse(node.func), keywords


def stages():
    return read_yaml("dvc.yaml")["stages"]


def every_stage(function):
    return pytest.mark.parametrize("stage", STAGES)(function)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_go_one_way(package):
    wrong = [
        f"{path} imports {name}"
        for path, tree in trees(package)
        for name in imported(tree)
        if name.split(".")[0] in set(PACKAGES) - {package} - ALLOWED[package]
    ]
    # Features and models that know of files or stages can't be used elsewhere.
    assert wrong == []


@pytest.mark.parametrize("package", ["features", "models", "simulator"])
def test_only_the_pipeline_touches_files_and_the_command_line(package):
    foreign = {"pathlib", "os", "io", "tempfile", "shutil", "typer", "rich", "dvc"}
    readers = ("open", "read_csv", "read_parquet", "savez", "save", "load")
    wrong = [
        f"{path} imports {name}"
        for path, tree in trees(package)
        for name in imported(tree)
        if name.split(".")[0] in foreign
    ] + [
        f"{path}, line {line}: {name}"
        for path, tree in trees(package)
        for line, name, _ in called(tree)
        if name.split(".")[-1] in readers
    ]
    # Pure functions on arrays are what tests and other programs can use.
    assert wrong == []


def test_nothing_is_loaded_through_pickle():
    modules = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"}
    calls = {"joblib.dump", "joblib.load", "torch.load", "torch.save", "eval", "exec"}
    wrong = []
    for path, tree in trees(*PACKAGES):
        wrong += [f"{path}: {n}" for n in imported(tree) if n.split(".")[0] in modules]
        for line, name, keywords in called(tree):
            if (
                name in calls
                or name.endswith((".read_pickle", ".to_pickle"))
                or keywords.get("allow_pickle", "False") != "False"
            ):
                wrong.append(f"{path}, line {line}: {name}")
    # A pickle runs the code of whoever wrote it, and breaks with every new version.
    assert wrong == []


def test_arrays_are_saved_and_loaded_without_pickle():
    wrong = [
        f"{path}, line {line}: {name}"
        for path, tree in trees(*PACKAGES)
        for line, name, keywords in called(tree)
        if name in ("np.load", "np.save", "np.savez", "np.savez_compressed")
        and keywords.get("allow_pickle") != "False"
    ]
    # The default of saving is to pickle objects.
    assert wrong == []


def test_no_module_is_empty_of_meaning():
    missing = [
        path
        for path, tree in trees(*PACKAGES)
        if not ast.get_docstring(tree) and tree.body
    ]
    # One name and one sentence a file: what the reader of a listing needs.
    assert missing == []


def test_the_command_and_dvc_know_the_same_stages():
    # The order, too: it is the order in which people read and run them.
    assert list(stages()) == list(STAGES)


@every_stage
def test_a_stage_is_a_module_with_run(stage):
    module = importlib.import_module(f"pipeline.{stage}")
    # One name along the chain: stage = module = section = folder.
    assert callable(module.run)
    assert stages()[stage]["cmd"] == f"ega {stage}"
    assert stages()[stage]["desc"]


@every_stage
def test_a_stage_runs_again_when_its_module_changes(stage):
    deps = stages()[stage]["deps"]
    assert f"pipeline/{stage}.py" in deps
    tree = ast.parse((REPOSITORY / f"pipeline/{stage}.py").read_text())
    used = {
        name.replace(".", "/") + ".py"
        for name in imported(tree)
        if name.startswith("models.")
    }
    # An edited model that does not run again is reported with the old scores.
    assert used <= {*deps, *(f for f in used if Path(f).parts[0] in deps)}


@every_stage
def test_dependencies_on_code_exist(stage):
    code = [dep for dep in stages()[stage]["deps"] if dep.split("/")[0] in (*PACKAGES,)]
    # DVC would refuse to run; better here than on the user's machine.
    assert [dep for dep in code if not (REPOSITORY / dep).exists()] == []


@every_stage
def test_dependencies_on_artifacts_are_made_by_an_earlier_stage(stage):
    made = set()
    for name, definition in stages().items():
        if name == stage:
            break
        for out in definition.get("outs", []) + definition.get("metrics", []):
            made.add(out if isinstance(out, str) else next(iter(out)))
    needed = [
        dep
        for dep in stages()[stage]["deps"]
        if dep.startswith(("artifacts/", "reports/"))
    ]
    parents = [{dep, *(p.as_posix() for p in Path(dep).parents)} for dep in needed]
    # Written out of order, the chain would use the results of the last time.
    assert all(made & parent for parent in parents), needed


@every_stage
def test_the_outputs_of_a_stage_carry_its_name(stage):
    outs = [
        out if isinstance(out, str) else next(iter(out))
        for out in stages()[stage].get("outs", [])
    ]
    folders = [out for out in outs if out.startswith("artifacts/")]
    assert set(folders) <= {f"artifacts/{stage}"}


@every_stage
def test_the_parameters_of_a_stage_exist(stage):
    settings = read_yaml("params.yaml")
    for key in stages()[stage].get("params", []):
        value = settings
        for part in key.split("."):
            assert part in value, key
            value = value[part]


@every_stage
def test_a_stage_runs_again_when_its_section_or_budget_changes(stage):
    params = stages()[stage].get("params", [])
    settings = read_yaml("params.yaml")
    if stage in settings:
        assert stage in params
    of_budgets = {
        f"budgets.{name}.{stage}"
        for name, sections in settings["budgets"].items()
        if stage in sections
    }
    # A change of budget that does not run again would show the old numbers.
    assert of_budgets <= set(params)
    if of_budgets:
        assert "budget" in params


def test_every_section_belongs_to_a_stage():
    sections = set(read_yaml("params.yaml")) - SHARED_SECTIONS - TOP_LEVEL_KEYS
    assert sections <= {*STAGES, *STUDIES}
    fields = set(Params.model_fields) - SHARED_SECTIONS - TOP_LEVEL_KEYS
    assert fields == sections


def test_every_model_family_is_a_stage_that_blend_and_scores_depend_on():
    definitions = stages()
    for family in FAMILIES:
        assert family in STAGES
        # The blend of yesterday's predictions would not be noticed.
        for stage in ("stack", "ablate"):
            deps = definitions[stage]["deps"]
            assert f"artifacts/{family}/predictions.parquet" in deps
        assert any(
            dep.startswith(f"artifacts/{family}")
            for dep in definitions["evaluate"]["deps"]
        )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_depends_on_all_code_behind_it(family):
    deps = stages()[family]["deps"]
    modules = [Path(dep).stem for dep in deps if dep.startswith("pipeline/")]
    behind = {path.relative_to(REPOSITORY).as_posix() for path in code_behind(modules)}
    # an edited layer would not train its networks again
    assert {path for path in behind if not path.startswith("pipeline/")} <= set(deps)
