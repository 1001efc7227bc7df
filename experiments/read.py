"""Run a study of this folder, or what is missing of it, and read it: `python experiments/read.py NAME`.

Prints the tables of docs/experiments/NAME.md. With --page they are put into the page, and its picture is drawn anew. Every number
of the page comes from here.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid import Grid, renewed

from cisim.files import replace_file
from cisim.study import read, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
STUDIES = ("conditions", "staffing", "voice")


def reading(name: str, folder: Path, **changes: Any) -> Any:
    """Run what is missing of a study and read it.

    Args:
        name: of a study file here.
        folder: its store.
        changes: of the study, such as fewer `replications`.
    """
    store = run(read(HERE / f"{name}.toml").model_copy(update=changes), folder)
    grid = Grid.of(store.points.to_pandas(), store.frame("runs"))
    return importlib.import_module(name).Reading(grid)


def draw(figure: Figure, description: str, target: Path) -> None:
    """Write a picture with its description inside; the same picture is the same bytes."""
    from matplotlib import rc_context

    stamps = {"Description": description, "Date": None}
    with rc_context({"svg.hashsalt": "cisim"}):
        replace_file(target, lambda file: figure.savefig(file, format="svg", metadata=stamps))


def put_in(name: str, parts: dict[str, str], figure: Figure, description: str) -> None:
    """Renew a page and its picture."""
    picture = DOCS / "figures" / "experiments" / f"{name}.svg"
    picture.parent.mkdir(exist_ok=True)
    draw(figure, description, picture)
    page = DOCS / "experiments" / f"{name}.md"
    shown = {"picture": f"![{description}](../figures/experiments/{name}.svg)"}
    text = renewed(page.read_text(encoding="utf-8"), parts | shown)
    replace_file(page, lambda file: file.write(text.encode()))


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Run and read a study of this folder.")
    parser.add_argument("name", choices=STUDIES)
    parser.add_argument(
        "store", nargs="?", type=Path, help="the folder of its results (default: NAME-results)"
    )
    parser.add_argument("--page", action="store_true", help="renew docs/experiments/NAME.md and its picture")
    asked = parser.parse_args()
    found = reading(asked.name, asked.store or Path(f"{asked.name}-results"))
    parts = found.parts()
    for name, text in parts.items():
        print(f"## {name}\n\n{text}\n")
    if asked.page:
        put_in(asked.name, parts, *found.picture())


if __name__ == "__main__":
    main()
