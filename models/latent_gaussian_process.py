"""Gaussian processes on the PLS scores of differently preprocessed spectra, averaged.

PLS finds the few directions in which spectra follow concentrations; the process bends
what is not straight there, and may take further inputs, such as a sample's place on a
plate. With tens of samples the average of several plain views is steadier than the
best of them, and leaves nothing to choose.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    Kernel,
    WhiteKernel,
)
from sklearn.preprocessing import StandardScaler


class LatentGaussianProcess:
    """One view: PLS scores and further inputs -> concentrations.

    Parameters
    ----------
    n_components : int
        Of the PLS of all analytes together.
    kernel : {"quadratic", "gaussian"}
        Linear terms, squares and products, or smooth functions of any form.
    """

    def __init__(self, n_components: int, kernel: str) -> None:
        if kernel not in _KERNELS:
            raise ValueError(
                f"kernel: got {kernel!r}; expected one of {', '.join(_KERNELS)}"
            )
        self.n_components, self.kernel = n_components, kernel

    def fit(
        self, X: np.ndarray, y: np.ndarray, further: np.ndarray
    ) -> LatentGaussianProcess:
        """Fit (n_samples, n_points) and (n_samples, n_further) to concentrations.

        The hyperparameters, and whether an analyte uses the further inputs, are those
        of the largest marginal likelihood.
        """
        n_components = min(self.n_components, len(X) - 1)
        self._pls = PLSRegression(n_components, scale=False).fit(X, y)
        inputs = np.hstack([self._pls.transform(X), further])
        self._scaler = StandardScaler().fit(inputs)
        inputs = self._scaler.transform(inputs)
        self._mean, self._scale = y.mean(axis=0), np.maximum(y.std(axis=0), 1e-12)
        widths = dict.fromkeys((n_components, inputs.shape[1]))
        self._processes = []
        for target in ((y - self._mean) / self._scale).T:
            fits = [
                (width, self._process(inputs[:, :width], target)) for width in widths
            ]
            self._processes.append(
                max(fits, key=lambda fit: fit[1].log_marginal_likelihood_value_)
            )
        return self

    def predict(self, X: np.ndarray, further: np.ndarray) -> np.ndarray:
        """Return (n_samples, n_analytes)."""
        inputs = np.hstack([self._pls.transform(X), further])
        inputs = self._scaler.transform(inputs)
        scaled = [process.predict(inputs[:, :n]) for n, process in self._processes]
        predicted: np.ndarray = np.stack(scaled, axis=1) * self._scale + self._mean
        return predicted

    def _process(
        self, inputs: np.ndarray, target: np.ndarray
    ) -> GaussianProcessRegressor:
        with warnings.catch_warnings():
            # a bound that is reached means a term that the samples do not need
            warnings.simplefilter("ignore", ConvergenceWarning)
            return GaussianProcessRegressor(_KERNELS[self.kernel]).fit(inputs, target)


_KERNELS: dict[str, Kernel] = {
    "quadratic": ConstantKernel(0.1, (1e-4, 1e3)) * DotProduct(1.0) ** 2
    + WhiteKernel(0.05, (1e-4, 1.0)),
    "gaussian": ConstantKernel(10.0, (1e-2, 1e4)) * RBF(10.0, (1.0, 1e3))
    + WhiteKernel(0.05, (1e-4, 1.0)),
}


def fit_and_predict(
    views: list[tuple[np.ndarray, np.ndarray]],
    y: np.ndarray,
    further: tuple[np.ndarray, np.ndarray],
    members: list[tuple[int, str]],
) -> np.ndarray:
    """Return the mean over views and members, (n_new, n_analytes).

    Parameters
    ----------
    views : list of (training spectra, new spectra)
        The same samples, preprocessed in different ways.
    further : (n_training, n_further), (n_new, n_further)
        Inputs beside the spectra; may have no columns.
    members : list of (components, kernel)
    """
    parts = [
        LatentGaussianProcess(*member)
        .fit(train, y, further[0])
        .predict(new, further[1])
        for train, new in views
        for member in members
    ]
    mean: np.ndarray = np.mean(parts, axis=0)
    return mean
