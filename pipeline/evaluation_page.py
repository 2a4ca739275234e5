"""The page on how good the probabilities are, how steady, and where they fail."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from pipeline import paths
from pipeline.artifacts import read_csv, read_json
from pipeline.atomic import write_text
from pipeline.evaluation_content import (
    TEXT,
    calibration_content,
    score_content,
    similarity_content,
)
from pipeline.evaluation_scores import ROLE, ordered_systems
from pipeline.evaluation_words import hard_words, share_words
from pipeline.hard_page import decision_rows, reason_rows, run_rows
from pipeline.params import Params
from pipeline.report_page import STYLE, environment, read_template
from pipeline.report_scores import BASELINE, Score, score
from pipeline.report_words import label_words
from pipeline.run_links import RunLinks
from pipeline.stack import NAME

PAGE = "evaluation"
COUNTS = ("misjudged", "decisions")
NO_LINKS = RunLinks()


def write_evaluation_page(params: Params, links: RunLinks = NO_LINKS) -> bool:
    """Write the page from the tables of stages stack, evaluate and ablate.

    Parameters
    ----------
    links : RunLinks
        Which runs have a page of their own.

    Returns
    -------
    Whether there is a page: without the table of hard runs there is none.

    Raises
    ------
    EgaError
        Another table is missing or damaged.
    """
    if not paths.HARD_RUNS.exists():
        return False
    metrics = read_json(paths.METRICS)
    runs = read_csv(paths.RUN_SCORES, text=TEXT)
    reasons = read_csv(paths.HARD_REASONS)
    content = {
        "tiles": tiles(metrics, runs, reasons),
        "hard_finding": hard_words(reasons.to_dicts()),
        "share_finding": share_words(runs["log_loss"].to_numpy()),
        **score_content(metrics, len(runs), params),
        **calibration_content(params.data.labels),
        **similarity_content(),
        **hard_content(runs, reasons, metrics, links, params),
        "ensemble": paths.ABLATION.exists(),
        "interval": params.evaluate.interval,
        "minimum_runs": params.stack.minimum_runs,
        "folds": params.fold,
        "runs": len(runs),
        "seed": params.seed,
        "budget": params.budget,
        "data": params.data.root.name,
    }
    template = environment().get_template(f"{PAGE}.html.j2")
    styles = [read_template(name) for name in (STYLE, "ensemble.css", f"{PAGE}.css")]
    script = Markup(read_template(f"{PAGE}.js"))
    page = template.render(**content, style=Markup("".join(styles)), script=script)
    write_text(paths.EVALUATION_PAGE, page)
    return True


def tiles(
    metrics: Any, runs: pl.DataFrame, reasons: pl.DataFrame
) -> list[dict[str, str]]:
    """Return the headline numbers."""
    blend = score(metrics, ROLE, NAME, name="log_loss")
    baseline = score(metrics, ROLE, BASELINE, name="log_loss")
    patterns = [row for row in reasons.to_dicts() if row["kind"] == "pattern"]
    wrong, of = (sum(row[name] for row in patterns) for name in COUNTS)
    bands = read_csv(paths.SIMILARITY).filter(pl.col("group") == "all")
    unlike = bands.row(0, named=True)
    return [
        _tile("Blend", blend, "log-loss"),
        _tile("Baseline", baseline, "knows only how common each is"),
        _tile(
            "Runs unlike all others",
            score({"row": unlike}, "row", name="log_loss"),
            f"similarity below {unlike['similarity_high']:g}",
        ),
        {
            "title": "Misjudged",
            "value": f"{100 * wrong / max(of, 1):.1f} %",
            "note": "of decisions: the truth got less than 50 %",
        },
        {
            "title": "Training runs",
            "value": f"{len(runs)}",
            "note": ", ".join(
                f"{count} {name}"
                for name, count in runs["instrument_type"]
                .value_counts()
                .sort("count", "instrument_type", descending=[True, False])
                .iter_rows()
            ),
        },
    ]


def hard_content(
    runs: pl.DataFrame,
    reasons: pl.DataFrame,
    metrics: Any,
    links: RunLinks,
    params: Params,
) -> dict[str, Any]:
    """Return why runs are hard, and which."""
    hard = read_csv(paths.HARD_RUNS, text=TEXT)
    families = [name for name in ordered_systems(metrics) if name != NAME]
    labels = params.data.labels
    return {
        "patterns": reason_rows(reasons, "pattern"),
        "marks": reason_rows(reasons, "mark"),
        "hard_runs": run_rows(runs, hard, links),
        "decisions": decision_rows(hard, families, labels, links),
        "label_names": [label_words(label) for label in labels],
        "families": families,
    }


def _tile(title: str, value: Score, note: str) -> dict[str, str]:
    text = f"{value.interval} · {note}" if value.interval else note
    return {"title": title, "value": str(value), "note": text}
