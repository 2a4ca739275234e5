"""What a mineral is to the simulator: labels and a list of gas-releasing steps."""

from dataclasses import dataclass

from simulator import kinetics

LABELS = (
    "basalt",
    "carbonate",
    "chloride",
    "iron_oxide",
    "oxalate",
    "oxychlorine",
    "phyllosilicate",
    "silicate",
    "sulfate",
    "sulfide",
)

# The rate of the SAM instrument and of most laboratory runs made to compare with it
# (Mahaffy et al. 2012, Space Science Reviews 170, 401-478).
REFERENCE_HEATING_RATE_CELSIUS_PER_MINUTE = 35.0


@dataclass(frozen=True)
class Step:
    """One gas leaving one mineral by first-order kinetics.

    ``amount`` is relative to 1 for the main gas of a pure volatile-rich mineral;
    ``peak_temperature_celsius`` holds at the reference heating rate.
    """

    gas: str
    amount: float
    peak_temperature_celsius: float
    activation_energy_joule_per_mole: float

    @property
    def pre_exponential_per_second(self) -> float:
        """Return the factor A that puts the peak where the literature has it."""
        return float(
            kinetics.pre_exponential_from_peak(
                self.peak_temperature_celsius,
                self.activation_energy_joule_per_mole,
                REFERENCE_HEATING_RATE_CELSIUS_PER_MINUTE,
            )
        )


@dataclass(frozen=True)
class Mineral:
    """A mineral (or rock, or contaminant) with its labels, steps and source."""

    name: str
    labels: tuple[str, ...]
    steps: tuple[Step, ...]
    source: str


def step(
    gas: str, amount: float, peak_temperature_celsius: float, energy_kilojoule: float
) -> Step:
    """Build a `Step` from kJ/mol, the unit of the literature and of our tables."""
    return Step(gas, amount, peak_temperature_celsius, 1000.0 * energy_kilojoule)
