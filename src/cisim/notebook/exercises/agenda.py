"""Exercises of the second notebook: where goals settle, where voice matters, and what makes up for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from cisim.comparison import Comparison
from cisim.ensemble import Ensemble, run
from cisim.notebook.checking import Verdict, near, right
from cisim.scenario import Scenario, load

#: As many as are enough for differences that are large against their errors (2.2), or not (2.3).
FEW, RUNS = 60, 100
LOUD = 2.0
#: A difference that is smaller comes from rounding: where all missions agree, voice makes none.
ROUNDING = 1e-9
#: By name, how the coalitions of exercise 2.2 differ from the defaults.
COALITIONS: Mapping[str, tuple[str, float]] = {
    "missions agree": ("agenda.alignment", 1.0),
    "missions half agree": ("agenda.alignment", 0.5),
    "no shared data": ("measurement.sharing", 0.0),
    "no arranged meetings": ("communication.frequency", 0.0),
}
#: What exercise 2.3 may change.
OPEN_FIELDS = ("process", "cadence", "evidence", "focus", "pull", "stubborn")
#: How much of what the small lost must be made up for.
ENOUGH = 0.9


def _ensemble(*settings: tuple[str, float], runs: int = RUNS) -> Ensemble:
    return run(load("all-five").replace(**dict(settings)), runs=runs, seed=1)


def _settles(forth: float, back: float) -> float:
    """Where goals end, from 0 (mission) to 1 (agenda), if each month moves them by these shares of the two ways."""
    at = 0.0
    for _ in range(10_000):
        at += forth * (1.0 - at) - back * at
    return at


def goals(answer: Any) -> str | Verdict:
    """Which share of the way to the agenda do the goals of a fully committed member go in the end?"""
    share, agenda = float(answer), load("all-five").agenda
    forth, back = agenda.process * agenda.pull, agenda.stubborn
    if near(share, _settles(forth, back), within=0.004):
        return right(
            "They settle where the two pulls are equal: at the agenda's part of both. "
            "This is the fixed point of Friedkin and Johnsen's model of opinions."
        )
    if not 0 <= share <= 1:
        return "A share of the way is asked for, from 0 to 1."
    if near(share, 1 - _settles(forth, back), within=0.004):
        return "This is what is left of the way. The part that they have gone is asked for."
    if near(share, 1, within=0.002):
        return "They would arrive if nothing pulled them back."
    if near(share, _settles(agenda.pull, back), within=0.004):
        return "Near. Of the way to the agenda part 3 says a little more."
    if near(share, forth, within=0.004) or near(share, forth - back, within=0.004):
        return "So far they are after a month or so. They go on from there: when do they stop?"
    way = "towards the agenda" if share < _settles(forth, back) else "towards the mission"
    return f"From there they still move {way} in the next month. Which two steps of a month must be equal where they stop?"


@lru_cache
def _costly() -> frozenset[str]:
    """The coalitions in which a voice by the square of size costs progress."""
    found = set()
    for name, setting in COALITIONS.items():
        even, loud = _ensemble(setting, runs=FEW), _ensemble(setting, ("agenda.voice", LOUD), runs=FEW)
        one = Comparison({"even": even, "loud": loud})
        if one.table("progress", months=[one.first.months[-1]])["high"].item() < -ROUNDING:
            found.add(name)
    return frozenset(found)


def voice(answer: Any) -> str | Verdict:
    """In which coalitions does a voice by size cost progress?"""
    chosen = set(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else {answer}
    if unknown := sorted(map(str, chosen - set(COALITIONS))):
        return f"{unknown[0]!r:.60} is none of the four coalitions. They are {', '.join(COALITIONS)}."
    if chosen == _costly():
        return right(
            "Voice costs where members disagree and where the agenda matters for what they do. "
            "Where either is missing, there is nothing to lose by it."
        )
    if not chosen:
        return "There is at least one. Compare a voice of 2 with a voice of 0 within the same coalition."
    if not chosen & _costly():
        return "In none of these. Within each coalition, which voice is your reference, and what is the sign?"
    if chosen - _costly():
        return (
            "In at least one of these the interval is not clear of zero. "
            "Compare a voice of 2 with a voice of 0 within the same coalition, not with the defaults."
        )
    return "In these, and they are not all."


@lru_cache
def _fit_of_small(settings: tuple[tuple[str, float], ...]) -> float:
    summary = _ensemble(*settings).summary(["agenda_fit_small"], months=[load("all-five").months])
    return float(summary["mean"].item())


def small(answer: Any) -> str | Verdict:
    """Does one field make up for what the small lose by a voice of 2?"""
    if not isinstance(answer, Scenario):
        return "A scenario is asked for, made by loud.replace(...)."
    loud = load("all-five").replace(**{"agenda.voice": LOUD})
    if answer.agenda.voice != LOUD:
        return "The large keep their voice of 2. Begin from `loud`."
    if answer.agenda.alignment != loud.agenda.alignment:
        return "Nobody can change what the members' missions are."
    changed = [name for name in OPEN_FIELDS if getattr(answer.agenda, name) != getattr(loud.agenda, name)]
    if answer.replace(**{f"agenda.{name}": getattr(loud.agenda, name) for name in changed}) != loud:
        return "Something outside of [agenda] is changed, too. Begin from `loud`."
    if len(changed) != 1:
        return f"{len(changed) or 'No'} fields of [agenda] are changed; one is asked for."
    if answer.agenda.process == 0:
        return "Without a process there is no agenda, which fits nobody."
    setting = (f"agenda.{changed[0]}", getattr(answer.agenda, changed[0]))
    lost = _fit_of_small(()) - _fit_of_small((("agenda.voice", LOUD),))
    back = _fit_of_small((("agenda.voice", LOUD), setting)) - _fit_of_small((("agenda.voice", LOUD),))
    if back >= ENOUGH * lost:
        return right(
            "What the draft holds besides the loudest mission, or how little a lead counts in it, protects those who have no voice. "
            "Look at progress, too, and at what the large get."
        )
    if back < -0.1 * lost:
        return "The agenda fits the small even worse. Try the other direction, or ask what the field does to a lead."
    if back < 0.3 * lost:
        return "This makes up for little. Does the field change what stands in the agenda, or only how it is followed?"
    return "This makes up for a part. Is there further to go, or have you gone too far?"


EXERCISES = {"2.1": goals, "2.2": voice, "2.3": small}
