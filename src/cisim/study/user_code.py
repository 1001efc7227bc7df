"""User's own code in a study: a model, stages with their parameters, and reporters, found by name or handed over, and known by its fingerprint.

Code is named on the command line or in Python, never in a file, so that nothing runs because a file was opened.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cisim.dynamics.mechanism import further_arguments, own_arguments, own_fields, own_numbers
from cisim.dynamics.stages import STAGE_NAMES
from cisim.ensemble import reporter_name_problem
from cisim.errors import InputError, Problems, did_you_mean, reason
from cisim.fingerprint import fingerprint
from cisim.study.factors import PARAMETER

if TYPE_CHECKING:
    from cisim.dynamics.mechanism import Stage
    from cisim.dynamics.month import Advance
    from cisim.dynamics.state import State
    from cisim.mesa_model import CollectiveImpactModel

Reporter = Callable[["State", int], float]
#: What a model, a stage and a reporter are called with: in words, and as a call that their signatures must allow.
CALLS: Mapping[str, tuple[str, int, dict[str, int]]] = {
    "model": ("made with (config, *, seed)", 2, {"seed": 1}),
    "stage": ("a function of (state, dials, luck)", 3, {}),
    "reporter": ("a function of (state, month), or of (state, month, model) beside a model", 2, {}),
}


@dataclass(frozen=True)
class Code:
    """Model, stages, reporters, parameters and fields that a user brings to a study.

    Args:
        model: a subclass of `CollectiveImpactModel`, run instead of the compiled engine: MODULE:CLASS, or the class.
        stages: stages of the compiled engine to replace: a stage's name, and MODULE:FUNCTION or the function.
        reporters: own columns: a name, and MODULE:FUNCTION or the function, which is given the state and the month and returns
            a number; of runs of a model, one that names a further argument `model` is given that, too.
        parameters: numbers, by name, that stages take as further arguments, and a model when it is made.
        fields: numbers that each organisation has besides those of the model, by name, with their first values.
        varied: names of the parameters that are factors of the study; `read_job` fills them in.
    """

    model: str | type[Any] | None = None
    stages: tuple[tuple[str, str | Stage], ...] = ()
    reporters: tuple[tuple[str, str | Reporter], ...] = ()
    parameters: tuple[tuple[str, float], ...] = ()
    fields: tuple[tuple[str, float], ...] = ()
    varied: tuple[str, ...] = ()

    def about(self) -> dict[str, Any]:
        """Describe the code for a manifest: what --model, --stage, --reporter, --param and --field take, and a hash of all that it does."""
        return {
            "model": None if self.model is None else _location(self.model),
            "stages": sorted(f"{name}={_location(given)}" for name, given in self.stages),
            "reporters": [f"{name}={_location(given)}" for name, given in self.reporters],
            "parameters": [f"{name}={value!r}" for name, value in load(self).parameters.items()],
            "fields": [f"{name}={value!r}" for name, value in load(self).fields.items()],
            "digest": load(self).digest,
        }


@dataclass(frozen=True)
class Loaded:
    """Code that is there."""

    model: type[CollectiveImpactModel] | None  #: the class, if one is run.
    stages: dict[str, Stage]  #: by their names, sorted.
    reporters: dict[str, Reporter]  #: by the names of their columns.
    parameters: dict[str, float]  #: those that do not vary, by their names, sorted.
    fields: dict[str, float]  #: with their first values, by their names, sorted.
    varied: tuple[str, ...]  #: names of those that do.
    digest: str  #: a hash of all that it does, but for what varies; "" if there is no code.

    @cached_property
    def reporters_of_model(self) -> set[str]:
        """Names of the reporters that are given the user's model besides."""
        return {name for name, reporter in self.reporters.items() if self.model and _takes_model(reporter)}

    @cached_property
    def loop(self) -> Advance:
        """Month loop of the engine with the user's stages: one for the same stages, so that it is compiled once."""
        from cisim.dynamics.month import advance_with

        return advance_with(self.stages, [*self.parameters, *self.varied] if self.stages else ())


def _location(given: Any) -> str:
    """Name an object as MODULE:NAME."""
    if isinstance(given, str):
        return given
    plain = getattr(given, "py_func", given)
    module = getattr(plain, "__module__", None) or type(given).__module__
    return f"{module}:{getattr(plain, '__qualname__', None) or type(given).__qualname__}"


