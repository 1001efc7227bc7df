"""Tests that the page of parameters agrees with the scenario's models."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_parameters_is_up_to_date():
    page = runpy.run_path(str(DOCS / "parameters.py"))["page"]
    assert (DOCS / "parameters.md").read_text(encoding="utf-8") == page(), "run python docs/parameters.py"
