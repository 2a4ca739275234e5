"""Links from a page to the pages of single runs, where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from urllib.parse import quote

from pipeline import paths
from pipeline.prediction.page_names import page_name


@dataclass(frozen=True)
class RunLinks:
    """Addresses of run pages, relative to `reports/`.

    Attributes
    ----------
    available : set of str
        Sample ids that have a page; others get no link.
    page_name : function
        From a sample id, which may be any text, to the file name of its page.
    """

    available: Set[str] = frozenset()
    page_name: Callable[[str], str] = page_name

    def to(self, sample_id: str) -> str:
        """Return the address of a run's page, or nothing.

        >>> RunLinks({"S1"}).to("S1"), RunLinks().to("S1")
        ('runs/S1.html', '')
        """
        if sample_id not in self.available:
            return ""
        # a name is one part of a path: nothing in it may lead elsewhere
        return f"{paths.RUN_PAGES.name}/{quote(self.page_name(sample_id), safe='')}"


def written_links(sample_ids: Iterable[str]) -> RunLinks:
    """Return links to those of the runs whose page stage pages has written."""
    return RunLinks(
        frozenset(
            sample_id
            for sample_id in sample_ids
            if (paths.RUN_PAGES / page_name(sample_id)).is_file()
        )
    )
