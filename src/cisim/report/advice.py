"""Advice in sentences, a table and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cisim.plan.advise import Advice, Option
from cisim.plan.costs import per_added_point
from cisim.plan.spec import NOTHING_NEW
from cisim.report.format import NOTHING, duration, hundredths, interval, money, percent, plural, setting
from cisim.report.tables import Column, Table, Value
from cisim.scenario.toml import toml_key, toml_value

POINTS = "percentage points"
AIM, ROBUST_AIM = "on average", "at least in nine of ten worlds"


def settings_in_words(settings: Mapping[str, Any]) -> str:
    """Write what an option sets each lever to: "backbone.staff 1.5, meet monthly"."""
    return ", ".join(f"{name} {setting(value)}" for name, value in settings.items())


def advice_in_words(advice: Advice) -> list[str]:
    """Say which option is best within the budget, what less and more money trades, and how far to trust it."""
    return [_best(advice), *_cheaper(advice), *_trades(advice), _trust(advice)]


def _best(advice: Advice) -> str:
    best, results = advice.options[advice.best], advice.results
    currency, after = results.plans.costs.currency, duration(results.months)
    aim = ROBUST_AIM if advice.robust else AIM
    more = f"{hundredths(advice.aim(best))} {POINTS} more of the gap than doing nothing new {aim}"
    costs, within = results.plans.costs, sum(each.beyond <= 0 for each in advice.tried)
    limited = costs.budget is not None or costs.budget_in_all is not None
    budget = f", {within} of them within the budget," if limited else ""
    told = (
        f"Of {plural(len(advice.tried), 'combination')}{budget} “{best.plan.name}” does most ({settings_in_words(best.settings)}): "
        f"after {after} it has closed {more}, for {money(best.spent.total, currency)} of cash in all."
    )
    verdict = advice.results.verdict(best.plan.name, NOTHING_NEW)
    if verdict != "ahead":
        why = {
            "behind": "it is behind doing nothing new",
            "equal": "it equals doing nothing new",
            "open": f"{plural(len(results.values), 'world')} do not tell it from doing nothing new",
        }
        told += f" But on average {why[verdict]}: none of the options is sure to add anything."
    return told


def _cheaper(advice: Advice) -> list[str]:
    """Name the cheapest option that is as good as the best one for all that these worlds tell."""
    if advice.enough == advice.best:
        return []
    best, enough = advice.options[advice.best], advice.options[advice.enough]
    saved = money(best.spent.total - enough.spent.total, advice.results.plans.costs.currency)
    equal = advice.results.verdict(best.plan.name, enough.plan.name) == "equal"
    alike = (
        f"equals it on average, within {percent(advice.results.precision)} of the gap"
        if equal
        else f"is not told from it by {plural(len(advice.results.values), 'world')}"
    )
    return [f"“{enough.plan.name}” ({settings_in_words(enough.settings)}) {alike}, for {saved} less."]


def _trades(advice: Advice) -> list[str]:
    """Say what each step to the next dearer option trades, on average."""
    currency, told = advice.results.plans.costs.currency, []
    for one, other in zip(advice.options, advice.options[1:], strict=False):
        more = other.spent.total - one.spent.total
        words = f"From “{one.plan.name}” to “{other.plan.name}”: {money(more, currency)} more"
        verdict = advice.results.verdict(other.plan.name, one.plan.name)
        low, high = advice.results.interval(other.plan.name, one.plan.name)
        mean = other.added.mean - one.added.mean
        points = f"{hundredths(mean)} points ({interval(low, high, 'share')})"
        if verdict == "ahead":
            each = per_added_point(more, mean, low, high)
            told.append(f"{words} for {points}{f', {money(each.money, currency)} a point' if each else ''}.")
        elif verdict == "equal":
            told.append(f"{words} for {points}, which counts as equal.")
        elif verdict == "behind":
            told.append(f"{words} for less, {points}.")
        else:
            told.append(f"{words} for what these worlds do not tell from nothing, {points}.")
    return told


def _trust(advice: Advice) -> str:
    best, worlds = advice.options[advice.best], plural(len(advice.results.values), "world")
    promised, held = hundredths(best.promised), hundredths(advice.aim(best))
    return (
        f"The search had seen {promised} points of “{best.plan.name}” in a few worlds; all that is said here is of {worlds} that it never met, "
        f"with other luck, where it is {held}. Other levers, or values between those that were tried, may do better."
    )


def options_table(advice: Advice) -> Table:
    """Compare the options, the cheapest first."""
    rows = tuple(_row(advice, option) for option in advice.options)
    columns = (
        *(Column("option"), *(Column(lever.name) for lever in advice.levers), Column("cash in all", "money")),
        *(Column("added", "points"), Column("error of the average: 90 % interval", "points")),
        *(Column("at least in 9 of 10 worlds", "points"), Column("one county: 9 in 10", "points")),
        Column("cost of an added point", "money"),
    )
    note = (
        "Added: to doing nothing new. Error: where the average would lie with very many worlds. At least in 9 of 10 worlds: what guesses leave. "
        "One county: luck and guesses together. An added point has no price where none is sure."
    )
    aim = ROBUST_AIM if advice.robust else AIM
    caption = (
        f"Options that add most for their money ({aim}) after {duration(advice.results.months)} ({POINTS} of the gap)"
    )
    return Table("Options", caption, columns, rows, note, advice.results.plans.costs.currency)


def _row(advice: Advice, option: Option) -> tuple[Value, ...]:
    added = option.added
    price = per_added_point(_more(advice, option), added.mean, added.mean_low, added.mean_high)
    values = (setting(option.settings[lever.name]) for lever in advice.levers)
    county, error = (added.low, added.high), (added.mean_low, added.mean_high)
    cost = price.money if price else NOTHING
    return (option.plan.name, *values, option.spent.total, added.mean, error, option.floor, county, cost)


def _more(advice: Advice, option: Option) -> float:
    """Return the cash that an option takes more than doing nothing new."""
    return option.spent.total - advice.results.spent[0].total


def option_toml(option: Option) -> str:
    """Write an option as a table of a plan file."""
    lines = (f"{name} = {toml_value(value)}" for name, value in option.settings.items())
    return "\n".join([f"[plans.{toml_key(option.plan.name)}]", *lines])


def advice_document(advice: Advice) -> dict[str, Any]:
    """Give the advice as JSON: shares of the gap, months, money in the currency of the costs."""
    results, options = advice.results, advice.options
    return {
        "advice": advice_in_words(advice),
        "levers": {lever.name: lever.values for lever in advice.levers},
        "aim": ROBUST_AIM if advice.robust else AIM,
        "currency": results.plans.costs.currency,
        "months": results.months,
        "worlds": len(results.values),
        "runs": results.values.shape[2],
        "seed": results.seed,
        "best": options[advice.best].plan.name,
        "enough": options[advice.enough].plan.name,
        "options": [
            {
                "option": option.plan.name,
                "settings": dict(option.settings),
                "changes": option.plan.lines,
                "cash": option.spent.total,
                "cash_by_year": option.spent.cash.tolist(),
                "added": option.added._asdict(),
                "at_least_in_nine_of_ten_worlds": option.floor,
                "seen_in_search": option.promised,
            }
            for option in options
        ],
        "tried": [{**each._asdict(), "settings": dict(each.settings)} for each in advice.tried],
    }
