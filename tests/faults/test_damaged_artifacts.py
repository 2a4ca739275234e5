"""Every file that a stage reads back is guarded, and the cure in the message works."""

import json
from pathlib import Path

import polars as pl
import pytest
from faulty_machine import (
    assert_done,
    assert_refused,
    contents,
    copy_of,
    ega,
    flipped,
    remove,
    replaced,
)
from support import STAGES

from pipeline import artifacts, checksums, paths
from pipeline.prediction.answering import Models
from pipeline.prediction.bundle import open_bundle

# what no stage reads; their content may be anything
NOT_READ = (
    "artifacts/bin/grid/*_count.npy",
    "artifacts/gbt/chosen_parameters.json",
    "artifacts/*/members.parquet",
    "artifacts/linear/coefficients.parquet",
    "artifacts/kernel/weights.parquet",
    "artifacts/duplicates/runs.parquet",
    "artifacts/evaluate/SHA256SUMS",
)
# the page tells how long the stages took
TELLS_TIMES = {"reports/ensemble.html"}


def files_of(stage):
    """Return what a stage writes and others may read, but for its list."""
    found = [*contents(f"artifacts/{stage}"), *map(str, paths.READ_BACK.get(stage, ()))]
    return [name for name in found if not name.endswith(checksums.LIST)]


def is_read(name):
    return not any(Path(name).match(pattern) for pattern in NOT_READ)


@pytest.fixture(scope="module")
def space(finished, tmp_path_factory, module_patch):
    space = copy_of(finished, tmp_path_factory.mktemp("damaged") / "copied")
    module_patch.chdir(space.folder)
    return space


@pytest.fixture(scope="module")
def readers(space, module_patch):
    """Run every stage again after its files were lost; return who reads what.

    Files that are said not to be read hold garbage while later stages run.
    """
    original = contents("artifacts", "reports")
    found = {}

    def spy(path):
        found.setdefault(path.as_posix(), {}).setdefault(stage, len(found))
        check(path)

    def spy_on_bundle(path):
        for name in files_of("export"):
            found.setdefault(name, {}).setdefault(stage, 0)
        return open_bundle(path)

    check = artifacts.check
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artifacts, "check", spy)
        patch.setattr("pipeline.prediction.opening.open_bundle", spy_on_bundle)
        # explanations take seconds, and read nothing more
        patch.setattr(Models, "answers", lambda *_, **__: iter(()))
        for stage in STAGES:
            names = files_of(stage)
            for name in names:
                Path(name).unlink()
            assert_done(ega(space, stage))
            now = contents("artifacts", "reports")
            # The cure of every message: what was lost comes back bit by bit.
            assert {name: now.get(name) for name in names} == {
                name: original[name] for name in names
            }, stage
            for name in names:
                if not is_read(name):
                    Path(name).write_bytes(b"garbage")
    for name, content in original.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
    return found


def test_every_file_is_either_read_through_its_checksum_or_not_read(readers):
    lists = {name for name in contents("artifacts") if name.endswith(checksums.LIST)}
    written = {name for stage in STAGES for name in files_of(stage)} - lists
    # All stages have run while the others held garbage.
    assert set(readers) == {name for name in written if is_read(name)}


def test_a_flipped_bit_in_any_file_that_is_read_stops_its_reader(readers, space):
    before = contents("artifacts", "reports")
    for name, stages in readers.items():
        # the stage that comes to this file first
        stage = min(stages, key=stages.get)
        writer = checksums.stage_of(Path(name))
        with replaced(name, flipped(before[name])):
            result = ega(space, stage)
        # The file, or the bundle that it belongs to.
        place = paths.BUNDLE.as_posix() if writer == "export" else name
        assert_refused(result, place, f"ega {writer}")
        if writer == "export":
            assert Path(name).relative_to(paths.BUNDLE).as_posix() in result.stderr
    after = contents("artifacts", "reports")
    # A stage that refuses its inputs damages nothing.
    assert {name for name in before if before[name] != after[name]} <= TELLS_TIMES


