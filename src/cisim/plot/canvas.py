"""Figures outside pyplot, styles that survive grey, and descriptions in words, which all pictures share."""

from __future__ import annotations

import base64
import html
import io
import os
import re
import textwrap
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from cisim.errors import InputError, writing
from cisim.files import replace_file
from cisim.report.format import MONTHS_A_YEAR

#: The colours of Okabe & Ito (2008), without the yellow that paper swallows, in the order of use.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Beside the colours: strategies can be told apart by their lines, sectors by hatch and shape.
_DASHES = ((5, 2), (1, 1.2), (6, 2, 1, 2), (3, 1, 1, 1, 1, 1), (9, 3))
LINES: tuple[Any, ...] = ("-", *((0, dashes) for dashes in _DASHES), "-")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "oo", "++")
SHAPES = ("o", "s", "^", "D", "v", "P", "X")
INK, GREY, PALE = "#222222", "#666666", "#CCCCCC"
LONGEST_LABEL = 28
ENDINGS = (".png", ".svg", ".pdf")

_DESCRIPTIONS: WeakKeyDictionary[Axes, list[str]] = WeakKeyDictionary()


class Picture(Axes):
    """An Axes that shows its figure in Jupyter, with a text for who cannot see it."""

    def _repr_png_(self) -> bytes:
        image = io.BytesIO()
        _write(self, ".png", 100, image)
        return image.getvalue()

    def _repr_html_(self) -> str:
        image = base64.b64encode(self._repr_png_()).decode()
        return f'<img alt="{html.escape(describe(self), quote=True)}" src="data:image/png;base64,{image}">'


def axes_or_new(ax: Axes | None, width: float = 8.0, height: float = 4.5) -> Axes:
    """Return the Axes given, or a new one on a figure of its own, in inches."""
    if ax is None:
        ax = Figure(figsize=(width, height), layout="constrained", facecolor="white").add_subplot(axes_class=Picture)
    return ax


def figure_of(ax: Axes) -> Figure:
    """Return the whole figure that an Axes is part of."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise InputError("the Axes belongs to no figure any more")
    return figure


def _write(ax: Axes, ending: str, dpi: int, file: BinaryIO) -> None:
    """Write a figure with its description; the same picture is the same bytes."""
    # Without a date, and without the random names that an SVG's parts have if there is no salt.
    about: dict[str, dict[str, Any]] = {
        ".png": {"Description": describe(ax), "Software": None},
        ".svg": {"Description": describe(ax), "Date": None},
        ".pdf": {"Subject": describe(ax), "CreationDate": None},
    }
    with rc_context({"svg.hashsalt": "cisim"}):
        figure_of(ax).savefig(file, format=ending[1:], dpi=dpi, metadata=about[ending])


def save(ax: Axes, path: str | os.PathLike[str]) -> Path:
    """Write the figure of an Axes to a file that ends in .png, .svg or .pdf, with its description inside.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{target}: unknown ending {target.suffix!r}: must be one of {', '.join(ENDINGS)}")
    with writing(target):
        replace_file(target, partial(_write, ax, ending, 160))
    return target


