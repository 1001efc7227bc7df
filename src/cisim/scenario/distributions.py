"""Reading distributions: where a scenario's sections give a numeric field a range in place of a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeGuard

from cisim.scenario.catalogue import allowed, fields, fits
from cisim.scenario.field import Distribution, FieldInfo
from cisim.scenario.problems import Notes, Path

EXAMPLE = "{ low = 0.2, high = 0.9 }"
ENTRIES = frozenset({"low", "middle", "high"})
#: Numeric fields that all runs of a scenario have in common, each with the reason.
COMMON = {
    "scenario.months": "all runs of a scenario are of one length",
    "coalition.organisations": "all runs of a scenario list the same organisations; vary coalition.founding, the share that is there at the start",
    "practice.bits": "all runs of a scenario search practices of one size",
}
#: The same of what stands in lists.
LISTED = {
    "outcomes": "all runs of a scenario are for the same outcomes",
    "groups": "all runs of a scenario are for the same groups of residents",
}


def why_common(info: FieldInfo) -> str | None:
    """Say why a field has the same value in all runs; None if it may have a distribution."""
    if not info.numeric:
        return "only numbers have a distribution"
    parts = info.path.split(".")
    return LISTED.get(parts[1]) if parts[0] == "community" and len(parts) > 2 else COMMON.get(info.path)


def take_distributions(values: dict[str, Any], notes: Notes) -> dict[str, Distribution]:
    """Take the distributions out of plain sections, in place: what is right leaves its centre there, what is wrong is noted and goes.

    Returns the distributions by path, in the order of the fields.
    """
    taken = {}
    for info, path in _numeric_fields():
        section = _section(values, path[:-1])
        given = section.get(info.name)
        if not _is_meant(given):
            continue
        del section[info.name]
        if reason := why_common(info):
            notes.add(path, f"has no distribution: {reason}")
        elif distribution := read_distribution(info, given, path, notes):
            taken[info.path] = distribution
            section[info.name] = distribution.centre
    for place, item, name in _listed(values):
        if _is_meant(item[name]):
            del item[name]
            notes.add(place, f"has no distribution: {LISTED[str(place[1])]}")
    return taken


@cache
def _numeric_fields() -> tuple[tuple[FieldInfo, tuple[str, ...]], ...]:
    return tuple((info, tuple(info.path.split("."))) for info in fields() if info.numeric)


def _is_meant(given: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(given, dict) and not ENTRIES.isdisjoint(given)


def _section(values: dict[str, Any], path: Path) -> dict[str, Any]:
    inner: Any = values
    for part in path:
        inner = inner.get(part) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def _listed(values: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """List the entries of outcomes and groups, each with its path and the table that it stands in."""
    community = _section(values, ("community",))
    for kind in LISTED:
        items = community.get(kind)
        for number, item in enumerate(items if isinstance(items, list) else ()):
            for name in list(item) if isinstance(item, dict) else ():
                yield ("community", kind, number, name), item, name


def read_distribution(info: FieldInfo, given: Mapping[str, Any], path: Path, notes: Notes) -> Distribution | None:
    """Read the distribution of a numeric field from low, high and middle; None if something is wrong, which is noted."""
    before = len(notes)
    for name, value in given.items():
        if name not in ENTRIES:
            notes.add((*path, name), "no such entry of a distribution; there are low, high and middle", value)
        elif isinstance(value, str) or not fits(info, value):
            notes.add((*path, name), allowed(info).partition(' or "')[0], value)
    if len(notes) > before:
        return None
    if not {"low", "high"} <= given.keys():
        notes.add(path, f"a distribution needs low and high, such as {EXAMPLE}")
        return None
    kind = int if info.type == "whole number" else float
    low, high = kind(given["low"]), kind(given["high"])
    middle = kind(given["middle"]) if "middle" in given else None
    if low >= high:
        notes.add((*path, "low"), f"must be below high ({high:g})", low)
    elif middle is not None and not low <= middle <= high:
        notes.add((*path, "middle"), f"must be from low ({low:g}) to high ({high:g})", middle)
    return None if len(notes) > before else Distribution(low, high, middle, kind is int)
