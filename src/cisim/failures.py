"""Failed runs: what is known of one, and a replay that finds the stage and the month."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from cisim.coalition.generate import founded
from cisim.dynamics import disturbance
from cisim.dynamics.check import fault_of
from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.luck import Luck
from cisim.dynamics.month import Advance, functions_of
from cisim.dynamics.record import record
from cisim.dynamics.stages import STAGE_NAMES
from cisim.errors import InputError, one_line
from cisim.scenario import for_run

if TYPE_CHECKING:
    from cisim.engine import CompiledScenario
    from cisim.scenario import Scenario

#: The month of a failure that is not known.
UNKNOWN: Final = -1
#: Replaying a failed run may take so many organisation- and tie-months: a few seconds.
AFFORDABLE = 10_000_000


class RunFailed(Exception):  # noqa: N818 - what happened, not what to do
    """One run failed.

    Args:
        stage: of the month, or else "scenario", "founding", "events", "record", "months" (one of them), "step" (of a
            model in Python), "time limit", "memory", "worker", "reporter NAME".
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


def refusal(seed: int, failure: RunFailed) -> InputError:
    """Make the error that ends `cisim.run` of a run's failure."""
    known = failure.stage not in ("months", "memory")
    stage = f" in {'stage ' if failure.stage in STAGE_NAMES else ''}{failure.stage}" if known else ""
    month = f"{',' if stage else ' in'} month {failure.month}" if failure.month != UNKNOWN else ""
    return InputError(f"the run of seed {seed} failed{stage}{month}: {failure.message}")


class Stopped(Exception):  # noqa: N818 - it is no error
    """Work was ended from outside; it has to be done again."""


def check(stop: Event | None) -> None:
    """Raise `Stopped` if `stop` is set."""
    if stop is not None and stop.is_set():
        raise Stopped


def locate(
    scenario: Scenario, settings: CompiledScenario, seed: int, loop: Advance, last: int, stop: Event | None
) -> RunFailed | None:
    """Replay a run of the engine up to month `last`, stage by stage, to find the one that fails.

    Return None if it does not fail, or the replay would take too long.
    """
    stage, month = "founding", 0
    try:
        plan = for_run(scenario, settings.plan, seed)
        state = founded(settings.given, plan, seed, len(settings.events), settings.fields)
        if wrong := fault_of(state, settings.roster.names):
            return RunFailed(stage, 0, wrong)
        if (state.organisations.size + state.ties.size) * last > AFFORDABLE:
            return None
        dials = plan.copy()
        records = np.full((last + 1, len(settings.measures)), np.nan)
        for month in range(last + 1):
            check(stop)
            luck = Luck(np.uint64(seed), np.int64(month))
            steps: list[tuple[str, Callable[[], object]]] = []
            if month > 0:
                events = (settings.events, settings.actions, records[month - 1], luck)
                steps += [("events", partial(disturbance.happen, state, plan, *events))]
                steps += [("events", partial(disturbance.begin_month, state, plan, dials, luck))]
                steps += [(name, partial(call, state, dials, luck)) for name, call in functions_of(loop).items()]
            steps += [("record", partial(record, state, month, records[month]))]
            for stage, step in steps:
                with quick_compilation():
                    step()
                if wrong := fault_of(state, settings.roster.names):
                    return RunFailed(stage, month, wrong)
    except Stopped:
        raise
    except Exception as error:
        return failure_of(stage, month, error)
    return None


def locate_in_model(make: Callable[[], Any], last: int, stop: Event | None) -> RunFailed | None:
    """Replay a run of a model in Python up to month `last` to find the stage that leaves a value out of bounds."""
    model = make()
    names = [organisation.name for organisation in model.organisations]

    def watch(name: str, stage: Callable[[], object]) -> None:
        stage()
        if wrong := fault_of(model.state, names):
            raise RunFailed(name, model.month, wrong)

    for name in STAGE_NAMES:
        setattr(model, name, partial(watch, name, getattr(model, name)))
    try:
        watch("founding", lambda: None)
        for _ in range(last):
            check(stop)
            watch("step", model.step)
    except RunFailed as failure:
        return failure
    return None


def stage_in(trace: TracebackType | None, default: str) -> str:
    """Return the stage in which a model in Python failed, by the names of the methods that it was in."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_name
        if name in STAGE_NAMES or name == "record":
            return name
        trace = trace.tb_next
    return default
