"""Checks of answers to the exercises of the course: right, or a hint; never the solution."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from cisim.errors import InputError
from cisim.notebook.answers import Exercise, Hint, Judge, Verdict

#: The module of each notebook's exercises, in `cisim.notebook.exercises`.
CHAPTERS = {str(chapter): "conditions" if chapter < 8 else "methods" for chapter in range(1, 12)}


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
        raise InputError(f"exercise {exercise!r}: there is none of this number: there are {', '.join(exercises)}")
    if answer is None or answer is ...:
        return Verdict(False, "No answer so far: put yours in the place of the dots and run the cell again.")
    if isinstance(answer, float) and not math.isfinite(answer):
        return Verdict(False, f"{answer} is no number to answer with: look where it comes from.")
    judge, shows = exercises[str(exercise)]
    try:
        verdict = judge(answer)
    except Hint as hint:
        verdict = str(hint)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # What a student hands in may be anything: a table where a number is asked for.
        verdict = (
            f"The answer does not have the form that the exercise asks for: it is of the type {type(answer).__name__}. "
            "Read what is asked for once more."
        )
    if isinstance(verdict, Verdict):
        return verdict
    return Verdict(verdict is None, verdict or shows)


def exercises_of(chapter: str) -> dict[str, Exercise]:
    """List the exercises of a notebook by their numbers."""
    if chapter not in CHAPTERS:
        raise InputError(f"exercise {chapter}.…: there is no such notebook: they are {', '.join(CHAPTERS)}")
    exercises: dict[Judge, str] = import_module(f"cisim.notebook.exercises.{CHAPTERS[chapter]}").EXERCISES[chapter]
    return {f"{chapter}.{number}": Exercise(*item) for number, item in enumerate(exercises.items(), start=1)}
