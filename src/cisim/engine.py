"""Engine: runs of a scenario for many seeds, in threads.

A run is the coalition drawn for its seed, its initial state, and the compiled month loop. It depends on the scenario and the seed
alone; the interpreter is free while it runs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from threading import Event
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from filelock import FileLock
from numba.core.errors import NumbaError
from numpy.typing import NDArray

from cisim.announce import FIRST, LOG, OWN, announced
from cisim.coalition import Roster
from cisim.coalition import roster as read_roster
from cisim.coalition.generate import founded
from cisim.coalition.given import Given, given_of
from cisim.dynamics.check import OutOfBounds, fault_of
from cisim.dynamics.compiled import cache_folder, quick_compilation
from cisim.dynamics.measures import Measure
from cisim.dynamics.mechanism import Stage, own_fields, own_numbers
from cisim.dynamics.month import Advance, advance_with, refusals, rivals_of
from cisim.dynamics.stages import STAGE_NAMES
from cisim.dynamics.state import Dials, State
from cisim.errors import InputError
from cisim.failures import UNKNOWN, RunFailed, failure_of, locate, refusal
from cisim.scenario import Scenario, compile_dials, compile_events, for_run
from cisim.seeds import LARGEST, is_seed
from cisim.threads import checked_threads, share_out

#: A user's function of state and month that gives a number.
Reporter = Callable[[State, int], float]
#: Compiled code does not see Ctrl-C: it works in blocks of about this many organisation- and tie-months (under 0.1 s).
BLOCK = 40_000
#: A file of this name in the cache folder says that everything in it is complete.
MARK = "engine-compiled"


def report(reporters: Mapping[str, Reporter], state: State, month: int) -> list[float]:
    """Ask a user's reporters for their numbers; they may look at the state and not change it.

    Raises:
        RunFailed: one raises, or gives no number.
    """
    guarded, values = State._make(part.view() for part in state), []
    for view in guarded:
        view.flags.writeable = False
    for name, reporter in reporters.items():
        try:
            values.append(float(reporter(guarded, month)))
        except Exception as error:
            raise failure_of(f"reporter {name}", month, error) from error
    return values


class CompiledScenario(NamedTuple):
    """A scenario as the engine reads it."""

    roster: Roster  #: who takes part
    given: Given  #: the same as the drawing of a coalition reads it, with outcomes and groups
    plan: Dials  #: (dials,) before any event, distributions at their centres; a user's own parameters are the last
    events: NDArray[Any]  #: (events,) of state.EVENT
    actions: NDArray[Any]  #: (actions,) of state.ACTION
    measures: tuple[Measure, ...]  #: the columns of a record
    months: int  #: the horizon
    fields: Mapping[str, float] = MappingProxyType({})  #: a user's own of organisations, with their first values


def compile_scenario(
    scenario: Scenario,
    known: Roster | None = None,
    parameters: Mapping[str, float] | None = None,
    fields: Mapping[str, float] | None = None,
) -> CompiledScenario:
    """Read a checked scenario, with its roster if that is not known, once for all its runs; refuse unknown names in events.

    `parameters` and `fields` are a user's own, for rival stages.
    """
    roster = read_roster(scenario) if known is None else known
    measures = scenario.measures(roster.sector_names)
    events, actions = compile_events(scenario, roster.names, [measure.name for measure in measures])
    plan = np.append(compile_dials(scenario), [*own_numbers("parameters", parameters).values()])
    given = given_of(scenario, roster)
    return CompiledScenario(roster, given, plan, events, actions, measures, scenario.months, own_fields(fields))


def simulate(
    scenario: Scenario,
    seeds: Sequence[int] | NDArray[np.uint64],
    *,
    threads: int | None = None,
    stages: Mapping[str, Stage] | None = None,
    parameters: Mapping[str, float] | None = None,
    fields: Mapping[str, float] | None = None,
    reporters: Mapping[str, Reporter] | None = None,
    on_progress: Callable[[int], None] | None = None,
    roster: Roster | None = None,
) -> NDArray[np.float64]:
    """Run a scenario once for each of the seeds, (runs,), from 0 to 2^64 - 1; each run depends on its own seed alone.

    `threads`, `on_progress` (called in this thread) and what is the user's own are as in `cisim.run`; `roster` is the scenario's, if
    it was read before.

    Returns:
        (runs, months + 1, measures) float64, in the order of `compile_scenario(scenario).measures`, and then of the reporters; row 0
        of each run is month 0.

    Raises:
        InputError: the scenario, a file it names, or an argument is wrong; or a user's stage or reporter raises, which is the cause,
            or a stage leaves a value out of bounds.
        KeyboardInterrupt: Ctrl-C; the runs at work stop within a tenth of a second.
    """
    compiled = compile_scenario(scenario, roster, parameters, fields)
    numbers = checked_seeds(seeds)
    workers = checked_threads(threads)
    loop = advance_with(stages, parameters or ())
    own, width = reporters or {}, len(compiled.measures)
    values = np.empty((len(numbers), compiled.months + 1, width + len(own)))
    stop = Event()
    finished = 0

    def run_reported(row: int) -> None:
        records = np.empty((compiled.months + 1, width))

        def look(state: State, month: int) -> bool:
            values[row, month, width:] = report(own, state, month)
            return False

        every = range(compiled.months + 1)
        run_one(scenario, compiled, numbers[row], loop, records, stop, pauses=every, look=look)
        values[row, :, :width] = records

    def failure_in(row: int, error: Exception) -> RunFailed | None:
        """Return the failure of what is the user's own, with what was raised as its cause; None of any other."""
        if isinstance(error, RunFailed):
            return error
        if not rivals_of(loop) or isinstance(error, (InputError, NumbaError)):
            return None
        failure = failure_of("months", UNKNOWN, error)
        if failure.stage != "memory":
            failure = failure.located(locate(scenario, compiled, numbers[row], loop, compiled.months, stop))
        failure.__cause__ = error
        return failure

    def run_rows(rows: range) -> int:
        for row in rows:
            if stop.is_set():
                break
            try:
                if own:
                    run_reported(row)
                else:
                    run_one(scenario, compiled, numbers[row], loop, values[row], stop)
            except Exception as error:
                if (failure := failure_in(row, error)) is None:
                    raise
                raise refusal(numbers[row], failure) from failure.__cause__
        return len(rows)

    def count(runs: int) -> None:
        nonlocal finished
        finished += runs
        if on_progress:
            on_progress(finished)

    if numbers:
        compile_loop(loop, compiled, lambda: run_rows(range(1)))
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

    Raises RunFailed where a user's stage leaves a value out of bounds.

    The rows of `records`, (months + 1, measures), are written. `look` is called with state and month at the end of each block, of the
    months `pauses` (ascending) and of the last month; it changes no bit where the loop pauses.
    """
    plan = for_run(scenario, compiled.plan, seed)
    state = founded(compiled.given, plan, seed, len(compiled.events), compiled.fields)
    dials = plan.copy()
    block = max(1, BLOCK // (len(state.organisations) + len(state.ties)))
    first = 0
    while first <= compiled.months and not (stop is not None and stop.is_set()):
        last = min(first + block - 1, compiled.months)
        pause = bisect_left(pauses, first)
        if pause < len(pauses):
            last = min(last, pauses[pause])
        try:
            loop(state, plan, dials, compiled.events, compiled.actions, np.uint64(seed), first, last, records)
        except OutOfBounds as error:
            number, month = error.args
            fault = fault_of(state, compiled.roster.names) or ""
            raise RunFailed(STAGE_NAMES[number], int(month), fault) from None
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
        LOG.info(FIRST)
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


def compile_loop(loop: Advance, compiled: CompiledScenario, first_use: Callable[[], object]) -> None:
    """Compile a loop by calling `first_use`, which runs such a scenario; InputError names users' stages that do not compile."""
    own = "stages" if rivals_of(loop) else "fields" if compiled.fields else ""
    try:
        # Where nothing is a user's own, the first use is announced, and the others find the code that it kept.
        with announced(loop, OWN.format(own)) if own else nullcontext():
            compile_once(first_use, kept=not own)
    except Exception as error:
        if not rivals_of(loop):
            raise
        state = founded(compiled.given, compiled.plan, 0, 0, compiled.fields)
        if problems := refusals(loop, state, compiled.plan):
            raise InputError(problems) from error
        raise


def checked_seeds(seeds: Sequence[int] | NDArray[np.uint64]) -> list[int]:
    """Return the seeds as integers; refuse what is none from 0 to 2^64 - 1."""
    for seed in seeds:
        if not is_seed(seed):
            raise InputError(f"seed {seed!r}: must be an integer from 0 to {LARGEST}")
    return [int(seed) for seed in seeds]