def load(code: Code) -> Loaded:
    """Find the code and check it.

    InputError tells all problems: no such module or object, no stage of that name, not a subclass, other arguments.
    """
    problems, digest = Problems(), hashlib.blake2b(digest_size=16)
    loaded: dict[str, dict[str, Any]] = {"model": {}, "stage": {}, "reporter": {}}
    parameters, fields = dict[str, float](), dict[str, float]()
    with problems.collected():
        parameters = own_numbers("parameters", dict(code.parameters))
    with problems.collected():
        fields = own_fields(dict(code.fields))
    names = [*(name for name, _ in code.parameters), *code.varied]
    for name in sorted({name for name in names if names.count(name) > 1}):
        varies = f", as a factor ({PARAMETER}{name}) too" if name in code.varied else ""
        problems.append(f"parameter {name}: is given twice{varies}")
    parts: list[tuple[str, str, Any]] = [("model", "", code.model)] if code.model is not None else []
    parts += [("stage", *pair) for pair in sorted(code.stages, key=lambda pair: pair[0])]
    parts += [("reporter", *pair) for pair in code.reporters]
    for kind, name, given in parts:
        label = f"{kind} {name}{'' if kind == 'model' else '='}{_location(given)}"
        problems += [f"{label}: {words}" for words in _wrong_name(kind, name, loaded[kind])]
        loaded[kind][name] = None
        with problems.collected(f"{label}: "):
            thing = loaded[kind][name] = _named(given) if isinstance(given, str) else given
            printed = fingerprint(thing) if callable(thing) else ""
            digest.update(hashlib.blake2b(label.encode()).digest() + printed.encode())
            if words := _wrong_call(kind, thing, names, code):
                raise InputError(words)
        if kind == "model" and code.stages:
            words = f"has stages of its own: leave stage {code.stages[0][0]} away, or put it into the model"
            problems.append(f"{label}: {words}")
    if not problems and code.model is None:
        with problems.collected():
            own_arguments(loaded["stage"], names)
    if code.fields and code.model is not None:
        problems.append(
            "fields: a model declares its own, as its attribute fields, and organisations may have any attribute"
        )
    problems.check()
    for what, numbers in (("parameter", parameters), ("field", fields)):
        for name, value in numbers.items():
            digest.update(hashlib.blake2b(f"{what} {name}={value!r}".encode()).digest())
    own = (loaded["model"].get(""), loaded["stage"], loaded["reporter"])
    return Loaded(*own, parameters, fields, code.varied, digest.hexdigest() if parts else "")


def _wrong_name(kind: str, name: str, before: Container[str]) -> Iterator[str]:
    if kind == "stage":
        if name in before:
            yield f"the stage {name} is replaced twice"
        if name not in STAGE_NAMES:
            yield f"{name!r} is not a stage; {did_you_mean(name, STAGE_NAMES, 'the stages are {}')}"
    elif kind == "reporter":
        if name in before:
            yield f"there are two reporters called {name}"
        if words := reporter_name_problem(name):
            yield words


def _takes_model(reporter: Any) -> bool:
    return [argument.name for argument in further_arguments(reporter, 2)] == ["model"]


def _wrong_call(kind: str, thing: Any, parameters: Sequence[str], code: Code) -> str | None:
    """Say what is wrong with a model, stage or reporter; None if nothing is. What else a stage takes is checked apart."""
    words, arguments, named = CALLS[kind]
    is_class = isinstance(thing, type)
    what = f"the class {thing.__name__}" if is_class else f"something of type {type(thing).__name__}"
    called = getattr(thing, "py_func", thing)
    if kind == "model":
        from cisim.mesa_model import CollectiveImpactModel

        if not is_class or not issubclass(thing, CollectiveImpactModel):
            return f"must be a subclass of cisim.CollectiveImpactModel, is {what}"
        called, named = thing.__init__, {**named, **dict.fromkeys(parameters, 0)}
        words = words[:-1] + "".join(f", {name}" for name in parameters) + ")"
    if not callable(thing):
        return f"must be {words}, is {what}"
    try:
        signature = inspect.signature(called)
    except (TypeError, ValueError):  # something built in does not tell
        return None
    if kind == "reporter" and code.model is not None and _takes_model(thing):
        named = {"model": 0}
    try:
        further = len(further_arguments(thing)) if kind == "stage" else 0
        signature.bind(*[None] * (arguments + further), **named)
    except TypeError:
        return f"must be {words}, takes {signature}"
    return None


#: Importing changes the process's search path for a moment.
_importing = RLock()


def _named(text: str) -> Any:
    """Find an object by MODULE:NAME; InputError if there is none."""
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
    """Import a module; the current folder is searched first meanwhile, and last from then on."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            words = f"no module is called {error.name}: there is none in the current folder, and none is installed"
            raise InputError(words) from None
        raise InputError(f"importing {name} failed: {type(error).__name__}: {reason(error)}") from error
    finally:
        # What the module itself did to the path stays.
        if folder in sys.path:
            sys.path.remove(folder)
        if not {folder, ""} & set(sys.path):
            sys.path.append(folder)
