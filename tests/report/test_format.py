"""Numbers, words and texts are written so that people can read them and nothing in them acts."""

from __future__ import annotations

import csv
import json
import math

import pytest

from cisim.report import format as words

NAN = float("nan")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.number(0.41234), "0.412"),
        (words.number(-12345.6), "−12,346"),
        (words.number(-0.0), "0"),
        (words.number(2.5e12), "2.5e+12"),
        (words.number(NAN), "–"),
        (words.hundredths(0.00012, digits=2), "0.01"),
        (words.hundredths(-0.00012), "0.0"),
        (words.percent(0.07, digits=0), "7 %"),
        (words.percent(NAN), "–"),
        (words.amount(0.1234, "share"), "12.3 %"),
        (words.amount(-0.0001, "share"), "0.0 %"),
        (words.amount(-0.02, "share"), "−2.0 %"),
        (words.amount(-3.0, "count"), "−3"),
        (words.amount(NAN, "share"), "–"),
        (words.difference(0.05, "share"), "+5.0"),
        (words.difference(0.0001, "share"), "0.0"),
        (words.difference(-2.0, "count"), "−2"),
        (words.difference(NAN, "count"), "–"),
        (words.interval(-0.01, 0.02, "share"), "−1.0 to 2.0"),
        (words.interval(-0.5, 1.0, "FTE"), "−0.5 to 1"),
        (words.interval(NAN, NAN, "count"), "–"),
        (words.interval(-math.inf, math.inf, "share"), "–"),
        (words.chance(0.5), "50 %"),
        (words.chance(0.999), "over 99 %"),
        (words.chance(1.0), "100 %"),
        (words.chance(0.001), "under 1 %"),
        (words.chance(0.0), "0 %"),
        (words.chance(NAN), "–"),
        (words.plural(1, "run"), "1 run"),
        (words.plural(0, "run"), "0 runs"),
        (words.with_unit("trust", "[0, 1]"), "trust (0 to 1)"),
        (words.with_unit("progress", "share of the gap"), "progress"),
        (words.with_unit("resources", "FTE"), "resources (FTE)"),
        (words.month_in_words(0), "founding"),
        (words.month_in_words(24), "year 2"),
        (words.month_in_words(25), "month 25"),
        (words.duration(12), "1 year"),
        (words.duration(7), "7 months"),
        (words.few(range(11), 4), [0, 3, 7, 10]),
        (words.few([0, 1], 4), [0, 1]),
    ],
)
def test_numbers_and_words_are_written_so_that_people_can_read_them(written, expected):
    assert written == expected


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_text_that_would_be_a_formula_is_made_harmless(text):
    (cells,) = csv.reader([words.csv_line([text, 1])])
    assert cells == ["'" + text, "1"]


def test_text_that_is_no_formula_stays():
    assert words.csv_line(['say "a", b', "a=1", 1]) == '"say ""a"", b",a=1,1\r\n'


def test_control_characters_are_shown_not_obeyed():
    assert words.for_terminal("a\x1b[2Jb\x9bc\u202ed\ne") == "a\\x1b[2Jb\\x9bc\\u202ed\ne"


def test_html_is_escaped():
    table = words.html_table("<a>", ["", "<b>"], [["<i>", "&"]])
    assert "&lt;a&gt;" in table
    assert "&lt;b&gt;" in table
    assert "<i>" not in table
    assert "<td>&amp;</td>" in table


def test_json_is_ascii_and_has_null_for_what_is_no_number():
    text = words.json_text({"b": NAN, "a": [float("inf"), "é\x1b"], "c": {"d": (1.0,)}})
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text) == {"a": [None, "é\x1b"], "b": None, "c": {"d": [1.0]}}
