"""`cisim validate`: claims with the expected and the measured value, error and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisim.cli.options import Json, Overwrite, Threads, argument, flag, option
from cisim.cli.terminal import progress, say, table
from cisim.errors import Problems
from cisim.report.format import json_text, plural

if TYPE_CHECKING:
    from cisim.validation.claims import Claim, Verdict
    from cisim.validation.suites import Result

STYLES = {"holds": "green", "does not hold": "bold red", "met": "green", "missed": "bold red", "not run": "yellow"}
MEANING = (
    "Limit cases verify the code: each condition, taken alone, is a known model. Nothing yet validates the model of a coalition as a whole: "
    "shares of gain are properties of this model, not effect sizes, and intervals are within the model."
)


def _cases() -> list[str]:
    from cisim.validation import suites

    return [case.name for suite in suites.SUITES for case in suite.cases]


_SUITES = "docking, facts, patterns, engine; all of them by default."
_CASE = "Only this case, such as degroot; may be given several times."


def validate(
    suites: Annotated[
        list[str] | None, argument("[SUITE]...", _SUITES, lambda: ("docking", "facts", "patterns", "engine"))
    ] = None,
    case: Annotated[list[str] | None, option("NAME", _CASE, known=_cases)] = None,
    quick: Annotated[bool, flag("--quick", "Few runs, and the long cases left out: under a minute.")] = False,
    runs: Annotated[
        int | None,
        option("N", "Paired seeds for the facts, and coalitions for the patterns; 400 (quick: 100) by default."),
    ] = None,
    points: Annotated[int | None, option("N", "Points of each design over the parameter space; 30 by default.")] = None,
    seed: Annotated[int, option("N", "Where all chance begins.")] = 1,
    threads: Threads = None,
    html: Annotated[Path | None, option("FILE", "Write a page with all claims and pictures.")] = None,
    json: Json = False,
    overwrite: Overwrite = False,
) -> None:
    """Check the claims: known models, facts, patterns, engine.

    Each is measured, and shown with expected and measured value, error, source and verdict. Exit code 1 if one does not hold;
    a pattern that is missed is a finding about the model, and no fault.
    """
    from cisim import seeds
    from cisim.files import check_file
    from cisim.report import documents
    from cisim.threads import checked_threads
    from cisim.validation.claims import FAILS, Effort
    from cisim.validation.suites import chosen, run_cases, verdicts

    numbers = {"runs": runs, "points": points}
    problems = Problems(f"{name} = {n}: must be at least 2" for name, n in numbers.items() if n is not None and n < 2)
    with problems.collected():
        checked_threads(threads)
    with problems.collected():
        seeds.check(seed, 2)
    with problems.collected():
        cases = chosen(suites or [], case or [], quick)
    with problems.collected():
        if html is not None:
            check_file(html, (".html", ".htm"), overwrite)
    problems.check()
    effort = Effort(quick, seed, threads, runs, points)
    with progress("measuring", len(cases), "cases") as on_progress:
        results = list(run_cases(cases, effort, lambda done, _: on_progress(done)))
    if html is not None:
        from cisim.validation.page import write

        write(results, effort, html)
    counts = verdicts(results)
    if json:
        print(json_text(documents.validate(results, effort, counts)))
    else:
        _show(results, counts)
        if quick:
            say("Quick: few runs, and the long cases left out.")
        say(MEANING, style="dim")
        if html is not None:
            say(f"The page is {html}.")
    if counts[FAILS]:
        raise typer.Exit(1)


def _show(results: Sequence[Result], counts: Mapping[Verdict, int]) -> None:
    from cisim.validation.claims import FAILS, HOLDS, MET, MISSED, NOT_RUN

    for suite, results_of_suite in groupby(results, key=lambda result: result.suite):
        say(f"\n{suite.title}", style="bold underline")
        say(suite.about, style="dim")
        for result in results_of_suite:
            say(f"\n{result.case.title}  [{result.case.name}]", style="bold")
            say(result.case.about, style="dim")
            table("", ["verdict", "claim"], [_row(claim) for claim in result.finding.claims], left=2, styles=STYLES)
    say(f"\n{counts[HOLDS]} of {plural(counts[HOLDS] + counts[FAILS], 'claim')} hold.", style="bold")
    if counts[MET] + counts[MISSED]:
        say(
            f"{counts[MET]} of {counts[MET] + counts[MISSED]} patterns of the field and aims of the defaults are met.",
            style="bold",
        )
    if counts[NOT_RUN]:
        say(f"{plural(counts[NOT_RUN], 'comparison')} could not be made here: see what they need above.")
    failing = [result.case.name for result in results if any(claim.verdict == FAILS for claim in result.finding.claims)]
    if failing:
        say(f"Claims do not hold in: {', '.join(failing)}.", style="bold red")


def _row(claim: Claim) -> list[str]:
    from cisim.validation.claims import OF_FIELD

    expected, measured = ("the field", "this model") if claim.verdict in OF_FIELD else ("expected", "measured")
    lines = (
        f"{expected}: {claim.expected}" if claim.expected else "",
        f"{measured}: {claim.measured}" if claim.measured else "",
        claim.error,
        f"{claim.kind}: {claim.source}",
    )
    return [claim.verdict, "\n  ".join([claim.text, *filter(None, lines)])]
