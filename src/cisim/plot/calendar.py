"""The calendar of a scenario: the five conditions over its months, and its events."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from cisim.dynamics import stages
from cisim.plot import canvas
from cisim.report.format import number, setting
from cisim.scenario import Event, Scenario, find
from cisim.scenario.compile import in_row
from cisim.uncertainty import Floats

#: The dial that switches each of the five conditions on, with the condition's name.
CONDITIONS = {condition.switch: textwrap.fill(condition.title, 20) for condition in stages.CONDITIONS}
#: The row that shows when the coalition exists.
COALITION = "coalition"
#: Events that are written out below the picture; other dials that events change and that get a row.
MOST_EVENTS, MOST_DIALS = 8, 6


def timeline(scenario: Scenario, *, ax: Axes | None = None) -> Axes:
    """Draw the conditions of a scenario over the months, as bars as high as the dial's value relative to its largest.

    Events at a month are numbered lines, described below; those that wait for a measure cannot be placed and are only described.
    """
    dated = [event for event in scenario.events if event.month is not None and event.month <= scenario.months]
    dated.sort(key=lambda event: event.month or 0)
    waiting = [event for event in scenario.events if event.month is None]
    events = [_event_in_words(event, count) for count, event in enumerate(dated + waiting, start=1)]
    rows = {COALITION: _in_force(scenario, "coalition"), **dial_courses(scenario)}
    ax = canvas.axes_or_new(ax, 8.0, 1.6 + 0.5 * len(rows) + 0.17 * min(len(events), MOST_EVENTS))
    bottoms = range(len(rows) - 1, -1, -1)
    colours = [*canvas.COLOURS[:6], *[canvas.GREY] * len(rows)]
    for bottom, (path, course), colour in zip(bottoms, rows.items(), colours, strict=False):
        _draw_row(ax, bottom, path, course, colour)
    canvas.year_axis(ax, scenario.months)
    ax.set_ylim(-0.15, len(rows) + 0.1)
    ax.set_yticks([bottom + 0.35 for bottom in bottoms], [canvas.plain(_row_name(path)) for path in rows])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    _mark_events(ax, dated)
    note = "Bars: what is on when. Height: relative to the largest value of the row."
    canvas.headline(ax, canvas.shorten(scenario.name, 70), note)
    _write_below(ax, events)
    about = f"Timeline of {scenario.name} over {scenario.months} months."
    canvas.add_description(ax, about, *(_row_in_words(path, course) for path, course in rows.items()))
    canvas.add_description(ax, *(f"Event {event}." for event in events))
    return ax


def dial_courses(scenario: Scenario) -> dict[str, Floats]:
    """Compute the values in force in months 1, 2, ... of the dials that switch the conditions or that events change, by path.

    Events that wait for a measure are left out: when they happen differs from run to run.
    """
    changed = dict.fromkeys(path for event in _dated(scenario) for path in event.set)
    spans = ("coalition.start", "coalition.end", "backbone.start", "backbone.end")  # the bars of other rows show them
    others = [path for path in changed if path not in (*CONDITIONS, *spans)]
    values = {path: _course(scenario, path) for path in (*CONDITIONS, *others[:MOST_DIALS])}
    for path in CONDITIONS:
        values[path] *= _in_force(scenario, "coalition")
    values["backbone.staff"] *= _in_force(scenario, "backbone")
    return values


def _dated(scenario: Scenario) -> list[Event]:
    """List the events that change dials at a known month."""
    return [event for event in scenario.events if event.month is not None and event.organisation is None]


def _course(scenario: Scenario, path: str) -> Floats:
    """Compute the value of a dial in each month."""
    course = np.full(scenario.months, in_row(path, scenario.value(path)))
    for event in _dated(scenario):
        if path in event.set:
            course[(event.month or 1) - 1 :] = in_row(path, event.set[path])
    return course


def _in_force(scenario: Scenario, section: str) -> Floats:
    """Mark the months from a section's start to its end by 1, the others by 0."""
    month = np.arange(1, scenario.months + 1)
    start, end = (_course(scenario, f"{section}.{edge}") for edge in ("start", "end"))
    return np.where((month >= start) & (month <= end), 1.0, 0.0)


