"""Running plans: worlds drawn from the guesses, in each of which all plans meet the same luck, until their order is settled.

What is done is kept in a folder, a part for each batch of worlds, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import roster as read_roster
from cisim.dynamics.digest import model_digest
from cisim.dynamics.measures import Measure
from cisim.engine import simulate
from cisim.ensemble import INDICATOR, check_memory
from cisim.errors import InputError, Problems, writing
from cisim.files import check_folder, read_bytes, replace_file
from cisim.plan import BATCH, PRECISION, RUNS, WORLDS
from cisim.plan.costs import Spending, same_money, spending
from cisim.plan.deciding import Settlement, settle
from cisim.plan.guesses import draw
from cisim.plan.history import trends, with_trends
from cisim.plan.spec import Plan, Plans
from cisim.plan.words import plural_posts
from cisim.plausible import bent, of_type
from cisim.report.format import duration, money
from cisim.scenario import FieldInfo, Scenario
from cisim.seeds import check as check_seeds
from cisim.seeds import consecutive, first_run_seed, run_seeds_of
from cisim.threads import checked_threads, share_out
from cisim.uncertainty import moments

Floats = NDArray[np.float64]

#: Worlds before the first look at the order, and that one call may ask for.
FIRST_LOOK, MOST_WORLDS = 40, 10_000
#: Runs of a plan as the file has it, from which its money is counted.
PILOT = 20
#: What is kept of each run and month, besides indicators.
KEPT = (
    *("progress", "goal_alignment", "commitment", "awareness", "practice_quality", "working_ties", "trust", "members"),
    *("staff_at_work", "resources", "grants", "levy", "overhead", "alive"),
    *("achieved.agenda", "achieved.measurement", "achieved.activities", "achieved.communication", "achieved.backbone"),
)
#: Of a part: the largest file that is read.
LARGEST = 500_000_000
#: Bytes of a part that are no values, at most.
HEADERS = 10_000
MANIFEST = "plan-results.json"


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

    @cached_property
    def progress(self) -> Floats:
        """Progress at the end: (worlds, plans, runs)."""
        return self.measure("progress")[..., -1]


class Task(NamedTuple):
    """What all worlds have in common."""

    strategies: tuple[Plan, ...]
    plans: Plans
    columns: NDArray[np.int64]  #: of the kept measures in a record
    runs: int
    seed: int


def kept_measures(scenario: Scenario, sectors: Sequence[str]) -> tuple[tuple[Measure, ...], NDArray[np.int64]]:
    """List the measures that are kept, and where they stand in a record."""
    groups = {f"progress.{name}" for name in scenario.group_names} | {"gap", "engagement"}
    chosen = [
        (measure, column)
        for column, measure in enumerate(scenario.measures(sectors))
        if measure.name in KEPT or measure.name.startswith(INDICATOR) or measure.name in groups
    ]
    return tuple(measure for measure, _ in chosen), np.array([column for _, column in chosen])


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
    _check(worlds, runs, precision)
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


def _check(worlds: int, runs: int, precision: float) -> None:
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

    The money is that of the budget, if the file gives one, else that of the plan that takes most; posts of services are paid from it in
    equal numbers in every month.
    """
    costs, months = plans.costs, plans.base.months
    strategies = [plans.nothing_new, *plans.given.values()]
    spent = [spending_of(plan, plans, threads) for plan in strategies]
    budget = costs.budget_in_all or (costs.budget * months / 12 if costs.budget else None)
    total = budget if budget is not None else max(each.total for each in spent[1:])
    posts = round(same_money(total, costs, months), 3)
    what = "the budget of" if budget is not None else "the most that a plan takes,"
    words = f"{what} {money(total, costs.currency)} in {duration(months)}, pays {plural_posts(posts)} of services at the partners throughout"
    services = plans.services(posts, words)
    return (strategies[0], services, *strategies[1:]), (spent[0], spending_of(services, plans, threads), *spent[1:])


def spending_of(plan: Plan, plans: Plans, threads: int | None = None) -> Spending:
    """Count the money that a plan takes, in the mean of some runs with the base's own values."""
    scenario = _settled(plan.scenario)
    records = simulate(scenario, run_seeds_of(1, PILOT), threads=threads, roster=roster_of(plan, plans))
    measures = scenario.measures(plans.roster.sector_names)
    return spending(plans.costs, scenario, measures, moments(records).mean)


def base_trends(plans: Plans) -> dict[str, float]:
    """Solve for the trends of outcomes with a history, with the base's own values: indicator/month, by path."""
    if not plans.histories:
        return {}
    scenario = _settled(plans.nothing_new.scenario)
    return trends(scenario, plans.histories, run_seeds_of(1, PILOT), plans.roster)


def _settled(scenario: Scenario) -> Scenario:
    """Put the middle of each range in its place."""
    return scenario.settled({path: of.centre for path, of in scenario.distributions.items()})


def roster_of(plan: Plan, plans: Plans) -> Any:
    """Read the roster of a plan that names other partners than the base; that of the base otherwise."""
    own = plan.scenario.coalition
    same = (own.file, own.ties, own.organisations) == (
        plans.base.coalition.file, plans.base.coalition.ties, plans.base.coalition.organisations,
    )  # fmt: skip
    return plans.roster if same else read_roster(plan.scenario)


