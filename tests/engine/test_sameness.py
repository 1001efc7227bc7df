"""What must not change a run: the order of a file, what is already so, later months, other seeds; and luck in common."""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cisim import engine
from cisim.dynamics import dials as at
from cisim.dynamics.month import advance
from cisim.dynamics.state import State
from cisim.scenario import FieldInfo, Scenario
from scenario_strategies import DIALS, NETWORKS, small_scenarios
from watched import Month, months_of

TOLERANCE = 1e-9
Rows = list[dict[str, Any]]


def run(scenario: Scenario, seeds: list[int]) -> NDArray[np.float64]:
    return engine.simulate(scenario, seeds, threads=1)


def same_bits(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return one.tobytes() == other.tobytes()


# ---- The order of organisations in a file.


def organisation_rows(number: int, *, complete: bool) -> Rows:
    """Organisations of which a file tells little, or all that it can."""
    chance = random.Random(number)
    rows: Rows = []
    for i in range(number):
        row: dict[str, Any] = {"name": f"Organisation {chr(65 + i)}", "sector": "abc"[i % 3]}
        if complete:
            row |= {"resources": chance.uniform(0.2, 5), "commitment": chance.random()}
            row |= {f"mission.{outcome}": chance.random() for outcome in Scenario().outcome_names}
            row |= {f"competence.{role}": chance.uniform(0.5, 2) for role in Scenario().role_names}
            row |= {f"mix.{role}": chance.random() for role in Scenario().role_names}
        rows.append(row)
    return rows


def tie_rows(organisations: Rows) -> Rows:
    """Reports of ties, some of them from both ends."""
    chance = random.Random(5)
    names = [row["name"] for row in organisations]
    pairs = [(a, b) for a in names for b in names if a != b and chance.random() < 0.2]
    return [{"from": a, "to": b, "strength": chance.uniform(0.1, 1), "trust": chance.random()} for a, b in pairs]


def write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def outcome_of(scenario: Scenario, seed: int) -> tuple[dict[str, Any], dict[Any, Any], NDArray[np.float64]]:
    """What became of each organisation and tie, by name, and the records."""
    (*_, month) = months_of(scenario, seed)
    state, names = month.state, month.settings.roster.names
    organisations = {
        name: np.concatenate(
            [
                [state.organisations[field][row] for field in ORGANISATION_FIELDS],
                *(state.stances[field][row] for field in ("mission", "goal", "belief", "slow_belief", "look")),
                *(state.roles[field][row] for field in ("mix", "competence")),
            ]
        )
        for row, name in enumerate(names)
    }
    ties = {}
    for tie in state.ties:
        ends = {names[tie["first"]]: tie["first_trust"], names[tie["second"]]: tie["second_trust"]}
        ties[frozenset(ends)] = [tie["strength"], tie["met"], *(ends[name] for name in sorted(ends))]
    return organisations, ties, month.records


ORGANISATION_FIELDS = (
    "resources",
    "available",
    "member",
    "commitment",
    "awareness",
    "variance",
    "practice",
    "capacity",
    "reached",
    "reports",
    "reported",
    "overhead",
    "effort",
    "large",
    "small",
    "sector",
)


@pytest.mark.parametrize("told", ["names alone", *NETWORKS, "everything"])
def test_the_order_of_organisations_in_a_file_permutes_results_and_changes_no_measure(
    told: str, tmp_path: Path
) -> None:
    organisations = organisation_rows(14, complete=told == "everything")
    ties = tie_rows(organisations)
    settings: dict[str, Any] = {"scenario.months": 24, "coalition.file": "organisations.csv"}
    settings |= {"coalition.exit_rate": 0.3, "coalition.join_rate": 0.2, "agenda.voice": 0.5}
    settings |= {"events": [{"month": 5, "organisation": "Organisation C", "set": {"resources": 3.0}}]}
    if told in NETWORKS:
        settings["coalition.network"] = told
    else:
        settings["coalition.ties"] = "ties.csv"
    results = []
    for order in range(4):
        folder = tmp_path / str(order)
        folder.mkdir()
        if order:
            random.Random(order).shuffle(organisations)
            random.Random(order).shuffle(ties)
        write(folder / "organisations.csv", organisations)
        write(folder / "ties.csv", ties)
        results.append(outcome_of(Scenario().at(folder).replace(**settings), seed=3))
    reference_organisations, reference_ties, reference_records = results[0]
    for of_organisations, of_ties, records in results[1:]:
        assert of_organisations.keys() == reference_organisations.keys()
        for name, values in of_organisations.items():
            np.testing.assert_allclose(values, reference_organisations[name], rtol=0, atol=TOLERANCE)
        assert of_ties.keys() == reference_ties.keys()
        for ends, values in of_ties.items():
            np.testing.assert_allclose(values, reference_ties[ends], rtol=0, atol=TOLERANCE)
        np.testing.assert_allclose(records, reference_records, rtol=0, atol=TOLERANCE, equal_nan=True)


# ---- Events that set what is already so.


@given(small_scenarios(events=False), st.data())
def test_an_event_that_sets_dials_to_what_they_are_changes_no_bit(scenario: Scenario, data: st.DataObject) -> None:
    values = {info.path: scenario.value(info.path) for info in DIALS if not is_unset(scenario, info)}
    values |= {f"community.outcomes.{outcome.name}.trend": outcome.trend for outcome in scenario.community.outcomes}
    month = data.draw(st.integers(1, scenario.months))
    event = {"month": month, "set": values}
    on_condition = {"when": {"measure": "members", "above": -1.0}, "set": values}
    expected = run(scenario, [2])
    assert same_bits(run(scenario.replace(events=[event]), [2]), expected)
    assert same_bits(run(scenario.replace(events=[on_condition]), [2]), expected)


def is_unset(scenario: Scenario, info: FieldInfo) -> bool:
    section = getattr(scenario, info.section)
    return info.name in {"start", "end"} and getattr(section, info.name) is None


@given(small_scenarios(), st.data())
def test_an_event_that_sets_an_organisation_to_what_it_is_changes_no_bit(
    scenario: Scenario, data: st.DataObject
) -> None:
    month = data.draw(st.integers(1, scenario.months))
    watched = Month(scenario, 2)
    for _ in range(month):
        watched.pass_by()
    others = [event for event in scenario.as_mapping()["events"] if event.get("month", month) != month]
    earlier = [event for event in others if event.get("month", 0) < month]
    later = [event for event in others if event.get("month", 0) > month]
    if len(others) < len(scenario.events):
        return  # this month's events come first
    events = []
    keys = data.draw(st.lists(st.sampled_from(["member", "resources", "commitment"]), min_size=1, unique=True))
    for row, name in enumerate(watched.settings.roster.names):
        organisation = watched.state.organisations[row]
        what = {
            "member": bool(organisation["member"]),
            "resources": float(organisation["resources"]),
            "commitment": float(organisation["commitment"]),
        }
        if not what["member"]:
            # What is said of one that is no member says more: that it stays out, and with what it begins if it joins.
            del what["member"], what["commitment"]
        if what["resources"] == 0.0:  # of a mean next to nothing; no event may set it
            del what["resources"]
        told = {key: what[key] for key in keys if key in what}
        if not told:
            continue
        events.append({"month": month, "organisation": name, "set": told})
    changed = scenario.replace(events=[*earlier, *events, *later])
    assert same_bits(run(changed, [2]), run(scenario, [2]))


# ---- A coalition in name only.

IN_NAME_ONLY = {
    "communication.frequency": 0.0,
    "measurement.sharing": 0.0,
    "agenda.process": 0.0,
    "activities.coordination": 0.0,
    "backbone.staff": 0.0,
    "communication.informal": 0.0,
    "activities.reliance": 0.0,
    "activities.by_need": 0.0,
}
#: What tells that there is a coalition, or members, at all.
OF_MEMBERS = {"members", "commitment", "awareness", "alive"}


@given(small_scenarios(events=False))
def test_a_coalition_with_all_conditions_at_zero_is_isolated_impact(scenario: Scenario) -> None:
    in_name_only = scenario.replace(**IN_NAME_ONLY)
    isolated = in_name_only.replace(**{"coalition.start": "never"})
    names = [measure.name for measure in engine.compile_scenario(scenario).measures]
    columns = [column for column, name in enumerate(names) if name not in OF_MEMBERS]
    one, other = run(in_name_only, [4])[0][:, columns], run(isolated, [4])[0][:, columns]
    np.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


# ---- Months and seeds of a run stand alone.


@given(small_scenarios(), st.integers(1, 12))
def test_more_months_change_no_earlier_one(scenario: Scenario, more: int) -> None:
    longer = scenario.replace(**{"scenario.months": scenario.months + more})
    assert same_bits(run(longer, [9])[:, : scenario.months + 1].copy(), run(scenario, [9]))


@given(small_scenarios(), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4))
def test_another_seed_changes_no_run(scenario: Scenario, seeds: list[int]) -> None:
    together = run(scenario, seeds)
    for seed, values in zip(seeds, together, strict=True):
        assert same_bits(values, run(scenario, [seed])[0])


