"""Cells of tables are numbers in a workbook and words elsewhere; no text of a user acts in a spreadsheet."""

from __future__ import annotations

import io
import math
import zipfile

import pytest
import python_calamine

from cisim.report.format import money
from cisim.report.tables import Column, Table, write_workbook

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "http://example.org", "<b>bold</b>"]
COLUMNS = (
    *(Column("name"), Column("runs", "count"), Column("share", "percent"), Column("added", "points")),
    *(Column("error", "points"), Column("spent", "money"), Column("price", "money")),
)
ROWS = (
    ("a", 1200.0, 0.123, 0.05, (-0.01, 0.06), 1_234_567.0, "none is sure"),
    ("b", 3.0, math.nan, -0.002, None, 0.0, 99.4),
)
TABLE = Table("A table", "What it shows", COLUMNS, ROWS, "How to read it", "USD")


def written(*tables: Table) -> tuple[bytes, dict[str, list[list[object]]]]:
    file = io.BytesIO()
    write_workbook(tables, [("question", "=1+1")], file)
    book = python_calamine.load_workbook(io.BytesIO(file.getvalue()))
    return file.getvalue(), {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_cells_are_words_for_a_reader():
    assert TABLE.header == ("name", "runs", "share", "added", "error", "spent", "price")
    assert TABLE.cells == [
        ["a", "1,200", "12.3 %", "+5.0", "−1.0 to 6.0", "$1,230,000", "none is sure"],
        ["b", "3", "–", "−0.2", "–", "$0", "$99"],
    ]
    assert TABLE.text().splitlines()[0] == "What it shows"
    assert TABLE.text().splitlines()[-1] == "How to read it"


def test_cells_are_numbers_in_a_workbook_and_intervals_have_two_columns():
    _, sheets = written(TABLE)
    assert list(sheets) == ["About", "A table"]
    (caption, *_), (note, *_), titles, first, second = sheets["A table"]
    assert (caption, note) == ("What it shows", "How to read it")
    assert titles == ["name", "runs", "share", "added", "error: from", "error: to", "spent", "price"]
    assert first == ["a", 1200, 0.123, 5, -1, 6, 1_234_567, "none is sure"]
    assert second == ["b", 3, "", pytest.approx(-0.2), "", "", 0, 99.4]


def test_no_text_acts_as_a_formula_or_a_link():
    hostile = Table("H", "=1+1", tuple(map(Column, HOSTILE)), (tuple(HOSTILE),), "@note")
    data, sheets = written(hostile)
    assert sheets["H"][2] == sheets["H"][3] == HOSTILE
    assert sheets["About"] == [["question", "=1+1"]]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name)
            assert b"hyperlink" not in parts.read(name) or name.endswith("sharedStrings.xml")


def test_the_same_tables_are_the_same_bytes():
    assert written(TABLE)[0] == written(TABLE)[0]


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (207_123, "USD", "$207,000"), (1_437_200, "EUR", "1,440,000 EUR"), (-1234, "USD", "−$1,230"), (999.6, "USD", "$1,000"),
        (0.4, "USD", "$0"), (-0.4, "USD", "$0"), (math.nan, "USD", "–"),
    ],
)  # fmt: skip
def test_money_is_written_to_three_digits(amount, currency, words):
    assert money(amount, currency) == words
