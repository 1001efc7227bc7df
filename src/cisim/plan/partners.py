"""Partners in a plan: what each contributes, who stays, what they find of their own in it; and what lasts when the money ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.month import advance_with
from cisim.dynamics.state import State
from cisim.engine import compile_scenario, run_one, simulate
from cisim.plan.deciding import Spread, spread
from cisim.plan.run import PlanResults
from cisim.plan.worlds import Task, in_world, world_seeds
from cisim.scenario import Event as Happening
from cisim.scenario import Scenario
from cisim.threads import checked_threads, share_out
from cisim.uncertainty import Floats

#: Worlds in which partners are looked at, and those in which the time after the money is.
WORLDS, WORLDS_AFTER = 10, 20
#: Months that are looked at after the last one of the plan.
AFTER = 36
#: What money from outside and members pay for.
SUPPORT = ("backbone.staff", "funder.staff", "funder.services")


class Partner(NamedTuple):
    """One partner in a plan."""

    name: str
    sector: str
    staff: float  #: FTE at the start, the mean over runs
    contribution: Spread  #: progress at the end with it, less without it as a member; a share of the gap
    takes_part: float  #: share of runs in which it is a member in the last month
    leaves: float  #: share of runs in which it was a member once and is none in the last month
    commitment: float  #: mean over the runs in which it is a member at the end; NaN if it never is
    meetings: (
        float  #: share of its effort that goes to meetings, the hub and data in the last month, the mean over runs
    )
    fit: float  #: how far its own mission and the agenda agree in the end, 0 to 1, the mean over runs with an agenda


class Lasting(NamedTuple):
    """What lasts of a plan when all that is paid for it ends after the last month; progress added against nothing new."""

    months: int  #: after which this is looked at
    at_end: Spread  #: added in the last month of the plan
    goes_on: Spread  #: added so many months later, if everything goes on
    ends: Spread  #: added so many months later, if it ends


@dataclass
class _Seen:
    """What the last month of runs showed of partners: (runs, partners)."""

    staff: Floats
    member: Floats
    ever: Floats
    commitment: Floats
    meetings: Floats
    fit: Floats


def partners(
    results: PlanResults, plan: str, threads: int | None = None, on_progress: Callable[[int], None] | None = None
) -> tuple[Partner, ...]:
    """Look at every partner of a plan in some of its worlds: with it, and without it as a member, on the same luck.

    Args:
        results: of `run`.
        plan: its name.
        threads: how many to use; it changes no bit.
        on_progress: called with the number of partners that are done.
    """
    task, place = task_of(results), results.names.index(plan)
    worlds = range(min(WORLDS, len(results.values)))
    here = [in_world(task, world)[place] for world in worlds]
    roster = results.plans.roster
    ends = results.progress[: len(worlds), place]
    seen = _look(results, here)
    without: dict[int, Floats] = {}

    def leave_out(row: int) -> tuple[int, Floats]:
        values = [
            _ends(_excluding(scenario, roster.names[row]), world_seeds(task, world), results)
            for world, scenario in zip(worlds, here, strict=True)
            if not stop.is_set()
        ]
        return row, np.stack(values or [np.empty(0)])

    def keep(result: tuple[int, Floats]) -> None:
        without[result[0]] = result[1]
        if on_progress is not None:
            on_progress(len(without))

    stop = Event()
    share_out(leave_out, range(len(roster.names)), checked_threads(threads), stop, keep)
    found = []
    for row, name in enumerate(roster.names):
        at_end, ever = seen.member[:, row], seen.ever[:, row]
        inside = at_end > 0
        found.append(
            Partner(
                name=name,
                sector=roster.sector_names[roster.sector[row]],
                staff=float(seen.staff[:, row].mean()),
                contribution=spread(ends - without[row]),
                takes_part=float(at_end.mean()),
                leaves=float(((ever > 0) & ~inside).mean()),
                commitment=float(seen.commitment[inside, row].mean()) if inside.any() else np.nan,
                meetings=float(seen.meetings[:, row].mean()),
                fit=float(np.nanmean(seen.fit[:, row])) if np.isfinite(seen.fit[:, row]).any() else np.nan,
            )
        )
    return tuple(found)


def task_of(results: PlanResults) -> Task:
    """Return what the worlds of results have in common."""
    return Task(results.strategies, results.plans, np.empty(0, np.int64), results.values.shape[2], results.seed)


def _ends(scenario: Scenario, seeds: NDArray[np.uint64], results: PlanResults) -> Floats:
    """Run a scenario and return progress in the last month: (runs,)."""
    records = simulate(scenario, seeds, threads=1, roster=results.plans.roster)
    names = [measure.name for measure in scenario.measures(results.plans.roster.sector_names)]
    return np.asarray(records[:, -1, names.index("progress")])


def _excluding(scenario: Scenario, name: str) -> Scenario:
    """Copy a scenario in which one partner is a member in no month."""
    mine = [event for event in scenario.events if event.organisation == name and "member" in event.set]
    others = [event for event in scenario.events if event not in mine]
    out = Happening(month=1, organisation=name, set={"member": False})
    return scenario.model_copy(update={"events": (out, *others)})


def _look(results: PlanResults, here: list[Scenario]) -> _Seen:
    """Run a plan in some worlds and look at its partners' state."""
    task = task_of(results)
    rows: list[dict[str, Floats]] = []
    for world, scenario in enumerate(here):
        compiled = compile_scenario(scenario, results.plans.roster)
        loop = advance_with(None)
        for seed in world_seeds(task, world):
            ever = np.zeros(len(results.plans.roster.names))
            staff = np.zeros(len(ever))

            def look(state: State, month: int, ever: Floats = ever, staff: Floats = staff) -> bool:
                ever[:] = np.maximum(ever, state.organisations["member"])
                if month == 0:
                    staff[:] = state.organisations["resources"]
                return False

            records = np.empty((compiled.months + 1, len(compiled.measures)))
            state = run_one(scenario, compiled, int(seed), loop, records, pauses=range(compiled.months + 1), look=look)
            people = state.organisations
            rows.append(
                {
                    "staff": staff,
                    "member": people["member"].astype(np.float64),
                    "ever": ever,
                    "commitment": people["commitment"].copy(),
                    "meetings": people["overhead"].copy(),
                    "fit": _fits(state),
                }
            )
    return _Seen(**{name: np.stack([row[name] for row in rows]) for name in rows[0]})


