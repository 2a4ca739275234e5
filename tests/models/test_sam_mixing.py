import numpy as np
import pytest

from models.sam_mixing import mix_into_sam


def sides(seed=0):
    rng = np.random.default_rng(seed)
    signal = rng.random((6, 8, 5), dtype=np.float32)
    background = rng.random((2, 8, 5), dtype=np.float32)
    signal[:, 3] = np.nan
    background[:, 0] = np.nan
    y = (rng.random((6, 4)) < 0.5).astype(np.int8)
    y_sam = np.zeros((2, 4), dtype=np.int8)
    return (signal, y), (background, y_sam)


def test_without_gain_a_mix_is_the_sam_run():
    commercial, sam = sides()
    mixed, _ = mix_into_sam(
        commercial, sam, (-np.inf, -np.inf), np.random.default_rng(0)
    )
    for run in mixed:
        assert any(np.array_equal(run, one, equal_nan=True) for one in sam[0])


def test_a_mix_is_observed_where_the_sam_run_is_and_has_the_signal_on_top():
    commercial, sam = sides()
    mixed, _ = mix_into_sam(commercial, sam, (1.0, 1.0), np.random.default_rng(0))
    assert np.isnan(mixed[:, 0]).all()
    assert not np.isnan(mixed[:, 1:]).any()
    for run, signal in zip(mixed, commercial[0], strict=True):
        above = [run - one - 2 * np.nan_to_num(signal) for one in sam[0]]
        assert min(np.nanmax(np.abs(x)) for x in above) < 1e-5


def test_labels_of_blank_sam_runs_are_those_of_the_commercial_run():
    commercial, sam = sides()
    _, labels = mix_into_sam(commercial, sam, (0.0, 1.0), np.random.default_rng(0))
    # This is what breaks the shortcut from "SAM" to "nothing is there".
    np.testing.assert_array_equal(labels, commercial[1])


def test_a_compound_of_the_sam_run_stays():
    commercial, (background, y_sam) = sides()
    sam = background, np.ones_like(y_sam)
    _, labels = mix_into_sam(commercial, sam, (0.0, 1.0), np.random.default_rng(0))
    assert labels.all()


def test_a_seed_decides_the_mix():
    commercial, sam = sides()
    one, same, other = (
        mix_into_sam(commercial, sam, (-2.0, 1.0), np.random.default_rng(seed))[0]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other, equal_nan=True)


def test_without_sam_runs_nothing_can_be_mixed():
    commercial, (background, y_sam) = sides()
    nothing = background[:0], y_sam[:0]
    with pytest.raises(ValueError, match="got no SAM run; expected at least one"):
        mix_into_sam(commercial, nothing, (0.0, 1.0), np.random.default_rng(0))
