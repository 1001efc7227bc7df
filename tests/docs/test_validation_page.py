"""Tests that docs/validation.md has every case, and no claim that does not hold."""

from __future__ import annotations

import re

from cisim.validation.suites import SUITES
from docs.markdown_pages import ROOT

PAGE = ROOT / "docs" / "validation.md"
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
