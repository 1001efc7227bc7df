"""What the planner's desk has found, in sentences and tables, for the report and the command line alike.

Three kinds of uncertainty are named apart wherever there is a number: *luck*, since one county is one run; *guesses*, which differ from
world to world; and the *error* of a mean of so many worlds and runs, which alone shrinks with more of them.
"""

from __future__ import annotations

import math

import numpy as np

from cisim.plan.answers import Answers
from cisim.plan.costs import ITEMS, OverBudget, fields_of_costs
from cisim.plan.run import PlanResults
from cisim.plan.words import short
from cisim.report.format import NOTHING, duration, hundredths, interval, money, number, percent, plural, setting
from cisim.report.tables import Column, Table, Value
from cisim.scenario import FieldInfo, Outcome

POINTS = "percentage points"


def answer(results: PlanResults, answers: Answers) -> tuple[str, str, str, str]:
    """Tell in four sentences which plan is ahead, what guesses and luck make of it, and what it takes.

    No plan is called better than another unless the interval of their difference is above 0, and none better than doing nothing new.
    """
    return (_ahead(results, answers), _guesses(results, answers), _luck(results, answers), _money(results, answers))


def _ahead(results: PlanResults, answers: Answers) -> str:
    names, settled, best = results.names, results.settled, answers.best
    added = hundredths(float(settled.difference[best, 0]))
    ends = interval(float(settled.low[best, 0]), float(settled.high[best, 0]), "share")
    after, worlds = duration(results.months), plural(len(results.values), "world")
    if settled.verdicts[best, 0] != "ahead":
        equal = settled.verdicts[best, 0] == "equal"
        verdict = "is equal to it, as far as it counts" if equal else f"is not told apart from it by {worlds}"
        return (
            f"After {after} no plan is surely ahead of {names[0]}: the best on average, {names[best]}, {verdict} "
            f"({added} {POINTS} of the gap more; interval {ends})."
        )
    more = f"{added} {POINTS} more of the gap than {names[0]} (interval {ends})"
    others = [other for other in answers.order if other not in (0, best)]
    equal, undecided = (
        [names[other] for other in others if settled.verdicts[best, other] == word] for word in ("equal", "open")
    )
    if undecided:
        return (
            f"After {after} {names[best]} has closed {more}, the most on average, but {worlds} do not tell whether "
            f"{_listed(undecided, 'or')} would close as much{_also(equal)}."
        )
    if equal:
        share = percent(results.precision)
        return f"After {after} {names[best]} has closed {more}; {_listed(equal)} {_is(equal)} equal to it, within {share} of the gap."
    return f"After {after} {names[best]} has closed {more}, and is ahead of every other plan on average."


def _also(equal: list[str]) -> str:
    return f"; {_listed(equal)} {_is(equal)} equal to it" if equal else ""


def _guesses(results: PlanResults, answers: Answers) -> str:
    names, best, rival = results.names, answers.best, answers.rival
    lead = answers.leads[best]
    told = f"In {_of(lead.ahead, lead.worlds)} it is ahead of {names[0]}"
    if rival is not None:
        over = answers.over_rival
        told += f", in {_of(over.ahead, over.worlds)} of {names[rival]}"
    ends = f"{hundredths(lead.worst)} to {hundredths(lead.best)} {POINTS}"
    return f"{told}; what nobody knows makes {ends} of its lead over {names[0]}."


def _luck(results: PlanResults, answers: Answers) -> str:
    spread, seen = answers.spreads[answers.best], answers.seen[answers.best]
    ends = interval(spread.low, spread.high, "share")
    if seen.month is None:
        sight = f"and fewer than four in five counties would see it within {duration(results.months)}"
    else:
        sight = f"and four in five counties would see it from month {seen.month} on"
    return (
        f"One county is one run: nine in ten would close {ends} {POINTS} more than without the plan, luck and guesses together, {sight}."
    )


