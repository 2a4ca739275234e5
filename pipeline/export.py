"""Stage export: everything that a prediction needs, as one model bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import safetensors.numpy

from models.lightgbm_text import parse_boosters
from models.log_inputs import log_inputs
from pipeline import paths
from pipeline.artifacts import read_bytes, read_parquet
from pipeline.atomic import replacing_folder
from pipeline.bundle_params import bundle_settings
from pipeline.family import family_data, read_predictions
from pipeline.family_data import FamilyData
from pipeline.model_archive import read_archive
from pipeline.params import Params
from pipeline.prediction import bundle as names
from pipeline.prediction.intervals import fit_interval
from pipeline.stack import FAMILIES, blended_instruments, read_blends
from pipeline.tensor_bytes import tensor_bytes
from pipeline.training_range import measure_knowledge, reliability_table

NAME = "export"
# what is kept in half precision: the largest family, whose log-odds move by less than
# a thousandth
HALF = ("soup",)
_LIBRARIES = ("ega-ms", "lightgbm", "numpy", "scipy", "torch")


def run(params: Params) -> None:
    """Write artifacts/export, the bundle."""
    data = family_data(params)
    predictions = read_predictions("stack")
    files = {
        names.PARAMS: _json(bundle_settings(params)),
        names.DICTIONARY: read_bytes(paths.FEATURE_DICTIONARY),
        names.TRAINING_RUNS: _training_runs(data, params).write_csv().encode(),
        names.TRAINING_INPUTS: tensor_bytes(
            {"log_inputs": log_inputs(data.X, data.feature_families)}
        ),
        names.BLENDS: _json(_blends(params)),
        names.RELIABILITY: reliability_table(predictions, data, params)
        .write_csv()
        .encode(),
        names.MODEL_CARD: read_bytes(paths.MODEL_CARD),
        names.KNOWLEDGE: _json(_knowledge(data, predictions, params)),
    }
    for family in FAMILIES:
        tensors = _models(family, data, params)
        files[names.models_file(family)] = tensor_bytes(tensors)
    manifest = {
        "format": names.FORMAT,
        "schema_version": names.SCHEMA_VERSION,
        "program": {name: version(name) for name in _LIBRARIES},
        "labels": list(params.data.labels),
        "families": list(FAMILIES),
        "folds": [[fold.repeat, fold.number] for fold in data.folds],
        "seed": params.seed,
        "budget": params.budget,
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        },
    }
    manifest["sha256"] = names.manifest_checksum(manifest)
    with replacing_folder(paths.BUNDLE) as folder:
        for name, content in files.items():
            _write(folder / name, content)
        # last: where the manifest is, everything is
        _write(folder / names.MANIFEST, _json(manifest))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _models(family: str, data: FamilyData, params: Params) -> dict[str, np.ndarray]:
    archives = [
        read_archive(
            paths.family(family)
            / "models"
            / f"repeat{fold.repeat}_fold{fold.number}.zip"
        )
        for fold in data.folds
    ]
    if family == "gbt":
        return _gbt_tensors(archives, params.data.labels, data.feature_names)
    tensors = {}
    for fold, archive in enumerate(archives):
        for name, content in archive.items():
            part = _place(name)
            for key, values in safetensors.numpy.load(content).items():
                tensors[f"{fold}/{part}{key}"] = _stored(family, values)
    if family == "linear":
        keys = sorted({name.partition("/")[2] for name in tensors})
        n_folds = range(len(archives))
        return {key: np.stack([tensors[f"{f}/{key}"] for f in n_folds]) for key in keys}
    return tensors


def _place(name: str) -> str:
    """Return what stands before the tensors of a file: the member, or `inputs/`."""
    stem = Path(name).stem
    if stem == "model":
        return ""
    return stem.removeprefix("member") + "/"


def _stored(family: str, values: np.ndarray) -> np.ndarray:
    # matrices alone: they are nearly all of it, and have no large numbers
    if family in HALF and values.dtype == np.float32 and values.ndim == 2:
        return values.astype(np.float16)
    return values


def _training_runs(data: FamilyData, params: Params) -> pl.DataFrame:
    """Return id, instrument and labels of the training runs."""
    columns = ("sample_id", "instrument_type", *params.data.labels)
    return data.training.select(columns)


def _blends(params: Params) -> dict[str, Any]:
    weights = read_parquet(paths.family("stack") / "weights.parquet")
    return {
        "space": params.stack.space,
        "instruments": blended_instruments(params),
        "labels": {
            label: {"weights": blend.weights.tolist(), "constant": blend.constant}
            for label, blend in read_blends(weights, params).items()
        },
    }


def _knowledge(
    data: FamilyData, predictions: pl.DataFrame, params: Params
) -> dict[str, Any]:
    neighbours = read_parquet(paths.family("kernel") / "neighbours.parquet")
    training_ids = data.training["sample_id"].to_list()
    nearest = neighbours.filter(
        (pl.col("rank") == 1) & pl.col("sample_id").is_in(training_ids)
    )["similarity"].to_numpy()
    knowledge = measure_knowledge(
        data.training,
        nearest,
        params.predict.usual_share,
        params.featurize.carrier_mz,
    )
    factor = fit_interval(_unseen(predictions, data, params), params.predict.interval)
    found = None if np.isnan(factor.found) else factor.found
    return {**knowledge, "interval": {**vars(factor), "found": found}}


def _unseen(predictions: pl.DataFrame, data: FamilyData, params: Params) -> np.ndarray:
    """Return (n_folds, n_runs, n_labels) of the runs that no fold has learnt from."""
    others = predictions.filter(pl.col("role") != "out_of_fold")
    ids = data.others.select("sample_id").with_row_index("run")
    labels = pl.DataFrame({"label": list(params.data.labels)}).with_row_index("column")
    ordered = (
        others.join(ids, on="sample_id")
        .join(labels, on="label")
        .sort("repeat", "fold", "run", "column")
    )
    shape = (len(data.folds), len(ids), len(labels))
    return ordered["probability"].to_numpy().reshape(shape)


def _gbt_tensors(
    archives: Sequence[dict[str, bytes]],
    labels: Sequence[str],
    feature_names: Sequence[str],
) -> dict[str, np.ndarray]:
    """Return what `GbtMembers` needs of the text models `<label>_<number>.txt`."""
    texts: list[str] = []
    fold_of, label_of = [], []
    for fold, archive in enumerate(archives):
        for name, text in sorted(archive.items()):
            texts.append(text.decode())
            fold_of.append(fold)
            label_of.append(labels.index(name.rpartition("_")[0]))
    return {
        **parse_boosters(texts, feature_names).to_arrays(),
        "booster_fold": np.array(fold_of, dtype=np.int32),
        "booster_label": np.array(label_of, dtype=np.int32),
    }
