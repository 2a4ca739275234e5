"""Contents of bundles that no checksum can find wrong."""

import numpy as np
import polars as pl
import pytest
from bundle_files import FILES, GBT, WEIGHTS, manifest_of, write_bundle

from pipeline.errors import EgaError
from pipeline.prediction.bundle import (
    explained,
    open_bundle,
)


@pytest.mark.parametrize(
    "use",
    [
        lambda bundle: bundle.tensors("model_card.md"),
        lambda bundle: bundle.json("model_card.md"),
        lambda bundle: bundle.text(GBT),
        lambda bundle: bundle.text("absent"),
        lambda bundle: bundle.json("params.json")["seed"]["absent"],
        lambda bundle: WEIGHTS["0/a"] @ WEIGHTS["0/a"],
        lambda bundle: np.ones(3)[7],
        pytest.param(
            lambda bundle: pl.read_csv(bundle.data("model_card.md"))["family"]
        ),
        pytest.param(lambda bundle: bundle.json("text.json").pop("interval")),
    ],
)
def test_content_that_does_not_fit_is_a_damaged_model(bundle, use):
    # whoever makes a bundle by hand makes its checksums, too
    files = FILES | {
        "params.json": b'{"seed": 1}',
        "model_card.md": b"card",
        "text.json": b'"text"',
    }
    write_bundle(bundle, files=files)

    opened = open_bundle(bundle)
    with (
        pytest.raises(EgaError, match=r"damaged or no model.*Cure: ") as caught,
        explained(opened),
    ):
        use(opened)
    assert str(caught.value).startswith(f"{bundle}: ")


@pytest.mark.parametrize("folds", [[[0]], [0], ["ab"], [[0, None]], [[0, 1, 2]]])
def test_folds_that_are_no_pairs_are_a_damaged_model(bundle, folds):
    write_bundle(bundle, manifest_of(FILES, folds=folds))
    opened = open_bundle(bundle)
    with pytest.raises(EgaError, match="damaged or no model"), explained(opened):
        assert opened.folds
