"""Files as planners keep them, of one invented coalition of 41 partners and 115 ties, in all the ways that programs write them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from random import Random
from xml.sax.saxutils import escape

from xlsxwriter import Workbook

Row = Sequence[object]
#: Name, type, staff time, budget, priorities, engagement: as somebody typed them.
FIRST: tuple[Row, ...] = (
    ("Harbour County Schools", "Public", 6, "$1,250,000", "Early years; Reading; Work", 5),
    ("Northbank School District ", "School district", "2,5", "900000", "Reading, Work", 4),
    ("Zoë's Reading Rooms", "Nonprofit", "0,75", "", "Reading", 3),
    ("Youth & Family Circle", "Non-profit", 3, "450k", "Work", 4),
    ("youth & family circle ", "nonprofit", "2,5", "", "", ""),
    ("Harbour Library Friends", "nonprofit", 0, "", "Reading", 3),
    ("Adelante Juntos", "Nonprofit", "n/a", "$1.1M", "Work", ""),
    ("Mercy Hospital of the Bay", "Health", "2-3", "", "Early years", 2),
    ("Bay Clinic", "Health", "about 3", "?", "Early years", 1),
)
OTHERS: tuple[Row, ...] = tuple(
    (
        f"{place} {kind}",
        ("public", "Nonprofit", "Business")[number % 3],
        number % 5 + 0.5,
        "",
        ("Work", "", "Reading")[number % 3],
        number % 5 + 1,
    )
    for number, (place, kind) in enumerate(
        (place, kind)
        for kind in ("Forum", "Trust", "Kitchen", "Works")
        for place in ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ilex")
    )
)[:33]
PARTNERS = (*FIRST, *OTHERS)
NAMES = list(dict.fromkeys(str(row[0]).strip() for row in PARTNERS if row[0] != "youth & family circle "))
TITLES = (
    "Agency Name",
    "Type",
    "Contact E-mail",
    "# Staff (FTE)",
    "Annual budget ($)",
    "Priority area(s)",
    "Engagement (1-5)",
    "Notes",
)
#: What is said of everyone, for the fields of which something is wrong above.
KNOWN = {
    "Youth & Family Circle": {"resources": 3.0, "commitment": 0.65},
    "Northbank School District": {"resources": 2.5, "commitment": 0.65},
    "Zoë's Reading Rooms": {"resources": 0.75, "commitment": 0.5},
    "Harbour Library Friends": {"commitment": 0.5},
    "Adelante Juntos": {},
    "Mercy Hospital of the Bay": {"resources": 2.5, "commitment": 0.35},
    "Bay Clinic": {"resources": 3.0, "commitment": 0.2},
}


def rows_of_list() -> list[list[object]]:
    """The list of partners with a title, a header in row 3, blank rows, and a row that sums up."""
    rows: list[list[object]] = [["Harbour County together — partners"], ["Who", "", "", "What"], [*TITLES]]
    for number, (name, kind, fte, budget, priorities, engagement) in enumerate(PARTNERS):
        if number in (10, 24):
            rows.append([""] * 8)
        mail = f"director{number}@example.org"
        rows.append([name, kind, mail, fte, budget, priorities, engagement, "MOU signed" if number % 7 == 0 else ""])
    rows += [[""] * 8, ["TOTAL", "", "", 86.5, "", "", "", ""]]
    return [[*row, *[""] * (8 - len(row))] for row in rows]


def workbook(*sheets: tuple[str, Iterable[Row]]) -> bytes:
    """A workbook of these sheets, texts as texts."""
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if value != "":
                        sheet.write(number, column, value)
    return file.getvalue()


def text(rows: Iterable[Row], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """CSV of rows."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def the_list() -> bytes:
    """The messy list as a workbook with a second sheet that holds nothing."""
    return workbook(("Partner list 2026", rows_of_list()), ("Meetings", [["Date", "Attended"]]))


def pairs() -> list[tuple[str, str]]:
    """The 115 ties."""
    luck, found = Random(7), dict[tuple[str, str], None]()
    while len(found) < 115:
        one, other = luck.sample(NAMES, 2)
        if (other, one) not in found:
            found[one, other] = None
    return sorted(found)


