"""Training inputs that a conditional variational autoencoder makes up.

The autoencoder learns the inputs of the training runs, its decoder is also told their
labels (`models.variational_autoencoder`). New inputs are decoded from the posteriors of
drawn training runs, with their labels. Latent vectors from the prior would be simpler,
but the encoder sees the labels in the inputs, so that such vectors speak of other
labels than the decoder is told. The study `studies/augmentation` says when generated
inputs help a regression of spectra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.random_streams import child
from models.variational_autoencoder import AutoencoderTraining, VariationalAutoencoder

_AUTOENCODER, _CHOICE = range(2)
_SMALLEST_SPREAD = 1e-6


@dataclass(frozen=True)
class LabelledInputs:
    """Inputs (n, n_inputs) float32 and labels (n, n_labels) float32 0/1."""

    inputs: np.ndarray
    labels: np.ndarray


def generate_inputs(
    real: LabelledInputs,
    count: int,
    seed: np.random.SeedSequence,
    training: AutoencoderTraining | None = None,
) -> LabelledInputs:
    """Return `count` generated inputs with labels.

    Parameters
    ----------
    real : LabelledInputs
        Of a fold's training runs only, finite.
    seed : SeedSequence
        Decides weights, order, noise and what is drawn.
    training : AutoencoderTraining, optional
        91 latent dimensions and 256 hidden units if not given.

    Notes
    -----
    Inputs are centred on their means and share one scale: those that hardly vary
    should not count as much as others. What is generated stays within the range of each
    real input.

    Raises
    ------
    ValueError
        There is no run to learn from, or an input is not finite.
    """
    if len(real.inputs) == 0:
        raise ValueError("got no run; expected at least one to learn from")
    centre = real.inputs.mean(axis=0)
    spread = max(float(real.inputs.std(axis=0).mean()), _SMALLEST_SPREAD)
    autoencoder = VariationalAutoencoder(training or AutoencoderTraining())
    labels = real.labels.astype(np.float32)
    autoencoder.fit(
        (real.inputs - centre) / spread, child(seed, (_AUTOENCODER,)), labels
    )
    rng = np.random.default_rng(child(seed, (_CHOICE,)))
    drawn = rng.integers(len(labels), size=count)
    seen = autoencoder.encode(((real.inputs - centre) / spread)[drawn])
    latent = seen.mean + rng.standard_normal(seen.mean.shape) * seen.standard_deviation
    made = autoencoder.decode(latent, labels[drawn]) * spread + centre
    within = np.clip(made, real.inputs.min(axis=0), real.inputs.max(axis=0))
    return LabelledInputs(within.astype(np.float32), labels[drawn])
