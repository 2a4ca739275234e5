"""Draws a sample: which minerals, how much of each, how well crystallised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.decomposition import LABELS, Mineral
from simulator.interactions import step_factors
from simulator.minerals import (
    ADSORBED_WATER,
    OCCASIONAL_CONTAMINANTS,
    minerals_with_label,
)

# Chance of no, one and two minerals beside the one that gives a run its main label.
_COMPANION_SHARES = (0.55, 0.3, 0.15)
# How often each label is drawn as a companion; order of LABELS.
_COMPANION_WEIGHTS = (0.06, 0.1, 0.09, 0.16, 0.07, 0.09, 0.17, 0.09, 0.11, 0.06)
_AMOUNT_LOG_SPREAD = 0.8
# Some minerals are there in traces only: the hard cases of every class.
_TRACE_SHARE = 0.1
_TRACE_DECADES = (0.5, 1.7)
# Grain size and crystallinity: one sample's peaks move together by about 1 %, that
# is 10 celsius near 700, and each step a little on its own.
_ENERGY_SPREAD_OF_MINERAL = 0.012
_ENERGY_SPREAD_OF_STEP = 0.004
_CONTAMINANT_SHARE = 0.35


@dataclass(frozen=True)
class SampleStep:
    """One release of one gas, as this sample has it; amount as in `Step`."""

    mineral: str
    gas: str
    amount: float
    pre_exponential_per_second: float
    activation_energy_joule_per_mole: float


@dataclass(frozen=True)
class Sample:
    """What lies in the cup: minerals, labels in the order of `LABELS`, releases."""

    minerals: tuple[str, ...]
    labels: tuple[int, ...]
    steps: tuple[SampleStep, ...]


def labels_of(minerals: Sequence[Mineral]) -> tuple[int, ...]:
    """Return 1 for every label that at least one of the minerals carries."""
    present = {label for mineral in minerals for label in mineral.labels}
    return tuple(int(label in present) for label in LABELS)


def pure_sample(mineral: Mineral, amount: float) -> Sample:
    """Return a sample of one mineral exactly as tabulated, without any dirt."""
    return Sample(
        minerals=(mineral.name,),
        labels=labels_of([mineral]),
        steps=tuple(
            SampleStep(
                mineral.name,
                step.gas,
                step.amount * amount,
                step.pre_exponential_per_second,
                step.activation_energy_joule_per_mole,
            )
            for step in mineral.steps
        ),
    )


def draw_sample(random: np.random.Generator, main_label: str | None) -> Sample:
    """Draw a sample that carries a label, or an empty cup for None.

    Contaminants are drawn for every cup, the empty ones included.
    """
    minerals = _draw_minerals(random, main_label)
    steps: list[SampleStep] = []
    for mineral in minerals:
        partner_labels = frozenset(
            label
            for other in minerals
            if other is not mineral
            for label in other.labels
        )
        amount = _draw_amount(random)
        steps += _draw_steps(random, mineral, amount, partner_labels)
    contaminants = [ADSORBED_WATER] + [
        contaminant
        for contaminant in OCCASIONAL_CONTAMINANTS
        if random.random() < _CONTAMINANT_SHARE
    ]
    for contaminant in contaminants:
        amount = float(random.lognormal(0.0, _AMOUNT_LOG_SPREAD))
        steps += _draw_steps(random, contaminant, amount, frozenset())
    return Sample(
        minerals=tuple(mineral.name for mineral in minerals),
        labels=labels_of(minerals),
        steps=tuple(steps),
    )


def _draw_minerals(
    random: np.random.Generator, main_label: str | None
) -> list[Mineral]:
    if main_label is None:
        return []
    companions = int(random.choice(len(_COMPANION_SHARES), p=_COMPANION_SHARES))
    labels = [main_label] + [
        LABELS[int(index)]
        for index in random.choice(len(LABELS), size=companions, p=_COMPANION_WEIGHTS)
    ]
    minerals: list[Mineral] = []
    for label in labels:
        choices = [one for one in minerals_with_label(label) if one not in minerals]
        minerals.append(choices[int(random.integers(len(choices)))])
    return minerals


def _draw_amount(random: np.random.Generator) -> float:
    amount = random.lognormal(0.0, _AMOUNT_LOG_SPREAD)
    if random.random() < _TRACE_SHARE:
        amount *= 10.0 ** -random.uniform(*_TRACE_DECADES)
    return float(amount)


def _draw_steps(
    random: np.random.Generator,
    mineral: Mineral,
    amount: float,
    partner_labels: frozenset[str],
) -> list[SampleStep]:
    """Perturb energies at constant pre-exponential factors, which moves the peaks."""
    energy_of_mineral = 1.0 + _ENERGY_SPREAD_OF_MINERAL * random.standard_normal()
    steps = []
    for step in mineral.steps:
        energy_of_step = 1.0 + _ENERGY_SPREAD_OF_STEP * random.standard_normal()
        energy_factor, amount_factor = step_factors(
            random, mineral.labels, step.gas, partner_labels
        )
        steps.append(
            SampleStep(
                mineral.name,
                step.gas,
                step.amount * amount * amount_factor,
                step.pre_exponential_per_second,
                float(
                    step.activation_energy_joule_per_mole
                    * energy_of_mineral
                    * energy_of_step
                    * energy_factor
                ),
            )
        )
    return steps
