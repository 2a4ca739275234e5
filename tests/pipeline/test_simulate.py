import hashlib

import polars as pl
import pytest

from pipeline.simulate import MARKER, write_data_folder
from simulator.dataset import simulate_run
from simulator.decomposition import LABELS

RUNS = 24


def write(folder, *, n_runs=RUNS, seed=5, n_jobs=1):
    write_data_folder(
        folder, n_runs=n_runs, seed=seed, sam_testbed_share=0.1, n_jobs=n_jobs
    )


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "simulated"
    write(path)
    return path


def test_same_bytes_whatever_the_number_of_workers(folder, tmp_path):
    write(tmp_path / "again", n_jobs=2)
    # Results may depend on the seed, never on how the work was spread.
    assert contents(tmp_path / "again") == contents(folder)


def test_a_smaller_data_set_is_part_of_a_larger_one(folder, tmp_path):
    write(tmp_path / "small", n_runs=5)
    larger = contents(folder)
    features = {
        name: data
        for name, data in contents(tmp_path / "small").items()
        if "_features/" in name
    }
    # Runs are functions of seed and index, not of how many there are.
    assert len(features) == 5
    assert all(larger[name] == data for name, data in features.items())


def test_another_seed_gives_another_data_set(folder, tmp_path):
    write(tmp_path / "other", n_runs=2, seed=6)
    name = "train_features/S0000.csv"
    # Otherwise the seed would not be used.
    assert (tmp_path / "other" / name).read_bytes() != (folder / name).read_bytes()


def test_metadata_points_to_the_files_and_knows_their_md5(folder):
    metadata = pl.read_csv(folder / "metadata.csv")
    assert metadata.columns == [
        "sample_id",
        "split",
        "instrument_type",
        "features_path",
        "features_md5_hash",
    ]
    assert metadata["sample_id"].to_list() == [f"S{i:04d}" for i in range(RUNS)]
    for row in metadata.iter_rows(named=True):
        content = (folder / row["features_path"]).read_bytes()
        # The reader refuses a file whose digest differs.
        assert hashlib.md5(content).hexdigest() == row["features_md5_hash"]
        assert row["features_path"] == f"{row['split']}_features/{row['sample_id']}.csv"
        # The organisers' header, letter by letter.
        assert content.startswith(b"time,temp,m/z,abundance\n")


def test_features_hold_exactly_what_was_simulated(folder):
    for index in (0, 9):
        run = simulate_run(index, 5)
        table = pl.read_csv(folder / f"{run.split}_features" / f"{run.sample_id}.csv")
        # The decimal form must carry every value unchanged.
        assert table["abundance"].to_list() == run.abundance.tolist()
        assert table["temp"].to_list() == run.temperature_celsius.tolist()
        assert table["m/z"].to_list() == run.mz.tolist()
        assert table["time"].to_list() == run.time_seconds.tolist()


def test_labels_and_submission_cover_their_splits(folder):
    metadata = pl.read_csv(folder / "metadata.csv")
    truth = pl.read_csv(folder / "ground_truth_labels.csv")
    for split in ("train", "val"):
        labels = pl.read_csv(folder / f"{split}_labels.csv")
        assert labels.columns == ["sample_id", *LABELS]
        expected = truth.filter(metadata["split"] == split).select(labels.columns)
        # Labels are joined by sample_id and must be those of the simulated minerals.
        assert labels.equals(expected)
    # A labels file would make the test split training data.
    assert not (folder / "test_labels.csv").exists()
    assert not list(folder.glob("ground_truth*_labels_*"))
    submission = pl.read_csv(folder / "submission_format.csv")
    others = metadata.filter(pl.col("split") != "train")["sample_id"]
    assert submission["sample_id"].to_list() == others.to_list()
    # The organisers' neutral guess.
    assert submission.drop("sample_id").to_numpy().tolist() == [[0.5] * 10] * len(
        others
    )


def test_truth_has_a_row_for_every_step_of_every_run(folder):
    truth = pl.read_csv(folder / "ground_truth_steps.csv")
    run = simulate_run(11, 5)
    rows = truth.filter(pl.col("sample_id") == "S0011")
    # Area, width and temperature are what feature tests compare with.
    assert rows["gas"].to_list() == [step.gas for step in run.steps]
    assert rows["area_abundance_celsius"].to_list() == pytest.approx(
        [step.area_abundance_celsius for step in run.steps]
    )
    assert truth["full_width_half_maximum_celsius"].is_between(20.0, 300.0).all()
    assert truth["released_fraction"].is_between(0.0, 1.0).all()
    assert truth["sample_id"].n_unique() == RUNS


def test_an_earlier_simulation_is_replaced(tmp_path):
    target = tmp_path / "data"
    write(target, n_runs=4)
    write(target, n_runs=2, seed=6)
    # No run of the earlier data set may survive beside the new ones.
    assert len(list(target.glob("*_features/*.csv"))) == 2
    # Nor any temporary folder beside it.
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_foreign_folder_is_not_touched(tmp_path):
    precious = tmp_path / "data" / "metadata.csv"
    precious.parent.mkdir()
    precious.write_text("measured in years of work")
    # Real data must not be overwritten by a wrong path in params.
    with pytest.raises(ValueError, match=f"has no {MARKER}"):
        write(precious.parent, n_runs=1)
    assert precious.read_text() == "measured in years of work"
    with pytest.raises(ValueError, match="is a file; expected a folder"):
        write(precious, n_runs=1)


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError("disk full")

    monkeypatch.setattr("pipeline.simulate._write_tables", fail)
    # The folder appears whole or not at all.
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path / "data", n_runs=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("n_runs", "share", "message"),
    [(0, 0.1, "n_runs is 0"), (5, 1.5, "sam_testbed_share is 1.5")],
)
def test_numbers_out_of_range_are_refused(tmp_path, n_runs, share, message):
    # The message names the parameter and what was got.
    with pytest.raises(ValueError, match=message):
        write_data_folder(
            tmp_path / "data", n_runs=n_runs, seed=1, sam_testbed_share=share, n_jobs=1
        )
