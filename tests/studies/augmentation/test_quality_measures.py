import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import roc_auc_score

from studies.augmentation.nearest_neighbours import nearest, neighbour_measures
from studies.augmentation.physical_checks import (
    explained_share,
    linear_departure,
    linear_fit,
    negative_share,
    roughness,
)
from studies.augmentation.two_sample_test import area_error, two_sample_test


def points(count=80, dimensions=6, seed=0, shift=0.0):
    return shift + np.random.default_rng(seed).standard_normal((count, dimensions))


def test_neighbours_are_those_of_all_distances():
    left, right = points(20), points(30, seed=1)
    found, distance = nearest(left, right)
    every = cdist(left, right) / np.sqrt(6)
    assert np.array_equal(found, every.argmin(axis=1))
    np.testing.assert_allclose(distance, every.min(axis=1))
    np.fill_diagonal(own := cdist(left, left) / np.sqrt(6), np.inf)
    np.testing.assert_allclose(nearest(left, left, themselves=True)[1], own.min(axis=1))


def test_copies_have_distance_zero_and_others_that_of_real_spectra():
    real, labels = points(), points(dimensions=2)
    copies = neighbour_measures(real, labels, real, real, labels)
    assert copies["spectra_made"] == copies["concentrations_made"] == 0
    assert copies["like_mixtures_made"] == 0 < copies["like_mixtures_real"]
    fresh = points(400, seed=2)
    others = neighbour_measures(real, labels, fresh, fresh[:80], points(80, 2, 3))
    assert others["spectra_made"] == pytest.approx(others["spectra_real"], rel=0.1)


def test_like_spectra_are_not_told_apart_and_shifted_ones_are():
    real = points(200)
    same = two_sample_test(real, points(200, seed=5), 0)
    assert same.low < 0.5 < same.high
    other = two_sample_test(real, points(200, seed=5, shift=1.5), 0)
    assert other.area > 0.95
    # Spectra without noise have the right scores, but nothing beside them.
    flat = points(200, 40, seed=6)
    flat[:, 10:] = 0
    assert two_sample_test(points(200, 40), flat, 0).area > 0.95


def test_error_of_the_area_is_that_of_simulated_scores():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [40, 30])
    areas = [
        roc_auc_score(labels, labels * 1.0 + rng.standard_normal(70))
        for _ in range(400)
    ]
    assert area_error(np.mean(areas), 30, 40) == pytest.approx(np.std(areas), rel=0.15)


def test_signs_and_roughness():
    assert negative_share(np.array([[-1.0, 0.0, 1.0, 2.0]])) == 0.25
    axis = np.linspace(0, 1, 50)
    parabola = np.stack([axis**2, axis**2])
    # The second difference of a parabola is twice the square of the step.
    assert roughness(parabola) == pytest.approx(2 / 49**2)
    assert roughness(points(5, 50)) == pytest.approx(np.sqrt(6), rel=0.2)


def test_linearity_is_recognised_although_concentrations_depend_on_each_other():
    rng = np.random.default_rng(0)
    free = rng.uniform(0, 1, (60, 2))
    concentrations = np.column_stack([free, free.sum(axis=1)])  # charges balance
    spectra = concentrations @ rng.uniform(0, 1, (3, 5))
    spectra[:, 4] = concentrations[:, 0] * concentrations[:, 1]
    share = explained_share(spectra, concentrations)
    np.testing.assert_allclose(share[:4], 1)
    assert share[4] < 0.95
    fit = linear_fit(spectra[:, :4], concentrations)
    assert linear_departure(spectra[:, :4], concentrations, fit) < 1e-12
    # Labels that break the balance by a little depart by a little.
    broken = concentrations + 0.01 * rng.standard_normal((60, 3))
    assert 1e-3 < linear_departure(spectra[:, :4], broken, fit) < 0.05
