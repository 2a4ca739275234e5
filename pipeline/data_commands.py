"""The commands `ega convert` and `ega validate`."""

from __future__ import annotations

from pathlib import Path

import typer

from pipeline import paths

_FORMATS = ("table", "json", "csv")


def convert(
    inputs: list[Path] = typer.Argument(
        ..., metavar="INPUT...", help="CSV, mzML or ANDI-MS files, or folders of them"
    ),
    to: Path = typer.Option(..., help="the data folder to make"),
    heating: str = typer.Option(
        "", help='where files have no temperature: "25:10/min:300, 300:35/min"'
    ),
    instrument: str = typer.Option(
        "commercial", help="commercial, sam_testbed or a name of your own"
    ),
    labels: Path | None = typer.Option(
        None, help="CSV with sample_id and a 0/1 column a compound: runs to train on"
    ),
) -> None:
    """Convert instrument files; exit 1 if one failed, with the others done."""
    from pipeline.convert import ConvertOptions, convert_files
    from pipeline.convert_report import print_report
    from pipeline.formats.heating import HeatingError, parse_heating
    from pipeline.params import load_params

    if to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise typer.BadParameter(
            f"{to} exists, and nothing is overwritten; name a folder that does not",
            param_hint="--to",
        )
    if not instrument.strip():
        raise typer.BadParameter(
            "got nothing; expected a name", param_hint="--instrument"
        )
    try:
        programme = parse_heating(heating) if heating else None
    except HeatingError as error:
        raise typer.BadParameter(str(error), param_hint="--heating") from error
    params = load_params(paths.PARAMS)
    options = ConvertOptions(instrument.strip(), programme, labels)
    results, label_faults = convert_files(inputs, to, options, params)
    if not results:
        raise typer.BadParameter("no instrument file there", param_hint="INPUT")
    print_report(results, label_faults, to)
    if label_faults or any(result.faults for result in results):
        raise typer.Exit(1)


def validate(
    folder: Path = typer.Argument(..., help="data folder in the organisers' layout"),
    form: str = typer.Option(
        "table", "--format", help=" | ".join(_FORMATS), metavar="FORMAT"
    ),
) -> None:
    """List everything that is wrong with a data folder; exit 1 if anything is."""
    from pipeline.fault_table import TableFormat, print_faults
    from pipeline.params import load_params
    from pipeline.validate import validate_folder

    if form not in _FORMATS:
        raise typer.BadParameter(
            f"got {form!r}; expected {', '.join(_FORMATS)}", param_hint="--format"
        )
    faults, runs = validate_folder(folder, load_params(paths.PARAMS))
    if faults or form != "table":
        print_faults(faults, TableFormat(form), folder)
    found = f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}"
    text = f"{found} in {folder}" if faults else f"nothing wrong: {runs} runs"
    typer.echo(text, err=bool(faults) or form != "table")
    if faults:
        raise typer.Exit(1)