def _fits(state: State) -> Floats:
    """Compute how far each organisation's mission and the agenda agree: 1 - half the distance, in [0, 1]; NaN without an agenda."""
    missions, agenda = state.stances["mission"], state.outcomes["agenda"]
    if not state.coalition[0]["has_agenda"]:
        return np.full(len(missions), np.nan)
    return np.asarray(1.0 - 0.5 * np.abs(missions - agenda).sum(axis=1))


def lasting(results: PlanResults, plan: str, threads: int | None = None) -> Lasting:
    """Run a plan on beyond its last month, in some of its worlds: as it is, and with all support ended."""
    task, place = task_of(results), results.names.index(plan)
    worlds = range(min(WORLDS_AFTER, len(results.values)))
    months, after = results.months, AFTER
    found: dict[int, Floats] = {}

    def run_world(world: int) -> tuple[int, Floats]:
        here = in_world(task, world)
        nothing, goes_on = (_longer(here[index], months + after) for index in (0, place))
        ended = _with_event(goes_on, months + 1, dict.fromkeys(SUPPORT, 0.0))
        seeds = world_seeds(task, world)
        names = [measure.name for measure in goes_on.measures(results.plans.roster.sector_names)]
        column = names.index("progress")
        runs = [
            simulate(each, seeds, threads=1, roster=results.plans.roster)[..., column]
            for each in (nothing, goes_on, ended)
        ]
        without, on, off = runs
        return world, np.stack([(on - without)[:, months], (on - without)[:, -1], (off - without)[:, -1]])

    share_out(run_world, worlds, checked_threads(threads), Event(), lambda one: found.__setitem__(*one))
    at_end, goes_on, ends = np.stack([found[world] for world in worlds]).transpose(1, 0, 2)
    return Lasting(after, spread(at_end), spread(goes_on), spread(ends))


def _longer(scenario: Scenario, months: int) -> Scenario:
    return scenario.settled({"scenario.months": months})


def _with_event(scenario: Scenario, month: int, settings: Mapping[str, Any]) -> Scenario:
    return scenario.model_copy(update={"events": (*scenario.events, Happening(month=month, set=dict(settings)))})
