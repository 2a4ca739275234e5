"""Class files: what is read is what is there, what is wrong is named."""

import json

import numpy as np
import pytest

from pipeline.errors import EgaError
from studies.synthetic_spectra.generate import write_classes
from studies.synthetic_spectra.spectrum_classes import read_classes, simulate_classes


def written(tmp_path, change):
    content = {
        "datapoints": 1000,
        "spectra": {
            "0": {"peak_positions": [100, 200], "peak_heights": [0.5, 1.0]},
            "1": {"peak_positions": [300], "peak_heights": [1]},
        },
    }
    change(content)
    path = tmp_path / "classes.json"
    path.write_text(json.dumps(content))
    return path


def test_classes_survive_writing_and_reading(tmp_path):
    # more than ten: their order is that of numbers, not of texts
    classes = simulate_classes(23, 4)
    path = tmp_path / "classes.json"
    write_classes(path, classes)
    again = read_classes(path)
    assert again.points == classes.points
    for name in ("positions", "heights", "starts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(classes, name))


def test_every_fourth_simulated_class_is_its_predecessor_with_a_minor_peak():
    classes = simulate_classes(8, 0)
    for number in (3, 7):
        positions, heights = classes.peaks(number)
        before, heights_before = classes.peaks(number - 1)
        assert positions[:-1].tolist() == before.tolist()
        assert heights[:-1].tolist() == heights_before.tolist()
        assert heights[-1] == 0.06


def test_another_axis_keeps_the_places_of_peaks(tmp_path):
    classes = read_classes(written(tmp_path, lambda content: None))
    assert classes.on_axis(500).positions.tolist() == [50, 100, 150]
    assert classes.on_axis(500).points == 500


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("spectra"), "'spectra'"),
        (lambda c: c.update(datapoints=0), "datapoints: got 0"),
        (lambda c: c["spectra"].pop("1"), "got 1 classes"),
        (
            lambda c: c["spectra"]["1"].update(peak_positions=[]),
            "class '1', peak_positions: got",
        ),
        (
            lambda c: c["spectra"]["0"].update(peak_heights=[1]),
            "expected a list of 2 heights",
        ),
        (
            lambda c: c["spectra"]["0"].update(peak_positions=[100, 1000]),
            "got 1000; expected an integer from 0 to 999",
        ),
        (
            lambda c: c["spectra"]["0"].update(peak_heights=[0.5, "x"]),
            "got 'x'; expected a number",
        ),
        (
            lambda c: c["spectra"]["1"].update(peak_heights=[0]),
            "all are 0; expected a peak",
        ),
        (lambda c: c["spectra"].update({"1": 5}), "expected peak lists"),
    ],
)
def test_a_wrong_class_is_named_with_what_was_got(tmp_path, change, message):
    path = written(tmp_path, change)
    with pytest.raises(EgaError) as caught:
        read_classes(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_comes_with_its_cure(tmp_path):
    with pytest.raises(EgaError, match="Cure: set data.folder"):
        read_classes(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(EgaError, match="not valid JSON"):
        read_classes(tmp_path / "bad.json")
