"""What a model goes by, in a sentence: its strongest ions and their temperatures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from pipeline.ions import ion_label
from pipeline.report_words import direction_words, label_words, window_words

# the strongest ions are what a model mainly goes by if they hold this share together
MAIN_SHARE = 0.2
# a patch of the map: neighbouring cells of an ion above this share of its largest cell
PATCH_LEVEL = 0.5
# an ion is tied to temperatures if its largest patches hold this share of its windows
# and the windows this share of its contribution; else it counts over the whole run
PATCHES, PATCHES_SHARE, WINDOWS_SHARE = 2, 0.3, 0.4


@dataclass(frozen=True)
class IonEvidence:
    """How much of a label's contribution an ion holds, and where.

    As text, it names the ion and its first place.

    Attributes
    ----------
    mz : int
    share : float
        Of the label's contribution, 0..1.
    places : tuple of (low, high) in celsius
        Temperatures at which the ion matters most, the strongest first; empty where
        it matters over the whole run.
    direction : float or None
        Of the windows in these places, -1..1.
    """

    mz: int
    share: float
    places: tuple[tuple[float, float], ...]
    direction: float | None

    def __str__(self) -> str:
        if not self.places:
            return f"{ion_label(self.mz)} over the whole run"
        return f"{ion_label(self.mz)} at {window_words(*self.places[0])}"


def strongest_ions(
    summary: pl.DataFrame, cells: pl.DataFrame, count: int = 3
) -> list[IonEvidence]:
    """Return the ions with the largest contribution to one label, largest first.

    Parameters
    ----------
    summary, cells : DataFrame
        Rows of one label, of `summarise` and of `where_the_model_looks`.
    """
    total = _total(cells)
    parts = cells.drop_nulls("mz").partition_by("mz", as_dict=True)
    held = {int(mz): _total(part) for (mz,), part in parts.items()}
    evidence = []
    for mz in sorted(held, key=lambda ion: (-held[ion], ion))[:count]:
        places = _places(parts[(mz,)])
        rows = summary.filter(pl.col("mz") == mz)
        evidence.append(
            IonEvidence(mz, held[mz] / total, places, _direction(rows, places))
        )
    return evidence


def _total(cells: pl.DataFrame) -> float:
    return math.fsum(cells["contribution"])


def _places(ion: pl.DataFrame) -> tuple[tuple[float, float], ...]:
    cells = ion.drop_nulls("temperature_low").sort("temperature_low")
    inside = _total(cells)
    if not inside or inside < WINDOWS_SHARE * _total(ion):
        return ()
    level = PATCH_LEVEL * max(cells["contribution"])
    patches: list[list[float]] = []  # contribution, low, high
    for low, high, contribution in cells.select(
        "temperature_low", "temperature_high", "contribution"
    ).iter_rows():
        if contribution < level:
            continue
        if patches and patches[-1][2] == low:
            patches[-1][0] += contribution
            patches[-1][2] = high
        else:
            patches.append([contribution, low, high])
    strongest = sorted(patches, key=lambda patch: (-patch[0], patch[1]))[:PATCHES]
    if sum(patch[0] for patch in strongest) < PATCHES_SHARE * inside:
        return ()
    return tuple((low, high) for _, low, high in strongest)


def _direction(
    rows: pl.DataFrame, places: tuple[tuple[float, float], ...]
) -> float | None:
    inside = [
        (contribution, direction)
        for low, high, contribution, direction in rows.select(
            "temperature_low_celsius",
            "temperature_high_celsius",
            "contribution",
            "direction",
        ).iter_rows()
        if low is not None
        and direction is not None
        and any(low < right and high > left for left, right in places)
    ]
    weight = sum(contribution for contribution, _ in inside)
    if not weight:
        return None
    return sum(contribution * direction for contribution, direction in inside) / weight


def sentence(label: str, ions: list[IonEvidence]) -> str:
    """Say what the model of a label goes by."""
    name = label_words(label)
    if not ions:
        return f"The model of {name} uses no ion: it only knows how common {name} is."
    share = sum(ion.share for ion in ions)
    how = "mainly by" if share >= MAIN_SHARE else "by many ions, first of all"
    first, *others = ions
    text = f"The model recognises {name} {how} {first}{_meaning(first)}"
    if others:
        text += "; then by " + " and ".join(map(str, others))
    noun = "This ion holds" if len(ions) == 1 else f"These {len(ions)} ions hold"
    return f"{text}. {noun} {100 * share:.0f} % of all contributions."


def _meaning(ion: IonEvidence) -> str:
    text = "".join(f" and {window_words(*place)}" for place in ion.places[1:])
    words = direction_words(ion.direction)
    if words in ("for", "against"):
        text += f", where a strong signal speaks {words} it"
    return text
