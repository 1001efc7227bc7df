"""A workbook to fill in: partners, ties, costs, and a dozen questions whose answers set dials; `cisim import` reads it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cisim.coalition.answers import QUESTIONS
from cisim.errors import writing
from cisim.files import check_file, replace_file
from cisim.plan.costs import fields_of_costs

if TYPE_CHECKING:
    from xlsxwriter import Workbook

#: Rows under a header that offer what may be chosen.
ROWS = 500
#: Sheets of partners and ties: what to do, and the titles, each with a width and what may be chosen.
_Columns = Sequence[tuple[str, int, Sequence[str]]]
_SHEETS: dict[str, tuple[str, _Columns]] = {
    "Partners": (
        "One row a partner. Only the name is needed; what you do not know, leave empty.",
        (
            ("Partner", 36, ()),
            ("Sector", 18, ()),
            ("Staff time on this issue (FTE)", 28, ()),
            ("Commitment (1-5)", 18, "12345"),
            ("Priorities (several: put ; between)", 40, ()),
            ("There from the start", 20, ("yes", "no")),
        ),
    ),
    "Ties": (
        "One row for two partners who are in contact; names as on the first sheet. Leave the sheet empty if you do not know.",
        (
            ("From", 36, ()),
            ("To", 36, ()),
            ("How often in contact", 22, ("yearly", "quarterly", "monthly", "weekly")),
            ("Trust (1-5)", 14, "12345"),
        ),
    ),
}  # fmt: skip
_ANSWERS = (*"12345", "don't know")


def write_template(path: Path, *, overwrite: bool = False) -> None:
    """Write the workbook.

    Raises:
        InputError: another ending than .xlsx, a file that is there already, or one that cannot be written.
    """
    check_file(path, (".xlsx",), overwrite)
    with writing(path):
        replace_file(path, _write)


def _write(file: BinaryIO) -> None:
    from xlsxwriter import Workbook

    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "A coalition for cisim", "created": datetime.datetime(2026, 1, 1)})
        for name, (about, columns) in _SHEETS.items():
            _add_sheet(book, name, about, columns)
        _add_costs(book)
        titles: _Columns = [
            ("Question", 44, ()),
            ("Answer", 12, _ANSWERS),
            *((each, 26, ()) for each in "12345"),
            ("Dial", 26, ()),
        ]
        about = (
            "Choose 1 to 5, by what it looks like with you, or don't know. An empty answer leaves what cisim assumes."
        )
        sheet, style = _add_sheet(book, "Questions", about, titles, rows=len(QUESTIONS))
        for row, question in enumerate(QUESTIONS.values(), 2):
            for column, text in ((0, question.text), *enumerate(question.looks_like, 2), (7, question.dial)):
                sheet.write_string(row, column, text, style)


def _add_costs(book: Workbook) -> None:
    fields = fields_of_costs()
    titles = [
        ("What it is", 60, ()),
        ("Your figure", 16, ()),
        ("If left empty", 16, ()),
        ("Unit", 16, ()),
        ("Cost", 18, ()),
    ]
    about = "What you know of the money. What you leave empty is assumed as the third column says, or not counted."
    sheet, style = _add_sheet(book, "Costs", about, titles, rows=len(fields))
    for row, info in enumerate(fields, 2):
        for column, text in ((0, info.meaning), (3, info.unit), (4, info.name)):
            sheet.write_string(row, column, text, style)
        if info.default is not None:
            sheet.write(row, 2, info.default, style)


def _add_sheet(book: Workbook, name: str, about: str, columns: _Columns, rows: int = ROWS) -> tuple[Any, Any]:
    """Add a sheet with what to do in its first row and titles in its second; return it, and the style of text in it."""
    title = book.add_format({"bold": True, "bg_color": "#DDE6EE", "border": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, about, book.add_format({"italic": True}))
    for column, (words, width, choices) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, words, title)
        if choices:
            sheet.data_validation(
                2, column, 1 + rows, column, {"validate": "list", "source": list(choices), "error_type": "warning"}
            )
    sheet.freeze_panes(2, 1)
    return sheet, text