def test_another_seed_is_another_run() -> None:
    one, other = run(Scenario().replace(**{"scenario.months": 3}), [1, 2])
    assert not np.array_equal(one, other, equal_nan=True)


# ---- Common random numbers: what happens at a lower dial also happens at a higher one.


def copied(state: State) -> State:
    return State(*(array.copy() for array in state))


def month_with(watched: Month, changes: dict[int, float]) -> State:
    """The next month with some dials changed, on a copy of the state."""
    state, plan = copied(watched.state), watched.plan.copy()
    for place, value in changes.items():
        plan[place] = value
    month = watched.month + 1
    events, actions = watched.settings.events, watched.settings.actions
    records, dials = watched.records.copy(), watched.dials.copy()
    advance(state, plan, dials, events, actions, watched.seed, month, month, records)
    return state


def contacts(state: State) -> NDArray[Any]:
    return state.ties["met"] == 1


def reports(state: State) -> NDArray[Any]:
    return state.organisations["reported"] == 1


def reached(state: State) -> NDArray[Any]:
    return state.organisations["reached"] == 1


def served(state: State) -> NDArray[Any]:
    return state.organisations["reports"]


FACTORS: dict[str, tuple[int, float, tuple[Callable[[State], NDArray[Any]], ...]]] = {
    "communication.frequency": (at.COMMUNICATION_FREQUENCY, 6.0, (contacts, served)),
    "communication.informal": (at.COMMUNICATION_INFORMAL, 3.0, (contacts, served)),
    "measurement.sharing": (at.MEASUREMENT_SHARING, 1.0, (reports, contacts, reached)),
    "backbone.staff": (at.BACKBONE_STAFF, 8.0, (reached, contacts, served)),
    "backbone.reach.engage": (at.BACKBONE_REACH_ENGAGE, 100.0, (reached, contacts)),
    "backbone.reach.weave": (at.BACKBONE_REACH_WEAVE, 500.0, (contacts, reached)),
    "backbone.reach.measure": (at.BACKBONE_REACH_MEASURE, 500.0, (served, reached)),
}


