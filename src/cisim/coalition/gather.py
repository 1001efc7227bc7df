"""One coalition out of files as people keep them: partners and ties, and in words what was used, assumed, left out, repaired."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cisim.coalition import answers
from cisim.coalition.cells import TOTALS, is_unknown, key_of, near_doubles, read_number
from cisim.coalition.columns import MOST_SECTORS
from cisim.coalition.dialogue import Choices, Note, Notes, as_text
from cisim.coalition.listing import Partner, clean_name, read_partners
from cisim.coalition.relations import End, TieReader
from cisim.coalition.sheets import Sheet, read_sheets
from cisim.coalition.table import MOST_ORGANISATIONS, Table, hint, shown
from cisim.coalition.titles import (
    GROUPS,
    LEFT_OUT,
    MOST_BEFORE,
    PARTNERS,
    TIES,
    Columns,
    find_columns,
    is_matrix,
    without_header,
)
from cisim.errors import InputError, Problems, printable
from cisim.report.format import plural

#: A column of priorities with more different ones is free text; a longer one is a sentence.
MOST_PRIORITIES, LONGEST_PRIORITY = 20, 60


class Tie(NamedTuple):
    """One report of a tie."""

    source: int  #: index of the partner that reports
    target: int
    strength: float  #: above 0 to 1; NaN if not known
    trust: float  #: of the source in the target; NaN if not known
    place: str


@dataclass
class Gathered:
    """The coalition of some files."""

    partners: list[Partner]
    ties: list[Tie] | None  #: None if no file has ties
    outcomes: tuple[str, ...]
    notes: list[Note]
    answers: dict[str, int | None]  #: to the questions of the template, by dial; None: nobody knows
    costs: dict[
        str, float | str
    ]  #: figures of the template's sheet of costs, by its names; a text where it is no number
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

    def tables(self, problems: Problems, outcomes: Collection[str]) -> tuple[Table, Table | None]:
        """Make the tables that the reader of coalition files takes; ties are None if there is no file of them.

        Who names none of the scenario's outcomes has a mission that is not known.
        """
        header, rows = self.organisations()
        known = {f"mission.{outcome}".casefold() for outcome in outcomes}
        missions = [index for index, title in enumerate(header) if title.casefold() in known]
        for cells in rows:
            if not any(cells[index] not in ("", "0") for index in missions):
                for index in missions:
                    cells[index] = ""
        places, tie_places = [partner.place for partner in self.partners], [tie.place for tie in self.ties or ()]
        people = Table(self.name, header, iter([*enumerate(rows)]), places.__getitem__, problems)
        header, rows = self.reports()
        ties = Table(self.name, header, iter([*enumerate(rows)]), tie_places.__getitem__, problems)
        return people, None if self.ties is None else ties


def gather(files: Sequence[tuple[str, bytes]], choices: Choices | None = None) -> Gathered:
    r"""Read partners and ties out of files as people keep them, each a name and what it holds.

    Raises:
        InputError: with all problems: of files that cannot be read or hold neither, and of choices that mean nothing.

    Example:
        >>> found = gather([("list.csv", b"Agency;FTE\nFood Bank;2,5\nfood bank;\nLibrary;n/a\nTOTAL;2,5\n")])
        >>> [(partner.name, partner.values) for partner in found.partners]
        [('Food Bank', {'resources': 2.5}), ('Library', {})]
    """
    return _Gatherer(choices or Choices()).read(files)


class _Gatherer:
    def __init__(self, choices: Choices) -> None:
        self.choices, self.notes, self.problems = choices, Notes(), Problems()
        self.partners: list[Partner] = []
        self.index: dict[str, int] = {}  # of a partner by key, or by that of another spelling
        self.answers: dict[str, int | None] = {}
        self.costs: dict[str, float | str] = {}
        self.strangers = 0  # ends of ties that are no partners
        self.titles = set[str]()  # keys of what stands near headers
        self.names = set[str]()  # keys of partners, sectors and outcomes
        self.columns, self.aliases, words = dict[str, str](), dict[str, str](), dict[str, float]()
        for left, right in choices.named.items():
            if (meaning := right.strip().casefold()) in (*PARTNERS, *TIES, LEFT_OUT) or meaning.startswith(GROUPS):
                self.columns[key_of(left)] = meaning
            elif 0 <= (number := read_number(right).value) <= 1:
                words[key_of(left)] = number
            else:
                self.aliases[key_of(left)] = key_of(right)
        self.ties = TieReader(choices, words, self.notes)

    def read(self, files: Sequence[tuple[str, bytes]]) -> Gathered:
        name, tied = printable(" and ".join(dict.fromkeys(name for name, _ in files))), False
        for each, data in files:
            with self.problems.collected():
                tied |= self._read_file(each, read_sheets(data, each))
        self.problems.check()
        if tied and not self.partners:
            self._name_partners()
        self._ask_doubles()
        sectors, outcomes = self._join_sectors(), self._join_priorities()
        ties = self._match_ties() if tied else None
        self._check_named()
        if self.partners and all(partner.founder == "no" for partner in self.partners):
            self.problems.append(f"{name}: founder is no in every row; one at least must be yes, or empty")
        if not 2 <= len(self.partners) <= MOST_ORGANISATIONS:
            must = f"must be 2 to {MOST_ORGANISATIONS:,}"
            self.problems.append(f"{name}: lists {plural(len(self.partners), 'partner')}; {must}")
        elif ties == []:
            rows = plural(len(self.ties.ends), "row")
            self.problems.append(f"{name}: no tie between two partners in {rows} of ties{self._example_of_stranger()}")
        if len(sectors) > MOST_SECTORS:
            self.problems.append(f"{name}: has {len(sectors)} different sectors; at most {MOST_SECTORS} are allowed")
        self.problems.check()
        more = f" in {plural(len(sectors), 'sector')}" if sectors else ""
        self.notes.add("used", f"{plural(len(self.partners), 'partner')}{more}")
        if ties is not None:
            pairs = len({(min(tie.source, tie.target), max(tie.source, tie.target)) for tie in ties})
            self.notes.add("used", f"{plural(pairs, 'tie')} from {plural(len(self.ties.ends), 'row')}")
        return Gathered(self.partners, ties, outcomes, self.notes.sentences(), self.answers, self.costs, name)

    def _read_file(self, name: str, sheets: Sequence[Sheet]) -> bool:
        """Read the sheets of a file; return whether it holds ties."""
        kinds = [self._read_sheet(sheet, len(sheets) > 1) for sheet in sheets]
        if not any(kinds):
            raise InputError(f"{name}: none of its {len(sheets)} sheets holds a list of partners or ties")
        return "ties" in kinds

    def _read_sheet(self, sheet: Sheet, several: bool) -> str:
        """Read a sheet; return what it holds, "" if nothing, which is an error where there are no others."""
        if sheet.guessed:
            self.notes.add("assumed", f"{sheet.name} {sheet.guessed}")
        if sheet.left_out:
            self.notes.add("left out", f"{sheet.file}: {sheet.left_out}")
        if max((len(cells) for _, cells in sheet.rows), default=0) > MOST_ORGANISATIONS:
            raise InputError(f"{sheet.name}: has more than {MOST_ORGANISATIONS:,} columns")
        self.titles |= {key_of(cell) for _, cells in sheet.rows[:MOST_BEFORE] for cell in cells}
        matrix = is_matrix(sheet)
        above = find_columns(replace(sheet, rows=sheet.rows[:matrix]), self.columns) if matrix else None
        # Numbers that are names may stand in a row of a list too.
        if matrix is not None and (above is None or len(above.meaning) < 2):
            self.ties.read_matrix(sheet, matrix)
            return "ties"
        columns = find_columns(sheet, self.columns)
        if columns is None and not several:
            raise InputError(f"{sheet.name}: {without_header(sheet)}")
        if columns is None or (several and len(sheet.rows) == columns.row + 1):
            self.notes.add("left out", f"{sheet.name}: holds no list of partners or ties")
            return ""
        for text in columns.assumed:
            self.notes.add("assumed", f"{sheet.name}: {text}")
        if columns.kind == "partners":
            for row, partner in read_partners(sheet, columns, self.notes):
                self._add(sheet, row, partner)
        elif columns.kind == "ties":
            self.ties.read_ties(sheet, columns)
        elif columns.kind == "answers":
            self._read_answers(sheet, columns)
        else:
            self._read_costs(sheet, columns)
        return columns.kind

    def _add(self, sheet: Sheet, row: int, partner: Partner) -> None:
        """Add a partner, or join it to the one of its name."""
        key = key_of(partner.name) or partner.name
        self.names.add(key)
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
        place = {index: number for number, index in enumerate(sorted({*self.index.values()}))}
        self.index = {key: place[index] for key, index in self.index.items()}
        self.partners = [self.partners[index] for index in place]

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
            self.names.add(key_of(text))
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

    def _name_partners(self) -> None:
        """Take the partners from the ties, where no file lists them."""
        spelt: dict[str, list[str]] = {}
        for sheet, row, text in [
            *self.ties.labels,
            *((end.sheet, end.row, text) for end in self.ties.ends for text in end.ends),
        ]:
            if (
                not is_unknown(text)
                and key_of(text) not in TOTALS
                and (name := clean_name(sheet, row, text, self.notes))
            ):
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
        texts = {text.strip().casefold() for end in self.ties.ends for text in end.ends if text.strip()}
        use_ids = bool(by_id) and sum(text in by_id for text in texts) > sum(
            key_of(text) in self.index for text in texts
        )
        ties: dict[tuple[int, int], Tie] = {}
        for end in self.ties.ends:
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

    def _end(self, end: End, text: str, by_id: Mapping[str, int]) -> int:
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

    def _example_of_stranger(self) -> str:
        """Name an end of a tie that is no partner."""
        texts = (text for end in self.ties.ends for text in end.ends if text.strip() and key_of(text) not in self.index)
        return next((f"; no partner is called {shown(text)}" for text in texts), "")

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

    def _read_costs(self, sheet: Sheet, columns: Columns) -> None:
        """Read the figures of a filled template."""
        cost, figure = columns.of("cost")[0], columns.of("figure")[0]
        given = {cells[cost].strip(): cells[figure].strip() for _, cells in sheet.rows[columns.row + 1 :]}
        given = {name: text for name, text in given.items() if name and not is_unknown(text)}
        for name, text in given.items():
            number = read_number(text)
            self.costs[name] = text if number.wrong else number.value
        self.notes.add("used", f"{sheet.name}: {plural(len(given), 'figure')} of costs")

    def _check_named(self) -> None:
        """Refuse what `--map` says and nothing in the files is called, or what means nothing."""
        for left, right in self.choices.named.items():
            if key_of(left) not in self.titles | self.names | self.ties.used:
                self.problems.append(f"--map {left}={right}: nothing in the files is called {shown(left)}")
            elif key_of(left) in self.aliases and key_of(right) not in self.names:
                columns = ", ".join((*PARTNERS, *TIES, LEFT_OUT))
                words = f"{shown(right)} is no column ({columns}), no number from 0 to 1, and no partner or sector in the files"
                self.problems.append(f"--map {left}={right}: {words}")
