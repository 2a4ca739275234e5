"""Names of pages: plain, one path part, different for different runs."""

import re

import pytest

from pipeline.prediction.page_names import page_name

PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*\.html", re.ASCII)
HOSTILE = [
    "",
    " ",
    ".",
    "..",
    "...",
    "-",
    "--help",
    "_",
    "/",
    "//",
    "\\",
    "\0",
    "a\0b",
    "a\n",
    "a\r\nb",
    "../../etc/passwd",
    "..\\..\\boot",
    "/etc/passwd",
    "C:\\run",
    "a/b",
    "a\\b",
    "a b",
    "a.b",
    "a%2fb",
    "a?b#c",
    "a'b",
    'a"b',
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    ".hidden",
    "~root",
    "$HOME",
    "*",
    "Zürich",
    "Zu\u0308rich",
    "п" * 50,
    "数",
    "٣",
    "e\u0301",
    "\u202eelbanod",
    "\ufeffa",
    "🌋",
    "\udcff",
    "x" * 61,
    "x" * 62,
    "x" * 10_000,
    "é" * 10_000,
    "a.html",
]
PLAIN_IDS = ["S0766", "s0766", "S0766-2", "a_b", "0", "a" * 60]


def shortened(value):
    return ascii(value)[:30]


@pytest.mark.parametrize("sample_id", PLAIN_IDS)
def test_a_plain_id_is_its_own_name(sample_id):
    assert page_name(sample_id) == f"{sample_id}.html"


@pytest.mark.parametrize("sample_id", HOSTILE + PLAIN_IDS, ids=shortened)
def test_every_name_is_plain_and_one_path_part(sample_id):
    name = page_name(sample_id)
    # letters that mean nothing to a shell, a browser or a file system; no name begins
    # with a dot or like an option
    assert PLAIN.fullmatch(name)
    assert len(name) <= 80
    assert page_name(sample_id) == name


def test_different_ids_have_different_names():
    ids = HOSTILE + PLAIN_IDS
    assert len({page_name(sample_id) for sample_id in ids}) == len(ids)


@pytest.mark.parametrize(
    "alike",
    [
        ("a b", "a/b", "a\\b", "a.b", "a  b", " a b", "a b ", "a-b"),
        ("Ä", "Ö", "..", "", "-"),
        ("x" * 100 + "1", "x" * 100 + "2"),
        ("S 1", "s 1"),
        ("S1", "s1"),
    ],
    ids=shortened,
)
def test_ids_that_look_alike_once_they_are_cleaned_stay_apart(alike):
    assert len({page_name(sample_id) for sample_id in alike}) == len(alike)


@pytest.mark.parametrize("hostile", ["../x y", "", "a" * 61], ids=shortened)
def test_no_id_can_take_the_name_of_another(hostile):
    name = page_name(hostile)
    assert page_name(name.removesuffix(".html")) != name
