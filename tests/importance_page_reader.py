"""What a reader does with the importance page in a browser."""

from page_reader import PageReader


class ImportancePageReader(PageReader):
    """What a reader does with the importance page."""

    def choose(self, number):
        self.click(self.all("[role=tab]")[number])

    def type(self, selector, text):
        box = self.one(selector)
        box.clear()
        box.send_keys(text)

    def column(self, table, number):
        """Return the texts of a column, visible rows only."""
        return self.run(
            "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
            ".filter((row) => !row.hidden)"
            ".map((row) => row.cells[arguments[1]].textContent)",
            table,
            number,
        )

    def drawn(self, figure, field, trace=0):
        """Return a field of a trace as plotly holds it."""
        return self.run(
            "return Array.from(document.getElementById(arguments[0])"
            ".data[arguments[2]][arguments[1]])",
            figure,
            field,
            trace,
        )

    def head(self, table, text):
        return next(
            head
            for head in self.all(f"#{table} thead th")
            if head.text.startswith(text)
        )

    def sort(self, table, text):
        self.click(self.head(table, text).find_element("css selector", "button"))
        return self.head(table, text).get_attribute("aria-sort")

    def selected(self):
        """Return the compounds whose tab is chosen: one."""
        return [
            tab.get_attribute("data-compound")
            for tab in self.all("[role=tab]")
            if tab.get_attribute("aria-selected") == "true"
        ]
