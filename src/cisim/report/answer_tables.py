"""Answers to planners in tables.

Three kinds of uncertainty are named apart wherever there is a number: *luck*, since one county is one run; *guesses*, which differ from
world to world; and the *error* of a mean of so many worlds and runs, which alone shrinks with more of them.
"""

from __future__ import annotations

import numpy as np

from cisim.plan.answers import Answers, Hanging, Standing
from cisim.plan.costs import ITEMS, fields_of_costs
from cisim.plan.deciding import Spread
from cisim.plan.spec import NOTHING_NEW
from cisim.plan.words import short
from cisim.report.answer_words import (
    POINTS,
    better,
    beyond,
    digits,
    listed,
    measure_in_words,
    named,
    range_of,
    share_of,
    with_unit,
)
from cisim.report.format import NOTHING, duration, hundredths, number, percent
from cisim.report.tables import Column, Table, Value
from cisim.scenario import FieldInfo

_ERROR = "error of the average: 90 % interval"
_LUCK, _GUESSES = "luck: spread within a world", "guesses: spread between worlds"
_COUNTY = "one county: 9 in 10"
_HOW = (
    "Error: where the average would lie with very many worlds; it shrinks with more of them. Guesses: standard deviation between worlds. "
    "Luck: standard deviation between counties of one world. One county: luck and guesses together."
)


def _by_progress(answers: Answers) -> list[Standing]:
    return sorted(answers.standings, key=lambda each: -each.progress.mean)


def _cells(of: Spread) -> list[Value]:
    """List a mean with its error, guesses, luck, and where one county lies, as the columns of tables have them."""
    return [of.mean, (of.mean_low, of.mean_high), of.guesses, of.luck, (of.low, of.high)]


def plans_table(answers: Answers) -> Table:
    """Compare all plans in progress at the end, with luck, guesses and error told apart."""
    rows = list[tuple[Value, ...]]()
    for each in _by_progress(answers):
        added, more = each.added, list[Value]([None] * 6)
        if each.name != NOTHING_NEW:
            same = each.ahead.worst == each.ahead.best == 0
            ahead = "the same" if same else share_of(each.ahead.ahead, each.ahead.worlds)
            more = [*_cells(added), ahead]
        rows.append((each.name, each.progress.mean, *more))
    columns = (
        *(Column("plan"), Column("gap closed", "percent"), Column("added", "points"), Column(_ERROR, "points")),
        *(Column(_GUESSES, "spread"), Column(_LUCK, "spread"), Column(_COUNTY, "points"), Column("ahead in")),
    )
    after = duration(answers.results.months)
    caption = f"Plans after {after}: share of the gap that is closed, and what is added to doing nothing new ({POINTS})"
    return Table("Plans", caption, columns, tuple(rows), _HOW)


def questions_table(answers: Answers) -> Table:
    """Compare plans with those that the file names to read them against: choices, and what may happen."""
    currency = answers.results.plans.costs.currency
    verdicts = {"ahead": "does more", "behind": "does less", "equal": "too near to choose by", "open": "not told apart"}
    risks = {"ahead": "helps", "behind": "harms", "equal": "changes little", "open": "not told from chance"}
    rows = tuple(
        (
            f"if “{each.name}” happens" if each.risk else each.name,
            each.other,
            each.difference.mean,
            (each.difference.mean_low, each.difference.mean_high),
            (each.difference.low, each.difference.high),
            share_of(each.lead.ahead, each.lead.worlds),
            (risks if each.risk else verdicts)[each.verdict],
            each.money,
        )
        for each in answers.questions
    )
    columns = (
        *(
            Column("plan"),
            Column("read against"),
            Column("adds", "points"),
            Column(_ERROR, "points"),
            Column(_COUNTY, "points"),
        ),
        *(Column("does more in"), Column("so it"), Column("more cash", "money")),
    )
    caption = f"The questions of the file, after {duration(answers.results.months)} ({POINTS} of the gap)"
    note = (
        f"Too near to choose by: less than {number(100 * answers.results.precision)} of a point apart, for all pairs of plans at once with "
        "95 %; single outcomes may differ by more."
    )
    return Table("Questions", caption, columns, rows, note, currency)


