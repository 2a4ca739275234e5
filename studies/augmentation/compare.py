"""Stage compare: regressors with and without generated spectra, on all folds."""

from __future__ import annotations

from studies.augmentation import paths
from studies.augmentation.experiment import CaseName
from studies.augmentation.score_tables import write_scores
from studies.augmentation.settings import Settings
from studies.augmentation.units import Job, Work, add_work, open_cache, run_work


def run(settings: Settings) -> None:
    """Write the errors of every plan; raises EgaError if stage prepare has not run."""
    tables = run_work("compare", planned(settings), settings)
    write_scores(tables, paths.COMPARED, paths.COMPARED_SECONDS)
    for data_set in settings.data.sets:
        open_cache(data_set, settings).remove_other_keys()


def planned(settings: Settings) -> Work:
    """Return the cases of all plans; sets that are not asked for are left out."""
    work: Work = {}
    for plan in settings.compare.plans:
        jobs = [
            Job(augmentation, regressor)
            for regressor in plan.regressors
            for augmentation in plan.augmentations
        ]
        for data_set in plan.sets:
            if data_set not in settings.data.sets:
                continue
            for percent in plan.percent:
                for repeat in range(plan.seeds):
                    case = CaseName("compare", data_set, percent, repeat)
                    add_work(work, case, jobs)
    return work
