"""Stage report: one page that needs nothing else, and the results as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.atomic import write_text
from pipeline.errors import EgaError
from pipeline.report_page import environment
from studies.page_style import page_style
from studies.stage_files import read_table
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.best_possible import best_accuracy
from studies.synthetic_spectra.cells import Cell
from studies.synthetic_spectra.figures import MOST_CLASSES
from studies.synthetic_spectra.generate import spectra_of, variation_of
from studies.synthetic_spectra.ledger import read_ledger
from studies.synthetic_spectra.mistakes import KINDS
from studies.synthetic_spectra.report_content import (
    confusion_rows,
    example_rows,
    kind_rows,
    network_panels,
    network_rows,
)
from studies.synthetic_spectra.set_arrays import load_classes
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses
from studies.synthetic_spectra.training_files import Record, trained_cells

TEMPLATES = Path(__file__).parent / "templates"
TITLES = {
    "simulated": "Embedded classes",
    "challenge": "Challenge set: 27 classes made to be confused",
    "general": "General set: 500 classes",
}
# of the class files
USUAL_POINTS = 5000


def run(settings: Settings) -> None:
    """Write reports/synthetic_spectra/index.html and results.md.

    Raises
    ------
    EgaError
        An earlier stage has not run.
    """
    scored = f"{paths.NAME} evaluate"
    scores = read_table(paths.SCORES, scored, text=("data_set", "network", "weights"))
    errors = read_table(paths.ERRORS, scored, text=("data_set", "network", "kind"))
    records = trained_cells(settings)
    check_scores(scores, records)
    sections = [
        section(name, scores, errors, records, settings)
        for name in settings.generate.sets
        if name in scores["data_set"]
    ]
    twice = [s for s in read_ledger(paths.LEDGER) if s.scoring > 1]
    content = {
        "sections": sections,
        "kinds": KINDS,
        "twice": twice,
        "untrained_sets": [
            TITLES[name]
            for name in settings.generate.sets
            if name not in scores["data_set"]
        ],
        "settings": settings,
        "style": page_style(TEMPLATES),
    }
    write_text(
        paths.PAGE,
        environment(TEMPLATES).get_template("page.html.j2").render(**content),
    )
    write_text(paths.TABLE, markdown(sections))


def check_scores(scores: pl.DataFrame, records: dict[Cell, Record]) -> None:
    """Compare the scores with the trainings that there are.

    Raises
    ------
    EgaError
        Something else was scored.
    """
    columns = ("data_set", "network", "seed", "weights")
    scored = set(scores.select(columns).iter_rows()) if "weights" in scores else set()
    trained = {(c.data_set, c.network, c.seed, r.weights) for c, r in records.items()}
    if scored != trained:
        command = f"python -m studies.{paths.NAME} evaluate"
        raise EgaError(
            f"{paths.SCORES}: got scores of {len(scored)} trainings; expected those of "
            f"the {len(trained)} that stage train has written. Cure: {command}"
        )


def section(
    name: str,
    scores: pl.DataFrame,
    errors: pl.DataFrame,
    records: dict[Cell, Record],
    settings: Settings,
) -> dict[str, Any]:
    """Return what the page shows of one data set."""
    classes = load_classes(name, settings)
    of_set = scores.filter(pl.col("data_set") == name)
    wrong = errors.filter(pl.col("data_set") == name)
    return {
        "name": name,
        "title": TITLES[name],
        "classes": len(classes),
        "spectra": of_set["spectra"].item(0),
        "best": best_possible(name, classes, settings),
        "networks": network_rows(of_set, records, classes, settings.train.seeds),
        "untrained": [
            network
            for network in settings.train.networks
            if network not in of_set["network"]
        ],
        "kinds": kind_rows(of_set, wrong),
        "confusions": confusion_rows(wrong, settings.report.confusions),
        "panels": network_panels(name, of_set, wrong, len(classes)),
        "examples": example_rows(name, wrong, settings),
    }


def best_possible(
    name: str, classes: SpectrumClasses, settings: Settings
) -> float | None:
    """Return the best possible validation accuracy, or None where it is not known.

    It is not for many classes, since it takes long, nor for another axis, on which
    peaks have other limits.
    """
    if len(classes) > MOST_CLASSES or settings.extras.points != USUAL_POINTS:
        return None
    spectra = spectra_of(name, classes, settings.generate)["validation"]
    return best_accuracy(spectra, classes, variation_of(name, settings.generate))


def markdown(sections: list[dict[str, Any]]) -> str:
    """Return the tables of results in Markdown."""
    parts = ["# Universal synthetic spectra: results\n"]
    for part in sections:
        parts.append(f"## {part['title']} ({part['spectra']} test spectra)\n")
        parts.append(
            "| network | seeds | errors: least / mean / most | accuracy, median | "
            "published | MFLOP | parameters | seconds |\n" + "|---" * 8 + "|"
        )
        parts += [
            f"| {row['name']} | {row['seeds']} | {row['errors']} | {row['accuracy']} "
            f"| {row['published']} | {row['mflop']} | {row['parameters']} "
            f"| {row['seconds']} |"
            for row in part["networks"]
        ]
        if part["untrained"]:
            parts.append(f"\nNot trained yet: {', '.join(part['untrained'])}.")
        parts.append("")
    return "\n".join(parts)
