"""Answers as JSON, CSV, Parquet and table."""

import io
import json
import math

import polars as pl
import pytest
import run_page_inputs

from pipeline.prediction.answer import Evidence
from pipeline.prediction.output import (
    SCHEMA,
    OutputFormat,
    answer_object,
    answer_rows,
    evidence_words,
    writer,
)
from pipeline.prediction.table import TableWriter, percent

N_LABELS = len(run_page_inputs.LABELS)
ANSWERS = (
    run_page_inputs.answer(),
    run_page_inputs.answer(
        sample_id="S1, \"quoted\"\nand 'more'",
        source="räume/S1.mzML",
        warnings=("first; of two", "second"),
    ),
    run_page_inputs.answer(sample_id="007", instrument="", warnings=()),
)
HOSTILE = ("[red]S1[/red]", "[/]", "\x1b[2J\x07", "a\nb", ":smiley:", "<b>S1</b>")


def written(form, answers, path=None):
    """Return what a writer made of answers: the text of its stream."""
    stream = io.StringIO()
    with writer(OutputFormat(form), stream, path) as out:
        for answer in answers:
            out.add(answer)
    return stream.getvalue()


def refuse_constant(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("n", [0, 1, 3])
def test_json_is_an_array_with_an_object_a_run(n):
    text = written("json", ANSWERS[:n])
    found = json.loads(text, parse_constant=refuse_constant)
    assert [run["sample_id"] for run in found] == [a.sample_id for a in ANSWERS[:n]]
    assert text.endswith("]\n")
    # one line a run, so that a long file can be read line by line
    assert len(text.splitlines()) == (1 if n == 0 else n + 2)


def test_json_holds_the_answer():
    (found,) = json.loads(written("json", ANSWERS[:1]))
    answer = ANSWERS[0]
    assert found == json.loads(json.dumps(answer_object(answer)))
    assert [one["compound"] for one in found["compounds"]] == list(
        run_page_inputs.LABELS
    )
    for one, compound in zip(found["compounds"], answer.compounds, strict=True):
        assert one["low"] <= one["probability"] <= one["high"]
        assert one["probability"] == pytest.approx(compound.probability, abs=1e-6)
        assert list(one["by_family"]) == list(run_page_inputs.FAMILIES)
        assert len(one["evidence"]) == len(compound.evidence)
    assert found["similar_training_runs"][1]["compounds"] == ["carbonate", "iron_oxide"]


def test_unknown_facts_are_null():
    facts = dict.fromkeys(ANSWERS[0].facts, math.nan)
    text = written("json", [run_page_inputs.answer(facts=facts)])
    (found,) = json.loads(text, parse_constant=refuse_constant)
    assert found["facts"] == dict.fromkeys(facts)


@pytest.mark.parametrize("n", [1, 3])
def test_csv_has_its_header_once_and_a_row_a_run_and_compound(n):
    text = written("csv", ANSWERS[:n])
    assert text.splitlines()[0] == ",".join(SCHEMA)
    assert text.count("sample_id") == 1
    table = pl.read_csv(io.StringIO(text), schema=SCHEMA)
    assert len(table) == n * N_LABELS
    ids = table["sample_id"].unique(maintain_order=True).to_list()
    # commas, quotes, line ends and leading zeros survive
    assert ids == [answer.sample_id for answer in ANSWERS[:n]]


def test_csv_of_no_answers_is_a_header():
    table = pl.read_csv(io.StringIO(written("csv", [])), schema=SCHEMA)
    assert table.is_empty()


@pytest.mark.parametrize("copies", [0, 1, 150])
def test_parquet_holds_the_rows_of_the_csv(copies, tmp_path):
    # 150 copies are more than a row group
    answers = ANSWERS * copies
    path = tmp_path / "new" / "answers.parquet"
    assert written("parquet", answers, path) == ""
    table = pl.read_parquet(path)
    assert table.schema == SCHEMA
    assert table.equals(answer_rows(answers))
    if copies == 1:
        text = written("csv", answers)
        csv = pl.read_csv(io.StringIO(text), schema=SCHEMA)
        assert table.equals(csv)


def test_parquet_needs_a_file():
    with pytest.raises(ValueError, match="Parquet needs a file"):
        written("parquet", ANSWERS)


@pytest.mark.parametrize("form", OutputFormat)
def test_a_file_appears_whole_or_not_at_all(form, tmp_path):
    path = tmp_path / "answers"
    path.write_text("old")

    def interrupted():
        with writer(form, io.StringIO(), path) as out:
            for answer in ANSWERS * 2:
                out.add(answer)
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["answers"]


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_a_file_holds_what_the_stream_would(form, tmp_path):
    path = tmp_path / "answers"
    assert written(form, ANSWERS, path) == ""
    assert path.read_text(encoding="utf-8") == written(form, ANSWERS)


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_every_answer_is_seen_at_once(form):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    with writer(OutputFormat(form), stream, None) as out:
        before = 0
        for answer in ANSWERS:
            out.add(answer)
            # a pipe shows it before the next run is read
            assert len(raw.getvalue()) > before
            before = len(raw.getvalue())


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("json"),
        pytest.param("csv"),
        pytest.param("parquet"),
        "table",
    ],
)
def test_a_file_name_that_is_no_text_is_written_somehow(form, tmp_path):
    # what Python makes of the byte 0xff in a name
    answer = run_page_inputs.answer(source="run_\udcff.csv")
    path = tmp_path / "answers"
    written(form, [answer], path)
    assert b"run_" in path.read_bytes()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("field", ["sample_id", "instrument", "source", "warnings"])
