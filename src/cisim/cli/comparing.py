"""`cisim compare`: scenarios on the same luck, beside each other and in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import cisim
from cisim.cli.checking import tell_columns
from cisim.cli.keeping import check_files, keep
from cisim.cli.telling import tell
from cisim.cli.terminal import document, say
from cisim.cli.work import ensemble_as_json, luck_as_json, names_of, running, scenarios_as_asked
from cisim.coalition import roster
from cisim.comparison import Comparison
from cisim.dynamics.measures import measures_of
from cisim.ensemble import Ensemble
from cisim.errors import InputError
from cisim.report.documents import records
from cisim.report.sentences import sentences
from cisim.scenario import Scenario


def compare(
    scenarios: Sequence[str],
    names: Sequence[str],
    measures: Sequence[str],
    runs: int,
    seed: int,
    out: Path | None,
    picture: Path | None,
    settings: Sequence[str],
    threads: int | None,
    json: bool,
    overwrite: bool,
) -> None:
    """`cisim compare`."""
    if len(scenarios) < 2:
        raise InputError(f"a comparison needs at least two scenarios: {len(scenarios)} given")
    called = strategy_names(scenarios, names)
    loaded = scenarios_as_asked(scenarios, settings)
    check_files(out, picture, overwrite, len(loaded))
    measures = list(dict.fromkeys(measures))
    _check_measures(loaded, measures)
    with running(runs * len(loaded)) as told:
        comparison = cisim.compare(
            dict(zip(called, loaded, strict=True)), runs, seed, threads=threads, on_progress=told
        )
    content = comparison_as_json(comparison, measures)
    written = []
    if picture is not None:
        from cisim import plot

        written.append(plot.save(plot.fan(comparison, measures[0]), picture))
    if out is not None:
        written += keep(comparison, content, out)
    if json:
        document({**content, "files": names_of(written)})
        return
    for name in comparison.strategies:
        roster = comparison.ensemble(name).roster
        if roster is not None and roster.columns:
            say(name, style="bold")
            tell_columns(roster.columns)
    tell(comparison, measures)
    kept = [str(one) for one in (picture, out) if one is not None]
    if kept:
        say(f"Wrote {' and '.join(kept)}")


def strategy_names(scenarios: Sequence[str], names: Sequence[str]) -> list[str]:
    """What the scenarios are called: as asked for, or by the names of their files.

    Raises:
        InputError: not one name for each, or two are equal.

    Example:
        >>> strategy_names(["all-five", "plans/late.toml"], [])
        ['all-five', 'late']
    """
    if names and len(names) != len(scenarios):
        raise InputError(f"--name: {len(names)} given for {len(scenarios)} scenarios: give one for each")
    called = list(names) or [Path(one).stem if one.endswith(".toml") else one for one in scenarios]
    if not names and len(set(called)) < len(called):
        called = list(scenarios)
    twice = sorted({name for name in called if called.count(name) > 1})
    if twice:
        raise InputError([f"{name}: is there twice: give each scenario another --name" for name in twice])
    return called


def _check_measures(scenarios: Sequence[Scenario], measures: Sequence[str]) -> None:
    """Refuse measures that a scenario has not, before anything runs.

    Raises:
        InputError: with all of them.
    """
    problems: list[str] = []
    for scenario in scenarios:
        recorded = measures_of(scenario.outcome_names, roster(scenario).sector_names)
        shape = (0, scenario.months + 1, len(recorded))
        nothing = Ensemble(np.empty(shape), np.empty(0, np.uint64), recorded, scenario)
        for measure in measures:
            try:
                nothing.quantity(measure)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(list(dict.fromkeys(problems)))


def comparison_as_json(comparison: Comparison, measures: Sequence[str]) -> dict[str, Any]:
    """The document of a comparison."""
    readable = len(comparison.first) > 1
    return {
        "command": "compare",
        **luck_as_json(comparison.first),
        "reference": comparison.reference,
        "strategies": {name: ensemble_as_json(ensemble) for name, ensemble in comparison.ensembles.items()},
        "order": comparison.strategies,
        "differences": records(comparison.table(measures)),
        "reading": {name: sentences(comparison, name) for name in comparison.others} if readable else {},
    }
