"""Batches: what a view shows, and what augmentation may and may not change."""

from dataclasses import fields, replace

import numpy as np
import pytest

from features.cleaning import subtract_background
from models.grid_batches import VIEWS, Augmentation, Binning, augmented_batch, view
from models.network_runs import BACKGROUND_QUANTILES, NetworkRuns, prepare_runs

NONE = Augmentation(gain_log2=0.0, mix_share=0.0, shift_cells=0)
N_CELLS = 36
ALL_CELLS = Binning(first_cell=0, cells_per_bin=1, n_bins=N_CELLS)


def prepared(abundance: np.ndarray) -> NetworkRuns:
    """Return runs whose arrays are read-only, as every caller may share them."""
    runs = prepare_runs(abundance.astype(np.float32))
    for field in fields(runs):
        getattr(runs, field.name).flags.writeable = False
    return runs


def random_runs(seed: int) -> np.ndarray:
    """Return runs (6, 4, 36); each begins and ends at cells of its own."""
    rng = np.random.default_rng(seed)
    abundance = rng.lognormal(size=(6, 4, N_CELLS)).astype(np.float32)
    for run in abundance:
        run[:, : rng.integers(0, 6)] = np.nan
        run[:, N_CELLS - rng.integers(1, 6) :] = np.nan
    return abundance


def marked_runs(n: int = 6) -> NetworkRuns:
    """Return runs that differ by their only ion: run k has a peak of m/z k."""
    abundance = np.zeros((n, n, N_CELLS))
    abundance[np.arange(n), np.arange(n), 18] = 10.0 + np.arange(n)
    return prepared(abundance)


def binned(abundance: np.ndarray, binning: Binning, shift: int) -> np.ndarray:
    """Average whole cells, one by one; there is nothing outside the grid."""
    out = np.zeros((*abundance.shape[:2], binning.n_bins))
    for n in range(binning.n_bins):
        for k in range(binning.cells_per_bin):
            cell = binning.first_cell - shift + n * binning.cells_per_bin + k
            if 0 <= cell < abundance.shape[2]:
                out[..., n] += abundance[..., cell] / binning.cells_per_bin
    return out


def by_hand(
    abundance: np.ndarray, quantile: float, binning: Binning, shift: int = 0
) -> np.ndarray:
    above = np.nan_to_num(subtract_background(abundance, quantile))
    return binned(above / above.max(axis=(1, 2), keepdims=True), binning, shift)


BINNINGS = [
    Binning(0, 3, 12),
    Binning(5, 5, 4),
    Binning(-7, 4, 12),  # begins before the grid
    Binning(30, 5, 6),  # ends after the grid
]


@pytest.mark.parametrize("binning", BINNINGS)
@pytest.mark.parametrize("number", range(len(VIEWS)))
def test_a_view_equals_the_cleaning_of_the_features(
    number: int, binning: Binning
) -> None:
    abundance = random_runs(number)
    quantile, shift_bins = VIEWS[number]
    # background out, one scale for the run, moved by whole cells, averaged
    expected = by_hand(
        abundance,
        BACKGROUND_QUANTILES[quantile],
        binning,
        round(shift_bins * binning.cells_per_bin),
    )
    bins = view(prepared(abundance), binning, number)
    assert bins.dtype == np.float32
    np.testing.assert_allclose(bins, expected, atol=1e-6)


def test_a_run_without_background_is_its_bin_means_over_its_maximum() -> None:
    abundance = np.random.default_rng(0).random((3, 4, N_CELLS))
    abundance[..., ::2] = 0  # more cells than any background quantile
    expected = abundance.reshape(3, 4, 12, 3).mean(axis=3)
    expected /= abundance.max(axis=(1, 2), keepdims=True)
    bins = view(prepared(abundance), Binning(0, 3, 12), 0)
    np.testing.assert_allclose(bins, expected, atol=1e-6)


def test_views_go_round_and_the_first_is_plain() -> None:
    runs = prepared(random_runs(0))
    binning = Binning(0, 3, 12)
    # more views than there are are allowed, but tell nothing new
    np.testing.assert_array_equal(
        view(runs, binning, 1), view(runs, binning, 1 + len(VIEWS))
    )
    assert VIEWS[0][1] == 0
    assert len(set(VIEWS)) == len(VIEWS)


