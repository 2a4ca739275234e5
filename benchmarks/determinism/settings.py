"""The data, the parameters and the time that everything here is measured with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.cli import STAGES as ALL_STAGES

ROOT = Path(__file__).resolve().parent.parent.parent
STAGES = tuple(name for name in ALL_STAGES if name != "simulate")
RUNS = 60

_NETWORK = {"bin_width_celsius": 50, "views": 2}
_MEMBER = {"channels": ["prevalence"], "dropout": 0.1, "last_dropout": 0.5}
# small, and yet such that a stage takes seconds: a kill must find it at work
_SECTIONS: dict[str, dict[str, Any]] = {
    "simulate": {"runs": RUNS},
    "bin": {"runs_per_chunk": 6},
    "featurize": {"prevalence_window_celsius": 150, "area_window_celsius": 350},
    "fold": {"outer_folds": 2, "inner_folds": 2},
    "gbt": {"max_features": 100},
    "linear": {"penalties": [0.01, 0.1]},
    "conv": _NETWORK
    | {
        "members": [
            _MEMBER | {"network": "dilated", "width": 4},
            _MEMBER | {"network": "ion_attention", "width": 16, "layers": 1},
        ]
    },
    "sequence": _NETWORK
    | {
        "members": [
            _MEMBER | {"network": network, "width": 16, "layers": 2}
            for network in ("convolution", "transformer", "recurrent")
        ]
    },
    "soup": {"widths": [64, 32], "epochs": 4, "pool": 2, "copy_share": 0.2},
    "stack": {"minimum_runs": 10},
    "evaluate": {"bootstrap_samples": 500, "permutations": 500},
}
_BUDGET = {
    "featurize": {"copies": 1},
    "fold": {"repeats": 1},
    "gbt": {"trials": 1, "seeds": 1, "rounds": 15, "learning_rate": 0.1},
    "conv": {"copies": 1, "epochs": 4},
    "sequence": {"copies": 1, "epochs": 4},
    "soup": {"trainings": 3, "members": 2},
    "pages": {"worst_runs": 1},
}


def write_params(folder: Path, **compute: Any) -> None:
    """Write a params.yaml with small networks and few trees."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    settings = YAML(typ="safe").load(text)
    for name, values in _SECTIONS.items():
        settings[name].update(values)
    settings["budgets"]["quick"] = _BUDGET
    settings["compute"].update(compute)
    # JSON is YAML, too
    (folder / "params.yaml").write_text(json.dumps(settings), encoding="utf-8")
