"""What the commands that run the model share: scenarios as asked for, the wait, formats, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cisim.cli.checking import coalition_as_json, scenario_as_json
from cisim.cli.first_use import announce_first_use
from cisim.cli.terminal import progress
from cisim.dynamics.measures import Measure
from cisim.ensemble import OUTCOME, Ensemble
from cisim.errors import InputError
from cisim.report.documents import records
from cisim.report.format import MONTHS_A_YEAR, NOTHING, number
from cisim.scenario import Scenario, load, parse_setting

#: Units that people read in per cent.
SHARES = {"share of the gap", "share", "share of the best"}


def scenarios_as_asked(given: Sequence[str], settings: Sequence[str]) -> list[Scenario]:
    """Load scenarios and change their fields.

    Args:
        given: names or paths.
        settings: `FIELD=VALUE`, for all of them.

    Raises:
        InputError: with all problems of all of them.
    """
    problems: list[str] = []
    changes: dict[str, Any] = {}
    for text in settings:
        try:
            path, value = parse_setting(text)
        except InputError as error:
            problems += error.problems
            continue
        if path in changes:
            problems.append(f"{path}: set twice")
        changes[path] = value
    loaded: list[Scenario] = []
    refused: dict[str, tuple[str, ...]] = {}
    for name in given:
        try:
            scenario = load(name)
        except InputError as error:
            problems += error.problems
            continue
        try:
            loaded.append(scenario.replace(**changes) if changes else scenario)
        except InputError as error:
            refused[name] = error.problems
    problems += _settings_refused(refused, len(given))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return loaded


def _settings_refused(refused: dict[str, tuple[str, ...]], scenarios: int) -> list[str]:
    """What is wrong with the settings; where it depends on the scenario, which one."""
    everywhere = len(refused) == scenarios
    shared = set.intersection(*map(set, refused.values())) if everywhere and refused else set()
    return [
        problem if problem in shared else f"{name} with --set: {problem}"
        for name, problems in refused.items()
        for problem in problems
    ]


@contextmanager
def running(total: int) -> Iterator[Callable[[int], None]]:
    """Tell of a first use, and show how far the runs have come.

    Args:
        total: how many runs there are.

    Yields:
        A function that is told how many are done.
    """
    with announce_first_use(), progress("running", total) as told:
        yield told


# --- words and numbers ------------------------------------------------------------------------


def label(measure: Measure) -> str:
    """What a measure is called in a table: its name and unit."""
    name = measure.name.removeprefix(OUTCOME)
    if measure.unit in SHARES or not measure.unit:
        return name
    unit = measure.unit.strip("[]").replace(", ", " to ") if measure.unit.startswith("[") else measure.unit
    return f"{name} ({unit})"


def amount(measure: Measure, value: float) -> str:
    """A value as people read it: shares in per cent."""
    return f"{_decimal(value)} %" if value == value and measure.unit in SHARES else _signed(number(value))


def difference(measure: Measure, value: float) -> str:
    """A difference, with its sign; of shares in percentage points."""
    if value != value:
        return NOTHING
    text = _decimal(value) if measure.unit in SHARES else _signed(number(value))
    return f"+{text}" if value > 0 and text.strip("0.") else text


def interval(measure: Measure, low: float, high: float) -> str:
    """From, to; of shares in percentage points."""
    if low != low or high != high:
        return NOTHING
    if measure.unit in SHARES:
        return f"{_decimal(low)} to {_decimal(high)}"
    return f"{_signed(number(low))} to {_signed(number(high))}"


def chance(value: float) -> str:
    """A share of runs, that says 0 or 100 only where it is meant."""
    if value != value:
        return NOTHING
    if 0 < value < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < value < 1 else f"{100 * value:.0f} %"


def _decimal(share: float) -> str:
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else _signed(text)


def _signed(text: str) -> str:
    """A number with the minus sign that sentences and pictures have."""
    return text.replace("-", "\u2212")


def when(month: int) -> str:
    """A month in the words of a heading."""
    if month == 0:
        return "founding"
    return f"month {month}" if month % MONTHS_A_YEAR else f"year {month // MONTHS_A_YEAR}"


def few(months: Sequence[int], most: int) -> list[int]:
    """At most so many of the months, spread evenly, first and last among them."""
    if len(months) <= most:
        return list(months)
    return [months[round(place * (len(months) - 1) / (most - 1))] for place in range(most)]


# --- documents -----------------------------------------------------------------------------------


def ensemble_as_json(ensemble: Ensemble) -> dict[str, Any]:
    """What a document says of runs of one scenario."""
    assert ensemble.roster is not None
    return {
        "scenario": scenario_as_json(ensemble.scenario),
        "coalition": coalition_as_json(ensemble.scenario, ensemble.roster),
        "measures": [one._asdict() for one in ensemble.quantities.values()],
        "summary": records(ensemble.summary()),
    }


def luck_as_json(ensemble: Ensemble) -> dict[str, Any]:
    """How many runs, and with which seeds."""
    first, last = int(ensemble.seeds[0]), int(ensemble.seeds[-1])
    return {"runs": len(ensemble), "seeds": {"first": first, "last": last}}


def names_of(files: Sequence[Path]) -> list[str]:
    """Files as a document names them."""
    return [str(file) for file in files]
