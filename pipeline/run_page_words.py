"""The answer for one run in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pipeline.ions import ion_label
from pipeline.prediction.answer import Compound, Evidence, Reliability
from pipeline.report_words import label_words, window_words

ORIGIN_WORDS = {
    "all models": "all models of the ensemble",
    "out of fold": "out of fold: this is a training run, and only models that have not "
    "learnt from it were asked",
}
SIGNS = {"present": "●", "unclear": "◐", "absent": "○"}
UNKNOWN = "unknown"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float) -> str:
    """Return a share in whole percent; nothing but 0 and 1 is called 0 or 100.

    >>> [percent(share) for share in (0, 0.003, 0.124, 0.997, 1)]
    ['0 %', '<1 %', '12 %', '>99 %', '100 %']
    """
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"


def range_words(low: float, high: float) -> str:
    """Return a range of shares.

    >>> range_words(0.56, 0.831), range_words(0.001, 0.2), range_words(0.001, 0.002)
    ('56–83 %', '<1–20 %', '<1 %')
    >>> range_words(0.99, 0.999)
    '99 to >99 %'
    """
    first, last = percent(low), percent(high)
    if first == last:
        return last
    joint = " to " if last.startswith(">") else "–"
    return f"{first.removesuffix(' %')}{joint}{last}"


def number_words(value: float) -> str:
    """Return a number of any size with three significant digits.

    >>> number_words(3.566e-8), number_words(12.34), number_words(4612867.5)
    ('3.57 × 10⁻⁸', '12.3', '4.61 × 10⁶')
    """
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0 or 1e-2 <= abs(value) < 1e5:
        return f"{value:.3g}" if abs(value) < 1e3 else f"{value:.0f}"
    mantissa, power = f"{value:.2e}".split("e")
    return f"{mantissa} × 10{str(int(power)).translate(_SUPERSCRIPTS)}"


def celsius(value: float) -> str:
    """Return a temperature in whole degrees, without its unit.

    >>> celsius(-0.1), celsius(-61.6), celsius(702.5)
    ('0', '−62', '702')
    """
    return f"{round(value):d}".replace("-", "−") if math.isfinite(value) else UNKNOWN


def log_odds_words(value: float) -> str:
    """Return log-odds with their sign; small ones get another digit.

    >>> log_odds_words(1.84), log_odds_words(-0.5), log_odds_words(0.034)
    ('+1.8', '−0.5', '+0.03')
    """
    return f"{value:+.{1 if abs(value) >= 0.1 else 2}f}".replace("-", "−")


def evidence_words(evidence: Evidence) -> str:
    """Return what was measured and how much it says.

    >>> evidence_words(Evidence(44, 600, 750, 1.84))
    'm/z 44 (CO₂), 600–750 °C: +1.8'
    >>> evidence_words(Evidence(44, None, None, -0.5))
    'm/z 44 (CO₂) as a whole: −0.5'
    """
    ion, moved = ion_label(evidence.mz), log_odds_words(evidence.log_odds)
    if evidence.low_celsius is None or evidence.high_celsius is None:
        return f"{ion} as a whole: {moved}"
    window = window_words(evidence.low_celsius, evidence.high_celsius)
    return f"{ion}, {window}: {moved}"


def reliability_words(reliability: Reliability) -> str:
    """Return how often a probability like this one was right.

    >>> reliability_words(Reliability(0.6, 0.8, 0.71, 0.56, 0.83, 41))
    'of 41 labelled runs with a probability of 60–80 %, 71 % had it (56–83 %)'
    """
    given = range_words(reliability.low, reliability.high)
    if reliability.runs == 0:
        return f"no labelled run had a probability of {given}"
    interval = range_words(reliability.observed_low, reliability.observed_high)
    runs = f"{reliability.runs} labelled run{'s' if reliability.runs > 1 else ''}"
    return (
        f"of {runs} with a probability of {given}, "
        f"{percent(reliability.observed)} had it ({interval})"
    )


def finding(compounds: Sequence[Compound]) -> str:
    """Return the answer in a sentence; `compounds` are sorted."""
    parts = []
    for word, title in (("present", "Present"), ("unclear", "Unclear")):
        names = [
            f"{label_words(c.label)} ({percent(c.probability)})"
            for c in compounds
            if c.word == word
        ]
        parts += [f"{title}: {', '.join(names)}."] if names else []
    absent = sum(c.word == "absent" for c in compounds)
    if absent == len(compounds):
        return f"None of the {absent} compounds is found."
    parts += [f"Absent: the other {absent}."] if absent else []
    return " ".join(parts)


def wrong(compound: Compound) -> bool:
    """Return whether the answer contradicts the label; unclear is no answer."""
    if compound.truth is None:
        return False
    return compound.word == ("absent" if compound.truth else "present")


def score_words(compounds: Sequence[Compound]) -> str:
    """Return how many answers agree with the labels, or nothing without labels."""
    known = [c for c in compounds if c.truth is not None]
    if not known:
        return ""
    unclear = sum(c.word == "unclear" for c in known)
    bad = sum(wrong(c) for c in known)
    true = [label_words(c.label) for c in known if c.truth]
    return (
        f"The label says: {', '.join(true) or 'none of them'}. "
        f"{len(known) - unclear - bad} answers right, {bad} wrong, {unclear} unclear."
    )


def fact_tiles(facts: Mapping[str, float]) -> list[dict[str, str]]:
    """Return the facts of the run as they are printed; NaN is unknown."""

    def fact(name: str) -> float:
        return float(facts.get(name, math.nan))

    low, high = fact("temperature_low_celsius"), fact("temperature_high_celsius")
    span = f"{celsius(low)} to {celsius(high)} °C"
    rate = number_words(fact("heating_rate_celsius_per_minute"))
    shown = [
        (
            "Temperature",
            span if math.isfinite(low + high) else UNKNOWN,
            "",
        ),
        ("Heating rate", rate if rate == UNKNOWN else f"{rate} °C/min", ""),
        ("Scans", _count(fact("scan_count")), ""),
        ("Ions", _count(fact("ion_count")), "different m/z"),
        ("Scale", number_words(fact("maximum_abundance")), "largest abundance"),
    ]
    return [{"title": title, "value": v, "note": note} for title, v, note in shown]


def _count(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if math.isfinite(value) else UNKNOWN
