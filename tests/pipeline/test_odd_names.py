"""Odd ids, paths and folders are names, and nothing else."""

import pytest
from bin_results import faults_of, quarantine
from data_copy import (
    copy_small,
    read_grids,
    same_grids,
)
from run_damages import RUN

ODD_IDS = [
    "[red]S1[/red]",
    ":smile:",
    "two\nlines",
    "x" * 5000,
    "../../S1",
    "=1+1",
    '"quoted", with comma',
    "Ünï–ço∂é",
    "\x1b[31mred",
    "S0001 ",
]


@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
def test_an_id_is_only_a_name(odd, data, workspace, clean_grids):
    data.rename(RUN, odd)
    assert workspace.ega("bin").code == 0
    used = read_grids(workspace.folder)
    # Nothing may read a meaning into an id: no markup, path, formula or line end.
    assert same_grids({odd: used[odd]}, {odd: clean_grids[RUN]})


@pytest.mark.parametrize("odd", ODD_IDS, ids=range(len(ODD_IDS)))
def test_a_fault_of_an_odd_id_is_one_readable_line(odd, data, workspace):
    data.rename(RUN, odd)
    data.repeat_row(odd)
    result = workspace.ega("bin")
    faults = [fault for fault in faults_of(result.stderr) if "several rows" in fault]
    # Shown as Python writes it, cut to fit: no colours, no second line.
    assert len(faults) == 2
    assert repr(odd)[:50] in faults[0]
    assert all(fault.isprintable() and len(fault) < 500 for fault in faults)
    workspace.set(bin={"on_bad_run": "quarantine"})
    assert workspace.ega("bin").code == 0
    # The list must join with metadata.csv, so the id stands there in full.
    assert odd in quarantine()["sample_id"].to_list()


def test_an_odd_path_is_printed_on_one_line(data, workspace):
    data.set(RUN, "features_path", "train_features/\x1b[31m\nS0002.csv")
    result = workspace.ega("bin")
    (fault,) = faults_of(result.stderr)
    # A file name could otherwise colour or clear the terminal.
    assert fault.isprintable()
    assert "No such file" in fault


def test_a_path_out_of_a_relative_root_is_refused(data, workspace, monkeypatch):
    outside = data.root.parent / "outside.csv"
    outside.write_bytes(data.path(RUN).read_bytes())
    data.set(RUN, "features_path", "../outside.csv")
    params = workspace.params()
    monkeypatch.chdir(data.root)
    from pipeline import bin as bin_stage
    from pipeline.errors import EgaError

    here = params.data.model_copy(update={"root": type(data.root)()})
    # Whatever way the folder is named, files outside it are not ours to read.
    with pytest.raises(EgaError, match="features_path: got '../outside.csv'"):
        bin_stage.run(params.model_copy(update={"data": here}))


def test_a_folder_name_is_not_a_pattern(simulated, workspace, tmp_path):
    odd = tmp_path / "runs [1]*"
    copy_small(simulated, odd)
    workspace.set(data={"root": str(odd)})
    # Brackets and stars are common in names; they must not be expanded.
    assert workspace.ega("bin").code == 0