def _money(results: PlanResults, answers: Answers) -> str:
    names, best, currency = results.names, answers.best, results.plans.costs.currency
    told = f"{_capital(names[best])} takes {money(results.spent[best].total, currency)} of cash in {duration(results.months)}"
    price = answers.prices[best]
    if price is not None:
        ends = f"{money(price.low, currency)} to {money(price.high, currency)}"
        told += f", {money(price.money, currency)} for each point of the gap that it adds (interval {ends})"
    elif results.spent[best].total > results.spent[0].total:
        told += ", and no price of an added point can be given, since none is sure"
    over = answers.over[best]
    if over is not None:
        told += f", which is more than there is ({_over(over, currency)})"
    if answers.unequal is not None:
        few, much = (money(amount, currency) for amount in (answers.unequal.low, answers.unequal.high))
        told += f"; the plans spend unequally, from {few} ({answers.unequal.least}) to {much} ({answers.unequal.most})"
    return f"{told}."


def _over(over: OverBudget, currency: str) -> str:
    parts = []
    if over.years:
        which = f"year {over.years[0]}" if len(over.years) == 1 else f"years {_listed(list(map(str, over.years)))}"
        parts.append(f"up to {money(over.most, currency)} in {which}")
    if over.in_all:
        parts.append(f"{money(over.in_all, currency)} in all")
    return ", ".join(parts)


def _of(count: float, worlds: int) -> str:
    return f"{count:g} of {plural(worlds, 'world')}"


def _listed(names: list[str], last: str = "and") -> str:
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- tables -------------------------------------------------------------------------------------------


def plans_table(results: PlanResults, answers: Answers) -> Table:
    """Compare all plans in progress at the end, with luck, guesses and error told apart."""
    rows: list[tuple[Value, ...]] = []
    for plan in answers.order:
        spread, lead, settled = answers.spreads[plan], answers.leads[plan], results.settled
        reached: Value = float(answers.world_means[:, plan].mean())
        more: tuple[Value, ...] = (None,) * 6
        if plan:
            error = (float(settled.low[plan, 0]), float(settled.high[plan, 0]))
            ahead = _of(lead.ahead, lead.worlds)
            more = (spread.mean, error, (lead.worst, lead.best), spread.luck, (spread.low, spread.high), ahead)
        rows.append((results.names[plan], reached, *more, float(answers.regret.mean[plan]), float(answers.regret.most[plan])))
    return Table(
        "Plans",
        f"How much of the gap is closed after {duration(results.months)}, and how much more than {results.names[0]} ({POINTS})",
        (
            Column("plan"), Column("gap closed", "percent"), Column("more, on average", "points"),
            Column("error of that, by the number of runs", "points"), Column("guesses: worst to best world", "points"),
            Column("luck: spread of one world's runs", "points"), Column("one county, 9 in 10", "points"), Column("ahead in"),
            Column("regret, mean", "points"), Column("regret, worst world", "points"),
        ),
        tuple(rows),
        "Error: the interval of the average, valid whenever the runs were stopped; it shrinks with more of them. Guesses: what differs "
        "between worlds. Luck: standard deviation between counties in one world. One county: luck and guesses together. Regret: what "
        "is lost against the best plan of each world.",
    )  # fmt: skip


_VERDICTS = {"ahead": "is ahead", "behind": "is behind", "equal": "are equal", "open": "not told apart"}


def pairs_table(results: PlanResults, answers: Answers) -> Table:
    """Judge each two plans."""
    settled, rows = results.settled, list[tuple[Value, ...]]()
    for place, one in enumerate(answers.order):
        for other in answers.order[place + 1 :]:
            verdict = str(settled.verdicts[one, other])
            ends = (float(settled.low[one, other]), float(settled.high[one, other]))
            needed = int(settled.needed[one, other]) if verdict == "open" else None
            difference = float(settled.difference[one, other])
            rows.append((results.names[one], results.names[other], difference, ends, _VERDICTS[verdict], needed))
    return Table(
        "Each two plans",
        f"Each two plans after {duration(results.months)} ({POINTS} of the gap)",
        (
            Column("plan"), Column("and"), Column("more, on average", "points"),
            Column("error of that, by the number of runs", "points"), Column("verdict"), Column("worlds that would tell", "count"),
        ),
        tuple(rows),
        f"All intervals hold at once, at 95 %, whenever the runs were stopped. Equal: the difference is surely below "
        f"{percent(results.precision)} of the gap.",
    )  # fmt: skip


