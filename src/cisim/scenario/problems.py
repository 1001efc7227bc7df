"""What is wrong with the values of a scenario, in words of our own: where, what, and what is allowed."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ValidationError

from cisim.errors import nearest
from cisim.scenario.catalogue import SECTIONS, allowed, fields, find, outcome_fields
from cisim.scenario.events import ORGANISATION_FIELDS

#: How deep a scenario's values may nest: events[0].when.measure and community.outcomes[0].name are 3.
DEEPEST = 8
#: So many problems are told; a file that is something else altogether has too many to read.
MOST = 100
Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """One thing that is wrong.

    Attributes:
        path: where in the file's mapping; () if nowhere in particular.
        says: one line.
    """

    path: Path
    says: str


def shown(value: Any) -> str:
    """A value as a user would write it in a file, shortened.

    Example:
        >>> shown(True), shown("x"), shown(float("nan"))
        ('true', '"x"', 'nan')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        quoted = json.dumps(value[:80], ensure_ascii=False)
        text = "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in quoted)
    elif isinstance(value, float):
        text = repr(value)
    elif isinstance(value, int):
        text = str(value) if abs(value) < 10**30 else "a very large number"
    elif isinstance(value, (datetime.date, datetime.time)):
        text = value.isoformat()
    elif isinstance(value, Mapping):
        text = "a table"
    elif isinstance(value, (list, tuple)):
        text = f"a list of {len(value)}" if len(value) != 1 else "a list of one"
    else:
        text = f"something of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def where(path: Path, values: Any) -> str:
    """A path in words: outcomes by their names, events by their numbers from 1.

    Example:
        >>> where(("events", 0, "set", "backbone.staff"), {})
        'event 1, set "backbone.staff"'
    """
    if path[:1] == ("events",) and len(path) > 1 and isinstance(path[1], int):
        rest = (
            [f'set "{path[3]}"', *map(str, path[4:])] if path[2:3] == ("set",) and len(path) > 3 else path[2:]
        )
        inner = ".".join(map(str, rest))
        return f"event {path[1] + 1}" + (f", {inner}" if inner else "")
    if path[:2] == ("community", "outcomes") and len(path) > 2 and isinstance(path[2], int):
        name = _item(values, (*path[:3], "name"))
        if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 60:
            return ".".join(map(str, ("community.outcomes", name, *path[3:])))
        # Without a proper name of its own an outcome is known by its number.
        return ", ".join([f"outcome {path[2] + 1}", *map(str, path[3:])])
    words = ""
    for part in path:
        words += f", item {part + 1}" if isinstance(part, int) else f".{_key(part)}" if words else _key(part)
    return words


def in_words(error: ValidationError, values: Mapping[str, Any]) -> list[Problem]:
    """The problems that pydantic found, one for each place, in our words."""
    problems: dict[Path, Problem] = {}
    for detail in error.errors(include_url=False):
        if len(problems) > MOST:
            break
        path = _real(detail["loc"], values, missing=detail["type"] == "missing")
        if path not in problems:
            context = detail.get("ctx") or {}
            says = _says(path, detail["type"], context, detail["input"], values)
            problems[path] = Problem(path, says)
    return list(problems.values())


