"""What was measured, as tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.determinism.backends import Chain
from benchmarks.determinism.chain_kills import ChainTrial
from benchmarks.determinism.kills import Kill, Trial
from benchmarks.determinism.other_machines import Machine


def chain_table(found: Sequence[Chain]) -> str:
    """Return the table of backends."""
    rows = [
        [c.backend, str(c.workers), f"{c.seconds:.0f} s", str(c.files), _faults(c)]
        for c in found
    ]
    return _table(["backend", "workers", "time", "files", "differences"], rows)


def kill_table(found: Sequence[Trial]) -> str:
    """Return a line a stage with all its kills."""
    rows = []
    for stage in dict.fromkeys(trial.kills[0].stage for trial in found):
        trials = [trial for trial in found if trial.kills[0].stage == stage]
        kills = [kill for trial in trials for kill in trial.kills]
        faults = [fault for trial in trials for fault in trial.faults]
        rows.append(
            [
                stage,
                str(len(kills)),
                ", ".join(_moment(kill) for kill in kills),
                ", ".join(str(kill.units) for kill in kills),
                ", ".join(f"{trial.seconds:.1f}" for trial in trials),
                "; ".join(faults) or "none",
            ]
        )
    names = ["stage", "kills", "moments, %", "units kept", "last start, s"]
    return _table([*names, "differences"], rows)


def kill_summary(found: Sequence[Trial]) -> str:
    """Return how many kills of which kind there were."""
    kills = [kill for trial in found for kill in trial.kills]
    at_work = [kill for kill in kills if not kill.finished]
    alone = sum(not kill.whole for kill in at_work)
    again = sum(len(trial.kills) > 1 for trial in found)
    faults = sum(bool(trial.faults) for trial in found)
    backends = dict.fromkeys(("loky", "threading", "dask"), 0)
    for kill in at_work:
        backends[kill.backend] += 1
    return (
        f"{len(kills)} kills in {len(found)} trials, {len(at_work)} of a stage at work "
        f"({', '.join(f'{n} {name}' for name, n in backends.items())}); "
        f"{alone} of them of the first process alone; {again} trials with more than "
        f"one kill; {faults} trials with differences."
    )


def chain_kill_text(trial: ChainTrial | None) -> str:
    """Return what became of `dvc repro`."""
    if trial is None:
        return "DVC is not installed: its chain was not killed."
    stages = ", ".join(map(str, trial.stages))
    return (
        f"`dvc repro` killed {len(trial.stages)} times (stages done: {stages}); "
        f"last start {trial.seconds:.0f} s; differences: {_faults(trial)}."
    )


def machine_table(found: Sequence[Machine]) -> str:
    """Return what other kernels change."""
    rows = [
        [
            machine.name,
            ", ".join(machine.differ) or "none",
            f"{machine.features:.1g}",
            ", ".join(f"{k} {v:.1g}" for k, v in machine.probabilities.items() if v)
            or "none",
        ]
        for machine in found
    ]
    names = ["machine", "stages whose files differ", "features, of their spread"]
    return _table([*names, "largest difference of a probability"], rows)


def _moment(kill: Kill) -> str:
    # what backend, and + where workers lived on
    end = "" if kill.whole else "+"
    return f"{100 * kill.moment:.0f}{kill.backend[0]}{end}"


def _faults(result: Chain | ChainTrial) -> str:
    return "; ".join(result.faults) or "none"


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
