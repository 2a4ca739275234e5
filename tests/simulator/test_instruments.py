import numpy as np
import pytest

from simulator import commercial, sam_testbed
from simulator.instruments import TemperatureProgramme, round_significant
from simulator.laboratories import LABORATORIES
from simulator.minerals import mineral_named
from simulator.mixtures import draw_sample, pure_sample
from simulator.truth import true_steps

EMPTY = pure_sample(mineral_named("forsterite"), amount=0.0)


def measure(instrument, seed, sample=EMPTY):
    return instrument.measure(np.random.default_rng(seed), sample)


def area_above_line(temperature, abundance, low, high):
    """Integrate between two temperatures above the line through its two ends."""
    order = np.argsort(temperature, kind="stable")
    temperature, abundance = temperature[order], abundance[order]
    inside = (temperature >= low) & (temperature <= high)
    ends = [
        (temperature > low - 40.0) & (temperature < low),
        (temperature > high) & (temperature < high + 40.0),
    ]
    line = np.interp(
        temperature[inside],
        [temperature[end].mean() for end in ends],
        [abundance[end].mean() for end in ends],
    )
    return np.trapezoid(abundance[inside] - line, temperature[inside])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("instrument", "amount"), [(commercial, 1.0), (sam_testbed, 50.0)]
)
@pytest.mark.parametrize("mineral", ["magnesite", "siderite"])
def test_area_of_a_known_mineral(instrument, amount, mineral, seed):
    sample = pure_sample(mineral_named(mineral), amount)
    run = measure(instrument, seed, sample)
    truth = true_steps(sample, run)[0]
    ion = run.mz == truth.base_mz
    area = area_above_line(
        run.temperature_celsius[ion],
        run.abundance[ion],
        truth.peak_temperature_celsius - 3.5 * truth.full_width_half_maximum_celsius,
        truth.peak_temperature_celsius + 1.5 * truth.full_width_half_maximum_celsius,
    )
    # The ground truth must be what an honest integration of the file finds; 2 % is
    # left for noise, drift of the background and the cut-off tails.
    assert area == pytest.approx(truth.area_abundance_celsius, rel=0.02)
    top = run.temperature_celsius[ion][run.abundance[ion].argmax()]
    # Scans are up to 9 celsius apart.
    assert top == pytest.approx(truth.peak_temperature_celsius, abs=14.0)


def test_a_release_beyond_the_end_is_not_counted():
    sample = pure_sample(mineral_named("gypsum"), amount=1.0)
    run = measure(sam_testbed, 0, sample)
    water, sulfur_dioxide, _ = true_steps(sample, run)
    # The furnace stops 150 celsius short of the sulfate's decomposition.
    assert water.released_fraction == pytest.approx(1.0)
    assert sulfur_dioxide.released_fraction < 0.05
    assert sulfur_dioxide.area_abundance_celsius == pytest.approx(
        run.area_per_amount * sulfur_dioxide.amount * sulfur_dioxide.released_fraction
    )


@pytest.mark.parametrize("seed", range(12))
def test_commercial_runs_are_whole_scans_of_integer_mz(seed):
    run = measure(commercial, seed)
    mz = np.unique(run.mz)
    scans = run.mz.size // mz.size
    # Integer m/z, the same list in every scan, one time and temperature a scan.
    assert (run.mz % 1.0 == 0.0).all()
    np.testing.assert_array_equal(run.mz, np.tile(mz, scans))
    for values in (run.time_seconds, run.temperature_celsius):
        by_scan = values.reshape(scans, mz.size)
        assert (by_scan == by_scan[:, :1]).all()
    assert (np.diff(run.time_seconds[:: mz.size]) > 0.0).all()
    # Modest files: 150 of them are to be some 80 MB.
    assert 10_000 <= run.mz.size <= 17_000


@pytest.mark.parametrize("seed", range(12))
def test_helium_is_the_largest_background(seed):
    run = measure(commercial, seed)
    largest = run.mz[run.abundance.argmax()]
    # The carrier towers over an empty cup, where its m/z was not lost.
    assert largest == commercial.HELIUM_MZ or commercial.HELIUM_MZ not in run.mz


