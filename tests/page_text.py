"""What stands in the HTML of a page."""

import json
import re
from html import unescape


def rows_of(text, table):
    """Return the texts of a table's body, cell by cell."""
    body = re.search(rf'id="{table}".*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


def run_data_of(text):
    """Return what the script of the page about one run is given."""
    return json.loads(re.search(r'id="run-data">(.*?)</script>', text, re.DOTALL)[1])