def plain_values(sections: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Sections as plain mappings, lists, numbers and texts, copied; and what cannot be made so."""
    problems: list[Problem] = []

    def plain(value: Any, path: Path) -> Any:
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json", exclude_none=True)
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, PurePath):
            return str(value)
        if isinstance(value, (Mapping, list, tuple, np.ndarray)) and len(path) >= DEEPEST:
            problems.append(Problem(path[:2], f"{where(path[:2], sections)}: nests too deeply"))
            return None
        if isinstance(value, Mapping):
            return {
                str(key): plain(inner, (*path, str(key))) for key, inner in value.items() if inner is not None
            }
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, (list, tuple)):
            return [plain(inner, (*path, place)) for place, inner in enumerate(value)]
        return value

    copied = plain(sections, ())
    if problems:
        problems = list(dict.fromkeys(problems))
        copied = without(copied, [problem.path for problem in problems])
    return copied, problems


def without(values: dict[str, Any], wrong: Iterable[Path]) -> dict[str, Any]:
    """A copy of the mapping without what is wrong; outcomes and events keep their places."""
    copied: dict[str, Any] = _copy(values)
    for path in wrong:
        if path[:1] == ("events",) and len(path) > 1:
            _put(copied, path[:2], {"month": 1, "set": {}})
        elif path[:2] == ("community", "outcomes") and len(path) > 2:
            outcome, named = _item(copied, path[:3]), f"outcome {path[2]}"
            if not isinstance(outcome, dict) or len(path) == 3:
                name = _item(outcome, ("name",))
                _put(copied, path[:3], {"name": name if isinstance(name, str) else named})
            else:
                outcome.pop(path[3], None)
                outcome.setdefault("name", named)
        else:
            # An item of a list of names takes the list with it.
            path = next((path[:place] for place, part in enumerate(path) if isinstance(part, int)), path)
            inner = _item(copied, path[:-1])
            if isinstance(inner, dict):
                inner.pop(path[-1], None)
    return copied


def _put(values: dict[str, Any], path: Path, value: Any) -> None:
    inner = _item(values, path[:-1])
    if isinstance(inner, list):
        inner[int(path[-1])] = value


def _real(location: Sequence[str | int], values: Mapping[str, Any], *, missing: bool) -> Path:
    """Pydantic's location without the names of a union's members."""
    path: Path = ()
    inner: Any = values
    for part in location:
        there = isinstance(inner, dict) and (part in inner or missing)
        if not there and not (isinstance(inner, list) and isinstance(part, int)):
            break
        inner = _item(inner, (part,))
        path = (*path, part)
    return path


def _says(path: Path, kind: str, context: Mapping[str, Any], value: Any, values: Mapping[str, Any]) -> str:
    label = where(path, values)
    if kind == "missing":
        return f"{label}: is missing"
    if kind == "cisim":
        brief = isinstance(value, (str, int, float))
        return f"{label} = {shown(value)}: {context['says']}" if brief else f"{label}: {context['says']}"
    if kind == "extra_forbidden":
        return _no_such(path, label, value)
    return f"{label} = {shown(value)}: {_must(path, value)}"


def _no_such(path: Path, label: str, value: Any) -> str:
    if len(path) == 1:
        close = nearest(str(path[0]), [*SECTIONS, "events"]) or nearest(
            str(path[0]), [f.path for f in fields()]
        )
        what = "no such section" if isinstance(value, (dict, list)) else "stands outside any section"
        known = (
            f"; did you mean {close}?" if close else f"; the sections are {', '.join([*SECTIONS, 'events'])}"
        )
        return f"{label}: {what}{known}"
    if path[0] == "events":
        close = nearest(
            str(path[-1]),
            ["month", "when", "organisation", "set", "why", "measure", "below", "above", "after"],
        )
        return f"{label} = {shown(value)}: no such field" + (f"; did you mean {close}?" if close else "")
    if path[:2] == ("community", "outcomes") and len(path) > 3:
        near = nearest(str(path[-1]), [info.name for info in outcome_fields()])
        names = ", ".join(info.name for info in outcome_fields())
        return f"{label} = {shown(value)}: no such field; " + (
            f"did you mean {near}?" if near else f"there are {names}"
        )
    plain = ".".join(map(str, path))
    inside = [info for info in fields() if info.path.startswith(".".join(map(str, path[:-1])) + ".")]
    close = nearest(plain, [info.path for info in fields()])
    names = ", ".join(info.path.rpartition(".")[2] for info in inside)
    return f"{label} = {shown(value)}: no such field; " + (
        f"did you mean {close}?" if close else f"there are {names}"
    )


def _must(path: Path, value: Any) -> str:
    if path[:1] == ("events",):
        return _must_in_event(path)
    if len(path) == 1 or path[1:] in {("allocation",), ("reach",)}:
        return f"must be a section, [{'.'.join(map(str, path))}]"
    if path[:2] == ("community", "outcomes"):
        if len(path) < 4:
            return (
                "must be a table with a name" if len(path) == 3 else "must be tables, [[community.outcomes]]"
            )
        info = find(f"community.outcomes.NAME.{path[3]}")
    else:
        info = find(".".join(str(part) for part in path if isinstance(part, str)))
    if info is None:
        return "is not allowed"
    if isinstance(path[-1], int):
        return "must be a name"
    words = allowed(info)
    if info.numeric and isinstance(value, str) and _number_in(value):
        words += ", without quotes"
    return words


def _must_in_event(path: Path) -> str:
    if len(path) == 1:
        return "must be tables, [[events]], at most 10000"
    last = path[-1]
    return {
        "month": "must be a whole number from 1 to 1200 (months)",
        "after": "must be a whole number from 0 to 1200 (months)",
        "below": "must be a number",
        "above": "must be a number",
        "measure": "must be the name of a measure",
        "organisation": "must be the name of an organisation",
        "when": 'must be a table such as { measure = "members", below = 12 }',
        "set": 'must be a table such as { "backbone.staff" = 0 }',
        "why": "must be a text",
    }.get(str(last), f"must be a table; for an organisation it sets {', '.join(ORGANISATION_FIELDS)}")


def _number_in(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _key(part: str | int) -> str:
    text = str(part)
    return text if text.replace("_", "").replace("-", "").isalnum() and len(text) <= 60 else shown(text)


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
