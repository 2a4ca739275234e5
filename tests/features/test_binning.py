import numpy as np
import pytest

from features.binning import GridAccumulator, GridAxes

SEEDS = range(4)


def axes(**changes):
    settings = {
        "mz_min": 10,
        "mz_max": 16,
        "temperature_min_celsius": -20.0,
        "temperature_max_celsius": 280.0,
        "bin_width_celsius": 12.0,
        "fractional_mz": "round",
    }
    return GridAxes(**(settings | changes))


def binned(grid_axes, *rows):
    """Bin (temperature, m/z, abundance) rows given one by one."""
    accumulator = GridAccumulator(grid_axes)
    temperature, mz, abundance = np.array(rows, dtype=float).reshape(-1, 3).T
    accumulator.add(temperature, mz, abundance)
    return accumulator


def random_rows(seed, n=3000):
    rng = np.random.default_rng(seed)
    return (
        rng.uniform(-20.0, 280.0, n),
        rng.uniform(7.0, 19.0, n).round(1),
        rng.lognormal(-20.0, 3.0, n),
    )


def reference(temperature, mz, abundance, fractional_mz):
    """Sort rows into cells one at a time, the slow and obvious way."""
    cells = {}
    for t, m, a in zip(temperature, mz, abundance, strict=True):
        ion = round(m)
        if not 10 <= ion <= 16 or (fractional_mz == "drop" and m != ion):
            continue
        column = min(int((t + 20.0) / 12.0), 24)
        cells.setdefault((ion - 10, column), []).append(a)
    return cells


@pytest.mark.parametrize("fractional_mz", ["round", "drop"])
@pytest.mark.parametrize("seed", SEEDS)
def test_cells_equal_a_loop_over_rows(seed, fractional_mz):
    # The vectorised sums must mean what a plain loop over rows means.
    rows = random_rows(seed)
    accumulator = GridAccumulator(axes(fractional_mz=fractional_mz))
    accumulator.add(*rows)
    mean, count = accumulator.result()
    expected_mean = np.full((7, 25), np.nan)
    expected_count = np.zeros((7, 25), dtype=int)
    for cell, values in reference(*rows, fractional_mz).items():
        expected_mean[cell] = np.mean(values)
        expected_count[cell] = len(values)
    np.testing.assert_array_equal(count, expected_count)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_chunked_adding_equals_one_shot(seed):
    # A file is read in pieces of any size: the pieces must not show in the grid.
    rows = random_rows(seed)
    whole, pieces = GridAccumulator(axes()), GridAccumulator(axes())
    whole.add(*rows)
    cuts = np.sort(np.random.default_rng(seed).integers(0, rows[0].size, 9))
    for parts in zip(*(np.split(column, cuts) for column in rows), strict=True):
        pieces.add(*parts)
    np.testing.assert_array_equal(pieces.result()[1], whole.result()[1])
    np.testing.assert_allclose(pieces.result()[0], whole.result()[0], rtol=1e-6)
    assert pieces.rows_outside_mz_range == whole.rows_outside_mz_range > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_rows_is_irrelevant(seed):
    # A run may be sorted by time or by ion; only rounding of sums may differ.
    rows = random_rows(seed)
    order = np.random.default_rng(seed).permutation(rows[0].size)
    straight, shuffled = GridAccumulator(axes()), GridAccumulator(axes())
    straight.add(*rows)
    shuffled.add(*(column[order] for column in rows))
    np.testing.assert_array_equal(shuffled.result()[1], straight.result()[1])
    np.testing.assert_allclose(shuffled.result()[0], straight.result()[0], rtol=1e-6)


def test_mean_and_count_by_hand():
    # Three rows in one cell and one in its neighbour, worked out on paper.
    mean, count = binned(
        axes(), (-20.0, 12, 1.0), (-15.0, 12, 2.0), (-8.1, 12, 6.0), (-8.0, 12, 5.0)
    ).result()
    assert mean[2, 0] == 3.0
    assert count[2, 0] == 3
    assert mean[2, 1] == 5.0
    assert count[2, 1] == 1
    assert count.sum() == 4
    assert mean.dtype == np.float32
    assert mean.shape == count.shape == (7, 25)


def test_unobserved_is_nan_and_an_observed_zero_is_zero():
    # No measurement and a measurement of nothing are different facts.
    mean, count = binned(axes(), (0.0, 10, 0.0)).result()
    assert mean[0, 1] == 0.0
    assert np.isnan(mean).sum() == mean.size - 1
    np.testing.assert_array_equal(np.isnan(mean), count == 0)


def test_no_rows_at_all():
    # An empty piece of a file is no reason to fail, and leaves everything unobserved.
    mean, count = binned(axes()).result()
    assert np.isnan(mean).all()
    assert not count.any()


def test_negative_zero():
    # -0.0 occurs in files; it must land where 0.0 lands and not come out negative.
    grid_axes = axes(mz_min=0, mz_max=6, temperature_min_celsius=0.0)
    mean, count = binned(grid_axes, (-0.0, -0.0, -0.0)).result()
    assert count[0, 0] == count.sum() == 1
    assert mean[0, 0] == 0.0
    assert not np.signbit(mean[0, 0])


