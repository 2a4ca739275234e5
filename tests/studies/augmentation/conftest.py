import os
from pathlib import Path

import pytest
from support import REPOSITORY

SHARED = Path(os.environ.get("EGA_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture
def nir():
    """Return the folder of the real sets; skip where there is none."""
    folder = SHARED / "nir"
    if not folder.is_dir():
        pytest.skip(f"no real sets: {folder} is missing (EGA_SHARED_DATA)")
    return folder
