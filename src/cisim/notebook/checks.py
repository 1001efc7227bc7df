"""Checks of answers to the exercises of the course: right, or a hint; never the solution."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cisim.errors import InputError
from cisim.notebook.answers import Hint, Judge, Verdict, number

#: The module of each notebook's exercises, in `cisim.notebook.exercises`.
CHAPTERS = {str(chapter): "conditions" if chapter < 8 else "methods" for chapter in range(1, 12)}


def check(exercise: str, answer: Any = None) -> Verdict:
    """Check an answer to an exercise, which has a number: "2.1" is the first one of the second notebook.

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
    judge, shows = exercises[str(exercise)]
    try:
        verdict = judge(number(answer) if isinstance(answer, float) else answer)
    except Hint as hint:
        verdict = str(hint)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # What a student hands in may be anything: a table where a number is asked for.
        form = "The answer does not have the form that the exercise asks for"
        verdict = f"{form}: it is of the type {type(answer).__name__}. Read what is asked for once more."
    return verdict if isinstance(verdict, Verdict) else Verdict(verdict is None, verdict or shows)


def exercises_of(chapter: str) -> dict[str, tuple[Judge, str]]:
    """List the exercises of a notebook by their numbers: what judges an answer, and what a right one shows."""
    if chapter not in CHAPTERS:
        raise InputError(f"exercise {chapter}.…: there is no such notebook: they are {', '.join(CHAPTERS)}")
    exercises: dict[Judge, str] = import_module(f"cisim.notebook.exercises.{CHAPTERS[chapter]}").EXERCISES[chapter]
    return {f"{chapter}.{number}": exercise for number, exercise in enumerate(exercises.items(), start=1)}
