"""Tests that the page of plan files says what the files are."""

from __future__ import annotations

import re

import pytest

from cisim.plan import BATCH, PRECISION, WORLDS
from cisim.plan.costs import Costs
from cisim.plan.spec import parse
from cisim.plan.words import MEETINGS, WORDS
from docs.markdown_pages import ROOT
from plan.county import PARTNERS, TIES

PAGE = (ROOT / "docs" / "plan-file.md").read_text(encoding="utf-8")


def test_the_example_is_a_plan_file(tmp_path) -> None:
    (tmp_path / "organisations.csv").write_text(PARTNERS + "Two More,public,1\n")
    (tmp_path / "ties.csv").write_text(TIES)
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    plans = parse(text, tmp_path)
    assert list(plans.given) == [
        "one coordinator",
        "three posts, quarterly",
        "the large first",
        "a grant of three years",
    ]


def test_every_word_of_a_plan_is_explained() -> None:
    assert all(f"| `{word}` |" in PAGE for word in WORDS)
    row = next(line for line in PAGE.splitlines() if line.startswith("| `meet` |"))
    assert all(name in row for name in MEETINGS)


@pytest.mark.parametrize("name", sorted(Costs.model_fields))
def test_costs_have_the_defaults_that_the_page_says(name) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `") and f"`{name}`" in line)
    default = getattr(Costs(), name)
    said = row.rsplit("|", 2)[1]
    if default is None:
        assert said.strip() in {"none", "no limit"}
    else:
        assert (f"{default:,g}" if isinstance(default, float) else default) in said


def test_it_stops_where_the_page_says() -> None:
    assert f"`--worlds` ({WORLDS} by default)" in PAGE
    assert BATCH == 10
    assert "draws worlds, ten at a time" in PAGE
    assert PRECISION == 0.5
    assert "half a percentage point of progress by default" in PAGE
