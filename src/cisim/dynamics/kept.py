"""Compiled code kept in files, one for a function and the types of its arguments, and loaded without what only a compiler needs.

Numba's own cache looks at the file a function stands in, wants a folder that it can write to, and fills all its tables of what it
can compile before it loads anything, which takes longer than the loading. What is loaded is a pickle: a folder must be one that
nobody else can write to, or whose writers are trusted with more than code.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from llvmlite import binding
from numba.core import compiler, runtime, serialize

from cisim.files import replace_file

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
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._file(types, result.target_context), lambda file: file.write(content), sweep=False)

    def flush(self) -> None:
        """Forget nothing: what the code depends on names the folder."""

    def _file(self, types: Any, context: Any) -> Path:
        key = f"{types} {context.codegen().magic_tuple()}"  # the processor that is compiled for
        return self._folder / f"{self._name}-{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"
