"""The `ega` command: one subcommand a stage, each reads params.yaml."""

from __future__ import annotations

import importlib
from pathlib import Path

import typer

from pipeline import data_commands, paths, predict_commands
from pipeline.command_line import run_app

app = typer.Typer(
    help="Evolved gas analysis mass spectrometry: from raw runs to probabilities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

STAGES = {
    "simulate": "Write the embedded data set: simulated runs.",
    "bin": "Read every run of data.root and bin it by m/z and temperature.",
    "featurize": "Compute named features of every run and of augmented copies.",
    "duplicates": "Find runs that are the same, or nearly so.",
    "fold": "Draw outer and inner folds.",
    "gbt": "Train the LightGBM family under nested cross-validation.",
    "linear": "Train the logistic regression under nested cross-validation.",
    "kernel": "Train logistic regression on the similarity to training runs.",
    "conv": "Train networks along temperature, then across m/z.",
    "sequence": "Train networks that read runs over temperature.",
    "soup": "Train weight soups of perceptrons on the features.",
    "stack": "Blend the families.",
    "evaluate": "Score every family and the blend.",
    "ablate": "Score the blends of some families, and calibration.",
    "model_card": "Write the model card.",
    "export": "Make a model bundle of the trained families.",
    "pages": "Write a page for each of the runs that are misjudged most.",
    "report": "Write the pages on ions and on the blend.",
    "submit": "Write the submission file and check it.",
}
# not part of the chain: nothing reads what they write
STUDIES = {
    "sam_transfer": "Measure what carries over from commercial to SAM runs.",
}


def _stage_command(name: str) -> None:
    def command() -> None:
        # imported on demand, so that `ega --help` is quick
        from pipeline.params import load_params
        from pipeline.stage_runner import run_stage

        stage = importlib.import_module(f"pipeline.{name}")
        run_stage(name, stage.run, load_params(paths.PARAMS))

    app.command(name, help=(STAGES | STUDIES)[name])(command)


for _name in (*STAGES, *STUDIES):
    if _name != "export":  # it has an option
        _stage_command(_name)


app.command(help="Make a data folder of CSV, mzML or ANDI-MS files.")(
    data_commands.convert
)
app.command(help="List everything that is wrong with a data folder.")(
    data_commands.validate
)
app.command(help="Say which compounds runs hold.")(predict_commands.predict)
app.command(help="Show one run with all that speaks for and against each compound.")(
    predict_commands.inspect
)
app.command(help=STAGES["export"])(predict_commands.export)


@app.command(help="Set data.root and budget in params.yaml; nothing else changes.")
def configure(
    data: str = typer.Option("", help="data folder in the organisers' layout"),
    budget: str = typer.Option("", help="a budget of params.yaml: quick or full"),
) -> None:
    """Edit the two keys in place, keeping comments and layout."""
    from pipeline.configure import set_params

    set_params(paths.PARAMS, data=data, budget=budget)


@app.command("plots-page", help="Write the offline page of `dvc plots show`.")
def plots_page() -> None:
    """Write the template that .dvc/config names."""
    from pipeline.plots_page import write_plots_page

    write_plots_page()


@app.command(help="Check the submission against the template; exit 1 if it fails.")
def check(
    submission: Path = typer.Argument(paths.SUBMISSION, help="the file to check"),
) -> None:
    """Say what is wrong with a submission file, or where it lies."""
    from pipeline.params import load_params
    from pipeline.submission_check import check_submission

    params = load_params(paths.PARAMS)
    check_submission(submission, params)
    typer.echo(f"submission ready: {submission}")


def main() -> None:
    """Run the command; expected failures end with a message and exit code 1."""
    run_app(app)
