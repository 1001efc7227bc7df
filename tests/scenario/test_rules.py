"""The states that events can reach are found: against a trial of every course that a short run can take."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.scenario.rules import Change, Values, first_fault

MONTHS = 4
EXAMPLES = settings(derandomize=True, deadline=None, database=None, max_examples=150)


@st.composite
def changes(draw: st.DrawFn, conditions: int) -> list[Change]:
    found = []
    timed = sorted(draw(st.lists(st.integers(1, MONTHS), max_size=3)))
    kinds = draw(st.permutations([*["timed"] * len(timed), *["when"] * draw(st.integers(0, conditions))]))
    for event, kind in enumerate(kinds):
        values = draw(st.dictionaries(st.integers(0, 1), st.sampled_from([0.0, 0.5, 1.0]), min_size=1))
        if kind == "timed":
            month = timed.pop(0)
            found.append(Change(event, ("month", month), month, 0, values))
        else:
            after = draw(st.integers(0, MONTHS - 1))
            found.append(Change(event, ("when", draw(st.integers(0, 1)), after), None, after, values))
    return found


def some_course_breaks(start: Values, changes: list[Change]) -> bool:
    """Let every condition be met in every month in which it can be, or never."""
    moments = list(dict.fromkeys((change.moment, change.after) for change in changes if change.month is None))
    for months in product(*[[*range(after + 1, MONTHS + 1), 99] for _, after in moments]):
        fires = {moment: month for (moment, _), month in zip(moments, months, strict=True)}
        values = list(start)
        for month in range(1, MONTHS + 1):
            for change in changes:
                if (change.month or fires.get(change.moment)) == month:
                    for place, value in change.values.items():
                        values[place] = value
            if not holds(tuple(values)):
                return True
    return False


def holds(values: Values) -> bool:
    return sum(values) <= 1


@EXAMPLES
@given(changes(conditions=0))
def test_events_at_months_are_followed_exactly(found: list[Change]) -> None:
    assert (first_fault((0.0, 0.5), found, holds) is not None) == some_course_breaks((0.0, 0.5), found)


@EXAMPLES
@given(changes(conditions=3))
def test_no_course_of_conditional_events_that_breaks_a_bound_is_missed(found: list[Change]) -> None:
    if some_course_breaks((0.0, 0.5), found):
        assert first_fault((0.0, 0.5), found, holds) is not None


def test_a_fault_names_the_events_that_lead_to_it_in_their_order() -> None:
    found = [
        Change(0, ("month", 1), 1, 0, {0: 0.5}),
        Change(1, ("when", 0), None, 2, {1: 1.0}),
        Change(2, ("month", 3), 3, 0, {0: 0.0}),
    ]
    fault = first_fault((0.0, 0.5), found, holds)
    assert fault is not None
    assert (fault.values, fault.events) == ((0.5, 1.0), (0, 1))


@pytest.mark.parametrize(("after", "reached"), [(2, True), (3, False)])
def test_a_condition_waits_for_the_months_up_to_its_after(after: int, reached: bool) -> None:
    found = [Change(0, ("month", 3), 3, 0, {0: 0.0}), Change(1, ("when", 0), None, after, {1: 0.5})]
    assert (first_fault((1.0, 0.0), found, holds) is not None) is reached
