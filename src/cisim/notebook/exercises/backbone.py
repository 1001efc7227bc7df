"""The exercises of notebook 6: staff for a small coalition, staff time better used, and a sum spent fast or slowly."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from cisim.ensemble import run
from cisim.notebook.checking import Exercise, Verdict, right
from cisim.scenario import Scenario, flat, load
from cisim.uncertainty import Floats, moments, t_interval

RUNS = 100
#: Members of the small coalition, and its staff among which the best is looked for.
SMALL = 15
STAFF = (1.5, 2.0, 2.5)
#: Posts times months that the funder's sum is enough for, and months among which the best are looked for.
SUM = 3 * 48
SPANS = (60, 72)
LONGEST = 120
ALLOCATION = "backbone.allocation"


@lru_cache(maxsize=64)
def _small(staff: float) -> Floats:
    """Progress at the end of a small coalition: (runs,)."""
    return _end(load("all-five").replace(**{"coalition.organisations": SMALL, "backbone.staff": staff}))


@lru_cache(maxsize=64)
def _spent(months: int) -> Floats:
    """Progress at the end if the sum is spent over so many months: (runs,)."""
    spending = {"backbone.staff": SUM / months, "backbone.end": months, "backbone.member_share": 0.0}
    return _end(load("all-five").replace(**spending))


@lru_cache(maxsize=1)
def _as_it_is() -> Floats:
    """Progress at the end with all five conditions: (runs,)."""
    return _end(load("all-five"))


def _end(scenario: Scenario) -> Floats:
    return run(scenario, runs=RUNS).measure("progress")[:, -1]


def _clearly(more: Floats) -> int:
    """Whether paired differences are above (1) or below (-1) zero, or neither can be told (0)."""
    low, high = t_interval(moments(more))
    return int(low > 0) - int(high < 0)


def half_the_size(answer: Any) -> str | Verdict:
    """The best staff of a small coalition."""
    staff = float(answer)
    if not math.isfinite(staff) or staff < 0:
        return "A number of posts is 0 or more."
    best = max((*STAFF, staff), key=lambda tried: _small(tried).mean())
    if _clearly(_small(staff) - _small(best)) >= 0:
        return right(
            "Staff per member is what counts for what a backbone achieves, and for what it costs each member: half the members, about half the staff."
        )
    if staff < best:
        return "Some more staff bring more than they cost: in section 1, how well are so many members served by so few?"
    if _clearly(_small(staff) - _small(0.0)) < 0:
        return "That is worse than no backbone at all. Look at the levy: how many members share the cost?"
    return "With fewer posts there is more progress: the last post serves members who are served already, and takes a post's hours from them."


def better_used(answer: Any) -> str | Verdict:
    """The same staff with another allocation of its time."""
    if not isinstance(answer, Scenario):
        return "A scenario is asked for, such as scenario.replace(...) makes."
    as_it_is = load("all-five")
    if other := _changed(as_it_is, answer):
        return f"Something else than the allocation was changed: {other}. The same staff should use its time better, nothing more."
    before, after = (one.backbone.allocation.model_dump() for one in (as_it_is, answer))
    moved = {name: after[name] - before[name] for name in before}
    if not any(moved.values()):
        return "The staff divide their time as before."
    idle = 1 - sum(after.values())
    more = _end(answer) - _as_it_is()
    if _clearly(more) > 0:
        return right(
            "Time does more where a function is short of it than where nearly all members are served already."
        )
    if idle > 1e-6:
        return f"{idle:.0%} of the staff's time is given to no function. Use it, and compare again."
    if _clearly(more) < 0:
        loser = min(moved, key=lambda name: moved[name])
        return f"There is less progress than before. {loser!r} lost the most time: what did it do for the members?"
    return "The interval of the difference holds zero: it cannot be told from no change. Which function is short of time, and which can spare more?"


def _changed(one: Scenario, other: Scenario) -> str:
    """The first field in which two scenarios differ besides the allocation, '' if there is none."""
    mine, yours = (flat(scenario.as_mapping()) for scenario in (one, other))
    told = (path for path in {**mine, **yours} if mine.get(path) != yours.get(path))
    named = ("scenario.name", "scenario.description")
    return next((path for path in told if not path.startswith((ALLOCATION, *named))), "")


def fast_or_slowly(answer: Any) -> str | Verdict:
    """Over how many months to spend a sum for a backbone."""
    months = float(answer)
    if not months.is_integer() or not 1 <= months <= LONGEST:
        return f"A whole number of months is asked for, from 1 to {LONGEST}."
    months = int(months)
    best = max((*SPANS, months), key=lambda tried: _spent(tried).mean())
    if _clearly(_spent(months) - _spent(best)) >= 0:
        return right(
            "Spent fast, each further post adds less, and what it built fades when it has gone; spent slowly, little is built, and late."
        )
    if months > best:
        return "Spread so thin, what the staff build comes late, and too little of it. Compare with a somewhat shorter time."
    if _clearly(_spent(months) - _spent(48)) < 0:
        return "So many posts at once serve the same members again and again, and are gone long before the end. Compare with four years."
    return "More progress comes with a longer time: what do so many posts do at once, and what fades after they have left?"


EXERCISES: dict[str, Exercise] = {"6.1": half_the_size, "6.2": better_used, "6.3": fast_or_slowly}
