"""How laboratories run the same kind of instrument: scans, ramps, amplifiers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Laboratory:
    """One laboratory's habits; pairs are the ends of uniform distributions.

    ``share`` is the share of runs, ``gain`` multiplies every ion current,
    ``floor_ampere`` is the amplifier's noise without signal, and ``digits`` are the
    significant digits it writes.
    """

    share: float
    mz: tuple[int, ...]
    scans: tuple[int, int]
    start_celsius: tuple[float, float]
    end_celsius: tuple[float, float]
    heating_rate_celsius_per_minute: tuple[float, float]
    gain: float
    offset_ampere: tuple[float, float]
    floor_ampere: float
    digits: int


LABORATORIES = (
    Laboratory(
        share=0.55,
        mz=tuple(range(100)),
        scans=(140, 160),
        start_celsius=(29.5, 35.0),
        end_celsius=(992.0, 1010.0),
        heating_rate_celsius_per_minute=(35.4, 36.2),
        gain=1.0,
        offset_ampere=(1.5e-13, 2.4e-13),
        floor_ampere=2.2e-14,
        digits=7,
    ),
    # The same instrument with a furnace that goes higher.
    Laboratory(
        share=0.15,
        mz=tuple(range(100)),
        scans=(150, 165),
        start_celsius=(29.5, 33.0),
        end_celsius=(1190.0, 1400.0),
        heating_rate_celsius_per_minute=(34.5, 36.2),
        gain=1.0,
        offset_ampere=(1.5e-13, 2.2e-13),
        floor_ampere=2.4e-14,
        digits=7,
    ),
    # A fast, noisy amplifier: ions without signal scatter around its offset.
    Laboratory(
        share=0.12,
        mz=tuple(range(1, 71)),
        scans=(165, 190),
        start_celsius=(33.0, 45.0),
        end_celsius=(1000.0, 1100.0),
        heating_rate_celsius_per_minute=(19.8, 25.0),
        gain=7.0,
        offset_ampere=(2.0e-13, 9.0e-13),
        floor_ampere=7.0e-13,
        digits=3,
    ),
    # Its zero is set by hand before each run and may end up inside the noise.
    Laboratory(
        share=0.1,
        mz=tuple(range(111)),
        scans=(120, 140),
        start_celsius=(60.0, 66.0),
        end_celsius=(990.0, 1060.0),
        heating_rate_celsius_per_minute=(22.5, 24.0),
        gain=0.3,
        offset_ampere=(0.5e-14, 8.0e-14),
        floor_ampere=2.0e-14,
        digits=6,
    ),
    # Only the ions that the laboratory asked for.
    Laboratory(
        share=0.08,
        mz=(
            *(2, 4, 6),
            *range(12, 21),
            *range(22, 25),
            *range(26, 52),
            *range(55, 59),
            *(60, 62, 64, 65, 66, 70, 72, 74, 76, 78, 80, 81, 91),
        ),
        scans=(190, 215),
        start_celsius=(38.0, 41.0),
        end_celsius=(990.0, 1005.0),
        heating_rate_celsius_per_minute=(34.0, 34.6),
        gain=0.35,
        offset_ampere=(1.5e-13, 1.7e-13),
        floor_ampere=2.1e-14,
        digits=6,
    ),
)
