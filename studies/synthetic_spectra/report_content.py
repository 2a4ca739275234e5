"""Tables and figures of the page, from what the stages wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from models.spectrum_cost import network_cost
from models.spectrum_specs import OWN
from studies.stage_files import read_table
from studies.synthetic_spectra import paths
from studies.synthetic_spectra.cells import Cell
from studies.synthetic_spectra.deciding_points import deciding_points
from studies.synthetic_spectra.extras import Extras, network_inputs
from studies.synthetic_spectra.figures import (
    confusion_figure,
    loss_figure,
    spectrum_figure,
)
from studies.synthetic_spectra.mistakes import KINDS
from studies.synthetic_spectra.published_results import published
from studies.synthetic_spectra.set_arrays import load_classes, load_part
from studies.synthetic_spectra.settings import Settings
from studies.synthetic_spectra.spectrum_classes import SpectrumClasses, from_peaks
from studies.synthetic_spectra.training_files import Record, read_weights
from studies.synthetic_spectra.trainings import open_network


def network_rows(
    scores: pl.DataFrame,
    records: dict[Cell, Record],
    classes: SpectrumClasses,
    wanted_seeds: int,
) -> list[dict[str, Any]]:
    """Return a row of results for each network, in the order of training."""
    rows = []
    for (name,), part in scores.group_by("network", maintain_order=True):
        network = str(name)
        data_set = part["data_set"].item(0)
        errors, spectra = part["errors"].to_numpy(), part["spectra"].item(0)
        cost = network_cost(network, classes.points, len(classes))
        spent = [
            record.seconds
            for cell, record in records.items()
            if (cell.data_set, cell.network) == (data_set, network)
        ]
        rows.append(
            {
                "name": network,
                "own": network in OWN,
                "seeds": f"{len(part)}"
                + (f" of {wanted_seeds}" if len(part) < wanted_seeds else ""),
                "errors": f"{errors.min()} / {errors.mean():.1f} / {errors.max()}",
                "accuracy": f"{100 * (1 - np.median(errors) / spectra):.2f} %",
                "published": published(data_set, network),
                "parameters": f"{cost.parameters:,}",
                "mflop": f"{cost.flop / 1e6:,.1f}",
                "seconds": f"{np.mean(spent):,.0f}",
                "scorings": part["scorings"].max(),
            }
        )
    return rows


def kind_rows(scores: pl.DataFrame, errors: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the mean number of mistakes of each kind, a row a network."""
    rows = []
    for (name,), part in scores.group_by("network", maintain_order=True):
        of_network = errors.filter(pl.col("network") == name)
        rows.append(
            {
                "name": name,
                "counts": [
                    f"{(of_network['kind'] == kind).sum() / len(part):.1f}"
                    for kind in KINDS
                ],
            }
        )
    return rows


def confusion_rows(errors: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    """Return the most frequent confusions over all networks and seeds."""
    counted = (
        errors.group_by("truth", "predicted", "kind")
        .agg(
            mistakes=pl.len(), networks=pl.col("network").unique().sort().str.join(", ")
        )
        .sort(["mistakes", "truth", "predicted"], descending=[True, False, False])
    )
    return counted.head(most).to_dicts()


def network_panels(
    data_set: str, scores: pl.DataFrame, errors: pl.DataFrame, n_classes: int
) -> list[dict[str, Any]]:
    """Return for each network its confusions and its losses over epochs."""
    panels = []
    for (name,), part in scores.group_by("network", maintain_order=True):
        wrong = errors.filter(pl.col("network") == name)
        pairs = {
            (row["truth"], row["predicted"]): row["len"]
            for row in wrong.group_by("truth", "predicted").len().to_dicts()
        }
        losses = []
        for seed in part["seed"]:
            table = read_table(
                paths.history(data_set, str(name), seed), "synthetic_spectra train"
            )
            losses.append((f"seed {seed}", table["validation_loss"].to_list()))
        panels.append(
            {
                "name": name,
                "matrix": confusion_figure(n_classes, pairs),
                "losses": loss_figure(losses),
            }
        )
    return panels


def example_rows(
    data_set: str, errors: pl.DataFrame, settings: Settings
) -> list[dict[str, Any]]:
    """Return misjudged spectra with the points that decided.

    Of each kind of mistake in turn, the first of the network with the fewest mistakes.
    """
    if errors.is_empty() or settings.report.examples == 0:
        return []
    classes = load_classes(data_set, settings)
    test = load_part(data_set, "test", settings)
    ranked = errors.join(errors.group_by("network").len(), on="network")
    ranked = ranked.sort(["len", "network", "seed", "spectrum"])
    ranked = ranked.unique(["truth", "predicted"], keep="first", maintain_order=True)
    order = pl.int_range(pl.len()).over("kind")
    chosen = ranked.with_columns(turn=order).sort("turn", maintain_order=True)
    rows = []
    for row in chosen.head(settings.report.examples).to_dicts():
        tensors, _ = read_weights(Cell(data_set, row["network"], row["seed"]))
        spectrum = test.inputs[row["spectrum"]]
        network = open_network(
            row["network"], tensors, len(spectrum), len(classes), settings
        )
        speaks = deciding_points(network, spectrum, row["truth"], row["predicted"])
        curves = [
            ("other", undisturbed(classes, row["predicted"])),
            ("own", spectrum),
        ]
        rows.append(row | {"figure": spectrum_figure(curves, speaks)})
    return rows


def undisturbed(classes: SpectrumClasses, number: int) -> np.ndarray:
    """Return (points,) float32, a class as it is defined."""
    from studies.synthetic_spectra.designed_spectra import WIDTH_POINTS
    from studies.synthetic_spectra.sparse_spectra import SparseSpectra

    positions, heights = classes.peaks(number)
    one = from_peaks(classes.points, [(positions.tolist(), heights.tolist())])
    spectra = SparseSpectra(
        classes.points,
        one.positions,
        one.heights,
        one.starts,
        np.array([WIDTH_POINTS]),
        np.array([number]),
    )
    curve: np.ndarray = network_inputs(spectra, Extras(), 0)[0]
    return curve
