"""The report of a comparison: what it says follows from the runs, and no name in it acts."""

from __future__ import annotations

import re

import pytest

from cisim import Scenario, compare
from cisim.plausible import compare_plausible
from cisim.report.compared import html, write_page
from cisim.report.format import hundredths
from cisim.report.sentences import sentences

SHORT = Scenario(scenario={"months": 24, "name": "base"}, coalition={"organisations": 8, "degree": 2})
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def strategies():
    return {"alone": SHORT.replace(**{"coalition.start": "never"}), EVIL: SHORT}


@pytest.fixture(scope="module")
def comparison(strategies):
    return compare(strategies, runs=10)


def test_it_says_what_the_comparison_says(comparison) -> None:
    page = html(comparison, ["progress", "members"])
    told = re.sub(r"\s+", " ", page)
    for sentence in sentences(comparison):
        assert sentence.replace("<", "&lt;").replace(">", "&gt;") in told
    at = comparison.statistics("progress", EVIL, [24])
    assert hundredths(float(at["mean"][0])) + " %" in page
    assert "Members (count)" in page


def test_names_do_not_act_and_nothing_is_asked_of_a_network(comparison) -> None:
    page = html(comparison, ["progress"])
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert not re.search(r"https?://(?!www\.w3\.org/)", page)


def test_the_same_comparison_is_the_same_page(comparison, tmp_path) -> None:
    page = write_page(comparison, ["progress"], tmp_path / "page.html")
    assert page.read_text(encoding="utf-8") == html(comparison, ["progress"])


def test_it_tells_of_plausible_settings_too(strategies, comparison) -> None:
    worlds = compare_plausible(strategies, 2)
    assert "Over the plausible ranges of what nobody knows" in html(comparison, ["progress"], worlds)
    assert "Over the plausible ranges" not in html(comparison, ["progress"])
