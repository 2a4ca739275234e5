"""Section soup of params.yaml -> what its networks are."""

from __future__ import annotations

from models.ldl_mlp import LdlMlpSettings
from models.network_device import choose_product_dtype
from pipeline.bundle_params import BundleParams
from pipeline.params import Params
from pipeline.soup_params import SoupParams


def training_settings(
    section: SoupParams, params: Params | BundleParams
) -> LdlMlpSettings:
    """Return what a single network of the soups is, and how it is trained."""
    return LdlMlpSettings(
        widths=section.widths,
        dropout=section.dropout,
        input_dropout=section.input_dropout,
        hinge_weight=section.hinge_weight,
        grid_weight=section.grid_weight,
        epochs=section.epochs,
        batch_size=section.batch_size,
        copy_share=section.copy_share,
        learning_rate=section.learning_rate,
        weight_decay=section.weight_decay,
        product_dtype=choose_product_dtype(params.compute.precision, "cpu"),
    )