def test_fractional_mz_is_rounded():
    # 12.4 and 12.6 belong to different ions, and nothing is lost.
    accumulator = binned(axes(), (0.0, 12.4, 1.0), (0.0, 12.6, 2.0), (0.0, 13, 4.0))
    mean, count = accumulator.result()
    assert (mean[2, 1], mean[3, 1]) == (1.0, 3.0)
    assert count.sum() == 3
    assert accumulator.rows_fractional_dropped == 0


def test_fractional_mz_is_dropped_and_counted():
    # Only the integer row may stay, and the user is told how many went.
    accumulator = binned(
        axes(fractional_mz="drop"), (0.0, 12.4, 1.0), (0.0, 12.6, 2.0), (0.0, 13, 4.0)
    )
    mean, count = accumulator.result()
    assert mean[3, 1] == 4.0
    assert count.sum() == 1
    assert accumulator.rows_fractional_dropped == 2
    assert accumulator.rows_outside_mz_range == 0


@pytest.mark.parametrize("fractional_mz", ["round", "drop"])
def test_mz_out_of_range_is_counted_once(fractional_mz):
    # Every row is either in a cell or in exactly one of the two counters.
    accumulator = binned(
        axes(fractional_mz=fractional_mz),
        (0.0, 9, 1.0),
        (0.0, 10, 1.0),
        (0.0, 16, 1.0),
        (0.0, 16.9, 1.0),
        (0.0, 17, 1.0),
        (0.0, 150, 1.0),
    )
    assert accumulator.rows_outside_mz_range == 4
    assert accumulator.rows_fractional_dropped == 0
    assert accumulator.result()[1].sum() == 2


def test_upper_temperature_edge_belongs_to_the_last_cell():
    # The range is closed at both ends, so its last value needs a cell.
    mean, count = binned(axes(), (280.0, 10, 7.0), (279.0, 10, 1.0)).result()
    assert count[0, -1] == count.sum() == 2
    assert mean[0, -1] == 4.0


@pytest.mark.parametrize("width", [*range(1, 61), 0.5, 2.5, 12.5])
def test_a_lower_edge_belongs_to_its_own_cell(width):
    # Multiplying by 1 / width instead of dividing puts 49 * k into cell k - 1.
    grid_axes = axes(
        temperature_max_celsius=-20.0 + 40 * width, bin_width_celsius=float(width)
    )
    edges = grid_axes.temperature_edges_celsius
    accumulator = GridAccumulator(grid_axes)
    accumulator.add(edges[:-1], np.full(40, 12), np.arange(40.0))
    mean, count = accumulator.result()
    np.testing.assert_array_equal(mean[2], np.arange(40.0))
    np.testing.assert_array_equal(count[2], 1)


@pytest.mark.parametrize(
    ("maximum", "width", "n_temperatures"),
    [(280.0, 12.0, 25), (281.0, 12.0, 26), (-18.9, 0.1, 11), (-8.0, 12.0, 1)],
)
def test_edges_cover_the_range_with_equal_cells(maximum, width, n_temperatures):
    # The last cell may reach beyond the range, never fall short of it by rounding.
    grid_axes = axes(temperature_max_celsius=maximum, bin_width_celsius=width)
    edges = grid_axes.temperature_edges_celsius
    assert grid_axes.shape == (7, n_temperatures)
    assert edges.shape == (n_temperatures + 1,)
    assert edges[0] == -20.0
    assert edges[-1] >= maximum - 1e-9
    np.testing.assert_allclose(np.diff(edges), width)
    np.testing.assert_array_equal(grid_axes.mz_values, np.arange(10, 17))


def test_a_count_is_capped_and_the_mean_is_not_harmed():
    # uint16 would wrap to 64 rows of weight without the cap.
    n = 65_600
    accumulator = GridAccumulator(axes())
    accumulator.add(np.zeros(n), np.full(n, 12), np.tile([1.0, 3.0], n // 2))
    mean, count = accumulator.result()
    assert count[2, 1] == 65_535
    assert mean[2, 1] == pytest.approx(2.0)


@pytest.mark.parametrize("fractional_mz", ["round", "drop"])
def test_rows_given_are_not_modified(fractional_mz):
    # The reader goes on with its arrays; read-only ones raise on any write.
    rows = random_rows(0)
    copies = [column.copy() for column in rows]
    for column in rows:
        column.flags.writeable = False
    GridAccumulator(axes(fractional_mz=fractional_mz)).add(*rows)
    for column, copy in zip(rows, copies, strict=True):
        np.testing.assert_array_equal(column, copy)


def test_result_does_not_end_the_accumulation():
    # Looking at the grid half-way must not change what comes after.
    accumulator = binned(axes(), (0.0, 12, 1.0))
    first, _ = accumulator.result()
    accumulator.add(np.zeros(1), np.array([12.0]), np.array([3.0]))
    assert first[2, 1] == 1.0
    assert accumulator.result()[0][2, 1] == 2.0
