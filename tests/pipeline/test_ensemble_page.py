"""The page on the blend, made from small tables."""

import re
from html import unescape

import polars as pl
import pytest
import report_inputs
from page_text import rows_of
from support import seal_all

from pipeline import ensemble_page, paths, report
from pipeline.atomic import write_csv, write_json
from pipeline.ensemble_figures import loss_figure, reliability_panel
from pipeline.ensemble_words import finding
from pipeline.errors import EgaError
from pipeline.row_frame import nice_ticks


@pytest.fixture
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report_inputs.write_inputs()


def page():
    seal_all()
    ensemble_page.write_ensemble_page(report_inputs.report_params())
    return paths.ENSEMBLE_PAGE.read_text(encoding="utf-8")


def test_report_writes_all_pages_and_they_link_to_each_other(inside):
    report.run(report_inputs.report_params())
    pages = (paths.IMPORTANCE_PAGE, paths.ENSEMBLE_PAGE, paths.EVALUATION_PAGE)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for other in pages:
            assert (f'href="{other.name}"' in text) == (other != page)


def test_page_needs_nothing_else(inside):
    text = page()
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", text)
    assert "<script" not in text
    # no fetching either, should a name ever get through
    assert "default-src 'none'" in text
    assert page() == text


def test_table_of_families_follows_the_steps(inside):
    first, second = rows_of(page(), "families")
    assert first[:4] == [
        "1",
        "gbt boosted trees on the features",
        "0.160 0.150–0.170",
        "0.150 0.140–0.160",
    ]
    # nothing is gained by the first step, there is nothing before it
    assert first[5] == "–"
    assert second[5] == "0.0020 −0.0080 to 0.0120"
    assert first[7] == "0.1320 0.1220 to 0.1420"


def test_only_what_is_beyond_noise_is_bold(inside):
    text = page()
    assert "<b>0.1320</b>" in text
    assert "<b>0.0020</b>" not in text


@pytest.mark.parametrize(("gain", "tone"), [(0.02, "helps"), (-0.02, "harms")])
def test_help_and_harm_beyond_noise_differ(gain, tone, inside):
    rows = report_inputs.ablation().to_dicts()
    rows[1] |= report_inputs.interval("gain", gain)
    write_csv(paths.ABLATION, pl.DataFrame(rows))
    # a sure loss in the colour of a sure gain would be read as one
    assert re.findall(r'class="number (helps|harms)"', page()).count(tone) == (
        1 + (tone == "helps")
    )


def test_time_is_shown_or_said_to_be_unknown(inside):
    assert rows_of(page(), "families")[0][8:] == ["not measured", "not measured"]
    record = {"wall_seconds": 2700, "units": 0, "finished": True}
    write_json(paths.CACHE / "gbt" / "key" / "time_spent.json", record)
    first, second = rows_of(page(), "families")
    assert first[8:] == ["45 min", "45 min"]
    assert second[8:] == ["not measured", "at least 45 min"]


def test_weights_per_label_with_sum_constant_and_mean(inside):
    rows = rows_of(page(), "weights")
    names = [label.replace("_", " ") for label in report_inputs.LABELS]
    assert [row[0] for row in rows] == [*names, "mean"]
    assert rows[0][1:] == ["0.70", "0.20", "0.90", "−0.05"]
    assert rows[-1][1:] == ["0.70", "0.20", "0.90", ""]


def test_names_from_the_data_stay_text(inside):
    text = page()
    assert report_inputs.ODD not in text
    assert report_inputs.ODD in unescape(text)


def test_calibration_before_and_after(inside):
    rows = rows_of(page(), "calibration")
    assert [row[0] for row in rows] == ["gbt", "linear", "blend"]
    assert rows[2][5:7] == ["0.50 0.49 to 0.51", "1.00 0.99 to 1.01"]
    # nothing is less than nothing
    assert rows[2][7].startswith("0.00 ")


def test_page_of_one_family_without_line_or_scores(inside):
    families = ["gbt", "stack"]
    one = (
        report_inputs.ablation()
        .head(1)
        .with_columns(
            pl.lit(None).alias(name + end)
            for name in ("blend_without", "missed")
            for end in ("", "_low", "_high")
        )
    )
    write_csv(paths.ABLATION, one)
    no_line = report_inputs.calibration().filter(pl.col("system").is_in(families))
    no_line = no_line.with_columns(pl.lit(None).alias("slope"))
    write_csv(
        paths.CALIBRATION,
        no_line.with_columns(slope_low=pl.lit(None), slope_high=pl.lit(None)),
    )
    weights = pl.read_parquet(ensemble_page.WEIGHTS)
    weights.filter(pl.col("family") != "linear").write_parquet(ensemble_page.WEIGHTS)
    write_json(paths.METRICS, {})
    text = page()
    assert rows_of(text, "families")[0][5:8] == ["–", "–", "–"]
    assert rows_of(text, "calibration")[0][5] == "–"


def test_weights_of_other_families_are_refused(inside):
    weights = pl.read_parquet(ensemble_page.WEIGHTS)
    weights.filter(pl.col("family") != "linear").write_parquet(ensemble_page.WEIGHTS)
    with pytest.raises(EgaError, match=r"disagree: .*'linear'.*dvc repro"):
        page()


@pytest.mark.parametrize("path", [paths.CALIBRATION, paths.CALIBRATION_CURVES])
def test_missing_table_names_its_stage(path, inside):
    path.unlink()
    with pytest.raises(EgaError, match=f"{path.name} is missing.*`ega ablate`"):
        page()


def test_finding_tells_help_from_noise():
    rows = report_inputs.ablation().to_dicts()
    assert finding(rows) == (
        "The best family alone is gbt (log-loss 0.160). The blend of all 2 scores "
        "0.148, 8 % lower. No step after gbt lowers the loss by more than the choice "
        "of runs can explain."
    )
    rows[1]["gain_low"] = 0.001
    assert "Adding linear to those before lowers the loss by more" in finding(rows)


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.2), (0.0, 7.0), (0.121, 0.1234)])
def test_ticks_are_round_and_inside(low, high):
    ticks = nice_ticks(low, high)
    assert 3 <= len(ticks) <= 8
    assert low <= ticks[0] < ticks[-1] <= high


def test_marks_lie_in_the_figure_in_the_order_of_their_losses():
    figure = loss_figure(report_inputs.ablation().to_dicts())
    for row in figure["rows"]:
        for mark in (row["alone"], row["blend"]):
            assert figure["left"] < mark["low"] < mark["x"] < mark["high"]
            assert mark["high"] < figure["right"]
    first, second = figure["rows"]
    assert first["alone"]["x"] < second["alone"]["x"]
    assert second["blend"]["x"] == figure["whole"]


def test_dots_of_a_panel_rise_with_the_share():
    panel = reliability_panel(report_inputs.curves().filter(pl.col("system") == "gbt"))
    dots = panel["lines"]["before"]
    # up is less on a screen
    assert [dot["y"] for dot in dots] == sorted([d["y"] for d in dots], reverse=True)
    assert all(panel["start"] <= dot["x"] <= panel["end"] for dot in dots)
    assert dots[0]["radius"] > dots[1]["radius"]
