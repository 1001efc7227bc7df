"""A dial shows what turning it changes, on the same luck, and does no run twice."""

from __future__ import annotations

import asyncio
import re
import sys

import numpy as np
import pytest

import cisim
from cisim.errors import InputError
from cisim.notebook import dial, dials

SMALL = {"coalition.organisations": 6, "coalition.degree": 2.0, "scenario.months": 24}
FREQUENCY = "communication.frequency"


@pytest.fixture
def scenario() -> cisim.Scenario:
    return cisim.load("all-five").replace(**SMALL)


@pytest.fixture
def small(scenario):
    return dial(scenario, {FREQUENCY: [0.0, 2.0, 8.0]}, ["progress", "trust"], runs=120)


@pytest.fixture
def counted(monkeypatch):
    """How many runs were asked for, each time."""
    asked: list[int] = []
    run = dials.run

    def counting(*args, runs, **more):
        asked.append(runs)
        return run(*args, runs=runs, **more)

    monkeypatch.setattr(dials, "run", counting)
    return asked


def test_what_is_shown_is_what_compare_gives(small, scenario):
    small.turn({FREQUENCY: 8.0})
    other = scenario.replace(**{FREQUENCY: 8.0})
    same = cisim.compare({"pinned": scenario, "now": other}, runs=120, seed=1)
    assert small.scenario == other
    for name in ("pinned", "now"):
        assert np.array_equal(
            small.comparison.ensemble(name).values, same.ensemble(name).values, equal_nan=True
        )
    row = same.table("progress", months=[24]).iloc[0]
    assert f"difference {row['difference']:.3g} (95 % interval {row['low']:.3g} to" in small.text
    assert "120 paired runs" in small.text


def test_it_begins_where_the_scenario_stands_and_shows_no_difference(small):
    assert small.setting == {FREQUENCY: 2.0}
    assert (small.comparison.difference() == 0).all()
    assert small.text.startswith(
        "Pinned: communication.frequency = 2 contacts/month. Now: communication.frequency = 2"
    )


def test_a_setting_that_was_there_before_takes_no_run(scenario, counted):
    small = dial(scenario, {FREQUENCY: [0.0, 2.0]}, runs=60)
    small.turn({FREQUENCY: 0.0}).turn({FREQUENCY: 2.0}).turn({FREQUENCY: 0.0})
    assert counted == [60, 60]


def test_pinning_compares_with_what_is_shown(small, scenario):
    small.turn({FREQUENCY: 8.0}).pin().turn({FREQUENCY: 0.0})
    assert small.comparison.first.scenario == scenario.replace(**{FREQUENCY: 8.0})
    assert small.text.startswith(
        "Pinned: communication.frequency = 8 contacts/month. Now: communication.frequency = 0"
    )


def test_another_scenario_can_be_pinned(scenario):
    small = dial(scenario, {FREQUENCY: (0, 8)}, pinned=scenario.replace(**{"backbone.staff": 0.0}), runs=20)
    assert small.comparison.first.scenario.backbone.staff == 0


def test_two_dials_ranges_lists_and_settings_with_names(scenario):
    meetings = {"none": {FREQUENCY: 0.0}, "weekly": {FREQUENCY: 4.0}}
    small = dial(scenario, {"meetings": meetings, "backbone.staff": (0, 8)}, runs=20)
    small.turn({"meetings": "weekly", "backbone.staff": 8.0})
    assert small.scenario.communication.frequency == 4.0
    assert small.scenario.backbone.staff == 8.0
    sliders = small.widget.children[:2]
    assert [slider.value for slider in sliders] == ["weekly", 8.0]
    assert len(sliders[1].options) >= 21
    whole = dial(scenario, {"coalition.organisations": (4, 9)}, runs=20).widget.children[0]
    assert [value for _, value in whole.options] == [4, 5, 6, 7, 8, 9]


def test_the_picture_has_words_and_each_redrawing_is_announced(small):
    shown = small.widget.children[-1]
    before = shown.value
    small.turn({FREQUENCY: 8.0})
    assert shown.value != before
    for shows in (before, shown.value):
        assert re.search(r'<p role="status" aria-live="polite">Pinned: ', shows)
        assert re.search(r'<img alt="Fan chart of progress[^"]*paired runs', shows)
        assert "data:image/png;base64," in shows


