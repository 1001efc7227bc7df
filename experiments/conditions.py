"""Reading of the study of the five conditions: main effects and interactions, by the effort that an outcome takes."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from grid import Grid, Mean, listed, mean, panels, table

from cisim.analysis.synergy import cell, pure
from cisim.analysis.synergy import contrast as contrast_by_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

NAMES = ("agenda", "measurement", "activities", "communication", "backbone")
DEFAULT = 2.3


def contrast(cells: NDArray[np.float64], among: tuple[int, ...]) -> Mean:
    """Average how a set of conditions works together, over all combinations of the others."""
    return mean(contrast_by_run(cells, among))


def called(among: tuple[int, ...]) -> str:
    """Name a set of conditions."""
    return " × ".join(NAMES[place] for place in among)


class Reading:
    """Numbers of the study.

    Args:
        grid: its results.
    """

    def __init__(self, grid: Grid) -> None:
        self.thresholds = grid.of_factor("threshold")
        self.cells = {threshold: grid.at(threshold=threshold) for threshold in self.thresholds}
        self.alone = {place: (place,) for place in range(5)}
        self.pairs = list(combinations(range(5), 2))

    def effects(self, among: tuple[int, ...]) -> list[Mean]:
        """Estimate the effect of a set of conditions, by threshold."""
        return [contrast(self.cells[threshold], among) for threshold in self.thresholds]

    def steady(self, size: int, sign: int) -> list[tuple[int, ...]]:
        """List the sets whose interaction is clear and of one sign at all thresholds, the largest at the default first."""
        found = [
            among
            for among in combinations(range(5), size)
            if all(effect.clear and effect.mean * sign > 0 for effect in self.effects(among))
        ]
        return sorted(found, key=lambda among: -abs(contrast(self.cells[DEFAULT], among).mean))

    def short(self) -> str:
        """Write the answer in a few sentences."""
        gains, weaken = self.steady(2, 1), self.steady(2, -1)
        rest = [pair for pair in self.pairs if pair not in gains and pair not in weaken]
        cells = self.cells[DEFAULT]
        together = mean(cell(cells, (0, 1, 2, 3, 4)) - cell(cells, ()))
        singly = mean(sum(pure(cells, (place,)) for place in range(5)))

        def told(pairs: list[tuple[int, ...]]) -> str:
            return listed([f"{called(pair)} ({contrast(cells, pair).points()})" for pair in pairs])

        return "\n".join(
            [
                f"Present together, the five bring {together.points()} percentage points of the gap over none of them; "
                f"the five gains of each one alone sum to {singly.points()}.",
                f"**These pairs reinforce one another** at all three thresholds, the strongest first: {told(gains)}.",
                f"**These get in one another's way** at all three: {told(weaken)}.",
                f"No answer that holds at all three: {told(rest)}.",
                "In brackets stands how many percentage points more one of the pair brings when the other is there, at the "
                f"default threshold, averaged over the other three conditions, ± one standard error over {cells.shape[-1]} "
                "paired runs.",
            ]
        )

    def together(self) -> str:
        """Write what all five bring, and what they would if they simply added up."""
        rows = []
        for threshold, cells in self.cells.items():
            none, full = cell(cells, ()), cell(cells, (0, 1, 2, 3, 4))
            singly = sum(pure(cells, (place,)) for place in range(5))
            rows.append(
                (
                    self.threshold(threshold), mean(none).share(), mean(full).share(), mean(full - none).points(),
                    mean(singly).points(), mean(full - none - singly).points(),
                )
            )  # fmt: skip
        head = (
            "threshold",
            "none, %",
            "all five, %",
            "gain of all five",
            "five gains alone, summed",
            "reinforcement",
        )
        return table(head, rows)

    @staticmethod
    def threshold(value: float) -> str:
        """Name a threshold."""
        return f"{value:g}" + (" (default)" if value == DEFAULT else "")

    def main(self) -> str:
        """Write main effects, and at the default what a condition brings first and last."""
        cells, everyone = self.cells[DEFAULT], (0, 1, 2, 3, 4)
        rows = []
        for place, name in enumerate(NAMES):
            others = tuple(one for one in everyone if one != place)
            rows.append(
                (
                    name,
                    *(effect.points() for effect in self.effects((place,))),
                    mean(pure(cells, (place,))).points(),
                    mean(cell(cells, everyone) - cell(cells, others)).points(),
                )
            )
        averages = (f"average, threshold {threshold:g}" for threshold in self.thresholds)
        return table(("condition", *averages, "alone, default", "added last, default"), rows)

    def interactions(self, size: int) -> str:
        """Write interactions of so many conditions, by threshold; the largest at the default first."""
        sets = sorted(
            combinations(range(5), size), key=lambda among: -contrast(self.cells[DEFAULT], among).mean
        )
        rows = [(called(among), *(effect.points() for effect in self.effects(among))) for among in sets]
        return table(("conditions", *(f"threshold {threshold:g}" for threshold in self.thresholds)), rows)

    def orders(self) -> str:
        """Write the gain of all five, taken apart by how many conditions it needs."""
        words = ("each alone", "pairs", "threes", "fours", "all five")
        rows = []
        for size, word in enumerate(words, 1):
            sums = (
                mean(sum(pure(cells, among) for among in combinations(range(5), size)))
                for cells in self.cells.values()
            )
            rows.append((word, *(one.points() for one in sums)))
        whole = (mean(cell(cells, (0, 1, 2, 3, 4)) - cell(cells, ())) for cells in self.cells.values())
        rows.append(("**sum: the gain of all five**", *(one.points() for one in whole)))
        return table(("what needs", *(f"threshold {threshold:g}" for threshold in self.thresholds)), rows)

    def parts(self) -> dict[str, str]:
        """Make the parts of the page, by name."""
        return {
            "short": self.short(),
            "together": self.together(),
            "main": self.main(),
            "pairs": self.interactions(2),
            "threes": self.interactions(3),
            "orders": self.orders(),
        }

    def picture(self) -> tuple[Figure, str]:
        """Draw main effects and interactions of pairs as points with bars, and describe the picture."""
        from cisim.plot.canvas import COLOURS, GREY, SHAPES

        figure, axes = panels(1, 2, 9.6, 4.6, share=False)
        pairs = sorted(self.pairs, key=lambda pair: contrast(self.cells[DEFAULT], pair).mean)
        mains = sorted(self.alone.values(), key=lambda one: contrast(self.cells[DEFAULT], one).mean)
        for ax, sets, title in zip(
            axes.flat,
            (mains, pairs),
            ("Main effects at month 120", "Interactions of pairs at month 120"),
            strict=True,
        ):
            ax.axvline(0, color=GREY, linewidth=0.8)
            for style, threshold in enumerate(self.thresholds):
                effects = [contrast(self.cells[threshold], among) for among in sets]
                ax.errorbar(
                    [100 * effect.mean for effect in effects],
                    np.arange(len(sets)) + 0.22 * (1 - style),
                    xerr=[200 * effect.error for effect in effects],
                    color=COLOURS[style], marker=SHAPES[style], linestyle="none", markersize=5, capsize=2,
                    label=f"threshold {self.threshold(threshold)}",
                )  # fmt: skip
            ax.set_yticks(range(len(sets)), [called(among) for among in sets])
            ax.set_title(title, loc="left", fontsize=11, fontweight="bold")
            ax.set_xlabel("percentage points of the gap")
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(self.thresholds),
            frameon=False, fontsize=9,
        )  # fmt: skip
        return figure, self.told(mains, pairs)

    def told(self, mains: list[tuple[int, ...]], pairs: list[tuple[int, ...]]) -> str:
        """Describe the picture; both are in the order of the default threshold."""
        first = {
            called(max(self.alone.values(), key=lambda one: contrast(cells, one).mean))
            for cells in self.cells.values()
        }
        below = [called(pair) for pair in self.steady(2, -1)]
        return (
            "Two panels of points with bars of two standard errors, in percentage points of the gap at month 120, for "
            f"{len(self.thresholds)} thresholds. Main effects, the largest at the default first: "
            f"{listed([called(one) for one in reversed(mains)])}; the largest at every threshold: "
            f"{listed(sorted(first)) if len(first) == 1 else 'none'}. Interactions of pairs, the largest at the default first: "
            f"{listed([called(pair) for pair in reversed(pairs)])}; clearly below 0 at every threshold: {listed(below)}."
        )
