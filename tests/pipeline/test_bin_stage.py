import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from data_copy import DataCopy, read_grids, same_grids
from joblib.externals.loky import get_reusable_executor
from support import new_workspace

from features.binning import GridAxes
from features.run_summary import RunSummary
from pipeline.grid_store import load_grids


def bin_all(space, **settings):
    """Run the stage and return grids and run table."""
    space.set(**settings)
    result = space.ega("bin")
    assert result.code == 0, result.stderr
    return (
        read_grids(space.folder),
        pl.read_parquet(space.folder / "artifacts/bin/runs.parquet"),
    )


@pytest.fixture(scope="module")
def binned(simulated, tmp_path_factory):
    """Return grids and run table of the simulated runs with the default settings."""
    with pytest.MonkeyPatch.context() as patch:
        space = new_workspace(tmp_path_factory.mktemp("binned") / "space", simulated)
        patch.chdir(space.folder)
        return bin_all(space)


@pytest.fixture
def fresh_processes():
    """Stop reusable workers: they would keep the folder of an earlier test."""
    get_reusable_executor().shutdown(wait=True)
    yield
    get_reusable_executor().shutdown(wait=True)


def pandas_grid(path):
    """Bin one file with pandas: no code of ours, no chunks, no tricks."""
    rows = pd.read_csv(path)
    rows["ion"] = rows["m/z"].round().astype(int)
    rows["cell"] = np.floor((rows["temp"] + 100.0) / 5.0).astype(int)
    cells = rows[rows["ion"] <= 99].groupby(["ion", "cell"])["abundance"]
    table = cells.agg(["mean", "count"]).reset_index()
    mean, count = np.full((100, 320), np.nan), np.zeros((100, 320), dtype=int)
    mean[table["ion"], table["cell"]] = table["mean"]
    count[table["ion"], table["cell"]] = table["count"]
    return mean, count


@pytest.mark.parametrize("sample_id", ["S0000", "S0004", "S0009"])
def test_a_grid_is_what_pandas_makes_of_the_same_file(binned, simulated, sample_id):
    mean, count = binned[0][sample_id]
    path = DataCopy(simulated).path(sample_id)
    expected_mean, expected_count = pandas_grid(path)
    # An independent reading: wrong edges, rounding or chunks would differ.
    assert mean == pytest.approx(expected_mean, rel=1e-6, nan_ok=True)
    assert np.array_equal(count, expected_count)


def test_cells_without_rows_are_nan_and_no_others(binned):
    for mean, count in binned[0].values():
        # A zero would claim a measurement of nothing.
        assert np.array_equal(np.isnan(mean), count == 0)
        assert count.any()


def test_every_run_has_a_row_with_its_role_and_labels(binned, simulated):
    runs = binned[1]
    metadata = pl.read_csv(simulated / "metadata.csv")
    truth = pl.read_csv(simulated / "ground_truth_labels.csv")
    # The order of metadata.csv is the order of everything after.
    assert runs["sample_id"].to_list() == metadata["sample_id"].to_list()
    roles = {"train": "train", "val": "holdout", "test": "test"}
    assert runs["role"].to_list() == [roles[split] for split in metadata["split"]]
    labels = truth.columns[1:11]
    for role in ("train", "holdout"):
        part = runs.filter(role=role)
        expected = part.select("sample_id").join(truth, on="sample_id")
        assert part.select(labels).rows() == expected.select(labels).rows()
    # Labels of the test split are not in the folder, so nobody can know them.
    assert runs.filter(role="test").select(labels).null_count().row(0) == (
        len(runs.filter(role="test")),
    ) * len(labels)


def test_facts_agree_with_the_truth_of_the_simulator(binned, simulated):
    truth = pl.read_csv(simulated / "ground_truth_labels.csv")
    runs = binned[1].join(truth.select(pl.col("sample_id"), pl.last()), on="sample_id")
    measured = runs["heating_rate_celsius_per_minute"].to_numpy()
    programmed = runs["heating_rate_celsius_per_minute_right"].to_numpy()
    # The sample lags behind the oven's programme by a per cent or two.
    assert measured == pytest.approx(programmed, rel=0.03)
    # The rates differ between runs, so agreement is no accident.
    assert measured.max() > 1.2 * measured.min()


@pytest.mark.parametrize("sample_id", ["S0002", "S0009"])
def test_facts_agree_with_an_independent_reading(binned, simulated, sample_id):
    rows = pd.read_csv(DataCopy(simulated).path(sample_id))
    facts = binned[1].row(by_predicate=pl.col("sample_id") == sample_id, named=True)
    slope = np.polyfit(rows["time"], rows["temp"], 1)[0]
    assert facts["heating_rate_celsius_per_minute"] == pytest.approx(60 * slope)
    assert facts["row_count"] == len(rows)
    # Rows of one scan share their time.
    assert facts["scan_count"] == rows["time"].nunique()
    assert facts["temperature_low_celsius"] == rows["temp"].min()
    assert facts["temperature_high_celsius"] == rows["temp"].max()
    assert facts["rows_outside_mz_range"] == (rows["m/z"].round() > 99).sum()
    assert facts["rows_fractional_dropped"] == 0
    inside = rows[rows["m/z"].round() <= 99]
    assert facts["ion_count"] == inside["m/z"].round().nunique()
    mean = binned[0][sample_id][0]
    assert facts["maximum_abundance"] == pytest.approx(np.nanmax(mean))


