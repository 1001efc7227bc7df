"""Tests of `check`: right answers are accepted, wrong ones get a hint, and nothing that is handed in raises."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.errors import InputError
from cisim.notebook import check, checks
from cisim.notebook.answers import Hint, Verdict


def half(answer):
    if float(answer) < 0:
        raise Hint("Below 0.")
    if float(answer) == 1:
        return Verdict(True, "One is one.")
    return None if float(answer) == 0.5 else "Too <far> off."


@pytest.fixture(autouse=True)
def exercises(monkeypatch):
    monkeypatch.setattr(checks, "exercises_of", lambda _: {"1.1": (half, "<so> it is")})


def test_a_right_answer_is_accepted_with_what_it_shows():
    verdict = check("1.1", 0.5)
    assert verdict
    assert verdict.right
    assert repr(verdict) == "Right. <so> it is"
    assert verdict._repr_html_() == '<p role="status"><strong>Right.</strong> &lt;so&gt; it is</p>'


def test_an_exercise_may_say_something_else_of_some_right_answers():
    assert repr(check("1.1", 1)) == "Right. One is one."


@pytest.mark.parametrize(("answer", "hint"), [(0.4, "Too <far> off."), (-1, "Below 0.")])
def test_a_wrong_answer_gets_a_hint(answer, hint):
    verdict = check("1.1", answer)
    assert not verdict
    assert repr(verdict) == f"Not yet. {hint}"


@pytest.mark.parametrize("answer", [None, ...])
def test_a_missing_answer_is_not_right(answer):
    assert repr(check("1.1", answer)).startswith("Not yet. No answer so far")


@pytest.mark.parametrize("answer", ["half", [1], {}, object(), 10**400])
def test_an_answer_of_the_wrong_type_gets_a_hint(answer):
    assert repr(check("1.1", answer)).startswith("Not yet. The answer does not have the form")


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), np.float64("-inf")])
def test_nan_and_infinity_are_not_right(answer):
    assert repr(check("1.1", answer)).startswith(f"Not yet. {float(answer)} is no number")


def test_unknown_exercises_are_refused():
    with pytest.raises(InputError, match=r"exercise '1.9': there is none of this number: there are 1.1"):
        check("1.9", 1)


def test_unknown_notebooks_are_refused(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(InputError, match="there is no such notebook: they are 1, 2"):
        check("12.1", 1)
