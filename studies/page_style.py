"""The style of pages of studies."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

SHARED = Path(__file__).parent / "templates" / "page.css"


def page_style(templates: Path) -> Markup:
    """Return the rules that all studies share, then those of one of them."""
    own = templates / "page.css"
    return Markup("\n".join(p.read_text(encoding="utf-8") for p in (SHARED, own)))
