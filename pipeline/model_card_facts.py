"""The numbers of the model card, as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline import paths
from pipeline.artifacts import read_csv, read_parquet
from pipeline.ensemble_words import FAMILY_WORDS, signed, system_words
from pipeline.evaluation_content import TEXT, WEIGHTS
from pipeline.evaluation_scores import (
    ROLE,
    instrument_rows,
    ordered_systems,
    scores_of,
)
from pipeline.report_scores import BASELINE, MISSING, Score, score
from pipeline.report_words import label_words
from pipeline.stack import FAMILIES, NAME

# middle share of runs between these quantiles
QUANTILES = (0.05, 0.95)


def ranges(training: pl.DataFrame) -> dict[str, str]:
    """Return the middle 90 % of each fact of the runs, as it is printed."""
    columns = {
        "low": "temperature_low_celsius",
        "high": "temperature_high_celsius",
        "heating": "heating_rate_celsius_per_minute",
        "ions": "ion_count",
    }
    found = {}
    for name, column in columns.items():
        values = training[column].cast(pl.Float64).fill_nan(None)
        ends = [values.quantile(q, "nearest") for q in QUANTILES]
        texts = [MISSING if end is None else signed(end, 0) for end in ends]
        found[name] = texts[0] if texts[0] == texts[1] else " to ".join(texts)
    return found


def instrument_facts(
    metrics: Any, runs: pl.DataFrame, minimum_runs: int
) -> list[dict[str, Any]]:
    """Return runs and scores of each instrument, the most labelled runs first."""
    scored = {row["name"]: row for row in instrument_rows(metrics, minimum_runs)}
    rows = []
    for (name,), part in runs.group_by("instrument_type"):
        found = scored.get(str(name), {})
        own = int((part["role"] == "train").sum())
        rows.append(
            {
                "name": str(name),
                "training": own,
                "others": len(part) - own,
                "few": own < minimum_runs,
                "log_loss": precise(found["scores"]["log_loss"]) if found else MISSING,
                "baseline": found.get("baseline", MISSING),
            }
        )
    return sorted(rows, key=lambda row: (-row["training"], row["name"]))


def label_facts(
    metrics: Any, labels: Sequence[str], n_training: int
) -> list[dict[str, Any]]:
    """Return prevalence, scores and calibration of each label."""
    lines = {
        row["label"]: row
        for row in read_csv(paths.LABEL_CALIBRATION, text=TEXT).to_dicts()
    }
    rows = []
    for label in labels:
        line, scores = lines[label], scores_of(metrics, "by_label", ROLE, NAME, label)
        baseline = score(metrics, "by_label", ROLE, BASELINE, label, name="log_loss")
        ends = [signed(line[f"slope{end}"], 2) for end in ("", "_low", "_high")]
        said, found = (100 * line[name] for name in ("predicted", "observed"))
        rows.append(
            {
                "name": label_words(label),
                "positives": line["positives"],
                "share": f"{100 * line['positives'] / n_training:.1f} %",
                "log_loss": precise(scores["log_loss"]),
                "baseline": str(baseline),
                "auc": str(scores["auc"]),
                "slope": f"{ends[0]} ({ends[1]} to {ends[2]})"
                if line["slope"] is not None
                else MISSING,
                "said_found": f"{said:.1f} %, {found:.1f} %",
            }
        )
    return rows


def family_facts() -> list[dict[str, str]]:
    """Return what each family is, with its mean weight over labels."""
    weights = read_parquet(WEIGHTS)
    means = dict(weights.group_by("family").agg(pl.col("weight").mean()).iter_rows())
    return [
        {
            "name": name,
            "words": FAMILY_WORDS.get(name, name),
            "weight": f"{means[name]:.2f}",
        }
        for name in FAMILIES
        if name in means
    ]


def system_facts(metrics: Any) -> list[dict[str, Any]]:
    """Return scores of prevalence, families and blend, as they are printed."""
    return [
        {
            "name": "training prevalence" if name == BASELINE else system_words(name),
            "scores": [
                precise(value) if metric == "log_loss" else str(value)
                for metric, value in scores_of(metrics, ROLE, name).items()
            ],
        }
        for name in (BASELINE, *ordered_systems(metrics))
    ]


def precise(value: Score) -> str:
    """Return a log-loss with its interval."""
    return f"{value} ({value.interval})" if value.interval else str(value)
