import polars as pl
import pytest
from support import seal_all

from pipeline import paths
from pipeline.atomic import write_csv, write_parquet
from pipeline.errors import EgaError
from pipeline.submission_check import TEMPLATE, check_submission
from pipeline.submit import run

LABELS = ("basalt", "carbonate", "sulfide")
IDS = ("S7", "S2", "S10", "S4")
HEADER = ("sample_id", *LABELS)


@pytest.fixture
def params(workspace, tmp_path):
    folder = tmp_path / "template"
    folder.mkdir()
    write(folder / TEMPLATE, [HEADER, *((i, 0.5, 0.5, 0.5) for i in IDS)])
    workspace.set(data={"root": str(folder), "labels": list(LABELS)})
    return workspace.params()


def write(path, rows):
    text = "\n".join(",".join(map(str, row)) for row in rows)
    path.write_text(text + "\n")


def good_rows():
    return [
        HEADER,
        ("S7", 0.1, 0.2, 0.3),
        ("S2", 0.9, 0.0, 1),
        ("S10", 1e-05, 0.25, 0.5),
        ("S4", 0.4, 0.35, 0.6),
    ]


def check(tmp_path, params, rows):
    path = tmp_path / "submission.csv"
    write(path, rows)
    check_submission(path, params)


def refused(tmp_path, params, rows):
    with pytest.raises(EgaError) as caught:
        check(tmp_path, params, rows)
    return str(caught.value)


def with_value(row, column, value):
    rows = [list(r) for r in good_rows()]
    rows[row][column] = value
    return rows


def test_a_correct_file_passes(tmp_path, params):
    # 0, 1, integers and powers of ten are all probabilities.
    check(tmp_path, params, good_rows())


header, s7, s2, s10, s4 = good_rows()
STRUCTURES = {
    "order": ([header, s7, s10, s2, s4], "line 3: the ids repeat or stand in another"),
    "missing": ([header, s7, s2, s10], "1 ids are missing, first 'S4'"),
    "surplus": ([*good_rows(), ("S9", *s4[1:])], "1 ids are unknown, first 'S9'"),
    "renamed": (
        [header, ("s7", *s7[1:]), s2, s10, s4],
        "missing, first 'S7'",
    ),
    "repeated": ([*good_rows(), s4], "line 6: the ids repeat"),
    "repeated and missing": (
        [header, s7, s7, s10, s4],
        "missing, first 'S2'",
    ),
    "no rows": ([header], "4 ids are missing"),
    "columns in another order": (
        [(r[0], r[2], r[1], r[3]) for r in good_rows()],
        "columns: got sample_id, carbonate, basalt, sulfide; expected sample_id",
    ),
    "surplus column": (
        [(*r, v) for r, v in zip(good_rows(), "nabcd", strict=True)],
        "columns: got sample_id, basalt, carbonate, sulfide, n",
    ),
    "missing column": ([r[:3] for r in good_rows()], "the columns sulfide are missing"),
    "no header": (good_rows()[1:], "the columns sample_id, basalt"),
    "index column": (
        [("", *header), *((i, *r) for i, r in enumerate(good_rows()[1:]))],
        "columns: got ",
    ),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_another_structure_is_refused_with_the_difference(name, tmp_path, params):
    rows, expected = STRUCTURES[name]
    # The organisers' server scores by position or rejects without a reason.
    assert expected in refused(tmp_path, params, rows)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "None"),
        ("NaN", "'NaN'"),
        ("inf", "'inf'"),
        ("yes", "'yes'"),
        ("1.2", "'1.2'"),
        ("-0.001", "'-0.001'"),
        ("50%", "'50%'"),
        ('"0,5"', "'0,5'"),
    ],
)
@pytest.mark.parametrize(("row", "column"), [(1, 1), (3, 2), (4, 3)])
def test_a_value_that_is_no_probability_is_refused(
    row, column, value, shown, tmp_path, params
):
    text = refused(tmp_path, params, with_value(row, column, value))
    # Line and column as an editor shows them.
    assert f"line {row + 1}, {HEADER[column]}: got {shown}" in text
    assert "expected a number from 0 to 1 (1 such rows)" in text
    assert "make submit" in text


def test_faults_of_all_columns_are_listed(tmp_path, params):
    rows = with_value(1, 1, 7)
    rows[2][1] = rows[4][3] = -1
    text = refused(tmp_path, params, rows)
    assert "basalt: got '7'; expected a number from 0 to 1 (2 such rows)" in text
    assert "line 5, sulfide: got '-1'" in text


