"""Month loop: the stages of `cisim.dynamics.stages.STAGES` in their order, compiled as one function.

A stage is a function `stage(state, dials, luck)` that changes the state. The loop is built from the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from threading import RLock
from types import FunctionType

import numpy as np

from cisim.dynamics.compiled import compiled, compiled_anew, compiled_unkept, sequence
from cisim.dynamics.disturbance import begin_month, happen
from cisim.dynamics.luck import Luck
from cisim.dynamics.record import record
from cisim.dynamics.stages import STAGES
from cisim.dynamics.state import Dials, Floats, State, Table
from cisim.errors import InputError
from cisim.fingerprint import fingerprint

Stage = Callable[[State, Dials, Luck], None]
Advance = Callable[..., None]
#: Loops with users' stages that are kept compiled in a process.
MOST_LOOPS = 8

#: The stages' functions by name, in their order.
STAGE_FUNCTIONS: dict[str, Stage] = {
    stage.name: getattr(import_module(f"cisim.dynamics.{stage.module}"), stage.name) for stage in STAGES
}


#: Loops by the fingerprints of their rival stages: the one used last stands last.
_loops: dict[tuple[tuple[str, str], ...], Advance] = {}
_lock = RLock()


def in_order(stages: Sequence[Stage]) -> Stage:
    """Make one stage of several, halves of halves; its body is taken into its caller, so it costs nothing to call."""
    if len(stages) == 1:
        return stages[0]
    middle = len(stages) // 2
    first, second = in_order(stages[:middle]), in_order(stages[middle:])

    @sequence
    def both(state: State, dials: Dials, luck: Luck) -> None:
        first(state, dials, luck)
        second(state, dials, luck)

    return both


pass_stages = in_order([*STAGE_FUNCTIONS.values()])


@compiled
def advance(
    state: State,
    plan: Dials,
    dials: Dials,
    events: Table,
    actions: Table,
    seed: np.uint64,
    first: int,
    last: int,
    records: Floats,
) -> None:
    """Let the months first..last of one run pass, from the state at the end of month first - 1; month 0 is only recorded.

    Events (of state.EVENT) and their actions (of state.ACTION) change the plan; `dials` are those that count in a month, kept until the next;
    the rows first..last of the records, (months + 1, measures), are written.
    """
    for month in range(first, last + 1):
        luck = Luck(seed, np.int64(month))
        if month > 0:
            happen(state, plan, events, actions, records[month - 1], luck)
            begin_month(state, plan, dials, luck)
            pass_stages(state, dials, luck)
        record(state, month, records[month])


def advance_with(stages: Mapping[str, Stage] | None) -> Advance:
    """Return the month loop, an `advance`, with some stages replaced by a user's own.

    Args:
        stages: stage name -> function of (state, dials, luck), plain or compiled by Numba in nopython mode.

    Raises:
        InputError: a name is not that of a stage.
    """
    if not stages:
        return advance
    if unknown := sorted(set(stages) - set(STAGE_FUNCTIONS)):
        known = ", ".join(STAGE_FUNCTIONS)
        raise InputError([f"stages: {name!r} is not a stage: they are {known}" for name in unknown])
    try:
        prints = tuple((name, fingerprint(stage)) for name, stage in sorted(stages.items()))
    except InputError:  # nobody can tell whether it is the same as before
        return _loop_of(stages)
    with _lock:
        loop = _loops.pop(prints, None) or _loop_of(stages)
        _loops[prints] = loop
        if len(_loops) > MOST_LOOPS:
            del _loops[next(iter(_loops))]
    return loop


def _loop_of(stages: Mapping[str, Stage]) -> Advance:
    """Make a loop in which all that users wrote is compiled anew."""
    rivals = {name: compiled_anew(stage) for name, stage in stages.items()}
    functions = {**STAGE_FUNCTIONS, **rivals}
    original: FunctionType = advance.py_func  # type: ignore[attr-defined]
    names = {"STAGE_FUNCTIONS": functions, "pass_stages": in_order([*functions.values()])}
    loop = FunctionType(original.__code__, {**original.__globals__, **names}, "advance_with_rivals")
    return compiled_unkept(loop)


def functions_of(loop: Advance) -> dict[str, Stage]:
    """Return the stages that a month loop calls, by name, in their order; it is `advance`, or comes from `advance_with`."""
    functions: dict[str, Stage] = loop.py_func.__globals__["STAGE_FUNCTIONS"]  # type: ignore[attr-defined]
    return functions
