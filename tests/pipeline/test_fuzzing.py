"""Whatever a file holds, a reader answers or declares an error: nothing else.

`make fuzz` does the same for a million files and more, guided by coverage.
"""

import contextlib
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzzing.mutations import NUMBERS, TEXTS, mutated
from benchmarks.fuzzing.readers import READERS

# of each test; the readers of folders and models take some milliseconds an input
EXAMPLES = dict.fromkeys(READERS, 200) | {
    "heating": 1000,
    "params": 40,
    "tables": 60,
    "folder": 30,
}


def bounded(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def feed(name, folder, data):
    """Feed an input; any error but the declared ones fails the test."""
    reader = READERS[name]
    before = sorted(folder.parent.iterdir())
    with contextlib.suppress(reader.declared):
        reader.feed(folder, data)
    assert sorted(folder.parent.iterdir()) == before


@pytest.mark.parametrize("name", READERS)
def test_mutations_of_valid_files(name, tmp_path):
    reader = READERS[name]
    seeds = [bytes(seed) for seed in reader.seeds()]

    @bounded(EXAMPLES[name])
    @given(seed=st.sampled_from(seeds), number=st.integers(0, 2**32))
    def check(seed, number):
        rng = random.Random(number)
        feed(name, tmp_path, mutated(rng, seed, reader.mutations, reader.most_bytes))

    check()


FIELDS = st.one_of(
    st.sampled_from([*NUMBERS, *TEXTS]),
    st.floats(width=64).map(lambda x: repr(x).encode()),
    st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace")),
    st.binary(max_size=8),
)
LINES = st.lists(st.lists(FIELDS, max_size=6), max_size=6)


@pytest.mark.parametrize("name", ["csv", "dialects"])
def test_rows_of_anything(name, tmp_path):
    @bounded(200)
    @given(
        lines=LINES,
        separator=st.sampled_from([b",", b";", b"\t"]),
        end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
        header=st.permutations([b"time", b"temp", b"m/z", b"abundance"]),
    )
    def check(lines, separator, end, header):
        rows = [separator.join(line) for line in [header, *lines]]
        feed(name, tmp_path, end.join(rows))

    check()


@pytest.mark.parametrize("name", ["heating", "csv", "dialects", "andi", "mzml"])
def test_bytes_of_any_kind(name, tmp_path):
    starts = [b"", b"CDF\x01", b"<mzML>", b"\x1f\x8b", b"time,temp,m/z,abundance\n"]

    @bounded(100)
    @given(start=st.sampled_from(starts), data=st.binary(max_size=200))
    def check(start, data):
        feed(name, tmp_path, start + data)

    check()
