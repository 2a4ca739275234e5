"""What stage bin wrote and said."""

import re
from pathlib import Path

import polars as pl


def faults_of(stderr):
    """Return the indented lines of an error message: one a fault."""
    return [line for line in stderr.splitlines() if line.startswith("  ")]


def in_order(parts, text):
    return re.search(".*".join(map(re.escape, parts)), text) is not None


def contents(workspace):
    return {name: Path(name).read_bytes() for name in workspace.written()}


def results(workspace):
    return [name for name in workspace.written() if "artifacts/bin/grid/" not in name]


def quarantine():
    return pl.read_csv(
        "artifacts/bin/quarantine.csv",
        infer_schema=False,
        schema_overrides={"line": pl.Int64},
    )
