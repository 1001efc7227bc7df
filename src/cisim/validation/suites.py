"""Suites of `cisim validate`, and functions that select and run their cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cisim.engine import simulate
from cisim.errors import InputError, did_you_mean
from cisim.scenario import Scenario
from cisim.validation import agreement, docking, facts_suite, patterns
from cisim.validation.claims import FAILS, HOLDS, MET, MISSED, NOT_RUN, QUOTED, Case, Effort, Finding, Verdict, judged


@dataclass(frozen=True)
class Suite:
    """Cases that belong together.

    Attributes:
        name: on the command line.
        title: over it.
        about: what it can and cannot show.
        cases: in order.
    """

    name: str
    title: str
    about: str
    cases: tuple[Case, ...]


SUITES: tuple[Suite, ...] = (
    Suite(
        "docking",
        "Docking: each condition, taken alone, is a known model",
        "A limit case is reached by settings, an initial state or a contact mask given to the stages that users run. "
        "It verifies the code. It does not validate the model of a coalition as a whole.",
        docking.CASES,
    ),
    Suite(
        "facts",
        "Facts: what the default settings must show, and what the field has seen",
        "The facts show that the model does what its authors set out to model. They are no evidence about the world. "
        "Chosen: the defaults were fitted to it. Held out: nothing was fitted to it when it was first tried. Built in: it follows "
        "from what a mechanism is. Shares of gain are properties of this model, not effect sizes; intervals are within the model.",
        facts_suite.CASES,
    ),
    Suite(
        "patterns",
        "Patterns: what the field has counted",
        "Findings of the field that a population of coalitions can be held to, met or missed. "
        "Chosen: settings were fitted to it. Held out: nothing was fitted to it. Built in: it follows from what a mechanism or the scenario is.",
        patterns.CASES,
    ),
    Suite(
        "engine",
        "Engine: two faces and a second opinion",
        "The compiled engine, the Mesa model and a naive version of the model, written independently from its text, are compared number by "
        "number.",
        agreement.CASES,
    ),
)


@dataclass(frozen=True)
class Result:
    """The result of a case.

    Attributes:
        suite: that it belongs to.
        case: the measurement.
        finding: its claims and pictures.
    """

    suite: Suite
    case: Case
    finding: Finding


def chosen(suites: Sequence[str], cases: Sequence[str], quick: bool) -> list[tuple[Suite, Case]]:
    """Select cases by name, in order.

    Args:
        suites: names; none is all.
        cases: names; none is all of these suites.
        quick: leave out the long ones, unless they are asked for by name.

    Raises:
        InputError: there is no suite or case of a name.
    """
    known = {suite.name for suite in SUITES}
    problems = [_unknown("suite", name, sorted(known)) for name in suites if name not in known]
    wanted = [suite for suite in SUITES if not suites or suite.name in suites]
    names = [case.name for suite in wanted for case in suite.cases]
    problems += [_unknown("case", name, names) for name in cases if name not in names]
    if problems:
        raise InputError(problems)
    return [
        (suite, case)
        for suite in wanted
        for case in suite.cases
        if (case.name in cases if cases else not (quick and case.long))
    ]


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    return f"{what} {name!r}: there is none of this name; {did_you_mean(name, known)}"


def run_cases(
    wanted: Sequence[tuple[Suite, Case]], effort: Effort, on_case: Callable[[int, str], None] | None = None
) -> Iterator[Result]:
    """Measure cases one after the other.

    Args:
        wanted: from `chosen`.
        effort: how much work they may do.
        on_case: called before each case with the number of cases that are done and its title, and once at the end.

    Yields:
        One result a case.
    """
    shortest = Scenario().replace(**{"scenario.months": 1, "coalition.organisations": 5})
    simulate(shortest, [1], threads=1)  # compiles the model, before a case takes its functions in
    for done, (suite, case) in enumerate(wanted):
        if on_case:
            on_case(done, case.title)
        yield Result(suite, case, _measured(case, effort))
    if on_case:
        on_case(len(wanted), "")


def _measured(case: Case, effort: Effort) -> Finding:
    """Run a case; one that breaks off is a claim that does not hold, and the others go on."""
    try:
        return case.run(effort)
    except InputError:
        raise
    except Exception as error:
        broken = f"{type(error).__name__}: {error}"
        return Finding((judged("the case runs to its end", False, "yes", broken, "", "this case's code"),))


def verdicts(results: Sequence[Result]) -> dict[Verdict, int]:
    """Count the claims that hold and do not, patterns met and missed, what is quoted, and what could not be compared here."""
    count = Counter(claim.verdict for result in results for claim in result.finding.claims)
    return {verdict: count[verdict] for verdict in (HOLDS, FAILS, MET, MISSED, QUOTED, NOT_RUN)}
