"""Plan files in words and as documents: what each plan changes, what is given, assumed and guessed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cisim.plan.costs import fields_of_costs
from cisim.plan.guesses import Guess
from cisim.plan.run import base_trends, nothing_new_ends
from cisim.plan.spec import Plans
from cisim.plan.words import field_line, short
from cisim.report.documents import changes
from cisim.report.format import duration, money, number, plural
from cisim.scenario.catalogue import OUTCOMES


def plan_line(lines: tuple[str, ...], why: str = "") -> str:
    """Say in one line what a plan changes, and why, if the file says it."""
    return "; ".join(lines) + (f". Why: {why}" if why else "")


def plans_in_words(plans: Plans) -> dict[str, list[str]]:
    """Write what a plan file asks, as lines under headings."""
    always = [
        f"{plans.nothing_new.name}: {plan_line(plans.nothing_new.lines)}",
        "the same money on services: always added too",
    ]
    return {
        "All plans, unless they say otherwise": common_in_words(plans),
        "Plans": [f"{plan.name}: {plan_line(plan.lines, plan.why)}" for plan in plans.given.values()] + always,
        "Outcomes": outcomes_in_words(plans),
        "Costs": costs_in_words(plans),
        "Guesses": guesses_in_words(plans),
    }


#: What a plan file should decide, and what is said of it in any case.
COMMON = ("backbone.staff", "backbone.member_share", "communication.frequency")


def common_in_words(plans: Plans) -> list[str]:
    """Write what the plans have in common: staff, who pays it, meetings, and the fields that are not at their default."""
    base, changed = plans.base, changes(plans.base)
    own = {"community.outcomes", "community.groups", "scenario.months", "coalition.file", "coalition.ties", *COMMON}
    lines = [
        field_line(path, base.value(path), base.value(path)) + ("" if path in changed else ", as by default")
        for path in COMMON
    ]
    return lines + [field_line(path, value, value) for path, value in changed.items() if path not in own]


def outcomes_in_words(plans: Plans) -> list[str]:
    """Write where outcomes stand, and what their history says of the years to come."""
    solved, lines = base_trends(plans), []
    ends = nothing_new_ends(plans, solved)
    given = "outcomes" in plans.base.community.model_fields_set
    histories = {history.outcome.name: history for history in plans.histories}
    for outcome in plans.base.community.outcomes:
        unit = f" {outcome.unit}" if outcome.unit else ""
        line = f"{outcome.name}: {number(outcome.in_unit(outcome.baseline))}{unit} at the start"
        if outcome.name not in histories and not (given and "baseline" in outcome.model_fields_set):
            line += ", which is assumed: the file gives neither baseline nor history"
        if outcome.name in histories:
            history = histories[outcome.name]
            slope = round(history.slope * (outcome.one - outcome.zero), 9)
            trend = solved[f"{OUTCOMES}{outcome.name}.trend"]
            if len(history.years) > 1:
                line += f"; from {history.years[0]} to {history.years[-1]} it changed by {number(slope)} a year"
            else:
                line += f"; of {history.years[0]} alone it is known, so it is taken to stand still"
            line += f", and but for chance goes on so if nothing new is done (a trend of {number(trend)} of the indicator a month is solved for)"
        elif outcome.trend == 0.0:
            year = "history = { 2025 = " + number(outcome.in_unit(outcome.baseline)) + " }"
            line += (
                f"; the file gives no history, so the model alone says what becomes of it if nothing new is done: "
                f"{number(outcome.in_unit(ends[outcome.name]))} after {duration(plans.base.months)} ({year} would let it stand still)"
            )
        if outcome.name in plans.people:
            line += f"; {number(plans.people[outcome.name])} people"
        lines.append(line)
    return lines


def costs_in_words(plans: Plans) -> list[str]:
    """Write what things cost, and which of it is assumed."""
    costs, lines = plans.costs, []
    for info in fields_of_costs():
        value = getattr(costs, info.name)
        if info.name == "currency" or value is None:
            continue
        shown = money(value, costs.currency) if info.unit.startswith("money") else number(value)
        each = " a year" if info.unit.endswith("/year") and "year" not in short(info) else ""
        assumed = f" (assumed; source: {info.source})" if info.name in costs.assumed else ""
        lines.append(f"{short(info)}: {shown}{each}{assumed}")
    return lines


def guess_in_words(guess: Guess) -> str:
    """Write one guess: what it is, and its range."""
    low, high, middle, _ = guess.range
    likeliest = "" if middle is None else f", likeliest {number(middle)}"
    unit = f" {guess.info.unit}" if guess.info.unit and guess.info.unit not in {"[0, 1]", "share"} else ""
    return f"{short(guess.info)}: {number(low)} to {number(high)}{likeliest}{unit} ({guess.path})"


def guesses_in_words(plans: Plans) -> list[str]:
    """Write what is guessed: the ranges of the file, how many others vary, and what is not guessed since it is known."""
    given = [guess_in_words(guess) for guess in plans.guesses if guess.given]
    others = sum(not guess.given for guess in plans.guesses)
    lines = given or ["the file names none"]
    if others:
        lines.append(
            f"{plural(others, 'other field')} that nobody knows vary over their plausible ranges, the likelier the nearer to the value "
            'of the file (others = "fixed" under [guesses] holds them)'
        )
    lines += [
        f"{plural(count, 'field')} not guessed: {reason}" for reason, count in Counter(plans.held.values()).items()
    ]
    return lines


def plans_document(plans: Plans) -> dict[str, Any]:
    """Describe a plan file for machines."""
    return {
        "name": plans.name,
        "months": plans.base.months,
        "partners": len(plans.roster.names),
        "plans": {plan.name: list(plan.lines) for plan in (plans.nothing_new, *plans.given.values())},
        "trends": base_trends(plans),
        "costs": {**plans.costs.model_dump(), "assumed": list(plans.costs.assumed)},
        "guesses": {guess.path: {**guess.range.as_mapping(), "given": guess.given} for guess in plans.guesses},
        "not_guessed": dict(plans.held),
    }
