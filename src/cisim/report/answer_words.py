"""Answers to planners in sentences, which never say more than their intervals allow.

Three kinds of uncertainty are named apart wherever there is a number: *luck*, since one county is one run; *guesses*, which differ from
world to world; and the *error* of a mean of so many worlds and runs, which alone shrinks with more of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cisim.dynamics.measures import COMMON
from cisim.plan.answers import Answers, Hanging, Standing
from cisim.plan.costs import OverBudget
from cisim.plan.deciding import Spread
from cisim.plan.guesses import Guess
from cisim.plan.spec import NOTHING_NEW, SERVICES
from cisim.plan.words import short
from cisim.report.format import difference, duration, hundredths, interval, money, number, percent, plural
from cisim.scenario import Outcome

POINTS = "percentage points"
#: Guesses that are put into sentences at most.
MOST_GUESSES = 3


def named(plan: str) -> str:
    """Write the name of a plan in a sentence: those of the file in quotation marks."""
    return {NOTHING_NEW: "doing nothing new", SERVICES: SERVICES}.get(plan, f"“{plan}”")


def answer(answers: Answers) -> tuple[str, str, str, str]:
    """Tell in four sentences which plan is ahead, what guesses and luck make of it, and what it takes.

    No plan is called better than another unless the interval of their difference lies above 0, at whatever number of runs one looks.
    """
    return (_ahead(answers), _guesses(answers), _luck(answers), _money(answers))


def _about(answers: Answers) -> str:
    """Name the plan that the sentences are about: the best one, or the best but nothing new."""
    if answers.best != NOTHING_NEW:
        return answers.best
    return max(_choices(answers), key=lambda each: each.progress.mean).name


def _choices(answers: Answers) -> list[Standing]:
    """List the plans that somebody may choose, but doing nothing new."""
    risks = {plan.name for plan in answers.results.strategies if plan.risk}
    return [each for each in answers.standings[1:] if each.name not in risks]


def _ahead(answers: Answers) -> str:
    results, best = answers.results, _about(answers)
    after, worlds = duration(results.months), plural(len(results.values), "world")
    low, high = answers.results.interval(best, NOTHING_NEW)
    places = digits(low, high)
    added = hundredths(answers.standing(best).added.mean, places)
    ends = f"95 % interval, for all pairs of plans at once, {hundredths(low, places)} to {hundredths(high, places)}"
    if math.isinf(low) or math.isinf(high):
        ends = "too few worlds for an interval"
    verdict = answers.results.verdict(best, NOTHING_NEW)
    if verdict != "ahead":
        which = f"{named(best)}, which adds {added} {POINTS} of the gap on average ({ends})"
        surely, untold = (
            [named(each.name) for each in _choices(answers) if answers.results.verdict(each.name, NOTHING_NEW) == word]
            for word in ("ahead", "open")
        )
        if surely:
            whether = (
                "that counts as equal to it" if verdict == "equal" else f"{worlds} do not tell whether that is ahead"
            )
            return (
                f"After {after} {listed(surely)} {_is(surely)} ahead of doing nothing new on average. The most on average is closed by {which}, "
                f"but {whether}."
            )
        if verdict == "open":
            return f"After {after} no plan is surely ahead of doing nothing new: {worlds} do not tell it of the best, {which}."
        if untold:
            return f"After {after} no plan is surely ahead of doing nothing new, nor is the best of them, {which}."
        if verdict == "equal":
            return f"After {after} no plan does more than doing nothing new that would count, not even {which}."
        return f"After {after} every plan is behind doing nothing new, even the best of them, {which}."
    more = f"closed {added} {POINTS} more of the gap than {named(NOTHING_NEW)} ({ends})"
    equal, undecided = (
        [named(name) for name in answers.beside if answers.results.verdict(best, name) == word]
        for word in ("equal", "open")
    )
    within = number(100 * results.precision)
    also = (
        f"; {listed(equal)} {_is(equal)} within {within} of a point of it, too near to choose by this alone"
        if equal
        else ""
    )
    also += _worse(answers, best)
    if undecided:
        unsure = f"but {worlds} do not tell whether {listed(undecided, 'or')} would close as much"
        return f"After {after} {named(best)} has {more}, the most on average, {unsure}{also}."
    if equal:
        return f"After {after} {named(best)} has {more}{also}."
    return f"After {after} {named(best)} has {more}, and is ahead of every other plan on average{also}."


def _worse(answers: Answers, plan: str) -> str:
    """Name the outcomes that are worse for sure than if nothing new is done: the mean over outcomes would hide them."""
    outcomes = answers.results.plans.base.community.outcomes
    down = [
        each.name
        for each, outcome in zip(answers.standing(plan).outcomes, outcomes, strict=True)
        if better(each.added, outcome) == "worse"
    ]
    return f"; but {listed(down)} {_is(down)} worse than with {named(NOTHING_NEW)}" if down else ""


def better(added: Spread, outcome: Outcome) -> str:
    """Say whether an outcome is better or worse for sure: more is not better where it is to fall."""
    up = 1 if outcome.one > outcome.zero else -1
    low, high = sorted((up * added.mean_low, up * added.mean_high))
    return "better" if low > 0 else "worse" if high < 0 else "not told"


def _guesses(answers: Answers) -> str:
    best = answers.standing(_about(answers))
    lead, places = best.ahead, digits(best.ahead.worst, best.ahead.best)
    if lead.worst == lead.best == 0:
        return f"In {plural(lead.worlds, 'world')} it does just what {named(NOTHING_NEW)} does."
    told = f"It is ahead of {named(NOTHING_NEW)} in {share_of(lead.ahead, lead.worlds)}"
    if best.name != SERVICES:
        spent = money(answers.standing(SERVICES).spent.total, answers.results.plans.costs.currency)
        told += f" and of {named(SERVICES)} ({spent}) in {share_of(best.of_services.ahead, best.of_services.worlds)}"
    ends = f"{hundredths(lead.worst, places)} to {hundredths(lead.best, places)} {POINTS}"
    if not answers.results.plans.guesses:
        return f"{told}: nothing is guessed, so worlds differ by luck alone, and it adds {ends}."
    return f"{told}: as guesses differ from world to world, it adds {ends}."


def _luck(answers: Answers) -> str:
    best = answers.standing(_about(answers))
    places = digits(best.added.low, best.added.high)
    ends = f"{hundredths(best.added.low, places)} to {hundredths(best.added.high, places)} {POINTS}"
    if best.seen.month is None:
        sight = f"and fewer than four in five would see it within {duration(answers.results.months)}"
    else:
        sight = f"and four in five would see it from month {best.seen.month} on"
    return f"One county is one run: in nine of ten counties it would add {ends}, by luck and guesses together, {sight}."


def _money(answers: Answers) -> str:
    best, costs = answers.standing(_about(answers)), answers.results.plans.costs
    told = f"It takes {money(best.spent.total, costs.currency)} of cash in {duration(answers.results.months)}"
    nothing = answers.standing(NOTHING_NEW).spent.total
    if best.per_point is not None:
        ends = f"{money(best.per_point.low, costs.currency)} to {money(best.per_point.high, costs.currency)}"
        told += f", {money(best.per_point.money, costs.currency)} for each point of the gap that it adds (90 % interval {ends})"
    elif best.spent.total > nothing:
        told += ", and no price of an added point can be given, since none is sure"
    if best.over is not None:
        told += f"; that is more than there is: {beyond(best.over, costs.currency)}"
    if answers.unequal is not None:
        few, much = (money(amount, costs.currency) for amount in (answers.unequal.low, answers.unequal.high))
        told += f"; plans spend unequally, from {few} ({named(answers.unequal.least)}) to {much} ({named(answers.unequal.most)})"
    return f"{told}."


def hangs_on(answers: Answers) -> list[str]:
    """Say which guesses the lead of the best plan hangs on, the most first."""
    if not answers.results.plans.guesses:
        return ["Nothing is guessed, so the order of the plans hangs on no guess."]
    against = answers.runner_up or NOTHING_NEW
    found = answers.hanging if answers.runner_up else answers.over_nothing
    if not found:
        return ["No single guess is told from chance as what the order of the plans hangs on."]
    lead = f"the lead of {named(answers.best)} over {named(against)}"
    return [_hinge(each, "that lead" if place else lead) for place, each in enumerate(found[:MOST_GUESSES])]


def _hinge(hanging: Hanging, lead: str) -> str:
    guess, hinge = hanging.guess, hanging.hinge
    way = "larger" if hinge.rises else "smaller"
    told = f"{_capital(short(guess.info))}: the larger it is, the {way} is {lead} ({percent(hinge.explained, 0)} of what differs between worlds)"
    if hinge.flips_at is None:
        return f"{told}; nowhere from {range_of(guess)} would it turn."
    sure = "it would turn" if hinge.clear else "it might turn, which is not sure,"
    return f"{told}; at {with_unit(hinge.flips_at, guess)} {sure} while the plans have {with_unit(hanging.own, guess)}."


def find_out(answers: Answers) -> list[str]:
    """Say what to find out first, and what it would be worth."""
    if not answers.results.plans.guesses:
        return ["Nothing is guessed, so finding out changes no answer."]
    if not answers.findings:
        return [
            "Nothing that the file leaves open would, found out by itself, change the choice by enough to be told from chance."
        ]
    currency, told = answers.results.plans.costs.currency, []
    for finding in answers.findings[:MOST_GUESSES]:
        worth = f"{hundredths(finding.value, digits(finding.value))} {POINTS} of the gap"
        paid = (
            ""
            if finding.money is None
            else f": worth {money(finding.money, currency)} at the price of a point of the best plan"
        )
        error = hundredths(finding.error, digits(finding.error))
        told.append(
            f"{_capital(short(finding.guess.info))}: who knew it would choose better by {worth} on average (standard error {error}){paid}."
        )
    return told


def early(answers: Answers) -> list[str]:
    """Say by what one would see early that the best of the file's own plans is on track."""
    told = []
    for each in answers.signs[:MOST_GUESSES]:
        side = "at least" if each.sign.above else "at most"
        told.append(
            f"{_capital(named(answers.looked_at))} by month {each.month}: {measure_in_words(each.measure)} {side} "
            f"{number(each.sign.threshold)}. So it is in "
            f"{percent(each.sign.hit, 0)} of the runs that end in the better half, and, a false alarm, in "
            f"{percent(each.sign.false_alarm, 0)} of the others."
        )
    return told


