import ast

import polars as pl
import pytest
from ruamel.yaml import YAML
from support import REPOSITORY

from pipeline.errors import EgaError
from studies.raman_transfer import compare, paths, predict, prepare, report, simulate
from studies.raman_transfer.cli import STAGES
from studies.raman_transfer.settings import load_study_settings

PARAMS = REPOSITORY / paths.PARAMS


def edited(tmp_path, **sections):
    """Write the settings of the study with some keys changed."""
    yaml = YAML(typ="safe")
    raw = yaml.load(PARAMS)
    for section, values in sections.items():
        raw[section] = {**raw[section], **values}
    path = tmp_path / "params.yaml"
    with path.open("w") as file:
        yaml.dump(raw, file)
    return path


def small(tmp_path, workers):
    return load_study_settings(
        edited(
            tmp_path,
            compute={"workers": workers, "backend": "threading"},
            simulate={"solutions": 12, "plate_samples": 10},
            prepare={"spacing_per_centimetre": 4},
            unet={"width": 4, "levels": 2, "epochs": 1, "fine_tune_epochs": 1},
            compare={
                "methods": ["pls", "unet"],
                "plate_methods": ["pls", "latent_process", "unet"],
                "seeds": 1,
                "folds": 2,
                "labelled": [0, 8],
            },
            predict={
                "windows_points": [15],
                "components": [3],
                "kernels": ["gaussian"],
                "folds": 2,
                "repeats": 1,
                "unet_weight": 0.1,
            },
        )
    )


def run_all(settings):
    for stage in (simulate, prepare, compare, predict, report):
        stage.run(settings)
    return {
        path.name: path.read_bytes()
        for path in (*paths.REPORTS.iterdir(), paths.SPECTRA, paths.OUT_OF_SAMPLE)
    }


def test_study_runs_resumes_and_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = small(tmp_path, workers=1)
    first = run_all(settings)
    submission = pl.read_csv(paths.submission("heldout_samples"))
    assert submission.columns == [
        *("sample", "glucose", "sodium_acetate", "magnesium_sulfate")
    ]
    assert len(submission) == 10
    assert submission.null_count().sum_horizontal().item() == 0
    units = sorted((tmp_path / ".cache" / paths.NAME).rglob("*.npz"))
    # as after a kill: some units are lost, one is damaged
    for path in units[::3]:
        path.unlink()
    units[1].write_bytes(b"torn")
    assert run_all(small(tmp_path, workers=2)) == first
    page = (paths.PAGE).read_text()
    assert "src=" not in page.split("<script>")[0]


def test_unknown_keys_and_values_are_named(tmp_path):
    path = edited(tmp_path, unet={"widht": 8}, compare={"methods": ["magic"]})
    with pytest.raises(EgaError) as caught:
        load_study_settings(path)
    assert "unet.widht" in str(caught.value)
    assert "magic" in str(caught.value)


def test_stage_without_its_input_names_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EgaError, match="raman_transfer prepare"):
        compare.run(load_study_settings(PARAMS))


def code_behind(path):
    """Return a module of the study, and those of the study and of models it imports."""
    found, waiting = set(), [path]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for node in ast.walk(ast.parse((REPOSITORY / path).read_text())):
            if isinstance(node, ast.ImportFrom):
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
                files = [f"{name.replace('.', '/')}.py" for name in names]
                waiting += [
                    file
                    for file in files
                    if file.startswith(("models/", paths.HOME.as_posix()))
                    and (REPOSITORY / file).exists()
                ]
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_dvc_knows_all_code_of_a_stage(stage):
    stages = YAML(typ="safe").load(REPOSITORY / paths.HOME / "dvc.yaml")["stages"]
    assert list(stages) == list(STAGES)
    listed = {d for d in stages[stage]["deps"] if d.endswith(".py")}
    # An edited module must make its stages run again, and no others.
    assert listed == code_behind(f"{paths.HOME.as_posix()}/{stage}.py")


def test_every_setting_is_explained():
    for line in PARAMS.read_text().splitlines():
        indented = line.startswith("  ") and ":" in line
        assert not indented or "#" in line, line


@pytest.mark.slow
def test_published_plate_gets_an_axis_with_its_bands(
    real_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    settings = load_study_settings(PARAMS, str(real_folder))
    prepare.run(settings)
    from studies.raman_transfer.prepared import load_prepared

    prepared = load_prepared(paths.SPECTRA)
    axis = prepared.plate_wavenumber
    # sulfate has its strongest band at 981 cm-1, on pixel 451 of this detector
    assert abs(axis[451] - 981) < 5
