"""User's own code in a study: a model, stages and reporters, found by name or handed over, and known by its fingerprint.

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
from cisim.errors import InputError, Problems, did_you_mean, reason
from cisim.fingerprint import fingerprint

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
    """Model, stages and reporters that a user brings to a study.

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
        """Describe the code for a manifest: its names, and a hash of all that it does.

        Raises:
            InputError: it cannot be had.
        """
        return {
            "model": None if self.model is None else _location(self.model),
            "stages": sorted(f"{name}={_location(given)}" for name, given in self.stages),
            "reporters": [f"{name}={_location(given)}" for name, given in self.reporters],
            "digest": load(self).digest,
        }

    @staticmethod
    def given(about: Mapping[str, Any]) -> tuple[str | None, list[str], list[str]]:
        """Read from `about` what --model, --stage and --reporter take."""
        return about["model"], list(about["stages"]), list(about["reporters"])


@dataclass(frozen=True)
class Loaded:
    """Code that is there.

    Attributes:
        model: the class, if one is run.
        stages: functions by the names of the stages.
        reporters: functions by the names of their columns.
        digest: a hash of all that it does; "" if there is no code.
    """

    model: type[CollectiveImpactModel] | None
    stages: dict[str, Stage]
    reporters: dict[str, Reporter]
    digest: str

    @property
    def loop(self) -> Advance:
        """Month loop of the engine with the user's stages: one for the same stages, so that it is compiled once."""
        from cisim.dynamics.month import advance_with

        with _importing:
            return advance_with(self.stages)


def _location(given: Any) -> str:
    """Name an object as MODULE:NAME.

    Example:
        >>> _location("mine:rival"), _location(InputError)
        ('mine:rival', 'cisim.errors:InputError')
    """
    if isinstance(given, str):
        return given
    plain = _uncompiled(given)
    module = getattr(plain, "__module__", None) or type(given).__module__
    return f"{module}:{getattr(plain, '__qualname__', None) or type(given).__qualname__}"


def _uncompiled(given: Any) -> Any:
    return getattr(given, "py_func", given)


def load(code: Code) -> Loaded:
    """Find the code and check it.

    Raises:
        InputError: with all problems: no such module or object, no stage of that name, not a subclass, other arguments.
    """
    problems = Problems()
    digest = hashlib.blake2b(digest_size=16)

    def find(label: str, given: Any) -> Any:
        with problems.collected(f"{label}: "):
            thing = _named(given) if isinstance(given, str) else given
            printed = fingerprint(thing) if callable(thing) else ""
            digest.update(hashlib.blake2b(label.encode()).digest() + printed.encode())
            return thing
        return None

    model = None
    if code.model is not None:
        label = f"model {_location(code.model)}"
        model = find(label, code.model)
        problems += _wrong_model(label, model) if model is not None else []
        if code.stages:
            words = f"has stages of its own: leave stage {code.stages[0][0]} away, or put it into the model"
            problems.append(f"{label}: {words}")
    stages: dict[str, Stage] = {}
    for name, given in sorted(code.stages, key=lambda pair: pair[0]):
        label = f"stage {name}={_location(given)}"
        problems += _wrong_stage(label, name, stages)
        stages[name] = find(label, given)
        problems += _wrong_call(label, stages[name], 3, STAGE_CALL)
    reporters: dict[str, Reporter] = {}
    for name, reporter in code.reporters:
        label = f"reporter {name}={_location(reporter)}"
        problems += _wrong_reporter(label, name, reporters)
        reporters[name] = find(label, reporter)
        problems += _wrong_call(label, reporters[name], 2, REPORTER_CALL)
    problems.check()
    return Loaded(model, stages, reporters, digest.hexdigest() if code != Code() else "")


# --- what may be wrong ----------------------------------------------------------------------------------


def _wrong_stage(label: str, name: str, before: Mapping[str, Any]) -> Iterator[str]:
    if name in before:
        yield f"{label}: the stage {name} is replaced twice"
    if name not in STAGE_NAMES:
        yield f"{label}: {name!r} is not a stage; {did_you_mean(name, STAGE_NAMES, 'the stages are {}')}"


def _wrong_reporter(label: str, name: str, before: Mapping[str, Any]) -> Iterator[str]:
    if name in before:
        yield f"{label}: there are two reporters called {name}"
    if not name or not name.isprintable() or name != name.strip():
        yield f"{label}: the name must be a text that can be printed, without blanks around it"
    if name in TAKEN:
        yield f"{label}: {name} is a column of every study's results: choose another name"


def _wrong_call(label: str, thing: Any, arguments: int, call: str) -> Iterator[str]:
    if thing is None:
        return
    if not callable(thing):
        yield f"{label}: must be a function of {call}, is {_kind(thing)}"
        return
    try:
        signature = inspect.signature(_uncompiled(thing))
    except (TypeError, ValueError):  # something built in does not tell
        return
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        yield f"{label}: must be a function of {call}, takes {signature}"


def _wrong_model(label: str, thing: Any) -> Iterator[str]:
    from cisim.mesa_model import CollectiveImpactModel

    if not isinstance(thing, type) or not issubclass(thing, CollectiveImpactModel):
        yield f"{label}: must be a subclass of cisim.CollectiveImpactModel, is {_kind(thing)}"
        return
    signature = inspect.signature(thing.__init__)
    try:
        signature.bind(None, None, seed=1)
    except TypeError:
        yield f"{label}: must be made with {MODEL_CALL}, takes {signature}"


def _kind(thing: Any) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    return f"something of type {type(thing).__name__}"


# --- finding it -----------------------------------------------------------------------------------------

#: Importing changes the process's search path for a moment.
_importing = RLock()


def _named(text: str) -> Any:
    """Find an object by MODULE:NAME.

    Raises:
        InputError: there is none.
    """
    module_name, colon, name = text.partition(":")
    if not colon or not name or not all(part.isidentifier() for part in module_name.split(".")):
        raise InputError("must be MODULE:NAME, such as mine:rival")
    with _importing:
        # Tasks ask again and again: the search path is left alone once the module is there.
        thing: Any = sys.modules[module_name] if module_name in sys.modules else _imported(module_name)
    for part in name.split("."):
        if not hasattr(thing, part):
            hint = did_you_mean(part, [other for other in vars(thing) if not other.startswith("_")], "")
            raise InputError(f"{module_name} has no {name}{hint and f'; {hint}'}")
        thing = getattr(thing, part)
    return thing


def _imported(name: str) -> ModuleType:
    with _current_folder():
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise _failed(name, error) from error
            raise InputError(
                f"no module is called {error.name}: there is none in the current folder, and none is installed"
            ) from None
        except Exception as error:
            raise _failed(name, error) from error


def _failed(name: str, error: Exception) -> InputError:
    return InputError(f"importing {name} failed: {type(error).__name__}: {reason(error)}")


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
