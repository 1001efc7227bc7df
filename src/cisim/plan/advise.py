"""Advice: the plans within a budget that add most for their money, found over chosen levers and judged in worlds never met before.

The search tries combinations of the levers' values in a few worlds, all on the same luck, for two aims at once: little money, much added
progress. What looks best of many tries is partly lucky. So the combinations that no other one beats in both aims are run again, in
other worlds with other luck, and only that is told of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from threading import Event
from typing import Any, NamedTuple

import numpy as np

from cisim.engine import simulate
from cisim.errors import InputError, Problems
from cisim.plan import JUDGES, PRECISION, RUNS, TRIALS
from cisim.plan.costs import Spending, over_budget
from cisim.plan.deciding import Spread, spread
from cisim.plan.run import PlanResults, check_request, run, spending_of
from cisim.plan.spec import Plan, Plans, make_plan
from cisim.plan.worlds import Task, conditions, placed, world_seeds
from cisim.report.format import money
from cisim.scenario import parse_setting
from cisim.seeds import LARGEST_OF_ENSEMBLE
from cisim.seeds import check as check_seeds
from cisim.threads import checked_threads, share_out
from cisim.uncertainty import Floats, quantiles

#: Levers where none are named: what planners decide on first.
LEVERS = (
    "backbone.staff=0:4:0.5",
    "meet=never,quarterly,monthly,twice a month",
    "measurement.sharing=0,0.8",
    "extra_services=0:6:1",
)
#: Name of a plan that is tried.
LEVER = "lever"
#: Worlds that each combination meets.
SEARCH = 12
#: Proposals for each combination to try, at most; most combinations to try, most values of a lever, and most plans that are judged.
REPEATED, MOST_TRIALS, MOST_VALUES, MOST_JUDGED = 10, 5000, 100, 6
#: A robust plan is judged by what it adds in all worlds but this share.
BUT = 0.1
#: Added to the seed of the judging worlds.
OTHER_LUCK = 1


class Lever(NamedTuple):
    """Something that is decided on: a path of a field or a word of a plan, and the values that it may have."""

    name: str
    values: tuple[Any, ...]


class Tried(NamedTuple):
    """A combination, as the search saw it."""

    settings: Mapping[str, Any]  #: by lever
    cash: float  #: over all months
    added: float  #: progress more than with nothing new, a share of the gap, by the aim; on few worlds
    beyond: float  #: cash beyond the budget, in the worst year or in all; 0: within it


@dataclass(frozen=True, eq=False)
class Option:
    """A plan on the front, judged in worlds that had no part in finding it."""

    plan: Plan
    settings: Mapping[str, Any]  #: by lever
    spent: Spending
    added: Spread  #: progress more than with nothing new, a share of the gap
    floor: float  #: what it adds at least in nine of ten worlds
    promised: float  #: what the search saw, by the aim


@dataclass(frozen=True, eq=False)
class Advice:
    """The options that add most for their money, and what each trades."""

    levers: tuple[Lever, ...]
    robust: bool  #: the aim: what is added at least in nine of ten worlds, instead of the average
    tried: tuple[Tried, ...]  #: all combinations, each once
    options: tuple[Option, ...]  #: those that no other one beat in both aims, the cheapest first
    best: int  #: the option that adds most, by the aim
    enough: int  #: the cheapest option that these worlds do not tell from the best, or that equals it
    results: PlanResults  #: of the judging worlds

    def aim(self, option: Option) -> float:
        """Return what an option adds by the aim: on average, or at least in nine of ten worlds."""
        return option.floor if self.robust else option.added.mean


def advise(
    plans: Plans,
    levers: Sequence[str] = LEVERS,
    *,
    budget: float | None = None,
    robust: bool = False,
    trials: int = TRIALS,
    worlds: int = JUDGES,
    runs: int = RUNS,
    seed: int = 1,
    threads: int | None = None,
    on_trial: Callable[[int], None] | None = None,
    on_world: Callable[[int], None] | None = None,
) -> Advice:
    """Search the plans that add most for their money within a budget, and judge them in fresh worlds.

    The search is a tree of Parzen estimators over two aims (Ozaki, Tanigaki, Watanabe & Onishi 2020, GECCO, 533-541), of optuna; few
    combinations are all tried. It meets 12 worlds; the judging worlds are those of `run` with this seed, of which it has seen none.

    Args:
        plans: of a plan file; the levers change its base, and its own plans play no part.
        levers: NAME=LOW:HIGH:STEP or NAME=VALUE,VALUE,...; a name is a field's path or a word of a plan, such as `meet`.
        budget: cash over all months; by default, the budgets of the file, if it has any.
        robust: aim at what is added at least in nine of ten worlds, not at the average.
        trials: combinations to try.
        worlds: that judge, at most: it stops where the order of the options is settled.
        runs: of each plan in a world.
        seed: of the search and of the worlds; the same file and seed give the same advice.
        threads: how many to use; all processors by default. It changes no bit.
        on_trial: called with the number of combinations that are tried.
        on_world: called with the number of worlds that have judged.

    Raises:
        InputError: optuna is missing, an argument is wrong, a lever makes no plan, or none stays within the budget.
    """
    problems = Problems()
    if isinstance(trials, bool) or not isinstance(trials, int) or not 1 <= trials <= MOST_TRIALS:
        problems.append(f"trials = {trials!r}: must be a whole number from 1 to {MOST_TRIALS}")
    if budget is not None and not 0 < budget < math.inf:
        problems.append(f"budget = {budget!r}: must be an amount above 0")
    with problems.collected():
        check_request(worlds, runs, PRECISION)
    with problems.collected():
        check_seeds(seed, max(SEARCH, 2) * max(runs, 1))
    if seed == LARGEST_OF_ENSEMBLE:
        problems.append(f"seed = {seed}: must be below {LARGEST_OF_ENSEMBLE}: the search needs other luck")
    problems.check()
    chosen = read_levers(levers)
    if budget is not None:
        plans = replace(plans, costs=plans.costs.model_copy(update={"budget": None, "budget_in_all": float(budget)}))
    plans = _undecided(plans, chosen)
    tried = _search(plans, chosen, robust, trials, runs, seed, threads, on_trial)
    front = _front(tried)
    if not front:
        least = min(tried, key=lambda each: each.beyond)
        beyond = money(least.beyond, plans.costs.currency)
        raise InputError(f"no combination of the levers stays within the budget: the nearest one takes {beyond} more")
    given = {name: make_plan(plans, name, each.settings) for name, each in front.items()}
    results = run(
        replace(plans, given=given), worlds=worlds, runs=runs, seed=seed, precision=PRECISION, threads=threads,
        on_progress=on_world,
    )  # fmt: skip
    return _judged(chosen, robust, tried, front, results)


# --- levers -------------------------------------------------------------------------------------------


def read_levers(texts: Sequence[str]) -> tuple[Lever, ...]:
    """Read levers, NAME=LOW:HIGH:STEP or NAME=VALUE,VALUE,...; all that is wrong is told at once."""
    problems, levers = Problems(), dict[str, Lever]()
    for text in texts:
        with problems.collected():
            name, equals, values = (part.strip() for part in text.partition("="))
            if not equals or not name:
                raise InputError(
                    f"{text}: must be NAME=LOW:HIGH:STEP or NAME=VALUE,VALUE, such as backbone.staff=0:3:0.5"
                )
            if name in levers:
                raise InputError(f"{name}: is a lever twice")
            levers[name] = Lever(name, _range(name, values) if ":" in values else _listed(name, values))
    if not texts:
        problems.append("advice needs at least one lever")
    problems.check()
    return tuple(levers.values())


def _range(name: str, text: str) -> tuple[Any, ...]:
    parts = text.split(":")
    try:
        low, high, step = map(float, parts)
    except ValueError:
        raise InputError(f"{name}={text}: must be LOW:HIGH:STEP, three numbers") from None
    if not (math.isfinite(high - low) and low < high and 0 < step <= high - low):
        raise InputError(f"{name}={text}: LOW must be below HIGH, and STEP above 0 and at most their distance")
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > MOST_VALUES:
        raise InputError(f"{name}={text}: has {count} values, at most {MOST_VALUES} are allowed: take a larger step")
    values = [round(low + place * step, 12) for place in range(count)]
    whole = all(value.is_integer() for value in (low, step))
    return tuple(int(value) if whole else value for value in values)


def _listed(name: str, text: str) -> tuple[Any, ...]:
    values = tuple(parse_setting(f"{name}={part.strip()}")[1] for part in text.split(","))
    if len(values) < 2 or len(set(map(repr, values))) < len(values):
        raise InputError(f"{name}={text}: needs two or more values, each once")
    return values


def _undecided(plans: Plans, levers: Sequence[Lever]) -> Plans:
    """Check each value of each lever, and take what the levers decide from the guesses."""
    problems, decided = Problems(), set[str]()
    usual = {lever.name: lever.values[0] for lever in levers}
    for lever in levers:
        for value in lever.values:
            try:
                decided |= make_plan(plans, LEVER, {**usual, lever.name: value}).set
            except InputError as error:
                problems.extend(re.sub(rf"^plans\.{LEVER}(: |\.)", "lever ", problem) for problem in error.problems)
    problems.check()
    asked = [guess.path for guess in plans.guesses if guess.given and guess.path in decided]
    if asked:
        raise InputError(
            f"{', '.join(asked)}: cannot be a lever and a guess of the plan file: take it out of one of them"
        )
    return replace(plans, guesses=tuple(guess for guess in plans.guesses if guess.path not in decided))


# --- the search ---------------------------------------------------------------------------------------


def _search(
    plans: Plans,
    levers: Sequence[Lever],
    robust: bool,
    trials: int,
    runs: int,
    seed: int,
    threads: int | None,
    on_trial: Callable[[int], None] | None,
) -> tuple[Tried, ...]:
    """Try combinations, at least that of the first values of all levers, each once."""
    optuna = _optuna()
    quality = _quality(plans, robust, runs, seed + OTHER_LUCK, threads)
    sampler = optuna.samplers.TPESampler(seed=seed % 2**32)
    study = optuna.create_study(directions=["minimize", "maximize"], sampler=sampler)
    places = [range(len(lever.values)) for lever in levers]
    combinations = math.prod(map(len, places))
    first = product(*places) if combinations <= trials else [[0] * len(levers)]
    for each in first:
        study.enqueue_trial(dict(zip([lever.name for lever in levers], each, strict=True)))
    known = dict[tuple[int, ...], Tried]()
    # What was tried before is proposed again, the more often the less there is to gain.
    for _ in range(REPEATED * trials):
        trial = study.ask()
        at = tuple(trial.suggest_int(lever.name, 0, len(lever.values) - 1) for lever in levers)
        if at not in known:
            settings = {lever.name: lever.values[place] for lever, place in zip(levers, at, strict=True)}
            known[at] = quality(settings)
        trial.set_constraint("budget", known[at].beyond)
        study.tell(trial, (known[at].cash, known[at].added))
        if on_trial is not None:
            on_trial(len(known))
        if len(known) == min(trials, combinations):
            break
    return tuple(known.values())


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        install = "python -m uv sync --inexact --extra advice, in the copy of cisim"
        raise InputError(f"advice needs optuna: {install}") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _quality(
    plans: Plans, robust: bool, runs: int, seed: int, threads: int | None
) -> Callable[[Mapping[str, Any]], Tried]:
    """Prepare the worlds of the search, and return what tries a combination in them."""
    task = Task((plans.nothing_new,), plans, np.empty(0, dtype=np.int64), runs, seed)
    column = [measure.name for measure in plans.base.measures(plans.roster.sector_names)].index("progress")
    workers = checked_threads(threads)

    def in_worlds(plan: Plan, at: Sequence[tuple[Mapping[str, Any], Mapping[str, float]]]) -> Floats:
        means = np.empty(SEARCH)

        def one(world: int) -> tuple[int, float]:
            here, members = placed(plan.scenario, *at[world]), plans.roster
            records = simulate(here, world_seeds(task, world), threads=1, roster=members)
            return world, float(records[:, -1, column].mean())

        share_out(one, range(SEARCH), workers, Event(), lambda result: means.__setitem__(*result))
        return means

    worlds = [conditions(task, world) for world in range(SEARCH)]
    before = in_worlds(plans.nothing_new, worlds)

    def quality(settings: Mapping[str, Any]) -> Tried:
        plan = make_plan(plans, LEVER, settings)
        spent = spending_of(plan, plans, threads)
        over = over_budget(plans.costs, spent)
        added = in_worlds(plan, worlds) - before
        aim = float(quantiles(added, [BUT])[0]) if robust else float(added.mean())
        return Tried(settings, spent.total, aim, max(over.most, over.in_all) if over else 0.0)

    return quality


def _front(tried: Sequence[Tried]) -> dict[str, Tried]:
    """Choose the combinations within the budget that none beats in both aims, nor doing nothing new for nothing; the cheapest first.

    Of many, some are taken evenly; if none adds anything, the one that loses least.
    """
    within = sorted((each for each in tried if each.beyond <= 0), key=lambda each: (each.cash, -each.added))
    front = list[Tried]()
    for each in within:
        if each.added > (front[-1].added if front else 0.0):
            front.append(each)
    if len(front) > MOST_JUDGED:
        front = [front[place] for place in np.linspace(0, len(front) - 1, MOST_JUDGED).round().astype(int)]
    if within and not front:
        front = [max(within, key=lambda each: each.added)]
    return {f"option-{number}": each for number, each in enumerate(front, start=1)}


# --- the judgement ------------------------------------------------------------------------------------


def _judged(
    levers: tuple[Lever, ...], robust: bool, tried: tuple[Tried, ...], front: Mapping[str, Tried], results: PlanResults
) -> Advice:
    options = []
    for name, each in front.items():
        index = results.names.index(name)
        added = results.progress[:, index] - results.progress[:, 0]
        floor = float(quantiles(added.mean(axis=1), [BUT])[0])
        plan, spent = results.strategies[index], results.spent[index]
        options.append(Option(plan, each.settings, spent, spread(added), floor, each.added))
    advice = Advice(levers, robust, tried, tuple(options), 0, 0, results)
    best = max(range(len(options)), key=lambda place: advice.aim(options[place]))
    verdicts = results.settled.verdicts[results.names.index(options[best].plan.name)]
    told = [str(verdicts[results.names.index(option.plan.name)]) for option in options]
    enough = next(place for place, verdict in enumerate(told) if place == best or verdict != "ahead")
    return replace(advice, best=best, enough=enough)
