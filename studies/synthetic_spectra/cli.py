"""`python -m studies.synthetic_spectra`: one subcommand a stage."""

from __future__ import annotations

import importlib
from pathlib import Path

import typer

from pipeline.command_line import run_app
from studies.synthetic_spectra import paths

app = typer.Typer(
    help="Universal synthetic spectra: eight published networks and one of our own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

STAGES = {
    "generate": "Read or simulate the classes, digest the spectra.",
    "train": "Train every network on every data set, seed by seed.",
    "evaluate": "Score the test spectra, once for each training.",
    "report": "Write the page: results beside the published ones, mistakes, causes.",
}


def _stage_command(name: str) -> None:
    def command(
        params: Path = typer.Option(paths.PARAMS, help="settings to use"),
        budget: str = typer.Option("", help="a budget of the settings, for this call"),
    ) -> None:
        # imported on demand, so that --help is quick
        from pipeline.settings_file import load_settings
        from studies.synthetic_spectra.settings import Settings

        settings = load_settings(Settings, params, budget)
        stage = importlib.import_module(f"studies.{paths.NAME}.{name}")
        stage.run(settings)

    app.command(name, help=STAGES[name])(command)


for _name in STAGES:
    _stage_command(_name)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
