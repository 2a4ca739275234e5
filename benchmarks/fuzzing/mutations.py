"""A valid file -> a broken one: numbers, separators, attributes, bits, blocks."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
QUOTED = re.compile(rb'"[^"\n]*"')
SEPARATORS = (b",", b";", b"\t", b"\n", b"\r\n", b"\r", b" ", b":", b".", b"|")
NUMBERS = tuple(
    b"0 -0 -1 1 1e308 -1e308 1e400 -1e400 1e-400 5e-324 nan NaN inf -Infinity 1e30 1e31"
    b" 255 256 32767 65536 2147483647 2147483648 -2147483648 4294967296 1_0 0x1F 1,5 .5"
    b" 1. --1 +1 1e 1e+ 1e5 1e-5 273.15 -273.15 -273.16 1500 1500.1 9223372036854775808"
    b" 99999999999999999999 1000000000 1:1 1/2".split()
) + (b"", b" ", b"9" * 40, b"9" * 400, b"0." + b"0" * 400 + b"1", "١٢".encode())
# of netCDF headers, zip directories, safetensors
INTEGERS = (0, 1, 2, 4, 7, 10, 11, 12, 127, 255, 256, 65535, 1 << 20, 0x7FFFFFFF)
INTEGERS += (0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFFFFFFFFFF, 1 << 63)
TEXTS = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\x1c",
    b"\x85",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\x0b\x0c",
    b"\x1b[31m",
    b'"',
    b"'",
    b"\\",
    b"#",
    b"%",
    b"../",
    b"/etc/passwd",
    b"(((",
    b"[[[",
    b"]]",
    b"{}",
    b"<",
    b"&amp;",
    b"&a;",
    b"\n\n",
    b"\r\n\r\n",
    b"   ",
    b"a" * 300,
)

Mutation = Callable[[random.Random, bytes], bytes]


def _place(rng: random.Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def flip_bit(rng: random.Random, data: bytes) -> bytes:
    """Change one bit."""
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def set_bytes(rng: random.Random, data: bytes) -> bytes:
    """Replace a few bytes by others."""
    at = _place(rng, data)
    new = rng.randbytes(rng.randint(1, 4))
    return data[:at] + new + data[at + len(new) :]


def cut_end(rng: random.Random, data: bytes) -> bytes:
    """Leave the end out, as a disk that is full does."""
    return data[: _place(rng, data)]


def delete_block(rng: random.Random, data: bytes) -> bytes:
    """Leave a block out."""
    at = _place(rng, data)
    return data[:at] + data[at + rng.randint(1, 40) :]


def repeat_block(rng: random.Random, data: bytes) -> bytes:
    """Write a block twice or more often."""
    at = _place(rng, data)
    block = data[at : at + rng.randint(1, 60)]
    return data[:at] + block * rng.randint(2, 6) + data[at + len(block) :]


def move_block(rng: random.Random, data: bytes) -> bytes:
    """Insert a copy of a block elsewhere."""
    at, there = _place(rng, data), _place(rng, data)
    return data[:there] + data[at : at + rng.randint(1, 60)] + data[there:]


def insert_text(rng: random.Random, data: bytes) -> bytes:
    """Insert what parsers stumble over."""
    at = _place(rng, data)
    return data[:at] + rng.choice(TEXTS) + data[at:]


def change_number(rng: random.Random, data: bytes) -> bytes:
    """Replace a number by an unusual one."""
    match = NUMBER.search(data, _place(rng, data)) or NUMBER.search(data)
    if match is None:
        return insert_text(rng, data)
    return data[: match.start()] + rng.choice(NUMBERS) + data[match.end() :]


def change_separator(rng: random.Random, data: bytes) -> bytes:
    """Replace one separator by another, here or everywhere."""
    old, new = rng.choice(SEPARATORS), rng.choice(SEPARATORS)
    if rng.random() < 0.3:
        return data.replace(old, new)
    at = data.find(old, _place(rng, data))
    return data if at < 0 else data[:at] + new + data[at + len(old) :]


def change_quoted(rng: random.Random, data: bytes) -> bytes:
    """Replace what stands in quotes: an attribute, or text of JSON."""
    match = QUOTED.search(data, _place(rng, data)) or QUOTED.search(data)
    if match is None:
        return insert_text(rng, data)
    other = rng.choice(QUOTED.findall(data))
    new = rng.choice((other, b'"' + rng.choice(NUMBERS) + b'"', b'""'))
    return data[: match.start()] + new + data[match.end() :]


def swap_lines(rng: random.Random, data: bytes) -> bytes:
    """Exchange, repeat or leave out whole lines."""
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(3)
    if kind == 0:
        lines[a], lines[b] = lines[b], lines[a]
    elif kind == 1:
        lines.insert(a, lines[b])
    else:
        del lines[a]
    return b"\n".join(lines)


def change_integer(rng: random.Random, data: bytes) -> bytes:
    """Overwrite a binary field of 1, 2, 4 or 8 bytes, aligned to 4 as in netCDF."""
    size = rng.choice((4, 4, 4, 8, 2, 1))
    at = _place(rng, data) & ~3
    value = rng.choice(INTEGERS) & ((1 << 8 * size) - 1)
    return (
        data[:at]
        + value.to_bytes(size, rng.choice(("big", "little")))
        + data[at + size :]
    )


ANY = (
    flip_bit,
    set_bytes,
    cut_end,
    delete_block,
    repeat_block,
    move_block,
    insert_text,
)
TEXT: tuple[Mutation, ...] = (
    *ANY,
    *(change_number,) * 4,
    *(change_separator, swap_lines) * 2,
    change_quoted,
)
MARKUP: tuple[Mutation, ...] = (*ANY, *(change_number, change_quoted) * 4, swap_lines)
BINARY: tuple[Mutation, ...] = (*ANY, *(change_integer,) * 6, change_number)


def mutated(
    rng: random.Random, data: bytes, mutations: Sequence[Mutation], most_bytes: int
) -> bytes:
    """Apply one to four mutations; the result is no longer than `most_bytes`."""
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        data = rng.choice(mutations)(rng, data)
    return data[:most_bytes]
