import numpy as np
import pytest

from pipeline.errors import EgaError
from studies.augmentation.nir_files import read_corn, read_diesel, read_tablets

TABLET_HEAD = "SampleType,weight,hardness,assay,600,602\n"


def write_corn(folder, spectra="1100,1102\n0.1,0.2\n0.3,0.4\n", values=None):
    (folder / "corn").mkdir(parents=True)
    (folder / "corn" / "m5_spectra.csv").write_text(spectra)
    values = values or "Moisture,Oil,Protein,Starch\n10,3,8,64\n11,4,9,65\n"
    (folder / "corn" / "property_values.csv").write_text(values)


def write_tablets(folder, second="Test,370,20,199,3.1,3.2\n"):
    (folder / "pharma_tablets").mkdir(parents=True)
    for number, rows in ((1, "Test,370,20,199,3.0,3.3\n"), (2, second)):
        path = folder / "pharma_tablets" / f"Pharma_Instrument{number}.csv"
        path.write_text(TABLET_HEAD + rows)


def write_diesel(folder, sample='"7"', value="NaN"):
    (folder / "diesel").mkdir(parents=True)
    head = "x,y\n" * 8
    names = "BP50,CN,D4052,FLASH,FREEZE,TOTAL,VISC"
    quoted = ",".join(f'"{name}"' for name in names.split(","))
    (folder / "diesel" / "diesel_prop.csv").write_text(
        f'{head}"Label","",{quoted},\n,"7",230,{value},1,2,-3,4,5,\n'
    )
    (folder / "diesel" / "diesel_spec.csv").write_text(
        f'{head}"Label","",\n"Axisscale",,750,752,\n,{sample},0.1,-0.2,\n'
    )


def test_small_files_are_read(tmp_path):
    write_corn(tmp_path)
    corn = read_corn(tmp_path, "m5")
    assert corn.absorbance.tolist() == np.float32([[0.1, 0.2], [0.3, 0.4]]).tolist()
    assert corn.concentrations[1].tolist() == [11, 4, 9, 65]
    write_diesel(tmp_path)
    diesel = read_diesel(tmp_path)
    assert np.isnan(diesel.concentrations[0]).tolist() == [False, True] + [False] * 5
    assert diesel.wavelength_nm.tolist() == [750, 752]


def test_both_spectra_of_a_tablet_are_one_group(tmp_path):
    write_tablets(tmp_path)
    both = read_tablets(tmp_path, (1, 2))
    assert both.groups.tolist() == [0, 0]
    assert len(read_tablets(tmp_path, (2,))) == 1


@pytest.mark.parametrize(
    ("write", "read", "message"),
    [
        (
            lambda f: write_corn(f, spectra="1100,1102\n0.1,0.2\n0.3,high\n"),
            lambda f: read_corn(f, "m5"),
            "m5_spectra.csv, line 3: got .*high.*; expected numbers. Cure: copy",
        ),
        (
            lambda f: write_corn(f, spectra="1100,1102\n0.1,0.2\n0.3\n"),
            lambda f: read_corn(f, "m5"),
            "line 3: got 1 values; expected 2 values",
        ),
        (
            lambda f: write_corn(f, spectra="1100,1102\n0.1,inf\n0.3,0.4\n"),
            lambda f: read_corn(f, "m5"),
            "line 2: got 'inf'; expected a finite number",
        ),
        (
            lambda f: write_corn(f, spectra="1102,1100\n0.1,0.2\n0.3,0.4\n"),
            lambda f: read_corn(f, "m5"),
            "line 1: got 2 wavelengths that do not grow",
        ),
        (
            lambda f: write_corn(f, spectra="1100,1102\n0.1,0.2\n"),
            lambda f: read_corn(f, "m5"),
            "got 1 spectra; expected 2",
        ),
        (
            lambda f: write_corn(f, values="Moisture,Fat\n1,2\n"),
            lambda f: read_corn(f, "m5"),
            "property_values.csv, line 1: got .*Fat.*; expected columns",
        ),
        (
            lambda f: write_tablets(f, second="Test,371,20,199,3.1,3.2\n"),
            lambda f: read_tablets(f, (1, 2)),
            "Instrument2.csv, line 2: got properties .371.*expected those of the same",
        ),
        (
            lambda f: write_diesel(f, sample='"8"'),
            read_diesel,
            "diesel_spec.csv, line 11: got sample '8'; expected sample '7'",
        ),
        (
            lambda f: write_diesel(f, value="none"),
            read_diesel,
            "diesel_prop.csv, line 10: got .*none.*; expected numbers",
        ),
        (lambda f: None, read_diesel, "diesel_spec.csv: No such file.*Cure: point"),
    ],
)
def test_a_fault_is_named_with_its_place_and_cure(tmp_path, write, read, message):
    write(tmp_path)
    with pytest.raises(EgaError, match=message):
        read(tmp_path)


def test_the_published_sets_have_their_sizes(nir):
    corn = read_corn(nir, "mp6")
    assert corn.absorbance.shape == (80, 700)
    tablets = read_tablets(nir, (1, 2))
    assert tablets.absorbance.shape == (1310, 650)
    assert len(np.unique(tablets.groups)) == 655
    diesel = read_diesel(nir)
    assert diesel.absorbance.shape == (784, 401)
    known = (~np.isnan(diesel.concentrations)).sum(axis=0)
    assert known.tolist() == [395, 381, 395, 395, 395, 395, 395]
