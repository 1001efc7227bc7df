"""Benchmarks of the month, stage by stage and function by function: each alone in a compiled loop, beside the whole month."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import pytest

import cisim
from cisim import engine
from cisim.coalition.generate import founded
from cisim.dynamics import activities, communication, measurement, practice, record, ties
from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.luck import Luck
from cisim.dynamics.month import STAGE_FUNCTIONS, advance

if TYPE_CHECKING:
    from conftest import Figures

SCENARIO = cisim.load("all-five")
MONTH, TIMES, ROUNDS = 60, 400, 15
Compiled = Callable[..., None]
#: Functions within stages, by what they are given besides the state.
WITHIN: dict[str, tuple[Compiled, str]] = {
    "contact": (communication.contact, "dials, luck"),
    "share_goals": (communication.share_goals, "dials"),
    "renew_ties": (communication.renew_ties, "dials"),
    "learn": (practice.learn, "dials, 0.5, luck"),
    "look": (measurement.look, "dials, luck"),
    "exchange_reports": (measurement.exchange_reports, "dials, luck"),
    "believe": (measurement.believe, "dials"),
    "apply_effort": (activities.apply_effort, "dials"),
    "produce": (activities.produce, "dials"),
    "adapt": (activities.adapt, "dials"),
    "relate": (ties.relate, ""),
}


def repeated(function: Compiled, arguments: str) -> Compiled:
    """Compile a loop that calls a function of the model so many times in the same month."""
    if arguments == "dials, luck":

        def loop(state: Any, dials: Any, luck: Any, times: int) -> None:
            for _ in range(times):
                function(state, dials, luck)
    elif arguments == "dials":

        def loop(state: Any, dials: Any, luck: Any, times: int) -> None:  # noqa: ARG001
            for _ in range(times):
                function(state, dials)
    elif arguments == "dials, 0.5, luck":

        def loop(state: Any, dials: Any, luck: Any, times: int) -> None:
            for _ in range(times):
                function(state, dials, 0.5, luck)
    elif arguments == "record":

        def loop(state: Any, dials: Any, luck: Any, times: int) -> None:
            for _ in range(times):
                function(state, luck.month, dials)
    else:

        def loop(state: Any, dials: Any, luck: Any, times: int) -> None:  # noqa: ARG001
            for _ in range(times):
                function(state)

    compiled: Compiled = numba.njit(nogil=True, error_model="numpy", _nrt=False)(loop)
    return compiled


def test_a_month_by_stages_and_functions(benchmark: Any, figures: Figures) -> None:
    """All from the same state of month 60, in turn, round by round."""
    if benchmark.disabled:
        pytest.skip("nothing is timed")
    compiled = engine.compile_scenario(SCENARIO)
    plan = compiled.plan
    records = np.empty((compiled.months + 1, len(compiled.measures)))
    state, dials = founded(compiled.given, plan, 1), plan.copy()
    events = (compiled.events, compiled.actions)

    def pass_months(first: int, last: int) -> None:
        advance(state, plan, dials, *events, np.uint64(1), first, last, records)

    pass_months(0, MONTH)
    luck, month = Luck(np.uint64(1), np.int64(MONTH)), tuple(part.copy() for part in state)
    at = dials.copy()
    timed = {name: repeated(function, "dials, luck") for name, function in STAGE_FUNCTIONS.items()}
    timed["record"] = repeated(record.record, "record")
    timed |= {f"  {name}": repeated(function, arguments) for name, (function, arguments) in WITHIN.items()}
    seconds: dict[str, list[float]] = {"a month in the loop": [], "a founding": [], **{name: [] for name in timed}}

    def back() -> None:
        for part, before in zip(state, month, strict=True):
            part[:] = before

    def one_round() -> None:
        for name, loop in timed.items():
            row = records[0].copy() if name == "record" else at
            back()
            start = perf_counter()
            loop(state, row, luck, TIMES)
            seconds[name].append((perf_counter() - start) / TIMES)
        back()
        dials[:] = at
        start = perf_counter()
        pass_months(MONTH + 1, compiled.months)
        seconds["a month in the loop"].append((perf_counter() - start) / (compiled.months - MONTH))
        start = perf_counter()
        founded(compiled.given, plan, 1)
        seconds["a founding"].append(perf_counter() - start)

    with quick_compilation():
        for name, loop in timed.items():
            loop(state, records[0].copy() if name == "record" else at, luck, 1)
    benchmark.pedantic(one_round, rounds=ROUNDS, iterations=1)
    organisations = len(state.organisations)
    for name, times in seconds.items():
        figures(f"{name}, an organisation", [1e9 * time / organisations for time in times], "ns")
