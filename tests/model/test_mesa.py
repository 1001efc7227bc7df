"""The Mesa face: the same bits as the engine, Mesa's verbs and collector, subclasses, and views that keep the state sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from mesa.datacollection import DataCollector

from cisim import dials as at
from cisim import engine
from cisim.errors import InputError
from cisim.model import CollectiveImpactModel, Organization
from cisim.scenario import Scenario, load, shipped
from scenario_strategies import small_scenarios

SHORT = Scenario().replace(**{"scenario.months": 12, "coalition.organisations": 10})


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


@pytest.fixture
def model() -> CollectiveImpactModel:
    """A coalition at work for half a year."""
    model = CollectiveImpactModel(SHORT, seed=3)
    for _ in range(6):
        model.step()
    return model


# ---- The same model.


@pytest.mark.parametrize("name", sorted(shipped()))
def test_mesa_and_the_engine_give_the_same_bits_in_a_shipped_scenario(name: str) -> None:
    model = CollectiveImpactModel(name, seed=2**64 - 3)
    model.run_model()
    (run,) = engine.simulate(load(name), [2**64 - 3])
    assert same_bits(model.records, run)


@settings(max_examples=40)
@given(small_scenarios())
def test_mesa_and_the_engine_give_the_same_bits_in_any_scenario(scenario: Scenario) -> None:
    model = CollectiveImpactModel(scenario, seed=8)
    model.run_model()
    assert same_bits(model.records, engine.simulate(scenario, [8], threads=1)[0])


def test_months_pass_one_by_one_and_the_rest_is_not_yet_recorded(model: CollectiveImpactModel) -> None:
    (run,) = engine.simulate(SHORT, [3])
    assert model.month == 6
    assert same_bits(model.records[:7], run[:7])
    assert np.isnan(model.records[7:]).all()
    assert model.running


def test_two_models_share_nothing() -> None:
    one, other = CollectiveImpactModel(SHORT, seed=4), CollectiveImpactModel(SHORT, seed=4)
    one.run_model()
    other.run_model()
    assert same_bits(one.records, other.records)


def test_a_model_runs_to_its_horizon_and_not_beyond(model: CollectiveImpactModel) -> None:
    model.run_model()
    assert model.month == 12
    assert not model.running
    with pytest.raises(
        InputError, match=r"month 13 is beyond scenario\.months = 12: make the scenario longer"
    ):
        model.step()
    assert model.month == 12
    assert len(model.datacollector.get_model_vars_dataframe()) == 13


def test_a_scenario_may_be_named_and_what_is_wrong_is_refused() -> None:
    assert CollectiveImpactModel("small-and-close").config.name == load("small-and-close").name
    with pytest.raises(InputError, match="no-such-scenario"):
        CollectiveImpactModel("no-such-scenario")
    for seed in (-1, 2**64, 1.5, None):
        with pytest.raises(InputError, match="must be an integer from 0"):
            CollectiveImpactModel(SHORT, seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_mesas_own_chance_starts_from_the_seed(seed: int) -> None:
    one, other = CollectiveImpactModel(SHORT, seed=seed), CollectiveImpactModel(SHORT, seed=seed)
    assert one.rng.random() == other.rng.random()
    assert one.random.random() == other.random.random()
    assert CollectiveImpactModel(SHORT, seed=1).rng.random() != one.rng.random()


# ---- Mesa's verbs and collector.


def test_select_keeps_those_that_a_condition_holds_for(model: CollectiveImpactModel) -> None:
    model.organisations[2].member = False
    members = model.agents.select(lambda organisation: organisation.member)
    assert len(members) == model.state.organisations["member"].sum()
    assert model.organisations[2] not in members
    large = model.agents.select(lambda organisation: organisation.resources > 2)
    assert {organisation.row for organisation in large} == set(
        np.flatnonzero(model.state.organisations["resources"] > 2).tolist()
    )


def test_do_calls_a_function_or_a_method_of_each(model: CollectiveImpactModel) -> None:
    def halve(organisation: Organization) -> None:
        organisation.awareness /= 2

    before = model.state.organisations["awareness"].copy()
    model.agents.do(halve)
    assert np.array_equal(model.state.organisations["awareness"], before / 2)
    model.agents.do("step")
    model.agents.shuffle_do("step")


def test_agg_get_set_and_sort_read_and_write_the_state(model: CollectiveImpactModel) -> None:
    resources = model.state.organisations["resources"]
    assert model.agents.agg("resources", sum) == pytest.approx(resources.sum())
    assert model.agents.get("name") == list(engine.settle(SHORT).roster.names)
    in_order = model.agents.sort("resources", ascending=True).get("row")
    assert in_order == np.argsort(resources).tolist()
    model.agents.set("awareness", 0.25)
    assert set(model.state.organisations["awareness"].tolist()) == {0.25}


def test_groupby_divides_by_sector_or_membership(model: CollectiveImpactModel) -> None:
    by_sector = model.agents.groupby("sector")
    assert by_sector.count() == {"public": 3, "nonprofit": 3, "business": 2, "philanthropy": 2}
    means = by_sector.agg("commitment", np.mean)
    sector = model.state.organisations["sector"]
    for index, name in enumerate(SHORT.sector_names):
        assert means[name] == pytest.approx(model.state.organisations["commitment"][sector == index].mean())


def test_the_data_collector_has_a_month_and_all_measures_at_the_founding_and_after_each_month() -> None:
    model = CollectiveImpactModel(
        SHORT,
        seed=3,
        model_reporters={"largest": lambda model: max(model.agents.get("resources"))},
        agent_reporters={
            "commitment": "commitment",
            "first role": lambda organisation: organisation.roles[0],
        },
    )
    model.run_model()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == ["month", *(measure.name for measure in model.measures), "largest"]
    assert frame["month"].tolist() == list(range(13))
    assert same_bits(frame[[measure.name for measure in model.measures]].to_numpy(np.float64), model.records)
    assert frame["largest"].nunique() == 1
    of_agents = model.datacollector.get_agent_vars_dataframe()
    assert of_agents.shape == (13 * 10, 2)
    last = of_agents.iloc[-10:]
    assert same_bits(last["commitment"].to_numpy(), model.state.organisations["commitment"])
    assert same_bits(last["first role"].to_numpy(), model.state.roles["mix"][:, 0])


def test_a_collector_of_ones_own_may_take_the_place_of_the_models() -> None:
    model = CollectiveImpactModel(SHORT)
    model.datacollector = DataCollector(model_reporters={"progress": lambda model: model.value("progress")})
    model.run_model()
    assert len(model.datacollector.get_model_vars_dataframe()) == 12


def test_the_frame_and_the_values_are_what_was_recorded(model: CollectiveImpactModel) -> None:
    frame = model.frame()
    assert frame["month"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert same_bits(frame.drop(columns="month").to_numpy(), model.records[:7])
    assert model.value("members") == frame["members"].iloc[-1]
    with pytest.raises(InputError, match="measure 'progres' is unknown: the measures are progress, "):
        model.value("progres")


# ---- Changing a mechanism.


def stage_of(name: str, calls: list[str]) -> Callable[[CollectiveImpactModel], None]:
    def stage(self: CollectiveImpactModel) -> None:
        calls.append(name)
        getattr(CollectiveImpactModel, name)(self)

    return stage


def test_stages_run_in_their_order_then_organisations_in_that_of_the_file_then_the_record() -> None:
    calls: list[str] = []

    class Loud(Organization):
        def step(self) -> None:
            calls.append(self.name)
            assert np.isnan(self.model.records[self.model.month]).all()

    stages = {name: stage_of(name, calls) for name in engine.STAGES}
    watched = type("Watched", (CollectiveImpactModel,), {"organization_class": Loud} | stages)
    model = watched(SHORT, seed=3)
    for month in (1, 2):
        calls.clear()
        model.step()
        assert calls == [*engine.STAGES, *engine.settle(SHORT).roster.names]
        assert not np.isnan(model.records[month]).all()
    assert same_bits(model.records[:3], engine.simulate(SHORT, [3])[0][:3])


def test_what_an_organisation_does_in_its_step_is_recorded_in_that_month_and_felt_in_the_next() -> None:
    class Zealot(Organization):
        def step(self) -> None:
            if self.member and self.model.month == 1:
                self.commitment = 1.0

    class Zeal(CollectiveImpactModel):
        organization_class = Zealot

    model, usual = Zeal(SHORT, seed=3), CollectiveImpactModel(SHORT, seed=3)
    model.step()
    usual.step()
    assert model.value("commitment") == 1.0
    assert usual.value("commitment") < 1.0
    assert model.value("work") == usual.value("work")
    model.step()
    usual.step()
    assert model.value("trust") > usual.value("trust")


def test_a_subclass_that_replaces_one_stage_changes_that_stage_alone() -> None:
    class NoNoise(CollectiveImpactModel):
        def commit(self) -> None:
            self.dials[at.COMMITMENT_NOISE] = 0.0
            super().commit()

    model = NoNoise(SHORT, seed=3)
    model.run_model()
    silent = SHORT.replace(**{"commitment.noise": 0.0})
    assert same_bits(model.records, engine.simulate(silent, [3])[0])
    assert not same_bits(model.records, engine.simulate(SHORT, [3])[0])


# ---- Names.


#: Mesa's own: `step` is overridden, `datacollector` named by its convention, the others set by its constructors.
MESAS = {"step", "datacollector", "running", "unique_id", "model", "pos"}


def test_no_public_name_of_ours_is_one_of_mesas(model: CollectiveImpactModel) -> None:
    bare_model = mesa.Model(rng=1)
    for thing, bare in ((model, bare_model), (model.organisations[0], mesa.Agent(bare_model))):
        defined = {
            name
            for cls in type(thing).__mro__
            if cls.__module__ == "cisim.model"
            for name in vars(cls)
            if not name.startswith("__")
        }
        assigned = set(vars(thing)) - set(vars(bare))
        theirs = set(dir(bare)) | set(dir(type(bare)))
        of_any_subclass = set(vars(type("Empty", (type(bare),), {})))  # what Mesa itself puts there
        assert ((defined - of_any_subclass) | assigned) & theirs <= MESAS


# ---- Views.


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
            assert (partner.strength, partner.trust, partner.met) == (
                tie["strength"],
                tie[mine],
                tie["met"] == 1,
            )
            seen += 1
    assert seen == 2 * len(state.ties)


ARRAYS = ["mission", "goals", "beliefs", "roles", "competence"]


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_is_read_is_a_copy_that_cannot_be_written(
    model: CollectiveImpactModel, name: str
) -> None:
    organisation = model.organisations[1]
    values = getattr(organisation, name)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 0.5
    before = values.copy()
    model.run_model()
    assert np.array_equal(values, before)


@pytest.mark.parametrize(
    "name",
    ["mission", "competence", "effectiveness", "available_resources", "overhead", "reached", "partners"],
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
    usual = CollectiveImpactModel(SHORT, seed=3)
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
    model = CollectiveImpactModel(SHORT.replace(**{"coalition.start": "never"}))
    model.step()
    model.organisations[0].member = True
    assert not model.organisations[0].member
