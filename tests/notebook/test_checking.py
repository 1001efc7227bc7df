"""Answers are judged, and whatever is handed in, the check says something that helps."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.errors import InputError
from cisim.notebook import Verdict, check, checking


@pytest.fixture(autouse=True)
def exercises(monkeypatch):
    def half(answer: object) -> str | Verdict:
        return checking.right("<so> it is") if float(answer) == 0.5 else "Too <far> off."

    monkeypatch.setattr(checking, "exercises_of", lambda _: {"1.1": half})


def test_a_right_answer_says_what_it_shows():
    verdict = check("1.1", 0.5)
    assert verdict
    assert verdict.right
    assert repr(verdict) == "Right. <so> it is"
    assert verdict._repr_html_() == '<p role="status"><strong>Right.</strong> &lt;so&gt; it is</p>'


def test_a_wrong_answer_gets_a_hint():
    verdict = check("1.1", 0.4)
    assert not verdict
    assert repr(verdict) == "Not yet. Too <far> off."


@pytest.mark.parametrize("answer", [None, ...])
def test_no_answer_is_told(answer):
    assert repr(check("1.1", answer)).startswith("Not yet. No answer so far")


@pytest.mark.parametrize("answer", ["half", [1], {}, object(), 10**400])
def test_an_answer_of_another_form_is_told(answer):
    assert repr(check("1.1", answer)).startswith("Not yet. The answer does not have the form")


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), np.float64("-inf")])
def test_what_is_no_number_is_told(answer):
    assert repr(check("1.1", answer)).startswith(f"Not yet. {float(answer)} is no number")


def test_an_exercise_that_is_none_is_told():
    with pytest.raises(InputError, match=r"exercise '1.9': there is none of this number: there are 1.1"):
        check("1.9", 1)


def test_a_notebook_that_is_none_is_told(monkeypatch):
    monkeypatch.undo()
    with pytest.raises(InputError, match="there is no such notebook: they are 1, 2"):
        check("12.1", 1)