def inline_svg(ax: Axes, name: str, title: str) -> str:
    """Write a figure as an SVG element that stands in an HTML page, with a title and its description for who cannot see it.

    Args:
        ax: of the figure.
        name: letters that begin every identifier in it, so that no two pictures of a page share one.
        title: what it is.
    """
    image = io.BytesIO()
    _write(ax, ".svg", 100, image)
    text = image.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\b(id="|xlink:href="#|url\(#)', rf"\1{name}-", text)
    text = re.sub(r' d="[^"]*"', _rounded, text)
    box = re.search(r'viewBox="[^"]*"', text)
    assert box is not None
    about = f"<title>{html.escape(title)}</title><desc>{html.escape(describe(ax))}</desc>"
    xlink = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    head = (
        f'<svg {xlink} {box[0]} role="img" aria-label="{html.escape(f"{title}. {describe(ax)}", quote=True)}">{about}'
    )
    return head + text[text.index(">") + 1 :]


def _rounded(path: re.Match[str]) -> str:
    """Write a path to hundredths of a point, which halves it."""
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", path[0])


def describe(ax: Axes) -> str:
    """Say in words what a picture of this module shows, for a screen reader or a caption; "" of any other Axes."""
    return " ".join(_DESCRIPTIONS.get(ax, []))


def add_description(ax: Axes, *sentences: str) -> None:
    """Add sentences to the description of a picture."""
    _DESCRIPTIONS.setdefault(ax, []).extend(sentences)


def plain(text: str) -> str:
    """Keep matplotlib from taking what stands between two dollar signs for a formula."""
    return text.replace("$", r"\$")


def shorten(text: str, longest: int = LONGEST_LABEL) -> str:
    """Shorten a text so that it fits into a picture."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def dress(ax: Axes) -> None:
    """Take away what carries no information."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(colors=INK, width=0.8)


def headline(ax: Axes, title: str, note: str) -> None:
    """Write what the picture shows above it, at the left, and how to read it, in smaller letters between."""
    ax.set_title(plain(title), loc="left", fontsize=12, fontweight="bold", color=INK, pad=21)
    ax.annotate(
        plain(note), (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points", fontsize=9,
        color=GREY, va="bottom",
    )  # fmt: skip


def year_axis(ax: Axes, months: int) -> None:
    """Dress the Axes, with months 0 to `months` along the horizontal axis, in years if there are two or more."""
    dress(ax)
    ax.set_xlim(0, max(months, 1))
    if months < 2 * MONTHS_A_YEAR:
        ax.xaxis.set_major_locator(MultipleLocator(max(1, -(-months // 12))))
        ax.set_xlabel("months since the founding")
        return
    step = next(step for step in (1, 2, 5, 10, 20, 50) if months <= 12 * step * MONTHS_A_YEAR or step == 50)
    ax.xaxis.set_major_locator(MultipleLocator(step * MONTHS_A_YEAR))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda month, _: f"{month / MONTHS_A_YEAR:g}"))
    ax.set_xlabel("years since the founding")


class End(NamedTuple):
    """The right end of a curve."""

    height: float
    text: str
    colour: str
    line: Any


def end_labels(ax: Axes, ends: Sequence[End], offset: float = 0.0) -> None:
    """Write each curve's name to the right of its end by `offset` of the width, behind a piece of its line; no two overlap."""
    low, high = ax.get_ylim()
    texts = [textwrap.fill(end.text, LONGEST_LABEL - 4, max_lines=3, placeholder=" …") for end in ends]
    # A line of text of this size takes about this share of the height.
    inches = figure_of(ax).get_size_inches()[1] * ax.get_position().height
    gap = 0.17 / max(inches, 0.5) * max((text.count("\n") + 1 for text in texts), default=1)
    heights, left = [(end.height - low) / (high - low) for end in ends], 1.01 + offset
    for end, text, height, moved in zip(ends, texts, heights, spread(heights, gap), strict=True):
        ax.plot(
            [left, left + 0.02, left + 0.06], [height, moved, moved], transform=ax.transAxes, clip_on=False,
            color=end.colour, linewidth=1.6, linestyle=end.line, solid_capstyle="butt",
        )  # fmt: skip
        ax.text(left + 0.07, moved, plain(text), transform=ax.transAxes, fontsize=10, va="center", color=INK)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move heights as little as needed so that any two are `gap` apart, in the same order."""
    order = np.argsort(heights, kind="stable")
    rising, steps = np.asarray(heights)[order], gap * np.arange(len(order))
    if (np.diff(rising) >= gap).all():
        return list(heights)
    from scipy.optimize import isotonic_regression  # takes a while to import

    moved = np.empty(len(order))
    moved[order] = isotonic_regression(rising - steps).x + steps
    return [float(height) for height in moved]
