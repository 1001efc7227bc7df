"""Fingerprint of a function: a hash of all that its results depend on besides its arguments.

That is its source, its defaults, what it closes over, the globals that it reads and the user's own modules, and what functions and classes
among these depend on. Installed packages count by name and version, cisim by name alone: its sources have a digest of their own.
"""

from __future__ import annotations

import datetime
import decimal
import dis
import enum
import fractions
import functools
import hashlib
import importlib.metadata
import inspect
import linecache
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from cisim.errors import InputError, reason

#: What its text tells all about.
_PLAIN = (bool, int, float, complex, str, bytes, range, slice, decimal.Decimal, fractions.Fraction, PurePath)
_PLAIN += (datetime.date, datetime.time, datetime.timedelta, type(None), type(...))  # type: ignore[assignment]
#: Lines of modules' files as they were when they were first looked at, beside the spec of that import.
_lines: dict[str, tuple[object, list[str]]] = {}


def fingerprint(thing: object) -> str:
    """Hash a function, compiled or not, a class or plain data: 32 hexadecimal digits, the same on every machine.

    Example:
        >>> rate = 0.1
        >>> def tired(commitment):
        ...     return commitment * (1 - rate)
        >>> before = fingerprint(tired)
        >>> rate = 0.2
        >>> fingerprint(tired) == before
        False
    """
    return _Hasher(thing).digest.hexdigest()


def compiled_parts(thing: object) -> list[Any]:
    """List the user's functions that are compiled by Numba among all that a function depends on, callers before the called."""
    return [part for _, part in _Hasher(thing).seen.values() if hasattr(part, "py_func") and not _installed(part)]


class _Hasher:
    def __init__(self, thing: object) -> None:
        self.digest = hashlib.blake2b(digest_size=16)
        #: Functions, classes and modules that were looked at, in their order, by their ids; they may refer to each other.
        self.seen: dict[int, tuple[int, object]] = {}
        #: Ids of the containers that the value stands in.
        self.around: list[int] = []
        self.visit(thing, getattr(thing, "__name__", type(thing).__name__))

    def add(self, *texts: str | bytes) -> None:
        for text in texts:
            content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            self.digest.update(len(content).to_bytes(8, "little") + content)

    def visit(self, value: Any, name: str) -> None:
        """Take in a value; the name says in errors where it stands."""
        if isinstance(value, enum.Enum):
            self.add("enum", type(value).__qualname__, value.name)
            self.visit(value.value, name)
        elif isinstance(value, _PLAIN):
            self.add(type(value).__name__, repr(value))
        elif isinstance(value, np.dtype):
            self.add("dtype", str(value.descr if value.names else value.str))
        elif isinstance(value, (np.ndarray, np.generic)):
            self.add("array", str(value.shape))
            self.visit(value.dtype, name)
            if value.dtype.hasobject:
                self.visit(value.tolist(), name)
            else:
                self.add(value.tobytes())
        elif isinstance(value, (tuple, list, set, frozenset, Mapping, functools.partial)) or _is_data(value):
            if id(value) in self.around:
                self.add("around", str(self.around.index(id(value))))
                return
            self.around.append(id(value))
            self.container(value, name)
            self.around.pop()
        elif id(value) in self.seen:
            self.add("seen", str(self.seen[id(value)][0]))
        else:
            self.seen[id(value)] = len(self.seen), value
            self.code(value, name)

    def container(self, value: Any, name: str) -> None:
        parts = list(value) if isinstance(value, (tuple, list, set, frozenset)) else []
        if isinstance(value, (set, frozenset)):
            parts = sorted(map(fingerprint, parts))
        elif isinstance(value, Mapping):
            parts = [part for pair in value.items() for part in pair]
        elif isinstance(value, functools.partial):
            parts = [value.func, value.args, value.keywords]
        elif is_dataclass(value):
            parts = [type(value), *(getattr(value, field.name) for field in fields(value))]
        elif _is_data(value):  # a pydantic model, such as a scenario
            parts = [type(value), value.model_dump(mode="json")]
        self.add(type(value).__qualname__, str(len(parts)))
        for part in parts:
            self.visit(part, name)

    def code(self, value: Any, name: str) -> None:
        """Take in a function, a class or a module."""
        if installed := _installed(value):
            self.add("installed", installed)
        elif isinstance(value, MethodType):
            self.visit([value.__self__, value.__func__], name)
        elif hasattr(value, "py_func"):  # compiled by Numba
            self.add("compiled", str(sorted(getattr(value, "targetoptions", {}).items())))
            self.visit(value.py_func, name)
        elif isinstance(value, FunctionType):
            self.function(value)
        elif isinstance(value, ModuleType):
            self.module(value)
        elif isinstance(value, type):
            self.klass(value)
        elif hasattr(value, "__wrapped__"):
            self.visit(value.__wrapped__, name)
        elif type(value).__module__.startswith("numba."):  # a type, which compiled functions convert to
            self.add("numba", repr(value))
        else:
            raise InputError(
                f"{name} is of type {type(value).__name__}, whose content cannot be hashed: "
                "use numbers, texts, tuples or arrays instead, or make it inside the function"
            )

    def function(self, function: FunctionType) -> None:
        code, name, home = function.__code__, function.__name__, function.__globals__.get("__name__", "")
        package = _package(home) and not code.co_filename.startswith("<doctest")
        if package:  # what a decorator made
            self.add("installed", f"{home}:{function.__qualname__}")
        else:
            self.add("function", _source(code, home, name))
        if name == "<lambda>":  # several may stand in the same line
            self.add(code.co_code, str(code.co_names))
            self.visit([part for part in code.co_consts if not isinstance(part, CodeType)], name)
        self.visit([function.__defaults__, function.__kwdefaults__], f"a default of {name}")
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self.add("closure", variable)
            try:
                content = cell.cell_contents
            except ValueError:
                continue  # not set yet
            self.visit(content, f"{variable}, which {name} closes over,")
        values = {} if package else dict(_globals(code, function.__globals__))
        for path, value in sorted(values.items(), key=lambda pair: pair[0]):
            self.add("global", path)
            self.visit(value, f"the global {path}, which {name} reads,")

    def klass(self, cls: type) -> None:
        name = cls.__qualname__
        self.add("class", name)
        self.visit(cls.__bases__, name)
        if is_dataclass(cls):
            self.visit([(field.name, field.init, field.kw_only) for field in fields(cls)], name)
        for key, value in vars(cls).items():
            if isinstance(value, property):
                value = [value.fget, value.fset]
            elif isinstance(value, (staticmethod, classmethod)):
                value = value.__func__
            elif isinstance(value, functools.cached_property):
                value = value.func
            if isinstance(value, FunctionType):
                written = inspect.unwrap(value).__code__.co_filename != "<string>"
                # Those that dataclasses and named tuples write follow from the fields.
                counts = written or not (is_dataclass(cls) or hasattr(cls, "_fields"))
            else:
                counts = not (key.startswith(("__", "_abc_")) or inspect.isdatadescriptor(value))
            if counts:
                self.add(key)
                self.visit(value, f"{name}.{key}")

    def module(self, module: ModuleType) -> None:
        self.add("module", "".join(_lines_of(module)))
        for value in list(vars(module).values()):
            name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            home = sys.modules.get(name) if isinstance(name, str) else None
            if home is not None and home is not module and not _package(home.__name__):
                self.visit(home, home.__name__)