def test_commercial_runs_vary_as_laboratories_do():
    runs = [measure(commercial, seed) for seed in range(60)]
    negative = [np.mean(run.abundance < 0.0) for run in runs]
    # Some laboratories' offsets lie within the noise, most do not.
    assert 0.1 < max(negative) <= 0.38
    assert min(negative) == 0.0
    temperatures = [run.temperature_celsius[:: np.unique(run.mz).size] for run in runs]
    # The jitter while the furnace waits makes some temperatures fall.
    assert any((np.diff(one) < 0.0).any() for one in temperatures)
    rates = [run.programme.heating_rate_celsius_per_minute for run in runs]
    assert min(rates) < 26.0 < 34.0 < max(rates)
    # Files of one kind differ in their m/z lists, as some ions get lost.
    assert len({np.unique(run.mz).size for run in runs}) > len(LABORATORIES)
    magnitudes = np.abs(np.concatenate([run.abundance for run in runs]))
    assert magnitudes.max() < 5.0e-6
    assert np.quantile(magnitudes, 0.001) < 1.0e-14


@pytest.mark.parametrize("seed", range(8))
def test_sam_testbed_looks_at_one_mz_at_a_time(seed):
    run = measure(sam_testbed, seed)
    # Every row has its own time, or it would be a scan.
    assert (np.diff(run.time_seconds) > 0.0).all()
    assert run.mz.size == sam_testbed.ROWS
    # A counter delivers whole counts per dwell time, and never less than none.
    counts = run.abundance * sam_testbed.DWELL_SECONDS
    np.testing.assert_allclose(counts, np.round(counts), atol=0.01)
    assert (run.abundance >= 0.0).all()
    assert (np.diff(run.temperature_celsius) < 0.0).any()


def test_sam_testbed_mz_lists_vary():
    runs = [measure(sam_testbed, seed) for seed in range(20)]
    fractional = np.array([np.mean(run.mz % 1.0 != 0.0) for run in runs])
    # About 5 % of all rows look at the flank of a peak, in some runs none does.
    assert fractional.min() == 0.0
    assert 0.03 < fractional.mean() < 0.08
    largest = {run.mz.max() for run in runs}
    # Some runs sweep to high masses, the others know a few of them.
    assert largest == {281.0, 537.0}


def test_flank_of_a_peak_is_lower_than_its_centre():
    run = measure(sam_testbed, 1)
    assert (run.mz % 1.0 != 0.0).any()
    centre = run.abundance[run.mz == 64.0].mean()
    flank = run.abundance[run.mz == 64.1].mean()
    # 0.1 off the centre of a flat-topped peak little is lost.
    assert 0.9 < flank / centre < 1.02


def test_empty_cup_and_full_cup_share_their_background():
    full = draw_sample(np.random.default_rng(5), "sulfate")
    with_sample = measure(commercial, 5, full)
    without = measure(commercial, 5)
    # One stream of random numbers, consumed alike: only the sample may differ.
    np.testing.assert_array_equal(with_sample.mz, without.mz)
    np.testing.assert_array_equal(
        with_sample.temperature_celsius, without.temperature_celsius
    )
    assert with_sample.abundance.sum() > without.abundance.sum()


def test_programme_waits_then_heats_at_its_rate():
    programme = TemperatureProgramme(30.0, 1000.0, 35.0, 60.0, 45.0)
    time = np.array([0.0, 59.0, programme.duration_seconds])
    # It starts at the start, waits, and ends at the end.
    np.testing.assert_allclose(
        programme.temperature_celsius(time), [30.0, 30.0, 1000.0], atol=1e-6
    )
    late = np.array([1000.0, 1060.0])
    # Kinetics assume the constant rate, which must hold once the lag is over.
    assert np.diff(programme.temperature_celsius(late))[0] == pytest.approx(35.0)


def test_rounding_leaves_no_more_digits_than_asked_for():
    values = np.random.default_rng(0).lognormal(-27.0, 2.5, (250, 2)) * [1.0, -1.0]
    rounded = round_significant(np.append(values, 0.0), 4)
    # Shortest decimal forms keep the files small; more digits would be noise.
    texts = [repr(abs(value)) for value in rounded.tolist()]
    digits = [text.split("e")[0].replace(".", "") for text in texts]
    assert max(len(text.strip("0")) for text in digits) <= 4
