"""`python -m studies.raman_transfer`: one subcommand a stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import typer

from pipeline.command_line import run_app
from studies.commands import run_stage, study_app
from studies.raman_transfer import paths

STAGES = {
    "simulate": "Write the embedded data set: three instruments and a plate.",
    "prepare": "Read all files, find the plate's axis, bring all on one grid.",
    "compare": "Score methods within and across instruments and on the plate.",
    "predict": "Cross-validate the plate model; predict the unlabelled samples.",
    "report": "Write the page.",
}


def _command(stage: str) -> Callable[..., None]:
    def command(
        params: Path = typer.Option(paths.PARAMS, help="settings to use"),
        data: str = typer.Option("", help="data folder; goes before data.folder"),
    ) -> None:
        # imported on demand, so that --help is quick
        from studies.raman_transfer.settings import load_study_settings

        settings = load_study_settings(params, data)
        run_stage(paths.NAME, stage, settings)

    return command


app = study_app(
    "Concentrations from Raman spectra, from instruments to a plate reader.",
    STAGES,
    _command,
)


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
