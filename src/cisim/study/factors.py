"""Factors: what varies from point to point of a study, over a range or over levels, and how a file says so."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, cast

from pydantic import WithJsonSchema

from cisim.dynamics.measures import COMMON
from cisim.errors import MOST_ALIKE, InputError, meant
from cisim.scenario import FieldInfo, Scenario, find
from cisim.scenario.catalogue import SECTIONS, allowed, fields, fits, get, unknown
from cisim.scenario.field import Section, entry
from cisim.scenario.names import name_problem
from cisim.scenario.problems import Notes, Path, fit, shown
from cisim.scenario.rules import DEPENDENT

Value = float | int | str | bool
Role = Literal["lever", "uncertainty"]
Scale = Literal["linear", "log"]
#: Most levels of a factor.
MOST_LEVELS = 1000
#: Most variants of the base scenario that are tried to find impossible values: half a second.
MOST_TRIED = 1000
#: Numbers in a problem, by which those of several values differ.
_NUMBERS = re.compile(r"\d[\d.,e+-]*+")
#: The tables of a file, and what their factors are.
ROLES: Mapping[str, Role] = {"levers": "lever", "uncertainties": "uncertainty"}
#: A factor of this name and the user's is a parameter of the user's own, which a rival stage takes; no field of a scenario.
PARAMETER = "param."
#: Columns of the table of runs that are no measures.
INDEX = ("point", "replication", "seed", "identity", "month", "status", "ended")


class Level(NamedTuple):
    """One of the values that a factor may have."""

    label: Value  #: the value of a field, or the user's name of a bundle's level.
    settings: Mapping[str, Any]  #: fields and their values, as `Scenario.replace` takes them.


@dataclass(frozen=True)
class Factor:
    """Something that varies: a field of the scenario over a range or over levels, or a bundle of settings over named levels."""

    name: str  #: path of the field, or the user's name of the bundle.
    role: Role  #: "lever" (somebody decides on it) or "uncertainty" (nobody knows it).
    unit: str = ""  #: the field's.
    low: float | None = None  #: lower end of a range; None: there are levels only.
    high: float | None = None  #: upper end of it.
    scale: Scale = "linear"  #: how values lie in the range: evenly, or evenly in their logarithms.
    whole: bool = False  #: whether values are whole numbers.
    levels: tuple[Level, ...] = ()  #: of a list, of a bundle, or of a range that was given a number of levels.
    #: The base scenario's value: the field's, or the level whose settings the scenario has already. None, which stands for the
    #: first level: of a field that is not set, or of a parameter.
    usual: Value | None = None

    def __post_init__(self) -> None:
        """Refuse a factor that has no values."""
        if self.low is None and not self.levels:
            raise InputError(f"{self.name}: has neither a range nor levels")

    @property
    def parameter(self) -> str:
        """Name of the user's own parameter that it varies; "" if it varies the scenario."""
        return self.name.removeprefix(PARAMETER) if self.name.startswith(PARAMETER) else ""

    @property
    def bundle(self) -> bool:
        """True if its levels are names of settings, not values of the field that it is called after."""
        return any(dict(level.settings) != {self.name: level.label} for level in self.levels)

    @property
    def values(self) -> tuple[Value, ...]:
        """Values for a design of levels: the levels, or the two ends of a range without levels."""
        if self.levels:
            return tuple(level.label for level in self.levels)
        return spread(*self._range, 2, whole=self.whole)

    @property
    def _range(self) -> tuple[float, float]:
        return cast("tuple[float, float]", (self.low, self.high))

    def at(self, share: float) -> Value:
        """Give the value at a share of the way, from 0 to 1; levels and whole numbers have equal shares of it."""
        if self.levels:
            return self.levels[min(len(self.levels) - 1, int(share * len(self.levels)))].label
        low, high = self._range
        # Each whole number stands for the interval up to the next one.
        value = _between(low, high + self.whole, share, self.scale)
        value = min(high, max(low, math.floor(value) if self.whole else value))
        return int(value) if self.whole else float(value)

    def settings(self, value: Value) -> dict[str, Any]:
        """Give what `Scenario.replace` takes for a value; InputError if a bundle has no such level."""
        if self.parameter:
            return {}
        for level in self.levels:
            if level.label == value and isinstance(level.label, str) == isinstance(value, str):
                return dict(level.settings)
        if self.bundle:
            known = ", ".join(shown(level.label) for level in self.levels)
            raise InputError(f"{self.name} = {shown(value)}: no such level; there are {known}")
        return {self.name: value}

    @property
    def all_settings(self) -> list[dict[str, Any]]:
        """Settings of each of `values`, as `settings` gives them one by one."""
        if self.levels and not self.parameter:
            return [dict(level.settings) for level in self.levels]
        return [self.settings(value) for value in self.values]

    def parsed(self, given: Any) -> Value | None:
        """Turn a cell of a table or an item of a list into a value; None if the factor cannot have it."""
        number = _number(given)
        if self.low is None:
            labels = (level.label for level in self.levels)
            return next((label for label in labels if (given if isinstance(label, str) else number) == label), None)
        low, high = self._range
        if number is None or not low <= number <= high or (self.whole and number != int(number)):
            return None
        return int(number) if self.whole else number

    @property
    def allowed(self) -> str:
        """Values that the factor can have, in words."""
        if self.low is None:
            return f"must be one of {', '.join(str(level.label) for level in self.levels)}"
        return f"must be a {'whole number' if self.whole else 'number'} from {self.low:.12g} to {self.high:.12g}"


