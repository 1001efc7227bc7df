"""Runs of notebooks for the tests and the site: outputs are kept in `build/course` as long as nothing changes."""

from __future__ import annotations

import atexit
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

HERE = Path(__file__).parent
ROOT = HERE.parent
KEPT = ROOT / "build" / "course"
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
SOLUTIONS = sorted((HERE / "solutions").glob("*.ipynb"))


def execute(path: Path, folder: Path, last: str = "") -> Any:
    """Run the cells of a notebook in a folder, in a kernel in which no name is left from before.

    The kernel is this process's only one: to start one and to import everything takes longer than most notebooks.

    Args:
        path: of the notebook.
        folder: where files are written.
        last: code of one more cell.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    # The folder first: the one before may be gone, and IPython asks where it is.
    begin = nbformat.v4.new_code_cell(f"import os\nos.chdir({str(folder)!r})\n%reset -f")
    notebook.cells.insert(0, begin)
    if last:
        notebook.cells.append(nbformat.v4.new_code_cell(last))
    client = NotebookClient(notebook, km=_kernel(), timeout=600, store_widget_state=False)
    try:
        client.execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
    del notebook.cells[0]
    return notebook


_kernels: list[KernelManager] = []


def _kernel() -> KernelManager:
    """Return the kernel, started anew if it died."""
    if not _kernels:
        atexit.register(lambda: _kernels[0].shutdown_kernel(now=True))
        _kernels.append(KernelManager(kernel_name="python3"))
    if not _kernels[0].is_alive():
        _kernels[0].start_kernel()
    return _kernels[0]


def keep(path: Path, notebook: Any) -> None:
    """Keep the outputs for the site."""
    target = _place(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{path.stem}-*.ipynb"):
        old.unlink()
    nbformat.write(notebook, target)


def executed(path: Path) -> Any:
    """Return a notebook with its outputs: those that are kept, or else new ones."""
    if not _place(path).exists():
        with tempfile.TemporaryDirectory() as folder:
            keep(path, execute(path, Path(folder)))
    return nbformat.read(_place(path), as_version=4)


def _place(path: Path) -> Path:
    """Name the file of the outputs of this notebook with these sources."""
    sources = sorted((ROOT / "src" / "cisim").rglob("*.py")) + sorted((ROOT / "scenarios").glob("*.toml"))
    digest = hashlib.sha256()
    for source in (path, *sources):
        digest.update(source.read_bytes())
    return KEPT / f"{path.stem}-{digest.hexdigest()[:16]}.ipynb"
