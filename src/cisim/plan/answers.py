"""Answers: what the results of plans say, as data; luck, guesses and the error of the number of runs are told apart throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cisim.ensemble import INDICATOR
from cisim.plan.costs import OverBudget, PerPoint, Spending, Unequal, over_budget, per_added_point, unequal
from cisim.plan.deciding import Lead, Seen, Spread, lead, ranks, regret, seen, spread
from cisim.plan.guesses import Guess
from cisim.plan.learning import Everything, Hinge, hinges, worth_knowing, worth_knowing_all
from cisim.plan.partners import Lasting, Partner, lasting, partners
from cisim.plan.run import PlanResults
from cisim.plan.signs import Sign, early_signs
from cisim.uncertainty import Floats

#: Months of early looks.
EARLY = (6, 12, 24)
#: What can be looked at early: measures, by what a coalition would ask its partners.
LOOKS = (
    *("members", "commitment", "awareness", "trust", "working_ties", "goal_alignment", "practice_quality", "progress"),
    *("achieved.agenda", "achieved.measurement", "achieved.activities", "achieved.communication"),
)
#: Place of the first plan of the file, after nothing new and the same money on services.
FIRST_OWN = 2
SHARING = "measurement.sharing"
#: Standard errors above 0, and the share of the gap, that a guess must be worth to be named.
SURE, LEAST = 1.645, 0.0005
#: Signs that are shown at most.
MOST_SIGNS = 6


class OutcomeAnswer(NamedTuple):
    """One outcome at the end of a plan, in its own unit."""

    name: str
    unit: str
    start: float  #: in month 0
    at_end: Spread  #: of the outcome
    added: Spread  #: against nothing new; 0 for nothing new itself
    #: People for whom it is otherwise than with nothing new, on average, and the ends of its 90 % interval; None: not given how many they are.
    people: tuple[float, float, float] | None


@dataclass(frozen=True, eq=False)
class Standing:
    """One plan: where it ends, what it adds and takes. Progress is a share of the gap."""

    name: str
    lines: tuple[str, ...]  #: what it changes
    progress: Spread  #: at the end
    added: Spread  #: against nothing new, run by run on the same luck
    ahead: Lead  #: over worlds, against nothing new
    of_services: Lead  #: over worlds, against the same money on services
    regret: tuple[float, float, float]  #: against the best plan of each world: mean, 95 % and largest
    first: float  #: share of worlds in which it is the best
    spent: Spending
    over: OverBudget | None  #: how far it is beyond the budget
    per_point: (
        PerPoint | None
    )  #: money for each added percentage point; None: it is not sure to add any, or costs no more
    seen: Seen  #: when one county would see it
    outcomes: tuple[OutcomeAnswer, ...]


class Hanging(NamedTuple):
    """A guess on which the difference between two plans hangs."""

    guess: Guess
    hinge: Hinge
    own: float  #: the value of the plan file


class Finding(NamedTuple):
    """A guess that is worth finding out."""

    guess: Guess
    value: float  #: progress that the better choice would add, a share of the gap
    error: float  #: its standard error
    clear: bool  #: told from chance
    money: float | None  #: what that much progress costs by the best plan; None if that is not known


class Question(NamedTuple):
    """A plan read against another one that the file names."""

    name: str
    other: str
    risk: bool  #: whether it is what may happen to the other, and no choice
    difference: Spread  #: of progress at the end, run by run on the same luck
    verdict: str  #: "ahead", "behind", "equal" or "open", for all pairs of plans at once
    lead: Lead  #: over worlds
    money: float  #: what it takes more


class EarlySign(NamedTuple):
    """Something to look at early in the best plan."""

    measure: str
    month: int
    sign: Sign


@dataclass(frozen=True, eq=False)
class Answers:
    """All that the results say."""

    results: PlanResults
    questions: tuple[Question, ...]  #: of the plans that are read against others, in the order of the file
    standings: tuple[Standing, ...]  #: in the order of the plans
    best: str  #: the plan with the most progress on average
    #: Plans that count as equal to it, or that these worlds cannot tell from it.
    beside: tuple[str, ...]
    #: The best of the file's own plans, of which signs, partners and what lasts are told.
    looked_at: str
    runner_up: str | None  #: the next best that is behind for sure; None: there is none
    unequal: Unequal | None  #: plans of the file that spend most and least, where they differ
    hanging: tuple[Hanging, ...]  #: on what the lead of the best plan over the runner-up hangs, the most first
    over_nothing: tuple[Hanging, ...]  #: on what its lead over nothing new hangs
    findings: tuple[Finding, ...]  #: guesses, the most worth knowing first; those told from chance alone
    everything: Everything  #: what knowing all would be worth, a share of the gap
    signs: tuple[EarlySign, ...]  #: of the plan looked at, the most telling first
    partners: tuple[Partner, ...]  #: in the plan looked at, in the order of the files; empty if not asked for
    lasting: Lasting | None  #: what lasts of it when the money ends; None if not asked for

    def standing(self, name: str) -> Standing:
        """Look up a plan's standing by its name."""
        return next(each for each in self.standings if each.name == name)


