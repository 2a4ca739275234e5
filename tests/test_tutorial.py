"""docs/tutorial.md is run block by block, in a folder where stages have run."""

import contextlib
import io
import re

import pytest
from support import REPOSITORY, SMALL, SMALL_BUDGET, new_workspace

PAGE = REPOSITORY / "docs" / "tutorial.md"


def blocks():
    """Return (line of the page, code) of every block of Python."""
    text = PAGE.read_text(encoding="utf-8")
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, block.start(1)), block.group(1)


@pytest.fixture
def repository(tmp_path, monkeypatch, simulated):
    """Change to a folder where the stages that the page reads from have run."""
    space = new_workspace(tmp_path / "repository", "data/simulated")
    monkeypatch.chdir(space.folder)
    (space.folder / "data").mkdir()
    (space.folder / "data" / "simulated").symlink_to(simulated)
    # the page compares features with the defaults of the transformer
    small = {name: values for name, values in SMALL.items() if name != "featurize"}
    space.set(budgets={"quick": SMALL_BUDGET | {"featurize": {"copies": 0}}}, **small)
    for stage in ("bin", "featurize", "duplicates", "fold", "linear", "kernel"):
        result = space.ega(stage)
        assert result.code == 0, f"{stage}: {result.stderr}"
    return space


@pytest.mark.slow
def test_every_block_of_the_tutorial_runs(repository):
    namespace = {}
    printed = io.StringIO()
    for line, code in blocks():
        # empty lines in front: a traceback then names the line of the page
        program = compile("\n" * line + code, str(PAGE), "exec")
        with contextlib.redirect_stdout(printed):
            exec(program, namespace)
    assert len(list(blocks())) > 8
    # one number a model; a guess has 0.69, and few runs make worse models than that
    losses = re.findall(
        r"^(?:LightGBM|logistic.*|linear|kernel):? (\S+)$", printed.getvalue(), re.M
    )
    assert len(losses) == 4
    assert all(0 < float(loss) < 2 for loss in losses), losses
