"""Extras: shapes of known width, one shift for all peaks, noise of known size."""

import numpy as np
import pytest

from studies.synthetic_spectra.extras import (
    Extras,
    mixtures,
    network_inputs,
    smooth_curves,
    strained,
)
from studies.synthetic_spectra.ion_trace import ion_spectrum
from studies.synthetic_spectra.peak_shapes import HALF_MAXIMUM, kernels, profile
from studies.synthetic_spectra.published_sets import Variation, varied
from studies.synthetic_spectra.sparse_spectra import scaled_by_maximum
from studies.synthetic_spectra.spectrum_classes import simulate_classes

SHAPES = ("gaussian", "lorentzian", "voigt", "asymmetric")


@pytest.fixture
def spectra():
    return varied(simulate_classes(5, 1, points=2000), Variation(), 8, 3)


def width_at_half_maximum(y):
    above = np.flatnonzero(y >= y.max() / 2)
    left, right = above[0], above[-1]
    half = y.max() / 2
    # between the last point below and the first above, on a straight line
    low = left - (y[left] - half) / (y[left] - y[left - 1])
    high = right + (y[right] - half) / (y[right] - y[right + 1])
    return high - low


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("width", [8.0, 15.0])
def test_all_shapes_have_the_width_of_the_gaussian(shape, width):
    form = profile(shape, lorentzian_share=0.5, asymmetry=2.0)
    (y,) = kernels(form, np.array([width]))
    assert y.sum() == pytest.approx(1)
    assert width_at_half_maximum(y) == pytest.approx(HALF_MAXIMUM * width, rel=0.01)


@pytest.mark.parametrize(("share", "like"), [(0.0, "gaussian"), (1.0, "lorentzian")])
def test_a_voigt_peak_has_both_limits(share, like):
    widths = np.array([3.0, 5.0])
    voigt = kernels(profile("voigt", lorentzian_share=share, asymmetry=1), widths)
    limit = kernels(profile(like, lorentzian_share=0.5, asymmetry=1), widths)
    np.testing.assert_allclose(voigt, limit, atol=1e-6)


def test_an_asymmetric_peak_leans_to_the_right():
    (y,) = kernels(profile("asymmetric", lorentzian_share=0, asymmetry=3), np.ones(1))
    centre = len(y) // 2
    assert y[centre + 1 :].sum() > 2 * y[:centre].sum()


def test_without_extras_inputs_are_the_published_curves(spectra):
    np.testing.assert_array_equal(
        network_inputs(spectra, Extras(), 0), scaled_by_maximum(spectra.curves())
    )


def test_a_gaussian_profile_gives_the_published_curves(spectra):
    # The route of other shapes, taken with the published shape: no tails are cut and
    # peaks on one point add up, hence the tolerance and only spectra without such.
    apart = [
        row
        for row in range(len(spectra))
        if len(set(spectra.rows(row, row + 1).positions.tolist()))
        == spectra.starts[row + 1] - spectra.starts[row]
    ]
    assert len(apart) > 20
    voigt = network_inputs(spectra, Extras("voigt", lorentzian_share=0.0), 0)
    plain = network_inputs(spectra, Extras(), 0)
    np.testing.assert_allclose(voigt[apart], plain[apart], atol=5e-4)


def test_strain_moves_all_peaks_of_a_spectrum_by_one_factor(spectra):
    moved = strained(spectra, 0.02, np.random.default_rng(0))
    inside = moved.positions < spectra.points - 1
    ratio = moved.positions / spectra.positions
    for row in range(len(spectra)):
        peaks = slice(spectra.starts[row], spectra.starts[row + 1])
        keep = inside[peaks]
        expected = np.median(ratio[peaks])
        assert 0.979 <= expected <= 1.021  # positions are whole points
        np.testing.assert_allclose(
            moved.positions[peaks][keep],
            expected * spectra.positions[peaks][keep],
            atol=3,
        )
    assert np.abs(ratio - 1).max() > 0.01


