"""Writes docs/dependencies.md: every package of the lock with version and licence.

`python -m tools.list_licences`, in the environment that `make setup` makes.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path("requirements.lock")
PAGE = Path("docs/dependencies.md")
# installed by a step of its own, because its builds differ from machine to machine
BESIDE_THE_LOCK = ("torch",)
# packages whose metadata name no licence, or give its whole text; read by hand
BY_HAND = {"torch": "BSD-3-Clause"}
HEAD = """# Dependencies and their licences

Every package of `requirements.lock`, and torch, which `make setup` installs by a step
of its own. Written by `make licences` from the packages' own metadata.

The lock names exact versions with hashes of every file, so that pip refuses anything
else; torch is pinned by version only, since each machine gets the build that suits it.
To look for known vulnerabilities, in an environment of its own:

```
python -m venv audit
audit/bin/pip install pip-audit
audit/bin/pip-audit --requirement requirements.lock --disable-pip --no-deps
```

It asks the advisory database of PyPI, so it needs the network. A package with a finding
is raised in `pyproject.toml`, and the lock is written anew with `make lock`; `make
test` then says whether results changed.

| package | version | licence |
|---|---|---|
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


def page() -> str:
    """Return the page's text."""
    rows = [
        f"| {name} | {version} | {licence(name)} |"
        for name, version in sorted(pinned())
    ]
    return HEAD + "\n".join(rows) + "\n"


def pinned() -> list[tuple[str, str]]:
    """Return name and version of every package that is installed for everyone."""
    found = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", LOCK.read_text(), re.MULTILINE)
    # the build of torch carries a suffix that says for which processor
    beside = [
        (name, metadata(name)["Version"].partition("+")[0]) for name in BESIDE_THE_LOCK
    ]
    return [*found, *beside]


def licence(name: str) -> str:
    """Return the licence that a package states, in one line."""
    if name in BY_HAND:
        return BY_HAND[name]
    try:
        facts = metadata(name)
    except PackageNotFoundError:
        return "not installed on this kind of machine"
    stated = facts.get("License-Expression") or facts.get("License") or ""
    if not stated or len(stated) > 80 or "\n" in stated:
        trove = [
            line.rpartition(" :: ")[2]
            for line in facts.get_all("Classifier") or []
            if line.startswith("License ::")
        ]
        stated = ", ".join(trove) or stated.strip().split("\n")[0][:80]
    return stated or "not stated"


if __name__ == "__main__":
    main()
