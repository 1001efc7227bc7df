"""Words of a plan: what planners mean by meeting monthly, starting with a few, a grant, turned into settings and events."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any, Literal, NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from cisim.coalition import Roster
from cisim.errors import InputError, did_you_mean
from cisim.plan.costs import by_month
from cisim.report.format import MONTHS_A_YEAR, money, number, plural
from cisim.scenario import FieldInfo, Scenario, find
from cisim.scenario.field import entry
from cisim.scenario.names import Name, Text, as_tuple, refusal
from cisim.scenario.problems import Table, shown

#: How often partners meet who work together, by its name: times a year.
MEETINGS = {
    "never": 0.0,
    "yearly": 1.0,
    "twice a year": 2.0,
    "quarterly": 4.0,
    "every other month": 6.0,
    "monthly": 12.0,
    "twice a month": 24.0,
    "weekly": 52.0,
}
FREQUENCY, STAFF, SHARE, OUTSIDE, SERVICES = (
    *("communication.frequency", "backbone.staff", "backbone.member_share"),
    *("funder.staff", "funder.services"),
)
#: Every partner that is not named elsewhere.
OTHERS = ("all others", "all the others", "everybody else")
_LARGEST = re.compile(r"\s*(?:the\s+)?(\d{1,5})\s+(largest|smallest)\s*", re.IGNORECASE)
_WHO = 'must be names of partners or sectors, or "the 12 largest"'
_Who = Annotated[
    tuple[Name, ...], BeforeValidator(lambda value: as_tuple([value] if isinstance(value, str) else value))
]
_MEET = f"must be one of {', '.join(MEETINGS)}, or a number of times a year"


class Invitation(Table):
    """Partners who are asked in a month, all at once or some at a time."""

    month: int = entry(..., "the month in which they join", ge=1, le=1200)
    partners: _Who = entry(..., "who is invited", f'{_WHO}, or "all others"', min_length=1)
    at_a_time: int | None = entry(None, "how many of them join at once; not given: all", ge=1, le=10_000)
    every: int = entry(1, "months from one such group to the next", ge=1, le=1200)


class Grant(Table):
    """A grant from outside that pays posts for some months."""

    amount: float | None = entry(None, "the whole grant, in the currency of [costs]", gt=0, le=1e12)
    per_year: float | None = entry(None, "the grant in a year, in place of amount", gt=0, le=1e12)
    from_month: int = Field(1, alias="from", description="its first month", ge=1, le=1200)
    months: int = entry(..., "how long it runs", ge=1, le=1200)
    pays: Literal["backbone", "services"] = entry("backbone", "what it pays: posts of the backbone, or of services")

    @model_validator(mode="after")
    def _one_amount(self) -> Grant:
        if (self.amount is None) == (self.per_year is None):
            raise refusal("must say either amount, the whole grant, or per_year")
        return self

    @property
    def yearly(self) -> float:
        """The grant in a year."""
        return self.per_year if self.amount is None else self.amount / self.months * MONTHS_A_YEAR  # type: ignore[return-value]


class Words(Table):
    """What a plan says in a planner's words; what else stands in it are fields of a scenario."""

    model_config = ConfigDict(extra="ignore")

    why: Text = entry("", "the reason for the plan, for whoever reads it")
    against: Name | None = entry(None, "the plan of this file that it is read against, as a choice between the two")
    what_if_of: Name | None = entry(None, "the plan to which this happens: it is read against that and no choice")
    meet: Literal[tuple(MEETINGS)] | Annotated[float, Field(ge=0, le=12_000)] | None = entry(  # type: ignore[valid-type]
        None, "how often partners who work together meet", _MEET
    )
    start_with: _Who = entry((), "who is there at the start; the others are not, unless they are invited", _WHO)
    invite: Annotated[tuple[Invitation, ...], BeforeValidator(as_tuple)] = entry((), "who is asked later, and when")
    exclude: _Who = entry((), "partners who never take part", _WHO)
    grant: Annotated[tuple[Grant, ...], BeforeValidator(as_tuple)] = entry((), "grants from outside")
    extra_services: float | None = entry(
        None, "posts of services at the partners that money from outside pays", ge=0, le=10_000
    )


WORDS = tuple(Words.model_fields)
#: Those that hold a list of tables, or one table.
LISTED = ("invite", "grant")


class Changes(NamedTuple):
    """What a plan does to the base: fields from the start, events, and each of its words in a line."""

    settings: dict[str, Any]  #: by path, from month 1
    events: list[dict[str, Any]]  #: as in a scenario's file
    lines: list[str]  #: in plain English


