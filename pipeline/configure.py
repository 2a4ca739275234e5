"""Sets data.root and budget in params.yaml, keeping comments and layout."""

from __future__ import annotations

import io
from pathlib import Path

from ruamel.yaml import YAML

from pipeline.atomic import write_text
from pipeline.errors import EgaError
from pipeline.params import load_params


def set_params(path: Path, *, data: str, budget: str) -> None:
    """Write the given values; an empty string leaves a value as it is.

    Raises
    ------
    EgaError
        The budget is unknown or the data folder does not exist; nothing is written.
    """
    load_params(path)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # no line is wrapped, however long the path
    yaml.indent(mapping=2, sequence=4, offset=2)
    settings = yaml.load(path.read_text(encoding="utf-8"))
    if data:
        simulated = Path(data) == Path("data/simulated")
        if not Path(data).is_dir() and not simulated:
            raise EgaError(
                f"DATA={data}: no such folder; expected a folder with metadata.csv, "
                "see docs/data_dictionary.md"
            )
        settings["data"]["root"] = str(
            Path(data) if simulated else Path(data).resolve()
        )
    if budget:
        if budget not in settings["budgets"]:
            known = ", ".join(settings["budgets"])
            raise EgaError(f"BUDGET={budget}: unknown; expected one of {known}")
        settings["budget"] = budget
    text = io.StringIO()
    yaml.dump(settings, text)
    write_text(path, text.getvalue())
