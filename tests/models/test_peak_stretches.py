"""Background and noise are taken away, peaks stay, clean spectra stay as they are."""

import numpy as np
import pytest
import torch

from models.peak_stretches import peaks_alone

POINTS = 5000
X = np.arange(POINTS)


def peak(position, height, width=3.0):
    return height * np.exp(-0.5 * ((X - position) / width) ** 2)


def cut(curve):
    return np.where(curve > 1e-4, curve, 0.0)


def alone(*curves):
    return peaks_alone(torch.from_numpy(np.array(curves)), 3.0).numpy()


PEAKS = peak(700, 1.0) + peak(2500, 0.4) + peak(2530, 0.6) + peak(4100, 0.1)


def test_spectra_that_are_zero_between_peaks_are_left_as_they_are():
    clean = cut(PEAKS)
    assert alone(clean)[0].tobytes() == clean.tobytes()
    # also beside one that is not
    both = alone(clean, PEAKS + 0.1)
    assert both[0].tobytes() == clean.tobytes()
    assert both[1].tobytes() != (PEAKS + 0.1).tobytes()


@pytest.mark.parametrize(
    "background", [0.3 + 0 * X, X / POINTS, 0.5 * np.sin(3 * X / POINTS)]
)
def test_smooth_background_is_taken_away(background):
    (found,) = alone(PEAKS + background)
    for position, height in ((700, 1.0), (2500, 0.4), (2530, 0.6), (4100, 0.1)):
        assert found[position] == pytest.approx(height, abs=0.01)
    far = np.min([abs(X - p) for p in (700, 2500, 2530, 4100)], axis=0) > 40
    assert np.abs(found[far]).max() < 0.01


def test_noise_is_zero_away_from_peaks_and_areas_stay():
    rng = np.random.default_rng(0)
    curves = PEAKS + 0.02 * rng.standard_normal((200, POINTS))
    found = alone(*curves)
    far = np.min([abs(X - p) for p in (700, 2500, 2530, 4100)], axis=0) > 60
    # 200 x 4,500 points, of which 5 standard deviations leave next to nothing
    assert (found[:, far] != 0).mean() < 1e-3
    for position, height in ((700, 1.0), (4100, 0.1)):
        area = found[:, position - 60 : position + 61].sum(axis=1)
        expected = height * 3.0 * np.sqrt(2 * np.pi)
        # noise of 25 points, and its mean over 200 spectra
        assert area.std() < 0.02 * 7
        assert area.mean() == pytest.approx(expected, abs=0.05)


def test_a_peak_in_the_noise_is_not_seen_and_one_above_it_is():
    rng = np.random.default_rng(1)
    noise = 0.02 * rng.standard_normal((100, POINTS))
    faint = alone(*(peak(2000, 0.01) + noise))
    clear = alone(*(peak(2000, 0.08) + noise))
    assert (faint[:, 1990:2011] != 0).any(axis=1).mean() < 0.1
    assert (clear[:, 1990:2011] != 0).any(axis=1).mean() > 0.95


def test_an_axis_shorter_than_its_blocks_and_constant_spectra_do_no_harm():
    for points in (7, 49, 50, 51, 333):
        x = torch.ones(2, points)
        assert torch.equal(peaks_alone(x, 3.0), torch.zeros(2, points))


def test_gradients_reach_the_points_of_peaks():
    rng = np.random.default_rng(2)
    curves = PEAKS + 0.02 * rng.standard_normal(POINTS)
    x = torch.from_numpy(curves[None]).requires_grad_()
    peaks_alone(x, 3.0)[:, 2400:2600].sum().backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad[0, 2490:2541] != 0).all()
