"""The perceptron, its loss and one training of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.ldl_loss import ldl_loss
from models.ldl_mlp import (
    LdlMlpSettings,
    copy_weights,
    fresh_weights,
    predict_probabilities,
    recompute_batch_norm,
    with_weights,
)
from models.ldl_mlp_training import LdlRows, train_ldl_mlp
from models.metrics import log_losses

SMALL = LdlMlpSettings(
    widths=(32, 16),
    dropout=0.1,
    input_dropout=0.1,
    epochs=12,
    batch_size=32,
    copy_share=0.5,
    learning_rate=3e-3,
)


def rows(seed: int, n: int = 200, n_inputs: int = 6) -> LdlRows:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n, n_inputs)).astype(np.float32)
    labels = (inputs[:, :3] + 0.3 * rng.normal(size=(n, 3)) > 0.5).astype(np.float32)
    return LdlRows(inputs, labels, np.arange(n) >= n // 2)


def seed(number: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


def loss_of(network: torch.nn.Module, part: LdlRows) -> float:
    return log_losses(part.labels, predict_probabilities(network, part.inputs)).mean()


def test_layers_have_the_given_widths() -> None:
    weights = fresh_weights(7, np.full(3, 0.2), LdlMlpSettings(), seed())
    shapes = [tuple(w.shape) for w in weights.values() if w.ndim == 2]
    assert shapes == [(1024, 7), (512, 1024), (3, 512)]


def test_outputs_start_at_the_prevalence() -> None:
    prevalence = np.array([0.05, 0.3, 0.7])
    weights = fresh_weights(6, prevalence, SMALL, seed())
    bias = weights["logits.bias"].double().numpy()
    np.testing.assert_allclose(1 / (1 + np.exp(-bias)), prevalence, atol=1e-6)


def test_prevalence_counts_runs_and_not_their_mixes() -> None:
    labels = np.array([[1.0], [0.0], [1.0], [1.0]], dtype=np.float32)
    part = LdlRows(labels, labels, np.array([False, False, True, True]))
    assert part.prevalence() == pytest.approx([0.5])


def test_without_extra_terms_the_loss_is_cross_entropy() -> None:
    logits, labels = torch.tensor([[2.0, -0.5]]), torch.tensor([[1.0, 1.0]])
    plain = replace(SMALL, hinge_weight=0.0, grid_weight=0.0)
    noise = torch.Generator().manual_seed(0)
    expected = np.mean([np.log1p(np.exp(-2.0)), np.log1p(np.exp(0.5))])
    assert ldl_loss(logits, labels, plain, noise).item() == pytest.approx(expected)
    # margins are 2 and -0.5: the first is wide enough, the second lacks 1.5
    hinge = replace(plain, hinge_weight=0.1)
    assert ldl_loss(logits, labels, hinge, noise).item() == pytest.approx(
        expected + 0.1 * 0.75
    )


def test_training_learns() -> None:
    part, unseen = rows(0), rows(1)
    share = part.prevalence()
    untrained = log_losses(unseen.labels, np.broadcast_to(share, (200, 3))).mean()
    assert loss_of(train_ldl_mlp(part, SMALL, seed()), unseen) < 0.8 * untrained


def test_training_depends_on_its_seed_alone() -> None:
    part = rows(0)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = copy_weights(train_ldl_mlp(part, SMALL, seed(3)))
    # threads share the global generator
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    again = copy_weights(train_ldl_mlp(part, SMALL, seed(3)))
    other = copy_weights(train_ldl_mlp(part, SMALL, seed(4)))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["logits.weight"], other["logits.weight"])


def test_start_weights_are_used_and_left_as_they_are() -> None:
    part = rows(0)
    start = fresh_weights(6, part.prevalence(), SMALL, seed(9))
    kept = {name: value.clone() for name, value in start.items()}
    train_ldl_mlp(part, SMALL, seed(), start)
    assert all(torch.equal(start[name], kept[name]) for name in start)
    still = train_ldl_mlp(part, replace(SMALL, epochs=0), seed(), start)
    # no epoch, no change: all that is new are the batch-norm statistics
    for name, value in still.named_parameters():
        assert torch.equal(value, start[name])


def test_batch_norm_statistics_are_those_of_the_unaugmented_rows() -> None:
    part = rows(0)
    network = train_ldl_mlp(part, SMALL, seed())
    with torch.no_grad():
        hidden = network.hidden[1](torch.from_numpy(part.inputs[~part.is_copy]))
    norm = network.hidden[2]
    torch.testing.assert_close(norm.running_mean, hidden.mean(dim=0))
    torch.testing.assert_close(norm.running_var, hidden.var(dim=0))
    weights = copy_weights(network)
    recompute_batch_norm(network, torch.from_numpy(part.inputs[:1]))
    # one row has no variance; the statistics stay
    torch.testing.assert_close(
        network.hidden[2].running_var, weights["hidden.2.running_var"]
    )


def test_a_prediction_does_not_depend_on_the_other_rows() -> None:
    network = train_ldl_mlp(rows(0), SMALL, seed())
    inputs = rows(1).inputs
    together = predict_probabilities(network, inputs)
    alone = predict_probabilities(network, inputs[5:6])
    np.testing.assert_allclose(alone[0], together[5], atol=1e-6)


def test_few_rows_and_no_copies_are_enough() -> None:
    part = rows(0, n=3)
    part = LdlRows(part.inputs, part.labels, np.zeros(3, bool))
    network = train_ldl_mlp(part, SMALL, seed())
    assert np.isfinite(predict_probabilities(network, part.inputs)).all()


def test_bfloat16_products_change_little() -> None:
    weights = copy_weights(train_ldl_mlp(rows(0), SMALL, seed()))
    halves = replace(SMALL, product_dtype=torch.bfloat16)
    exact, rounded = (
        predict_probabilities(with_weights(weights, settings), rows(1).inputs)
        for settings in (SMALL, halves)
    )
    np.testing.assert_allclose(rounded, exact, atol=0.03)
