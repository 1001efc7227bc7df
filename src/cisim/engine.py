"""The engine: the month as a sequence of stages, compiled, and an ensemble of runs in threads.

`advance` is the whole month loop in machine code; `simulate` draws each run's coalition, founds its state and advances it, many
runs at a time, with the interpreter free. The result depends on the scenario and the seeds alone.
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

from cisim.coalition import Roster, roster
from cisim.coalition.draw import draw
from cisim.dynamics.compiled import cache_folder, quick_compilation
from cisim.dynamics.founding import initial_state
from cisim.dynamics.measures import Measure, measures_of
from cisim.dynamics.month import Advance, Stage, advance_with
from cisim.dynamics.state import State
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
    """A scenario as the engine reads it.

    Attributes:
        roster: who takes part.
        plan: (dials,) float64, the row of settings.
        events: (events,) of layout.EVENT.
        actions: (actions,) of layout.ACTION.
        measures: the columns of a record.
        months: the horizon.
    """

    roster: Roster
    plan: NDArray[np.float64]
    events: NDArray[Any]
    actions: NDArray[Any]
    measures: tuple[Measure, ...]
    months: int


def compile_scenario(scenario: Scenario, known: Roster | None = None) -> CompiledScenario:
    """Read a scenario once for all its runs.

    Args:
        scenario: a checked scenario.
        known: its roster, if it was read before.

    Raises:
        InputError: a coalition file is wrong, or an event names an unknown organisation or measure.
    """
    who = roster(scenario) if known is None else known
    measures = measures_of(scenario.outcome_names, who.sector_names)
    names = [measure.name for measure in measures]
    events, actions = compile_events(scenario, who.names, names)
    return CompiledScenario(who, compile_dials(scenario), events, actions, measures, scenario.months)


def simulate(
    scenario: Scenario,
    seeds: Sequence[int] | NDArray[np.uint64],
    *,
    threads: int | None = None,
    stages: Mapping[str, Stage] | None = None,
    on_progress: Callable[[int], None] | None = None,
    roster: Roster | None = None,
) -> NDArray[np.float64]:
    """Run a scenario once for each seed.

    Args:
        scenario: a checked scenario.
        seeds: (runs,) integers from 0 to 2^64 - 1; each run depends on its own seed alone.
        threads: how many threads work; all processors by default. It changes no bit of the result.
        stages: stages to replace, by name (see `advance_with`).
        on_progress: called with the number of finished runs, now and then, in the calling thread.
        roster: the scenario's roster, if it was read before.

    Returns:
        (runs, months + 1, measures) float64, in the order of `compile_scenario(scenario).measures`; row 0 of each run is the founding.

    Raises:
        InputError: the scenario, a file it names, or an argument is wrong.
        KeyboardInterrupt: Ctrl-C; the runs at work stop within a tenth of a second.
    """
    settings = compile_scenario(scenario, roster)
    numbers = checked_seeds(seeds)
    workers = checked_threads(threads)
    loop = advance_with(stages)
    values = np.empty((len(numbers), settings.months + 1, len(settings.measures)))
    stop = Event()

    def work(rows: range) -> int:
        for row in rows:
            if stop.is_set():
                break
            run_one(scenario, settings, numbers[row], loop, values[row], stop)
        return len(rows)

    if len(numbers) == 0:
        return values
    finished = 0

    def count(runs: int) -> None:
        nonlocal finished
        finished += runs
        if on_progress:
            on_progress(finished)

    compile_once(lambda: work(range(1)), kept=not stages)
    count(1)
    share = max(1, min(16, (len(numbers) - 1) // (4 * workers)))
    parts = [range(start, min(start + share, len(numbers))) for start in range(1, len(numbers), share)]
    if workers == 1 or len(parts) < 2:
        for part in parts:
            count(work(part))
    else:
        share_out(work, parts, workers, stop, count)
    return values


def run_one(
    scenario: Scenario,
    settings: CompiledScenario,
    seed: int,
    loop: Advance,
    records: NDArray[np.float64],
    stop: Event | None = None,
    *,
    pauses: Sequence[int] = (),
    look: Callable[[State, int], bool] | None = None,
) -> State:
    """Run one seed from the founding to the horizon, or until `stop` is set or `look` has seen enough.

    Args:
        scenario: the scenario that `settings` were read from.
        settings: see `compile_scenario`.
        seed: the run's seed.
        loop: `advance`, or what `advance_with` gave.
        records: (months + 1, measures), written.
        stop: set by another thread to end the run early.
        pauses: months, in their order, at whose end `look` is called besides the engine's own pauses; they change no bit.
        look: called with the state and the month at each pause, which the last month is; True ends the run.

    Returns:
        The state at the end.
    """
    coalition = draw(scenario, settings.roster, seed)
    state = initial_state(coalition, scenario, settings.plan, settings.events.shape[0])
    plan, dials = settings.plan.copy(), settings.plan.copy()
    block = max(1, BLOCK // (state.organisations.shape[0] + state.ties.shape[0]))
    first = 0
    while first <= settings.months and not (stop is not None and stop.is_set()):
        last = min(first + block - 1, settings.months)
        pause = bisect_left(pauses, first)
        if pause < len(pauses):
            last = min(last, pauses[pause])
        loop(state, plan, dials, settings.events, settings.actions, np.uint64(seed), first, last, records)
        if look is not None and look(state, last):
            break
        first = last + 1
    return state


def is_compiled() -> bool:
    """Whether the machine code of these sources is kept on this machine, so that the first run starts at once."""
    return (cache_folder() / MARK).exists()


def compile_once(first_use: Callable[[], object], *, kept: bool) -> None:
    """Let one process compile and the others wait for what it keeps.

    Args:
        first_use: something that calls all compiled functions once.
        kept: the compiled code goes to the disk; else there is nothing to wait for.
    """
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
    """The seeds as integers.

    Raises:
        InputError: one is not an integer from 0 to 2^64 - 1.
    """
    numbers = list(seeds)
    for seed in numbers:
        if not is_seed(seed):
            raise InputError(f"seed {seed!r}: must be an integer from 0 to {LARGEST}")
    return [int(seed) for seed in numbers]
