"""Prove that results do not vary: with workers, backends, kills and a second start.

Takes a quarter of an hour on two cores. Exit code 1 if anything differs that must not:

python -m benchmarks.determinism [--kills 40] [--seed 1] [--out results.md]
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.determinism import tables
from benchmarks.determinism.backends import Chain, chains
from benchmarks.determinism.chain_kills import kill_chain
from benchmarks.determinism.contents import TIMED
from benchmarks.determinism.kills import trials
from benchmarks.determinism.other_machines import machines
from benchmarks.determinism.reference import make_reference

PARTS = ("backends", "kills", "dvc")


def measure(arguments: argparse.Namespace, root: Path) -> tuple[str, bool]:
    """Return the tables, and whether anything differs."""
    rng = random.Random(arguments.seed)
    reference = make_reference(root)
    seconds = sum(reference.seconds.values())
    print(f"reference: {seconds:.0f} s", flush=True)
    first = Chain("loky", 1, seconds, len(reference.files()), [])
    found: list[Any] = [first]
    text = [f"Compared without times: {name} {why}." for name, why in TIMED.items()]
    if "backends" in arguments.parts:
        found += told(chains(reference, root))
    text.append(tables.chain_table(found))
    if "kills" in arguments.parts:
        killed = told(trials(reference, root, arguments.kills, rng))
        text += [tables.kill_table(killed), tables.kill_summary(killed)]
        found += killed
    if "dvc" in arguments.parts:
        chain = kill_chain(reference, root / "dvc", arguments.chain_kills, rng)
        text.append(tables.chain_kill_text(chain))
        found += [chain] if chain else []
    if arguments.other_machines:
        text.append(tables.machine_table(told(machines(reference, root))))
    return "\n\n".join(text), any(part.faults for part in found)


def told(results: Iterable[Any]) -> list[Any]:
    """Print results as they come."""
    kept = []
    for result in results:
        print(result, flush=True)
        kept.append(result)
    return kept


def main() -> None:
    """Measure, print the tables, and end with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40, help="of single stages")
    parser.add_argument("--chain-kills", type=int, default=5, help="of dvc repro")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--other-machines", action="store_true")
    parser.add_argument("--out", type=Path, help="a file for the tables")
    parser.add_argument("--keep", type=Path, help="work in this new folder and keep it")
    arguments = parser.parse_args()
    root = arguments.keep or Path(tempfile.mkdtemp(prefix="determinism_"))
    start = time.perf_counter()
    try:
        text, differs = measure(arguments, root.absolute())
    finally:
        if not arguments.keep:
            shutil.rmtree(root, ignore_errors=True)
    text += f"\n\n{(time.perf_counter() - start) / 60:.0f} minutes."
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    sys.exit(differs)


if __name__ == "__main__":
    main()