def contributes(answers: Answers) -> list[str]:
    """Say which partners contribute, of those that are told from chance (Bonferroni over all partners)."""
    from scipy.special import ndtri

    if not answers.partners:
        return []
    sure = float(ndtri(1 - 0.025 / len(answers.partners)))
    told = [each for each in answers.partners if abs(each.contribution.mean) > sure * each.contribution.error]
    ranked = sorted(told, key=lambda each: -each.contribution.mean)
    gains = [f"{each.name} ({difference(each.contribution.mean, 'share')})" for each in ranked]
    who = f": {listed(gains)}" if gains else ""
    return [
        f"Left out one by one, on the same luck, {plural(len(told), 'partner')} of {len(answers.partners)} in {named(answers.looked_at)} "
        f"{'is' if len(told) == 1 else 'are'} told from chance by what would then be missing, in {POINTS} of the gap{who}."
    ]


def lasts(answers: Answers) -> list[str]:
    """Say what is left of the best of the file's own plans when the money ends."""
    last = answers.lasting
    if last is None:
        return []
    later = duration(last.months)
    went = [
        f"{hundredths(each.mean)} ({interval(each.mean_low, each.mean_high, 'share')})"
        for each in (last.at_end, last.goes_on, last.ends)
    ]
    return [
        f"In {plural(last.at_end.worlds, 'world')}, {named(answers.looked_at)} has added {went[0]} {POINTS} at its end; {later} later that is "
        f"{went[1]} if everything goes on, and {went[2]} if all that is paid for it ends (90 % intervals)."
    ]


