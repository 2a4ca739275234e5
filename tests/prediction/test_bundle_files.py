"""Bundles as folder and archive: round trips, and everything that is wrong with one."""

import hashlib
import json
import zipfile

import numpy as np
import polars as pl
import pytest
import safetensors.numpy

from pipeline.errors import EgaError
from pipeline.prediction.bundle import (
    FORMAT,
    MANIFEST,
    SCHEMA_VERSION,
    explained,
    open_bundle,
)
from pipeline.prediction.copy_bundle import copy_bundle

WEIGHTS = {"0/a": np.arange(6, dtype=np.float32).reshape(2, 3), "1/b": np.ones(2)}
FILES = {
    "params.json": b'{"seed": 1}\n' * 40,
    "model_card.md": "# Größe\n".encode(),
    "models/gbt.safetensors": safetensors.numpy.save(WEIGHTS),
}
GBT = "models/gbt.safetensors"


def facts(content):
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def manifest_of(files, /, **changes):
    """Return the manifest of files, with fields of it replaced."""
    return {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "program": {"ega-ms": "0.1.0"},
        "labels": ["sulfate", "carbonate"],
        "families": ["gbt"],
        "folds": [[0, 0], [0, 1]],
        "files": {name: facts(content) for name, content in files.items()},
    } | changes


def write_bundle(path, manifest=None, files=None):
    """Write a bundle; a `manifest` of bytes is written as it is."""
    files = FILES if files is None else files
    manifest = manifest_of(files) if manifest is None else manifest
    raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    contents = {**files, MANIFEST: raw}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
    else:
        for name, content in contents.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    return path


@pytest.fixture(params=["folder", "archive.zip"])
def path(request, tmp_path):
    """Return where a bundle may be written, as a folder and as an archive."""
    return tmp_path / request.param


@pytest.fixture
def bundle(tmp_path):
    """Return a whole bundle, a folder to damage."""
    return write_bundle(tmp_path / "bundle")


