"""The page as one file: what it holds, how it is served, and what the commands make of its links."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import cisim
from cisim import load
from cisim.app.build import MODULES, build
from cisim.app.content import BEST_KNOWN, BETS, COUNTY, DOUBTS, POST_MONTHS, content
from cisim.app.serve import serve
from cisim.errors import InputError
from cisim.scenario import find, shipped


def test_the_page_with_every_shipped_scenario_is_one_small_file_that_asks_for_nothing() -> None:
    page = build(content({name: load(name) for name in shipped()}, COUNTY))
    assert len(page.encode()) < 600_000
    assert re.findall(r"<(?:link|script|img|iframe)[^>]+(?:src|href)=\"(?!data:)[^\"]*", page) == []
    addresses = set(re.findall(r"(?:https?|wss?)://[^\s\"'`)\\]+", page))
    assert {each for each in addresses if not each.startswith("http://www.w3.org/2000/svg")} == set()
    assert build(content({name: load(name) for name in shipped()}, COUNTY)) == page


def test_every_module_of_the_page_is_in_it() -> None:
    folder = Path(build.__code__.co_filename).parent / "page"
    assert {path.stem for path in folder.glob("*.js")} == set(MODULES)


def test_no_name_ends_the_script_that_holds_it() -> None:
    scenario = load(COUNTY).replace(**{"scenario.name": "</script><script>alert(1)</script><!--"})
    page = build(content({"hostile": scenario}))
    assert "alert(1)</script>" not in page
    held = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert held
    assert json.loads(held[1])["worlds"]["hostile"]["name"] == scenario.name


def test_bets_and_doubts_name_fields_that_the_page_can_turn() -> None:
    settable = {field["path"] for field in content()["fields"] if field["settable"]}
    paths = [*DOUBTS, *(bet.path for bet in BETS if bet.path)]
    assert set(paths) <= settable
    for bet in BETS:
        if bet.path:
            load(COUNTY).replace(**{bet.path: bet.value})
    assert all(find(path) and find(path).low is not None for path in DOUBTS)  # type: ignore[union-attr]


def test_the_best_known_painting_spends_what_there_is_and_is_ahead_of_an_even_one() -> None:
    county, years = load(COUNTY), range(1, len(BEST_KNOWN))
    assert 12 * sum(BEST_KNOWN) == POST_MONTHS
    events = [{"month": 12 * year + 1, "set": {"backbone.staff": BEST_KNOWN[year]}} for year in years]
    plans = {
        "even": county.replace(**{"backbone.staff": POST_MONTHS / county.months}),
        "best known": county.replace(**{"backbone.staff": BEST_KNOWN[0], "events": events}),
    }
    assert cisim.compare(plans, 50).statistics("progress", "best known", [county.months])["low"].item() > 0.005


def test_the_page_is_served_to_this_machine_alone() -> None:
    ready = threading.Event()
    addresses: list[str] = []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    threading.Thread(target=serve, args=("<p>the page", 0, on_ready), daemon=True).start()
    assert ready.wait(60)
    (address,) = addresses
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert answer.read() == b"<p>the page"
    for request in (
        urllib.request.Request(address + "etc/passwd"),
        urllib.request.Request(address, headers={"Host": "evil.example"}),
    ):
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(request, timeout=60)
        refused.value.close()
    port = int(address.rsplit(":", 1)[1].strip("/"))
    for taken in (port, 70_000):
        with pytest.raises(InputError, match=f"--port {taken}"):
            serve("", taken, on_ready)
