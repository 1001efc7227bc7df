"""Cells as people fill them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisim.coalition.cells import Number, key_of, near_doubles, read_number, scale_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-1", -1), (" 2.5 ", 2.5), ("2,5", 2.5), ("0,75", 0.75), ("1,250,000", 1_250_000), ("250,000", 250_000),
        ("1.250.000", 1_250_000), ("1.250,50", 1250.5), ("1,250.50", 1250.5), ("1 250 000", 1_250_000), ("1'250", 1250),
        ("$1.1M", 1_100_000), ("700k", 700_000), ("$ 700 K", 700_000), ("3,5 Mio", 3_500_000), ("2 million", 2_000_000),
        ("€1.5bn", 1.5e9), ("65%", 0.65), ("65 %", 0.65), ("2-3", 2.5), ("2 – 4", 3), ("2 to 4", 3), ("1k-2k", 1500), ("1-2 million", 1.5e6),
        ("10-20%", 0.15), ("about 3", 3), ("approx. 3", 3), ("ca. 2,5", 2.5), ("~3", 3), ("3 FTE", 3), ("1.5 posts", 1.5), ("3+", 3), (".5", 0.5),
    ],
)  # fmt: skip
def test_a_number_is_read_whatever_stands_around_it(text: str, value: float) -> None:
    number = read_number(text)
    assert number.value == pytest.approx(value)
    assert not number.wrong


@pytest.mark.parametrize(
    "text", ["", " ", "?", "n/a", "N/A", "#N/A", "unknown", "-", "–", "don't know", "tbd", "none", "nan"]
)
def test_what_nobody_knows_is_no_error(text: str) -> None:
    number = read_number(text)
    assert math.isnan(number.value)
    assert not number.wrong


@pytest.mark.parametrize(
    "text", ["half", "lots", "3 of 5", "5-1", "12/5", "1e999", "1,2,3", "two", "3x", "1.2.3", "½", "٣", "9" * 400]
)
def test_what_is_no_number_is_unknown_and_that_is_said(text: str) -> None:
    number = read_number(text)
    assert math.isnan(number.value)
    assert number.repair == "not a number: taken as unknown"


def test_a_date_is_what_a_spreadsheet_made_of_a_range() -> None:
    assert read_number("date 2026-03-02").repair == "a date (spreadsheets make one of 2-3): taken as unknown"


def test_three_digits_behind_a_comma_are_thousands_unless_the_file_has_decimal_commas() -> None:
    assert read_number("2,500").value == 2500
    assert read_number("2,500", decimal_comma=True).value == 2.5


@given(st.floats(0.001, 1e6).map(lambda number: round(number, 3)))
def test_any_number_is_read_as_it_is_written(value: float) -> None:
    assert read_number(f"{value}").value == pytest.approx(value)
    assert read_number(f"{value}".replace(".", ","), decimal_comma=True).value == pytest.approx(value)


@given(st.text())
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = read_number(text)
    assert math.isnan(number.value) or math.isfinite(number.value)


@pytest.mark.parametrize(
    ("title", "values", "scale"),
    [
        ("Engagement (1-5)", [2, 3], (1, 5)), ("Trust 1 to 7", [1], (1, 7)), ("Trust", [1, 4], (1, 4)), ("Trust", [0, 5], (0, 5)),
        ("Trust", [0.2, 1], (0, 1)), ("Trust", [20, 85], (0, 100)), ("Rating (0–10)", [3], (0, 10)), ("Trust", [1, 8], (1, 8)),
    ],
)  # fmt: skip
def test_a_scale_is_in_the_title_or_in_the_numbers(title: str, values: list[float], scale: tuple[float, float]) -> None:
    assert scale_of(title, map(Number, values))[:2] == scale


def test_names_have_one_key_whatever_their_writing() -> None:
    assert key_of("Zoë’s  Youth & Family-Club ") == key_of("ZOE'S YOUTH AND FAMILY CLUB")
    assert key_of("Clinic 1") != key_of("Clinic 2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("County Health Dept.", "County Health Department"), ("Food Bank of the Valley", "Valley Food Bank"),
        ("Youth Club", "Youth Clubb"), ("Faith", "Faith-based"), ("Builders Ltd", "The Builders"), ("Library", "Libary"),
    ],
)  # fmt: skip
def test_near_doubles_are_found(one: str, other: str) -> None:
    assert [*near_doubles([one, "City of Hope", other])] == [(one, other)]


def test_what_differs_by_a_number_or_a_word_is_no_double() -> None:
    assert [
        *near_doubles(
            ["School 1", "School 2", "East Valley School", "West Valley School", "Early Steps", "First Steps", "A", "B"]
        )
    ] == []


def test_a_title_with_one_number_twice_gives_no_scale() -> None:
    scale = scale_of("Reliable (1-1)", [Number(1.0), Number(4.0)])
    assert (scale.low, scale.high) == (1, 4)
    assert scale.share(1) == 0
