"""What an attack is: a name, and what makes its bytes."""

from __future__ import annotations

from collections.abc import Callable

MEBIBYTE = 1 << 20
Attack = tuple[str, Callable[[], bytes]]
