import os
import re
import subprocess
from pathlib import Path

import pytest

from pipeline import checksums, paths
from pipeline.errors import EgaError

AXES, RUNS = Path("artifacts/bin/axes.json"), Path("artifacts/bin/runs.parquet")


@pytest.fixture(autouse=True)
def sealed_stage(tmp_path, monkeypatch):
    """Change to a folder where stages bin and evaluate have finished."""
    monkeypatch.chdir(tmp_path)
    for path in (AXES, RUNS, paths.METRICS, paths.RELIABILITY):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {path.name}")
    for stage in ("bin", "evaluate"):
        checksums.seal(stage)


def listed(stage):
    return (paths.ARTIFACTS / stage / checksums.LIST).read_text()


def test_a_list_has_what_the_stage_wrote_and_what_is_read_back():
    names = re.findall(r"^[0-9a-f]{64}  (.*)$", listed("bin"), re.MULTILINE)
    assert names == [str(AXES), str(RUNS)]
    # Reports that nothing reads back may be edited.
    assert listed("evaluate").endswith(f"  {paths.METRICS}\n")
    assert listed("evaluate").count("\n") == 1
    for path in (AXES, RUNS, paths.METRICS):
        checksums.check(path)


def test_other_tools_read_the_list():
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "artifacts/bin/SHA256SUMS"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == 2


def test_the_same_files_give_the_same_list():
    before = listed("bin")
    os.utime(AXES, (1, 1))
    checksums.seal("bin")
    # DVC would run every later stage again.
    assert listed("bin") == before


def test_a_change_behind_the_times_back_is_seen():
    checksums.check(AXES)
    status, content = AXES.stat(), AXES.read_bytes()
    AXES.write_bytes(content.replace(b"axes", b"axis"))
    os.utime(AXES, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert AXES.stat().st_size == status.st_size
    # The digest of the earlier content is known, but not of this.
    with pytest.raises(EgaError, match=r"SHA-256 \w{12}\.\.\., expected \w{12}.*Cure"):
        checksums.check(AXES)
    AXES.write_bytes(content)
    checksums.check(AXES)


def test_a_file_that_is_on_no_list_is_refused():
    stray = AXES.with_name("stray.json")
    stray.write_text("{}")
    with pytest.raises(EgaError, match=r"stray.json is not on the list of stage bin"):
        checksums.check(stray)


def test_a_stage_that_fails_keeps_the_earlier_list():
    before = listed("bin")

    def fail():
        with checksums.sealed("bin"):
            AXES.write_text("half of the next")
            raise EgaError("a run is faulty")

    with pytest.raises(EgaError, match="faulty"):
        fail()
    assert listed("bin") == before
    # What was replaced by then is no result.
    with pytest.raises(EgaError, match=r"axes\.json has the SHA-256"):
        checksums.check(AXES)
    checksums.check(RUNS)


def test_a_file_of_no_stage_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="written by no stage"):
        checksums.stage_of(Path("reports/other.csv"))
    assert checksums.stage_of(paths.MODEL_CARD) == "model_card"
    assert checksums.stage_of(paths.FOLDS) == "fold"
