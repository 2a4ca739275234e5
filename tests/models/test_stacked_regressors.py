import numpy as np
import pytest
import torch
from torch import nn

from models.random_streams import child
from models.regressor import Member, RegressorTraining, start_weights
from models.stacked_regressors import ORDER, WEIGHTS, train_members

TRAINING = RegressorTraining(hidden=(6, 4), epochs=5, batch_size=8)


def members(rows=(20, 20, 31, 17), channels=5):
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((20, channels)).astype(np.float32)
    made = []
    for number, count in enumerate(rows):
        inputs = (
            shared
            if count == 20
            else rng.standard_normal((count, channels)).astype(np.float32)
        )
        targets = (inputs[:, 0] - 0.5 * inputs[:, number % channels]).astype(np.float32)
        made.append(Member(inputs, targets, np.random.SeedSequence(number)))
    return made


def alone(member, training):
    """Train one network with the modules, losses and derivatives of torch."""
    sizes = (member.inputs.shape[1], *training.hidden, 1)
    weights, biases = start_weights(sizes, child(member.seed, (WEIGHTS,)))
    layers = []
    for weight, bias in zip(weights, biases, strict=True):
        layer = nn.Linear(*weight.shape)
        layer.weight.data, layer.bias.data = weight.T.clone(), bias.clone()
        layers += [layer, nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(network.parameters(), lr=training.learning_rate)
    x, y = torch.from_numpy(member.inputs), torch.from_numpy(member.targets)
    rng = np.random.default_rng(child(member.seed, (ORDER,)))
    rows = member.rows()
    steps = training.steps(len(rows))
    for _ in range(training.epochs * member.epochs_factor):
        order = rng.permutation(rows)
        for step in range(steps):
            first, end = (len(rows) * s // steps for s in (step, step + 1))
            batch = order[first:end]
            loss = ((network(x[batch])[:, 0] - y[batch]) ** 2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    return network


def test_members_are_trained_as_torch_trains_each_alone():
    made = members()
    inputs = np.random.default_rng(1).standard_normal((9, 5)).astype(np.float32)
    for member, regressor in zip(made, train_members(made, TRAINING), strict=True):
        expected = alone(member, TRAINING)(torch.from_numpy(inputs))[:, 0].detach()
        np.testing.assert_allclose(
            regressor.predict(inputs), expected, rtol=1e-4, atol=1e-5
        )


def test_neighbours_in_the_stack_do_not_matter():
    made = members()
    together = train_members(made, TRAINING)
    for member, regressor in zip(made, together, strict=True):
        (single,) = train_members([member], TRAINING)
        for stacked, own in zip(regressor.weights, single.weights, strict=True):
            torch.testing.assert_close(stacked, own, rtol=1e-4, atol=1e-6)


def test_training_is_repeatable_and_seeds_matter():
    made = members((20,))
    first, second = (train_members(made, TRAINING)[0] for _ in range(2))
    other = Member(made[0].inputs, made[0].targets, np.random.SeedSequence(99))
    (third,) = train_members([other], TRAINING)
    assert torch.equal(first.weights[0], second.weights[0])
    assert not torch.equal(first.weights[0], third.weights[0])


def test_rows_without_a_target_are_left_out():
    full = members((20,))[0]
    inputs = np.concatenate([full.inputs, np.full((4, 5), 1e6, np.float32)])
    targets = np.concatenate([full.targets, np.full(4, np.nan, np.float32)])
    gaps = Member(inputs, targets, full.seed)
    (expected,) = train_members([full], TRAINING)
    (found,) = train_members([gaps], TRAINING)
    assert torch.equal(expected.weights[0], found.weights[0])


def test_a_member_without_targets_is_refused():
    nothing = Member(
        np.zeros((3, 5), np.float32),
        np.full(3, np.nan, np.float32),
        np.random.SeedSequence(0),
    )
    with pytest.raises(ValueError, match="member 1 has no target"):
        train_members([*members((20,)), nothing], TRAINING)


def test_training_lowers_the_error_and_more_epochs_lower_it_further():
    (member,) = members((31,))
    errors = [float(np.mean(member.targets**2))]
    for factor in (8, 80):
        longer = Member(member.inputs, member.targets, member.seed, factor)
        (regressor,) = train_members([longer], TRAINING)
        wrong = regressor.predict(member.inputs) - member.targets
        errors.append(float(np.mean(wrong**2)))
    assert errors[0] > errors[1] > 2 * errors[2]


@pytest.mark.parametrize(("rows", "steps"), [(1, 1), (8, 1), (9, 2), (999, 32)])
def test_large_sets_get_larger_batches(rows, steps):
    assert TRAINING.steps(rows) == steps
