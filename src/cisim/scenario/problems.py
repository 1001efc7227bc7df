"""Problems with the values of a pydantic model, in plain words: where, what, and what is allowed."""

from __future__ import annotations

import datetime
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import PurePath
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo as ModelField

from cisim.errors import MOST_PROBLEMS, Problems, did_you_mean, meant
from cisim.scenario.catalogue import allowed, info_of, types_of
from cisim.scenario.field import ALLOWED, Section

#: How deep values may nest: a scenario's events[0].when.measure and community.outcomes[0].name are 3, in a study's bundles 3 more.
DEEPEST = 8
#: Most values, so that what is wrong with each of millions does not fill the memory.
MOST_VALUES = 250_000
Path = tuple[str | int, ...]
Made = TypeVar("Made")
#: Types of most values, which stay as they are.
_PLAIN = frozenset({str, int, float, bool})
#: Possessive, or a long text of digits would take quadratic time.
_NUMBER = re.compile(r"[-+]?(\d*+\.)?\d++([eE][-+]?\d++)?")


class Problem(NamedTuple):
    """One thing that is wrong: where in the file's mapping, () if nowhere in particular, and a line of text."""

    path: Path
    text: str


class Notes(list[Problem]):
    """Problems found so far."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        super().__init__(problems)
        self._looked_at, self._wrong, self._around = 0, set[Path](), set[Path]()

    def add(self, path: Path, words: str, value: Any = None) -> None:
        """Note what is allowed at a path, with the value there unless it is None."""
        text = f"{where(path)}{'' if value is None else f' = {shown(value)}'}: {words}"
        self.append(Problem(path, text))

    def sound(self, *paths: str) -> bool:
        """Tell whether nothing is wrong with some fields, nor in them or around them."""
        for path, _ in self[self._looked_at :]:
            self._wrong.add(path)
            self._around |= {path[:length] for length in range(len(path))}
        self._looked_at = len(self)
        fields = [tuple(path.split(".")) for path in paths]
        prefixes = {path[:length] for path in fields for length in range(len(path) + 1)}
        return not (prefixes & self._wrong or self._around & set(fields))

    def hint(self, name: str, known: Iterable[str], otherwise: str = "there are {}") -> str:
        """Write a hint after a wrong name, as `did_you_mean` does: it takes time, and is left out where it will not be told."""
        return did_you_mean(name, known, otherwise) if len(self) < MOST_PROBLEMS else ""

    def check(self) -> None:
        """Raise what was noted, if anything."""
        Problems(text for _, text in self).check()


def shown(value: Any, longest: int = 60) -> str:
    """Write a value as a user would in a file, shortened to so many characters."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        quoted = json.dumps(value[: longest + 1], ensure_ascii=False)
        text = "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in quoted)
    elif isinstance(value, int) and abs(value) >= 10**30:
        text = "a very large number"
    elif isinstance(value, (bool, float, int)):
        text = str(value).lower()
    elif isinstance(value, (datetime.date, datetime.time)):
        text = value.isoformat()
    elif isinstance(value, Mapping):
        text = "a table"
    elif isinstance(value, (list, tuple)):
        text = f"a list of {len(value)}" if len(value) != 1 else "a list of one"
    else:
        text = f"something of type {type(value).__name__}"
    return text if len(text) <= longest else text[: longest - 3] + "..."


def where(path: Path, values: Any = None) -> str:
    """Write a path: events by their numbers from 1, outcomes and groups by their names if the whole mapping is given."""
    separator = ", "
    match path:
        case ("events", int(index), "set", str(key), *rest):
            words, separator = f"event {index + 1}, set {shown(key, 250)}", "."  # an outcome's name may be long
        case ("events", int(index), *rest):
            words = f"event {index + 1}"
        case ("community", "outcomes" | "groups" as listed, int(index), *rest):
            name = _item(values, (*path[:3], "name"))
            proper = isinstance(name, str) and name.isprintable() and 0 < len(name) <= 60
            # Without a proper name of its own an outcome or a group is known by its number.
            words, separator = (f"community.{listed}.{name}", ".") if proper else (f"{listed[:-1]} {index + 1}", ", ")
        case _:
            words, separator, rest = "", "", list(path)
    for part in rest:
        bare = len(str(part)) <= 60 and str(part).replace("_", "").replace("-", "").isalnum()
        key = str(part) if bare else shown(part)
        words += f", item {part + 1}" if isinstance(part, int) else f"{separator}{key}"
        separator = "."
    return words


# --- pydantic's errors in our words -------------------------------------------------------------------


