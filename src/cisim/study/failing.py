"""A run that fails: where it failed, in which month, and why, in one row."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

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
from cisim.dynamics.state import COALITION, ORGANISATION, OUTCOME, ROLE, STANCE, TIE, State
from cisim.engine import CompiledScenario
from cisim.study.failure import RunFailed, Stopped, one_line

if TYPE_CHECKING:
    from cisim.scenario import Scenario

#: Replaying a failed run may take so many organisation- and tie-months: about two seconds.
AFFORDABLE = 10_000_000
#: Stages of a failure that are none of the month's.
SCENARIO, COALITION_DRAWN, FOUNDING, EVENTS, RECORD = "scenario", "coalition", "founding", "events", "record"
TIME_LIMIT, MEMORY, MONTHS, STEP, WORKER = "time limit", "memory", "months", "step", "worker"
#: Where nobody knows in which month a run failed.
UNKNOWN = -1


# --- what is no number ----------------------------------------------------------------------------------


def _numbers(layout: np.dtype[Any], *without: str) -> tuple[list[int], list[str]]:
    """Places (in words of 8 bytes) and names of a layout's fractions."""
    assert layout.names
    assert layout.fields
    names = [name for name in layout.names if layout.fields[name][0].kind == "f" and name not in without]
    return [layout.fields[name][1] // 8 for name in names], names


#: Parts of a state whose fractions are always numbers. What nobody has computed yet is 0, except voice.
_PARTS = {
    "organisations": _numbers(ORGANISATION),
    "stances": _numbers(STANCE),
    "roles": _numbers(ROLE),
    "ties": _numbers(TIE),
    "outcomes": _numbers(OUTCOME),
    "coalition": _numbers(COALITION, "voice_gini"),
}


def broken(state: State) -> str | None:
    """What of a state is no number, in words; None if all is well."""
    for part, (places, names) in _PARTS.items():
        records = getattr(state, part)
        values = records.view(np.float64).reshape(records.size, -1)[:, places]
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            return f"{part}.{names[column]} is {values[row, column]}"
    return None


# --- looking for the place ------------------------------------------------------------------------------


class Again(NamedTuple):
    """What it takes to do one run of the engine again.

    Attributes:
        scenario: of the run.
        settings: read from it.
        seed: of the run.
        loop: the engine's months, with the user's stages.
        last: the last month that was recorded.
        stop: ends the work.
    """

    scenario: Scenario
    settings: CompiledScenario
    seed: int
    loop: Advance
    last: int
    stop: Event | None


def locate(again: Again) -> RunFailed | None:
    """Do a run of the engine again, looking after each month and then after each stage of the month that broke.

    Returns:
        Where it fails; None if it does not, or if looking would take too long.

    Raises:
        Stopped: `stop` was set.
    """
    try:
        coalition = draw(again.scenario, again.settings.roster, again.seed)
    except Exception as error:
        return failed(COALITION_DRAWN, 0, error)
    try:
        state = initial_state(coalition, again.scenario, again.settings.plan, len(again.settings.events))
    except Exception as error:
        return failed(FOUNDING, 0, error)
    wrong = broken(state)
    if wrong:
        return RunFailed(FOUNDING, 0, wrong)
    if (state.organisations.size + state.ties.size) * again.last > AFFORDABLE:
        return None
    month = _month(again, state)
    return None if month is None else _stage(again, month)


def failed(stage: str, month: int, error: Exception) -> RunFailed:
    """A failure by an exception; without memory, wherever that was, it is of memory."""
    return RunFailed(MEMORY if isinstance(error, MemoryError) else stage, month, one_line(error))


def _rows(again: Again) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The plan, the dials, and an empty record."""
    settings = again.settings
    records = np.full((settings.months + 1, len(settings.measures)), np.nan)
    return settings.plan.copy(), settings.plan.copy(), records


def _pass(again: Again, state: State, rows: tuple[NDArray[np.float64], ...], first: int, last: int) -> None:
    settings, (plan, dials, records) = again.settings, rows
    again.loop(
        state, plan, dials, settings.events, settings.actions, np.uint64(again.seed), first, last, records
    )


def _month(again: Again, state: State) -> int | None:
    """The first month that fails or leaves something that is no number."""
    rows = _rows(again)
    for month in range(again.last + 1):
        check(again.stop)
        try:
            _pass(again, state, rows, month, month)
        except Exception:
            return month
        if broken(state):
            return month
    return None


def _stage(again: Again, month: int) -> RunFailed | None:
    """Let one month pass stage by stage."""
    settings, rows = again.settings, _rows(again)
    plan, dials, records = rows
    coalition = draw(again.scenario, settings.roster, again.seed)
    state = initial_state(coalition, again.scenario, settings.plan, len(settings.events))
    if month > 0:
        _pass(again, state, rows, 0, month - 1)
    luck = Luck(np.uint64(again.seed), np.int64(month))

    def happen() -> None:
        disturbance.happen(state, plan, settings.events, settings.actions, records[month - 1], luck)
        disturbance.begin_month(state, plan, dials, luck)

    steps: list[tuple[str, Callable[[], object]]] = []
    if month > 0:
        steps.append((EVENTS, happen))
        for name, stage in functions_of(again.loop).items():
            steps.append((name, lambda stage=stage: stage(state, dials, luck)))  # type: ignore[misc]
    steps.append((RECORD, lambda: record(state, month, records[month])))
    for name, step in steps:
        check(again.stop)
        try:
            with quick_compilation():
                step()
        except Exception as error:
            return failed(name, month, error)
        wrong = broken(state)
        if wrong:
            return RunFailed(name, month, wrong)
    return None


def check(stop: Event | None) -> None:
    """End the work if that is asked for.

    Raises:
        Stopped: `stop` was set.
    """
    if stop is not None and stop.is_set():
        raise Stopped


def stage_in(trace: TracebackType | None, default: str) -> str:
    """The stage in which a model in Python failed, by the names of the methods it was in."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_name
        if name in STAGE_NAMES or name == RECORD:
            return name
        trace = trace.tb_next
    return default


def locate_in_python(make: Callable[[], Any], last: int, stop: Event | None) -> RunFailed | None:
    """Do a run of a model in Python again, looking after each stage.

    Args:
        make: makes the model.
        last: the month in which its record was no number.
        stop: ends the work.

    Raises:
        Stopped: `stop` was set.
    """
    model = make()
    wrong = broken(model.state)
    if wrong:
        return RunFailed(FOUNDING, 0, wrong)
    seen: list[RunFailed] = []
    for name in STAGE_NAMES:
        setattr(model, name, _looked_after(model, name, seen))
    for _ in range(last):
        check(stop)
        model.step()
        wrong = broken(model.state)
        if seen or wrong:
            return seen[0] if seen else RunFailed(STEP, model.month, str(wrong))
    return None


def _looked_after(model: Any, name: str, seen: list[RunFailed]) -> Callable[[], None]:
    stage = getattr(model, name)

    def call() -> None:
        stage()
        wrong = None if seen else broken(model.state)
        if wrong:
            seen.append(RunFailed(name, model.month, wrong))

    return call
