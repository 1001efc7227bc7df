"""Events are checked like fields, and compiled to records that the engine reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cisim.dynamics import dials
from cisim.dynamics import state as layout
from cisim.dynamics.measures import measures_of
from cisim.errors import InputError
from cisim.scenario import Scenario, compile_dials, compile_events


def refusal(*events: Any, **sections: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        Scenario(events=list(events), **sections)
    return list(caught.value.problems)


SET = {"backbone.staff": 0}
REFUSED = {
    "no moment": (
        {"set": SET},
        'event 1: says not when it happens; give month = 36, or when = { measure = "members", below = 12 }',
    ),
    "two moments": (
        {"month": 3, "when": {"measure": "members", "below": 3}, "set": SET},
        'event 1: has both month and when; give month = 36, or when = { measure = "members", below = 12 }',
    ),
    "after the end": (
        {"month": 121, "set": SET},
        "event 1, month = 121: must be a month of the run, 1 to 120 (scenario.months)",
    ),
    "month 0": ({"month": 0, "set": SET}, "event 1, month = 0: must be a whole number from 1 to 1200"),
    "nothing set": ({"month": 3, "set": {}}, "event 1: sets nothing"),
    "no set": ({"month": 3}, 'event 1, set: is missing: must be a table such as { "backbone.staff" = 0 }'),
    "an unknown field": (
        {"month": 3, "sett": SET, "set": SET},
        "event 1, sett = a table: no such field; did you mean set?",
    ),
    "a setup field": (
        {"month": 3, "set": {"coalition.organisations": 40}},
        'event 1, set "coalition.organisations" = 40: is read before the first month (a setup field), '
        "so no event may change it",
    ),
    "an outcome's setup field": (
        {"month": 3, "set": {"community.outcomes.reading.baseline": 0.5}},
        'event 1, set "community.outcomes.reading.baseline" = 0.5: is read before the first month (a setup '
        "field), so no event may change it",
    ),
    "a misspelt dial": (
        {"month": 3, "set": {"backbone.staf": 1}},
        'event 1, set "backbone.staf" = 1: no such field; did you mean backbone.staff?',
    ),
    "a value out of bounds": (
        {"month": 3, "set": {"backbone.staff": -1}},
        'event 1, set "backbone.staff" = -1.0: must be a number from 0 to 10000 (FTE)',
    ),
    "nan": (
        {"month": 3, "set": {"backbone.staff": math.nan}},
        'event 1, set "backbone.staff" = nan: must be a number from 0 to 10000 (FTE)',
    ),
    "a truth value": (
        {"month": 3, "set": {"backbone.staff": False}},
        'event 1, set "backbone.staff" = false: must be a number from 0 to 10000 (FTE)',
    ),
    "a fraction for whole months": (
        {"month": 3, "set": {"agenda.cadence": 3.0}},
        'event 1, set "agenda.cadence" = 3.0: must be a whole number from 1 to 1200 (months)',
    ),
    "an unknown outcome": (
        {"month": 3, "set": {"community.outcomes.jobs.trend": 0}},
        'event 1, set "community.outcomes.jobs.trend": no such outcome; '
        "the outcomes are school readiness, reading, mathematics, graduation, disconnection",
    ),
    "an unknown measure": (
        {"when": {"measure": "member", "below": 3}, "set": SET},
        'event 1, when.measure = "member": no such measure; did you mean members?',
    ),
    "no value to cross": (
        {"when": {"measure": "members"}, "set": SET},
        "event 1, when: says no value; give below, or above, or both",
    ),
    "values that are always crossed": (
        {"when": {"measure": "members", "below": 9, "above": 3}, "set": SET},
        "event 1, when: below (9) must not be more than above (3): every value would meet it",
    ),
    "a condition after the end": (
        {"when": {"measure": "members", "below": 9, "after": 120}, "set": SET},
        "event 1, when.after = 120: must be before the last month, 0 to 119 (scenario.months)",
    ),
    "an organisation's field alone": (
        {"month": 3, "set": {"member": False}},
        'event 1, set "member" = false: needs organisation = "NAME" beside it',
    ),
    "a dial of an organisation": (
        {"month": 3, "organisation": "a", "set": SET},
        'event 1, set "backbone.staff" = 0.0: no such field of an organisation; '
        "there are member, resources, commitment",
    ),
    "a number for a truth value": (
        {"month": 3, "organisation": "a", "set": {"member": 1}},
        'event 1, set "member" = 1: must be true or false',
    ),
    "no resources": (
        {"month": 3, "organisation": "a", "set": {"resources": 0}},
        'event 1, set "resources" = 0.0: must be a number, above 0 and at most 1000000 (FTE)',
    ),
    "too much commitment": (
        {"month": 3, "organisation": "a", "set": {"commitment": math.nan}},
        'event 1, set "commitment" = nan: must be a number from 0 to 1',
    ),
    "a date": ({"month": "May", "set": SET}, 'event 1, month = "May": must be a whole number from 1 to 1200'),
    "no table": (3, "event 1 = 3: must be a table of month, when, organisation, set, why"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_event_is_refused_with_one_clear_line(case: str) -> None:
    event, says = REFUSED[case]
    assert refusal(event) == [says]


def test_events_stand_by_month() -> None:
    problems = refusal({"month": 36, "set": SET}, {"month": 12, "set": SET})
    assert problems == ["event 2, month = 12: must not be before event 1 (month 36): events stand by month"]


@pytest.mark.parametrize(
    ("moment", "at"),
    [({"month": 36}, "at month 36"), ({"when": {"measure": "trust", "above": 0.5}}, "on the same condition")],
)
def test_a_field_is_not_set_twice_at_one_moment(moment: dict[str, Any], at: str) -> None:
    problems = refusal({**moment, "set": SET}, {**moment, "set": {"backbone.staff": 2}})
    assert problems == [f'event 2, set "backbone.staff": is set twice {at}, by event 1 too']


def test_two_organisations_may_leave_in_one_month_but_one_not_twice() -> None:
    leave = {"month": 3, "set": {"member": False}}
    Scenario(events=[{**leave, "organisation": "a"}, {**leave, "organisation": "b"}])
    twice = refusal({**leave, "organisation": "é"}, {**leave, "organisation": "e\u0301"})
    assert twice == ['event 2, set "member": is set twice at month 3, by event 1 too']


def test_events_at_months_are_checked_in_their_order() -> None:
    to_engage = {"month": 6, "set": {"backbone.allocation.engage": 0.45, "backbone.allocation.capacity": 0.0}}
    back = {"month": 9, "set": {"backbone.allocation.engage": 0.25, "backbone.allocation.capacity": 0.2}}
    Scenario(events=[to_engage, back])
    problems = refusal(to_engage, {"month": 9, "set": {"backbone.allocation.capacity": 0.2}})
    assert len(problems) == 1
    assert problems[0].startswith("after event 1 and event 2: the sum of backbone.allocation = 1.2: must be at most 1")


def test_events_of_one_month_are_checked_together() -> None:
    Scenario(
        events=[
            {"month": 6, "set": {"backbone.allocation.engage": 0.45}},
            {"month": 6, "set": {"backbone.allocation.capacity": 0.0}},
        ]
    )


def test_conditional_events_are_checked_in_any_order() -> None:
    grow = {"when": {"measure": "members", "below": 9}, "set": {"backbone.allocation.engage": 0.45}}
    room = {"month": 6, "set": {"backbone.allocation.capacity": 0.0}}
    problems = refusal(room, grow)
    assert problems[0].startswith("after event 2: the sum of backbone.allocation = 1.2")
    # After month 6 the room is there.
    grow_later = {**grow, "when": {"measure": "members", "below": 9, "after": 6}}
    Scenario(events=[room, grow_later])


def test_events_on_the_same_condition_are_checked_together() -> None:
    when = {"measure": "members", "below": 9}
    Scenario(
        events=[
            {"when": when, "set": {"backbone.allocation.engage": 0.45}},
            {"when": when, "set": {"backbone.allocation.capacity": 0.0}},
        ]
    )


def test_too_many_states_to_check_are_refused() -> None:
    # All shares at their largest would break the bound; no run gets there, but through 7^6 states.
    shares = ["measure", "align", "capacity", "fund", "will", "weave"]
    path = "backbone.allocation."
    shut = {"month": 1, "set": {path + "engage": 1} | {path + share: 0 for share in shares}}
    opened = {"month": 2, "set": {path + "engage": 0}}

    def raised(values: int) -> list[Any]:
        return [
            {"when": {"measure": "trust", "below": (k + i / 9) / 9, "after": 2}, "set": {path + share: k / 100}}
            for k in range(1, values)
            for i, share in enumerate(shares)
        ]

    listed = "engage, measure, align, capacity, fund, will, weave".replace(", ", ", backbone.allocation.")
    assert refusal(shut, opened, *raised(7)) == [
        f"events: too many events with `when` change backbone.allocation.{listed}: they can reach more than "
        "10000 states, too many to check that the sum of backbone.allocation is at most 1; give some of "
        "them a month"
    ]
    assert len(Scenario(events=[shut, opened, *raised(3)]).events) == 14


def test_many_conditional_events_that_break_no_bound_in_any_order_are_allowed() -> None:
    events = [{"when": {"measure": "members", "below": k}, "set": {"agenda.process": k / 40}} for k in range(1, 41)]
    assert len(Scenario(events=events).events) == 40


def test_events_and_actions_are_compiled_in_the_order_of_the_file() -> None:
    measures = [measure.name for measure in measures_of(Scenario().outcome_names, Scenario().sector_names)]
    scenario = Scenario(
        events=[
            {"month": 3, "set": {"backbone.staff": 1, "coalition.start": "never"}},
            {
                "when": {"measure": "members", "below": 9, "after": 4},
                "set": {"community.outcomes.reading.trend": -0.01},
            },
            {"when": {"measure": "indicator.reading", "below": 0.1, "above": 0.9}, "set": {"coalition.end": 50}},
            {"month": 7, "organisation": "b", "set": {"member": False, "resources": 2, "commitment": 0.5}},
        ]
    )
    events, actions = compile_events(scenario, ["a", "b"], measures)
    assert events.dtype == layout.EVENT
    assert actions.dtype == layout.ACTION
    inf = math.inf
    assert events.tolist() == [
        (3, 0, -inf, inf, 0, 0, 2),
        (0, measures.index("members"), 9.0, inf, 4, 2, 1),
        (0, measures.index("indicator.reading"), 0.1, 0.9, 0, 3, 1),
        (7, 0, -inf, inf, 0, 4, 3),
    ]
    assert actions.tolist() == [
        (layout.SET_DIAL, dials.BACKBONE_STAFF, 1.0),
        (layout.SET_DIAL, dials.COALITION_START, inf),
        (layout.SET_DIAL, dials.TRENDS + 1, -0.01),
        (layout.SET_DIAL, dials.COALITION_END, 50.0),
        (layout.SET_MEMBER, 1, 0.0),
        (layout.SET_RESOURCES, 1, 2.0),
        (layout.SET_COMMITMENT, 1, 0.5),
    ]


def test_a_condition_above_a_value_has_none_below() -> None:
    when = {"measure": "progress", "above": 0.1}
    events, _ = compile_events(Scenario(events=[{"when": when, "set": SET}]), [], ["progress"])
    assert (events["below"][0], events["above"][0]) == (-math.inf, 0.1)


def test_no_events_compile_to_empty_arrays_of_the_right_kind() -> None:
    events, actions = compile_events(Scenario(), [], [])
    assert (events.dtype, actions.dtype, events.shape, actions.shape) == (layout.EVENT, layout.ACTION, (0,), (0,))


def test_an_event_of_an_unknown_organisation_or_measure_is_refused_when_compiled() -> None:
    scenario = Scenario(
        coalition={"file": "builtin:emon/Texas"},
        events=[
            {"month": 3, "organisation": "Red Cros", "set": {"member": False}},
            {"when": {"measure": "agenda_fit.Pubic", "below": 0.1}, "set": {"backbone.staff": 1}},
        ],
    )
    with pytest.raises(InputError) as caught:
        compile_events(scenario, ["Red Cross", "City"], ["agenda_fit.Public"])
    assert caught.value.problems == (
        'event 1, organisation = "Red Cros": no such organisation; did you mean Red Cross?',
        'event 2, when.measure = "agenda_fit.Pubic": no such measure; did you mean agenda_fit.Public?',
    )


def test_outcomes_with_dots_and_spaces_in_their_names_can_be_set() -> None:
    name = "no. of jobs.trend"
    path = f"community.outcomes.{name}.trend"
    scenario = Scenario(community={"outcomes": [{"name": name}]}, events=[{"month": 2, "set": {path: 0.5}}])
    _, actions = compile_events(scenario, [], [])
    assert actions["index"].tolist() == [dials.TRENDS]
    assert compile_dials(scenario.replace(**{path: 0.25}))[dials.TRENDS] == 0.25


def test_every_dial_may_be_set_by_an_event_to_its_default_and_no_setup_field_may() -> None:
    from cisim.scenario import fields

    for info in fields():
        if not info.numeric:
            continue
        event = {"month": 2, "set": {info.path: 1 if info.default is None else info.default}}
        if info.kind == "dial":
            scenario = Scenario(events=[event])
            _, actions = compile_events(scenario, [], [])
            row = compile_dials(scenario)
            assert info.default is None or row[actions["index"][0]] == actions["value"][0]
        else:
            assert "a setup field" in refusal(event)[0]
    assert np.isfinite(compile_dials(Scenario())).sum() == dials.COUNT + 5 - 4
