"""The schemas that docs/data_dictionary.md promises, read from its tables."""

import re

import polars as pl
from support import REPOSITORY

PAGE = REPOSITORY / "docs" / "data_dictionary.md"
TYPES = {
    "string": pl.String,
    "int8": pl.Int8,
    "int64": pl.Int64,
    "float32": pl.Float32,
    "float64": pl.Float64,
}


def documented_schemas():
    """Return {file: {column: polars type}}; `<label>` and the like stand for many."""
    page = PAGE.read_text(encoding="utf-8")
    schemas = {}
    for section in section_of(page, "Schemas").split("\n### ")[1:]:
        file, _, body = section.partition("\n")
        schemas[file.strip("`")] = {
            column: TYPES[kind]
            for column, kind in re.findall(r"^\| `([^`]+)` \| (\w+) \|", body, re.M)
        }
    return schemas


def documented_quantities():
    """Return {feature family: names of its quantities}."""
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \|", section_of(page, "Feature families"), re.M
    )
    return {family: re.findall(r"`(\w+)`", names) for family, names in rows}


def expanded(schema, pattern, names):
    """Return the columns in order, with the names in place of the pattern."""
    return [
        (name, kind)
        for column, kind in schema.items()
        for name in (names if column == pattern else [column])
    ]


def section_of(page, title):
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]