@pytest.mark.parametrize("path", FACTORS)
def test_what_happens_at_a_lower_dial_also_happens_at_a_higher_one(path: str) -> None:
    place, highest, effects = FACTORS[path]
    scenario = Scenario().replace(**{"scenario.months": 24, "coalition.exit_rate": 0.3, "coalition.join_rate": 0.2})
    watched = Month(scenario, 11)
    grew = 0
    for _ in range(scenario.months):
        watched.pass_by()
        states = [month_with(watched, {place: highest * step / 4}) for step in range(5)]
        for lower, higher in itertools.pairwise(states):
            assert np.array_equal(lower.organisations["member"], higher.organisations["member"])
            for effect in effects:
                assert np.all(effect(lower) <= effect(higher)), effect.__name__
            grew += int(np.any(effects[0](lower) < effects[0](higher)))
    assert grew > 20


@given(small_scenarios(events=False))
def test_budgets_swing_alike_whatever_the_coalition_does(scenario: Scenario) -> None:
    """All dials but those of budgets back at their defaults: the luck of budgets is the same."""
    of_budgets = ("coalition.resource_", "funder.services")
    defaults = {info.path: info.default for info in DIALS if not info.path.startswith(of_budgets)}
    column = [measure.name for measure in engine.compile_scenario(scenario).measures].index("resources")
    one, other = run(scenario, [1])[0], run(scenario.replace(**defaults), [1])[0]
    assert same_bits(one[:, column].copy(), other[:, column].copy())
