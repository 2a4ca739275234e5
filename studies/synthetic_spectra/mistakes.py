"""Why a network takes one class for another: the three published kinds of mistakes."""

from __future__ import annotations

from studies.synthetic_spectra.spectrum_classes import SpectrumClasses

MINOR, POSITION, INTENSITY, OTHER = "minor peak", "position", "intensity", "other"
KINDS = (MINOR, POSITION, INTENSITY, OTHER)


def kind_of_mistake(
    classes: SpectrumClasses,
    pair: tuple[int, int],
    *,
    reach_points: int,
    minor_height: float,
    close_height: float,
) -> str:
    """Say what alone tells two classes apart.

    Peaks of the two are paired, nearest first, as far as the same peak could reach
    both. What is left decides: peaks without partner that are all minor (a minor peak
    was overlooked, or seen where none is), no such peak but heights that differ
    (overlapping intensity), or positions alone (overlapping position). Anything else is
    "other": the classes are not alike.

    Parameters
    ----------
    pair : (true class, predicted class)
    reach_points : int
        Two peaks further apart than this can't overlap: twice the largest shift.
    minor_height : float
        A peak up to this height is minor.
    close_height : float
        Heights that differ by less are no difference.
    """
    first, second = (classes.peaks(number) for number in pair)
    distances = sorted(
        (abs(int(p) - int(q)), i, j)
        for i, p in enumerate(first[0])
        for j, q in enumerate(second[0])
    )
    partner: dict[int, int] = {}
    for distance, i, j in distances:
        free = i not in partner and j not in partner.values()
        if free and distance <= reach_points:
            partner[i] = j
    alone = [h for i, h in enumerate(first[1]) if i not in partner]
    alone += [h for j, h in enumerate(second[1]) if j not in partner.values()]
    if alone:
        return MINOR if max(alone) <= minor_height else OTHER
    differences = [abs(first[1][i] - second[1][j]) for i, j in partner.items()]
    return INTENSITY if max(differences) >= close_height else POSITION
