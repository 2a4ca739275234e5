import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def simulated_set(tmp_path_factory):
    """Return a folder of simulated files and the truth of each plate; read only."""
    from studies.raman_transfer.simulate import write_data_set

    folder = tmp_path_factory.mktemp("raman")
    truth = write_data_set(folder, solutions=15, replicates=2, plate_samples=16, seed=3)
    return folder, truth


@pytest.fixture(scope="session")
def real_folder():
    """Return the folder of the published files; skip where it is absent."""
    repository = Path(__file__).parents[3]
    shared = Path(os.environ.get("EGA_SHARED_DATA", repository / "../shared/data"))
    folder = shared / "raman"
    if not (folder / "transfer_plate.csv").exists():
        pytest.skip(f"{folder} is absent; set EGA_SHARED_DATA to the folder of raman/")
    return folder