def _is_data(value: Any) -> bool:
    return not isinstance(value, type) and (is_dataclass(value) or hasattr(type(value), "model_dump"))


def _globals(code: CodeType, names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Find the globals that a function reads, and what it reads of the user's own modules."""
    path, value = "", None
    for step in dis.get_instructions(code):
        if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"} and step.argval in names:
            path, value = step.argval, names[step.argval]
            yield path, value
        elif step.opname in {"LOAD_ATTR", "LOAD_METHOD"} and isinstance(value, ModuleType):
            inner = None if _package(value.__name__) else getattr(value, step.argval, None)
            path, value = f"{path}.{step.argval}", inner
            if inner is not None:
                yield path, inner
        else:
            value = None
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _globals(part, names)


def _installed(value: Any) -> str:
    """Name something that an installed package holds; "" if none does."""
    if isinstance(value, ModuleType):
        package = _package(value.__name__)
        return package and f"{package}, {value.__name__}"
    home = getattr(value, "__module__", None) or type(value).__module__
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    for module in (home, "scipy.special"):  # whose functions do not know their home
        inner = sys.modules.get(module)
        for part in str(name).split("."):
            inner = getattr(inner, part, None)
        if inner is value and _package(module):
            return f"{_package(module)}, {module}:{name}"
    return ""


@functools.cache
def _package(name: str) -> str:
    """Name and version of the package that a module comes from; "" if it is the user's own."""
    top = name.partition(".")[0]
    file = getattr(sys.modules.get(name) or sys.modules.get(top), "__file__", None)
    if top == "cisim":
        return top
    if file and {"site-packages", "dist-packages"} & set(Path(file).parts):
        version = getattr(sys.modules.get(top), "__version__", None)
        with suppress(importlib.metadata.PackageNotFoundError):
            version = version or importlib.metadata.version(top)
        return f"{top} {version}"
    standard = Path(file).is_relative_to(Path(inspect.__file__).parent) if file else top in sys.stdlib_module_names
    return f"python {sys.version_info[0]}.{sys.version_info[1]}" if standard else ""


def _source(code: CodeType, home: str, name: str) -> str:
    module = sys.modules.get(home)
    known = module is not None and getattr(module, "__file__", None) == code.co_filename
    lines = _lines_of(module) if known and module else linecache.getlines(code.co_filename)
    # Many texts are called <string>, and Python 3.13 knows the lines of one of them.
    if len(lines) < code.co_firstlineno or (not known and code.co_filename in ("<string>", "<stdin>")):
        raise InputError(f"{name}: its source cannot be read: put it into a module's file")
    return "".join(inspect.getblock(lines[code.co_firstlineno - 1 :]))


def _lines_of(module: ModuleType) -> list[str]:
    """Read a module's file, once for each import: what was imported still runs when the file has changed."""
    spec, file = module.__spec__, getattr(module, "__file__", None)
    known = _lines.get(module.__name__)
    if known is not None and known[0] is spec:
        return known[1]
    try:
        content = Path(file).read_bytes() if file else b""
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {reason(error)}") from error
    lines = content.decode("utf-8", "replace").replace("\r\n", "\n").splitlines(keepends=True)
    _lines[module.__name__] = (spec, lines)
    return lines
