"""Feed every reader with broken files, and report what is no declared error.

python -m benchmarks.fuzz --seconds 600 --seed 1 [--reader NAME]
python -m benchmarks.fuzz --reader NAME --input FILE

Each reader runs in a process of its own, first with files made to harm and with every
beginning of its valid files, then with mutations of these. An input that leads to new
lines of our code is kept and mutated further. Failing inputs are saved.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzzing.attacks import ATTACKS, truncated
from benchmarks.fuzzing.guard import (
    Coverage,
    Fence,
    peak_mebibytes,
    set_limits,
    time_limit,
)
from benchmarks.fuzzing.mutations import mutated
from benchmarks.fuzzing.readers import READERS, Reader

# tracing makes Python several times slower
TRACED_SHARE = 0.1
MOST_KEPT, MOST_TRUNCATED = 1500, 2048
FAILURES = Path("fuzz_failures")
# threads of libraries would only wait for each other on files this small
ONE = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}


@dataclass
class Outcome:
    """What a reader was fed, and what came of it."""

    reader: str
    inputs: int = 0
    read: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_name: str = ""
    base_mebibytes: float = 0.0
    peak_mebibytes: float = 0.0
    kept: int = 0
    pairs_of_lines: int = 0


class Fuzzer:
    """Feeds one reader."""

    def __init__(self, name: str, folder: Path, seed: int) -> None:
        self.reader: Reader = READERS[name]
        self.outcome = Outcome(name)
        self.folder = folder
        self.rng = random.Random(f"{seed} {name}")
        self.fence = Fence(folder)
        self.coverage = Coverage("/pipeline/", "/features/", "/models/")

    def run(self, seconds: float) -> Outcome:
        """Feed attacks and truncations once, then mutations until the time is over."""
        reader, result = self.reader, self.outcome
        corpus = [bytes(s) for s in reader.seeds()]
        for content in corpus:
            # loads what is loaded once
            with contextlib.suppress(*reader.declared):
                reader.feed(self.folder, content)
        set_limits()
        result.base_mebibytes = peak_mebibytes()
        start = time.perf_counter()
        short = tuple(content[:MOST_TRUNCATED] for content in corpus)
        for name, make in _all(result.reader, short):
            self.one(make(), name)
        while time.perf_counter() - start < seconds:
            parent = self.rng.choice(corpus)
            data = mutated(self.rng, parent, reader.mutations, reader.most_bytes)
            if self.rng.random() < TRACED_SHARE and len(corpus) < MOST_KEPT:
                found: set = set()
                with self.coverage.watching(found):
                    self.one(data, "mutation")
                if self.coverage.is_new(found):
                    corpus.append(data)
            else:
                self.one(data, "mutation")
        result.seconds = time.perf_counter() - start
        result.peak_mebibytes = peak_mebibytes()
        result.kept, result.pairs_of_lines = len(corpus), len(self.coverage)
        return result

    def one(self, data: bytes, name: str) -> None:
        """Feed one input; whatever is no declared error is saved."""
        result = self.outcome
        # a crash of compiled code leaves it behind
        current = self.folder / "current"
        if len(data) > 100_000 or result.reader in ("heating", "bundle", "model"):
            current.write_bytes(data)
        start = time.perf_counter()
        try:
            self.fence.up = True
            with time_limit():
                self.reader.feed(self.folder, data)
            result.read += 1
        except self.reader.declared as error:
            result.errors[type(error).__name__] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - that is what is looked for
            self.fence.up = False
            self.save(data, name, error)
        finally:
            self.fence.up = False
        taken = time.perf_counter() - start
        result.inputs += 1
        if taken > result.slowest:
            result.slowest, result.slowest_name = taken, name

    def save(self, data: bytes, name: str, error: BaseException) -> None:
        """Keep the first inputs of each place where a reader failed."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f for f in frames if "/pipeline/" in f.filename] or frames
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        kind = f"{type(error).__name__} at {place}"
        self.outcome.failures[kind] += 1
        number = self.outcome.failures[kind]
        if number > 3:
            return
        FAILURES.mkdir(exist_ok=True)
        file = FAILURES / (
            f"{self.outcome.reader}-{type(error).__name__}-"
            f"{place.replace(':', '-')}-{number}"
        )
        file.write_bytes(data)
        print(f"{kind}: {str(error)[:300]!r} ({name})", file=sys.stderr)
        print(
            f"  python -m benchmarks.fuzz --reader {self.outcome.reader} "
            f"--input {file}",
            file=sys.stderr,
        )


def _all(name: str, files: tuple[bytes, ...]) -> Iterator:
    if name in ATTACKS:
        yield from ATTACKS[name]()
    yield from truncated(files)


def fuzz_one(name: str, seconds: float, seed: int) -> Outcome:
    """Feed one reader in this process."""
    faulthandler.enable()
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        fuzzer = Fuzzer(name, Path(folder), seed)

        def unraisable(found: object) -> None:
            fuzzer.outcome.failures[f"unraisable {found.exc_value!r:.200}"] += 1  # type: ignore[attr-defined]

        sys.unraisablehook = unraisable
        return fuzzer.run(seconds)


def _scratch() -> str | None:
    memory = Path("/dev/shm")  # noqa: S108
    return str(memory) if memory.is_dir() else None


def fuzz_all(names: list[str], seconds: float, seed: int) -> list[Outcome]:
    """Feed readers one after another, each in a process of its own."""
    total = sum(READERS[name].share for name in names)
    outcomes = []
    for name in names:
        share = seconds * READERS[name].share / total
        command = [sys.executable, "-m", "benchmarks.fuzz", "--json", "--reader", name]
        command += ["--seconds", str(share), "--seed", str(seed)]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ | ONE,
        )
        if done.returncode:
            outcome = Outcome(name, failures=Counter({f"exit {done.returncode}": 1}))
        else:
            outcome = Outcome(**json.loads(done.stdout.splitlines()[-1]))
        outcomes.append(outcome)
        print_table([outcome])
    return outcomes


def print_table(outcomes: list[Outcome]) -> None:
    """Print a line a reader."""
    for o in outcomes:
        errors = ", ".join(f"{n:,} {name}" for name, n in dict(o.errors).items())
        print(
            f"{o.reader:9} {o.inputs:9,} inputs {o.seconds:6.0f} s | read {o.read:,}, "
            f"{errors} | slowest {o.slowest:.2f} s ({o.slowest_name}) | "
            f"{o.base_mebibytes:.0f} to {o.peak_mebibytes:.0f} MiB | {o.kept} kept, "
            f"{o.pairs_of_lines} pairs of lines | failures {dict(o.failures)}",
            flush=True,
        )


def main() -> None:
    """Fuzz, or feed a single saved input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", choices=READERS)
    parser.add_argument("--input", type=Path, help="a saved input, fed with traceback")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.input:
        with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
            warnings.simplefilter("error")
            READERS[arguments.reader].feed(Path(folder), arguments.input.read_bytes())
        return
    if arguments.json:
        outcome = fuzz_one(arguments.reader, arguments.seconds, arguments.seed)
        print(json.dumps(vars(outcome)))
        return
    names = [arguments.reader] if arguments.reader else list(READERS)
    outcomes = fuzz_all(names, arguments.seconds, arguments.seed)
    print(f"{sum(o.inputs for o in outcomes):,} inputs")
    sys.exit(any(o.failures for o in outcomes))


if __name__ == "__main__":
    main()
