"""Study file, study.toml: read, checked as a whole, and written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path as File
from typing import Any

from pydantic import ConfigDict, Field

from cisim.dynamics.state import ORGANISATION
from cisim.errors import InputError, did_you_mean
from cisim.files import read_text
from cisim.scenario import Scenario, load, shipped, toml
from cisim.scenario import json_schema as scenario_schema
from cisim.scenario.field import entry, is_distribution
from cisim.scenario.problems import Notes, Problem, Table, allowed_in, fit, plain_values
from cisim.study.designs import KINDS, NO_FACTOR, Design, Point, points_in, problems_of, read_points
from cisim.study.factors import ROLES, Factor, Range, read_factors
from cisim.study.spec import About, Limits, Record, RecordTable, Stop, Study, measures_over

#: Largest study file, in bytes: points may stand in it.
LARGEST = 200_000_000
#: What can be kept of organisations: not luck's slots, nor what a month scratches out between its stages.
FIELDS = tuple(
    name
    for name in ORGANISATION.names or ()
    if not name.startswith(("next_", "mean_")) and name not in {"slot", "tie_weight", "relations"}
)


class StudyTable(About):
    """Section [study]: what is asked, and of which scenario."""

    model_config = ConfigDict(json_schema_extra={"required": ["name"]})

    scenario: str | None = entry(
        None,
        "the base scenario: the name of one that comes with cisim, or a file beside the study",
        "must be the name or the file of a scenario",
        min_length=1,
    )


class StudyFile(Table):
    """A study file as it stands: each table by itself."""

    study: StudyTable = Field(StudyTable(), description="what is asked")
    base: dict[str, Any] = Field({}, description="changes of the base scenario, as in a scenario file")
    levers: dict[str, Any] = Field({}, description="what varies and somebody decides on")
    uncertainties: dict[str, Any] = Field({}, description="what varies and nobody knows")
    design: Design | None = Field(None, description="which points are run")
    record: RecordTable = Field(RecordTable(), description="what is kept of each run")
    stop: Stop | None = Field(None, description="when a run may end early")
    limits: Limits = Field(Limits(), description="what one run may take")


def read(path: str | PathLike[str]) -> Study:
    """Read a study from its file; other files that it names are looked for beside it.

    Raises:
        InputError: with all that is wrong, one line each: file, line, key, value, what is allowed.
    """
    label = os.fspath(path)
    missing = f"no such file; begin one with: cisim study new {label}"
    text = read_text(File(path), LARGEST, label=label, missing=missing, what="study file")
    return parse(text, File(path).parent, label)


def parse(text: str, folder: File | None = None, label: str = "study.toml") -> Study:
    """Read a study from the text of its file, which errors call `label`; see `read`.

    Files that it names are looked for in `folder`, by default the current one.
    """
    notes = Notes()
    study = _Reader(folder, notes).study(toml.parse(text, label))
    toml.refuse(notes, label, text)
    assert study is not None
    return study


@dataclass
class _Reader:
    """Makes a study of a file's mapping, and notes all that is wrong."""

    folder: File | None
    notes: Notes

    def study(self, values: dict[str, Any]) -> Study | None:
        notes = self.notes
        # Points may be a million: they are looked at once and not copied.
        table = values.get("design")
        rows = table.pop("rows", None) if isinstance(table, dict) else None
        file = fit(StudyFile.model_validate, StudyFile, plain_values(values, notes), notes)
        if not file.study.name and notes.sound("study.name"):
            notes.add(("study", "name"), "is missing: must be a name")
        base = self.base(file)
        tables = {table: getattr(file, table) for table in ROLES}
        factors = tuple(read_factors(tables, base, notes))
        sure = base is not None and notes.sound(*ROLES)
        design = self.design(file.design, rows, factors, sure)
        # Measures are not known while what names them is wrong.
        named = sure or not any(word in str([*tables.values()]) for word in ("file", "ties", "sectors", "outcomes"))
        known: list[str] | None = None
        if base is not None and named:
            try:
                outcomes = [f"outcome.{outcome}" for outcome in base.outcome_names]
                known = [*(measure.name for measure in measures_over(base, factors)), *outcomes]
            except InputError as error:
                notes += [Problem(("study", "scenario"), text) for text in error.problems]
        record = self.record(file.record, base, factors, known)
        if file.stop is not None:
            file.stop.check(("stop",), known, notes)
        if notes or base is None:
            return None
        about = {**file.study.model_dump(exclude={"scenario"}), "stop": file.stop, "limits": file.limits}
        return Study(base=base, record=record, factors=factors, design=design, **about)

    def base(self, file: StudyFile) -> Scenario | None:
        """Load the scenario named, changed by [base]; None if something is wrong with it."""
        scenario: Scenario | None = Scenario().at(self.folder)
        if file.study.scenario is not None:
            scenario = self.named(file.study.scenario)
        elif not self.notes.sound("study.scenario", "base"):
            return None
        elif "base" not in file.model_fields_set:
            self.notes.add(("study", "scenario"), "is missing: the name or the file of the base scenario")
            return None
        if scenario is None or not file.base:
            return scenario
        changed, wrong = Scenario.tried(_over(scenario.as_mapping(), file.base))
        self.notes += [Problem(("base", *path), f"base.{text}") for path, text in wrong]
        # Files that the study itself names stand beside it.
        coalition = file.base.get("coalition")
        named_here = isinstance(coalition, dict) and {"file", "ties"} & set(coalition)
        return None if wrong else changed.at(self.folder if named_here else scenario.folder)

    def named(self, name: str) -> Scenario | None:
        path, known = File(name) if self.folder is None else self.folder / name, shipped()
        try:
            if name in known or path.exists():
                return load(name if name in known else path)
        except InputError as error:
            self.notes += [Problem(("study", "scenario"), f"study.scenario: {text}") for text in error.problems]
            return None
        except (OSError, ValueError):
            pass  # it cannot be the name of a file
        words = "no such file beside the study, and no scenario of that name comes with cisim"
        self.notes.add(("study", "scenario"), f"{words}; {did_you_mean(name, known)}", name)
        return None

    def design(self, table: Design | None, rows: Any, factors: Sequence[Factor], sure: bool) -> Design:
        """Make the design; it is `sure` that nothing is wrong with the factors, so that points can be checked."""
        notes, kinds = self.notes, f"one of {', '.join(KINDS)}"
        if table is None:
            if factors and notes.sound("design"):
                notes.add(("design",), f"is missing: a table with kind, which is {kinds}")
            return Design()
        if "kind" not in table.model_fields_set:
            if notes.sound("design.kind"):
                notes.add(("design", "kind"), f"is missing: {kinds}")
            return Design()
        keys, changes = KINDS[table.kind].keys, {} if rows is None else {"rows": rows}
        for key in sorted({*table.model_fields_set, *changes} - {"kind", *keys}):
            its_keys = f"{table.kind} has {', '.join(keys)}" if keys else f"{table.kind} needs nothing else"
            words = f"is not for this kind of design: {its_keys}"
            notes.add(("design", key), words, changes.get(key, getattr(table, key)))
        if table.kind == "file":
            changes = {"file": None, "rows": self.points(table.file, rows, factors if sure else None)}
            if not changes["rows"]:
                return Design()
        design = table.model_copy(update=changes)
        new = problems_of(design, factors if sure else None)
        notes += [problem for problem in new if notes.sound(".".join(map(str, problem.path)))]
        return design

    def points(self, name: str | None, rows: Any, factors: Sequence[Factor] | None) -> tuple[Point, ...]:
        """Read points from a file or from rows, if the factors are known; () if something is wrong."""
        if name is not None and rows is not None:
            self.notes.add(("design", "rows"), "give either file or rows")
        elif name is None and rows is None and self.notes.sound("design.file"):
            words = 'is missing: the CSV file of the points, such as "points.csv"'
            self.notes.add(("design", "file"), words)
        elif factors is not None and not factors:
            self.notes.add(("design", "kind"), NO_FACTOR, "file")
        elif factors is not None and rows is not None:
            return points_in(rows, factors, self.notes)
        elif factors is not None and name is not None:
            try:
                return read_points((self.folder or File()) / name, factors)
            except InputError as error:
                self.notes += [Problem(("design", "file"), text) for text in error.problems]
        return ()

    def record(
        self, table: RecordTable, base: Scenario | None, factors: Sequence[Factor], known: list[str] | None
    ) -> Record:
        """Make the record; base scenario and measures are None if they are not known."""
        panels, given = bool(table.organisations) or table.ties, table.model_fields_set
        if "panel_months" in given and not panels:
            words = 'is for panels: give organisations = ["commitment"], or ties = true, as well'
            self.notes.add(("record", "panel_months"), words)
        settings = [changes for factor in factors for changes in factor.all_settings]
        lasts = [int(changes.get("scenario.months", 0)) for changes in settings]
        months = range(max([base.months if base else 0, *lasts]) + 1)
        month = f"must be a month from 0 to {months[-1]}, the last of the scenario (scenario.months)"
        for name, allowed, words in (
            *((name, known, "no such measure") for name in ("measures", "bands", "trajectories")),
            ("organisations", FIELDS, "no such field"),
            *((name, months if base else None, month) for name in ("months", "panel_months")),
        ):
            if name in given and getattr(table, name) != "yearly":
                self.check_list(name, getattr(table, name), allowed, words)

        def chosen(name: str, default: Sequence[int]) -> tuple[int, ...]:
            chosen = getattr(table, name) if name in given else default
            return tuple(sorted({*months[::12], months[-1]} if chosen == "yearly" else chosen))

        return Record(
            **table.model_dump(exclude={"months", "panel_months"}),
            months=chosen("months", months[-1:]),
            panel_months=chosen("panel_months", months) if panels else (),
        )

    def check_list(self, name: str, items: Sequence[Any], allowed: Sequence[Any] | None, words: str) -> None:
        path = ("record", name)
        if not items:
            self.notes.add(path, allowed_in(RecordTable.model_fields[name], path), items)
        for index, item in enumerate(items):
            if allowed is not None and item not in allowed:
                hint = f"; {did_you_mean(item, allowed)}" if isinstance(item, str) else ""
                self.notes.add((*path, index), words + hint, item)
            elif item in items[:index]:
                self.notes.add((*path, index), f"is there already (item {items.index(item) + 1})", item)


