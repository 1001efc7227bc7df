"""Cells as people fill them: unknown values, numbers with all that stands around them, scales, and names that are one."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

#: How a cell begins of which a workbook says that it is a date.
DATE = "date "
UNKNOWN = frozenset((
    "", "?", "??", "-", "--", "–", "—", ".", "n/a", "na", "n.a.", "n.a", "#n/a", "nan", "none", "null", "nil", "unknown", "not known",
    "don't know", "don’t know", "dont know", "do not know", "dk", "tbd", "tbc", "not available", "not applicable", "no answer", "x?",
))  # fmt: skip
TOTALS = frozenset((
    "total", "totals", "grandtotal", "subtotal", "sum", "sums", "overall", "overalltotal", "average", "mean", "median", "count",
    "allpartners", "alltotal", "totalall", "gesamt", "summe", "suma", "totalgeneral", "totalfte", "totalstaff",
))  # fmt: skip
#: Words for strengths and frequencies, as shares of the most there is; "0" is no tie.
WORDS = {
    "none": 0.0, "never": 0.0, "notatall": 0.0, "weak": 0.33, "low": 0.33, "medium": 0.67, "moderate": 0.67, "strong": 1.0,
    "high": 1.0, "rarely": 0.25, "sometimes": 0.5, "often": 0.75, "veryoften": 1.0, "onceayear": 0.25, "onceayearorless": 0.25,
    "yearly": 0.25, "annually": 0.25, "everyfewmonths": 0.5, "quarterly": 0.5, "aboutquarterly": 0.5, "onceaquarter": 0.5,
    "monthly": 0.75, "onceamonth": 0.75, "aboutonceamonth": 0.75, "weekly": 1.0, "onceaweek": 1.0, "everyweek": 1.0, "daily": 1.0,
    "everyday": 1.0,
}  # fmt: skip
_ABOUT = re.compile(
    r"^(about|approx\.?|approximately|around|circa|ca\.?|c\.|roughly|some|nearly|almost|est\.?|~|≈|±)\s*"
)
_NUMBER = r"[0-9][0-9.,'’ \u00a0\u202f]*|\.[0-9]+"
_ONE = re.compile(rf"(?P<sign>-?)\s*[$€£]?\s*(?P<number>{_NUMBER})\s*(?P<unit>[a-z%$€£.+*/ ]*)")
_RANGE = re.compile(rf"[$€£]?\s*({_NUMBER})\s*([km]?)\s*(?:-|–|—|to|bis|or|/)\s*[$€£]?\s*({_NUMBER})\s*([a-z%$€£.* ]*)")
_TIMES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mio": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
}
#: Words that may stand behind a number and mean nothing more.
_UNITS = frozenset((
    "", "fte", "ftes", "staff", "people", "persons", "employees", "post", "posts", "usd", "eur", "$", "€", "£", "dollars", "a year",
    "/year", "/yr", "per year", "pa", "p.a.", "hours", "days", "+", "*", ".", "yr", "ppl", "total",
))  # fmt: skip
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.\w[\w-]*)+")
_PHONE = re.compile(r"[+(]?\d[\d\s().+/-]{6,}\d(\s*(x|ext\.?)\s*\d+)?", re.IGNORECASE)
_SMALL = frozenset(
    (
        "the",
        "of",
        "and",
        "for",
        "in",
        "at",
        "inc",
        "ltd",
        "llc",
        "co",
        "corp",
        "a",
        "de",
        "la",
        "el",
        "der",
        "die",
        "das",
    )
)


class Number(NamedTuple):
    """A number out of a cell."""

    value: float  #: NaN if it is not known.
    repair: str = ""  #: what had to be done to read it, as a phrase; "" if nothing.
    wrong: bool = False  #: the text is no number.
    percent: bool = False


@lru_cache(100_000)
def key_of(text: str) -> str:
    """Reduce a name to its letters and digits, without accents and capitals: what is the same for one partner."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()))


def is_unknown(text: str) -> bool:
    """Tell whether a cell says that nobody knows."""
    return text.strip().casefold() in UNKNOWN


@lru_cache(100_000)
def read_number(text: str, decimal_comma: bool = False) -> Number:
    """Read the number of a cell: "2-3", "about 3", "65%", "2,5", "$1.1M", "700k"; NaN where nobody knows.

    Example:
        >>> read_number("$1.1M").value, read_number("2,5").value, read_number("2-3").value
        (1100000.0, 2.5, 2.5)
    """
    plain = text.strip().casefold()
    if plain in UNKNOWN:
        return Number(math.nan)
    if plain.startswith(DATE):
        return Number(math.nan, "a date (spreadsheets make one of 2-3): taken as unknown", True)
    bare = _ABOUT.sub("", plain)
    repair = "read without the words around it" if bare != plain else ""
    if match := _RANGE.fullmatch(bare):
        low, high = (_plain(match[group], decimal_comma) for group in (1, 3))
        unit = match[4].strip(" .")
        times = _TIMES.get(unit, 1.0)
        if low is not None and high is not None and low < high and (times > 1 or unit in _UNITS or unit == "%"):
            middle = (low * _TIMES.get(match[2], times) + high * times) / 2 / (100 if unit == "%" else 1)
            return Number(middle, "a range, of which the middle is taken", percent=unit == "%")
    match = _ONE.fullmatch(bare)
    value = _plain(match["number"], decimal_comma) if match else None
    unit = match["unit"].strip() if match else ""
    first, _, rest = unit.partition(" ")
    if match is None or value is None or not (unit in _UNITS or unit == "%" or (first in _TIMES and rest in _UNITS)):
        return Number(math.nan, "not a number: taken as unknown", True)
    value *= -1 if match["sign"] else 1
    if unit == "%":
        return Number(value / 100, repair, percent=True)
    if "," in match["number"] and not repair and value != int(value):
        repair = "a comma as decimal point"
    return Number(
        value * _TIMES.get(first, 1.0), repair or ("read without the words around it" if len(unit) > 1 else "")
    )


