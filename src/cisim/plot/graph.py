"""The network of a coalition at its founding: who takes part, and who works with whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from cisim.coalition import Coalition, Roster, draw, roster
from cisim.engine import checked_seeds
from cisim.plot import canvas
from cisim.report.format import number, plural
from cisim.scenario import Scenario
from cisim.uncertainty import Floats

#: Area of the largest organisation's mark, in square points, and of the smallest that can still be seen.
LARGEST, SMALLEST = 620.0, 24.0
#: Sectors that get a shape and colour of their own; more are drawn alike.
MOST_SECTORS = len(canvas.SHAPES) - 1
_DOTTED = (0, (1, 2))
#: Points between a mark's middle and its name.
_APART = 8.0


def network(
    coalition: Coalition | Scenario,
    seed: int = 1,
    *,
    names: bool | None = None,
    known: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a coalition at its founding.

    An organisation's mark has an area in proportion to its resources, its shape and colour show the sector. A line's width shows
    the strength of the tie; a dotted line is a latent tie, of two who could work together and do not yet.

    Args:
        coalition: as drawn, or a scenario whose coalition is drawn with `seed`.
        seed: of the run, a run seed; without meaning for a coalition.
        names: whether to write the organisations' names; by default for a small coalition that comes from a file.
        known: whether to leave out what is drawn by chance since the scenario's files do not give it: ties, their strengths, sizes.
        ax: where to draw; a new figure by default.

    Raises:
        InputError: the seed is out of range, or a file of the scenario is wrong.
    """
    unknown = ""
    if isinstance(coalition, Scenario):
        (seed,), members = checked_seeds([seed]), roster(coalition)
        if names is None:
            names = not members.generated and len(members.names) <= 60
        coalition = draw(coalition.settled(coalition.drawn(seed)), members, seed)
        if known:
            coalition, unknown = _as_known(coalition, members)
    positions = _positions(coalition)
    ax = canvas.axes_or_new(ax, *((11.0, 8.0) if names else (8.0, 6.0)))
    _draw_ties(ax, coalition, positions)
    sectors = _draw_organisations(ax, coalition, positions)
    ax.set_axis_off()
    ax.margins(0.06)
    ax.set_aspect("equal", adjustable="datalim")
    working = int((coalition.strength > 0).sum())
    latent = len(coalition.strength) - working
    counts = [
        (len(coalition.names), "organisation"),
        (working, "tie"),
        *[(latent, "latent tie")] * (latent > 0 or not known),
    ]
    title = "The coalition as its files have it" if known else "The coalition at its founding"
    canvas.headline(ax, title, ", ".join(plural(*count) for count in counts) + unknown)
    _draw_legend(ax, coalition, sectors, latent > 0)
    if names:
        _write_names(ax, coalition, positions)
    canvas.add_description(ax, *_in_words(coalition, working, latent))
    return ax


def _as_known(coalition: Coalition, members: Roster) -> tuple[Coalition, str]:
    """Keep the ties that the files give; say what they leave open, which is drawn as the middle of what is known."""
    ties = members.ties
    first, second, strength = (ties.first, ties.second, ties.given[:, 0]) if ties else (np.zeros(0, np.int64),) * 3
    without, small = int(np.isnan(strength).sum()), int(np.isnan(members.resources).sum())
    words = [f"strength of {plural(without, 'tie')}"] * (without > 0)
    words += [f"size of {plural(small, 'organisation')}"] * (small > 0)
    sizes = members.resources[~np.isnan(members.resources)]
    return replace(
        coalition,
        first=first,
        second=second,
        strength=np.where(np.isnan(strength), 0.5, strength),
        resources=np.where(np.isnan(members.resources), np.median(sizes) if len(sizes) else 1.0, members.resources),
    ), f"; not known, so drawn as the middle: {' and '.join(words)}" if words else ""


def _write_names(ax: Axes, coalition: Coalition, positions: Floats) -> None:
    """Write a name beside each mark, where it covers least of other names and marks."""
    texts = [
        ax.annotate(
            canvas.plain(canvas.shorten(name)), position, (0, 0), textcoords="offset points", ha="center", va="center", fontsize=7,
            color=canvas.INK, zorder=5, path_effects=[withStroke(linewidth=2, foreground="white")],
        ) for name, position in zip(coalition.names, positions, strict=True)
    ]  # fmt: skip
    figure = canvas.figure_of(ax)
    figure.draw_without_rendering()  # places are known from here on
    points = ax.transData.transform(positions) * 72 / figure.dpi
    extents = [text.get_window_extent() for text in texts]
    half = np.array([(each.width, each.height) for each in extents]) * 36 / figure.dpi
    radius = np.sqrt(_areas(coalition.resources, coalition.resources.max())) / 2
    # Below, above, at the sides, at the corners.
    sides = np.array([(0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1)], dtype=float)
    away = np.maximum(_APART / 2, radius)[:, None, None] + np.stack([half + 1] * len(sides), axis=1)
    away[:, 4:] -= radius[:, None, None] * 0.3  # corners of round marks are empty
    offsets = sides * away
    boxes, chosen = np.concatenate([half, np.stack([radius, radius], axis=1)]), np.zeros(len(points), np.int64)
    for index in [*range(len(points))] * 3:
        centres = np.concatenate([points + offsets[np.arange(len(points)), chosen], points])
        over = np.abs(centres[None] - (points[index] + offsets[index])[:, None])
        covered = np.clip(boxes[None] + half[index] - over, 0, None).prod(axis=2)
        covered[:, [index, len(points) + index]] = 0
        chosen[index] = np.argmin(covered.sum(axis=1) + 0.5 * np.arange(len(sides)))
    for text, offset in zip(texts, offsets[np.arange(len(points)), chosen], strict=True):
        text.set_position(tuple(offset))


