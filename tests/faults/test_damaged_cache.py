"""Whatever happens to the cache costs time only: the results keep their bytes."""

import os
import time
from pathlib import Path

import pytest
from faulty_machine import assert_done, contents, ega, flipped

from pipeline.cache_files import read_kept, write_kept


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "entry"
    write_kept(path, b'{"row_count": 1234}')
    return path


def test_no_damage_to_an_entry_goes_unseen(kept):
    whole = kept.read_bytes()
    damaged = [flipped(whole, position) for position in range(len(whole))]
    damaged += [whole[:length] for length in range(len(whole))]
    damaged += [whole + b"\n", whole + whole, b"\n".join(whole.split(b"\n")[::-1])]
    for content in damaged:
        kept.write_bytes(content)
        with pytest.raises(ValueError, match="another checksum"):
            read_kept(kept)
    kept.write_bytes(whole)
    assert read_kept(kept) == b'{"row_count": 1234}'


def test_an_entry_under_another_name_or_key_is_no_entry(kept):
    (kept.parent / "key").mkdir()
    for other in (kept.with_name("other"), kept.parent / "key" / kept.name):
        other.write_bytes(kept.read_bytes())
        with pytest.raises(ValueError, match="another checksum"):
            read_kept(other)


def settle():
    later = time.time() + 60
    for record in Path(".cache/bin").glob("*/*.json"):
        os.utime(record, (later, later))


def entries(stage):
    return sorted(path for path in Path(".cache", stage).rglob("*") if path.is_file())


def swap(first, second):
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


DAMAGES = {
    "flipped": lambda path: path.write_bytes(flipped(path.read_bytes())),
    "digit": lambda path: path.write_bytes(path.read_bytes().replace(b"1", b"2", 1)),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: -(-len(path.name) // 2)]),
    "other": lambda path: path.write_bytes(b"{}"),
}


@pytest.mark.parametrize("stage", ["bin", "featurize"])
def test_damaged_entries_of_small_stages_are_made_again(stage, small, undisturbed):
    for first in ("bin", "featurize"):
        assert_done(small.ega(first))
    assert contents("artifacts") == undisturbed
    paths = entries(stage)
    for damage, path in zip(DAMAGES.values(), paths * 5, strict=False):
        damage(path)
    settle()
    assert_done(small.ega(stage))
    assert contents("artifacts") == undisturbed
    # all were mended
    settle()
    unchanged = [p for p in entries(stage) if p.name != "time_spent.json"]
    before = {path: path.read_bytes() for path in unchanged}
    assert_done(small.ega(stage))
    assert {path: path.read_bytes() for path in unchanged} == before


def test_entries_in_each_others_place_are_made_again(small, undisturbed):
    for stage in ("bin", "featurize"):
        assert_done(small.ega(stage))
        first, second, *_ = (
            path for path in entries(stage) if path.name != "time_spent.json"
        )
        swap(first, second)
        settle()
        assert_done(small.ega(stage))
    assert contents("artifacts") == undisturbed


def test_damaged_units_of_a_family_are_trained_again(copied):
    before = contents("artifacts/linear", "artifacts/stack")
    first, second = (p for p in entries("linear") if p.suffix == ".npz")
    swap(first, second)
    (first.parent / "time_spent.json").write_bytes(b"{")
    for stage in ("linear", "stack"):
        assert_done(ega(copied, stage))
    # A fold that was given the models of another would know its runs' labels.
    assert contents("artifacts/linear", "artifacts/stack") == before
