"""The report for a board in Chromium: axe-core finds nothing, nothing is asked of a network, and its first page prints on one.

Screenshots are kept in `build/browser`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from cisim.plan.answers import answer
from cisim.plan.run import run
from cisim.plan.spec import read
from cisim.report.board import write_report
from plan.county import PLANS, county

PICTURES = Path(__file__).parents[1] / "build" / "browser"
MORE = (
    PLANS
    + '[plans.late]\nbackbone.staff = { 1 = 0, 13 = 3 }\n[plans."without <the> district"]\nexclude = ["Big District"]\n'
)
#: Pixels of Letter between margins of 14 mm, at 96 to the inch.
WIDTH, HEIGHT = round((8.5 - 2 * 14 / 25.4) * 96), round((11 - 2 * 14 / 25.4) * 96)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a report of some worlds of the county."""
    folder = tmp_path_factory.mktemp("county")
    found = answer(run(read(county(folder, MORE)), worlds=40, runs=2))
    (page, _) = write_report(found, folder / "report.html")
    return page.as_uri()


@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_nothing_is_asked_for_and_nothing_hangs_over(
    chromium: Browser, address: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"board-{width}.png", full_page=True)
    assert asked == [address]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page).response
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    page.close()


def test_the_first_page_prints_on_one(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(address)
    page.emulate_media(media="print")
    box = page.locator("section.first").bounding_box()
    assert box
    assert box["height"] <= HEIGHT
    page.pdf(path=PICTURES / "board.pdf", format="Letter")
    page.close()
