"""Each row of the page of threats names tests that are there, in the files that it links."""

from __future__ import annotations

import re

from docs.markdown_pages import ROOT

PAGE = ROOT / "docs" / "reliability.md"


def test_every_threat_has_tests_and_all_of_them_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Files that nobody wrote")[0]
    threats = [row for row in re.findall(r"^\| (.*) \|$", text, re.MULTILINE) if not row.startswith("what goes wrong")]
    assert len(threats) > 20
    for row in threats:
        links = re.findall(r"\[`(\w+)`\]\(\.\./([\w/.]+)\)", row.split(" | ")[-1])
        assert links, row
        for test, path in links:
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}: {test}"