def _positions(coalition: Coalition) -> Floats:
    """Place the organisations: partners near each other, those without any tie in rows below."""
    import networkx as nx  # takes half a second, and only this picture needs it

    count = len(coalition.names)
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    ties = (coalition.first, coalition.second, np.maximum(coalition.strength, 0.05))  # a latent tie pulls a little
    graph.add_weighted_edges_from(zip(*(column.tolist() for column in ties), strict=True))
    alone = list(nx.isolates(graph))
    graph.remove_nodes_from(alone)
    positions = np.zeros((count, 2))
    if len(graph):
        # A layout of ten thousand takes its time: fewer rounds then.
        rounds = int(np.clip(1.2e8 / len(graph) ** 2, 3, 120))
        layout = nx.spring_layout(graph, k=2.2 / np.sqrt(len(graph)), seed=1, iterations=rounds)
        positions[list(layout)] = list(layout.values())
    bottom = positions[list(graph), 1].min() if len(graph) else 0.0
    across = 12 if len(graph) and len(alone) <= 60 else int(np.ceil(np.sqrt(len(alone) * (3 if len(graph) else 1))))
    down = 0.12 if len(graph) else 1.5 / max(across, 1)
    for index, node in enumerate(alone):
        row, column = divmod(index, across)
        positions[node] = ((column + 0.5) / across * 2 - 1, bottom - 0.25 - down * row)
    return positions


def _draw_ties(ax: Axes, coalition: Coalition, positions: Floats) -> None:
    segments = np.stack([positions[coalition.first], positions[coalition.second]], axis=1)
    working = coalition.strength > 0
    latent, ties, widths = list(segments[~working]), list(segments[working]), _width(coalition.strength[working])
    ax.add_collection(LineCollection(latent, colors=canvas.PALE, linewidths=0.7, linestyles=_DOTTED, zorder=1))
    ax.add_collection(LineCollection(ties, colors=canvas.GREY, linewidths=widths, alpha=0.75, zorder=2))


def _width(strength: Floats | float) -> Any:
    return 0.3 + 2.9 * strength


def _draw_organisations(ax: Axes, coalition: Coalition, positions: Floats) -> list[tuple[str, int]]:
    """Draw the organisations; return the sectors with the index of their style, the largest first."""
    areas = _areas(coalition.resources, coalition.resources.max())
    counts = np.bincount(coalition.sector, minlength=len(coalition.sector_names))
    sectors: list[tuple[str, int]] = []
    for rank, sector in enumerate(np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]):
        style = min(rank, MOST_SECTORS)
        rows = np.flatnonzero(coalition.sector == sector)
        ax.scatter(
            positions[rows, 0], positions[rows, 1], s=areas[rows], marker=canvas.SHAPES[style],
            facecolor=canvas.COLOURS[style], edgecolor="white", linewidth=0.8, zorder=3,
        )  # fmt: skip
        sectors.append((coalition.sector_names[sector], style))
    rest = len(sectors) - MOST_SECTORS
    return sectors if rest < 2 else [*sectors[:MOST_SECTORS], (f"{rest} other sectors", MOST_SECTORS)]


def _areas(resources: Floats, largest: float) -> Floats:
    return np.maximum(SMALLEST, LARGEST * resources / largest)


def _draw_legend(ax: Axes, coalition: Coalition, sectors: list[tuple[str, int]], latent: bool) -> None:
    def mark(style: int, size: float, text: str, colour: str) -> Line2D:
        marker: dict[str, Any] = {"marker": canvas.SHAPES[style], "markersize": size, "markeredgecolor": "white"}
        return Line2D([], [], linestyle="", color=colour, label=text, **marker)

    handles = [mark(style, 9, canvas.plain(canvas.shorten(name)), canvas.COLOURS[style]) for name, style in sectors]
    sizes = np.array([coalition.resources.max(), np.median(coalition.resources)])
    for text, size, area in zip(("largest", "median"), sizes, _areas(sizes, sizes[0]), strict=True):
        handles.append(mark(0, np.sqrt(area), f"{text}: {number(size)} FTE", canvas.PALE))
    lines: list[tuple[str, float, Any]] = [("strong tie", _width(1.0), "-"), ("weak tie", _width(0.2), "-")]
    for text, width, line in [*lines, ("latent tie", 0.9, _DOTTED)] if latent else lines:
        handles.append(Line2D([], [], color=canvas.GREY, linewidth=width, linestyle=line, label=text))
    ax.legend(
        handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9,
        labelspacing=1.4, handletextpad=1.4, borderpad=1.4,
    )  # fmt: skip


def _in_words(coalition: Coalition, working: int, latent: int) -> list[str]:
    names, resources = coalition.names, coalition.resources
    counts = np.bincount(coalition.sector, minlength=len(coalition.sector_names))
    by_sector = ", ".join(f"{coalition.sector_names[index]} {counts[index]}" for index in np.flatnonzero(counts))
    at_work = coalition.strength > 0
    degree = np.bincount(np.concatenate([coalition.first[at_work], coalition.second[at_work]]), minlength=len(names))
    most, largest = int(np.argmax(degree)), int(np.argmax(resources))
    return [
        f"Network of {plural(len(names), 'organisation')} at the founding, by sector: {by_sector}.",
        f"{plural(working, 'working tie')} and {plural(latent, 'latent tie')}; an organisation has "
        f"{number(degree.mean())} working ties on average, {names[most]} has the most, {degree[most]}.",
        f"{names[largest]} is the largest with {number(resources[largest])} FTE, the median is "
        f"{number(float(np.median(resources)))} FTE.",
    ]