def meant(words: Words, base: Scenario, roster: Roster, post: Mapping[str, float], currency: str) -> Changes:
    """Turn the words of a plan into what they mean for a base scenario, in which what the plan sets besides stands already.

    Args:
        words: of the plan.
        base: the scenario, with the plan's own fields and events.
        roster: who takes part.
        post: what a post of the backbone and of services costs a year, overhead included.
        currency: in which that is.

    Raises:
        InputError: nobody of that name, or a word that means nothing here.
    """
    changes = Changes({}, [], [])
    if words.meet is not None:
        times = MEETINGS[words.meet] if isinstance(words.meet, str) else float(words.meet)
        changes.settings[FREQUENCY] = times / MONTHS_A_YEAR
        often = words.meet if isinstance(words.meet, str) else f"{number(times)} times a year"
        changes.lines.append(f"partners who work together meet {often}")
    for word, months in (("invite", words.invite), ("grant", words.grant)):
        for first in (each.month if isinstance(each, Invitation) else each.from_month for each in months):
            if first > base.months:
                raise InputError(
                    f"{word}: month {first}: must be a month of the run, 1 to {base.months} (scenario.months)"
                )
    _membership(words, roster, base.months, changes)
    _posts(words, base, post, currency, changes)
    return changes


def plural_posts(posts: float) -> str:
    """Write a number of posts: "1 post", "2.5 posts"."""
    return f"{number(posts)} {'post' if posts == 1 else 'posts'}"


# --- who takes part -------------------------------------------------------------------------------------