def digits(*bounds: float) -> int:
    """Choose decimals of percentages: one, or more where a bound would be rounded to 0 and lose its side."""
    small = min((abs(100 * bound) for bound in bounds if bound and np.isfinite(bound)), default=1.0)
    return min(4, max(1, int(np.ceil(-np.log10(small)))))


def beyond(over: OverBudget, currency: str) -> str:
    """Say how far a plan is beyond the budget: "up to $20,000 beyond it in years 2 and 3"."""
    parts = []
    if over.years:
        first, last = over.years[0], over.years[-1]
        through = len(over.years) > 2 and last - first + 1 == len(over.years)
        which = f"{first} to {last}" if through else listed(list(map(str, over.years)))
        parts.append(f"up to {money(over.most, currency)} beyond it in year{'s' if last > first else ''} {which}")
    if over.in_all:
        parts.append(f"{money(over.in_all, currency)} beyond it in all")
    return ", ".join(parts)


def measure_in_words(name: str) -> str:
    """Name a measure by its meaning."""
    meanings = {measure.name: measure.meaning for measure in COMMON}
    return f"{meanings.get(name, name).partition(':')[0]} ({name})"


def share_of(count: float, worlds: int) -> str:
    """Say in how many worlds: "38 of 40 worlds"."""
    return f"{count:g} of {plural(worlds, 'world')}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Write a list of names: "a, b and c"."""
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def range_of(guess: Guess) -> str:
    """Write the range of a guess with its unit."""
    return f"{number(guess.range.low)} to {with_unit(guess.range.high, guess)}"


def with_unit(value: float, guess: Guess) -> str:
    """Write a value of what is guessed with its unit."""
    return f"{number(value)} {guess.info.unit}".strip() if guess.info.unit not in ("", "[0, 1]") else number(value)
