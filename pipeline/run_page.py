"""The page about one run: what the ensemble says, what was measured, and why."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from markupsafe import Markup

from pipeline.prediction.answer import Answer
from pipeline.report_page import STYLE, environment, json_for_script, read_template
from pipeline.run_page_figures import run_figures
from pipeline.run_page_peaks import MOST_PEAKS, find_run_peaks, strongest_ions
from pipeline.run_page_signals import observed_part
from pipeline.run_page_tables import (
    BAR,
    compound_rows,
    family_columns,
    ion_choices,
    ion_rows,
    neighbour_rows,
    peak_rows,
)
from pipeline.run_page_words import ORIGIN_WORDS, fact_tiles, finding, score_words

NAME = "run"
SCRIPTS = ("run_signals.js", "run_figures.js", "run_why.js", "run.js")


def render_run_page(answer: Answer) -> str:
    """Return a self-contained HTML page about one run.

    Nothing is fetched when it is opened, and texts of the answer stay text.
    """
    signals = observed_part(answer)
    found = find_run_peaks(signals)
    peaks, chosen = found[:MOST_PEAKS], strongest_ions(found)
    code = script()
    return (
        environment()
        .get_template(f"{NAME}.html.j2")
        .render(
            **words(answer),
            peaks=peak_rows(peaks),
            peak_count=len(found),
            ions=ion_choices(signals, chosen),
            ion_rows=ion_rows(signals),
            interpolated=signals.interpolated,
            cells=signals.abundance.size,
            figures=json_for_script(run_figures(answer, signals, peaks, chosen)),
            style=Markup(read_template(STYLE) + read_template(f"{NAME}.css")),
            script=Markup(code),
            script_hash=script_hash(code),
        )
    )


def words(answer: Answer) -> dict[str, Any]:
    """Return what the template prints of the answer itself."""
    compounds = compound_rows(answer)
    ordered = sorted(answer.compounds, key=lambda compound: -compound.probability)
    return {
        "sample_id": answer.sample_id,
        "instrument": answer.instrument,
        "source": answer.source,
        "origin": ORIGIN_WORDS.get(answer.origin, answer.origin),
        "facts": fact_tiles(answer.facts),
        "warnings": answer.warnings,
        "finding": finding(ordered),
        "score": score_words(ordered),
        "compounds": compounds,
        "bar_width": BAR,
        "known": any(row["truth"] for row in compounds),
        "reliable": any(row["reliability"] for row in compounds),
        "families": family_columns(answer),
        "interval": 100 * answer.interval,
        "present_from": answer.present_from,
        "absent_below": answer.absent_below,
        "neighbours": neighbour_rows(answer),
        "explained": answer.contributions is not None,
        "evident": any(compound.evidence for compound in answer.compounds),
    }


def script() -> str:
    """Return the page's script, in a scope of its own."""
    parts = "\n".join(read_template(name) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def script_hash(code: str) -> str:
    """Return what the page's policy calls the one script that may run."""
    digest = hashlib.sha256(code.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
