"""Factors: what varies from point to point of a study, over a range or over levels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cisim.errors import InputError
from cisim.scenario.problems import shown

Value = float | int | str | bool
Role = Literal["lever", "uncertainty"]
Scale = Literal["linear", "log"]
#: Values within a range have so many digits: other machines' powers differ in the last one, and nobody needs 17.
DIGITS = 12


@dataclass(frozen=True)
class Level:
    """One of the values that a factor may have.

    Attributes:
        label: the value of a field, or the user's name of a bundle's level.
        settings: fields and their values, as `Scenario.replace` takes them.
    """

    label: Value
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Factor:
    """What varies: a field of the scenario over a range or over levels, or a bundle of settings over named levels.

    Attributes:
        name: path of the field, or the user's name of the bundle.
        role: "lever" (somebody decides on it) or "uncertainty" (nobody knows it).
        unit: the field's; "" where it has none.
        low: lower end of a range; None: there are levels only.
        high: upper end of it.
        scale: how values lie in the range: evenly, or evenly in their logarithms.
        whole: whether values are whole numbers.
        levels: the values of a list, of a bundle, or of a range that was given a number of levels; () for a range without.
        usual: the base scenario's value: the field's, or the level whose settings the scenario has already. Of a bundle that
            fits no level, and of a field that is not set, the first level.
    """

    name: str
    role: Role
    unit: str = ""
    low: float | None = None
    high: float | None = None
    scale: Scale = "linear"
    whole: bool = False
    levels: tuple[Level, ...] = ()
    usual: Value | None = None

    def __post_init__(self) -> None:
        """Refuse a factor that has no values."""
        if self.low is None and not self.levels:
            raise InputError(f"{self.name}: has neither a range nor levels")

    @property
    def bundle(self) -> bool:
        """Whether its levels are names of settings, not values of the field that it is called after."""
        return any(dict(level.settings) != {self.name: level.label} for level in self.levels)

    @property
    def values(self) -> tuple[Value, ...]:
        """What a design of levels uses: the levels, or the two ends of a range without levels."""
        if self.levels:
            return tuple(level.label for level in self.levels)
        assert self.low is not None
        assert self.high is not None
        return (self._number(self.low), self._number(self.high))

    def at(self, share: float) -> Value:
        """The value at a share of the way: levels and whole numbers have equal shares of it.

        Args:
            share: from 0 to 1.

        Example:
            >>> Factor("backbone.staff", "lever", low=0, high=4).at(0.25)
            1.0
            >>> Factor("coalition.organisations", "lever", low=3, high=5, whole=True).at(0.99)
            5
        """
        if self.levels:
            return self.levels[min(len(self.levels) - 1, int(share * len(self.levels)))].label
        assert self.low is not None
        assert self.high is not None
        if self.whole:
            # Each whole number stands for the interval up to the next one.
            place = math.floor(_between(self.low, self.high + 1, share, self.scale))
            return min(int(self.high), max(int(self.low), place))
        return min(float(self.high), max(float(self.low), _between(self.low, self.high, share, self.scale)))

    def settings(self, value: Value) -> dict[str, Any]:
        """What `Scenario.replace` gets for a value.

        Raises:
            InputError: a bundle has no such level.

        Example:
            >>> Factor("backbone.staff", "lever", low=0, high=4).settings(1.5)
            {'backbone.staff': 1.5}
        """
        for level in self.levels:
            if level.label == value and isinstance(level.label, str) == isinstance(value, str):
                return dict(level.settings)
        if self.bundle:
            known = ", ".join(shown(level.label) for level in self.levels)
            raise InputError(f"{self.name} = {shown(value)}: no such level; there are {known}")
        return {self.name: value}

    def _number(self, value: float) -> Value:
        return int(value) if self.whole else float(value)


def spread(
    low: float, high: float, count: int, scale: Scale = "linear", *, whole: bool = False
) -> tuple[Value, ...]:
    """Levels spread evenly over a range, both ends among them.

    Args:
        low: the first.
        high: the last.
        count: how many, at least 2.
        scale: evenly in the values, or in their logarithms.
        whole: round them to whole numbers; the same one may come twice.

    Example:
        >>> spread(1, 10, 3), spread(1, 100, 3, "log", whole=True)
        ((1.0, 5.5, 10.0), (1, 10, 100))
    """
    inner = [_between(low, high, place / (count - 1), scale) for place in range(1, count - 1)]
    every = (float(low), *inner, float(high))
    return tuple(math.floor(value + 0.5) for value in every) if whole else every


def _between(low: float, high: float, share: float, scale: Scale) -> float:
    value = low + share * (high - low) if scale == "linear" else low * (high / low) ** share
    return float(f"{value:.{DIGITS}g}")
