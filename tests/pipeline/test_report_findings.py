import polars as pl
import pytest

from pipeline.report_findings import IonEvidence, sentence, strongest_ions
from pipeline.report_words import feature_words


def cells_of(rows):
    return pl.DataFrame(
        [("salt", *row) for row in rows],
        schema={
            "label": pl.String,
            "mz": pl.Int64,
            "temperature_low": pl.Float64,
            "temperature_high": pl.Float64,
            "contribution": pl.Float64,
        },
        orient="row",
    )


def summary_of(cells, direction=0.9):
    return cells.rename(
        {
            "temperature_low": "temperature_low_celsius",
            "temperature_high": "temperature_high_celsius",
        }
    ).with_columns(direction=pl.lit(direction))


def ions_of(rows):
    cells = cells_of(rows)
    return strongest_ions(summary_of(cells), cells)


def test_a_patch_of_neighbouring_cells_is_one_place():
    background = [(44, low, low + 100, 0.01) for low in (100, 200, 500)]
    (ion,) = ions_of([*background, (44, 300, 400, 0.2), (44, 400, 500, 0.3)])
    assert ion.places == ((300, 500),)
    assert ion.direction == pytest.approx(0.9)


def test_the_larger_of_two_patches_comes_first():
    (ion,) = ions_of([(18, 100, 200, 0.2), (18, 300, 400, 0.01), (18, 600, 700, 0.3)])
    assert ion.places == ((600, 700), (100, 200))


def test_an_ion_of_whole_run_features_has_no_place():
    (ion,) = ions_of([(32, 100, 200, 0.1), (32, None, None, 0.9)])
    assert ion.places == ()
    assert "over the whole run" in sentence("oxychlorine", [ion])


def test_many_scattered_cells_are_no_place():
    (ion,) = ions_of([(18, low, low + 50, 0.1) for low in range(0, 1000, 100)])
    assert ion.places == ()


def test_shares_are_of_everything_even_without_ion():
    ions = ions_of([(44, 100, 200, 0.3), (18, 100, 200, 0.2), (None, None, None, 0.5)])
    assert [(ion.mz, ion.share) for ion in ions] == [
        (44, pytest.approx(0.3)),
        (18, pytest.approx(0.2)),
    ]


def test_sentence_names_ions_places_and_direction():
    ions = [
        IonEvidence(44, 0.4, ((650, 800),), 0.8),
        IonEvidence(12, 0.2, ((600, 700),), 0.5),
        IonEvidence(28, 0.1, (), None),
    ]
    assert sentence("iron_oxide", ions) == (
        "The model recognises iron oxide mainly by m/z 44 (CO₂) at 650–800 °C, where a "
        "strong signal speaks for it; then by m/z 12 (C⁺) at 600–700 °C and "
        "m/z 28 (CO/N₂) over the whole run. These 3 ions hold 70 % of all "
        "contributions."
    )


def test_sentence_does_not_call_weak_evidence_main():
    assert "by many ions" in sentence("basalt", [IonEvidence(18, 0.05, (), None)])


def test_sentence_of_a_model_without_ions():
    assert "uses no ion" in sentence("basalt", [])


@pytest.mark.parametrize(
    ("family", "description", "words"),
    [
        ("prevalence", "", "share of m/z 44 (CO₂) at 700–750 °C"),
        (
            "new",
            "slope of the ion in the window",
            "slope of m/z 44 (CO₂) in 700–750 °C",
        ),
        ("new", "slope", "slope, m/z 44 (CO₂), 700–750 °C"),
        ("new", "the ion's peak", "the m/z 44 (CO₂) peak, 700–750 °C"),
    ],
)
def test_words_of_a_feature_name_ion_and_window(family, description, words):
    # a family that this module has never heard of must be readable too
    assert feature_words("name", family, 44, 700.0, 750.0, description) == words