def money_table(results: PlanResults, answers: Answers) -> Table:
    """Sum up what each plan takes and what an added point costs."""
    currency, rows = results.plans.costs.currency, list[tuple[Value, ...]]()
    for plan in answers.order:
        spent, price, over = results.spent[plan], answers.prices[plan], answers.over[plan]
        added = float(results.settled.difference[plan, 0]) if plan else None
        costs_more = plan and spent.total > results.spent[0].total
        rows.append(
            (
                results.names[plan], spent.total, float(spent.cash.max()), math.fsum(spent.in_kind), math.fsum(spent.raised), added,
                price.money if price else "none is sure" if costs_more else None,
                (price.low, price.high) if price else None,
                _over(over, currency) if over else "",
            )  # fmt: skip
        )
    return Table(
        "Money",
        f"Money of each plan over {duration(results.months)}",
        (
            Column("plan"), Column("cash in all", "money"), Column("most in a year", "money"),
            Column("partners' time, in kind", "money"), Column("grants raised for members", "money"),
            Column("points added", "points"), Column("cost of an added point", "money"),
            Column("error of that, by the number of runs", "money"), Column("beyond the budget"),
        ),
        tuple(rows),
        f"Cash: posts, whoever pays them, and data. An added point is one more than {results.names[0]} would close; where the interval of "
        "the points includes 0 none is sure, and none has a price.",
        currency,
    )  # fmt: skip


def years_table(results: PlanResults) -> Table:
    """List the money of each plan by year and item."""
    rows: list[tuple[Value, ...]] = [
        (name, str(year), *map(float, amounts), float(amounts[[item.kind == "cash" for item in ITEMS]].sum()))
        for name, spent in zip(results.names, results.spent, strict=True)
        for year, amounts in enumerate(spent.by_year, 1)
    ]
    items = [Column(item.name if item.kind == "cash" else f"{item.name} ({item.kind})", "money") for item in ITEMS]
    columns = (Column("plan"), Column("year"), *items, Column("cash", "money"))
    left_out = sorted({path for spent in results.spent for path in spent.left_out})
    note = "Means of runs with the values of the file, not with guesses."
    if left_out:
        note += f" An event on a condition may change {_listed(left_out)}, which is not counted."
    return Table("Money by year", "Money by plan and year", columns, tuple(rows), note, results.plans.costs.currency)


def outcomes_table(results: PlanResults, answers: Answers) -> Table:
    """Give each outcome at the end in its own unit, and in people where the file says how many there are."""
    rows: list[tuple[Value, ...]] = []
    for outcome in results.plans.base.community.outcomes:
        indicators = results.measure(f"indicator.{outcome.name}")[..., -1]
        people = results.plans.people.get(outcome.name)
        for plan in answers.order:
            values = outcome.in_unit(indicators[:, plan])
            more = outcome.in_unit(indicators[:, plan]) - outcome.in_unit(indicators[:, 0])
            means = more.mean(axis=1)
            one = np.quantile(more, [0.05, 0.95])
            counted: tuple[Value, ...] = (None,) * 4
            if plan:
                in_people = None if people is None else float(means.mean()) * _people(outcome, people)
                counted = (float(means.mean()), (float(means.min()), float(means.max())), (float(one[0]), float(one[1])), in_people)
            rows.append((f"{outcome.name} ({outcome.unit})" if outcome.unit else outcome.name, results.names[plan],
                         float(outcome.in_unit(outcome.baseline)), float(values.mean()), *counted))  # fmt: skip
    return Table(
        "Outcomes",
        f"Outcomes after {duration(results.months)}, in their own units",
        (
            Column("outcome"), Column("plan"), Column("today", "number"), Column("then", "number"),
            Column(f"change against {results.names[0]}", "number"), Column("guesses: lowest to highest world", "number"),
            Column("one county, 9 in 10 (luck and guesses)", "number"), Column("people", "number"),
        ),
        tuple(rows),
        "People: how many more have what the outcome asks for, on average, where the file says how many there are in all.",
    )  # fmt: skip


def _people(outcome: Outcome, people: float) -> float:
    """People per unit of an outcome: per cent are of all, anything else is of the way from zero to one."""
    if outcome.unit.startswith("%"):
        return math.copysign(people / 100.0, outcome.one - outcome.zero)
    return people / (outcome.one - outcome.zero)


