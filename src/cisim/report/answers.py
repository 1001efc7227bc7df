"""Answers to planners, for the report and the command line alike: sentences, tables, JSON, and a glossary."""

from __future__ import annotations

from typing import Any

from cisim.plan.answers import Answers, Hanging, Standing
from cisim.plan.costs import ITEMS, Spending
from cisim.report import answer_tables as listed
from cisim.report.answer_words import answer, early, find_out, hangs_on, lasts
from cisim.report.tables import Table, Value


def answers_in_words(answers: Answers) -> list[str]:
    """Say everything that has an answer in sentences: the four of `answer`, what it hangs on, what to find out first."""
    return [*answer(answers), *hangs_on(answers), *find_out(answers), *early(answers), *lasts(answers)]


def tables(answers: Answers) -> list[Table]:
    """List the tables that answer what planners ask, the most important first."""
    found = [
        *([listed.questions_table(answers)] if answers.questions else []),
        listed.plans_table(answers),
        listed.money_table(answers),
        listed.pairs_table(answers),
        listed.outcomes_table(answers),
    ]
    if answers.hanging or answers.over_nothing:
        found.append(listed.hinges_table(answers))
    if answers.findings:
        found.append(listed.findings_table(answers))
    if answers.signs:
        found.append(listed.signs_table(answers))
    if answers.partners:
        found.append(listed.partners_table(answers))
    if answers.lasting is not None:
        found.append(listed.lasting_table(answers))
    return found


def background(answers: Answers) -> list[Table]:
    """List the tables of what the answers rest on: money by year, regret, what was guessed, what things cost."""
    return [
        listed.years_table(answers),
        listed.regret_table(answers),
        listed.guesses_table(answers),
        listed.costs_table(answers),
    ]


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
        "pairs": _plain_rows(listed.pairs_table(answers)),
        "questions": [
            {**each._asdict(), "difference": each.difference._asdict(), "lead": each.lead._asdict()}
            for each in answers.questions
        ],
        "best": answers.best,
        "looked_at": answers.looked_at,
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
