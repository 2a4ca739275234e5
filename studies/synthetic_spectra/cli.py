"""`python -m studies.synthetic_spectra`: one subcommand a stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from pipeline.command_line import run_app
from studies.commands import run_stage, study_app
from studies.synthetic_spectra import paths

STAGES = {
    "generate": "Read or simulate the classes, digest the spectra.",
    "train": "Train every network on every data set, seed by seed.",
    "evaluate": "Score the test spectra, once for each training.",
    "report": "Write the page: results beside the published ones, mistakes, causes.",
}


def _command(stage: str) -> Callable[..., None]:
    def command(
        params: Path = typer.Option(paths.PARAMS, help="settings to use"),
        budget: str = typer.Option("", help="a budget of the settings, for this call"),
    ) -> None:
        # imported on demand, so that --help is quick
        from pipeline.settings_file import load_settings
        from studies.synthetic_spectra.settings import Settings

        settings = load_settings(Settings, params, budget)
        run_stage(paths.NAME, stage, settings)

    return command


app = study_app(
    "Universal synthetic spectra: eight published networks and one of our own.",
    STAGES,
    _command,
)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
