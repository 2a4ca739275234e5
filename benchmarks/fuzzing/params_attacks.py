"""Parameter files made to harm: references, nesting, huge numbers, tags."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.attack import Attack


def params_attacks() -> Iterator[Attack]:
    """Yield parameter files."""
    laughs = "a0: &a0 [ha, ha]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
    )
    merged = "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 9)
    )
    start = "budget: a\nbudgets: {a: {}}\n"
    one = dict(json.loads(seeds.params()[0]))
    for name, text in {
        "laughs": laughs,
        "laughs as a value": f"{laughs}{start}seed: *a11\n",
        "laughs as a budget": f"{laughs}budget: *a11\nbudgets: {{a: 1}}\n",
        "laughs as budgets": f"{laughs}budget: a\nbudgets: {{a: *a11}}\n",
        "laughs as a name": f"{laughs}budget: a\nbudgets: {{a: 1}}\n? *a11\n: 1\n",
        "merged laughs": merged + start,
        "recursion": f"{start}seed: &a [*a]\n",
        "recursion of a section": f"{start}bin: &a {{x: *a}}\n",
        "deep lists": "[" * 50_000,
        "deep mappings": "{a: " * 5_000,
        "deep blocks": "".join(" " * i + "a:\n" for i in range(1500)),
        "deep sequences": "- " * 5_000,
        "huge number": start + "seed: " + "9" * 100_000,
        "huge hexadecimal": start + "seed: 0x" + "f" * 10_000,
        "huge octal": start + "seed: 0o" + "7" * 10_000,
        "huge base 60": start + "seed: 1" + ":59" * 3_000,
        "huge budget": "budget: 0x" + "f" * 10_000 + "\nbudgets: {a: {}}",
        "twice": f"{start}seed: 1\nseed: 2\n",
        "nul": "seed: \0\n",
        "tags": f"{start}seed: !!int ''\n",
        "tag of time": f"{start}seed: !!timestamp x\n",
        "tag of truth": f"{start}seed: !!bool x\n",
        "tag of float": f"{start}seed: !!float ''\n",
        "tag of binary": f"{start}seed: !!binary x\n",
        "tag of python": f"{start}seed: !!python/object/apply:os.system [ls]\n",
        "no text as a key": f"{start}1: 2\n[1]: 3\n",
        "large": f"{start}x: [{'1, ' * 700_000}]\n",
        "many names": json.dumps(
            one | {"formats": one["formats"] | {"temperature_names": ["a"] * 50_000}}
        ),
    }.items():
        yield name, lambda t=text: t.encode()
    for section, key, value in (
        ("featurize", "window_high_celsius", 1e308),
        ("featurize", "area_window_celsius", 5e-324),
        ("bin", "bin_width_celsius", 5e-324),
        ("bin", "mz_max", 10**12),
        ("bin", "temperature_max_celsius", 1e308),
        ("conv", "members", [{"unknown": 1}]),
        ("formats", "columns", {"time": ["a"] * 30_000}),
        ("data", "labels", [str(i) for i in range(30_000)]),
        ("data", "root", "\0"),
    ):
        changed = one | {section: one[section] | {key: value}}
        yield f"{section}.{key}", lambda c=changed: json.dumps(c).encode()
