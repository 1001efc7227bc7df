"""An organisation is a view on its row of the state that cannot spoil it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cisim.dynamics.state import State
from cisim.errors import InputError
from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


def test_an_organisation_shows_its_row_of_the_state(model: CollectiveImpactModel) -> None:
    state = model.state
    for row, organisation in enumerate(model.organisations):
        record = state.organisations[row]
        assert organisation.row == row
        for name in ("commitment", "awareness", "capacity", "resources", "practice", "overhead"):
            assert getattr(organisation, name) == record[name]
        assert organisation.available_resources == record["available"]
        assert organisation.member == bool(record["member"])
        assert organisation.reached == bool(record["reached"])
        assert organisation.effectiveness == state.effectiveness[record["practice"]]
        for name, table, field in (
            ("mission", state.stances, "mission"),
            ("goals", state.stances, "goal"),
            ("beliefs", state.stances, "belief"),
            ("roles", state.roles, "mix"),
            ("competence", state.roles, "competence"),
        ):
            assert np.array_equal(getattr(organisation, name), table[field][row])
    assert "commitment" in repr(model.organisations[0])
    model.organisations[0].member = False
    assert "not a member" in repr(model.organisations[0])


def test_partners_are_ties_as_either_end_sees_them(model: CollectiveImpactModel) -> None:
    state, seen = model.state, 0
    for organisation in model.organisations:
        rows = [partner.organization.row for partner in organisation.partners]
        assert rows == sorted(rows)
        for partner in organisation.partners:
            ends = sorted([organisation.row, partner.organization.row])
            (tie,) = state.ties[(state.ties["first"] == ends[0]) & (state.ties["second"] == ends[1])]
            mine = "first_trust" if organisation.row == ends[0] else "second_trust"
            assert (partner.strength, partner.trust, partner.met) == (tie["strength"], tie[mine], tie["met"] == 1)
            seen += 1
    assert seen == 2 * len(state.ties)


ARRAYS = ["mission", "goals", "beliefs", "roles", "competence"]


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_is_read_is_a_copy_that_cannot_be_written(model: CollectiveImpactModel, name: str) -> None:
    organisation = model.organisations[1]
    values = getattr(organisation, name)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 0.5
    before = values.copy()
    model.run_model()
    assert np.array_equal(values, before)


@pytest.mark.parametrize(
    "name", ["mission", "competence", "effectiveness", "available_resources", "overhead", "reached", "partners"]
)
def test_what_is_read_only_cannot_be_set(model: CollectiveImpactModel, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(model.organisations[0], name, getattr(model.organisations[0], name))


@pytest.mark.parametrize(("name", "field"), [("goals", "goal"), ("roles", "mix")])
def test_shares_that_are_set_are_copied_and_scaled_to_sum_one(
    model: CollectiveImpactModel, name: str, field: str
) -> None:
    organisation = model.organisations[2]
    table = model.state.stances if name == "goals" else model.state.roles
    given_values = np.arange(table.shape[1], dtype=np.float64)
    setattr(organisation, name, given_values)
    given_values[:] = 77.0
    expected = np.arange(table.shape[1]) / np.arange(table.shape[1]).sum()
    assert np.array_equal(getattr(organisation, name), expected)
    assert np.array_equal(table[field][2], expected)
    others = [row for row in range(10) if row != 2]
    assert not np.array_equal(table[field][others[0]], expected)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("goals", [0.5, 0.5], "must be 5 finite numbers"),
        ("goals", [0, 0, 0, 0, 0], "not all 0"),
        ("goals", [1, 1, 1, 1, -1], "at least 0"),
        ("goals", [1, 1, 1, 1, float("nan")], "must be 5 finite numbers"),
        ("goals", [1e308] * 5, "not all 0|finite"),
        ("goals", "abcde", "must be 5 finite numbers"),
        ("roles", [[1, 1, 1, 1]], "must be 4 finite numbers"),
        ("beliefs", [0.1, 0.2, float("inf"), 0.3, 0.4], "must be 5 finite numbers"),
        ("commitment", 1.01, "must be from 0 to 1"),
        ("commitment", float("nan"), "must be from 0 to 1"),
        ("commitment", "much", "must be from 0 to 1"),
        ("awareness", -0.1, "must be from 0 to 1"),
        ("capacity", 11, "must be from"),
        ("resources", 0, "above 0"),
        ("resources", float("inf"), "above 0"),
        ("resources", None, "above 0"),
        ("practice", 1024, "must be a whole number from 0 to 1023"),
        ("practice", -1, "must be a whole number from 0 to 1023"),
        ("practice", 0.5, "must be a whole number from 0 to 1023"),
        ("practice", True, "must be a whole number from 0 to 1023"),
        ("practice", "best", "must be a whole number from 0 to 1023"),
        ("practice", float("nan"), "must be a whole number from 0 to 1023"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    model: CollectiveImpactModel, name: str, value: Any, says: str
) -> None:
    organisation = model.organisations[4]
    before = [array.copy() for array in model.state]
    with pytest.raises(InputError, match=says) as refused:
        setattr(organisation, name, value)
    assert f"{organisation.name}: {name} = " in str(refused.value)
    assert all(same_bits(one, other) for one, other in zip(before, model.state, strict=True))


def test_what_is_set_acts_in_the_next_month(model: CollectiveImpactModel) -> None:
    organisation = model.organisations[4]
    organisation.practice = int(np.argmax(model.state.effectiveness))
    organisation.beliefs = [0.1, 0.2, 0.3, 0.4, 0.5]
    organisation.awareness, organisation.capacity, organisation.commitment = 0.5, 1.25, 0.75
    row = model.state.organisations[4]
    assert organisation.effectiveness == 1.0
    assert (row["awareness"], row["capacity"], row["commitment"]) == (0.5, 1.25, 0.75)
    assert np.array_equal(model.state.stances["belief"][4], [0.1, 0.2, 0.3, 0.4, 0.5])
    usual = CollectiveImpactModel(model.config, seed=3)
    for _ in range(7):
        usual.step()
    model.step()
    assert model.value("belief_error") != usual.value("belief_error")


def test_membership_is_taken_up_and_given_up(model: CollectiveImpactModel) -> None:
    organisation = model.organisations[0]
    organisation.member = False
    assert not organisation.member
    assert organisation.commitment == 0
    with pytest.raises(InputError, match="it is no member, so it has none; set member first"):
        organisation.commitment = 0.5
    organisation.member = True
    assert organisation.commitment == model.state.organisations["initial_commitment"][0]
    before = organisation.commitment = 0.9
    organisation.member = True
    assert organisation.commitment == before


def test_resources_that_are_set_class_sizes_anew(model: CollectiveImpactModel) -> None:
    smallest = min(model.agents, key=lambda organisation: organisation.resources)
    assert model.state.organisations["small"][smallest.row]
    smallest.resources = 1000.0
    assert model.state.organisations["large"][smallest.row]
    assert not model.state.organisations["small"][smallest.row]


def test_an_isolated_coalition_has_no_members_to_set() -> None:
    model = CollectiveImpactModel(Scenario().replace(**{"coalition.start": "never"}))
    model.step()
    model.organisations[0].member = True
    assert not model.organisations[0].member


def test_an_organisation_follows_a_state_that_is_put_in_place_of_the_first(model: CollectiveImpactModel) -> None:
    first = model.state
    model.state = State(*(array.copy() for array in first))
    organisation = model.organisations[4]
    organisation.awareness = 0.125
    organisation.practice = 3
    organisation.goals = [1, 0, 0, 0, 0]
    row = model.state.organisations[4]
    assert (row["awareness"], row["practice"], model.state.stances["goal"][4, 0]) == (0.125, 3, 1.0)
    assert (organisation.awareness, organisation.practice, organisation.goals[0]) == (0.125, 3, 1.0)
    assert first.organisations["awareness"][4] != 0.125