def _over(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Replace some fields of a scenario's mapping; lists and distributions are replaced as a whole."""
    inner = {
        key: value
        for key, value in changes.items()
        if isinstance(before := values.get(key), dict) and isinstance(value, dict) and not is_distribution(before)
    }
    return {**values, **changes, **{key: _over(values[key], value) for key, value in inner.items()}}


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
    keys = {key: getattr(design, key) for key in ("kind", *KINDS[design.kind].keys) if key != "rows"}
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
    return to_text(study.model_copy(update={"name": "study", "question": ""}))


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
    """Make the JSON schema of a study file, with the meaning of every key."""
    schema, scenario = StudyFile.model_json_schema(), scenario_schema()
    schema["$defs"] |= scenario["$defs"] | {"Range": Range.model_json_schema()}
    schema["properties"]["base"] |= {"properties": scenario["properties"], "additionalProperties": False}
    factor = {"anyOf": [{"$ref": "#/$defs/Range"}, {"type": "array", "minItems": 1}, {"type": "object"}]}
    for table in ROLES:
        schema["properties"][table]["additionalProperties"] = factor
    return {"$schema": scenario["$schema"], **schema, "title": "A study of cisim"}


def new_text() -> str:
    """Give a study file to start from, every table explained."""
    return File(__file__).with_name("new.toml").read_text(encoding="utf-8")
