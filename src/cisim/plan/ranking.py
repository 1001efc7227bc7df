"""Many plans for one place: on one luck and in plausible worlds, in order, with ties as ties, and what those ahead have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisim.comparison import Comparison, compare
from cisim.errors import InputError
from cisim.plan.deciding import FEWEST, Settlement, settle
from cisim.plausible import Plausible, compare_plausible
from cisim.scenario import FieldInfo, Scenario, fields
from cisim.scenario.catalogue import dead_while
from cisim.uncertainty import Floats

#: What plans are compared with: everybody goes on alone.
ALONE = "alone"
#: A difference up to a point of the gap counts for nothing.
POINT = 0.01
#: Runs of each plan on one luck; worlds, and runs of each plan in each of them.
RUNS, WORLDS, RUNS_OF_WORLD = 200, 100, 5
#: Plans that one ranking takes.
MOST = 200
#: Fields that are told of what the leaders have in common.
MOST_SHARED = 6


class Places(NamedTuple):
    """Places that each plan may have, both ends counted from 1: others that are surely ahead of it, or surely behind it, are not."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]


class Shared(NamedTuple):
    """Values of a field that all leaders have within, and how many of the other plans do."""

    path: str
    values: tuple[Any, ...]  #: one value, or the ends of a range
    others: int


@dataclass(frozen=True, eq=False)
class Ranking:
    """Plans in order."""

    comparison: Comparison  #: on one luck, the place as it is guessed; the reference is `ALONE`
    plausible: Plausible  #: in plausible worlds
    here: Settlement  #: of each two plans on one luck, in the order of `plans`
    worlds: Settlement  #: of each two plans over plausible worlds, likewise
    plans: tuple[str, ...]  #: their names, best first by the mean over plausible worlds

    @property
    def places_here(self) -> Places:
        """Places on one luck."""
        return places(self.here)

    @property
    def places_in_worlds(self) -> Places:
        """Places over plausible worlds."""
        return places(self.worlds)

    @property
    def leaders(self) -> tuple[str, ...]:
        """The plans of which no other is surely ahead in plausible worlds; all of them where nothing is told apart."""
        return tuple(name for name, first in zip(self.plans, self.places_in_worlds.first, strict=True) if first == 1)

    def shared(self) -> tuple[Shared, ...]:
        """Tell what all leaders have in common and fewer than half of the others have, rarest first; nothing if all lead."""
        scenarios = {name: self.comparison.ensembles[name].scenario for name in self.plans}
        leaders = [scenarios[name] for name in self.leaders]
        return in_common(leaders, [scenarios[name] for name in self.plans if name not in self.leaders])


def rank(
    county: Scenario,
    plans: Mapping[str, Scenario],
    *,
    runs: int = RUNS,
    worlds: int = WORLDS,
    seed: int = 1,
    threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Ranking:
    """Run plans on the same luck and in the same plausible worlds, and put them in order.

    Args:
        county: what the plans have in common; without a coalition it is what they are compared with.
        plans: by name; none may be called "alone".
        runs: of each plan on one luck, at least 30.
        worlds: plausible worlds, at least 30, in each of which each plan runs five times.
        seed: of runs and worlds.
        threads: how many to use; all processors by default. It changes no bit.
        on_progress: called now and then with the number of finished runs, of `runs_needed`.

    Raises:
        InputError: there are no plans or too many, one has the name of the reference, too few runs or worlds, or they cannot be compared.
    """
    if not plans or len(plans) > MOST:
        raise InputError(f"a ranking takes 1 to {MOST} plans: {len(plans)} given")
    if ALONE in plans:
        raise InputError(f'no plan may be called "{ALONE}", which all are compared with')
    for name, number in {"runs": runs, "worlds": worlds}.items():
        if number < FEWEST:
            raise InputError(f"{name} = {number}: must be at least {FEWEST}, since fewer settle nothing")
    strategies = {ALONE: county.replace(**{"coalition.start": "never", "events": []}), **plans}
    tell = on_progress or (lambda _: None)
    done = runs * len(strategies)
    comparison = compare(strategies, runs, seed, threads=threads, on_progress=tell)
    plausible = compare_plausible(
        strategies, worlds, RUNS_OF_WORLD, seed, threads=threads, on_progress=lambda some: tell(done + some)
    )
    of_worlds = plausible.values[:, 1:]
    means = of_worlds.mean(axis=0)
    order = sorted(range(len(plans)), key=lambda place: (-means[place], place))
    names = [list(plans)[place] for place in order]
    ends = np.column_stack([comparison.ensembles[name].measure("progress")[:, -1] for name in names])
    return Ranking(comparison, plausible, _settled(ends), _settled(of_worlds[:, order]), tuple(names))


def runs_needed(plans: int, runs: int = RUNS, worlds: int = WORLDS) -> int:
    """Count the runs that a ranking takes."""
    return (plans + 1) * (runs + worlds * RUNS_OF_WORLD)


def _settled(values: Floats) -> Settlement:
    return settle(values, POINT, expected=len(values))


def places(settlement: Settlement) -> Places:
    """Count for each plan those that are surely ahead of it and surely behind it."""
    verdicts = settlement.verdicts
    behind, ahead = (verdicts == "behind").sum(axis=1), (verdicts == "ahead").sum(axis=1)
    return Places(behind + 1, len(verdicts) - ahead)


def in_common(leaders: Sequence[Scenario], others: Sequence[Scenario]) -> tuple[Shared, ...]:
    """List the fields whose values among the leaders fewer than half of the others have, rarest first.

    A field counts that does something in every leader. It is no proof that it is why they lead.
    """
    if not leaders or not others:
        return ()
    found = []
    for info in fields():
        of_leaders, of_others = ([scenario.value(info.path) for scenario in some] for some in (leaders, others))
        differs = any(value != of_leaders[0] for value in (*of_leaders, *of_others))
        if not differs or any(_is_dead(scenario, info) for scenario in leaders):
            continue
        ends = _ends(of_leaders)
        within = sum(_is_within(value, ends) for value in of_others)
        if 2 * within < len(others):
            found.append(Shared(info.path, ends, within))
    return tuple(sorted(found, key=lambda each: (each.others, each.path))[:MOST_SHARED])


def _ends(values: Sequence[Any]) -> tuple[Any, ...]:
    """List the ends of numbers, or each value once where some are none."""
    if all(isinstance(value, int | float) for value in values):
        return tuple(sorted({min(values), max(values)}))
    return tuple(dict.fromkeys(values))


def _is_within(value: Any, ends: tuple[Any, ...]) -> bool:
    numeric = all(isinstance(each, int | float) for each in (value, *ends))
    return ends[0] <= value <= ends[-1] if numeric else value in ends


def _is_dead(scenario: Scenario, info: FieldInfo) -> bool:
    return any(scenario.value(other) == quiet for other, quiet in dead_while(info).items())
