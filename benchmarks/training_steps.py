"""Training steps of the pipeline's networks and of plain ones on random runs."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.plain_networks import PLAIN_NETWORKS
from models.binned_run_network import BinnedRunNetwork
from models.grid_batches import Augmentation, Binning, augmented_batch

# the very parts of `fit_network`, so that what is timed is what is trained
from models.network import LARGEST_GRADIENT, NetworkSettings, _build, _optimizer
from models.network_runs import NetworkRuns, prepare_runs
from pipeline.network_params import MemberParams, NetworkParams
from pipeline.params import load_params

N_RUNS, N_MZ, N_CELLS, N_LABELS = 600, 100, 320, 10
BINNING = Binning(first_cell=20, cells_per_bin=5, n_bins=44)
SHIFT_CELLS = 4
# not among the default members
ION_ATTENTION = MemberParams(
    network="ion_attention",
    channels=("log_maximum",),
    width=64,
    layers=2,
    dropout=0.1,
    last_dropout=0.3,
)


@dataclass(frozen=True)
class Runs:
    """What is trained on: random grids and labels."""

    runs: NetworkRuns
    y: np.ndarray


@dataclass
class Contender:
    """A network in training and its fewest seconds a run so far.

    A step is that of `fit_network`, but for the averaging of the last weights.
    """

    network: BinnedRunNetwork
    optimizer: torch.optim.Optimizer
    settings: NetworkSettings
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    whole: float = math.inf
    without_batches: float = math.inf

    def train(self, data: Runs, n_runs: int) -> None:
        """Train on `n_runs` runs, at least one batch, and keep the time if least."""
        size = self.settings.batch_size
        steps, batches = max(1, n_runs // size), 0.0
        start = time.process_time()
        for _ in range(steps):
            before = time.process_time()
            rows = self.rng.permutation(len(data.runs))[:size]
            bins, labels = augmented_batch(
                data.runs, data.y, rows, BINNING, self.settings.augmentation, self.rng
            )
            batches += time.process_time() - before
            self.step(torch.from_numpy(bins), torch.from_numpy(labels))
        seconds = time.process_time() - start
        self.whole = min(self.whole, seconds / (steps * size))
        least = (seconds - batches) / (steps * size)
        self.without_batches = min(self.without_batches, least)

    def step(self, bins: Tensor, labels: Tensor) -> None:
        """Train on one batch."""
        logits = self.network(bins)
        loss = functional.binary_cross_entropy_with_logits(logits, labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimizer.step()


def random_runs() -> Runs:
    """Return as many runs as a training set of a fold has, of random numbers."""
    rng = np.random.default_rng(0)
    abundance = rng.standard_exponential((N_RUNS, N_MZ, N_CELLS), dtype=np.float32)
    y = (rng.random((N_RUNS, N_LABELS)) < 0.2).astype(np.int64)
    return Runs(prepare_runs(abundance), y)


def member_settings() -> list[NetworkSettings]:
    """Return the first member of each family in params.yaml, and ion attention."""
    params = load_params(Path("params.yaml"))
    return [
        _settings(params.conv, params.conv.members[0]),
        _settings(params.conv, ION_ATTENTION),
        _settings(params.sequence, params.sequence.members[0]),
    ]


def _settings(section: NetworkParams, member: MemberParams) -> NetworkSettings:
    return NetworkSettings(
        network=member.network,
        channels=member.channels,
        binning=BINNING,
        augmentation=Augmentation(section.gain_log2, section.mix_share, SHIFT_CELLS),
        epochs=1,
        batch_size=section.batch_size,
        optimizer="adamw",
        learning_rate=section.learning_rate,
        weight_decay=section.weight_decay,
        options=member.options(),
        channel_dropout=section.channel_dropout,
    )


def our_contender(data: Runs, settings: NetworkSettings) -> Contender:
    """Return the network of the pipeline, ready to train."""
    weight_seed, dropout_seed = np.random.SeedSequence(0).spawn(2)
    network = _build(data.runs, data.y, settings, weight_seed, dropout_seed)
    network.train()
    return Contender(network, _optimizer(network, settings), settings)


def plain_contender(ours: Contender) -> Contender:
    """Return the plain network behind the same input, with torch's default AdamW."""
    settings, network = ours.settings, copy.deepcopy(ours.network)
    network.network = PLAIN_NETWORKS[settings.network](
        len(settings.channels), N_MZ, BINNING.n_bins, N_LABELS, **settings.options
    )
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        betas=(0.9, 0.99),
    )
    return Contender(network.train(), optimizer, settings)
