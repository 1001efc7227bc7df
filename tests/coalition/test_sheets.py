"""Tables out of files of every kind that people keep lists in."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cisim.coalition import sheets
from cisim.coalition.sheets import read_sheets
from cisim.errors import InputError
from coalition import messy

ROWS = [["Agency", "FTE"], ["Food Bank", "2.5"], ["Zoë", "1"]]
#: These rows in a workbook of Excel 97 (made with xlwt 1.3), compressed.
OLD = (
    "c-rk)O=uHA6#iy6X?|$aO-+SXD4}4rwHNW?rCnQSda^_jlp<)_1d)_o30~?!t2IYK@T7Pt^x~!J#UJ#bHwB@h2SE@LJ?11RcxbbI^L7?f"
    "&7lEXROVae&D;0h%)IP-^ER_@SCf^chrLz&f>D^Ldoi>%$ON@maASe=o+sI$k5cnA{wc(w6v(zPo^`y5$Qa6aS7G2m=p|9$GquyWfGO80"
    "q<0YG>_bjSA4Z4@+$Bi@J?vE%(^;mwnBHg0=S+{V<Ob6bvaN_|tlCpUhgBAzGWuDUfSmU+kNL=wgXqR9nZ;Lb3g0%2vC{e6+~29_3$<ez"
    "6t~HOQz+%;Do9ZPm+{?81K)z3`Xa66J1Z9;`H#)=NE7)jBLpnKJIe`PrsDeA^aGq-!yrh>jrQc&xq>r0Ps+@R2`a%E*UhKLb54;Y({3#;"
    "3o~zIYtu&V-~?|cnnx$|NltT%O7+^kukVh|WbHF7S>WRBm-xNXD|omnN6_E|YuGWi9b$Tb={25p5A(fDQ<R+44`jO)lUZb&>#QB1bq+D!"
    "+xr^${lu4R$DZ_+zu1GsuS`}irB*)JOX#PklBe<VTEwsz7I$t-Jhg*fsB-X$Y0qz^A!=C4cTc^?I<by8vq`4@oqRe%*^4Ijg6-vumyJ04"
    "lSIw*?Tse(2HTs;-hcWsDx*dh9!Vt?s-K8MLqkJDLqkJDLu1<^)Sr4&oi)Ph=nzrgb=IlX^=Fd*7RTYzb&(FH6L6?6VZNpO*^RIW<`P>R"
    "6MQd}I7zFQP{a)TQEWMX>F6gKf6tZ&T7PZ}wYq-26+gFm{S9sL#kc"
)


def opened(data: bytes, name: str = "a.csv") -> list[list[str]]:
    (sheet,) = read_sheets(data, name)
    return [cells for _, cells in sheet.rows]


def ods(content: str) -> bytes:
    """A sheet of OpenDocument with these rows of a table."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{each}="{space}:{each}:1.0"' for each in ("office", "table", "text"))
    body = f"<office:body><office:spreadsheet><table:table table:name='P'>{content}</table:table></office:spreadsheet></office:body>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr(
            "content.xml", f"<?xml version='1.0'?><office:document-content {names}>{body}</office:document-content>"
        )
        packed.writestr("META-INF/manifest.xml", "<?xml version='1.0'?><manifest/>")
    return file.getvalue()


def test_workbooks_of_three_kinds_are_read() -> None:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            if cell[0].isdigit()
            else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in ROWS
    )
    assert opened(messy.workbook(("P", [ROWS[0], ["Food Bank", 2.5], ["Zoë", 1]])), "a.xlsx") == ROWS
    assert opened(ods(rows), "a.ods") == ROWS
    assert opened(zlib.decompress(base64.b85decode(OLD)), "a.xls") == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_is_read_in_any_common_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    assert opened(messy.text(ROWS, delimiter, encoding)) == ROWS


def test_the_delimiter_is_what_cuts_rows_alike_not_what_stands_in_the_title() -> None:
    text = "Partners, old, new, and to come\nAgency;FTE;Areas\nFood Bank;2,5;Reading, Work\nZoë;0,5;Reading\n"
    assert opened(text.encode())[1:] == [
        ["Agency", "FTE", "Areas"],
        ["Food Bank", "2,5", "Reading, Work"],
        ["Zoë", "0,5", "Reading"],
    ]
    assert opened(b"sep=;\nAgency;FTE\nA,B,C;1\n") == [["Agency", "FTE"], ["A,B,C", "1"]]


