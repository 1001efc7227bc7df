"""Running plans: worlds drawn from the guesses, in each of which all plans meet the same luck, until their order is settled.

What is done is kept in a folder, a part for each batch of worlds, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Event

import numpy as np

from cisim.dynamics.measures import Measure
from cisim.engine import simulate
from cisim.ensemble import INDICATOR, check_memory
from cisim.errors import Problems
from cisim.plan import BATCH, PRECISION, RUNS, WORLDS
from cisim.plan.costs import Spending, same_money, spending
from cisim.plan.deciding import Settlement, settle
from cisim.plan.guesses import draw
from cisim.plan.history import trends, with_trends
from cisim.plan.spec import Plan, Plans
from cisim.plan.store import Store, identity
from cisim.plan.words import plural_posts
from cisim.plan.worlds import Task, kept_measures, one_world
from cisim.report.format import duration, money
from cisim.scenario import FieldInfo, Scenario
from cisim.seeds import check as check_seeds
from cisim.seeds import run_seeds_of
from cisim.threads import checked_threads, share_out
from cisim.uncertainty import Floats, moments

#: Worlds before the first look at the order, and that one call may ask for.
FIRST_LOOK, MOST_WORLDS = 40, 10_000
#: Runs of a plan as the file has it, from which its money is counted.
PILOT = 20
#: Posts of services at most, as `funder.services` allows.
MOST_POSTS = 1_000_000


@dataclass(frozen=True, eq=False)
class PlanResults:
    """What the plans came to, in worlds that were drawn from the guesses."""

    plans: Plans
    strategies: tuple[Plan, ...]  #: nothing new, the same money on services, and the plans of the file
    measures: tuple[Measure, ...]  #: kept, of the last axis of `values`
    #: (worlds, plans, runs, months + 1, measures), NaN where a measure has no meaning; run r of a world met the same luck in all plans.
    values: Floats
    guesses: Floats  #: (worlds, factors), what each world drew
    spent: tuple[Spending, ...]  #: money of each plan, with the base's own values
    seed: int
    precision: float  #: differences of progress below this count as equal, a share of the gap
    settled: Settlement  #: between each two plans, of progress at the end

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the plans: nothing new, the same money on services, and those of the file."""
        return tuple(plan.name for plan in self.strategies)

    @property
    def factors(self) -> tuple[FieldInfo, ...]:
        """The guessed fields, of the last axis of `guesses`."""
        return tuple(guess.info for guess in self.plans.guesses)

    @property
    def months(self) -> int:
        """Months of a run."""
        return self.plans.base.months

    def measure(self, name: str) -> Floats:
        """Look up a kept measure: (worlds, plans, runs, months + 1)."""
        return self.values[..., [measure.name for measure in self.measures].index(name)]

    def verdict(self, one: str, other: str) -> str:
        """Judge a plan against another: "ahead", "behind", "equal" (within the precision) or "open"."""
        return str(self.settled.verdicts[self.names.index(one), self.names.index(other)])

    def interval(self, one: str, other: str) -> tuple[float, float]:
        """Look up the interval of a mean difference that holds whenever one looks, for all pairs at once."""
        at = self.names.index(one), self.names.index(other)
        return float(self.settled.low[at]), float(self.settled.high[at])

    @cached_property
    def progress(self) -> Floats:
        """Progress at the end: (worlds, plans, runs)."""
        return self.measure("progress")[..., -1]


