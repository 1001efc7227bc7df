"""The suites of `cisim validate`, and how they are run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cisim.engine import simulate
from cisim.errors import InputError, nearest
from cisim.scenario import Scenario
from cisim.validation import agreement, docking, facts_suite
from cisim.validation.claims import FAILS, HOLDS, NOT_RUN, QUOTED, Case, Effort, Finding, Verdict, found


@dataclass(frozen=True)
class Suite:
    """Cases that belong together.

    Attributes:
        name: what is asked for on the command line.
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
        "engine",
        "Engine: two faces and a second opinion",
        "The compiled engine, the Mesa model and a naive version of the model, written independently from its text, are compared number by "
        "number.",
        agreement.CASES,
    ),
)


@dataclass(frozen=True)
class Result:
    """A case and what it found.

    Attributes:
        suite: that it belongs to.
        case: what was measured.
        finding: what came out.
    """

    suite: Suite
    case: Case
    finding: Finding


def chosen(suites: Sequence[str], cases: Sequence[str], quick: bool) -> list[tuple[Suite, Case]]:
    """The cases that are asked for, in order.

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
    meant = nearest(name, known)
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"{what} {name!r}: there is none of this name: they are {', '.join(known)}{hint}"


def run_cases(
    wanted: Sequence[tuple[Suite, Case]], effort: Effort, told: Callable[[int, str], None] | None = None
) -> Iterator[Result]:
    """Measure cases one after the other.

    Args:
        wanted: from `chosen`.
        effort: how much work they may do.
        told: called before each case with the number of cases that are done and its title, and once at the end.

    Yields:
        What each of them found.
    """
    shortest = Scenario().replace(**{"scenario.months": 1, "coalition.organisations": 5})
    simulate(shortest, [1], threads=1)  # compiles the model, before a case takes its functions in
    for done, (suite, case) in enumerate(wanted):
        if told:
            told(done, case.title)
        yield Result(suite, case, _measured(case, effort))
    if told:
        told(len(wanted), "")


def _measured(case: Case, effort: Effort) -> Finding:
    """What a case found; a case that breaks off is a claim that does not hold, and the others go on."""
    try:
        return case.run(effort)
    except InputError:
        raise
    except Exception as error:
        broken = f"{type(error).__name__}: {error}"
        return Finding((found("the case runs to its end", False, "yes", broken, "", "this case's code"),))


def verdicts(results: Sequence[Result]) -> dict[Verdict, int]:
    """How many claims hold, do not hold, are quoted, and could not be compared here."""
    count = Counter(claim.verdict for result in results for claim in result.finding.claims)
    return {verdict: count[verdict] for verdict in (HOLDS, FAILS, QUOTED, NOT_RUN)}
