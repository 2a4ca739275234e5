"""What the commands of all studies share: one subcommand a stage."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import typer


def study_app(
    text: str, stages: Mapping[str, str], command: Callable[[str], Callable[..., None]]
) -> typer.Typer:
    """Return the application of a study.

    Parameters
    ----------
    stages : mapping
        Names of stages and what they do, in their order.
    command : callable
        Returns the function behind the subcommand of a stage.
    """
    app = typer.Typer(
        help=text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for stage, does in stages.items():
        app.command(stage, help=does)(command(stage))
    return app


def run_stage(study: str, stage: str, settings: Any) -> None:
    """Run a stage; it is imported on demand, so that --help is quick."""
    importlib.import_module(f"studies.{study}.{stage}").run(settings)
