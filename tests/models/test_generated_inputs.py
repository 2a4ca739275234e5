"""Generated training inputs: labelled like real runs, within their range, or none."""

import numpy as np
import pytest

from models.generated_inputs import LabelledInputs, generate_inputs
from models.generated_runs import GeneratedRuns
from models.grid_batches import Binning
from models.network_runs import NetworkRuns, prepare_runs

N_RUNS, N_MZ, N_CELLS = 60, 3, 12
BINNING = Binning(0, 3, 4)


def seed(number: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


def two_kinds(n: int = 200) -> LabelledInputs:
    """Return inputs around (0, 0, 5) or (3, 0, 5); the kinds have one label each."""
    rng = np.random.default_rng(0)
    kind = np.arange(n) % 2
    inputs = rng.normal(scale=0.3, size=(n, 3)) + np.array([[0, 0, 5]])
    inputs[:, 0] += 3 * kind
    labels = np.column_stack([kind, 1 - kind])
    return LabelledInputs(inputs.astype(np.float32), labels.astype(np.float32))


def released(n: int = N_RUNS) -> tuple[NetworkRuns, np.ndarray]:
    """Return runs whose m/z 1 is released early or late; the label says which."""
    rng = np.random.default_rng(0)
    y = (np.arange(n) % 2)[:, None]
    abundance = rng.uniform(0, 0.01, (n, N_MZ, N_CELLS)).astype(np.float32)
    abundance[:, 0, 4:8] += 1
    abundance[y[:, 0] == 0, 1, :3] += 0.5
    abundance[y[:, 0] == 1, 1, -3:] += 0.5
    return prepare_runs(abundance), y


def test_inputs_follow_their_labels() -> None:
    real = two_kinds()
    made = generate_inputs(real, 400, seed())
    assert made.inputs.shape == (400, 3)
    assert made.inputs.dtype == made.labels.dtype == np.float32
    for label, centre in enumerate(([3, 0, 5], [0, 0, 5])):
        of_label = made.inputs[made.labels[:, label] == 1]
        np.testing.assert_allclose(of_label.mean(axis=0), centre, atol=0.3)


def test_only_label_sets_of_real_runs_occur_and_as_often() -> None:
    made = generate_inputs(two_kinds(), 1000, seed())
    np.testing.assert_array_equal(made.labels.sum(axis=1), 1)
    # 5 standard deviations of a fair coin thrown 1,000 times
    assert abs(made.labels[:, 0].mean() - 0.5) < 5 * 0.5 / np.sqrt(1000)


def test_inputs_stay_in_the_range_of_real_ones() -> None:
    real = two_kinds(20)
    made = generate_inputs(real, 500, seed())
    assert (made.inputs >= real.inputs.min(axis=0)).all()
    assert (made.inputs <= real.inputs.max(axis=0)).all()


def test_the_seed_decides() -> None:
    first, again, other = (
        generate_inputs(two_kinds(20), 9, seed(n)) for n in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)


def test_no_run_to_learn_from_is_refused() -> None:
    nothing = LabelledInputs(np.zeros((0, 3), np.float32), np.zeros((0, 1), np.float32))
    with pytest.raises(ValueError, match="got no run"):
        generate_inputs(nothing, 5, seed())


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_share_of_a_batch_is_generated(share: float) -> None:
    runs, y = released()
    generated = GeneratedRuns(runs, y, BINNING, share, seed())
    bins = np.full((500, N_MZ, BINNING.n_bins), -1, dtype=np.float32)
    labels = np.full((500, 1), -1, dtype=np.float32)
    generated.put_into(bins, labels)
    replaced = labels[:, 0] >= 0
    np.testing.assert_array_equal((bins >= 0).all(axis=(1, 2)), replaced)
    assert abs(replaced.mean() - share) <= 5 * np.sqrt(share * (1 - share) / 500)


def test_generated_runs_look_like_runs_of_their_label() -> None:
    runs, y = released()
    generated = GeneratedRuns(runs, y, BINNING, 1.0, seed())
    bins = np.zeros((400, N_MZ, BINNING.n_bins), dtype=np.float32)
    labels = np.zeros((400, 1), dtype=np.float32)
    generated.put_into(bins, labels)
    made = [np.median(bins[labels[:, 0] == label], axis=0) for label in (0, 1)]
    # the ion that all runs share, and the peak that tells labels apart
    np.testing.assert_allclose(made[0][0], made[1][0], atol=0.02)
    assert made[0][1, 0] > 10 * made[1][1, 0]
    assert made[1][1, -1] > 10 * made[0][1, -1]
