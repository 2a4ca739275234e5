"""The commands `ega predict`, `ega inspect` and `ega export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import paths

if TYPE_CHECKING:
    from pipeline.format_params import FormatParams
    from pipeline.formats.heating import HeatingProgramme

_FORMATS = ("table", "json", "csv", "parquet")
_EVIDENCE = ("found", "all", "none")


def predict(
    runs: list[str] = typer.Argument(
        ..., metavar="RUN...", help="CSV, mzML or ANDI-MS files, folders, patterns"
    ),
    model: Path = typer.Option(paths.BUNDLE, help="folder or .zip of `ega export`"),
    form: str = typer.Option(
        "table", "--format", help=" | ".join(_FORMATS), metavar="FORMAT"
    ),
    output: Path | None = typer.Option(None, help="file to write; otherwise stdout"),
    heating: str = typer.Option(
        "", help='where files have no temperature: "25:10/min:300, 300:35/min"'
    ),
    instrument: str = typer.Option(
        "commercial", help="commercial, sam_testbed or a name of your own"
    ),
    evidence: str = typer.Option(
        "found", help="for compounds not absent (found), all or none", metavar="WHICH"
    ),
) -> None:
    """Say which compounds runs hold; exit 1 if a file failed, with the others done."""
    _one_of("--format", form, _FORMATS)
    _one_of("--evidence", evidence, _EVIDENCE)
    if form == "parquet" and output is None:
        raise typer.BadParameter("Parquet needs a file", param_hint="--output")
    # imported here, so that other commands start quickly
    from pipeline.prediction.output import OutputFormat, writer
    from pipeline.prediction.run_files import expanded

    files = expanded(runs)
    programme = _programme(heating)
    from pipeline.prediction.opening import open_for_answers

    models = open_for_answers(model)
    from pipeline.prediction.predicting import Question, predict_files

    question = Question(
        instrument.strip(),
        evidence,  # type: ignore[arg-type]  # checked above
        programme,
        _formats() or models.ensemble.params.formats,
    )
    failed = 0
    with writer(OutputFormat(form), sys.stdout, output) as answers:
        for result in predict_files(models, files, question):
            if isinstance(result, list):
                failed += 1
                for fault in result:
                    typer.echo(f"error: {fault}", err=True)
            else:
                answers.add(result)
    if failed:
        typer.echo(f"{failed} of {len(files)} files failed", err=True)
        raise typer.Exit(1)


def inspect(
    run: str = typer.Argument(
        ..., metavar="RUN", help="a file, or a sample_id of the data folder"
    ),
    *,
    html: Annotated[
        bool, typer.Option("--html", help="write a page instead of a table")
    ] = False,
    output: Path | None = typer.Option(
        None, help="the page; otherwise reports/runs/RUN.html"
    ),
    model: Path = typer.Option(paths.BUNDLE, help="folder or .zip of `ega export`"),
    heating: str = typer.Option("", help="as for `ega predict`"),
    instrument: str = typer.Option("commercial", help="of a file"),
) -> None:
    """Show one run with everything that speaks for and against each compound."""
    from pipeline.prediction.inspecting import answer_file, answer_known_run
    from pipeline.prediction.opening import open_for_answers

    programme = _programme(heating)
    models = open_for_answers(model)
    if Path(run).is_file():
        formats = _formats() or models.ensemble.params.formats
        answer = answer_file(models, Path(run), instrument.strip(), programme, formats)
    else:
        answer = answer_known_run(models, run)
    if not html:
        from pipeline.prediction.table import TableWriter

        TableWriter(sys.stdout).add(answer)
        return
    from pipeline.atomic import write_text
    from pipeline.prediction.page_names import page_name
    from pipeline.run_page import render_run_page

    page = output or paths.RUN_PAGES / page_name(answer.sample_id)
    write_text(page, render_run_page(answer))
    typer.echo(f"page: {page.absolute()}")


def export(
    to: Path | None = typer.Option(
        None, help="copy the bundle there: a folder, or an archive if it ends in .zip"
    ),
) -> None:
    """Make a model bundle of the trained families, for `ega predict --model`."""
    from pipeline import export as stage
    from pipeline.params import load_params
    from pipeline.prediction.copy_bundle import copy_bundle
    from pipeline.stage_runner import run_stage

    if to is not None and to.exists():
        raise typer.BadParameter(
            f"{to} exists, and nothing is overwritten; name another", param_hint="--to"
        )
    run_stage(stage.NAME, stage.run, load_params(paths.PARAMS))
    if to is not None:
        copy_bundle(paths.BUNDLE, to)
        typer.echo(f"model: {to.absolute()}")


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise typer.BadParameter(
            f"got {value!r}; expected {', '.join(allowed)}", param_hint=option
        )


def _programme(heating: str) -> HeatingProgramme | None:
    from pipeline.formats.heating import HeatingError, parse_heating

    try:
        return parse_heating(heating) if heating else None
    except HeatingError as error:
        raise typer.BadParameter(str(error), param_hint="--heating") from error


def _formats() -> FormatParams | None:
    """Return section formats of params.yaml, if there is one here."""
    from pipeline.params import load_params

    return load_params(paths.PARAMS).formats if paths.PARAMS.exists() else None
