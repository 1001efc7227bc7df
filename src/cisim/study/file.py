"""Study file, study.toml: read, checked as a whole, and written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path as File
from typing import Any

from pydantic import ConfigDict, Field

from cisim.dynamics.state import ORGANISATION
from cisim.errors import InputError, did_you_mean, writing
from cisim.files import read_text, replace_file
from cisim.scenario import Scenario, load, shipped, toml
from cisim.scenario import json_schema as scenario_schema
from cisim.scenario.events import Sound
from cisim.scenario.field import entry
from cisim.scenario.problems import Problem, Table, fit, plain_values, problem_at
from cisim.scenario.rules import soundness
from cisim.study.designs import KINDS, Design, Point, points_in, problems_of, read_points
from cisim.study.factors import ROLES, Factor, Range, read_factors
from cisim.study.spec import MONTHS, About, Limits, Record, RecordTable, Stop, Study, measures_over

#: Largest study file, in bytes: points may stand in it.
LARGEST = 200_000_000
#: What can be kept of organisations: not luck's slots, nor what a month scratches out between its stages.
FIELDS = tuple(
    name
    for name in ORGANISATION.names or ()
    if not name.startswith(("next_", "mean_")) and name not in {"slot", "tie_weight", "relations"}
)


class StudyTable(About):
    """What is asked, and of which scenario."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})

    scenario: str | None = entry(
        None,
        "the base scenario: the name of one that comes with cisim, or a file beside the study",
        "must be the name or the file of a scenario",
        min_length=1,
    )


class DesignTable(Design):
    """Which points are run."""

    model_config = ConfigDict(json_schema_extra={"required": ["kind"]})

    file: str | None = entry(
        None,
        "CSV file of the points, whose header names the factors",
        "must be the name of a CSV file",
        min_length=1,
    )


class StudyFile(Table):
    """A study file as it stands: each table by itself."""

    study: StudyTable = Field(StudyTable(), description="what is asked")
    base: dict[str, Any] = Field({}, description="changes of the base scenario, as in a scenario file")
    levers: dict[str, Any] = Field({}, description="what varies and somebody decides on")
    uncertainties: dict[str, Any] = Field({}, description="what varies and nobody knows")
    design: DesignTable | None = Field(None, description="which points are run")
    record: RecordTable = Field(RecordTable(), description="what is kept of each run")
    stop: Stop | None = Field(None, description="when a run may end early")
    limits: Limits = Field(Limits(), description="what one run may take")


def read(path: str | PathLike[str]) -> Study:
    """Read a study from its file.

    Args:
        path: of the file; other files that it names are looked for beside it.

    Raises:
        InputError: with all that is wrong, one line each: file, line, key, value, what is allowed.

    Example:
        >>> study = read("experiments/conditions.toml")  # doctest: +SKIP
    """
    label = os.fspath(path)
    missing = f"no such file; begin one with: cisim study new {label}"
    text = read_text(File(path), LARGEST, label=label, missing=missing, what="study file")
    return parse(text, File(path).parent, label)


def parse(text: str, folder: File | None = None, label: str = "study.toml") -> Study:
    """Read a study from the text of its file.

    Args:
        text: of the file.
        folder: where the files that it names are looked for; None: in the current folder.
        label: the file, as errors name it.

    Raises:
        InputError: with all that is wrong, one line each.
    """
    problems: list[Problem] = []
    study = _study(toml.parse(text, label), folder, problems)
    toml.refuse(problems, label, text)
    assert study is not None
    return study


