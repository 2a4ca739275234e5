"""The smallest bundle that loads: hand-made weights of four families."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from models.flat_trees import FlatTrees
from models.kernel_logistic import fit_kernel
from pipeline.bundle_params import bundle_settings
from pipeline.params import load_params
from pipeline.prediction import bundle as names

LABELS = ("basalt", "iron")
FAMILIES = ("gbt", "linear", "kernel")
_PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def manifest_of(files: dict[str, bytes]) -> dict[str, Any]:
    """Return a manifest with the right checksums."""
    manifest = {
        "format": names.FORMAT,
        "schema_version": names.SCHEMA_VERSION,
        "program": {"ega-ms": "0.1.0"},
        "labels": list(LABELS),
        "families": list(FAMILIES),
        "folds": [[0, 0], [0, 1]],
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }
    return manifest | {"sha256": names.manifest_checksum(manifest)}


def bundle_files(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files and their manifest."""
    return {**files, names.MANIFEST: json.dumps(manifest_of(files)).encode()}


@cache
def model_files() -> dict[str, bytes]:
    """Return all files of a bundle but its manifest."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6, 4))
    y = np.array([[0, 1], [1, 0], [0, 0], [1, 1], [0, 1], [1, 0]])
    kernel = fit_kernel(X, y, 8.0, 1e-6).to_arrays() | {"training": np.arange(6)}
    params = bundle_settings(load_params(_PARAMS))
    dictionary = "name,family,mz,temperature_low_celsius,temperature_high_celsius\n"
    dictionary += "".join(f"f{i},maximum,{i},50.0,100.0\n" for i in range(3))
    dictionary += "f3,heating_rate,,,\n"
    blend = {"weights": [0.3, 0.3, 0.3], "constant": -0.1}
    knowledge = {
        "ranges": {"scan_count": [1, 9]},
        "ions": [2, 18],
        "instruments": {"commercial": 6},
        "lowest_similarity": 0.5,
        "usual_share": 0.98,
        "interval": {
            "coverage": 0.95,
            "factor": 2.0,
            "runs": 0,
            "found": None,
            "distances": [],
        },
    }
    return {
        names.PARAMS: json.dumps(params).encode(),
        names.DICTIONARY: dictionary.encode(),
        names.MODEL_CARD: b"# card\n",
        names.TRAINING_RUNS: b"sample_id,instrument_type,basalt,iron\n"
        + b"".join(b"S%d,commercial,0,1\n" % i for i in range(6)),
        names.TRAINING_INPUTS: safetensors.numpy.save({"log_inputs": X}),
        names.KNOWLEDGE: json.dumps(knowledge).encode(),
        names.RELIABILITY: b"label,low,high,runs,positive\nbasalt,0.0,0.5,5,1\n",
        names.BLENDS: json.dumps(
            {
                "space": "logit",
                "instruments": ["commercial"],
                "labels": dict.fromkeys(LABELS, blend),
            }
        ).encode(),
        names.models_file("gbt"): safetensors.numpy.save(_trees()),
        names.models_file("linear"): safetensors.numpy.save(_linear()),
        names.models_file("kernel"): safetensors.numpy.save(
            {f"{fold}/{k}": v for fold in range(2) for k, v in kernel.items()}
        ),
    }


def _trees() -> dict[str, np.ndarray]:
    """Return four boosters of one tree with one split each."""
    n = 4
    trees = FlatTrees(
        4,
        np.zeros(n, np.int32),
        np.zeros(n, np.float32),
        np.zeros(n, np.uint8),
        np.tile(np.array([[-1, -2]], np.int32), (n, 1)),
        np.linspace(-1, 1, 2 * n),
        np.ones(2 * n, np.int32),
        np.arange(n + 1, dtype=np.int32),
        np.arange(n + 1, dtype=np.int32),
    )
    return {
        **trees.to_arrays(),
        "booster_fold": np.array([0, 0, 1, 1], np.int32),
        "booster_label": np.array([0, 1, 0, 1], np.int32),
    }


def _linear() -> dict[str, np.ndarray]:
    return {
        "fill": np.zeros((2, 4)),
        "centre": np.zeros((2, 4)),
        "coefficients": np.ones((2, 2, 4)),
        "intercepts": np.zeros((2, 2)),
    }
