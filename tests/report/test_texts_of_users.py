"""Texts that a user or a file gives act nowhere: no formula in a spreadsheet, no tag in a page, no code in a terminal."""

from __future__ import annotations

import csv
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import cisim
from cisim.cli import terminal
from cisim.comparison import Comparison
from cisim.ensemble import Ensemble
from cisim.notebook.answers import Verdict
from cisim.plot import difference, fan, network, timeline
from cisim.report import export
from cisim.study.store import Counts
from cisim.validation import page
from cisim.validation.claims import Case, Effort, Finding, Picture, quoted
from cisim.validation.suites import Result, Suite
from stores import manifest
from synthetic import ensemble, scenario

#: What spreadsheets compute: a cell that begins so, quoted or not.
STARTS = ("=", "+", "-", "@", "\t", "\r")
FORMULAS = [f'{start}HYPERLINK("http://x","y")' for start in STARTS]
TAG = '"><b onmouseover=alert(1)>&amp;</b>'


def cells(path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("kind", ["points", "runs", "failures", "organisations"])
def test_no_table_of_a_study_has_a_formula_in_its_headings_or_cells(tmp_path, kind):
    names = [f"{formula} {place}" for place, formula in enumerate(FORMULAS)]
    columns = {"point": pa.array([0, 1], pa.int64()), "value": [-1.5, None]}
    columns |= {name: [text, None] for name, text in zip(names, FORMULAS, strict=True)}
    table = pa.table(columns)
    others = pa.table({"point": [7]})
    store = SimpleNamespace(
        kinds=("runs", "failures", "organisations"),
        points=table if kind == "points" else others,
        table=lambda wanted: table if wanted == kind else others,
        as_it_is=lambda: store,
        manifest=manifest(name=FORMULAS[0]),
        models=dict,
        counts=lambda: Counts(2, 0, 2, 1, 1),
    )
    assert export.write_table(store, kind, tmp_path / "a.csv")[0] == 2
    heading, first, second = cells(tmp_path / "a.csv")
    assert heading == ["point", "value", *(f"'{name}" for name in names)]
    assert first == ["0", "-1.5", *(f"'{text}" for text in FORMULAS)]  # a number stays a number
    assert second == ["1", *[""] * (1 + len(names))]


def test_no_heading_of_results_is_a_formula(tmp_path):
    plain = ensemble([0.1], months=2)
    names = [measure.name for measure in plain.measures]
    hostile = [*FORMULAS, *names][: len(names)]
    measures = tuple(measure._replace(name=name) for measure, name in zip(plain.measures, hostile, strict=True))
    runs = Ensemble(plain.values, plain.seeds, measures, plain.scenario)
    export.write(runs, tmp_path / "a.csv")
    heading = cells(tmp_path / "a.csv")[0]
    assert heading == ["run", "seed", "month", *(f"'{name}" if name in FORMULAS else name for name in hostile)]


class Tags(HTMLParser):
    """Tags of a page, with the names of their attributes; texts and texts for pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def hostile_page() -> str:
    claim = quoted(TAG, TAG, TAG, TAG)
    case = Case("one", TAG, TAG, lambda _: finding)
    finding = Finding((claim,), (Picture(TAG, TAG, lambda axes: axes.set_xlabel(TAG)),))
    return page.html([Result(Suite("docking", TAG, TAG, (case,)), case, finding)], Effort())


def hostile_html() -> dict[str, str]:
    """All that is shown as HTML, with a tag in every name that a user gives."""
    outcome = {"name": TAG, "unit": TAG, "zero": 0.0, "one": 100.0, "baseline": 0.4}
    event = {"month": 2, "set": {"backbone.staff": 1.0}, "why": TAG}
    changes = {"scenario.name": TAG, "community.outcomes": [outcome], "coalition.sectors": [TAG]}
    runs = ensemble(months=3, **changes)
    both = Comparison({TAG: runs, f"{TAG} 2": runs})
    plan = scenario(3, **changes, events=[event])
    shown = {
        "ensemble": runs,
        "comparison": both,
        "fan": fan(both, f"outcome.{TAG}"),
        "difference": difference(both),
        "timeline": timeline(plan),
        "network": network(plan),
        "verdict": Verdict(False, TAG),
    }
    return {name: each._repr_html_() for name, each in shown.items()} | {"page of validation": hostile_page()}


def test_no_name_becomes_a_tag_or_an_attribute_where_html_is_shown():
    for place, text in hostile_html().items():
        found = Tags(text)
        assert "b" not in found.tags, place
        assert "onmouseover" not in found.attributes, place
        assert any(TAG in shown for shown in found.texts), place


def test_no_text_gives_a_terminal_orders(capsys):
    text = "a\x1b]0;x\x07\x1b[31mb\x9b2J\u202ec\rd"
    shown = r"a\x1b]0;x\x07\x1b[31mb\x9b2J\u202ec\rd"
    terminal.say(text)
    terminal.table(text, [text, text], [[text, text]], left=2)
    terminal.table(text, [text, text], [[text, text]])
    terminal.pairs({text: text})
    terminal.note(text)
    said = capsys.readouterr()
    assert said.err == f"{shown}\n"
    assert "".join(said.out.split()).count(shown) == 1 + 2 * 5 + 2
    assert all(sign.isprintable() or sign == "\n" for sign in said.out + said.err)


def test_a_scenario_of_hostile_names_written_as_toml_is_the_same_scenario(tmp_path):
    names = [*FORMULAS[:4], TAG, '"""', "'''", "a\\", "# no comment", "[table]", "a = 1"]
    outcomes = [{"name": name, "unit": name, "zero": 0.0, "one": 1.0, "baseline": 0.4} for name in names]
    event = {"month": 1, "set": {"backbone.staff": 1.0}, "why": '"""\n[scenario]\nmonths = 1 # \\ \t'}
    changes = {"scenario.name": TAG, "community.outcomes": outcomes, "coalition.sectors": names, "events": [event]}
    plan = scenario(3, **changes)
    path = tmp_path / "a.toml"
    path.write_text(plan.to_toml(), encoding="utf-8", newline="")
    assert cisim.load(path) == plan
    assert np.isin(names, cisim.load(path).outcome_names).all()
