"""On which line of a TOML file each key stands: Python's own reader does not tell."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"')
_LITERAL = re.compile(r"'[^']*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL)


def lines_of(text: str) -> dict[Path, int]:
    r"""The line of every table, key and list item of a TOML text, from 1.

    Args:
        text: valid TOML; of any other text as many lines as can be told.

    Example:
        >>> lines_of("[backbone]\nstaff = 3\n")
        {('backbone',): 1, ('backbone', 'staff'): 2}
    """
    reader = _Reader(text)
    with suppress(_LostError, RecursionError):
        reader.file()
    return reader.lines


class _LostError(Exception):
    """The text is not what was expected."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.items: dict[Path, int] = {}
        self._counted_to = 0
        self._line = 1

    def file(self) -> None:
        table: Path = ()
        while self.blank():
            if self.text.startswith("[[", self.at):
                self.at += 2
                table = self.resolve(self.key())
                place = self.items.get(table, 0)
                self.items[table] = place + 1
                self.note(table)
                table = (*table, place)
                self.note(table)
                self.expect("]]")
            elif self.text.startswith("[", self.at):
                self.at += 1
                table = self.resolve(self.key())
                self.note(table)
                self.expect("]")
            else:
                self.pair(table)

    def resolve(self, key: Path) -> Path:
        """A header's key, with the number of the item where a part of it is a list of tables."""
        path: Path = ()
        for place, part in enumerate(key):
            path = (*path, part)
            if path in self.items and place < len(key) - 1:
                path = (*path, self.items[path] - 1)
        return path

    def pair(self, table: Path) -> None:
        line = self.line()
        path = table + self.key()
        for length in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
        self.expect("=")
        self.blank()
        self.value(path)

    def value(self, path: Path) -> None:
        for start, pattern in (('"""', _LONG_BASIC), ("'''", _LONG_LITERAL), ('"', _BASIC), ("'", _LITERAL)):
            if self.text.startswith(start, self.at):
                self.take(pattern)
                return
        if self.text.startswith("[", self.at):
            self.array(path)
        elif self.text.startswith("{", self.at):
            self.table(path)
        else:
            self.take(_SCALAR)

    def array(self, path: Path) -> None:
        self.expect("[")
        place = 0
        while self.blank() and self.text[self.at] != "]":
            self.note((*path, place))
            self.value((*path, place))
            place += 1
            if self.blank() and self.text[self.at] == ",":
                self.at += 1
            elif self.text[self.at : self.at + 1] != "]":
                raise _LostError
        self.expect("]")

    def table(self, path: Path) -> None:
        self.expect("{")
        while self.blank() and self.text[self.at] != "}":
            self.pair(path)
            if self.blank() and self.text[self.at] == ",":
                self.at += 1
            elif self.text[self.at : self.at + 1] != "}":
                raise _LostError
        self.expect("}")

    def key(self) -> Path:
        parts: list[str] = []
        while True:
            self.blank()
            sign = self.text[self.at : self.at + 1]
            part = self.take(_BASIC if sign == '"' else _LITERAL if sign == "'" else _BARE)
            parts.append(_unquoted(part))
            self.blank()
            if self.text[self.at : self.at + 1] != ".":
                return tuple(parts)
            self.at += 1

    def blank(self) -> bool:
        """Skip blanks and comments; whether anything is left."""
        self.take(_BLANK)
        return self.at < len(self.text)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _LostError
        self.at = match.end()
        return match.group()

    def expect(self, sign: str) -> None:
        self.blank()
        if not self.text.startswith(sign, self.at):
            raise _LostError
        self.at += len(sign)

    def note(self, path: Path) -> None:
        self.lines.setdefault(path, self.line())

    def line(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line


def _unquoted(part: str) -> str:
    if part.startswith("'"):
        return part[1:-1]
    if not part.startswith('"'):
        return part
    try:
        inner: Any = json.loads(part)
    except ValueError:
        # \U and \e are escapes of TOML alone.
        return part[1:-1]
    return str(inner)