def test_the_names_of_a_users_file_are_escaped(scenario):
    small = dial(scenario, {"<b>": {"<i>": {FREQUENCY: 0.0}}}, runs=20)
    text = small.widget.children[-1].value
    assert "&lt;b&gt; = &lt;i&gt;" in text
    assert "<b>" not in text


def test_where_no_widget_can_be_shown_there_is_a_picture(small):
    data, _ = small._repr_mimebundle_()
    assert data["text/plain"] == small.text == repr(small)
    assert "<img alt=" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_slider_without_a_kernel_is_followed_to_the_end(small):
    small.widget.children[0].value = 8.0
    assert "Now: communication.frequency = 8" in small.text
    assert "120 paired runs" in small.text


def test_a_measure_is_chosen_from_several(small):
    chosen = small.widget.children[2]
    assert chosen.options == ("progress", "trust")
    chosen.value = "trust"
    assert ". trust after 2 years: " in small.text
    assert "Fan chart of trust" in small.widget.children[-1].value


def test_in_a_kernel_a_first_picture_comes_early_and_stale_positions_are_passed_over(scenario, counted):
    async def turned() -> list[str]:
        small = dial(scenario, {FREQUENCY: [0.0, 2.0, 4.0, 8.0]}, runs=120)
        slider, shown = small.widget.children[0], small.widget.children[-1]
        texts: list[str] = []
        shown.observe(lambda change: texts.append(re.findall(r">(Pinned.*?)</p>", change["new"])[0]), "value")
        counted.clear()
        slider.value = 0.0
        slider.value = 4.0
        await asyncio.sleep(0)  # the first slice
        slider.value = 8.0
        assert small._task is not None
        await small._task
        return texts

    texts = asyncio.run(turned())
    assert [re.findall(r"Now: \S+ = (\S+).*?(\d+) paired", text)[0] for text in texts] == [
        ("4", "50"),
        ("8", "50"),
        ("8", "120"),
    ]
    assert counted == [50, 50, 50, 20]


def test_what_goes_wrong_while_turning_is_told_where_the_picture_is(scenario):
    """Each dial alone may be turned to its end; both together ask for more neighbours than there are."""
    small = dial(scenario, {"coalition.organisations": [6, 3], "coalition.degree": [2.0, 4.0]}, runs=20)

    async def turned() -> None:
        small.widget.children[0].value = 3
        small.widget.children[1].value = 4.0
        await small._task

    for turn in (turned, None):
        if turn:
            asyncio.run(turn())
        else:
            small.widget.children[1].value = 4.0
        assert small.widget.children[-1].value.startswith(
            '<p role="alert">coalition.degree = 4.0: must be less'
        )
        small.widget.children[1].value = 2.0
        assert "Now: coalition.organisations = 3" in small.text


@pytest.mark.parametrize(
    ("dials", "more", "words"),
    [
        ({}, {}, "0 dials: must be 1 or 2"),
        ({"a": [1], "b": [1], "c": [1]}, {}, "3 dials: must be 1 or 2"),
        ({"backbone.stff": (0, 8)}, {}, 'dials."backbone.stff": no such field; did you mean backbone.staff'),
        ({"backbone.staff": (8, 0)}, {}, "must be below"),
        ({"backbone.staff": 3}, {}, "must be a range"),
        ({FREQUENCY: (0, 8)}, {"measure": "progres"}, "did you mean 'progress'"),
        ({FREQUENCY: (0, 8)}, {"measure": []}, "at least one must be named"),
        ({FREQUENCY: (0, 8)}, {"runs": 1}, "needs at least 2"),
        ({FREQUENCY: (0, 8)}, {"pinned": "all-fiv"}, "all-fiv"),
    ],
)
def test_what_is_wrong_is_told(scenario, dials, more, words):
    with pytest.raises(InputError, match=re.escape(words)):
        dial(scenario, dials, **more)


@pytest.mark.parametrize(
    ("setting", "words"),
    [({"backbone.staff": 1}, "no dial is called"), ({FREQUENCY: 3.0}, "must be one of 0.0, 2.0, 8.0")],
)
def test_a_position_that_is_none_is_told(small, setting, words):
    with pytest.raises(InputError, match=words):
        small.turn(setting)


def test_without_ipywidgets_it_says_what_to_install(scenario, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(InputError, match=re.escape('pip install "cisim[notebooks]"')):
        dial(scenario, {FREQUENCY: (0, 8)})
