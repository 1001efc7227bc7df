"""Draw docs/figures/month.svg: the month as a table of stages, and what each reads and changes.

Run `python docs/figures/month.py`; the same matplotlib gives the same bytes. With a path ending in .png it
draws that file instead.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

from cisim.dynamics.stages import CONDITIONS, STAGES

TITLE = "The month of a coalition"
INK, FAINT, BAND = "#1a1a1a", "#8c8c8c", "#f2f2f2"


class Marks(NamedTuple):
    """The looks of one row of the table."""

    colour: str
    reads: str  # keys of COLUMNS
    changes: str
    backbone: str = ""


# Okabe & Ito's colours, lightened for text: told apart by the colour-blind, and the words say the same.
MARKS = {
    "disturb": Marks("#d9d9d9", "m$rTAk", "mG$rTAk", "engage*,\nmeasure*, align*"),
    "communicate": Marks("#a9d6f0", "mGkwTgAs", "gATws", "engage, weave,\ncapacity"),
    "measure": Marks("#f5cf7f", "mrwYB", "Bo", "measure"),
    "agree": Marks("#8fd3bd", "mkrBGAgYe", "GAg"),
    "act": Marks("#e7b3cf", "m$rosqkwTgBx", "Fx", "align"),
    "progress": Marks("#d9d9d9", "mFYe", "Ye", "engage, will"),
    "commit": Marks("#d9d9d9", "mTwAGgBok", "k"),
    "build": Marks("#d9d9d9", "mkBq", "q$", "capacity, fund"),
}
TITLES = {condition.name: condition.title for condition in CONDITIONS}
BACKBONE = "#f6c3a5"


class Column(NamedTuple):
    """A thing that a stage reads or changes."""

    key: str
    name: str
    symbol: str


COLUMNS = (
    Column("m", "members", ""),
    Column("G", "common agenda", "$G$"),
    Column("$", "levy, grants", ""),
    Column("r", "resources", "$r_i$"),
    Column("o", "overhead", "$o_i$"),
    Column("w", "ties", "$w_e$"),
    Column("T", "trust", "$T_{ij}$"),
    Column("g", "goals", "$g_i$"),
    Column("A", "awareness", "$A_i$"),
    Column("s", "practice", "$s_i$"),
    Column("B", "beliefs", "$B_{id}$"),
    Column("x", "mix of roles", "$x_{i\\ell}$"),
    Column("k", "commitment", "$k_i$"),
    Column("q", "capacity", "$q_i$"),
    Column("F", "effort that counts", "$F_d$"),
    Column("Y", "indicators", "$Y_d$"),
    Column("e", "engagement", "$\\epsilon_h$"),
)
GROUPS = (
    ("the coalition", 0, 3),
    ("effort", 3, 5),
    ("between two", 5, 7),
    ("each organisation", 7, 14),
    ("the community", 14, 17),
)

LEFT, TOP, STEP, HEIGHT = 4.15, 0.0, 0.52, 0.92
RIGHT = LEFT + STEP * len(COLUMNS)


def column_x(place: int) -> float:
    """Compute the middle of a column."""
    return LEFT + STEP * (place + 0.5)


def row_y(place: int) -> float:
    """Compute the middle of a row."""
    return TOP - HEIGHT * (place + 0.5)


def draw_stages(axes: Axes) -> None:
    """Draw the boxes of the stages, from top to bottom, and the way back to the next month."""
    for number, stage in enumerate(STAGES):
        y = row_y(number)
        box = FancyBboxPatch(
            (0.55, y - 0.34),
            3.35,
            0.68,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=MARKS[stage.name].colour,
            edgecolor=INK,
        )
        axes.add_patch(box)
        axes.text(0.72, y, str(number), fontsize=15, fontweight="bold", va="center", color=INK)
        axes.text(1.05, y, stage.name, fontsize=11, fontweight="bold", va="center", color=INK)
        words = fill(TITLES.get(stage.condition, stage.meaning), 20)
        axes.text(3.82, y, words, fontsize=7.5, va="center", ha="right", color=INK, linespacing=1.15)
        arrow(axes, (1.2, y - 0.35), (1.2, y - HEIGHT + 0.35))
    y = row_y(len(STAGES)) + 0.12
    axes.add_patch(
        FancyBboxPatch(
            (0.55, y - 0.22),
            3.35,
            0.44,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor="white",
            edgecolor=INK,
        )
    )
    axes.text(1.05, y, "record the month", fontsize=10, va="center", color=INK)
    axes.plot([0.55, 0.2, 0.2], [y, y, row_y(0)], color=INK, linewidth=1.3, solid_joinstyle="miter")
    arrow(axes, (0.2, row_y(0)), (0.54, row_y(0)))
    axes.text(
        0.05, (y + row_y(0)) / 2, "next month", fontsize=8.5, rotation=90, va="center", ha="right", color=INK
    )


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow between two points."""
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=10, color=INK, linewidth=1.3, shrinkA=0, shrinkB=0
        )
    )


