"""Writes runs as instruments do, with other libraries than those that read them."""

import warnings

import numpy as np


def scans_of(rows):
    """Return (time, temperature, m/z, abundance) of each scan of rows (n, 4)."""
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=np.nan) != 0)
    return [
        (part[0, 0], part[0, 1], part[:, 2], part[:, 3])
        for part in np.split(rows, starts[1:])
    ]


def write_mzml(path, scans, *, name="sample temperature", unit="degree celsius"):
    """Write scans with psims; `name` None leaves the temperature out."""
    from psims.mzml.writer import MzMLWriter

    # psims leaves its vocabularies open
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with MzMLWriter(str(path), close=True) as out:
            out.controlled_vocabularies()
            out.file_description(["MS1 spectrum"])
            out.software_list([{"id": "w", "version": "1", "params": ["python-psims"]}])
            out.instrument_configuration_list(
                [out.InstrumentConfiguration(id="IC", component_list=[])]
            )
            step = out.ProcessingMethod(
                order=1, software_reference="w", params=["Conversion to mzML"]
            )
            out.data_processing_list([out.DataProcessing([step], id="DP")])
            with out.run(id="run"), out.spectrum_list(count=len(scans)):
                for number, (time, temperature, mz, abundance) in enumerate(scans, 1):
                    parameter = {"name": name, "value": temperature, "unit_name": unit}
                    out.write_spectrum(
                        mz,
                        abundance,
                        id=f"scan={number}",
                        params=[{"ms level": 1}, "MS1 spectrum"],
                        scan_start_time={
                            "name": "scan start time",
                            "value": time,
                            "unit_name": "second",
                        },
                        scan_params=[parameter] if name else [],
                        encoding={
                            "m/z array": np.float64,
                            "intensity array": np.float64,
                        },
                    )
    return path


def write_andi(path, scans, *, name="sample_temperature", unit="degC", changes=()):
    """Write scans with scipy as ASTM E2078 does; `changes` replaces variables."""
    from scipy.io import netcdf_file

    counts = np.array([len(scan[2]) for scan in scans])
    variables = {
        "scan_acquisition_time": ("scan_number", "d", [scan[0] for scan in scans]),
        "scan_index": ("scan_number", "i", np.cumsum(counts) - counts),
        "point_count": ("scan_number", "i", counts),
        "mass_values": ("point_number", "d", np.concatenate([s[2] for s in scans])),
        "intensity_values": (
            "point_number",
            "d",
            np.concatenate([s[3] for s in scans]),
        ),
    }
    if name:
        variables[name] = ("scan_number", "d", [scan[1] for scan in scans])
    variables |= dict(changes)
    with netcdf_file(path, "w") as data:
        data.createDimension("scan_number", len(scans))
        data.createDimension("point_number", int(counts.sum()))
        for variable, (dimension, kind, values) in variables.items():
            created = data.createVariable(variable, kind, (dimension,))
            created[:] = np.asarray(values)
            if variable == name and unit:
                created.units = unit
    return path
