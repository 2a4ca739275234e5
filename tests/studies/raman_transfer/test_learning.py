from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import PLSRegression

from models.concentration_baselines import METHODS
from models.latent_gaussian_process import LatentGaussianProcess
from models.pls_path import pls_path
from models.raman_unet import RamanUNet, draw_weights
from models.raman_unet_training import (
    UNetSettings,
    fit_unet,
    r2,
    r2_loss,
    validation_rows,
)
from models.spectrum_augmentation import SpectrumAugmenter
from models.transferable_pls import predict_other_instrument

QUIET = SpectrumAugmenter(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
SMALL = UNetSettings(
    width=4,
    levels=2,
    dropout=0.1,
    epochs=8,
    batch_size=16,
    learning_rate=0.01,
    weight_decay=0.0,
    validation_share=0.2,
    augmenter=QUIET,
)


def mixtures(n=60, noise=0.01, seed=0):
    """Return spectra of two bands, heights and groups of two replicates."""
    rng = np.random.default_rng(seed)
    place = np.arange(160)
    bands = np.exp(-0.5 * ((place - np.array([[50], [110]])) / 5) ** 2)
    y = np.repeat(rng.uniform(0, 2, (n // 2, 2)), 2, axis=0)
    constant = 3 * np.exp(-0.5 * ((place - 80) / 8) ** 2)
    X = y @ bands + constant + noise * rng.normal(size=(n, 160))
    return X, y, np.repeat(np.arange(n // 2), 2)


@pytest.mark.parametrize("method", METHODS)
def test_baselines_learn_what_is_linear(method):
    X, y, groups = mixtures(120)
    new, truth, _ = mixtures(40, seed=1)
    predicted = METHODS[method](X, y, groups, 0)(new)
    assert predicted.shape == truth.shape
    assert r2(truth, predicted).min() > (0.6 if method == "lightgbm" else 0.95)


def test_latent_process_uses_a_further_input_only_where_it_helps():
    X, y, _ = mixtures(80)
    position = np.linspace(0, 1, 80)[:, None]
    # the sensitivity for the first band falls along the plate
    faded = X + (0.5 * position) * (mixtures(80, 0)[0] - X)
    target = y * [1.0, 1.0]
    target[:, 0] *= 1 + 0.8 * position[:, 0]
    order = np.random.default_rng(0).permutation(80)
    a, b = order[:50], order[50:]
    none = np.zeros((80, 0))
    scores = {}
    for name, further in (("with", position), ("without", none)):
        model = LatentGaussianProcess(3, "quadratic")
        model.fit(faded[a], target[a], further[a])
        scores[name] = r2(target[b], model.predict(faded[b], further[b]))
    assert scores["with"][0] > scores["without"][0] + 0.02
    assert scores["with"][1] > 0.95


def test_path_of_pls_agrees_with_a_fit_for_each_number():
    X, y, _ = mixtures(60)
    new = mixtures(10, seed=1)[0]
    found = pls_path(X, y, new, [2, 3, 5])
    for row, n in enumerate((2, 3, 5)):
        for column, target in enumerate(y.T):
            single = PLSRegression(n, scale=False).fit(X, target).predict(new)
            np.testing.assert_allclose(found[row, :, column], np.ravel(single))


def test_pls_for_another_instrument_chooses_what_transfers():
    rng = np.random.default_rng(0)
    X, y, _ = mixtures(120)
    instrument = np.arange(120) % 2
    # each instrument has a strong background of its own, and the new one a third
    slopes = np.linspace(0, 3, 160)
    disturbed = X + (instrument * rng.uniform(2, 4, 120))[:, None] * slopes
    new, truth, _ = mixtures(40, seed=1)
    other = new + rng.uniform(-6, -2, (40, 1)) * slopes
    clean = [np.diff(s, 2, axis=1) for s in (disturbed, other)]
    views = [(disturbed, other), (clean[0], clean[1])]
    predicted = predict_other_instrument(views, y, instrument)
    assert r2(truth, predicted).min() > 0.9
    with pytest.raises(ValueError, match="at least 2"):
        predict_other_instrument(views, y, np.zeros(120))


def test_unknown_kernel_is_named():
    with pytest.raises(ValueError, match="cubic"):
        LatentGaussianProcess(2, "cubic")


@given(st.integers(5, 60), st.floats(0.05, 0.45), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_validation_takes_whole_samples_of_all_heights(n, share, seed):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n), 2)
    y = np.repeat(rng.random((n, 3)), 2, axis=0)
    held = validation_rows(y, groups, share, rng)
    # A replicate in training would tell the answer.
    assert (held[::2] == held[1::2]).all()
    assert held[::2].sum() == max(1, round(share * n))


def test_loss_is_error_plus_what_r2_lacks():
    rng = np.random.default_rng(0)
    target, predicted = rng.random((2, 50, 3))
    loss = r2_loss(
        torch.tensor(predicted), torch.tensor(target), torch.tensor(target.var(axis=0))
    )
    expected = ((target - predicted) ** 2).mean(axis=0) + 1 - r2(target, predicted)
    np.testing.assert_allclose(loss.numpy(), expected)


@pytest.mark.parametrize("attention", [False, True])
def test_network_has_one_head_per_analyte(attention):
    network = RamanUNet(200, 3, 4, 2, 0.1, attention=attention)
    draw_weights(network, torch.Generator(), torch.Generator())
    network.eval()
    x = torch.randn(2, 200)
    assert network(x).shape == (2, 3)
    loss = network(x)[:, 1].sum()
    loss.backward()
    # The heads are apart: one analyte's loss leaves the others' alone.
    assert network.heads[0].weight.grad.abs().sum() == 0
    assert network.heads[1].weight.grad.abs().sum() > 0


def test_network_refuses_too_short_spectra():
    with pytest.raises(ValueError, match="n_points: got 20"):
        RamanUNet(20, 3, 4, 3, 0.1, attention=False)


@pytest.fixture(scope="module")
def trained():
    return fit_unet(*mixtures(160), SMALL, np.random.SeedSequence(1))


def test_network_learns_and_keeps_its_best_epoch(trained):
    X, y, _ = mixtures(40, seed=2)
    assert r2(y, trained.predict(X)).mean() > 0.5
    assert len(trained.history) == SMALL.epochs


def test_same_seed_same_network(trained):
    again = fit_unet(*mixtures(160), SMALL, np.random.SeedSequence(1))
    X = mixtures(20, seed=2)[0]
    np.testing.assert_array_equal(again.predict(X), trained.predict(X))


@pytest.mark.parametrize("option", ["attention", "adaptive"])
def test_options_train_another_network(trained, option):
    settings = replace(SMALL, **{option: True})
    other = fit_unet(*mixtures(160), settings, np.random.SeedSequence(1))
    X = mixtures(20, seed=2)[0]
    assert (other.predict(X) != trained.predict(X)).any()


def test_fine_tuning_starts_from_the_network(trained):
    X, y, groups = mixtures(40, seed=5)
    still = replace(SMALL, epochs=1, learning_rate=1e-9)
    tuned = fit_unet(X, y, groups, still, np.random.SeedSequence(0), start=trained)
    np.testing.assert_allclose(tuned.predict(X), trained.predict(X), atol=1e-4)
