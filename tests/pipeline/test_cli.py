import subprocess
import sys

import polars as pl
import pytest
from support import seal_all
from typer.testing import CliRunner

from pipeline import cli, paths
from pipeline.atomic import write_parquet
from pipeline.errors import EgaError, Fault, shorten

FIRST_NEEDED = {
    "featurize": ("artifacts/bin/runs.parquet", "bin"),
    "duplicates": ("artifacts/bin/runs.parquet", "bin"),
    "fold": ("artifacts/bin/runs.parquet", "bin"),
    "gbt": ("artifacts/bin/runs.parquet", "bin"),
    "linear": ("artifacts/bin/runs.parquet", "bin"),
    "stack": ("artifacts/gbt/predictions.parquet", "gbt"),
    "evaluate": ("artifacts/bin/runs.parquet", "bin"),
    "ablate": ("artifacts/gbt/predictions.parquet", "gbt"),
    "submit": ("artifacts/stack/predictions.parquet", "stack"),
}


def test_help_lists_every_stage_and_what_it_does():
    result = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for name, text in cli.STAGES.items():
        # `ega` is found by its help; a stage without a line there does not exist.
        lines = [x for x in result.output.splitlines() if f" {name} " in x]
        assert text in lines[0]
    for name in ("configure", "check", "convert", "validate", "predict", "inspect"):
        assert f" {name} " in result.output


@pytest.mark.parametrize("arguments", [["nothing"], ["bin", "--fast"], ["bin", "x"]])
def test_an_unknown_command_or_option_is_a_usage_error(arguments):
    result = CliRunner().invoke(cli.app, arguments)
    # 2 is the shell's code for wrong usage; 1 is for failed work.
    assert result.exit_code == 2


def test_help_needs_no_heavy_library():
    heavy = ("numpy", "polars", "lightgbm", "sklearn", "pandas", "scipy")
    code = f"import sys, pipeline.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    # Help that takes seconds is not asked for.
    assert done.stdout.strip() == "[]"


def test_an_expected_failure_is_a_message_and_exit_code_1(workspace, monkeypatch):
    def fail(params):
        raise EgaError("line one [red]with :smile: markup[/red]\nline two")

    monkeypatch.setattr("pipeline.fold.run", fail)
    result = workspace.ega("fold")
    assert result.code == 1
    # As it is, and nothing around it: no traceback, no markup read.
    assert result.stderr == (
        "error: line one [red]with :smile: markup[/red]\nline two\n"
    )


def test_an_unexpected_failure_keeps_its_traceback(workspace, monkeypatch):
    def fail(params):
        raise ZeroDivisionError

    monkeypatch.setattr("pipeline.fold.run", fail)
    # A bug of ours must not look like a mistake of the user.
    with pytest.raises(ZeroDivisionError):
        workspace.ega("fold")


def test_an_os_error_names_the_file(workspace, monkeypatch):
    def fail(params):
        raise PermissionError(13, "Permission denied", "artifacts/fold")

    monkeypatch.setattr("pipeline.fold.run", fail)
    result = workspace.ega("fold")
    assert result.code == 1
    assert "error: artifacts/fold: Permission denied. Cure: " in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_params_stop_every_stage_before_it_starts(workspace):
    workspace.set(bin={"bin_widht_celsius": 5})
    for stage in ("bin", "submit"):
        result = workspace.ega(stage)
        # Also a typo in a section that the stage does not use.
        assert result.code == 1
        assert "bin.bin_widht_celsius" in result.stderr
    assert workspace.written() == []


def test_no_params_file_says_where_to_run(workspace):
    workspace.params_file.unlink()
    result = workspace.ega("bin")
    assert result.code == 1
    assert "run from the folder that holds params.yaml" in result.stderr


@pytest.mark.parametrize("stage", FIRST_NEEDED)
def test_a_missing_artifact_names_the_stage_to_run(stage, workspace):
    path, maker = FIRST_NEEDED[stage]
    result = workspace.ega(stage)
    assert result.code == 1
    assert "Traceback" not in result.stderr
    # What is missing and the command that makes it.
    assert f"error: {path} is missing" in result.stderr
    assert f"`ega {maker}`" in result.stderr


def test_report_names_the_stage_to_run(workspace):
    result = workspace.ega("report")
    assert result.code == 1
    assert "Traceback" not in result.stderr
    assert "Cure: run " in result.stderr


def test_a_damaged_artifact_names_the_stage_to_run(workspace):
    paths.RUNS.parent.mkdir(parents=True)
    paths.RUNS.write_bytes(b"PAR1")
    seal_all()
    result = workspace.ega("fold")
    assert result.code == 1
    assert "can't be read" in result.stderr
    assert "`ega bin`" in result.stderr


def test_folds_of_other_runs_are_refused(workspace):
    assert workspace.ega("bin").code == 0
    runs = pl.read_parquet(paths.RUNS)
    training = runs.filter(role="train")["sample_id"]
    from pipeline.fold import read_folds

    workspace.set(fold={"outer_folds": 2, "inner_folds": 2})
    none = pl.DataFrame(schema={"sample_id": pl.String, "other_sample_id": pl.String})
    write_parquet(paths.DUPLICATE_PAIRS, none)
    seal_all()
    assert workspace.ega("fold").code == 0
    assert len(read_folds(training)) == 2
    # Folds of a larger or smaller folder would put runs into no fold at all.
    for other in (training[1:], pl.concat([training, pl.Series(["S9999"])])):
        with pytest.raises(EgaError, match="made for other runs"):
            read_folds(other)


def test_too_few_runs_for_the_folds_say_so(workspace):
    assert workspace.ega("bin").code == 0
    write_parquet(paths.RUNS, pl.read_parquet(paths.RUNS).head(8))
    seal_all()
    result = workspace.ega("fold")
    assert result.code == 1
    assert "can't fill 5 outer x" in result.stderr
    # Also when quarantine left no training run.
    write_parquet(paths.RUNS, pl.read_parquet(paths.RUNS).filter(role="test"))
    seal_all()
    result = workspace.ega("fold")
    assert "0 training runs can't fill" in result.stderr


def test_configure_edits_and_says_what_is_wrong(workspace):
    assert workspace.ega("configure", "--budget", "full").code == 0
    assert workspace.params().budget == "full"
    result = workspace.ega("configure", "--data", "nowhere")
    assert result.code == 1
    assert "DATA=nowhere: no such folder" in result.stderr


@pytest.mark.parametrize("value", ["x" * 10_000, "\x1b[31m", "a\nb", None, 5, ["a"]])
def test_a_shown_value_is_one_short_line(value):
    text = shorten(value)
    # Values come from files of strangers and go to a terminal.
    assert len(text) <= 60
    assert text.isprintable()


def test_a_fault_reads_as_a_sentence():
    fault = Fault("S1", "a.csv", 7, "temp", "'x'", "a number", "mend it")
    assert str(fault) == (
        "a.csv, line 7, temp: got 'x'; expected a number. Cure: mend it."
    )
    fault = Fault("S1", "a\nb.csv", None, "file", "0 bytes", "rows", "export it")
    assert str(fault).startswith("'a\\nb.csv', file: got 0 bytes;")
