"""One run of a point: by the compiled engine, or by a user's model in Python."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.compiled import quick_compilation
from cisim.dynamics.record import INDICATORS, PROGRESS
from cisim.dynamics.state import ORGANISATION, ROLE, STANCE, TIE
from cisim.engine import CompiledScenario, run_one
from cisim.study.failing import (
    FOUNDING,
    MEMORY,
    MONTHS,
    RECORD,
    STEP,
    UNKNOWN,
    Again,
    check,
    failed,
    locate,
    locate_in_python,
    stage_in,
)
from cisim.study.failure import RunFailed, one_line, shortened

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.study.user_code import Loaded
    from cisim.study.watching import Watch


class Compiled:
    """Runs of one scenario by the compiled engine.

    Args:
        scenario: of the runs.
        settings: read from it.
        own: the user's stages.
    """

    def __init__(self, scenario: Scenario, settings: CompiledScenario, own: Loaded) -> None:
        self._scenario, self._settings, self._loop = scenario, settings, own.loop
        self._vital = vital_columns(scenario)
        self._records = np.full((settings.months + 1, len(settings.measures)), np.nan)

    def __call__(self, seed: int, watch: Watch, stop: Event | None) -> NDArray[np.float64]:
        """Do one run.

        Args:
            seed: of the run.
            watch: looks at it.
            stop: ends it.

        Returns:
            (months + 1, measures), valid until the next run; rows after the month in which `watch` ended the run mean nothing.

        Raises:
            RunFailed: it did.
            Stopped: `stop` was set.
        """
        scenario, settings, records = self._scenario, self._settings, self._records
        watch.begin(records)
        look = watch if watch.needed else None
        try:
            run_one(scenario, settings, seed, self._loop, records, stop, pauses=watch.pauses, look=look)
        except RunFailed:
            raise
        except MemoryError as error:
            raise RunFailed(MEMORY, UNKNOWN, one_line(error)) from error
        except Exception as error:
            place = self._locate(seed, settings.months, stop)
            raise _told(place, one_line(error), RunFailed(MONTHS, UNKNOWN, "")) from error
        check(stop)
        ended = settings.months if watch.ended is None else watch.ended
        wrong = _no_number(records[: ended + 1], self._vital, settings)
        if wrong is not None:
            month, says = wrong
            raise _told(self._locate(seed, month, stop), says, RunFailed(RECORD, month, ""))
        return records

    def _locate(self, seed: int, last: int, stop: Event | None) -> RunFailed | None:
        return locate(Again(self._scenario, self._settings, seed, self._loop, last, stop))


def _told(place: RunFailed | None, says: str, default: RunFailed) -> RunFailed:
    """A failure with what was found by looking for its place."""
    if place is None:
        return RunFailed(default.stage, default.month, says)
    found = "" if place.message == says else f" ({place.message})"
    return RunFailed(place.stage, place.month, shortened(says + found))


def vital_columns(scenario: Scenario) -> NDArray[np.int64]:
    """Where progress and the indicators stand in a record: whatever else may have no value, these must."""
    return np.array([PROGRESS, *range(INDICATORS, INDICATORS + len(scenario.outcome_names))])


def _no_number(
    records: NDArray[np.float64], columns: NDArray[np.int64], settings: CompiledScenario
) -> tuple[int, str] | None:
    """The first month in which a column is no number, and which."""
    wrong = ~np.isfinite(records[:, columns])
    if not wrong.any():
        return None
    month, column = (int(place) for place in np.argwhere(wrong)[0])
    name = settings.measures[columns[column]].name
    return month, f"{name} is {records[month, columns[column]]} in month {month}"


class InPython:
    """Runs of one scenario by a user's model, month by month.

    Args:
        scenario: of the runs.
        settings: read from it.
        own: the user's model.
    """

    def __init__(self, scenario: Scenario, settings: CompiledScenario, own: Loaded) -> None:
        assert own.model is not None
        self._scenario, self._settings, self._model = scenario, settings, own.model

    def __call__(self, seed: int, watch: Watch, stop: Event | None) -> NDArray[np.float64]:
        """Do one run: see `Compiled`. A model that stops running before its last month has ended there."""
        watch.begin(np.empty((0, 0)))
        try:
            model = self._model(self._scenario, seed=seed)
        except Exception as error:
            raise failed(FOUNDING, 0, error) from error
        records = model.records
        expected = (self._settings.months + 1, len(self._settings.measures))
        if records.shape != expected:
            raise RunFailed(FOUNDING, 0, f"records have the shape {records.shape}, must have {expected}")
        watch.use(records)
        month = 0
        while not watch(model.state, month) and month < self._settings.months:
            check(stop)
            if month > 0 and not model.running:
                watch.end(model.state, month)
                break
            month += 1
            try:
                with quick_compilation():
                    model.step()
            except Exception as error:
                raise failed(stage_in(error.__traceback__, STEP), month, error) from error
            if model.month != month:
                raise RunFailed(
                    STEP, month, f"step must let one month pass; the model is in month {model.month}"
                )
        ended = self._settings.months if watch.ended is None else watch.ended
        wrong = _no_number(records[: ended + 1], vital_columns(self._scenario), self._settings)
        if wrong is not None:
            broke, says = wrong
            place = locate_in_python(lambda: self._model(self._scenario, seed=seed), broke, stop)
            raise _told(place, says, RunFailed(RECORD, broke, ""))
        return records


def bytes_of_run(scenario: Scenario, settings: CompiledScenario) -> int:
    """Memory that the state and the records of a run take, about, in bytes; while ties are drawn they are there twice."""
    who, coalition = settings.roster, scenario.coalition
    number = len(who.names)
    latent = number * coalition.latent / 2
    given = number * coalition.degree / 2 if who.ties is None else len(who.ties.first)
    ties = min(given + latent, number * (number - 1) / 2)
    each_tie = TIE.itemsize + 2 * 8 + (2 + 1 + 2) * 8
    each = (
        ORGANISATION.itemsize
        + who.mission.shape[1] * (STANCE.itemsize + 3 * 8)
        + who.mix.shape[1] * (ROLE.itemsize + 3 * 8)
    )
    records = (settings.months + 1) * len(settings.measures) * 8
    return int(number * each + 2 * ties * each_tie + 2**scenario.practice.bits * 8 + records)
