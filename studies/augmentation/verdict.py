"""The answers: effects by set, size and augmentation, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from studies.augmentation.augmentations import AUGMENTATIONS
from studies.augmentation.settings import Settings
from studies.augmentation.statistics import BASELINE, effects, holm, log_ratios

CASE = ("data_set", "percent")
# columns of the verdict
MAIN = ("longer", "noise", "interpolation", "vae", "cvae")
PUBLISHED = {"vae": "unclear", "cvae": "harms"}
ERRORS = ("rmse", "mae")


def all_effects(scores: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return effects of every augmentation, over analytes together and one by one.

    Column `analyte` is "all" where the mean of log ratios runs over analytes; column
    `error` is rmse or mae.
    """
    ratio = overlap(settings)
    tables = []
    for error in ERRORS:
        ratios = log_ratios(scores, error)
        if not len(ratios):
            continue
        together = ratios.with_columns(pl.lit("all").alias("analyte"))
        both = pl.concat([together, ratios])
        by = ("phase", "regressor", *CASE, "augmentation", "analyte")
        found = effects(both, by, ratio)
        tables.append(found.with_columns(pl.lit(error).alias("error")))
    return pl.concat(tables)


def overlap(settings: Settings) -> float:
    """Return spectra of a test fold over those of its training folds.

    That of the whole set, for all sizes: smaller training sets overlap less, so that
    their intervals are rather too wide.
    """
    return 1 / (settings.compare.folds - 1)


def of_networks(table: pl.DataFrame) -> pl.DataFrame:
    """Return the effects on the RMSE of networks, analytes together."""
    return table.filter(
        (pl.col("regressor") == "networks")
        & (pl.col("analyte") == "all")
        & (pl.col("error") == "rmse")
    )


def verdict_rows(
    compared: pl.DataFrame,
    confirmed: pl.DataFrame,
    chosen: pl.DataFrame,
    rows: dict[tuple[str, int], int],
) -> list[dict[str, Any]]:
    """Return a row for each set and size: a cell for each of MAIN, and what was found.

    Parameters
    ----------
    compared, confirmed : DataFrame
        Of `of_networks`.
    chosen : DataFrame
        Of stage search.
    rows : dict
        (set, percent) -> number of training spectra.
    """
    cells = _by_case(compared)
    found = {
        (data_set, percent): (name, cell)
        for data_set, percent, name, cell in _cells(
            confirmed.join(
                chosen.select(*CASE, "augmentation"),
                on=[*CASE, "augmentation"],
                how="semi",
            )
        )
    }
    return [
        {
            "data_set": data_set,
            "percent": percent,
            "rows": count,
            "cells": [cells.get((data_set, percent, name)) for name in MAIN],
            "found": found.get((data_set, percent)),
        }
        for (data_set, percent), count in rows.items()
    ]


def confirmation_rows(
    scores: pl.DataFrame,
    searched: pl.DataFrame,
    chosen: pl.DataFrame,
    settings: Settings,
) -> list[dict[str, Any]]:
    """Return what was chosen, and how it did on folds that the search had not seen.

    Against the baseline and against the same compute without generated spectra; p is
    adjusted for all sets and sizes (Holm).
    """
    ratio = overlap(settings)
    by = (*CASE, "augmentation")
    control = settings.search.control
    before = _by_case(effects(log_ratios(searched, "rmse"), by, ratio))
    against = _by_case(effects(log_ratios(scores, "rmse"), by, ratio))
    same = _by_case(effects(log_ratios(scores, "rmse", control), by, ratio))
    rows = []
    for data_set, percent, name in chosen.select(*by).iter_rows():
        key = (data_set, percent, name)
        if key not in against:
            continue
        rows.append(
            {
                "data_set": data_set,
                "percent": percent,
                "name": name,
                "searched": before[key],
                "confirmed": against[key],
                "same_compute": same[key],
                "control": against[(data_set, percent, control)],
            }
        )
    if rows:
        for which in ("confirmed", "same_compute"):
            adjusted = holm(np.array([row[which]["p"] for row in rows]))
            for row, p in zip(rows, adjusted, strict=True):
                row[which] = row[which] | {"holm": float(p)}
    return rows


def published_rows(
    compared: pl.DataFrame, cases: Iterable[tuple[str, int]]
) -> list[dict[str, Any]]:
    """Return, for both published pipelines, what was found beside what is published."""
    cells = _by_case(compared)
    return [
        {
            "name": name,
            "data_set": data_set,
            "percent": percent,
            "cell": cells[data_set, percent, name],
            "agrees": cells[data_set, percent, name]["verdict"] == expected,
        }
        for name, expected in PUBLISHED.items()
        for data_set, percent in cases
        if (data_set, percent, name) in cells
    ]


