"""Small tables as the stages before `report` write them, with known chemistry."""

import numpy as np
import polars as pl
from evaluation_inputs import sample_ids, with_facts, write_evaluation_inputs
from support import REPOSITORY, seal_all

from features.feature import Feature, feature_name, ion_features, window_features
from pipeline import paths
from pipeline.atomic import write_csv, write_json, write_parquet
from pipeline.params import Params, load_params
from pipeline.report import IMPORTANCE, WEIGHTS
from pipeline.result_params import ReportParams

ODD = '<b>"odd"</b> & </script>%25'
# no tree can split on anything for the last one
LABELS = ("carbonate", "sulfate", ODD, "iron_oxide")
MZ = np.array([12, 18, 28, 44, 64, 99])
EDGES = np.arange(100.0, 1001.0, 100.0)
# label -> m/z, window and direction that speak for it
CHEMISTRY = {
    "carbonate": ((44, 600, 800, 0.9), (12, 600, 800, 0.5), (18, 100, 300, -0.7)),
    "sulfate": ((64, 800, 1000, 0.9), (18, 300, 500, 0.6)),
    ODD: ((28, 100, 1000, 0.1),),
}
SCRIPT = "</script><script>window.hacked = true</script>"


def report_params(labels=LABELS, top=8) -> Params:
    params = load_params(REPOSITORY / "params.yaml")
    return params.model_copy(
        update={
            "data": params.data.model_copy(update={"labels": labels}),
            "report": ReportParams(top_features=top),
        }
    )


def dictionary() -> list[Feature]:
    share = window_features("prevalence", MZ, EDGES, "share", "share of the ion")
    height = ion_features("peak_value", "peak_value", MZ, "-", "height of the ion")
    name = feature_name("scan_count")
    odd = Feature(name, "run_facts", None, None, None, "scans", SCRIPT)
    return [*share, *height, odd]


def importance(repeats=2, folds=3, seed=3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for label in CHEMISTRY:
        for repeat in range(repeats):
            for fold in range(folds):
                rows += _model(label, repeat, fold, rng)
    return pl.DataFrame(
        rows,
        schema=[
            "label",
            "repeat",
            "fold",
            "feature",
            "gain",
            "contribution",
            "direction",
        ],
        orient="row",
    )


def _model(label, repeat, fold, rng):
    rows = []
    for feature in dictionary():
        strength, direction = _strength(label, feature)
        if rng.random() < 0.3 and strength < 0.1:
            continue
        contribution = strength * rng.uniform(0.7, 1.3)
        rows.append(
            (feature.name, rng.gamma(2) * contribution, contribution, direction)
        )
    total = sum(gain for _, gain, _, _ in rows)
    return [
        (label, repeat, fold, name, gain / total, contribution, direction)
        for name, gain, contribution, direction in rows
    ]


def _strength(label, feature):
    for mz, low, high, direction in CHEMISTRY[label]:
        start = feature.temperature_low_celsius
        if feature.mz == mz and (start is None or low <= start < high):
            return max(0.4 * abs(direction), 0.1), direction
    return 0.01, None


def metrics() -> dict:
    def scores(loss):
        return {
            "log_loss": loss,
            "log_loss_low": loss - 0.02,
            "log_loss_high": loss + 0.02,
            "auc": 1 - loss / 4,
        }

    families = {"prevalence": 0.4, "gbt": 0.16, "linear": 0.3, "stack": 0.12}
    return {
        "runs": {"train": 60, "holdout": 20, "test": 10, "quarantined": 0},
        "out_of_fold": {name: scores(loss) for name, loss in families.items()},
        "by_label": {
            "out_of_fold": {
                name: {
                    label: scores(loss * (1 + number / 10)) | {"positives": 20}
                    for number, label in enumerate(LABELS)
                }
                for name, loss in families.items()
            }
        },
        "by_instrument": {
            "out_of_fold": {
                name: {
                    "commercial": scores(loss) | {"runs": 55},
                    "sam_testbed": scores(loss) | {"runs": 5},
                }
                for name, loss in families.items()
            }
        },
    }


def interval(name, value, width=0.01):
    return {name: value, f"{name}_low": value - width, f"{name}_high": value + width}


def ablation() -> pl.DataFrame:
    """Return what stage ablate writes: gbt helps, linear does not."""
    losses = [("gbt", 1, 0.16, 0.15, 0.15), ("linear", 2, 0.3, 0.28, 0.148)]
    rows = [
        {"family": family, "step": step}
        | interval("alone", alone)
        | interval("recalibrated", recalibrated)
        | interval("blend", blend)
        | (interval("gain", 0.002) if step > 1 else interval("gain", np.nan))
        | interval("blend_without", 0.28 if family == "gbt" else 0.15)
        | interval("missed", 0.132 if family == "gbt" else 0.002)
        for family, step, alone, recalibrated, blend in losses
    ]
    return pl.DataFrame(rows).with_columns(pl.selectors.float().fill_nan(None))


def calibration() -> pl.DataFrame:
    rows = [
        {"system": system, "when": when, "calibration_error": 0.02}
        | interval("log_loss", 0.15)
        | interval("slope", slope)
        | interval("intercept", -0.004)
        for system in ("gbt", "linear", "stack")
        for when, slope in (("before", 0.5), ("after", 1.0))
    ]
    return pl.DataFrame(rows)


def curves() -> pl.DataFrame:
    rows = [
        {"system": row["system"], "when": row["when"], "predicted": p, "observed": p**2}
        | {"low": p**2 - 0.01, "high": p**2 + 0.01, "decisions": decisions}
        for row in calibration().iter_rows(named=True)
        for p, decisions in ((0.05, 200), (0.55, 20), (0.95, 30))
    ]
    return pl.DataFrame(rows)


def write_inputs() -> None:
    """Write everything that `report` reads below the working directory."""
    n_runs, n_sam = 60, 5
    runs = {
        "sample_id": sample_ids(n_runs),
        "split": ["train"] * n_runs,
        "instrument_type": ["commercial"] * (n_runs - n_sam) + ["sam_testbed"] * n_sam,
        "role": ["train"] * n_runs,
    } | {
        label: (np.arange(n_runs) % (3 + number) == 0).astype(np.int8)
        for number, label in enumerate(LABELS)
    }
    table = with_facts(pl.DataFrame(runs))
    write_parquet(paths.RUNS, table)
    write_evaluation_inputs(table, list(LABELS))
    write_csv(
        paths.FEATURE_DICTIONARY,
        pl.DataFrame([feature.as_dict() for feature in dictionary()]),
    )
    write_parquet(IMPORTANCE, importance())
    write_json(paths.METRICS, metrics())
    write_csv(paths.ABLATION, ablation())
    write_csv(paths.CALIBRATION, calibration())
    write_csv(paths.CALIBRATION_CURVES, curves())
    weights = [
        (label, family, weight)
        for label in LABELS
        for family, weight in (("gbt", 0.7), ("linear", 0.2), ("constant", -0.05))
    ]
    schema = ["label", "family", "weight"]
    write_parquet(WEIGHTS, pl.DataFrame(weights, schema=schema, orient="row"))
    seal_all()
