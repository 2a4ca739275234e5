"""One training of an LDL-MLP, from given weights or from a fresh start."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from models.ldl_loss import ldl_loss
from models.ldl_mlp import (
    LdlMlp,
    LdlMlpSettings,
    Weights,
    fresh_weights,
    recompute_batch_norm,
    use_dropout_generator,
    with_weights,
)
from models.random_streams import child, torch_generator

_LARGEST_GRADIENT = 5.0
_WARM_UP_SHARE = 0.1


@dataclass(frozen=True)
class LdlRows:
    """Rows to learn from.

    Attributes
    ----------
    inputs : (n_rows, n_inputs) float32
        Scaled features, without NaN.
    labels : (n_rows, n_labels) float32
    is_copy : (n_rows,) bool
        Whether the row is augmented.
    """

    inputs: np.ndarray
    labels: np.ndarray
    is_copy: np.ndarray

    def prevalence(self) -> np.ndarray:
        """Return the share of unaugmented rows that have each label.

        Mixes of two runs have the labels of both, more than any real run.
        """
        return np.asarray(self.labels[~self.is_copy].mean(axis=0))


def train_ldl_mlp(
    rows: LdlRows,
    settings: LdlMlpSettings,
    seed: np.random.SeedSequence,
    start: Weights | None = None,
) -> LdlMlp:
    """Train on all given rows; `start` stays as it is.

    Parameters
    ----------
    seed : SeedSequence
        Decides order, dropout, noise and, without `start`, the first weights.

    Returns
    -------
    LdlMlp
        Ready to predict: its batch-norm statistics are those of the unaugmented rows.
    """
    torch.set_num_threads(1)
    order, dropout, noise, first = (child(seed, (place,)) for place in range(4))
    if start is None:
        start = fresh_weights(rows.inputs.shape[1], rows.prevalence(), settings, first)
    network = with_weights(start, settings)
    use_dropout_generator(network, torch_generator(dropout))
    inputs, labels = torch.from_numpy(rows.inputs), torch.from_numpy(rows.labels)
    noise_generator = torch_generator(noise)
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        betas=(0.9, 0.99),
        fused=True,
    )
    network.train()
    for progress, batch in _batches(rows, settings, np.random.default_rng(order)):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _rate_factor(progress)
        loss = ldl_loss(
            network(inputs[batch]), labels[batch], settings, noise_generator
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
        optimizer.step()
    recompute_batch_norm(network, inputs[torch.from_numpy(~rows.is_copy)])
    return network


def _batches(
    rows: LdlRows, settings: LdlMlpSettings, rng: np.random.Generator
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield the finished share of the training and the rows of a whole batch."""
    plain, copies = np.flatnonzero(~rows.is_copy), np.flatnonzero(rows.is_copy)
    drawn = round(settings.copy_share * len(copies))
    n_rows = len(plain) + drawn
    size = min(settings.batch_size, n_rows)
    per_epoch = n_rows // size
    for epoch in range(settings.epochs):
        chosen = rng.choice(copies, drawn, replace=False)
        order = rng.permutation(np.concatenate([plain, chosen]))
        for place in range(per_epoch):
            step = epoch * per_epoch + place
            progress = step / (settings.epochs * per_epoch)
            yield progress, order[place * size : (place + 1) * size]


def _rate_factor(progress: float) -> float:
    """Warm up linearly, then fall along half a cosine."""
    if progress < _WARM_UP_SHARE:
        return (progress + 0.01) / _WARM_UP_SHARE
    angle = math.pi * (progress - _WARM_UP_SHARE) / (1 - _WARM_UP_SHARE)
    return (1 + math.cos(angle)) / 2
