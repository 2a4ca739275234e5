"""Measured facts that set a run apart, known without its prediction.

Each mark is a rule on a number, so that its share among the misjudged can be compared
with its share among all. "Usual" is the median of the training runs of an instrument.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipeline.nearest_runs import UNLIKE

SHORT_CELSIUS = 100.0  # ends this far below the usual end
ION_SHARE = 0.9  # observes fewer than this share of the usual number of m/z
HEATING_SHARE = 0.2  # heats this much slower or faster
WEAK_FACTOR = 10.0  # its largest abundance is this much below the usual one
MANY_COMPOUNDS = 4
RARE_SET = 1  # at most so many other training runs have exactly these compounds
RUN_MARKS = (
    "unlike_all",
    "rare_set",
    "many_compounds",
    "short_run",
    "few_ions",
    "odd_heating",
    "weak_signal",
    "rare_instrument",
)


def run_marks(
    training: pl.DataFrame,
    nearest: pl.DataFrame,
    labels: Sequence[str],
    minimum_runs: int,
) -> pl.DataFrame:
    """Return which marks the training runs bear.

    Parameters
    ----------
    training : DataFrame
        Rows of `runs.parquet`.
    nearest : DataFrame
        `nearest_runs` of these runs at least.
    minimum_runs : int
        Instruments with fewer training runs are rare; the blend averages there.

    Returns
    -------
    DataFrame
        sample_id and one boolean column for each of RUN_MARKS, in the order of
        `training`.
    """

    def usual(column: str) -> pl.Expr:
        return pl.col(column).median().over("instrument_type")

    heating = pl.col("heating_rate_celsius_per_minute")
    usual_heating = usual("heating_rate_celsius_per_minute")
    odd = ((heating - usual_heating) / usual_heating).abs() > HEATING_SHARE
    # NaN compares as the largest number: a run without duration is odd, too
    joined = training.join(nearest, on="sample_id", how="left", maintain_order="left")
    return joined.select(
        "sample_id",
        unlike_all=pl.col("similarity") < UNLIKE,
        rare_set=pl.len().over(labels) - 1 <= RARE_SET,
        many_compounds=pl.sum_horizontal(labels) >= MANY_COMPOUNDS,
        short_run=pl.col("temperature_high_celsius")
        < usual("temperature_high_celsius") - SHORT_CELSIUS,
        few_ions=pl.col("ion_count") < ION_SHARE * usual("ion_count"),
        odd_heating=odd,
        weak_signal=pl.col("maximum_abundance")
        < usual("maximum_abundance") / WEAK_FACTOR,
        rare_instrument=pl.len().over("instrument_type") < minimum_runs,
    )
