"""Workers do not outlive the process that gave them work."""

import subprocess
import sys

import psutil
import pytest

pytestmark = pytest.mark.slow

# time.sleep stands for work: it is a function of a module, so workers can import it
FAN_OUT = """
import time
from pipeline.parallel import fan_out
from pipeline.compute_params import ComputeParams
compute = ComputeParams(
    workers=2, backend="loky", scheduler="", device="cpu", precision="float32"
)
for _ in fan_out(compute, "sleep", time.sleep, [0.0, 0.0, 60.0, 60.0, 60.0, 60.0]):
    print("ready", flush=True)
"""


def test_workers_of_a_killed_stage_end(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", FAN_OUT], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert parent.stdout.readline() == b"ready\n"
        workers = psutil.Process(parent.pid).children(recursive=True)
    finally:
        parent.kill()
        parent.communicate()
    # two workers, and what looks after their shared memory
    assert len(workers) >= 2
    # they would sleep for a minute, and then take the next task
    _, alive = psutil.wait_procs(workers, timeout=30)
    for process in alive:
        process.kill()
    assert not alive
