"""Stage confirm: what the search found, on folds that it has not seen."""

from __future__ import annotations

from studies.augmentation import paths
from studies.augmentation.score_tables import read_scores, write_scores
from studies.augmentation.search import CASE, work_of
from studies.augmentation.settings import Settings
from studies.augmentation.statistics import BASELINE
from studies.augmentation.units import Job, run_work


def run(settings: Settings) -> None:
    """Write the errors of baseline, control and chosen setting.

    Raises
    ------
    EgaError
        Stage search has not run, or with other sets and sizes.
    """
    chosen = read_scores(paths.CHOSEN, "search")
    found = {
        (data_set, percent): name
        for data_set, percent, name in chosen.select(*CASE, "augmentation").iter_rows()
    }
    controls = (BASELINE, settings.search.control)
    work = work_of("confirm", settings, controls, settings.search.confirm_seeds)
    for case, jobs in work.items():
        name = found.get((case.data_set, case.percent))
        if name is not None:
            jobs.append(Job(name, "networks"))
    tables = run_work("confirm", work, settings)
    write_scores(tables, paths.CONFIRMED, paths.CONFIRMED_SECONDS)
