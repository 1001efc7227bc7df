"""Ties in sheets: one a row, answers of a survey, or a square matrix; scales become strengths and trust by rules that are said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cisim.coalition.cells import TOTALS, WORDS, Number, Scale, is_unknown, key_of, read_number, scale_of
from cisim.coalition.dialogue import Choices, Notes
from cisim.coalition.listing import body, tell_columns
from cisim.coalition.sheets import Sheet
from cisim.coalition.table import shown
from cisim.coalition.titles import Columns

_MUTUAL = frozenset(("undirected", "mutual", "both"))
_DIRECTIONS = _MUTUAL | {"directed"}


@dataclass
class End:
    """A row of ties before its partners are known."""

    ends: tuple[str, str]
    strength: float
    trust: float
    mutual: bool
    sheet: Sheet
    row: int


class TieReader:
    """Reader of the ties in sheets."""

    def __init__(self, choices: Choices, words: dict[str, float], notes: Notes) -> None:
        self.choices, self.notes = choices, notes
        self.words = WORDS | words  # strengths, by the key of a word
        self.used = set[str]()  # keys of words that are in the sheets
        self.ends = list[End]()
        self.labels = list[tuple[Sheet, int, str]]()  # of matrices

    def read_ties(self, sheet: Sheet, columns: Columns) -> None:
        """Read the rows of a list of ties."""
        for column in columns.of("direction"):
            if not any(cells[column].strip().casefold() in _DIRECTIONS for _, cells in sheet.rows[columns.row + 1 :]):
                del columns.meaning[column]  # a "type" of another kind
        if columns.of("strength") and (other := columns.of("frequency")):
            columns.meaning[other[0]] = "second strength"
        tell_columns(sheet, columns, self.notes)
        source, target = columns.of("from")[0], columns.of("to")[0]
        rows = list(body(sheet, columns, [source], self.notes))
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
            self.ends.append(End((cells[source], cells[target]), each_strength, each_trust, mutual, sheet, row))

    def _strengths(
        self, sheet: Sheet, title: str, measure: str, rows: Sequence[int], texts: Sequence[str]
    ) -> list[float]:
        """Read strengths, or make them of frequencies: from 0, no tie, to 1; NaN where not known."""
        what = f"{sheet.name}: column {shown(title)}" if title else sheet.name
        words = {key: self.words[key] for text in texts if (key := key_of(text)) in self.words}
        spelt = {key: text.strip() for text in texts if (key := key_of(text)) in words}
        self.used |= words.keys()
        if words:
            told = ", ".join(
                f"{spelt[key]} is {value:g}" for key, value in sorted(words.items(), key=lambda item: item[1])
            )
            self.notes.add("assumed", f"{what}: {told} (import --map WORD=NUMBER gives other numbers, from 0 to 1)")
        numbers = [
            Number(math.nan) if key_of(text) in words else read_number(text, sheet.decimal_comma) for text in texts
        ]
        scale = scale_of(title, numbers, percent=False)
        # In a matrix 0 is no tie, so more is more often.
        clear = measure == "strength" or not scale.source or (not title and scale.low == 0)
        often = "high" if clear else self._often(what, scale)
        self._tell_scale(what, scale, often)
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
                    repair = f"{what}: taken as unknown, since it must be {scale.low:g} to {scale.high:g}"
                    self.notes.add("repaired", repair, row, shown(text.strip()))
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

    def _tell_scale(self, what: str, scale: Scale, often: str) -> None:
        if scale.source:
            high, low = (scale.high, scale.low) if often == "high" else (scale.low, scale.high)
            least = f"{1 / (scale.high - scale.low + 1):.2g}" if scale.low else "no tie"
            source = f"(a scale from {scale.low:g} to {scale.high:g}, {scale.source})"
            self.notes.add(
                "assumed", f"{what} becomes strength: {high:g} is 1, {low:g} is {least}, evenly between {source}"
            )

    def _trust(self, sheet: Sheet, title: str, rows: Sequence[int], texts: Sequence[str]) -> list[float]:
        numbers = [read_number(text, sheet.decimal_comma) for text in texts]
        scale, what = scale_of(title, numbers), f"{sheet.name}: column {shown(title)}"
        if scale.source:
            self.notes.add("assumed", f"{sheet.name}: trust: {scale.in_words(0, 1)}", example=shown(title))
        shares = [scale.share(number.value) if not math.isnan(number.value) else math.nan for number in numbers]
        for row, text, number, share in zip(rows, texts, numbers, shares, strict=True):
            if number.repair or (math.isnan(share) and not math.isnan(number.value)):
                repair = number.repair or f"taken as unknown, since it must be {scale.low:g} to {scale.high:g}"
                self.notes.add("repaired", f"{what}: {repair}", row, shown(text.strip()))
        return shares

    def read_matrix(self, sheet: Sheet, header: int) -> None:
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
        even = all(
            str(given.get((target, source))) == str(strength)
            for (source, target), strength in given.items()
            if strength
        )
        self.notes.add("used", f"{sheet.name}: is read as a square matrix, the row's partner with the column's")
        done = set[tuple[str, str]]()
        for (row, source, target, _), strength in zip(cells, strengths, strict=True):
            pair = (key_of(target), key_of(source))
            if strength != 0 and not (even and pair in done):
                self.ends.append(End((source, target), strength, math.nan, even, sheet, row))
                done.add(pair[::-1])
        self.labels += [
            (sheet, sheet.rows[header][0], name) for name in across[1:] if key_of(name) not in {"", *TOTALS}
        ]
