"""Measures of a run in each month: names, units and meanings, in the order of a record's columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Measure(NamedTuple):
    """One recorded quantity."""

    name: str
    unit: str  #: "share", "FTE", "count" and so on; "" where it has none
    meaning: str  #: in one line


#: The measures that every scenario has, in the order of a record.
COMMON = (
    Measure(
        "progress", "share of the gap", "collective progress: the share of the gap to 1 that is closed, weighted over outcomes"),
    Measure("goal_alignment", "[0, 1]", "1 - mean distance of members' goals from the common agenda"),
    Measure("commitment", "[0, 1]", "mean commitment of members"),
    Measure("awareness", "[0, 1]", "mean awareness of the common agenda among members"),
    Measure("belief_error", "indicator", "mean absolute error of organisations' beliefs about the outcomes"),
    Measure("practice_quality", "share of the best", "mean effectiveness of organisations' practices"),
    Measure("capacity", "x", "mean capacity of organisations; 1 at the founding"),
    Measure("working_ties", "ties", "mean number of ties of strength 0.2 or more that an organisation has"),
    Measure("trust", "[0, 1]", "mean trust over all ties, both directions, weighted by strength"),
    Measure("members", "count", "organisations that are members"),
    Measure("duplication", "share", "share of effective effort lost to an uneven mix of roles"),
    Measure("voice_gini", "[0, 1]", "Gini coefficient of voice over members at the last draft of the agenda"),
    Measure("staff_at_work", "FTE", "backbone staff at work"),
    Measure("resources", "FTE", "resources of all organisations this month"),
    Measure("grants", "FTE", "grants paid to members this month"),
    Measure("levy", "FTE", "what members pay for the backbone this month"),
    Measure("overhead", "FTE", "effort spent on meetings, the hub and data this month"),
    Measure("work", "FTE", "effort left for work: resources + grants - levy - overhead"),
    Measure("overhead_share", "share", "overhead as a share of all nominal resources"),
    Measure(
        "progress_per_fte", "1/FTE-year", "progress per FTE-year of levy, grants, and staff and posts paid from outside so far"),
    Measure("agenda_fit", "[0, 1]", "mean fit of the common agenda with organisations' own missions"),
    Measure("agenda_fit_large", "[0, 1]", "fit of the agenda among the top fifth by resources"),
    Measure(
        "agenda_fit_small", "[0, 1]", "fit of the agenda among those at or below the median of resources"),
    Measure("achieved.agenda", "share", "how much of the intended planning has come about"),
    Measure("achieved.measurement", "share", "how much of the intended sharing of data has come about"),
    Measure("achieved.activities", "share", "how much of the intended coordination has come about"),
    Measure("achieved.communication", "share", "how much of the intended contact has come about"),
    Measure("achieved.backbone", "share", "how much of the work of the backbone's staff comes about"),
    Measure("alive", "1 or 0", "whether the coalition is in force, once it has begun"),
)  # fmt: skip

#: The measures that end the record of a scenario with groups of residents, after the progress of each group.
OF_RESIDENTS = (
    Measure("gap", "indicator", "best placed group less worst placed group, their indicators weighted over outcomes"),
    Measure("engagement", "[0, 1]", "mean engagement of residents"),
    Measure("agenda_fit_residents", "[0, 1]", "mean fit of the common agenda with what residents lack"),
)


def scaled(weights: Iterable[float]) -> tuple[float, ...]:
    """Scale weights of outcomes, or sizes of groups, to sum 1, as the model counts them."""
    given, total = tuple(weights), 0.0
    for weight in given:  # not sum(), which later versions of Python round otherwise
        total += weight
    return tuple(weight / total for weight in given)


def centred(values: Sequence[float], shares: Sequence[float]) -> tuple[float, ...]:
    """Shift values so that their mean over the shares is 0; values that are all equal become exactly 0."""
    apart = [value - values[0] for value in values]
    mean = 0.0
    for share, value in zip(shares, apart, strict=True):
        mean += share * value
    return tuple(value - mean for value in apart)


def measures_of(outcomes: Sequence[str], sectors: Sequence[str], groups: Sequence[str] = ()) -> tuple[Measure, ...]:
    """List the measures of a scenario: the common ones, one indicator per outcome, one fit of the agenda per sector.

    Where it names groups of residents, theirs follow.

    Example:
        >>> [measure.name for measure in measures_of(["housing"], ["public"])[-2:]]
        ['indicator.housing', 'agenda_fit.public']
    """
    indicators = tuple(
        Measure(f"indicator.{name}", "indicator", f"the outcome {name!r}, from 0 to 1") for name in outcomes
    )
    fits = tuple(
        Measure(f"agenda_fit.{name}", "[0, 1]", f"fit of the agenda in the sector {name!r}") for name in sectors
    )
    if not groups:
        return COMMON + indicators + fits
    people = tuple(
        Measure(f"progress.{name}", "share of the gap", f"progress as the group {name!r} lives it") for name in groups
    )
    return COMMON + indicators + fits + people + OF_RESIDENTS
