"""Fields of a scenario's mapping by their paths: `section.field`, `community.outcomes.NAME.field`."""

from __future__ import annotations

from typing import Any

from cisim.errors import InputError, nearest
from cisim.scenario.catalogue import OUTCOMES, SECTIONS, fields, find, outcome_of

#: What may be replaced besides single fields.
_WHOLE = (*SECTIONS, "backbone.allocation", "backbone.reach", "community.outcomes", "events")


def get(values: dict[str, Any], path: str) -> Any:
    """The value of a field; None where it is not set.

    Raises:
        InputError: there is no such field.
    """
    says = unknown(values, path)
    if says:
        raise InputError(says)
    named = outcome_of(path)
    if named:
        return _outcome(values, named[0]).get(named[1])
    inner: Any = values
    for part in path.split("."):
        inner = inner.get(part) if isinstance(inner, dict) else None
    return inner


def put(values: dict[str, Any], path: str, value: Any) -> str | None:
    """Set a field in place; None takes it away, so that it has its default.

    Returns:
        What is wrong with the path, or None.
    """
    says = unknown(values, path)
    if says:
        return says
    named = outcome_of(path)
    if named:
        inner, last = _outcome(values, named[0]), named[1]
    else:
        *sections, last = path.split(".")
        inner = values
        for part in sections:
            # What was replaced in the same call may be no mapping: it is refused later.
            inner = inner.setdefault(part, {}) if isinstance(inner, dict) else {}
    if isinstance(inner, dict):
        inner.pop(last, None)
        if value is not None:
            inner[last] = value
    return None


def flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested mappings as one, by path.

    Example:
        >>> flat({"backbone": {"staff": 3.0, "reach": {"engage": 1.0}}, "events": []})
        {'backbone.staff': 3.0, 'backbone.reach.engage': 1.0, 'events': []}
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{before}{name}"
        found |= flat(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return found


def unknown(values: dict[str, Any], path: str) -> str | None:
    """What is wrong with a path, with the nearest one that exists; None if nothing is."""
    named = outcome_of(path)
    outcomes = [str(outcome.get("name")) for outcome in _outcomes(values)]
    if named and find(path):
        if named[0] in outcomes:
            return None
        return f"{path}: no such outcome; the outcomes are {', '.join(outcomes)}"
    if path in _WHOLE or (find(path) and not named):
        return None
    known = [info.path for info in fields()] + [f"{OUTCOMES}{name}.trend" for name in outcomes]
    close = nearest(path, known)
    return f"{path}: no such field" + (f"; did you mean {close}?" if close else "")


def _outcomes(values: dict[str, Any]) -> list[dict[str, Any]]:
    # What was replaced in the same call may be no mapping: it is refused later.
    community = values.get("community")
    outcomes = community.get("outcomes") if isinstance(community, dict) else None
    return (
        [outcome for outcome in outcomes if isinstance(outcome, dict)] if isinstance(outcomes, list) else []
    )


def _outcome(values: dict[str, Any], name: str) -> dict[str, Any]:
    return next(outcome for outcome in _outcomes(values) if outcome.get("name") == name)
