"""Grids of text out of files as people keep them: workbooks, CSV in any common encoding, graphs, Kumu's blueprints."""

from __future__ import annotations

import codecs
import csv
import datetime
import functools
import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cisim.coalition.cells import DATE
from cisim.coalition.graphs import Graph
from cisim.coalition.table import LONGEST_ROW, shown
from cisim.errors import InputError, Problems, printable
from cisim.scenario.sections import GRAPH_ENDINGS

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

#: So many cells of a sheet, and bytes of an unpacked workbook, are read at most.
MOST_CELLS, MOST_UNPACKED = 20_000_000, 1_000_000_000
#: Blank rows of a sheet are kept, to be counted, in one of up to so many rows.
MOST_BLANK = 100_000
#: An area of cells of which only few are there is read at once up to so many.
SMALL = 1_000_000
#: Seconds that a workbook of another kind than .xlsx may take, or one whose cells are far apart.
LONGEST_APART = 60.0
EMPTY = "is empty; its first line must name the columns"
_DELIMITERS = ",;\t|"
#: Where a cell or a row of .xlsx is.
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)(\d*)["']""")
_APART = """
import json, sys
from cisim.coalition.sheets import grids_of
try:
    import resource  # not on Windows
    resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
except (ImportError, OSError, ValueError):
    pass
json.dump(grids_of(sys.stdin.buffer.read()), sys.stdout)
"""
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
PACKED = (_ZIP, _COMPOUND)


@dataclass
class Sheet:
    """One table of a file."""

    file: str  #: as errors name it
    name: str  #: the file, and the sheet where it has several
    rows: list[tuple[int, list[str]]]  #: number of each row in the file (of its first line) and its cells
    decimal_comma: bool = False  #: a comma may stand for the decimal point
    guessed: str = ""  #: what was assumed to read it
    left_out: str = ""  #: what of it is not read
    drawn: bool = False  #: its rows and header come from no table, but from a graph or a project

    def where(self, row: int) -> str:
        """Name the place of a row, for errors."""
        return f"{self.name}:{row}"


def read_sheets(data: bytes, name: str) -> list[Sheet]:
    """Read all tables of a file, told by what it holds rather than by its ending.

    Raises:
        InputError: the file is none of these, or damaged.
    """
    if data.startswith(PACKED):
        return _read_workbook(data, name)
    text, guessed = _decode(data, name)
    if name.lower().endswith(GRAPH_ENDINGS) or text.lstrip().startswith(("<?xml", "<graphml", "<gexf")):
        return _read_graph(data, name)
    if text.lstrip()[:1] in ("{", "["):
        return _read_blueprint(text, name)
    if text.lstrip()[:1] == "<":
        raise InputError(f"{name}: is a web page or another XML file, not a table; save it as CSV or .xlsx")
    return [_read_csv(text, name, guessed)]


# --- workbooks ------------------------------------------------------------------------------------------


def _read_workbook(data: bytes, name: str) -> list[Sheet]:
    try:
        grids = grids_of(data) if _is_plain(data) else _grids_apart(data)
    except ValueError as error:
        why = printable(str(error).splitlines()[0][:200]) if str(error) else "damaged"
        advice = "open it in a spreadsheet, without a password, and save it as .xlsx"
        raise InputError(
            f"{name}: is a workbook or another packed file that cannot be read ({why}); {advice}"
        ) from None
    if not grids:
        raise InputError(f"{name}: is a workbook without a sheet of cells, or its list of sheets is damaged")
    several = len(grids) > 1
    return [
        Sheet(name, f"{name}, sheet {shown(sheet)}" if several else name, [(row, cells) for row, cells in rows])
        for sheet, rows in grids
    ]


def _is_plain(data: bytes) -> bool:
    """Tell whether a workbook is .xlsx without cells far from the others, so that reading it takes no more than its size says.

    Raises:
        ValueError: it is packed as no workbook is, or too large.
    """
    if data.startswith(_COMPOUND):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise ValueError(f"larger than {MOST_UNPACKED / 1e6:,.0f} MB when it is unpacked")
            names = {*packed.namelist()}
            if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml"}:
                return False
            return all(_is_dense(packed.read(part)) for part in packed.infolist())
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise ValueError(str(error)) from None


def _is_dense(sheet: bytes) -> bool:
    """Tell whether the cells of a part of .xlsx fill most of the area that they span, all of which is kept, or it is small."""
    cells, columns, rows = 0, {b""}, 0
    for place in _PLACE.finditer(sheet):
        if len(place[1]) > 3 or len(place[2]) > 7:
            return False
        cells += 1
        columns.add(place[1].upper())
        rows = max(rows, int(place[2] or 0))
    area = max(functools.reduce(_next_letter, column, 0) for column in columns) * rows
    return area <= max(SMALL, 4 * cells)


def _next_letter(number: int, letter: int) -> int:
    return 26 * number + letter - ord("@")


def grids_of(data: bytes) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Read the names and numbered rows of a workbook's sheets; ValueError if it is damaged or too large."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        kept = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        return [(name, _grid(book.get_sheet_by_name(name))) for name in kept]
    except (CalamineError, NotImplementedError, OSError) as error:
        raise ValueError(str(error)) from None


