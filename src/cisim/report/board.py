"""Report of the planner's desk for a board: one HTML file that asks nothing of any network, and a workbook with every table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from markupsafe import Markup

from cisim import plot
from cisim.ensemble import made_with
from cisim.errors import InputError, Problems, writing
from cisim.files import check_file, replace_file
from cisim.plan.answers import Answers
from cisim.plan.spec import NOTHING_NEW, SERVICES
from cisim.plot.canvas import inline_svg
from cisim.plot.worlds import MOST, worlds
from cisim.report import answer_tables as listed
from cisim.report.answer_words import answer, contributes, early, find_out, hangs_on, lasts, named
from cisim.report.format import duration, number, plural
from cisim.report.glossary import find_word
from cisim.report.page import Section, page_of
from cisim.report.planning import guesses_in_words, outcomes_in_words, plan_line
from cisim.report.tables import Table, write_workbook

#: Words that the report explains.
GLOSSARY = ("nothing new", "gap", "point", "FTE", "backbone", "luck", "guess", "world", "interval", "regret")
LIMITS = (
    "This is a model. Nobody has yet shown that a real coalition follows it: read every number as what the model implies, not as a forecast.",
    "What is published of collective impact are mostly studies of single cases, which tell what people saw but not what would have happened "
    "without. So the ranges of what is guessed are wide, and rest in part on judgement.",
    "Intervals say how well so many runs pin down an average. They do not say how right the model is, and more runs make them narrower "
    "without making it truer.",
    "Guesses vary over the ranges that are listed here. If the truth lies outside, so may the answer.",
    "Cash is what posts and data cost. Time of partners' own staff is counted in kind; what their services cost already is counted nowhere.",
    "A county has no twin on the same luck to compare itself with, so it will see a difference later than is said here.",
)


def check_report(page: Path, *, overwrite: bool) -> None:
    """Refuse a report that cannot be written: another ending than .html, no such folder, a file that is there already."""
    if not page.name:
        raise InputError(f"{page}: is a folder, not a file")
    problems = Problems()
    for path, ending in ((page, ".html"), (page.with_suffix(".xlsx"), ".xlsx")):
        with problems.collected():
            check_file(path, (ending,), overwrite)
    problems.check()


def write_report(answers: Answers, page: Path, *, overwrite: bool = False) -> list[Path]:
    """Write the report and, beside it under the same name, the workbook.

    Returns:
        Both files.

    Raises:
        InputError: see `check_report`; or a file cannot be written.
    """
    check_report(page, overwrite=overwrite)
    book = page.with_suffix(".xlsx")
    sections = list(_sections(answers))
    text = _html(answers, sections)
    with writing(page):
        replace_file(page, lambda file: file.write(text.encode()))
    with writing(book):
        replace_file(book, partial(write_workbook, _tables(answers, sections), _about(answers)))
    return [page, book]


def html(answers: Answers) -> str:
    """Write the report as HTML; the same answers are the same text."""
    return _html(answers, list(_sections(answers)))


def _html(answers: Answers, sections: Sequence[Section]) -> str:
    results = answers.results
    return page_of(
        title=results.plans.name,
        about=results.plans.base.description,
        question=_question(answers),
        answer=answer(answers),
        brief=listed.brief_table(answers),
        hangs_on=hangs_on(answers),
        find_out=find_out(answers),
        pictures=[_differences(answers)],
        note="A model implies this, and nobody has validated it against a real coalition: take the direction from it, not the number. "
        "A point is one hundredth of the gap: what is missing today of all that is wanted. Every plan met the same luck. What the words "
        "mean stands at the end, and what this cannot say before it.",
        sections=sections,
    )


def _question(answers: Answers) -> str:
    given = sum(not plan.risk for plan in answers.results.plans.given.values())
    return (
        f"Which of {plural(given, 'plan')} closes most of the gap in {duration(answers.results.months)}, at what cost, and how sure is that? "
        f"All are compared with doing nothing new and with {SERVICES}."
    )


def _tables(answers: Answers, sections: Sequence[Section]) -> list[Table]:
    """List every table, in the order of the report."""
    return [
        listed.brief_table(answers),
        *(table for section in sections for table in (*section.tables, *section.sheets)),
    ]


def _sections(answers: Answers) -> Iterator[Section]:
    why = {plan.name: plan.why for plan in answers.results.plans.given.values()}
    if answers.questions:
        yield Section("Your questions", tables=[listed.questions_table(answers)])
    yield Section(
        "What the plans are",
        points=[(each.name, plan_line(each.lines, why.get(each.name, ""))) for each in answers.standings],
    )
    yield Section(
        "What they come to",
        tables=[listed.plans_table(answers), listed.regret_table(answers)],
        sheets=[listed.pairs_table(answers)],
    )
    yield Section("Outcomes", tables=[listed.outcomes_table(answers)])
    yield Section("Money", tables=[listed.money_table(answers), listed.years_table(answers)])
    if answers.hanging or answers.over_nothing:
        yield Section("What it hangs on", hangs_on(answers), tables=[listed.hinges_table(answers)])
    if answers.findings:
        yield Section("What to find out first", find_out(answers), tables=[listed.findings_table(answers)])
    if answers.signs:
        yield Section("Early signs", early(answers), tables=[listed.signs_table(answers)])
    # A board reads what is told from chance; all partners by name are in the workbook.
    sheets = [listed.partners_table(answers)] if answers.partners else []
    yield Section(
        "Who takes part, and who contributes", contributes(answers), pictures=[_network(answers)], sheets=sheets
    )
    if answers.lasting is not None:
        yield Section("What lasts", lasts(answers), tables=[listed.lasting_table(answers)])
    yield Section(
        "What was assumed",
        _assumed(answers),
        tables=[listed.costs_table(answers)],
        sheets=[listed.guesses_table(answers)],
    )
    yield Section("What this cannot say", LIMITS)
    yield Section("How to get the same numbers", points=_about(answers))
    words = [word for name in GLOSSARY if (word := find_word(name))]
    yield Section("Words", points=[(word.name, word.meaning) for word in words])


def _assumed(answers: Answers) -> list[str]:
    plans = answers.results.plans
    members = plans.roster
    source = "were generated, not read from a file" if members.generated else "were read from files"
    return [
        f"{plural(len(members.names), 'partner')} {source}.",
        *(f"{line}." for line in (*outcomes_in_words(plans), *guesses_in_words(plans))),
        f"The sheet of guesses in the workbook lists {plural(len(plans.guesses), 'range')}.",
    ]


def _about(answers: Answers) -> list[tuple[str, str]]:
    """Say how the numbers came about: lines of two."""
    results = answers.results
    worlds, _, runs = results.values.shape[:3]
    made = made_with()
    command = (
        f"cisim plan report PLAN.toml --worlds {worlds} --runs {runs} --seed {results.seed} "
        f"--precision {number(100 * results.precision)}"
    )
    plans = [(f"digest of {named(plan.name)}", plan.scenario.digest()) for plan in results.strategies]
    return [
        ("question", results.plans.name),
        ("command", command),
        (
            "runs",
            f"{plural(worlds, 'world')}, {plural(runs, 'run')} of each of {plural(len(results.names), 'plan')} in each; seed {results.seed}",
        ),
        ("why it stopped", _stopped(answers)),
        ("model", f"{made.pop('model')} (digest of its sources)"),
        ("versions", ", ".join(f"{name} {version}" for name, version in made.items())),
        ("digest of the coalition", results.plans.roster.digest),
        *plans,
    ]


def _stopped(answers: Answers) -> str:
    settled = answers.results.settled
    if settled.settled:
        return f"the order of the plans is settled, to {number(100 * answers.results.precision)} points"
    needed = int(settled.needed.max())
    return f"as many worlds as were asked for; about {number(needed)} would settle all pairs, if means and spreads stay as they are"


def _differences(answers: Answers) -> Markup:
    """Draw what the best plans, and the same money on services, add over time."""
    results = answers.results
    ranked = sorted(answers.standings[1:], key=lambda each: -each.progress.mean)
    best = [each.name for each in ranked if each.name != SERVICES][: MOST - 1]
    shown = [each.name for each in ranked if each.name in (*best, SERVICES)]
    progress = results.measure("progress")
    courses = {name: progress[:, results.names.index(name)] - progress[:, 0] for name in shown}
    left_out = len(ranked) - len(shown)
    title = "What plans add over time" + (f" ({left_out} more are in the tables)" if left_out else "")
    return Markup(inline_svg(worlds(courses, NOTHING_NEW), "added", title))


def _network(answers: Answers) -> Markup:
    plans = answers.results.plans
    ax = plot.network(plans.base, known=not plans.roster.generated)
    return Markup(inline_svg(ax, "network", "The network of the partners at the founding"))
