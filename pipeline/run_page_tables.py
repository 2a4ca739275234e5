"""Rows of the tables of a run's page, as the template prints them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.ensemble_words import FAMILY_WORDS
from pipeline.ions import ion_label, ion_name, typeset
from pipeline.prediction.answer import Answer, Compound
from pipeline.report_words import label_words
from pipeline.run_page_peaks import Peak
from pipeline.run_page_signals import Signals
from pipeline.run_page_words import (
    SIGNS,
    celsius,
    evidence_words,
    number_words,
    percent,
    range_words,
    reliability_words,
    wrong,
)

# width of the bar of a probability, in pixels
BAR = 240
SHADES = 5
# gases that a chemist asks for first
NAMED = (2, 15, 16, 17, 18, 28, 30, 32, 34, 35, 36, 44, 46, 48, 60, 64, 66, 76, 78)


def by_probability(answer: Answer) -> list[tuple[int, Compound]]:
    """Return the compounds with their place in the answer, the likeliest first."""
    places = enumerate(answer.compounds)
    return sorted(places, key=lambda item: (-item[1].probability, item[0]))


def compound_rows(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of the table of compounds."""
    return [
        {
            "number": number,
            "name": label_words(compound.label),
            "word": compound.word,
            "sign": SIGNS[compound.word],
            "probability": percent(compound.probability),
            "interval": range_words(compound.low, compound.high),
            "bar": {
                name: round(BAR * getattr(compound, name), 1)
                for name in ("probability", "low", "high")
            },
            "truth": {None: "", True: "has it", False: "has not"}[compound.truth],
            "wrong": wrong(compound),
            "reliability": reliability_words(compound.reliability)
            if compound.reliability
            else "",
            "families": family_cells(answer, compound),
            "evidence": evidence_lists(compound),
        }
        for number, compound in by_probability(answer)
    ]


def family_columns(answer: Answer) -> list[dict[str, str]]:
    """Return the families in their order, with what they are."""
    names = answer.families or tuple(
        dict.fromkeys(name for c in answer.compounds for name in c.by_family)
    )
    return [{"name": name, "words": FAMILY_WORDS.get(name, "")} for name in names]


def family_cells(answer: Answer, compound: Compound) -> list[tuple[str, int]]:
    """Return the text and shade of each family's own probability."""
    values = [compound.by_family.get(f["name"]) for f in family_columns(answer)]
    return [
        ("–", 0) if value is None else (percent(value), round(SHADES * value))
        for value in values
    ]


def evidence_lists(compound: Compound) -> dict[str, list[str]]:
    """Return what speaks for and against a compound, the strongest first."""
    return {
        "for": [evidence_words(e) for e in compound.evidence if e.log_odds > 0],
        "against": [evidence_words(e) for e in compound.evidence if e.log_odds < 0],
    }


def peak_rows(peaks: tuple[Peak, ...]) -> list[dict[str, Any]]:
    """Return the rows of the table of peaks."""
    return [
        {
            "number": number,
            "mz": peak.mz,
            "ion": ion_label(peak.mz),
            "temperature": celsius(peak.temperature_celsius),
            "width": f"{peak.width_celsius:.0f}",
            "height": f"{100 * peak.height:.2g}" if peak.height < 0.995 else "100",
            "bar": round(100 * peak.height, 1),
            "area": f"{100 * peak.area:.2g}",
            "cut": peak.cut,
        }
        for number, peak in enumerate(peaks, start=1)
    ]


def ion_choices(signals: Signals, chosen: list[int]) -> dict[str, list[dict[str, Any]]]:
    """Return the ions that can be drawn: those one asks for first, and the others."""
    first = {*NAMED, *chosen}
    ions = [
        {"mz": int(mz), "name": typeset(ion_name(int(mz))), "chosen": mz in chosen}
        for mz in signals.mz_values
    ]
    return {
        "first": [ion for ion in ions if ion["mz"] in first],
        "others": [ion for ion in ions if ion["mz"] not in first],
    }


def ion_rows(signals: Signals) -> list[dict[str, Any]]:
    """Return the thermogram in numbers, one row an ion."""
    rows = []
    centres = signals.centres_celsius
    for mz, own, low in zip(
        signals.mz_values, signals.abundance, signals.background, strict=True
    ):
        top = int(np.nanargmax(own))
        rows.append(
            {
                "ion": ion_label(int(mz)),
                "largest": number_words(float(own[top])),
                "temperature": celsius(centres[top]),
                "background": number_words(float(low)),
            }
        )
    return rows


def neighbour_rows(answer: Answer) -> list[dict[str, Any]]:
    """Return the training runs that are most like the run."""
    return [
        {
            "sample_id": neighbour.sample_id,
            "similarity": f"{neighbour.similarity:.2f}"
            if neighbour.similarity >= 0.005
            else "<0.01",
            "bar": round(100 * min(max(neighbour.similarity, 0.0), 1.0), 1),
            "labels": [label_words(label) for label in neighbour.labels],
        }
        for neighbour in answer.neighbours
    ]
