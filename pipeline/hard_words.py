"""Why a run is hard, in plain words; each sentence stands for a measured rule."""

from __future__ import annotations

import math
from typing import Any

from pipeline.decisions import SURE
from pipeline.hard_reasons import NO_MARK
from pipeline.hard_runs import SEPARATOR
from pipeline.nearest_runs import TWIN, UNLIKE
from pipeline.report_words import label_words
from pipeline.run_marks import (
    HEATING_SHARE,
    ION_SHARE,
    MANY_COMPOUNDS,
    RARE_SET,
    SHORT_CELSIUS,
    WEAK_FACTOR,
)

# name and rule of each pattern and mark, as tables print them
PATTERN_RULES = {
    "sure_and_wrong": (
        "all families agree and are wrong",
        f"every family gives the truth less than {100 * SURE:.0f} %: "
        "the label may deserve a second look",
    ),
    "wrong_unsure": (
        "all families are wrong, not all of them sure",
        "every family gives the truth at most 50 %",
    ),
    "split": ("families disagree", "some give the truth more than 50 %, some do not"),
    "all_right": ("all families are right", "every family: truth above 50 %"),
}
MARK_RULES = {
    "twin_differs": (
        "its near twin is labelled otherwise",
        f"similarity to the nearest training run at least {TWIN:g}, and that run's "
        "label for the compound differs",
    ),
    "nearest_differs": (
        "the nearest training run is labelled otherwise",
        f"similarity {UNLIKE:g} to {TWIN:g}, and the label differs",
    ),
    "unlike_all": (
        "unlike every training run",
        f"similarity to the nearest below {UNLIKE:g}",
    ),
    "rare_set": (
        "rare set of compounds",
        f"at most {RARE_SET} other training run has exactly these",
    ),
    "many_compounds": ("many compounds", f"{MANY_COMPOUNDS} or more in the run"),
    "short_run": (
        "short run",
        f"ends more than {SHORT_CELSIUS:g} °C below the median of its instrument",
    ),
    "few_ions": (
        "few m/z",
        f"observes less than {100 * ION_SHARE:.0f} % of the median number of m/z",
    ),
    "odd_heating": (
        "unusual heating rate",
        f"more than {100 * HEATING_SHARE:.0f} % off the median of its instrument",
    ),
    "weak_signal": (
        "weak signal",
        f"largest abundance below 1/{WEAK_FACTOR:g} of the median of its instrument",
    ),
    "rare_instrument": (
        "instrument with few training runs",
        "too few to learn weights of the blend from",
    ),
    NO_MARK: ("none of these", ""),
}


def percent(share: float) -> str:
    """Return a probability as it is printed: never a false 0 or 100.

    >>> percent(0.0004), percent(0.034), percent(0.5), percent(0.9996)
    ('< 0.1 %', '3.4 %', '50 %', '> 99.9 %')
    """
    if share < 0.001:
        return "< 0.1 %"
    if share > 0.999:
        return "> 99.9 %"
    return f"{100 * share:.1f} %" if not 0.1 <= share <= 0.9 else f"{100 * share:.0f} %"


def unbroken(text: str) -> str:
    """Keep numbers and units on one line."""
    return text.replace(" %", "\u00a0%").replace(" °C", "\u00a0°C")


def pattern_words(row: dict[str, Any], n_families: int) -> str:
    """Return how the families stand to the truth of a decision."""
    if row["pattern"] == "sure_and_wrong":
        return (
            f"all {n_families} families agree and are wrong: the label may deserve a "
            "second look"
        )
    if row["pattern"] == "wrong_unsure":
        return f"all {n_families} families are wrong, not all of them sure"
    if row["pattern"] == "split":
        right = row["families_right"]
        return f"families disagree: {right} of {n_families} are right"
    return "all families are right"


def mark_words(mark: str, row: dict[str, Any]) -> str:
    """Return a mark of a run or decision with its number.

    Parameters
    ----------
    row : dict
        A row of `hard_runs` or `run_scores`; a run has no single label.
    """
    if mark in ("twin_differs", "nearest_differs"):
        which = "near twin" if mark == "twin_differs" else "nearest training run"
        if "label" not in row:
            return f"its {which} is labelled otherwise"
        has = "with" if row["nearest_truth"] else "without"
        return f"its {which} is labelled {has} {label_words(row['label'])}"
    numbers = {
        "many_compounds": f"{row['compounds']} compounds",
        "short_run": f"ends at {row['temperature_high_celsius']:.0f} °C",
        "few_ions": f"only {row['ion_count']} m/z",
        "odd_heating": heating_words(row["heating_rate_celsius_per_minute"]),
        "rare_instrument": f"few runs of {row['instrument_type']}",
    }
    return numbers.get(mark, MARK_RULES[mark][0])


def heating_words(rate: float | None) -> str:
    """Return a heating rate, which a damaged run may not have."""
    if rate is None or math.isnan(rate):
        return "no heating rate"
    return f"heated at {rate:.0f} °C/min".replace("-", "−")


def marks_of(row: dict[str, Any]) -> list[str]:
    """Return the marks of a row of `hard_runs` or `run_scores`."""
    return row["reasons"].split(SEPARATOR) if row["reasons"] else []
