"""Answers as tables for the terminal."""

from __future__ import annotations

from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.prediction.answer import Answer, Compound, Word
from pipeline.prediction.output import evidence_words

_STYLES: dict[Word, str] = {"present": "bold green", "unclear": "yellow", "absent": ""}
# where the output is no terminal, lines need not fit one
_WIDTH_OF_FILES = 160
_FOR, _AGAINST = 3, 2


class TableWriter:
    """A table a run, the most probable compound first."""

    def __init__(self, file: IO[str]) -> None:
        self._console = Console(file=file, highlight=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = _WIDTH_OF_FILES

    def add(self, answer: Answer) -> None:
        """Print one."""
        console = self._console
        where = [part for part in (answer.instrument, answer.source) if part]
        if answer.origin == "out of fold":
            where.append("asked of models that have not learnt from it")
        # Text, because names may look like markup
        console.print(
            Text(_printable(answer.sample_id), style="bold"),
            Text(f"({', '.join(map(_printable, where))})"),
            soft_wrap=True,
        )
        for warning in answer.warnings:
            console.print(Text(f"warning: {_printable(warning)}", style="yellow"))
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("compound")
        table.add_column("probability", justify="right")
        table.add_column(f"{answer.interval:.0%} interval")
        table.add_column("")
        table.add_column("speaks for", overflow="fold")
        table.add_column("speaks against", overflow="fold")
        for compound in sorted(answer.compounds, key=lambda one: -one.probability):
            table.add_row(*_row(compound))
        console.print(table)
        console.print()


def _row(compound: Compound) -> list[Text]:
    speaks_for = [piece for piece in compound.evidence if piece.log_odds > 0]
    against = [piece for piece in compound.evidence if piece.log_odds < 0]
    return [
        Text(_printable(compound.label)),
        Text(percent(compound.probability)),
        Text(f"{percent(compound.low)} to {percent(compound.high)}"),
        Text(compound.word, style=_STYLES[compound.word]),
        Text("\n".join(map(evidence_words, speaks_for[:_FOR]))),
        Text("\n".join(map(evidence_words, against[:_AGAINST]))),
    ]


def percent(probability: float) -> str:
    """Write a probability so that it never looks certain.

    >>> percent(0.4567), percent(0.99996), percent(0.0004)
    ('46 %', '>99.9 %', '<0.1 %')
    """
    if probability < 0.001:
        return "<0.1 %"
    if probability > 0.999:
        return ">99.9 %"
    digits = 1 if probability < 0.1 or probability > 0.9 else 0
    return f"{100 * probability:.{digits}f} %"


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)
