"""Families, times and findings of the blend in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.report_scores import MISSING
from pipeline.stack import NAME
from pipeline.time_spent import TimeSpent

FAMILY_WORDS = {
    "gbt": "boosted trees on the features",
    "linear": "logistic regression on the features",
    "kernel": "logistic regression on similar training runs",
    "conv": "networks along temperature, then across m/z",
    "sequence": "networks that read a run over temperature",
    "soup": "averaged perceptrons on the features",
}
UNKNOWN_TIME = "not measured"


def system_words(name: str) -> str:
    """Return a family's name, and the blend's in a word of this page."""
    return "blend" if name == NAME else name


def time_words(seconds: float) -> str:
    """Return a duration as it is said.

    >>> [time_words(seconds) for seconds in (0.2, 48, 60, 2712, 4350)]
    ['under 1 s', '48 s', '1 min', '45 min', '1 h 12 min']
    """
    if seconds < 1:
        return "under 1 s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def spent_words(times: Sequence[TimeSpent | None]) -> str:
    """Return the time of some stages together; parts that nobody measured are told.

    >>> spent_words([TimeSpent(60, True), TimeSpent(120, False)])
    'at least 3 min'
    >>> spent_words([None])
    'not measured'
    """
    known = [spent for spent in times if spent is not None]
    if not known:
        return UNKNOWN_TIME
    words = time_words(sum(spent.wall_seconds for spent in known))
    complete = len(known) == len(times) and all(spent.complete for spent in known)
    return words if complete else f"at least {words}"


def signed(value: float | None, digits: int) -> str:
    """Return a number that may be negative; nothing is less than nothing.

    >>> signed(0.0066, 4), signed(-0.017, 2), signed(-0.001, 2), signed(None, 2)
    ('0.0066', '−0.02', '0.00', '–')
    """
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else "−")


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    >>> listed(["gbt"]), listed(["gbt", "soup", "conv"])
    ('gbt', 'gbt, soup and conv')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def finding(rows: Sequence[dict[str, Any]]) -> str:
    """Return what the greedy steps show, in words.

    Parameters
    ----------
    rows : sequence of dict
        Rows of `ablation_table`, in its order.
    """
    best = min(rows, key=lambda row: row["alone"])
    text = f"The best family alone is {best['family']} (log-loss {best['alone']:.3f})."
    if len(rows) == 1:
        return text
    blend = rows[-1]["blend"]
    lower = 1 - blend / best["alone"]
    text += (
        f" The blend of all {len(rows)} scores {blend:.3f}, "
        f"{abs(100 * lower):.0f} % {'lower' if lower >= 0 else 'higher'}."
    )
    helping = [row["family"] for row in rows[1:] if row["gain_low"] > 0]
    others = [row["family"] for row in rows[1:] if row["gain_low"] <= 0]
    if helping:
        text += (
            f" Adding {listed(helping)} to those before lowers the loss by more than "
            "the choice of runs can explain"
        )
        text += f"; adding {listed(others)} does not." if others else "."
    else:
        text += (
            f" No step after {rows[0]['family']} lowers the loss by more than the "
            "choice of runs can explain."
        )
    return text
