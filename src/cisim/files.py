"""Files: read once and within bounds, checked before long work, written whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

from cisim.errors import InputError, reason, writing

#: Longer names are cut where an error names a file; no disk has one of more characters in one folder.
LONGEST_LABEL = 1000


def read_bytes(
    path: Path, largest: int, *, label: str = "", missing: str = "no such file", what: str = "file"
) -> bytes:
    """Read a regular file of at most `largest` bytes.

    Errors call it `label` (its path by default), say `missing` where it is not there, and `what` it should be.
    """
    label = label or str(path)
    label = label if len(label) <= LONGEST_LABEL else f"{label[:100]}..."
    try:
        # A pipe would block when it is opened.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{label}: is a folder, not a {what}")
        if not stat.S_ISREG(mode):
            raise InputError(f"{label}: is no regular file")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{label}: {missing}") from None
    except OSError as error:
        raise InputError(f"{label}: cannot be read: {reason(error)}") from None
    except ValueError:
        raise InputError(f"{label!r}: is not the name of a file") from None
    if len(content) > largest:
        raise InputError(f"{label}: is larger than {largest / 1e6:g} MB, too large for a {what}")
    return content


def read_text(path: Path, largest: int, *, label: str = "", missing: str = "no such file", what: str = "file") -> str:
    """Read a regular file in UTF-8, with or without a byte order mark; see `read_bytes`."""
    content = read_bytes(path, largest, label=label, missing=missing, what=what)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{label or path}:{line}: is not text in UTF-8; save it in that encoding") from None


def check_folder(folder: Path) -> None:
    """Reject a folder that is not there or is none, or in which no file can be made."""
    with writing(folder):
        if not folder.exists():
            raise InputError(f"{folder}: no such folder")
        if not folder.is_dir():
            raise InputError(f"{folder}: is not a folder")
        # Rights say too little (a disk that is mounted for reading, a full one): only trying tells.
        with tempfile.TemporaryFile(dir=folder):
            pass


def check_file(path: Path, endings: Sequence[str], overwrite: bool) -> None:
    """Reject a file that cannot be written: another ending, a folder, in no folder, or there already."""
    if path.suffix.lower() not in endings:
        raise InputError(f"{path}: unknown ending {path.suffix!r}: must be one of {', '.join(endings)}")
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a file")
    check_folder(path.parent)
    if path.exists() and not overwrite:
        raise InputError(f"{path}: is there already: --overwrite replaces it")


def sha256_of(path: Path) -> str:
    """Hash a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def staging(path: Path) -> Iterator[Path]:
    """Make a folder beside a file or folder, for what shall take its place; at the end it is deleted with what is left in it."""
    _sweep(path)
    folder = _temporary(path)
    folder.mkdir()
    try:
        with _in_use(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def exchange(new: Sequence[Path], old: Sequence[Path], aside: Path) -> None:
    """Put new files in the places of old ones, the last one last; after an error all is as it was.

    Meanwhile the old files are in the folder `aside`.
    """
    moves = [(path, aside / f"old {path.name}") for path in reversed(old) if os.path.lexists(path)]
    moves += zip(new, old, strict=True)
    begun: list[tuple[Path, Path]] = []
    try:
        for move in moves:
            begun.append(move)
            move[0].replace(move[1])
    except BaseException:
        for source, target in reversed(begun):
            with suppress(OSError):
                target.replace(source)
        raise


def _temporary(path: Path) -> Path:
    """Name what is written before it takes the place of a path."""
    return path.with_name(f".{path.name}.{os.getpid()}.partial")


def _sweep(path: Path) -> None:
    """Delete what earlier processes, killed since, left of writing to a path."""
    for stray in sorted(path.parent.glob(f".{glob.escape(path.name)}.*.partial")):
        with suppress(OSError), _in_use(stray, sure=True):
            if stray.is_dir():
                shutil.rmtree(stray)
            else:
                stray.unlink()


@contextmanager
def _in_use(path: Path, *, sure: bool = False) -> Iterator[None]:
    """Mark a temporary file or folder until the end, be it a kill; `sure` raises where it is in use, or that cannot be told."""
    descriptor = None
    try:
        with nullcontext() if sure else suppress(OSError, ImportError):
            descriptor = os.open(path, os.O_RDONLY)
            import fcntl  # not on Windows, where no file that is open can be deleted

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def replace_file(path: Path, writer: Callable[[BinaryIO], object], *, sweep: bool = True) -> None:
    """Write a file under a temporary name in the same folder, then rename it: nobody ever sees half of it.

    `writer` is given the open file; a file that is there is replaced. To `sweep` is to delete first what a killed process left;
    that looks through the folder, so a store, which does it under its lock, does without.
    """
    if sweep:
        _sweep(path)
    partial = _temporary(path)
    try:
        with partial.open("xb") as file, _in_use(partial):
            writer(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    # The rename is to last through a power cut, where the system can.
    with suppress(OSError):
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