def _study(values: dict[str, Any], folder: File | None, problems: list[Problem]) -> Study | None:
    """Make a study of a file's mapping; note all that is wrong."""
    # Points may be a million: they are looked at once and not copied.
    design = values.get("design")
    rows = design.pop("rows", None) if isinstance(design, dict) else None
    plain, wrong = plain_values(values)
    problems += wrong
    file = fit(StudyFile.model_validate, StudyFile, plain, problems)
    sound = soundness(problem.path for problem in problems)
    if not file.study.name and sound("study.name"):
        problems.append(problem_at(("study", "name"), "is missing: must be a name"))
    base = _base(file, folder, sound, problems)
    before = len(problems)
    factors = tuple(read_factors({table: getattr(file, table) for table in ROLES}, base, problems).values())
    sure = len(problems) == before and sound(*ROLES)
    points = _design(file.design, rows, factors, folder, sure, sound, problems)
    # Measures are not known while what names them is wrong.
    text = str([getattr(file, table) for table in ROLES])
    named = sure or not any(word in text for word in ("file", "ties", "sectors", "outcomes"))
    known = _measures(base, factors, problems) if base is not None and named else None
    record = _record(file.record, _last_month(base, factors), known, problems)
    if file.stop is not None:
        measure, bounds = sound("stop.measure"), sound("stop.below", "stop.above")
        of_stop = file.stop.problems(("stop",), known)
        problems += [problem for problem in of_stop if (measure if len(problem.path) > 1 else bounds)]
    if problems or base is None:
        return None
    about: dict[str, Any] = {name: getattr(file.study, name) for name in About.model_fields}
    made: dict[str, Any] = {"factors": factors, "design": points, "stop": file.stop, "limits": file.limits}
    return Study(base=base, record=record, **about, **made)


# --- the base scenario --------------------------------------------------------------------------------


def _base(file: StudyFile, folder: File | None, sound: Sound, problems: list[Problem]) -> Scenario | None:
    """Load the scenario named, changed by [base]; None if something is wrong with it."""
    changes, scenario = file.base, Scenario().at(folder)
    if file.study.scenario is not None:
        named = _named(file.study.scenario, folder, problems)
        if named is None:
            return None
        scenario = named
    elif not sound("study.scenario", "base"):
        return None
    elif "base" not in file.model_fields_set:
        words = "is missing: the name or the file of the base scenario"
        problems.append(problem_at(("study", "scenario"), words))
        return None
    if not changes:
        return scenario
    changed, wrong = Scenario.tried(_over(scenario.as_mapping(), changes))
    problems += [Problem(("base", *problem.path), f"base.{problem.text}") for problem in wrong]
    # Files that the study itself names stand beside it.
    coalition = changes.get("coalition")
    named_here = isinstance(coalition, dict) and {"file", "ties"} & set(coalition)
    return None if wrong else changed.at(folder if named_here else scenario.folder)


def _named(name: str, folder: File | None, problems: list[Problem]) -> Scenario | None:
    path = File(name) if folder is None else folder / name
    known = shipped()
    try:
        there = name in known or path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        words = "no such file beside the study, and no scenario of that name comes with cisim"
        problems.append(problem_at(("study", "scenario"), f"{words}; {did_you_mean(name, known)}", name))
        return None
    try:
        return load(name if name in known else path)
    except InputError as error:
        problems += [Problem(("study", "scenario"), f"study.scenario: {text}") for text in error.problems]
        return None


