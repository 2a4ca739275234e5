"""Kept units of families depend on all that their results depend on."""

import pytest

from pipeline import conv, paths, sequence, soup
from pipeline import family as family_runner
from pipeline.network_family import network_files
from pipeline.sam_transfer_data import study_files

pytestmark = pytest.mark.slow


class SeenError(Exception):
    """Ends a stage before it does anything."""


@pytest.mark.parametrize("files", [network_files, study_files])
def test_networks_are_trained_again_where_a_grid_has_changed(inside, files):
    grids = set(paths.GRID.glob("*mean*"))
    # abundances may change where no fact in the run table does
    assert grids
    assert grids <= set(files())


@pytest.mark.parametrize(
    ("stage", "section", "key", "value"),
    [
        (conv, "compute", "device", "cpu"),
        (conv, "featurize", "carrier_mz", 40),
        (sequence, "compute", "precision", "float32"),
        (soup, "compute", "precision", "float32"),
    ],
)
def test_no_unit_of_another_parameter_is_taken(
    stage, section, key, value, inside, monkeypatch
):
    folders = []

    def look(_compute, _title, _function, tasks, **_):
        folders.append(tasks[0].cache.folder)
        raise SeenError

    monkeypatch.setattr(family_runner, "fan_out", look)
    params = inside.params()
    changed = getattr(params, section).model_copy(update={key: value})
    for settings in (params, params.model_copy(update={section: changed})):
        with pytest.raises(SeenError):
            stage.run(settings)
    # otherwise results would depend on what was computed before
    assert folders[0] != folders[1]