def brief_table(answers: Answers) -> Table:
    """Sum up what plans add and cost, for a first page."""
    currency, nothing = answers.results.plans.costs.currency, answers.standing(NOTHING_NEW).spent.total
    rows = tuple(
        (
            each.name,
            each.spent.total,
            each.added.mean,
            (each.added.mean_low, each.added.mean_high),
            (each.added.low, each.added.high),
            each.per_point.money if each.per_point else "none is sure" if each.spent.total > nothing else None,
        )
        for each in _by_progress(answers)
        if each.name != NOTHING_NEW
    )
    columns = (
        *(Column("plan"), Column("cash in all", "money"), Column("points added", "points"), Column(_ERROR, "points")),
        *(Column("one county: 9 in 10 (luck and guesses)", "points"), Column("cost of an added point", "money")),
    )
    caption = f"Money in {duration(answers.results.months)}, and points of the gap added to doing nothing new"
    return Table("In short", caption, columns, rows, currency=currency)


_VERDICTS = {
    "ahead": "the first is ahead",
    "behind": "the second is ahead",
    "equal": "too near to choose by",
    "open": "not told apart",
}


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
                    answers.results.interval(one.name, other.name),
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
                beyond(each.over, currency) if each.over else "no" if _has_budget(answers) else NOTHING,
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
    note = f"Not counted is what an event on a condition makes of {listed(left_out)}." if left_out else ""
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
            more, people = list[Value]([None] * 6), of.people
            if each.name != NOTHING_NEW:
                added = of.added
                more = [*_cells(added), better(added, answers.results.plans.base.community.outcomes[place])]
            counted: list[Value] = [people[0], people[1:]] if people and each.name != NOTHING_NEW else [None, None]
            rows.append((name, each.name, of.start, of.at_end.mean, *more, *counted))
    columns = (
        *(Column("outcome"), Column("plan"), Column("at the start", "number"), Column("at the end", "number")),
        *(Column("added", "change"), Column(_ERROR, "number"), Column(_GUESSES, "number"), Column(_LUCK, "number")),
        *(
            Column(_COUNTY, "number"),
            Column("so it is"),
            Column("people", "whole"),
            Column("people: 90 % interval", "whole"),
        ),
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
            range_of(each.guess),
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
    return with_unit(hanging.hinge.flips_at, hanging.guess) + ("" if hanging.hinge.clear else " (not sure)")


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
    note = f"What better choices would add on average ({POINTS} of the gap). Knowing all guesses: {most}{hundredths(known, digits(known))}."
    return Table(
        "What to find out", "What to find out first", columns, rows, note, answers.results.plans.costs.currency
    )


def signs_table(answers: Answers) -> Table:
    """List the early signs of the best of the file's own plans."""
    rows = tuple(
        (
            measure_in_words(each.measure),
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
        f"On track: runs of {named(answers.looked_at)} that end in the better half of what it adds. Signs were chosen in one half of the worlds and "
        "judged in the other; luck and guesses together."
    )
    return Table("Early signs", f"Early signs of {named(answers.looked_at)}", columns, rows, note)


def partners_table(answers: Answers) -> Table:
    """List the partners by what each contributes to the best of the file's own plans."""
    rows = tuple(
        (
            each.name,
            each.sector,
            each.staff,
            *_cells(each.contribution)[:4],
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
        "Partners",
        f"Partners in {named(answers.looked_at)}: who contributes, who stays, who gains",
        columns,
        rows,
        note,
    )


def lasting_table(answers: Answers) -> Table:
    """Say what lasts of the best of the file's own plans."""
    assert answers.lasting is not None
    last = answers.lasting
    rows = tuple(
        (name, *_cells(of))
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
    caption = f"What lasts of {named(answers.looked_at)}: what it adds to doing nothing new ({POINTS})"
    return Table("What lasts", caption, columns, rows, "Of fewer worlds than the table of plans.")


def guesses_table(answers: Answers) -> Table:
    """List what was guessed."""
    rows = tuple(
        (
            short(guess.info),
            guess.path,
            range_of(guess),
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
            _figure(getattr(costs, info.name), info, costs.currency),
            "assumed" if info.name in costs.assumed else "given",
            info.source if info.name in costs.assumed else "",
        )
        for info in fields_of_costs()
        if getattr(costs, info.name) is not None and info.name != "currency"
    )
    columns = (Column("cost"), Column("value"), Column("assumed or given"), Column("source of what is assumed"))
    return Table("Costs", "What things cost", columns, rows)


def _figure(value: float, info: FieldInfo, currency: str) -> str:
    if info.unit.startswith("money"):
        shown = f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
        return f"${shown}" if currency == "USD" else f"{shown} {currency}"
    return f"{percent(value, 0)} of a post" if info.name == "overhead" else f"{number(value)} {info.unit}"
