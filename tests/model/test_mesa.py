"""The Mesa face: the same bits as the engine, Mesa's verbs and collector, subclasses, and views that keep the state sound."""

from __future__ import annotations

from collections.abc import Callable

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from mesa.datacollection import DataCollector

from cisim import engine
from cisim.dynamics import dials as at
from cisim.dynamics.stages import STAGE_NAMES
from cisim.errors import InputError
from cisim.mesa_model import CollectiveImpactModel, Organization
from cisim.scenario import Scenario, load, shipped
from scenario_strategies import small_scenarios

SHORT = Scenario().replace(**{"scenario.months": 12, "coalition.organisations": 10})
"""What `model` runs."""


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


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
    with pytest.raises(InputError, match=r"month 13 is beyond scenario\.months = 12: make the scenario longer"):
        model.step()
    assert model.month == 12
    assert len(model.datacollector.get_model_vars_dataframe()) == 13


def test_a_scenario_may_be_named_and_what_is_wrong_is_refused() -> None:
    assert CollectiveImpactModel("small-and-close").config.name == load("small-and-close").name
    with pytest.raises(InputError, match="no-such-scenario"):
        CollectiveImpactModel("no-such-scenario")
    for seed in (-1, 2**64, 1.5):
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
    assert model.agents.get("name") == list(engine.compile_scenario(SHORT).roster.names)
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
        agent_reporters={"commitment": "commitment", "first role": lambda organisation: organisation.roles[0]},
    )
    model.run_model()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == ["month", "seed", *(measure.name for measure in model.measures), "largest"]
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

    stages = {name: stage_of(name, calls) for name in STAGE_NAMES}
    watched = type("Watched", (CollectiveImpactModel,), {"organization_class": Loud} | stages)
    model = watched(SHORT, seed=3)
    for month in (1, 2):
        calls.clear()
        model.step()
        assert calls == [*STAGE_NAMES, *engine.compile_scenario(SHORT).roster.names]
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
            if cls.__module__ in {"cisim.mesa_model", "cisim.mesa_agent"}
            for name in vars(cls)
            if not name.startswith("__")
        }
        assigned = set(vars(thing)) - set(vars(bare))
        theirs = set(dir(bare)) | set(dir(type(bare)))
        of_any_subclass = set(vars(type("Empty", (type(bare),), {})))  # what Mesa itself puts there
        assert ((defined - of_any_subclass) | assigned) & theirs <= MESAS
