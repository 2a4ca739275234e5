import numpy as np
import pytest

from models.latent_sampling import SAMPLINGS, LatentSpectra, main_axes_density
from models.variational_autoencoder import (
    AutoencoderTraining,
    VariationalAutoencoder,
)

SEED = np.random.SeedSequence(5)


def plane(count=300, channels=12, seed=0):
    """Return standardised spectra that lie on a plane, and where on it."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((count, 2))
    axes = np.random.default_rng(7).standard_normal((2, channels))
    axes /= np.sqrt((axes**2).sum(axis=0))
    return scores @ axes, scores


def training(**changed):
    usual = {"latent": 3, "hidden": 32, "epochs": 60, "kl_weight": 0.05}
    return AutoencoderTraining(**usual | changed)


def test_without_divergence_it_is_an_autoencoder():
    spectra, _ = plane()
    model = VariationalAutoencoder(training(kl_weight=0.0)).fit(spectra, SEED)
    encoded = model.encode(spectra)
    wrong = model.decode(encoded.mean) - spectra
    # The plane is found, and nothing keeps the noise from vanishing.
    assert np.mean(wrong**2) < 0.02 * np.mean(spectra**2)
    assert np.median(encoded.standard_deviation) < 0.3


def test_a_heavy_divergence_leaves_the_mean_spectrum():
    spectra, _ = plane()
    shifted = spectra + 2.0
    model = VariationalAutoencoder(training(kl_weight=500.0)).fit(shifted, SEED)
    made = model.sample(200, SEED)
    # Nothing is encoded: posteriors are the prior, samples the mean.
    np.testing.assert_allclose(model.encode(shifted).mean, 0, atol=0.1)
    np.testing.assert_allclose(made.mean(axis=0), 2.0, atol=0.25)
    assert made.std(axis=0).max() < 0.3


def test_samples_of_a_linear_gaussian_set_have_its_mean_and_lie_on_its_plane():
    spectra, _ = plane(600)
    model = VariationalAutoencoder(training(epochs=100)).fit(spectra, SEED)
    made = model.sample(2000, SEED)
    np.testing.assert_allclose(made.mean(axis=0), spectra.mean(axis=0), atol=0.15)
    _, _, axes = np.linalg.svd(spectra, full_matrices=False)
    beside = made - made @ axes[:2].T @ axes[:2]
    assert np.mean(beside**2) < 0.03 * np.mean(made**2)
    # Within the plane they spread about as the set does.
    spread = np.std(made @ axes[:2].T, axis=0) / np.std(spectra @ axes[:2].T, axis=0)
    assert (np.abs(spread - 1) < 0.4).all()


def test_conditions_steer_the_decoder():
    spectra, scores = plane(400)
    conditions = scores[:, :1]
    model = VariationalAutoencoder(training(latent=1)).fit(spectra, SEED, conditions)
    wanted = np.linspace(-1.5, 1.5, 50)[:, None]
    made = model.sample(50, SEED, wanted)
    design = np.column_stack([scores, np.ones(len(scores))])
    slopes = np.linalg.lstsq(design, spectra, rcond=None)[0]
    expected = np.linalg.lstsq(slopes.T[:, :2], (made - slopes[2]).T, rcond=None)[0]
    assert np.corrcoef(expected[0], wanted[:, 0])[0, 1] > 0.95


def test_fit_and_samples_are_repeatable():
    spectra, scores = plane(60)
    made = [
        VariationalAutoencoder(training(epochs=3))
        .fit(spectra, SEED, scores)
        .sample(7, SEED, scores[:7])
        for _ in range(2)
    ]
    assert np.array_equal(*made)


def test_the_loss_falls():
    losses = VariationalAutoencoder(training()).fit(plane()[0], SEED).loss_by_epoch
    assert len(losses) == 60
    assert losses[-1] < 0.5 * losses[0]


def test_what_does_not_fit_is_refused():
    spectra, scores = plane(30)
    model = VariationalAutoencoder(training(epochs=1))
    with pytest.raises(ValueError, match="not fitted"):
        model.sample(3, SEED)
    with pytest.raises(ValueError, match="30 spectra, but conditions of 29"):
        model.fit(spectra, SEED, scores[1:])
    with pytest.raises(ValueError, match="spectra: expected a finite matrix"):
        model.fit(np.where(spectra > 1, np.nan, spectra), SEED)
    model.fit(spectra, SEED, scores)
    with pytest.raises(ValueError, match="latent and conditions have 3 numbers"):
        model.sample(3, SEED)
    with pytest.raises(ValueError, match="3 spectra, but conditions of 2"):
        model.sample(3, SEED, scores[:2])


def latent(count=2000, seed=0):
    rng = np.random.default_rng(seed)
    mean = np.column_stack([rng.exponential(1.0, count), 3 + rng.normal(0, 2, count)])
    return LatentSpectra(mean, np.full_like(mean, 0.01))


@pytest.mark.parametrize("name", SAMPLINGS)
def test_a_sampling_draws_what_is_asked_for(name):
    drawn = [SAMPLINGS[name](latent(200), 50, np.random.default_rng(3)) for _ in "ab"]
    assert drawn[0].shape == (50, 2)
    assert np.array_equal(*drawn)


def test_samplings_differ_as_their_names_say():
    encoded, rng = latent(), np.random.default_rng(1)
    normal, uniform, same, inverted = (
        SAMPLINGS[name](encoded, 4000, rng)
        for name in ("normal", "uniform", "same", "inverted")
    )
    np.testing.assert_allclose(normal.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(same.mean(axis=0), encoded.mean.mean(axis=0), atol=0.15)
    low, high = encoded.mean.min(axis=0), encoded.mean.max(axis=0)
    np.testing.assert_allclose(uniform.mean(axis=0), (low + high) / 2, rtol=0.1)
    # Equalising moves weight from where spectra crowd to where they are rare.
    assert same[:, 0].mean() + 0.3 < inverted[:, 0].mean() < uniform[:, 0].mean()


def test_density_of_points_in_one_place_is_even():
    assert np.array_equal(main_axes_density(np.ones((4, 3))), np.ones(4))