def test_the_table_shows_hostile_names_as_text(field, name):
    value = (name,) if field == "warnings" else name
    text = written("table", [run_page_inputs.answer(**{field: value})])
    assert (name if name.isprintable() else repr(name)) in text
    # nothing that moves the cursor, and no line that somebody else has made
    plain = written("table", ANSWERS[:1])
    assert len(text.splitlines()) == len(plain.splitlines())
    assert all(line.isprintable() for line in text.split("\n"))


def test_the_table_shows_hostile_labels_as_text():
    compounds = tuple(run_page_inputs.compound(3, name) for name in HOSTILE)
    text = written("table", [run_page_inputs.answer(compounds=compounds)])
    for name in HOSTILE:
        assert (name if name.isprintable() else repr(name)) in text


def test_the_table_begins_with_the_most_probable():
    text = written("table", ANSWERS[:1])
    by_probability = [
        compound.label
        for compound in sorted(ANSWERS[0].compounds, key=lambda c: -c.probability)
    ]
    lines = [line.split()[0] for line in text.splitlines() if line.strip()]
    assert [word for word in lines if word in by_probability] == by_probability
    assert "S0042" in text.splitlines()[0]
    assert "95% interval" in text
    assert "warning: heats at 35 °C/min" in text


def test_the_table_separates_what_speaks_for_and_against():
    text = written("table", ANSWERS[:1])
    (carbonate,) = (line for line in text.splitlines() if "carbonate" in line)
    assert "+1.6 m/z 44 (CO₂) 650-750 °C" in carbonate
    assert carbonate.index("-0.3 m/z 64") > carbonate.index("+1.6 m/z 44")


def test_the_table_has_no_colours_in_a_file():
    assert "\x1b" not in written("table", ANSWERS[:1])


def test_a_narrow_terminal_loses_nothing(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "90")
    terminal = Terminal()
    TableWriter(terminal).add(ANSWERS[0])
    assert "\x1b[" in terminal.getvalue()
    for label in run_page_inputs.LABELS:
        assert label in terminal.getvalue()


@pytest.mark.parametrize(
    ("mz", "low", "high", "log_odds", "expected"),
    [
        (44, 600.0, 750.0, 1.83, "+1.8 m/z 44 (CO₂) 600-750 °C"),
        (99, -50.0, 0.0, -12.345, "-12.3 m/z 99 -50-0 °C"),
        (18, None, None, -0.5, "-0.5 m/z 18 (H₂O)"),
        (28, 0.0, 1000.0, 10.0, "+10.0 m/z 28 (CO/N₂) 0-1000 °C"),
    ],
)
def test_words_of_evidence(mz, low, high, log_odds, expected):
    assert evidence_words(Evidence(mz, low, high, log_odds)) == expected


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, "<0.1 %"),
        (1e-300, "<0.1 %"),
        (0.000999, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.0449, "4.5 %"),
        (0.1, "10 %"),
        (0.5, "50 %"),
        (0.9, "90 %"),
        (0.994, "99.4 %"),
        (0.999, "99.9 %"),
        (0.9990001, ">99.9 %"),
        (1.0, ">99.9 %"),
    ],
)
def test_percent(probability, expected):
    assert percent(probability) == expected


def test_no_probability_looks_certain():
    shown = {percent(n / 100_000) for n in range(100_001)}
    assert not shown & {"0 %", "0.0 %", "100 %", "100.0 %"}
