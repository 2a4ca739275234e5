import json
import re

import polars as pl
import pytest
import report_inputs
from plotly.offline import get_plotlyjs
from support import seal_all

from pipeline import paths, report
from pipeline.errors import EgaError


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("report"))
        report_inputs.write_inputs()
        report.run(report_inputs.report_params())
        yield paths.IMPORTANCE_PAGE.read_text(encoding="utf-8")


def own_part(page):
    """Return the page without plotly's script."""
    return page.replace(get_plotlyjs(), "")


def figures_of(page):
    text = re.search(r'id="figures-data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text[1])


def test_two_runs_write_the_same_bytes(written):
    outputs = (paths.IMPORTANCE_PAGE, report.FEATURE_TABLE, report.MAP_TABLE)
    before = [path.read_bytes() for path in outputs]
    report.run(report_inputs.report_params())
    assert [path.read_bytes() for path in outputs] == before


def test_page_holds_plotly_once_and_links_to_nothing(written):
    assert written.count(get_plotlyjs()) == 1
    page = own_part(written)
    assert "http://" not in page
    assert "https://" not in page
    assert not re.search(r"<(script|img|iframe|link)[^>]+(src|href)=(?!\"data:,)", page)


def test_page_names_no_place_of_this_machine(written):
    assert str(paths.IMPORTANCE_PAGE.resolve().parent.parent) not in written


def test_names_from_the_data_stay_text(written):
    page = own_part(written)
    assert report_inputs.SCRIPT not in page
    assert report_inputs.ODD not in page
    figures = figures_of(written)
    # nothing is lost on the way either
    assert [label["id"] for label in figures["labels"]] == list(report_inputs.LABELS)
    assert any(
        row["name"] == report_inputs.SCRIPT for row in figures["labels"][0]["features"]
    )


def test_page_says_what_the_model_goes_by(written):
    first = figures_of(written)["labels"][0]["sentence"]
    assert first.startswith(
        "The model recognises carbonate mainly by m/z 44 (CO₂) at 600–800 °C, "
        "where a strong signal speaks for it"
    )


def test_page_shows_scores_with_interval_and_baseline(written):
    page = own_part(written)
    assert "0.100–0.140" in page
    assert re.search(r"<dt>Baseline</dt>\s*<dd>0.400</dd>", page)


def test_csv_has_every_used_feature_and_the_map_the_same_total(written):
    table, cells = pl.read_csv(report.FEATURE_TABLE), pl.read_csv(report.MAP_TABLE)
    assert table.columns == list(report.FEATURE_COLUMNS)
    assert table.filter(pl.col("mz") == 44)["ion"].unique().to_list() == ["CO2"]
    for label in report_inputs.LABELS:
        own = pl.col("label") == label
        assert cells.filter(own)["contribution"].sum() == pytest.approx(
            table.filter(own)["contribution"].sum(), rel=1e-4
        )


def test_drawn_map_holds_the_total_contribution(written):
    for label in figures_of(written)["labels"]:
        drawn = sum(sum(row["cells"]) + row["whole"] for row in label["map"])
        # all features are in the table of this small page
        listed = sum(row["contribution"] for row in label["features"])
        assert drawn == pytest.approx(listed, rel=1e-2)


def test_models_are_counted_from_one(written):
    assert figures_of(written)["models"] == [[r, f] for r in (1, 2) for f in (1, 2, 3)]


def test_page_without_stack_and_scores(tmp_path, monkeypatch):
    # scores and blend may be missing; the importances are still worth reading
    monkeypatch.chdir(tmp_path)
    report_inputs.write_inputs()
    report.WEIGHTS.unlink()
    paths.ABLATION.unlink()
    paths.HARD_RUNS.unlink()
    paths.METRICS.write_text("{}")
    seal_all()
    report.run(report_inputs.report_params())
    page = paths.IMPORTANCE_PAGE.read_text(encoding="utf-8")
    assert all(label["weights"] == [] for label in figures_of(page)["labels"])
    # no link that leads nowhere
    assert "ensemble.html" not in own_part(page)
    assert "evaluation.html" not in own_part(page)
    for path in (paths.ENSEMBLE_PAGE, paths.EVALUATION_PAGE, paths.MODEL_CARD):
        assert not path.exists()


def test_model_that_uses_nothing_has_a_page_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report_inputs.write_inputs()
    pl.read_parquet(report.IMPORTANCE).clear().write_parquet(report.IMPORTANCE)
    seal_all()
    report.run(report_inputs.report_params())
    page = paths.IMPORTANCE_PAGE.read_text(encoding="utf-8")
    assert "uses no ion" in figures_of(page)["labels"][0]["sentence"]


@pytest.mark.parametrize(
    ("path", "stage"),
    [(report.IMPORTANCE, "gbt"), (paths.FEATURE_DICTIONARY, "featurize")],
)
def test_missing_input_names_its_stage(path, stage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report_inputs.write_inputs()
    path.unlink()
    with pytest.raises(EgaError, match=f"ega {stage}"):
        report.run(report_inputs.report_params())
