"""Section featurize of params.yaml -> what the feature families need to know."""

from __future__ import annotations

from dataclasses import fields

from features.table import FeatureSettings
from pipeline.data_params import FeaturizeParams


def feature_settings(params: FeaturizeParams) -> FeatureSettings:
    """Return the settings that the feature families share."""
    return FeatureSettings(
        **{f.name: getattr(params, f.name) for f in fields(FeatureSettings)}
    )