def _membership(words: Words, roster: Roster, months: int, changes: Changes) -> None:
    everybody = range(len(roster.names))
    excluded = _rows(words.exclude, roster, "exclude")
    named = [_rows(each.partners, roster, "invite", others=True) for each in words.invite]
    starting = _rows(words.start_with, roster, "start_with")
    known = {row for rows in named for row in rows} | set(starting) | set(excluded)
    # Without start_with all are there at the start who are not invited later.
    there = set(starting) if words.start_with else set(everybody) - known
    joins: dict[int, int] = {}
    for each, rows in zip(words.invite, named, strict=True):
        others = [row for row in everybody if row not in known] if _asks_others(each.partners) else []
        group = sorted({*rows, *others} - set(excluded))
        if both := sorted(set(group) & there & set(starting)):
            raise InputError(f"invite: {roster.names[both[0]]} is there from the start already")
        if not group:
            raise InputError(
                f"invite: nobody is left to join in month {each.month}: all of them are excluded or named elsewhere"
            )
        there -= set(group)
        for place, row in enumerate(group):
            month = each.month + (place // each.at_a_time * each.every if each.at_a_time else 0)
            joins[row] = min(month, joins.get(row, month))
    if not there - set(excluded) and not joins:
        raise InputError("nobody takes part: all partners, or all who would start, are excluded")
    out = [row for row in everybody if row in excluded or row not in there]
    for row in out:
        changes.events.append({"month": 1, "organisation": roster.names[row], "set": {"member": False}})
    if late := [month for month in joins.values() if month > months]:
        names = f"{plural(len(late), 'partner')} would join after the last month of the run, {months}"
        raise InputError(f"invite: {names}: ask them sooner, or more at a time")
    for row, month in joins.items():
        if month > 1:
            changes.events.append({"month": month, "organisation": roster.names[row], "set": {"member": True}})
        else:
            changes.events.pop(out.index(row))
            out.remove(row)
    if words.start_with:
        changes.lines.append(
            f"starts with {len(there - set(excluded))} of {len(everybody)} partners{_names(words.start_with)}"
        )
    changes.lines.extend(_joining(joins))
    if excluded:
        changes.lines.append(f"without {_listed([roster.names[row] for row in sorted(excluded)])}")


def _joining(joins: Mapping[int, int]) -> Iterator[str]:
    """Say when how many partners join; months in which as many do stand together."""
    counts = sorted(Counter(joins.values()).items())
    for count, same in groupby(counts, key=lambda pair: pair[1]):
        *months, last = (str(month) for month, _ in same)
        when = f"each of the months {', '.join(months)} and {last}" if months else f"month {last}"
        yield f"{plural(count, 'partner')} {'joins' if count == 1 else 'join'} in {when}"


def _asks_others(who: Sequence[str]) -> bool:
    return any(name.lower() in OTHERS for name in who)


def _names(who: Sequence[str]) -> str:
    return f" ({_listed(who)})"


def _listed(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _rows(who: Sequence[str], roster: Roster, word: str, *, others: bool = False) -> list[int]:
    """Find partners by name, sector or size: their rows, in the order named."""
    rows: dict[int, None] = {}
    names, sectors = ([normalize("NFC", name) for name in listed] for listed in (roster.names, roster.sector_names))
    for name in (normalize("NFC", name) for name in who):
        if name.lower() in OTHERS and others:
            continue
        if sized := _LARGEST.fullmatch(name):
            rows |= dict.fromkeys(_by_size(int(sized[1]), sized[2].lower() == "largest", roster, word))
        elif name in names:
            rows[names.index(name)] = None
        elif name in sectors:
            sector = sectors.index(name)
            rows |= dict.fromkeys(map(int, np.flatnonzero(roster.sector == sector)))
        else:
            part = [known for known in [*names, *sectors] if name.casefold() in known.casefold()]
            hint = f"did you mean {part[0]}?" if len(part) == 1 else did_you_mean(name, [*names, *sectors], _WHO)
            raise InputError(f"{word} = {shown(name)}: no such partner or sector; {hint}")
    return list(rows)


def _by_size(count: int, largest: bool, roster: Roster, word: str) -> list[int]:
    size = roster.resources if not np.isnan(roster.resources).all() else roster.size_rank
    known = np.flatnonzero(~np.isnan(size))
    if not 1 <= count <= len(known):
        have = f"the staff of {len(known)} is known" if len(known) else "the files say nobody's staff"
        raise InputError(f"{word}: {count} by size: must be 1 to the number of partners whose staff is known ({have})")
    order = known[np.argsort(-size[known] if largest else size[known], kind="stable")]
    return [int(row) for row in order[:count]]


# --- posts ----------------------------------------------------------------------------------------------


def _posts(words: Words, base: Scenario, post: Mapping[str, float], currency: str, changes: Changes) -> None:
    """Turn grants and posts of services into fields over the months, each on top of what there is in that month besides."""
    own = {path: by_month(base, path, base.months) for path in (STAFF, OUTSIDE, SERVICES)}
    granted = {"backbone": np.zeros(base.months), "services": np.zeros(base.months)}
    for grant in words.grant:
        posts, first, last = grant.yearly / post[grant.pays], grant.from_month, grant.from_month + grant.months - 1
        granted[grant.pays][first - 1 : last] += posts
        what = "of services" if grant.pays == "services" else "of the backbone"
        changes.lines.append(
            f"a grant of {money(grant.yearly, currency)} a year pays {plural_posts(round(posts, 2))} {what}, "
            f"months {first} to {min(last, base.months)}"
        )
    if words.extra_services:
        granted["services"] += words.extra_services
        changes.lines.append(f"{plural_posts(words.extra_services)} more for services at the partners")
    # A grant stands beside staff of the backbone's own, in months in which it has some; else it pays all of them.
    alone = (own[STAFF] == 0.0) & (granted["backbone"] > 0.0)
    if alone.any():
        _set_over_months(SHARE, np.where(alone, 0.0, by_month(base, SHARE, base.months)), base, changes)
    for path, more in (
        (STAFF, np.where(alone, granted["backbone"], 0.0)),
        (OUTSIDE, np.where(alone, 0.0, granted["backbone"])),
        (SERVICES, granted["services"]),
    ):
        if more.any():
            _set_over_months(path, own[path] + more, base, changes)


def _set_over_months(path: str, values: NDArray[np.float64], base: Scenario, changes: Changes) -> None:
    """Set a field in each month in which it changes, and where an event of the base would set it otherwise."""
    told = {event.month for event in base.events if path in event.set}
    changes.settings[path] = float(values[0])
    for month in range(1, base.months + 1):
        if month in told or (month > 1 and values[month - 1] != values[month - 2]):
            changes.events.append({"month": month, "set": {path: float(values[month - 1])}})


# --- fields ---------------------------------------------------------------------------------------------


def short(info: FieldInfo) -> str:
    """Name a field in a few words: the beginning of its meaning."""
    return re.split(r"[;:(]", info.meaning, maxsplit=1)[0].strip()


def field_line(path: str, value: Any, before: Any) -> str:
    """Say in a line what a plan sets a field to."""
    info = find(path)
    name = short(info) if info else path
    unit = f" {info.unit}" if info and info.unit in {"FTE", "months", "count"} else ""
    was = "" if before == value else f" instead of {_in_words(before)}"
    return f"{name} {_in_words(value)}{unit}{was} ({path})"


def calendar_line(path: str, steps: Mapping[int, Any]) -> str:
    """Say in a line how a plan changes a field over the months."""
    info = find(path)
    name = short(info) if info else path
    return f"{name} {', '.join(f'{_in_words(value)} from month {month}' for month, value in steps.items())} ({path})"


def _in_words(value: Any) -> str:
    if value is None:
        return "not set"
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
