import numpy as np
import pytest

from simulator.dataset import (
    COMMERCIAL,
    SAM_TESTBED,
    SPLITS,
    instrument_of,
    main_label_of,
    simulate_run,
    split_of,
)
from simulator.decomposition import LABELS

ARRAYS = ("time_seconds", "temperature_celsius", "mz", "abundance")


@pytest.mark.parametrize("index", [0, 9, 37])
def test_a_run_is_a_pure_function_of_seed_and_index(index):
    first, second = simulate_run(index, 7), simulate_run(index, 7)
    # Identical to the last bit, whatever was simulated before.
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.steps == second.steps
    assert first.labels == second.labels


def test_runs_differ_by_index_and_by_seed():
    base = simulate_run(3, 7)
    # Another index or seed must not repeat a run, or folds would leak.
    for other in (simulate_run(5, 7), simulate_run(3, 8)):
        assert other.abundance.sum() != base.abundance.sum()


def test_one_sample_on_both_instruments():
    commercial_run = simulate_run(4, 7, instrument_type=COMMERCIAL)
    sam_run = simulate_run(4, 7, instrument_type=SAM_TESTBED)
    # The sample comes from a stream of its own: only the instrument may change.
    assert commercial_run.labels == sam_run.labels
    assert commercial_run.minerals == sam_run.minerals
    assert [step.amount for step in commercial_run.steps] == [
        step.amount for step in sam_run.steps
    ]
    assert commercial_run.mz.size != sam_run.mz.size


def test_unknown_instrument_is_refused():
    # A misspelt name must not fall through to one of the two.
    with pytest.raises(ValueError, match="'sam'; expected 'commercial' or 'sam_testb"):
        simulate_run(0, 7, instrument_type="sam")


def test_splits_and_instruments_have_their_shares():
    splits = [split_of(index) for index in range(150)]
    # 60, 20 and 20 %.
    assert [splits.count(split) for split in SPLITS] == pytest.approx(
        [90, 30, 30], abs=3
    )
    sam = [index for index in range(150) if instrument_of(index, 0.1) == SAM_TESTBED]
    assert len(sam) == 15
    # A fold needs SAM runs on either side, so training must have at least four.
    assert sum(split_of(index) == "train" for index in sam) >= 4


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_instrument_only(share):
    expected = SAM_TESTBED if share else COMMERCIAL
    # The limits of the share leave no run of the other kind.
    assert {instrument_of(index, share) for index in range(50)} == {expected}


@pytest.mark.parametrize("seed", [0, 1, 2022])
def test_every_label_has_training_examples_for_any_seed(seed):
    main_labels = [
        main_label_of(index, seed) for index in range(150) if split_of(index) == "train"
    ]
    # Nested folds need at least five positives of each label in the default data set,
    # and main labels alone, companions not counted, must give them.
    assert min(main_labels.count(label) for label in LABELS) >= 5
    # Blank runs are the negatives that have nothing.
    assert main_labels.count(None) >= 5


def test_prevalences_are_those_of_a_real_data_set():
    labels = np.array(
        [
            simulate_run(index, 2022, sam_testbed_share=0.0).labels
            for index in range(100)
        ]
    )
    # Several labels in some runs, one in most, none in a few; each label rare.
    assert ((labels.mean(axis=0) > 0.05) & (labels.mean(axis=0) < 0.32)).all()
    assert {0, 1, 2} <= set(labels.sum(axis=1).tolist())
