"""The tables [levers] and [uncertainties] of a study file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cisim.dynamics.measures import COMMON
from cisim.errors import InputError, nearest
from cisim.scenario import FieldInfo, Scenario, find
from cisim.scenario.catalogue import SECTIONS, allowed, fields, fits
from cisim.scenario.names import name_problem
from cisim.scenario.paths import unknown
from cisim.scenario.problems import Path, Problem, shown
from cisim.study.asked import Asked
from cisim.study.factors import Factor, Level, Role, Scale, Value, spread

#: The tables of a file, and what their factors are.
ROLES: Mapping[str, Role] = {"levers": "lever", "uncertainties": "uncertainty"}
RANGE = ("low", "high", "unit", "scale", "levels")
SCALES: tuple[Scale, ...] = ("linear", "log")
#: Most levels of a factor.
MOST_LEVELS = 1000
#: Columns of the results, after which no bundle may be called.
COLUMNS = {"point", "replication", "seed", "identity", "month", "status", "ended", "runs", "failed"} | {
    measure.name for measure in COMMON
}


def factors_of(file: Mapping[str, Any], base: Scenario | None, problems: list[Problem]) -> dict[Path, Factor]:
    """The factors of a study, levers first, by the places where they stand.

    Args:
        file: the whole file.
        base: the scenario; None: it is wrong, so that nothing can be tried with it.
        problems: where to note what is wrong.
    """
    found: dict[Path, Factor] = {}
    before = len(problems)
    for table, role in ROLES.items():
        if table not in file:
            continue
        asked = Asked(file[table], (table,), problems)
        for name, value, path in _entries(asked.values, (table,)):
            factor = _Entry(name, role, path, base, problems).factor(value)
            if factor is not None:
                found[path] = factor
    problems += _twice(found)
    if len(problems) == before and base is not None:
        problems += _impossible(found, base)
    return found


def _entries(values: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any, Path]]:
    """Names of factors and what is said of them; a name may be written as tables in tables."""
    for key, value in values.items():
        if key in SECTIONS and isinstance(value, Mapping):
            yield from _nested(key, value, (*path, key))
        else:
            yield key, value, (*path, key)


def _nested(prefix: str, values: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Any, Path]]:
    for key, value in values.items():
        name = f"{prefix}.{key}"
        if isinstance(value, Mapping) and find(name) is None and not set(value) & set(RANGE):
            yield from _nested(name, value, (*path, key))
        else:
            yield name, value, (*path, key)


class _Entry:
    """What a file says of one factor."""

    def __init__(
        self, name: str, role: Role, path: Path, base: Scenario | None, problems: list[Problem]
    ) -> None:
        self.name, self.role, self.path, self.base, self.problems = name, role, path, base, problems
        self.info = find(name)

    def factor(self, value: Any) -> Factor | None:
        """The factor; None if something is wrong with it, which is noted."""
        before = len(self.problems)
        if _names_levels(value):
            found = self._bundle(value)
        elif self._is_field(value):
            assert self.info is not None
            if isinstance(value, Mapping):
                found = self._range(self.info, value)
            elif isinstance(value, list):
                found = self._field(self._levels(self.info, value, ()))
            else:
                says = "must be a range such as { low = 0, high = 4 }, or a list of levels such as [0, 2, 4]"
                self._says(says, value=value)
                found = None
        else:
            found = None
        return found if len(self.problems) == before else None

    def _says(self, words: str, *inner: str | int, value: Any = None) -> None:
        Asked({}, self.path, self.problems).says(words, *inner, value=value)

    def _is_field(self, value: Any) -> bool:
        """Whether the name is a field's; says what is wrong with it if not."""
        sections = (self.base or Scenario()).as_mapping()
        says = unknown(sections, self.name)
        if self.info is None or (says and self.base is not None):
            words = (says or f"{self.name}: holds several fields").partition(": ")[2]
            bundle = isinstance(value, Mapping) and not set(value) & set(RANGE)
            inner = [f"{self.name}.{key}" for key in value] if bundle else []
            close = next(
                (near for name in inner if (near := nearest(name, [one.path for one in fields()]))), None
            )
            if close and "did you mean" not in words:
                words += f"; did you mean {close}?"
            elif "." not in self.name and "did you mean" not in words:
                words += (
                    "; settings that change together have levels with names, "
                    'such as { absent = { "backbone.staff" = 0 }, present = { "backbone.staff" = 2 } }'
                )
            self._says(words)
            return False
        if self.info.type == "list of names":
            example = f'{{ few = {{ "{self.name}" = ["a", "b"] }}, many = {{ ... }} }}'
            self._says(f"holds a list of names: give its levels names, such as {example}")
            return False
        return True

    def _field(self, levels: Sequence[Value], **about: Any) -> Factor | None:
        if not levels and not about:
            return None
        assert self.info is not None
        usual = self.base.value(self.name) if self.base else None
        return Factor(
            self.name,
            self.role,
            self.info.unit,
            levels=tuple(Level(value, {self.name: value}) for value in levels),
            usual=usual,
            whole=self.info.type == "whole number",
            **about,
        )

    # --- levels of a field

    def _levels(self, info: FieldInfo, values: Sequence[Any], inner: Path) -> list[Value]:
        if not 1 <= len(values) <= MOST_LEVELS:
            self._says(f"must be a list of 1 to {MOST_LEVELS} levels, has {len(values)}", *inner)
        found: list[Value] = []
        for place, given in enumerate(values[:MOST_LEVELS]):
            value = float(given) if info.type == "number" and type(given) is int else given
            if not _may_be(info, value):
                self._says(allowed(info), *inner, place, value=given)
            elif value in found:
                self._says(f"is there already (item {found.index(value) + 1})", *inner, place, value=given)
            found.append(value)
        return found

    # --- ranges

    def _range(self, info: FieldInfo, values: Mapping[str, Any]) -> Factor | None:
        asked = Asked(values, self.path, self.problems, RANGE)
        self._check_unit(info, asked)
        levels = values.get("levels")
        if isinstance(levels, list):
            for key in ("low", "high", "scale"):
                if asked.has(key):
                    self._says("is for a range; beside it stands a list of levels", key, value=values[key])
            return self._field(self._levels(info, levels, ("levels",)))
        if not info.numeric:
            self._says(f"has no range: {allowed(info)}; give a list of levels")
            return None
        scale: Scale = "log" if asked.choice("scale", SCALES) == "log" else "linear"
        low, high = self._end(info, asked, "low"), self._end(info, asked, "high")
        if low is None or high is None:
            return None
        if low >= high:
            self._says(f"must be below high ({shown(values['high'])})", "low", value=values["low"])
            return None
        if scale == "log" and low <= 0:
            self._says("must be above 0 on a log scale", "low", value=values["low"])
            return None
        chosen = self._spread(info, asked, low, high, scale) if levels is not None else ()
        return self._field(chosen, low=low, high=high, scale=scale)

    def _check_unit(self, info: FieldInfo, asked: Asked) -> None:
        unit = asked.values.get("unit")
        if unit is not None and unit != info.unit:
            own = f'must be "{info.unit}", the unit of the field' if info.unit else "the field has no unit"
            self._says(own, "unit", value=unit)

    def _end(self, info: FieldInfo, asked: Asked, key: str) -> float | None:
        value = asked.values.get(key)
        if value is None:
            hint = "" if info.low is None else f" (plausible: {info.low:g} to {info.high:g})"
            self._says(f"is missing: a range has low and high{hint}", key)
        elif isinstance(value, str) or not fits(info, value):
            self._says(allowed(info), key, value=value)
        else:
            return float(value)
        return None

    def _spread(
        self, info: FieldInfo, asked: Asked, low: float, high: float, scale: Scale
    ) -> tuple[Value, ...]:
        count, whole = asked.values["levels"], info.type == "whole number"
        if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= MOST_LEVELS:
            words = f"must be a whole number from 2 to {MOST_LEVELS}, or a list of levels"
            self._says(words, "levels", value=count)
            return ()
        values = spread(low, high, count, scale, whole=whole)
        if len(set(values)) < count:
            self._says(
                f"too many: the range gives only {len(set(values))} different values", "levels", value=count
            )
        return values

    # --- bundles of settings

    def _bundle(self, values: Mapping[str, Any]) -> Factor | None:
        problem = name_problem(self.name)
        if problem:
            self._says(problem)
        if self.name in COLUMNS:
            self._says("is the name of a column of the results: choose another name")
        if len(values) > MOST_LEVELS:
            self._says(f"must have at most {MOST_LEVELS} levels, has {len(values)}")
        levels = []
        for label, settings in values.items():
            problem = name_problem(label)
            if problem:
                self._says(problem, label)
            levels.append(Level(label, dict(self._settings(settings, "", (label,)))))
        if self.info is not None and all(level.settings == {self.name: level.label} for level in levels):
            return self._field(self._levels(self.info, [level.label for level in levels], ()))
        usual = next((level.label for level in levels if self._holds(level)), levels[0].label)
        return Factor(self.name, self.role, levels=tuple(levels), usual=usual)

    def _settings(self, values: Mapping[str, Any], prefix: str, inner: Path) -> Iterator[tuple[str, Any]]:
        sections = (self.base or Scenario()).as_mapping()
        for key, value in values.items():
            name, place = prefix + key, (*inner, key)
            if isinstance(value, Mapping):
                yield from self._settings(value, name + ".", place)
                continue
            says = unknown(sections, name)
            if says and (self.base is not None or find(name) is None):
                self._says(says.partition(": ")[2], *place, value=value)
            info = find(name)
            if info is not None and info.numeric and not fits(info, value):
                self._says(allowed(info), *place, value=value)
            yield name, value

    def _holds(self, level: Level) -> bool:
        """Whether the base scenario has the settings of a level already."""
        if self.base is None:
            return False
        try:
            return self.base.replace(**level.settings) == self.base
        except InputError:
            return False  # it is told elsewhere


