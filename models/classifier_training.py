"""Training of a classifier, epoch by epoch, so that it can stop and go on.

What an epoch does depends on weights, optimiser state, seed and its number alone: its
order and its dropout have streams of their own. So nothing but tensors and a few
numbers need be kept between epochs, and a training that was interrupted ends with the
same bytes as one that was not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.random_streams import child, torch_generator
from models.spectrum_classifier import SpectrumClassifier

ADAM_BETAS, ADAM_EPSILON = (0.9, 0.999), 1e-7
ROWS_PER_PREDICTION = 250
# places below the seed of a training
WEIGHTS, DROPOUT, ORDER = range(3)


@dataclass(frozen=True)
class Protocol:
    """How a classifier is trained.

    Attributes
    ----------
    epochs : int
        At most.
    batch_size : int
    learning_rate : float
        Of Adam, at the start.
    cut_factor : float
        The learning rate is multiplied by this after `cut_patience` epochs without
        progress.
    stop_patience : int
        Training stops after this many epochs without progress.
    least_gain : float
        Progress is a validation loss that falls by more than this.
    """

    epochs: int
    batch_size: int = 128
    learning_rate: float = 3e-4
    cut_factor: float = 0.5
    cut_patience: int = 10
    stop_patience: int = 25
    least_gain: float = 1e-4


@dataclass(frozen=True)
class LabelledSpectra:
    """Network inputs (n, n_points) float32 and class numbers (n,) int64, on one device.

    Row and label belong together by their place.
    """

    inputs: Tensor
    labels: Tensor


@dataclass
class Progress:
    """Where a training is: what JSON can hold.

    `history` has a dict an epoch: epoch, learning_rate, train_loss, validation_loss,
    validation_accuracy.
    """

    epoch: int = 0
    best_loss: float = float("inf")
    best_epoch: int = 0
    since_best: int = 0
    since_cut: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class Training:
    """A network with all that is needed to train it further.

    Parameters
    ----------
    seed : SeedSequence
        Decides order and dropout of each epoch.
    """

    def __init__(
        self,
        network: SpectrumClassifier,
        protocol: Protocol,
        seed: np.random.SeedSequence,
    ) -> None:
        self.network, self.protocol, self.seed = network, protocol, seed
        self.progress = Progress()
        self.best = _copies(network)
        self.optimizer = torch.optim.Adam(
            network.parameters(),
            lr=protocol.learning_rate,
            betas=ADAM_BETAS,
            eps=ADAM_EPSILON,
            fused=True,
        )

    @property
    def finished(self) -> bool:
        """Whether all epochs are done or there was no progress for too long."""
        done = self.progress.epoch >= self.protocol.epochs
        return done or self.progress.since_best >= self.protocol.stop_patience

    def run_epoch(self, train: LabelledSpectra, validation: LabelledSpectra) -> None:
        """Train for one epoch, and measure what it brought."""
        rate = self.optimizer.param_groups[0]["lr"]
        train_loss = self.pass_over(train)
        loss, accuracy = score(self.network, validation)
        self.progress.epoch += 1
        self.progress.history.append(
            {
                "epoch": self.progress.epoch,
                "learning_rate": rate,
                "train_loss": train_loss,
                "validation_loss": loss,
                "validation_accuracy": accuracy,
            }
        )
        self.note_loss(loss)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all tensors, and what JSON can hold."""
        tensors = {f"network.{n}": t for n, t in self.network.state_dict().items()}
        tensors |= {f"best.{n}": t for n, t in self.best.items()}
        names = [name for name, _ in self.network.named_parameters()]
        for place, moments in self.optimizer.state_dict()["state"].items():
            for kind, tensor in moments.items():
                tensors[f"{kind}.{names[place]}"] = tensor
        rate = self.optimizer.param_groups[0]["lr"]
        return tensors, {**asdict(self.progress), "learning_rate": rate}

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Take up where `state` was called.

        Raises
        ------
        RuntimeError, KeyError, TypeError
            The state is not that of such a training.
        """
        kinds: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            kind, _, rest = name.partition(".")
            kinds.setdefault(kind, {})[rest] = tensor
        self.network.load_state_dict(kinds.pop("network"))
        self.best = kinds.pop("best")
        names = [name for name, _ in self.network.named_parameters()]
        state = self.optimizer.state_dict()
        if kinds:
            state["state"] = {
                place: {kind: named[name] for kind, named in kinds.items()}
                for place, name in enumerate(names)
            }
        self.optimizer.load_state_dict(state)
        facts = dict(facts)
        self._set_learning_rate(facts.pop("learning_rate"))
        self.progress = Progress(**facts)

    def pass_over(self, train: LabelledSpectra) -> float:
        """Take a step for each batch; return the mean loss."""
        epoch = self.progress.epoch
        order = np.random.default_rng(child(self.seed, (ORDER, epoch)))
        rows = torch.from_numpy(order.permutation(len(train.labels)))
        rows = rows.to(train.labels.device)
        dropout = torch_generator(child(self.seed, (DROPOUT, epoch)))
        self.network.use_dropout_generator(dropout)
        if train.inputs.is_cuda:  # dropout on a GPU has only torch's global generator
            torch.cuda.manual_seed(dropout.initial_seed())
        self.network.train()
        total = torch.zeros((), device=train.labels.device)
        for batch in rows.split(self.protocol.batch_size):
            logits = self.network(train.inputs[batch])
            loss = functional.cross_entropy(logits, train.labels[batch])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(batch)
        return float(total) / len(rows)

    def note_loss(self, loss: float) -> None:
        """Keep the best weights, cut the learning rate."""
        progress, protocol = self.progress, self.protocol
        # a loss that is not finite is no progress
        if loss < progress.best_loss - protocol.least_gain:
            progress.best_loss, progress.best_epoch = loss, progress.epoch
            progress.since_best = progress.since_cut = 0
            self.best = _copies(self.network)
            return
        progress.since_best += 1
        progress.since_cut += 1
        if progress.since_cut >= protocol.cut_patience:
            progress.since_cut = 0
            rate = self.optimizer.param_groups[0]["lr"]
            self._set_learning_rate(rate * protocol.cut_factor)

    def _set_learning_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate


def predict_logits(network: SpectrumClassifier, inputs: Tensor) -> Tensor:
    """Return (n, n_classes) float32 logits on the CPU."""
    network.eval()
    with torch.no_grad():
        parts = [network(part).cpu() for part in inputs.split(ROWS_PER_PREDICTION)]
    return torch.cat(parts)


def score(network: SpectrumClassifier, data: LabelledSpectra) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy."""
    network.eval()
    with torch.no_grad():
        parts = [network(p) for p in data.inputs.split(ROWS_PER_PREDICTION)]
    logits, labels = torch.cat(parts).cpu(), data.labels.cpu()
    # in float64: the schedule compares small differences of it
    loss = functional.cross_entropy(logits.double(), labels)
    return float(loss), float((logits.argmax(dim=1) == labels).double().mean())


def _copies(network: SpectrumClassifier) -> dict[str, Tensor]:
    return {name: t.detach().clone() for name, t in network.state_dict().items()}
