"""TOML of scenarios and studies: read with the line of every problem, and written."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from cisim.errors import InputError, Problems, printable
from cisim.scenario.field import is_distribution
from cisim.scenario.problems import Path, Problem

#: Most dotted parts of one key: Python's reader takes quadratic time and memory over them.
MOST_PARTS = 100
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOTTED_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+")


def parse(text: str, label: str) -> dict[str, Any]:
    """Parse the text of a TOML file; refuse what is not valid TOML, or nests too deeply."""
    try:
        dotted = (key.group() for key in _DOTTED_KEY.finditer(text))
        if any(key.count(".") > MOST_PARTS and len(re.findall(_PART, key)) > MOST_PARTS for key in dotted):
            raise RecursionError
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    except RecursionError:
        raise InputError(f"{label}: nests too deeply") from None
    except ValueError:
        # Python refuses to read a whole number of thousands of digits.
        raise InputError(f"{label}: not valid TOML: a number with too many digits") from None
    spot = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(spot[1]) if spot else text.rstrip("\n").count("\n") + 1
    words = re.sub(r" ?\(at (?:line \d+, column \d+|end of document)\)", "", message)
    words = printable(words[:1].lower() + words[1:200])
    column = f"column {spot[2]}" if spot else "the file ends too early"
    if "at the end of a table declaration" in message:
        words += '; a name with spaces or signs stands in quotes, such as [plans."one coordinator"]'
    raise InputError(f"{label}:{line}: not valid TOML: {words} ({column})")


def refuse(problems: Iterable[Problem], label: str, text: str) -> None:
    """Raise the problems of a file, if any, each with its line, in the order of the file."""
    problems = list(problems)
    wanted = {path[:length] for path, _ in problems for length in range(1, len(path) + 1)}
    lines = line_numbers(text, wanted) if wanted else {}
    lines_of_words = []
    for path, said in problems:
        words = printable(said)
        line = next((lines[p] for end in range(len(path), 0, -1) if (p := path[:end]) in lines), 0)
        lines_of_words.append((line, f"{label}:{line}: {words}" if line else f"{label}: {words}"))
    Problems(words for _, words in sorted(lines_of_words, key=lambda pair: pair[0])).check(label)


# --- writing ------------------------------------------------------------------------------------------


def toml_value(value: Any) -> str:
    """Write one value: a text, number, truth value, list or inline table."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's escapes are TOML's too, but for DEL, which no text of a scenario holds.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(toml_pairs(value)) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return repr(value)


def toml_key(key: str) -> str:
    """Write a key: bare if it can be."""
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)


def toml_pairs(table: Mapping[str, Any]) -> list[str]:
    """Write keys and their values; what is None is left out."""
    return [f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items() if value is not None]


def to_toml(sections: Mapping[str, Any], prefix: str = "") -> str:
    """Write a scenario's sections as a file, all of them perhaps inside another section."""
    lines: list[str] = []

    def write(name: str, section: Any) -> None:
        if isinstance(section, Mapping):
            inner = {key: value for key, value in section.items() if _holds_tables(value)}
            plain = {key: value for key, value in section.items() if key not in inner}
            lines.extend([f"[{prefix}{name}]", *toml_pairs(plain), ""])
            # Tables before lists of tables.
            for key in sorted(inner, key=lambda key: not isinstance(inner[key], Mapping)):
                write(f"{name}.{key}", inner[key])
        else:
            for item in section:
                lines.extend([f"[[{prefix}{name}]]", *toml_pairs(item), ""])

    for name, section in sections.items():
        write(name, section)
    return "\n".join(lines)


def _holds_tables(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping) and not is_distribution(value)


# --- line numbers -------------------------------------------------------------------------------------

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
#: Possessive, or each character of a long text would take memory.
_TEXT = r""""(?:[^"\\]++|\\.)*+"|'[^']*+\'"""
_LONG_TEXT = r""""{3}(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}|'{3}(?:[^']++|'{1,2}(?!'))*+'{3,5}"""
_KEY = re.compile(rf"[A-Za-z0-9_-]+|{_TEXT}", re.DOTALL)
_SCALAR = re.compile(rf"{_LONG_TEXT}|{_TEXT}|[^,\]}}\n#\"']*", re.DOTALL)


def line_numbers(text: str, wanted: Collection[Path] | None = None) -> dict[Path, int]:
    """Find the lines, from 1, of tables, keys and list items, or of those `wanted`: Python's own reader does not tell."""
    reader = _Reader(text, wanted)
    with suppress(_LostError, RecursionError, tomllib.TOMLDecodeError):
        reader.file()
    return reader.lines


class _LostError(Exception):
    """The text is not what was expected."""


class _Reader:
    def __init__(self, text: str, wanted: Collection[Path] | None) -> None:
        self.text, self.wanted, self.at = text, wanted, 0
        self.lines: dict[Path, int] = {}
        self._counted_to, self._line = 0, 1

    def file(self) -> None:
        table: Path = ()
        lengths: dict[Path, int] = {}
        while sign := self.peek():
            if sign != "[":
                self.pair(table)
                continue
            self.skip("[")
            listed = self.peek() == "["
            self.at += listed
            table = ()
            for part in self.key():
                # Inside a list of tables, the last one is meant.
                table = (*table, lengths[table] - 1, part) if table in lengths else (*table, part)
            self.note(table)
            if listed:
                lengths[table] = lengths.get(table, 0) + 1
                table = (*table, lengths[table] - 1)
                self.note(table)
                self.skip("]")
            self.skip("]")

    def pair(self, table: Path) -> None:
        path = table + self.key()
        for length in range(len(table) + 1, len(path) + 1):
            self.note(path[:length])
        self.skip("=")
        self.value(path)

    def value(self, path: Path) -> None:
        opening = self.peek()
        if opening not in {"[", "{"}:
            self.take(_SCALAR)
            return
        self.at += 1
        closing = "]" if opening == "[" else "}"
        index = 0
        while self.peek() != closing:
            if opening == "[":
                self.note((*path, index))
                self.value((*path, index))
            else:
                self.pair(path)
            index += 1
            if self.peek() != closing:
                self.skip(",")
        self.skip(closing)

    def key(self) -> Path:
        parts: list[str] = []
        while not parts or self.peek() == ".":
            self.at += bool(parts)
            self.peek()
            part = self.take(_KEY)
            parts.append(tomllib.loads(f"key = {part}")["key"] if part.startswith('"') else part.strip("'"))
        return tuple(parts)

    def peek(self) -> str:
        """Skip blanks and comments; return the next sign, "" at the end."""
        self.take(_BLANK)
        return self.text[self.at : self.at + 1]

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _LostError
        self.at = match.end()
        return match.group()

    def skip(self, sign: str) -> None:
        if self.peek() != sign:
            raise _LostError
        self.at += 1

    def note(self, path: Path) -> None:
        if self.wanted is None or path in self.wanted:
            self._line += self.text.count("\n", self._counted_to, self.at)
            self._counted_to = self.at
            self.lines.setdefault(path, self._line)
