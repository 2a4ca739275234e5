"""What is compared: each way to enlarge a training set, by name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

Source = Literal[
    "none", "noise", "interpolation", "combinations", "gaussian", "vae", "cvae"
]
Labels = Literal["own", "networks", "pls", "gp"]


@dataclass(frozen=True)
class Augmentation:
    """How spectra are generated and labelled.

    Attributes
    ----------
    source : str
        none; noise: real ones with noise; interpolation: between near neighbours;
        combinations: of all differences from the mean; gaussian: linear in the
        concentrations plus residuals; vae, cvae: (conditional) autoencoder.
    labels : str
        own: those that a spectrum was made for; networks, pls, gp: predictions of
        regressors trained on the same real spectra.
    sampling : str
        Of the latent space, see `models.latent_sampling`.
    concentrations : str
        What spectra are made for, see `studies.augmentation.concentration_sets`.
    kl_weight, latent : float, int
        Of the autoencoder; a weight of -1 stands for the number of channels.
    times : int
        Generated spectra for each real one.
    epochs_factor : int
        Times the epochs of training, without generated spectra: more compute.
    """

    source: Source = "none"
    labels: Labels = "own"
    sampling: str = "normal"
    concentrations: str = "design"
    kl_weight: float = 1.0
    latent: int = 91
    times: int = 1
    epochs_factor: int = 1

    def digest(self) -> str:
        """Return eight digits that change with any attribute."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]


# autoencoders that keep what spectra hold: few latent numbers, little pull to the
# prior, and latent vectors from the distribution of the training spectra
_LOW = Augmentation("vae", "networks", "same", kl_weight=0.01, latent=8, times=4)
_LOW_CONDITIONAL = replace(_LOW, source="cvae", labels="own", concentrations="joint")

AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "longer": Augmentation(epochs_factor=2),
    "longer_x5": Augmentation(epochs_factor=5),
    "noise": Augmentation("noise"),
    "interpolation": Augmentation("interpolation"),
    "vae": Augmentation("vae", "networks"),
    "cvae": Augmentation("cvae"),
    # open questions: latent sampling
    "vae_uniform": Augmentation("vae", "networks", "uniform"),
    "vae_same": Augmentation("vae", "networks", "same"),
    "vae_inverted": Augmentation("vae", "networks", "inverted"),
    # concentration sets
    "cvae_joint": Augmentation("cvae", concentrations="joint"),
    "cvae_resampled": Augmentation("cvae", concentrations="resampled"),
    # weight of the divergence; the last is the mean of squares taken literally
    "vae_kl_0": Augmentation("vae", "networks", "same", kl_weight=0.0),
    "vae_kl_0.01": Augmentation("vae", "networks", kl_weight=0.01),
    "vae_kl_0.1": Augmentation("vae", "networks", kl_weight=0.1),
    "vae_kl_mean": Augmentation("vae", "networks", kl_weight=-1.0),
    "cvae_kl_0.01": Augmentation("cvae", kl_weight=0.01),
    "cvae_kl_0.1": Augmentation("cvae", kl_weight=0.1),
    # latent size
    "vae_latent_4": Augmentation("vae", "networks", latent=4),
    "vae_latent_16": Augmentation("vae", "networks", latent=16),
    "cvae_latent_4": Augmentation("cvae", latent=4),
    # number of generated spectra
    "vae_x4": Augmentation("vae", "networks", times=4),
    "cvae_x4": Augmentation("cvae", times=4),
    # candidates of the search, four generated spectra for each real one
    "noise_x4": Augmentation("noise", times=4),
    "interpolation_x4": Augmentation("interpolation", times=4),
    "interpolation_pls_x4": Augmentation("interpolation", "pls", times=4),
    "combinations_x4": Augmentation("combinations", times=4),
    "combinations_pls_x4": Augmentation("combinations", "pls", times=4),
    "combinations_gp_x4": Augmentation("combinations", "gp", times=4),
    "gaussian_x4": Augmentation("gaussian", concentrations="joint", times=4),
    "gaussian_pls_x4": Augmentation("gaussian", "pls", concentrations="joint", times=4),
    "vae_low_x4": _LOW,
    "vae_low_pls_x4": replace(_LOW, labels="pls"),
    "vae_low_gp_x4": replace(_LOW, labels="gp"),
    "cvae_low_x4": _LOW_CONDITIONAL,
    "cvae_low_pls_x4": replace(_LOW_CONDITIONAL, labels="pls"),
    # with the classical regressors
    "combinations": Augmentation("combinations"),
    "gaussian": Augmentation("gaussian", concentrations="joint"),
}
