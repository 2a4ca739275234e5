"""What a reader does with the page about one run in a browser."""

from page_reader import PageReader


class RunPageReader(PageReader):
    """What a reader does with the page about one run."""

    def pick(self, name, value):
        self.click(f'input[name="{name}"][value="{value}"]')

    def focus(self, selector):
        self.run("arguments[0].focus()", self.one(selector))

    def text(self, selector):
        return self.run(
            "return document.querySelector(arguments[0]).textContent", selector
        )

    def texts(self, selector):
        return self.run(
            "return [...document.querySelectorAll(arguments[0])]"
            ".map((one) => one.textContent)",
            selector,
        )

    def pixels(self, figure):
        """Return what a figure's canvas shows, on a small copy."""
        return self.run(
            "const small = document.createElement('canvas');"
            "small.width = small.height = 200;"
            "const canvas = document.querySelector(arguments[0] + ' canvas');"
            "small.getContext('2d').drawImage(canvas, 0, 0, 200, 200);"
            "return small.toDataURL()",
            figure,
        )

    def curves(self):
        """Return m/z -> path of the curves that are drawn."""
        return dict(
            self.run(
                "return [...document.querySelectorAll('#curves .trace')]"
                ".map((one) => [one.dataset.mz, one.getAttribute('d')])"
            )
        )

    def point_at(self, figure, right, down):
        """Move the pointer to pixels of a figure, from its left upper corner."""
        self.run(
            "const node = document.querySelector(arguments[0]);"
            "const box = node.getBoundingClientRect();"
            "node.dispatchEvent(new PointerEvent('pointermove',"
            "{clientX: box.left + arguments[1], clientY: box.top + arguments[2]}))",
            figure,
            right,
            down,
        )

    def axis_title(self):
        return self.run(
            "return [...document.querySelectorAll('#curves text')]"
            ".map((one) => one.textContent)"
            ".find((text) => /abundance|share/.test(text))"
        )


def as_number(text):
    """Read a number as the page writes it."""
    return float(text.replace("−", "-").strip("<% "))