def test_noise_has_the_size_asked_for(spectra):
    plain = network_inputs(spectra, Extras(), 1)
    noisy = network_inputs(spectra, Extras(noise=0.01), 1)
    # Dividing by the new maximum, a little above 1, makes it a little smaller.
    assert (noisy - plain).std() == pytest.approx(0.01, rel=0.1)
    again = network_inputs(spectra, Extras(noise=0.01), 1)
    np.testing.assert_array_equal(noisy, again)
    assert not np.array_equal(noisy, network_inputs(spectra, Extras(noise=0.01), 2))


def test_switching_one_extra_on_leaves_the_draws_of_another(spectra):
    noise = network_inputs(spectra, Extras(noise=0.01), 1)
    both = network_inputs(spectra, Extras(noise=0.01, background=1e-9), 1)
    np.testing.assert_allclose(noise, both, atol=1e-6)


def test_backgrounds_are_smooth_and_within_bounds(spectra):
    curves = smooth_curves(30, 500, np.random.default_rng(0))
    assert 0 <= curves.min() <= curves.max() <= 1
    # A cubic has no more than that many changes from point to point.
    assert np.abs(np.diff(curves, axis=1)).max() < 3 / 499 + 1e-9
    raised = network_inputs(spectra, Extras(background=0.5), 1)
    assert raised.min(axis=1).max() > 0.01
    np.testing.assert_allclose(raised.max(axis=1), 1)


def test_mixtures_have_the_shares_they_say():
    inputs = np.eye(4, 50, dtype=np.float32)
    labels = np.array([0, 1, 2, 3])
    mixed, shares = mixtures(inputs, labels, 40, 2, 6, np.random.default_rng(0))
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert ((shares > 0).sum(axis=1) == 2).all()
    assert (shares[:, 4:] == 0).all()
    # Each phase shows where only it has a peak; the larger one has the maximum.
    np.testing.assert_allclose(
        mixed[:, :4], shares[:, :4] / shares.max(axis=1, keepdims=True), rtol=1e-6
    )
    with pytest.raises(ValueError, match="phases: got 5; expected 1 to 4"):
        mixtures(inputs, labels, 1, 5, 6, np.random.default_rng(0))


def test_an_ion_becomes_a_spectrum_of_known_peaks():
    temperature = np.linspace(100, 1100, 400)
    peaks = 5 * np.exp(-0.5 * ((temperature - 350) / 20) ** 2)
    peaks += 10 * np.exp(-0.5 * ((temperature - 800) / 30) ** 2)
    spectrum = ion_spectrum(
        temperature, peaks + 3.0, low_celsius=100, high_celsius=1100
    )
    assert spectrum.dtype == np.float32
    assert spectrum.shape == (5000,)
    assert spectrum.argmax() == pytest.approx(3500, abs=10)
    assert spectrum.max() == 1
    assert spectrum[:2500].argmax() == pytest.approx(1250, abs=10)
    assert spectrum[:2500].max() == pytest.approx(0.5, abs=0.01)
    # The order of scans, the unit and an offset do not matter.
    order = np.random.default_rng(0).permutation(400)
    again = ion_spectrum(
        temperature[order],
        1e-9 * (peaks[order] + 7),
        low_celsius=100,
        high_celsius=1100,
    )
    np.testing.assert_allclose(again, spectrum, atol=1e-5)


def test_an_ion_is_zero_where_nothing_was_seen():
    spectrum = ion_spectrum(
        np.array([500.0, 400, 400, np.nan]),
        np.array([4.0, 1, 5, 9]),
        low_celsius=0,
        high_celsius=1000,
        points=11,
    )
    # 400 has the mean 3, which is the background, too.
    np.testing.assert_allclose(spectrum, [0] * 5 + [1] + [0] * 5)
    flat = ion_spectrum(np.arange(5), np.ones(5), low_celsius=0, high_celsius=4)
    assert flat.max() == 0


@pytest.mark.parametrize(
    ("scans", "high", "message"),
    [
        (([1, 2], [1]), 9, "same length"),
        (([1, 2], [1, 2]), 0, "high_celsius above low_celsius"),
        (([np.nan], [1]), 9, "no scan"),
    ],
)
def test_an_ion_that_is_none_is_refused(scans, high, message):
    with pytest.raises(ValueError, match=message):
        ion_spectrum(*map(np.array, scans), low_celsius=0, high_celsius=high)
