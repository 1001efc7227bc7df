"""Diagnosis of a run of a user's model in Python that failed: the stage and the month."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from types import TracebackType
from typing import Any

from cisim.dynamics.check import fault_of
from cisim.dynamics.stages import STAGE_NAMES
from cisim.failures import RunFailed, check


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