def test_cells_that_were_not_observed_are_zero() -> None:
    abundance = np.full((1, 2, N_CELLS), np.nan)
    abundance[..., 12:24] = 5.0 + np.arange(12)
    bins = view(prepared(abundance), Binning(0, 3, 12), 0)
    # bins 4 to 7 are the observed ones; the lowest of their cells is background
    assert (bins[..., :4] == 0).all()
    assert (bins[..., 8:] == 0).all()
    assert (bins[..., 4:8] > 0).all()


@pytest.mark.parametrize("value", [np.nan, 2.0])
def test_a_run_without_signal_is_zero(value: float) -> None:
    bins = view(prepared(np.full((2, 3, N_CELLS), value)), Binning(0, 3, 12), 0)
    assert (bins == 0).all()


def batch(
    runs: NetworkRuns,
    rows: np.ndarray,
    augmentation: Augmentation,
    *,
    seed: int = 0,
    binning: Binning = ALL_CELLS,
) -> tuple[np.ndarray, np.ndarray]:
    y = np.eye(len(runs), dtype=np.int8)
    y.flags.writeable = False
    rng = np.random.default_rng(seed)
    return augmented_batch(runs, y, rows, binning, augmentation, rng)


def test_no_strength_leaves_the_background_alone_random() -> None:
    # so many cells that no two background quantiles are one and the same
    abundance = np.random.default_rng(1).lognormal(size=(6, 4, 300))
    abundance, binning = abundance.astype(np.float32), Binning(0, 25, 12)
    rows = np.repeat(np.arange(6), 20)
    bins, labels = batch(prepared(abundance), rows, NONE, binning=binning)
    candidates = [by_hand(abundance, q, binning)[rows] for q in BACKGROUND_QUANTILES]
    distance = np.stack([np.abs(bins - c).max(axis=(1, 2)) for c in candidates])
    # each row is its run with one of the backgrounds, and each of those occurs
    assert (distance.min(axis=0) < 1e-6).all()
    assert set(distance.argmin(axis=0)) == set(range(len(BACKGROUND_QUANTILES)))
    np.testing.assert_array_equal(labels, np.eye(6)[rows])


@pytest.mark.parametrize("octaves", [0.3, 0.6])
def test_gain_is_one_factor_per_ion_with_the_stated_spread(octaves: float) -> None:
    abundance = np.zeros((1, 50, N_CELLS))
    abundance[..., 10:14] = [1.0, 2.0, 2.0, 1.0]
    rows = np.zeros(2000, dtype=int)
    bins, _ = batch(prepared(abundance), rows, replace(NONE, gain_log2=octaves))
    shape = bins / bins[..., 11:12]
    # sensitivity differs between ions, not within a run
    np.testing.assert_allclose(shape[..., 10], 0.5, rtol=1e-5)
    gain = np.log2(bins[..., 11])
    # a normal number times a uniform one between 0 and twice `octaves`
    assert gain.mean() == pytest.approx(0, abs=0.02)
    assert gain.std() == pytest.approx(2 * octaves / np.sqrt(3), rel=0.05)
    spread = gain.std(axis=1)
    assert spread.min() < 0.3 * octaves
    assert spread.max() > 1.5 * octaves


def test_shifts_move_all_ions_and_use_the_whole_limit() -> None:
    abundance = np.zeros((1, 3, N_CELLS))
    abundance[..., 18] = 1.0
    rows = np.zeros(400, dtype=int)
    bins, _ = batch(prepared(abundance), rows, replace(NONE, shift_cells=3))
    peaks = bins.argmax(axis=2)
    # a thermocouple is off for all ions alike, by up to the limit either way
    assert (peaks == peaks[:, :1]).all()
    assert set((peaks[:, 0] - 18).tolist()) == set(range(-3, 4))


