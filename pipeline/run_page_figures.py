"""What the script of a run's page draws, as plain data for JSON."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from features.grid import HELIUM_MZ
from pipeline.ions import ion_label, ion_name, typeset
from pipeline.prediction.answer import START, Answer, Contributions
from pipeline.report_figures import rounded
from pipeline.report_words import label_words
from pipeline.run_page_peaks import Peak
from pipeline.run_page_signals import Signals
from pipeline.run_page_tables import by_probability

# ions with a step of their own on the way to the log-odds
OWN_STEPS = 8
# largest half-precision number that abundances are brought to
LARGEST = 32768.0


def packed(values: np.ndarray) -> str:
    """Return numbers as half-precision floats in base64: three digits, 2.7 bytes each.

    NaN stays NaN. Parameter `values` lies within +-65504.
    """
    return base64.b64encode(values.astype("<f2").tobytes()).decode("ascii")


def run_figures(
    answer: Answer, signals: Signals, peaks: tuple[Peak, ...], chosen: list[int]
) -> dict[str, Any]:
    """Return all that the script needs: JSON without NaN."""
    # three digits over nine decades, far more than an instrument has
    unit = float(np.nanmax(np.abs(signals.abundance), initial=0.0)) / LARGEST or 1.0
    return {
        "mz": signals.mz_values.tolist(),
        "ions": [typeset(ion_name(int(mz))) for mz in signals.mz_values],
        "edges": signals.edges_celsius.tolist(),
        "unit": rounded(unit),
        "abundance": packed(signals.abundance / rounded(unit)),
        "background": [rounded(float(value)) for value in signals.background],
        "carrier": HELIUM_MZ,
        "chosen": chosen,
        "peaks": [[peak.mz, peak.temperature_celsius] for peak in peaks],
        "why": why(answer),
    }


def why(answer: Answer) -> dict[str, Any] | None:
    """Return what moves the log-odds of each compound, or None if nobody asked."""
    parts = answer.contributions
    if parts is None:
        return None
    return {
        "mz": parts.mz_values.tolist(),
        "ions": [typeset(ion_name(int(mz))) for mz in parts.mz_values],
        "edges": [float(edge) for edge in parts.edges_celsius],
        "compounds": {
            number: {
                "name": label_words(compound.label),
                "probability": rounded(compound.probability),
                "cells": packed(parts.cells[number]),
                "whole": [rounded(float(value)) for value in parts.ions[number]],
                "steps": [
                    [name, rounded(value)] for name, value in steps(parts, number)
                ],
            }
            for number, compound in by_probability(answer)
        },
    }


def steps(parts: Contributions, label: int) -> list[tuple[str, float]]:
    """Return the way from the average run to the log-odds of a compound.

    Parameters
    ----------
    parts : Contributions
    label : int
        Place of the compound in the answer.

    Returns
    -------
    list of (words, log-odds)
        The start, the strongest ions (windows and whole together), the other ions in
        one, what belongs to no ion.
    """
    ions = parts.cells[label].sum(axis=-1, dtype=float) + parts.ions[label]
    order = np.argsort(-np.abs(ions), kind="stable")
    own, rest = order[:OWN_STEPS], order[OWN_STEPS:]
    other = {name: float(values[label]) for name, values in parts.other.items()}
    way = [(START, other.pop(START))] if START in other else []
    way += [(ion_label(int(parts.mz_values[ion])), float(ions[ion])) for ion in own]
    if len(rest):
        way.append((f"the other {len(rest)} ions", float(ions[rest].sum())))
    return way + list(other.items())
