"""Diagnosis of a failed run: the stage, the month and the reason, in one row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import draw
from cisim.dynamics import disturbance
from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.founding import initial_state
from cisim.dynamics.luck import Luck
from cisim.dynamics.month import Advance, functions_of
from cisim.dynamics.record import record
from cisim.dynamics.stages import STAGE_NAMES
from cisim.dynamics.state import State
from cisim.engine import CompiledScenario
from cisim.errors import one_line

if TYPE_CHECKING:
    from cisim.scenario import Scenario

Floats = NDArray[np.float64]
#: Replaying a failed run may take so many organisation- and tie-months: a few seconds.
AFFORDABLE = 10_000_000
#: The month of a failure that is not known.
UNKNOWN = -1


class Stopped(Exception):  # noqa: N818 - it is no error
    """Work was ended from outside; it has to be done again."""


class RunFailed(Exception):  # noqa: N818 - what happened, not what to do
    """One run failed.

    Args:
        stage: a stage of the month, or else "scenario", "coalition", "founding", "events", "record", "months" (one of them), "step"
            (of a model in Python), "time limit", "memory", "worker", "reporter NAME".
        month: when; UNKNOWN if nobody knows.
        message: why, in one line.
    """

    def __init__(self, stage: str, month: int, message: str) -> None:
        super().__init__(stage, month, message)
        self.stage, self.month, self.message = stage, month, message

    def located(self, place: RunFailed | None) -> RunFailed:
        """Return this failure with the stage and month that a replay of the run found, if it found any."""
        if place is None:
            return self
        detail = "" if place.message == self.message else f" ({place.message})"
        return RunFailed(place.stage, place.month, one_line(self.message + detail))


def failure_of(stage: str, month: int, error: Exception) -> RunFailed:
    """Make a failure of an exception; a lack of memory has a stage of its own."""
    return RunFailed("memory" if isinstance(error, MemoryError) else stage, month, one_line(error))


def check(stop: Event | None) -> None:
    """Raise `Stopped` if `stop` is set."""
    if stop is not None and stop.is_set():
        raise Stopped


def not_finite(state: State) -> str | None:
    """Name the first value of a state that is not a finite number; None if there is none."""
    for part in State._fields:
        records: NDArray[Any] = getattr(state, part)
        names = [name for name in records.dtype.names or () if records.dtype[name].kind == "f"]
        names = [name for name in names if name != "voice_gini"]  # the others are 0 until they are computed
        if names:
            values = np.stack([records[name].ravel() for name in names], axis=1)
            for row, column in np.argwhere(~np.isfinite(values))[:1]:
                return f"{part}.{names[column]} is {values[row, column]}"
    return None


# --- replays --------------------------------------------------------------------------------------------


def locate(
    scenario: Scenario, settings: CompiledScenario, seed: int, loop: Advance, last: int, stop: Event | None
) -> RunFailed | None:
    """Replay a run of the engine up to month `last` to find the stage that fails, unless that would take too long."""
    try:
        coalition = draw(scenario, settings.roster, seed)
    except Exception as error:
        return failure_of("coalition", 0, error)
    try:
        state = initial_state(coalition, scenario, settings.plan, len(settings.events))
    except Exception as error:
        return failure_of("founding", 0, error)
    if wrong := not_finite(state):
        return RunFailed("founding", 0, wrong)
    if (state.organisations.size + state.ties.size) * last > AFFORDABLE:
        return None
    plan, dials = settings.plan.copy(), settings.plan.copy()
    records = np.full((last + 1, len(settings.measures)), np.nan)
    for month in range(last + 1):
        check(stop)
        before, plan_before = State._make(part.copy() for part in state), plan.copy()
        with suppress(Exception):
            loop(state, plan, dials, settings.events, settings.actions, np.uint64(seed), month, month, records)
            if not_finite(state) is None:
                continue
        luck = Luck(np.uint64(seed), np.int64(month))
        return _locate_stage(before, plan_before, settings, loop, luck, records[month - 1])
    return None


def _locate_stage(
    state: State, plan: Floats, settings: CompiledScenario, loop: Advance, luck: Luck, last_record: Floats
) -> RunFailed | None:
    """Let one month of a run pass stage by stage to find the one that fails."""
    month, dials = int(luck.month), plan.copy()
    steps: list[tuple[str, Callable[[], object]]] = []
    if month > 0:
        events = partial(disturbance.happen, state, plan, settings.events, settings.actions, last_record, luck)
        steps += [("events", events), ("events", partial(disturbance.begin_month, state, plan, dials, luck))]
        steps += [(name, partial(stage, state, dials, luck)) for name, stage in functions_of(loop).items()]
    steps.append(("record", partial(record, state, month, np.empty(len(settings.measures)))))
    for name, step in steps:
        try:
            with quick_compilation():
                step()
        except Exception as error:
            return failure_of(name, month, error)
        if wrong := not_finite(state):
            return RunFailed(name, month, wrong)
    return None


def locate_in_model(make: Callable[[], Any], last: int, stop: Event | None) -> RunFailed | None:
    """Replay a run of a model in Python up to month `last` to find the stage that leaves what is not a finite number."""
    model = make()
    if wrong := not_finite(model.state):
        return RunFailed("founding", 0, wrong)
    found: list[RunFailed] = []

    def watched(name: str, stage: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            stage()
            if not found and (wrong := not_finite(model.state)):
                found.append(RunFailed(name, model.month, wrong))

        return call

    for name in STAGE_NAMES:
        setattr(model, name, watched(name, getattr(model, name)))
    for _ in range(last):
        check(stop)
        model.step()
        if not found and (wrong := not_finite(model.state)):
            found.append(RunFailed("step", model.month, wrong))
        if found:
            return found[0]
    return None


def stage_in(trace: TracebackType | None, default: str) -> str:
    """Return the stage in which a model in Python failed, by the names of the methods that it was in."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_name
        if name in STAGE_NAMES or name == "record":
            return name
        trace = trace.tb_next
    return default