def test_rows_of_different_lengths_are_filled_up() -> None:
    assert opened(b"A,B\nx\n\ny,1,2\n") == [["A", "B", ""], ["x", "", ""], ["", "", ""], ["y", "1", "2"]]


def test_a_guessed_encoding_is_said() -> None:
    (sheet,) = read_sheets("Agency\nZoë\n".encode("cp1252"), "a.csv")
    assert sheet.guessed == "is not in UTF-8 and was read as Windows-1252: look whether accents came out right"


def test_a_sheet_with_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_CELLS", 3)
    for data in (messy.workbook(("P", ROWS)), messy.text(ROWS)):
        with pytest.raises(InputError, match="more than 3 cells"):
            read_sheets(data, "a")


def repacked(old: bytes, new: bytes) -> bytes:
    """A workbook with something else in its first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(messy.workbook(("P", ROWS)))) as book, zipfile.ZipFile(file, "w") as packed:
        for name in book.namelist():
            content = book.read(name)
            assert old in content or "sheet1" not in name
            packed.writestr(name, content.replace(old, new, 1) if "sheet1" in name else content)
    return file.getvalue()


@pytest.mark.parametrize("place", [b"XFD1048576", b"A1048576", b"G" + b"9" * 400, b"ZZZZZ1", b"A99999999999"])
def test_a_cell_far_from_the_others_is_refused_before_all_between_them_fills_the_memory(place: bytes) -> None:
    far = repacked(b'<c r="A1"', b'<c r="%s"><v>1</v></c><c r="XFD1"><v>1</v></c><c r="A1"' % place)
    with pytest.raises(InputError, match=r"more than 20,000,000 cells in a sheet|with cells too far apart"):
        read_sheets(far, "a.xlsx")


def test_empty_cells_that_only_have_a_format_may_reach_to_the_last_row() -> None:
    far = repacked(b'<c r="A1"', b'<c r="XFD1048576" s="0"/><c r="A1"')
    assert opened(far, "a.xlsx") == ROWS


def test_of_a_sheet_with_a_cell_in_the_last_row_those_between_are_left_out() -> None:
    (sheet,) = read_sheets(repacked(b'<c r="A1"', b'<c r="B1048576"><v>7</v></c><c r="A1"'), "a.xlsx")
    assert sheet.rows[-1] == (1_048_576, ["", "7"])
    assert [row for row, _ in sheet.rows] == [1, 2, 3, 1_048_576]


def test_a_workbook_of_another_kind_that_ends_its_process_or_takes_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for code in ("import os; os.abort()", "import sys; sys.exit(1)"):
        monkeypatch.setattr(sheets, "_APART", code)
        with pytest.raises(InputError, match="damaged, not a workbook, or with cells too far apart"):
            read_sheets(ods(""), "a.ods")
    monkeypatch.setattr(sheets, "_APART", "import time; time.sleep(60)")
    monkeypatch.setattr(sheets, "LONGEST_APART", 0.2)
    with pytest.raises(InputError, match="takes too long to read"):
        read_sheets(ods(""), "a.ods")


def test_a_workbook_that_is_large_when_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1000)
    with pytest.raises(InputError, match="larger than 0 MB when it is unpacked"):
        read_sheets(messy.workbook(("P", ROWS)), "a.xlsx")


def test_a_workbook_without_a_sheet_of_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "grids_of", lambda _: [])  # it holds pictures alone
    with pytest.raises(InputError, match="is a workbook without a sheet of cells"):
        read_sheets(messy.workbook(("P", ROWS)), "a.xlsx")


@pytest.mark.parametrize(
    "data", [messy.the_list(), messy.blueprint(), messy.gephi_graph(), messy.text(messy.rows_of_list(), ";")[:2000]]
)
@given(at=st.floats(0, 1), byte=st.integers(0, 255))
@example(at=0.955078125, byte=0)  # a name in the list of a workbook's parts
def test_a_damaged_file_is_read_or_refused_in_words(data: bytes, at: float, byte: int) -> None:
    place = int(at * (len(data) - 1))
    for spoilt in (data[:place], data[:place] + bytes([byte]) + data[place + 1 :]):
        with suppress(InputError):
            assert read_sheets(spoilt, "file")
