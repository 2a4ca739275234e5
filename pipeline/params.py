"""params.yaml -> checked, frozen settings; a typo stops the run with its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from pipeline.compute_params import ComputeParams
from pipeline.data_params import (
    BinParams,
    DataParams,
    DuplicatesParams,
    FeaturizeParams,
    FoldParams,
    SimulateParams,
)
from pipeline.family_params import GbtParams, KernelParams, LinearParams, StackParams
from pipeline.format_params import FormatParams
from pipeline.network_params import NetworkParams
from pipeline.predict_params import PredictParams
from pipeline.result_params import (
    EvaluateParams,
    PagesParams,
    ReportParams,
    SubmitParams,
)
from pipeline.sam_transfer_params import SamTransferParams
from pipeline.section import Section
from pipeline.settings_file import load_settings
from pipeline.soup_params import SoupParams

Seed = Annotated[int, Field(ge=0)]


class Params(Section):
    """All settings, with those of the chosen budget merged in."""

    seed: Seed
    budget: str
    compute: ComputeParams
    data: DataParams
    simulate: SimulateParams
    bin: BinParams
    featurize: FeaturizeParams
    duplicates: DuplicatesParams
    fold: FoldParams
    gbt: GbtParams
    linear: LinearParams
    kernel: KernelParams
    conv: NetworkParams
    sequence: NetworkParams
    soup: SoupParams
    stack: StackParams
    evaluate: EvaluateParams
    pages: PagesParams
    report: ReportParams
    submit: SubmitParams
    predict: PredictParams
    formats: FormatParams
    sam_transfer: SamTransferParams


def load_params(path: Path) -> Params:
    """Read params.yaml; raises EgaError that names every wrong key."""
    return load_settings(Params, path)
