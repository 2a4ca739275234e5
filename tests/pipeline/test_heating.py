import numpy as np
import pytest

from pipeline.formats.heating import HeatingError, parse_heating

SEEDS = range(5)


def at(text, *seconds):
    return parse_heating(text).temperature(np.array(seconds, dtype=float)).tolist()


@pytest.mark.parametrize(
    "text",
    [
        "25:30/min",
        "25C:30C/min",
        "25 °C : 30 °C/min",
        "298.15K:30K/min",
        "25:0.5/s",
        "25.0:1800/h",
        "+25:30/MIN",
    ],
)
def test_the_same_ramp_in_many_words(text):
    assert at(text, 0, 60, 90, 3600) == [25.0, 55.0, 70.0, 1825.0]


def test_two_ramps():
    text = "25:10/min:300, 300:35/min:1100"
    programme = parse_heating(text)
    assert at(text, 0, 60, 27.5 * 60, 28.5 * 60) == [25.0, 35.0, 300.0, 335.0]
    assert programme.end_seconds == pytest.approx(60 * (27.5 + 800 / 35))


def test_holds_at_start_between_and_at_the_end():
    text = "25:5min, 25:10/min:125, 125:30s, 125:60/min:185, 185:hold"
    # 300 s hold, 600 s ramp, 30 s hold, 60 s ramp, hold for ever
    assert at(text, 0, 300, 360, 900, 920, 930, 960, 990, 1e6) == [
        25.0,
        25.0,
        35.0,
        125.0,
        125.0,
        125.0,
        155.0,
        185.0,
        185.0,
    ]
    assert parse_heating(text).end_seconds == np.inf


def test_cooling_leads_down():
    assert at("300:-20/min:100,100:hold", 0, 300, 600, 900) == [300, 200, 100, 100]


@pytest.mark.parametrize("seed", SEEDS)
def test_any_programme_is_continuous_and_keeps_its_corners(seed):
    rng = np.random.default_rng(seed)
    corners = [25.0]
    parts = []
    for _ in range(6):
        if rng.random() < 0.4:
            parts.append(f"{corners[-1]}:{rng.integers(1, 90)}min")
            corners.append(corners[-1])
        else:
            end = corners[-1] + float(rng.integers(1, 200))
            parts.append(f"{corners[-1]}:{rng.integers(1, 60)}/min:{end}")
            corners.append(end)
    programme = parse_heating(",".join(parts))
    # Every corner that was named is reached, in this order.
    assert programme.celsius == pytest.approx(corners)
    time = np.linspace(0, programme.end_seconds, 5000)
    steps = np.diff(programme.temperature(time))
    # No jump: the fastest ramp is one degree a second.
    assert np.abs(steps).max() <= 1.001 * time[1] + 1e-5


REFUSED = {
    "": "temperatures such as",
    "25": "START:RATE",
    "25:35": "START:RATE",
    "abc:35/min": "temperatures such as",
    "25F:35/min": "temperatures such as",
    "25:35/day": "START:RATE",
    "25:0/min": "a rate other than 0",
    "25:35/min:20": "an end that the rate leads to",
    "25:-5/min:100": "an end that the rate leads to",
    "25:0min": "a duration above 0",
    "25:-5min": "a duration above 0",
    "25:10/min:300,200:5/min": "a start at 300 C",
    "25:10/min,300:5/min": "an end, as other segments follow",
    "25:hold,25:5/min": "an end, as other segments follow",
    "25:10/min:300,": "temperatures such as",
    "-300:10/min": "temperatures above absolute zero",
    "-1K:10/min": "temperatures above absolute zero",
    "25:nan/min": "START:RATE",
    "inf:10/min": "temperatures such as",
    "25:10/min:300:400": "START:RATE",
    "1e400:10/min": "temperatures such as",
    "٢٥:10/min": "temperatures such as",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_understood_is_refused_with_an_example(text):
    # A guess would put every ion at a wrong temperature, and nothing would show it.
    with pytest.raises(HeatingError) as caught:
        parse_heating(text)
    assert f"expected {REFUSED[text]}" in str(caught.value)
    assert "25:10/min:300" in str(caught.value)
