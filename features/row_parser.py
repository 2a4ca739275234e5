"""Rows of plain numbers in CSV text -> columns, several times faster than a CSV reader.

A general reader spends most of its time on what instrument exports do not have: quotes,
text, missing values. This parser takes rows of numbers only and gives up on anything
else, so that a general reader can have the last word. Numbers are rounded exactly as
Python does: a decimal significand below 2^53 times or divided by a power of ten up to
10^22 is one correctly rounded operation (Clinger, PLDI 1990); the rare others are left
to `float`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LARGEST_EXACT = 2**53
POWERS_OF_TEN = 10.0 ** np.arange(23)
ZERO, NINE, COMMA, NEWLINE, RETURN = (ord(c) for c in "09,\n\r")
MINUS, PLUS, POINT, LOWER_E, UPPER_E = (ord(c) for c in "-+.eE")
# significands of more digits may overflow 64 bits while they are read
MAXIMUM_DIGITS = 18


def parse_rows(text: bytes, start: int, n_columns: int) -> np.ndarray | None:
    """Parse the rows of `text` from byte `start` on.

    Returns
    -------
    (n_columns, n_rows) float64, or None if anything but plain numbers was met.
    """
    # a number takes a digit and a separator at least; what is not filled costs nothing
    most_rows = (len(text) - start + 1) // (2 * n_columns)
    columns = np.empty((n_columns, most_rows))
    # numbers that need more than one exact operation: column, row, first byte, end
    left_over = np.empty((64 + most_rows // 8, 4), dtype=np.int64)
    n_rows, n_left = _parse(np.frombuffer(text, np.uint8), start, columns, left_over)
    if n_rows < 0:
        return None
    for column, row, first, end in left_over[:n_left]:
        columns[column, row] = float(text[first:end])
    return columns[:, :n_rows]


# one loop: split into functions, compiled code was measured to take twice as long
@njit(cache=True, nogil=True)
def _parse(  # noqa: C901
    text: np.ndarray, start: int, columns: np.ndarray, left_over: np.ndarray
) -> tuple[int, int]:
    """Fill `columns`; return rows (-1: not plain numbers) and left-over numbers."""
    n_columns, most_rows = columns.shape
    at, size, row, column, n_left = start, len(text), 0, 0, 0
    while at < size:
        if row == most_rows:
            return -1, 0
        first = at
        negative = text[at] == MINUS
        if negative:
            at += 1
        significand, digits, point, scale = 0, 0, False, 0
        while at < size:
            byte = text[at]
            if ZERO <= byte <= NINE:
                if digits < MAXIMUM_DIGITS:
                    significand = significand * 10 + (byte - ZERO)
                digits += 1
                scale -= point
            elif byte == POINT and not point:
                point = True
            else:
                break
            at += 1
        if digits == 0:
            return -1, 0
        if at < size and (text[at] == LOWER_E or text[at] == UPPER_E):
            at += 1
            down = at < size and text[at] == MINUS
            if at < size and (text[at] == MINUS or text[at] == PLUS):
                at += 1
            exponent, begin = 0, at
            # four digits are more than any number that a float can hold needs
            while at < size and ZERO <= text[at] <= NINE and at - begin < 4:
                exponent = exponent * 10 + (text[at] - ZERO)
                at += 1
            if at == begin:
                return -1, 0
            scale += -exponent if down else exponent
        if digits > MAXIMUM_DIGITS or significand > LARGEST_EXACT or abs(scale) > 22:
            if n_left == len(left_over):
                return -1, 0
            left_over[n_left] = (column, row, first, at)
            n_left += 1
        else:
            value = float(significand)
            if scale >= 0:
                value *= POWERS_OF_TEN[scale]
            else:
                value /= POWERS_OF_TEN[-scale]
            columns[column, row] = -value if negative else value
        column += 1
        if at < size and text[at] == RETURN and column == n_columns:
            at += 1
        # a row ends with a line end or the text, every other number with a comma
        if at == size or text[at] == NEWLINE:
            if column != n_columns:
                return -1, 0
            row, column = row + 1, 0
        elif text[at] != COMMA or column == n_columns:
            return -1, 0
        at += 1
    return (row if column == 0 else -1), n_left
