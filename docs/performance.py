"""Put the figures of a session of the benchmarks into docs/performance.md, and draw its picture: `python docs/performance.py FILE.json`.

The file is what `pytest -n 0 benchmarks --benchmark-json FILE.json` wrote.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from odd import renewed

from cisim.plot.canvas import COLOURS, INK, add_description, axes_or_new, describe, dress, save
from cisim.report.format import percent

HERE = Path(__file__).resolve().parent
PAGE, PICTURE = HERE / "performance.md", HERE / "figures" / "performance.svg"
#: Parts of the page, by the file of the benchmarks whose figures stand there; those of all others stand in "rest".
PARTS = {"test_engine.py": "engine", "test_stages.py": "month", "test_sizes.py": "sizes"}
REST = "rest"
AN_ORGANISATION = ", an organisation"


def shown(number: float) -> str:
    """Write a figure with three digits that count."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def row(name: str, figure: dict[str, Any], *more: str) -> str:
    """Write a line of a table."""
    median, least, most = (shown(figure[key]) for key in ("median", "least", "most"))
    return "| " + " | ".join([name, f"{median} {figure['unit']}", f"{least} to {most}", *more]) + " |"


def head(*columns: str) -> list[str]:
    """Write the head of a table."""
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]


def plain(figures: dict[str, dict[str, Any]]) -> str:
    """Write figures as they are."""
    return "\n".join([*head("figure", "median", "least to most"), *(row(*figure) for figure in figures.items())])


def month(figures: dict[str, dict[str, Any]]) -> str:
    """Write what stages and functions take of an organisation's month."""
    whole = figures["a month in the loop" + AN_ORGANISATION]["median"]
    lines = head("stage, or function within one", "nanoseconds an organisation", "least to most", "of the month")
    for name, figure in figures.items():
        what = name.removesuffix(AN_ORGANISATION)
        share = "" if what == "a founding" else percent(figure["median"] / whole, 0)
        lines.append(row(f"… `{what.strip()}`" if what.startswith(" ") else what, figure, share))
    return "\n".join(lines)


def sizes(figures: dict[str, dict[str, Any]]) -> str:
    """Write what coalitions of many sizes take."""
    lines = head("organisations", "a run", "of it the founding", "an organisation's month", "least to most", "state")
    for name in figures:
        if not name.endswith(" organisations, a run"):
            continue
        number = name.split()[0]
        run, founding, cell, state = (
            figures[f"{number} organisations, {what}"]
            for what in ("a run", "its founding", "an organisation's month", "the state")
        )
        cells = [
            f"{shown(run['median'])} s", percent(founding["median"] / run["median"], 0),
            f"{shown(cell['median'])} ns", f"{shown(cell['least'])} to {shown(cell['most'])}",
            f"{shown(state['median'])} {state['unit']}",
        ]  # fmt: skip
        lines.append("| " + " | ".join([number, *cells]) + " |")
    return "\n".join(lines)


def draw(figures: dict[str, dict[str, Any]]) -> str:
    """Draw the cost of an organisation's month over the size of a coalition; returns the description."""
    cells = {
        int(name.split()[0].replace(",", "")): figure
        for name, figure in figures.items()
        if name.endswith("an organisation's month")
    }
    ax = axes_or_new(None, 6.5, 3.6)
    dress(ax)
    middle = [figure["median"] for figure in cells.values()]
    below = [figure["median"] - figure["least"] for figure in cells.values()]
    above = [figure["most"] - figure["median"] for figure in cells.values()]
    ax.errorbar(list(cells), middle, [below, above], fmt="o-", color=COLOURS[0], ecolor=INK, capsize=3)
    ax.set_xscale("log")
    ax.set_ylim(0)
    ax.set_xlabel("organisations")
    ax.set_ylabel("nanoseconds for an organisation's month")
    told = ", ".join(f"{shown(figure['median'])} with {size:,}" for size, figure in cells.items())
    add_description(ax, f"Nanoseconds that an organisation's month takes, over the size of the coalition: {told}.")
    save(ax, PICTURE)
    return describe(ax)


def machine(info: dict[str, Any]) -> str:
    """Tell what it was measured on."""
    names = ("collective-impact", "numba", "numpy", "mesa")
    versions = ", ".join(f"`{name} {version(name)}`" for name in names)
    cpu = info["cpu"]
    return f"{cpu['count']} cores of `{cpu['brand_raw']}`, {platform.system()}, Python {info['python_version']}, {versions}."


def main(path: str) -> None:
    """Renew the page."""
    session = json.loads(Path(path).read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {part: {} for part in (*PARTS.values(), REST)}
    for test in session["benchmarks"]:
        file = test["fullname"].partition("::")[0].rpartition("/")[2]
        found[PARTS.get(file, REST)].update(test["extra_info"])
    parts = {
        "machine": machine(session["machine_info"]),
        "engine": plain(found["engine"]),
        "month": month(found["month"]),
        "sizes": sizes(found["sizes"]),
        "picture": f"![{draw(found['sizes'])}](figures/performance.svg)",
        REST: plain(found[REST]),
    }
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
