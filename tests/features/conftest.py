import numpy as np
import pytest

from features.grid import EgaGrid, RunFacts


def _make_grid(abundance, *, low=100.0, width=5.0, first_mz=14):
    """Put (n_runs, n_mz, n_temperatures) values into a grid with matching facts."""
    abundance = np.array(abundance, dtype=np.float32)
    n_runs, n_mz, n_temperatures = abundance.shape
    edges = low + width * np.arange(n_temperatures + 1)
    observed = ~np.isnan(abundance)
    facts = RunFacts(
        heating_rate_celsius_per_minute=35.0 + np.arange(n_runs),
        temperature_low_celsius=np.full(n_runs, edges[0]),
        temperature_high_celsius=np.full(n_runs, edges[-1]),
        scan_count=observed.any(axis=1).sum(axis=1),
        ion_count=observed.any(axis=2).sum(axis=1),
        maximum_abundance=np.where(observed, abundance, 0.0).max(axis=(1, 2)),
    )
    return EgaGrid(abundance, np.arange(first_mz, first_mz + n_mz), edges, facts)


@pytest.fixture(scope="session")
def make_grid():
    return _make_grid
