import base64
import gzip
import re
import zlib

import numpy as np
import pytest
from format_reading import ROWS, SCANS, fault_of, read
from instrument_files import write_mzml

from pipeline.read_run import RunFaultError

EMPTY = (31.0, 77.0, np.empty(0), np.empty(0))


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Return an mzML file as psims writes it, to damage."""
    path = tmp_path_factory.mktemp("mzml") / "run.mzML"
    return write_mzml(path, SCANS).read_text()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.mzML"


@pytest.mark.parametrize(
    ("name", "unit", "offset"),
    [
        ("sample temperature", "degree celsius", 0.0),
        ("temperature", "kelvin", 273.15),
        ("Oven_Temperature", "degree celsius", 0.0),
        ("Temperature (K)", None, 273.15),
    ],
)
def test_the_temperature_is_a_parameter_of_the_scan(path, name, unit, offset):
    scans = [(time, value + offset, mz, signal) for time, value, mz, signal in SCANS]
    got, reading = read(write_mzml(path, scans, name=name, unit=unit))
    assert np.array_equal(got[:, 1:], ROWS[:, 1:])
    assert got[:, 0] == pytest.approx(ROWS[:, 0])
    assert reading.temperature_from == f"parameter {name}"
    assert reading.scans_left_out == 0


def test_time_and_a_heating_programme_give_the_temperature(path):
    write_mzml(path, SCANS, name=None)
    got, reading = read(path, "25:102/min")
    assert got == pytest.approx(ROWS)
    assert reading.temperature_from == "heating programme"
    fault = fault_of(path)
    # Without either there is nothing to go by, and the cure is an option.
    assert fault.field == "temp"
    assert "--heating" in fault.cure


def test_a_run_that_outlasts_the_programme_is_refused(path):
    write_mzml(path, SCANS, name=None)
    fault = fault_of(path, "25:102/min:42")
    # 42 celsius are reached at 10 s, which is the fifth scan.
    assert fault.field == "scan 6, time"
    assert fault.got == "12.5 s after the first"
    got, _ = read(path, "25:102/min:42,42:hold")
    assert got[-1, 1] == 42.0


def test_empty_scans_and_fragments_are_left_out_and_counted(path):
    write_mzml(path, [EMPTY, *SCANS, EMPTY])
    got, reading = read(path)
    assert np.array_equal(got[:, 1:], ROWS[:, 1:])
    assert reading.scans_left_out == 2
    old = 'name="ms level" value="1"'
    content = path.read_text()
    assert old in content
    # the first scan with ions, now one of fragments
    first, second, rest = content.split(old, 2)
    path.write_text(first + old + second + old.replace('"1"', '"2"') + rest)
    got, reading = read(path)
    assert len(got) == len(ROWS) - 3
    assert reading.scans_left_out == 3


def test_minutes_and_seconds(path, text):
    path.write_text(text)
    seconds = read(path)[0][:, 0]
    pattern = (
        r'(name="scan start time"[^>]*)unitAccession="UO:0000010" unitName="second"'
    )
    minutes = r'\1unitAccession="UO:0000031" unitName="minute"'
    changed, count = re.subn(pattern, minutes, text)
    assert count == len(SCANS)
    path.write_text(changed)
    assert read(path)[0][:, 0] == pytest.approx(60 * seconds)
    # some programs write the accession alone
    path.write_text(changed.replace(' unitName="minute"', ""))
    assert read(path)[0][:, 0] == pytest.approx(60 * seconds)


def test_profile_data_keeps_its_fractions(path):
    scans = [(t, c, mz + 0.25, signal) for t, c, mz, signal in SCANS]
    # What to do with them is decided once, by bin.fractional_mz.
    assert np.array_equal(read(write_mzml(path, scans))[0][:, 2], ROWS[:, 2] + 0.25)


def test_gzip_is_read_and_a_cut_is_found(tmp_path, text):
    path = tmp_path / "run.mzML.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert np.array_equal(read(path)[0][:, 1:], ROWS[:, 1:])
    path.write_bytes(gzip.compress(text.encode())[:-200])
    assert "whole" in fault_of(path).expected


ATTACKS = {
    "entities": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
    "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "network": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>',
    "behind a comment": "<!-- mzML -->\n<!DOCTYPE x>",
    "behind much white space": " " * 200_000 + "<!DOCTYPE x>",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_entity_can_be_declared(path, text, attack):
    head, _, rest = text.partition("?>")
    path.write_text(f"{head}?>{ATTACKS[attack]}{rest}")
    # Before any of it is expanded, opened or fetched.
    assert "DOCTYPE" in fault_of(path).got


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_no_entity_hides_in_another_encoding(path, text, encoding):
    head, _, rest = text.partition("?>")
    content = f"{head.replace('utf-8', encoding)}?>{ATTACKS['entities']}{rest}"
    path.write_bytes(content.encode(encoding))
    # What one parser can't read, the other must not be asked to.
    assert fault_of(path).field == "file"


def test_an_undeclared_entity_is_damage(path, text):
    path.write_text(text.replace("scan=3", "&a;"))
    assert fault_of(path).field == "scan 3, spectrum"


def other_array(text, content, length):
    """Replace the first m/z array by other bytes, and the length that is declared."""
    start = text.index("<binary>") + len("<binary>")
    end = text.index("</binary>")
    data = base64.b64encode(content).decode()
    changed = text[:start] + data + text[end:]
    return changed.replace(
        'defaultArrayLength="3"', f'defaultArrayLength="{length}"', 1
    )


def three(content=None):
    return zlib.compress(np.arange(3.0).tobytes() if content is None else content)


DAMAGE = {
    "cut": lambda text: text[: len(text) // 2],
    "cut in a tag": lambda text: text[: text.index("<binaryDataArrayList") + 9],
    "no root": lambda text: "<html></html>",
    "mzXML": lambda text: text.replace("indexedmzML", "mzXML"),
    "only a declaration": lambda text: text[: text.index("?>") + 2],
    "array too short": lambda text: other_array(text, three(), 4),
    "array too long": lambda text: other_array(text, three(), 2),
    "array unpacks to much": lambda text: other_array(text, three(b"\0" * 10**6), 3),
    "huge count": lambda text: other_array(text, three(), 10**15),
    "no zlib": lambda text: other_array(text, b"abc", 3),
    "no base64": lambda text: text.replace("<binary>", "<binary>!", 1).replace(
        "=", "="
    ),
    "unknown compression": lambda text: text.replace(
        'accession="MS:1000574" name="zlib compression"',
        'accession="MS:1002312" name="MS-Numpress linear prediction compression"',
    ),
    "no number type": lambda text: text.replace("64-bit float", "a float"),
    "no time": lambda text: text.replace("scan start time", "start"),
    "time is text": lambda text: re.sub(
        r'(name="scan start time" value=")[^"]*', r"\1soon", text
    ),
    "time without unit": lambda text: re.sub(r' unit\w+="[^"]*"', "", text),
    "temperature is text": lambda text: re.sub(
        r'(name="sample temperature" value=")[^"]*', r"\1hot", text
    ),
    "temperature is nan": lambda text: re.sub(
        r'(name="sample temperature" value=")[^"]*', r"\1nan", text
    ),
    "temperature in fahrenheit": lambda text: text.replace(
        "UO:0000027", "UO:0000195"
    ).replace("degree Celsius", "degree Fahrenheit"),
    "two temperatures": lambda text: text.replace(
        "<userParam", '<userParam name="temperature" value="1"/><userParam'
    ),
    "unknown parameter group": lambda text: text.replace(
        "<scan>", '<referenceableParamGroupRef ref="none"/><scan>', 1
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_a_fault_of_its_scan(path, text, damage):
    changed = DAMAGE[damage](text)
    assert changed != text
    path.write_text(changed)
    fault = fault_of(path)
    assert fault.field == "file" or re.match(r"scan \d+, ", fault.field)
    assert len(str(fault)) < 600


def test_a_parameter_group_is_unpacked(path, text):
    group = re.search(r"<userParam[^>]*sample temperature[^>]*/>", text)[0]
    head = '<referenceableParamGroupList count="1"><referenceableParamGroup id="T">'
    lists = f"{head}{group}</referenceableParamGroup></referenceableParamGroupList>"
    reference = '<referenceableParamGroupRef ref="T"/>'
    changed = re.sub(r"<userParam[^>]*sample temperature[^>]*/>", reference, text)
    path.write_text(changed.replace("<softwareList", lists + "<softwareList", 1))
    got, _ = read(path)
    # Exporters keep what many scans share in one place.
    assert (got[:, 1] == 25.0).all()


@pytest.mark.parametrize("seed", range(15))
def test_random_damage_never_ends_in_a_traceback(path, text, seed):
    rng = np.random.default_rng(seed)
    content = bytearray(text.encode())
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(len(content)))
        if rng.random() < 0.5:
            content[at] = int(rng.integers(256))
        else:
            del content[at : at + int(rng.integers(1, 200))]
    path.write_bytes(bytes(content))
    try:
        got, _ = read(path)
    except RunFaultError:
        return  # any other error fails the test
    assert np.isfinite(got).all()