def question_rows(compared: pl.DataFrame) -> list[dict[str, Any]]:
    """Return effects of variants of both autoencoders, question by question."""
    cells = _by_case(compared)
    cases = sorted({(d, p) for d, p, name in cells if name in _variants()})
    rows = []
    for question, names in QUESTIONS.items():
        for name in names:
            found = [cells.get((*case, name)) for case in cases]
            if any(found):
                rows.append({"question": question, "name": name, "cells": found})
    return [{"cases": cases, "rows": rows}]


QUESTIONS = {
    "latent sampling": ("vae", "vae_same", "vae_uniform", "vae_inverted"),
    "concentration sets": ("cvae", "cvae_resampled", "cvae_joint"),
    "weight of the divergence": (
        "vae_kl_0",
        "vae_kl_0.01",
        "vae_kl_0.1",
        "vae_kl_mean",
        "cvae_kl_0.01",
        "cvae_kl_0.1",
    ),
    "latent size": ("vae_latent_4", "vae_latent_16", "cvae_latent_4"),
    "generated spectra": ("vae_x4", "cvae_x4"),
}


def _variants() -> set[str]:
    return {n for names in QUESTIONS.values() for n in names} - {"vae", "cvae"}


def classical_rows(scores: pl.DataFrame, table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return mean errors of every regressor alone, and effects on the classical ones.

    The error is the RMSE of a regressor on real spectra over that of the networks.
    """
    of_all = table.filter((pl.col("analyte") == "all") & (pl.col("error") == "rmse"))
    plain = scores.filter(pl.col("augmentation") == BASELINE)
    key = [*CASE, "repeat", "fold", "analyte"]
    networks = plain.filter(pl.col("regressor") == "networks").select(
        *key, pl.col("rmse").alias("of_networks")
    )
    rows = []
    for regressor in ("pls", "gp"):
        beside = plain.filter(pl.col("regressor") == regressor).join(networks, on=key)
        usable = beside.filter(
            pl.col("rmse").is_finite() & pl.col("of_networks").is_finite()
        )
        ratio = usable.group_by(*CASE, maintain_order=True).agg(
            (pl.col("rmse").log() - pl.col("of_networks").log()).mean().alias("ratio")
        )
        for data_set, percent, log_ratio in ratio.iter_rows():
            own = of_all.filter(
                (pl.col("regressor") == regressor)
                & (pl.col("data_set") == data_set)
                & (pl.col("percent") == percent)
            )
            rows.append(
                {
                    "regressor": regressor,
                    "data_set": data_set,
                    "percent": percent,
                    "beside_networks": 100 * float(np.expm1(log_ratio)),
                    "cells": {name: cell for _, _, name, cell in _cells(own)},
                }
            )
    return rows


def training_spectra(scores: pl.DataFrame) -> dict[tuple[str, int], int]:
    """Return the most training spectra that any analyte has, by set and percentage."""
    most = scores.group_by(*CASE, maintain_order=True).agg(pl.col("train_rows").max())
    order = {name: place for place, name in enumerate(dict.fromkeys(most["data_set"]))}
    return dict(
        sorted(
            (((d, p), int(n)) for d, p, n in most.iter_rows()),
            key=lambda item: (order[item[0][0]], item[0][1]),
        )
    )


def meaning(name: str) -> str:
    """Return an augmentation in words."""
    what = AUGMENTATIONS[name]
    if what.source == "none":
        return f"{what.epochs_factor} times the epochs, no generated spectra"
    words = {
        "noise": "real spectra with noise",
        "interpolation": "between near neighbours",
        "combinations": "combinations of all differences from the mean",
        "gaussian": "linear in the concentrations, plus residuals",
        "vae": f"autoencoder, {what.sampling} sampling",
        "cvae": f"conditional autoencoder, {what.sampling} sampling",
    }[what.source]
    parts = [words]
    if what.source in ("vae", "cvae"):
        weight = "channels" if what.kl_weight < 0 else f"{what.kl_weight:g}"
        parts.append(f"latent {what.latent}, divergence x {weight}")
    if what.source in ("cvae", "gaussian"):
        parts.append(f"concentrations: {what.concentrations}")
    labels = {
        "own": "own labels",
        "networks": "labels of the networks",
        "pls": "labels of partial least squares",
        "gp": "labels of a Gaussian process",
    }
    parts.append(labels[what.labels])
    parts.append(f"{what.times} for each real spectrum")
    return "; ".join(parts)


def _cells(table: pl.DataFrame) -> list[tuple[str, int, str, dict[str, Any]]]:
    return [
        (row["data_set"], row["percent"], row["augmentation"], row)
        for row in table.iter_rows(named=True)
    ]


def _by_case(table: pl.DataFrame) -> dict[tuple[str, int, str], dict[str, Any]]:
    return {(d, p, name): cell for d, p, name, cell in _cells(table)}
