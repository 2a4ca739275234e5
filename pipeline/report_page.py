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


def render(content: dict[str, Any], figures: dict[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    content : dict
        What the template prints.
    figures : dict
        What the script draws: JSON without NaN.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{NAME}.html.j2").render(
        **content,
        figures=json_for_script(figures),
        style=Markup(_read(f"{NAME}.css")),
        script=Markup(_read(f"{NAME}.js")),
        plotly=Markup(get_plotlyjs()),
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


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
