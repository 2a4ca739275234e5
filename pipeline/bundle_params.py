"""The settings that a model bundle carries: what a prediction needs, and no more.

A setting that is new in params.yaml must not make the bundles of yesterday unreadable.
"""

from __future__ import annotations

from typing import Any, Literal

from pipeline.data_params import BinParams, FeaturizeParams
from pipeline.family_params import StackParams
from pipeline.format_params import FormatParams
from pipeline.network_params import NetworkParams
from pipeline.params import Params, Seed
from pipeline.predict_params import PredictParams
from pipeline.section import Section
from pipeline.soup_params import SoupParams


class BundleCompute(Section):
    """Where networks run, and in what precision they multiply."""

    device: Literal["auto"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"]


class BundleParams(Section):
    """Sections of params.yaml, with the budget merged in."""

    seed: Seed
    compute: BundleCompute
    bin: BinParams
    featurize: FeaturizeParams
    conv: NetworkParams
    sequence: NetworkParams
    soup: SoupParams
    stack: StackParams
    predict: PredictParams
    formats: FormatParams


def bundle_settings(params: Params) -> dict[str, Any]:
    """Return what `BundleParams` reads, fit for JSON."""
    settings = params.model_dump(mode="json", include=set(BundleParams.model_fields))
    # not those of the machine that trained
    settings["compute"] = {"precision": params.compute.precision}
    return settings
