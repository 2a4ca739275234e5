"""Stage report: one page that needs nothing else, and the results as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.atomic import write_csv, write_text
from pipeline.report_page import environment
from studies.augmentation import paths
from studies.augmentation.report_figures import (
    band_figure,
    learning_figure,
    scores_figure,
    spectra_figure,
)
from studies.augmentation.score_tables import read_scores
from studies.augmentation.settings import Settings
from studies.augmentation.spectral_set import read_set
from studies.augmentation.statistics import BASELINE
from studies.augmentation.verdict import (
    MAIN,
    all_effects,
    classical_rows,
    confirmation_rows,
    meaning,
    of_networks,
    published_rows,
    question_rows,
    training_spectra,
    verdict_rows,
)
from studies.page_style import page_style
from studies.stage_files import read_arrays

TEMPLATES = Path(__file__).parent / "templates"
TITLES = {
    "simulated": "Ions in water, simulated",
    "corn": "Corn",
    "tablets": "Tablets",
    "diesel": "Diesel",
}


def run(settings: Settings) -> None:
    """Write the page, results.md and effects.csv.

    Raises
    ------
    EgaError
        An earlier stage has not run.
    """
    scores = read_scores(paths.COMPARED, "compare")
    searched = read_scores(paths.SEARCHED, "search")
    chosen = read_scores(paths.CHOSEN, "search")
    confirmed = read_scores(paths.CONFIRMED, "confirm")
    quality = read_scores(paths.QUALITY, "quality")
    table = all_effects(pl.concat([scores, confirmed]), settings)
    compared = table.filter(pl.col("phase") == "compare")
    main = of_networks(compared)
    cases = training_spectra(scores)
    content: dict[str, Any] = {
        "settings": settings,
        "titles": TITLES,
        "columns": MAIN,
        "verdict": verdict_rows(
            main,
            of_networks(table.filter(pl.col("phase") == "confirm")),
            chosen,
            cases,
        ),
        "published": published_rows(main, cases),
        "confirmation": confirmation_rows(confirmed, searched, chosen, settings),
        "candidates": [(n, meaning(n)) for n in settings.search.candidates],
        "questions": question_rows(main),
        "classical": classical_rows(scores, compared),
        "classical_names": classical_names(scores),
        "analytes": analyte_rows(scores, compared),
        "sections": [
            section(name, scores, quality, settings) for name in settings.data.sets
        ],
        "looked_at": looked_at(main),
        "meanings": {
            name: meaning(name)
            for name in sorted({*scores["augmentation"], *quality["augmentation"]})
        },
        "style": page_style(TEMPLATES),
    }
    pages = environment(TEMPLATES)
    pages.filters["signed"] = signed
    write_csv(paths.EFFECTS, table)
    write_text(paths.PAGE, pages.get_template("page.html.j2").render(**content))
    write_text(paths.TABLE, pages.get_template("results.md.j2").render(**content))


def signed(value: float) -> str:
    """Return a change in percent, with its sign and two to three digits."""
    digits = 1 if abs(value) < 10 else 0
    text = f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")
    return "0" if float(f"{value:.{digits}f}") == 0 else text


def looked_at(main: pl.DataFrame) -> dict[str, int]:
    """Return how many effects the page shows, and how many chance alone would mark."""
    return {
        "effects": len(main),
        "by_chance": round(0.05 * len(main)),
        "helps": int((main["verdict"] == "helps").sum()),
        "harms": int((main["verdict"] == "harms").sum()),
    }


def classical_names(scores: pl.DataFrame) -> list[str]:
    """Return augmentations that were tried with classical regressors."""
    names = scores.filter(pl.col("regressor") != "networks")["augmentation"]
    return [name for name in dict.fromkeys(names) if name != BASELINE]


def analyte_rows(scores: pl.DataFrame, table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return errors of the baseline in units and effects of both pipelines."""
    rows = []
    plain = scores.filter(
        (pl.col("augmentation") == BASELINE) & (pl.col("regressor") == "networks")
    )
    by = ("data_set", "percent", "analyte")
    means = plain.group_by(*by, maintain_order=True).agg(
        pl.col("mae").fill_nan(None).mean(), pl.col("rmse").fill_nan(None).mean()
    )
    networks = table.filter(pl.col("regressor") == "networks")
    cells = {
        tuple(row[key] for key in (*by, "augmentation", "error")): row
        for row in networks.iter_rows(named=True)
    }
    for data_set, percent, analyte, mae, rmse in means.sort(
        "data_set", "percent", maintain_order=True
    ).iter_rows():
        key = (data_set, percent, analyte)
        rows.append(
            {
                "data_set": data_set,
                "percent": percent,
                "analyte": analyte,
                "mae": f"{mae:.3g}",
                "rmse": f"{rmse:.3g}",
                "cells": [
                    cells.get((*key, name, error))
                    for name in ("vae", "cvae")
                    for error in ("mae", "rmse")
                ],
            }
        )
    return rows