def spread(low: float, high: float, count: int, scale: Scale = "linear", *, whole: bool = False) -> tuple[Value, ...]:
    """Spread at least 2 levels evenly over a range, both ends among them; rounded to whole numbers, one may come twice."""
    inner = [_between(low, high, index / (count - 1), scale) for index in range(1, count - 1)]
    every = (float(low), *inner, float(high))
    return tuple(math.floor(value + 0.5) for value in every) if whole else every


def _between(low: float, high: float, share: float, scale: Scale) -> float:
    value = low + share * (high - low) if scale == "linear" else low * (high / low) ** share
    return float(f"{value:.12g}")  # other machines' powers differ in the last of 17 digits


def _number(given: Any) -> float | None:
    try:
        number = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and "_" not in str(given) else None


# --- the tables [levers] and [uncertainties] ----------------------------------------------------------

_End = Annotated[Any, WithJsonSchema({"type": "number"})]


class Range(Section):
    """A range of a field, or its levels with room for a unit."""

    low: _End = entry(None, "lower end of a range")
    high: _End = entry(None, "upper end of a range")
    unit: str | None = entry(None, "the field's unit; another is refused, which catches slips such as hours for posts")
    scale: Scale = entry("linear", "how values lie in the range: evenly, or evenly in their logarithms")
    levels: Annotated[Any, WithJsonSchema({"type": ["integer", "array"]})] = entry(
        None, "how many values of the range, both ends among them; or a list of values instead of a range"
    )


def read_factors(tables: Mapping[str, Mapping[str, Any]], base: Scenario | None, notes: Notes) -> list[Factor]:
    """Read the factors of a study, levers first; note what is wrong. Without a base scenario nothing can be tried with it."""
    factors: dict[Path, Factor] = {}
    before = len(notes)
    sections = (base or Scenario()).as_mapping()
    for table, role in ROLES.items():
        for name, value, path in _entries(tables.get(table, {}), "", (table,)):
            factor = _Reader(name, role, path, base, sections, notes).factor(value)
            if factor is not None:
                factors[path] = factor
    _check_twice(factors, notes)
    if len(notes) == before and base is not None:
        _check_impossible(factors, base, notes)
    return list(factors.values())


