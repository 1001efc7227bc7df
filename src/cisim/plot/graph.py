"""Who takes part in a coalition and who works with whom, at the founding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from cisim.plot.canvas import COLOURS, GREY, INK, PALE, SHAPES, axes_or_new, headline, label, tell
from cisim.report.format import number, plural
from cisim.seeds import check as check_seeds
from cisim.uncertainty import Floats

if TYPE_CHECKING:
    from cisim.coalition import Coalition
    from cisim.scenario import Scenario

#: Area of the largest organisation's mark, in square points, and of the smallest that can still be seen.
LARGEST, SMALLEST = 620.0, 24.0
#: Sectors that get a shape and colour of their own; more are drawn alike.
MOST_SECTORS = len(SHAPES) - 1
#: Up to so many organisations of a file are named in the picture.
MOST_NAMES = 60


def network(
    what: Coalition | Scenario, seed: int = 1, *, names: bool | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a coalition at its founding.

    An organisation's mark has an area in proportion to its resources, its shape and colour tell the sector. A
    line's width tells the strength of the tie; a dotted line is a latent tie, of two who could work together
    and do not yet.

    Args:
        what: a coalition as drawn, or a scenario whose coalition is drawn with `seed`.
        seed: of the run; without meaning for a coalition.
        names: whether to write the organisations' names; by default for a small coalition that comes from a
            file.
        ax: where to draw; a new figure by default.

    Returns:
        The Axes drawn on.

    Raises:
        InputError: the seed is out of range, or a file of the scenario is wrong.
    """
    coalition, named = _coalition(what, seed)
    count = len(coalition.names)
    places = _places(coalition)
    written = named if names is None else names
    ax = axes_or_new(ax, *((11.0, 8.0) if written else (8.0, 6.0)))
    _ties(ax, coalition, places)
    sectors = _marks(ax, coalition, places)
    if written:
        for name, place in zip(coalition.names, places, strict=True):
            ax.annotate(
                label(name), place, (0, -8), textcoords="offset points", ha="center", va="top", fontsize=7,
                color=INK, zorder=5, path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip
    ax.set_axis_off()
    ax.margins(0.06)
    ax.set_aspect("equal", adjustable="datalim")
    working = int((coalition.strength > 0).sum())
    latent = len(coalition.strength) - working
    headline(
        ax,
        "The coalition at its founding",
        f"{plural(count, 'organisation')}, {plural(working, 'tie')}, {plural(latent, 'latent tie')}",
    )
    _key(ax, coalition, sectors, latent > 0)
    tell(ax, *_told(coalition, working, latent))
    return ax


def _coalition(what: Coalition | Scenario, seed: int) -> tuple[Coalition, bool]:
    """The coalition, and whether its names are worth writing."""
    from cisim.coalition import draw, roster
    from cisim.scenario import Scenario

    if not isinstance(what, Scenario):
        return what, False
    check_seeds(seed, runs=1)
    members = roster(what)
    return draw(what, members, seed), not members.generated and len(members.names) <= MOST_NAMES


def _places(coalition: Coalition) -> Floats:
    """Where the organisations stand: partners near each other; who has no ties at all in rows below."""
    import networkx as nx  # takes half a second, and only this picture needs it

    count = len(coalition.names)
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    weights = np.maximum(coalition.strength, 0.05)  # a latent tie pulls a little
    graph.add_weighted_edges_from(
        zip(coalition.first.tolist(), coalition.second.tolist(), weights.tolist(), strict=True)
    )
    alone = [node for node, degree in graph.degree() if degree == 0]
    graph.remove_nodes_from(alone)
    places = np.zeros((count, 2))
    if len(graph):
        # A layout of ten thousand takes its time: fewer rounds then.
        rounds = int(np.clip(1.2e8 / len(graph) ** 2, 3, 120))
        spots = nx.spring_layout(graph, k=2.2 / np.sqrt(len(graph)), seed=1, iterations=rounds)
        for node, spot in spots.items():
            places[node] = spot
    bottom = places[list(graph), 1].min() if len(graph) else 0.0
    across = 12 if len(alone) <= 60 else int(np.ceil(np.sqrt(3 * len(alone))))
    for rank, node in enumerate(alone):
        places[node] = ((rank % across + 0.5) / across * 2 - 1, bottom - 0.25 - 0.12 * (rank // across))
    return places


def _ties(ax: Axes, coalition: Coalition, places: Floats) -> None:
    segments = np.stack([places[coalition.first], places[coalition.second]], axis=1)
    working = coalition.strength > 0
    ax.add_collection(
        LineCollection(
            list(segments[~working]), colors=PALE, linewidths=0.7, linestyles=(0, (1, 2)), zorder=1
        )
    )
    ax.add_collection(
        LineCollection(
            list(segments[working]),
            colors=GREY,
            linewidths=_width(coalition.strength[working]),
            alpha=0.75,
            zorder=2,
        )
    )


def _width(strength: Floats) -> Floats:
    return 0.3 + 2.9 * strength


def _marks(ax: Axes, coalition: Coalition, places: Floats) -> list[tuple[str, int]]:
    """Draw the organisations; return the sectors with their styles."""
    areas = _areas(coalition.resources, coalition.resources.max())
    counts = np.bincount(coalition.sector, minlength=len(coalition.sector_names))
    order = np.argsort(-counts, kind="stable")
    style = {int(sector): min(rank, MOST_SECTORS) for rank, sector in enumerate(order)}
    for sector, rank in style.items():
        rows = np.flatnonzero(coalition.sector == sector)
        if len(rows):
            ax.scatter(
                places[rows, 0], places[rows, 1], s=areas[rows], marker=SHAPES[rank], facecolor=COLOURS[rank],
                edgecolor="white", linewidth=0.8, zorder=3,
            )  # fmt: skip
    shown = [
        (coalition.sector_names[sector], rank)
        for sector, rank in style.items()
        if rank < MOST_SECTORS and counts[sector]
    ]
    rest = [sector for sector, rank in style.items() if rank == MOST_SECTORS and counts[sector]]
    if rest:
        shown.append(
            (
                coalition.sector_names[rest[0]] if len(rest) == 1 else f"{len(rest)} other sectors",
                MOST_SECTORS,
            )
        )
    return shown


def _areas(resources: Floats, largest: float) -> Floats:
    return np.maximum(SMALLEST, LARGEST * resources / largest)


def _key(ax: Axes, coalition: Coalition, sectors: list[tuple[str, int]], latent: bool) -> None:
    """What shapes, sizes and lines mean, at the right."""

    def mark(rank: int, size: float, text: str, colour: str) -> Line2D:
        return Line2D(
            [],
            [],
            linestyle="",
            marker=SHAPES[rank],
            markersize=size,
            color=colour,
            markeredgecolor="white",
            label=text,
        )

    handles = [mark(rank, 9, label(name), COLOURS[rank]) for name, rank in sectors]
    largest, middle = float(coalition.resources.max()), float(np.median(coalition.resources))
    for text, size in (("largest", largest), ("median", middle)):
        area = float(_areas(np.array([size]), largest)[0])
        handles.append(mark(0, float(np.sqrt(area)), f"{text}: {number(size)} FTE", PALE))
    for text, strength in (("strong tie", 1.0), ("weak tie", 0.2)):
        handles.append(Line2D([], [], color=GREY, linewidth=float(_width(np.array(strength))), label=text))
    if latent:
        handles.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (1, 2)), label="latent tie"))
    ax.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize=9,
        labelspacing=1.4,
        handletextpad=1.4,
        borderpad=1.4,
    )


def _told(coalition: Coalition, working: int, latent: int) -> list[str]:
    counts = np.bincount(coalition.sector, minlength=len(coalition.sector_names))
    sectors = ", ".join(
        f"{name} {count}" for name, count in zip(coalition.sector_names, counts, strict=True) if count
    )
    degree = np.bincount(
        np.concatenate([ends[coalition.strength > 0] for ends in (coalition.first, coalition.second)]),
        minlength=len(coalition.names),
    )
    most, largest = int(np.argmax(degree)), int(np.argmax(coalition.resources))
    return [
        f"Network of {plural(len(coalition.names), 'organisation')} at the founding, by sector: {sectors}.",
        f"{plural(working, 'working tie')} and {plural(latent, 'latent tie')}; an organisation has "
        f"{number(float(degree.mean()))} working ties on average, "
        f"{coalition.names[most]} has the most, {degree[most]}.",
        f"{coalition.names[largest]} is the largest with {number(float(coalition.resources[largest]))} FTE, "
        f"the median is "
        f"{number(float(np.median(coalition.resources)))} FTE.",
    ]