@pytest.mark.parametrize("seed", range(3))
def test_a_mix_has_the_signal_and_the_labels_of_both(seed: int) -> None:
    rows = np.tile(np.arange(6), 50)
    augmentation = Augmentation(gain_log2=0.0, mix_share=1.0, shift_cells=4)
    bins, labels = batch(marked_runs(), rows, augmentation, seed=seed)
    largest = bins.max(axis=2)
    # each run has an ion of its own, so ions and labels must tell the same
    np.testing.assert_array_equal(largest > 0, labels == 1)
    assert (labels[np.arange(len(rows)), rows] == 1).all()
    assert set(labels.sum(axis=1)) == {1, 2}  # a run may meet itself
    # both runs come from one oven: they move together
    first, last = (bins > 0).any(axis=1).argmax(axis=1), bins.sum(axis=1).argmax(axis=1)
    np.testing.assert_array_equal(first, last)
    two = np.sort(largest[labels.sum(axis=1) == 2], axis=1)[:, -2:]
    by_maximum = np.isclose(two[:, 0], 1)
    # the larger of both values, or a mean with weights from 0.2 to 0.8
    np.testing.assert_allclose(two[by_maximum], 1, rtol=1e-6)
    means = two[~by_maximum]
    np.testing.assert_allclose(means.sum(axis=1), 1, rtol=1e-5)
    assert means.min() >= 0.2 - 1e-6
    assert by_maximum.mean() == pytest.approx(0.5, abs=0.1)


def test_both_runs_of_a_mix_keep_their_observed_range() -> None:
    abundance = np.full((2, 1, N_CELLS), np.nan)
    abundance[0, :, 2:10] = 3.0 + np.arange(8)
    abundance[1, :, 20:30] = 5.0 + np.arange(10)
    rows = np.zeros(50, dtype=int)
    bins, labels = batch(prepared(abundance), rows, replace(NONE, mix_share=1.0))
    two = bins[labels.sum(axis=1) == 2, 0]
    # runs begin and end at different temperatures, and none cuts off the other
    seen = np.flatnonzero((two > 0).any(axis=0))
    assert set(seen) <= {*range(2, 10), *range(20, 30)}
    assert (two[:, 9] > 0).all()
    assert (two[:, 29] > 0).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_stated_share_is_mixed(share: float) -> None:
    rows = np.zeros(3000, dtype=int)
    _, labels = batch(marked_runs(), rows, replace(NONE, mix_share=share))
    # one partner in six is the run itself
    mixed = (labels.sum(axis=1) == 2).mean()
    assert mixed == pytest.approx(share * 5 / 6, abs=0.03)
    partners = labels[:, 1:].sum(axis=0)
    # every run is as likely a partner as any other
    assert np.ptp(partners) <= 0.3 * max(partners.max(), 1)


def test_partners_come_from_the_given_runs_only() -> None:
    everything, inside = marked_runs(), np.array([0, 2, 3])
    y = np.eye(6, dtype=np.int8)[inside]
    rng = np.random.default_rng(0)
    bins, labels = augmented_batch(
        everything.take(inside),
        y,
        np.tile(np.arange(3), 100),
        ALL_CELLS,
        replace(NONE, mix_share=1.0),
        rng,
    )
    outside = np.array([1, 4, 5])
    # a held-out run as a partner would leak its label into training
    assert (bins[:, outside] == 0).all()
    assert (labels[:, outside] == 0).all()
    assert (labels[:, inside].sum(axis=0) > 100).all()


def test_batches_are_reproducible_and_of_the_stated_form() -> None:
    runs = prepared(random_runs(2))
    rows, augmentation = np.array([1, 4, 4]), Augmentation(0.5, 0.5, 3)
    parts = [
        batch(runs, rows, augmentation, seed=seed, binning=Binning(0, 3, 12))
        for seed in (0, 0, 1)
    ]
    assert parts[0][0].shape == (3, 4, 12)
    assert parts[0][1].shape == (3, 6)
    # torch wants float32, and numpy would give float64
    assert {array.dtype for array in parts[0]} == {np.dtype(np.float32)}
    assert parts[0][0].tobytes() == parts[1][0].tobytes()
    assert parts[0][0].tobytes() != parts[2][0].tobytes()
    assert (parts[0][0] >= 0).all()
