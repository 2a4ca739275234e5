"""Weight soup: the average of the weights of the best of many trainings.

Source: `train_fixed_soup` of the LDL-MLP interview of the second Mars Spectrometry
challenge; averages of weights are from Wortsman et al. 2022, arXiv 2203.05482.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from models.ldl_mlp import (
    LdlMlp,
    LdlMlpSettings,
    Weights,
    copy_weights,
    fresh_weights,
    predict_probabilities,
    recompute_batch_norm,
    with_weights,
)
from models.ldl_mlp_training import LdlRows, train_ldl_mlp
from models.metrics import log_losses
from models.random_streams import child

# places of the random numbers below the seed of a soup
_START, _TRAINING, _RESUME = range(3)


@dataclass(frozen=True)
class SoupSettings:
    """A soup.

    Attributes
    ----------
    training : LdlMlpSettings
        Of each training of the stream.
    trainings : int
        Length of the stream; at least `pool`.
    pool : int
        Trainings that are averaged.
    starts : {"shared", "separate"}
        Whether all trainings begin with the same weights and differ in order, dropout
        and noise only, or each with weights of its own.
    resume_epochs : int
        Epochs of training that follow an average; 0 for none.
    resume_rate : float
        Their largest learning rate, as a share of a training's.
    """

    training: LdlMlpSettings
    trainings: int = 40
    pool: int = 5
    starts: Literal["shared", "separate"] = "shared"
    resume_epochs: int = 1
    resume_rate: float = 0.3

    def __post_init__(self) -> None:
        if not 1 <= self.pool <= self.trainings:
            raise ValueError(
                f"got pool = {self.pool} and trainings = {self.trainings}; "
                "expected 1 <= pool <= trainings"
            )


@dataclass(frozen=True)
class Soup:
    """The best average, and how it came about.

    Attributes
    ----------
    network : LdlMlp
    loss : float
        Its mean log-loss on the validation rows.
    training_losses : (trainings,)
        Validation loss of each training of the stream.
    average_losses, resumed_losses : (n_averages,)
        Validation loss of each average, before and after training went on.
    """

    network: LdlMlp
    loss: float
    training_losses: np.ndarray
    average_losses: np.ndarray
    resumed_losses: np.ndarray


def fit_soup(
    rows: LdlRows,
    validation: LdlRows,
    settings: SoupSettings,
    seed: np.random.SeedSequence,
) -> Soup:
    """Cook a soup.

    Parameters
    ----------
    rows : LdlRows
        To train on.
    validation : LdlRows
        To choose by; never those of the fold that is scored.

    Notes
    -----
    The first `pool` trainings fill the pool. Each later one that beats the worst of the
    pool takes its place. Whenever the pool is full and has changed, its weights are
    averaged and training goes on from the average. Of all averages, as they were and as
    trained on, the one with the least validation loss is kept.
    """
    start = _start(rows, settings, child(seed, (_START,)))
    resume = replace(
        settings.training,
        epochs=settings.resume_epochs,
        learning_rate=settings.resume_rate * settings.training.learning_rate,
    )
    pool: list[tuple[float, Weights]] = []
    losses: list[float] = []
    averages: list[float] = []
    resumed: list[float] = []
    best: tuple[float, LdlMlp] | None = None
    for number in range(settings.trainings):
        training_seed = child(seed, (_TRAINING, number))
        network = train_ldl_mlp(rows, settings.training, training_seed, start)
        losses.append(validation_loss(network, validation))
        if not enter_pool(pool, settings.pool, losses[-1], copy_weights(network)):
            continue
        average = average_network([w for _, w in pool], rows, settings.training)
        trained_on = train_ldl_mlp(
            rows, resume, child(seed, (_RESUME, number)), copy_weights(average)
        )
        for candidate, record in ((average, averages), (trained_on, resumed)):
            record.append(validation_loss(candidate, validation))
            if best is None or record[-1] < best[0]:
                best = record[-1], candidate
    if best is None:  # the last training that fills the pool makes an average
        raise ValueError("no average was made")
    return Soup(
        best[1], best[0], np.array(losses), np.array(averages), np.array(resumed)
    )


def enter_pool(
    pool: list[tuple[float, Weights]], size: int, loss: float, weights: Weights
) -> bool:
    """Add a training to the pool if it is good enough.

    Returns
    -------
    bool
        Whether the pool is full and has changed, so that a new average is due.
    """
    if len(pool) == size:
        worst = max(range(size), key=lambda place: pool[place][0])
        if loss >= pool[worst][0]:
            return False
        del pool[worst]
    pool.append((loss, weights))
    return len(pool) == size


def average_weights(pool: list[Weights]) -> Weights:
    """Return the mean of each parameter; counts of steps are those of the first."""
    return {
        name: torch.stack([weights[name] for weights in pool]).mean(dim=0)
        if value.is_floating_point()
        else value.clone()
        for name, value in pool[0].items()
    }


def average_network(
    pool: list[Weights], rows: LdlRows, settings: LdlMlpSettings
) -> LdlMlp:
    """Return the averaged network with batch-norm statistics of its own."""
    network = with_weights(average_weights(pool), settings)
    recompute_batch_norm(network, torch.from_numpy(rows.inputs[~rows.is_copy]))
    return network


def validation_loss(network: LdlMlp, validation: LdlRows) -> float:
    """Return the mean log-loss over all runs and labels; infinite if it diverged."""
    probabilities = predict_probabilities(network, validation.inputs)
    loss = float(log_losses(validation.labels, probabilities).mean())
    return loss if math.isfinite(loss) else math.inf


def _start(
    rows: LdlRows, settings: SoupSettings, seed: np.random.SeedSequence
) -> Weights | None:
    if settings.starts == "separate":
        return None
    return fresh_weights(
        rows.inputs.shape[1], rows.prevalence(), settings.training, seed
    )
