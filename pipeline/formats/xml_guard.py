"""Refuses XML that could do more than hold data, before it reaches the parser.

Entities, which can blow up (the "billion laughs") or read other files, need a document
type declaration. mzML has none, so any file with one is refused. A declaration can only
stand before the root element: only that much is read here, by expat, which stops at it.
"""

from __future__ import annotations

from typing import IO
from xml.parsers import expat

from pipeline.errors import shorten
from pipeline.formats.reading import Reading

ROOTS = ("mzML", "indexedmzML")
_BLOCK_BYTES = 1 << 16
_MOST_BLOCKS = 16


class _DeclarationError(Exception):
    pass


def refuse_dangerous_xml(reading: Reading, file: IO[bytes]) -> None:
    """Read up to the root element.

    Raises
    ------
    RunFaultError
        There is a document type declaration, another root element, or no XML.
    """
    roots: list[str] = []

    def declaration(*_: object) -> None:
        raise _DeclarationError

    def element(name: str, _: dict[str, str]) -> None:
        if not roots:
            roots.append(name.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declaration
    parser.StartElementHandler = element
    try:
        for _ in range(_MOST_BLOCKS):
            block = file.read(_BLOCK_BYTES)
            parser.Parse(block, not block)
            if roots or not block:
                break
    except _DeclarationError:
        raise reading.fault(
            "file",
            "a document type declaration (DOCTYPE)",
            "mzML, which has none",
            "do not trust the file; export the run again",
        ) from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        # behind the root element, the reader finds the error and its scan
        if not roots:
            raise reading.fault(
                "file", str(error), "well-formed XML", "export the run again"
            ) from None
    if not roots or roots[0] not in ROOTS:
        raise reading.fault(
            "file",
            f"XML with the root element {shorten(roots[0])}" if roots else "no element",
            "mzML",
            "convert the file to mzML, e.g. with msconvert of ProteoWizard",
        )
