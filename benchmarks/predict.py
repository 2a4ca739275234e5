"""How soon `ega predict` answers for one run, and how many runs a second it reads.

`python -m benchmarks.predict --model artifacts/export RUN...`
"""

from __future__ import annotations

import argparse
import importlib
import resource
import subprocess
import time
from pathlib import Path

# what the command imports before it can answer
MODULES = (
    "numba",
    "torch",
    "pipeline.prediction.answering",
    "pipeline.prediction.predicting",
    "pipeline.prediction.output",
    "pipeline.prediction.table",
)


def main() -> None:
    """Measure in this process, which has imported nothing yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("artifacts/export"))
    parser.add_argument("--evidence", default="found")
    parser.add_argument("runs", nargs="+")
    arguments = parser.parse_args()

    started = time.perf_counter()
    subprocess.run(["ega", "--help"], check=True, capture_output=True)
    print(f"ega --help       {time.perf_counter() - started:6.2f} s")

    started = time.perf_counter()
    for name in MODULES:
        importlib.import_module(name)
    print(f"imports          {time.perf_counter() - started:6.2f} s")

    from pipeline.prediction.opening import open_for_answers
    from pipeline.prediction.predicting import Question, predict_files
    from pipeline.prediction.run_files import expanded

    started = time.perf_counter()
    models = open_for_answers(arguments.model)
    opened = time.perf_counter()
    formats = models.ensemble.params.formats
    question = Question("commercial", arguments.evidence, None, formats)
    answers = predict_files(models, expanded(arguments.runs), question)
    next(answers)
    first = time.perf_counter()
    print(f"open the model   {opened - started:6.2f} s")
    print(f"first answer     {first - opened:6.2f} s, {first - started:.2f} s together")
    count = sum(1 for _ in answers)
    seconds = time.perf_counter() - first
    if count:
        print(f"{count} more runs  {count / seconds:6.1f} runs/s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"peak memory      {peak:6.0f} MiB")


if __name__ == "__main__":
    main()
