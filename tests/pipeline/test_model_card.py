"""The model card: complete, the same each time, and nothing private in it."""

import re
from pathlib import Path

import polars as pl
import pytest
import report_inputs
from support import seal_all

from pipeline import model_card, paths
from pipeline.errors import EgaError
from pipeline.model_card import (
    card_content,
    markdown_text,
    params_digest,
    render_model_card,
)
from pipeline.model_card_facts import ranges


@pytest.fixture
def params(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report_inputs.write_inputs()
    return report_inputs.report_params()


def card(params):
    model_card.run(params)
    return paths.MODEL_CARD.read_text(encoding="utf-8")


def changed(params, section, **values):
    part = getattr(params, section).model_copy(update=values)
    return params.model_copy(update={section: part})


def test_card_has_every_part(params):
    titles = re.findall(r"^## (.*)$", card(params), re.MULTILINE)
    assert titles == [
        "Intended use and users",
        "What it predicts",
        "Data",
        "How it was trained",
        "How good it is",
        "Where it fails",
        "Limits",
    ]


def test_card_says_which_runs_stay_in_one_fold(params):
    assert "stand in the same fold" not in card(params)
    # scores of new samples and of replicates are different things
    text = card(changed(params, "fold", groups="sample_group"))
    assert "runs of one group (sample_group) stand in the same fold" in text


def test_same_inputs_give_the_same_bytes(params):
    assert card(params) == card(params)
    content = card_content(params)
    assert render_model_card(content) == render_model_card(content)


def test_card_names_no_date_and_no_place_of_this_machine(params):
    moved = changed(params, "data", root=Path("/home/someone/secret/mars"))
    text = card(moved)
    assert "| data | mars |" in text
    assert "someone" not in text
    assert str(Path.cwd()) not in text
    assert not re.search(r"\b20\d\d-\d\d", text)


def test_scores_and_counts_are_those_of_the_tables(params):
    text = card(params)
    assert "| blend | 0.120 (0.100–0.140) | 0.970 |" in text
    assert "| commercial | 55 | 0 |" in text
    assert "| sam_testbed | 5 | 0.120 (0.100–0.140) |" in text
    assert "| carbonate | 20 | 33.3 % |" in text
    # a label whose line can't be fitted has none
    assert re.search(r"\| iron oxide \| .* \| – \| 20.0 %, 25.0 % \|", text)


def test_limits_name_the_instrument_with_few_runs_and_scarce_labels(params):
    text = card(params)
    assert "**Instrument sam_testbed.** 5 labelled runs, 0 to predict" in text
    assert "Instrument commercial" not in text
    assert "Fewer than 50 labelled runs with carbonate, sulfate" in text


def test_instrument_without_labelled_run_is_named(params):
    runs = pl.read_parquet(paths.RUNS)
    other = runs.head(1).with_columns(
        role=pl.lit("test"), instrument_type=pl.lit("rover|2")
    )
    pl.concat([runs, other]).write_parquet(paths.RUNS)
    seal_all()
    text = card(params)
    assert r"**Instrument rover\|2.** No labelled run" in text
    # a bar in a name would end its cell
    assert r"| rover\|2 | 0 | 1 |" in text


def test_names_from_the_data_make_no_markup(params):
    text = card(params)
    assert report_inputs.ODD not in text
    assert markdown_text(report_inputs.ODD) in text
    assert "<" not in re.sub(r"\\<", "", text)


def test_quick_budget_warns(params):
    assert "quick budget" in card(params)
    assert "quick budget" not in card(params.model_copy(update={"budget": "full"}))


def test_without_its_tables_there_is_no_card(params):
    paths.HARD_REASONS.unlink()
    with pytest.raises(EgaError, match="evaluate"):
        model_card.run(params)


def test_digest_changes_with_what_shapes_predictions_only(params):
    digest = params_digest(params)
    assert re.fullmatch(r"[0-9a-f]{16}", digest)
    same = [
        changed(params, "data", root=Path("elsewhere")),
        changed(params, "compute", workers=7),
        changed(params, "report", top_features=3),
    ]
    other = [
        changed(params, "gbt", learning_rate=0.2),
        changed(params, "stack", l2=0.5),
        params.model_copy(update={"seed": params.seed + 1}),
    ]
    assert [params_digest(p) for p in same] == [digest] * 3
    assert digest not in [params_digest(p) for p in other]


def test_ranges_hold_the_middle_of_the_runs():
    n = 101
    table = pl.DataFrame(
        {
            "temperature_low_celsius": [float(-i) for i in range(n)],
            "temperature_high_celsius": [900.0 + i for i in range(n)],
            "heating_rate_celsius_per_minute": [float("nan")] * n,
            "ion_count": [100] * n,
        }
    )
    assert ranges(table) == {
        "low": "−95 to −5",
        "high": "905 to 995",
        "heating": "–",
        "ions": "100",
    }
