"""Features, families and directions in the words of a chemist."""

from __future__ import annotations

from pipeline.ions import ion_label

# shorter than what the dictionary's description gives
SHORT_WORDS = {
    "prevalence": "share of {ion} at {window}",
    "window_area": "signal of {ion} at {window} (log)",
    "jitter": "jitter of {ion}",
}
# long phrases of descriptions and what is enough beside a bar
SHORT_PHRASES = (
    ("temperature at which the ion is most abundant", "peak temperature of the ion"),
    (
        "height of the tallest peak of the ion over its mean",
        "peak over mean of the ion",
    ),
    ("full width at half maximum of the tallest peak", "peak width"),
    ("logarithm of the relative position", "log position"),
    ("relative position", "position"),
    ("peak number", "peak no."),
    (" by prominence", ""),
)
FAMILY_WORDS = {
    "prevalence": "share of an ion in a window",
    "window_area": "signal of an ion in a window",
    "area": "area under an ion's curve",
    "peak_value": "height of the tallest peak",
    "peak_to_average": "peak height over mean",
    "peak_temperature": "temperature of the tallest peak",
    "peak_width": "width of the tallest peak",
    "jitter": "jitter of an ion's curve",
    "prominent_peaks": "most prominent peaks",
    "n_differences": "mean differences of the curve",
    "peak_position": "position of the maximum",
    "run_facts": "facts of the whole run",
}
# a weaker correlation of value and contribution is no clear direction
CLEAR_DIRECTION = 0.3


def window_words(low: float, high: float) -> str:
    """Return a temperature range.

    >>> window_words(700, 750)
    '700–750 °C'
    """
    return f"{low:g}–{high:g} °C"


def feature_words(
    name: str,
    family: str,
    mz: int | None,
    low: float | None,
    high: float | None,
    description: str | None,
) -> str:
    """Return what a feature measures; a family without own words is described.

    >>> feature_words("prevalence_mz044_0700_0750C", "prevalence", 44, 700, 750, None)
    'share of m/z 44 (CO₂) at 700–750 °C'
    >>> feature_words("area_mz018", "area", 18, None, None, "area of the ion")
    'area of m/z 18 (H₂O)'
    """
    ion = "" if mz is None else ion_label(mz)
    window = "" if low is None or high is None else window_words(low, high)
    template = SHORT_WORDS.get(family, "")
    if template and ion and (window or "{window}" not in template):
        return template.format(ion=ion, window=window)
    text = description or name
    for long, short in SHORT_PHRASES:
        text = text.replace(long, short)
    if ion:
        text = text.replace("the ion's", f"the {ion}").replace("the ion", ion)
    if window:
        text = text.replace("the window", window)
    missing = [words for words in (ion, window) if words and words not in text]
    return ", ".join([text, *missing])


def family_words(family: str) -> str:
    """Return what a family measures, or its name with spaces."""
    return FAMILY_WORDS.get(family, family.replace("_", " "))


def label_words(label: str) -> str:
    """Return a label as it is written in a sentence."""
    return label.replace("_", " ")


def direction_words(direction: float | None) -> str:
    """Return whether a high value speaks for or against the compound.

    >>> direction_words(0.8), direction_words(-0.8), direction_words(0.1)
    ('for', 'against', 'mixed')
    """
    if direction is None:
        return "unknown"
    if abs(direction) < CLEAR_DIRECTION:
        return "mixed"
    return "for" if direction > 0 else "against"
