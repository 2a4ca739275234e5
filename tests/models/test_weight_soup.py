"""The weight soup: what is averaged, what is kept, and what it may see."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.ldl_mlp import (
    LdlMlpSettings,
    copy_weights,
    predict_probabilities,
    with_weights,
)
from models.ldl_mlp_training import LdlRows, train_ldl_mlp
from models.weight_soup import (
    SoupSettings,
    average_network,
    average_weights,
    enter_pool,
    fit_soup,
    validation_loss,
)

TRAINING = LdlMlpSettings(
    widths=(32, 16),
    dropout=0.1,
    input_dropout=0.1,
    epochs=4,
    batch_size=32,
    copy_share=0.5,
    learning_rate=3e-3,
)
SMALL = SoupSettings(TRAINING, trainings=4, pool=2, resume_epochs=1)
STARTS = pytest.mark.parametrize("starts", ["shared", "separate"])


def rows(seed: int, n: int = 120) -> LdlRows:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n, 6)).astype(np.float32)
    labels = (inputs[:, :3] + 0.3 * rng.normal(size=(n, 3)) > 0.5).astype(np.float32)
    return LdlRows(inputs, labels, np.arange(n) >= n - 20)


def seed(number: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(number)


def test_the_average_of_identical_models_is_the_model() -> None:
    part = rows(0)
    network = train_ldl_mlp(part, TRAINING, seed())
    weights = copy_weights(network)
    average = average_network([weights] * 5, part, TRAINING)
    for name, value in average.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, weights[name], msg=name)


def test_an_average_is_the_mean_of_every_parameter() -> None:
    pool = [copy_weights(train_ldl_mlp(rows(0), TRAINING, seed(n))) for n in range(2)]
    average = average_weights(pool)
    for name in ("logits.weight", "logits.bias", "hidden.1.weight"):
        torch.testing.assert_close(average[name], (pool[0][name] + pool[1][name]) / 2)


def test_an_average_has_batch_norm_statistics_of_its_own() -> None:
    part = rows(0)
    pool = [copy_weights(train_ldl_mlp(part, TRAINING, seed(n))) for n in range(2)]
    network = average_network(pool, part, TRAINING)
    with torch.no_grad():
        hidden = network.hidden[1](torch.from_numpy(part.inputs[~part.is_copy]))
    variance = network.hidden[2].running_var
    torch.testing.assert_close(variance, hidden.var(dim=0))
    # the mean of the two networks' statistics is another thing
    mean = (pool[0]["hidden.2.running_var"] + pool[1]["hidden.2.running_var"]) / 2
    assert not torch.allclose(variance, mean)


@pytest.mark.parametrize("number", range(5))
def test_the_pool_keeps_the_best(number: int) -> None:
    losses = np.random.default_rng(number).permutation(20).astype(float)
    pool: list = []
    changed = [enter_pool(pool, 5, loss, {}) for loss in losses]
    assert sorted(loss for loss, _ in pool) == [0, 1, 2, 3, 4]
    # an average is due when the pool has filled up and after each replacement
    assert not any(changed[:4])
    assert changed[4]
    for n in range(5, 20):
        assert changed[n] == (losses[n] < np.sort(losses[:n])[4])


def test_a_training_that_diverged_does_not_enter_a_full_pool() -> None:
    pool: list = [(0.3, {}), (0.2, {})]
    part = rows(0)
    weights = copy_weights(train_ldl_mlp(part, TRAINING, seed()))
    weights["logits.bias"] += float("nan")
    loss = validation_loss(with_weights(weights, TRAINING), part)
    assert loss == float("inf")
    assert not enter_pool(pool, 2, loss, {})
    assert [kept for kept, _ in pool] == [0.3, 0.2]


@STARTS
def test_the_kept_average_is_the_best_by_validation(starts: str) -> None:
    validation = rows(1)
    soup = fit_soup(rows(0), validation, replace(SMALL, starts=starts), seed())
    assert len(soup.training_losses) == 4
    assert len(soup.average_losses) == len(soup.resumed_losses) >= 1
    assert soup.loss == min(*soup.average_losses, *soup.resumed_losses)
    assert soup.loss == validation_loss(soup.network, validation)


@STARTS
def test_a_soup_depends_on_its_seed_alone(starts: str) -> None:
    settings = replace(SMALL, starts=starts)
    sequence = seed(3)
    states = []
    for number in (1, 2):
        torch.manual_seed(number)
        before = torch.get_rng_state()
        states.append(fit_soup(rows(0), rows(1), settings, sequence).network)
        assert torch.equal(torch.get_rng_state(), before)
    first, again = (copy_weights(network) for network in states)
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_longer_stream_begins_as_a_shorter_one() -> None:
    short = fit_soup(rows(0), rows(1), SMALL, seed())
    long = fit_soup(rows(0), rows(1), replace(SMALL, trainings=5), seed())
    # more trainings can only add averages to choose from
    np.testing.assert_array_equal(long.training_losses[:4], short.training_losses)
    assert long.loss <= short.loss


def test_validation_rows_choose_and_do_not_teach() -> None:
    settings = replace(SMALL, trainings=2, resume_epochs=0)
    validation = rows(1)
    flipped = replace(validation, labels=1 - validation.labels)
    inputs = rows(2).inputs
    # with as many trainings as places there is one average and no choice
    first, second = (
        predict_probabilities(fit_soup(rows(0), part, settings, seed()).network, inputs)
        for part in (validation, flipped)
    )
    np.testing.assert_array_equal(first, second)


def test_shared_starts_lie_closer_together_than_separate_ones() -> None:
    def worsening(starts: str) -> float:
        settings = replace(SMALL, starts=starts, trainings=2)
        soup = fit_soup(rows(0), rows(1), settings, seed())
        return float(soup.average_losses[0] - soup.training_losses.mean())

    # averages of unrelated networks need not lie in one basin
    assert worsening("shared") < worsening("separate")


def test_a_pool_larger_than_the_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="pool = 5 and trainings = 4"):
        SoupSettings(TRAINING, trainings=4, pool=5)
