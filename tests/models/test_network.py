"""What every network must do: learn, repeat itself, and see only what it is given."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from scipy.special import expit, logit
from torch.optim.optimizer import register_optimizer_step_post_hook

from models.grid_batches import Augmentation, Binning, view
from models.input_channels import stack_channels
from models.metrics import log_losses
from models.network import (
    NETWORKS,
    RUNS_PER_PREDICTION,
    NetworkSettings,
    TrainedNetwork,
    _batches,
    fit_network,
)
from models.network_runs import NetworkRuns, prepare_runs

N_RUNS, N_MZ, N_CELLS = 24, 5, 36
DILATED = {"width": 2, "width_2": 8, "n_ions_out": 6}
every_network = pytest.mark.parametrize("name", NETWORKS)


def settings(name: str, **changes: object) -> NetworkSettings:
    small = DILATED if name == "dilated" else {"width": 8, "layers": 1}
    base = NetworkSettings(
        network=name,
        channels=("log_maximum", "maximum"),
        binning=Binning(0, 3, 12),
        augmentation=Augmentation(gain_log2=0.2, mix_share=0.3, shift_cells=1),
        epochs=2,
        batch_size=8,
        optimizer="adamw",
        learning_rate=0.01,
        weight_decay=0.01,
        options=small,
        channel_dropout=0.1,
        views=2,
    )
    return replace(base, **changes)


def problem(seed: int = 0, n: int = N_RUNS) -> tuple[NetworkRuns, np.ndarray]:
    """Labels: m/z 1 is released early; m/z 3 is released at all."""
    rng = np.random.default_rng(seed)
    y = rng.permuted(np.tile([[0, 1], [1, 0]], (n // 2, 1)), axis=0).astype(np.int8)
    abundance = rng.uniform(0, 0.05, (n, N_MZ, N_CELLS))
    abundance[:, 0, 15:21] += 1.0
    for run, (early, released) in zip(abundance, y, strict=True):
        start = rng.integers(3, 8) if early else rng.integers(24, 29)
        run[1, start : start + 4] += 1.0
        run[3, 10:26] += 0.5 * released
    runs = prepare_runs(abundance.astype(np.float32))
    # folds share these arrays, so whoever writes into them must fail here
    for array in (y, *(getattr(runs, field.name) for field in fields(runs))):
        array.flags.writeable = False
    return runs, y


def fit(chosen: NetworkSettings, seed: int = 0, n: int = N_RUNS) -> TrainedNetwork:
    runs, y = problem(n=n)
    return fit_network(runs, y, chosen, np.random.SeedSequence(seed))


def weights(trained: TrainedNetwork) -> bytes:
    tensors = trained.network.state_dict().values()
    return b"".join(tensor.numpy().tobytes() for tensor in tensors)


@every_network
@pytest.mark.parametrize("n_labels", [1, 3])
def test_one_finite_logit_per_run_and_label(name: str, n_labels: int) -> None:
    runs, y = problem()
    y = np.column_stack([y, y[:, :1]])[:, :n_labels]
    trained = fit_network(runs, y, settings(name), np.random.SeedSequence(0))
    logits = trained.predict_logits(runs)
    assert logits.shape == (N_RUNS, n_labels)
    assert logits.dtype == np.float64
    assert np.isfinite(logits).all()
    # a run table without held-out runs is no error
    assert trained.predict_logits(runs.take(np.arange(0))).shape == (0, n_labels)


@every_network
def test_a_prediction_does_not_depend_on_the_batch(name: str) -> None:
    trained, (runs, _) = fit(settings(name)), problem()
    together = trained.predict_logits(runs)
    rows = np.random.default_rng(0).integers(N_RUNS, size=RUNS_PER_PREDICTION + 6)
    # submissions may come run by run, and nothing is random in prediction
    for some in (np.array([5]), rows):
        logits = trained.predict_logits(runs.take(some))
        np.testing.assert_allclose(logits, together[some], atol=1e-5)


@every_network
def test_same_seed_same_bytes_other_seed_other_bytes(name: str) -> None:
    first, again, other = (weights(fit(settings(name), seed)) for seed in (0, 0, 1))
    assert first == again
    assert first != other


@every_network
def test_neither_threads_nor_the_global_seed_matter(name: str) -> None:
    def fit_after(global_seed: int, seed: int) -> bytes:
        torch.manual_seed(global_seed)
        return weights(fit(settings(name), seed))

    alone = [fit_after(0, seed) for seed in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(fit_after, (1, 2), (0, 1)))
    # a fold must not depend on which folds are trained beside it
    assert alone == together


@every_network
def test_it_learns_what_is_there(name: str) -> None:
    options = DILATED if name == "dilated" else {"width": 16, "layers": 1}
    long = settings(
        name,
        epochs=25,
        learning_rate=0.03,
        augmentation=Augmentation(gain_log2=0.2, mix_share=0.0, shift_cells=1),
        options={**options, "dropout": 0.0, "last_dropout": 0.1},
    )
    runs, y = problem(seed=1)
    p = expit(fit(long).predict_logits(runs))
    # on new runs, and label by label: one asks for when, the other for how much
    assert (log_losses(y, p).mean(axis=0) < 0.8 * np.log(2)).all()


def test_sgdp_learns_too() -> None:
    chosen = settings("dilated", optimizer="sgdp", learning_rate=0.1, epochs=15)
    runs, y = problem(seed=1)
    p = expit(fit(chosen).predict_logits(runs))
    assert (log_losses(y, p).mean(axis=0) < 0.8 * np.log(2)).all()


@every_network
def test_the_start_is_near_the_prevalence(name: str) -> None:
    runs, _ = problem()
    y = np.zeros((N_RUNS, 3), dtype=np.int8)
    y[:3, 0] = 1
    y[3:, 1] = 1
    start = fit_network(runs, y, settings(name, epochs=0), np.random.SeedSequence(0))
    bias = start.network.get_parameter("network.logits.bias").detach().numpy()
    # a label without positives must not start at an infinite logit
    np.testing.assert_allclose(bias, logit([1 / 8, 7 / 8, 0.01]), rtol=1e-5)
    # the first steps would go into finding the prevalence otherwise
    mean = start.predict_logits(runs).mean(axis=0)
    np.testing.assert_allclose(mean, bias, atol=2)
    assert mean[2] < mean[0] < mean[1]


def test_the_input_is_measured_on_the_training_runs() -> None:
    chosen, (runs, y) = settings("dilated", epochs=0), problem()
    half = runs.take(np.arange(12))
    trained = fit_network(half, y[:12], chosen, np.random.SeedSequence(0))
    bins = torch.from_numpy(view(half, chosen.binning, 0))
    centre = stack_channels(bins, chosen.channels).mean(dim=(0, 3), keepdim=True)
    # the other half may be what a fold scores
    torch.testing.assert_close(trained.network.centre, centre)


@every_network
@pytest.mark.parametrize("n", [2, 6])
def test_fewer_runs_than_a_batch(name: str, n: int) -> None:
    trained = fit(settings(name, batch_size=16), n=n)
    untrained = fit(settings(name, batch_size=16, epochs=0), n=n)
    # whole batches only would leave nothing to train on
    assert weights(trained) != weights(untrained)
    assert np.isfinite(trained.predict_logits(problem()[0])).all()


@every_network
@pytest.mark.parametrize("value", [0.0, np.nan])
def test_runs_without_signal_leave_weights_finite(name: str, value: float) -> None:
    empty = prepare_runs(np.full((8, N_MZ, N_CELLS), value, dtype=np.float32))
    y = np.zeros((8, 2), dtype=np.int8)
    trained = fit_network(empty, y, settings(name), np.random.SeedSequence(0))
    for key, tensor in trained.network.state_dict().items():
        assert torch.isfinite(tensor).all(), key
    # and runs with signal can still be predicted
    assert np.isfinite(trained.predict_logits(problem()[0])).all()


@every_network
def test_bfloat16_predicts_nearly_the_same(name: str) -> None:
    runs, _ = problem()
    exact = fit(settings(name, epochs=5))
    short = fit(settings(name, epochs=0, product_dtype=torch.bfloat16))
    short.network.load_state_dict(exact.network.state_dict())
    p, q = (expit(trained.predict_logits(runs)) for trained in (exact, short))
    # 8 bits in the products; weights trained on one machine serve on another
    assert not np.array_equal(p, q)
    np.testing.assert_allclose(p, q, atol=0.02)
    trained = fit(settings(name, product_dtype=torch.bfloat16))
    assert np.isfinite(trained.predict_logits(runs)).all()
    for tensor in trained.network.state_dict().values():
        assert tensor.dtype == torch.float32


@contextmanager
def watched_steps() -> Iterator[list[tuple[float, list[torch.Tensor]]]]:
    """Collect the learning rate and the weights after every step of an optimizer."""
    steps: list[tuple[float, list[torch.Tensor]]] = []

    def note(optimizer, *_) -> None:  # type: ignore[no-untyped-def]
        (group,) = optimizer.param_groups
        copies = [parameter.detach().clone() for parameter in group["params"]]
        steps.append((group["lr"], copies))

    handle = register_optimizer_step_post_hook(note)
    try:
        yield steps
    finally:
        handle.remove()


@pytest.mark.parametrize(("share", "n_last"), [(0.0, 1), (0.25, 3), (0.3, 4), (1, 12)])
def test_weights_are_the_mean_of_the_last_steps(share: float, n_last: int) -> None:
    with watched_steps() as steps:
        trained = fit(settings("dilated", epochs=4, averaged_share=share))
    assert len(steps) == 12
    last = [copies for _, copies in steps[-n_last:]]
    # averaging nothing means the last weights, not the first
    for mean, *each in zip(trained.network.parameters(), *last, strict=True):
        expected = torch.stack(each).mean(dim=0)
        torch.testing.assert_close(mean.detach(), expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("optimizer", ["adamw", "sgdp"])
def test_the_learning_rate_rises_and_ends_low(optimizer: str) -> None:
    with watched_steps() as steps:
        fit(settings("dilated", epochs=10, optimizer=optimizer, learning_rate=0.01))
    rates = np.array([rate for rate, _ in steps])
    assert len(rates) == 30
    highest = rates.argmax()
    # warm-up over a tenth of the steps, then down to almost nothing
    assert highest == 3
    assert rates[highest] == pytest.approx(0.01)
    assert (np.diff(rates[: highest + 1]) > 0).all()
    assert (np.diff(rates[highest:]) <= 0).all()
    assert 0 < rates[-1] < 0.01 * 0.01


@pytest.mark.parametrize(("n_runs", "size"), [(24, 8), (20, 8), (5, 8), (1, 8)])
def test_an_epoch_shows_a_run_once_at_most(n_runs: int, size: int) -> None:
    per_epoch = max(1, n_runs // size)
    rng = np.random.default_rng(0)
    batches = list(_batches(n_runs, 9 * per_epoch, size, rng))
    epochs = np.array(batches).reshape(9, -1)
    # batches are whole, so the last runs of an order wait for another epoch
    assert {len(rows) for rows in batches} == {min(size, n_runs)}
    for epoch in epochs:
        assert len(set(epoch.tolist())) == len(epoch)
    # and nobody waits for ever
    assert set(epochs.ravel().tolist()) == set(range(n_runs))
    if n_runs > 1:
        assert not np.array_equal(epochs[0], epochs[1])