def _grid(sheet: CalamineSheet) -> list[tuple[int, list[str]]]:
    if sheet.end is None:
        return []
    if (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS:
        raise ValueError(f"more than {MOST_CELLS:,} cells in a sheet: delete the empty rows and columns at its end")
    rows = enumerate(sheet.to_python(skip_empty_area=False), 1)
    long = sheet.end[0] >= MOST_BLANK
    return [(row, [*map(_as_text, cells)]) for row, cells in rows if not long or any(cell != "" for cell in cells)]


def _grids_apart(data: bytes) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Read a workbook in a process of its own, with bounds of time and memory: a damaged one may end it."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _APART], input=data, capture_output=True, check=False, timeout=LONGEST_APART
        )
    except subprocess.TimeoutExpired:
        raise ValueError("takes too long to read") from None
    if done.returncode:
        raise ValueError("damaged, not a workbook, or with cells too far apart")
    grids: list[tuple[str, list[tuple[int, list[str]]]]] = json.loads(done.stdout)
    return grids


def _as_text(value: object) -> str:
    """Write the value of a cell as a person would: 6.0 as "6", a date behind the word."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.date):
        return f"{DATE}{value:%Y-%m-%d}"
    return str(value)


# --- text -----------------------------------------------------------------------------------------------


def _decode(data: bytes, name: str) -> tuple[str, str]:
    """Decode text in UTF-8, UTF-16 or, failing these, Windows' encoding of the west; say which if it had to be guessed."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), ""
        except UnicodeDecodeError:
            raise InputError(f"{name}: begins as UTF-16 but is not; save it as 'CSV UTF-8'") from None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(0)) + 1
        raise InputError(f"{name}:{line}: a null byte; this is not a text file")
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"byte {data[error.start]:#04x} is neither UTF-8 nor Windows-1252; save the file as 'CSV UTF-8'"
        raise InputError(f"{name}:{line}: {problem}") from None
    return text, "is not in UTF-8 and was read as Windows-1252: look whether accents came out right"


def _read_csv(text: str, name: str, guessed: str) -> Sheet:
    delimiter = delimiter_of(text)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, width, cells_read = 1, 0, 0
    try:
        for cells in reader:
            cells_read += len(cells)
            if sum(map(len, cells)) > LONGEST_ROW:
                raise InputError(f"{name}:{line}: a row of more than {LONGEST_ROW:,} characters")
            if cells_read > MOST_CELLS:
                raise InputError(f"{name}:{line}: more than {MOST_CELLS:,} cells")
            if not (line == 1 and re.fullmatch(r"sep=.?", ",".join(cells).strip(), re.IGNORECASE)):
                rows.append((line, cells))
            width, line = max(width, len(cells)), reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}:{line}: cannot be read as CSV: {printable(str(error))}") from None
    if not any(any(map(str.strip, cells)) for _, cells in rows):
        raise InputError(f"{name}: {EMPTY}")
    for _, cells in rows:
        cells += [""] * (width - len(cells))
    return Sheet(name, name, rows, delimiter != ",", guessed)


def delimiter_of(text: str) -> str:
    """Find what separates columns: what cuts most of the first rows into the same number of cells, the more the better."""
    head = text[:100_000]
    if declared := re.match(r"\s*sep=([,;\t|])\s*\n", head, re.IGNORECASE):
        return declared[1]

    def score(delimiter: str) -> int:
        try:
            rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
            widths = Counter(len(cells) for cells in (next(rows, []) for _ in range(50)) if len(cells) > 1)
        except csv.Error:
            return 0
        return max(((width - 1) * count for width, count in widths.items()), default=0)

    return max(_DELIMITERS, key=score)


# --- graphs and Kumu ------------------------------------------------------------------------------------


def _read_graph(data: bytes, name: str) -> list[Sheet]:
    problems = Problems()
    graph = Graph(data, name, problems)
    sheets = []
    for kind, ends in (("node", ["id"]), ("edge", ["source", "target"])):
        table = graph.table(kind, *ends)
        rows = [(row + 1, cells) for row, cells in table.read()]
        header = table.header
        if kind == "edge":
            header = [*header, "direction"]
            rows = [(row, [*cells, "directed" if graph.directed else "mutual"]) for row, cells in rows]
        left_out = graph.left_out() if kind == "node" else ""
        sheets.append(Sheet(name, f"{name}, {kind}s", [(0, header), *rows], left_out=left_out, drawn=True))
    problems.check()
    return sheets


def _read_blueprint(text: str, name: str) -> list[Sheet]:
    """Read a project that Kumu exported as JSON ("blueprint"): its elements and connections."""
    try:
        content = json.loads(text)
        parts = [
            _records(content[part], lead) for part, lead in (("elements", ("id",)), ("connections", ("from", "to")))
        ]
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}: is not valid JSON: {error.msg}") from None
    except (RecursionError, KeyError, TypeError, AttributeError):
        what = 'lists "elements" and "connections"'
        raise InputError(f"{name}: is JSON, but no blueprint of Kumu, which {what}") from None
    return [
        Sheet(name, f"{name}, {part}", [(0, header), *enumerate(rows, 1)], drawn=True)
        for part, (header, rows) in zip(("elements", "connections"), parts, strict=True)
    ]


def _records(items: Sequence[Mapping[str, Any]], lead: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Lay out records with "attributes" as a table, the columns `lead` first; an element's own "_id" is its "id"."""
    records = []
    for item in items:
        own = {key.lstrip("_"): item[key] for key in item if key not in ("attributes", "_type")}
        cells = {**own, **(item.get("attributes") or {})}
        records.append({key: _json_cell(value) for key, value in cells.items()})
    header = [*dict.fromkeys([*lead, *(key for record in records for key in record)])]
    return header, [[record.get(key, "") for key in header] for record in records]


def _json_cell(value: object) -> str:
    """Write a value of JSON as a cell of a table; a list as Kumu's own tables have it."""
    if isinstance(value, list):
        return "|".join(map(str, value))
    return "" if value is None else _as_text(value)
