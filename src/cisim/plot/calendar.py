"""What is on when: the five conditions over the months of a scenario, and its events."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from cisim.dynamics import stages
from cisim.plot.canvas import COLOURS, GREY, INK, axes_or_new, dress, headline, label, plain, tell, year_axis
from cisim.report.format import number
from cisim.uncertainty import Floats

if TYPE_CHECKING:
    from cisim.scenario import Event, Scenario

#: The dial that switches each of the five conditions on, with the condition's name.
CONDITIONS = {condition.switch: textwrap.fill(condition.title, 20) for condition in stages.CONDITIONS}
#: Told by the bars of other rows.
_SPANS = ("coalition.start", "coalition.end", "backbone.start", "backbone.end")
#: The unit of what is so or not.
YES = "yes"
#: Events that are written out below the picture.
MOST_EVENTS = 8
#: Other dials that events change and that get a row.
MOST_DIALS = 6
_WIDTH = 84


def timeline(scenario: Scenario, *, ax: Axes | None = None) -> Axes:
    """Draw the conditions over the months, as bars as high as the dial's value relative to its largest.

    Events at a month are numbered lines, told below; those that wait for a measure cannot be placed and are
    told too.

    Args:
        scenario: the scenario.
        ax: where to draw; a new figure by default.

    Returns:
        The Axes drawn on.
    """
    courses = dial_courses(scenario)
    marked = [
        event for event in scenario.events if event.month is not None and event.month <= scenario.months
    ]
    waiting = [event for event in scenario.events if event.month is None]
    told = [_told_event(event, count) for count, event in enumerate(_by_month(marked) + waiting, start=1)]
    ax = axes_or_new(ax, 8.0, 1.6 + 0.5 * (len(courses) + 1) + 0.17 * min(len(told), MOST_EVENTS))
    rows = {"coalition": _in_force(scenario).astype(np.float64), **courses}
    for place, (path, course) in enumerate(rows.items()):
        _row(
            ax,
            len(rows) - 1 - place,
            course,
            _unit(path),
            (*COLOURS[:6], GREY)[min(place, 6)],
            switch=place < 6,
        )
    dress(ax)
    year_axis(ax, scenario.months)
    ax.set_ylim(-0.15, len(rows) + 0.1)
    ax.set_yticks(
        [len(rows) - 1 - place + 0.35 for place in range(len(rows))],
        [plain(_row_name(path)) for path in rows],
    )
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    _mark_events(ax, marked)
    headline(
        ax,
        label(scenario.name, 70),
        "Bars: what is on when. Height: relative to the largest value of the row.",
    )
    _write_below(ax, told)
    tell(
        ax,
        f"Timeline of {scenario.name} over {scenario.months} months.",
        *(_told_row(path, course) for path, course in rows.items()),
    )
    tell(ax, *(f"Event {one}." for one in told))
    return ax


def dial_courses(scenario: Scenario) -> dict[str, Floats]:
    """The values in force of the dials that switch the conditions or that events change.

    Events that wait for a measure are left out: when they happen differs from run to run.

    Returns:
        By path, (months,): the value in months 1, 2, ...
    """
    changed = [
        path
        for event in scenario.events
        if event.month is not None and event.organisation is None
        for path in event.set
    ]
    others = [path for path in dict.fromkeys(changed) if path not in (*CONDITIONS, *_SPANS)]
    paths = [*CONDITIONS, *others[:MOST_DIALS]]
    values = {path: _course(scenario, path) for path in paths}
    force = _in_force(scenario)
    for path in CONDITIONS:
        values[path] = np.where(force, values[path], 0.0)
    first, last = _course(scenario, "backbone.start"), _course(scenario, "backbone.end")
    month = np.arange(1, scenario.months + 1)
    values["backbone.staff"] = np.where((month >= first) & (month <= last), values["backbone.staff"], 0.0)
    return values


def _course(scenario: Scenario, path: str) -> Floats:
    from cisim.scenario.compile import in_row

    course = np.full(scenario.months, in_row(path, scenario.value(path)))
    for event in scenario.events:
        if event.month is not None and event.organisation is None and path in event.set:
            course[event.month - 1 :] = in_row(path, event.set[path])
    return course


def _in_force(scenario: Scenario) -> np.ndarray[Any, np.dtype[np.bool_]]:
    month = np.arange(1, scenario.months + 1)
    return (month >= _course(scenario, "coalition.start")) & (month <= _course(scenario, "coalition.end"))


def _row(ax: Axes, bottom: int, course: Floats, unit: str, colour: str, *, switch: bool) -> None:
    """One dial: a bar for each stretch of months with one value; month m lies between m - 1 and m."""
    ax.axhline(bottom, color="#BBBBBB", linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    largest = np.abs(course).max()
    for start, end in _stretches(course):
        value = float(course[start])
        height = 0.72 * abs(value) / largest if largest else 0.0
        if value:
            ax.bar(
                start,
                height,
                end - start,
                bottom,
                align="edge",
                color=colour,
                alpha=0.4,
                edgecolor=colour,
                linewidth=1.2,
                zorder=2,
            )
        amount = "in force" if unit == YES else f"{number(value)} {unit}".strip()
        text = amount if value else "off" if switch else "0"
        _write(ax, start, end, bottom + 0.06, text, len(course), INK if value else GREY)


def _write(ax: Axes, start: int, end: int, height: float, text: str, months: int, colour: str) -> None:
    """Write a value at the beginning of its bar, or before its end if it would leave the picture."""
    if end - start < months / 40:
        return
    late = months - start < 0.011 * len(text) * months
    ax.text(
        end if late else start + months / 150, height, plain(text).replace("-", "\u2212"), ha="right" if late
        else "left", fontsize=8.5, color=colour, zorder=4, clip_on=True,
    )  # fmt: skip


def _stretches(course: Floats) -> list[tuple[int, int]]:
    """Where a value begins and ends."""
    changes = np.flatnonzero(np.diff(course)) + 1
    return list(pairwise([0, *changes.tolist(), len(course)]))


def _unit(path: str) -> str:
    from cisim.scenario import find

    if path == "coalition":
        return YES
    info = find(path)
    unit = info.unit if info else ""
    return "" if unit in {"share", "probability", "[0, 1]"} else unit


def _row_name(path: str) -> str:
    if path == "coalition":
        return "coalition"
    short = path.removeprefix("community.outcomes.")
    return (
        f"{CONDITIONS[path]} "
        if path in CONDITIONS
        else textwrap.fill(short, 22, max_lines=2, placeholder="…")
    )


def _by_month(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.month or 0)


def _mark_events(ax: Axes, events: Sequence[Event]) -> None:
    """A numbered line where an event happens; numbers of neighbours stand together."""
    numbers: dict[float, list[int]] = {}
    (_, last), (_, top) = ax.get_xlim(), ax.get_ylim()
    for count, event in enumerate(_by_month(events), start=1):
        month = (event.month or 1) - 1.0
        ax.axvline(month, color=INK, linewidth=1, linestyle=(0, (4, 2)), zorder=3)
        # Numbers that would hide each other stand together, over the first of their lines.
        near = max(numbers, default=-last)
        numbers.setdefault(near if month - near < last / 40 else month, []).append(count)
    for place, counts in numbers.items():
        text = str(counts[0]) if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"
        ax.text(
            place, top, text, fontsize=8, ha="center", va="center", color="white", zorder=5,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": INK, "edgecolor": "none"},
        )  # fmt: skip


def _write_below(ax: Axes, told: Sequence[str]) -> None:
    """The events in words, below the months."""
    lines = [
        textwrap.fill(text, _WIDTH, subsequent_indent="     ", max_lines=2, placeholder=" …")
        for text in told[:MOST_EVENTS]
    ]
    if len(told) > MOST_EVENTS:
        lines.append(f"and {len(told) - MOST_EVENTS} more")
    if lines:
        ax.set_xlabel("\n".join([ax.get_xlabel(), "", *map(plain, lines)]), loc="left", multialignment="left")


def _told_event(event: Event, count: int) -> str:
    """When, what, why."""
    if event.when is None:
        when = f"month {event.month}"
    else:
        bounds = [
            f"{word} {value:g}"
            for word, value in (("below", event.when.below), ("above", event.when.above))
            if value is not None
        ]
        when = f"when {event.when.measure} is {' or '.join(bounds)}" + (
            f" after month {event.when.after}" if event.when.after else ""
        )
    subject = f"{event.organisation}: " if event.organisation else ""
    sets = ", ".join(f"{path} = {_value(value)}" for path, value in event.set.items())
    return f"{count}  {when}: {subject}{sets}" + (f" ({event.why})" if event.why else "")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _told_row(path: str, course: Floats) -> str:
    name = _row_name(path).replace("\n", " ").strip()
    parts = [
        f"{_in_words(path, float(course[start]))} from month {start + 1} to {end}"
        for start, end in _stretches(course)
    ]
    return f"{name}: {'; '.join(parts)}."


def _in_words(path: str, value: float) -> str:
    if path == "coalition":
        return "on" if value else "off"
    return "off" if path in CONDITIONS and not value else number(value)
