"""Plausible worlds: settings drawn over the ranges of what nobody knows, in each of which strategies meet on the same luck.

Levers, which somebody decides on, stay as the strategies set them, and so does what a strategy itself sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import roster as read_roster
from cisim.comparison import check_comparable
from cisim.dynamics.stages import CONDITIONS
from cisim.ensemble import Ensemble
from cisim.errors import InputError
from cisim.report.format import SHARES, chance, difference
from cisim.scenario import Distribution, FieldInfo, Scenario, fields
from cisim.scenario.catalogue import dead_while
from cisim.scenario.draws import value_at
from cisim.seeds import check as check_seeds
from cisim.seeds import run_seeds_of
from cisim.uncertainty import moments, wilson

#: Decided on, or what a whole design would be too slow or impossible with.
LEVERS = {
    *(condition.switch for condition in CONDITIONS),
    "scenario.months",
    "coalition.organisations",
    "coalition.degree",  # even, and below the number of organisations
    "practice.bits",  # 20 bits are a million practices
    "backbone.member_share",
    "funder.staff",
    "funder.term",
    "funder.services",
    "coalition.core",  # for networks with a core alone
    *("community.engagement_gain", "community.engagement_decay"),  # of residents, who by default have no groups
}
#: The shares of staff that the functions get sum to at most 1.
ALLOCATION = "backbone.allocation."
#: Worlds and runs that one comparison may ask for.
MOST_WORLDS, RUNS = 10_000, 20
#: Trust is not lost by more than there is, and the roles' floors leave something: the products are at most 1, and below 1.
LOST, GAINED, FLOOR = "communication.trust_loss_ratio", "communication.trust_gain", "activities.role_floor"


def uncertain(base: Scenario | None = None) -> tuple[FieldInfo, ...]:
    """List the fields that vary, in the order of the catalogue: those with a plausible range that do something in a scenario.

    Args:
        base: the scenario; the defaults if it is not given. Nobody guesses at a mechanism that is not there.
    """
    there = Scenario() if base is None else base
    guessed = (info for info in fields() if info.low is not None and info.path not in LEVERS)
    return tuple(info for info in guessed if not info.path.startswith(ALLOCATION) and not _is_off(info, there))


def _is_off(info: FieldInfo, base: Scenario) -> bool:
    """Tell whether a field, or one that makes it dead, is off in a scenario."""
    values = {info.path: info.quiet, **dead_while(info)}
    return any(quiet is not None and base.value(path) == quiet for path, quiet in values.items())


def latin_hypercube(points: int, factors: int, seed: int) -> NDArray[np.float64]:
    """Draw a Latin hypercube (McKay, Beckman & Conover 1979): in each factor one point in each of `points` equal intervals.

    Args:
        points: how many.
        factors: how many.
        seed: of its luck.

    Returns:
        (points, factors), in [0, 1).
    """
    from cisim.dynamics.luck import DESIGN, Luck, key, series, slot_of  # loads Numba

    # Called from Python, compiled functions return plain integers, and take large ones for signed.
    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(0)), DESIGN))
    design = np.empty((points, factors))
    for factor in range(factors):
        within, ranks = series(draws, np.uint64(slot_of(np.uint64(factor))), 2 * points).reshape(2, points)
        design[:, factor] = (np.argsort(ranks, kind="stable") + within) / points
    return design


def scenarios(points: int, share: float, seed: int) -> Iterator[Scenario]:
    """Make the points of an even design around the defaults as scenarios.

    Args:
        points: how many.
        share: 1 is the whole plausible range of each field; below, that share of it, around the default, cut at the range's ends.
        seed: of the design.
    """
    varied = uncertain()
    for row in latin_hypercube(points, len(varied), seed):
        yield fitted(
            Scenario(), {info.path: _even(info, float(at), share) for info, at in zip(varied, row, strict=True)}
        )


def draws(
    points: int, seed: int, varied: Sequence[FieldInfo], base: Scenario | None = None
) -> Iterator[dict[str, Any]]:
    """Draw worlds: values of uncertain fields, the likelier the nearer to a scenario's own.

    The chance of a value falls evenly to nothing from the scenario's value to both ends of the plausible range (a triangular
    distribution, as experts are asked for: least, likeliest, most). Over so many fields that are drawn independently, even chances
    would make worlds in which a dozen of them stand at an end that hardly anybody believes.

    Args:
        points: how many.
        seed: of the design.
        varied: the fields, such as `uncertain()`.
        base: the scenario; the defaults if it is not given.
    """
    there = Scenario() if base is None else base
    ranges = [peaked(info, float(there.value(info.path))) for info in varied]
    for row in latin_hypercube(points, len(varied), seed):
        yield {
            info.path: of_type(info, value_at(distribution, float(at)))
            for info, distribution, at in zip(varied, ranges, row, strict=True)
        }


def _even(info: FieldInfo, at: float, share: float) -> float:
    low, high = _range(info)
    half = share * (high - low) / 2
    start, end = (low, high) if share >= 1 else (info.default - half, info.default + half)
    return of_type(info, min(high, max(low, start + at * (end - start))))


def peaked(info: FieldInfo, likeliest: float) -> Distribution:
    """Make the triangular distribution over a field's plausible range, with what is likeliest; it may lie beyond the range."""
    low, high = _range(info)
    return Distribution(min(low, likeliest), max(high, likeliest), likeliest)


