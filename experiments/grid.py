"""Results of a factorial study by level of each factor, paired means, tables and pages, for the three readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.uncertainty import moments

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

#: A difference is called clear if it is this many standard errors from 0, and no smaller than `SMALLEST`.
CLEAR = 5.0
#: A tenth of a percentage point of the gap: less is of no interest, however sure.
SMALLEST = 0.001


@dataclass(frozen=True)
class Grid:
    """The results of a full factorial.

    Attributes:
        levels: the levels of each factor, in the order of the study's factors.
        values: of each measure and recorded month: (levels of each factor ..., replications).
    """

    levels: Mapping[str, tuple[float, ...]]
    values: Mapping[tuple[str, int], NDArray[np.float64]]

    @classmethod
    def of(cls, points: pd.DataFrame, runs: pd.DataFrame) -> Grid:
        """Take the two tables of a store apart.

        Args:
            points: `point`, and a column for each factor.
            runs: `point`, `replication`, `month`, `status`, and a column for each measure.
        """
        factors = [name for name in points.columns if name != "point"]
        levels = {name: tuple(sorted(float(value) for value in set(points[name]))) for name in factors}
        shape = [len(levels[name]) for name in factors]
        if len(points) != np.prod(shape) or points[factors].duplicated().any():
            raise ValueError("the points are no full factorial")
        if (runs["status"] == "failed").any():
            raise ValueError("there are runs that failed: cisim study why tells why")
        order = points.sort_values(factors)["point"]
        named = ("point", "replication", "seed", "identity", "month", "status", "ended")
        values = {}
        for month, of_month in runs.groupby("month"):
            for name in of_month.columns.difference(named):
                wide = of_month.pivot(index="point", columns="replication", values=name).loc[order]
                values[str(name), int(month)] = wide.to_numpy(dtype=float).reshape(*shape, -1)
        return cls(levels, values)

    def at(self, measure: str = "progress", month: int = 120, **chosen: float) -> NDArray[np.float64]:
        """Select a measure at some levels: (levels of the factors that are left ..., replications).

        Args:
            measure: one that was recorded.
            month: one that was recorded.
            chosen: the last part of a factor's name -> the level.
        """
        places: list[int | slice] = []
        for name, levels in self.levels.items():
            short = name.rpartition(".")[2]
            places.append(levels.index(chosen.pop(short)) if short in chosen else slice(None))
        if chosen:
            raise KeyError(f"no such factor: {', '.join(chosen)}")
        return self.values[measure, month][tuple(places)]

    def of_factor(self, short: str) -> tuple[float, ...]:
        """List the levels of the factor whose name ends so."""
        (levels,) = (known for name, known in self.levels.items() if name.rpartition(".")[2] == short)
        return levels


class Mean(NamedTuple):
    """A mean over replications and its standard error."""

    mean: float
    error: float

    @property
    def clear(self) -> bool:
        """Whether it differs from 0 clearly enough to be named."""
        return abs(self.mean) > max(CLEAR * self.error, SMALLEST)

    def points(self) -> str:
        """Write a difference in percentage points of the gap."""
        whole = f"{100 * self.mean:+.2f}".replace("-", "−")
        return f"{'0.00' if whole[1:] == '0.00' else whole} ± {100 * self.error:.2f}"

    def share(self) -> str:
        """Write a share in per cent."""
        return f"{100 * self.mean:.1f} ± {100 * self.error:.1f}"


def mean(values: NDArray[np.float64]) -> Mean:
    """Average over the replications, (replications,); those without a value are left out.

    Differences are taken before, run by run: with the same seeds at all points that makes their errors small.
    """
    of = moments(values)
    return Mean(float(of.mean), float(of.standard_error))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table in Markdown; numbers stand at the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def listed(names: Sequence[str], none: str = "none") -> str:
    """Write names in a sentence."""
    if len(names) < 2:
        return names[0] if names else none
    return f"{', '.join(names[:-1])} and {names[-1]}"


def renewed(page: str, parts: Mapping[str, str]) -> str:
    """Renew the parts of a page between `<!-- begin NAME -->` and `<!-- end NAME -->`."""
    for name, text in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise LookupError(f"the page needs one {begin} and one {end}")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
    return page


# --- pictures ---------------------------------------------------------------------------------------------


def panels(
    rows: int, columns: int, width: float, height: float, *, share: bool = True
) -> tuple[Figure, NDArray[np.object_]]:
    """Make a figure with panels in the style of cisim's pictures, in inches; those of a row share their vertical axis."""
    from matplotlib.figure import Figure

    from cisim.plot.canvas import dress

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.subplots(rows, columns, squeeze=False, sharey="row" if share else False)
    for ax in axes.flat:
        dress(ax)
    return figure, axes


def course(
    ax: Axes, x: Sequence[float], values: NDArray[np.float64], style: int, text: str, percent: bool = True
) -> None:
    """Draw a curve with a band of two standard errors on each side; values are (places, replications)."""
    from cisim.plot.canvas import COLOURS, LINES, SHAPES

    of = moments(values.T)
    scale = 100.0 if percent else 1.0
    middle, error = scale * of.mean, scale * of.standard_error
    ax.fill_between(x, middle - 2 * error, middle + 2 * error, color=COLOURS[style], alpha=0.2, linewidth=0)
    ax.plot(
        x, middle, color=COLOURS[style], linestyle=LINES[style], marker=SHAPES[style], markersize=4.5,
        linewidth=1.6, label=text,
    )  # fmt: skip
