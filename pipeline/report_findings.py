"""What a model goes by, in a sentence: its strongest ions and their temperatures."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.ions import ion_label
from pipeline.report_words import direction_words, label_words

# an ion is the main one if it holds this share and leads the next by this factor
MAIN_SHARE, MAIN_LEAD = 0.12, 1.4
# an ion is tied to temperatures if its windows hold this share of its contribution
WINDOW_SHARE = 0.4
# ... and if half of that lies within this share of the temperature range
NARROW_SHARE = 0.5


@dataclass(frozen=True)
class IonEvidence:
    """How much of a label's contribution an ion holds, and where.

    Attributes
    ----------
    mz : int
    share : float
        Of the label's contribution, 0..1.
    place : (low, high) in celsius, or None
        Shortest range with half of the contribution of the ion's windows; None where
        the ion matters over the whole run.
    direction : float or None
        Of the windows in that range, -1..1.
    """

    mz: int
    share: float
    place: tuple[float, float] | None
    direction: float | None

    def __str__(self) -> str:
        if self.place is None:
            return f"{ion_label(self.mz)} over the whole run"
        low, high = self.place
        return f"{ion_label(self.mz)} between {low:g} and {high:g} °C"


def strongest_ions(
    summary: pl.DataFrame, cells: pl.DataFrame, count: int = 3
) -> list[IonEvidence]:
    """Return the ions with the largest contribution to one label, largest first.

    Parameters
    ----------
    summary, cells : DataFrame
        Rows of one label, of `summarise` and of `where_the_model_looks`.
    """
    total = cells["contribution"].sum()
    parts = cells.drop_nulls("mz").partition_by("mz", as_dict=True)
    held = {mz: part["contribution"].sum() for (mz,), part in parts.items()}
    windows = cells.drop_nulls("temperature_low")
    edges = [*windows["temperature_low"], *windows["temperature_high"]]
    widest = NARROW_SHARE * (max(edges) - min(edges)) if edges else 0.0
    evidence = []
    for mz in sorted(held, key=lambda ion: (-held[ion], ion))[:count]:
        place = _place(parts[(mz,)], widest)
        rows = summary.filter(pl.col("mz") == mz)
        direction = _direction(rows, place) if place else None
        evidence.append(IonEvidence(mz, held[mz] / total, place, direction))
    return evidence


def _place(ion: pl.DataFrame, widest: float) -> tuple[float, float] | None:
    cells = ion.drop_nulls("temperature_low").sort("temperature_low")
    low = cells["temperature_low"].to_list()
    high = cells["temperature_high"].to_list()
    contribution = cells["contribution"].to_list()
    # rounding must not widen a range whose cells hold exactly half
    half = sum(contribution) / 2 * (1 - 1e-9)
    if 2 * half < WINDOW_SHARE * ion["contribution"].sum():
        return None
    candidates = [
        (high[stop] - low[start], low[start], high[stop])
        for start in range(len(low))
        for stop in range(start, len(low))
        if sum(contribution[start : stop + 1]) >= half
    ]
    width, left, right = min(candidates)
    return (left, right) if width <= widest else None


def _direction(rows: pl.DataFrame, place: tuple[float, float]) -> float | None:
    low, high = place
    rows = rows.filter(
        pl.col("temperature_low_celsius") < high,
        pl.col("temperature_high_celsius") > low,
    ).drop_nulls("direction")
    weight = rows["contribution"].sum()
    if not weight:
        return None
    return float((rows["direction"] * rows["contribution"]).sum() / weight)


def sentence(label: str, ions: list[IonEvidence]) -> str:
    """Say what the model of a label goes by."""
    name = label_words(label)
    if not ions:
        return f"The model of {name} uses no ion: it only knows how common {name} is."
    first, *others = ions
    leads = not others or first.share >= MAIN_LEAD * others[0].share
    if first.share >= MAIN_SHARE and leads:
        text = f"The model recognises {name} mainly by {first}{_meaning(first, name)}"
        if others:
            text += "; then by " + " and ".join(map(str, others))
    else:
        *some, last = map(str, ions)
        text = f"The model recognises {name} by many ions, the strongest being "
        text += f"{', '.join(some)} and {last}" if some else last
    noun = "This ion holds" if len(ions) == 1 else f"These {len(ions)} ions hold"
    share = sum(ion.share for ion in ions)
    return f"{text}. {noun} {share:.0%} of all contributions."


def _meaning(ion: IonEvidence, name: str) -> str:
    words = direction_words(ion.direction)
    if words not in ("for", "against"):
        return ""
    return f", where a strong signal speaks {words} {name}"
