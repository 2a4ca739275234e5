import numpy as np
import pytest
from scipy.linalg import null_space
from sklearn.cross_decomposition import PLSRegression
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, WhiteKernel

from models.linear_gaussian_spectra import combine_spectra, linear_gaussian_spectra
from models.partial_least_squares import fit_pls, slopes_by_components
from models.spectral_gaussian_process import fit_gaussian_process, kernel_matrix


def mixtures(count=60, channels=30, noise=0.05, seed=0):
    rng = np.random.default_rng(seed)
    concentrations = rng.uniform(0, 1, (count, 3))
    pure = np.random.default_rng(1).uniform(0, 1, (3, channels))
    spectra = concentrations @ pure + noise * rng.standard_normal((count, channels))
    return spectra, concentrations


@pytest.mark.parametrize(("count", "components"), [(60, 1), (60, 4), (20, 3)])
def test_slopes_are_those_of_sklearn(count, components):
    x, y = mixtures(count)
    x, y = x - x.mean(axis=0), y[:, 0] - y[:, 0].mean()
    slopes = slopes_by_components(x.T @ x, x.T @ y, components)
    expected = PLSRegression(components, scale=False).fit(x, y).coef_.ravel()
    np.testing.assert_allclose(slopes[-1], expected, rtol=1e-6, atol=1e-9)


def test_all_components_are_least_squares():
    x, y = mixtures(80, channels=4)
    x, y = x - x.mean(axis=0), y[:, 1] - y[:, 1].mean()
    slopes = slopes_by_components(x.T @ x, x.T @ y, 4)[-1]
    np.testing.assert_allclose(slopes, np.linalg.lstsq(x, y, rcond=None)[0], rtol=1e-6)


def test_nothing_to_explain_gives_no_slopes():
    assert not slopes_by_components(np.eye(3), np.zeros(3), 2).any()


@pytest.mark.parametrize("count", [20, 60])
def test_pls_predicts_a_linear_target_whatever_gaps_others_have(count):
    x, y = mixtures(count, noise=1e-4)
    gaps = y.copy()
    gaps[::2, 1] = np.nan
    fitted = fit_pls(x, gaps, most_components=6, folds=4, rng=np.random.default_rng(0))
    new, truth = mixtures(40, noise=1e-4, seed=9)
    for column, regressor in enumerate(fitted):
        np.testing.assert_allclose(regressor.predict(new), truth[:, column], atol=0.01)
        assert 1 <= regressor.components <= 6


def test_generated_rows_do_not_choose_the_components():
    x, y = mixtures(30, noise=0.3)
    noise = np.random.default_rng(2).standard_normal(y.shape)

    def fit(spectra, targets, real=None):
        rng = np.random.default_rng(0)
        return fit_pls(spectra, targets, most_components=8, folds=3, rng=rng, real=real)

    alone = fit(x, y + noise)
    # Copies in training would show what is held out, so that all noise is fitted.
    twice = np.concatenate([x, x]), np.concatenate([y + noise, 5 + y + noise])
    both = fit(*twice, real=30)
    assert [r.components for r in both] == [r.components for r in alone]
    # They are fitted all the same: the mean moves.
    assert both[0].mean_target == pytest.approx(alone[0].mean_target + 2.5)


def test_process_agrees_with_sklearn_at_its_own_kernel():
    x, y = mixtures(40, channels=8)
    (found,) = fit_gaussian_process(
        x,
        y[:, :1],
        most_components=8,
        most_rows=40,
        rng=np.random.default_rng(0),
    )
    scores = (x - x.mean(axis=0)) @ found.axes
    kernel = kernel_matrix(scores, scores, found.length, found.curved_share)
    solved = np.linalg.solve(
        kernel + found.noise * np.eye(40), y[:, 0] - y[:, 0].mean()
    )
    np.testing.assert_allclose(found.coefficients, solved, rtol=1e-5, atol=1e-7)
    if found.curved_share == 0:
        parity = GaussianProcessRegressor(
            ConstantKernel(1.0, "fixed") * DotProduct(0.0, "fixed")
            + WhiteKernel(found.noise, "fixed"),
            optimizer=None,
        ).fit(scores, y[:, 0] - y[:, 0].mean())
        expected = parity.predict(scores[:5]) + y[:, 0].mean()
        np.testing.assert_allclose(found.predict(x[:5]), expected, rtol=1e-5)


def test_process_bends_where_the_target_does():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (150, 1)) @ np.ones((1, 5))
    y = np.sin(3 * x[:, :1])
    (fitted,) = fit_gaussian_process(
        x, y, most_components=3, most_rows=100, rng=np.random.default_rng(1)
    )
    assert len(fitted.scores) == 100
    assert fitted.curved_share > 0
    np.testing.assert_allclose(fitted.predict(x), y[:, 0], atol=0.05)


def test_combinations_recover_mean_covariance_and_linear_laws():
    x, y = mixtures(50, noise=0.0)
    made, labels = combine_spectra(x, y, 20_000, np.random.default_rng(0))
    np.testing.assert_allclose(made.mean(axis=0), x.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(labels.T), np.cov(y.T), rtol=0.05, atol=0.002)
    # What holds linearly for the data holds for every combination of them.
    law = null_space(x - x.mean(axis=0))
    np.testing.assert_allclose((made - x.mean(axis=0)) @ law, 0, atol=1e-10)
    slopes = np.linalg.lstsq(y - y.mean(axis=0), x - x.mean(axis=0), rcond=None)[0]
    np.testing.assert_allclose(
        made - x.mean(axis=0), (labels - y.mean(axis=0)) @ slopes, atol=1e-9
    )


def test_linear_gaussian_spectra_follow_concentrations_and_keep_the_residual():
    x, y = mixtures(200, noise=0.05)
    wanted = np.repeat([[0.5, 0.1, 0.9]], 5000, axis=0)
    made = linear_gaussian_spectra(x, y, wanted, np.random.default_rng(0))
    expected, _ = mixtures(1, noise=0.0)
    pure = np.random.default_rng(1).uniform(0, 1, (3, 30))
    assert expected.shape == (1, 30)
    np.testing.assert_allclose(made.mean(axis=0), wanted[0] @ pure, atol=0.03)
    np.testing.assert_allclose(made.std(axis=0), 0.05, rtol=0.25)
