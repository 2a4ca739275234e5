import errno
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from support import seal_all

from pipeline.artifacts import (
    read_array,
    read_bytes,
    read_csv,
    read_json,
    read_parquet,
)
from pipeline.atomic import (
    replacing,
    replacing_folder,
    write_array,
    write_bytes,
    write_csv,
    write_json,
    write_parquet,
    write_text,
)
from pipeline.errors import EgaError

TABLE = pl.DataFrame({"sample_id": ["a", "b"], "value": [0.1, None]})
ARRAY = np.array([[1.5, np.nan], [0.1, -2.0]], dtype=np.float32)
WRITERS = {
    "text": lambda path: write_text(path, "Grüße\n" * 5000),
    "json": lambda path: write_json(path, {"b": [1.5] * 5000}),
    "parquet": lambda path: write_parquet(
        path, pl.DataFrame({"x": np.random.default_rng(0).random(5000)})
    ),
    "csv": lambda path: write_csv(path, pl.DataFrame({"x": range(5000)})),
    "array": lambda path: write_array(path, np.zeros(5000)),
    "bytes": lambda path: write_bytes(path, bytes(50_000)),
}


def every_writer(function):
    return pytest.mark.parametrize("kind", WRITERS)(function)


@pytest.fixture
def full_disk(monkeypatch):
    """Let every temporary file lie on a device without space."""

    def on_full_device(*, dir, prefix):  # noqa: A002
        name = str(Path(dir) / f"{prefix}full")
        Path(name).symlink_to("/dev/full")
        return os.open(os.devnull, os.O_RDONLY), name

    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    monkeypatch.setattr("pipeline.atomic.tempfile.mkstemp", on_full_device)


def test_what_is_written_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("artifacts/bin")
    write_json(folder / "a.json", {"z": 1, "a": [0.1, "ü"]})
    write_parquet(folder / "a.parquet", TABLE)
    write_csv(folder / "a.csv", TABLE)
    write_array(folder / "a.npy", ARRAY)
    write_bytes(folder / "a.zip", b"PK\x00\xff")
    seal_all()
    assert read_json(folder / "a.json") == {"z": 1, "a": [0.1, "ü"]}
    assert read_parquet(folder / "a.parquet").equals(TABLE)
    assert read_csv(folder / "a.csv").equals(TABLE)
    for mapped in (False, True):
        loaded = read_array(folder / "a.npy", memory_mapped=mapped)
        assert loaded.tobytes() == ARRAY.tobytes()
    assert read_bytes(folder / "a.zip") == b"PK\x00\xff"


def test_the_same_content_is_the_same_bytes(tmp_path):
    write_json(tmp_path / "a.json", {"z": 1, "a": 2})
    write_json(tmp_path / "b.json", {"a": 2, "z": 1})
    for name in ("a", "b"):
        write_parquet(tmp_path / f"{name}.parquet", TABLE)
    for kind in ("json", "parquet"):
        # DVC compares digests: no time stamp or order of keys may enter.
        assert (tmp_path / f"a.{kind}").read_bytes() == (
            tmp_path / f"b.{kind}"
        ).read_bytes()


@every_writer
def test_folders_are_made_and_others_may_read(kind, tmp_path):
    path = tmp_path / "new" / "folder" / "file"
    WRITERS[kind](path)
    assert path.stat().st_mode & 0o777 == 0o644
    # No temporary file stays behind.
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failure_in_the_middle_leaves_the_old_content(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    # Ctrl-C and kill come at any time; what is there must be whole.
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_readers_see_the_old_content_until_the_end(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        # In the same folder: renaming is atomic within one file system only.
        assert temporary.parent == path.parent
    assert path.read_text() == "new"


def test_what_can_not_be_written_leaves_the_old_content(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    for write, value in ((write_json, {1, 2}), (write_array, np.array([object()]))):
        with pytest.raises((TypeError, ValueError)):
            write(path, value)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@every_writer
def test_a_folder_that_can_not_be_made_is_an_os_error(kind, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    # Works for root, too, whom permissions do not stop.
    with pytest.raises(OSError, match="file"):
        WRITERS[kind](tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "not a folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@every_writer
def test_a_folder_without_write_access_is_an_os_error(kind, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        WRITERS[kind](tmp_path / "file")


@every_writer
def test_a_full_disk_is_an_os_error_that_names_the_file(kind, tmp_path, full_disk):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left on device") as caught:
        WRITERS[kind](path)
    # Some libraries say so in their own way, or do not say which file.
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_command_survives_a_full_disk(workspace, data, full_disk):
    result = workspace.ega("bin")
    assert result.code == 1
    assert "Traceback" not in result.stderr
    assert "No space left on device. Cure: free space" in result.stderr
    # Nothing may be taken for a result by a later stage.
    assert workspace.written() == []


def test_the_command_survives_a_folder_in_the_way(workspace, data):
    (workspace.folder / "artifacts").write_text("a file")
    result = workspace.ega("bin")
    assert result.code == 1
    assert "Traceback" not in result.stderr
    assert "artifacts" in result.stderr


def test_a_new_folder_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "deep" / "grid"
    for content in ("old", "new"):
        with replacing_folder(path) as temporary:
            (temporary / content).write_text(content)
    # Files of the earlier folder do not mix with those of the new.
    assert [p.name for p in path.iterdir()] == ["new"]
    assert path.stat().st_mode & 0o777 == 0o755
    assert [p.name for p in path.parent.iterdir()] == ["grid"]


def test_a_failure_leaves_the_old_folder(tmp_path):
    path = tmp_path / "grid"
    path.mkdir()
    (path / "old").write_text("old")

    def failing():
        with replacing_folder(path) as temporary:
            (temporary / "new").write_text("new")
            raise EgaError("a run is faulty")

    with pytest.raises(EgaError):
        failing()
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")] == [
        "grid",
        "grid/old",
    ]


READERS = {
    "runs.parquet": read_parquet,
    "axes.json": read_json,
    "quarantine.csv": read_csv,
    "mean.npy": read_array,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("content", [None, b"", b"\x00garbage{"])
def test_missing_and_damaged_files_name_the_stage(name, content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("artifacts/bin") / name
    path.parent.mkdir(parents=True)
    if content is not None:
        if name == "quarantine.csv" and content:
            pytest.skip("any text is a CSV")
        path.write_bytes(content)
    seal_all()
    state = "is missing" if content is None else "can't be read"
    # The user needs a command, not the insides of a library.
    with pytest.raises(EgaError, match=rf"{name} {state}.*`dvc repro bin`"):
        READERS[name](path)


def test_pickles_are_not_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("artifacts/bin/mean.npy")
    path.parent.mkdir(parents=True)
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    seal_all()
    # A pickle runs code of whoever wrote it.
    with pytest.raises(EgaError, match="can't be read"):
        read_array(path)
    with pytest.raises(ValueError, match="pickle"):
        write_array(tmp_path / "new.npy", np.array([{"a": 1}], dtype=object))


@every_writer
def test_the_number_of_the_error_is_kept(kind, tmp_path, full_disk):
    # Callers tell a full disk from a forbidden one by it; polars puts it into words.
    with pytest.raises(OSError, match="space") as caught:
        WRITERS[kind](tmp_path / "file")
    assert caught.value.errno == errno.ENOSPC
