"""Answers to exercises: verdicts, the forms that answers have, and the runs that they are judged by."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from cisim.ensemble import Ensemble, run
from cisim.report.documents import changes
from cisim.scenario import Scenario, find, load
from cisim.uncertainty import Floats, moments, t_interval

T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """A verdict on an answer: whether it is right, and what it shows, or a hint."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        """True if the answer is right."""
        return self.right

    def __repr__(self) -> str:
        """In a line."""
        return f"{'Right.' if self.right else 'Not yet.'} {self.text}"

    def _repr_html_(self) -> str:
        head, text = ("Right." if self.right else "Not yet."), html.escape(self.text)
        return f'<p role="status"><strong>{head}</strong> {text}</p>'


class Hint(Exception):  # noqa: N818
    """A fault of an answer, raised by functions that read one."""


#: A function that judges an answer: a hint at what is wrong, None if it is right, or a verdict on this very answer.
Judge = Callable[[Any], Verdict | str | None]


def expect(holds: object, hint: str) -> None:
    """Give a hint where an answer has not the form, or leaves the bounds, that an exercise asks for."""
    if not holds:
        raise Hint(hint)


def number(answer: Any, low: float = -math.inf, high: float = math.inf, hint: str = "") -> float:
    """Read a number, or a text that is one; give a hint where it is not within bounds."""
    value = float(answer)
    expect(math.isfinite(value), f"{value} is no number to answer with: look where it comes from.")
    expect(low <= value <= high, hint)
    return value


def share(answer: Any) -> float:
    """Read a share."""
    return number(answer, 0, 1, "A share is asked for, from 0 to 1.")


def tenth(answer: Any) -> float:
    """Read a share with one decimal."""
    value = share(answer)
    expect(near(value, round(value, 1), 1e-9), "One decimal is enough: 0.1, 0.2, and so on.")
    return round(value, 1)


def near(value: float, other: float, within: float) -> bool:
    """Check that two numbers are equal, as far as an exercise asks for it."""
    return abs(value - other) <= within


def names(answer: Any, known: Collection[Any], unknown: str) -> set[Any]:
    """Read one or several of what is known; `unknown` says what others are, such as "none of the five"."""
    chosen = set(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else {answer}
    if others := sorted(str(name) for name in chosen if name not in known):
        raise Hint(f"{others[0]!r:.60} is {unknown}: they are {', '.join(map(str, known))}.")
    return chosen


def select(
    chosen: set[T],
    needed: Iterable[T],
    possible: Iterable[T] = (),
    *,
    missing: str,
    wrong: str,
    empty: str = "",
    all_wrong: str = "",
) -> str | None:
    """Judge a selection by what it has to hold, and what it may hold besides.

    The hints are for something needed that is missing, for something that it may not hold, for an empty one, and for one
    that holds nothing possible; the last two are the first two by default.
    """
    needed = set(needed)
    allowed = needed | set(possible)
    if not chosen:
        return empty or missing
    if chosen - allowed:
        return wrong if chosen & allowed else all_wrong or wrong
    return None if chosen >= needed else missing


def scenario(answer: Any, made_by: str = "scenario.replace(...)") -> Scenario:
    """Read a scenario."""
    expect(isinstance(answer, Scenario), f"A scenario is asked for: {made_by} makes one.")
    return cast("Scenario", answer)


def plausible_change(answer: Any, fixed: tuple[str, ...], hint: str) -> str:
    """Read a scenario that differs from all five conditions in one field, within its plausible range; return the field.

    The hint, with the field for "{}", is for one that begins like one of those that are fixed.
    """
    changed = changes(scenario(answer), load("all-five"))
    which = ", ".join(sorted(changed)) or "none"
    expect(len(changed) == 1, f"One field is to be changed, and {len(changed)} are: {which}.")
    ((path, value),) = changed.items()
    expect(not path.startswith(fixed), hint.replace("{}", path))
    field = find(path)
    if field is None or field.low is None or field.high is None:
        raise Hint(f"{path} has no range that counts as plausible. Take a field that has one.")
    plausible = f"{field.low:g} to {field.high:g}, the range that counts as plausible"
    expect(field.low <= value <= field.high, f"{path} = {value} is outside of {plausible}.")
    return path


@lru_cache(maxsize=64)
def ensemble(scenario: Scenario, runs: int = 100) -> Ensemble:
    """Run a scenario from seed 1, once."""
    return run(scenario, runs=runs, seed=1)


def course(
    settings: dict[str, Any] | None = None,
    measure: str = "progress",
    base: Scenario | str = "all-five",
    runs: int = 100,
) -> Floats:
    """Run a scenario with some fields changed: a measure, (runs, months + 1)."""
    scenario = base if isinstance(base, Scenario) else load(base)
    return ensemble(scenario.replace(**settings or {}), runs).measure(measure)


def ending(field: str, settings: dict[str, Any] | None = None, **more: Any) -> Callable[[Any], Floats]:
    """Make a function of a field's value that gives a measure at the end of each run; for the rest see `course`."""
    return lambda value: course({**(settings or {}), field: value}, **more)[:, -1]


def clearly(differences: Floats) -> int:
    """Compare the mean of paired differences with 0 by its 95 % interval: above (1), below (-1), or not clear (0)."""
    low, high = t_interval(moments(differences))
    return int(low > 0) - int(high < 0)


def better(values: Callable[[T], Floats], answer: T, others: Sequence[T]) -> T | None:
    """Find the best of some settings by their values, (runs,), if the answer is clearly behind it; None if it is not."""
    best = max((*others, answer), key=lambda setting: values(setting).mean())
    return best if clearly(values(answer) - values(best)) < 0 else None