def _over(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Replace some fields of a scenario's mapping; lists are replaced as a whole."""
    merged = dict(values)
    for key, value in changes.items():
        inner = merged.get(key)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            value = _over(inner, value)
        merged[key] = value
    return merged


def _measures(base: Scenario, factors: Sequence[Factor], problems: list[Problem]) -> list[str] | None:
    try:
        names = [measure.name for measure in measures_over(base, factors)]
    except InputError as error:
        problems += [Problem(("study", "scenario"), text) for text in error.problems]
        return None
    return [*names, *(f"outcome.{outcome}" for outcome in base.outcome_names)]


def _last_month(base: Scenario | None, factors: Sequence[Factor]) -> int | None:
    """Find the last month of the longest run; None if the base scenario is wrong."""
    if base is None:
        return None
    settings = [factor.settings(value) for factor in factors for value in factor.values]
    return max([base.months, *(int(changes.get("scenario.months", 0)) for changes in settings)])


# --- design and record --------------------------------------------------------------------------------


def _design(
    table: DesignTable | None,
    rows: Any,
    factors: Sequence[Factor],
    folder: File | None,
    sure: bool,
    sound: Sound,
    problems: list[Problem],
) -> Design:
    """Make the design; `sure` tells whether nothing is wrong with the factors, so that points can be checked."""
    kinds = f"one of {', '.join(KINDS)}"
    if table is None:
        if factors and sound("design"):
            problems.append(problem_at(("design",), f"is missing: a table with kind, which is {kinds}"))
        return Design()
    given = {
        **{key: getattr(table, key) for key in table.model_fields_set},
        **({} if rows is None else {"rows": rows}),
    }
    if "kind" not in given:
        if sound("design.kind"):
            problems.append(problem_at(("design", "kind"), f"is missing: {kinds}"))
        return Design()
    keys = (*KINDS[table.kind], *(("file",) if table.kind == "file" else ()))
    for key in sorted(given.keys() - {"kind", *keys}):
        own = f"{table.kind} has {', '.join(keys)}" if keys else f"{table.kind} needs nothing else"
        problems.append(problem_at(("design", key), f"is not for this kind of design: {own}", given[key]))
    if table.kind == "file":
        points, wrong = _points(table, rows, factors, folder, sure, sound)
        problems += wrong
        if wrong or not sure:
            return Design()
        given["rows"] = points
    design = Design(kind=table.kind, **{key: given[key] for key in KINDS[table.kind] if key in given})
    new = problems_of(design, factors if sure else None)
    problems += [problem for problem in new if sound(".".join(map(str, problem.path)))]
    return design


def _points(
    table: DesignTable, rows: Any, factors: Sequence[Factor], folder: File | None, sure: bool, sound: Sound
) -> tuple[tuple[Point, ...], list[Problem]]:
    """Read the points of a design from its rows or its file; also return what is wrong with them."""
    if table.file is not None and rows is not None:
        return (), [problem_at(("design", "rows"), "give either file or rows")]
    if table.file is None and rows is None and sound("design.file"):
        return (), [
            problem_at(("design", "file"), 'is missing: the CSV file of the points, such as "points.csv"')
        ]
    if not sure:
        return (), []
    if rows is not None:
        return points_in(rows, factors)
    try:
        return read_points((folder or File()) / (table.file or ""), factors), []
    except InputError as error:
        return (), [Problem(("design", "file"), text) for text in error.problems]


def _record(
    table: RecordTable, last: int | None, known: Sequence[str] | None, problems: list[Problem]
) -> Record:
    """Make the record; the last month and the measures are None if they are not known."""
    panels = bool(table.organisations) or table.ties
    if "panel_months" in table.model_fields_set and not panels:
        words = 'is for panels: give organisations = ["commitment"], or ties = true, as well'
        problems.append(problem_at(("record", "panel_months"), words))
    lists = {"measures": known, "bands": known, "trajectories": known, "organisations": FIELDS}
    for name, allowed in lists.items():
        what = "field" if name == "organisations" else "measure"
        problems += _check_names(table, name, allowed, what)
    months = _months(table, "months", last, (last or 0,), problems)
    every = tuple(range((last or 0) + 1))
    return Record(
        **table.model_dump(exclude={"months", "panel_months"}),
        months=months,
        panel_months=_months(table, "panel_months", last, every, problems) if panels else (),
    )


def _check_names(table: RecordTable, name: str, known: Sequence[str] | None, what: str) -> Iterator[Problem]:
    names, path = getattr(table, name), ("record", name)
    if name in table.model_fields_set and not names:
        yield problem_at(path, f"must be a list of {what}s, with at least one", names)
    for index, item in enumerate(names):
        if known is not None and item not in known:
            yield problem_at((*path, index), f"no such {what}; {did_you_mean(item, known)}", item)
        elif item in names[:index]:
            yield problem_at((*path, index), f"is there already (item {names.index(item) + 1})", item)


def _months(
    table: RecordTable, name: str, last: int | None, default: tuple[int, ...], problems: list[Problem]
) -> tuple[int, ...]:
    months, path = getattr(table, name), ("record", name)
    if name not in table.model_fields_set:
        return default
    if months == "yearly":
        return tuple(sorted({*range(0, (last or 0) + 1, 12), last or 0}))
    if not months:
        problems.append(problem_at(path, MONTHS, months))
    for index, month in enumerate(months):
        if last is not None and month > last:
            words = f"must be a month from 0 to {last}, the last of the scenario (scenario.months)"
            problems.append(problem_at((*path, index), words, month))
        elif month in months[:index]:
            problems.append(
                problem_at((*path, index), f"is there already (item {months.index(month) + 1})", month)
            )
    return tuple(sorted(months))


# --- writing ------------------------------------------------------------------------------------------


def to_text(study: Study) -> str:
    """Write a study as the text of a file, complete: it needs no other, and reading it gives an equal study."""
    about = study.model_dump(include=set(About.model_fields))
    lines = ["[study]", *toml.toml_pairs({**about, "question": study.question or None}), ""]
    for table, role in ROLES.items():
        factors = [factor for factor in study.factors if factor.role == role]
        if factors:
            lines += [f"[{table}]", *(f"{toml.toml_key(f.name)} = {_factor(f)}" for f in factors), ""]
    design = study.design
    keys = {key: getattr(design, key) for key in ("kind", *KINDS[design.kind]) if key != "rows"}
    lines += ["[design]", *toml.toml_pairs(keys)]
    if design.kind == "file":
        lines += ["rows = [", *(f"  {toml.toml_value(row)}," for row in design.rows), "]"]
    record = {name: value or None for name, value in study.record.model_dump().items()}
    lines += ["", "[record]", *toml.toml_pairs(record), ""]
    for section, said in (("stop", study.stop), ("limits", study.limits)):
        pairs = toml.toml_pairs(said.model_dump()) if said else []
        lines += [f"[{section}]", *pairs, ""] if pairs else []
    return "\n".join(lines) + "\n" + toml.to_toml(study.base.as_mapping(), "base.").rstrip("\n") + "\n"


def identity_text(study: Study) -> str:
    """Write what decides the results of a study, which its name and its question do not."""
    return to_text(study.model_copy(update={"name": "", "question": ""}))


def write(study: Study, path: str | PathLike[str]) -> None:
    """Write a study as a file that needs no other.

    Raises:
        InputError: it cannot be written.
    """
    with writing(File(path)):
        replace_file(File(path), lambda file: file.write(to_text(study).encode()))


def _factor(factor: Factor) -> str:
    if factor.bundle:
        return toml.toml_value({str(level.label): dict(level.settings) for level in factor.levels})
    if factor.low is None or factor.high is None:
        return toml.toml_value([level.label for level in factor.levels])
    kind = int if factor.whole else float
    values = {"low": kind(factor.low), "high": kind(factor.high), "unit": factor.unit or None}
    scale = None if factor.scale == "linear" else factor.scale
    return toml.toml_value({**values, "scale": scale, "levels": len(factor.levels) or None})


def json_schema() -> dict[str, Any]:
    """Make the JSON schema of a study file, with the meaning of every key.

    Example:
        >>> json_schema()["$defs"]["StudyTable"]["properties"]["replications"]["maximum"]
        1000000000
    """
    schema, scenario = StudyFile.model_json_schema(), scenario_schema()
    schema["$defs"] |= scenario["$defs"] | {"Range": Range.model_json_schema()}
    schema["properties"]["base"] |= {"properties": scenario["properties"], "additionalProperties": False}
    factor = {"anyOf": [{"$ref": "#/$defs/Range"}, {"type": "array", "minItems": 1}, {"type": "object"}]}
    for table in ROLES:
        schema["properties"][table]["additionalProperties"] = factor
    return {"$schema": scenario["$schema"], **schema, "title": "A study of cisim"}


def new_text() -> str:
    """Give a study file to start from, every table explained.

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
