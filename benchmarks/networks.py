"""How many runs a second one thread trains on, beside plain modules and the limit.

python -m benchmarks.networks [--repeats 5] [--runs 192]

The runs are random numbers. The limit is the speed if a training step were nothing but
its useful products (6 floating-point operations for each multiplication of a forward
pass, counted on the plain module) at the rate of the forward pass's largest product.
Seconds are processor time, so that other work on the machine disturbs little.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.matrix_products import (
    largest_product,
    least_seconds,
    product_rate,
    training_flop,
)
from benchmarks.members_together import MembersTogether
from benchmarks.same_function import LARGEST_DIFFERENCE, assert_same_function
from benchmarks.training_steps import (
    BINNING,
    Contender,
    Runs,
    member_settings,
    our_contender,
    plain_contender,
    random_runs,
)
from models.grid_batches import augmented_batch, view
from models.network import LARGEST_GRADIENT, NetworkSettings
from models.network_device import choose_product_dtype

MEMBERS_TOGETHER = 4
PEAK_SIDE = 1024
COLUMNS = (
    "network",
    "plain, float32",
    "ours, float32",
    "ours, bfloat16",
    "MFLOP a run",
    "limit, float32",
    "limit, bfloat16",
    "share, float32",
    "share, bfloat16",
)


def main() -> None:
    """Print the table, the rates of products and the speed of members together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--runs", type=int, default=192, help="runs of one repeat")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = random_runs()
    fast = choose_product_dtype("auto", "cpu") == torch.bfloat16
    dtypes = (torch.float32, torch.bfloat16) if fast else (torch.float32,)
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for settings in member_settings():
        for row in network_rows(data, settings, dtypes, arguments):
            print("| " + " | ".join(row) + " |")
    print(
        "\nRuns a second, best of "
        f"{arguments.repeats} alternating repeats, one thread. Plain modules and ours "
        "agree within "
        f"{LARGEST_DIFFERENCE:g} in logits and in gradients of the input."
    )
    for dtype in dtypes:
        rate = product_rate((PEAK_SIDE,) * 3, dtype)
        print(f"{PEAK_SIDE}-square product, {_name(dtype)}: {rate / 1e9:.0f} GFLOP/s")
    settings = member_settings()[-1]
    for dtype in dtypes:
        together, alone = members_speed(
            data, replace(settings, product_dtype=dtype), arguments
        )
        print(
            f"{MEMBERS_TOGETHER} members of {settings.network}, {_name(dtype)}, "
            f"batches not counted: {together:.0f} runs/s in one step by batched "
            f"products, {alone:.0f} one after the other (ratio {together / alone:.2f})"
        )


def network_rows(
    data: Runs,
    settings: NetworkSettings,
    dtypes: tuple[torch.dtype, ...],
    arguments: argparse.Namespace,
) -> list[list[str]]:
    """Return the cells of a network's two rows: whole steps, and without batches."""
    ours = [our_contender(data, replace(settings, product_dtype=d)) for d in dtypes]
    plain = plain_contender(ours[0])
    bins = torch.from_numpy(view(data.runs, BINNING, 0)[: settings.batch_size])
    assert_same_function(plain.network, ours[0].network, bins)
    flop = training_flop(plain.network, bins)
    shape = largest_product(ours[0].network, bins)
    limits = [0.0 for _ in dtypes]
    for number in range(arguments.repeats + 1):
        for contender in (plain, *ours):
            # first a short run each, so that everything is compiled
            contender.train(data, arguments.runs if number else 1)
        for place, dtype in enumerate(dtypes):
            limits[place] = max(limits[place], product_rate(shape, dtype) / flop)
    rows = []
    for kind in ("whole", "without_batches"):
        speeds = [1 / getattr(contender, kind) for contender in (plain, *ours)]
        shares = [f / limit for f, limit in zip(speeds[1:], limits, strict=True)]
        end = "" if kind == "whole" else ", batches not counted"
        rows.append(
            [
                settings.network + end,
                f"{speeds[0]:.0f}",
                *_cells(speeds[1:], "{:.0f}"),
                f"{flop / 1e6:.1f}",
                *_cells(limits, "{:.0f}"),
                *_cells(shares, "{:.0%}"),
            ]
        )
    return rows


def _cells(values: list[float], form: str) -> list[str]:
    """Return one cell for each type of product; the machine may lack the second."""
    cells = [form.format(value) for value in values]
    return [*cells, "-"][:2]


def members_speed(
    data: Runs, settings: NetworkSettings, arguments: argparse.Namespace
) -> tuple[float, float]:
    """Return runs a second of members in one step, and of one after the other."""
    members = [our_contender(data, settings) for _ in range(MEMBERS_TOGETHER)]
    together = MembersTogether([m.network for m in members], settings.product_dtype)
    optimizer = torch.optim.AdamW(
        together.parameters,
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        betas=(0.9, 0.99),
        fused=True,
    )
    size = settings.batch_size
    bins, labels = augmented_batch(
        data.runs,
        data.y,
        np.arange(MEMBERS_TOGETHER * size),
        BINNING,
        settings.augmentation,
        np.random.default_rng(0),
    )
    many_bins = torch.from_numpy(bins).unflatten(0, (MEMBERS_TOGETHER, size))
    many_labels = torch.from_numpy(labels).unflatten(0, (MEMBERS_TOGETHER, size))
    if settings.product_dtype == torch.float32:
        _assert_same_members(together, members, many_bins)

    def step_together() -> None:
        loss = functional.binary_cross_entropy_with_logits(
            together.logits(many_bins), many_labels
        )
        optimizer.zero_grad(set_to_none=True)
        (loss * MEMBERS_TOGETHER).backward()  # each member has a loss of its own
        together.clip_gradients(LARGEST_GRADIENT)
        optimizer.step()

    def step_alone() -> None:
        for member, x, y in zip(members, many_bins, many_labels, strict=True):
            member.step(x, y)

    least = least_seconds([step_together, step_alone], 2 * arguments.repeats)
    return len(bins) / least[0], len(bins) / least[1]


def _assert_same_members(
    together: MembersTogether, members: list[Contender], bins: Tensor
) -> None:
    for member in members:
        member.network.eval()
    logits = [m.network(x) for m, x in zip(members, bins, strict=True)]
    torch.testing.assert_close(
        together.logits(bins), torch.stack(logits), rtol=0, atol=LARGEST_DIFFERENCE
    )
    for member in members:
        member.network.train()


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


if __name__ == "__main__":
    main()
