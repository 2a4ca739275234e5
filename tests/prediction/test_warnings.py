"""Warnings: each alone, none for a usual run."""

import numpy as np
import pytest

from features.grid import RunFacts
from pipeline.prediction.warnings import RANGES, warnings_of

MINIMUM_RUNS = 50
KNOWLEDGE = {
    "ranges": {
        "temperature_low_celsius": [20.0, 60.0],
        "temperature_high_celsius": [900.0, 1100.0],
        "heating_rate_celsius_per_minute": [5.0, 20.0],
        "scan_count": [500.0, 4000.0],
    },
    "ions": [18, 28, 44],
    "instruments": {"commercial": 700, "sam_testbed": 12},
    "lowest_similarity": 0.25,
    "usual_share": 0.99,
}
USUAL = {
    "heating_rate_celsius_per_minute": 10.0,
    "temperature_low_celsius": 30.0,
    "temperature_high_celsius": 1000.0,
    "scan_count": 2000.0,
    "ion_count": 90.0,
    "maximum_abundance": 1e-7,
}
UNUSUAL = {
    "temperature_low_celsius": (10.0, 150.0),
    "temperature_high_celsius": (450.0, 1400.0),
    "heating_rate_celsius_per_minute": (1.5, 35.0),
    "scan_count": (20.0, 9000.0),
}


def warned(
    *,
    ions=(2, 18, 28, 44),
    instrument="commercial",
    nearest=0.8,
    knowledge=None,
    **facts,
):
    """Return the warnings of a usual run, but for what is given."""
    # the run between two that have nothing
    columns = {
        name: np.array([np.nan, value, np.nan])
        for name, value in (USUAL | facts).items()
    }
    return warnings_of(
        KNOWLEDGE | (knowledge or {}),
        RunFacts(**columns),
        1,
        ions,
        instrument,
        MINIMUM_RUNS,
        nearest,
    )


def test_a_usual_run_has_no_warnings():
    assert warned() == ()


@pytest.mark.parametrize("name", RANGES)
def test_a_fact_out_of_range_is_named_with_its_range(name):
    words, unit = RANGES[name]
    low, high = KNOWLEDGE["ranges"][name]
    for value in UNUSUAL[name]:
        assert warned(**{name: value}) == (
            f"the run {words} {value:.4g} {unit}; 99% of the training runs lie between "
            f"{low:.4g} and {high:.4g}",
        )


@pytest.mark.parametrize("name", RANGES)
def test_the_ends_of_a_range_are_usual_and_what_is_unknown_does_not_warn(name):
    for value in (*KNOWLEDGE["ranges"][name], np.nan):
        assert warned(**{name: value}) == ()


def test_a_fact_without_a_known_range_does_not_warn():
    # training runs without times have no heating rate
    assert warned(knowledge={"ranges": {}}, scan_count=1.0) == ()


def test_missing_ions_are_named():
    assert warned(ions=[18]) == (
        "no observation of m/z 28, 44, which nearly all training runs have",
    )
    # further ions are no fault, nor is their order
    assert warned(ions=[99, 44, 28, 18, 3]) == ()


@pytest.mark.parametrize(("missing", "named"), [(12, 12), (13, 12), (90, 12)])
def test_many_missing_ions_are_shortened(missing, named):
    ions = list(range(1, missing + 1))
    (text,) = warned(knowledge={"ions": ions[::-1]}, ions=())
    listed = ", ".join(map(str, ions[:named]))
    more = f" and {missing - named} more" if missing > named else ""
    assert text == (
        f"no observation of m/z {listed}{more}, which nearly all training runs have"
    )


def test_an_instrument_with_few_runs_is_hardly_tested():
    (text,) = warned(instrument="sam_testbed")
    assert text.startswith("only 12 training runs of instrument 'sam_testbed'")
    (single,) = warned(instrument="a", knowledge={"instruments": {"a": 1}})
    assert single.startswith("only 1 training run of instrument 'a'")


@pytest.mark.parametrize(
    ("runs", "warnings"), [(MINIMUM_RUNS - 1, 1), (MINIMUM_RUNS, 0)]
)
def test_an_instrument_with_enough_runs_is_usual(runs, warnings):
    found = warned(instrument="a", knowledge={"instruments": {"a": runs}})
    assert len(found) == warnings


@pytest.mark.parametrize("instrument", ["", "Commercial", "\x1b[2J", "new"])
def test_an_unknown_instrument_is_told_the_known_ones(instrument):
    (text,) = warned(instrument=instrument)
    assert text.startswith(f"instrument {instrument!r} is not among")
    assert "commercial (700 runs), sam_testbed (12 runs)" in text
    assert "--instrument" in text


def test_a_run_like_no_other_is_said_so():
    assert warned(nearest=0.25) == ()
    assert warned(nearest=0.0312) == (
        "unlike every training run: similarity 0.031 to the nearest; 99% of the "
        "training runs have 0.25 or more",
    )


def test_everything_at_once_is_one_warning_each():
    found = warned(
        ions=(),
        instrument="new",
        nearest=0.0,
        **{name: values[1] for name, values in UNUSUAL.items()},
    )
    assert len(found) == len(set(found)) == len(RANGES) + 3
