"""Answers to exercises, checked: right, or a hint; never the solution."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from cisim.errors import InputError
from cisim.scenario import Scenario, flat, load

#: An answer that was not given yet.
OPEN = (None, ...)
#: The notebooks that have exercises with answers to check: the module of each is `cisim.notebook.exercises.NAME`.
CHAPTERS = {
    "1": "first_coalition",
    "2": "agenda",
    "3": "measurement",
    "4": "activities",
    "5": "communication",
    "6": "backbone",
    "7": "all_five",
    "8": "real_coalition",
    "9": "sweep",
    "10": "mechanism",
    "11": "doubts",
}


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an answer.

    Attributes:
        right: whether it is right.
        says: why, or a hint.
    """

    right: bool
    says: str

    @property
    def _head(self) -> str:
        return "Right." if self.right else "Not yet."

    def __bool__(self) -> bool:
        """Whether the answer is right."""
        return self.right

    def __repr__(self) -> str:
        """In a line."""
        return f"{self._head} {self.says}"

    def _repr_html_(self) -> str:
        return f'<p role="status"><strong>{self._head}</strong> {html.escape(self.says)}</p>'


#: An exercise: a function of the answer that gives None if it is right, or a hint.
Exercise = Callable[[Any], "str | Verdict"]


def right(says: str) -> Verdict:
    """The verdict on a right answer: what it shows, in a sentence."""
    return Verdict(True, says)


def check(exercise: str, answer: Any = None) -> Verdict:
    """Check the answer to an exercise of the course.

    Args:
        exercise: its number, as the notebook gives it: "2.1" is the first exercise of the second notebook.
        answer: yours.

    Returns:
        What shows itself as "Right." or "Not yet." with a hint.

    Raises:
        InputError: there is no such exercise.

    Example:
        >>> check("2.1")
        Not yet. No answer so far: put yours in the place of the dots and run the cell again.
    """
    exercises = exercises_of(str(exercise).partition(".")[0])
    if str(exercise) not in exercises:
        there = ", ".join(exercises) or "none in this notebook"
        raise InputError(f"exercise {exercise!r}: there is none of this number: there are {there}")
    if any(answer is nothing for nothing in OPEN):
        return Verdict(False, "No answer so far: put yours in the place of the dots and run the cell again.")
    if isinstance(answer, float) and not math.isfinite(answer):
        return Verdict(False, f"{answer} is no number to answer with: look where it comes from.")
    try:
        said = exercises[str(exercise)](answer)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # What a student hands in may be anything: a table where a number is asked for.
        kind = type(answer).__name__
        return Verdict(
            False,
            f"The answer does not have the form that the exercise asks for: it is of the type {kind}. "
            "Read what is asked for once more.",
        )
    return said if isinstance(said, Verdict) else Verdict(False, said)


def exercises_of(chapter: str) -> dict[str, Exercise]:
    """The exercises of a notebook, by their numbers.

    Raises:
        InputError: there is no such notebook.
    """
    if chapter not in CHAPTERS:
        raise InputError(f"exercise {chapter}.…: there is no such notebook: they are {', '.join(CHAPTERS)}")
    exercises: dict[str, Exercise] = import_module(f"cisim.notebook.exercises.{CHAPTERS[chapter]}").EXERCISES
    return exercises


def near(answer: Any, value: float, within: float) -> bool:
    """Whether a number that was handed in is a value, as far as it was asked for.

    Args:
        answer: a number, or a text that is one.
        value: the right one.
        within: how far it may be off.
    """
    return abs(float(answer) - value) <= within


def one_change(answer: Any) -> tuple[str, Any] | str:
    """The only field in which a scenario differs from all five conditions, and its value; a hint where it is not so."""
    if not isinstance(answer, Scenario):
        return "A scenario is asked for: scenario.replace(...) makes one."
    mine, theirs = (flat(one.as_mapping()) for one in (load("all-five"), answer))
    named = ("scenario.name", "scenario.description")
    changes = {path: value for path, value in theirs.items() if mine.get(path) != value and path not in named}
    if len(changes) != 1:
        return f"One field is to be changed, and {len(changes)} are: {', '.join(changes) or 'none'}."
    (change,) = changes.items()
    return change
