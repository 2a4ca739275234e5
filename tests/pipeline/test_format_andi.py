import gzip

import numpy as np
import pytest
from format_reading import ROWS, SCANS, fault_of, read
from instrument_files import write_andi

from pipeline.read_run import RunFaultError

N_SCANS, N_POINTS = len(SCANS), len(ROWS)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.cdf"


def changed(name, kind, values, dimension="scan_number"):
    return [(name, (dimension, kind, values))]


@pytest.mark.parametrize(
    ("name", "unit", "offset"),
    [
        ("sample_temperature", "degC", 0.0),
        ("Temperature", "Kelvin", 273.15),
        ("oven_temperature", None, 0.0),
    ],
)
def test_the_temperature_is_a_variable(path, name, unit, offset):
    scans = [(time, value + offset, mz, signal) for time, value, mz, signal in SCANS]
    got, reading = read(write_andi(path, scans, name=name, unit=unit))
    assert np.array_equal(got, ROWS)
    assert reading.format_name == "ANDI-MS"
    assert reading.temperature_from == f"variable {name}"


def test_time_and_a_heating_programme_give_the_temperature(path):
    write_andi(path, SCANS, name=None)
    assert read(path, "25:102/min")[0] == pytest.approx(ROWS)
    assert "--heating" in fault_of(path).cure


def test_a_scale_factor_counts(path):
    from scipy.io import netcdf_file

    write_andi(path, SCANS)
    with netcdf_file(path, "a") as data:
        data.variables["intensity_values"].scale_factor = 0.5
        data.variables["intensity_values"].add_offset = 1.0
    got, _ = read(path)
    # Instruments store whole numbers and the factor beside them.
    assert np.array_equal(got[:, 3], ROWS[:, 3] * 0.5 + 1.0)


def test_whole_numbers_and_empty_scans(path):
    scans = [*SCANS, (99.0, 99.0, np.empty(0), np.empty(0))]
    masses = changed("mass_values", "h", ROWS[:, 2], "point_number")
    got, reading = read(write_andi(path, scans, changes=masses))
    assert np.array_equal(got, ROWS)
    assert reading.scans_left_out == 1


BAD = {
    "points beyond the end": changed("scan_index", "i", [*range(N_SCANS - 1), 10**9]),
    "points before the start": changed("scan_index", "i", [-3] * N_SCANS),
    "negative counts": changed("point_count", "i", [-1] * N_SCANS),
    "time missing": changed("scan_acquisition_time", "d", [np.nan] * N_SCANS),
    "infinite signal": changed(
        "intensity_values", "d", [np.inf] * N_POINTS, "point_number"
    ),
    "fewer masses": changed("mass_values", "d", [1.0] * N_SCANS),
    "temperature of points": changed(
        "sample_temperature", "d", [1.0] * N_POINTS, "point_number"
    ),
    "two temperatures": changed("temperature", "d", [1.0] * N_SCANS),
    "below absolute zero": changed("sample_temperature", "d", [-300.0] * N_SCANS),
    "text for numbers": changed("sample_temperature", "c", [b"x"] * N_SCANS),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_a_fault(path, name):
    write_andi(path, SCANS, changes=BAD[name])
    fault_of(path)


def test_an_unknown_unit_and_another_netcdf_are_faults(path):
    write_andi(path, SCANS, unit="degF")
    assert fault_of(path).got == "'degF'"
    from scipy.io import netcdf_file

    with netcdf_file(path, "w") as data:
        data.createDimension("x", 3)
        data.createVariable("wind", "d", ("x",))[:] = 0.0
    assert "mass_values" in fault_of(path).got


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_never_ends_in_a_traceback(path, seed):
    rng = np.random.default_rng(seed)
    content = bytearray(write_andi(path, SCANS).read_bytes())
    for _ in range(rng.integers(1, 5)):
        # the header more often than the data; huge counts among the values
        at = int(rng.integers(4, 800 if rng.random() < 0.8 else len(content)))
        content[at] = int(rng.choice([0, 1, 4, 0x7F, 0x80, 0xFF, rng.integers(256)]))
    if rng.random() < 0.2:
        del content[int(rng.integers(len(content))) :]
    path.write_bytes(bytes(content))
    try:
        got, _ = read(path)
    except RunFaultError:
        return  # any other error fails the test
    assert np.isfinite(got).all()


def test_variables_that_all_claim_the_file_are_refused(path):
    from pipeline.formats.andi_run import _Bounded

    file = _Bounded(b"x" * 10_000)
    # A header of a thousand variables at one place would take a thousand copies.
    for _ in range(4):
        file.seek(0)
        assert len(file.read()) == 10_000
    file.seek(0)
    with pytest.raises(ValueError, match="overlap"):
        file.read()


def test_a_packed_file_that_fills_the_memory_is_stopped(path, monkeypatch):
    monkeypatch.setattr("pipeline.formats.andi_run.LARGEST_BYTES", 1 << 20)
    packed = path.with_suffix(".cdf.gz")
    packed.write_bytes(gzip.compress(b"CDF\x01" + b"\0" * (2 << 20)))
    assert fault_of(packed).got == "more than 1 MiB"
