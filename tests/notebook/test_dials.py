"""Tests of dials: what is shown is what `compare` gives, no run is done twice, and threads do not mix settings."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import threading
import time

import numpy as np
import pytest
from scipy import stats

import cisim
from cisim.errors import InputError
from cisim.notebook import dial, dials
from cisim.report.format import number

FREQUENCY = "communication.frequency"
SMALL = {"coalition.organisations": 6, "coalition.degree": 2.0, "scenario.months": 24, FREQUENCY: 2.0}


@pytest.fixture
def scenario() -> cisim.Scenario:
    return cisim.load("all-five").replace(**SMALL)


@pytest.fixture
def small(scenario):
    return dial(scenario, {FREQUENCY: [0.0, 2.0, 8.0]}, ["progress", "trust"], runs=120)


@pytest.fixture
def counted(monkeypatch):
    """The number of runs of each call of `run`."""
    counts: list[int] = []
    run = dials.run

    def counting(*args, run_seeds):
        counts.append(len(run_seeds))
        return run(*args, run_seeds=run_seeds)

    monkeypatch.setattr(dials, "run", counting)
    return counts


def assert_every_setting_has_its_own_runs(small, scenario, positions):
    for position in positions:
        expected = cisim.run(scenario.replace(**{FREQUENCY: position}), runs=120, seed=1)
        small.turn({FREQUENCY: position})
        assert np.array_equal(small.comparison.ensemble("now").values, expected.values, equal_nan=True)


def pictures_of(small) -> list[str]:
    """The texts of all pictures that are shown from now on."""
    texts: list[str] = []
    shown = small.widget.children[-1]
    shown.observe(lambda change: texts.append(re.findall(r">(Pinned.*?)</p>", change["new"])[0]), "value")
    return texts


def assert_the_numbers_are_those_of_the_setting(text, scenario):
    """The setting that a picture names, compared with the first position of the dial."""
    value, runs = re.findall(r"Now: \S+ = (\S+) .*, (\d+) paired", text)[0]
    both = {"pinned": scenario, "now": scenario.replace(**{FREQUENCY: float(value)})}
    row = cisim.compare(both, runs=int(runs), seed=1).table("progress", months=[24]).iloc[0]
    assert f"difference {number(row['difference'])} (95 % interval {number(row['low'])} to" in text


def test_a_dial_shows_what_compare_gives(small, scenario):
    small.turn({FREQUENCY: 8.0})
    other = scenario.replace(**{FREQUENCY: 8.0})
    same = cisim.compare({"pinned": scenario, "now": other}, runs=120, seed=1)
    assert small.scenario == other
    for name in ("pinned", "now"):
        assert np.array_equal(small.comparison.ensemble(name).values, same.ensemble(name).values, equal_nan=True)
    row = same.table("progress", months=[24]).iloc[0]
    assert f"difference {number(row['difference'])} (95 % interval {number(row['low'])} to" in small.text
    assert "120 paired runs" in small.text


def test_a_dial_tells_pinned_and_now_apart_in_its_text_and_in_the_text_for_its_picture(small):
    small.turn({FREQUENCY: 0.0})
    pinned, now = (small.comparison.ensemble(name).values[:, 24, 0] for name in ("pinned", "now"))
    interval = stats.ttest_rel(now, pinned).confidence_interval(0.95)
    means = [number(value) for value in (pinned.mean(), now.mean(), (now - pinned).mean(), interval.low, interval.high)]
    assert means[0] != means[1]
    assert small.text.endswith(
        "Now: communication.frequency = 0 contacts/month. progress after 2 years: {} pinned, {} now, difference {} "
        "(95 % interval {} to {}, 120 paired runs).".format(*means)
    )
    alternative = re.search('<img alt="([^"]*)"', small.widget.children[-1].value)[1]
    for name, values in (("pinned", pinned), ("now", now)):
        assert f"{name}: the median goes from 0 in month 0 to {number(np.median(values))} in month 24" in alternative
    assert f"now: in month 24 the mean difference is {means[2]} (95 % interval {means[3]} to {means[4]})" in alternative


def test_a_new_dial_stands_at_the_scenarios_value_and_shows_no_difference(small):
    assert small.setting == {FREQUENCY: 2.0}
    assert (small.comparison.difference() == 0).all()
    assert small.text.startswith("Pinned: communication.frequency = 2 contacts/month. Now: communication.frequency = 2")


def test_turning_back_to_a_setting_runs_nothing_again(scenario, counted):
    small = dial(scenario, {FREQUENCY: [0.0, 2.0]}, runs=60)
    small.turn({FREQUENCY: 0.0}).turn({FREQUENCY: 2.0}).turn({FREQUENCY: 0.0})
    assert counted == [60, 60]


def test_pin_makes_the_present_setting_the_reference(small, scenario):
    small.turn({FREQUENCY: 8.0}).pin().turn({FREQUENCY: 0.0})
    assert small.comparison.first.scenario == scenario.replace(**{FREQUENCY: 8.0})
    assert small.text.startswith("Pinned: communication.frequency = 8 contacts/month. Now: communication.frequency = 0")


def test_another_scenario_can_be_pinned(scenario):
    small = dial(scenario, {FREQUENCY: (0, 8)}, pinned=scenario.replace(**{"backbone.staff": 0.0}), runs=20)
    assert small.comparison.first.scenario.backbone.staff == 0


RUGGEDNESS = "practice.ruggedness"


@pytest.mark.parametrize(
    ("more", "pinned"),
    [
        ({}, {FREQUENCY: 2.0, RUGGEDNESS: 0}),
        ({"both": []}, {FREQUENCY: 2.0, RUGGEDNESS: 3}),
        ({"both": [FREQUENCY]}, {FREQUENCY: 8.0, RUGGEDNESS: 3}),
    ],
)
def test_a_dial_of_the_world_moves_both_sides_unless_told_otherwise(scenario, more, pinned):
    """Else a comparison of two strategies changes two things at once, and its lines cross where they do not."""
    scenario = scenario.replace(**{RUGGEDNESS: 3})
    small = dial(scenario, {FREQUENCY: [2.0, 8.0], RUGGEDNESS: [0, 3]}, runs=20, **more)
    small.turn({FREQUENCY: 8.0, RUGGEDNESS: 0})
    same = {"pinned": scenario.replace(**pinned), "now": scenario.replace(**{FREQUENCY: 8.0, RUGGEDNESS: 0})}
    expected = cisim.compare(same, runs=20, seed=1)
    for name, ensemble in expected.ensembles.items():
        assert small.comparison.ensemble(name).scenario == ensemble.scenario
        assert np.array_equal(small.comparison.ensemble(name).values, ensemble.values, equal_nan=True)


def test_a_dial_says_what_differs_between_the_sides_and_what_moves_both(scenario):
    weekly = scenario.replace(**{FREQUENCY: 4.0, "scenario.name": "weekly"})
    dials = {FREQUENCY: [0.0, 2.0], RUGGEDNESS: [0, 3]}
    small = dial(scenario, dials, pinned=weekly, runs=20).turn({RUGGEDNESS: 0})
    assert small.text.startswith(
        f"Pinned: weekly (with {FREQUENCY} = 4). Now: {FREQUENCY} = 2 contacts/month. Both: {RUGGEDNESS} = 0"
    )
    small.turn({FREQUENCY: 0.0}).pin().turn({RUGGEDNESS: 3})
    assert small.text.startswith(f"Pinned: {FREQUENCY} = 0 contacts/month. Now: {FREQUENCY} = 0 contacts/month. Both: ")
    assert (small.comparison.difference() == 0).all()
    other = scenario.replace(**{f"backbone.allocation.{name}": 0.1 for name in ("engage", "align", "will")})
    other = other.replace(**{"backbone.staff": 1.0, "agenda.pull": 0.1, "measurement.sharing": 0.5})
    assert ", 1 more). Now: as given. Both: " in dial(scenario, {RUGGEDNESS: [0, 3]}, pinned=other, runs=20).text


def test_a_dial_of_the_world_alone_moves_one_side(scenario):
    small = dial(scenario.replace(**{RUGGEDNESS: 3}), {RUGGEDNESS: [0, 3]}, runs=20).turn({RUGGEDNESS: 0})
    assert small.text.startswith(f"Pinned: {RUGGEDNESS} = 3")
    assert small.comparison.first.scenario.practice.ruggedness == 3


def test_dials_take_ranges_and_named_settings(scenario):
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


def test_pictures_have_alternative_text_and_are_announced_to_screen_readers(small):
    shown = small.widget.children[-1]
    before = shown.value
    small.turn({FREQUENCY: 8.0})
    assert shown.value != before
    for shows in (before, shown.value):
        assert re.search(r'<p role="status" aria-live="polite">Pinned: ', shows)
        assert re.search(r'<img alt="Fan chart of progress[^"]*paired runs', shows)
        assert "data:image/png;base64," in shows


def test_names_given_by_users_are_escaped_in_html(scenario):
    small = dial(scenario, {"<b>": {"<i>": {FREQUENCY: 0.0}}}, runs=20)
    text = small.widget.children[-1].value
    assert "&lt;b&gt; = &lt;i&gt;" in text
    assert "<b>" not in text


def test_a_picture_is_shown_where_widgets_are_not_supported(small):
    data, _ = small._repr_mimebundle_()
    assert data["text/plain"] == small.text == repr(small)
    assert "<img alt=" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_without_an_event_loop_a_slider_shows_all_runs_at_once(small):
    small.widget.children[0].value = 8.0
    assert "Now: communication.frequency = 8" in small.text
    assert "120 paired runs" in small.text


def test_a_menu_chooses_the_measure(small):
    chosen = small.widget.children[2]
    assert chosen.options == ("progress", "trust")
    chosen.value = "trust"
    assert ". trust after 2 years: " in small.text
    assert "Fan chart of trust" in small.widget.children[-1].value


def test_in_an_event_loop_the_first_picture_has_50_runs_and_old_positions_are_skipped(scenario, counted):
    async def turned() -> list[str]:
        small = dial(scenario, {FREQUENCY: [0.0, 2.0, 4.0, 8.0]}, runs=120)
        slider, texts = small.widget.children[0], pictures_of(small)
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


def test_runs_are_kept_for_the_setting_they_were_made_with_when_another_thread_turns_the_dial(
    small, scenario, monkeypatch
):
    """JupyterLab 4.6 delivers messages of one slider in two threads."""
    slider, run, turns, texts = small.widget.children[0], dials.run, [8.0], pictures_of(small)

    def turned_meanwhile(*args, **more):
        if turns:
            thread = threading.Thread(target=setattr, args=(slider, "value", turns.pop()))
            thread.start()
            thread.join()
        return run(*args, **more)

    async def turn() -> None:
        slider.value = 0.0
        await small._task

    with monkeypatch.context() as patch:
        patch.setattr(dials, "run", turned_meanwhile)
        asyncio.run(turn())
    assert [re.findall(r"Now: \S+ = (\d)", text) for text in texts] == [["0"], ["8"], ["8"]]
    for text in texts:
        assert_the_numbers_are_those_of_the_setting(text, scenario)
    assert_every_setting_has_its_own_runs(small, scenario, [0.0, 2.0, 8.0])


def test_pin_takes_the_setting_it_was_called_at_when_another_thread_turns_the_dial(small, scenario, monkeypatch):
    slider, run, threads = small.widget.children[0], dials.run, []

    def turned_meanwhile(*args, **more):
        if not threads:
            threads.append(threading.Thread(target=setattr, args=(slider, "value", 8.0)))
            threads[0].start()
            while small.setting == {FREQUENCY: 0.0}:
                time.sleep(0.001)
        return run(*args, **more)

    small._change(setting=(0.0,))  # not run yet
    monkeypatch.setattr(dials, "run", turned_meanwhile)
    small.pin()
    threads[0].join()
    assert small.text.startswith(f"Pinned: {FREQUENCY} = 0 contacts/month. Now: {FREQUENCY} = 8")
    assert small.comparison.first.scenario == scenario.replace(**{FREQUENCY: 0.0})


def test_messages_from_two_threads_end_at_the_last_position_with_the_right_numbers(scenario):
    positions = [0.0, 1.0, 2.0, 4.0, 8.0]
    small = dial(scenario, {FREQUENCY: positions}, runs=120)
    slider, texts = small.widget.children[0], pictures_of(small)

    async def turn(choices: random.Random) -> None:
        for _ in range(15):
            slider.value = choices.choice(positions)
            await asyncio.sleep(choices.uniform(0, 0.02))
        async with asyncio.timeout(120):
            while small._task is not None:
                await asyncio.sleep(0.001)

    threads = [threading.Thread(target=asyncio.run, args=(turn(random.Random(index)),)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert small.setting == {FREQUENCY: slider.value}
    assert f"Now: {FREQUENCY} = {slider.value:g} contacts" in small.text
    for text in texts:
        assert_the_numbers_are_those_of_the_setting(text, scenario)
    assert_every_setting_has_its_own_runs(small, scenario, positions)


def test_errors_while_turning_are_shown_in_place_of_the_picture(scenario):
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
        assert small.widget.children[-1].value.startswith('<p role="alert">coalition.degree = 4.0: must be less')
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
        ({FREQUENCY: (0, 8)}, {"measure": "progres"}, "did you mean progress"),
        ({FREQUENCY: (0, 8)}, {"measure": []}, "at least one must be named"),
        ({FREQUENCY: (0, 8)}, {"runs": 1}, "needs at least 2"),
        ({FREQUENCY: (0, 8)}, {"pinned": "all-fiv"}, "all-fiv"),
        ({FREQUENCY: (0, 8)}, {"both": ["trust"]}, "both: no dial is called 'trust'"),
    ],
)
def test_invalid_arguments_are_refused(scenario, dials, more, words):
    with pytest.raises(InputError, match=re.escape(words)):
        dial(scenario, dials, **more)


@pytest.mark.parametrize(
    ("setting", "words"),
    [({"backbone.staff": 1}, "no dial is called"), ({FREQUENCY: 3.0}, "must be one of 0.0, 2.0, 8.0")],
)
def test_turn_refuses_unknown_dials_and_positions(small, setting, words):
    with pytest.raises(InputError, match=words):
        small.turn(setting)


def test_without_ipywidgets_the_error_says_what_to_install(scenario, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(InputError, match="a dial needs ipywidgets: python -m uv sync --inexact --extra notebooks"):
        dial(scenario, {FREQUENCY: (0, 8)})
