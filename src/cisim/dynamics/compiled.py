"""Compilation of the model's functions by Numba, kept on disk under a hash of all that they depend on.

An edit of a stage must not leave an old month loop running, so the folder's name is a hash of every source file that compiled code
comes from, of Numba, llvmlite, Python and the processor.
"""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import llvmlite
import numba
import numpy as np
from llvmlite import binding
from numba.core import config as numba_config
from numba.core.compiler import Compiler
from platformdirs import user_cache_path

from cisim.dynamics.digest import PACKAGE, model_digest
from cisim.dynamics.kept import Kept, KeptOfUser
from cisim.errors import InputError
from cisim.fingerprint import compiled_parts

Function = TypeVar("Function", bound=Callable[..., Any])

#: Options of every compiled function: no fast-math and no automatic threads, so that the bits stay the same.
OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
    "boundscheck": False,
    "no_cfunc_wrapper": True,  # nothing in C calls us: a tenth of the compile time
}
#: Folder of code that calls the model's compiled functions and that no run of the model needs.
BESIDE_THE_MODEL = "validation"


@cache
def cache_folder(beside: bool = False) -> Path:
    """Return the folder of the compiled code of exactly these sources, on this machine, for this Python.

    `CISIM_CACHE_DIR` moves its parent, which is the user's cache folder by default. Code in `BESIDE_THE_MODEL` has a folder of
    its own (`beside`), so that an edit there compiles no model anew.
    """
    facts = [
        model_digest(*([BESIDE_THE_MODEL] if beside else [])),
        *(numba.__version__, llvmlite.__version__, platform.python_version(), str(PACKAGE)),
        f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}",
    ]
    digest = hashlib.blake2b("\n".join(facts).encode(), digest_size=12)
    parent = os.environ.get("CISIM_CACHE_DIR")
    base = Path(parent) if parent else user_cache_path("cisim", appauthor=False)
    return base / "compiled" / digest.hexdigest()


def compiled(function: Function) -> Function:
    """Compile a function over arrays and numbers at its first call; `.py_func` is the function itself."""
    return _jit(function, cache=True)


def month_loop(function: Function) -> Function:
    """Compile the month loop, or what Python calls of it: no array is made in it, so that none is counted."""
    return _jit(function, cache=True, _nrt=False)


def inner(function: Function) -> Function:
    """Compile a function of the month loop that only compiled code calls: without a way in from Python, it compiles faster."""
    return _jit(function, cache=True, no_cpython_wrapper=True, _nrt=False)


def for_each(function: Function) -> Function:
    """Compile a function that is called for each organisation or tie: its caller takes in its code.

    A state is a hundred numbers to a compiled function, and handing them over takes longer than the work.
    """
    return _jit(function, cache=True, no_cpython_wrapper=True, _nrt=False, forceinline=True)


class _SeveralAtOnce(Compiler):
    """Compiles with LLVM's loop vectoriser, whatever the settings of the process are."""

    def compile_extra(self, function: Callable[..., Any]) -> Any:
        config: Any = numba_config
        before, config.LOOP_VECTORIZE = config.LOOP_VECTORIZE, 1
        try:
            return super().compile_extra(function)  # type: ignore[no-untyped-call]
        finally:
            config.LOOP_VECTORIZE = before


def over_array(function: Function) -> Function:
    """Compile a loop over an array that works on several numbers at once. Elsewhere this does harm: few outcomes, few roles."""
    return _jit(function, cache=True, no_cpython_wrapper=True, _nrt=False, pipeline_class=_SeveralAtOnce)


def sequence(function: Function) -> Function:
    """Compile a function that mostly calls others: its caller takes in its body, so that the whole is optimised once less."""
    return _jit(function, cache=True, inline="always", _nrt=False)


def compiled_unkept(function: Function) -> Function:
    """Compile a function that a user handed in: it is compiled anew in each process."""
    return _jit(function, cache=False)


def compiled_for_user(function: Function, prints: object) -> Function:
    """Compile a function that a user's own goes into; what `prints` says is all that it depends on besides cisim and Numba.

    The code is kept across processes, by hashes of all of these, of NumPy's version and of Numba's settings in the environment.
    """
    dispatcher: Any = compiled_unkept(function)
    if hasattr(dispatcher, "py_func"):
        settings = sorted((name, value) for name, value in os.environ.items() if name.startswith("NUMBA_"))
        facts = (model_digest("."), cache_folder().name, np.__version__, settings, prints)
        key = hashlib.blake2b(repr(facts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        dispatcher._cache = KeptOfUser(key, cache_folder().parent.with_name("own-stages"))
    return dispatcher


def compiled_anew(function: Function) -> Function:
    """Compile a user's function, plain or compiled, and what it calls, with the values that globals have now.

    Numba takes these values when it compiles, and never looks again.
    """
    with suppress(InputError):
        for part in reversed(compiled_parts(function)):
            part.recompile()
    options = getattr(function, "targetoptions", None)
    if options is None:
        # A slip in an index would write into other memory.
        return _jit(function, cache=False, boundscheck=True)
    fresh: Function = numba.jit(**options)(function.py_func)  # type: ignore[attr-defined]
    return fresh


def callable_from_python(function: Function) -> Function:
    """Open an `inner` function to Python: the same compiled code with a way in."""
    plain: Function = function.py_func  # type: ignore[attr-defined]
    return _jit(plain, cache=False)


def _jit(function: Function, *, cache: bool, **options: object) -> Function:
    njit: Any = numba.njit  # its stub knows no `no_cfunc_wrapper`
    dispatcher: Any = njit(**{**OPTIONS, **options})(function)
    # Functions that close over others share name and types. Without a dispatcher, Numba was told not to compile.
    if cache and function.__closure__ is None and hasattr(dispatcher, "py_func"):
        beside = function.__module__.startswith(f"cisim.{BESIDE_THE_MODEL}.")
        dispatcher._cache = Kept(function, cache_folder(beside))
    return dispatcher


_quick_lock = threading.Lock()
#: The settings that each user of quick compilation met; the first of them met the process's own.
_quick_users: list[tuple[Any, int, int]] = []


@contextmanager
def quick_compilation() -> Iterator[None]:
    """Compile with fewer of LLVM's optimisations, which takes a tenth less time and costs the model next to none of its speed.

    Numba's settings are the process's: the last of several threads that leave puts back what the first one met.
    """
    config: Any = numba_config
    with _quick_lock:
        _quick_users.append((config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE))
        config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE = type(config.OPT)(1), 0, 0
    try:
        yield
    finally:
        with _quick_lock:
            before = _quick_users.pop()
            if not _quick_users:
                config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE = before