def _range(info: FieldInfo) -> tuple[float, float]:
    assert info.low is not None
    assert info.high is not None
    return info.low, info.high


def of_type(info: FieldInfo, value: float) -> float:
    """Round a value where the field holds whole numbers."""
    return round(value) if isinstance(info.default, int) else float(value)


def fitted(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """Put settings into a scenario, bent where its rules across fields would refuse them."""
    return scenario.replace(**bent(scenario, settings))


def bent(scenario: Scenario, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Bend settings where a scenario's rules across fields would refuse them."""
    within = dict(settings)

    def value(path: str) -> float:
        return float(within[path] if path in within else scenario.highest(path))

    if LOST in within and value(GAINED) * value(LOST) > 1.0:
        within[LOST] = 1.0 / value(GAINED)
    if FLOOR in within:
        within[FLOOR] = min(value(FLOOR), 0.9 / len(scenario.activities.roles))
    return within


@dataclass(frozen=True, eq=False)
class Plausible:
    """Strategies in plausible worlds: each world's means over its runs, which the strategies met with the same luck."""

    strategies: tuple[str, ...]  #: their names, the reference first
    measure: str  #: what is compared, at the end
    unit: str  #: of the measure
    values: NDArray[np.float64]  #: (worlds, strategies), mean over the runs of a world
    runs: int  #: of each strategy in each world
    varied: tuple[str, ...]  #: paths of the fields that differ from world to world
    held: tuple[str, ...]  #: paths of uncertain fields that a strategy sets, so that they do not vary

    def differences(self, strategy: str) -> NDArray[np.float64]:
        """Subtract the reference from a strategy, world by world: (worlds,)."""
        return self.values[:, self.strategies.index(strategy)] - self.values[:, 0]

    def summary(self, strategy: str, shown: float) -> dict[str, float]:
        """Summarise a strategy against the reference.

        Args:
            strategy: its name.
            shown: the difference that the scenarios themselves give.

        Returns:
            worlds, ahead (in how many of them, ties counted half), low and high (95 % interval of the share ahead, Wilson), middle, q25 and
            q75 (quantiles of the difference over worlds), percentile (share of worlds whose difference is below `shown`).
        """
        leads = self.differences(strategy)
        leads = leads[~np.isnan(leads)]
        worlds, ahead = len(leads), float((leads > 0).sum() + 0.5 * (leads == 0).sum())
        low, high = wilson(ahead / worlds if worlds else np.nan, worlds)
        quarter, middle, three = np.quantile(leads, [0.25, 0.5, 0.75]) if worlds else (np.nan,) * 3
        below = float((leads < shown).mean()) if worlds else np.nan
        return {
            "worlds": worlds,
            "ahead": ahead,
            "low": float(low),
            "high": float(high),
            "middle": float(middle),
            "q25": float(quarter),
            "q75": float(three),
            "percentile": below,
        }

    def sentence(self, strategy: str, shown: float) -> str:
        """Say in how many plausible settings a strategy is ahead, by how much, and where the difference shown stands among them."""
        of = self.summary(strategy, shown)
        points = " points" if self.unit in SHARES else ""
        middle, low, high, given = (
            difference(value, self.unit) + points for value in (of["middle"], of["q25"], of["q75"], shown)
        )
        return (
            f"Over the plausible ranges of what nobody knows, {strategy} is ahead of {self.reference} in {of['ahead']:g} of "
            f"{of['worlds']} settings ({chance(of['low'])} to {chance(of['high'])}), by {middle} in the middle case, and half of them "
            f"lie between {low} and {high}. The {given} of the scenarios as they are is more than in {chance(of['percentile'])} of them."
        )

    @property
    def reference(self) -> str:
        """Name of the strategy that the others are compared with."""
        return self.strategies[0]


def compare_plausible(
    strategies: Mapping[str, Scenario],
    worlds: int = 200,
    runs: int = RUNS,
    seed: int = 1,
    *,
    measure: str = "progress",
    threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Plausible:
    """Compare strategies in plausible worlds: all meet in each, on the same luck.

    A world is a point of a Latin hypercube over the plausible ranges of all uncertain fields that every strategy leaves at its
    default and that do something in one of them, values near the default being the likelier (`draws`); what a strategy sets is taken
    as known or decided.

    Args:
        strategies: checked scenarios by name, the reference first; of the same months and outcomes.
        worlds: how many, at least 2.
        runs: of each strategy in each world; each world has luck of its own.
        seed: of the worlds, and of the runs as in `cisim.run`.
        measure: what is compared, at the end of the last month.
        threads: how many to use; all processors by default. It changes no bit.
        on_progress: called now and then with the number of finished runs of all strategies.

    Raises:
        InputError: an argument is wrong, or the scenarios are fewer than two, or differ in months or outcomes.

    Example:
        >>> compare_plausible({"alone": alone, "together": together}).sentence("together", 0.1)  # doctest: +SKIP
    """
    check_worlds(worlds)
    check_seeds(seed, runs)
    from cisim.engine import simulate  # loads Numba

    check_comparable(strategies)
    varied, held = varying(tuple(strategies.values()))
    seeds = run_seeds_of(seed, worlds * runs).reshape(worlds, runs)
    rosters = [read_roster(scenario) for scenario in strategies.values()]
    recorded = [
        scenario.measures(roster.sector_names) for scenario, roster in zip(strategies.values(), rosters, strict=True)
    ]
    values, done = np.empty((worlds, len(strategies))), 0
    for world, settings in enumerate(draws(worlds, seed, varied)):
        for column, scenario in enumerate(strategies.values()):
            here = fitted(scenario, settings)
            records = simulate(here, seeds[world], threads=threads, roster=rosters[column])
            ensemble = Ensemble(records, seeds[world], recorded[column], here)
            values[world, column] = moments(ensemble.measure(measure)[:, -1]).mean
            done += runs
            if on_progress is not None:
                on_progress(done)
    unit = ensemble.quantity(measure).unit
    return Plausible(tuple(strategies), measure, unit, values, runs, tuple(info.path for info in varied), held)


def check_worlds(worlds: int) -> None:
    """Reject a number of worlds that is none."""
    if isinstance(worlds, bool) or not isinstance(worlds, int) or not 2 <= worlds <= MOST_WORLDS:
        raise InputError(f"plausible = {worlds!r}: must be a whole number of settings from 2 to {MOST_WORLDS}")


def varying(strategies: Sequence[Scenario]) -> tuple[tuple[FieldInfo, ...], tuple[str, ...]]:
    """Tell which uncertain fields vary, and the paths of those that do not since a strategy sets them."""
    live = {info.path for scenario in strategies for info in uncertain(scenario)}
    every = [info for info in fields() if info.path in live]
    is_set = {
        info.path
        for info in every
        for scenario in strategies
        if info.path in scenario.distributions or scenario.value(info.path) != info.default
    }
    return tuple(info for info in every if info.path not in is_set), tuple(sorted(is_set))
