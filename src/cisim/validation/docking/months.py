"""Whole months of the model on a coalition put together by hand, with everything switched off that a limit case does not need.

This is the month loop of users' runs, `cisim.dynamics.month.advance`, so that a limit case also tests the order of the stages, and that what
is switched off changes nothing.
"""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.dynamics.month import advance
from cisim.dynamics.state import ACTION, EVENT, State
from cisim.scenario import Scenario, fields
from cisim.validation.claims import Claim, Kind, judged
from cisim.validation.stand import dials_of

#: Settings under which a month changes nothing.
QUIET = MappingProxyType({info.path: type(info.default)(0) for info in fields() if info.quiet == 0})
#: Contacts a month at which a tie of full strength meets in every month: 1 - exp(-1000) is 1 to the last bit.
ALWAYS = 1000.0
#: Months that a course lasts at most.
LONGEST = 10_000


class Course:
    """One run of a coalition put together by hand, month after month.

    Args:
        state: from `cisim.validation.stand.coalition_of`; changed in place.
        scenario: from `cisim.validation.stand.scenario_of`.
        seed: of its luck, modulo 2^64.
    """

    def __init__(self, state: State, scenario: Scenario, seed: int = 0) -> None:
        self.state = state
        self.month = 0
        self._seed = np.uint64(seed % 2**64)
        self._plan = dials_of(scenario)
        names = [measure.name for measure in scenario.measures(["public"])]
        self._records = np.full((LONGEST + 1, len(names)), np.nan)
        self._column = {name: index for index, name in enumerate(names)}

    def live(self, months: int = 1) -> None:
        """Run some months."""
        events, actions = np.zeros(0, EVENT), np.zeros(0, ACTION)
        plan, dials = self._plan, self._plan.copy()
        first, last = self.month + 1, self.month + months
        advance(self.state, plan, dials, events, actions, self._seed, first, last, self._records)
        self.month = last

    def measured(self, name: str) -> float:
        """Return what was recorded in the last month."""
        return float(self._records[self.month, self._column[name]])

    def goals(self) -> NDArray[np.float64]:
        """Copy the goals, (N, D)."""
        goals: NDArray[np.float64] = self.state.stances["goal"].copy()
        return goals


def philox(seed: int, purpose: int) -> np.random.Generator:
    """Make luck of a case that is not the model's, such as random starts.

    Args:
        seed: of all chance.
        purpose: a number of the case's own.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed, purpose], np.uint64)))


def everywhere(
    text: str,
    expected: ArrayLike,
    measured: ArrayLike,
    within: float,
    source: str,
    *,
    kind: Kind = "exact",
    show: int = 3,
    digits: int = 5,
) -> Claim:
    """Claim without chance something of many numbers at once, of which the first few are shown.

    Args:
        text: the claim.
        expected: values, broadcast against `measured`.
        measured: values.
        within: largest difference allowed.
        source: of the expected values.
        kind: see `cisim.validation.claims.Claim`.
        show: how many to show.
        digits: significant digits to show.
    """
    wanted, got = np.broadcast_arrays(np.asarray(expected, np.float64), np.asarray(measured, np.float64))
    worst = float(np.abs(wanted - got).max()) if got.size else math.nan

    def shown(values: NDArray[np.float64]) -> str:
        rest = f" and {values.size - show} more" if values.size > show else ""
        return ", ".join(f"{value:.{digits}g}" for value in values.ravel()[:show]) + rest

    error = f"largest difference {worst:.1e}, allowed {within:.0e}"
    return judged(text, worst <= within, shown(wanted), shown(got), error, source, kind=kind)
