"""Exercises of notebook 10: extending a stage, finding a dial that does the same, following a change through the month."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

import cisim
from cisim.mesa_model import CollectiveImpactModel
from cisim.notebook.checking import Verdict, right

#: No member of the first exercise gives more than this.
MOST = 0.5
#: Months that are compared.
MONTHS = 60
#: The measures of the third exercise.
CHANGED = ("capacity", "progress", "commitment", "trust", "grants")


class Bound(CollectiveImpactModel):
    """Commitment as in the model, and at most one half."""

    def commit(self) -> None:
        """Let the model's stage pass, and hold what it gives."""
        super().commit()
        np.minimum(self.columns["commitment"], MOST, out=self.columns["commitment"])


class Steadfast(CollectiveImpactModel):
    """Nobody's commitment ever moves."""

    def commit(self) -> None:
        """Do nothing."""


class Unbuilt(CollectiveImpactModel):
    """The backbone neither trains nor raises grants."""

    def build(self) -> None:
        """Do nothing."""


def bound(answer: Any) -> str | Verdict:
    """10.1: a model in which no member's commitment is above one half after the stage."""
    if isinstance(answer, CollectiveImpactModel):
        return "This is a model that may have run already. Give the class itself, without calling it."
    if not isinstance(answer, type) or not issubclass(answer, CollectiveImpactModel):
        return "Give a class that is derived from cisim.CollectiveImpactModel."
    try:
        theirs = _months(answer)
    except Exception as error:  # what a student writes may do anything
        return f"Your class stops with an error, {type(error).__name__}: {error}"
    ours = _course(Bound)
    if theirs.equals(ours):
        return right(
            "The model's own stage still does its work, and yours holds what comes out of it: extended, not replaced. "
            f"Progress after {MONTHS} months is {_at_end(theirs):.4f}, and {_at_end(_course(CollectiveImpactModel)):.4f} in the model."
        )
    if theirs.equals(_course(CollectiveImpactModel)):
        return "It runs as the model does. Has your method the name of the stage, and does it change the state itself, not a copy?"
    if theirs["commitment"][1:].equals(ours["commitment"][1:]):
        return "Commitment is right, and something else is not. Do you change anything besides, or at another place of the month?"
    if theirs["commitment"][1] == ours["commitment"][1] and theirs["capacity"][1] != ours["capacity"][1]:
        return "The limit is right and comes too late: a stage that follows in the same month has seen more than one half."
    if theirs["commitment"].max() > MOST:
        return f"Mean commitment is above one half in month {theirs['commitment'].idxmax()}. Does the limit come last, and for every member?"
    if np.isclose(theirs["commitment"][MONTHS], _replaced()["commitment"][MONTHS]):
        return "Nobody gives more than one half, but nothing else moves commitment any more. Does the model's own stage still run?"
    if theirs["commitment"][1] < ours["commitment"][1]:
        return "Commitment is too low from the first month. Who is below one half keeps what the model gives."
    if theirs["commitment"][1] > ours["commitment"][1]:
        return (
            "Commitment is too high from the first month. Who is below one half keeps what the model gives."
        )
    return "Nobody gives more than one half, but commitment is not what the model's stage and the limit give, one after the other."


def a_dial_instead(answer: Any) -> str | Verdict:
    """10.2: a scenario in which the model's own stage leaves commitment as it is."""
    base = cisim.load("all-five")
    if not isinstance(answer, cisim.Scenario):
        return "Give a scenario: what `replace` returns."
    if answer == base:
        return "This is all-five itself."
    ours = _course(Steadfast)
    theirs = cisim.run(answer, runs=1, seed=1)
    if theirs.months[-1] < MONTHS:
        return "Leave the number of months as it is."
    commitment = theirs.measure("commitment")[0, 1 : MONTHS + 1]
    if all(
        np.array_equal(theirs.measure(name)[0, : MONTHS + 1], ours[name].to_numpy(), equal_nan=True)
        for name in ours.columns
    ):
        return right(
            "Bit for bit what Steadfast does. No code was needed, and two ways to the same run check each other."
        )
    if np.array_equal(commitment, ours["commitment"].to_numpy()[1:]):
        return "Mean commitment is that of Steadfast, and other things are not. Which of the fields you changed has to do with something else?"
    quiet, slow = answer.commitment.noise == 0, answer.commitment.adjustment == 0
    if slow and not quiet:
        return "Nobody moves towards anything any more, and yet commitment moves. Look at the equation: what else is added each month?"
    if quiet and slow:
        return "Each member keeps what it has, and yet the two runs differ. Leave everything else as it is."
    if quiet:
        return "Chance is out of it, and commitment still moves towards what members think right."
    return "Commitment still moves. Look at the last equation of the stage: what must be 0 so that a member keeps what it has?"


def how_a_change_travels(answer: Any) -> str | Verdict:
    """10.3: the months in which measures first differ when the stage build does nothing."""
    months = {str(name): int(month) for name, month in dict(answer).items()}
    if missing := [name for name in CHANGED if name not in months]:
        return f"There is no month for {missing[0]}: give one for each of {', '.join(CHANGED)}."
    first = _first_difference()
    wrong = [name for name in CHANGED if months[name] != first[name]]
    if not wrong:
        return right(
            "You can follow a change through the month. What comes first is a cause of what comes later; what comes later cannot be one."
        )
    name = wrong[0]
    late = months[name] < first[name]
    if name == "grants":
        return "grants: decided in stage 7 is not paid in stage 0 of the next month. The page of the model says how long it takes."
    if name == "capacity":
        return "capacity: stage 7 changes it, and what a month has done is recorded at its end."
    return (
        f"{name}: {'it takes longer' if late else 'it is sooner than that'}. Which stage changes {name}, what does that stage look at, "
        "and has that changed already when the stage comes?"
    )


def _months(model_class: type[CollectiveImpactModel]) -> pd.DataFrame:
    """The first months of all-five in a model."""
    model = model_class("all-five", seed=1)
    for _ in range(MONTHS):
        model.step()
    return model.frame().set_index("month")


_course = lru_cache(maxsize=4)(_months)


def _at_end(course: pd.DataFrame) -> float:
    return float(course["progress"][MONTHS])


@lru_cache(maxsize=1)
def _replaced() -> pd.DataFrame:
    """What comes out if the limit replaces the stage."""

    class Replaced(CollectiveImpactModel):
        def commit(self) -> None:
            np.minimum(self.columns["commitment"], MOST, out=self.columns["commitment"])

    return _months(Replaced)


@lru_cache(maxsize=1)
def _first_difference() -> dict[str, int]:
    """The month in which each measure first differs."""
    differ = _course(CollectiveImpactModel)[list(CHANGED)] != _course(Unbuilt)[list(CHANGED)]
    return {name: int(differ[name].to_numpy()[1:].argmax()) + 1 for name in CHANGED}


EXERCISES = {
    "10.1": bound,
    "10.2": a_dial_instead,
    "10.3": how_a_change_travels,
}
