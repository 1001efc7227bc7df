"""The exercises of notebook 5: trust that needs something to see, meetings that cost, and copying against a deadline."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from cisim.ensemble import run
from cisim.notebook.checking import Exercise, Verdict, near, right
from cisim.scenario import load
from cisim.uncertainty import Floats, moments, t_interval

RUNS = 100
#: How much more a contact costs in the rural region.
FAR = 5
#: Contacts a month, and chances to look at others' practice, among which the best is looked for.
FREQUENCIES = (0.5, 0.75, 1.0)
VELOCITIES = (0.07, 0.1, 0.15)
#: When the funder of exercise 3 looks.
HORIZON = 60
YEAR, DECADE = 12, 120


@lru_cache(maxsize=64)
def _trust(sharing: float) -> tuple[float, float]:
    """From where to where trust changes in ten years: the 95 % interval of the mean change."""
    trust = run(load("all-five").replace(**{"measurement.sharing": sharing}), runs=RUNS).measure("trust")
    low, high = t_interval(moments(trust[:, -1] - trust[:, 0]))
    return low.item(), high.item()


@lru_cache(maxsize=64)
def _rural(frequency: float) -> Floats:
    """Progress at the end where a contact costs more: (runs,)."""
    quiet = load("without-backbone")
    far = {"communication.contact_cost": FAR * quiet.communication.contact_cost}
    variant = quiet.replace(**far, **{"communication.frequency": frequency})
    return run(variant, runs=RUNS).measure("progress")[:, -1]


@lru_cache(maxsize=64)
def _practice(velocity: float, months: int = HORIZON) -> Floats:
    """Quality of practice on a rugged landscape: (runs, months + 1)."""
    variant = load("rugged-practices").replace(
        **{"communication.learning": velocity, "scenario.months": months}
    )
    return run(variant, runs=RUNS).measure("practice_quality")


def _clearly(more: Floats) -> int:
    """Whether paired differences are above (1) or below (-1) zero, or neither can be told (0)."""
    low, high = t_interval(moments(more))
    return int(low > 0) - int(high < 0)


def something_to_see(answer: Any) -> str | Verdict:
    """The smallest share of reporting members with which trust grows."""
    share = float(answer)
    if not 0 <= share <= 1:
        return "A share lies between 0 and 1."
    share = round(share, 9)
    if not near(share, round(share, 1), 1e-6):
        return "Tenths are enough: 0.1, 0.2, and so on."
    share = round(share, 1)
    if _trust(share)[1] < 0:
        return "With this share trust ends below where it was at the founding: partners see too little of what the others do."
    if share > 0 and _trust(round(share - 0.1, 1))[0] > 0:
        return "Trust ends above where it was, and it does so with a tenth less as well. Is there a smaller share that is enough?"
    return right(
        "With less to see, meetings lower trust; from here on they raise it. Trust and commitment feed one another, upwards or downwards."
    )


def an_hours_drive(answer: Any) -> str | Verdict:
    """How often to meet where a contact costs more."""
    frequency = float(answer)
    if not math.isfinite(frequency):
        return "A number of contacts a month is asked for."
    if frequency < 0:
        return "Nobody meets less than never: a number of contacts a month, 0 or more."
    best = max((*FREQUENCIES, frequency), key=lambda tried: _rural(tried).mean())
    if _clearly(_rural(frequency) - _rural(best)) >= 0:
        return right(
            "Meetings still show who is committed. But the time that one takes is dear here, so fewer are best than in the county."
        )
    if frequency == 0:
        return "Without arranged meetings time is saved, and trust is lost. Compare with a few meetings."
    if frequency < best:
        return "So few meetings show too little: some more would bring more than they cost. Compare with a neighbour above."
    if _clearly(_rural(frequency) - _rural(0.0)) < 0:
        return "That is worse than no arranged meetings at all: look at overhead_share, and think of what a contact costs here."
    return "With fewer meetings there is more progress: what one costs grows with each, and what one shows does not."


def five_years(answer: Any) -> str | Verdict:
    """How often to look at others' practice for the best practice after five years."""
    velocity = float(answer)
    if not 0 <= velocity <= 1:
        return "A chance a month lies between 0 and 1."
    best = max((*VELOCITIES, velocity), key=lambda tried: _practice(tried)[:, -1].mean())
    behind = _practice(velocity) - _practice(best)
    if _clearly(behind[:, -1]) >= 0:
        return right(
            "Fast enough for what was found to arrive in time, and slow enough for something to be found: the best velocity depends on the deadline."
        )
    if velocity < best:
        later = _practice(velocity, DECADE) - _practice(best, DECADE)
        late = _clearly(later[:, -1]) > 0
        return "Good practice is still under way after five years" + (
            ": this is better for ten." if late else ". Look more often."
        )
    early = _clearly(behind[:, YEAR]) > 0
    return "By then all have copied one another and the search is over" + (
        ": this is better for one year." if early else ". Look less often."
    )


EXERCISES: dict[str, Exercise] = {"5.1": something_to_see, "5.2": an_hours_drive, "5.3": five_years}
