"""The full width at half maximum of a sampled curve."""

import numpy as np


def full_width_at_half_maximum_celsius(
    temperature_celsius: np.ndarray, rate: np.ndarray
) -> float:
    """Return the width of the highest peak at half its height.

    Parameters
    ----------
    temperature_celsius
        Increasing, shape ``(n_points,)``.
    rate
        The curve above its background, shape ``(n_points,)``.

    Returns
    -------
    float
        In celsius, interpolated linearly between points; NaN where the curve does
        not fall to half its maximum on both sides.
    """
    top = int(np.argmax(rate))
    half = 0.5 * rate[top]
    before = np.flatnonzero(rate[:top] <= half)
    after = np.flatnonzero(rate[top:] <= half)
    if before.size == 0 or after.size == 0:
        return float("nan")
    left = int(before[-1])
    right = top + int(after[0])
    left_crossing = np.interp(
        half, rate[left : left + 2], temperature_celsius[left : left + 2]
    )
    # np.interp wants rising abscissae, and this flank falls.
    right_crossing = np.interp(
        half,
        rate[right - 1 : right + 1][::-1],
        temperature_celsius[right - 1 : right + 1][::-1],
    )
    return float(right_crossing - left_crossing)
