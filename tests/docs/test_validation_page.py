"""Tests that docs/validation.md has every case, and no claim that does not hold."""

from __future__ import annotations

import re

from cisim.validation.sources import SOURCES
from cisim.validation.suites import SUITES
from docs.markdown_pages import ROOT

PAGE = ROOT / "docs" / "validation.md"
#: Sections that tell of the field.
TOLD = ("The thirteen stylised facts", "What the field has seen")
AGAIN = "make the page anew: python docs/validation.py"


def test_the_page_has_every_case_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert told == [case.title for suite in SUITES for case in suite.cases], AGAIN
    asked = re.findall(r"^Again: `cisim validate --case ([\w-]+)`\.$", text, re.MULTILINE)
    assert asked == [case.name for suite in SUITES for case in suite.cases], AGAIN
    for suite in SUITES:
        assert suite.about in text, AGAIN
        for case in suite.cases:
            assert case.about in text, AGAIN


def test_every_claim_of_the_page_holds_and_was_compared() -> None:
    text = PAGE.read_text(encoding="utf-8")
    verdicts = set(re.findall(r"^\| (holds|does not hold|met|missed|quoted|not run) \|", text, re.MULTILINE))
    assert verdicts - {"met", "missed"} == {"holds", "quoted"}, AGAIN


def test_the_page_lists_every_source_that_it_cites_of_the_field_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = text.partition("\n## Sources\n")[2]
    assert re.findall(r"^- .*$", listed, re.MULTILINE) == [f"- {source}" for source in SOURCES], AGAIN
    sections = {title: text.partition(f"\n### {title}\n")[2].partition("\n#")[0] for title in TOLD}
    for source in SOURCES:
        assert any(source.cited in section for section in sections.values()), f"nothing cites {source.cited}"
    for title, section in sections.items():
        of_model = {"Lazer & Friedman 2007"}  # docs/model.md lists it
        for cited in of_model | {source.cited for source in SOURCES}:
            section = section.replace(cited, "")
        assert re.findall(r"[^|(;]* (?:19|20)\d\d\b", section) == [], title
