"""Engine: runs of a scenario for many seeds, in threads.

A run is the coalition drawn for its seed, its initial state, and the compiled month loop. It depends on the scenario and the seed
alone; the interpreter is free while it runs.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from cisim.coalition import Roster, draw
from cisim.coalition import roster as read_roster
from cisim.dynamics.compiled import cache_folder, quick_compilation
from cisim.dynamics.founding import initial_state
from cisim.dynamics.measures import Measure, measures_of
from cisim.dynamics.month import Advance, Stage, advance_with
from cisim.dynamics.state import Dials, State
from cisim.errors import InputError
from cisim.scenario import Scenario, compile_dials, compile_events
from cisim.seeds import LARGEST, is_seed
from cisim.threads import checked_threads, share_out

#: Compiled code does not see Ctrl-C: it works in blocks of about this many organisation- and tie-months (under 0.1 s).
BLOCK = 40_000
#: Says at level INFO when the model is about to be compiled, which takes a while.
LOG = logging.getLogger(__name__)
#: A file of this name in the cache folder says that everything in it is complete.
MARK = "engine-compiled"


class CompiledScenario(NamedTuple):
    """A scenario as the engine reads it."""

    roster: Roster  #: who takes part
    plan: Dials  #: (dials,) before any event
    events: NDArray[Any]  #: (events,) of state.EVENT
    actions: NDArray[Any]  #: (actions,) of state.ACTION
    measures: tuple[Measure, ...]  #: the columns of a record
    months: int  #: the horizon


def compile_scenario(scenario: Scenario, known: Roster | None = None) -> CompiledScenario:
    """Read a checked scenario, with its roster if that is not known, once for all its runs; refuse unknown names in events."""
    roster = read_roster(scenario) if known is None else known
    measures = measures_of(scenario.outcome_names, roster.sector_names, scenario.group_names)
    events, actions = compile_events(scenario, roster.names, [measure.name for measure in measures])
    return CompiledScenario(roster, compile_dials(scenario), events, actions, measures, scenario.months)


def simulate(
    scenario: Scenario,
    seeds: Sequence[int] | NDArray[np.uint64],
    *,
    threads: int | None = None,
    stages: Mapping[str, Stage] | None = None,
    on_progress: Callable[[int], None] | None = None,
    roster: Roster | None = None,
) -> NDArray[np.float64]:
    """Run a scenario once for each of the seeds, (runs,), from 0 to 2^64 - 1; each run depends on its own seed alone.

    `threads`, `stages` and `on_progress` (called in this thread) are as in `cisim.run`; `roster` is the scenario's, if it was
    read before.

    Returns:
        (runs, months + 1, measures) float64, in the order of `compile_scenario(scenario).measures`; row 0 of each run is month 0.

    Raises:
        InputError: the scenario, a file it names, or an argument is wrong.
        KeyboardInterrupt: Ctrl-C; the runs at work stop within a tenth of a second.
    """
    compiled = compile_scenario(scenario, roster)
    numbers = checked_seeds(seeds)
    workers = checked_threads(threads)
    loop = advance_with(stages)
    values = np.empty((len(numbers), compiled.months + 1, len(compiled.measures)))
    stop = Event()
    finished = 0

    def run_rows(rows: range) -> int:
        for row in rows:
            if stop.is_set():
                break
            run_one(scenario, compiled, numbers[row], loop, values[row], stop)
        return len(rows)

    def count(runs: int) -> None:
        nonlocal finished
        finished += runs
        if on_progress:
            on_progress(finished)

    if numbers:
        compile_once(lambda: run_rows(range(1)), kept=not stages)
        count(1)
    share = max(1, min(16, (len(numbers) - 1) // (4 * workers)))
    parts = [range(start, min(start + share, len(numbers))) for start in range(1, len(numbers), share)]
    if workers == 1 or len(parts) < 2:
        for part in parts:
            count(run_rows(part))
    else:
        share_out(run_rows, parts, workers, stop, count)
    return values


def run_one(
    scenario: Scenario,
    compiled: CompiledScenario,
    seed: int,
    loop: Advance,
    records: NDArray[np.float64],
    stop: Event | None = None,
    *,
    pauses: Sequence[int] = (),
    look: Callable[[State, int], bool] | None = None,
) -> State:
    """Run one seed to the horizon, or until `stop` is set or `look` returns True, and return the state at the end.

    The rows of `records`, (months + 1, measures), are written. `look` is called with state and month at the end of each block, of the
    months `pauses` (ascending) and of the last month; it changes no bit where the loop pauses.
    """
    coalition = draw(scenario, compiled.roster, seed)
    state = initial_state(coalition, scenario, compiled.plan, len(compiled.events))
    plan, dials = compiled.plan.copy(), compiled.plan.copy()
    block = max(1, BLOCK // (len(state.organisations) + len(state.ties)))
    first = 0
    while first <= compiled.months and not (stop is not None and stop.is_set()):
        last = min(first + block - 1, compiled.months)
        pause = bisect_left(pauses, first)
        if pause < len(pauses):
            last = min(last, pauses[pause])
        loop(state, plan, dials, compiled.events, compiled.actions, np.uint64(seed), first, last, records)
        if look is not None and look(state, last):
            break
        first = last + 1
    return state


def is_compiled() -> bool:
    """Return whether the machine code of these sources is kept on this machine, so that the first run starts at once."""
    return (cache_folder() / MARK).exists()


def compile_once(first_use: Callable[[], object], *, kept: bool) -> None:
    """Let one process compile by calling `first_use`, while the others wait for what it keeps; no wait if nothing is `kept`."""
    with quick_compilation():
        if not kept or is_compiled():
            first_use()
            return
        LOG.info("compiling")
        folder = cache_folder()
        lock = FileLock(folder / "compile.lock")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError:  # nowhere to keep it (a read-only home): compile in memory, in every process
            first_use()
            return
        try:
            first_use()
            (folder / MARK).touch()
        finally:
            lock.release()


def checked_seeds(seeds: Sequence[int] | NDArray[np.uint64]) -> list[int]:
    """Return the seeds as integers; refuse what is none from 0 to 2^64 - 1."""
    for seed in seeds:
        if not is_seed(seed):
            raise InputError(f"seed {seed!r}: must be an integer from 0 to {LARGEST}")
    return [int(seed) for seed in seeds]
