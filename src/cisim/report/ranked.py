"""Plans of a class in words, tables and JSON: places with ties as ties, what those ahead have in common, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cisim.plan.ranking import ALONE, RUNS_OF_WORLD, Ranking, Shared
from cisim.report import format as words
from cisim.report.tables import Column, Table

#: Leaders that a sentence names; the table has all.
MOST_NAMED = 6
HOW_TO_READ = (
    "Place: in plausible worlds, which differ in what nobody knows; 1 to 3 means that it may be first, second or third, since these "
    "worlds do not tell. A difference within a point counts as none. No place is an effect size: the model is not validated."
)


def place(first: int, last: int) -> str:
    """Write the places that a plan may have: "2", or "1 to 3"."""
    return str(first) if first == last else f"{first} to {last}"


def table(ranking: Ranking) -> Table:
    """Lay the plans out in their order."""
    month = ranking.comparison.first.months[-1]
    here, in_worlds = ranking.places_here, ranking.places_in_worlds
    rows = []
    for row, name in enumerate(ranking.plans):
        of = _at_end(ranking, name)
        summary = ranking.plausible.summary(name, of["difference"])
        rows.append(
            (
                place(in_worlds.first[row], in_worlds.last[row]),
                name,
                of["mean"],
                of["difference"],
                (of["low"], of["high"]),
                place(here.first[row], here.last[row]),
                f"{summary['ahead']:g} of {summary['worlds']}",
                summary["middle"],
            )
        )
    columns = (
        *(Column("place"), Column("plan"), Column("gap closed", "percent"), Column(f"more than {ALONE}", "points")),
        *(
            Column("95 % interval", "points"),
            Column("place as guessed"),
            Column("worlds ahead"),
            Column("middle", "points"),
        ),
    )
    caption = (
        f"{words.plural(len(ranking.plans), 'plan')} after {words.duration(month)}, on one luck and in plausible worlds"
    )
    return Table("plans", caption, columns, tuple(rows), HOW_TO_READ)


def _at_end(ranking: Ranking, name: str) -> dict[str, float]:
    """Give the statistics of a plan's progress in the last month."""
    columns = ranking.comparison.statistics("progress", name, [ranking.comparison.first.months[-1]])
    return {key: float(column[0]) for key, column in columns.items()}


def leading(ranking: Ranking) -> list[str]:
    """Say who leads, and what the leaders have in common and fewer than half of the others have."""
    leaders, others = ranking.leaders, len(ranking.plans) - len(ranking.leaders)
    if not others:
        return ["These worlds do not tell any plan from another." if len(leaders) > 1 else "There is one plan."]
    said = [
        f"{leaders[0]} leads: in plausible worlds all others are surely behind."
        if len(leaders) == 1
        else f"{len(leaders)} plans lead, and these worlds do not tell which of them is first: {_first_of(leaders)}."
    ]
    shared = ranking.shared()
    have = "It has" if len(leaders) == 1 else "They have in common"
    if shared:
        said.append(f"{have}, as few others do: {'; '.join(in_words(each, others) for each in shared)}.")
        said.append("That they lead and have this is no proof that they lead because of it: change one dial at a time.")
    elif len(leaders) > 1:
        said.append("They have no value of a dial in common that most others lack.")
    return said


def _first_of(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {words.plural(more, 'more plan')}" if more > 0 else "")


def in_words(shared: Shared, others: int) -> str:
    """Write what leaders have in common: "backbone.staff 1 to 2 (3 of 20 others)"."""
    numeric = all(isinstance(value, int | float) for value in shared.values)
    joined = " to " if numeric else " or "
    return f"{shared.path} {joined.join(map(words.setting, shared.values))} ({shared.others} of {others} others)"


def document(
    ranking: Ranking, ignored: Mapping[str, tuple[str, ...]], left_out: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Build the content of the JSON document of `cisim class`."""
    here, in_worlds = ranking.places_here, ranking.places_in_worlds
    plans = []
    for row, name in enumerate(ranking.plans):
        of = _at_end(ranking, name)
        plans.append(
            {
                "name": name,
                "place": [int(in_worlds.first[row]), int(in_worlds.last[row])],
                "place_as_guessed": [int(here.first[row]), int(here.last[row])],
                "progress": of["mean"],
                **{key: of[key] for key in ("difference", "low", "high", "chance")},
                "plausible": ranking.plausible.summary(name, of["difference"]),
                "ignored": list(ignored.get(name, ())),
            }
        )
    return {
        "reference": ALONE,
        "runs": len(ranking.comparison.first),
        "worlds": len(ranking.plausible.values),
        "runs_of_world": RUNS_OF_WORLD,
        "plans": plans,
        "leaders": list(ranking.leaders),
        "in_common": [each._asdict() for each in ranking.shared()],
        "left_out": [{"name": name, "reason": why} for name, why in left_out],
    }