def hinges_table(results: PlanResults, answers: Answers) -> Table:
    """Rank the guesses that the choice hangs on."""
    rows: list[tuple[Value, ...]] = []
    for hinge in answers.hinges:
        guess = results.plans.guesses[hinge.factor]
        flips = "nowhere in its range"
        if hinge.flips_at is not None:
            flips = f"{number(hinge.flips_at)} {guess.info.unit}".strip() + ("" if hinge.clear else " (not sure)")
        rows.append((short(guess.info), guess.path, _range(guess.range.low, guess.range.high, guess.info), hinge.explained,
                     "grows with it" if hinge.rises else "shrinks with it", flips))  # fmt: skip
    return Table(
        "What it hangs on",
        f"What the choice hangs on: the lead of {results.names[answers.best]}"
        + (f" over {results.names[answers.rival]}" if answers.rival is not None else ""),
        (Column("guess"), Column("field"), Column("guessed from, to"), Column("share explained", "percent"), Column("the lead"),
         Column("would turn at")),
        tuple(rows),
        "Only guesses that are told from chance are named. Share explained: of the differences between worlds.",
    )  # fmt: skip


def worth_table(results: PlanResults, answers: Answers) -> Table:
    """Rank the guesses by what finding out would be worth."""
    worth, guesses = answers.worth, results.plans.guesses
    order = [int(at) for at in np.argsort(-np.nan_to_num(worth.value), kind="stable") if worth.clear[at] and worth.value[at] > 0]
    rows = tuple(
        (short(guesses[at].info), guesses[at].path, float(worth.value[at]), float(worth.error[at])) for at in order
    )
    return Table(
        "What to find out",
        "What to find out first: how much more of the gap the choice would close, on average, by somebody who knew",
        (Column("guess"), Column("field"), Column("worth", "points"), Column("standard error", "points")),
        rows,
        f"In {POINTS} of the gap. Knowing everything would be worth {hundredths(answers.everything.value)}.",
    )


def guesses_table(results: PlanResults) -> Table:
    """List what was guessed."""
    rows = tuple(
        (
            short(guess.info), guess.path, _range(guess.range.low, guess.range.high, guess.info),
            NOTHING if guess.range.middle is None else number(guess.range.middle),
            "given in the file" if guess.given else "plausible range of the model",
        )  # fmt: skip
        for guess in results.plans.guesses
    )
    columns = (Column("guess"), Column("field"), Column("from, to"), Column("likeliest"), Column("where it comes from"))
    return Table("Guesses", "What was guessed: each world draws every one of these anew", columns, rows)


def costs_table(results: PlanResults) -> Table:
    """List what things cost, and which of that is assumed."""
    costs = results.plans.costs
    rows = tuple(
        (
            info.meaning, setting(getattr(costs, info.name)), info.unit.replace("money", costs.currency),
            "assumed" if info.name in costs.assumed else "given", info.source if info.name in costs.assumed else "",
        )  # fmt: skip
        for info in fields_of_costs()
        if getattr(costs, info.name) is not None
    )
    columns = (Column("cost"), Column("value"), Column("unit"), Column("assumed or given"), Column("source of what is assumed"))
    return Table("Costs", "What things cost", columns, rows)


def _range(low: float, high: float, info: FieldInfo) -> str:
    return f"{number(low)} to {number(high)} {info.unit}".strip()


GLOSSARY = (
    ("gap", "what is missing of each outcome today, from where it stands to all that is wanted, weighted over the outcomes."),
    ("percentage point", "one hundredth of the gap. Ten points more: a tenth of the gap more is closed."),
    ("added", "more than doing nothing new would bring. What comes in any case is never counted for a plan."),
    ("FTE", "full-time equivalent: the work of one full-time post."),
    ("backbone", "staff who serve the coalition as a whole: bring partners together, keep data, align plans."),
    ("world", "one set of guesses of what nobody knows. All plans meet in the same worlds."),
    ("luck", "what differs between two counties that are alike: who leaves, which budget is cut. One county is one run."),
    ("same luck", "every plan meets the same departures, budgets and chances, so that plans differ by what they do alone."),
    ("interval", "where the average would lie with many more runs. It says nothing about how right the model is."),
    ("regret", "what a plan loses, in a world, against the plan that would have been best in it."),
)
