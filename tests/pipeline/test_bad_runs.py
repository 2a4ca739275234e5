"""What happens to faulty runs: named, explained, and nothing lost."""

import re
import subprocess
import sys

from bad_run_cases import all_cases
from bin_results import faults_of, quarantine, results
from data_copy import (
    SMALL,
    read_grids,
    same_grids,
)
from run_damages import RUN, text_in_the_middle


@all_cases
def test_a_fault_stops_the_stage_with_its_place_and_cure(case, data, workspace):
    case.damage(data)
    result = workspace.ega("bin")
    assert result.code == 1
    assert "Traceback" not in result.stderr
    faults = faults_of(result.stderr)
    # File, line, field, what was got, what was expected and the cure: a user must be
    # able to mend the run without reading our code.
    assert any(re.search(case.pattern(), fault) for fault in faults), result.stderr
    for fault in faults:
        assert re.search(r", [\w/]+: got .+; expected .+\. Cure: .+\.$", fault)
    # A later stage must not find the remains of a failed one; the grids of good runs
    # are kept for the next try.
    assert not results(workspace)


@all_cases
def test_quarantine_goes_on_and_loses_nothing(case, data, workspace, clean_grids):
    case.damage(data)
    workspace.set(bin={"on_bad_run": "quarantine"})
    result = workspace.ega("bin")
    assert result.code == 0, result.stderr
    assert "quarantined" in result.stderr
    listed = quarantine()
    # The list holds the same reason as the message.
    assert set(listed["sample_id"]) == {RUN}
    assert any(case.describes(row) for row in listed.iter_rows(named=True)), listed
    used = read_grids(workspace.folder)
    # Every run is either used or listed, never neither and never both.
    assert set(used) == set(SMALL) - {RUN}
    assert {row[0] for row in data.table("metadata.csv")[1:]} <= set(used) | set(
        listed["sample_id"]
    )
    # A bad neighbour must not change a good run.
    good = {sample_id: clean_grids[sample_id] for sample_id in used}
    assert same_grids(used, good)


def test_all_faulty_runs_are_listed_at_once(data, workspace):
    text_in_the_middle(data)
    data.set_field("S0003", 9, "time", "noon")
    data.path("S0001").unlink()
    data.set("S0004", "basalt", "yes", "val_labels.csv")
    result = workspace.ega("bin")
    # Mending one run only to hear of the next would take a day for a large folder.
    for place in (
        "S0002.csv, line 501, abundance",
        "S0003.csv, line 9, time",
        "S0001.csv, file",
        "val_labels.csv, line 2, basalt",
    ):
        assert place in result.stderr
    assert "4 faults in 4 runs" in result.stderr
    assert "bin.on_bad_run: quarantine" in result.stderr


def test_no_fault_is_left_out_of_a_long_list(data, workspace):
    for sample_id in SMALL:
        data.set_column(sample_id, "abundance", lambda text: text + "?")
    result = workspace.ega("bin")
    # params.yaml promises all faults; a run shows its first five.
    assert len(faults_of(result.stderr)) == 5 * len(SMALL)


def test_a_label_row_without_id_is_reported(data, workspace):
    rows = data.table("train_labels.csv")
    data.write_table("train_labels.csv", [*rows, ["", *rows[1][1:]]])
    result = workspace.ega("bin")
    # An id that got lost in a spreadsheet must not lose its label silently.
    assert "train_labels.csv, line 5, sample_id: got ''" in result.stderr


def test_the_shell_sees_exit_code_and_message(data, workspace):
    text_in_the_middle(data)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "bin"],
        capture_output=True,
        text=True,
        check=False,
    )
    # DVC stops the chain by the exit code; people read stderr.
    assert done.returncode == 1
    assert "S0002.csv, line 501, abundance: got '(abc)'" in done.stderr
    assert "Traceback" not in done.stderr
