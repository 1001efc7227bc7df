"""Gallery: every shipped scenario run beside the same organisations without a coalition.

The site's build puts it into docs/gallery.md; `python docs/gallery.py FOLDER` writes the page and its pictures into a folder.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import cisim
from cisim import plot
from cisim.app.link import link_to
from cisim.comparison import Comparison
from cisim.ensemble import Ensemble
from cisim.scenario import Scenario, shipped
from cisim.uncertainty import moments

RUNS, SEED = 100, 1
MONTHS = [24, 60, 120]
#: Scenarios without a coalition, and what they are shown beside; nothing: alone.
WITHOUT = {"isolated-impact": "", "direct-services": "isolated-impact"}
#: The first one that a reader should see comes first.
FIRST = ("all-five", "isolated-impact")
PICTURES = "_generated/gallery"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shown:
    """A scenario of the gallery.

    Attributes:
        name: its shipped name.
        file: its TOML.
        ensemble: its runs.
        beside: runs of what it is compared with, and how that is called; None: it is shown alone.
        shipped: the shipped name of what it is compared with, if it has one.
    """

    name: str
    file: Path
    ensemble: Ensemble
    beside: Ensemble | None
    called: str
    shipped: str

    def comparison(self) -> Comparison:
        """Compare both, paired."""
        assert self.beside is not None
        return Comparison({self.called: self.beside, self.name: self.ensemble})


def gallery() -> list[Shown]:
    """Run all scenarios."""
    names = [*FIRST, *(name for name in shipped() if name not in FIRST)]
    isolated = cisim.run("isolated-impact", RUNS, SEED)
    return [_shown(name, isolated) for name in names]


def _shown(name: str, isolated: Ensemble) -> Shown:
    scenario = cisim.load(name)
    ensemble = cisim.run(scenario, RUNS, SEED)
    if name in WITHOUT:
        other = WITHOUT[name]
        return Shown(name, shipped()[name], ensemble, isolated if other else None, other, other)
    alone = cisim.run(without_coalition(scenario), RUNS, SEED)
    same = np.array_equal(alone.values, isolated.values, equal_nan=True)
    return Shown(name, shipped()[name], ensemble, alone, "isolated-impact" if same else "no coalition",
                 "isolated-impact" if same else "")  # fmt: skip


def without_coalition(scenario: Scenario) -> Scenario:
    """Make a scenario of the same organisations and community without a coalition."""
    return scenario.replace(**{"coalition.start": "never"})


def draw(shown: Shown, folder: Path) -> str:
    """Draw the course of progress into a folder.

    Returns:
        What the picture shows, in words.
    """
    axes = plot.fan(shown.comparison() if shown.beside else {shown.name: shown.ensemble})
    plot.save(axes, folder / f"{shown.name}.svg")
    return plot.describe(axes)


def headlines(shown: Shown) -> str:
    """Write the table of a scenario: progress, what it is more, and how often it is more."""
    if shown.beside is None:
        of = moments(shown.ensemble.measure("progress")[:, MONTHS])
        rows = [(str(month), pm(of.mean[at], of.standard_error[at])) for at, month in enumerate(MONTHS)]
        return table(("month", f"progress, {shown.name}"), rows)
    columns = shown.comparison().statistics("progress", shown.name, MONTHS)
    both = {name: moments(one.measure("progress")[:, MONTHS]).standard_error
            for name, one in ((shown.name, shown.ensemble), (shown.called, shown.beside))}  # fmt: skip
    rows = [
        (
            str(month),
            pm(columns["mean"][at], both[shown.name][at]),
            pm(columns["reference_mean"][at], both[shown.called][at]),
            pm(columns["difference"][at], columns["standard_error"][at]),
            f"{columns['chance'][at]:.2f} ({columns['chance_low'][at]:.2f} to {columns['chance_high'][at]:.2f})",
        )
        for at, month in enumerate(MONTHS)
    ]
    heads = ("month", f"progress, {shown.name}", f"progress, {shown.called}", "difference, paired",
             "chance of more (95 % interval)")  # fmt: skip
    return table(heads, rows)


def pm(value: float, error: float) -> str:
    """Write a number with its standard error."""
    return f"{value:.3f} ± {error:.3f}".replace("-", "\u2212")


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a Markdown table."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def words(file: Path) -> list[str]:
    """Read the paragraphs of a scenario's head comment: the question, then what the scenario is."""
    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return [" ".join(part.split()) for part in "\n".join(lines).split("\n\n") if part.strip()]


def commands(shown: Shown) -> list[str]:
    """Write the commands that give the same numbers."""
    luck = f"--runs {RUNS} --seed {SEED}"
    if shown.beside is None:
        return [f"cisim run {shown.name} {luck}"]
    if shown.shipped:
        return [f"cisim compare {shown.shipped} {shown.name} {luck}"]
    return [f"cisim run {shown.name} {luck}", f"cisim run {shown.name} --set coalition.start=never {luck}"]


def section(shown: Shown, told: str, picture: str) -> str:
    """Write one scenario of the page."""
    question, *rest = words(shown.file)
    typed = "\n".join(f"$ {command}" for command in commands(shown))
    parts = [
        f"## {shown.name}\n",
        f"**{question}**\n",
        *(f"{paragraph}\n" for paragraph in rest),
        f"![{told.replace('[', '(').replace(']', ')')}]({picture})\n",
        headlines(shown),
        *([] if shown.name in WITHOUT else [in_page(shown.name)]),
        f"[The scenario's file](../scenarios/{shown.name}.toml). The same numbers:\n",
        f"```console\n{typed}\n```\n",
    ]
    return "\n".join(parts)


def in_page(name: str) -> str:
    """Write a link to the page on which dials are turned that opens with a scenario; `docs/app.py` writes that page."""
    return f'<p><a href="app.html{link_to(name)}">Open {name} in the page</a> and turn its dials.</p>\n'


def text(folder: Path = HERE, pictures: str = PICTURES) -> str:
    """Write the page's scenarios, and their pictures into a folder."""
    (folder / pictures).mkdir(parents=True, exist_ok=True)
    return "\n".join(
        section(shown, draw(shown, folder / pictures), f"{pictures}/{shown.name}.svg") for shown in gallery()
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/gallery.py FOLDER")
    to = Path(sys.argv[1])
    made = text(to, "pictures")
    (to / "gallery.md").write_text("# Scenario gallery\n\n" + made, encoding="utf-8")
