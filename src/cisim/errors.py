"""Refusals of wrong input: one error class, one collector of problems, one "did you mean"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

#: Names that are at least so alike, from 0 to 1, may be meant for one another.
CLOSE = 0.7
#: So many problems are told; a file that is something else altogether has too many to read.
MOST_PROBLEMS = 100
#: So many lines are told one by one on which the same is wrong.
MOST_ALIKE = 3
_LINE = re.compile(r"(.{1,1000}?):(\d+): (.*)", re.DOTALL)
#: A message that must be one line has so many characters at most.
LONGEST = 500


class InputError(ValueError):
    """A file, field or argument that a user gave is wrong; nothing has been written.

    The command line prints the problems, one a line, and ends with exit code 2. A problem is a sentence that says where, what,
    and what is allowed, such as "a.toml: backbone.staff = -1: must be at least 0".
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[str, ...]]]:
        """Cross process borders with all problems."""
        return type(self), (self.problems,)

    def _render_traceback_(self) -> list[str]:
        """Show the problems without a traceback in notebooks, as the command line does."""
        return [f"{type(self).__name__}: {printable(problem)}" for problem in self.problems]


class Problems(list[str]):
    """A collector of problems, so that a user learns of all of them at once."""

    @contextmanager
    def collected(self, prefix: str = "") -> Iterator[None]:
        """Take in the problems of an InputError instead of passing it on."""
        try:
            yield
        except InputError as error:
            self.extend(prefix + problem for problem in error.problems)

    def check(self, source: str = "") -> None:
        """Raise what was collected, each problem once; of more than `MOST_PROBLEMS`, say how many and where (`source`).

        The same problem on many lines of a file is told with the first of them and their number.
        """
        if self:
            problems = gathered(dict.fromkeys(self))
            more = len(problems) - MOST_PROBLEMS
            last = [f"{source + ': ' if source else ''}and {more:,} more problems"] if more > 0 else []
            raise InputError(problems[:MOST_PROBLEMS] + last)


def gathered(problems: Iterable[str]) -> list[str]:
    """Put what is the same on more than `MOST_ALIKE` lines of a file into one problem, at the first of them."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for problem in problems:
        place = _LINE.fullmatch(problem)
        alike.setdefault(place.group(1, 3) if place else (problem,), []).append(place[2] if place else problem)
    told = []
    for key, lines in alike.items():
        if len(key) == 1:
            told += lines
        elif len(lines) <= MOST_ALIKE:
            told += [f"{key[0]}:{line}: {key[1]}" for line in lines]
        else:
            more = f"{len(lines) - 1:,} more lines, such as {lines[1]} and {lines[2]}"
            told.append(f"{key[0]}:{lines[0]}: {key[1]} (and on {more})")
    return told


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that somebody may have meant: the same one in another section, or one that is spelt alike."""
    name = name[:200]
    last, whole = (difflib.SequenceMatcher(None, b=text) for text in (_last_part(name), name))
    best: tuple[float, float, str] | None = None
    for candidate in known:
        last.set_seq1(_last_part(candidate))
        # Ten times as fast as `ratio`, and never below it.
        if last.real_quick_ratio() < CLOSE or last.quick_ratio() < CLOSE or last.ratio() < CLOSE:
            continue
        whole.set_seq1(candidate)
        scored = (last.ratio(), whole.ratio(), candidate)
        best = scored if best is None or scored[:2] > best[:2] else best
    return best[2] if best else None


def meant(name: str, known: Iterable[str]) -> str:
    """Write what somebody may have meant, as `nearest` finds it: fields of one name in several sections all, "" if none is near."""
    every = list(dict.fromkeys(known))
    best = nearest(name, every)
    section = name[:200].rpartition(".")[0]
    if best is None:
        return ""
    if section and difflib.SequenceMatcher(None, section, best.rpartition(".")[0]).ratio() >= CLOSE:
        return best
    *others, last = [each for each in every if each == best or ("." in each and _last_part(each) == _last_part(best))]
    return f"{', '.join(others)} or {last}" if others else last


def _last_part(name: str) -> str:
    """Cut out the field that a path names; a text with spaces, or a dot at its end, is no path."""
    return name if " " in name else name.rpartition(".")[2] or name


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "there are {}") -> str:
    """Write a hint after a wrong name: "did you mean NAME?", "did you mean ONE or OTHER?", or else `otherwise`, with all known names for "{}"."""
    every = list(known)
    close = meant(name, every)
    return f"did you mean {close}?" if close else otherwise.replace("{}", ", ".join(every))


def reason(error: BaseException) -> str:
    """Say in one line why the file system refused, in its own words."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(str(words).splitlines()[0])


def one_line(error: BaseException | str) -> str:
    """Put an error's type and text, or a text, into one line of at most 500 characters that can be printed and stored."""
    try:
        text = str(error)
    except Exception:  # a user's own error may fail to tell of itself
        text = ""
    if isinstance(error, BaseException) and not (text and isinstance(error, InputError)):
        text = type(error).__name__ + (f": {text}" if text else "")
    line = "; ".join(part for part in (part.strip() for part in text.splitlines()) if part)
    line = line.encode("utf-8", "replace").decode().replace("\x00", " ")
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def printable(text: str) -> str:
    r"""Show control characters as escapes, such as "\x1b", so that a text from a file can't garble a terminal."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn an error of the file system into an InputError that says that a file or folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {reason(error)}") from error
