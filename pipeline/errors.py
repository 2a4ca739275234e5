"""Faults that a user can mend: what was got, what was expected, and the cure."""

from __future__ import annotations

from dataclasses import asdict, dataclass


class EgaError(Exception):
    """An expected failure: the command line prints it without a traceback, exit 1."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a run or with the data folder.

    `line` counts from 1 (the header is line 1); it is None where no line is to blame.
    """

    sample_id: str
    file: str
    line: int | None
    field: str
    got: str
    expected: str
    cure: str

    def __str__(self) -> str:
        return (
            f"{self.place}, {self.field}: got {self.got}; expected {self.expected}. "
            f"Cure: {self.cure}."
        )

    @property
    def place(self) -> str:
        """The file, and the line if one is to blame, fit for a terminal."""
        # a name from metadata.csv may hold line ends or terminal control codes
        file = self.file if self.file.isprintable() else repr(self.file)
        return file if self.line is None else f"{file}, line {self.line}"

    def as_dict(self) -> dict[str, object]:
        """Return the row of the quarantine table."""
        return asdict(self)


class FolderError(EgaError):
    """A data folder that can't be used at all; carries what is wrong as a fault."""

    def __init__(self, fault: Fault, more: str = "") -> None:
        super().__init__(
            f"{fault.place}: {fault.got}; expected {fault.expected}. "
            f"Cure: {fault.cure}.{more}"
        )
        self.fault = fault


def plain(text: str, length: int = 300) -> str:
    """Return a text as it is, or shortened if it is long or no plain line."""
    return text if text.isprintable() and len(text) <= length else shorten(text, length)


def shorten(value: object, length: int = 60) -> str:
    """Show a value that may be long or hold control characters in one short line."""
    try:
        text = repr(value)
    except ValueError:
        text = "a number of thousands of digits"
    return text if len(text) <= length else text[: length - 3] + "..."
