"""What fuzzing found in settings and models: refused with a reason, at once."""

import zipfile

import pytest
from fuzz_attacks import attack

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.readers import READERS
from benchmarks.fuzzing.small_model import bundle_files
from pipeline.errors import EgaError, shorten
from pipeline.params import load_params
from pipeline.prediction.bundle import open_bundle

pytestmark = pytest.mark.usefixtures("quick")

PARAMS = [
    "laughs as a value",
    "laughs as a budget",
    "laughs as budgets",
    "merged laughs",
    "recursion of a section",
    "deep lists",
    "deep mappings",
    "deep sequences",
    "huge hexadecimal",
    "huge budget",
    "large",
    "tags",
    "tag of time",
    "tag of truth",
    "bin.bin_width_celsius",
    "bin.mz_max",
    "featurize.window_high_celsius",
    "conv.members",
    "formats.columns",
]


@pytest.mark.parametrize("name", PARAMS)
def test_hostile_settings_are_named(tmp_path, name):
    path = tmp_path / "params.yaml"
    path.write_bytes(attack("params", name))
    with pytest.raises(EgaError) as caught:
        load_params(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 20_000


def test_a_number_of_many_digits_can_be_shown():
    assert "digits" in shorten(16**5000)


def test_an_archive_unpacks_to_little_more_than_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.prediction.bundle._FREE_BYTES", 1 << 10)
    files = bundle_files({"params.json": bytes(1 << 20)})
    with zipfile.ZipFile(tmp_path / "m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(EgaError, match="unpacks to"):
        open_bundle(tmp_path / "m.zip")


@pytest.mark.parametrize(
    "name",
    [
        "bin.bin_width_celsius",
        "bin.temperature_max_celsius",
        "featurize.window_high_celsius",
    ],
)
def test_settings_of_a_model_do_not_fill_the_memory(tmp_path, name):
    with pytest.raises(EgaError, match="damaged"):
        READERS["model"].feed(tmp_path, attack("model", name))


def test_a_name_of_an_archive_that_is_no_text_is_a_damaged_model(tmp_path):
    raw = bytearray(seeds.archives()[0])
    at = raw.index(b"PK\x01\x02")
    # bit 11 of the flags: the name is UTF-8
    raw[at + 9] |= 8
    raw[at + 46] = 0xFF
    with pytest.raises(EgaError, match="damaged"):
        READERS["bundle"].feed(tmp_path, bytes(raw))
