import numpy as np
import pytest

from pipeline import paths, unit_cache
from pipeline.unit_cache import UnitCache

ARRAYS = {"scored": np.array([[0.25, 0.5]]), "names": np.array(["a", "bc"])}


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "features.parquet"
    path.write_bytes(b"features")
    return [path]


@pytest.fixture
def code(tmp_path, monkeypatch):
    """Let the cache believe that its code lies in a folder that a test may edit."""
    root = tmp_path / "repository"
    for path, text in {
        "pipeline/gbt.py": "from models.trees import fit",
        "models/trees.py": "import models.leaves",
        "models/leaves.py": "1",
        "models/networks.py": "1",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    monkeypatch.setattr(unit_cache, "__file__", str(root / "pipeline/unit_cache.py"))
    return root


def test_a_unit_comes_back_bit_by_bit(inputs):
    cache = UnitCache("gbt", inputs, {"rounds": 5})
    assert cache.load("fold0") is None
    cache.save("fold0", ARRAYS)
    loaded = UnitCache("gbt", inputs, {"rounds": 5}).load("fold0")
    # A resumed stage must give what an uninterrupted one gives.
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype
        assert loaded[name].tobytes() == array.tobytes()
    assert cache.load("fold1") is None


@pytest.mark.parametrize("keep", [0, 1, 10, 100, 300, -1])
def test_a_truncated_unit_is_computed_again(inputs, keep):
    cache = UnitCache("gbt", inputs, {})
    cache.save("fold0", ARRAYS)
    (path,) = cache.folder.iterdir()
    path.write_bytes(path.read_bytes()[:keep])
    # A machine that lost power may leave half a file; that costs one unit, no more.
    assert cache.load("fold0") is None
    cache.save("fold0", ARRAYS)
    assert cache.load("fold0") is not None


def test_no_flipped_byte_is_taken_for_a_result(inputs):
    cache = UnitCache("gbt", inputs, {})
    cache.save("fold0", ARRAYS)
    (path,) = cache.folder.iterdir()
    content = path.read_bytes()
    for position in range(len(content)):
        for flip in (1 << position % 8, 0xFF):
            damaged = bytearray(content)
            damaged[position] ^= flip
            path.write_bytes(damaged)
            # A shorter shape or another byte order can be a single bit.
            assert cache.load("fold0") is None, (position, flip)


@pytest.mark.parametrize("place", ["fold1", "../other/fold0"])
def test_a_unit_in_the_place_of_another_is_computed_again(inputs, place):
    cache = UnitCache("gbt", inputs, {})
    cache.save("fold0", ARRAYS)
    (path,) = cache.folder.iterdir()
    target = cache.folder / f"{place}.npz"
    target.parent.mkdir(exist_ok=True)
    path.rename(target)
    moved = UnitCache("gbt", inputs, {})
    moved.folder = target.parent.resolve()
    # It is whole, but the result of something else.
    assert moved.load(target.stem) is None


@pytest.mark.parametrize(
    "settings",
    [{"rounds": 6}, {"rounds": 5, "seed": 1}, {}, [{"rounds": 5}], {"rounds": 5.5}],
)
def test_other_settings_are_another_key(inputs, settings):
    UnitCache("gbt", inputs, {"rounds": 5}).save("fold0", ARRAYS)
    # A result of other settings would be reported under these.
    assert UnitCache("gbt", inputs, settings).load("fold0") is None


def test_the_order_of_settings_is_no_other_key(inputs):
    UnitCache("gbt", inputs, {"a": 1, "b": 2}).save("fold0", ARRAYS)
    assert UnitCache("gbt", inputs, {"b": 2, "a": 1}).load("fold0") is not None


def test_other_inputs_are_another_key(inputs):
    UnitCache("gbt", inputs, {}).save("fold0", ARRAYS)
    inputs[0].write_bytes(b"other features")
    # The path is the same, so only the content can tell.
    assert UnitCache("gbt", inputs, {}).load("fold0") is None


@pytest.mark.parametrize("path", ["pipeline/gbt.py", "models/leaves.py"])
def test_other_code_is_another_key(inputs, code, path):
    UnitCache("gbt", inputs, {}).save("fold0", ARRAYS)
    with (code / path).open("a") as file:
        file.write("\n# better")
    # Whoever improves a model wants to see the effect.
    assert UnitCache("gbt", inputs, {}).load("fold0") is None


def test_code_of_other_families_keeps_the_key(inputs, code):
    UnitCache("gbt", inputs, {}).save("fold0", ARRAYS)
    (code / "models/networks.py").write_text("2")
    # An edited network must not cost half an hour of trees.
    assert UnitCache("gbt", inputs, {}).load("fold0") is not None


def test_stages_do_not_share_units(inputs):
    UnitCache("gbt", inputs, {}).save("fold0", ARRAYS)
    assert UnitCache("linear", inputs, {}).load("fold0") is None


def test_stale_keys_are_removed_and_nothing_else(inputs):
    old, other_stage = UnitCache("gbt", inputs, 1), UnitCache("linear", inputs, 1)
    new = UnitCache("gbt", inputs, 2)
    for cache in (old, other_stage, new):
        cache.save("fold0", ARRAYS)
    new.remove_other_keys()
    # Otherwise the disk fills with every setting that was ever tried.
    assert not old.folder.exists()
    assert new.load("fold0") is not None
    assert other_stage.load("fold0") is not None


def test_an_empty_cache_has_nothing_to_remove(inputs):
    cache = UnitCache("gbt", inputs, {})
    cache.remove_other_keys()
    assert not paths.CACHE.exists()


def test_a_failed_save_leaves_no_unit(inputs):
    cache = UnitCache("gbt", inputs, {})
    with pytest.raises(ValueError, match="pickle"):
        cache.save("fold0", {"x": np.array([object()])})
    assert cache.load("fold0") is None
    assert list(cache.folder.glob("*")) == []
