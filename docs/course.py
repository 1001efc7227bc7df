"""Pages of the course: each notebook with what its cells show; `notebooks/notebook_runs.py` runs it, unless a test has just done so."""

from __future__ import annotations

import sys
from pathlib import Path

from nbconvert import MarkdownExporter
from traitlets.config import Config

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "notebooks"))

import notebook_runs  # noqa: E402


def names() -> list[str]:
    """List the names of the notebooks, in the order of the course."""
    return [path.stem for path in notebook_runs.NOTEBOOKS]


def pages() -> dict[str, str]:
    """Write the pages by their file names."""
    return {f"{path.stem}.md": page(path) for path in notebook_runs.NOTEBOOKS}


def page(path: Path) -> str:
    """Write an executed notebook as Markdown that says where to get it."""
    exporter = MarkdownExporter(config=Config({"ExtractOutputPreprocessor": {"enabled": False}}))
    text, _ = exporter.from_notebook_node(notebook_runs.executed(path))
    title, _, rest = text.lstrip().partition("\n")
    get = f"*The notebook itself: [{path.name}]({path.name}), to be run and changed.*"
    # A table's corner is no heading: one without words tells those who hear it nothing.
    return f"{title}\n\n{get}\n{rest}".replace("<th></th>", "<td></td>")
