"""Comparison of numbers of clusters of opinions with those of independent code, by threshold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cisim.uncertainty import moments
from cisim.validation.claims import Claim, Estimate, Picture, near

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Counts(NamedTuple):
    """Numbers of clusters by threshold.

    Attributes:
        expected: threshold -> mean over the source's runs.
        runs: how many these were.
        measured: threshold -> our mean and its standard error.
    """

    expected: dict[float, float]
    runs: int
    measured: dict[float, Estimate]

    def claim(self, text: str, ours: int, source: str) -> Claim:
        """Claim that they agree, as far as both numbers of runs tell."""
        source_errors = {eps: estimate.error * math.sqrt(ours / self.runs) for eps, estimate in self.measured.items()}
        return near(
            f"{text} {' '.join(f'{eps:g}' for eps in self.measured)}",
            [Estimate(self.expected[eps], source_errors[eps]) for eps in self.measured],
            list(self.measured.values()),
            ours,
            f"{source}; numbers computed by independent code, {self.runs} runs",
            slack=0.005,
        )

    def picture(self, title: str, description: str, label: str) -> Picture:
        """Draw the numbers over the threshold."""

        def draw(axes: Axes) -> None:
            from cisim.plot.canvas import COLOURS, INK

            axes.plot(
                list(self.expected), list(self.expected.values()), "o", mfc="none", mec=INK, ms=9, label="expected"
            )
            values = list(self.measured.values())
            axes.errorbar(
                list(self.measured), [mean.value for mean in values], [5.0 * mean.error for mean in values],
                fmt=".", color=COLOURS[1], capsize=4, label="cisim, with 5 standard errors",
            )  # fmt: skip
            axes.set_xlabel(label)
            axes.set_ylabel("mean number of clusters")
            axes.set_ylim(bottom=0.0)
            axes.legend(frameon=False)

        return Picture(title, description, draw)


def mean_count(counts: list[int]) -> Estimate:
    """Compute mean and standard error; of runs that all agree, the error that one run with another count would make."""
    of = moments(np.array(counts, dtype=np.float64))
    return Estimate(float(of.mean), max(float(of.standard_error), 1.0 / len(counts)))
