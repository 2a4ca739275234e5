"""Manifests of bundles that say what can not be are refused, with a cure."""

import pytest
from bundle_files import (
    FILES,
    GBT,
    assert_refused,
    facts,
    listing,
    manifest_of,
    shortened,
    with_facts,
    write_bundle,
)

from pipeline.prediction.bundle import (
    FORMAT,
    MANIFEST,
    SCHEMA_VERSION,
)


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
