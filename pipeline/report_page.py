"""The importance page: one HTML file that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

TEMPLATES = Path(__file__).parent / "templates"
NAME = "feature_importance"
STYLE = f"{NAME}.css"


def render(content: dict[str, Any], figures: dict[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    content : dict
        What the template prints.
    figures : dict
        What the script draws: JSON without NaN.
    """
    return (
        environment()
        .get_template(f"{NAME}.html.j2")
        .render(
            **content,
            figures=json_for_script(figures),
            style=Markup(read_template(STYLE)),
            script=Markup(read_template(f"{NAME}.js")),
            plotly=Markup(get_plotlyjs()),
        )
    )


def environment(templates: Path = TEMPLATES) -> Environment:
    """Return what all pages are rendered with."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def json_for_script(value: Any) -> Markup:
    r"""Return JSON that can't end the script element that it stands in.

    >>> json_for_script({"name": "</script>"})
    Markup('{"name":"\\u003c/script\\u003e"}')
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def read_template(name: str) -> str:
    """Return a file of the templates as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
