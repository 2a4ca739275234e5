import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression

from models.calibration import calibration_line, reliability_curve

N = 20_000


def drawn(seed=0, n=N):
    """Return labels and the probabilities that they were drawn with."""
    rng = np.random.default_rng(seed)
    p = expit(rng.normal(-1, 2, n))
    return (rng.random(n) < p).astype(float), p


@pytest.mark.parametrize(("sharpened", "shift"), [(1, 0), (2, 0), (0.5, 0), (1, 0.7)])
def test_line_undoes_what_was_done_to_the_logits(sharpened, shift):
    y, p = drawn()
    stated = expit(sharpened * logit(p) + shift)
    line = calibration_line(y, stated, np.arange(N))
    # logit(p) = (logit(stated) - shift) / sharpened
    assert line.slope == pytest.approx(1 / sharpened, rel=0.06)
    assert line.intercept == pytest.approx(-shift / sharpened, abs=0.06)


@pytest.mark.parametrize("seed", range(4))
def test_true_probabilities_lie_within_the_stated_errors(seed):
    y, p = drawn(seed, n=1000)
    line = calibration_line(y, p, np.arange(1000))
    # four standard errors: one draw in ten thousand lies outside
    assert abs(line.slope - 1) < 4 * line.slope_error < 0.6
    assert abs(line.intercept) < 4 * line.intercept_error < 0.6


def test_line_is_that_of_scikit_learn():
    y, p = drawn(n=500)
    line = calibration_line(y, p, np.arange(500))
    model = LogisticRegression(C=1e12, tol=1e-10).fit(logit(p)[:, None], y)
    assert line.slope == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert line.intercept == pytest.approx(model.intercept_[0], abs=1e-4)


def test_rows_of_one_run_count_as_one():
    y, p = drawn(n=300)
    once = calibration_line(y, p, np.arange(300))
    thrice = calibration_line(*(np.tile(v, 3) for v in (y, p, np.arange(300))))
    # saying everything three times is no new evidence
    assert thrice.slope == pytest.approx(once.slope, rel=1e-6)
    assert thrice.slope_error == pytest.approx(once.slope_error, rel=1e-4)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.8]),
        ([1, 1, 0, 0], [0.1, 0.2, 0.7, 0.8]),
        ([0, 0, 1], [0.1, 0.5, 0.5]),
        ([0, 0, 0], [0.1, 0.2, 0.3]),
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),
    ],
)
def test_no_line_where_none_fits_best(y, p):
    line = calibration_line(np.array(y, float), np.array(p), np.arange(len(y)))
    # an optimiser would stop somewhere on the way to infinity
    assert np.isnan([line.slope, line.intercept, line.slope_error]).all()


def test_curve_holds_every_decision_once_and_wilson_intervals():
    y, p = drawn(n=2000)
    p[0] = 1.0
    rows = reliability_curve(y, p, 10, z=1.959964)
    assert sum(row["decisions"] for row in rows) == 2000
    for number, row in enumerate(rows):
        assert number / 10 <= row["predicted"] <= (number + 1) / 10
        positives = round(row["observed"] * row["decisions"])
        ends = binomtest(positives, row["decisions"]).proportion_ci(method="wilson")
        assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high))


def test_curve_leaves_out_empty_bins():
    rows = reliability_curve(np.array([0.0, 1.0]), np.array([0.05, 0.95]), 10, 2.0)
    assert [row["decisions"] for row in rows] == [1, 1]
    assert [row["observed"] for row in rows] == [0.0, 1.0]
