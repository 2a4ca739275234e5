"""Many small regression networks, trained at once on stacked weights.

Each member is a perceptron of its own: own rows, targets, starting weights and order of
rows. Products of all members of a step are one batched product; Adam runs over the
stacked tensors. A member ends with the weights that it would have got alone, but for
the last bits of sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from models.random_streams import child
from models.regressor import Member, Regressor, RegressorTraining, start_weights

WEIGHTS, ORDER = 0, 1


def train_members(
    members: Sequence[Member], training: RegressorTraining
) -> list[Regressor]:
    """Train all members by Adam on the mean squared error of their rows.

    Raises
    ------
    ValueError
        A member has no row with a target.
    """
    for number, member in enumerate(members):
        if not len(member.rows()):
            raise ValueError(f"member {number} has no target that is not NaN")
    trained: dict[int, Regressor] = {}
    for numbers in _stacks(members, training):
        stack = _Stack([members[number] for number in numbers], training)
        trained |= dict(zip(numbers, stack.train(), strict=True))
    return [trained[number] for number in range(len(members))]


def _stacks(
    members: Sequence[Member], training: RegressorTraining
) -> Iterator[list[int]]:
    """Yield members that take the same number of steps, so that none has to wait."""
    alike: dict[tuple[int, int, int], list[int]] = {}
    for number, member in enumerate(members):
        steps = training.steps(len(member.rows()))
        key = (steps, member.epochs_factor, member.inputs.shape[1])
        alike.setdefault(key, []).append(number)
    for numbers in alike.values():
        for start in range(0, len(numbers), training.together):
            yield numbers[start : start + training.together]


class _Stack:
    """Members of equal numbers of steps; gradients are written out by hand.

    Automatic differentiation takes longer than the products of networks this small.
    """

    def __init__(self, members: Sequence[Member], training: RegressorTraining) -> None:
        self._members = members
        self._training = training
        self._device = training.device
        self._inputs, self._offsets = self._shared_inputs()
        self._targets = [torch.from_numpy(m.targets).to(self._device) for m in members]
        sizes = (members[0].inputs.shape[1], *training.hidden, 1)
        starts = [start_weights(sizes, child(m.seed, (WEIGHTS,))) for m in members]
        layers = range(len(sizes) - 1)
        self.weights = [
            torch.stack([start[0][layer] for start in starts]).to(self._device)
            for layer in layers
        ]
        self.biases = [
            torch.stack([start[1][layer] for start in starts]).to(self._device)
            for layer in layers
        ]
        parameters = [*self.weights, *self.biases]
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter)
        self._adam = torch.optim.Adam(parameters, lr=training.learning_rate, fused=True)

    def _shared_inputs(self) -> tuple[Tensor, list[int]]:
        """Return each distinct array of inputs once, and where a member's begins."""
        starts: dict[int, int] = {}
        arrays: list[np.ndarray] = []
        rows = 0
        for member in self._members:
            if id(member.inputs) not in starts:
                starts[id(member.inputs)] = rows
                arrays.append(member.inputs)
                rows += len(member.inputs)
        held = torch.from_numpy(np.concatenate(arrays)).to(self._device)
        return held, [starts[id(member.inputs)] for member in self._members]

    def train(self) -> list[Regressor]:
        orders = [np.random.default_rng(child(m.seed, (ORDER,))) for m in self._members]
        rows = [member.rows() for member in self._members]
        steps = self._training.steps(len(rows[0]))
        epochs = self._training.epochs * self._members[0].epochs_factor
        for _ in range(epochs):
            shuffled = [
                order.permutation(own) for order, own in zip(orders, rows, strict=True)
            ]
            for step in range(steps):
                self._step([_part(own, step, steps) for own in shuffled])
        return [
            Regressor(
                tuple(weight[place].cpu().clone() for weight in self.weights),
                tuple(bias[place].cpu().clone() for bias in self.biases),
            )
            for place in range(len(self._members))
        ]

    def _step(self, batches: Sequence[np.ndarray]) -> None:
        inputs, targets, shares = self._batch(batches)
        hidden = [inputs]
        last = len(self.weights) - 1
        for layer, (weight, bias) in enumerate(
            zip(self.weights, self.biases, strict=True)
        ):
            output = torch.baddbmm(bias[:, None], hidden[-1], weight)
            hidden.append(output if layer == last else output.relu_())
        # of the mean of squares over a member's own rows
        gradient = (hidden.pop() - targets).mul_(shares).mul_(2)
        for layer in range(last, -1, -1):
            below = hidden[layer]
            weight, bias = self.weights[layer], self.biases[layer]
            torch.bmm(below.transpose(1, 2), gradient, out=weight.grad)
            torch.sum(gradient, dim=1, out=bias.grad)
            if layer:
                gradient = torch.bmm(gradient, weight.transpose(1, 2))
                gradient.mul_(below > 0)
        self._adam.step()

    def _batch(self, batches: Sequence[np.ndarray]) -> tuple[Tensor, Tensor, Tensor]:
        """Return inputs, targets and each row's share of the mean.

        Members may differ by a row: the shorter batch repeats a row with share zero.
        """
        longest = max(map(len, batches))
        places = np.empty((len(batches), longest), dtype=np.int64)
        shares = np.zeros((len(batches), longest, 1), dtype=np.float32)
        for place, batch in enumerate(batches):
            places[place, : len(batch)] = batch
            places[place, len(batch) :] = batch[0]
            shares[place, : len(batch)] = 1 / len(batch)
        offsets = np.array(self._offsets)[:, None]
        index = torch.from_numpy((places + offsets).reshape(-1)).to(self._device)
        inputs = self._inputs.index_select(0, index)
        targets = torch.stack(
            [
                own[torch.from_numpy(rows).to(self._device)]
                for own, rows in zip(self._targets, places, strict=True)
            ]
        )
        return (
            inputs.view(len(batches), longest, -1),
            targets[:, :, None],
            torch.from_numpy(shares).to(self._device),
        )


def _part(rows: np.ndarray, step: int, steps: int) -> np.ndarray:
    """Return the rows of a step: equal parts, which differ by one row at most."""
    return rows[step * len(rows) // steps : (step + 1) * len(rows) // steps]
