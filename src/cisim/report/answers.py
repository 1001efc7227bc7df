"""Answers to planners in sentences, tables and JSON, for the report and the command line alike.

Three kinds of uncertainty are named apart wherever there is a number: *luck*, since one county is one run; *guesses*, which differ from
world to world; and the *error* of a mean of so many worlds and runs, which alone shrinks with more of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cisim.dynamics.measures import COMMON
from cisim.plan.answers import Answers, Hanging, Standing
from cisim.plan.costs import ITEMS, OverBudget, Spending, fields_of_costs
from cisim.plan.guesses import Guess
from cisim.plan.spec import NOTHING_NEW, SERVICES
from cisim.plan.words import short
from cisim.report.format import NOTHING, duration, hundredths, interval, money, number, percent, plural, setting
from cisim.report.tables import Column, Table, Value

POINTS = "percentage points"
#: Guesses that are put into sentences at most.
MOST_GUESSES = 3


def named(plan: str) -> str:
    """Write the name of a plan in a sentence: those of the file in quotation marks."""
    return {NOTHING_NEW: "doing nothing new", SERVICES: SERVICES}.get(plan, f"“{plan}”")


# --- the answer in sentences --------------------------------------------------------------------------


def answers_in_words(answers: Answers) -> list[str]:
    """Say everything that has an answer in sentences: the four of `answer`, what it hangs on, what to find out first."""
    return [*answer(answers), *hangs_on(answers), *find_out(answers), *early(answers), *lasts(answers)]


def answer(answers: Answers) -> tuple[str, str, str, str]:
    """Tell in four sentences which plan is ahead, what guesses and luck make of it, and what it takes.

    No plan is called better than another unless the interval of their difference lies above 0, at whatever number of runs one looks.
    """
    return (_ahead(answers), _guesses(answers), _luck(answers), _money(answers))


def _verdict(answers: Answers, one: str, other: str) -> str:
    names = answers.results.names
    return str(answers.results.settled.verdicts[names.index(one), names.index(other)])


def _error(answers: Answers, one: str, other: str) -> tuple[float, float]:
    """Return the interval of a mean difference that holds whenever one looks."""
    settled, names = answers.results.settled, answers.results.names
    at = names.index(one), names.index(other)
    return float(settled.low[at]), float(settled.high[at])


def _about(answers: Answers) -> str:
    """Name the plan that the sentences are about: the best one, or the best but nothing new."""
    if answers.best != NOTHING_NEW:
        return answers.best
    return max(answers.standings[1:], key=lambda each: each.progress.mean).name


def _ahead(answers: Answers) -> str:
    results, best = answers.results, _about(answers)
    after, worlds = duration(results.months), plural(len(results.values), "world")
    low, high = _error(answers, best, NOTHING_NEW)
    digits = _digits(low, high)
    added = hundredths(answers.standing(best).added.mean, digits)
    ends = f"interval {hundredths(low, digits)} to {hundredths(high, digits)}"
    verdict = _verdict(answers, best, NOTHING_NEW)
    if verdict != "ahead":
        which = f"{named(best)}, which adds {added} {POINTS} of the gap on average ({ends})"
        if verdict == "equal":
            return f"After {after} no plan does more than doing nothing new that would count, not even {which}."
        if verdict == "behind":
            return f"After {after} every plan is behind doing nothing new, even the best of them, {which}."
        return (
            f"After {after} no plan is surely ahead of doing nothing new: {worlds} do not tell it of the best, {which}."
        )
    more = f"closed {added} {POINTS} more of the gap than {named(NOTHING_NEW)} ({ends})"
    equal, undecided = (
        [named(name) for name in answers.beside if _verdict(answers, best, name) == word] for word in ("equal", "open")
    )
    also = (
        f"; {_listed(equal)} {_is(equal)} equal to it, within {percent(results.precision)} of the gap" if equal else ""
    )
    if undecided:
        unsure = f"but {worlds} do not tell whether {_listed(undecided, 'or')} would close as much"
        return f"After {after} {named(best)} has {more}, the most on average, {unsure}{also}."
    if equal:
        return f"After {after} {named(best)} has {more}{also}."
    return f"After {after} {named(best)} has {more}, and is ahead of every other plan on average."


def _guesses(answers: Answers) -> str:
    best = answers.standing(_about(answers))
    lead, digits = best.ahead, _digits(best.ahead.worst, best.ahead.best)
    told = f"It is ahead of {named(NOTHING_NEW)} in {_of(lead.ahead, lead.worlds)}"
    if best.name != SERVICES:
        told += f" and of {named(SERVICES)} in {_of(best.of_services.ahead, best.of_services.worlds)}"
    ends = f"{hundredths(lead.worst, digits)} to {hundredths(lead.best, digits)} {POINTS}"
    return f"{told}: as guesses differ from world to world, it adds {ends}."


def _luck(answers: Answers) -> str:
    best = answers.standing(_about(answers))
    digits = _digits(best.added.low, best.added.high)
    ends = f"{hundredths(best.added.low, digits)} to {hundredths(best.added.high, digits)} {POINTS}"
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
        told += (
            f", {money(best.per_point.money, costs.currency)} for each point of the gap that it adds (interval {ends})"
        )
    elif best.spent.total > nothing:
        told += ", and no price of an added point can be given, since none is sure"
    if best.over is not None:
        told += f"; that is more than there is: {_over(best.over, costs.currency)}"
    if answers.unequal is not None:
        few, much = (money(amount, costs.currency) for amount in (answers.unequal.low, answers.unequal.high))
        told += f"; plans spend unequally, from {few} ({named(answers.unequal.least)}) to {much} ({named(answers.unequal.most)})"
    return f"{told}."


def hangs_on(answers: Answers) -> list[str]:
    """Say which guesses the lead of the best plan hangs on, the most first."""
    against = answers.runner_up or NOTHING_NEW
    found = answers.hanging if answers.runner_up else answers.over_nothing
    if not found:
        return ["No single guess is told from chance as what the order of the plans hangs on."]
    lead = f"the lead of {named(_about(answers))} over {named(against)}"
    return [_hinge(each, lead if place == 0 else "it") for place, each in enumerate(found[:MOST_GUESSES])]


def _hinge(hanging: Hanging, lead: str) -> str:
    guess, hinge = hanging.guess, hanging.hinge
    if hinge.flips_at is None:
        turn = f"but would not turn anywhere from {_range(guess)}"
    else:
        sure = "would turn" if hinge.clear else "might turn, which is not sure,"
        turn = f"and {sure} at {_with_unit(hinge.flips_at, guess)}; the plans have {_with_unit(hanging.own, guess)}"
    way = "larger" if hinge.rises else "smaller"
    return (
        f"{_capital(short(guess.info))}: the larger it is, the {way} is {lead}, {turn} "
        f"({percent(hinge.explained, 0)} of what differs between worlds)."
    )


def find_out(answers: Answers) -> list[str]:
    """Say what to find out first, and what it would be worth."""
    if not answers.findings:
        return ["No single guess is told from chance as worth finding out before choosing."]
    currency, told = answers.results.plans.costs.currency, []
    for finding in answers.findings[:MOST_GUESSES]:
        worth = f"{hundredths(finding.value, _digits(finding.value))} {POINTS} of the gap"
        paid = "" if finding.money is None else f", which costs {money(finding.money, currency)} by the best plan"
        error = hundredths(finding.error, _digits(finding.error))
        told.append(
            f"{_capital(short(finding.guess.info))}: who knew it would choose better by {worth} on average (standard error {error}){paid}."
        )
    return told


def early(answers: Answers) -> list[str]:
    """Say by what one would see early that the best plan is on track."""
    told = []
    for each in answers.signs[:MOST_GUESSES]:
        side = "at least" if each.sign.above else "at most"
        told.append(
            f"By month {each.month}: {_measure(each.measure)} {side} {number(each.sign.threshold)}. So it is in {percent(each.sign.hit, 0)} of the "
            f"runs that end in the better half, and, a false alarm, in {percent(each.sign.false_alarm, 0)} of the others."
        )
    return told


def lasts(answers: Answers) -> list[str]:
    """Say what is left of the best plan when the money ends."""
    last = answers.lasting
    if last is None:
        return []
    later = duration(last.months)
    went = [
        f"{hundredths(each.mean)} ({interval(each.mean_low, each.mean_high, 'share')})"
        for each in (last.at_end, last.goes_on, last.ends)
    ]
    return [
        f"{_capital(named(answers.best))} has added {went[0]} {POINTS} at its end; {later} later that is {went[1]} if everything goes on, "
        f"and {went[2]} if all that is paid for it ends (90 % intervals)."
    ]


def _digits(*bounds: float) -> int:
    """Choose decimals of percentages: one, or more where a bound would be rounded to 0 and lose its side."""
    small = min((abs(100 * bound) for bound in bounds if bound and np.isfinite(bound)), default=1.0)
    return min(4, max(1, int(np.ceil(-np.log10(small)))))


def _over(over: OverBudget, currency: str) -> str:
    parts = []
    if over.years:
        first, last = over.years[0], over.years[-1]
        through = len(over.years) > 2 and last - first + 1 == len(over.years)
        which = f"{first} to {last}" if through else _listed(list(map(str, over.years)))
        parts.append(f"up to {money(over.most, currency)} beyond it in year{'s' if last > first else ''} {which}")
    if over.in_all:
        parts.append(f"{money(over.in_all, currency)} beyond it in all")
    return ", ".join(parts)


def _measure(name: str) -> str:
    meanings = {measure.name: measure.meaning for measure in COMMON}
    return f"{meanings.get(name, name).partition(':')[0]} ({name})"


def _of(count: float, worlds: int) -> str:
    return f"{count:g} of {plural(worlds, 'world')}"


def _listed(names: Sequence[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _range(guess: Guess) -> str:
    return f"{number(guess.range.low)} to {_with_unit(guess.range.high, guess)}"


def _with_unit(value: float, guess: Guess) -> str:
    return f"{number(value)} {guess.info.unit}".strip() if guess.info.unit not in ("", "[0, 1]") else number(value)


# --- tables -------------------------------------------------------------------------------------------


def tables(answers: Answers) -> list[Table]:
    """List the tables that answer what planners ask, the most important first."""
    listed = [plans_table(answers), money_table(answers), pairs_table(answers), outcomes_table(answers)]
    if answers.hanging or answers.over_nothing:
        listed.append(hinges_table(answers))
    if answers.findings:
        listed.append(findings_table(answers))
    if answers.signs:
        listed.append(signs_table(answers))
    if answers.partners:
        listed.append(partners_table(answers))
    if answers.lasting is not None:
        listed.append(lasting_table(answers))
    return listed


def background(answers: Answers) -> list[Table]:
    """List the tables of what the answers rest on: money by year, regret, what was guessed, what things cost."""
    return [years_table(answers), regret_table(answers), guesses_table(answers), costs_table(answers)]


def _by_progress(answers: Answers) -> list[Standing]:
    return sorted(answers.standings, key=lambda each: -each.progress.mean)


_ERROR = "error of the average: 90 % interval"
_LUCK, _GUESSES = "luck: spread within a world", "guesses: spread between worlds"
_COUNTY = "one county: 9 in 10"
_HOW = (
    "Error: where the average would lie with very many worlds; it shrinks with more of them. Guesses: standard deviation between worlds. "
    "Luck: standard deviation between counties of one world. One county: luck and guesses together."
)


def plans_table(answers: Answers) -> Table:
    """Compare all plans in progress at the end, with luck, guesses and error told apart."""
    rows = list[tuple[Value, ...]]()
    for each in _by_progress(answers):
        added, more = each.added, list[Value]([None] * 6)
        if each.name != NOTHING_NEW:
            ahead = _of(each.ahead.ahead, each.ahead.worlds)
            more = [
                added.mean,
                (added.mean_low, added.mean_high),
                added.guesses,
                added.luck,
                (added.low, added.high),
                ahead,
            ]
        rows.append((each.name, each.progress.mean, *more))
    columns = (
        *(Column("plan"), Column("gap closed", "percent"), Column("added", "points"), Column(_ERROR, "points")),
        *(Column(_GUESSES, "spread"), Column(_LUCK, "spread"), Column(_COUNTY, "points"), Column("ahead in")),
    )
    after = duration(answers.results.months)
    caption = f"Plans after {after}: share of the gap that is closed, and what is added to doing nothing new ({POINTS})"
    return Table("Plans", caption, columns, tuple(rows), _HOW)


_VERDICTS = {"ahead": "the first is ahead", "behind": "the second is ahead", "equal": "equal", "open": "not told apart"}


def pairs_table(answers: Answers) -> Table:
    """Judge each two plans."""
    results, order, rows = answers.results, _by_progress(answers), list[tuple[Value, ...]]()
    settled, names = results.settled, results.names
    needed = settled.needed
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            at = names.index(one.name), names.index(other.name)
            verdict = str(settled.verdicts[at])
            rows.append(
                (
                    one.name,
                    other.name,
                    float(settled.difference[at]),
                    _error(answers, one.name, other.name),
                    float(settled.sd[at]),
                    _VERDICTS[verdict],
                    int(needed[at]) if verdict == "open" else None,
                )
            )
    columns = (
        *(Column("first plan"), Column("second plan"), Column("the first adds", "points")),
        *(Column("error of the average: 95 % interval", "points"), Column(_GUESSES, "spread")),
        *(Column("verdict"), Column("worlds that would tell", "count")),
    )
    note = (
        "All these intervals hold at once and whenever one stops, so they are wider than those of one plan. Equal: the difference is surely "
        f"below {percent(results.precision)} of the gap. The spread between worlds has the luck of few runs in it."
    )
    return Table(
        "Each two plans",
        f"Each two plans after {duration(results.months)} ({POINTS} of the gap)",
        columns,
        tuple(rows),
        note,
    )


def regret_table(answers: Answers) -> Table:
    """Compare plans by what is lost where another would have been better."""
    rows = tuple(
        (each.name, each.first, *each.regret, (each.ahead.worst, each.ahead.best) if each.name != NOTHING_NEW else None)
        for each in _by_progress(answers)
    )
    columns = (
        *(Column("plan"), Column("best in", "chance"), Column("regret: average", "spread")),
        *(Column("regret: 95 % of worlds below", "spread"), Column("regret: worst world", "spread")),
        Column("guesses: added in the worst to the best world", "points"),
    )
    note = "Regret: what is lost against the best plan of each world. Worlds' means of few runs have luck in them, so regret is rather too large."
    return Table("Regret", f"Worst cases and regret ({POINTS} of the gap)", columns, rows, note)


def money_table(answers: Answers) -> Table:
    """Sum up what each plan takes and what an added point costs."""
    currency, rows = answers.results.plans.costs.currency, list[tuple[Value, ...]]()
    nothing = answers.standing(NOTHING_NEW).spent.total
    for each in _by_progress(answers):
        price, spent = each.per_point, each.spent
        rows.append(
            (
                each.name,
                spent.total,
                float(spent.cash.max()),
                float(spent.in_kind.sum()),
                float(spent.raised.sum()),
                price.money if price else "none is sure" if spent.total > nothing else None,
                (price.low, price.high) if price else None,
                _over(each.over, currency) if each.over else "no" if _has_budget(answers) else NOTHING,
            )
        )
    columns = (
        *(Column("plan"), Column("cash in all", "money"), Column("most cash in a year", "money")),
        *(Column("partners' time, in kind", "money"), Column("grants raised for members", "money")),
        *(Column("cost of an added point", "money"), Column(_ERROR, "money"), Column("beyond the budget")),
    )
    note = (
        "Cash: posts, whoever pays them, and data. An added point is one that doing nothing new would not close; none has a price where the "
        "interval of what is added includes 0. What is spent counts as known: it is the mean of runs with the file's own values."
    )
    after = duration(answers.results.months)
    return Table("Money", f"Money of each plan in {after}", columns, tuple(rows), note, currency)


def _has_budget(answers: Answers) -> bool:
    costs = answers.results.plans.costs
    return costs.budget is not None or costs.budget_in_all is not None


def years_table(answers: Answers) -> Table:
    """List the money of each plan by year and item."""
    rows: list[tuple[Value, ...]] = [
        (each.name, float(year), *map(float, amounts), float(cash))
        for each in _by_progress(answers)
        for year, (amounts, cash) in enumerate(zip(each.spent.by_year, each.spent.cash, strict=True), 1)
    ]
    items = [Column(item.name if item.kind == "cash" else f"{item.name} ({item.kind})", "money") for item in ITEMS]
    columns = (Column("plan"), Column("year", "count"), *items, Column("cash in all", "money"))
    left_out = sorted({path for each in answers.standings for path in each.spent.left_out})
    note = f"Not counted is what an event on a condition makes of {_listed(left_out)}." if left_out else ""
    return Table(
        "Money by year", "Money by plan and year", columns, tuple(rows), note, answers.results.plans.costs.currency
    )


def outcomes_table(answers: Answers) -> Table:
    """Give each outcome at the end in its own unit, and in people where the file says how many there are."""
    rows, order = list[tuple[Value, ...]](), _by_progress(answers)
    for place, outcome in enumerate(order[0].outcomes):
        name = f"{outcome.name} ({outcome.unit})" if outcome.unit else outcome.name
        for each in order:
            of = each.outcomes[place]
            more, people = list[Value]([None] * 5), of.people
            if each.name != NOTHING_NEW:
                added = of.added
                more = [
                    added.mean,
                    (added.mean_low, added.mean_high),
                    added.guesses,
                    added.luck,
                    (added.low, added.high),
                ]
            counted: list[Value] = [people[0], people[1:]] if people and each.name != NOTHING_NEW else [None, None]
            rows.append((name, each.name, of.start, of.at_end.mean, *more, *counted))
    columns = (
        *(Column("outcome"), Column("plan"), Column("at the start", "number"), Column("at the end", "number")),
        *(Column("added", "change"), Column(_ERROR, "number"), Column(_GUESSES, "number"), Column(_LUCK, "number")),
        *(Column(_COUNTY, "number"), Column("people", "whole"), Column("people: 90 % interval", "whole")),
    )
    caption = (
        f"Outcomes after {duration(answers.results.months)} in their own units, and what is added to doing nothing new"
    )
    note = f"{_HOW} People: for how many it is otherwise than with doing nothing new, where the file says how many there are."
    return Table("Outcomes", caption, columns, tuple(rows), note)


def hinges_table(answers: Answers) -> Table:
    """Rank the guesses that the lead of the best plan hangs on."""
    rows = tuple(
        (
            short(each.guess.info),
            each.guess.path,
            named(other),
            _range(each.guess),
            number(each.own),
            each.hinge.explained,
            "larger" if each.hinge.rises else "smaller",
            _turn(each),
        )
        for other, found in ((answers.runner_up, answers.hanging), (NOTHING_NEW, answers.over_nothing))
        if other is not None
        for each in found
    )
    columns = (
        *(Column("guess"), Column("field"), Column("lead over"), Column("guessed from, to"), Column("in the file")),
        *(
            Column("share of what differs between worlds", "percent"),
            Column("the larger it is, the lead is"),
            Column("would turn at"),
        ),
    )
    caption = f"What the lead of {named(answers.best)} hangs on"
    note = "Guesses alone, after luck; only those are named that are told from chance."
    return Table("What it hangs on", caption, columns, rows, note)


def _turn(hanging: Hanging) -> str:
    if hanging.hinge.flips_at is None:
        return "nowhere in that range"
    return _with_unit(hanging.hinge.flips_at, hanging.guess) + ("" if hanging.hinge.clear else " (not sure)")


def findings_table(answers: Answers) -> Table:
    """Rank the guesses by what finding out would be worth."""
    rows = tuple(
        (short(each.guess.info), each.guess.path, each.value, each.error, each.money) for each in answers.findings
    )
    columns = (
        *(
            Column("guess"),
            Column("field"),
            Column("worth knowing", "points"),
            Column("error: standard error", "spread"),
        ),
        Column("cost of so much by the best plan", "money"),
    )
    everything = answers.everything
    known = everything.value if np.isfinite(everything.value) else everything.most
    most = "" if np.isfinite(everything.value) else "at most "
    note = f"What better choices would add on average ({POINTS} of the gap). Knowing all guesses: {most}{hundredths(known, _digits(known))}."
    return Table(
        "What to find out", "What to find out first", columns, rows, note, answers.results.plans.costs.currency
    )


def signs_table(answers: Answers) -> Table:
    """List the early signs of the best plan."""
    rows = tuple(
        (
            _measure(each.measure),
            float(each.month),
            f"{'at least' if each.sign.above else 'at most'} {number(each.sign.threshold)}",
            each.sign.hit,
            each.sign.false_alarm,
            each.sign.if_shown,
            each.sign.if_not,
            each.sign.told_apart,
        )
        for each in answers.signs
    )
    columns = (
        *(
            Column("sign"),
            Column("by month", "count"),
            Column("shows when it is"),
            Column("shown, of those on track", "chance"),
        ),
        *(Column("false alarm: shown, of the others", "chance"), Column("on track, if shown", "chance")),
        *(Column("on track, if not", "chance"), Column("told apart (50 %: chance)", "chance")),
    )
    note = (
        f"On track: runs of {named(answers.best)} that end in the better half of what it adds. Signs were chosen in one half of the worlds and "
        "judged in the other; luck and guesses together."
    )
    return Table("Early signs", f"Early signs of {named(answers.best)}", columns, rows, note)


def partners_table(answers: Answers) -> Table:
    """List the partners by what each contributes to the best plan."""
    rows = tuple(
        (
            each.name,
            each.sector,
            each.staff,
            each.contribution.mean,
            (each.contribution.mean_low, each.contribution.mean_high),
            each.contribution.guesses,
            each.contribution.luck,
            each.takes_part,
            each.leaves,
            each.commitment,
            each.meetings,
            each.fit,
        )
        for each in sorted(answers.partners, key=lambda each: -each.contribution.mean)
    )
    columns = (
        *(Column("partner"), Column("sector"), Column("staff (FTE)", "number"), Column("contributes", "points")),
        *(Column(_ERROR, "points"), Column(_GUESSES, "spread"), Column(_LUCK, "spread")),
        *(
            Column("takes part at the end", "chance"),
            Column("has left", "chance"),
            Column("commitment (0 to 1)", "number"),
        ),
        *(Column("effort in meetings", "percent"), Column("agenda fits own mission (0 to 1)", "number")),
    )
    note = f"Contributes: {POINTS} of the gap that would be closed less if it took no part, on the same luck; from fewer worlds than the plans."
    return Table(
        "Partners", f"Partners in {named(answers.best)}: who contributes, who stays, who gains", columns, rows, note
    )


def lasting_table(answers: Answers) -> Table:
    """Say what lasts of the best plan."""
    assert answers.lasting is not None
    last = answers.lasting
    rows = tuple(
        (name, of.mean, (of.mean_low, of.mean_high), of.guesses, of.luck, (of.low, of.high))
        for name, of in (
            ("at the end of the plan", last.at_end),
            (f"{duration(last.months)} later, if everything goes on", last.goes_on),
            (f"{duration(last.months)} later, if all that is paid for it ends", last.ends),
        )
    )
    columns = (
        *(Column("when"), Column("added", "points"), Column(_ERROR, "points"), Column(_GUESSES, "spread")),
        *(Column(_LUCK, "spread"), Column(_COUNTY, "points")),
    )
    caption = f"What lasts of {named(answers.best)}: what it adds to doing nothing new ({POINTS})"
    return Table("What lasts", caption, columns, rows, "Of fewer worlds than the table of plans.")


def guesses_table(answers: Answers) -> Table:
    """List what was guessed."""
    rows = tuple(
        (
            short(guess.info),
            guess.path,
            _range(guess),
            NOTHING if guess.range.middle is None else number(guess.range.middle),
            "given in the file" if guess.given else "plausible range of the model",
        )
        for guess in answers.results.plans.guesses
    )
    columns = (Column("guess"), Column("field"), Column("from, to"), Column("likeliest"), Column("where it comes from"))
    return Table("Guesses", "What was guessed: every world draws each of these anew", columns, rows)


def costs_table(answers: Answers) -> Table:
    """List what things cost, and which of that is assumed."""
    costs = answers.results.plans.costs
    rows = tuple(
        (
            info.meaning.partition("; not given")[0],
            setting(getattr(costs, info.name)),
            info.unit.replace("money", costs.currency),
            "assumed" if info.name in costs.assumed else "given",
            info.source if info.name in costs.assumed else "",
        )
        for info in fields_of_costs()
        if getattr(costs, info.name) is not None
    )
    columns = (
        Column("cost"),
        Column("value"),
        Column("unit"),
        Column("assumed or given"),
        Column("source of what is assumed"),
    )
    return Table("Costs", "What things cost", columns, rows)


# --- JSON ---------------------------------------------------------------------------------------------


def answers_document(answers: Answers) -> dict[str, Any]:
    """Give all answers as JSON: shares of the gap, months, money in the currency of the costs."""
    results = answers.results
    return {
        "answer": answer(answers),
        "worlds": len(results.values),
        "runs": results.values.shape[2],
        "months": results.months,
        "seed": results.seed,
        "precision": results.precision,
        "currency": results.plans.costs.currency,
        "assumed_costs": results.plans.costs.assumed,
        "plans": [_standing_document(each) for each in answers.standings],
        "pairs": _plain_rows(pairs_table(answers)),
        "best": answers.best,
        "beside": answers.beside,
        "runner_up": answers.runner_up,
        "unequal": answers.unequal and answers.unequal._asdict(),
        "hanging": [_hanging_document(each) for each in answers.hanging],
        "over_nothing_new": [_hanging_document(each) for each in answers.over_nothing],
        "find_out": [{**each._asdict(), "guess": each.guess.path} for each in answers.findings],
        "knowing_everything": answers.everything._asdict(),
        "early_signs": [
            {"measure": each.measure, "month": each.month, **each.sign._asdict()} for each in answers.signs
        ],
        "partners": [{**each._asdict(), "contribution": each.contribution._asdict()} for each in answers.partners],
        "lasting": answers.lasting
        and {name: value if name == "months" else value._asdict() for name, value in answers.lasting._asdict().items()},
    }


def _plain_rows(table: Table) -> list[dict[str, Value]]:
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def _hanging_document(hanging: Hanging) -> dict[str, Any]:
    hinge = {name: value for name, value in hanging.hinge._asdict().items() if name != "factor"}
    return {"guess": hanging.guess.path, "own": hanging.own, **hinge}


def _standing_document(standing: Standing) -> dict[str, Any]:
    spent = standing.spent
    return {
        "name": standing.name,
        "changes": standing.lines,
        "progress": standing.progress._asdict(),
        "added": standing.added._asdict(),
        "ahead_of_nothing_new": standing.ahead._asdict(),
        "ahead_of_services": standing.of_services._asdict(),
        "regret": dict(zip(("mean", "q95", "most"), standing.regret, strict=True)),
        "best_in": standing.first,
        "money": {"cash": spent.total, "by_year": _money_document(spent), "raised": spent.raised.tolist()},
        "over_budget": standing.over and standing.over._asdict(),
        "per_added_point": standing.per_point and standing.per_point._asdict(),
        "seen_from_month": standing.seen.month,
        "outcomes": [
            {**of._asdict(), "at_end": of.at_end._asdict(), "added": of.added._asdict()} for of in standing.outcomes
        ],
    }


def _money_document(spent: Spending) -> list[dict[str, float]]:
    return [dict(zip((item.name for item in ITEMS), year, strict=True)) for year in spent.by_year.tolist()]


GLOSSARY = (
    (
        "gap",
        "what is missing of each outcome today, from where it stands to all that is wanted, weighted over the outcomes",
    ),
    ("percentage point", "one hundredth of the gap: ten points more means that a tenth of the gap more is closed"),
    ("added", "what a plan closes more than doing nothing new; what comes in any case is never counted for a plan"),
    ("FTE", "full-time equivalent: the work of one full-time post"),
    (
        "backbone",
        "staff who serve the coalition as a whole: they bring partners together, keep its data, align its work",
    ),
    ("world", "one set of guesses of what nobody knows; all plans meet in the same worlds"),
    (
        "luck",
        "what differs between two counties that are alike: who leaves, whose budget is cut; one county is one run",
    ),
    ("same luck", "every plan meets the same departures and budgets, so that plans differ by what they do alone"),
    ("interval", "where an average would lie with very many runs; it says nothing about how right the model is"),
    ("regret", "what a plan loses, in a world, against the plan that would have been best there"),
)
