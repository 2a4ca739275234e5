"""All features as a scikit-learn transformer: runs in, a DataFrame out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names_in, validate_data

from features.binning import GridAxes
from features.feature import Feature
from features.grid import EgaGrid
from features.runs import COLUMNS, grid_of_cells, grid_of_runs
from features.setting_checks import check_axes, check_settings
from features.table import FeatureSettings, compute_features

# memory grows with this number, not with the number of runs
RUNS_PER_BLOCK = 32


class EgaFeatures(TransformerMixin, BaseEstimator):
    """Turn EGA-MS runs into named features, a row a run, as stage featurize does.

    Nothing is learnt from the runs: each row depends on its run and the settings alone,
    so features may be computed before cross-validation or within it. `fit` only notes
    the width of the input.

    Parameters
    ----------
    bin_width_celsius : float
        Width of a temperature cell.
    temperature_min_celsius, temperature_max_celsius : float
        Range of the cells; a run that leaves it is an error.
    mz_min, mz_max : int
        First and last m/z; rows beyond are left out.
    fractional_mz : {"round", "drop"}
        What happens to a row whose m/z is not an integer.
    background_quantile : float
        Quantile of each ion that counts as its background, in [0, 1).
    carrier_mz : int
        m/z of the carrier gas, which is left out.
    window_low_celsius, window_high_celsius : float
        Temperature range of the windowed features.
    prevalence_window_celsius, area_window_celsius : float
        Width of their windows; each must divide the range.

    Attributes
    ----------
    n_features_in_ : int
        Number of cells of a run, n_mz * n_temperatures.
    feature_names_in_ : (n_features_in_,) object
        Names of the cells, if `X` was a DataFrame of cells.

    Notes
    -----
    `X` is one of

    - a list of runs, each a table of rows (`features.runs.grid_of_runs` says which);
    - an array (n_runs, n_mz, n_temperatures) of mean abundances, cells that begin at
      `mz_min` and `temperature_min_celsius`, NaN where nothing was observed;
    - the same flattened, (n_runs, n_mz * n_temperatures).

    Cells tell the temperature range of a run to the width of a cell. They tell neither
    heating rate nor number of scans: these features are then missing, as they are for
    runs without time.

    Missing values are NaN. A quantity that does not exist, such as the peak of an
    absent ion, is missing; put an imputer before a model that can't take NaN.

    Examples
    --------
    >>> temperature = np.repeat(np.arange(50.0, 1100.0, 5.0), 2)
    >>> mz = np.tile([18.0, 44.0], 210)
    >>> carbon_dioxide = np.exp(-(((temperature - 700.0) / 60.0) ** 2))
    >>> run = np.column_stack([temperature, mz, np.where(mz == 44, carbon_dioxide, 0)])
    >>> table = EgaFeatures().fit_transform([run])
    >>> float(table["peak_temperature_mz044"].iloc[0])
    702.5
    """

    def __init__(
        self,
        *,
        bin_width_celsius: float = 5.0,
        temperature_min_celsius: float = -100.0,
        temperature_max_celsius: float = 1500.0,
        mz_min: int = 0,
        mz_max: int = 99,
        fractional_mz: Literal["round", "drop"] = "round",
        background_quantile: float = 0.01,
        carrier_mz: int = 4,
        window_low_celsius: float = 50.0,
        window_high_celsius: float = 1100.0,
        prevalence_window_celsius: float = 50.0,
        area_window_celsius: float = 50.0,
    ) -> None:
        self.bin_width_celsius = bin_width_celsius
        self.temperature_min_celsius = temperature_min_celsius
        self.temperature_max_celsius = temperature_max_celsius
        self.mz_min = mz_min
        self.mz_max = mz_max
        self.fractional_mz = fractional_mz
        self.background_quantile = background_quantile
        self.carrier_mz = carrier_mz
        self.window_low_celsius = window_low_celsius
        self.window_high_celsius = window_high_celsius
        self.prevalence_window_celsius = prevalence_window_celsius
        self.area_window_celsius = area_window_celsius

    def fit(self, X: Any, y: Any = None) -> EgaFeatures:
        """Check the settings and note the width of `X`; `y` is not looked at.

        Raises
        ------
        TypeError, ValueError
            A setting is out of range, or `X` is not what the class describes.
        """
        axes = self._axes()
        self._settings()
        if _holds_runs(X):
            # left over if the transformer was fitted to a DataFrame of cells before
            self.__dict__.pop("feature_names_in_", None)
            self.n_features_in_ = int(np.prod(axes.shape))
        else:
            self._cells(X, axes, reset=True)
        return self

    def transform(self, X: Any) -> pd.DataFrame:
        """Return the features, (n_runs, n_features) float32, NaN for missing.

        Raises
        ------
        TypeError, ValueError
            A setting is out of range, or `X` is not what the class describes.
        """
        settings = self._settings()
        tables = [compute_features(grid, settings)[0] for grid in self._grids(X)]
        table = pd.concat(tables, ignore_index=True)
        if isinstance(X, pd.DataFrame):
            table.index = X.index
        return table

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the features; they depend on the settings alone.

        `input_features` may name the cells, as scikit-learn does; names other than
        those that `fit` saw raise ValueError.
        """
        _check_feature_names_in(self, input_features, generate_names=False)
        return np.array([feature.name for feature in self._features()], dtype=object)

    def feature_dictionary(self) -> pd.DataFrame:
        """Return what is known of each feature: family, m/z, window, unit, words."""
        return pd.DataFrame([feature.as_dict() for feature in self._features()])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        # float32, whatever comes in
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _grids(self, X: Any) -> Iterator[EgaGrid]:
        axes = self._axes()
        cells = None if _holds_runs(X) else self._cells(X, axes, reset=False)
        for start in range(0, len(X if cells is None else cells), RUNS_PER_BLOCK):
            block = slice(start, start + RUNS_PER_BLOCK)
            if cells is None:
                yield grid_of_runs(X[block], axes, first=start)
            else:
                yield grid_of_cells(cells[block], axes)

    def _cells(self, X: Any, axes: GridAxes, *, reset: bool) -> np.ndarray:
        """Return (n_runs, n_mz, n_temperatures) float32 of an array of cells."""
        n_mz = axes.shape[0]
        if getattr(X, "ndim", 2) == 3:
            if X.shape[1] != n_mz:
                raise ValueError(
                    f"X has {X.shape[1]} m/z on its second axis; expected {n_mz}. "
                    "Set mz_min and mz_max to what X holds."
                )
            X = np.reshape(X, (len(X), -1))
        X = validate_data(
            self, X, reset=reset, dtype=np.float32, ensure_all_finite="allow-nan"
        )
        if X.shape[1] % n_mz:
            raise ValueError(
                f"X has {X.shape[1]} columns; expected a multiple of {n_mz}, a column "
                "for each m/z and temperature cell. Set mz_min and mz_max to what X "
                "holds."
            )
        return X.reshape(len(X), n_mz, -1)

    def _features(self) -> list[Feature]:
        # one unobserved run: the names do not depend on the runs
        axes = self._axes()
        unobserved = np.full((1, axes.shape[0], 2), np.nan, dtype=np.float32)
        return compute_features(grid_of_cells(unobserved, axes), self._settings())[1]

    def _axes(self) -> GridAxes:
        return check_axes(
            GridAxes(**{f.name: getattr(self, f.name) for f in fields(GridAxes)})
        )

    def _settings(self) -> FeatureSettings:
        names = [f.name for f in fields(FeatureSettings)]
        return check_settings(
            FeatureSettings(**{name: getattr(self, name) for name in names})
        )


def _holds_runs(X: Any) -> bool:
    """Return whether `X` is a sequence of tables; refuse what is easily mistaken."""
    if hasattr(X, "columns") and set(COLUMNS[1:]) <= set(X.columns):
        raise ValueError("X is one run; expected a list of runs. Pass [X].")
    is_object_array = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    if not isinstance(X, list | tuple) and not is_object_array:
        return False
    first = X[0] if len(X) else None
    if isinstance(first, str) or hasattr(first, "__fspath__"):
        raise TypeError(
            "X holds file names; expected tables. Read them first, for example with "
            "polars.read_csv."
        )
    return len(getattr(first, "shape", ())) == 2