class Table(Section):
    """A section of a study; made in Python, its problems are told in the same words as those of a file."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            Notes(in_words(error, values, type(self))).check()

    # Without this mark pydantic would call it for sections in a file, too, and lose their paths.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to change a field, in words that say what to do instead."""
        raise AttributeError(f"{name} cannot be set: make another with model_copy(update={{{name!r}: value}})")


def fit(
    make: Callable[[dict[str, Any]], Made], model: type[BaseModel], values: Any, notes: Notes, path: Path = ()
) -> Made:
    """Make a model of what stands at a path; what is wrong is noted and left out, so that all problems are found."""
    while True:
        try:
            return make(values)
        except ValidationError as error:
            new = in_words(error, values, model)
            notes += [Problem(path + inner, _below(path, inner) + text) for inner, text in new]
            rest = without(values, [problem.path for problem in new])
            # Should the cause stand elsewhere than pydantic says, its section goes, so that this ends.
            values = rest if rest != values else without(values, [problem.path[:1] for problem in new])
            values = {} if len(notes) > MOST_PROBLEMS else values


def _below(path: Path, inner: Path) -> str:
    """Write what stands before the name of what is wrong below a path, or before what is said of all that stands there."""
    return where(path) + ("." if inner else ": ") if path else ""


def in_words(error: ValidationError, values: Mapping[str, Any], model: type[BaseModel]) -> list[Problem]:
    """Say in our words what pydantic refused of values for a model, one problem for each place."""
    problems: dict[Path, Problem] = {}
    for detail in error.errors(include_url=False):
        path = _location(detail["loc"], values, missing=detail["type"] == "missing")
        if path not in problems:
            # Words with a hint take time, and no more problems than these are told.
            wanted = len(problems) < MOST_PROBLEMS
            problems[path] = Problem(path, _text(detail, path, values, model) if wanted else where(path))
    # Of the types that a value may have, pydantic refuses each: the one that fits deepest is meant.
    outer = {path[:length] for path in problems for length in range(len(path))}
    return [problem for path, problem in problems.items() if path not in outer]


def _location(location: Sequence[str | int], values: Mapping[str, Any], *, missing: bool) -> Path:
    """Take the names of a union's members out of pydantic's location."""
    path: Path = ()
    inner: Any = values
    for part in location:
        is_key = isinstance(inner, dict) and (part in inner or missing)
        if is_key or (isinstance(inner, (list, tuple)) and isinstance(part, int)):
            inner, path = _item(inner, (part,)), (*path, part)
    return path


def _text(detail: Mapping[str, Any], path: Path, values: Mapping[str, Any], model: type[BaseModel]) -> str:
    label, kind, value = where(path, values), detail["type"], detail["input"]
    given = f"{label} = {shown(value)}"
    if kind == "cisim":
        about = given if isinstance(value, (str, int, float)) else label
        return f"{about}: {detail['ctx']['says']}" if about else detail["ctx"]["says"]
    around, field = _field_at(model, path)
    if kind == "missing":
        return f"{label}: is missing: {allowed_in(field, path)}"
    if kind != "extra_forbidden":
        return f"{given}: {allowed_in(field, path, value)}"
    name, names = (
        ".".join(map(str, path)),
        ", ".join(field.alias or name for name, field in around.model_fields.items()),
    )
    of_sections = all(
        allowed_in(inner, (key,)).startswith(("must be a section", "must be tables"))
        for key, inner in around.model_fields.items()
    )
    if len(path) > 1 or not of_sections:
        in_list = any(isinstance(part, int) for part in path)
        near = meant(str(path[-1]), around.model_fields) if in_list else meant(name, _paths(model))
        return f"{given}: no such field; {f'did you mean {near}?' if near else f'there are {names}'}"
    near = meant(name, around.model_fields) or meant(name, _paths(model))
    what = "no such section" if isinstance(value, (dict, list)) else "stands outside any section"
    return f"{label}: {what}; {f'did you mean {near}?' if near else f'the sections are {names}'}"


def _field_at(model: type[BaseModel], path: Path) -> tuple[type[BaseModel], ModelField | None]:
    """Find the innermost model around a path, and the field that the path leads to; items count as fields."""
    around = model
    field: ModelField | None = ModelField.from_annotation(model)
    for part in path:
        types = types_of(field.annotation) if field else []
        if isinstance(part, int):
            items = [get_args(kind)[0] for kind in types if get_origin(kind) is tuple]
            field = ModelField.from_annotation(items[0]) if items else None
        else:
            around = next(_models(types), around)
            aliases = {field.alias: field for field in around.model_fields.values() if field.alias}
            field = around.model_fields.get(part) or aliases.get(part)
    return around, field