def run(
    plans: Plans,
    *,
    folder: Path | None = None,
    worlds: int = WORLDS,
    runs: int = RUNS,
    seed: int = 1,
    precision: float = PRECISION,
    overwrite: bool = False,
    threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> PlanResults:
    """Run all plans in worlds drawn from the guesses, until their order is settled or `worlds` are done.

    Args:
        plans: of a plan file.
        folder: where finished worlds are kept, and taken from when the same is asked again; None: nowhere.
        worlds: at most so many; rounded up to whole batches.
        runs: of each plan in a world.
        seed: of the worlds and of the runs, as in `cisim.run`.
        precision: differences of progress that count as equal, percentage points.
        overwrite: replace results in the folder that are of something else.
        threads: how many to use; all processors by default. It changes no bit.
        on_progress: called now and then with the number of worlds that are done.

    Raises:
        InputError: an argument is wrong, or the folder holds results of something else.
        KeyboardInterrupt: Ctrl-C; finished batches are kept.
    """
    check_request(worlds, runs, precision)
    batches = -(-worlds // BATCH)
    check_seeds(seed, batches * BATCH * runs)
    measures, columns = kept_measures(plans.base, plans.roster.sector_names)
    expected = (BATCH, len(plans.given) + 2, runs, plans.base.months + 1, len(measures))
    check_memory(batches * int(np.prod(expected)) * 8)
    strategies, spent = with_services(plans, threads)
    task = Task(strategies, plans, columns, runs, seed)
    store = Store(folder, identity(task), overwrite=overwrite) if folder is not None else None
    done: dict[int, Floats] = {}
    place = [measure.name for measure in measures].index("progress")

    def make(batch: int) -> tuple[int, Floats]:
        if store is not None and (kept := store.read(batch, expected)) is not None:
            return batch, kept
        worlds = range(batch * BATCH, (batch + 1) * BATCH)
        # Once Ctrl-C was pressed, nobody takes the result.
        return batch, np.stack([one_world(task, world) for world in worlds if not stop.is_set()] or [np.empty(0)])

    def keep(result: tuple[int, Floats]) -> None:
        batch, values = result
        if store is not None:
            store.write(batch, values)
        done[batch] = values
        if on_progress is not None:
            on_progress(len(done) * BATCH)

    workers, looks = checked_threads(threads), min(batches, FIRST_LOOK // BATCH)
    while True:
        if len(done) < looks:
            stop = Event()
            share_out(make, range(len(done), max(looks, min(batches, len(done) + workers))), workers, stop, keep)
        # One looks after each batch, whatever more the threads have done by then: they change no bit.
        ends = np.concatenate([done[batch][..., -1, place] for batch in range(looks)])
        outcome = settle(ends.mean(axis=2), precision / 100)
        if outcome.settled or looks == batches:
            break
        looks += 1
    values = np.concatenate([done[batch] for batch in range(looks)])
    guesses = np.stack([draw(plans.guesses, world, seed) for world in range(len(values))])
    return PlanResults(plans, strategies, measures, values, guesses, spent, seed, precision / 100, outcome)


def check_request(worlds: int, runs: int, precision: float) -> None:
    """Reject numbers of worlds or runs, or a precision, that are none; report all."""
    problems = Problems()
    if isinstance(worlds, bool) or not isinstance(worlds, int) or not 2 <= worlds <= MOST_WORLDS:
        problems.append(f"worlds = {worlds!r}: must be a whole number from 2 to {MOST_WORLDS}")
    if isinstance(runs, bool) or not isinstance(runs, int) or not 2 <= runs <= 1000:
        problems.append(
            f"runs = {runs!r}: must be a whole number from 2 to 1000: with fewer than 2 nobody knows what is luck"
        )
    if not 0 < precision <= 100:
        problems.append(f"precision = {precision!r}: must be a number of percentage points above 0, at most 100")
    problems.check()


# --- the plans that are run ---------------------------------------------------------------------------


def with_services(plans: Plans, threads: int | None = None) -> tuple[tuple[Plan, ...], tuple[Spending, ...]]:
    """Add what is always compared: nothing new, and the same money on services; with the money that each plan takes.

    The money is that of the plan that takes most; posts of services are paid from it in equal numbers in every month.
    """
    costs, months = plans.costs, plans.base.months
    strategies = [plans.nothing_new, *plans.given.values()]
    spent = [spending_of(plan, plans, threads) for plan in strategies]
    total = max(
        each.total for each, plan in zip(spent, strategies, strict=True) if plan.name in plans.given and not plan.risk
    )
    posts = round(same_money(total, costs, months), 3)
    words = (
        f"the most that a plan takes, {money(total, costs.currency)} in {duration(months)}, pays {plural_posts(posts)} of services at the "
        "partners throughout"
    )
    services = plans.services(posts, words)
    return (strategies[0], services, *strategies[1:]), (spent[0], spending_of(services, plans, threads), *spent[1:])


def spending_of(plan: Plan, plans: Plans, threads: int | None = None) -> Spending:
    """Count the money that a plan takes, in the mean of some runs with the base's own values."""
    scenario = _settled(plan.scenario)
    records = simulate(scenario, run_seeds_of(1, PILOT), threads=threads, roster=plans.roster)
    measures = scenario.measures(plans.roster.sector_names)
    return spending(plans.costs, scenario, measures, moments(records).mean)


def base_trends(plans: Plans) -> dict[str, float]:
    """Solve for the trends of outcomes with a history, with the base's own values: indicator/month, by path."""
    if not plans.histories:
        return {}
    scenario = _settled(plans.nothing_new.scenario)
    return trends(scenario, plans.histories, run_seeds_of(1, PILOT), plans.roster)


def nothing_new_ends(plans: Plans, found: Mapping[str, float]) -> dict[str, float]:
    """Run nothing new with the base's own values and trends that were solved for: mean indicator in the last month, by outcome."""
    scenario = with_trends(_settled(plans.nothing_new.scenario), found)
    records = simulate(scenario, run_seeds_of(1, PILOT), roster=plans.roster)
    names = [measure.name for measure in scenario.measures(plans.roster.sector_names)]
    return {name: float(records[:, -1, names.index(INDICATOR + name)].mean()) for name in scenario.outcome_names}


def _settled(scenario: Scenario) -> Scenario:
    """Put the middle of each range in its place."""
    return scenario.settled({path: of.centre for path, of in scenario.distributions.items()})