def _plain(text: str, decimal_comma: bool) -> float | None:
    """Read digits with points and commas; the last of them, or a lone comma without three digits behind it, is the decimal point."""
    digits = re.sub(r"['’\s\u00a0\u202f]", "", text).rstrip(".,")
    if "," in digits and "." in digits:
        point = max(digits.rfind(","), digits.rfind("."))
        digits = re.sub(r"[.,]", "", digits[:point]) + "." + digits[point + 1 :]
    elif digits.count(",") == 1:
        before, after = digits.split(",")
        thousands = len(after) == 3 and 1 <= len(before) <= 3 and before != "0" and not decimal_comma
        digits = before + ("" if thousands else ".") + after
    elif "," in digits:
        digits = digits.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", digits) else ""
    elif digits.count(".") > 1:
        digits = digits.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", digits) else ""
    return float(digits) if re.fullmatch(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", digits) and len(digits) < 30 else None


class Scale(NamedTuple):
    """A scale of answers."""

    low: float
    high: float
    source: str  #: where it comes from, in words; "" if the numbers are shares already.

    def share(self, value: float) -> float:
        """Place a number between the ends of the scale, 0 to 1; NaN outside of them."""
        return (value - self.low) / (self.high - self.low) if self.low <= value <= self.high else math.nan

    def in_words(self, least: float, most: float) -> str:
        """Say what the ends of the scale become."""
        ends = f"{self.low:g} is {least:g} and {self.high:g} is {most:g}, evenly between"
        return f"{ends} (a scale from {self.low:g} to {self.high:g}, {self.source})"


def scale_of(title: str, values: Iterable[Number], *, percent: bool = True) -> Scale:
    """Find the scale of a column: the one in its title, such as "(1-5)"; shares from 0 to 1; or up to the largest number.

    With `percent`, numbers above 10 and up to 100 are shares in per cent.
    """
    match = re.search(r"\b([01])\s*(?:-|–|—|to|\.\.|\.\.\.)\s*([0-9]{1,3})\b", title)
    if match and float(match[1]) < float(match[2]):
        return Scale(float(match[1]), float(match[2]), "as its title says")
    known = [each for each in values if not math.isnan(each.value)]
    if all(each.percent or 0 <= each.value <= 1 for each in known):
        return Scale(0.0, 1.0, "")
    largest = max(2.0, *(each.value for each in known))
    if percent and 10 < largest <= 100:
        return Scale(0.0, 100.0, "by its largest number, as shares in per cent")
    return Scale(0.0 if any(each.value < 1 for each in known) else 1.0, largest, "by its largest number")


def without_email(text: str) -> str:
    """Put dots in the place of e-mail addresses in a text."""
    return _EMAIL.sub("...@...", text)


def is_email(text: str) -> bool:
    """Tell whether a cell holds an e-mail address."""
    return _EMAIL.search(text) is not None


def is_phone(text: str) -> bool:
    """Tell whether a cell holds a telephone number."""
    return _PHONE.fullmatch(text.strip()) is not None


def near_doubles(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Find pairs of names that may be one: a letter apart in one word, abbreviated, in another order, but for "the" and "Inc."."""
    groups: dict[tuple[str, ...], list[tuple[str, list[str], str]]] = defaultdict(list)
    for name in names:
        words = [key for word in re.split(r"[^\w'’]+", name) if (key := key_of(word)) and key not in _SMALL]
        groups[tuple(sorted(words))].append((name, words, ""))
        for left_out in range(len(words)) if 1 < len(words) <= 12 else ():
            rest = words[:left_out] + words[left_out + 1 :]
            groups[(*sorted(rest), "\0")].append((name, words, words[left_out]))
            if left_out == len(words) - 1 and not any(map(str.isdigit, words[left_out])):
                groups[tuple(sorted(rest))].append((name, words, "\1"))  # the same with a word more
        for word in words if len(words) == 1 else ():
            groups[("\0", word[:3])].append((name, words, word))
    told = set[tuple[str, str]]()
    for group in groups.values():
        for (one, _, word), (other, _, another) in combinations(group[:50], 2):
            same = "" in (word, another) or (word != "\1" and _near(word, another))
            if one != other and (one, other) not in told and same:
                told |= {(one, other), (other, one)}
                yield one, other


def _near(one: str, other: str) -> bool:
    """Tell whether two words may be one, a letter or two apart or one short for the other; numbers never are."""
    short, long = sorted((one, other), key=len)
    if one == other or len(short) < 3 or any(map(str.isdigit, one + other)):
        return one == other
    if len(short) > 3 and SequenceMatcher(None, short, long).ratio() > 0.8:
        return True
    signs = iter(long)
    abbreviated = short[0] == long[0] and short[-1] == long[-1] and all(sign in signs for sign in short)
    return long.startswith(short) or (abbreviated and len(long) - len(short) >= 2)
