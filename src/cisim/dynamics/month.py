"""Month loop: the stages of `cisim.dynamics.stages.STAGES` in their order, compiled as one function.

A stage is a function `stage(state, dials, luck)` that changes the state. The loop is built from the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from threading import RLock
from types import FunctionType

import numba
import numpy as np

from cisim.dynamics import state as layout
from cisim.dynamics.check import OutOfBounds, sound
from cisim.dynamics.compiled import compiled_anew, compiled_for_user, compiled_unkept, month_loop, sequence
from cisim.dynamics.disturbance import begin_month, happen
from cisim.dynamics.luck import Luck
from cisim.dynamics.mechanism import Stage, own_arguments
from cisim.dynamics.record import record
from cisim.dynamics.stages import STAGE_NAMES, STAGES
from cisim.dynamics.state import Dials, Floats, State, Table
from cisim.errors import InputError, did_you_mean, one_line
from cisim.fingerprint import fingerprint

Advance = Callable[..., None]
#: What Numba says of a field that a record does not have.
MISSING = re.compile(
    r"KeyError: '(\w+)'|Field '(\w+)' was not found|Unknown attribute '(\w+)' of type Record|Literal\[str\]\((\w+)\)"
)
LAYOUTS = (layout.ORGANISATION, layout.STANCE, layout.ROLE, layout.TIE, layout.OUTCOME, layout.COALITION)
#: Users' compiled stages by name, with the parameters that they take.
Rivals = Mapping[str, tuple[Stage, Collection[str]]]
#: Loops with users' stages that are kept compiled in a process.
MOST_LOOPS = 8

#: The stages' functions by name, in their order.
STAGE_FUNCTIONS: dict[str, Stage] = {
    stage.name: getattr(import_module(f"cisim.dynamics.{stage.module}"), stage.name) for stage in STAGES
}


#: Fingerprints of rival stages by their names, and the names of parameters.
Prints = tuple[tuple[str, ...], ...]
#: Loops by their prints: the one used last stands last.
_loops: dict[Prints, Advance] = {}
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


@month_loop
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


def advance_with(stages: Mapping[str, Stage] | None, parameters: Collection[str] = ()) -> Advance:
    """Return the month loop, an `advance`, with some stages replaced by a user's own.

    Args:
        stages: stage name -> function of (state, dials, luck), plain or compiled by Numba in nopython mode.
        parameters: names of the numbers that stages may take besides; they stand at the end of the row of dials.

    Raises:
        InputError: a name is not that of a stage, or not that of a parameter that a stage takes.
    """
    stages = stages or {}
    if unknown := sorted(set(stages) - set(STAGE_FUNCTIONS)):
        known = ", ".join(STAGE_FUNCTIONS)
        raise InputError([f"stages: {name!r} is not a stage: they are {known}" for name in unknown])
    arguments = own_arguments(stages, parameters)
    if not stages:
        return advance

    def make(prints: Prints | None) -> Advance:
        rivals = {name: (compiled_anew(stage), arguments[name]) for name, stage in stages.items()}
        return _loop_of(rivals, parameters, prints)

    try:
        prints = (*((name, fingerprint(stage)) for name, stage in sorted(stages.items())), tuple(sorted(parameters)))
    except InputError:  # nobody can tell whether it is the same as before
        return make(None)
    with _lock:
        loop = _loops.pop(prints, None) or make(prints)
        _loops[prints] = loop
        if len(_loops) > MOST_LOOPS:
            del _loops[next(iter(_loops))]
    return loop


def _loop_of(rivals: Rivals, parameters: Collection[str], prints: Prints | None) -> Advance:
    """Make a loop with users' stages, which are given parameters and checked; it is kept by their prints, if they have any."""
    own = {
        name: _checked(bound(stage, arguments, parameters), STAGE_NAMES.index(name))
        for name, (stage, arguments) in rivals.items()
    }
    functions = {**STAGE_FUNCTIONS, **own}
    original: FunctionType = advance.py_func  # type: ignore[attr-defined]
    names = {"STAGE_FUNCTIONS": functions, "RIVALS": rivals, "pass_stages": in_order([*functions.values()])}
    loop = FunctionType(original.__code__, {**original.__globals__, **names}, "advance_with_rivals")
    return compiled_unkept(loop) if prints is None else compiled_for_user(loop, prints)


def _checked(stage: Stage, number: int) -> Stage:
    """Let a user's stage fail that leaves a value out of its bounds."""

    def checked(state: State, dials: Dials, luck: Luck) -> None:
        stage(state, dials, luck)
        if not sound(state):
            raise OutOfBounds(number, luck.month)

    return compiled_unkept(checked)


def bound(stage: Stage, arguments: Collection[str], parameters: Collection[str]) -> Stage:
    """Make a stage of state, dials and luck of one that takes parameters, which are read from the end of the row of dials."""
    places = {name: place - len(parameters) for place, name in enumerate(sorted(parameters))}
    for name in arguments:
        stage = _bound(stage, places[name])
    return stage


def _bound(stage: Stage, place: int) -> Stage:
    """Give a stage its first further argument."""

    def with_number(state: State, dials: Dials, luck: Luck, *others: float) -> None:
        stage(state, dials, luck, dials[place], *others)

    return compiled_unkept(with_number)


def functions_of(loop: Advance) -> dict[str, Stage]:
    """Return the stages that a month loop calls, by name, in their order; it is `advance`, or comes from `advance_with`."""
    functions: dict[str, Stage] = loop.py_func.__globals__["STAGE_FUNCTIONS"]  # type: ignore[attr-defined]
    return functions


def rivals_of(loop: Advance) -> Rivals:
    """Return the users' stages that a month loop calls, with the parameters that they take."""
    rivals: Rivals = getattr(loop, "py_func", loop).__globals__.get("RIVALS", {})
    return rivals


def refusals(loop: Advance, state: State, dials: Dials) -> list[str]:
    """Say which of the users' stages in a loop Numba cannot compile for such a state, and why."""
    problems, luck = [], Luck(np.uint64(0), np.int64(0))
    for name, (stage, arguments) in rivals_of(loop).items():
        try:
            stage.compile(  # type: ignore[attr-defined]
                tuple(map(numba.typeof, (state, dials, luck, *[0.0] * len(arguments))))
            )
        except Exception as error:
            problems.append(f"stage {name}: {_why_not(error)}")
    return problems


def _why_not(error: Exception) -> str:
    missing = MISSING.search(f"{type(error).__name__}: {error}")
    name = "".join(filter(None, missing.groups())) if missing else ""
    known = [field for record in LAYOUTS for field in record.names or ()]
    if not name or name in known:
        return f"Numba cannot compile it: {one_line(error)}"
    declare = f"declare it: fields={{{name!r}: 0.0}} in Python, --field {name}=0 in a command"
    return f"it uses {name}, which no part of the state has as a field: {did_you_mean(name, known, declare)}"
