"""Titles of columns as people write them: where the header is, and which of cisim's columns each one means."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from cisim.coalition.cells import TOTALS, is_email, is_phone, is_unknown, key_of, read_number
from cisim.coalition.sheets import EMPTY, PACKED, Sheet, delimiter_of
from cisim.coalition.table import LONGEST_ROW, normal_form, shown
from cisim.errors import nearest

Kind = Literal["partners", "ties", "answers", "costs"]
#: The header is looked for in so many rows.
MOST_BEFORE = 30
#: Columns that a title may be given with `--map`.
PARTNERS: Final = ("name", "id", "sector", "resources", "size", "commitment", "founder", "priorities")
TIES: Final = ("from", "to", "strength", "frequency", "trust", "direction")
LEFT_OUT: Final = "none"
#: Begin of columns that say more of a partner, one an outcome or role.
GROUPS: Final = ("mission.", "competence.", "mix.")
# Patterns of titles without capitals, accents and signs, tried in this order; what stands first wins.
_PRIVATE = r"e ?mail|mail( address)?|phone|telephone|tel|mobile|cell|fax|contact person|contact name|contact|person|persons|director|"
_PRIVATE += r"executive director|first name|last name|surname|representative|staff contact|postal address|street|address|linkedin"
_ORGANISATION = r"agency|organi[sz]ation|\borg\b|institution|entity|company"
_PATTERNS: dict[Kind, tuple[tuple[str, str], ...]] = {
    "answers": (("question", r"question"), ("answer", r"(your )?answer( .*)?"), ("dial", r"dial")),
    "costs": (("figure", r"(your )?figure( .*)?"), ("cost", r"cost")),
    "partners": (
        ("private", rf"(.* )?({_PRIVATE})( .*)?"),
        ("id", r"id|node id|nodeid|number|no|nr"),
        ("resources", r"resources?|(.* )?ftes?( .*)?|full time equivalents?|(staff )?time( on (this|the) (issue|work))?|posts"),
        ("founder", r"founder|founding( member| partner)?|there from the start( .*)?"),
        ("name", r"name|(agency|organi[sz]ation|partner|member|org|institution|entity|company|group|node)s?( names?)?|label"),
        ("sector", r"(.* )?sector|type|(organi[sz]ation|organi[sz]ational|org|agency|partner|element|member) (type|kind|category)|kind|category"),
        ("commitment", r"commitment( .*)?|(level of )?engagement( .*)?|engaged( .*)?|(level of )?involvement( .*)?"),
        (
            "priorities",
            r"((priority|focus|issue|program|programme|service|goal|impact|working|work) )*(areas?|priority|priorities|goals?)( s)?( .*)?"
            r"|priorities|tags?|mission|focus|outcomes?( .*)?|issues?|topics?",
        ),
        ("size", r"(number of |total )?(staff|employees)( .*)?|headcount|(annual |total )?(budget|revenue|expenses)( .*)?|turnover"),
        ("drawing", r"[xyzrgb]|rgb|colou?r|size|image|shape|timeset|interval|degree|modularity.*|betweenness.*|pagerank|width|height"),
    ),
    "ties": (
        ("from", r"from|source|respondent( .*)?|reporter|ego|(organi[sz]ation|partner|agency|node) (1|a|one)|your organi[sz]ation"),
        ("to", r"to|target|partner( organi[sz]ation| name)?|alter|(organi[sz]ation|partner|agency|node) (2|b|two)|named( .*)?"),
        ("trust", r"(.* )?(trust|trusts|trustworth.*|reliab.*|support of mission|open to discussion|openness|dependable)( .*)?"),
        ("frequency", r"(.* )?(frequency|how often|contact)( .*)?"),
        ("strength", r"(.* )?(strength|weight|closeness|intensity)( .*)?"),
        ("direction", r"direction|directed|type"),
    ),
}  # fmt: skip

_NEEDED: dict[Kind, tuple[str, ...]] = {
    "answers": ("answer", "dial"),
    "costs": ("figure", "cost"),
    "ties": ("from", "to"),
    "partners": (),
}


@dataclass
class Columns:
    """Meanings of the columns of a sheet."""

    kind: Kind
    row: int  #: index of the header among the rows of the sheet
    titles: list[str]
    meaning: dict[int, str]  #: by index of the column; "private", "drawing" and `LEFT_OUT` are not used
    assumed: list[str] = field(default_factory=list)  #: sentences
    own: set[int] = field(default_factory=set)  #: columns that `--map` names

    def of(self, meaning: str) -> list[int]:
        """List the columns of a meaning."""
        return [index for index, each in self.meaning.items() if each == meaning]


def plain_title(title: str) -> str:
    """Reduce a title to words: without capitals, accents, signs, and what stands in brackets unless that is all.

    The number of a question ("Q8") is left out too.
    """
    words = " ".join(re.sub(r"[^\w%]+", " ", title.casefold()).replace("_", " ").split())
    return re.sub(r"^q\d+[a-z]? ", "", words)


@cache
def meaning_of(title: str, kind: Kind) -> str:
    """Return the column of cisim that a title means, "" if none."""
    lower = title.strip().casefold()
    if kind == "partners" and lower.startswith(GROUPS) and len(lower) > len("mission."):
        return lower
    bare = plain_title(re.sub(r"\([^)]*\)", " ", title)) or plain_title(title)
    for meaning, pattern in _PATTERNS[kind]:
        if re.fullmatch(pattern, bare) or (
            meaning in ("resources", "trust") and re.fullmatch(pattern, plain_title(title))
        ):
            return meaning
    return ""


def find_columns(sheet: Sheet, named: Mapping[str, str]) -> Columns | None:
    """Find the header of a sheet and what its columns mean; None if it holds neither partners nor ties.

    `named` gives the meaning of titles, by their keys, whatever else they would mean.
    """
    best: tuple[int, Columns] | None = None
    for index, (_, cells) in enumerate(sheet.rows[:MOST_BEFORE]):
        if sum(map(bool, map(str.strip, cells))) < 1:
            continue
        for kind in ("answers", "costs", "ties", "partners"):
            columns = _read_header(cells, index, kind, named)
            score = sum(meaning not in ("private", "drawing") for meaning in columns.meaning.values())
            needed = _NEEDED[kind]
            if score and all(columns.of(each) for each in needed) and (best is None or score > best[0]):
                best = (score, columns)
    if best is None:
        return None
    columns = best[1]
    if columns.kind == "partners" and not _find_by_content(sheet, columns):
        return None
    return columns


def _read_header(cells: Sequence[str], index: int, kind: Kind, named: Mapping[str, str]) -> Columns:
    columns = Columns(kind, index, [cell.strip() for cell in cells], {})
    known = {"partners": PARTNERS, "ties": TIES}.get(kind, ())
    for column, title in enumerate(columns.titles):
        mapped = named.get(key_of(title)) if title else None
        if mapped in known or mapped == LEFT_OUT or (mapped or "").startswith(GROUPS):
            columns.own.add(column)
        else:
            mapped = meaning_of(title, kind) if title and len(title) < 200 else ""
        if mapped:
            columns.meaning[column] = mapped
    plain = {plain_title(title) for title in columns.titles}
    if kind == "partners" and {"name", "size"} <= plain and not plain & {"x", "y", "r", "g", "b", "color", "colour"}:
        columns.meaning[[*map(plain_title, columns.titles)].index("size")] = "size"  # cisim's own column
    once = [
        each for each in (*PARTNERS, *TIES, "answer", "dial", "figure", "cost") if each not in ("trust", "priorities")
    ]
    for meaning in once:
        several = columns.of(meaning)
        if several:
            # The one that the user names, then the first whose title is the plain word, then the first.
            chosen = min(
                several, key=lambda each: (each not in columns.own, plain_title(columns.titles[each]) != meaning, each)
            )
            for column in several:
                if column != chosen:
                    columns.meaning[column] = "second " + meaning
    return columns


def _find_by_content(sheet: Sheet, columns: Columns) -> bool:
    """Look at what stands under the header: which columns hold people, and, if no title says it, which the names; False if none does."""
    under = [cells for _, cells in sheet.rows[columns.row + 1 :]]
    texts = {
        index: [cell for cells in under[:1000] if index < len(cells) and not is_unknown(cell := cells[index].strip())]
        for index in range(len(columns.titles))
    }
    for index, cells in texts.items():
        private = max(sum(map(is_email, cells)), sum(map(is_phone, cells)))
        if index not in columns.own and private > len(cells) / 2:
            columns.meaning[index] = "private"
    if columns.of("name"):
        _prefer_organisations(columns, texts)
        return True
    if ids := columns.of("id"):
        columns.meaning[ids[0]] = "name"
        return True
    for index, cells in texts.items():
        wordy = [cell for cell in cells if read_number(cell).wrong and key_of(cell) not in TOTALS]
        if (
            index not in columns.meaning
            and len(wordy) >= 2
            and len(wordy) >= 0.9 * len(cells)
            and len(set(wordy)) > 0.9 * len(wordy)
        ):
            columns.meaning[index] = "name"
            title = shown(columns.titles[index]) if columns.titles[index] else "without a title"
            columns.assumed.append(
                f"The column {title} is taken for the partners' names, since what stands in it is all different"
            )
            return True
    return False


def _prefer_organisations(columns: Columns, texts: Mapping[int, Sequence[str]]) -> None:
    """Take the column of organisations for the names, not that of persons beside it, whose title is "name"."""
    chosen = columns.of("name")[0]
    for index in columns.of("second name"):
        different = len(set(texts[index])) > 0.8 * len(texts[index]) > 0
        persons = plain_title(columns.titles[chosen]) in ("name", "names") and chosen not in columns.own
        if persons and different and re.search(_ORGANISATION, plain_title(columns.titles[index])):
            columns.meaning |= {chosen: "private", index: "name"}
            return


def is_matrix(sheet: Sheet) -> int | None:
    """Find the row that names the columns of a square matrix, whose rows have the same names; None if it is none."""
    for index, (_, cells) in enumerate(sheet.rows[:MOST_BEFORE]):
        across = [key for cell in cells[1:] if (key := key_of(cell)) and key not in TOTALS]
        if len(sheet.rows) > 2 * len(across) + 2 * MOST_BEFORE:
            continue  # far from square
        down = [key for _, row in sheet.rows[index + 1 :] if row and (key := key_of(row[0])) and key not in TOTALS]
        both = len({*across} & {*down})
        different = len({*across}) == len(across) and len({*down}) == len(down)
        if different and both >= 2 and both >= 0.8 * max(len(across), len(down)):
            return index
    return None


def is_own(data: bytes, *, ties: bool) -> bool:
    """Tell whether a file is CSV as cisim writes it: in UTF-8, its first line with cisim's titles and none that means one of them."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    head = data[:LONGEST_ROW].decode("utf-8-sig", "ignore").lstrip()
    if head[:1] in "{[<" or data.startswith(PACKED):
        return not head
    first = next(
        (line for line in head.splitlines() if line.strip(" ,;\t|") and not line.lower().startswith("sep=")), ""
    )
    try:
        titles = [
            normal_form(title).casefold() for title in next(csv.reader([first], delimiter=delimiter_of(head)), [])
        ]
    except csv.Error:
        return False
    if ties:
        needed = {"from", "to"} <= {*titles} or {"source", "target"} <= {*titles}
        own = {"from", "to", "source", "target", "strength", "frequency", "trust"}
    else:
        needed = bool({"name", "label", "id"} & {*titles})
        own = {"name", "label", "id", "sector", "resources", "size", "commitment", "founder"}
    kind: Kind = "ties" if ties else "partners"
    meanings = (
        meaning_of(title, kind)
        for title in titles
        if title not in own and not title.startswith(GROUPS) and len(title) < 200
    )
    return needed and not any(meaning not in ("", "drawing", "private") for meaning in meanings)


def without_header(sheet: Sheet) -> str:
    """Say what is missing where no header was found, and what the first row holds instead."""
    first = next((cells for _, cells in sheet.rows if any(map(str.strip, cells))), None)
    if first is None:
        return EMPTY
    titles = [title.strip() for title in first if title.strip()]
    near = next(
        (f" (did you mean {shown(close)}?)" for known in ("name", "from", "to") if (close := nearest(known, titles))),
        "",
    )
    columns = ", ".join(map(shown, titles[:12])) + (" ..." if len(titles) > 12 else "")
    return (
        f"has no column 'name', and not both 'from' and 'to'{near}; its columns are {columns} "
        f"(cisim import --map TITLE=name says which holds the names)"
    )
