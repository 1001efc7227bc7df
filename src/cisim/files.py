"""Files: read once and within bounds, checked before long work, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cisim.errors import InputError, reason, writing


def read_bytes(
    path: Path, largest: int, *, label: str = "", missing: str = "no such file", what: str = "file"
) -> bytes:
    """Read a regular file of at most `largest` bytes.

    Errors call it `label` (its path by default), say `missing` where it is not there, and `what` it should be.
    """
    label = label or str(path)
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


def replace_file(path: Path, writer: Callable[[BinaryIO], object]) -> None:
    """Write a file under a temporary name in the same folder, then rename it: nobody ever sees half of it.

    `writer` is given the open file; a file that is there is replaced.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
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
