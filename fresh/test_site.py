"""The site in Chromium: axe-core finds nothing on pages of each kind, narrow and wide, light and dark.

Needs the site in `build/site`: python -m uv run --no-sync sphinx-build -q -W -b html docs build/site
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build" / "site"
#: The landing page, prose with wide tables, formulas, code, a notebook, the reference of Python, the index and the search.
PAGES = ("index", "for-students", "model", "plan-file", "gallery", "parameters", "commands", "api", "genindex", "search",
         "_generated/course/01-first-coalition")  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_the_site(chromium: Browser, name: str) -> None:
    file = SITE / f"{name}.html"
    if not file.is_file():
        pytest.fail(f"{file} is not there: build the site first, see the head of this file")
    for width, scheme in ((1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")):
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.set_default_timeout(120_000)
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["html"][:300]) for each in found["violations"]] == [], (width, scheme)
        page.close()
