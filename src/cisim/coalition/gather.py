"""One coalition out of files as people keep them: partners and ties, and in words what was used, assumed, left out, repaired."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cisim.coalition import answers
from cisim.coalition.cells import TOTALS, WORDS, Number, Scale, is_unknown, key_of, near_doubles, read_number, scale_of
from cisim.coalition.columns import MOST_SECTORS, Column
from cisim.coalition.sheets import Sheet, read_sheets
from cisim.coalition.table import MOST_ORGANISATIONS, Bounds, Table, hint, same, shown
from cisim.coalition.titles import GROUPS, LEFT_OUT, PARTNERS, TIES, Columns, find_columns, is_matrix, without_header
from cisim.errors import InputError, Problems, printable
from cisim.report.format import FORMULA_STARTS, plural
from cisim.scenario.names import name_problem

Use = Literal["used", "assumed", "left out", "repaired"]
#: A column of priorities with more different ones is free text; a longer one is a sentence.
MOST_PRIORITIES, LONGEST_PRIORITY = 20, 60
#: A commitment on a scale goes from the first of these by so much: nobody at the table is wholly without, or sure.
LEAST_COMMITMENT, MORE_COMMITMENT = 0.2, 0.6
#: Rows, and examples, that a sentence names.
MOST_NAMED = 3
#: Characters of a note in the table of columns.
LONGEST_NOTE = 1900
_MUTUAL = frozenset(("undirected", "mutual", "both"))
_DIRECTIONS = _MUTUAL | {"directed"}
_YES, _NO = frozenset(("yes", "y", "true", "1", "x", "founder")), frozenset(("no", "n", "false", "0"))
#: Columns that are left out, by what their titles mean.
_REASONS = {
    "private": "name persons, e-mail addresses or telephones, which are never copied",
    "drawing": "belong to a drawing of the network, or were measured on it",
    LEFT_OUT: "you leave out",
}
_BOUNDS = {
    "resources": Bounds(0, 1e6, above=True),
    "size": Bounds(0, 1e15, above=True),
    "competence": Bounds(0, 1000, above=True),
}
_PORTION = Bounds(0, 1e9)


class Choices(NamedTuple):
    """What the user says of the files."""

    named: Mapping[str, str] = {}  #: what a title, a word, a name in the files means, as `--map` gives it.
    often: Literal["high", "low"] | None = None  #: which end of a scale of frequency is most often.
    ask: Callable[[str, Sequence[str]], int] | None = None  #: asks a question, returns the index of the answer.


class Note(NamedTuple):
    """A sentence about what became of the files."""

    use: Use
    text: str

    def as_column(self) -> Column:
        """Make a row of the table of columns that runs and checks print."""
        status: Literal["used", "assumed", "unused"] = (
            "unused" if self.use == "left out" else "used" if self.use == "used" else "assumed"
        )
        return Column(
            "file" if self.use != "repaired" else "file (repaired)", status, printable(self.text[:LONGEST_NOTE])
        )


class Notes:
    """What became of the files; the same on many rows is one sentence."""

    def __init__(self) -> None:
        self._noted: dict[tuple[Use, str], list[tuple[int, str]]] = {}

    def add(self, use: Use, text: str, row: int = -1, example: str = "") -> None:
        """Note something, of a row with an example."""
        self._noted.setdefault((use, text), []).append((row, example))

    def sentences(self) -> list[Note]:
        """Write all notes, those of a use together."""
        order = ("used", "assumed", "left out", "repaired")
        return [
            Note(use, text + _rows_in_words(rows) + ".")
            for (use, text), rows in sorted(self._noted.items(), key=lambda item: order.index(item[0][0]))
        ]


def _rows_in_words(rows: Sequence[tuple[int, str]]) -> str:
    named = [
        f"row {row}{f' {example}' if example else ''}" if row >= 0 else example for row, example in rows[:MOST_NAMED]
    ]
    if not any(named):
        return ""
    what = "rows" if rows[0][0] >= 0 else "times"
    return (
        f" ({', '.join(named)})" if len(rows) <= MOST_NAMED else f" ({len(rows):,} {what}, such as {', '.join(named)})"
    )


@dataclass
class Partner:
    """A partner as the files have it."""

    name: str
    place: str
    sector: str = ""
    id: str = ""
    founder: str = ""
    values: dict[str, float] = field(default_factory=dict)  #: known numbers, by cisim's columns
    priorities: list[str] = field(default_factory=list)


class Tie(NamedTuple):
    """One report of a tie."""

    source: int  #: index of the partner that reports
    target: int
    strength: float  #: above 0 to 1; NaN if not known
    trust: float  #: of the source in the target; NaN if not known
    place: str


@dataclass
class _End:
    """A row of ties before its partners are known."""

    ends: tuple[str, str]
    strength: float
    trust: float
    mutual: bool
    sheet: Sheet
    row: int


@dataclass
class Gathered:
    """The coalition of some files."""

    partners: list[Partner]
    ties: list[Tie] | None  #: None if no file has ties
    outcomes: tuple[str, ...]
    notes: list[Note]
    answers: dict[str, int | None]  #: to the questions of the template, by dial; None: nobody knows
    name: str

    def organisations(self) -> tuple[list[str], list[list[str]]]:
        """Lay out the partners as a file of organisations: header and rows."""
        numbers = dict.fromkeys(
            key for partner in self.partners for key in partner.values if not key.startswith("mission.")
        )
        order = [key for key in ("resources", "size", "commitment") if key in numbers]
        columns = [*order, *(key for key in numbers if key not in order)]
        optional = [key for key in ("sector", "founder") if any(getattr(partner, key) for partner in self.partners)]
        missions = [f"mission.{outcome}" for outcome in self.outcomes]
        rows = [
            [
                partner.name,
                *(getattr(partner, key) for key in optional),
                *(as_text(partner.values.get(key, math.nan)) for key in (*columns, *missions)),
            ]
            for partner in self.partners
        ]
        return ["name", *optional, *columns, *missions], rows

    def reports(self) -> tuple[list[str], list[list[str]]]:
        """Lay out the ties as a file of ties: header and rows."""
        names = [partner.name for partner in self.partners]
        columns = [
            key for key in ("strength", "trust") if any(not math.isnan(getattr(tie, key)) for tie in self.ties or ())
        ]
        rows = [
            [names[tie.source], names[tie.target], *(as_text(getattr(tie, column)) for column in columns)]
            for tie in self.ties or ()
        ]
        return ["from", "to", *columns], rows

    def tables(self, problems: Problems) -> tuple[Table, Table | None]:
        """Make the tables that the reader of coalition files takes; ties are None if there is no file of them."""
        places = [[partner.place for partner in self.partners], [tie.place for tie in self.ties or ()]]
        made = [
            Table(self.name, header, iter(list(enumerate(rows))), where.__getitem__, problems)
            for (header, rows), where in zip((self.organisations(), self.reports()), places, strict=True)
        ]
        return made[0], None if self.ties is None else made[1]


def as_text(value: float) -> str:
    """Write a number as a file has it, to four decimals; "" for NaN."""
    return "" if math.isnan(value) else f"{round(value, 4):.15g}"


def gather(files: Sequence[tuple[str, bytes]], choices: Choices | None = None) -> Gathered:
    r"""Read partners and ties out of files as people keep them, each a name and what it holds.

    Raises:
        InputError: with all problems: of files that cannot be read or hold neither, and of choices that mean nothing.

    Example:
        >>> found = gather([("list.csv", b"Agency;FTE\\nFood Bank;2,5\\nfood bank;\\nLibrary;n/a\\nTOTAL;2,5\\n")])
        >>> [(partner.name, partner.values) for partner in found.partners]
        [('Food Bank', {'resources': 2.5}), ('Library', {})]
    """
    return _Gatherer(choices or Choices()).read(files)


class _Gatherer:
    def __init__(self, choices: Choices) -> None:
        self.choices, self.notes, self.problems = choices, Notes(), Problems()
        self.partners: list[Partner] = []
        self.index: dict[str, int] = {}  # of a partner by key, or by that of another spelling
        self.ends: list[_End] = []
        self.strangers = 0  # ends of ties that are no partners
        self.labels: list[tuple[Sheet, int, str]] = []  # of matrices
        self.answers: dict[str, int | None] = {}
        self.seen: set[str] = set()  # keys of all that `--map` may name
        self.columns: dict[str, str] = {}
        self.words, self.aliases = dict(WORDS), dict[str, str]()
        for left, right in choices.named.items():
            number = read_number(right)
            if (meaning := right.strip().casefold()) in (*PARTNERS, *TIES, LEFT_OUT) or meaning.startswith(GROUPS):
                self.columns[key_of(left)] = meaning
            elif 0 <= number.value <= 1:
                self.words[key_of(left)] = number.value
            else:
                self.aliases[key_of(left)] = key_of(right)

    def read(self, files: Sequence[tuple[str, bytes]]) -> Gathered:
        tied = False
        for name, data in files:
            with self.problems.collected():
                tied |= self._read_file(name, read_sheets(data, name))
        self.problems.check()
        if not self.partners and tied:
            self._name_partners()
        self._ask_doubles()
        sectors = self._join_sectors()
        outcomes = self._join_priorities()
        ties = self._match_ties() if tied else None
        self._check_named({key_of(sector) for sector in sectors})
        self.problems.check()
        more = f" in {plural(len(sectors), 'sector')}" if sectors else ""
        self.notes.add("used", f"{plural(len(self.partners), 'partner')}{more}")
        if ties is not None:
            pairs = len({(min(tie.source, tie.target), max(tie.source, tie.target)) for tie in ties})
            self.notes.add("used", f"{plural(pairs, 'tie')} from {plural(len(self.ends), 'row')}")
        name = " and ".join(dict.fromkeys(name for name, _ in files))
        if not 2 <= len(self.partners) <= MOST_ORGANISATIONS:
            raise InputError(
                f"{name}: lists {plural(len(self.partners), 'partner')}; must be 2 to {MOST_ORGANISATIONS:,}"
            )
        if len(sectors) > MOST_SECTORS:
            raise InputError(f"{name}: has {len(sectors)} different sectors; at most {MOST_SECTORS} are allowed")
        return Gathered(self.partners, ties, outcomes, self.notes.sentences(), self.answers, name)

    def _read_file(self, name: str, sheets: Sequence[Sheet]) -> bool:
        """Read the sheets of a file; return whether it holds ties."""
        used, tied = 0, False
        for sheet in sheets:
            if sheet.guessed:
                self.notes.add("assumed", f"{sheet.name} {sheet.guessed}")
            if sheet.left_out:
                self.notes.add("left out", f"{sheet.file}: {sheet.left_out}")
            self.seen |= {key_of(cell) for _, cells in sheet.rows[:30] for cell in cells}
            columns = None
            if max((len(cells) for _, cells in sheet.rows), default=0) > MOST_ORGANISATIONS:
                raise InputError(f"{sheet.name}: has more than {MOST_ORGANISATIONS:,} columns")
            if (matrix := is_matrix(sheet)) is not None:
                self._read_matrix(sheet, matrix)
            elif (columns := find_columns(sheet, self.columns)) and len(sheet.rows) > columns.row + 1:
                for text in columns.assumed:
                    self.notes.add("assumed", f"{sheet.name}: {text}")
                {"partners": self._read_partners, "ties": self._read_ties, "answers": self._read_answers}[columns.kind](
                    sheet, columns
                )
            elif len(sheets) > 1:
                self.notes.add("left out", f"{sheet.name}: holds no list of partners or ties")
                continue
            elif columns is None:
                raise InputError(f"{name}: {without_header(sheet)}")
            used += 1
            tied |= matrix is not None or (columns is not None and columns.kind == "ties")
        if not used:
            raise InputError(f"{name}: none of its {len(sheets)} sheets holds a list of partners or ties")
        return tied

    # --- partners -----------------------------------------------------------------------------------------

    def _read_partners(self, sheet: Sheet, columns: Columns) -> None:
        # Where the name is empty, another title of names, or the id, stands in.
        called = [*columns.of("name"), *columns.of("second name"), *columns.of("id")]
        rows = []
        for row, cells in self._body(sheet, columns, called):
            if name := self._name(sheet, row, next(cells[each] for each in called if cells[each].strip())):
                rows.append((row, cells, Partner(name, sheet.where(row))))
        for column, meaning in columns.meaning.items():
            texts = [cells[column] for _, cells, _ in rows]
            if meaning in ("sector", "id", "founder", "priorities"):
                for (row, _, partner), text in zip(rows, texts, strict=True):
                    self._set_text(sheet, row, partner, meaning, text)
            elif meaning in ("resources", "size", "commitment") or meaning.startswith(GROUPS):
                title = columns.titles[column]
                meaning = (
                    "mission." + title.strip()[8:]
                    if meaning.startswith("mission.") and column not in columns.own
                    else meaning
                )
                values = self._numbers(sheet, [row for row, _, _ in rows], title, meaning, texts)
                for (_, _, partner), value in zip(rows, values, strict=True):
                    if not math.isnan(value):
                        partner.values[meaning] = value
        if columns.of("size") and any("resources" in partner.values for _, _, partner in rows):
            columns.meaning[columns.of("size")[0]] = "second resources"
            for _, _, partner in rows:
                partner.values.pop("size", None)
        self._tell_columns(sheet, columns)
        for row, _, partner in rows:
            self._add(sheet, row, partner)

    def _tell_columns(self, sheet: Sheet, columns: Columns) -> None:
        """Say what became of each column that has anything under its title, and of what stands above the header."""
        above = [
            (row, cell) for row, cells in sheet.rows[: columns.row] if (cell := next(filter(str.strip, cells), ""))
        ]
        for row, cell in above:
            self.notes.add("left out", f"{sheet.name}: rows above the header", row, shown(cell.strip()))
        read = []
        for column, title in enumerate(columns.titles):
            meaning = columns.meaning.get(column, "")
            filled = any(column < len(cells) and cells[column].strip() for _, cells in sheet.rows[columns.row + 1 :])
            if not filled or (sheet.drawn and meaning in ("id", "from", "to", "direction")):
                continue
            if meaning in _REASONS:
                self.notes.add("left out", f"{sheet.name}: columns that {_REASONS[meaning]}", example=shown(title))
            elif meaning.startswith("second "):
                better = f"columns that say less than the one read as {meaning.removeprefix('second ')!r}"
                self.notes.add("left out", f"{sheet.name}: {better}", example=shown(title))
            elif meaning:
                read.append(f"{shown(title)} as {meaning}" if title != meaning else meaning)
            elif title:
                what = "columns that mean nothing to cisim (import --map TITLE=COLUMN says what one is)"
                self.notes.add("left out", f"{sheet.name}: {what}", example=shown(title))
        if read:
            more = f" and {len(read) - 12} more" if len(read) > 12 else ""
            self.notes.add("used", f"{sheet.name}: columns {', '.join(read[:12])}{more}")

    def _body(self, sheet: Sheet, columns: Columns, called: Sequence[int]) -> Iterable[tuple[int, list[str]]]:
        """Yield the rows under a header, without blank ones, totals, and those that repeat the header or have no name."""
        blank = [row for row, cells in sheet.rows[columns.row + 1 :] if not any(map(str.strip, cells))]
        last = max((row for row, cells in sheet.rows if any(map(str.strip, cells))), default=0)
        for row in blank:
            if row < last:
                self.notes.add("left out", f"{sheet.name}: blank rows", row)
        for row, cells in sheet.rows[columns.row + 1 :]:
            first = next((cell for cell in cells if cell.strip()), "")
            name = next((cell for each in called if (cell := cells[each].strip())), "")
            if not first:
                continue
            if key_of(name or first) in TOTALS:
                self.notes.add(
                    "left out", f"{sheet.name}: rows that sum up others", row, shown((name or first).strip())
                )
            elif [cell.strip() for cell in cells[: len(columns.titles)]] == columns.titles:
                self.notes.add("left out", f"{sheet.name}: rows that repeat the header", row)
            elif is_unknown(name):
                self.notes.add("left out", f"{sheet.name}: rows without a name", row, shown(first.strip()))
            else:
                yield row, cells

    def _name(self, sheet: Sheet, row: int, text: str) -> str:
        """Read a name: with single spaces, without the sign that keeps a spreadsheet from taking it for a formula; "" if it is none."""
        name = same(re.sub(r"\s+", " ", text))
        if name[:1] == "'" and name[1:].startswith(FORMULA_STARTS):
            name = name[1:]
        if problem := name_problem(name):
            self.notes.add("left out", f"{sheet.name}: rows whose name cannot be one ({problem})", row, shown(name))
            return ""
        return name

    def _set_text(self, sheet: Sheet, row: int, partner: Partner, meaning: str, text: str) -> None:
        if is_unknown(text) and meaning != "id":
            return
        if meaning == "priorities":
            partner.priorities += [
                part for each in re.split(r"[;,|\n]", text) if (part := same(each)) and not is_unknown(part)
            ]
        elif meaning == "founder":
            word = text.strip().casefold()
            partner.founder = "yes" if word in _YES else "no" if word in _NO else ""
            if not partner.founder:
                self.notes.add(
                    "repaired", f"{sheet.name}: founder is neither yes nor no: taken as unknown", row, shown(text)
                )
        else:
            setattr(partner, meaning, self._name(sheet, row, text) if meaning == "sector" else text.strip())

    def _numbers(
        self, sheet: Sheet, rows: Sequence[int], title: str, meaning: str, texts: Sequence[str]
    ) -> list[float]:
        """Read a column of numbers of partners; NaN where they are not known or cannot be."""
        # Thousands have a comma in budgets even where the file's decimals have one.
        read = [read_number(text, sheet.decimal_comma and meaning != "size") for text in texts]
        what, use = f"{sheet.name}: column {shown(title)}", "as given"
        scale = scale_of(title, read) if meaning == "commitment" else None
        if scale and scale.source:
            use = (
                f"{scale.low:g} is {LEAST_COMMITMENT:g} and {scale.high:g} is {LEAST_COMMITMENT + MORE_COMMITMENT:g}, evenly between "
                f"(a scale from {scale.low:g} to {scale.high:g}, {scale.source})"
            )
            self.notes.add("assumed", f"{what} becomes commitment: {use}")
        bounds = _BOUNDS.get(meaning.partition(".")[0], Bounds(0, 1) if scale else _PORTION)
        values = []
        for row, text, number in zip(rows, texts, read, strict=True):
            value = number.value
            if number.repair:
                self.notes.add("repaired", f"{what}: {number.repair}", row, shown(text.strip()))
            if scale and scale.source and not math.isnan(value):
                value = LEAST_COMMITMENT + MORE_COMMITMENT * scale.share(value)
            if not math.isnan(number.value) and not bounds.allow(value):
                allowed = f"{scale.low:g} to {scale.high:g}" if scale else str(bounds)
                self.notes.add(
                    "repaired", f"{what}: taken as unknown, since it must be {allowed}", row, shown(text.strip())
                )
                value = math.nan
            values.append(value)
        return values

    def _add(self, sheet: Sheet, row: int, partner: Partner) -> None:
        """Add a partner, or join it to the one of its name."""
        key = key_of(partner.name) or partner.name
        self.seen.add(key)
        key = self.aliases.get(key, key)
        if key not in self.index:
            self.index[key] = len(self.partners)
            self.partners.append(partner)
            return
        first = self.partners[self.index[key]]
        example = f"{shown(partner.name)} is {shown(first.name)}"
        self.notes.add(
            "repaired",
            f"{sheet.name}: rows of one partner are joined, names differing by no more than their writing",
            row,
            example,
        )
        self._join(first, partner)

    def _join(self, first: Partner, second: Partner) -> None:
        """Fill what a partner lacks from another row of it; say what contradicts."""
        for meaning, value in second.values.items():
            if first.values.setdefault(meaning, value) != value:
                words = f"{first.name}: {meaning} {as_text(first.values[meaning])} is kept, {as_text(value)} of another row is not used"
                self.notes.add("repaired", words)
        for meaning in ("sector", "id", "founder"):
            setattr(first, meaning, getattr(first, meaning) or getattr(second, meaning))
        first.priorities += second.priorities

    def _ask_doubles(self) -> None:
        """Ask, or state, whether names that nearly agree are of one partner."""
        for one, other in near_doubles([partner.name for partner in self.partners]):
            first, second = self.index.get(key_of(one)), self.index.get(key_of(other))
            if first is None or second is None or first == second:
                continue
            if self._are_one(one, other, "partner"):
                self._join(self.partners[first], self.partners[second])
                self.index[key_of(other)] = first
        kept = sorted({*self.index.values()})
        self.index = (
            {key: kept.index(index) for key, index in self.index.items()}
            if len(kept) < len(self.partners)
            else self.index
        )
        self.partners = [self.partners[index] for index in kept]

    def _are_one(self, one: str, other: str, what: str) -> bool:
        if self.choices.ask is None:
            mapped = shown(f"{other}={one}")
            self.notes.add(
                "assumed",
                f"{shown(one)} and {shown(other)} are taken for two {what}s (import --map {mapped} makes them one)",
            )
            return False
        joined = self.choices.ask(f"Are {shown(one)} and {shown(other)} one {what}?", ("yes, one", "no, two")) == 0
        self.notes.add(
            "assumed", f"{shown(one)} and {shown(other)} are {'one' if joined else f'two {what}s'}, as you said"
        )
        return joined

    def _join_sectors(self) -> list[str]:
        """Give one spelling to each sector."""
        kept = self._spellings([partner.sector for partner in self.partners if partner.sector], "sector")
        if kept:
            for one, other in near_doubles(list(dict.fromkeys(kept.values()))):
                if kept[key_of(one)] != kept[key_of(other)] and self._are_one(one, other, "sector"):
                    kept |= {key: kept[key_of(one)] for key, spelling in kept.items() if spelling == other}
        for partner in self.partners:
            partner.sector = kept.get(key_of(partner.sector), partner.sector)
        return list(dict.fromkeys(filter(None, (partner.sector for partner in self.partners))))

    def _join_priorities(self) -> tuple[str, ...]:
        """Make missions of priorities; return the outcomes, in the order of their first mention."""
        given = [text for partner in self.partners for text in partner.priorities]
        kept = self._spellings(given, "outcome")
        if len(kept) > MOST_PRIORITIES or any(len(text) > LONGEST_PRIORITY for text in given):
            self.notes.add(
                "left out", f"priorities: {len(kept)} different texts are too many or too long to be outcomes"
            )
            kept = {}
        for partner in self.partners:
            stated = {kept[key_of(text)] for text in partner.priorities if key_of(text) in kept}
            if stated:
                partner.values |= {f"mission.{outcome}": float(outcome in stated) for outcome in kept.values()}
        named = (
            key.removeprefix("mission.")
            for partner in self.partners
            for key in partner.values
            if key.startswith("mission.")
        )
        return tuple(dict.fromkeys(named))

    def _spellings(self, texts: Sequence[str], what: str) -> dict[str, str]:
        """Choose for each key the spelling that is used most; say which are joined."""
        counts = Counter(texts)
        kept: dict[str, str] = {}
        for text in counts:
            self.seen.add(key_of(text))
            key = self.aliases.get(key_of(text), key_of(text))
            kept[key] = max(
                kept.get(key, text), text, key=lambda each: (counts[each], each == text and key not in kept)
            )
        spelt: dict[str, list[str]] = {}
        for text in counts:
            key = self.aliases.get(key_of(text), key_of(text))
            kept[key_of(text)] = kept[key]
            spelt.setdefault(key, []).append(text)
        for key, several in spelt.items():
            if len(several) > 1:
                self.notes.add("repaired", f"{', '.join(map(shown, several[:5]))} are one {what}: {shown(kept[key])}")
        return kept

    # --- ties ---------------------------------------------------------------------------------------------

    def _read_ties(self, sheet: Sheet, columns: Columns) -> None:
        for column in columns.of("direction"):
            if not any(cells[column].strip().casefold() in _DIRECTIONS for _, cells in sheet.rows[columns.row + 1 :]):
                del columns.meaning[column]  # a "type" of another kind
        if columns.of("strength") and (other := columns.of("frequency")):
            columns.meaning[other[0]] = "second strength"
        self._tell_columns(sheet, columns)
        source, target = columns.of("from")[0], columns.of("to")[0]
        rows = list(self._body(sheet, columns, [source]))
        strength, trust = [math.nan] * len(rows), [math.nan] * len(rows)
        numbers = [row for row, _ in rows]
        measure = "strength" if columns.of("strength") else "frequency"
        if several := columns.of(measure):
            title = columns.titles[several[0]]
            strength = self._strengths(sheet, title, measure, numbers, [cells[several[0]] for _, cells in rows])
        items = [
            self._trust(sheet, columns.titles[each], numbers, [cells[each] for _, cells in rows])
            for each in columns.of("trust")
        ]
        if items:
            known = [[value for value in values if not math.isnan(value)] for values in zip(*items, strict=True)]
            trust = [sum(values) / len(values) if values else math.nan for values in known]
            if len(items) > 1:
                self.notes.add(
                    "assumed", f"{sheet.name}: trust is the mean of the {len(items)} items that are answered"
                )
        direction = columns.of("direction")
        kinds = Counter(cells[direction[0]].strip().casefold() if direction else "" for _, cells in rows)
        if direction and not sheet.drawn and all(map(math.isnan, trust)):
            counted = ", ".join(f"{count} {kind or 'not given'}" for kind, count in kinds.items())
            self.notes.add(
                "assumed",
                f"{sheet.name}: a tie holds in both directions, whatever is said of its direction ({counted})",
            )
        for (row, cells), each_strength, each_trust in zip(rows, strength, trust, strict=True):
            mutual = bool(direction) and cells[direction[0]].strip().casefold() in _MUTUAL
            self.ends.append(_End((cells[source], cells[target]), each_strength, each_trust, mutual, sheet, row))

    def _strengths(
        self, sheet: Sheet, title: str, measure: str, rows: Sequence[int], texts: Sequence[str]
    ) -> list[float]:
        """Read strengths, or make them of frequencies: from 0, no tie, to 1; NaN where not known."""
        what = f"{sheet.name}: column {shown(title)}" if title else sheet.name
        words = {key: self.words[key] for text in texts if (key := key_of(text)) in self.words}
        spelt = {key: text.strip() for text in texts if (key := key_of(text)) in words}
        self.seen |= words.keys()
        if words:
            told = ", ".join(
                f"{spelt[key]} is {value:g}" for key, value in sorted(words.items(), key=lambda item: item[1])
            )
            self.notes.add("assumed", f"{what}: {told} (import --map WORD=NUMBER gives other numbers, from 0 to 1)")
        numbers = [
            Number(math.nan) if key_of(text) in words else read_number(text, sheet.decimal_comma) for text in texts
        ]
        scale = scale_of(title, numbers)
        often = "high" if measure == "strength" or not scale.source or not title else self._often(what, scale)
        self._tell_scale(what, scale, often, measure if title else "matrix")
        strengths = []
        for row, text, number in zip(rows, texts, numbers, strict=True):
            strength = words.get(key_of(text), math.nan)
            if number.repair:
                self.notes.add("repaired", f"{what}: {number.repair}", row, shown(text.strip()))
            if not math.isnan(value := number.value):
                steps = scale.high if scale.low == 0 else scale.high - scale.low + 1
                turned = value if often == "high" else scale.low + scale.high - value
                strength = value if not scale.source else (turned - scale.low + (scale.low > 0)) / steps
                strength = 0.0 if value == 0 and often == "high" else strength
                if not (0 <= strength <= 1 and (value == 0 or scale.low <= value <= scale.high)):
                    words_ = f"{what}: taken as unknown, since it must be {scale.low:g} to {scale.high:g}"
                    self.notes.add("repaired", words_, row, shown(text.strip()))
                    strength = math.nan
            strengths.append(strength)
        return strengths

    def _often(self, what: str, scale: Scale) -> Literal["high", "low"]:
        """Ask, or state, which end of a scale of frequency is most often: files do not say."""
        high, low = f"{scale.high:g}", f"{scale.low:g}"
        often = self.choices.often
        if often is None and self.choices.ask:
            question = f"{what} goes from {low} to {high}: which is most often?"
            often = (
                "high" if self.choices.ask(question, (f"{high} is most often", f"{low} is most often")) == 0 else "low"
            )
        elif often is None:
            words = f"the file does not say which end is most often: {high} is taken for it (import --often low if it is {low})"
            self.notes.add("assumed", f"{what}: {words}")
            return "high"
        self.notes.add("assumed", f"{what}: {high if often == 'high' else low} is most often, as you said")
        return often

    def _tell_scale(self, what: str, scale: Scale, often: str, measure: str) -> None:
        if not scale.source:
            return
        high, low = (scale.high, scale.low) if often == "high" else (scale.low, scale.high)
        steps = scale.high if scale.low == 0 else scale.high - scale.low + 1
        last = f", {low:g} is {1 / steps:.2g}" if scale.low else ", 0 is no tie"
        more = " (0 is no tie, so more is more often)" if measure == "matrix" else ""
        source = f"(a scale from {scale.low:g} to {scale.high:g}, {scale.source})"
        self.notes.add("assumed", f"{what} becomes strength: {high:g} is 1{last}, evenly between {source}{more}")

    def _trust(self, sheet: Sheet, title: str, rows: Sequence[int], texts: Sequence[str]) -> list[float]:
        numbers = [read_number(text, sheet.decimal_comma) for text in texts]
        scale, what = scale_of(title, numbers), f"{sheet.name}: column {shown(title)}"
        if scale.source:
            words = f"{scale.low:g} is 0 and {scale.high:g} is 1, evenly between (a scale from {scale.low:g} to {scale.high:g}, {scale.source})"
            self.notes.add("assumed", f"{sheet.name}: trust: {words}", example=shown(title))
        shares = [scale.share(number.value) if not math.isnan(number.value) else math.nan for number in numbers]
        for row, text, number, share in zip(rows, texts, numbers, shares, strict=True):
            if number.repair or (math.isnan(share) and not math.isnan(number.value)):
                repair = number.repair or f"taken as unknown, since it must be {scale.low:g} to {scale.high:g}"
                self.notes.add("repaired", f"{what}: {repair}", row, shown(text.strip()))
        return shares

    def _read_matrix(self, sheet: Sheet, header: int) -> None:
        """Read a square matrix: the row's partner reports its tie to the column's."""
        across = [cell.strip() for cell in sheet.rows[header][1]]
        cells = [
            (row, names[0].strip(), across[column], text)
            for row, names in sheet.rows[header + 1 :]
            if key_of(names[0]) and key_of(names[0]) not in TOTALS
            for column, text in enumerate(names[: len(across)])
            if column and key_of(across[column]) and key_of(across[column]) not in TOTALS and key_of(across[column]) != key_of(names[0])
            and not is_unknown(text)
        ]  # fmt: skip
        marks = all(key_of(text) in ("x", "yes", "y", "1", "0", "no", "n") for _, _, _, text in cells)
        texts = [text for _, _, _, text in cells]
        strengths = [0.0 if key_of(text) in ("0", "no", "n") else math.nan for text in texts]
        if not marks:
            strengths = self._strengths(sheet, "", "frequency", [row for row, _, _, _ in cells], texts)
        given = {
            (key_of(source), key_of(target)): strength
            for (_, source, target, _), strength in zip(cells, strengths, strict=True)
        }
        even = all(given.get((target, source)) == strength for (source, target), strength in given.items() if strength)
        self.notes.add("used", f"{sheet.name}: is read as a square matrix, the row's partner with the column's")
        done = set[tuple[str, str]]()
        for (row, source, target, _), strength in zip(cells, strengths, strict=True):
            pair = (key_of(target), key_of(source))
            if strength != 0 and not (even and pair in done):
                self.ends.append(_End((source, target), strength, math.nan, even, sheet, row))
                done.add(pair[::-1])
        self.labels += [
            (sheet, sheet.rows[header][0], name) for name in across[1:] if key_of(name) not in {"", *TOTALS}
        ]

    def _name_partners(self) -> None:
        """Take the partners from the ties, where no file lists them."""
        spelt: dict[str, list[str]] = {}
        for sheet, row, text in [*self.labels, *((end.sheet, end.row, text) for end in self.ends for text in end.ends)]:
            if not is_unknown(text) and key_of(text) not in TOTALS and (name := self._name(sheet, row, text)):
                spelt.setdefault(key_of(name), []).append(name)
                if self.aliases.get(key_of(name), key_of(name)) not in self.index:
                    self._add(sheet, row, Partner(name, sheet.where(row)))
        for several in spelt.values():
            if len(set(several)) > 1:
                self.notes.add("repaired", f"{', '.join(map(shown, dict.fromkeys(several)))} are one partner")
        self.notes.add("assumed", "No file lists the partners: they are those that the ties name")

    def _match_ties(self) -> list[Tie]:
        """Find the partners at the ends of each tie; of two reports of the same, the stronger counts."""
        by_id = {partner.id.casefold(): index for index, partner in enumerate(self.partners) if partner.id}
        texts = {text.strip().casefold() for end in self.ends for text in end.ends if text.strip()}
        use_ids = bool(by_id) and sum(text in by_id for text in texts) > sum(
            key_of(text) in self.index for text in texts
        )
        ties: dict[tuple[int, int], Tie] = {}
        for end in self.ends:
            first, second = (self._end(end, text, by_id if use_ids else {}) for text in end.ends)
            if first < 0 or second < 0:
                continue
            where = f"{end.sheet.name}: rows of ties"
            if first == second:
                self.notes.add(
                    "left out", f"{where} of a partner with itself", end.row, shown(self.partners[first].name)
                )
                continue
            if end.strength == 0:
                self.notes.add("left out", f"{where} of no strength", end.row)
                continue
            for pair in (
                ((first, second), (second, first)) if end.mutual and not math.isnan(end.trust) else ((first, second),)
            ):
                tie = Tie(*pair, end.strength, end.trust, end.sheet.where(end.row))
                if before := ties.get(pair):
                    self.notes.add("repaired", f"{where} that stand twice are one, the stronger counts", end.row)
                    strongest = max((before, tie), key=lambda each: -1 if math.isnan(each.strength) else each.strength)
                    tie = strongest._replace(trust=before.trust if math.isnan(strongest.trust) else strongest.trust)
                ties[pair] = tie
        return list(ties.values())

    def _end(self, end: _End, text: str, by_id: Mapping[str, int]) -> int:
        """Find the partner at an end of a tie; -1 if there is none, which is said."""
        key = key_of(text) or text.strip()
        index = by_id.get(text.strip().casefold(), -1) if by_id else self.index.get(self.aliases.get(key, key), -1)
        if index < 0 and text.strip():
            near = "" if by_id else hint(text.strip(), (partner.name for partner in self.partners), self.strangers)
            self.strangers += 1
            self.notes.add(
                "left out", f"{end.sheet.name}: rows of ties to who is no partner", end.row, shown(text.strip()) + near
            )
        elif index < 0:
            self.notes.add("left out", f"{end.sheet.name}: rows of ties without two names", end.row)
        return index

    # --- answers, and what the user says ------------------------------------------------------------------

    def _read_answers(self, sheet: Sheet, columns: Columns) -> None:
        """Read the answers of a filled template."""
        dial, answer = columns.of("dial")[0], columns.of("answer")[0]
        for row, cells in sheet.rows[columns.row + 1 :]:
            question = answers.QUESTIONS.get(cells[dial].strip())
            text = cells[answer].strip()
            if question is None or not text:
                continue
            number = read_number(text)
            if number.value in range(1, 6) or is_unknown(text):
                self.answers[question.dial] = None if is_unknown(text) else int(number.value)
            else:
                words = f'{sheet.name}: answers that are neither 1 to 5 nor "don\'t know" are not used'
                self.notes.add("repaired", words, row, shown(text))
        self.notes.add(
            "used", f"{sheet.name}: {plural(len(self.answers), 'answer')} to {len(answers.QUESTIONS)} questions"
        )

    def _check_named(self, sectors: set[str]) -> None:
        """Refuse what `--map` says and nothing in the files is called, or what means nothing."""
        known = self.index.keys() | sectors | self.seen
        for left, right in self.choices.named.items():
            if key_of(left) not in known:
                self.problems.append(f"--map {left}={right}: nothing in the files is called {shown(left)}")
            elif key_of(left) in self.aliases and key_of(right) not in self.index.keys() | sectors:
                columns = ", ".join((*PARTNERS, *TIES, LEFT_OUT))
                words = f"{shown(right)} is no column ({columns}), no number from 0 to 1, and no partner or sector in the files"
                self.problems.append(f"--map {left}={right}: {words}")
