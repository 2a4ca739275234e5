"""`python -m studies.synthetic_spectra`: one subcommand a stage."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import typer
from rich.console import Console

from pipeline.errors import EgaError
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
        from studies.synthetic_spectra.settings import load_settings

        settings = load_settings(params, budget)
        stage = importlib.import_module(f"studies.{paths.NAME}.{name}")
        stage.run(settings)

    app.command(name, help=STAGES[name])(command)


for _name in STAGES:
    _stage_command(_name)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    try:
        app()
    except EgaError as error:
        _fail(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(
            f"{where}{error.strerror or error}. Cure: free space or grant write "
            "access, then start again; finished work is kept."
        )


def _fail(message: str) -> None:
    Console(stderr=True, highlight=False, emoji=False).print(
        f"error: {message}", style="red", markup=False, soft_wrap=True
    )
    sys.exit(1)
