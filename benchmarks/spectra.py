"""How fast synthetic spectra are made, and how fast networks learn from them.

python -m benchmarks.spectra [--classes FILE] [--networks NAME ...] [--repeats 3]

Generator: ours beside `benchmarks.plain_spectra`, same bits. Networks: spectra a second
of a training step, beside the floor that its operations set (a forward pass and twice
that back) at the rate of a large matrix product: of spectra without a zero, all of
which is computed, and of spectra as drawn, whose empty stretches are not. Seconds are
processor time of one thread, so that other work on the machine disturbs little.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.matrix_products import least_seconds, product_rate
from benchmarks.plain_spectra import plain_sets
from models.classifier_training import LabelledSpectra, Protocol, Training
from models.freed_memory import keep_freed_memory
from models.network_device import choose_product_dtype
from models.random_streams import torch_generator
from models.spectrum_cost import network_cost
from models.spectrum_network import build_network
from models.spectrum_specs import NETWORKS, OWN, PUBLISHED
from studies.synthetic_spectra.published_sets import Variation, draw_sets
from studies.synthetic_spectra.sparse_spectra import scaled_by_maximum
from studies.synthetic_spectra.spectrum_classes import (
    SpectrumClasses,
    read_classes,
    simulate_classes,
)

POINTS, CLASSES, BATCH = 5000, 27, 128
PEAK_SIDE = 2048


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=Path, help="class file; else 100 simulated")
    parser.add_argument("--networks", nargs="*", default=[*OWN, *PUBLISHED])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    classes = (
        read_classes(arguments.classes)
        if arguments.classes
        else simulate_classes(100, 0)
    )
    keep_freed_memory()
    generator(classes, arguments.repeats)
    networks(classes, arguments.networks, arguments.repeats)


def generator(classes: SpectrumClasses, repeats: int) -> None:
    """Compare both generators."""
    lists = [classes.peaks(number) for number in range(len(classes))]
    plain = [(p.tolist(), h.tolist()) for p, h in lists]
    start = time.process_time()
    expected = plain_sets(plain, keep_largest=False, points=classes.points)
    slow = time.process_time() - start

    def ours() -> list[np.ndarray]:
        drawn = draw_sets(classes, Variation())
        return [drawn.train.curves(), drawn.validation.curves()]

    made = ours()
    same = all(map(np.array_equal, expected, made))
    n = sum(map(len, made))
    del expected, made
    fast = least_seconds([ours], repeats)[0]
    print(f"{n} spectra, same bits: {same}")
    print(f"straightforward: {slow:.2f} s; ours: {fast:.2f} s ({slow / fast:.0f} x)\n")


def networks(classes: SpectrumClasses, names: list[str], repeats: int) -> None:
    """Print spectra a second of each network beside its floor."""
    fast = choose_product_dtype("auto", "cpu")
    dtypes = list(dict.fromkeys([torch.float32, fast]))
    rates = {d: product_rate((PEAK_SIDE,) * 3, d) for d in dtypes}
    for dtype, rate in rates.items():
        print(f"{_name(dtype)} product: {rate / 1e9:.0f} GFLOP/s")
    full, drawn = _without_zeros(), _drawn(classes)
    heads = [
        f"{_name(d)}: {w}" for d in dtypes for w in ("no zeros", "floor", "as drawn")
    ]
    print("\n| network | MFLOP forwards | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 2) + "|")
    for name in names:
        flop = network_cost(name, POINTS, CLASSES).flop
        cells = [name, f"{flop / 1e6:.1f}"]
        for dtype in dtypes:
            floor = rates[dtype] / (3 * flop)
            speeds = [
                training_speed(name, data, dtype, repeats) for data in (full, drawn)
            ]
            cells += [f"{speeds[0]:.0f}", f"{floor:.0f}", f"{speeds[1]:.0f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def _without_zeros() -> LabelledSpectra:
    rng = torch_generator(np.random.SeedSequence(0))
    return LabelledSpectra(
        torch.rand(2 * BATCH, POINTS, generator=rng),
        torch.randint(CLASSES, (2 * BATCH,), generator=rng),
    )


def _drawn(classes: SpectrumClasses) -> LabelledSpectra:
    """Return training spectra of classes, most points of which are zero."""
    curves = scaled_by_maximum(draw_sets(classes, Variation()).train.curves())
    rows = np.random.default_rng(0).permutation(len(curves))[: 2 * BATCH]
    labels = torch.arange(len(rows)) % CLASSES
    return LabelledSpectra(torch.from_numpy(curves[rows]), labels)


def training_speed(
    name: str, data: LabelledSpectra, dtype: torch.dtype, repeats: int
) -> float:
    """Return spectra a second of training, validation not counted."""
    network = build_network(
        NETWORKS[name], POINTS, CLASSES, torch_generator(np.random.SeedSequence(0))
    )
    network.use_product_dtype(dtype)
    network.look_at(data.inputs, data.labels)
    training = Training(network, Protocol(1, BATCH), np.random.SeedSequence(0))
    seconds = least_seconds([lambda: training.pass_over(data)], repeats)[0]
    return len(data.labels) / seconds


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


if __name__ == "__main__":
    main()
