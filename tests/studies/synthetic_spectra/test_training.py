"""Training: schedule by hand, a resumed training ends with the same bytes."""

import json

import numpy as np
import pytest
import torch

from models.classifier_training import (
    LabelledSpectra,
    Protocol,
    Training,
    score,
)
from models.spectrum_network import build_network
from models.spectrum_specs import Conv, Drop, NetworkSpec, Pool, ZoneSpec

SPECS = {
    "convolutions": NetworkSpec(
        (Conv(3, 9, 2, batch_norm=True), Pool(3, 2), Drop(0.2)), (12,), 0.3, "relu"
    ),
    "dense": NetworkSpec((), (16,), 0.2, "relu"),
    "zones": ZoneSpec(5, 3),
}


def some_spectra(seed, n=40, points=200):
    """Return spectra of two classes: a peak in one half or in the other."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    place = rng.integers(10, 90, n) + 100 * labels
    inputs = np.zeros((n, points), dtype=np.float32)
    for row, p in enumerate(place):
        inputs[row, p - 2 : p + 3] = (0.3, 0.8, 1, 0.8, 0.3)
    return LabelledSpectra(torch.from_numpy(inputs), torch.from_numpy(labels))


def new_training(name, epochs=8, seed=3, **settings):
    network = build_network(SPECS[name], 200, 2, torch.Generator().manual_seed(0))
    seen = some_spectra(0)
    network.look_at(seen.inputs, seen.labels)
    protocol = Protocol(epochs, batch_size=16, **settings)
    return Training(network, protocol, np.random.SeedSequence(seed))


def run(training, epochs):
    train, validation = some_spectra(0), some_spectra(1)
    for _ in range(epochs):
        training.run_epoch(train, validation)
    return training


def same(first, second):
    tensors, facts = first.state()
    others, other_facts = second.state()
    assert facts == other_facts
    assert tensors.keys() == others.keys()
    return all(torch.equal(tensors[name], others[name]) for name in tensors)


@pytest.mark.parametrize("name", SPECS)
def test_training_learns(name):
    training = run(new_training(name, learning_rate=0.01), 8)
    history = training.progress.history
    assert history[-1]["train_loss"] < 0.7 * max(history[0]["train_loss"], 0.1)
    assert history[-1]["validation_accuracy"] >= 0.9


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("stop", [1, 5])
def test_a_resumed_training_has_the_same_bytes(name, stop):
    whole = run(new_training(name), 8)
    tensors, facts = run(new_training(name), stop).state()
    # Through JSON and copies, as through a file; the new one has other weights.
    resumed = new_training(name)
    with torch.no_grad():
        for parameter in resumed.network.parameters():
            parameter.add_(1)
    resumed.restore(
        {n: t.clone() for n, t in tensors.items()}, json.loads(json.dumps(facts))
    )
    assert same(run(resumed, 8 - stop), whole)


def test_a_training_that_has_not_begun_can_be_restored():
    tensors, facts = new_training("dense").state()
    resumed = new_training("dense", seed=3)
    resumed.restore(tensors, facts)
    assert same(run(resumed, 2), run(new_training("dense"), 2))


def test_the_seed_decides_order_and_dropout():
    assert same(run(new_training("dense"), 2), run(new_training("dense"), 2))
    first = run(new_training("dense"), 2).state()[0]
    other = run(new_training("dense", seed=4), 2).state()[0]
    assert not torch.equal(
        first["network.dense.1.weight"], other["network.dense.1.weight"]
    )


def follow(losses, **protocol):
    """Return (learning rate before each epoch, training) for validation losses."""
    training = new_training("dense", epochs=100, learning_rate=1.0, **protocol)
    rates = []
    for loss in losses:
        if training.finished:
            break
        rates.append(training.optimizer.param_groups[0]["lr"])
        training.progress.epoch += 1
        training.note_loss(loss)
    return rates, training


def test_the_rate_is_cut_after_ten_epochs_and_training_ends_after_25():
    # Epoch 1 is the last with progress: cuts before epochs 12 and 22, end after 26.
    rates, training = follow([1.0] + [0.99995] * 60)
    assert rates == [1.0] * 11 + [0.5] * 10 + [0.25] * 5
    assert training.finished
    assert training.progress.best_epoch == 1


def test_progress_starts_both_counts_anew():
    # The tenth epoch without progress does not come.
    rates, training = follow([1.0] + [2.0] * 9 + [0.5] + [2.0] * 10 + [0.4])
    assert rates == [1.0] * 21 + [0.5]
    assert training.progress.best_epoch == 22
    assert training.progress.since_best == 0


def test_a_loss_that_is_no_number_is_no_progress():
    _, training = follow([float("nan")] * 30)
    assert training.progress.best_epoch == 0
    assert training.finished


def test_the_best_weights_are_those_of_the_best_epoch():
    training = new_training("dense", learning_rate=0.5)
    train, validation = some_spectra(0), some_spectra(1)
    weights, losses = [], []
    for _ in range(6):
        training.run_epoch(train, validation)
        weights.append(training.network.state_dict()["dense.1.weight"].clone())
        losses.append(score(training.network, validation)[0])
    best = training.progress.best_epoch - 1
    assert losses[best] <= min(losses) + training.protocol.least_gain
    assert torch.equal(training.best["dense.1.weight"], weights[best])
