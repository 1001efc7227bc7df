"""`cisim validate`: what it says, writes and ends with follows from the claims."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cisim.validation import facts_suite, patterns, suites
from cisim.validation.claims import Case, Effort, Finding, Picture, close, not_run, quoted


def draw(axes) -> None:
    axes.plot([0, 1], [0, 1])
    axes.set_xlabel("years")


def finding(measured: float) -> Finding:
    return Finding(
        (
            close("a number comes out", 1.0, measured, 1e-9, "the mathematics of <b>it</b>"),
            quoted("a number of the field", "about 2", "3", "somebody 2018"),
            not_run("a peer agrees", "pip install peer", "peer 1.0"),
        ),
        (Picture("A line", "A line from 0 to 1 & on.", draw),),
    )


@pytest.fixture
def some_cases(monkeypatch):
    """Two cases in a suite, one of them long; measured values, and the efforts they were given."""
    efforts: list[Effort] = []

    def use(first: float, second: float = 1.0) -> list[Effort]:
        def measure(value: float):
            def run(effort: Effort) -> Finding:
                efforts.append(effort)
                return finding(value)

            return run

        cases = (
            Case("one", "Somebody 1974", "It is known.", measure(first)),
            Case("two", "Another 1990", "It is known too.", measure(second), long=True),
        )
        suite = suites.Suite("docking", "Docking", "It verifies.", cases)
        monkeypatch.setattr(suites, "SUITES", (suite,))
        monkeypatch.setattr(suites, "simulate", lambda *_, **__: None)
        return efforts

    return use


def test_claims_that_hold_end_with_0_and_are_told_with_number_error_source(cisim, some_cases):
    some_cases(1.0)
    result = cisim("validate")
    assert result.code == 0
    words = " ".join(result.out.split())
    for text in (
        "Somebody 1974 [one]",
        "expected: 1 measured: 1 largest difference 0.0e+00, allowed 1e-09 exact: the mathematics of",
        "the field: about 2 this model: 3",
        "needs pip install peer",
        "2 of 2 claims hold.",
        "2 comparisons could not be made here",
        "Nothing yet validates the model of a coalition as a whole",
    ):
        assert text in words


def test_a_claim_that_does_not_hold_ends_with_1_and_its_case_is_named(cisim, some_cases):
    some_cases(1.0, 1.1)
    result = cisim("validate")
    assert result.code == 1
    assert "1 of 2 claims hold." in result.out
    assert "Claims do not hold in: two." in result.out


def test_no_number_does_not_hold(cisim, some_cases):
    some_cases(float("nan"))
    assert cisim("validate", "--case", "one").code == 1


def test_a_case_that_breaks_off_does_not_hold_and_the_others_go_on(cisim, some_cases, monkeypatch):
    some_cases(1.0)
    (suite,) = suites.SUITES

    def breaks(_: Effort) -> Finding:
        return finding(1 / 0)

    broken = Case("broken", "A case", "It breaks.", breaks)
    monkeypatch.setattr(suites, "SUITES", (suites.Suite("docking", "Docking", "", (broken, *suite.cases)),))
    result = cisim("validate")
    assert result.code == 1
    words = " ".join(result.out.split())
    assert "measured: ZeroDivisionError: division by zero" in words
    assert "Claims do not hold in: broken." in words
    assert "Somebody 1974 [one]" in words


def test_quick_leaves_out_the_long_cases_unless_they_are_named(cisim, some_cases):
    efforts = some_cases(1.0)
    assert "Another 1990" not in cisim("validate", "--quick").out
    assert "Another 1990" in cisim("validate", "--quick", "--case", "two").out
    assert [effort.quick for effort in efforts] == [True, True]


def test_what_is_asked_for_reaches_the_cases(cisim, some_cases):
    efforts = some_cases(1.0)
    cisim("validate", "docking", "--runs", "7", "--points", "9", "--seed", "3", "--threads", "1")
    assert efforts[0] == Effort(quick=False, seed=3, threads=1, paired=7, points=9)


def test_the_document_has_every_claim(cisim, some_cases):
    some_cases(1.0, 1.1)
    told = json.loads(cisim("validate", "--json").out)
    assert told["all_hold"] is False
    assert told["verdicts"] == {"holds": 1, "does not hold": 1, "met": 0, "missed": 0, "quoted": 2, "not run": 2}
    (suite,) = told["suites"]
    assert [case["name"] for case in suite["cases"]] == ["one", "two"]
    assert suite["cases"][0]["claims"][0] == {
        "text": "a number comes out",
        "expected": "1",
        "measured": "1",
        "error": "largest difference 0.0e+00, allowed 1e-09",
        "source": "the mathematics of <b>it</b>",
        "kind": "exact",
        "verdict": "holds",
    }


class Page(HTMLParser):
    """What a page has: tags, ids, links, texts for pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        self.images += [found] if tag == "img" else []


