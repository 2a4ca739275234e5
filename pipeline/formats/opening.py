"""Opens a file, compressed or not, and tells by its content what it holds."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, Any, Literal

from pipeline.formats.reading import Reading

Kind = Literal["CSV", "mzML", "ANDI-MS"]
_SUFFIXES: dict[str, Kind] = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".mzml": "mzML",
    ".cdf": "ANDI-MS",
    ".nc": "ANDI-MS",
}
_COMPRESSIONS = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_HEAD_BYTES = 4096
# text of real runs shrinks to a tenth, seldom to a thirtieth; bombs to a thousandth
_FREE_BYTES, _BYTES_PER_PACKED_BYTE = 16 << 20, 200
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_instrument_file(path: PurePath) -> bool:
    """Return whether the name ends as one of the formats, compressed or not."""
    return _suffix(path) in _SUFFIXES


def stem(path: PurePath) -> str:
    """Return the name without the suffixes of format and compression."""
    bare = PurePath(path.stem) if path.suffix.lower() in _COMPRESSIONS else path
    return bare.stem if bare.suffix.lower() in _SUFFIXES else bare.name


class _Unpacking(io.RawIOBase):
    """Hands out what was unpacked, up to what a file of this size may hold."""

    def __init__(self, file: Any, reading: Reading) -> None:
        super().__init__()
        self._file, self._reading = file, reading
        self._read = 0
        self._most = _FREE_BYTES + _BYTES_PER_PACKED_BYTE * size_of(reading)

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._read = int(self._file.seek(offset, whence))
        return self._read

    def tell(self) -> int:
        return self._read

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(min(size, _FREE_BYTES) if size >= 0 else _FREE_BYTES)
        self._read += len(content)
        if self._read > self._most:
            raise self._reading.fault(
                "file",
                f"more than {self._most:,} bytes when unpacked",
                f"at most {_BYTES_PER_PACKED_BYTE} times the packed size",
                "do not trust the file; unpack it yourself if it is right",
            )
        return bytes(content)


def size_of(reading: Reading) -> int:
    """Return the bytes that the file takes on the disk, packed or not."""
    try:
        return reading.path.stat().st_size
    except OSError as error:
        raise _unreadable(reading, error.strerror or str(error)) from error


@contextmanager
def opened(reading: Reading) -> Iterator[IO[bytes]]:
    """Yield the file's bytes, decompressed on the way; only gzip and plain can seek.

    Raises
    ------
    RunFaultError
        The file is unreadable, or its compressed bytes are damaged or cut short; also
        when that shows only while the caller reads.
    """
    suffix = reading.path.suffix.lower()
    try:
        # a pipe would make the program wait for ever
        if reading.path.is_fifo() or reading.path.is_char_device():
            raise _unreadable(reading, "no file")
        with reading.path.open("rb") as raw:
            magic = raw.read(4)
            raw.seek(0)
            if suffix in _COMPRESSIONS and not magic.startswith(_COMPRESSIONS[suffix]):
                raise reading.fault(
                    "file",
                    f"no {suffix} data" if magic else "0 bytes",
                    f"what the name says: {suffix}",
                    "compress the file again, or rename it if it is not compressed",
                )
            if magic.startswith(_COMPRESSIONS[".gz"]):
                with gzip.open(raw) as file:
                    yield _Unpacking(file, reading)  # type: ignore[misc]
            elif magic.startswith(_COMPRESSIONS[".zst"]):
                import pyarrow

                with pyarrow.input_stream(raw, compression="zstd") as file:
                    yield _Unpacking(file, reading)  # type: ignore[misc]
            else:
                yield raw
    except (EOFError, zlib.error) as error:
        raise _unreadable(reading, str(error)) from error
    except OSError as error:
        raise _unreadable(reading, error.strerror or str(error)) from error


def kind_of(reading: Reading) -> Kind:
    """Return the format, told by the first bytes; the name must not contradict.

    Raises
    ------
    RunFaultError
        The file is empty, of no known format, or of another than its name says.
    """
    with opened(reading) as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise reading.fault("file", "0 bytes", "a run", "export the run again")
    kind: Kind
    if head[:4] in (b"CDF\x01", b"CDF\x02"):
        kind = "ANDI-MS"
    elif head.startswith(_BYTE_ORDER_MARKS):
        raise _unknown(reading, "UTF-16 text", "save it as UTF-8 text")
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        kind = "mzML"
    elif head.startswith((b"\x89HDF", b"CDF\x05")):
        raise _unknown(
            reading, "netCDF-4 (HDF5) or netCDF-5 data", "save it as classic netCDF-3"
        )
    elif b"\0" in head:
        raise _unknown(reading, "binary data", "export the run in one of these formats")
    else:
        kind = "CSV"
    claimed = _SUFFIXES.get(_suffix(reading.path))
    if claimed and claimed != kind:
        looks = "text" if kind == "CSV" else f"what looks like {kind}"
        raise reading.fault(
            "file",
            looks,
            f"{claimed}, as the name says",
            "export the run again, or correct the end of the name",
        )
    return kind


def _suffix(path: PurePath) -> str:
    bare = PurePath(path.stem) if path.suffix.lower() in _COMPRESSIONS else path
    return bare.suffix.lower()


def _unknown(reading: Reading, got: str, cure: str) -> Exception:
    return reading.fault("file", got, "CSV, mzML or ANDI-MS (classic netCDF)", cure)


def _unreadable(reading: Reading, reason: str) -> Exception:
    return reading.fault(
        "file", reason, "a readable, whole file", "copy or export the file again"
    )
