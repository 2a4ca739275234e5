"""Data folders made to harm: paths that lead away, names no one would give."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.fuzzing import seeds
from benchmarks.fuzzing.attack import Attack
from benchmarks.fuzzing.sections import join, split


def folder_attacks() -> Iterator[Attack]:
    """Yield data folders."""
    files = {k.decode(): v for k, v in split(seeds.folder()).items()}
    metadata = files["metadata.csv"]
    for path in (
        "../../etc/passwd",
        "/etc/passwd",
        "features/../../x.csv",
        "loop",
        "loop/x.csv",
        "pipe",
        "zero",
        "folder",
        "features/A1.csv/x",
        "x" * 5000,
        "x/" * 3000,
        "features/\0",
        "features/\0/../../../etc/passwd",
        "CON",
        "~/x",
        ".",
        "features/\x1b[31m.csv",
        '"two\nlines"',
        "\ud7ff\uffff",
    ):
        changed = metadata.replace(b"features/A1.csv", path.encode())
        yield (
            f"path {path[:20]!r}",
            lambda c=changed: join({**files, "metadata.csv": c}),
        )
    for split_name in ("x" * 300, "../data/train", "/etc/x", "a\0b", "loop/x", "pipe"):
        changed = metadata.replace(b",train,", b",%s," % split_name.encode())
        yield (
            f"split {split_name[:20]!r}",
            lambda c=changed: join({**files, "metadata.csv": c}),
        )
    for odd in ("x" * 5000, "a\0", "\x1b[31m", '"a\nb"', "", "../x"):
        yield (
            f"id {odd[:20]!r}",
            lambda o=odd: join(
                {
                    n: c.replace(b"A1", o.encode())
                    if n.endswith(".csv") and "/" not in n
                    else c
                    for n, c in files.items()
                }
            ),
        )
    wide = b"sample_id," + b",".join(b"c%d" % i for i in range(20_000)) + b"\n"
    for name in ("metadata.csv", "train_labels.csv", "submission_format.csv"):
        for what, content in {
            "empty": b"",
            "nul": b"\0" * 100,
            "header": files[name].split(b"\n")[0],
            "repeated columns": files[name].replace(b"basalt", b"iron"),
            "invalid": files[name].replace(b"1", b"\xff"),
            "quote": files[name].replace(b"A1", b'"A1'),
            "mark": b"\xef\xbb\xbf" + files[name],
            "wide": wide,
            "long": files[name] + b"x" * 5_000_000,
        }.items():
            yield f"{name} {what}", lambda n=name, c=content: join({**files, n: c})
