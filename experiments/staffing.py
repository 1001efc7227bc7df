"""Reading of the study of meetings, staff and size: where progress is highest, and how flat it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from grid import Grid, course, listed, mean, panels, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

#: A combination is as good as the best if it is less than so much of the gap behind.
AS_GOOD = 0.005
#: The default frequency, in contacts a month.
USUAL = 1.3


class Reading:
    """Numbers of the study.

    Args:
        grid: its results.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.frequencies = grid.of_factor("frequency")
        self.staffs = grid.of_factor("staff")
        self.sizes = grid.of_factor("organisations")
        self.cells = {size: grid.at(organisations=size) for size in self.sizes}
        self.best = {size: self._best(size) for size in self.sizes}

    def _best(self, size: float) -> tuple[int, int]:
        """Find the best combination by the first half of the replications; the second half says how good it is.

        The highest of many means is partly luck; what is measured on other runs is not.
        """
        first, _ = halves(self.cells[size])
        frequency, staff = np.unravel_index(np.argmax(first.mean(axis=-1)), first.shape[:-1])
        return int(frequency), int(staff)

    def as_good(self, size: float) -> tuple[list[float], list[float]]:
        """List frequencies with the best staff, and staffs with the best frequency, that are hardly behind the best combination."""
        _, second = halves(self.cells[size])
        frequency, staff = self.best[size]
        behind = (second[frequency, staff] - second).mean(axis=-1) < AS_GOOD
        return (
            [one for place, one in enumerate(self.frequencies) if behind[place, staff]],
            [one for place, one in enumerate(self.staffs) if behind[frequency, place]],
        )

    def each(self, size: float) -> str:
        """Count the organisations for a post of the best staff."""
        staff = self.staffs[self.best[size][1]]
        return f"{size / staff:.0f}" if staff else "no staff"

    def short(self) -> str:
        """Write the answer in a few sentences."""
        staffs = [f"{self.staffs[self.best[size][1]]:g} FTE for {size:g}" for size in self.sizes]
        frequencies = [f"{self.frequencies[self.best[size][0]]:g} for {size:g}" for size in self.sizes]
        words: dict[str, list[str]] = {}
        for size in self.sizes:
            less, more = self.meeting(size, 0), self.meeting(size, self.best[size][1])
            difference = mean(more - less)
            sign = "about as much" if not difference.clear else "more" if difference.mean > 0 else "less"
            words.setdefault(sign, []).append(f"{size:g} ({difference.points()})")
        compared = "; ".join(f"{sign} at {listed(sizes)}" for sign, sizes in words.items())
        return "\n".join(
            [
                f"Progress is highest at these contacts a month: {listed(frequencies)} organisations; "
                f"and with this staff: {listed(staffs)}.",
                f"The default {USUAL:g} contacts a month instead of none bring, with that staff compared with no staff, "
                "in percentage points: "
                f"{compared} organisations.",
                f"The best is chosen by the first half of {self.cells[self.sizes[0]].shape[-1]} runs at each combination and "
                f"measured on the second; within {100 * AS_GOOD:g} percentage points of it counts as good.",
            ]
        )

    def meeting(self, size: float, staff: int) -> NDArray[np.float64]:
        """Compute what the default frequency brings over no arranged meetings, by replication."""
        cells = self.cells[size]
        return cells[self.frequencies.index(USUAL), staff] - cells[self.frequencies.index(0.0), staff]

    def best_table(self) -> str:
        """Write the best combination of each size."""
        rows = []
        for size in self.sizes:
            frequency, staff = self.best[size]
            _, second = halves(self.cells[size])
            frequencies, staffs = self.as_good(size)
            there = second[frequency, staff]
            rows.append(
                (
                    f"{size:g}", f"{self.frequencies[frequency]:g}", f"{self.staffs[staff]:g}", self.each(size),
                    mean(there).share(), mean(there - second[frequency, 0]).points(), mean(there - second[0, staff]).points(),
                    span(frequencies), span(staffs),
                )
            )  # fmt: skip
        head = (
            "organisations", "contacts a month", "staff, FTE", "organisations per FTE", "progress, %", "over no staff",
            "over no meetings", "contacts as good", "staff as good",
        )  # fmt: skip
        return table(head, rows)

    def staff_table(self) -> str:
        """Write progress by staff and size, at the default frequency."""
        place = self.frequencies.index(USUAL)
        rows = [
            (f"{staff:g}", *(mean(self.cells[size][place, row]).share() for size in self.sizes))
            for row, staff in enumerate(self.staffs)
        ]
        return table(("staff, FTE", *(f"{size:g} organisations" for size in self.sizes)), rows)

    def frequency_table(self) -> str:
        """Write what a frequency brings over none, by size, without staff and with the best."""
        rows = []
        for row, frequency in enumerate(self.frequencies[1:], 1):
            cells = [f"{frequency:g}"]
            for size in self.sizes:
                for staff in (0, self.best[size][1]):
                    cells.append(mean(self.cells[size][row, staff] - self.cells[size][0, staff]).points())
            rows.append(cells)
        heads = [f"{size:g}, {words}" for size in self.sizes for words in ("no staff", "best staff")]
        return table(("contacts a month", *heads), rows)

    def price_table(self) -> str:
        """Write what meetings, data and the backbone take of all resources in month 120, at the default frequency."""
        place = self.frequencies.index(USUAL)
        rows = []
        for row, staff in enumerate(self.staffs):
            cells = [f"{staff:g}"]
            for size in self.sizes:
                levy, overhead, resources = (
                    self.grid.at(name, organisations=size)[place, row]
                    for name in ("levy", "overhead", "resources")
                )
                cells.append(mean((levy + overhead) / resources).share())
            rows.append(cells)
        return table(("staff, FTE", *(f"{size:g} organisations" for size in self.sizes)), rows)

    def parts(self) -> dict[str, str]:
        """Make the parts of the page, by name."""
        return {
            "short": self.short(),
            "best": self.best_table(),
            "staff": self.staff_table(),
            "meetings": self.frequency_table(),
            "price": self.price_table(),
        }

    def picture(self) -> tuple[Figure, str]:
        """Draw progress by staff and by frequency, a curve for each size, and describe the picture."""
        figure, axes = panels(1, 2, 9.6, 4.4)
        by_staff, by_frequency = axes.flat
        for style, size in enumerate(self.sizes):
            frequency, staff = self.best[size]
            course(by_staff, self.staffs, self.cells[size][frequency], style, f"{size:g} organisations")
            course(
                by_frequency, self.frequencies, self.cells[size][:, staff], style,
                f"{size:g} organisations, {self.staffs[staff]:g} FTE",
            )  # fmt: skip
        by_staff.set_xlabel("backbone staff, FTE")
        by_staff.set_ylabel("share of the gap closed at month 120, %")
        by_staff.set_title("Staff, at the best frequency", loc="left", fontsize=11, fontweight="bold")
        by_frequency.set_xlabel("contacts with a partner a month")
        by_frequency.set_title("Meetings, with the best staff", loc="left", fontsize=11, fontweight="bold")
        for ax in axes.flat:
            ax.set_ylim(bottom=0)
            ax.legend(frameon=False, fontsize=8.5, handlelength=3.5)
        staffs = [
            f"{self.staffs[self.best[size][1]]:g} FTE for {size:g} organisations" for size in self.sizes
        ]
        frequencies = [f"{self.frequencies[self.best[size][0]]:g} for {size:g}" for size in self.sizes]
        return figure, (
            "Share of the gap closed at month 120, with bands of two standard errors, a curve for each size. By staff, at each "
            f"size's best frequency: the curves are highest at {listed(staffs)}. By contacts a month, with that staff: highest "
            f"at {listed(frequencies)} organisations."
        )


def halves(cells: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split the replications into a first and a second half."""
    half = cells.shape[-1] // 2
    return cells[..., :half], cells[..., half:]


def span(values: list[float]) -> str:
    """Write the lowest and the highest."""
    return f"{values[0]:g}" if len(values) == 1 else f"{values[0]:g} to {values[-1]:g}"
