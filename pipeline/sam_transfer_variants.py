"""The variants of the SAM study: what training sees, and what is done to SAM runs."""

from __future__ import annotations

import numpy as np

from models.sam_degradation import Degradation, degrade
from models.sam_mixing import mix_into_sam
from models.sam_translation import Translation, fit_translation
from pipeline.sam_transfer_data import Split, StudyRuns
from pipeline.sam_transfer_params import SamTransferParams

# what a variant adds to the commercial training runs
VARIANTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "labelled": ("labelled",),
    "degraded": ("degraded",),
    "mixed": ("mixed",),
    "degraded_mixed": ("degraded", "mixed"),
    "labelled_mixed": ("labelled", "mixed"),
}


def training_set(
    runs: StudyRuns,
    split: Split,
    variant: str,
    settings: SamTransferParams,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return shares and labels of a variant's training runs.

    Each commercial run is there once as it is and once changed; a variant that changes
    runs in two ways changes half of them in each. `labelled` adds the SAM runs as they
    are.
    """
    adds = VARIANTS[variant]
    shares, y = [runs.shares[split.commercial]], [runs.y[split.commercial]]
    if "labelled" in adds:
        shares.append(runs.shares[split.sam])
        y.append(runs.y[split.sam])
    ways = [way for way in adds if way != "labelled"]
    order = rng.permutation(split.commercial)
    for way, rows in zip(ways, np.array_split(order, max(1, len(ways))), strict=False):
        changed = _changed(way, runs, rows, split.sam, settings, rng)
        shares.append(changed[0])
        y.append(changed[1])
    return np.concatenate(shares), np.concatenate(y)


def composed_test(
    runs: StudyRuns, split: Split, settings: SamTransferParams, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return held-out commercial runs in SAM runs that no training has seen."""
    rows = split.held_out
    return _changed("mixed", runs, rows, split.scored_sam, settings, rng)


def learn_translation(
    runs: StudyRuns, split: Split, settings: SamTransferParams
) -> Translation:
    """Fit on training runs without compounds, if both sides have two, or on all."""
    sam, commercial = split.sam, split.commercial
    blank = [rows[runs.y[rows].sum(axis=1) == 0] for rows in (sam, commercial)]
    if min(map(len, blank)) >= 2:
        sam, commercial = blank
    return fit_translation(
        runs.shares[sam], runs.shares[commercial], settings.largest_stretch
    )


def _changed(
    way: str,
    runs: StudyRuns,
    rows: np.ndarray,
    sam: np.ndarray,
    settings: SamTransferParams,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    shares, y = runs.shares[rows], runs.y[rows]
    if way == "mixed":
        backgrounds = runs.shares[sam], runs.y[sam]
        return mix_into_sam((shares, y), backgrounds, settings.mixing_gain_log2, rng)
    cell = float(np.diff(runs.temperature_edges_celsius[:2])[0])
    degradation = Degradation(
        settings.blur_celsius / cell,
        settings.mz_leak,
        settings.background_log10,
        settings.counts_log10,
        settings.missing_ions,
    )
    return degrade(shares, degradation, rng), y