def answer(
    results: PlanResults,
    *,
    people: bool = True,
    threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Answers:
    """Work out what results say.

    Args:
        results: of `run`.
        people: False leaves out what needs further runs: partners, and what lasts.
        threads: for these runs.
        on_progress: called with the number of these runs that are done.
    """
    names, ends = results.names, results.progress
    means = ends.mean(axis=2)
    lost, placed = regret(means), ranks(means)
    standings = tuple(_standing(results, index, lost, placed) for index in range(len(names)))
    average = means.mean(axis=0)
    # Doing nothing new may be the best there is to do; what happens to plans is nobody's choice.
    choices = [index for index, plan in enumerate(results.strategies) if not plan.risk]
    best = max(choices, key=lambda index: average[index])
    own = max(choices[FIRST_OWN:], key=lambda index: average[index])
    verdicts = results.settled.verdicts[best]
    beside = tuple(
        name
        for index, name in enumerate(names)
        if index in choices and index != best and verdicts[index] in ("equal", "open")
    )
    behind = [index for index in choices if verdicts[index] == "ahead"]
    runner = max(behind, key=lambda index: average[index], default=None)
    findings, everything = _findings(results, ends, standings[best])
    spent = {names[index]: results.spent[index].total for index in choices[FIRST_OWN:]}
    return Answers(
        results=results,
        questions=tuple(_questions(results)),
        standings=standings,
        best=names[best],
        beside=beside,
        looked_at=names[own],
        runner_up=None if runner is None else names[runner],
        unequal=unequal(spent),
        hanging=() if runner is None else _hanging(results, best, runner),
        over_nothing=() if best == 0 else _hanging(results, best, 0),
        findings=findings,
        everything=everything,
        signs=_signs(results, own),
        partners=partners(results, names[own], threads, on_progress) if people else (),
        lasting=lasting(results, names[own], threads) if people else None,
    )


def _standing(results: PlanResults, index: int, lost: tuple[Floats, Floats, Floats], placed: Floats) -> Standing:
    plan, spent, ends = results.strategies[index], results.spent[index], results.progress
    added, means = spread(ends[:, index] - ends[:, 0]), ends.mean(axis=2)
    course = results.measure("progress")
    return Standing(
        name=plan.name,
        lines=plan.lines,
        progress=spread(ends[:, index]),
        added=added,
        ahead=lead(means[:, index] - means[:, 0]),
        of_services=lead(means[:, index] - means[:, 1]),
        regret=(float(lost[0][index]), float(lost[1][index]), float(lost[2][index])),
        first=float(placed[index, 0]),
        spent=spent,
        over=over_budget(results.plans.costs, spent),
        per_point=per_added_point(spent.total - results.spent[0].total, added.mean, added.mean_low, added.mean_high),
        seen=seen(course[:, index], course[:, 0], look_noise(results, index)),
        outcomes=tuple(_outcomes(results, index)),
    )


def look_noise(results: PlanResults, index: int) -> float:
    """Compute by how much one month's look at progress is off, a share of the gap: that of all partners of a plan who report.

    Each of them is off by `measurement.noise` in each outcome, and their reports are put together; without shared measurement a
    partner has its own look alone.
    """
    scenario = results.strategies[index].scenario
    gaps = zip(scenario.outcome_weights, scenario.community.outcomes, strict=True)
    one = scenario.measurement.noise * np.sqrt(sum((weight / (1 - each.baseline)) ** 2 for weight, each in gaps))
    later = [event.set[SHARING] for event in scenario.events if SHARING in event.set]
    reports = float(results.measure("members")[:, index, :, -1].mean()) * max(scenario.highest(SHARING), *later, 0.0)
    return float(one / np.sqrt(max(1.0, reports)))


def _outcomes(results: PlanResults, index: int) -> list[OutcomeAnswer]:
    answers = []
    for outcome in results.plans.base.community.outcomes:
        indicators = results.measure(INDICATOR + outcome.name)[..., -1]
        values = outcome.in_unit(indicators)
        added = spread(values[:, index] - values[:, 0])
        number, people = results.plans.people.get(outcome.name), None
        if number is not None:
            of = spread(indicators[:, index] - indicators[:, 0])
            people = (number * of.mean, number * of.mean_low, number * of.mean_high)
        start = outcome.in_unit(outcome.baseline)
        answers.append(OutcomeAnswer(outcome.name, outcome.unit, start, spread(values[:, index]), added, people))
    return answers


def _questions(results: PlanResults) -> Iterator[Question]:
    names, ends = results.names, results.progress
    for index, plan in enumerate(results.strategies):
        if plan.against is not None:
            other = names.index(plan.against)
            difference = ends[:, index] - ends[:, other]
            yield Question(
                plan.name,
                plan.against,
                plan.risk,
                spread(difference),
                results.verdict(plan.name, plan.against),
                lead(difference.mean(axis=1)),
                results.spent[index].total - results.spent[other].total,
            )


def _hanging(results: PlanResults, plan: int, other: int) -> tuple[Hanging, ...]:
    guesses, runs = results.plans.guesses, results.progress.shape[2]
    difference = results.progress[:, plan] - results.progress[:, other]
    own = np.array([float(results.plans.base.value(guess.path)) for guess in guesses])
    luck = spread(difference).luck ** 2 / runs
    found = hinges(results.guesses, difference.mean(axis=1), own, luck) if guesses else ()
    return tuple(Hanging(guesses[each.factor], each, float(own[each.factor])) for each in found)


def _findings(results: PlanResults, ends: Floats, best: Standing) -> tuple[tuple[Finding, ...], Everything]:
    guesses, price = results.plans.guesses, best.per_point
    worth = worth_knowing(results.guesses, ends.mean(axis=2))
    findings = [
        Finding(guess, float(value), float(error), bool(clear), None if price is None else 100 * value * price.money)
        for guess, value, error, clear in zip(guesses, worth.value, worth.error, worth.clear, strict=True)
        if clear and value > SURE * error and value > LEAST
    ]
    return tuple(sorted(findings, key=lambda each: -each.value)), worth_knowing_all(ends)


def _signs(results: PlanResults, index: int) -> tuple[EarlySign, ...]:
    """Find what tells early which runs of a plan end in the better half of what it adds."""
    added = results.progress[:, index] - results.progress[:, 0]
    looks = [(name, month) for month in EARLY if month < results.months for name in LOOKS]
    if not looks:
        return ()
    columns = np.stack([results.measure(name)[:, index, :, month] for name, month in looks], axis=-1)
    found = early_signs(columns, added > np.median(added))
    return tuple(EarlySign(*looks[each.column], each) for each in found[:MOST_SIGNS])
