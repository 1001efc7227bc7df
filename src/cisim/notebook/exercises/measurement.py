"""The exercises on shared measurement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.comparison import compare
from cisim.ensemble import run
from cisim.notebook.checking import Exercise, Verdict, right
from cisim.scenario import Scenario, load

#: The belief error that the funder asks for.
ASKED = 0.02
#: Differences of fewer standard errors than this are chance.
ERRORS = 2.0
RUNS = 60
REMEDIES: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "more meetings": ("communication.frequency", 8.0),
        "more staff": ("backbone.staff", 6.0),
        "more trust at the start": ("coalition.trust", 0.8),
        "more commitment at the start": ("commitment.initial", 0.9),
        "missions closer together": ("agenda.alignment", 0.9),
    }
)
RUGGEDNESS = (0, 3, 9)


@lru_cache
def _belief_errors(sharing: float) -> NDArray[np.float64]:
    """The error at the end of each run with this sharing."""
    scenario = load("all-five").replace(**{"measurement.sharing": sharing})
    return run(scenario, runs=RUNS, seed=1).measure("belief_error")[:, -1]


def _below(sharing: float, errors: float) -> bool:
    """Whether the mean error is below what is asked for, or above it by no more than so many standard errors."""
    found = _belief_errors(sharing)
    return bool(found.mean() < ASKED + errors * found.std() / len(found) ** 0.5)


def _least_sharing(answer: Any) -> str | Verdict:
    """The least sharing that brings the belief error below the bound."""
    sharing = float(answer)
    if not 0 <= sharing <= 1:
        return "Sharing is a share of the members, from 0 to 1."
    if abs(sharing - round(sharing, 1)) > 1e-9:
        return "One decimal is enough."
    sharing = round(sharing, 1)
    if not _below(sharing, ERRORS):
        return "Too low: the mean error after ten years is still above the funder's bound."
    lower = round(sharing - 0.1, 1)
    if lower >= 0 and _below(lower, -ERRORS):
        return "That is enough, but fewer reports would do: the bound is kept one step lower, too."
    return right(
        "Not everyone need report in every month: the first reports cure the most, and beyond these it counts that members stay."
    )


@lru_cache
def _commitments(remedy: str) -> NDArray[np.float64]:
    """Commitment under a remedy without accountability, (runs, months + 1)."""
    field, value = REMEDIES[remedy]
    scenario = load("all-five").replace(**{"measurement.accountability": 0.0, field: value})
    return run(scenario, runs=RUNS, seed=1).measure("commitment")


def _rise(remedy: str) -> float:
    """How much commitment rises from the first month to the last, in standard errors."""
    rise = _commitments(remedy)[:, -1] - _commitments(remedy)[:, 1]
    rise = rise[~np.isnan(rise)]
    return float(rise.mean() / (rise.std() / len(rise) ** 0.5))


def _lasting_remedies(answer: Any) -> str | Verdict:
    """The remedies that end with more commitment than there was at first."""
    names = _set(answer)
    if unknown := sorted(str(name) for name in names if name not in REMEDIES):
        return (
            f"There is no remedy called {unknown[0]!r:.60}: take the names as they stand in the dictionary."
        )
    if not names:
        return "There is one that works at least: look at what gives a member a reason of its own to be committed."
    for name in (one for one in REMEDIES if one in names and _rise(one) < -ERRORS):
        course = _commitments(name).mean(axis=0)
        if course[12] > load("all-five").commitment.initial:
            return f"{name!r} looks well for a year. Look at month 120, and compare it with the same remedy's first month."
        return f"With {name!r} commitment falls from the first month to the last. Being better than no remedy is not what was asked."
    if any(_rise(one) > ERRORS and one not in names for one in REMEDIES):
        return "All you named work, but one is missing."
    return right(
        "A start that is better wears away, and contact alone gives no reason to give; an agenda close to one's own mission does, in every month."
    )


@lru_cache
def _lead(ruggedness: int) -> tuple[float, float]:
    """The interval of the lead of known performance at the end."""
    guess: Scenario = load("all-five").replace(
        **{"practice.noise": 0.2, "practice.ruggedness": ruggedness, "measurement.sharing": 0.0}
    )
    both = {"guessed": guess, "known": guess.replace(**{"measurement.sharing": 1.0})}
    statistics = compare(both, runs=RUNS, seed=1).statistics("practice_quality", "known", [guess.months])
    return float(statistics["low"][0]), float(statistics["high"][0])


def _where_knowing_leads(answer: Any) -> str | Verdict:
    """The ruggedness at which known performance is ahead at the end."""
    values = {float(value) for value in _set(answer)}
    if not values <= set(map(float, RUGGEDNESS)):
        return f"Only {', '.join(map(str, RUGGEDNESS))} were asked about."
    if not values:
        return "There is one at least. Look at the interval at each, at month 120."
    ahead = {float(one) for one in RUGGEDNESS if _lead(one)[0] > 0}
    if values - ahead:
        return (
            "At one of these the lead is gone by the end: its interval reaches below 0. "
            "Look at month 120, not at the early months."
        )
    if ahead - values:
        return (
            "At one more the interval lies above 0. The difference is small there; does that make it unclear?"
        )
    return right(
        "On a single hill all who know reach the summit; on many, copying the best known ends the search before it is done."
    )


def _set(answer: Any) -> set[Any]:
    """What was handed in as a set."""
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        return {answer}
    return set(answer)


EXERCISES: dict[str, Exercise] = {
    "3.1": _least_sharing,
    "3.2": _lasting_remedies,
    "3.3": _where_knowing_leads,
}