def _draw_row(ax: Axes, bottom: int, path: str, course: Floats, colour: str) -> None:
    """Draw a bar for each stretch of months with one value; month m lies between m - 1 and m."""
    ax.axhline(bottom, color="#BBBBBB", linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    months, largest, info = len(course), np.abs(course).max(), find(path)
    unit = "" if info is None or info.unit in {"share", "probability", "[0, 1]"} else info.unit
    for start, end in _stretches(course):
        value = float(course[start])
        if value:
            ax.bar(
                start, 0.72 * abs(value) / largest, end - start, bottom, align="edge", color=colour, alpha=0.4,
                edgecolor=colour, linewidth=1.2, zorder=2,
            )  # fmt: skip
            text = "in force" if path == COALITION else f"{number(value)} {unit}".strip()
        else:
            text = "off" if path in (COALITION, *CONDITIONS) else "0"
        if end - start < months / 40:
            continue
        # The value stands at the beginning of its bar, or before its end if it would leave the picture.
        late = months - start < 0.011 * len(text) * months
        left, side = (end, "right") if late else (start + months / 150, "left")
        ax.text(
            left, bottom + 0.06, canvas.plain(text).replace("-", "\u2212"), ha=side, fontsize=8.5,
            color=canvas.INK if value else canvas.GREY, zorder=4, clip_on=True,
        )  # fmt: skip


def _stretches(course: Floats) -> list[tuple[int, int]]:
    """List the stretches of months with one value: first month, and the month after the last."""
    return list(pairwise([0, *(np.flatnonzero(np.diff(course)) + 1).tolist(), len(course)]))


def _row_name(path: str) -> str:
    if path in CONDITIONS:
        return f"{CONDITIONS[path]} "
    return textwrap.fill(path.removeprefix("community.outcomes."), 22, max_lines=2, placeholder="…")


def _mark_events(ax: Axes, events: Sequence[Event]) -> None:
    numbers: dict[float, list[int]] = {}
    (_, last), (_, top) = ax.get_xlim(), ax.get_ylim()
    for count, event in enumerate(events, start=1):
        month = (event.month or 1) - 1.0
        ax.axvline(month, color=canvas.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=3)
        # Numbers that would hide each other stand together, over the first of their lines.
        near = max(numbers, default=-last)
        numbers.setdefault(near if month - near < last / 40 else month, []).append(count)
    for month, counts in numbers.items():
        text = str(counts[0]) if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"
        ax.text(
            month, top, text, fontsize=8, ha="center", va="center", color="white", zorder=5,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": canvas.INK, "edgecolor": "none"},
        )  # fmt: skip


def _write_below(ax: Axes, events: Sequence[str]) -> None:
    fill = partial(textwrap.fill, width=84, subsequent_indent="     ", max_lines=2, placeholder=" …")
    lines = [fill(event) for event in events[:MOST_EVENTS]]
    if len(events) > MOST_EVENTS:
        lines.append(f"and {len(events) - MOST_EVENTS} more")
    if lines:
        ax.set_xlabel("\n".join([ax.get_xlabel(), "", *map(canvas.plain, lines)]), loc="left", multialignment="left")


def _event_in_words(event: Event, count: int) -> str:
    when = f"month {event.month}"
    if event.when is not None:
        ends = (("below", event.when.below), ("above", event.when.above))
        bounds = " or ".join(f"{word} {value:g}" for word, value in ends if value is not None)
        after = f" after month {event.when.after}" if event.when.after else ""
        when = f"when {event.when.measure} is {bounds}{after}"
    subject = f"{event.organisation}: " if event.organisation else ""
    sets = ", ".join(f"{path} = {setting(value)}" for path, value in event.set.items())
    return f"{count}  {when}: {subject}{sets}" + (f" ({event.why})" if event.why else "")


def _row_in_words(path: str, course: Floats) -> str:
    parts = []
    for start, end in _stretches(course):
        value = float(course[start])
        text = "off" if not value and path in (COALITION, *CONDITIONS) else "on" if path == COALITION else number(value)
        parts.append(f"{text} from month {start + 1} to {end}")
    return _row_name(path).replace("\n", " ").strip() + f": {'; '.join(parts)}."
