"""Tests of dials, turned by mouse and by keyboard, in the JupyterLab of the documented line, in Chromium.

Screenshots are kept in `build/browser`. `python -m uv run --group fresh pytest -n 0 fresh`; it stands outside the test paths since it needs
a browser and the package index.
"""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from browser import FLAGS

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "browser"
TOKEN = "dials"
CODE = """\
import cisim

scenario = cisim.load("all-five").replace(**{"communication.frequency": 2.0})
cisim.notebook.dial(scenario, {"communication.frequency": (0, 8), "backbone.staff": [0.0, 3.0, 6.0]}, ["progress", "trust"])
"""
#: Milliseconds: the first cell loads everything, and may compile.
LONG, SHORT = 180_000, 60_000


def documented() -> str:
    """Return the line of the first page that starts JupyterLab."""
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    return re.findall(r"With JupyterLab, in the copy: `(.+)`", text)[0]


@pytest.fixture(scope="module")
def page(
    copy: Path, outside: dict[str, str], browser_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """Open a page of JupyterLab, started in a copy as the page says, with a notebook whose only cell shows two dials."""
    folder = tmp_path_factory.mktemp("lab")
    cell = {"cell_type": "code", "id": "dial", "metadata": {}, "source": CODE, "execution_count": None, "outputs": []}
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    content = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (copy / "notebooks" / "dials.ipynb").write_text(json.dumps(content), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", f"--IdentityProvider.token={TOKEN}"]
    settings = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "IPYTHONDIR": str(folder / "ipython")}
    with (folder / "lab.log").open("w") as log, subprocess.Popen(
        shlex.split(documented()) + options, cwd=copy, env={**outside, **settings}, stdout=log, stderr=subprocess.STDOUT,
    ) as server:  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/api", folder / "lab.log", server)
            with sync_playwright() as driver:
                chromium = driver.chromium.launch(executable_path=browser_path, args=FLAGS)
                page = chromium.new_page(viewport={"width": 1200, "height": 1000})
                page.goto(f"http://127.0.0.1:{port}/lab/tree/dials.ipynb?token={TOKEN}", timeout=SHORT)
                page.locator(".jp-CodeCell").first.click(timeout=SHORT)
                page.keyboard.press("Shift+Enter")
                page.locator(".noUi-handle").first.wait_for(timeout=LONG)
                yield page
                chromium.close()
        finally:
            server.terminate()


def wait_for(address: str, log: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + 300  # it installs what is missing first
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address):
                return
        except URLError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab does not answer:\n{log.read_text()[-2000:]}")


def status(page: Page) -> Any:
    """Find the text beside the picture."""
    return page.locator(".jp-OutputArea p[role=status]")


def now(page: Page) -> str:
    """Read the setting that the picture shows."""
    return re.findall(r"Now: (.*?)\. \w+ after", status(page).inner_text())[0]


def test_the_arrow_keys_turn_a_dial(page: Page) -> None:
    handle = page.locator(".noUi-handle").first
    handle.focus()
    before = now(page)
    began = time.monotonic()
    page.keyboard.press("ArrowRight")
    expect(status(page)).to_contain_text("Now: communication.frequency = 2.4", timeout=SHORT)
    first = time.monotonic() - began
    expect(status(page)).to_contain_text("200 paired runs", timeout=SHORT)
    print(f"first picture after {first:.2f} s, all runs after {time.monotonic() - began:.2f} s")
    assert now(page) != before
    assert handle.evaluate("node => document.activeElement === node"), "the focus was lost"
    page.keyboard.press("ArrowLeft")
    expect(status(page)).to_contain_text("Now: communication.frequency = 2 contacts", timeout=SHORT)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "keyboard.png")


def test_a_held_key_ends_at_the_position_where_it_was_released(page: Page) -> None:
    page.locator(".noUi-handle").first.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(status(page)).to_contain_text("Now: communication.frequency = 6 contacts", timeout=SHORT)
    expect(status(page)).to_contain_text("200 paired runs", timeout=SHORT)


def test_the_mouse_turns_a_dial(page: Page) -> None:
    handle = page.locator(".noUi-handle").nth(1)
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 400, y, steps=8)
    page.mouse.up()
    expect(status(page)).to_contain_text(re.compile("Now: .*backbone.staff = 6 FTE"), timeout=SHORT)
    expect(status(page)).to_contain_text("200 paired runs", timeout=SHORT)
    page.screenshot(path=PICTURES / "mouse.png")


def test_the_button_pins_a_setting_and_the_menu_changes_the_measure(page: Page) -> None:
    page.get_by_role("button", name="Pin this setting").click()
    expect(status(page)).to_contain_text(re.compile("Pinned: .*backbone.staff = 6 FTE.*difference 0 "), timeout=SHORT)
    page.locator(".jp-OutputArea select").select_option("trust")
    expect(status(page)).to_contain_text("trust after 10 years", timeout=SHORT)
    image = page.locator(".jp-OutputArea img")
    expect(image).to_have_attribute("alt", re.compile("^Fan chart of trust"))
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("Home")
    expect(status(page)).to_contain_text("Now: communication.frequency = 0 contacts", timeout=SHORT)
    expect(status(page)).to_contain_text("200 paired runs", timeout=SHORT)
    page.screenshot(path=PICTURES / "pinned.png")
