"""The tables of hard runs as the evaluation page prints them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.evaluation_figures import strip
from pipeline.hard_words import (
    MARK_RULES,
    PATTERN_RULES,
    mark_words,
    marks_of,
    pattern_words,
    percent,
    unbroken,
)
from pipeline.report_scores import MISSING
from pipeline.report_words import label_words
from pipeline.run_links import RunLinks

# rows of the table of runs; the CSV has all
RUNS_SHOWN = 20
# decisions shown of each compound
OF_LABEL = 10


def reason_rows(reasons: pl.DataFrame, kind: str) -> list[dict[str, Any]]:
    """Return the rows of the table of patterns or marks; marks by how many they hold.

    A mark is `sure` if the interval of its ratio leaves out 1.
    """
    rules = PATTERN_RULES if kind == "pattern" else MARK_RULES
    rows = [
        {
            "id": row["reason"],
            "name": rules[row["reason"]][0],
            "rule": rules[row["reason"]][1],
            "decisions": f"{row['decisions']:,}",
            "misjudged": f"{row['misjudged']:,}",
            "missed": f"{row['missed']:,}",
            "false_alarms": f"{row['misjudged'] - row['missed']:,}",
            "misjudged_share": _whole(row["misjudged_share"]),
            "meter": round(100 * (row["misjudged_share"] or 0)),
            "loss_share": _whole(row["loss_share"]),
            "rate": _rate(row["rate"]),
            "rate_otherwise": _rate(row["rate_otherwise"]),
            **_ratio(row),
        }
        for row in reasons.filter(pl.col("kind") == kind).iter_rows(named=True)
        if row["decisions"]
    ]
    return rows


def _ratio(row: dict[str, Any]) -> dict[str, Any]:
    if row["ratio"] is None or row["ratio_low"] is None:
        return {"ratio": MISSING, "ratio_interval": "", "tone": "unsure"}
    tone = "unsure"
    if row["ratio_low"] > 1:
        tone = "worse"
    elif row["ratio_high"] < 1:
        tone = "better"
    return {
        "ratio": _factor(row["ratio"]),
        "ratio_interval": f"{_factor(row['ratio_low'])}–{_factor(row['ratio_high'])}",
        "tone": tone,
    }


def decision_rows(
    hard: pl.DataFrame, families: Sequence[str], labels: Sequence[str], links: RunLinks
) -> list[dict[str, Any]]:
    """Return the misjudged decisions of largest loss of each compound, largest first.

    `label` is the compound's place in `labels`, which the page's script filters by.
    """
    shown = hard.filter((pl.col("misjudged") == 1) & (pl.col("rank") <= OF_LABEL))
    ordered = shown.sort(
        "log_loss", "sample_id", "label", descending=[True, False, False]
    )
    return [
        {
            "run": row["sample_id"],
            "link": links.to(row["sample_id"]),
            "label": labels.index(row["label"]),
            "compound": label_words(row["label"]),
            "truth": "present" if row["truth"] else "absent",
            "probability": percent(row["probability"]),
            "loss": f"{row['log_loss']:.2f}",
            "strip": strip(row["probability"], {name: row[name] for name in families}),
            "nearest": nearest(row, links),
            "nearest_has": "has it" if row["nearest_truth"] else "has it not",
            "run_facts": run_facts(row),
            "reasons": [
                pattern_words(row, len(families)),
                *(mark_words(mark, row) for mark in marks_of(row)),
            ],
            "codes": " ".join([row["pattern"], *(marks_of(row) or ["none"])]),
        }
        for row in ordered.iter_rows(named=True)
    ]


def run_rows(
    runs: pl.DataFrame, hard: pl.DataFrame, links: RunLinks
) -> list[dict[str, Any]]:
    """Return the runs of largest mean loss, with what went wrong in each."""
    wrong = hard.filter(pl.col("misjudged") == 1)
    rows = []
    for row in runs.head(RUNS_SHOWN).iter_rows(named=True):
        own = wrong.filter(pl.col("sample_id") == row["sample_id"])
        missed, alarms = (
            [
                f"{label_words(label)} {percent(probability)}"
                for label, probability in own.filter(pl.col("truth") == truth)
                .select("label", "probability")
                .iter_rows()
            ]
            for truth in (1, 0)
        )
        rows.append(
            {
                "run": row["sample_id"],
                "link": links.to(row["sample_id"]),
                "loss": f"{row['log_loss']:.2f}",
                "share": f"{100 * row['share']:.1f} %",
                "compounds": row["compounds"],
                "missed": missed,
                "false_alarms": alarms,
                "nearest": nearest(row, links),
                "nearest_has": "same compounds"
                if row["same_compounds"]
                else "other compounds",
                "run_facts": run_facts(row),
                "reasons": [mark_words(mark, row) for mark in marks_of(row)],
            }
        )
    return rows


def nearest(row: dict[str, Any], links: RunLinks) -> dict[str, str]:
    """Return the nearest training run of a row, with its similarity."""
    return {
        "run": row["nearest_sample_id"],
        "link": links.to(row["nearest_sample_id"]),
        "similarity": f"{row['similarity']:.2f}",
    }


def run_facts(row: dict[str, Any]) -> str:
    """Return instrument and temperature range of a run."""
    low, high = row["temperature_low_celsius"], row["temperature_high_celsius"]
    text = f"{row['instrument_type']}, {low:.0f} to {high:.0f} °C"
    return unbroken(text.replace("-", "−"))


def _factor(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _whole(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.0f} %"


def _rate(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.1f} %"
