"""The page about one run in a browser: odd names, and runs with less to show."""

from dataclasses import replace

import numpy as np
import pytest
from run_page_inputs import LABELS, abundance, answer

from pipeline.prediction.answer import Neighbour

pytestmark = pytest.mark.slow

# what ends elements and attributes, a template, right-to-left letters, a line end
ODD = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>"
    "\"{{7*7}}' &amp; \u202eabc\u202c שלום\nnext " + "very long name " * 9 + "end"
)


def test_names_from_the_data_appear_as_text(visitor, address):
    compounds = list(answer().compounds)
    compounds[0] = replace(
        compounds[0], label=ODD, probability=0.99, by_family={ODD: 0.5}
    )
    parts = answer().contributions
    other = {**parts.other, ODD: np.ones(len(LABELS))}
    visitor.driver.get(
        address(
            "odd",
            sample_id=ODD,
            source=ODD,
            origin=ODD,
            instrument=ODD,
            warnings=(ODD,),
            compounds=tuple(compounds),
            neighbours=(Neighbour(ODD, 0.5, (ODD,)),),
            families=(ODD,),
            contributions=replace(parts, other=other),
        )
    )
    assert visitor.run("return window.hacked") is None
    for place in ("h1", "#instrument", "#source", "#origin", ".warning li"):
        assert visitor.text(place) == ODD
    assert visitor.driver.title.startswith(ODD.split("\n")[0])
    assert visitor.text("#neighbours tbody th") == ODD
    assert visitor.text("#families thead bdi") == ODD
    name = ODD.replace("_", " ")
    assert visitor.text("#compounds tbody th") == name
    # what the script writes
    assert visitor.text("#way-title").endswith(name)
    assert ODD in visitor.texts("#way-steps th[scope=row]")
    assert visitor.all("img, main script, header script") == []
    # a long name makes nothing wider
    assert visitor.fits_a_laptop()


@pytest.mark.parametrize(
    "name", ["unexplained", "silent", "unobserved", "flat", "one cell", "negative"]
)
def test_page_with_less_to_show(visitor, address, name):
    grid = abundance()
    silent = tuple(replace(c, evidence=()) for c in answer().compounds)
    changes = {
        "unexplained": {"contributions": None},
        "silent": {"contributions": None, "compounds": silent},
        "unobserved": {"abundance": np.full_like(grid, np.nan)},
        "flat": {"abundance": np.where(np.isnan(grid), grid, 3)},
        "one cell": {"abundance": np.where(np.arange(320) == 99, grid, np.nan)},
        "negative": {"abundance": -grid},
    }
    visitor.driver.get(address(name.replace(" ", "_"), **changes[name]))
    assert len(visitor.texts("#compounds tbody th")) == len(LABELS)
    # every control once; the fixture looks for errors
    visitor.run(
        "document.querySelectorAll('input[type=radio], #none, #strongest')"
        ".forEach((one) => one.click())"
    )
    assert bool(visitor.all("#unexplained")) == (name in ("unexplained", "silent"))
    assert bool(visitor.all("#thermogram canvas")) == (name != "unobserved")
    # the last compound of the list is chosen now
    evidence = [] if name == "silent" else ["Speaks for oxalate"]
    assert visitor.texts(".evidence:not([hidden]) div:first-child h3") == evidence
