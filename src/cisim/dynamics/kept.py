"""Compiled code kept in files, one for a function and the types of its arguments, and loaded without what only a compiler needs.

Numba's own cache looks at the file a function stands in, wants a folder that it can write to, and fills all its tables of what it
can compile before it loads anything, which takes longer than the loading. What is loaded is a pickle: a folder must be one that
nobody else can write to, or whose writers are trusted with more than code.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from llvmlite import binding
from numba.core import compiler, runtime, serialize
from numba.core.typing import templates

from cisim.files import replace_file

#: Files of users' own stages that are kept: the last ones.
MOST_OF_USER = 20
#: Numba's insides, which have no types.
_RESULT: Any = compiler.CompileResult
_MEMORY: Any = runtime.rtsys  # type: ignore[attr-defined]
_DUMPS: Callable[[Any], bytes] = serialize.dumps


class Kept:
    """Code of one function in a folder: what a dispatcher of Numba asks for as its cache."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._name = f"{function.__module__}.{function.__name__}"
        self._folder = folder

    @property
    def cache_path(self) -> str:
        """The folder."""
        return str(self._folder)

    def load_overload(self, types: Any, context: Any) -> Any:
        """Load the code for some types of arguments; None if there is none."""
        try:
            content = self._file(types, context).read_bytes()
        except OSError:
            return None
        symbols, parts = pickle.loads(content)
        # What code calls outside of itself is known to LLVM once Numba has loaded the module that it stands in.
        for prepare in (_MEMORY.initialize, type(context).refresh):
            if all(map(binding.address_of_symbol, symbols)):
                break
            prepare(context)
        return _RESULT._rebuild(context, *parts)

    def save_overload(self, types: Any, result: Any) -> None:
        """Keep code that another process can load; where nothing can be written, the next one compiles too."""
        if result.lifted or result.library.has_dynamic_globals:
            return
        module = result.library._final_module
        outside = (part.name for part in (*module.functions, *module.global_variables) if part.is_declaration)
        symbols = sorted(name for name in outside if not name.startswith("llvm."))
        content = _DUMPS((symbols, result._reduce()))
        with suppress(OSError):
            self.write(self._file(types, result.target_context), content)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file into the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, lambda file: file.write(content), sweep=False)

    def flush(self) -> None:
        """Forget nothing: what the code depends on names the folder."""

    def _file(self, types: Any, context: Any) -> Path:
        key = f"{types} {context.codegen().magic_tuple()}"  # the processor that is compiled for
        return self._folder / f"{self._name}-{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"


class KeptOfUser(Kept):
    """Code of a function that a user's own goes into, under a key that names all of this; kept only where that is safe."""

    def __init__(self, key: str, folder: Path) -> None:
        self._name, self._folder = key, folder

    def load_overload(self, types: Any, context: Any) -> Any:
        """Load the code if nobody but the user can have written it; None if there is none."""
        return super().load_overload(types, context) if _is_private(self._folder) and not _is_extended() else None

    def save_overload(self, types: Any, result: Any) -> None:
        """Keep the code, unless Numba was taught more by functions that no key names."""
        if not _is_extended():
            super().save_overload(types, result)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file into the folder, and delete those written long before; none with classes that no other process has."""
        if b"cloudpickle" in content:  # it holds what cannot be imported, such as an exception of a notebook
            return
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_private(self._folder):
            return
        super().write(path, content)
        for old in sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-MOST_OF_USER]:
            old.unlink(missing_ok=True)


def _is_private(folder: Path) -> bool:
    """Return whether a folder is the user's, and nobody else can write to it."""
    if not hasattr(os, "getuid"):  # Windows: the folder of a user's caches is the user's
        return folder.is_dir()
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _is_extended() -> bool:
    """Return whether anything but Numba told Numba how to compile functions, such as a user's `overload`."""
    known = (*templates.builtin_registry.functions, *templates.builtin_registry.attributes)
    told = (getattr(each, name, None) for each in known for name in ("_overload_func", "_definition_func", "generic"))
    homes = {getattr(each, "__module__", None) or "numba." for each in told}
    return not all(home.startswith("numba.") for home in homes)