def _names_levels(value: Any) -> bool:
    """Whether what is said of a factor are levels by name, each with its settings."""
    if not isinstance(value, Mapping) or not all(isinstance(one, Mapping) for one in value.values()):
        return False
    # A misspelt section holds ranges where a bundle would hold settings.
    return bool(value) and not any(one and set(one) <= set(RANGE) for one in value.values())


def _may_be(info: FieldInfo, value: Any) -> bool:
    if info.numeric:
        return fits(info, value)
    return isinstance(value, str) and (not info.choices or value in info.choices)


# --- factors beside one another -----------------------------------------------------------------------


def _twice(factors: Mapping[Path, Factor]) -> Iterator[Problem]:
    """Factors of the same name, and factors that set the same field."""
    names: dict[str, Path] = {}
    setters: list[tuple[str, Factor]] = []
    for path, factor in factors.items():
        label = Asked({}, path, [])
        if factor.name in names:
            label.says(f"is there already, in [{names[factor.name][0]}]")
        names.setdefault(factor.name, path)
        own = dict.fromkeys([key for level in factor.levels for key in level.settings] or [factor.name])
        for field, (other_field, other) in itertools.product(own, setters):
            if other.name != factor.name and _overlap(field, other_field):
                label.says(f"sets {field}, as {other.name} does: one field can follow only one factor")
        setters += [(field, factor) for field in own]
        yield from label.problems


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")


def _impossible(factors: Mapping[Path, Factor], base: Scenario) -> Iterator[Problem]:
    """Values that the scenario cannot have, alone or beside any value of one other factor."""
    for path, factor in factors.items():
        for value in factor.values:
            problems = _wrong(base, factor.settings(value))
            if problems and not any(
                not _wrong(base, factor.settings(value) | other.settings(beside))
                for other in factors.values()
                if other is not factor
                for beside in other.values
            ):
                asked = Asked({}, path, [])
                for says in problems:
                    same = says.startswith(f"{factor.name} = ")
                    asked.says(says if same else f"at {shown(value)}: {says}")
                yield from asked.problems


def _wrong(base: Scenario, settings: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        base.replace(**settings)
    except InputError as error:
        return error.problems
    return ()
