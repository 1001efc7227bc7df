"""Executing notebooks, once for the tests and the site: what was executed is kept in `build/course` as long as nothing changes."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
ROOT = HERE.parent
KEPT = ROOT / "build" / "course"
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
SOLUTIONS = sorted((HERE / "solutions").glob("*.ipynb"))


def execute(path: Path, folder: Path, last: str = "") -> Any:
    """A notebook after its cells ran in a folder.

    Args:
        path: of the notebook.
        folder: where files are written.
        last: code of one more cell.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    if last:
        notebook.cells.append(nbformat.v4.new_code_cell(last))
    there = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources=there, store_widget_state=False
    ).execute()
    return notebook


def keep(path: Path, notebook: Any) -> None:
    """Keep what was executed, for the site."""
    target = _place(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{path.stem}-*.ipynb"):
        old.unlink()
    nbformat.write(notebook, target)


def executed(path: Path) -> Any:
    """A notebook with its outputs: those that are kept, or else new ones."""
    if not _place(path).exists():
        with tempfile.TemporaryDirectory() as folder:
            keep(path, execute(path, Path(folder)))
    return nbformat.read(_place(path), as_version=4)


def _place(path: Path) -> Path:
    """Where the outputs of this notebook with these sources are."""
    sources = sorted((ROOT / "src" / "cisim").rglob("*.py")) + sorted((ROOT / "scenarios").glob("*"))
    digest = hashlib.sha256()
    for source in (path, *sources):
        digest.update(source.read_bytes())
    return KEPT / f"{path.stem}-{digest.hexdigest()[:16]}.ipynb"