def _entries(values: Mapping[str, Any], prefix: str, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """List names of factors and what is said of them; a name may be written as tables in tables."""
    for key, value in values.items():
        name = prefix + key
        inner = find(name) is None and not _has_range(value) if prefix else key in {*SECTIONS, PARAMETER[:-1]}
        if inner and isinstance(value, Mapping):
            yield from _entries(value, f"{name}.", (*path, key))
        else:
            yield name, value, (*path, key)


def _has_range(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(set(value) & set(Range.model_fields))


def _names_levels(value: Any) -> bool:
    """Tell whether what is said of a factor are levels by name, each with its settings."""
    if not isinstance(value, Mapping) or not all(isinstance(inner, Mapping) for inner in value.values()):
        return False
    # A misspelt section holds ranges where a bundle would hold settings.
    return bool(value) and not any(inner and set(inner) <= set(Range.model_fields) for inner in value.values())


@dataclass
class _Reader:
    """Reads what a file says of one factor; what is wrong is noted."""

    name: str
    role: Role
    path: Path
    base: Scenario | None
    sections: dict[str, Any]
    notes: Notes

    def refuse(self, words: str, *inner: str | int, value: Any = None) -> None:
        self.notes.add((*self.path, *inner), words, value)

    def factor(self, value: Any) -> Factor | None:
        before, factor = len(self.notes), None
        if _names_levels(value) and not self.name.startswith(PARAMETER):
            factor = self.bundle(value)
        elif info := self.field(value):
            if isinstance(value, Mapping):
                given = fit(Range.model_validate, Range, dict(value), self.notes, self.path)
                factor = self.of_field(info, given, "levels")
            elif isinstance(value, list):
                factor = self.of_field(info, Range(levels=value))
            else:
                words = "must be a range such as { low = 0, high = 4 }, or a list of levels such as [0, 2, 4]"
                self.refuse(words, value=value)
        return factor if len(self.notes) == before else None

    def field(self, value: Any) -> FieldInfo | None:
        """Find the field of the name, or make one of a user's own parameter; None if there is none that can vary."""
        if self.name.startswith(PARAMETER):
            own = self.name.removeprefix(PARAMETER)
            if own.isidentifier():
                return FieldInfo(self.name, PARAMETER[:-1], own, "number", None)
            self.refuse("must be param. and a name of letters, digits and underscores, such as param.rate")
            return None
        info, problem = find(self.name), unknown(self.sections, self.name)
        if info is not None and not (problem and self.base):
            if info.type != "list of names":
                return info
            example = f'{{ few = {{ "{self.name}" = ["a", "b"] }}, many = {{ ... }} }}'
            self.refuse(f"holds a list of names: give its levels names, such as {example}")
            return None
        words = (problem or f"{self.name}: holds several fields").partition(": ")[2]
        if "did you mean" not in words:
            inner = [] if _has_range(value) or not isinstance(value, Mapping) else list(value)
            paths = [known.path for known in fields()]
            near = next((close for key in inner if (close := meant(f"{self.name}.{key}", paths))), None)
            if near:
                words += f"; did you mean {near}?"
            elif "." not in self.name:
                words += "; settings that change together have levels with names, "
                words += 'such as { absent = { "backbone.staff" = 0 }, present = { "backbone.staff" = 2 } }'
        self.refuse(words)
        return None

    def value(self, info: FieldInfo, given: Any, *inner: str | int, number: bool = False) -> Any:
        """Check a value of a field, perhaps a number; None if it may not be."""
        if info.numeric and fits(info, given) and not (number and isinstance(given, str)):
            return float(given) if info.type == "number" and type(given) is int else given
        if not info.numeric and isinstance(given, str) and (not info.choices or given in info.choices):
            return given
        self.refuse(allowed(info), *inner, value=given)
        return None

    def of_field(self, info: FieldInfo, given: Range, *inner: str) -> Factor | None:
        """Read the range of a field or its levels, which stand at `inner`."""
        low = high = None
        values: Sequence[Any] = ()
        if given.unit is not None and given.unit != info.unit:
            unit = f'must be "{info.unit}", the unit of the field' if info.unit else "the field has no unit"
            self.refuse(unit, "unit", value=given.unit)
        if isinstance(given.levels, list):
            for key in sorted(given.model_fields_set & {"low", "high", "scale"}):
                self.refuse("is for a range; beside it stands a list of levels", key, value=getattr(given, key))
            values = self.levels(info, given.levels, *inner)
        elif not info.numeric:
            self.refuse(f"has no range: {allowed(info)}; give a list of levels")
        else:
            low, high = self.end(info, "low", given.low), self.end(info, "high", given.high)
        if low is not None and high is not None:
            if low >= high:
                self.refuse(f"must be below high ({shown(given.high)})", "low", value=given.low)
            elif given.scale == "log" and low <= 0:
                self.refuse("must be above 0 on a log scale", "low", value=given.low)
            elif given.levels is not None:
                values = self.spread(info, low, high, given)
        elif not values:
            return None
        levels = tuple(Level(value, {self.name: value}) for value in values)
        own, whole = info.section == PARAMETER[:-1], info.type == "whole number"
        usual = self.base.value(self.name) if self.base and not own else None
        return Factor(self.name, self.role, info.unit, low, high, given.scale, whole, levels, usual)

    def levels(self, info: FieldInfo, values: Sequence[Any], *inner: str) -> list[Value]:
        if not 1 <= len(values) <= MOST_LEVELS:
            self.refuse(f"must be a list of 1 to {MOST_LEVELS} levels, has {len(values)}", *inner)
        levels: list[Value] = []
        for index, given in enumerate(values[:MOST_LEVELS]):
            value = self.value(info, given, *inner, index)
            if value is not None and value in levels:
                self.refuse(f"is there already (item {levels.index(value) + 1})", *inner, index, value=given)
            levels.append(value)
        return levels

    def end(self, info: FieldInfo, key: str, given: Any) -> float | None:
        if given is None:
            plausible = "" if info.low is None else f" (plausible: {info.low:g} to {info.high:g})"
            self.refuse(f"is missing: a range has low and high{plausible}", key)
        value = None if given is None else self.value(info, given, key, number=True)
        return None if value is None else float(value)

    def spread(self, info: FieldInfo, low: float, high: float, given: Range) -> tuple[Value, ...]:
        count = given.levels
        if type(count) is not int or not 2 <= count <= MOST_LEVELS:
            self.refuse(f"must be a whole number from 2 to {MOST_LEVELS}, or a list of levels", "levels", value=count)
            return ()
        values = spread(low, high, count, given.scale, whole=info.type == "whole number")
        if len(set(values)) < count:
            self.refuse(f"too many: the range gives only {len(set(values))} different values", "levels", value=count)
        return values

    def bundle(self, values: Mapping[str, Mapping[str, Any]]) -> Factor | None:
        levels = []
        if problem := name_problem(self.name):
            self.refuse(problem)
        if self.name in {*INDEX, "runs", "failed", *(measure.name for measure in COMMON)}:
            self.refuse("is the name of a column of the results: choose another name")
        if len(values) > MOST_LEVELS:
            self.refuse(f"must have at most {MOST_LEVELS} levels, has {len(values)}")
        for label, settings in itertools.islice(values.items(), MOST_LEVELS):
            if problem := name_problem(label):
                self.refuse(problem, label)
            levels.append(Level(label, dict(self.settings(settings, "", (label,)))))
        info = find(self.name)
        if info and all(level.settings == {self.name: level.label} for level in levels):
            return self.of_field(info, Range(levels=[level.label for level in levels]))
        usual = next((level.label for level in levels if self.base_has(level)), levels[0].label)
        return Factor(self.name, self.role, levels=tuple(levels), usual=usual)

    def settings(self, values: Mapping[str, Any], prefix: str, inner: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for key, value in values.items():
            name, path = prefix + key, (*inner, key)
            if isinstance(value, Mapping):
                yield from self.settings(value, f"{name}.", path)
                continue
            info, problem = find(name), unknown(self.sections, name)
            if problem and (self.base is not None or info is None):
                self.refuse(problem.partition(": ")[2], *path, value=value)
            if info is not None and info.numeric:
                self.value(info, value, *path)
            yield name, value

    def base_has(self, level: Level) -> bool:
        """Tell whether the base scenario has the settings of a level already."""
        try:
            # Most levels differ in a plain value, which is seen at once.
            plain = {path: value for path, value in level.settings.items() if not isinstance(value, list)}
            same = all(get(self.sections, path) == value for path, value in plain.items())
            return same and self.base is not None and self.base.replace(**level.settings) == self.base
        except InputError:
            return False  # it is told elsewhere


# --- factors beside one another -----------------------------------------------------------------------


def _check_twice(factors: Mapping[Path, Factor], notes: Notes) -> None:
    """Find factors of the same name, and factors that set the same field, or a field in one that another sets."""
    names: dict[str, Path] = {}
    # Factors that set a field, and those that set one in it.
    setters, around = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for path, factor in factors.items():
        if factor.name in names:
            notes.add(path, f"is there already, in [{names[factor.name][0]}]")
        names.setdefault(factor.name, path)
        for field in dict.fromkeys(key for level in factor.levels for key in level.settings) or [factor.name]:
            prefixes = list(itertools.accumulate(field.split("."), "{}.{}".format))
            rivals = itertools.chain(around[field], *(setters[prefix] for prefix in prefixes))
            if rival := next((name for name in rivals if name != factor.name), None):
                notes.add(path, f"sets {field}, as {rival} does: one field can follow only one factor")
            setters[field].append(factor.name)
            for prefix in prefixes[:-1]:
                around[prefix].append(factor.name)


def _check_impossible(factors: Mapping[Path, Factor], base: Scenario, notes: Notes) -> None:
    """Find values that the scenario cannot have, alone or beside any value of one other factor.

    A field that depends on no other can have whatever fits it. After `MOST_TRIED` trials, the rest counts
    as possible: points that are not then fail, each with its reason, and those tried out by `estimate` are told beforehand.
    """
    dependent = {path: factor for path, factor in factors.items() if factor.bundle or factor.name in DEPENDENT}
    left = MOST_TRIED

    def problems_with(settings: Mapping[str, Any]) -> tuple[str, ...]:
        nonlocal left
        left -= 1
        try:
            if left >= 0:
                base.replace(**settings)
        except InputError as error:
            return error.problems
        return ()

    for path, factor in dependent.items():
        others = [other for other in dependent.values() if other is not factor]
        alike = dict[str, list[tuple[Value, str]]]()
        for value, settings in zip(factor.values, factor.all_settings, strict=True):
            problems = problems_with(settings)
            beside = (neighbour for other in others for neighbour in other.all_settings)
            if problems and all(problems_with(settings | more) for more in beside):
                for text in problems:
                    alike.setdefault(_NUMBERS.sub("", text), []).append((value, text))
        for at in alike.values():
            for value, text in at[: MOST_ALIKE if len(at) <= MOST_ALIKE else 1]:
                words = text if text.startswith(f"{factor.name} = ") else f"at {shown(value)}: {text}"
                if len(at) > MOST_ALIKE:
                    words += f" (and at {len(at) - 1:,} more values, such as {shown(at[1][0])} and {shown(at[2][0])})"
                notes.add(path, words)
