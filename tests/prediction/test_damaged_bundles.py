"""Bundles with changed, missing and cut files are refused, with a cure."""

import zipfile

import numpy as np
import pytest
from bundle_files import FILES, GBT, assert_refused, listing, manifest_of, write_bundle

from pipeline.prediction.bundle import (
    MANIFEST,
)
from pipeline.prediction.copy_bundle import copy_bundle


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