def test_a_constant_column_is_refused(tmp_path, params):
    rows = [list(r) for r in good_rows()]
    for row in rows[1:]:
        row[2] = 0.25
    # The unchanged template is valid for the server, and worthless.
    assert "carbonate: the same value 0.25 in every row" in refused(
        tmp_path, params, rows
    )


def test_one_row_may_not_be_called_constant(tmp_path, params):
    write(params.data.root / TEMPLATE, [HEADER, (IDS[0], 0.5, 0.5, 0.5)])
    check(tmp_path, params, good_rows()[:2])


def test_a_missing_submission_says_how_to_make_it(tmp_path, params):
    with pytest.raises(EgaError, match=r"nothing.csv: .*Cure: run `make submit`"):
        check_submission(tmp_path / "nothing.csv", params)


def test_a_missing_template_names_the_data_folder(tmp_path, params):
    (params.data.root / TEMPLATE).unlink()
    with pytest.raises(EgaError, match=rf"{TEMPLATE}: .*Cure: point data.root"):
        check(tmp_path, params, good_rows())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([HEADER, *[("S1", 0.5, 0.5, 0.5)] * 2], "'S1' stands on several rows"),
        ([(*HEADER, "gold"), ("S1", 0, 0, 0, 0)], "line 1: got the columns gold"),
        ([HEADER[:-1], ("S1", 0, 0)], "the columns sulfide are missing"),
    ],
)
def test_a_template_that_does_not_fit_is_refused(rows, expected, tmp_path, params):
    write(params.data.root / TEMPLATE, rows)
    # Otherwise the fault would be sought in the submission.
    with pytest.raises(EgaError, match=expected):
        check(tmp_path, params, good_rows())


def predictions(ids, *, roles=None):
    """Return a prediction table whose probabilities tell run and label apart."""
    return pl.DataFrame(
        [
            (sample_id, label, role, 0, 0, (10 * row + column) / 100)
            for row, (sample_id, role) in enumerate(
                zip(ids, roles or ["test"] * len(ids), strict=True)
            )
            for column, label in enumerate(LABELS)
        ],
        schema=["sample_id", "label", "role", "repeat", "fold", "probability"],
        orient="row",
    )


def submitted():
    return pl.read_csv(paths.SUBMISSION)


def test_the_stage_writes_the_order_of_the_template(params):
    roles = ["holdout", "test", "test", "test", "out_of_fold"]
    ids = ["S2", "S4", "S7", "S10", "S1"]
    write_parquet(paths.predictions("stack"), predictions(ids, roles=roles))
    seal_all()
    run(params)
    table = submitted()
    assert table["sample_id"].to_list() == list(IDS)
    # By name, not by position: S7 is the third of the predictions.
    assert table.row(0) == ("S7", 0.2, 0.21, 0.22)
    # A zero that turns out wrong would cost infinitely much.
    assert table.row(1) == ("S2", params.submit.probability_floor, 0.01, 0.02)


def test_columns_follow_the_template(params):
    header = ("sample_id", "sulfide", "basalt", "carbonate")
    write(params.data.root / TEMPLATE, [header, *((i, 0.5, 0.5, 0.5) for i in IDS)])
    write_parquet(paths.predictions("stack"), predictions(IDS))
    seal_all()
    run(params)
    assert tuple(submitted().columns) == header
    assert submitted().row(1) == ("S2", 0.12, 0.1, 0.11)


def test_runs_without_prediction_get_the_prevalence(params, workspace):
    write_parquet(paths.predictions("stack"), predictions(IDS[:3]))
    seal_all()
    truth = {label: [1, 1, 1, 0] for label in LABELS} | {"sulfide": [0, 0, 0, 1]}
    runs = pl.DataFrame({"sample_id": list("abcd"), "role": ["train"] * 4} | truth)
    write_parquet(paths.RUNS, runs)
    seal_all()
    run(params)
    # The best guess about a run that could not be read.
    assert submitted().row(3) == ("S4", 0.75, 0.75, 0.25)
    workspace.set(submit={"fill_quarantined": "fail"})
    with pytest.raises(EgaError, match=r"1 runs of the template .*\('S4'\)"):
        run(workspace.params())


def test_a_missing_blend_names_its_stage(params):
    with pytest.raises(EgaError, match="run `dvc repro stack`"):
        run(params)


def test_the_file_passes_through_the_command(params, workspace):
    write_parquet(paths.predictions("stack"), predictions(IDS))
    seal_all()
    assert workspace.ega("submit").code == 0
    assert workspace.ega("check").code == 0
    write_csv(paths.SUBMISSION, submitted().reverse())
    result = workspace.ega("check")
    # `make submit` relies on the exit code.
    assert result.code == 1
    assert "Traceback" not in result.stderr
