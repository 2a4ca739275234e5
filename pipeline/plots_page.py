"""The page that `dvc plots show` fills, with its scripts inside.

DVC's own page loads Vega from the network; this one carries vl-convert's bundle. It is
written by `make setup` and named in `.dvc/config` (plots.html_template).
"""

from __future__ import annotations

from pathlib import Path

from pipeline.atomic import write_text

TEMPLATE = Path(".dvc/plots_offline.html")

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Plots</title>
<style>body {{ font-family: system-ui, sans-serif; margin: 2rem; }}</style>
<script>{bundle}</script>
</head>
<body>
{{plot_divs}}
</body>
</html>
"""


def write_plots_page(path: Path = TEMPLATE) -> None:
    """Write the template; DVC puts its plots in place of `{plot_divs}`."""
    # imported here: only set-up needs it, and it takes a second to load
    import vl_convert

    # a classic script: one of type module would run after the plots' own scripts
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    bundle = bundle.replace("</script", "<\\/script")
    write_text(path, _PAGE.format(bundle=bundle))