def assert_refused(path, *words, before=None):
    """Check that the message names the path, what is wrong and a cure."""
    with pytest.raises(EgaError) as caught:
        open_bundle(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "Cure: " in message
    for word in words:
        assert word in message
    if before is not None:
        assert listing(path.parent) == before


def listing(folder):
    return sorted(
        (file.relative_to(folder).as_posix(), file.stat().st_size)
        for file in folder.rglob("*")
        if file.is_file()
    )


def with_facts(name, **changes):
    """Return a manifest that says something else of one file."""
    files = manifest_of(FILES)["files"]
    return manifest_of(FILES, files=files | {name: files.get(name, {}) | changes})


def shortened(value):
    return ascii(value)[:30]


# what is right


def test_a_bundle_gives_its_files_back(path):
    bundle = open_bundle(write_bundle(path))
    for name, content in FILES.items():
        assert bundle.has(name)
        assert bundle.data(name) == content
    assert bundle.text("model_card.md") == "# Größe\n"
    tensors = bundle.tensors(GBT)
    assert set(tensors) == set(WEIGHTS)
    for name, values in WEIGHTS.items():
        assert tensors[name].tobytes() == values.tobytes()
    assert not bundle.has("other")
    assert bundle.labels == ("sulfate", "carbonate")
    assert bundle.families == ("gbt",)
    assert bundle.folds == ((0, 0), (0, 1))
    assert bundle.path == path


def test_copies_have_the_same_bytes(bundle, tmp_path):
    whole = listing(bundle)
    folder, archive = tmp_path / "new" / "copy", tmp_path / "new" / "copy.ZIP"
    copy_bundle(bundle, folder)
    copy_bundle(bundle, archive)
    assert listing(folder) == whole
    assert zipfile.is_zipfile(archive)
    original = open_bundle(bundle)
    for copy in (folder, archive):
        opened = open_bundle(copy)
        assert opened.manifest == original.manifest
        assert {name: opened.data(name) for name in FILES} == FILES
    assert listing(bundle) == whole
    # nothing half made stays behind
    assert sorted(file.name for file in folder.parent.iterdir()) == ["copy", "copy.ZIP"]


def test_an_archive_unpacks_to_the_bundle(bundle, tmp_path):
    copy_bundle(bundle, tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    assert listing(tmp_path / "unpacked") == listing(bundle)


def test_the_same_bundle_gives_the_same_archive(bundle, tmp_path):
    copy_bundle(bundle, tmp_path / "first.zip")
    # written anew in another order: dates and the order of the disk do not matter
    again = write_bundle(tmp_path / "again", files=dict(reversed(FILES.items())))
    (again / MANIFEST).write_bytes((bundle / MANIFEST).read_bytes())
    copy_bundle(again, tmp_path / "second.zip")
    first, second = (tmp_path / f"{name}.zip" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_a_folder_in_the_way_of_a_copy_is_left_as_it_is(bundle, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (target / "mine").write_text("mine")
    with pytest.raises(OSError, match="target"):
        copy_bundle(bundle, target)
    assert listing(target) == [("mine", 4)]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bundle", "target"]


def test_a_repacked_archive_is_as_good(bundle, tmp_path):
    path = tmp_path / "repacked.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, _ in listing(bundle):
            archive.write(bundle / name, name)
    assert open_bundle(path).data(GBT) == FILES[GBT]


# what is damaged


def test_a_changed_byte_is_found(path):
    changed = bytearray(FILES[GBT])
    changed[-1] ^= 1
    write_bundle(path, manifest_of(FILES), FILES | {GBT: bytes(changed)})
    assert_refused(path, GBT, "checksum")


@pytest.mark.parametrize("length", [0, 1, len(FILES[GBT]) - 1])
def test_a_truncated_file_is_found(path, length):
    write_bundle(path, manifest_of(FILES), FILES | {GBT: FILES[GBT][:length]})
    assert_refused(path, GBT)


def test_a_longer_file_is_found(path):
    write_bundle(path, manifest_of(FILES), FILES | {GBT: FILES[GBT] + b"\0"})
    assert_refused(path, GBT)


def test_a_missing_file_is_named(path):
    files = {name: content for name, content in FILES.items() if name != GBT}
    write_bundle(path, manifest_of(FILES), files)
    assert_refused(path, GBT, "missing")


def test_a_folder_in_place_of_a_file_is_refused(bundle):
    (bundle / GBT).unlink()
    (bundle / GBT).mkdir()
    assert_refused(bundle, "gbt.safetensors")


def test_an_empty_folder_is_no_bundle(tmp_path):
    (tmp_path / "empty").mkdir()
    assert_refused(tmp_path / "empty", MANIFEST, "missing", "ega export")


@pytest.mark.parametrize("name", ["nothing", "nothing.zip", "file/below", "nul\0"])
def test_a_path_that_does_not_exist_is_told(tmp_path, name):
    (tmp_path / "file").write_text("a file")
    assert_refused(tmp_path / name, "no model there", "--model", "dvc repro")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"PK\x05\x06" + 18 * b"\0", b"{}" * 99]
)
@pytest.mark.parametrize("name", ["file.zip", "file"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    assert_refused(tmp_path / name)


@pytest.mark.parametrize(
    "compression",
    [
        zipfile.ZIP_STORED,
        pytest.param(zipfile.ZIP_DEFLATED),
    ],
)
def test_a_damaged_member_of_an_archive_is_refused(bundle, tmp_path, compression):
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, _ in listing(bundle):
            archive.write(bundle / name, name)
        member = archive.getinfo("params.json")
    raw = bytearray(path.read_bytes())
    start = member.header_offset + 30 + len(member.filename)
    raw[start : start + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    assert_refused(path, "damaged")


def test_an_archive_that_ends_within_a_member_is_refused(bundle, tmp_path):
    path = tmp_path / "damaged.zip"
    copy_bundle(bundle, path)
    raw = bytearray(path.read_bytes())
    # the length of what stands between the first member's name and its content
    raw[28:30] = b"\xff\xff"
    path.write_bytes(raw)
    assert_refused(path, "damaged")


def test_an_archive_with_a_password_is_refused(tmp_path):
    path = write_bundle(tmp_path / "locked.zip")
    raw = bytearray(path.read_bytes())
    at = -1
    # bit 0 of the flags, in the directory and before each member
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        while (at := raw.find(mark, at + 1)) >= 0:
            raw[at + offset] |= 1
    path.write_bytes(raw)
    assert_refused(path, "encrypted")


@pytest.mark.parametrize("seed", range(3))
def test_no_cut_of_an_archive_passes_for_whole(bundle, tmp_path, seed):
    copy_bundle(bundle, tmp_path / "whole.zip")
    raw = (tmp_path / "whole.zip").read_bytes()
    path = tmp_path / "cut.zip"
    for length in np.random.default_rng(seed).integers(0, len(raw) - 1, 25):
        path.write_bytes(raw[:length])
        assert_refused(path)


# what the manifest says


@pytest.mark.parametrize("version", [0, 2, 99, None, "1", [1]])
def test_another_schema_version_names_both(path, version):
    write_bundle(path, manifest_of(FILES, schema_version=version))
    assert_refused(
        path, f"schema version {version!r}", f"version {SCHEMA_VERSION}", "0.1.0"
    )


@pytest.mark.parametrize(
    "kind", ["other model", "", None, 1, "x" * 10_000], ids=shortened
)
def test_another_format_is_refused(path, kind):
    write_bundle(path, manifest_of(FILES, format=kind))
    assert_refused(path, "format", FORMAT)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe\xfa", b"[]", b"1", b'"text"', b"null", b"{}", b"[" * 10**5],
    ids=shortened,
)
def test_a_manifest_that_is_none_is_refused(path, raw):
    write_bundle(path, raw)
    assert_refused(path, "damaged")


@pytest.mark.parametrize("key", ["labels", "families", "folds", "files"])
@pytest.mark.parametrize("value", [None, 0, "", [], "text", "absent"])
def test_a_manifest_without_what_is_needed_is_refused(tmp_path, key, value):
    manifest = manifest_of(FILES, **{key: value})
    if value == "absent":
        del manifest[key]
    assert_refused(write_bundle(tmp_path / "bundle", manifest), MANIFEST, key)


@pytest.mark.parametrize(
    "name", ["../evil", "models/../../evil", "..", "ABSOLUTE", "", ".", "/"]
)
def test_a_manifest_that_names_a_file_outside_is_refused(path, tmp_path, name):
    # it is there, with the right checksum
    (tmp_path / "evil").write_bytes(b"evil")
    name = str(tmp_path / "evil") if name == "ABSOLUTE" else name
    files = manifest_of(FILES)["files"] | {name: facts(b"evil")}
    write_bundle(path, manifest_of(FILES, files=files))
    assert_refused(path, "outside", before=listing(tmp_path))


@pytest.mark.parametrize("size", [None, "12", 12.0, [12], {}])
def test_a_size_that_is_no_number_is_refused(path, size):
    write_bundle(path, with_facts(GBT, bytes=size))
    assert_refused(path, GBT, "size")


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("folder", -1),
        ("folder", -2),
        ("archive.zip", -1),
        ("archive.zip", -2),
        ("archive.zip", 10**15),
        ("archive.zip", 10**30),
        pytest.param("folder", 10**15),
        pytest.param("folder", 10**30),
    ],
)
def test_a_size_that_can_not_be_is_refused(tmp_path, kind, size):
    path = write_bundle(tmp_path / kind, with_facts(GBT, bytes=size))
    assert_refused(path, GBT)


@pytest.mark.parametrize("checksum", [None, "", 1, "0" * 64, ["a"]])
def test_a_checksum_that_is_none_is_refused(path, checksum):
    write_bundle(path, with_facts(GBT, sha256=checksum))
    assert_refused(path, GBT, "checksum")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("archive.zip", "nul\0"),
        ("archive.zip", "\ud800"),
        ("folder", "x" * 1000),
        ("folder", "models"),
        pytest.param("folder", "nul\0"),
        pytest.param("folder", "\ud800"),
    ],
    ids=shortened,
)
def test_a_name_that_no_file_can_have_is_refused(tmp_path, kind, name):
    files = manifest_of(FILES)["files"] | {name: facts(b"")}
    path = write_bundle(tmp_path / kind, manifest_of(FILES, files=files))
    assert_refused(path)


# what no checksum can find


@pytest.mark.parametrize(
    "use",
    [
        lambda bundle: bundle.tensors("model_card.md"),
        lambda bundle: bundle.json("model_card.md"),
        lambda bundle: bundle.text(GBT),
        lambda bundle: bundle.text("absent"),
        lambda bundle: bundle.json("params.json")["seed"]["absent"],
        lambda bundle: WEIGHTS["0/a"] @ WEIGHTS["0/a"],
        lambda bundle: np.ones(3)[7],
        pytest.param(
            lambda bundle: pl.read_csv(bundle.data("model_card.md"))["family"]
        ),
        pytest.param(lambda bundle: bundle.json("text.json").pop("interval")),
    ],
)
def test_content_that_does_not_fit_is_a_damaged_model(bundle, use):
    # whoever makes a bundle by hand makes its checksums, too
    files = FILES | {
        "params.json": b'{"seed": 1}',
        "model_card.md": b"card",
        "text.json": b'"text"',
    }
    write_bundle(bundle, files=files)

    opened = open_bundle(bundle)
    with (
        pytest.raises(EgaError, match=r"damaged or no model.*Cure: ") as caught,
        explained(opened),
    ):
        use(opened)
    assert str(caught.value).startswith(f"{bundle}: ")


@pytest.mark.parametrize("folds", [[[0]], [0], ["ab"], [[0, None]], [[0, 1, 2]]])
def test_folds_that_are_no_pairs_are_a_damaged_model(bundle, folds):
    write_bundle(bundle, manifest_of(FILES, folds=folds))
    opened = open_bundle(bundle)
    with pytest.raises(EgaError, match="damaged or no model"), explained(opened):
        assert opened.folds
