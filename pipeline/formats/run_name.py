"""Name of a file -> name of its run."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.formats.opening import stem

# file names of more bytes are refused by some systems; a letter may take four
LONGEST_ID = 60


def sample_id_of(path: Path) -> str:
    """Return the name without endings; what is no letter, digit, . or - becomes _."""
    return re.sub(r"[^\w.-]+", "_", stem(path)).strip("._")[:LONGEST_ID] or "run"