def _models(types: Iterable[Any]) -> Iterator[type[BaseModel]]:
    return (kind for kind in types if isinstance(kind, type) and issubclass(kind, BaseModel))


@cache
def _paths(model: type[BaseModel]) -> tuple[str, ...]:
    """List all fields of a model and of the models in it, by their paths."""
    paths: list[str] = []
    for name, field in model.model_fields.items():
        inner = next(_models(types_of(field.annotation)), None)
        paths += [f"{name}.{path}" for path in _paths(inner)] if inner else [name]
    return tuple(paths)


def allowed_in(field: ModelField | None, path: Path, value: Any = None) -> str:
    """Say what a field may hold."""
    if field is None:
        return "is not allowed"
    if isinstance(field.json_schema_extra, dict) and ALLOWED in field.json_schema_extra:
        return str(field.json_schema_extra[ALLOWED])
    types, dotted = types_of(field.annotation), ".".join(map(str, path))
    items = [kind for outer in types if get_origin(outer) is tuple for kind in types_of(get_args(outer)[0])]
    if any(_models(items)):
        most = [f", at most {limit.max_length}" for limit in field.metadata if hasattr(limit, "max_length")]
        return f"must be tables, [[{dotted}]]{''.join(most)}"
    inner = next(_models(types), None)
    if inner and any(isinstance(part, int) for part in path):
        return f"must be a table of {', '.join(field.alias or name for name, field in inner.model_fields.items())}"
    if inner or any(get_origin(kind) is dict for kind in types):
        return f"must be a section, [{dotted}]"
    info = info_of(field, path)
    if isinstance(path[-1], int) and info.type == "text":
        return "must be a name"
    if info.type == "choice" and isinstance(value, str) and (near := meant(value, info.choices)):
        return f"{allowed(info)}; did you mean {near}?"
    quoted = info.numeric and isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    return allowed(info) + (", without quotes" if quoted else "")


# --- plain values -------------------------------------------------------------------------------------


def plain_values(sections: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Copy sections as plain mappings, lists, numbers and texts; note what cannot be made so."""
    deep: set[Path] = set()
    count = 0
    numpy: Any = sys.modules.get("numpy")  # not loaded, nothing is of its types

    def plain(value: Any, path: Path) -> Any:
        nonlocal count
        count += 1
        if type(value) in _PLAIN:
            return value
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json", exclude_none=True)
        elif numpy and isinstance(value, (numpy.generic, numpy.ndarray)):
            value = value.tolist()
        elif isinstance(value, PurePath):
            value = str(value)
        if not isinstance(value, (Mapping, list, tuple)):
            return value
        if len(path) >= DEEPEST:
            deep.add(path[:2])
        if len(path) >= DEEPEST or count > MOST_VALUES:
            return None
        if isinstance(value, Mapping):
            given = ((str(key), inner) for key, inner in value.items() if inner is not None)
            return {key: plain(inner, (*path, key)) for key, inner in given}
        return [plain(inner, (*path, index)) for index, inner in enumerate(value)]

    copied = plain(sections, ())
    if count > MOST_VALUES:
        notes.append(Problem((), f"holds more than {MOST_VALUES:,} values, too many"))
        return {}
    for path in sorted(deep):
        notes.add(path, "nests too deeply")
    return without(copied, deep) if deep else copied


def without(values: dict[str, Any], wrong: Iterable[Path]) -> dict[str, Any]:
    """Copy a mapping without what is wrong; outcomes and events keep their places."""
    copied: dict[str, Any] = _copy(values)
    for path in wrong:
        match path:
            case ():
                copied.clear()
            case ("events", int(index), *_) if isinstance(copied["events"], list):
                copied["events"][index] = {"month": 1, "set": {}}
            case ("community", "outcomes", int(index), *rest) if isinstance(_item(copied, path[:2]), list):
                outcomes = copied["community"]["outcomes"]
                outcome = outcomes[index] if isinstance(outcomes[index], dict) else {}
                if not rest:
                    outcome = {"name": outcome["name"]} if isinstance(outcome.get("name"), str) else {}
                outcomes[index] = {key: inner for key, inner in outcome.items() if key not in rest[:1]}
                outcomes[index].setdefault("name", f"outcome {index}")
            case _:
                # An item of a list of names takes the list with it.
                length = next((end for end, part in enumerate(path) if isinstance(part, int)), len(path))
                inner = _item(copied, path[: length - 1])
                if isinstance(inner, dict):
                    inner.pop(path[length - 1], None)
    return copied


def _item(values: Any, path: Path) -> Any:
    for part in path:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
