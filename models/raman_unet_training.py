"""Training of the Raman U-Net: loss, validation split, best epoch, fine-tuning."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.raman_unet import RamanUNet, draw_weights
from models.random_streams import child, torch_generator
from models.spectrum_augmentation import SpectrumAugmenter

_LARGEST_GRADIENT = 2.0
_WARM_UP_SHARE = 0.1
_QUANTILE_GROUPS = 5


@dataclass(frozen=True)
class UNetSettings:
    """How a network is built and trained.

    Attributes
    ----------
    width, levels, dropout, attention
        See `RamanUNet`.
    adaptive : bool
        Weigh each analyte by how badly validation goes, relative to the mean.
    validation_share : float
        Of the samples.
    """

    width: int
    levels: int
    dropout: float
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    validation_share: float
    augmenter: SpectrumAugmenter
    attention: bool = False
    adaptive: bool = False


@dataclass(frozen=True)
class TrainedUNet:
    """A network and the scale of its targets.

    Attributes
    ----------
    low, range : (n_analytes,) g/L
        Targets are (concentration - low) / range.
    history : (n_epochs, n_analytes)
        R2 of the validation samples.
    """

    network: RamanUNet
    settings: UNetSettings
    low: np.ndarray
    range: np.ndarray
    history: np.ndarray

    def predict(self, spectra: np.ndarray) -> np.ndarray:
        """Return concentrations, (n_spectra, n_analytes) g/L."""
        self.network.eval()
        with torch.no_grad():
            scaled = self.network(_tensor(spectra)).double().numpy()
        predicted: np.ndarray = self.low + self.range * scaled
        return predicted


def r2_loss(predicted: Tensor, target: Tensor, spread: Tensor) -> Tensor:
    """Return MSE + (1 - R2) of each analyte, (n_analytes,).

    `spread` is the variance of the training targets: that of a small batch may be zero.
    """
    mean_square = (predicted - target).square().mean(dim=0)
    return mean_square + mean_square / spread


def r2(target: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return R2 of each analyte; NaN where all targets are the same."""
    rest = ((target - predicted) ** 2).sum(axis=0)
    total = ((target - target.mean(axis=0)) ** 2).sum(axis=0)
    return 1 - rest / np.where(total > 0, total, np.nan)


def validation_rows(
    y: np.ndarray, groups: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a bool per row: whole groups from all quantiles of the mean target.

    Parameters
    ----------
    y : (n_rows, n_analytes)
        Scaled targets.
    groups : (n_rows,)
        Rows of the same sample.
    """
    names, first = np.unique(groups, return_index=True)
    order = np.argsort(y[first].mean(axis=1), kind="stable")
    n_validation = max(1, round(share * len(names)))
    n_parts = max(1, min(_QUANTILE_GROUPS, n_validation))
    chosen: list[int] = []
    for number, part in enumerate(np.array_split(order, n_parts)):
        n_here = n_validation // n_parts + (number < n_validation % n_parts)
        chosen.extend(rng.permutation(part)[:n_here])
    return np.isin(groups, names[chosen])


def fit_unet(
    spectra: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray,
    settings: UNetSettings,
    seed: np.random.SeedSequence,
    *,
    start: TrainedUNet | None = None,
    weights: np.ndarray | None = None,
) -> TrainedUNet:
    """Train on all given spectra but the validation samples; keep the best epoch.

    Parameters
    ----------
    spectra : (n_spectra, n_points)
        Preprocessed, of size near 1: the augmenter changes them as they are.
    y : (n_spectra, n_analytes) g/L
    groups : (n_spectra,)
        Replicates of a sample share a group.
    start : TrainedUNet, optional
        Fine-tune this network instead of a new one; it keeps its target scale.
    weights : (n_spectra,), optional
        How often a spectrum is drawn, relative to others.
    """
    torch.set_num_threads(1)
    rng = np.random.default_rng(child(seed, (0,)))
    low, span = _target_scale(y) if start is None else (start.low, start.range)
    scaled = (y - low) / span
    held = validation_rows(scaled, groups, settings.validation_share, rng)
    network = _network(spectra.shape[1], y.shape[1], settings, seed, start)
    rows = np.flatnonzero(~held)
    chance = np.ones(len(y)) if weights is None else weights
    chance = chance[rows] / chance[rows].sum()
    spread = torch.from_numpy(np.maximum(scaled[rows].var(axis=0), 1e-4)).float()
    fixed = _tensor(spectra[held])
    optimizer = torch.optim.AdamW(
        network.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )
    best, best_score, history = copy.deepcopy(network), -math.inf, []
    importance = torch.ones(y.shape[1])
    steps = max(1, len(rows) // settings.batch_size)
    for epoch in range(settings.epochs):
        network.train()
        for step in range(steps):
            progress = (epoch + step / steps) / settings.epochs
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * _pace(progress)
            batch = rng.choice(rows, settings.batch_size, p=chance)
            changed = settings.augmenter(spectra[batch], rng)
            target = torch.from_numpy(scaled[batch]).float()
            predicted = network(_tensor(changed))
            loss = (importance * r2_loss(predicted, target, spread)).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimizer.step()
        network.eval()
        with torch.no_grad():
            scores = r2(scaled[held], network(fixed).double().numpy())
        history.append(scores)
        known = scores[np.isfinite(scores)]
        # a single validation sample has no R2: then the last epoch is kept
        score = float(known.mean()) if len(known) else best_score
        if score > best_score or not len(known):
            best, best_score = copy.deepcopy(network), score
        if settings.adaptive:
            missing = torch.from_numpy(np.nan_to_num(1 - scores, nan=1.0)).float()
            aim = missing.clamp(0.02, 1.0)
            importance = 0.8 * importance + 0.2 * aim / aim.mean()
    return TrainedUNet(best, settings, low, span, np.array(history))


def _target_scale(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low = y.min(axis=0)
    return low, np.maximum(y.max(axis=0) - low, 1e-6)


def _network(
    n_points: int,
    n_analytes: int,
    settings: UNetSettings,
    seed: np.random.SeedSequence,
    start: TrainedUNet | None,
) -> RamanUNet:
    network = RamanUNet(
        n_points,
        n_analytes,
        settings.width,
        settings.levels,
        settings.dropout,
        attention=settings.attention,
    )
    generators = [torch_generator(child(seed, (place,))) for place in (1, 2)]
    draw_weights(network, *generators)
    if start is not None:
        network.load_state_dict(start.network.state_dict())
    return network


def _tensor(spectra: np.ndarray) -> Tensor:
    return torch.from_numpy(np.asarray(spectra, dtype=np.float32))


def _pace(progress: float) -> float:
    """Warm up linearly, then fall along half a cosine."""
    if progress < _WARM_UP_SHARE:
        return max(0.05, progress / _WARM_UP_SHARE)
    angle = math.pi * (progress - _WARM_UP_SHARE) / (1 - _WARM_UP_SHARE)
    return max(0.01, (1 + math.cos(angle)) / 2)