def test_the_page_is_one_file_with_every_claim_and_a_text_for_every_picture(cisim, some_cases, folder):
    some_cases(1.0)
    assert cisim("validate", "--html", "page.html").out.endswith("The page is page.html.\n")
    text = (folder / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "the mathematics of &lt;b&gt;it&lt;/b&gt;" in text
    assert page.tags.count("script") == 0
    assert page.tags.count("b") == 0
    assert [image["alt"] for image in page.images] == ["A line from 0 to 1 & on."] * 2
    assert all((image["src"] or "").startswith("data:image/svg+xml;base64,") for image in page.images)
    assert page.links == ["#one", "#two"]
    assert set(page.links) <= {f"#{name}" for name in page.ids}
    assert len(page.ids) == len(set(page.ids))


def test_the_same_claims_give_the_same_page(cisim, some_cases, folder):
    some_cases(1.0)
    cisim("validate", "--html", "a.html")
    cisim("validate", "--html", "b.html")
    assert (folder / "a.html").read_bytes() == (folder / "b.html").read_bytes()


def test_a_page_that_is_there_is_replaced_only_if_that_is_asked_for(cisim, some_cases, folder):
    some_cases(1.0)
    (folder / "page.html").write_text("mine", encoding="utf-8")
    result = cisim("validate", "--html", "page.html")
    assert (result.code, result.err) == (2, "error: page.html: is there already: --overwrite replaces it\n")
    assert (folder / "page.html").read_text(encoding="utf-8") == "mine"
    assert cisim("validate", "--html", "page.html", "--overwrite").code == 0
    assert (folder / "page.html").read_text(encoding="utf-8") != "mine"


def test_the_cases_of_all_suites_have_names_of_their_own():
    names = [case.name for suite in suites.SUITES for case in suite.cases]
    assert len(names) == len(set(names))
    assert [suite.name for suite in suites.SUITES] == ["docking", "facts", "patterns", "engine"]


def test_all_facts_are_claims(cisim):
    told = json.loads(cisim("validate", "facts", "--case", "facts", "--runs", "2", "--json").out)
    (case,) = told["suites"][0]["cases"]
    assert [claim["text"].partition(".")[0] for claim in case["claims"]] == [str(n) for n in range(1, 14)]
    assert {claim["kind"] for claim in case["claims"]} == {"chosen", "held out", "built in"}


def test_two_quick_cases_of_facts_share_their_runs():
    facts_suite._trials.cache_clear()
    effort = Effort(quick=True, paired=2)
    facts_suite.facts(effort)
    facts_suite.field(effort)
    assert facts_suite._trials.cache_info().misses == 1


def test_a_pattern_that_is_missed_is_told_and_is_no_fault(cisim, monkeypatch):
    verdicts = {"always": True, "staff": False}
    made = {name: patterns.PATTERNS[name] for name in verdicts}
    monkeypatch.setattr(patterns, "PATTERNS", {
        name: replace(pattern, measure=lambda _, met=verdicts[name]: patterns.Measured(met, "so much", ""))
        for name, pattern in made.items()
    })  # fmt: skip
    result = cisim("validate", "patterns", "--runs", "2")
    assert result.code == 0
    assert "1 of 2 patterns of the field and aims of the defaults are met." in result.out
    told = json.loads(cisim("validate", "patterns", "--runs", "2", "--json").out)
    assert (told["verdicts"]["met"], told["verdicts"]["missed"], told["all_hold"]) == (1, 1, True)
