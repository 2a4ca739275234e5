"""What the evaluation found, in plain words: only measured numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.hard_runs import runs_for_share
from pipeline.hard_words import MARK_RULES, unbroken
from pipeline.report_scores import Score
from pipeline.stability import Stability

# a slope's interval is too wide to call it anything beyond this factor
WIDEST_SLOPE = 4.0


def spread_words(spread: Stability) -> str:
    """Return how steady the blend is over folds."""
    losses = [loss for values in spread.values.values() for loss in values]
    text = (
        f"The blend's log-loss lies between {min(losses):.3f} and {max(losses):.3f} in "
        f"the {len(losses)} outer folds"
    )
    if math.isnan(spread.ratio):
        return f"{text}."
    text += (
        f"; inside a repeat it varies by {spread.spread:.3f} (standard deviation), "
        f"where folds of independent runs would vary by {spread.expected:.3f}"
    )
    if spread.ratio > 1:
        text += f": {spread.ratio:.1f} times as much"
    if len(spread.repeats) > 1:
        repeats = ", ".join(f"{loss:.4f}" for loss in spread.repeats)
        text += f". Each repeat alone: {repeats}"
    return f"{text}."


def moved_words(rows: Sequence[dict[str, Any]]) -> str:
    """Return what a like run in training is worth to the same runs."""
    groups = {row["group"]: row for row in rows}
    near, far = groups.get("near"), groups.get("far")
    if not near or not far or not near["runs"]:
        return ""
    near_loss, far_loss = (
        Score(row["log_loss"], row["log_loss_low"], row["log_loss_high"])
        for row in (near, far)
    )
    return (
        f"{near['runs']} runs had a like run in training in one repeat of the folds "
        f"and not in another. The same runs lose {near_loss} ({near_loss.interval}) "
        f"with it and {far_loss} ({far_loss.interval}) without."
    )


def share_words(losses: np.ndarray) -> str:
    """Return how few runs carry half of the loss."""
    half, n_runs = runs_for_share(losses, 0.5), len(losses)
    share = unbroken(f"{100 * half / n_runs:.0f} %")
    return f"{half} of {n_runs} runs ({share}) carry half of it"


def hard_words(reasons: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the counts of reasons say, a sentence each.

    Parameters
    ----------
    reasons : sequence of dict
        Rows of `hard_reasons`.
    """
    patterns = [row for row in reasons if row["kind"] == "pattern"]
    wrong = sum(row["misjudged"] for row in patterns)
    total = sum(row["decisions"] for row in patterns)
    if not wrong:
        return [f"The blend gives the truth more than 50 % in all {total:,} decisions."]
    missed = sum(row["missed"] for row in patterns)
    sure = next(row for row in patterns if row["reason"] == "sure_and_wrong")
    sentences = [
        f"Of {total:,} decisions (a run and a compound), {wrong:,} "
        f"({100 * wrong / total:.1f} %) are misjudged: the blend gives the truth less "
        "than 50 %.",
        f"In {missed} ({100 * missed / wrong:.0f} %) of them the compound is there and "
        f"is missed; {wrong - missed} are false alarms.",
        f"In {sure['misjudged']} ({100 * sure['misjudged'] / wrong:.0f} %) every "
        "family is sure and wrong; these alone carry "
        f"{100 * sure['loss_share']:.0f} % of all loss.",
    ]
    marks = [row for row in reasons if row["kind"] == "mark" and row["ratio_low"]]
    telling = sorted(
        (row for row in marks if row["ratio_low"] > 1),
        key=lambda row: -row["misjudged"],
    )
    if telling:
        first = telling[0]
        name = MARK_RULES[first["reason"]][0]
        sentences.append(
            f"The commonest mark of a misjudged decision: {name} "
            f"({100 * first['misjudged_share']:.0f} % of them; where it holds, "
            f"{100 * first['rate']:.0f} % are misjudged, otherwise "
            f"{100 * first['rate_otherwise']:.1f} %)."
        )
    return [unbroken(sentence) for sentence in sentences]


def slope_words(row: dict[str, Any]) -> str:
    """Return what the calibration line of a label says of its probabilities.

    >>> slope_words({"slope": 1.3, "slope_low": 1.1, "slope_high": 1.5})
    'too cautious'
    >>> slope_words({"slope": 1.3, "slope_low": 0.9, "slope_high": 1.7})
    'no sure deviation'
    """
    if row["slope"] is None or row["slope_high"] - row["slope_low"] > WIDEST_SLOPE:
        return "not settled"
    if row["slope_low"] > 1:
        return "too cautious"
    return "too sure" if row["slope_high"] < 1 else "no sure deviation"
