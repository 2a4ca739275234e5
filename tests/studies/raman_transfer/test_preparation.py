import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detector_axis import DetectorAxis, laser_pixel
from models.instrument_alignment import find_shift
from models.instrument_scaling import scaled_by_instrument
from models.piecewise_standardisation import PiecewiseStandardisation
from models.slope_features import features
from models.spectrum_augmentation import SpectrumAugmenter
from models.spectrum_resampling import resample, shifted
from models.spectrum_spikes import find_spikes, without_spikes
from models.spectrum_steps import (
    BaselineSubtraction,
    SavitzkyGolay,
    SpectrumScaling,
    StandardNormalVariate,
)
from studies.raman_transfer.instrument_file import read_instrument
from studies.raman_transfer.plate_file import N_PIXELS, read_plate
from studies.raman_transfer.prepare import prepare
from studies.raman_transfer.settings import PrepareSettings
from studies.raman_transfer.simulate import TRUE_AXIS

GRID = PrepareSettings(
    from_per_centimetre=400,
    to_per_centimetre=1600,
    spacing_per_centimetre=2,
    spike_threshold=15,
    alignment_per_centimetre=6,
    keep_medium=False,
)


def peak(points=400, place=200.0, width=6.0):
    return np.exp(-0.5 * ((np.arange(points) - place) / width) ** 2)


@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_snv_forgets_scale_and_offset(scale, offset):
    spectrum = peak()[None] + 0.3
    snv = StandardNormalVariate()
    expected = snv.fit_transform(spectrum)
    np.testing.assert_allclose(
        snv.fit_transform(scale * spectrum + offset), expected, atol=1e-7
    )


def test_flat_spectrum_stays_finite():
    assert not StandardNormalVariate().fit_transform(np.full((2, 50), 0.1)).any()


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_derivative_of_a_line_is_its_slope(slope, offset):
    line = (offset + slope * np.arange(60.0))[None]
    found = SavitzkyGolay(9, 2, 1).fit_transform(line)
    np.testing.assert_allclose(found, slope, atol=1e-9)


@pytest.mark.parametrize(("by", "value"), [("first", 2.0), ("maximum", 4.0)])
def test_scaling_divides_by_what_it_says(by, value):
    spectra = np.array([[2.0, 4.0, 1.0]])
    np.testing.assert_allclose(
        SpectrumScaling(by).fit_transform(spectra), spectra / value
    )


def test_baseline_goes_and_the_band_stays():
    background = np.linspace(3, 1, 400)
    left = BaselineSubtraction(1e5).fit_transform((peak() + background)[None])[0]
    assert abs(left[200] - 1) < 0.15
    assert np.abs(left[:100]).max() < 0.1


def test_steps_name_a_nan():
    with pytest.raises(ValueError, match="row 1, point 2"):
        SpectrumScaling().fit(np.array([[1.0, 1, 1], [1, 1, np.nan]]))


@given(st.floats(0, 1), st.floats(-5, 5))
def test_resampling_keeps_straight_lines(slope, offset):
    axis = np.sort(np.random.default_rng(0).uniform(100, 200, 50))
    axis[[0, -1]] = 100, 200
    grid = np.arange(100.0, 201)
    found = resample((slope * axis + offset)[None], axis, grid)[0]
    np.testing.assert_allclose(found, slope * grid + offset, atol=1e-9)


def test_resampling_does_not_invent_points():
    with pytest.raises(ValueError, match="inside the axis"):
        resample(np.ones((1, 5)), np.arange(5.0), np.array([-1.0, 2]))


def test_a_spike_is_mended_and_a_band_is_not():
    rng = np.random.default_rng(0)
    height = rng.uniform(0, 50, (60, 1))
    spectra = 100 + height * peak(width=2.0) + rng.normal(size=(60, 400))
    spectra[7, 120] += 300
    spikes = find_spikes(spectra, 15)
    assert np.argwhere(spikes).tolist() == [[7, 120]]
    assert abs(without_spikes(spectra, spikes)[7, 120] - 100) < 5


