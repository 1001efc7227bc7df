"""A user's own code in a study: a model, stages and reporters, found by name or handed over, and known by its source.

Code is named on the command line or in Python, never in a file, so that nothing runs because a file was opened.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cisim.dynamics.stages import STAGE_NAMES
from cisim.errors import InputError, nearest
from cisim.study.failure import one_line

if TYPE_CHECKING:
    from cisim.dynamics.month import Advance, Stage
    from cisim.dynamics.state import State
    from cisim.mesa_model import CollectiveImpactModel

Reporter = Callable[["State", int], float]
#: What a model, a stage and a reporter are called with, in words.
MODEL_CALL, STAGE_CALL, REPORTER_CALL = "(config, *, seed)", "(state, dials, luck)", "(state, month)"
#: Columns of a study's tables that a reporter may not be called like.
TAKEN = ("point", "replication", "seed", "identity", "month", "status", "ended")


@dataclass(frozen=True)
class Code:
    """What a user brings to a study.

    Args:
        model: a subclass of `CollectiveImpactModel`, run instead of the compiled engine: MODULE:CLASS, or the class.
        stages: stages of the compiled engine to replace: a stage's name, and MODULE:FUNCTION or the function.
        reporters: own columns: a name, and MODULE:FUNCTION or the function, which is given the state and the month and returns
            a number.

    Example:
        >>> Code(stages=(("commit", "mine:rival"),)).stages
        (('commit', 'mine:rival'),)
    """

    model: str | type[Any] | None = None
    stages: tuple[tuple[str, str | Stage], ...] = ()
    reporters: tuple[tuple[str, str | Reporter], ...] = ()

    def about(self) -> dict[str, Any]:
        """What a manifest says of the code: its names, and a hash of its source.

        Raises:
            InputError: it cannot be had.
        """
        return {
            "model": None if self.model is None else place(self.model),
            "stages": sorted(f"{name}={place(given)}" for name, given in self.stages),
            "reporters": [f"{name}={place(given)}" for name, given in self.reporters],
            "digest": load(self).digest,
        }

    @staticmethod
    def given(said: Mapping[str, Any]) -> tuple[str | None, list[str], list[str]]:
        """What `about` said, as --model, --stage and --reporter take it."""
        return said["model"], list(said["stages"]), list(said["reporters"])


@dataclass(frozen=True)
class Loaded:
    """Code that is there.

    Attributes:
        model: the class, if one is run.
        stages: functions by the names of the stages.
        reporters: functions by the names of their columns.
        digest: a hash of all sources; "" if there is no code.
    """

    model: type[CollectiveImpactModel] | None
    stages: dict[str, Stage]
    reporters: dict[str, Reporter]
    digest: str

    @property
    def loop(self) -> Advance:
        """The engine's months, with the user's stages: one for the same stages, so that it is compiled once."""
        from cisim.dynamics.month import advance_with

        with _importing:
            return advance_with(self.stages)


def place(given: Any) -> str:
    """Where an object is found: MODULE:NAME.

    Example:
        >>> place("mine:rival"), place(InputError)
        ('mine:rival', 'cisim.errors:InputError')
    """
    if isinstance(given, str):
        return given
    plain = plainly(given)
    module = getattr(plain, "__module__", None) or type(given).__module__
    name: str = getattr(plain, "__qualname__", None) or type(given).__qualname__
    return f"{module}:{name}"


def plainly(given: Any) -> Any:
    """A compiled function as Python wrote it; anything else as it is."""
    return getattr(given, "py_func", given)


def load(code: Code) -> Loaded:
    """Find the code and check it.

    Raises:
        InputError: with all problems: no such module or object, no stage of that name, not a subclass, other arguments.
    """
    problems: list[str] = []
    digest = hashlib.blake2b(digest_size=16)

    def found(what: str, given: Any) -> Any:
        try:
            thing, source = _named(given) if isinstance(given, str) else (given, source_of(given))
        except InputError as error:
            problems.extend(f"{what}: {problem}" for problem in error.problems)
            return None
        digest.update(hashlib.blake2b(what.encode()).digest() + hashlib.blake2b(source).digest())
        return thing

    model = None
    if code.model is not None:
        what = f"model {place(code.model)}"
        model = found(what, code.model)
        problems += _wrong_model(what, model) if model is not None else []
        if code.stages:
            problems.append(
                f"{what}: has stages of its own: leave stage {code.stages[0][0]} away, or put it into the model"
            )
    stages: dict[str, Stage] = {}
    for name, given in sorted(code.stages, key=lambda pair: pair[0]):
        what = f"stage {name}={place(given)}"
        problems += _wrong_name_of_stage(what, name, stages)
        stages[name] = found(what, given)
        problems += _wrong_call(what, stages[name], 3, STAGE_CALL)
    reporters: dict[str, Reporter] = {}
    for name, reporter in code.reporters:
        what = f"reporter {name}={place(reporter)}"
        problems += _wrong_name_of_reporter(what, name, reporters)
        reporters[name] = found(what, reporter)
        problems += _wrong_call(what, reporters[name], 2, REPORTER_CALL)
    if problems:
        raise InputError(problems)
    return Loaded(model, stages, reporters, digest.hexdigest() if code != Code() else "")


# --- what may be wrong ----------------------------------------------------------------------------------


def _wrong_name_of_stage(what: str, name: str, before: Mapping[str, Any]) -> Iterator[str]:
    if name in before:
        yield f"{what}: the stage {name} is replaced twice"
    if name not in STAGE_NAMES:
        near = nearest(name, STAGE_NAMES)
        hint = f"did you mean {near}?" if near else f"the stages are {', '.join(STAGE_NAMES)}"
        yield f"{what}: {name!r} is not a stage; {hint}"


def _wrong_name_of_reporter(what: str, name: str, before: Mapping[str, Any]) -> Iterator[str]:
    if name in before:
        yield f"{what}: there are two reporters called {name}"
    if not name or not name.isprintable() or name != name.strip():
        yield f"{what}: the name must be a text that can be printed, without blanks around it"
    if name in TAKEN:
        yield f"{what}: {name} is a column of every study's results: choose another name"


def _wrong_call(what: str, thing: Any, arguments: int, call: str) -> Iterator[str]:
    if thing is None:
        return
    if not callable(thing):
        yield f"{what}: must be a function of {call}, is {_kind(thing)}"
        return
    try:
        signature = inspect.signature(plainly(thing))
    except (TypeError, ValueError):  # something built in does not tell
        return
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        yield f"{what}: must be a function of {call}, takes {signature}"


def _wrong_model(what: str, thing: Any) -> Iterator[str]:
    from cisim.mesa_model import CollectiveImpactModel

    if not isinstance(thing, type) or not issubclass(thing, CollectiveImpactModel):
        yield f"{what}: must be a subclass of cisim.CollectiveImpactModel, is {_kind(thing)}"
        return
    signature = inspect.signature(thing.__init__)
    try:
        signature.bind(None, None, seed=1)
    except TypeError:
        yield f"{what}: must be made with {MODEL_CALL}, takes {signature}"


def _kind(thing: Any) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    return f"something of type {type(thing).__name__}"


# --- finding it -----------------------------------------------------------------------------------------

#: Importing changes the process's search path for a moment.
_importing = RLock()
#: Hashes of the files of modules as they were imported; a module that is imported again has another spec.
_files: dict[str, tuple[object, bytes]] = {}


def _named(text: str) -> tuple[Any, bytes]:
    """An object by MODULE:NAME, and what its source is.

    Raises:
        InputError: there is none.
    """
    module_name, colon, name = text.partition(":")
    if not colon or not name or not all(part.isidentifier() for part in module_name.split(".")):
        raise InputError("must be MODULE:NAME, such as mine:rival")
    module = _module(module_name)
    thing: Any = module
    for part in name.split("."):
        if not hasattr(thing, part):
            near = nearest(part, [other for other in vars(thing) if not other.startswith("_")])
            raise InputError(f"{module_name} has no {name}" + (f"; did you mean {near}?" if near else ""))
        thing = getattr(thing, part)
    return thing, _bytes_of(module, thing)


def _module(name: str) -> ModuleType:
    with _importing:
        # Tasks ask again and again: the search path is left alone once the module is there.
        return sys.modules[name] if name in sys.modules else _imported(name)


def _imported(name: str) -> ModuleType:
    with _current_folder():
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise InputError(f"importing {name} failed: {one_line(error)}") from error
            raise InputError(
                f"no module is called {error.name}: there is none in the current folder, and none is installed"
            ) from None
        except Exception as error:
            raise InputError(f"importing {name} failed: {one_line(error)}") from error


@contextmanager
def _current_folder() -> Iterator[None]:
    """Let modules be found in the current folder: first while a user's module is imported, last from then on."""
    folder = str(Path.cwd())
    if not {folder, ""} & set(sys.path):
        sys.path.append(folder)
    before = list(sys.path)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        # What the module itself did to the path stays.
        if sys.path[:1] == [folder] and sys.path[1:] == before:
            sys.path[:] = before
        elif folder in sys.path:
            sys.path.remove(folder)


def _bytes_of(module: ModuleType, thing: Any) -> bytes:
    """The file of a module as it was imported; the source of the object where there is no file."""
    spec = module.__spec__
    known = _files.get(module.__name__)
    if known is not None and known[0] is spec:
        return known[1]
    if not module.__file__:
        return source_of(thing)
    try:
        content = Path(module.__file__).read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise InputError(f"{module.__file__}: cannot be read: {error.strerror or error}") from error
    _files[module.__name__] = (spec, content)
    return content


def source_of(thing: Any) -> bytes:
    """What an object that was handed over does, as it is written, and the plain values it closes over.

    Raises:
        InputError: Python does not know its source.
    """
    plain = plainly(thing)
    try:
        text = inspect.getsource(plain)
    except (OSError, TypeError) as error:
        raise InputError("its source cannot be read: put it into a module's file") from error
    cells = getattr(plain, "__closure__", None) or ()
    for cell in cells:
        value = cell.cell_contents
        plain_value = isinstance(value, bool | int | float | str | bytes | tuple | type(None))
        text += f"\n# {value!r}" if plain_value else f"\n# {place(value)}"
    return text.encode()
