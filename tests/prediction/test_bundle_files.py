"""Bundles as folder and archive: round trips."""

import zipfile

import pytest
from bundle_files import FILES, GBT, WEIGHTS, listing, write_bundle

from pipeline.prediction.bundle import (
    MANIFEST,
    open_bundle,
)
from pipeline.prediction.copy_bundle import copy_bundle


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
