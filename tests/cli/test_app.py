"""`cisim app`, and what the commands make of links of its page."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from cisim.app.link import read_link
from plan.county import PLANS as COUNTY_PLANS
from plan.county import county

PLANS = [
    {"name": "alone", "settings": {"coalition.start": "never"}},
    {"name": "together", "settings": {"backbone.staff": 1}},
]
STATE = {"world": "alder-county", "seed": 3, "plans": PLANS}
STAFF = "#s=" + base64.urlsafe_b64encode(json.dumps(STATE).encode()).decode().rstrip("=")


def test_what_a_link_shows_is_compared_on_its_seed(cisim, tmp_path: Path) -> None:
    by_link = json.loads(cisim("compare", "--link", STAFF, "--runs", "5", "--json").out)
    linked = read_link(STAFF)
    assert linked.seed == 3
    (tmp_path / "alone.toml").write_text(linked.plans["alone"].to_toml())
    (tmp_path / "together.toml").write_text(linked.plans["together"].to_toml())
    files = [str(tmp_path / "alone.toml"), str(tmp_path / "together.toml")]
    names = ["--name", "alone", "--name", "together"]
    by_file = json.loads(cisim("compare", *files, *names, "--seed", "3", "--runs", "5", "--json").out)
    assert by_link == by_file
    assert linked.turned.backbone.staff == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["run"], "error: SCENARIO: name one"),
        (
            ["run", "all-five", "--link", STAFF],
            "error: --link: says which scenarios and which seed: leave SCENARIO away",
        ),
        (["compare", "--link", "#s=%%%"], "error: the link: is damaged"),
        (["compare", "--link", "no"], "error: the link: must be an address of the page"),
        (["run", "--link", "#s=eyJ3b3JsZCI6Ii9ldGMvcGFzc3dkIn0"], "error: the link: names no scenario"),
        (["run", "--link", "#s=eyJ3b3JsZCI6ICJub3doZXJlLnRvbWwjYSJ9"], "error: nowhere.toml#a: "),
        (["app", "--out", "page.txt"], "error: page.txt: unknown ending"),
        (["app", "--out", "page.html", "--port", "0"], "error: --port: serves the page without a file"),
    ],
)
def test_wrong_input_is_refused_in_a_line(cisim, arguments: list[str], problem: str) -> None:
    done = cisim(*arguments)
    assert done.code == 2
    assert done.err.startswith(problem)
    assert done.out == ""


def test_a_file_with_a_scenario_of_ones_own_is_written(cisim, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[backbone]\nstaff = 1.5\n")
    out = tmp_path / "page.html"
    done = cisim("app", str(tmp_path / "own.toml"), "--out", str(out), "--no-browser")
    assert (done.code, "".join(done.out.split())) == (0, f"The page is at {out.as_uri()}".replace(" ", ""))
    assert '"backbone.staff":1.5' in out.read_text(encoding="utf-8")


def test_a_plan_file_is_shown_with_its_plans_and_links_to_them_are_read(cisim, tmp_path: Path) -> None:
    more = "".join(f"[plans.p{number}]\nbackbone.staff = {number}\n" for number in range(4, 8))
    file = county(tmp_path, COUNTY_PLANS + "[plans.late]\nbackbone.staff = { 1 = 0, 13 = 3 }\n" + more)
    name = os.path.relpath(file)
    done = cisim("app", name, "--out", "page.html", "--no-browser")
    assert done.code == 0
    assert done.err.startswith(f"{name}: the page shows four plans side by side; left out: ")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    held = json.loads(page.partition('<script id="data" type="application/json">')[2].partition("</script>")[0])
    plans = held["plans"][name]
    assert plans[0]["name"] == "nothing new"
    assert len(plans) == 4
    # The plan that changes over months is a county of its own.
    text = base64.urlsafe_b64encode(json.dumps({"world": f"{name}#late"}).encode()).decode().rstrip("=")
    assert [dict(event.set) for event in read_link(f"#s={text}").turned.events] == [{"backbone.staff": 3}]
    text = base64.urlsafe_b64encode(json.dumps({"world": name, "plans": plans}).encode()).decode().rstrip("=")
    assert read_link(f"#s={text}").plans["nothing new"].coalition.start == "never"