# --- one world ----------------------------------------------------------------------------------------


def one_world(task: Task, world: int) -> Floats:
    """Run every plan in one world: (plans, runs, months + 1, measures)."""
    seeds, here = world_seeds(task, world), in_world(task, world)
    return np.stack(
        [
            simulate(scenario, seeds, threads=1, roster=roster_of(plan, task.plans))[..., task.columns]
            for plan, scenario in zip(task.strategies, here, strict=True)
        ]
    )


def world_seeds(task: Task, world: int) -> NDArray[np.uint64]:
    """List the run seeds of a world: (runs,)."""
    return consecutive(first_run_seed(task.seed) + world * task.runs, task.runs)


def in_world(task: Task, world: int) -> list[Scenario]:
    """Make the plans' scenarios as they are in one world: with what it drew, and with trends by which nothing new goes on as before."""
    settings, found = conditions(task, world)
    return [placed(plan.scenario, settings, found) for plan in task.strategies]


def conditions(task: Task, world: int) -> tuple[dict[str, Any], dict[str, float]]:
    """Tell what a world draws, and the trends by which the first of the plans, nothing new, goes on as before; both by path."""
    plans = task.plans
    drawn = draw(plans.guesses, world, task.seed)
    settings = {
        guess.path: of_type(guess.info, float(value)) for guess, value in zip(plans.guesses, drawn, strict=True)
    }
    if not plans.histories:
        return settings, {}
    # The history is this county's: whatever its runs drew of partners, doing nothing new would have led to it, but for chance.
    nothing_new = placed(task.strategies[0].scenario, settings, {})
    return settings, trends(nothing_new, plans.histories, world_seeds(task, world), plans.roster)


def placed(scenario: Scenario, settings: Mapping[str, Any], found: Mapping[str, float]) -> Scenario:
    """Put a plan's scenario into a world: what it drew, bent where the rules across fields ask for it, and its trends."""
    return with_trends(scenario.settled(bent(scenario, settings)), found)


# --- what is kept -------------------------------------------------------------------------------------


def identity(task: Task) -> str:
    """Hash all that decides the values: 32 hexadecimal digits."""
    plans = task.plans
    said = {
        "model": model_digest("plan"),
        "scenarios": {plan.name: plan.scenario.digest() for plan in task.strategies},
        "coalition": plans.roster.digest,
        "guesses": {guess.path: list(guess.range) for guess in plans.guesses},
        "histories": [[each.outcome.name, *each.years, *each.values] for each in plans.histories],
        "runs": task.runs,
        "seed": task.seed,
    }
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


class Store:
    """Folder of finished batches of worlds, all of one identity."""

    def __init__(self, folder: Path, named: str, *, overwrite: bool) -> None:
        self.folder, self.named = folder, named
        with writing(folder):
            if not folder.exists():
                check_folder(folder.parent)
                folder.mkdir()
            if not folder.is_dir():
                raise InputError(f"{folder}: is a file, not a folder")
        kept = self._manifest()
        if kept == named:
            return
        if kept is None and any(folder.iterdir()):
            raise InputError(f"{folder}: holds something else: choose another folder with --out")
        if kept is not None and not overwrite:
            words = "holds results of other plans, guesses or settings, or of another version of cisim"
            raise InputError(
                f"{folder}: {words}: cisim plan run --overwrite starts anew, --results chooses another folder"
            )
        with writing(folder):
            for part in folder.glob("worlds-*.npz"):
                part.unlink()
            text = json.dumps({"identity": named, "format": 1})
            replace_file(folder / MANIFEST, lambda file: file.write(text.encode()))

    def _manifest(self) -> str | None:
        """Return the identity of what the folder holds; None if it holds nothing of ours."""
        with suppress(InputError, ValueError, AttributeError):
            found = json.loads(read_bytes(self.folder / MANIFEST, 100_000)).get("identity")
            return found if isinstance(found, str) else ""
        return "" if (self.folder / MANIFEST).exists() else None

    def _path(self, batch: int) -> Path:
        return self.folder / f"worlds-{batch * BATCH:05d}.npz"

    def read(self, batch: int, shape: tuple[int, ...]) -> Floats | None:
        """Read a finished batch; None if it is not there, or is not whole: then it is made again."""
        with suppress(InputError, ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, MemoryError):
            content = io.BytesIO(read_bytes(self._path(batch), LARGEST))
            sizes = [info.file_size for info in zipfile.ZipFile(content).infolist()]
            if sum(sizes) > 8 * int(np.prod(shape)) + HEADERS:  # it would unpack to more than there can be
                return None
            with np.load(content, allow_pickle=False) as part:
                values = part["values"]
                whole = str(part["identity"]) == self.named and int(part["batch"]) == batch
            if whole and values.shape == shape and values.dtype == np.float64:
                return np.asarray(values)
        return None

    def write(self, batch: int, values: Floats) -> None:
        """Keep a finished batch, unless it is there."""
        path = self._path(batch)
        with writing(path):
            replace_file(
                path,
                lambda file: np.savez_compressed(file, values=values, identity=self.named, batch=batch),
                sweep=False,
            )
