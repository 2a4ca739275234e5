"""Packed files of a few MiB that unpack to more than a gibibyte."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.attack import MEBIBYTE, Attack

PART, PARTS = 16 * MEBIBYTE, 90


@cache
def gzip_of(start: bytes, block: bytes) -> bytes:
    """Return `start` and then a block over and over, packed: 1.4 GiB of it."""
    part = gzip.compress(block * (PART // len(block)), 6, mtime=0)
    return gzip.compress(start, mtime=0) + part * PARTS


@cache
def zstd_of(start: bytes, block: bytes) -> bytes:
    """Return the same as zstd."""
    return seeds.zstd(start) + seeds.zstd(block * (PART // len(block))) * PARTS


def bomb_attacks() -> Iterator[Attack]:
    """Yield files packed by gzip and zstd."""
    header = b"time,temp,m/z,abundance\n"
    tag = seeds.mzml("")[:-40]
    cdf = seeds.andi()[0]
    for name, start, block in (
        ("zeros", b"", b"\0"),
        ("blank lines", header, b"\n"),
        ("rows", header, b"1,30,2,1\n"),
        ("one line", header, b"1"),
        ("blanks", b"", b" "),
        ("elements", tag, b"<a/>"),
        ("text", tag + b"<a>", b"x"),
        ("spectra", tag, b"<spectrum/>"),
        ("comments", tag, b"<!-- -->"),
        ("netcdf", cdf, b"\0"),
    ):
        yield f"gzip of {name}", lambda a=start, b=block: gzip_of(a, b)
        yield f"zstd of {name}", lambda a=start, b=block: zstd_of(a, b)
    yield "gzip of many members", lambda: gzip.compress(b"", mtime=0) * 20_000
