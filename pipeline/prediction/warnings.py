"""Warnings for a run that lies outside what the models know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.grid import RunFacts

# facts of a run with a usual range, and their words
RANGES = {
    "temperature_low_celsius": ("starts at", "°C"),
    "temperature_high_celsius": ("ends at", "°C"),
    "heating_rate_celsius_per_minute": ("heats at", "°C/min"),
    "scan_count": ("has", "scans"),
}
_MOST_IONS_NAMED = 12


def checked(knowledge: dict[str, Any]) -> dict[str, Any]:
    """Return what a bundle says of the training runs, if it is complete.

    Raises
    ------
    KeyError, TypeError, ValueError
        It is not.
    """
    for name, (low, high) in knowledge["ranges"].items():
        if name not in RANGES or not float(low) <= float(high):
            raise ValueError(f"range of {name}: {low} to {high}")
    ions = [int(mz) for mz in knowledge["ions"]]
    instruments = {str(k): int(v) for k, v in knowledge["instruments"].items()}
    numbers = {k: float(knowledge[k]) for k in ("lowest_similarity", "usual_share")}
    return {**knowledge, "ions": ions, "instruments": instruments, **numbers}


def warnings_of(
    knowledge: dict[str, Any],
    facts: RunFacts,
    row: int,
    observed_mz: Sequence[int],
    instrument: str,
    minimum_runs: int,
    nearest: float,
) -> tuple[str, ...]:
    """Say where a run lies outside what the models know.

    Parameters
    ----------
    knowledge : dict
        What `pipeline.training_range` measured.
    facts, row
        Facts of a block of runs, and which of them is meant.
    observed_mz : sequence of int
        m/z with any observation.
    minimum_runs : int
        An instrument with fewer labelled runs is not blended by weights.
    nearest : float
        Similarity to the nearest training run.
    """
    share = f"{knowledge['usual_share']:.0%} of the training runs"
    found = []
    for name, (low, high) in knowledge["ranges"].items():
        words, unit = RANGES[name]
        value = float(getattr(facts, name)[row])
        if value < low or value > high:
            found.append(
                f"the run {words} {_short(value)} {unit}; {share} lie between "
                f"{_short(low)} and {_short(high)}"
            )
    found += _missing_ions(knowledge["ions"], observed_mz)
    found += _instrument(knowledge["instruments"], instrument, minimum_runs)
    if nearest < knowledge["lowest_similarity"]:
        found.append(
            f"unlike every training run: similarity {nearest:.2g} to the nearest; "
            f"{share} have {knowledge['lowest_similarity']:.2g} or more"
        )
    return tuple(found)


def _missing_ions(expected: Sequence[int], observed_mz: Sequence[int]) -> list[str]:
    missing = sorted(set(expected) - set(observed_mz))
    if not missing:
        return []
    named = ", ".join(map(str, missing[:_MOST_IONS_NAMED]))
    if len(missing) > _MOST_IONS_NAMED:
        named += f" and {len(missing) - _MOST_IONS_NAMED} more"
    return [f"no observation of m/z {named}, which nearly all training runs have"]


def _instrument(
    instruments: dict[str, int], instrument: str, minimum_runs: int
) -> list[str]:
    runs = instruments.get(instrument, 0)
    if runs >= minimum_runs:
        return []
    known = ", ".join(f"{name} ({count} runs)" for name, count in instruments.items())
    if runs == 0:
        return [
            f"instrument {instrument!r} is not among those of the training runs: "
            f"{known}; give --instrument if it is one of these"
        ]
    return [
        f"only {runs} training {'run' if runs == 1 else 'runs'} of instrument "
        f"{instrument!r}: its probabilities are a plain average of the families, and "
        "hardly tested"
    ]


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
