"""Tests that links, anchors, fields and scenarios in the pages exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from cisim.coalition import roster
from cisim.scenario import Scenario, fields, load, named_fields
from cisim.study import parse
from docs.markdown_pages import DOCS, READ, ROOT, RUN, anchor, name_of, read

PATHS = {info.path for info in (*fields(), *named_fields())}
TABLES = {path.rsplit(".", part)[0] for path in PATHS for part in (1, 2) if path.count(".") > part}
#: Tables of a study file; the page of it shows some of them alone, and tests/study/test_file.py reads those.
PARTS = {"base", "levers", "uncertainties", "design", "record", "stop", "limits"}
SECTIONS = {path.split(".")[0] for path in PATHS}


@pytest.fixture(params=READ, ids=name_of)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def broken_link(path: Path, link: str) -> bool:
    """Return a link inside the repository that leads nowhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(parts.fragment) and (target.suffix != ".md" or parts.fragment not in read(target).anchors)


def unknown_field(code: str) -> bool:
    """Return text like `section.field`, or `section.field = value`, that is no field."""
    name = code.split("=")[0].strip()
    section, dot, rest = name.partition(".")
    if section not in SECTIONS or not dot or not all(part.isidentifier() for part in rest.split(".")):
        return False
    if rest == "py" or (section == "scenario" and hasattr(Scenario, rest)):
        return False  # a module, or a method of a variable called `scenario`
    if name.startswith("community.outcomes."):
        *_, last = name.split(".")
        return f"community.outcomes.NAME.{last}" not in PATHS and name != "community.outcomes.NAME"
    return name not in PATHS | TABLES


def test_there_are_pages() -> None:
    assert len(DOCS) >= 5
    assert all(page.exists() for page in READ)


def test_links_and_anchors_lead_somewhere(path: Path) -> None:
    broken = [f"{name_of(path)}:{line}: {link}" for line, link in read(path).links if broken_link(path, link)]
    assert broken == []


def malformed(link: str) -> bool:
    """Return a link to another site that cannot be right; whether it leads anywhere only the network knows."""
    parts = urlsplit(link)
    if not parts.scheme and not parts.netloc:
        return False
    host = parts.hostname or ""
    return parts.scheme != "https" or "." not in host or bool(re.search(r"[\s<>\"]|\.$", link))


def test_links_to_other_sites_have_the_form_of_one(path: Path) -> None:
    wrong = [f"{name_of(path)}:{line}: {link}" for line, link in read(path).links if malformed(link)]
    assert wrong == []


def test_fields_in_the_text_exist(path: Path) -> None:
    unknown = [f"{name_of(path)}:{line}: {code}" for line, code in read(path).codes if unknown_field(code)]
    assert unknown == []


def test_the_page_of_the_model_names_every_field_with_a_section() -> None:
    told = {code.split("=")[0].strip() for _, code in read(ROOT / "docs" / "model.md").codes}
    prefixes = tuple(
        f"{name}."
        for name in ("scenario", "backbone.allocation", "backbone.reach", "community.outcomes", "community.groups")
    )
    assert sorted(path for path in PATHS - told if not path.startswith(prefixes)) == []


@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_scenarios_and_studies_in_the_text_can_be_read(path: Path) -> None:
    for block in read(path).blocks:
        if block.language == "toml":
            said = tomllib.loads(block.text)
            if "study" in said:
                parse(block.text)
            elif "plans" not in said and not PARTS & said.keys():  # plan files: test_plan_file
                Scenario(**said)


def test_the_example_files_of_a_coalition_are_read(tmp_path: Path) -> None:
    blocks = read(ROOT / "docs" / "coalition-files.md").blocks
    organisations, ties = (block.text for block in blocks if block.language == "csv")
    scenario = next(block.text for block in blocks if block.language == "toml")
    for name, text in (("organisations.csv", organisations), ("ties.csv", ties), ("scenario.toml", scenario)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(roster(load(tmp_path / "scenario.toml")).names) == len(organisations.splitlines()) - 1


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("backbone.staff", False),
        ("backbone.stuff", True),
        ("backbone.staff=1.5", False),
        ('coalition.start = "never"', False),
        ("backbone.allocation", False),
        ("backbone.allocation.engage", False),
        ("backbone.allocation.fly", True),
        ("community.outcomes.NAME.trend", False),
        ("community.outcomes.reading.trend", False),
        ("community.outcomes.reading.trendy", True),
        ("community.py", False),
        ("scenario.replace", False),
        ("scenario.rename", True),
        ("cisim.run", False),
        ("measurement.noise and more", False),
    ],
)
def test_fields_are_distinguished_from_other_code(code: str, unknown: bool) -> None:
    assert unknown_field(code) is unknown


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("model.md", False),
        ("modal.md", True),
        ("model.md#limits", False),
        ("model.md#limit", True),
        ("#how-to-read-it", False),
        ("#how-to-read", True),
        ("../CONTRIBUTING.md", False),
        ("../../outside.md", True),
        ("https://example.org/x#y", False),
    ],
)
def test_broken_links_are_distinguished_from_valid_ones(link: str, broken: bool) -> None:
    assert broken_link(ROOT / "docs" / "model.md", link) is broken


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("https://example.org/x", False),
        ("model.md#limits", False),
        ("http://example.org/x", True),
        ("https://localhost/x", True),
        ("https://example.org/x.", True),
        ("htps://example.org", True),
    ],
)
def test_malformed_links_are_distinguished_from_others(link: str, wrong: bool) -> None:
    assert malformed(link) is wrong


def test_anchors_are_those_of_github() -> None:
    from markdown_it import MarkdownIt

    def of(heading: str) -> str:
        return anchor(MarkdownIt().parse(f"## {heading}")[1])

    assert of("Backbone organization (in stages 0 to 7)") == "backbone-organization-in-stages-0-to-7"
    assert of("`cisim run`: many, *often*") == "cisim-run-many-often"
