"""What each family adds to the blend: alone, added greedily, and left out.

The greedy order is chosen on the very out-of-fold scores that it reports, so the scores
of its intermediate subsets are optimistic by a hair. The blend of all families, each
family alone and each blend without one are not selected, and their scores are plain
cross-validation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from pipeline.subset_scores import SubsetScores


def greedy_order(
    families: Sequence[str], loss: Callable[[Sequence[str]], float]
) -> list[str]:
    """Order families by forward selection: the next lowers the loss the most.

    The first is the one whose blend alone scores best. Of equals, the first named wins.
    """
    chosen: list[str] = []
    while len(chosen) < len(families):
        left = [name for name in families if name not in chosen]
        chosen.append(min(left, key=lambda name: loss([*chosen, name])))
    return chosen


def ablation_table(scores: SubsetScores) -> pl.DataFrame:
    """Return one row a family, in greedy order, with intervals over runs.

    Returns
    -------
    DataFrame
        `family`, `step`, and with `_low` and `_high` each: `alone`, its log-loss as it
        is; `recalibrated`, that of the blend of it alone; `blend`, that of the blend
        of the families up to this step; `gain`, how much this step lowered it (null at
        the first); `blend_without`, the loss of the blend of all others; `missed`, how
        much that is above the blend of all. Gain and missed compare the same resampled
        runs, so their intervals are narrower than those of the losses suggest.
    """
    summary = scores.scorer.summary
    order = greedy_order(
        scores.families, lambda subset: float(scores.blend_losses(subset)[0])
    )
    everything = scores.blend_losses(order)
    rows: list[dict[str, Any]] = []
    for number, name in enumerate(order):
        so_far = scores.blend_losses(order[: number + 1])
        row: dict[str, Any] = {"family": name, "step": number + 1}
        row |= summary("alone", scores.losses(scores.alone(name)))
        row |= summary("recalibrated", scores.blend_losses([name]))
        row |= summary("blend", so_far)
        if number:
            row |= summary("gain", scores.blend_losses(order[:number]) - so_far)
        if others := [other for other in order if other != name]:
            without = scores.blend_losses(others)
            row |= summary("blend_without", without)
            row |= summary("missed", without - everything)
        rows.append(row)
    names = ("alone", "recalibrated", "blend", "gain", "blend_without", "missed")
    schema = {"family": pl.String(), "step": pl.Int64()} | {
        name + end: pl.Float64() for name in names for end in ("", "_low", "_high")
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
