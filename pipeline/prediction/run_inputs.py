"""Runs in the forms that the model families read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.grid import EgaGrid
from features.table import feature_matrix
from models.log_inputs import log_inputs
from models.network_runs import NetworkRuns
from pipeline.bundle_params import BundleParams
from pipeline.feature_settings import feature_settings
from pipeline.network_inputs import network_runs


@dataclass(frozen=True)
class RunInputs:
    """A block of runs.

    Attributes
    ----------
    grid : EgaGrid
    instruments : tuple[str, ...]
    features : (n_runs, n_features) float32
        In the order of the bundle's feature dictionary.
    log_inputs : (n_runs, n_inputs)
        See `models.log_inputs`.
    network_runs : NetworkRuns
    """

    grid: EgaGrid
    instruments: tuple[str, ...]
    features: np.ndarray
    log_inputs: np.ndarray
    network_runs: NetworkRuns


def run_inputs(
    grid: EgaGrid,
    instruments: tuple[str, ...],
    params: BundleParams,
    feature_names: tuple[str, ...],
    feature_families: np.ndarray,
) -> RunInputs:
    """Compute features and network inputs as the stages do.

    Raises
    ------
    ValueError
        The features are not those of `feature_names`.
    """
    features, dictionary = feature_matrix(grid, feature_settings(params.featurize))
    if tuple(feature.name for feature in dictionary) != feature_names:
        raise ValueError(
            "this program computes other features than the model was trained with"
        )
    return RunInputs(
        grid,
        instruments,
        features,
        log_inputs(features, feature_families),
        network_runs(grid, params.featurize.carrier_mz),
    )
