"""`python -m studies.raman_transfer`: one subcommand a stage."""

from __future__ import annotations

import importlib
from pathlib import Path

import typer

from pipeline.command_line import run_app
from studies.raman_transfer import paths

app = typer.Typer(
    help="Concentrations from Raman spectra, from instruments to a plate reader.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

STAGES = {
    "simulate": "Write the embedded data set: three instruments and a plate.",
    "prepare": "Read all files, find the plate's axis, bring all on one grid.",
    "compare": "Score methods within and across instruments and on the plate.",
    "predict": "Cross-validate the plate model; predict the unlabelled samples.",
    "report": "Write the page.",
}


def _stage_command(name: str) -> None:
    def command(
        params: Path = typer.Option(paths.PARAMS, help="settings to use"),
        data: str = typer.Option("", help="data folder; goes before data.folder"),
    ) -> None:
        # imported on demand, so that --help is quick
        from studies.raman_transfer.settings import load_study_settings

        settings = load_study_settings(params, data)
        importlib.import_module(f"studies.{paths.NAME}.{name}").run(settings)

    app.command(name, help=STAGES[name])(command)


for _name in STAGES:
    _stage_command(_name)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
