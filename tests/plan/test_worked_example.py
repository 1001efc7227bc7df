"""The worked example of planners: what an import makes of its files, and the same plans of a real network."""

from __future__ import annotations

import pytest

from cisim.coalition.gather import gather
from cisim.plan.spec import read
from cisim.report.format import csv_line
from docs.markdown_pages import ROOT
from docs.markdown_pages import read as read_page

FOLDER = ROOT / "scenarios" / "planning"
LARCH = FOLDER / "larch"


def csv_of(table: tuple[list[str], list[list[str]]]) -> str:
    header, rows = table
    return "".join(map(csv_line, (header, *rows)))


def test_the_coalition_is_what_an_import_makes_of_the_files_that_people_keep() -> None:
    found = gather([(name, (LARCH / name).read_bytes()) for name in ("partners.csv", "contacts.csv")])
    assert (LARCH / "organisations.csv").read_bytes().decode() == csv_of(found.organisations())
    assert (LARCH / "ties.csv").read_bytes().decode() == csv_of(found.reports())
    assert set(read(LARCH / "plan.toml").base.outcome_names) == set(found.outcomes)


def test_the_tutorial_shows_the_files() -> None:
    page = read_page(ROOT / "docs" / "tutorials" / "planner-launch.md")
    shown = {block.file: block.text for block in page.blocks if block.file}
    files = {"texas.toml": FOLDER / "texas" / "plan.toml"}
    files |= {name: FOLDER / name for name in ("larch/plan.toml",)}
    files |= {name: LARCH / name for name in ("partners.csv", "contacts.csv")}
    assert shown == {name: file.read_text(encoding="utf-8") for name, file in files.items()}


@pytest.mark.parametrize("name", ["larch", "texas"])
def test_the_plans_differ_from_one_another_and_are_the_same_of_both_coalitions(name: str) -> None:
    plans = read(FOLDER / name / "plan.toml")
    assert list(plans.given) == list(read(LARCH / "plan.toml").given)
    scenarios = [plan.scenario.digest() for plan in (plans.nothing_new, *plans.given.values())]
    assert len(set(scenarios)) == len(scenarios) == 5
    assert plans.costs.budget == 300_000
