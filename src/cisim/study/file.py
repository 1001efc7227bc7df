"""Reading a study from its file, study.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path as File
from typing import Any

from cisim.errors import InputError
from cisim.scenario import Scenario, load, shipped

# A study file is read as a scenario file is, and its errors have their lines in the same way.
from cisim.scenario.files import parsed, text_of, with_lines
from cisim.scenario.problems import MOST, Path, Problem
from cisim.seeds import LARGEST as LARGEST_SEED
from cisim.study.asked import Asked, meant
from cisim.study.asked_design import design_of
from cisim.study.asked_factors import ROLES, factors_of
from cisim.study.asked_record import limits_of, record_of, stop_of
from cisim.study.factors import Factor
from cisim.study.study import Study, measures_over

#: Largest study file, in bytes: points may stand in it.
LARGEST = 200_000_000
TABLES = ("study", "base", "levers", "uncertainties", "design", "record", "stop", "limits")
ABOUT = ("name", "question", "scenario", "replications", "seed", "luck")
MOST_REPLICATIONS = 1_000_000_000


def read(path: str | PathLike[str]) -> Study:
    """A study from its file.

    Args:
        path: of the file; other files that it names are looked for beside it.

    Raises:
        InputError: with all that is wrong, one line each: file, line, key, value, what is allowed.

    Example:
        >>> study = read("experiments/conditions.toml")  # doctest: +SKIP
    """
    label = os.fspath(path)
    return from_text(text_of(File(path), label, "study", LARGEST, _no_file), File(path).parent, label)


def _no_file(label: str) -> str:
    return f"no such file; begin one with: cisim study new {label}"


def from_text(text: str, folder: File | None = None, label: str = "study.toml") -> Study:
    """A study from the text of its file.

    Args:
        text: of the file.
        folder: where the files that it names are looked for; None: in the current folder.
        label: the file, as errors name it.

    Raises:
        InputError: with all that is wrong, one line each.
    """
    values = parsed(text, label)
    problems: list[Problem] = [
        Problem((key,), f"{key}: no such table; {meant(key, TABLES)}") for key in values if key not in TABLES
    ]
    study = _study(values, folder, problems)
    if problems:
        told = with_lines(problems[:MOST], label, text)
        more = [f"{label}: and more: only the first {MOST} problems are told"] * (len(problems) > MOST)
        raise InputError(told + more)
    assert study is not None
    return study


def _study(values: Mapping[str, Any], folder: File | None, problems: list[Problem]) -> Study | None:
    about = Asked(values.get("study", {}), ("study",), problems, ABOUT)
    name, question = about.name("name"), about.text("question")
    replications = about.whole("replications", 1, 1, MOST_REPLICATIONS)
    seed = about.whole("seed", 1, 0, LARGEST_SEED)
    luck = about.choice("luck", ("common", "independent"))
    base = _base(values, about, folder, problems)
    before = len(problems)
    placed = factors_of(values, base, problems)
    factors, sound = tuple(placed.values()), len(problems) == before
    design = design_of(values, factors, folder, problems, sound=sound)
    # Measures are not known while what names them is wrong.
    said = str([values.get(table) for table in ROLES])
    sure = sound or not any(word in said for word in ("file", "ties", "sectors", "outcomes"))
    known = _measures(base, factors, problems) if base is not None and sure else None
    last = _last(base, factors) if base is not None else None
    record, stop = record_of(values, last, known, problems), stop_of(values, known, problems)
    limits = limits_of(values, problems)
    if base is None or problems:
        return None
    return Study(
        name=name,
        base=base,
        record=record,
        question=question,
        factors=factors,
        design=design,
        replications=replications,
        seed=seed,
        luck="common" if luck == "common" else "independent",
        stop=stop,
        limits=limits,
    )


# --- the base scenario --------------------------------------------------------------------------------


def _base(
    values: Mapping[str, Any], about: Asked, folder: File | None, problems: list[Problem]
) -> Scenario | None:
    """The scenario named, changed by [base]; None if something is wrong with it."""
    named = about.values.get("scenario")
    if named is None and "base" not in values:
        about.says("is missing: the name or the file of the base scenario", "scenario")
        return None
    scenario = Scenario().at(folder) if named is None else _named(named, about, folder)
    if scenario is None or "base" not in values:
        return scenario
    own = Asked(values["base"], ("base",), problems).values
    try:
        # Files that the study itself names stand beside it.
        coalition = own.get("coalition")
        named_here = isinstance(coalition, Mapping) and {"file", "ties"} & set(coalition)
        return Scenario(**_over(scenario.as_mapping(), own)).at(folder if named_here else scenario.folder)
    except InputError as error:
        problems += [Problem(("base", *_place(says)), f"base.{says}") for says in error.problems]
        return None


def _named(named: Any, about: Asked, folder: File | None) -> Scenario | None:
    if not isinstance(named, str) or not named:
        about.says("must be the name or the file of a scenario", "scenario", value=named)
        return None
    path = File(named) if folder is None else folder / named
    if named not in shipped() and not _is_there(path):
        words = "no such file beside the study, and no scenario of that name comes with cisim"
        about.says(f"{words}; {meant(named, shipped())}", "scenario", value=named)
        return None
    try:
        return load(named if named in shipped() else path)
    except InputError as error:
        about.problems += [
            Problem(("study", "scenario"), f"study.scenario: {says}") for says in error.problems
        ]
        return None


def _is_there(path: File) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _over(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario's mapping with some of its fields replaced; lists are replaced as a whole."""
    merged = dict(values)
    for key, value in changes.items():
        inner = merged.get(key)
        merged[key] = (
            _over(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
        )
    return merged


def _place(says: str) -> Path:
    """Where in a scenario something is wrong, from the words for it."""
    return tuple(says.partition(" = ")[0].partition(":")[0].partition(",")[0].split("."))


# --- what the base scenario and the factors allow -----------------------------------------------------


def _measures(base: Scenario, factors: Sequence[Factor], problems: list[Problem]) -> list[str] | None:
    try:
        names = [measure.name for measure in measures_over(base, factors)]
    except InputError as error:
        problems += [Problem(("study", "scenario"), says) for says in error.problems]
        return None
    return [*names, *(f"outcome.{outcome}" for outcome in base.outcome_names)]


def _last(base: Scenario, factors: Sequence[Factor]) -> int:
    """The last month of the longest run."""
    months = [base.months]
    for factor in factors:
        for value in factor.values:
            months.append(int(factor.settings(value).get("scenario.months", 0)))
    return max(months)


# --- a file to begin with ---------------------------------------------------------------------------


def new_text() -> str:
    """A study file to start from, every table explained.

    Example:
        >>> new_text().splitlines()[0]
        '# A study of cisim. What question does it ask?'
    """
    return _NEW


_NEW = """\
# A study of cisim. What question does it ask?
#
# cisim study plan FILE tells what it will take, cisim study run FILE does it. A line that begins with "#" and a
# key is an example: take the "#" away and change the value.
[study]
name = "backbone staff and contact"
question = "How much staff does a coalition need, and how often should its members meet?"
scenario = "all-five"                 # a scenario that came with cisim, or a file beside this one
replications = 100                    # runs of each point
seed = 1
luck = "common"                       # replication r has the same luck at every point; or "independent"

# What somebody decides on. Any field of a scenario (cisim explain lists them).
[levers]
"backbone.staff" = { low = 0, high = 4, unit = "FTE" }       # a range
"communication.frequency" = [0, 1, 2, 4]                     # levels
#"coalition.start" = [1, "never"]
#"shared data" = { absent = { "measurement.sharing" = 0 }, present = { "measurement.sharing" = 0.8 } }   # settings that change together

# What nobody knows.
[uncertainties]
"coalition.turnover" = { low = 0.05, high = 0.4 }
#"measurement.belief_drift" = { low = 1e-5, high = 1e-3, scale = "log", levels = 5 }   # five values, evenly in the logarithm

# Which points are run: factorial, one-at-a-time, latin-hypercube (points), sobol (points), saltelli (samples,
# second_order), morris (trajectories, levels), or file (file = "points.csv").
[design]
kind = "latin-hypercube"
points = 200

# What is kept of each run. By default all measures in the last month.
[record]
months = [12, 60, 120]                # or "yearly"
#measures = ["progress", "trust"]
#bands = ["progress"]                 # quantiles over the replications, month by month
#trajectories = ["progress"]          # every month of every run
#organisations = ["commitment"]       # of every organisation, every month, or in panel_months
#ties = true                          # of every tie
#panel_months = [0, 60, 120]

# A run may end early; later months then hold the values of its last one.
#[stop]
#measure = "progress"
#above = 0.5

# A run that takes more has failed; the study goes on.
#[limits]
#seconds = 60
#memory = "2 GB"
"""
