"""Stage model_card: what the blend is for, how good it is, and where it fails."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import paths
from pipeline.artifacts import read_csv, read_json, read_parquet
from pipeline.atomic import write_text
from pipeline.evaluation_content import TEXT, similarity_content
from pipeline.evaluation_words import hard_words, spread_words
from pipeline.hard_page import reason_rows
from pipeline.model_card_facts import (
    family_facts,
    instrument_facts,
    label_facts,
    ranges,
    system_facts,
)
from pipeline.params import Params
from pipeline.report_page import TEMPLATES
from pipeline.stability import stability
from pipeline.stack import FAMILIES, NAME

# settings that shape the predictions; where data lie and what computes them do not
SHAPING = ("bin", "featurize", "duplicates", "fold", *FAMILIES, "stack", "evaluate")
DIGEST_DIGITS = 16
# a label with fewer labelled runs is called scarce
FEWEST = 50


def run(params: Params) -> None:
    """Write reports/model_card.md.

    Raises
    ------
    EgaError
        A table is missing or damaged.
    """
    write_text(paths.MODEL_CARD, render_model_card(card_content(params)))


def render_model_card(content: dict[str, Any]) -> str:
    """Return the card in Markdown: the same content gives the same bytes.

    Parameters
    ----------
    content : dict
        What `card_content` returns.
    """
    # Markdown, not HTML: names from the data are escaped by the filter `md`
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = markdown_text
    return environment.get_template("model_card.md.j2").render(content)


def markdown_text(text: str) -> str:
    r"""Return any text as it is, on one line of a Markdown table.

    >>> markdown_text("a|b <i>\nc")
    'a\\|b \\<i\\> c'
    """
    return re.sub(r"([\\`*{}\[\]<>#|~&])", r"\\\1", " ".join(text.split()))


def card_content(params: Params) -> dict[str, Any]:
    """Return all that the card prints, from the tables of the stages before."""
    metrics, runs = read_json(paths.METRICS), read_parquet(paths.RUNS)
    training = runs.filter(pl.col("role") == "train")
    folds = read_csv(paths.FOLD_SCORES, text=TEXT)
    blend = folds.filter((pl.col("family") == NAME) & pl.col("label").is_null())
    reasons = read_csv(paths.HARD_REASONS)
    labels = label_facts(metrics, params.data.labels, len(training))
    marks = [row for row in reason_rows(reasons, "mark") if row["tone"] == "worse"]
    return {
        "version": version(),
        "data": params.data.root.name,
        "budget": params.budget,
        "seed": params.seed,
        "digest": params_digest(params),
        "interval": f"{100 * params.evaluate.interval:g}",
        "fold": params.fold,
        "stack": params.stack,
        "n_training": len(training),
        "n_quarantined": metrics.get("runs", {}).get("quarantined", 0),
        "ranges": ranges(training),
        "instruments": instrument_facts(metrics, runs, params.stack.minimum_runs),
        "labels": labels,
        "scarce": [row["name"] for row in labels if row["positives"] < FEWEST],
        "fewest": FEWEST,
        "families": family_facts(),
        "systems": system_facts(metrics),
        "spread": spread_words(stability(blend)),
        "hard": hard_words(reasons.to_dicts()),
        "marks": marks,
        **similarity_content(),
    }


def version() -> str:
    """Return the version of the installed program."""
    try:
        return importlib.metadata.version("ega-ms")
    except importlib.metadata.PackageNotFoundError:
        return "of a source folder that is not installed"


def params_digest(params: Params) -> str:
    """Return a digest of the settings that shape the predictions."""
    settings = params.model_dump(mode="json")
    shaping = {name: settings[name] for name in SHAPING} | {
        "seed": params.seed,
        "labels": params.data.labels,
        "holdout_splits": params.data.holdout_splits,
    }
    text = json.dumps(shaping, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
