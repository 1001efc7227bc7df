"""Reading of the study of alignment, data and voice: the cost of unequal say, and whom the agenda fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid import Grid, Mean, course, mean, panels, table

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

#: The defaults.
ALIGNMENT, SHARING = 0.1, 0.8
#: The most unequal voice.
UNEQUAL = 2.0
MEASURES = ("progress", "agenda_fit_large", "agenda_fit_small")


class Reading:
    """Numbers of the study.

    Args:
        grid: its results.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.sharings = grid.of_factor("sharing")
        self.voices = grid.of_factor("voice")
        self.alignments = grid.of_factor("alignment")

    def cell(
        self, alignment: float, sharing: float, voice: float, measure: str = "progress"
    ) -> NDArray[np.float64]:
        """Select a measure of one combination, by replication."""
        return self.grid.at(measure, alignment=alignment, sharing=sharing, voice=voice)

    def change(
        self, alignment: float, sharing: float, measure: str = "progress", voice: float = UNEQUAL
    ) -> Mean:
        """Compute what a voice by size changes, compared with one member one vote."""
        return mean(
            self.cell(alignment, sharing, voice, measure) - self.cell(alignment, sharing, 0.0, measure)
        )

    def short(self) -> str:
        """Write the answer in a few sentences."""
        usual = self.change(ALIGNMENT, SHARING)
        blind = self.change(ALIGNMENT, 0.0)
        aligned = self.change(1.0, SHARING)
        large, small = (self.change(ALIGNMENT, SHARING, f"agenda_fit_{who}") for who in ("large", "small"))
        alone_large, alone_small = (
            self.change(ALIGNMENT, 0.0, f"agenda_fit_{who}") for who in ("large", "small")
        )
        most = min(
            ((one, sharing) for one in self.alignments for sharing in self.sharings),
            key=lambda place: self.change(*place).mean,
        )
        return "\n".join(
            [
                f"At the defaults (alignment {ALIGNMENT:g}, sharing {SHARING:g}) a voice of {UNEQUAL:g} instead of one member "
                f"one vote changes progress after ten years by {usual.points()} percentage points of the gap; without shared "
                f"measurement by {blind.points()}; with it, but full alignment, by {aligned.points()}.",
                f"It costs most at alignment {most[0]:g} and sharing {most[1]:g}: {self.change(*most).points()}.",
                f"The agenda's fit with the missions of small organisations changes by {small.points()} points at the defaults, "
                f"with those of large ones by {large.points()}; without shared measurement by {alone_small.points()} and "
                f"{alone_large.points()}.",
                f"All are paired differences over {len(self.cell(ALIGNMENT, SHARING, 0.0))} runs, ± one standard error.",
            ]
        )

    def progress_table(self) -> str:
        """Write progress with one member one vote, by alignment and sharing."""
        return self._by_both(lambda alignment, sharing: mean(self.cell(alignment, sharing, 0.0)).share())

    def change_table(self, measure: str = "progress", voice: float = UNEQUAL) -> str:
        """Write what unequal voice changes, by alignment and sharing."""
        return self._by_both(
            lambda alignment, sharing: self.change(alignment, sharing, measure, voice).points()
        )

    def _by_both(self, told: Callable[[float, float], str]) -> str:
        rows = [
            (f"{alignment:g}", *(told(alignment, sharing) for sharing in self.sharings))
            for alignment in self.alignments
        ]
        return table(("alignment", *(f"sharing {sharing:g}" for sharing in self.sharings)), rows)

    def voice_table(self) -> str:
        """Write by voice, at the defaults: inequality of say, progress, members, and whom the agenda fits."""
        rows = []
        for voice in self.voices:
            of = {
                name: mean(self.cell(ALIGNMENT, SHARING, voice, name))
                for name in ("voice_gini", "progress", "members", "agenda_fit_large", "agenda_fit_small")
            }
            rows.append(
                (
                    f"{voice:g}", f"{of['voice_gini'].mean:.2f}", of["progress"].share(),
                    f"{of['members'].mean:.1f} ± {of['members'].error:.1f}",
                    of["agenda_fit_large"].share(), of["agenda_fit_small"].share(),
                )
            )  # fmt: skip
        head = (
            "voice",
            "Gini of voice",
            "progress, %",
            "members",
            "fit with the large, %",
            "fit with the small, %",
        )
        return table(head, rows)

    def parts(self) -> dict[str, str]:
        """Make the parts of the page, by name."""
        return {
            "short": self.short(),
            "progress": self.progress_table(),
            "change": self.change_table(),
            "voices": self.voice_table(),
            "small": self.change_table("agenda_fit_small"),
            "large": self.change_table("agenda_fit_large"),
        }

    def picture(self) -> tuple[Figure, str]:
        """Draw what voice changes in progress, and how much better the agenda fits the large, and describe the picture."""
        from cisim.plot.canvas import GREY

        figure, axes = panels(2, len(self.sharings), 10.0, 6.2)
        for column, sharing in enumerate(self.sharings):
            for style, alignment in enumerate(self.alignments):
                cells = [self.grid.at(name, sharing=sharing, alignment=alignment) for name in MEASURES]
                text = f"{alignment:g}"
                course(axes[0, column], self.voices, cells[0] - cells[0][:1], style, text)
                course(axes[1, column], self.voices, cells[1] - cells[2], style, text)
            axes[0, column].set_title(f"sharing {sharing:g}", loc="left", fontsize=11, fontweight="bold")
            axes[1, column].set_xlabel("voice (exponent)")
            for ax in axes[:, column]:
                ax.axhline(0, color=GREY, linewidth=0.8)
        axes[0, 0].set_ylabel("progress at month 120, less that\nat voice 0, percentage points")
        axes[1, 0].set_ylabel("fit of the agenda: large less\nsmall, percentage points")
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(self.alignments),
            frameon=False, fontsize=9, title="alignment of missions at the start", handlelength=3.5,
        )  # fmt: skip
        lowest, highest = self.alignments[0], self.alignments[-1]
        return figure, (
            "Two rows of panels by voice, with bands of two standard errors; a column for each degree of sharing, a curve for each "
            "alignment. Upper row, progress at month 120 less that with one member one vote: at voice 2 it is, at alignment "
            f"{lowest:g}, {' and '.join(self.change(lowest, one).points() for one in (self.sharings[0], self.sharings[-1]))} "
            f"points without and with most sharing, and at alignment {highest:g} by "
            f"{' and '.join(self.change(highest, one).points() for one in (self.sharings[0], self.sharings[-1]))}. Lower row, fit of "
            f"the agenda with large less small organisations: it grows with voice, to "
            f"{self._gap(lowest, self.sharings[-1])} points at alignment {lowest:g} with most sharing."
        )

    def _gap(self, alignment: float, sharing: float) -> str:
        large, small = (
            self.cell(alignment, sharing, UNEQUAL, f"agenda_fit_{who}") for who in ("large", "small")
        )
        return mean(large - small).points()
