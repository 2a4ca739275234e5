"""What generated training runs change in the out-of-fold score of the networks.

cd FOLDER; python -m benchmarks.generated_runs [--families conv sequence soup] \
    [--repeats 1] [--shares 0.25 0.5]

FOLDER holds params.yaml and the artifacts of stages bin, featurize and fold. Networks
are those of the first member of each family, once with real runs alone and once with
each share of generated ones, on the same outer folds and from the same seeds. Interval:
resampled runs, their differences paired. Kept units are not computed again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from models.metrics import bootstrap_weights, log_losses
from pipeline import conv, paths, sequence, soup
from pipeline.family import Arrays, Unit, family_data, feature_files
from pipeline.family_data import FoldedRuns
from pipeline.network_family import MODULES, network_data, network_files
from pipeline.params import Params, load_params
from pipeline.unit_cache import UnitCache

FITS: dict[str, Callable[..., Arrays]] = {
    conv.NAME: conv.fit_unit,
    sequence.NAME: sequence.fit_unit,
    soup.NAME: soup.fit_unit,
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="*", default=list(FITS))
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--shares", type=float, nargs="*", default=[0.25, 0.5])
    arguments = parser.parse_args()
    params = load_params(Path("params.yaml"))
    print("| family | generated | log-loss | difference | interval | seconds |")
    print("|---|---|---|---|---|---|")
    for family in arguments.families:
        real = np.zeros(0)
        for share in (0.0, *arguments.shares):
            losses, seconds = run_losses(family, share, params, arguments.repeats)
            if share == 0:
                real = losses
            low, high = interval(losses - real, params)
            print(
                f"| {family} | {share:g} | {losses.mean():.4f} "
                f"| {(losses - real).mean():+.4f} | {low:+.4f} to {high:+.4f} "
                f"| {seconds:.0f} |",
                flush=True,
            )


def run_losses(
    family: str, share: float, params: Params, repeats: int
) -> tuple[np.ndarray, float]:
    """Return each run's out-of-fold loss, mean over labels and repeats, and seconds."""
    section = getattr(params, family)
    if family == soup.NAME:
        changed = {"copies": "generated", "copy_share": share}
        data: FoldedRuns = family_data(params)
        files = [*feature_files(params), paths.FEATURE_DICTIONARY]
        modules: tuple[str, ...] = (family, "soup_params", "soup_settings")
    else:
        changed = {"generated_share": share}
        data, files = network_data(params), network_files()
        modules = (family, *MODULES)
    section = section.model_copy(update=changed)
    params = params.model_copy(update={family: section})
    relevant = [params.seed, section.model_dump(mode="json")]
    cache = UnitCache(f"benchmark_{family}", files, relevant, modules)
    losses = np.zeros((repeats, len(data.y)))
    seconds = 0.0
    for index, fold in enumerate(data.folds):
        if fold.repeat >= repeats:
            continue
        name = f"{fold.repeat}_{fold.number}"
        kept = cache.load(name)
        if kept is None:
            start = time.process_time()
            unit = Unit(index, tuple(range(data.y.shape[1])), 0)
            scored = FITS[family](data, unit, params)["scored"]
            took = np.array(time.process_time() - start)
            kept = {"scored": scored, "seconds": took}
            cache.save(name, kept)
        seconds += float(kept["seconds"])
        by_label = log_losses(data.y[fold.scored], kept["scored"])
        losses[fold.repeat, fold.scored] = by_label.mean(axis=1)
    return losses.mean(axis=0), seconds


def interval(differences: np.ndarray, params: Params) -> tuple[float, float]:
    """Return the bootstrap interval of the mean over runs."""
    settings = params.evaluate
    weights = bootstrap_weights(
        len(differences), settings.bootstrap_samples, params.seed
    )
    means = weights @ differences / weights.sum(axis=1)
    tail = (1 - settings.interval) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


if __name__ == "__main__":
    main()
