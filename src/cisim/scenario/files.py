"""Reading scenarios: those that come with cisim by name, others from a TOML file."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.scenario.lines import lines_of
from cisim.scenario.problems import Problem
from cisim.scenario.scenario import Scenario

#: Largest scenario file, in bytes.
LARGEST = 10_000_000
#: More dotted parts in one key than any scenario needs; Python's reader takes quadratic time over them.
_LONG_KEY = re.compile(r"(?:[A-Za-z0-9_\"'-]+[ \t]*\.[ \t]*){1000}")


def shipped() -> Mapping[str, Path]:
    """The scenarios that come with cisim: name -> file, sorted by name."""
    package = Path(__file__).parent.parent
    for folder in (package / "shipped_scenarios", package.parent.parent / "scenarios"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return {}


def load(name_or_path: str | PathLike[str]) -> Scenario:
    """A scenario by its name, if it came with cisim, or from a TOML file.

    Args:
        name_or_path: such as "all-five", or a path; a file of the current folder that is called like a
            scenario that came with cisim is "./all-five".

    Raises:
        InputError: with all that is wrong, one line each: file, line, field, value, what is allowed.

    Example:
        >>> load("isolated-impact").coalition.start
        'never'
    """
    label = os.fspath(name_or_path)
    known = shipped().get(label) if isinstance(name_or_path, str) else None
    path = known or Path(label)
    text = text_of(path, label, "scenario", LARGEST, _no_file)
    scenario = Scenario.__new__(Scenario)
    problems = scenario._fill(parsed(text, label))
    if problems:
        raise InputError(with_lines(problems, label, text))
    return scenario.at(path.parent)


def text_of(path: Path, label: str, what: str, largest: int, missing: Callable[[str], str]) -> str:
    """The text of a file.

    Args:
        path: where it is.
        label: the file, as errors name it.
        what: it should be: "scenario" and so on.
        largest: how many bytes it may have.
        missing: says, for a label, that there is none.

    Raises:
        InputError: it is not there, a folder, too large, or no text in UTF-8.
    """
    if _is_folder(path):
        raise InputError(f"{label}: is a folder, not a {what} file")
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except FileNotFoundError:
        raise InputError(f"{label}: {missing(label)}") from None
    except OSError as error:
        raise InputError(f"{label}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{label!r}: is not the name of a file") from None
    if len(content) > largest:
        raise InputError(f"{label}: is larger than {largest // 1_000_000} MB, too large for a {what}")
    try:
        # Some editors begin a file with a mark of its encoding, which TOML does not know.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{label}:{line}: is not text in UTF-8; save it in that encoding") from None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _no_file(label: str) -> str:
    if Path(label).name != label or Path(label).suffix:
        return "no such file"
    close = difflib.get_close_matches(label[:100], list(shipped()), n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(shipped())}"
    return f"no such file, and no scenario of that name comes with cisim; {hint}"


def parsed(text: str, label: str) -> dict[str, Any]:
    """A TOML file as mappings.

    Args:
        text: of the file.
        label: the file, as errors name it.

    Raises:
        InputError: it is not valid TOML, or nests too deeply.
    """
    try:
        if _LONG_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        says, line = _syntax(str(error), text)
        raise InputError(f"{label}:{line}: not valid TOML: {says}") from None
    except RecursionError:
        raise InputError(f"{label}: nests too deeply") from None
    except ValueError:
        # Python refuses to read a whole number of thousands of digits.
        raise InputError(f"{label}: not valid TOML: a number with too many digits") from None


def _syntax(says: str, text: str) -> tuple[str, int]:
    found = re.search(r"\(at line (\d+), column (\d+)\)", says)
    line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
    reason = re.sub(r" ?\(at (?:line \d+, column \d+|end of document)\)", "", says)
    reason = "".join(sign if sign.isprintable() else "?" for sign in reason)[:200]
    place = f" (column {found[2]})" if found else " (the file ends too early)"
    return reason[:1].lower() + reason[1:] + place, line


def with_lines(problems: list[Problem], label: str, text: str) -> list[str]:
    """Problems with the file and the line that each is in.

    Args:
        problems: what is wrong.
        label: the file, as errors name it.
        text: of the file.
    """
    lines = lines_of(text)
    told = []
    for problem in problems:
        known = (problem.path[:length] for length in range(len(problem.path), 0, -1))
        line = next((lines[path] for path in known if path in lines), None)
        told.append((line or 0, f"{label}:{line}: {problem.says}" if line else f"{label}: {problem.says}"))
    return [says for _, says in sorted(told, key=lambda pair: pair[0])]