@pytest.mark.parametrize("clock", [0.0, 1.7e9])
@pytest.mark.parametrize("chunk", [7, 100, 5000])
def test_the_heating_rate_does_not_depend_on_clock_or_chunks(clock, chunk):
    rng = np.random.default_rng(0)
    time = np.repeat(np.arange(500) * 4.0, 10)
    temperature = 30.0 + 0.58 * time + rng.normal(0.0, 2.0, time.size)
    summary = RunSummary()
    for start in range(0, time.size, chunk):
        part = slice(start, start + chunk)
        summary.add(clock + time[part], temperature[part])
    facts = summary.facts()
    # Seconds since 1970 are a usual clock; their squares need more digits than 16.
    slope = np.polyfit(time, temperature, 1)[0]
    assert facts["heating_rate_celsius_per_minute"] == pytest.approx(60 * slope, 1e-9)
    assert facts["scan_count"] == 500


def test_a_run_without_duration_has_no_heating_rate():
    summary = RunSummary()
    summary.add(np.full(5, 3.0), np.arange(5.0))
    # Unknown, not zero.
    assert np.isnan(summary.facts()["heating_rate_celsius_per_minute"])


def test_backend_workers_and_chunks_do_not_change_a_run(
    binned, workspace, fresh_processes
):
    for settings in (
        {"compute": {"workers": 2, "backend": "threading"}},
        {"compute": {"workers": 2, "backend": "loky"}, "bin": {"runs_per_chunk": 5}},
    ):
        grids, runs = bin_all(workspace, **settings)
        # A result that depends on the machine can't be reproduced on another.
        assert same_grids(grids, binned[0])
        places = ["chunk", "row_in_chunk"]
        assert runs.drop(places).equals(binned[1].drop(places))
    # Chunks are neighbours in the run table, 10 runs at most.
    sizes = runs["chunk"].rle().struct.field("len").to_list()
    assert len(sizes) == runs["chunk"].n_unique() > 4
    assert max(sizes) <= 10
    assert runs["row_in_chunk"].to_list() == [n for size in sizes for n in range(size)]


def test_how_much_is_read_at_a_time_does_not_change_a_run(data, workspace):
    # three reads of 1 MiB
    lines = data.lines("S0002")
    data.write_lines("S0002", [lines[0], *lines[1:] * 25])
    assert data.path("S0002").stat().st_size > 2 << 20
    grids, runs = bin_all(workspace, bin={"read_mebibytes": 1})
    again, runs_again = bin_all(workspace, bin={"read_mebibytes": 32})
    # Sums are in double precision, so that single precision shows no difference.
    assert same_grids(grids, again)
    rate = "heating_rate_celsius_per_minute"
    assert runs.drop(rate).equals(runs_again.drop(rate))
    assert runs[rate].to_list() == pytest.approx(runs_again[rate].to_list(), rel=1e-12)


def test_axes_are_those_of_the_parameters(workspace):
    settings = {"bin_width_celsius": 12.5, "mz_min": 10, "mz_max": 45}
    grids, _ = bin_all(workspace, bin=settings)
    axes = GridAxes(**json.loads(Path("artifacts/bin/axes.json").read_text()))
    assert (axes.mz_min, axes.mz_max, axes.bin_width_celsius) == (10, 45, 12.5)
    # Later stages know the grid by its axes only.
    assert {mean.shape for mean, _ in grids.values()} == {axes.shape} == {(36, 128)}


def test_fractional_mz_can_be_dropped(data, workspace):
    data.set_field("S0002", 2, "m/z", "18.4")
    grids, runs = bin_all(workspace, bin={"fractional_mz": "drop"})
    dropped = dict(runs.select("sample_id", "rows_fractional_dropped").rows())
    # Left out, but counted: nothing disappears without a trace.
    assert dropped == dict.fromkeys(dropped, 0) | {"S0002": 1}
    rounded, _ = bin_all(workspace, bin={"fractional_mz": "round"})
    assert rounded["S0002"][1].sum() == grids["S0002"][1].sum() + 1


def test_stored_grids_are_read_in_the_order_that_is_asked_for(workspace):
    grids, runs = bin_all(workspace, bin={"runs_per_chunk": 7})
    chosen = runs.sample(12, shuffle=True, seed=3)
    loaded = load_grids(chosen)
    # Chunks are an affair of the disk; who reads names runs.
    for row, sample_id in enumerate(chosen["sample_id"]):
        assert loaded.abundance[row].tobytes() == grids[sample_id][0].tobytes()
    assert loaded.mz_values.tolist() == list(range(100))
    assert loaded.temperature_edges_celsius[[0, -1]].tolist() == [-100.0, 1500.0]
    rate = chosen["heating_rate_celsius_per_minute"].to_list()
    assert loaded.facts.heating_rate_celsius_per_minute.tolist() == rate


def test_what_is_written_and_nothing_else(workspace):
    _, runs = bin_all(workspace)
    grids = [
        f"artifacts/bin/grid/{chunk}_{kind}.npy"
        for chunk in runs["chunk"].unique()
        for kind in ("count", "mean")
    ]
    # No temporary file may stay, and the list of quarantined runs exists when empty.
    assert workspace.written() == sorted(
        [
            "artifacts/bin/SHA256SUMS",
            "artifacts/bin/axes.json",
            *grids,
            "artifacts/bin/quarantine.csv",
            "artifacts/bin/runs.parquet",
        ]
    )
    header = "sample_id,file,line,field,got,expected,cure\n"
    assert (workspace.folder / "artifacts/bin/quarantine.csv").read_text() == header
