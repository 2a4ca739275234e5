"""Settings of `ega convert`: what other programs call columns and parameters."""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

from pydantic import Field, model_validator

from pipeline.section import Count, Section

Column = Literal["time", "temp", "m/z", "abundance"]
Names = tuple[str, ...]


class FormatParams(Section):
    """Names in files of other programs; case and a unit in brackets do not count."""

    columns: dict[Column, Names]
    temperature_names: Names = Field(min_length=1)
    most_rows: Count

    def __hash__(self) -> int:
        """Return a hash, which a model that holds a mapping has not by itself."""
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _every_column_has_names(self) -> FormatParams:
        missing = [name for name in get_args(Column) if not self.columns.get(name)]
        if missing:
            raise ValueError(f"columns: no names for {', '.join(missing)}")
        names = [name.lower() for group in self.columns.values() for name in group]
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise ValueError(f"columns: {', '.join(twice)} stands there twice")
        return self
