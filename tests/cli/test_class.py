"""`cisim class`: what it prints of good plans and of bad ones."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest


def link(settings: dict[str, object]) -> str:
    plans = [{"name": "alone", "settings": {"coalition.start": "never"}}, {"name": "together", "settings": settings}]
    text = json.dumps({"world": "alder-county", "plans": plans})
    return "#s=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_plans_are_ranked_and_bad_ones_told_and_left_out(cisim, tmp_path: Path) -> None:
    (tmp_path / "plans.txt").write_text(
        f"Ada\x1b[31m {link({})}\nBen {link({'backbone.staff': 20})}\nCleo {link({})}\nDan #s=AAAA\n"
    )
    sizes = ["--runs", "30", "--worlds", "30"]
    done = cisim("class", str(tmp_path), *sizes)
    assert done.code == 1
    assert "\x1b" not in done.out + done.err
    assert "2 plans lead, and these worlds do not tell which of them is first: Ada [31m, Cleo." in " ".join(
        done.out.split()
    )
    assert "backbone.staff 2 (0 of 1 others)" in " ".join(done.out.split())
    assert done.err == "left out: Dan: the link: is damaged: a part of it is missing or was changed\n"
    told = json.loads(cisim("class", str(tmp_path), *sizes, "--json").out)
    assert [plan["name"] for plan in told["plans"]] == ["Ada [31m", "Cleo", "Ben"]
    assert [plan["place"] for plan in told["plans"]] == [[1, 2], [1, 2], [3, 3]]
    assert told["left_out"] == [
        {"name": "Dan", "reason": "the link: is damaged: a part of it is missing or was changed"}
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["class"], "error: FILE: name a folder or files with plans, or open a --room"),
        (["class", "x", "--host", "0.0.0.0"], "error: --host: belong"),
        (["class", "x", "--room"], "error: --room: collects plans"),
        (["class", "nowhere"], "error: nowhere: no such file or folder"),
        (["class", "--room", "--keep", "plans.html"], "error: plans.html: unknown ending"),
        (["class", "--room", "--port", "70000"], "error: --port 70000: must be from 0 to 65535"),
        (["class", "--room", "--host", "203.0.113.1"], "error: --host 203.0.113.1 --port 0: "),
    ],
)
def test_wrong_input_is_refused_in_a_line(cisim, arguments: list[str], problem: str) -> None:
    done = cisim(*arguments)
    assert done.code == 2
    assert done.err.startswith(problem)
    assert done.out == ""
