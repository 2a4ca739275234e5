"""Signals whose features are known from a closed formula, on one temperature axis."""

import numpy as np

from features.feature import feature_name

NAN = np.nan

SEEDS = range(6)

LOW, WIDTH, N_CELLS = 100.0, 5.0, 180

CENTRES = LOW + WIDTH * (np.arange(N_CELLS) + 0.5)

FULL_WIDTH = 2 * np.sqrt(2 * np.log(2))


def gaussian(height, centre, sigma):
    return height * np.exp(-0.5 * ((CENTRES - centre) / sigma) ** 2)


def value(block, quantity, mz=14, run=0):
    """Return one number of a block by the name of its feature."""
    names = [feature.name for feature in block.features]
    return block.values[run, names.index(feature_name(quantity, mz))]


class OnePeak:
    """A Gaussian with random height, centre and width, far from both ends."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.height = rng.uniform(0.01, 1.0)
        self.centre = rng.uniform(400.0, 700.0)
        self.sigma = rng.uniform(20.0, 60.0)
        self.signal = gaussian(self.height, self.centre, self.sigma)
        # how far the nearest cell's middle lies from the true centre
        self.offset = np.abs(CENTRES - self.centre).min()
        self.sampled_height = self.height * np.exp(
            -0.5 * (self.offset / self.sigma) ** 2
        )
        self.area = self.height * self.sigma * np.sqrt(2 * np.pi)
