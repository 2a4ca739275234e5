"""Variational autoencoder of spectra, conditional where conditions are given.

Kingma and Welling, arXiv:1312.6114 (2013); the conditional one gives the conditions to
the decoder, after Sohn, Lee and Yan, NIPS 28 (2015).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.latent_sampling import SAMPLINGS, LatentSpectra
from models.random_streams import child, torch_generator
from models.regressor import start_weights

WEIGHTS, ORDER, NOISE = 0, 1, 2
# of the logarithm of the posterior's variance, so that its exponential stays finite
LOG_VARIANCE_RANGE = (-20.0, 20.0)


@dataclass(frozen=True)
class AutoencoderTraining:
    """What is trained, and how.

    The loss of a spectrum is the sum over channels of squared errors plus `kl_weight`
    times the divergence of its posterior from the standard normal distribution. With a
    mean in place of the sum the same loss has `kl_weight` times the number of channels.
    """

    latent: int = 91
    hidden: int = 256
    kl_weight: float = 1.0
    epochs: int = 100
    batch_size: int = 32
    most_steps: int = 32
    learning_rate: float = 0.001
    device: str = "cpu"


class VariationalAutoencoder:
    """Encoder n -> hidden -> 2 x latent, decoder latent (+ conditions) -> hidden -> n.

    ReLU behind the hidden layers. Spectra and conditions should be standardised: the
    loss has one scale for all channels.
    """

    def __init__(self, training: AutoencoderTraining) -> None:
        self.training = training
        self.loss_by_epoch: list[float] = []
        self._tensors: list[Tensor] = []
        self._encoded: LatentSpectra | None = None

    def fit(
        self,
        spectra: np.ndarray,
        seed: np.random.SeedSequence,
        conditions: np.ndarray | None = None,
    ) -> VariationalAutoencoder:
        """Train on spectra (n_spectra, n_channels) by Adam.

        Parameters
        ----------
        seed : SeedSequence
            Decides weights, order and noise.
        conditions : (n_spectra, n_conditions), optional
            Given to the decoder beside the latent vector.

        Raises
        ------
        ValueError
            A spectrum or condition is not finite, or their numbers differ.
        """
        x = _finite("spectra", spectra)
        c = None if conditions is None else _finite("conditions", conditions)
        if c is not None and len(c) != len(x):
            raise ValueError(f"{len(x)} spectra, but conditions of {len(c)}")
        device = self.training.device
        self._start(x.shape[1], 0 if c is None else c.shape[1], seed)
        # on the device for the training only: sampling takes no time
        self._move(device)
        x = x.to(device)
        c = None if c is None else c.to(device)
        adam = torch.optim.Adam(
            self._tensors, lr=self.training.learning_rate, fused=True
        )
        rng = np.random.default_rng(child(seed, (ORDER,)))
        noise = torch_generator(child(seed, (NOISE,)))
        self.loss_by_epoch = []
        for tensor in self._tensors:
            tensor.requires_grad_()
        for _ in range(self.training.epochs):
            total = 0.0
            for rows in self._batches(len(x), rng):
                loss = self._loss(x[rows], None if c is None else c[rows], noise)
                adam.zero_grad()
                loss.backward()
                adam.step()
                total += float(loss.detach()) * len(rows)
            self.loss_by_epoch.append(total / len(x))
        self._move("cpu")
        mean, log_variance = self._encode(x.cpu())
        deviation = torch.exp(0.5 * log_variance)
        self._encoded = LatentSpectra(mean.double().numpy(), deviation.double().numpy())
        return self

    def encode(self, spectra: np.ndarray) -> LatentSpectra:
        """Return the posteriors of spectra (n_spectra, n_channels)."""
        mean, log_variance = self._encode(_finite("spectra", spectra))
        deviation = torch.exp(0.5 * log_variance)
        return LatentSpectra(mean.double().numpy(), deviation.double().numpy())

    def decode(
        self, latent: np.ndarray, conditions: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the spectra (n, n_channels) float32 of latent vectors."""
        c = None if conditions is None else _finite("conditions", conditions)
        return self._decode(_finite("latent", latent), c).numpy()

    def sample(
        self,
        count: int,
        seed: np.random.SeedSequence,
        conditions: np.ndarray | None = None,
        sampling: str = "normal",
    ) -> np.ndarray:
        """Return generated spectra (count, n_channels) float32.

        Parameters
        ----------
        conditions : (count, n_conditions), optional
            Needed by a conditional autoencoder.
        sampling : str
            A key of `models.latent_sampling.SAMPLINGS`.

        Raises
        ------
        ValueError
            It is not fitted, or conditions are missing, too many or too few.
        """
        if self._encoded is None:
            raise ValueError("the autoencoder is not fitted")
        if conditions is not None and len(conditions) != count:
            raise ValueError(f"{count} spectra, but conditions of {len(conditions)}")
        rng = np.random.default_rng(seed)
        return self.decode(SAMPLINGS[sampling](self._encoded, count, rng), conditions)

    def _start(
        self, channels: int, conditions: int, seed: np.random.SeedSequence
    ) -> None:
        latent, hidden = self.training.latent, self.training.hidden
        encoder = start_weights((channels, hidden, 2 * latent), child(seed, (WEIGHTS,)))
        decoder = start_weights(
            (latent + conditions, hidden, channels), child(seed, (WEIGHTS, 1))
        )
        weights, biases = encoder[0] + decoder[0], encoder[1] + decoder[1]
        self._tensors = [*weights, *biases]

    def _move(self, device: str) -> None:
        self._tensors = [tensor.detach().to(device) for tensor in self._tensors]

    def _batches(self, rows: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        steps = min(-(-rows // self.training.batch_size), self.training.most_steps)
        yield from np.array_split(rng.permutation(rows), steps)

    def _loss(
        self, x: Tensor, conditions: Tensor | None, noise: torch.Generator
    ) -> Tensor:
        mean, log_variance = self._encode(x)
        drawn = torch.randn(mean.shape, generator=noise).to(mean.device)
        latent = mean + drawn * torch.exp(0.5 * log_variance)
        error = (self._decode(latent, conditions) - x).square().sum(dim=1)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(
            dim=1
        )
        return (error + self.training.kl_weight * divergence).mean()

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        w, b = self._tensors[:4], self._tensors[4:]
        mean, log_variance = torch.addmm(
            b[1], functional.relu(torch.addmm(b[0], x, w[0])), w[1]
        ).chunk(2, dim=1)
        return mean, log_variance.clamp(*LOG_VARIANCE_RANGE)

    def _decode(self, latent: Tensor, conditions: Tensor | None) -> Tensor:
        w, b = self._tensors[:4], self._tensors[4:]
        if conditions is not None:
            latent = torch.cat([latent, conditions], dim=1)
        if latent.shape[1] != len(w[2]):
            raise ValueError(
                f"latent and conditions have {latent.shape[1]} numbers; the decoder "
                f"takes {len(w[2])}"
            )
        return torch.addmm(b[3], functional.relu(torch.addmm(b[2], latent, w[2])), w[3])


def _finite(name: str, values: np.ndarray) -> Tensor:
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError(f"{name}: expected a finite matrix, got shape {values.shape}")
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
