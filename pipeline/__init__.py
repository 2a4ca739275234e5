"""DVC stages and the `ega` command: the only code that touches disk and params."""

import os

# One thread a worker, set before numpy, polars or LightGBM load: work is spread over
# processes, and LightGBM with two OpenMP threads was measured 16-34 times slower.
for _name, _value in (
    ("OMP_NUM_THREADS", "1"),
    ("OMP_WAIT_POLICY", "PASSIVE"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("POLARS_MAX_THREADS", "1"),
):
    os.environ.setdefault(_name, _value)
