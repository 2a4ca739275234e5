"""File names of the pages of runs."""

from __future__ import annotations

import hashlib
import re

# no plain id may look like the name that another one is given
_DIGESTED = re.compile(r".*-[0-9a-f]{10}")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)


def page_name(sample_id: str) -> str:
    """Return a file name that is safe in folders and links, and unique.

    >>> page_name("S0766")
    'S0766.html'
    >>> page_name("../x y")
    'x-y-46c740c677.html'
    """
    if _PLAIN.fullmatch(sample_id) and not _DIGESTED.fullmatch(sample_id):
        return f"{sample_id}.html"
    digest = hashlib.sha256(sample_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", sample_id, flags=re.ASCII).strip("-")[:40]
    return f"{plain}-{digest}.html" if plain else f"run-{digest}.html"
