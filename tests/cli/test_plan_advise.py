"""`cisim plan advise`, as a planner meets it."""

from __future__ import annotations

import json

import pytest

from plan.county import HEAD, PLANS, county

QUICK = ("--lever", "extra_services=0:2:1", "--lever", "meet=never,monthly", "--worlds", "10", "--runs", "2")


@pytest.fixture(autouse=True)
def file(tmp_path):
    return county(tmp_path, PLANS, HEAD.replace("months = 24", "months = 12"))


def test_advice_is_a_table_sentences_a_plan_to_copy_and_a_picture(cisim, tmp_path):
    done = cisim("plan", "advise", *QUICK, "--picture", "front.png")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "Options that add most for their money (on average) after 1 year" in said
    assert "Of 6 combinations “option-" in said
    assert "[plans.option-" in done.out
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")
    copied = done.out[done.out.index("[plans.option-") :]
    (tmp_path / "plan.toml").write_text((tmp_path / "plan.toml").read_text() + copied)
    assert cisim("plan", "check").code == 0


def test_a_picture_that_is_there_is_refused_before_anything_runs(cisim, tmp_path):
    (tmp_path / "front.png").write_text("mine")
    done = cisim("plan", "advise", *QUICK, "--picture", "front.png")
    assert (done.code, done.out) == (2, "")
    assert "front.png: is there already: --overwrite replaces it" in done.err
    assert (tmp_path / "front.png").read_text() == "mine"


def test_the_document_has_what_was_tried(cisim):
    document = json.loads(cisim("plan", "advise", *QUICK, "--json").out)
    assert document["command"] == "plan advise"
    assert document["levers"] == {"extra_services": [0, 1, 2], "meet": ["never", "monthly"]}
    assert len(document["tried"]) == 6
    assert document["best"] in [option["option"] for option in document["options"]]


def test_a_budget_that_buys_nothing_is_refused_in_a_line(cisim):
    done = cisim("plan", "advise", "--lever", "backbone.staff=1:2:1", "--budget", "1000", "--worlds", "2")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "stays within the budget" in done.err