def elements() -> list[list[object]]:
    """The elements of Kumu."""
    by_name = {str(row[0]).strip(): row for row in PARTNERS[::-1]}
    rows: list[list[object]] = [["Label", "Type", "Description", "Tags", "Image", "FTE"]]
    for name in NAMES:
        _, kind, fte, _, priorities, _ = by_name[name]
        rows.append([name, kind, "", "|".join(str(priorities).replace(", ", "|").split("; ")), "", fte])
    return rows


def connections() -> list[list[object]]:
    """The connections of Kumu, of three strengths."""
    words, directions = ("weak", "medium", "strong"), ("mutual", "directed", "undirected")
    rows = [[a, b, directions[n % 3], "Partnership", "", words[n % 3]] for n, (a, b) in enumerate(pairs())]
    return [["From", "To", "Direction", "Type", "Label", "Strength"], *rows]


def blueprint() -> bytes:
    """A project of Kumu, as it exports it."""
    kinds = {str(row[0]).strip(): row[1] for row in PARTNERS[::-1]}
    key = {name: f"elem-{number:08x}" for number, name in enumerate(NAMES)}
    return json.dumps({
        "elements": [
            {"_id": key[name], "_type": "element", "attributes": {"label": name, "element type": kinds[name]}} for name in NAMES
        ],
        "connections": [
            {"_id": f"conn-{number}", "from": key[a], "to": key[b], "direction": "undirected", "attributes": {"connection type": "x"}}
            for number, (a, b) in enumerate(pairs())
        ],
        "loops": [],
    }).encode()  # fmt: skip


def survey() -> list[list[object]]:
    """Answers about partners, some from both ends: frequency and three items of trust, on scales from 1 to 4."""
    titles = [
        "Respondent",
        "Partner",
        "Q8 Frequency of contact (1-4)",
        "Q10 Reliable (1-4)",
        "Q11 In support of mission (1-4)",
    ]
    rows: list[list[object]] = [[*titles, "Q12 Open to discussion (1-4)", "Q7 Kind of relationship"]]
    for number, (one, other) in enumerate(pairs()):
        rows.append([one, other, number % 4 + 1, 4, 1, "" if number % 5 == 0 else 1, "Cooperative"])
        if number % 3:
            rows.append([other, one, 1, 1, 1, 1, "Integrated"])
    return rows


def matrix() -> list[list[object]]:
    """The same ties as a square matrix of frequencies."""
    frequency = {(row[0], row[1]): row[2] for row in survey()[1:]}
    return [["", *NAMES], *([one, *(frequency.get((one, other), 0) for other in NAMES)] for one in NAMES)]


def gephi() -> tuple[list[list[object]], list[list[object]]]:
    """Tables of nodes and edges."""
    nodes: list[list[object]] = [["Id", "Label", "timeset", "size", "Sector", "FTE"]]
    nodes += [[number, name, "", 10 + number, "Public", 1] for number, name in enumerate(NAMES)]
    edges: list[list[object]] = [["Source", "Target", "Type", "Id", "Label", "timeset", "Weight"]]
    edges += [
        [NAMES.index(one), NAMES.index(other), "Undirected", n, "", "", n % 4 + 1]
        for n, (one, other) in enumerate(pairs())
    ]
    return nodes, edges


def gephi_graph() -> bytes:
    """The same as GraphML, with what belongs to the drawing."""
    keys = [("label", "node", "string"), ("Sector", "node", "string"), ("weight", "edge", "double")]
    keys += [(name, "node", "double") for name in ("size", "r", "g", "b", "x", "y")]
    drawn = "".join(f'<data key="{name}">5</data>' for name in ("size", "r", "g", "b", "x", "y"))
    nodes = (
        f'<node id="{n}"><data key="label">{escape(name)}</data><data key="Sector">Public</data>{drawn}</node>'
        for n, name in enumerate(NAMES)
    )
    edges = (
        f'<edge source="{NAMES.index(one)}" target="{NAMES.index(other)}"><data key="weight">{n % 4 + 1}</data></edge>'
        for n, (one, other) in enumerate(pairs())
    )
    declared = "".join(
        f'<key id="{name}" for="{kind}" attr.name="{name}" attr.type="{of}"/>' for name, kind, of in keys
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    return (
        f'{head}{declared}<graph edgedefault="undirected">{"".join(nodes)}{"".join(edges)}</graph></graphml>'.encode()
    )
