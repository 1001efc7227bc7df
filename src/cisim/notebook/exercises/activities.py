"""The exercises on mutually reinforcing activities."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics import stages
from cisim.dynamics.activities import power_mean
from cisim.dynamics.compiled import callable_from_python
from cisim.ensemble import run
from cisim.notebook.checking import Exercise, Verdict, right
from cisim.scenario import load

#: FTE in each role at first, how many must count, and the exponent.
MIX, WANTED, EXPONENT = (9.0, 1.0, 1.0, 1.0), 11.0, -1.0
#: All but the one that the exercises are about.
CONDITIONS = tuple(condition.name for condition in stages.CONDITIONS if condition.name != "activities")
SPEEDS = (0.003, 0.012, 0.1, 1.0, 10.0)
RUNS = 60
#: Differences of fewer standard errors than this are chance.
ERRORS = 2.0


@lru_cache
def _opened() -> Any:
    """The model's own power mean, with a way in from Python."""
    return callable_from_python(power_mean)


def _counts(moved: float) -> float:
    """The effort that counts after so many FTE have left services."""
    others = len(MIX) - 1
    mix = np.array([[MIX[0] - moved, *(effort + moved / others for effort in MIX[1:])]])
    return len(MIX) * float(_opened()(mix, 0, EXPONENT))


def _how_many_move(answer: Any) -> str | Verdict:
    """How many FTE must leave services until enough of them count."""
    moved = float(answer)
    if not 0 <= moved < MIX[0]:
        return "There are only as many FTE to move as services have, and some must stay."
    if moved * 2 % 1:
        return "To the next half FTE: a multiple of 0.5."
    if _counts(moved) < WANTED:
        return f"Too few: {_counts(moved):.2f} FTE count then."
    if moved >= 0.5 and _counts(moved - 0.5) >= WANTED:
        return "That is more than need move: with half an FTE fewer it is still enough."
    return right(
        "Well before the mix is even: the first who move fill the scarcest roles, and the last bring little."
    )


@lru_cache
def _progress(name: str, field: str, value: float) -> NDArray[np.float64]:
    """Progress at the end of each run of a scenario with one field changed."""
    return run(load(name).replace(**{field: value}), runs=RUNS, seed=1).measure("progress")[:, -1]


def _worth(name: str) -> NDArray[np.float64]:
    """What coordination brings to a scenario, run by run."""
    coordination = load("all-five").activities.coordination
    field = "activities.coordination"
    return _progress(name, field, coordination) - _progress(name, field, 0.0)


def _short_of_half(condition: str) -> float:
    """By how many standard errors coordination is worth less than half without a condition."""
    short = _worth("all-five") / 2 - _worth(f"without-{condition}")
    return float(short.mean() / (short.std() / RUNS**0.5))


def _what_coordination_needs(answer: Any) -> str | Verdict:
    """The conditions without which coordination is worth less than half."""
    names = set(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else {answer}
    if unknown := sorted(str(name) for name in names if name not in CONDITIONS):
        return f"{unknown[0]!r:.60} is not one of the four: {', '.join(CONDITIONS)}."
    if any(_short_of_half(name) < -ERRORS for name in names):
        return (
            "Without one of these coordination still brings more than half. Did you compare with what the condition "
            "itself is worth? Compare coordination on and off, with the condition absent both times."
        )
    if any(_short_of_half(name) > ERRORS for name in CONDITIONS if name not in names):
        return "At least one is missing. What must a member see, and why should it stay and follow the same plan?"
    return right("Who coordinates must see where it is needed, and must care for a plan that it shares.")


def _best_speed(answer: Any) -> str | Verdict:
    """The speed of adaptation with the most progress."""
    speed = float(answer)
    if speed not in SPEEDS:
        return f"Only {', '.join(f'{one:g}' for one in SPEEDS)} were asked about."
    ends = {one: _progress("all-five", "activities.adaptation", one) for one in SPEEDS}
    best = max(SPEEDS, key=lambda one: float(ends[one].mean()))
    behind = ends[best] - ends[speed]
    if speed == best or behind.mean() < ERRORS * behind.std() / RUNS**0.5:
        return right("Fast is good until all rush into the same scarce role at once, and out of it again.")
    if speed > best:
        return "Too fast: look at duplication. Is it less than at the founding?"
    return "Too slow: with a faster one duplication is gone earlier, and progress is greater."


EXERCISES: dict[str, Exercise] = {
    "4.1": _how_many_move,
    "4.2": _what_coordination_needs,
    "4.3": _best_speed,
}
