"""How fast stacked regressors learn, beside the same networks one by one.

python -m benchmarks.augmentation [--repeats 3] [--members 64] [--rows 164]

The rows are random numbers. One by one means plain torch: modules, automatic
differentiation, fused Adam. Seconds are processor time of one thread.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import nn

from benchmarks.matrix_products import least_seconds
from models.regressor import Member, RegressorTraining
from models.stacked_regressors import train_members

CHANNELS = 911
EPOCHS = 3


def main() -> None:
    """Print seconds of an epoch of all members, and the gain by stacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--members", type=int, default=64)
    parser.add_argument("--rows", type=int, default=164)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    members = random_members(chosen.members, chosen.rows)
    sizes = sorted({1, 8, 32, chosen.members})
    calls = [lambda: one_by_one(members)] + [
        lambda together=together: train_members(
            members, RegressorTraining(epochs=EPOCHS, together=together)
        )
        for together in sizes
    ]
    plain, *stacked = least_seconds(calls, chosen.repeats)
    print(f"{chosen.members} regressors, {chosen.rows} rows, {CHANNELS} channels")
    print(f"plain torch, one by one: {plain / EPOCHS:.3f} s an epoch")
    for together, seconds in zip(sizes, stacked, strict=True):
        print(
            f"stacks of {together}: {seconds / EPOCHS:.3f} s an epoch, "
            f"{plain / seconds:.1f} times as fast"
        )


def random_members(count: int, rows: int) -> list[Member]:
    """Return members of eight folds that share their inputs, as analytes do."""
    rng = np.random.default_rng(0)
    inputs = [
        rng.standard_normal((rows, CHANNELS)).astype(np.float32) for _ in range(8)
    ]
    return [
        Member(
            inputs[number % 8],
            rng.standard_normal(rows).astype(np.float32),
            np.random.SeedSequence(number),
        )
        for number in range(count)
    ]


def one_by_one(members: list[Member]) -> None:
    """Train each member by itself with what torch offers."""
    training = RegressorTraining(epochs=EPOCHS)
    for member in members:
        network = nn.Sequential(
            nn.Linear(CHANNELS, 64),
            nn.ReLU(),
            nn.Linear(64, 16),
            nn.ReLU(),
            nn.Linear(16, 1),
        )
        adam = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
        x, y = torch.from_numpy(member.inputs), torch.from_numpy(member.targets)
        rows = len(x)
        steps = training.steps(rows)
        for _ in range(training.epochs):
            order = torch.randperm(rows)
            for batch in order.tensor_split(steps):
                loss = nn.functional.mse_loss(network(x[batch])[:, 0], y[batch])
                adam.zero_grad()
                loss.backward()
                adam.step()


if __name__ == "__main__":
    main()
