"""History of outcomes: the trend that lets doing nothing new go on as the last years did."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import Roster
from cisim.engine import simulate
from cisim.ensemble import INDICATOR
from cisim.scenario import Outcome, Scenario
from cisim.scenario.catalogue import OUTCOMES
from cisim.scenario.problems import Notes

#: Keys of an outcome in a plan file that no scenario has.
HISTORY, PEOPLE = "history", "people"
#: Years that the trend is to go on as before; indicators beyond these ends are not asked for.
YEARS, LOWEST, HIGHEST = 5, 0.02, 0.98
#: Trends of this size are tried to see what a trend does, and how often the line is drawn through what was found.
STEP, ROUNDS = 0.0005, 2
MOST_YEARS = 200
_YEAR = re.compile("[12][0-9]{3}")


class History(NamedTuple):
    """Values of one outcome in past years, in its own unit."""

    outcome: Outcome
    years: tuple[int, ...]  #: ascending
    values: tuple[float, ...]

    @property
    def slope(self) -> float:
        """Change of the indicator in a year: the slope of the straight line through the years (least squares); 0 of one year alone."""
        if len(self.years) == 1:
            return 0.0
        indicators = [(value - self.outcome.zero) / (self.outcome.one - self.outcome.zero) for value in self.values]
        years = np.array(self.years, dtype=np.float64)
        centred = years - years.mean()
        return float((centred * np.array(indicators)).sum() / (centred**2).sum())

    def expected(self, months: int) -> float:
        """Indicator that doing nothing new is to have after so many months, if the straight line goes on."""
        return min(HIGHEST, max(LOWEST, self.outcome.baseline + self.slope * months / 12))


def take_histories(values: dict[str, Any], notes: Notes) -> tuple[tuple[History, ...], dict[str, float]]:
    """Take histories and numbers of people out of the outcomes of a plan file's sections, in place; note what is wrong.

    The latest value becomes the baseline of an outcome that has none.
    """
    community = values.get("community")
    outcomes = community.get("outcomes") if isinstance(community, dict) else None
    histories, people = list[History](), dict[str, float]()
    for index, outcome in enumerate(outcomes if isinstance(outcomes, list) else []):
        if not isinstance(outcome, dict):
            continue
        path = ("community", "outcomes", index)
        history, number = outcome.pop(HISTORY, None), outcome.pop(PEOPLE, None)
        name = outcome.get("name")
        if number is not None:
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number <= 1e10:
                notes.add((*path, PEOPLE), "must be how many people the whole of it is, a number above 0", number)
            elif isinstance(name, str):
                people[name] = float(number)
        if history is not None and (by_year := _by_year(history, (*path, HISTORY), notes)):
            _take(outcome, by_year, path, histories, notes)
    return tuple(histories), people


def _by_year(history: Any, path: tuple[str | int, ...], notes: Notes) -> dict[int, float]:
    example = "must be a table of years and values, such as { 2020 = 41, 2025 = 42 }"
    if not isinstance(history, dict) or not 1 <= len(history) <= MOST_YEARS:
        notes.add(path, f"{example}; one year alone says that it stands still", history)
        return {}
    by_year: dict[int, float] = {}
    for year, value in history.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not _YEAR.fullmatch(year):
            notes.add((*path, year), example)
        elif not number or not abs(value) < 1e12:
            notes.add((*path, year), "must be a number, in the outcome's own unit", value)
        else:
            by_year[int(year)] = float(value)
    return dict(sorted(by_year.items())) if len(by_year) == len(history) else {}


def _take(
    values: dict[str, Any],
    by_year: Mapping[int, float],
    path: tuple[str | int, ...],
    taken: list[History],
    notes: Notes,
) -> None:
    """Make the history of one outcome, and its baseline."""
    zero, one, latest = values.get("zero", 0.0), values.get("one", 1.0), [*by_year.values()][-1]
    numbers = all(
        isinstance(end, (int, float)) and not isinstance(end, bool) and abs(end) < 1e13 for end in (zero, one)
    )
    if not numbers or zero == one:
        return  # which the scenario's own check refuses
    low, high = sorted((zero, one))
    if out := [value for value in by_year.values() if not low <= value <= high]:
        notes.add(
            (*path, HISTORY), f"must be values from {low:g} to {high:g}, as zero and one of the outcome say", out[0]
        )
        return
    if values.get("trend"):
        notes.add(
            (*path, "trend"), "stands beside a history, from which the trend follows: give one of them", values["trend"]
        )
        return
    baseline = (latest - zero) / (one - zero)
    if baseline >= 1.0:
        notes.add((*path, HISTORY), "ends where all is reached already: nothing is left to gain", latest)
        return
    values.setdefault("baseline", baseline)
    try:
        outcome = Outcome(**{key: values[key] for key in ("name", "zero", "one", "baseline") if key in values})
    except ValueError:
        return  # which the scenario's own check refuses
    taken.append(History(outcome, tuple(by_year), tuple(by_year.values())))


def trends(
    nothing_new: Scenario, histories: Sequence[History], seeds: NDArray[np.uint64], members: Roster
) -> dict[str, float]:
    """Solve for the trend of each outcome with which doing nothing new goes on as its history did, in the mean over some runs.

    What an outcome is after some months is a straight line of its trend, but where it meets 0 or 1; the line is drawn through two trends,
    and once more through the best two. The chance movement of outcomes is left out, which does not change the mean.

    Args:
        nothing_new: isolated impact, in one world.
        histories: of its outcomes; others keep the trend that they have.
        seeds: (runs,) of the runs to solve with, others than those of the answer.
        members: its roster.

    Returns:
        Trends by path, indicator/month.
    """
    months = min(YEARS * 12, nothing_new.months)
    paths = [f"{OUTCOMES}{history.outcome.name}.trend" for history in histories]
    columns = [measure.name for measure in nothing_new.measures(members.sector_names)]
    places = [columns.index(INDICATOR + history.outcome.name) for history in histories]
    wanted = np.array([history.expected(months) for history in histories])
    quiet = nothing_new.settled({"community.noise": 0.0, "scenario.months": months})

    def reached(values: NDArray[np.float64]) -> NDArray[np.float64]:
        records = simulate(
            with_trends(quiet, dict(zip(paths, values.tolist(), strict=True))), seeds, threads=1, roster=members
        )
        return np.asarray(records[:, -1, places].mean(axis=0))

    before = np.zeros(len(paths))
    now = (wanted - (at_before := reached(before))) / months
    for _ in range(ROUNDS):
        at_now = reached(now)
        rise = np.where(now != before, (at_now - at_before) / np.where(now != before, now - before, 1.0), months)
        rise = np.where(rise > 0, rise, months)
        before, at_before, now = now, at_now, np.clip(now + (wanted - at_now) / rise, -1.0, 1.0)
    return dict(zip(paths, now.tolist(), strict=True))


def with_trends(scenario: Scenario, found: Mapping[str, float]) -> Scenario:
    """Copy a scenario with trends of outcomes by path; nothing is checked again."""
    if not found:
        return scenario
    outcomes = tuple(
        outcome.model_copy(update={"trend": found.get(f"{OUTCOMES}{outcome.name}.trend", outcome.trend)})
        for outcome in scenario.community.outcomes
    )
    return scenario.settled({"community.outcomes": outcomes})  # type: ignore[dict-item]
