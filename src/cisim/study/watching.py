"""What is done with a run while it runs: looked at in some months, ended early, and read when it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.state import State
from cisim.ensemble import INDICATOR, OUTCOME
from cisim.study.failing import TIME_LIMIT
from cisim.study.failure import RunFailed, one_line

if TYPE_CHECKING:
    from cisim.dynamics.measures import Measure
    from cisim.engine import CompiledScenario
    from cisim.scenario import Scenario
    from cisim.study.spec import Stop, Study
    from cisim.study.user_code import Loaded

#: With a stop condition, a run of the compiled engine is looked at so often, in months.
OFTEN = 12
#: What a panel of ties keeps.
TIE_FIELDS = ("strength", "first_trust", "second_trust")

Organisations = dict[str, NDArray[Any]]


class Picks:
    """Where measures stand in the records of one scenario, and in which unit.

    Args:
        names: of measures, and `outcome.NAME`; one that the scenario lacks has no value.
        scenario: of the runs.
        measures: the columns of their records.
    """

    def __init__(self, names: Sequence[str], scenario: Scenario, measures: Sequence[Measure]) -> None:
        there = {measure.name: column for column, measure in enumerate(measures)}
        own = {OUTCOME + outcome.name: outcome for outcome in scenario.community.outcomes}
        places = [there.get(INDICATOR + own[name].name if name in own else name, -1) for name in names]
        self._columns = np.array(places, np.int64)
        self._missing = np.flatnonzero(self._columns < 0)
        self._own = [(place, own[name]) for place, name in enumerate(names) if name in own]

    def take(self, records: NDArray[np.float64], months: NDArray[np.int64]) -> NDArray[np.float64]:
        """The measures in some months: (months, measures)."""
        values = records[months[:, None], self._columns]
        if len(self._missing):
            values[:, self._missing] = np.nan
        for place, outcome in self._own:
            values[:, place] = outcome.in_unit(values[:, place])
        return values


class Watch:
    """Looks at the runs of one point, one after the other.

    Args:
        study: what is recorded, and when runs end.
        measures: names of those in the table of runs.
        scenario: of the point.
        settings: read from it.
        own: the user's code; stages in it may take their time, or fail.

    Attributes:
        pauses: months at whose end a run must be looked at.
        needed: whether runs have to be looked at.
        ended: the month in which the run at work ended early; None: it has not.
        panels: organisations, by month.
        ties: (fields, ties) of TIE_FIELDS, by month.
        ends: rows of the two ends of each tie.
    """

    def __init__(
        self,
        study: Study,
        measures: Sequence[str],
        scenario: Scenario,
        settings: CompiledScenario,
        own: Loaded,
    ) -> None:
        record, last = study.record, settings.months
        self._last, self._reporters, self._fields = last, own.reporters, record.organisations
        self._months = np.minimum(np.array(record.months, np.int64), last)
        self._with_ties = record.ties
        self._report_at = set(self._months.tolist()) if own.reporters else set()
        self._panel_at = (
            {min(month, last) for month in record.panel_months} if self._fields or record.ties else set()
        )
        self._seconds = study.limits.seconds
        self._stop = _condition(study.stop, scenario, settings) if study.stop else None
        self._picks = Picks(measures, scenario, settings.measures)
        self.pauses: Sequence[int] = sorted(self._report_at | self._panel_at)
        # Nothing of the user's may happen after the month in which a run ends, nor take its time unseen.
        ends = self._stop is not None
        if (ends and self.pauses) or (own.stages and (ends or self._seconds is not None)):
            self.pauses = range(last + 1)
        elif ends:
            self.pauses = range(0, last + 1, OFTEN)
        self.needed = bool(self.pauses) or self._seconds is not None
        self.begin(np.empty((0, 0)))

    def begin(self, records: NDArray[np.float64]) -> None:
        """Forget the run before.

        Args:
            records: where the next one writes what it records.
        """
        self.ended: int | None = None
        self.panels: dict[int, Organisations] = {}
        self.ties: dict[int, NDArray[np.float64]] = {}
        self.ends: tuple[NDArray[np.int64], ...] = ()
        self.use(records)
        self._seen = 0
        self._reports: dict[int, list[float]] = {}
        self._until = None if self._seconds is None else time.monotonic() + self._seconds

    def use(self, records: NDArray[np.float64]) -> None:
        """Read from other records."""
        self._records = records

    def end(self, state: State, month: int) -> None:
        """Take in that a run ended before its last month, of its own accord."""
        self.ended = month
        self(state, month)

    def __call__(self, state: State, month: int) -> bool:
        """Look at a run at the end of a month.

        Returns:
            Whether it ends here.

        Raises:
            RunFailed: it took too long, or a reporter failed.
        """
        if self._until is not None and time.monotonic() > self._until:
            raise RunFailed(TIME_LIMIT, month, f"took more than {self._seconds:g} s (limits.seconds)")
        if self._stop is not None and month > self._seen:
            met = self._stop(self._records[self._seen + 1 : month + 1])
            if met.any():
                self.ended = self._seen + 1 + int(met.argmax())
            self._seen = month
        ends = self.ended is not None
        if self._report_at and (ends or month in self._report_at):
            self._reports[month] = self._report(state, month)
        if self._panel_at and (ends or month in self._panel_at):
            self._look(state, month)
        return ends

    def _report(self, state: State, month: int) -> list[float]:
        shown, values = _guarded(state), []
        for name, reporter in self._reporters.items():
            try:
                values.append(float(reporter(shown, month)))
            except MemoryError:
                raise
            except Exception as error:
                raise RunFailed(f"reporter {name}", month, one_line(error)) from error
        return values

    def _look(self, state: State, month: int) -> None:
        self.panels[month] = {field: state.organisations[field].copy() for field in self._fields}
        if self._with_ties:
            self.ties[month] = np.stack([state.ties[field] for field in TIE_FIELDS])
            # Who has a tie with whom is settled at the founding.
            self.ends = self.ends or (state.ties["first"].copy(), state.ties["second"].copy())

    def values(self, ended: int) -> NDArray[np.float64]:
        """Measures and reporters of the run in the recorded months: after its end, those of its last month."""
        months = np.minimum(self._months, ended)
        values = self._picks.take(self._records, months)
        if not self._reporters:
            return values
        return np.hstack([values, np.array([self._reports[month] for month in months.tolist()])])


def _guarded(state: State) -> State:
    """A state that can be looked at and not be changed."""
    views = [part.view() for part in state]
    for view in views:
        view.flags.writeable = False
    return State._make(views)


def _condition(
    stop: Stop, scenario: Scenario, settings: CompiledScenario
) -> Callable[[NDArray[np.float64]], NDArray[np.bool_]]:
    """Whether a run ends, by month, from the rows of its record."""
    own = {OUTCOME + outcome.name: outcome for outcome in scenario.community.outcomes}.get(stop.measure)
    name = INDICATOR + own.name if own else stop.measure
    column = next((place for place, one in enumerate(settings.measures) if one.name == name), None)
    below = -np.inf if stop.below is None else stop.below
    above = np.inf if stop.above is None else stop.above

    def met(records: NDArray[np.float64]) -> NDArray[np.bool_]:
        if column is None:
            return np.zeros(len(records), np.bool_)
        values = records[:, column]
        if own:
            values = own.in_unit(values)
        # A measure without a value ends nothing.
        return (values < below) | (values > above)

    return met
