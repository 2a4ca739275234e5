"""How minerals change each other's gases in the furnace.

Iron phases let oxychlorines give off their oxygen tens of celsius earlier, and
chlorides heated beside phases that give off water yield more HCl (both: Clark et al.
2021, Minerals 11, 475, a review of laboratory runs).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interaction:
    """A partner label changes one gas of the minerals that carry another label.

    The energy is multiplied by a factor drawn between the two given ones, the amount
    by `amount_factor`.
    """

    partner_labels: frozenset[str]
    label: str
    gas: str
    energy_factor_low: float
    energy_factor_high: float
    amount_factor: float


INTERACTIONS = (
    Interaction(
        frozenset({"iron_oxide", "sulfide"}), "oxychlorine", "O2", 0.86, 0.97, 1.0
    ),
    Interaction(
        frozenset({"phyllosilicate", "sulfate"}), "chloride", "HCl", 0.88, 0.97, 3.0
    ),
)


def step_factors(
    random: np.random.Generator,
    mineral_labels: tuple[str, ...],
    gas: str,
    partner_labels: frozenset[str],
) -> tuple[float, float]:
    """Return what the energy and the amount of one step are to be multiplied by.

    One number is drawn per interaction whether it applies or not, so that adding a
    partner to a sample leaves the rest of the sample as it was.
    """
    energy_factor = 1.0
    amount_factor = 1.0
    for interaction in INTERACTIONS:
        drawn = random.uniform(
            interaction.energy_factor_low, interaction.energy_factor_high
        )
        if (
            interaction.label in mineral_labels
            and interaction.gas == gas
            and interaction.partner_labels & partner_labels
        ):
            energy_factor *= drawn
            amount_factor *= interaction.amount_factor
    return energy_factor, amount_factor