def test_augmentation_without_chance_changes_nothing_and_keeps_its_input():
    sizes = dict.fromkeys(
        (
            *("noise_height", "shift_points", "smoothing_points"),
            *("scaling_share", "drift_height"),
        ),
        0.5,
    )
    kinds = ("noise", "shift", "smoothing", "scaling", "drift")
    spectra = np.tile(peak() + 1, (6, 1))
    spectra.flags.writeable = False
    never = SpectrumAugmenter(**dict.fromkeys(kinds, 0.0), **sizes)
    np.testing.assert_array_equal(never(spectra, np.random.default_rng(0)), spectra)
    for kind in kinds:
        one = SpectrumAugmenter(**{**dict.fromkeys(kinds, 0.0), kind: 1.0}, **sizes)
        changed = one(spectra, np.random.default_rng(0))
        assert (changed != spectra).any()
        again = one(spectra, np.random.default_rng(0))
        np.testing.assert_array_equal(changed, again)


def test_standardisation_undoes_a_gain_and_a_blur():
    rng = np.random.default_rng(0)
    target = rng.random((30, 3)) @ np.stack([peak(place=p) for p in (80, 200, 310)])
    source = 0.5 * (target + np.roll(target, 2, axis=1)) + 0.2
    found = PiecewiseStandardisation(5, 1e-6).fit(source, target).transform(source)
    assert np.abs(found - target).max() < 0.05 * target.max()


def test_scaling_by_instrument_takes_gain_and_background():
    rng = np.random.default_rng(0)
    spectra = rng.normal(size=(20, 50))
    instrument = np.repeat([0, 1], 10)
    gain, background = np.where(instrument, 5.0, 0.2)[:, None], rng.normal(size=(2, 50))
    changed = gain * spectra + background[instrument]
    np.testing.assert_allclose(
        scaled_by_instrument(changed, instrument),
        scaled_by_instrument(spectra, instrument),
        atol=1e-12,
    )


def test_shift_between_instruments_is_found():
    rng = np.random.default_rng(0)
    shapes = np.stack([peak(place=p) for p in (80, 200, 310)])
    spectra = rng.random((40, 3)) @ shapes + 1
    moved = shifted(spectra, np.full(40, 3.0))
    assert find_shift(moved, features(spectra), 6) == -3


def test_laser_line_is_the_middle_of_the_full_pixels():
    counts = np.zeros((4, 400))
    counts[:, 8:12] = 65535
    assert laser_pixel(counts, 65535) == 9.5
    with pytest.raises(ValueError, match="laser line"):
        laser_pixel(np.zeros((4, 400)), 65535)


@given(st.floats(0.1, 0.2), st.floats(-5e-6, 5e-6))
def test_axis_ascends_and_is_zero_at_the_laser(dispersion, curvature):
    axis = DetectorAxis(785.0, 11.0, dispersion, curvature).wavenumber(N_PIXELS)
    assert axis[11] == pytest.approx(0, abs=1e-9)
    assert (np.diff(axis) > 0).all()


@pytest.fixture(scope="module")
def simulated_spectra(simulated_set):
    folder, _ = simulated_set
    instruments = [
        read_instrument(folder / f"{n}.csv")
        for n in ("anton_532", "anton_785", "timegate")
    ]
    plates = [
        read_plate(folder / f"{n}.csv")
        for n in ("transfer_plate", "heldout_samples", "96_samples")
    ]
    return prepare(instruments, plates, GRID)


def test_the_axis_of_the_plate_is_found(simulated_spectra):
    prepared, facts = simulated_spectra
    assert facts["axis"]["laser_nanometre"] == TRUE_AXIS.laser_nanometre
    true = TRUE_AXIS.wavenumber(N_PIXELS)
    inside = (true > 450) & (true < 1500)
    # Bands are some 12 cm-1 wide; the instruments' own axes are wrong by one.
    assert np.abs(prepared.plate_wavenumber - true)[inside].max() < 5


def test_prepared_spectra_join_plate_and_instruments(simulated_spectra):
    prepared, _ = simulated_spectra
    assert len(prepared.spectra) == len(prepared.source) == 60 + 30 + 96
    np.testing.assert_allclose(prepared.spectra.mean(axis=1), 1, atol=0.2)
    known = np.isfinite(prepared.concentrations).all(axis=1)
    # Labels of the other plates are unknown: nothing may learn from them.
    assert (~known).sum() == 64


settings.register_profile("raman", max_examples=20, deadline=None)
settings.load_profile("raman")
