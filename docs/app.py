"""The page on which dials are turned, as the site has it: with every scenario of the gallery inside.

The site's build puts a frame with it into docs/index.md, and the page itself, one file, beside the other pages.
"""

from __future__ import annotations

from pathlib import Path

from cisim.app.build import build
from cisim.app.content import COUNTY, content
from cisim.scenario import load, shipped

FILE = "app.html"


def text() -> str:
    """Write the frame of the landing page."""
    return (
        f'<iframe class="app" src="{FILE}" title="One county alone and together: turn a dial and see" loading="eager"></iframe>\n\n'
        f'<p><a href="{FILE}">The page by itself</a>, one file to keep: it runs on your machine, offline too. '
        "The model is not validated against any real coalition.</p>\n"
    )


def write(folder: Path) -> Path:
    """Write the page with every shipped scenario into a folder."""
    file = folder / FILE
    file.write_text(build(content({name: load(name) for name in shipped()}, COUNTY)), encoding="utf-8")
    return file
