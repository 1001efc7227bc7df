"""Claims: an expected and a measured value, the error, the source, and a verdict.

A *case* is a function of an `Effort` that measures something and returns a `Finding`: claims, and pictures to see them by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Verdict = Literal["holds", "does not hold", "met", "missed", "quoted", "not run"]
HOLDS: Verdict = "holds"
FAILS: Verdict = "does not hold"
#: What the field has counted is seen in this model too, or is not: a finding about the model, no fault of the code.
MET: Verdict = "met"
MISSED: Verdict = "missed"
#: Nothing of ours is compared with it: it stands beside for the reader.
QUOTED: Verdict = "quoted"
#: Something that the comparison needs is not installed.
NOT_RUN: Verdict = "not run"

#: What stands beside a finding of the field.
OF_FIELD = frozenset({MET, MISSED, QUOTED})

Kind = Literal["exact", "published", "computed", "chosen", "held out", "built in", "background"]
#: Standard errors. Where they are of many runs, a true mean is farther off less than once in a million times.
Z_ALLOWED = 5.0


class Effort(NamedTuple):
    """The amount of work that a case may do.

    Attributes:
        quick: a small number of runs, for every change; else enough for the published figures.
        seed: the first seed of all chance.
        threads: threads to work in; all processors by default.
        paired: how many paired seeds the facts are measured on; 400, or 100 if quick, by default.
        points: of each design over the parameter space; 30 by default.
    """

    quick: bool = False
    seed: int = 1
    threads: int | None = None
    paired: int | None = None
    points: int | None = None

    def runs(self, full: int, quick: int) -> int:
        """Choose one of two numbers."""
        return quick if self.quick else full


class Estimate(NamedTuple):
    """A mean over runs with its standard error."""

    value: float
    error: float

    @property
    def z(self) -> float:
        """Standard errors from 0."""
        if self.error == 0.0:  # runs that agree to the bit leave no doubt
            return math.copysign(math.inf, self.value) if self.value != 0.0 else 0.0
        return self.value / self.error


@dataclass(frozen=True)
class Claim:
    """A claim and its verdict.

    Attributes:
        text: what is claimed, a sentence without a full stop.
        expected: the value, or the order, in words.
        measured: what came out.
        error: how exact that is: a tolerance, or a standard error and the number of runs.
        source: where the expected value comes from.
        kind: "exact" (follows by mathematics), "published" (a figure of the source), "computed" (by independent code), or the label of a
            fact or pattern.
        verdict: "holds" or "does not hold"; of a pattern of the field "met" or "missed"; "quoted" or "not run".
    """

    text: str
    expected: str
    measured: str
    error: str
    source: str
    kind: Kind
    verdict: Verdict


@dataclass(frozen=True)
class Picture:
    """A picture of what was measured.

    Attributes:
        title: over it.
        description: what it shows, in words, for those who do not see it.
        draw: draws it on axes.
    """

    title: str
    description: str
    draw: Callable[[Axes], None]


@dataclass(frozen=True)
class Finding:
    """The result of a case."""

    claims: tuple[Claim, ...]
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Case:
    """A measurement.

    Attributes:
        name: in one or two words, unique in its suite; what is asked for on the command line.
        title: over its claims, with author and year.
        about: in a sentence or two, what of cisim is the known model, and by which settings.
        run: measures it.
        long: left out by `--quick`, unless it is asked for by name.
    """

    name: str
    title: str
    about: str
    run: Callable[[Effort], Finding]
    long: bool = False


def close(
    text: str,
    expected: float | Sequence[float],
    measured: float | Sequence[float],
    within: float,
    source: str,
    *,
    kind: Kind = "exact",
    digits: int = 6,
) -> Claim:
    """Claim without chance that each value is within `within` of what is expected.

    Args:
        text: the claim.
        expected: value or values.
        measured: as many.
        within: largest difference allowed.
        source: of the expected values.
        kind: see `Claim`.
        digits: significant digits to show.
    """
    wanted, got = _listed(expected), _listed(measured)
    differences = [abs(a - b) for a, b in zip(wanted, got, strict=True)]
    # No number is no agreement, wherever it stands; the largest of several passes over one that is not first.
    unknown = not differences or any(map(math.isnan, differences))
    worst = math.nan if unknown else max(differences)
    return Claim(
        text,
        _shown(wanted, digits),
        _shown(got, digits),
        f"largest difference {worst:.1e}, allowed {within:.0e}",
        source,
        kind,
        HOLDS if worst <= within else FAILS,
    )


def near(
    text: str,
    expected: Estimate | Sequence[Estimate],
    measured: Estimate | Sequence[Estimate],
    runs: int,
    source: str,
    *,
    kind: Kind = "computed",
    slack: float = 0.0,
    digits: int = 4,
) -> Claim:
    """Claim that means over runs are within `slack` and five standard errors (of both sides) of what is expected.

    Args:
        text: the claim.
        expected: with the standard error of its source, 0 if exact.
        measured: with the standard error over our runs.
        runs: how many.
        source: of the expected values.
        kind: see `Claim`.
        slack: what the source's rounding or reading allows besides chance.
        digits: significant digits to show.
    """
    wanted = [expected] if isinstance(expected, Estimate) else list(expected)
    got = [measured] if isinstance(measured, Estimate) else list(measured)
    holds, excess = True, 0.0
    for a, b in zip(wanted, got, strict=True):
        difference = abs(a.value - b.value)
        allowed = slack + Z_ALLOWED * math.hypot(a.error, b.error)
        holds = holds and difference <= allowed < math.inf
        excess = max(excess, difference)
    return Claim(
        text,
        _shown([estimate.value for estimate in wanted], digits),
        _shown([estimate.value for estimate in got], digits),
        f"standard error {_shown([estimate.error for estimate in got], 2)} ({runs} runs); largest difference {excess:.2g}"
        + (f", allowed {slack:g} and five standard errors" if slack else ""),
        source,
        kind,
        HOLDS if holds and got else FAILS,
    )


def ordered(
    text: str, differences: Mapping[str, Estimate], runs: int, source: str, *, kind: Kind = "published"
) -> Claim:
    """Claim an order: every paired difference is above 0 by five standard errors.

    Args:
        text: the claim.
        differences: what is compared, such as "line - complete", and its paired difference.
        runs: how many.
        source: of the claim.
        kind: see `Claim`.
    """
    got = ", ".join(f"{name} {estimate.value:+.4g}" for name, estimate in differences.items())
    errors = _shown([estimate.error for estimate in differences.values()], 2)
    holds = bool(differences) and all(estimate.z > Z_ALLOWED for estimate in differences.values())
    return Claim(
        text, "all above 0", got, f"standard error {errors} ({runs} runs)", source, kind, HOLDS if holds else FAILS
    )


def judged(
    text: str, holds: bool, expected: str, measured: str, error: str, source: str, *, kind: Kind = "exact"
) -> Claim:
    """Record a claim that the case itself judged."""
    return Claim(text, expected, measured, error, source, kind, HOLDS if holds else FAILS)


def not_run(text: str, needs: str, source: str, *, kind: Kind = "computed") -> Claim:
    """Record a comparison that could not be made, and what it needs."""
    return Claim(text, "", "", f"needs {needs}", source, kind, NOT_RUN)


def quoted(text: str, expected: str, measured: str, source: str) -> Claim:
    """Quote a finding of the field beside what this model gives, without a verdict: it is no test."""
    return Claim(text, expected, measured, "", source, "background", QUOTED)


def decreases(values: Sequence[float]) -> bool:
    """Whether each value is below the one before."""
    return all(later < earlier for earlier, later in pairwise(values))


def _listed(values: float | Sequence[float]) -> list[float]:
    return [float(values)] if isinstance(values, (int, float)) else [float(value) for value in values]


def _shown(values: Sequence[float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}g}" for value in values)
