"""Small valid files of every kind, to be broken."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow
import safetensors.numpy

from benchmarks.fuzzing.sections import join
from benchmarks.fuzzing.small_model import model_files

SCANS = [(2.5 * i, 25.0 + 40 * i, (2.0, 18.0), (1.0, 0.5 * i)) for i in range(3)]
ROWS = [
    (time, temperature, mz, abundance)
    for time, temperature, masses, signal in SCANS
    for mz, abundance in zip(masses, signal, strict=True)
]
PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


def table(
    separator: str = ",", header: str = "time,temp,m/z,abundance", end: str = "\n"
) -> bytes:
    """Return the rows as text; a semicolon brings a decimal comma with it."""
    lines = [header.replace(",", separator)]
    for row in ROWS:
        text = separator.join(map(str, row))
        lines.append(text.replace(".", ",") if separator == ";" else text)
    return (end.join(lines) + end).encode()


CSV = (table(), table(end="\r\n"), b"\xef\xbb\xbf" + table())
DIALECTS = (
    *CSV,
    table(";"),
    table("\t"),
    b"# Run 7\n\n" + table(header="Time [min],Sample Temp. (K),Mass,Ion Current"),
    table().replace(b"temp", b"nothing"),
    table(",", '"time (s)","temp/K","m/z","signal"'),
)


def array(values: tuple[float, ...], kind: str = "m/z", *, packed: bool = True) -> str:
    """Return a binary array of mzML."""
    raw = np.array(values).tobytes()
    content = base64.b64encode(zlib.compress(raw) if packed else raw).decode()
    return binary(content, kind, packed=packed)


def binary(content: str, kind: str, *, packed: bool = True) -> str:
    """Return a binary array of mzML with any content."""
    name = "zlib" if packed else "no"
    return (
        '<binaryDataArray><cvParam accession="MS:1000523" name="64-bit float"/>'
        f'<cvParam accession="MS:1000574" name="{name} compression"/>'
        f'<cvParam accession="MS:1000514" name="{kind} array"/>'
        f"<binary>{content}</binary></binaryDataArray>"
    )


def spectrum(number: int, arrays: str, length: int, clock: str = "") -> str:
    """Return a spectrum of mzML."""
    clock = clock or (
        f'<cvParam name="scan start time" value="{number}" unitName="second"/>'
        f'<userParam name="temperature" value="{20 + 40 * number}" unitName="celsius"/>'
    )
    return (
        f'<spectrum id="scan={number}" index="{number}" defaultArrayLength="{length}">'
        '<cvParam accession="MS:1000511" name="ms level" value="1"/>'
        f"<scanList><scan>{clock}</scan></scanList>"
        f"<binaryDataArrayList>{arrays}</binaryDataArrayList></spectrum>\n"
    )


def mzml(spectra: str, before: str = "") -> bytes:
    """Return an mzML file."""
    head = '<?xml version="1.0" encoding="utf-8"?>\n<mzML version="1.1.0">'
    lists = f"{before}<run><spectrumList>\n{spectra}</spectrumList></run></mzML>\n"
    return (head + lists).encode()


def spectra(*, packed: bool = True) -> str:
    """Return a few spectra."""
    return "".join(
        spectrum(
            i,
            array(masses, packed=packed) + array(signal, "intensity", packed=packed),
            2,
        )
        for i, (_, _, masses, signal) in enumerate(SCANS)
    )


MZML = (
    mzml(spectra()),
    mzml(spectra(packed=False)),
    mzml(
        spectra().replace("<scan>", '<scan><referenceableParamGroupRef ref="g"/>'),
        '<referenceableParamGroupList><referenceableParamGroup id="g"><cvParam '
        'name="x" value="1"/></referenceableParamGroup></referenceableParamGroupList>',
    ),
)


@cache
def andi() -> tuple[bytes, ...]:
    """Return ANDI-MS files with and without temperature, and in kelvin."""
    return tuple(_andi(unit) for unit in ("degC", "", "K"))


def _andi(unit: str) -> bytes:
    from scipy.io import netcdf_file

    n = len(SCANS)
    variables = {
        "scan_acquisition_time": ("scan", "d", [scan[0] for scan in SCANS]),
        "scan_index": ("scan", "i", range(0, 2 * n, 2)),
        "point_count": ("scan", "i", [2] * n),
        "mass_values": ("point", "d", [m for scan in SCANS for m in scan[2]]),
        "intensity_values": ("point", "f", [s for scan in SCANS for s in scan[3]]),
    }
    if unit:
        offset = 273.15 if unit == "K" else 0.0
        celsius = [scan[1] + offset for scan in SCANS]
        variables["temperature"] = ("scan", "d", celsius)
    with tempfile.NamedTemporaryFile() as file:
        with netcdf_file(file.name, "w") as data:
            data.createDimension("scan", n)
            data.createDimension("point", 2 * n)
            for name, (dimension, kind, values) in variables.items():
                created = data.createVariable(name, kind, (dimension,))
                created[:] = np.array(values)
                if name == "temperature":
                    created.units = unit
        return Path(file.name).read_bytes()


def zstd(content: bytes) -> bytes:
    """Compress as zstd."""
    return bytes(pyarrow.compress(content, "zstd", asbytes=True))


@cache
def packed() -> tuple[bytes, ...]:
    """Return compressed files of each format."""
    files = (table(), table(";"), MZML[0], andi()[0])
    return tuple(gzip.compress(f, mtime=0) for f in files) + (
        zstd(table()),
        zstd(andi()[0]),
    )


@cache
def settings() -> dict[str, object]:
    """Return the content of params.yaml."""
    from ruamel.yaml import YAML

    return dict(YAML(typ="safe").load(PARAMS.read_text(encoding="utf-8")))


@cache
def params() -> tuple[bytes, ...]:
    """Return params.yaml as JSON, which is YAML and read faster, and short YAML."""
    one = settings() | {"budgets": {"quick": settings()["budgets"]["quick"]}}  # type: ignore[index]
    short = b"budget: a\nseed: 1\nbin: &b {x: 1.5, y: [1, 2]}\nbudgets:\n  a: *b\n"
    return (
        json.dumps(one).encode(),
        short,
        b"a: !!float 1\nb:\n  - 'x'\n  - {<<: {c: 2001-01-01}}\n? z\n: |\n  text\n",
    )


def folder() -> bytes:
    """Return a data folder: its files one after another."""
    ids = ("A1", "B2", "C3", "D4")
    metadata = [
        f"{name},{split},commercial,features/{name}.csv,"
        for name, split in zip(ids, ("train", "train", "val", "test"), strict=True)
    ]
    return join(
        {
            "metadata.csv": "\n".join(
                [
                    "sample_id,split,instrument_type,features_path,features_md5_hash",
                    *metadata,
                    "",
                ]
            ).encode(),
            "train_labels.csv": b"sample_id,basalt,iron\nA1,0,1\nB2,1,0\n",
            "val_labels.csv": b"sample_id,basalt,iron\nC3,0,1\n",
            "submission_format.csv": b"sample_id,basalt,iron\nD4,0.5,0.5\n",
            **{f"features/{name}.csv": table() for name in ids},
        }
    )


def converted() -> tuple[bytes, ...]:
    """Return a name of a file, a line end, and its content."""
    names = (b"run.csv", b"../S 1.mzML", b"a.tsv.gz")
    return tuple(
        n + b"\n" + f for n, f in zip(names, (CSV[0], MZML[0], andi()[0]), strict=True)
    )


HEATING = tuple(
    text.encode()
    for text in (
        "25:35/min",
        "25:10/min:300, 300:35/min:1100",
        "25:5min, 25:10/min:300, 300:10min, 300:35/min",
        "25:35/min:1100, 1100:hold",
        "298.15K:0.5K/s",
        "25 °C : 1800/h",
    )
)


@cache
def archives() -> tuple[bytes, ...]:
    """Return small bundles as zip archives, stored and deflated."""
    from benchmarks.fuzzing.small_model import bundle_files

    weights = safetensors.numpy.save({"0/a": np.arange(6, dtype=np.float32)})
    files = bundle_files({"params.json": b"{}\n", "models/gbt.safetensors": weights})
    found = []
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", compression) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content, compression)
        found.append(out.getvalue())
    return tuple(found)


@cache
def model() -> bytes:
    """Return the content of a whole small bundle, without its manifest."""
    return join(model_files())
