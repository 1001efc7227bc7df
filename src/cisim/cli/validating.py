"""`cisim validate`: every claim with what is expected, what was measured, how exactly, and its source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from cisim.cli.first_use import announce_first_use
from cisim.cli.terminal import document, progress, say, table
from cisim.errors import InputError
from cisim.report.export import check_file
from cisim.report.format import plural
from cisim.seeds import check
from cisim.threads import checked_threads
from cisim.validation.claims import FAILS, HOLDS, NOT_RUN, QUOTED, Claim, Effort
from cisim.validation.suites import Result, Suite, chosen, run_cases, verdicts

STYLES: dict[str, str] = {HOLDS: "green", FAILS: "bold red", NOT_RUN: "yellow"}
MEANING = (
    "Limit cases verify the code: each condition, taken alone, is a known model. Nothing yet validates the model of a coalition as a whole: "
    "shares of gain are properties of this model, not effect sizes, and intervals are within the model."
)


def validate(
    suites: Sequence[str],
    cases: Sequence[str],
    quick: bool,
    runs: int | None,
    points: int | None,
    seed: int,
    threads: int | None,
    html: Path | None,
    json: bool,
    overwrite: bool,
) -> int:
    """`cisim validate`: exit code 1 if a claim does not hold."""
    effort = Effort(quick, seed, threads, runs, points)
    _check(
        lambda: _at_least_two(effort),
        lambda: checked_threads(threads),
        lambda: check(seed, 2),
        lambda: chosen(suites, cases, quick),
        lambda: _check_page(html, overwrite),
    )
    wanted = chosen(suites, cases, quick)
    with announce_first_use(), progress("measuring", len(wanted), "cases") as told:
        found = list(run_cases(wanted, effort, lambda done, _: told(done)))
    if html is not None:
        from cisim.validation.page import write

        write(found, effort, html)
    if json:
        document(as_document(found, effort))
    else:
        for suite, of_suite in groupby(found, key=lambda result: result.suite):
            _tell(suite, list(of_suite))
        _conclude(found, effort, html)
    return 1 if verdicts(found)[FAILS] else 0


def _check(*checks: Callable[[], object]) -> None:
    """Tell all that is wrong at once."""
    problems: list[str] = []
    for one in checks:
        try:
            one()
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _at_least_two(effort: Effort) -> None:
    problems = [
        f"{what} = {number}: must be at least 2"
        for what, number in (("runs", effort.paired), ("points", effort.points))
        if number is not None and number < 2
    ]
    if problems:
        raise InputError(problems)


def _check_page(page: Path | None, overwrite: bool) -> None:
    if page is not None:
        check_file(page, (".html", ".htm"), overwrite)


def as_document(found: Sequence[Result], effort: Effort) -> dict[str, Any]:
    """What the command says, for machines."""
    counts = verdicts(found)
    return {
        "command": "validate",
        "quick": effort.quick,
        "seed": effort.seed,
        "suites": [
            {
                "name": suite.name,
                "title": suite.title,
                "about": suite.about,
                "cases": [
                    {
                        "name": result.case.name,
                        "title": result.case.title,
                        "about": result.case.about,
                        "claims": [asdict(claim) for claim in result.finding.claims],
                    }
                    for result in of_suite
                ],
            }
            for suite, of_suite in groupby(found, key=lambda result: result.suite)
        ],
        "verdicts": counts,
        "all_hold": not counts[FAILS],
    }


def _tell(suite: Suite, found: Sequence[Result]) -> None:
    say()
    say(suite.title, style="bold underline")
    say(suite.about, style="dim")
    for result in found:
        say()
        say(f"{result.case.title}  [{result.case.name}]", style="bold")
        say(result.case.about, style="dim")
        table(
            "", ["verdict", "claim"], [_row(claim) for claim in result.finding.claims], left=2, styles=STYLES
        )


def _row(claim: Claim) -> list[str]:
    lines = [claim.text]
    if claim.expected:
        lines.append(f"  {'the field' if claim.verdict == QUOTED else 'expected'}: {claim.expected}")
    if claim.measured:
        lines.append(f"  {'this model' if claim.verdict == QUOTED else 'measured'}: {claim.measured}")
    if claim.error:
        lines.append(f"  {claim.error}")
    lines.append(f"  {claim.kind}: {claim.source}")
    return [claim.verdict, "\n".join(lines)]


def _conclude(found: Sequence[Result], effort: Effort, page: Path | None) -> None:
    counts = verdicts(found)
    compared = counts[HOLDS] + counts[FAILS]
    say()
    say(f"{counts[HOLDS]} of {plural(compared, 'claim')} hold.", style="bold")
    if counts[NOT_RUN]:
        say(f"{plural(counts[NOT_RUN], 'comparison')} could not be made here: see what they need above.")
    failing = [
        result.case.name for result in found if any(claim.verdict == FAILS for claim in result.finding.claims)
    ]
    if failing:
        say(f"Claims do not hold in: {', '.join(failing)}.", style="bold red")
    if effort.quick:
        say("Quick: few runs, and the long cases left out.")
    say(MEANING, style="dim")
    if page is not None:
        say(f"The page is {page}.")
