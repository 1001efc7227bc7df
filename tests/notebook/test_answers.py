"""Tests of what exercises share: reading answers, selections, and paired comparisons."""

from __future__ import annotations

import numpy as np
import pytest

import cisim
from cisim.notebook import answers
from cisim.notebook.answers import Hint, better, clearly, names, number, plausible_change, select, tenth
from cisim.notebook.checks import CHAPTERS, exercises_of
from cisim.report.documents import changes

ALL_FIVE = cisim.load("all-five")


def test_every_exercise_says_what_a_right_answer_shows_or_builds_its_own_verdict():
    own = {number for chapter in CHAPTERS for number, (_, shows) in exercises_of(chapter).items() if not shows}
    assert own == {"7.3", "10.1", "11.1"}


@pytest.mark.parametrize("answer", ["nan", "-inf", float("inf")])
def test_a_number_must_be_finite(answer):
    with pytest.raises(Hint, match="is no number to answer with"):
        number(answer)


def test_a_number_must_be_within_its_bounds():
    assert number("0.5", 0, 1) == 0.5
    with pytest.raises(Hint, match="Not so many"):
        number(2, 0, 1, "Not so many.")


@pytest.mark.parametrize("answer", [0.25, -0.1, 1.1, 0.1 + 1e-6])
def test_a_tenth_is_a_share_with_one_decimal(answer):
    assert tenth(0.1 + 0.2) == 0.3
    with pytest.raises(Hint):
        tenth(answer)


def test_one_name_is_a_selection_too_and_unknown_names_are_named():
    assert names("b", ["a", "b"], "no letter") == {"b"}
    with pytest.raises(Hint, match="'3' is no letter: they are a, b"):
        names([3, "b"], ["a", "b"], "no letter")


@pytest.mark.parametrize(
    ("chosen", "hint"),
    [
        ("ab", None),
        ("abc", None),
        ("", "empty"),
        ("a", "missing"),
        ("c", "missing"),
        ("abd", "wrong"),
        ("d", "all wrong"),
    ],
)
def test_a_selection_holds_what_is_needed_and_nothing_that_is_not_possible(chosen, hint):
    hints = {"missing": "missing", "wrong": "wrong"}
    more = {"empty": "empty", "all_wrong": "all wrong"}
    assert select(set(chosen), "ab", "abc", **hints, **more) == hint
    assert select(set(chosen), "ab", "abc", **hints) == {"empty": "missing", "all wrong": "wrong"}.get(hint, hint)


def test_changes_are_found_whether_a_field_is_set_or_taken_away():
    limited = ALL_FIVE.replace(**{"backbone.end": 24})
    assert changes(limited, ALL_FIVE) == {"backbone.end": 24}
    assert changes(ALL_FIVE, limited) == {"backbone.end": None}
    renamed = {"scenario.name": "mine", "scenario.description": "my own"}
    assert changes(ALL_FIVE.replace(**renamed), ALL_FIVE) == {}


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({}, r"One field is to be changed, and 0 are: none\."),
        ({"agenda.pull": 0.1, "agenda.focus": 1.0}, r"and 2 are: agenda.focus, agenda.pull\."),
        ({"agenda.pull": 0.1}, "agenda.pull stays"),
        ({"community.threshold": 9.0}, "is outside of 1 to 3, the range that counts as plausible"),
        ({"coalition.file": "builtin:emon/MtSi"}, "coalition.file has no range"),
    ],
)
def test_one_field_is_changed_within_its_plausible_range(settings, hint):
    assert plausible_change(ALL_FIVE.replace(**{"agenda.pull": 0.1}), (), "") == "agenda.pull"
    with pytest.raises(Hint, match=hint):
        plausible_change(ALL_FIVE.replace(**settings), ("agenda.pull",), "{} stays")


def test_differences_are_clear_where_their_interval_does_not_hold_zero():
    noise = np.array([-1.0, 1.0] * 50)
    assert [clearly(noise + shift) for shift in (0.0, 0.1, 0.3, -0.3)] == [0, 0, 1, -1]
    assert clearly(np.zeros(10)) == 0


def test_an_answer_is_behind_only_if_the_best_is_clearly_better():
    noise = np.array([-1.0, 1.0] * 50)
    values = {"low": noise - 5, "near": -noise - 0.1, "best": noise + 0.1}
    assert better(values.__getitem__, "low", ["near", "best"]) == "best"
    assert better(values.__getitem__, "near", ["low", "best"]) is None
    assert better(values.__getitem__, "best", ["low"]) is None


def test_a_course_is_the_measure_of_a_changed_scenario_from_seed_1():
    settings = {"coalition.organisations": 6, "coalition.degree": 2.0, "scenario.months": 12}
    expected = cisim.run(ALL_FIVE.replace(**settings), runs=3, seed=1).measure("trust")
    assert np.array_equal(answers.course(settings, "trust", runs=3), expected, equal_nan=True)