READS_BY_FORM = {
    "artifacts/bin/runs.parquet": "fold",
    "artifacts/bin/axes.json": "conv",
    "artifacts/featurize/dictionary.csv": "duplicates",
    "artifacts/featurize/features.parquet": "duplicates",
    "artifacts/gbt/models/repeat0_fold1.zip": "export",
    "artifacts/export/models/gbt.safetensors": "pages",
    "artifacts/export/manifest.json": "pages",
    "reports/metrics.json": "report",
}


@pytest.mark.parametrize("name", READS_BY_FORM)
def test_a_file_that_is_cut_short_is_refused(name, space, readers):
    content = Path(name).read_bytes()
    # Nothing of it, as after a power cut, half of it, and all but the end.
    for length in (0, len(content) // 2, len(content) - 2):
        with replaced(name, content[:length]):
            result = ega(space, READS_BY_FORM[name])
        assert_refused(result, Path(name).name)


@pytest.mark.parametrize("name", READS_BY_FORM)
def test_a_file_that_is_gone_is_named(name, space, readers):
    content = Path(name).read_bytes()
    with replaced(name, b""):
        Path(name).unlink()
        result = ega(space, READS_BY_FORM[name])
    assert_refused(result, Path(name).name, "missing")
    assert Path(name).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "other", "stage"),
    [
        ("linear/predictions.parquet", "gbt/predictions.parquet", "stack"),
        ("featurize/features.parquet", "featurize/copy_01.parquet", "linear"),
        ("gbt/models/repeat0_fold0.zip", "gbt/models/repeat0_fold1.zip", "export"),
    ],
)
def test_a_good_file_of_something_else_is_refused(name, other, stage, space, readers):
    with replaced(paths.ARTIFACTS / name, (paths.ARTIFACTS / other).read_bytes()):
        result = ega(space, stage)
    # It would be read without complaint, but is the result of something else.
    assert_refused(result, name, "SHA-256", "expected")


def test_results_of_other_runs_with_their_own_list_are_refused(space, readers):
    for path, stage, words in (
        (paths.FOLDS, "linear", "was made for other runs. Cure: run `ega fold`"),
        (paths.FEATURES, "kernel", "other runs than the run table. Cure: run `ega fea"),
    ):
        writer = checksums.stage_of(path)
        listed = (paths.ARTIFACTS / writer / checksums.LIST).read_bytes()
        table = pl.read_parquet(path)
        other = table.with_columns(pl.col("sample_id") + "X")
        with replaced(path, b""), replaced(path.parent / checksums.LIST, listed):
            other.write_parquet(path)
            checksums.seal(writer)
            result = ega(space, stage)
        # Its checksums are right, so the content must tell.
        assert_refused(result, words)


def test_a_list_that_is_missing_or_changed_is_refused(space, readers):
    path = paths.ARTIFACTS / "fold" / checksums.LIST
    content = path.read_bytes()
    in_name = content.index(b"artifacts")
    for changed, words in (
        (None, f"{path} is missing: stage fold has not finished"),
        (b"", f"{paths.FOLDS} is not on the list of stage fold"),
        (content[:40], f"{path} is damaged: expected a checksum and a file, got"),
        (b"\xff\xfe" + content, f"{path} is damaged"),
        (flipped(content, 3), f"{paths.FOLDS} has the SHA-256"),
        (flipped(content, in_name), f"{paths.FOLDS} is not on the list"),
    ):
        with replaced(path, changed or b""):
            if changed is None:
                path.unlink()
            result = ega(space, "linear")
        assert_refused(result, words, "ega fold")
    remove(path.parent)
    # The cure of all of them.
    assert_done(ega(space, "fold"))
    assert path.read_bytes() == content
    assert_done(ega(space, "linear"))


def test_no_other_number_in_a_manifest_is_taken_for_true(space, readers):
    path = paths.BUNDLE / "manifest.json"
    content = path.read_bytes()
    manifest = json.loads(content)
    changed = json.dumps(manifest | {"seed": manifest["seed"] + 1}).encode()
    with replaced(path, changed):
        assert_refused(ega(space, "pages"), "manifest.json has checksum")
