"""Zones: windows, limits by hand, and a network that is read off its training data."""

import math

import numpy as np
import pytest
import torch

from models.spectrum_network import build_network
from models.spectrum_specs import ZoneSpec
from models.window_sums import window_sums
from models.zone_limits import LEAST_HALF_RANGE, class_zones

POINTS = 1000


@pytest.mark.parametrize("half_width", [2, 7, 50])
def test_windows_add_up_to_one_everywhere(half_width):
    x = torch.eye(120, dtype=torch.float64)
    sums = window_sums(x, half_width)
    assert sums.shape == (120, math.ceil(120 / half_width) + 1)
    torch.testing.assert_close(sums.sum(dim=1), torch.ones(120, dtype=torch.float64))
    # A point lies in two windows: the pair says where.
    place = (sums * torch.arange(sums.shape[1])).sum(dim=1) * half_width
    torch.testing.assert_close(place, torch.arange(120, dtype=torch.float64))


def one_peak(position, width=3.0):
    x = np.arange(POINTS)
    return np.exp(-0.5 * ((x - position) / width) ** 2) * (abs(x - position) < 15)


def spectra(seed, positions, heights, n=50, shift=40):
    """Return spectra whose peaks move evenly by up to `shift` points."""
    rng = np.random.default_rng(seed)
    moved = np.array(positions) + rng.integers(-shift, shift + 1, (n, len(positions)))
    curves = [
        sum(h * one_peak(p) for p, h in zip(row, heights, strict=True)) for row in moved
    ]
    return moved, np.array(curves)


def shares_of(curves):
    curves = torch.from_numpy(curves)
    return window_sums(curves / curves.sum(dim=1, keepdim=True), 10).numpy()


def test_zones_hold_all_signal_and_their_middle_is_that_of_the_range():
    moved, curves = spectra(0, (300, 700), (1.0, 0.5))
    shares = shares_of(curves)
    zones = class_zones(shares, 12)
    inside = sum(
        shares[:, a:b].sum(axis=1) for a, b in zip(zones.first, zones.end, strict=True)
    )
    np.testing.assert_allclose(inside, 1, atol=1e-12)
    assert zones.highest == 0
    np.testing.assert_allclose(zones.middle[0], [1, 0.5], atol=1e-9)
    np.testing.assert_allclose(zones.half_range[0], LEAST_HALF_RANGE[0])
    centre = 10 * (zones.middle[1] + (zones.first + zones.end - 1) / 2)
    low, high = moved.min(axis=0), moved.max(axis=0)
    np.testing.assert_allclose(centre, (low + high) / 2, atol=1e-6)
    np.testing.assert_allclose(10 * zones.half_range[1], (high - low) / 2, atol=1e-6)


def test_two_peaks_that_meet_are_one_zone_with_a_spread():
    moved, curves = spectra(1, (300, 330), (1.0, 1.0))
    zones = class_zones(shares_of(curves), 12)
    assert len(zones.first) == 1
    apart = abs(moved[:, 0] - moved[:, 1]) / 2
    widest = 10 * (zones.middle[2] + zones.half_range[2])[0]
    assert apart.max() <= widest <= apart.max() + 6


def test_a_stray_spectrum_does_not_move_the_limits():
    _, curves = spectra(2, (300, 700), (1.0, 0.5))
    zones = class_zones(shares_of(curves), 12)
    stray = one_peak(300) + 20 * one_peak(700)
    again = class_zones(shares_of(np.vstack([curves, stray[None]])), 12)
    largest = max(zones.middle[0])
    assert max(again.middle[0] / again.middle[0].max()) <= 1
    np.testing.assert_allclose(
        again.half_range[0], zones.half_range[0], atol=0.05 * largest
    )


def test_of_too_many_zones_the_smallest_are_left_out():
    _, curves = spectra(3, (150, 400, 650, 900), (0.2, 1.0, 0.05, 0.5), shift=10)
    zones = class_zones(shares_of(curves), 2)
    where = 10 * (zones.first + zones.end - 1) / 2
    np.testing.assert_allclose(where, [400, 900], atol=25)


def test_a_class_of_empty_spectra_has_no_zones():
    zones = class_zones(np.zeros((5, 30)), 4)
    assert len(zones.first) == len(zones.end) == 0


CLASSES = [
    ((300, 700), (1.0, 0.5)),
    ((300, 760), (1.0, 0.5)),  # where the second peak stands
    ((300, 700), (1.0, 0.4)),  # how high it is
    ((300, 700, 500), (1.0, 0.5, 0.02)),  # a minor peak
]


@pytest.fixture(scope="module")
def network():
    parts = [spectra(k, *CLASSES[k])[1] for k in range(len(CLASSES))]
    labels = torch.from_numpy(np.repeat(range(len(CLASSES)), 50))
    made = build_network(ZoneSpec(), POINTS, len(CLASSES), torch.Generator())
    made.look_at(torch.from_numpy(np.concatenate(parts)).float(), labels)
    return made


def test_zones_alone_tell_classes_apart(network):
    curves = np.concatenate(
        [spectra(9 + k, *CLASSES[k], n=20, shift=20)[1] for k in range(len(CLASSES))]
    )
    with torch.no_grad():
        predicted = network(torch.from_numpy(curves).float()).argmax(dim=1)
    assert (predicted.numpy() == np.repeat(range(len(CLASSES)), 20)).mean() > 0.95


def test_between_overlapping_classes_the_line_is_drawn_midway(network):
    places = np.arange(715, 746)
    curves = np.array([one_peak(300) + 0.5 * one_peak(p) for p in places])
    with torch.no_grad():
        logits = network(torch.from_numpy(curves).float()).numpy()
    line = places[np.argmax(logits[:, 1] > logits[:, 0])]
    assert abs(line - 730) <= 3


def test_height_and_width_of_all_peaks_do_not_matter(network):
    tall = 0.9 * one_peak(310) + 0.45 * one_peak(690)
    wide = one_peak(310, 4.0) + 0.5 * one_peak(690, 4.0)
    with torch.no_grad():
        first, second, third = network(
            torch.from_numpy(np.array([tall, tall / 2, wide])).float()
        )
    torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-4)
    # the class whose zones the peaks stand in the middle of
    torch.testing.assert_close(first[0], third[0], rtol=0.05, atol=0.1)


def test_an_empty_spectrum_has_finite_logits_and_gradients(network):
    x = torch.zeros(1, POINTS, requires_grad=True)
    network(x).sum().backward()
    assert torch.isfinite(x.grad).all()


def test_background_and_noise_do_not_hide_the_zones():
    rng = np.random.default_rng(5)
    slope = np.linspace(0.1, 0.3, POINTS)

    def measured(seed, n, shift):
        parts = [spectra(seed + k, *CLASSES[k], n=n, shift=shift)[1] for k in range(3)]
        clean = np.concatenate(parts)
        noisy = clean + slope + 0.01 * rng.standard_normal(clean.shape)
        return torch.from_numpy(noisy).float(), np.repeat(range(3), n)

    made = build_network(ZoneSpec(), POINTS, 3, torch.Generator())
    curves, labels = measured(20, 50, 40)
    made.look_at(curves, torch.from_numpy(labels))
    curves, labels = measured(30, 20, 20)
    with torch.no_grad():
        predicted = made(curves).argmax(dim=1).numpy()
    assert (predicted == labels).mean() > 0.95
