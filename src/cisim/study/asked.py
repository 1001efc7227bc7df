"""Tables of a study file: keys are taken one by one, and all that is wrong is told at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cisim.errors import nearest
from cisim.scenario.names import name_problem, text_problem
from cisim.scenario.problems import Path, Problem, shown, where


class Asked:
    """One table of a study file.

    Args:
        values: what stands in it; anything but a table is a problem.
        path: where it stands in the file.
        problems: where to note what is wrong.
        keys: what it may hold; None: anything.
    """

    def __init__(
        self, values: Any, path: Path, problems: list[Problem], keys: Sequence[str] | None = None
    ) -> None:
        self.path, self.problems = path, problems
        self.values: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.says(f"must be a table, [{'.'.join(map(str, path))}]", value=values)
        for key in self.values if keys is not None else ():
            if key not in (keys or ()):
                self.says(f"no such key; {meant(key, keys or ())}", key, value=self.values[key])

    def says(self, words: str, *inner: str | int, value: Any = None) -> None:
        """Note a problem of the table or of something in it.

        Args:
            words: what is allowed.
            *inner: where in the table.
            value: what stands there, if that is to be shown.
        """
        path = (*self.path, *inner)
        label = where(path, {}) + ("" if value is None else f" = {shown(value)}")
        self.problems.append(Problem(path, f"{label}: {words}"))

    def has(self, key: str) -> bool:
        """Whether the table holds a key."""
        return key in self.values

    def text(self, key: str, default: str = "", *, longest: int = 10_000) -> str:
        """A text of perhaps several lines."""
        value = self.values.get(key, default)
        problem = text_problem(value, longest) if isinstance(value, str) else "must be a text"
        if problem:
            self.says(problem, key, value=value)
        return value if isinstance(value, str) and not problem else default

    def name(self, key: str) -> str:
        """A name that must be there."""
        value = self.values.get(key)
        if value is None:
            self.says("is missing", key)
            return key
        problem = name_problem(value) if isinstance(value, str) else "must be a name"
        if problem:
            self.says(problem, key, value=value)
        return str(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.says(f"must be a whole number from {low} to {high}", key, value=value)
            return default
        return value

    def number(self, key: str, default: float | None = None) -> float | None:
        """A finite number."""
        value = self.values.get(key, default)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.says("must be a number", key, value=value)
            return default
        return float(value)

    def truth(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.says("must be true or false", key, value=value)
            return default
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of several words; the first by default."""
        value = self.values.get(key, choices[0])
        if value not in choices:
            near = f"; {meant(value, choices)}" if isinstance(value, str) and nearest(value, choices) else ""
            self.says(f"must be one of {', '.join(choices)}{near}", key, value=value)
            return choices[0]
        return str(value)

    def names(self, key: str, known: Iterable[str] | None, what: str) -> tuple[str, ...]:
        """A list of different names; () if it is not there.

        Args:
            key: of the list.
            known: the names there are; None: they could not be found out.
            what: what they are names of.
        """
        if key not in self.values:
            return ()
        value = self.values[key]
        if not isinstance(value, list) or not value:
            self.says(f"must be a list of {what}s, with at least one", key, value=value)
            return ()
        every = None if known is None else list(known)
        for place, name in enumerate(value):
            if not isinstance(name, str) or (every is not None and name not in every):
                hint = meant(name, every or ()) if isinstance(name, str) else f"must be the name of a {what}"
                self.says(
                    f"no such {what}; {hint}" if isinstance(name, str) else hint, key, place, value=name
                )
            elif name in value[:place]:
                self.says(f"is there already (item {value.index(name) + 1})", key, place, value=name)
        return tuple(str(name) for name in value)


def meant(name: str, known: Iterable[str]) -> str:
    """Words on what somebody may have meant.

    Example:
        >>> meant("scenaro", ["name", "scenario"])
        'did you mean scenario?'
        >>> meant("x", ["name", "scenario"])
        'there are name, scenario'
    """
    every = list(known)
    close = nearest(name, every)
    return f"did you mean {close}?" if close else f"there are {', '.join(every)}"
