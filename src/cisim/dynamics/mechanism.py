"""Mechanism of a user's own: what rival stages take besides state, dials and luck.

A parameter is a number that a stage names as a further argument, `stage(state, dials, luck, rate)`. Parameters stand at the end of
the row of dials, sorted by name, so that another value needs no other code. A field is a number that each organisation has besides
those of the model, `state.organisations[i].fatigue`. Nothing is compiled here.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from numbers import Real
from typing import Any

from cisim.dynamics.state import ORGANISATION
from cisim.errors import Problems, did_you_mean

#: A compiled function of state, dials, luck and, of a user's, further numbers.
Stage = Callable[..., None]
#: Arguments that every stage has.
COMMON = 3
#: Fields that organisations have without a user's own.
FIELDS = ORGANISATION.names or ()


def own_numbers(what: str, given: Mapping[str, Any] | None) -> dict[str, float]:
    """Check a user's own numbers by their names, and sort them; `what` they are stands in errors."""
    problems, numbers = Problems(), {}
    for name, value in sorted((given or {}).items(), key=lambda pair: str(pair[0])):
        if not (isinstance(name, str) and name.isidentifier()):
            problems.append(f"{what}: {name!r}: must be a name of letters, digits and underscores, such as rate")
        elif isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            problems.append(f"{what}: {name} = {value!r}: must be a finite number")
        else:
            numbers[name] = float(value)
    problems.check()
    return numbers


def own_fields(given: Mapping[str, Any] | None) -> dict[str, float]:
    """Check a user's own fields of organisations, names and first values, and sort them."""
    fields = own_numbers("fields", given)
    Problems(
        f"fields: {name}: organisations have this field already: choose another name"
        for name in fields
        if name in FIELDS
    ).check()
    return fields


def own_arguments(stages: Mapping[str, Stage], parameters: Collection[str]) -> dict[str, tuple[str, ...]]:
    """List the parameters that each stage takes; one that has a default is taken if it, or one after it, is there.

    Raises:
        InputError: a stage takes what is no parameter, or no stage takes a parameter.
    """
    problems, taken, known = Problems(), dict[str, tuple[str, ...]](), set[str]()
    for name, stage in stages.items():
        own = further_arguments(stage)
        known |= {argument.name for argument in own}
        while own and own[-1].default is not inspect.Parameter.empty and own[-1].name not in parameters:
            own.pop()
        taken[name] = tuple(argument.name for argument in own)
        for unknown in sorted({*taken[name]} - {*parameters}):
            declare = f"declare it: parameters={{{unknown!r}: 0.1}} in Python, --param {unknown}=0.1 in a command"
            hint = did_you_mean(unknown, parameters, declare)
            problems.append(f"stage {name} takes {unknown}, which is no parameter: {hint}")
    for unknown in sorted({*parameters} - known):
        hint = did_you_mean(unknown, sorted(known), "those that take it name it after state, dials and luck")
        problems.append(f"parameter {unknown}: no stage takes it; {hint}")
    problems.check()
    return taken


def further_arguments(function: Callable[..., Any], common: int = COMMON) -> list[inspect.Parameter]:
    """List the arguments of a stage, or of another function, after those that all have; none if it does not tell."""
    try:
        arguments = inspect.signature(getattr(function, "py_func", function)).parameters.values()
    except (TypeError, ValueError):  # something built in
        return []
    return [argument for argument in arguments if argument.kind is not argument.VAR_POSITIONAL][common:]
