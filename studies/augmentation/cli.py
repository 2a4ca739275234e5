"""`python -m studies.augmentation`: one subcommand a stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from pipeline.command_line import run_app
from studies.augmentation import paths
from studies.commands import run_stage, study_app

STAGES = {
    "prepare": "Simulate the ions in water, read the real sets.",
    "compare": "Train regressors with and without generated spectra.",
    "search": "Look for a setting that helps, on the first folds.",
    "confirm": "Try what was found on the other folds.",
    "quality": "Compare generated with real spectra.",
    "report": "Write the page with the verdict.",
}


def _command(stage: str) -> Callable[..., None]:
    def command(
        params: Path = typer.Option(paths.PARAMS, help="settings to use"),
        budget: str = typer.Option("", help="a budget of the settings, for this call"),
        nir: str = typer.Option("", help="folder of the real sets, for this call"),
    ) -> None:
        # imported on demand, so that --help is quick
        from pipeline.settings_file import load_settings
        from studies.augmentation.settings import Settings

        settings = load_settings(Settings, params, budget)
        if nir:
            settings = settings.with_folder(Path(nir))
        run_stage(paths.NAME, stage, settings)

    return command


app = study_app(
    "Do generated spectra help small regression networks?", STAGES, _command
)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
