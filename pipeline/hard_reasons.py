"""How often each reason holds among misjudged decisions, and among all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from pipeline.decisions import PATTERNS
from pipeline.hard_runs import MARKS

# fewer misjudged decisions make no ratio: an interval from a single one misleads
FEWEST = 5
# the row of decisions without any mark
NO_MARK = "none"

Summary = Callable[[str, np.ndarray], dict[str, float | None]]


def hard_reasons(
    decided: pl.DataFrame, marks: pl.DataFrame, weights: np.ndarray, summary: Summary
) -> pl.DataFrame:
    """Return one row a pattern of the families and one a mark.

    Parameters
    ----------
    decided : DataFrame
        `decisions`: label by label, runs in the same order.
    marks : DataFrame
        `run_marks`.
    weights : (1 + n_resamples, n_runs)
        How often each run counts: first once, then in each resample.
    summary : function
        From a name and values per row of `weights` to the value with its interval.

    Returns
    -------
    DataFrame
        `kind` (pattern or mark), `reason`; of the decisions for which it holds:
        `decisions`, `misjudged`, `missed` (of these, the compound was present),
        `misjudged_share` (of all misjudged) and `loss_share` (of all loss); `rate` of
        misjudged ones where it holds and `rate_otherwise`; `ratio` of the two with
        `_low` and `_high` (null with fewer than FEWEST misjudged on either side, and
        for patterns, which depend on the truth). Marks overlap, and "none" is a row of
        its own; patterns do not.
    """
    joined = decided.join(marks, on="sample_id", maintain_order="left")
    n_runs = weights.shape[1]

    def by_run(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, n_runs).sum(axis=0)

    wrong = joined["misjudged"].to_numpy()
    loss = joined["log_loss"].to_numpy()
    present = joined["truth"].to_numpy() == 1
    rows: list[dict[str, Any]] = []
    for kind, reason, holds in _reasons(joined):
        counts = [by_run(c) for c in (holds, holds & wrong, ~holds, ~holds & wrong)]
        here, hit, elsewhere, other = (weights @ count for count in counts)
        rows.append(
            {
                "kind": kind,
                "reason": reason,
                "decisions": int(here[0]),
                "misjudged": int(hit[0]),
                "missed": int((holds & wrong & present).sum()),
                "misjudged_share": _divide(hit[:1], wrong.sum())[0],
                "loss_share": float(loss[holds].sum() / (loss.sum() or 1.0)),
                "rate": _divide(hit, here)[0],
                "rate_otherwise": _divide(other, elsewhere)[0],
            }
            | summary("ratio", _ratio(kind, hit, here, other, elsewhere))
        )
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.selectors.float().fill_nan(None)
    )


def _reasons(joined: pl.DataFrame) -> list[tuple[str, str, np.ndarray]]:
    pattern = joined["pattern"].to_numpy()
    marked = joined.select(pl.any_horizontal(MARKS)).to_series().to_numpy()
    return [
        *(("pattern", name, pattern == name) for name in PATTERNS),
        *(("mark", name, joined[name].to_numpy()) for name in MARKS),
        ("mark", NO_MARK, ~marked),
    ]


def _ratio(
    kind: str,
    hit: np.ndarray,
    here: np.ndarray,
    other: np.ndarray,
    elsewhere: np.ndarray,
) -> np.ndarray:
    if kind == "pattern" or min(hit[0], other[0]) < FEWEST:
        return np.full(len(hit), np.nan)
    return _divide(_divide(hit, here), _divide(other, elsewhere))


def _divide(above: np.ndarray, below: np.ndarray | float) -> np.ndarray:
    below = np.broadcast_to(below, above.shape)
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
