import os
from pathlib import Path

import pytest
from support import REPOSITORY

SHARED = Path(os.environ.get("EGA_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))


@pytest.fixture
def published():
    """Return the folder of the published classes; skip where there is none."""
    folder = SHARED / "synthetic-spectra"
    if not folder.is_dir():
        pytest.skip(f"no published classes: {folder} is missing (EGA_SHARED_DATA)")
    return folder


@pytest.fixture
def challenge_digests():
    """Return the first 16 digits of the sha256 of the published arrays' bytes."""
    return ("9cf0359dd278f2ca", "91a14b6ac3ee1ad9", "ea160b37202b5759")
