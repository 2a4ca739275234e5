"""`python -m studies.augmentation`: one subcommand a stage."""

from __future__ import annotations

import importlib
from pathlib import Path

import typer

from pipeline.command_line import run_app
from studies.augmentation import paths

app = typer.Typer(
    help="Do generated spectra help small regression networks?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

STAGES = {
    "prepare": "Simulate the ions in water, read the real sets.",
    "compare": "Train regressors with and without generated spectra.",
    "search": "Look for a setting that helps, on the first folds.",
    "confirm": "Try what was found on the other folds.",
    "quality": "Compare generated with real spectra.",
    "report": "Write the page with the verdict.",
}


def _stage_command(name: str) -> None:
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
        stage = importlib.import_module(f"studies.{paths.NAME}.{name}")
        stage.run(settings)

    app.command(name, help=STAGES[name])(command)


for _name in STAGES:
    _stage_command(_name)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
