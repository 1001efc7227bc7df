"""Compilation of the model's functions by Numba, kept on disk under a hash of all that they depend on.

Numba's own cache looks only at the file a function stands in: an edit of a stage would leave an old month loop running.
So the folder's name is a hash of every source file of the package, of Numba, llvmlite, Python and the processor.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import llvmlite
import numba
from llvmlite import binding
from numba.core import config
from platformdirs import user_cache_path

Function = TypeVar("Function", bound=Callable[..., Any])

#: Options of every compiled function: no fast-math and no automatic threads, so that the bits stay the same.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False, "boundscheck": False}


@cache
def cache_folder() -> Path:
    """Folder of the compiled code of exactly these sources, on this machine, for this Python.

    `CISIM_CACHE_DIR` moves its parent, which is the user's cache folder by default.
    """
    package = Path(__file__).parent
    digest = hashlib.blake2b(digest_size=12)
    for source in sorted(package.rglob("*.py")):
        digest.update(source.relative_to(package).as_posix().encode())
        digest.update(hashlib.blake2b(source.read_bytes()).digest())
    for fact in (numba.__version__, llvmlite.__version__, platform.python_version(), str(package)):
        digest.update(fact.encode())
    digest.update(f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}".encode())
    parent = os.environ.get("CISIM_CACHE_DIR")
    base = Path(parent) if parent else user_cache_path("cisim", appauthor=False)
    return base / "compiled" / digest.hexdigest()


def compiled(function: Function) -> Function:
    """Compile a function at its first call; its machine code is kept in `cache_folder()`.

    Args:
        function: a plain function over arrays and numbers.

    Returns:
        The dispatcher, which is called like the function; `.py_func` is the function itself.
    """
    return _jit(function, keep=True)


def compiled_unkept(function: Function) -> Function:
    """Compile a function that a user handed in: it is compiled anew in each process."""
    return _jit(function, keep=False)


def _jit(function: Function, *, keep: bool) -> Function:
    before = config.CACHE_DIR
    try:
        if keep:
            # Numba reads the folder when it decorates; a user's own Numba code keeps its own.
            config.CACHE_DIR = str(cache_folder())
        dispatcher: Function = numba.njit(cache=keep, **OPTIONS)(function)
    finally:
        config.CACHE_DIR = before
    return dispatcher