def draw_table(axes: Axes) -> None:
    """Draw bands, heads of the columns, and one mark for each thing that a stage reads or changes."""
    bottom = TOP - HEIGHT * len(STAGES)
    for name, first, end in GROUPS:
        x, width = LEFT + STEP * first, STEP * (end - first)
        axes.add_patch(
            Rectangle(
                (x + 0.04, bottom), width - 0.08, TOP - bottom, facecolor=BAND, edgecolor="none", zorder=0
            )
        )
        axes.plot([x + 0.06, x + width - 0.06], [TOP + 2.0] * 2, color=INK, linewidth=1)
        words = name if end - first > 3 else name.replace(" ", "\n", 1)
        axes.text(
            x + width / 2,
            TOP + 2.08,
            words,
            fontsize=8.5,
            ha="center",
            va="bottom",
            color=INK,
            linespacing=1.05,
        )
    for place, column in enumerate(COLUMNS):
        x = column_x(place)
        axes.text(x, TOP + 0.42, column.name, fontsize=8.5, rotation=90, ha="center", va="bottom", color=INK)
        axes.text(x, TOP + 0.2, column.symbol, fontsize=9.5, ha="center", va="center", color=INK)
    for row, stage in enumerate(STAGES):
        y = row_y(row)
        axes.plot([LEFT, RIGHT], [y, y], color=FAINT, linewidth=0.5, zorder=1)
        for place, column in enumerate(COLUMNS):
            marks = MARKS[stage.name]
            mark(
                axes, column_x(place), y, reads=column.key in marks.reads, changes=column.key in marks.changes
            )
    draw_backbone(axes)


def draw_backbone(axes: Axes) -> None:
    """Draw the backbone beside the table, with the function that works in each stage."""
    x, bottom, top = RIGHT + 0.2, TOP - HEIGHT * len(STAGES), TOP + 0.95
    axes.add_patch(
        FancyBboxPatch(
            (x, bottom),
            1.6,
            top - bottom,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=BACKBONE,
            edgecolor=INK,
        )
    )
    axes.text(
        x + 0.8,
        TOP + 0.45,
        "backbone\norganization",
        fontsize=10,
        ha="center",
        va="center",
        fontweight="bold",
        color=INK,
    )
    for row, stage in enumerate(STAGES):
        y, words = row_y(row), MARKS[stage.name].backbone
        if words:
            arrow(axes, (x - 0.02, y), (RIGHT + 0.02, y))
            axes.text(x + 0.8, y, words, fontsize=9, ha="center", va="center", color=INK)
    y = row_y(len(STAGES)) + 0.12
    axes.text(x + 0.8, y, "* of last month", fontsize=8, ha="center", va="center", color=INK)


def mark(axes: Axes, x: float, y: float, *, reads: bool, changes: bool) -> None:
    """Draw a ring for what is read, a disc for what is changed, a disc in a ring for both."""
    if reads:
        axes.add_patch(Circle((x, y), 0.17, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=2))
    if changes:
        axes.add_patch(Circle((x, y), 0.1 if reads else 0.13, facecolor=INK, edgecolor="none", zorder=3))


def draw_legend(axes: Axes) -> None:
    """Explain the marks."""
    y = row_y(len(STAGES)) + 0.12
    for x, reads, changes, words in (
        (LEFT + 0.26, True, False, "read"),
        (LEFT + 1.3, True, True, "read and changed"),
        (LEFT + 3.38, False, True, "changed, whatever it was"),
    ):
        mark(axes, x, y, reads=reads, changes=changes)
        axes.text(x + 0.27, y, words, fontsize=8.5, va="center", color=INK)


def draw() -> Figure:
    """Draw it all."""
    figure = Figure(figsize=(11.0, 8.3), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(-0.3, RIGHT + 2.0)
    axes.set_ylim(row_y(len(STAGES)) - 0.35, TOP + 2.6)
    axes.set_aspect("equal")
    axes.axis("off")
    draw_stages(axes)
    draw_table(axes)
    draw_legend(axes)
    return figure


def main() -> None:
    """Write the drawing."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".svg")
    with mpl.rc_context(
        {"svg.hashsalt": "cisim", "font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans"}
    ):
        if target.suffix == ".svg":
            draw().savefig(target, metadata={"Title": TITLE, "Date": None, "Creator": None})
        else:
            draw().savefig(target, dpi=110)


if __name__ == "__main__":
    main()
