"""Figures of spectra: before and after each step, and the plate's axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.instrument_scaling import scaled_by_instrument
from models.spectrum_steps import (
    BaselineSubtraction,
    SavitzkyGolay,
    StandardNormalVariate,
)
from studies.raman_transfer.figure_parts import SHIFT, Figure, figure, line
from studies.raman_transfer.prepared import LABELLED_PLATE, Prepared
from studies.raman_transfer.settings import Settings

# where a chemist looks: band, cm-1
BANDS = {"acetate 928": 928, "sulfate 981": 981, "glucose 1125": 1125}
WATER = {"water 1640": 1640}
_BASELINE_STIFFNESS = 1e6
_FEW = 5


def step_figures(
    facts: dict[str, Any], prepared: Prepared, settings: Settings
) -> dict[str, Figure]:
    """Return a figure per step: a spectrum of each source, from file to model."""
    sources = [*prepared.instruments, LABELLED_PLATE]
    rows = {name: prepared.rows(name) for name in sources}
    compare, grid = settings.compare, prepared.grid_per_centimetre
    scaled = prepared.spectra
    narrow = SavitzkyGolay(compare.smoothing_points, 2, 1).fit_transform(scaled)
    wide = SavitzkyGolay(compare.across_smoothing_points, 2, 1).fit_transform(scaled)
    snv = StandardNormalVariate().fit_transform(narrow)
    aligned = scaled_by_instrument(wide, prepared.instrument)
    mean = {name: scaled[r].mean(axis=0) for name, r in rows.items()}
    # a few spectra tell what a baseline does
    flat = BaselineSubtraction(_BASELINE_STIFFNESS)
    based = {n: flat.fit_transform(scaled[r[:_FEW]]).mean(0) for n, r in rows.items()}
    slope = {name: narrow[r].mean(axis=0) for name, r in rows.items()}
    unit = {name: snv[r].mean(axis=0) for name, r in rows.items()}
    # the mean of an instrument is zero now; a single spectrum shows what is left
    strongest = {
        name: aligned[r[np.nanargmax(prepared.concentrations[r, 2])]]
        for name, r in rows.items()
    }
    steps = {
        "scaled": ("Step 1: common axis, divided by the mean", "mean heights", mean),
        "baseline": (
            "Baseline subtracted (arPLS; for the eye, no model reads it)",
            "mean heights",
            based,
        ),
        "slope": (
            f"Step 2: first derivative (Savitzky-Golay, {compare.smoothing_points} "
            "points)",
            "mean heights per cm⁻¹"
            if settings.prepare.spacing_per_centimetre == 1
            else "mean heights per point",
            slope,
        ),
        "snv": (
            "Step 3, PLS on the plate: SNV of the derivative",
            "standard deviations",
            unit,
        ),
        "aligned": (
            f"Step 3, instruments and networks: {compare.across_smoothing_points} "
            "points, scaled by instrument; sample with most sulfate",
            "root mean squares",
            strongest,
        ),
    }
    figures = {"raw": _raw_figure(facts, sources)}
    for key, (title, y, curves) in steps.items():
        lines = [line(grid, v, n, i) for i, (n, v) in enumerate(curves.items())]
        figures[key] = figure(lines, title, SHIFT, y, BANDS)
    return figures


def _raw_figure(facts: dict[str, Any], sources: list[str]) -> Figure:
    raw = facts["raw"]
    lines = [
        line(raw[name]["per_centimetre"], raw[name]["share"], name, number)
        for number, name in enumerate(sources)
    ]
    title = "As in the files: median spectrum, each divided by its maximum"
    return figure(lines, title, SHIFT, "share of the maximum", BANDS)


def axis_figure(facts: dict[str, Any], prepared: Prepared) -> Figure:
    """Return both spectra that the axis was found from, over the references."""
    curves = facts["axis_curves"]
    grid = curves["grid_per_centimetre"]
    lines = []
    for place, what in enumerate(("median slope", "range of the slope")):
        for number, (name, label) in enumerate(
            (("reference", "instruments"), ("plate", "plate, axis found"))
        ):
            values = np.array(curves[name][place]) - 8.0 * place
            lines.append(line(grid, values, f"{what}, {label}", number))
    bands = {**BANDS, **WATER}
    title = "Slopes of the plate on the axis found, and of the instruments"
    return figure(lines, title, SHIFT, "standard deviations; range 8 lower", bands)