def section(
    name: str, scores: pl.DataFrame, quality: pl.DataFrame, settings: Settings
) -> dict[str, Any]:
    """Return what the page shows of one set: curves, measures, pictures."""
    spectra = read_set(paths.set_file(name))
    measures = quality.filter(pl.col("data_set") == name)
    pictures = read_arrays(paths.pictures_file(name), f"{paths.NAME} quality")
    return {
        "name": name,
        "title": TITLES[name],
        "spectra": len(spectra),
        "channels": len(spectra.wavelength_nm),
        "range": f"{spectra.wavelength_nm[0]:g} to {spectra.wavelength_nm[-1]:g} nm",
        "analytes": ", ".join(spectra.analytes),
        "curves": learning_figure(relative_errors(name, scores)),
        "quality": [
            {"name": augmentation}
            | dict(
                measures.filter(pl.col("augmentation") == augmentation)
                .select("measure", "value")
                .iter_rows()
            )
            for augmentation in settings.quality.augmentations
        ],
        "pictures": [
            pictures_of(augmentation, pictures)
            for augmentation in settings.quality.augmentations
        ],
    }


def relative_errors(
    name: str, scores: pl.DataFrame
) -> dict[str, list[tuple[int, float]]]:
    """Return (training spectra, RMSE over standard deviation of values) by size.

    The geometric mean over analytes, folds and repeats.
    """
    spectra = read_set(paths.set_file(name))
    deviation = dict(
        zip(spectra.analytes, np.nanstd(spectra.concentrations, axis=0), strict=True)
    )
    rows = training_spectra(scores)
    of_set = scores.filter(
        (pl.col("data_set") == name)
        & (pl.col("regressor") == "networks")
        & pl.col("augmentation").is_in([BASELINE, *MAIN])
        & pl.col("rmse").is_finite()
    ).with_columns(
        (
            pl.col("rmse").log()
            - pl.col("analyte").replace_strict(deviation, return_dtype=pl.Float64).log()
        ).alias("relative")
    )
    means = of_set.group_by("augmentation", "percent", maintain_order=True).agg(
        pl.col("relative").mean().exp()
    )
    curves: dict[str, list[tuple[int, float]]] = {}
    for augmentation, percent, error in means.iter_rows():
        curves.setdefault(augmentation, []).append((rows[(name, percent)], error))
    return curves


def pictures_of(name: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return three pictures of an augmentation."""
    wavelength_nm = arrays["wavelength_nm"]
    return {
        "name": name,
        "bands": band_figure(
            wavelength_nm,
            (arrays["mean"], arrays["deviation"]),
            (arrays[f"{name}:mean"], arrays[f"{name}:deviation"]),
        ),
        "spectra": spectra_figure(
            wavelength_nm, arrays["spectra"], arrays[f"{name}:spectra"]
        ),
        "scores": scores_figure(arrays["scores"], arrays[f"{name}:scores"]),
    }
