"""Mesa's own ways in: fresh seeds, batch runs, collectors, subclasses with state and agents of their own, and copies."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.datacollection import DataCollector

from cisim.errors import InputError
from cisim.fingerprint import fingerprint
from cisim.mesa_model import CollectiveImpactModel, Organization
from cisim.scenario import Scenario
from mesa_models import SHORT, Fatigue, Funder, end

#: Mesa 3.5 and later take seeds in `batch_run(rng=...)`, and warn of `iterations`, which they still take.
BATCH_TAKES_RNG = "rng" in inspect.signature(mesa.batch_run).parameters
takes_iterations = pytest.mark.filterwarnings("ignore:The `iterations` keyword:DeprecationWarning")


def batch(model: type[CollectiveImpactModel], parameters: dict[str, Any], **options: Any) -> pd.DataFrame:
    return pd.DataFrame(mesa.batch_run(model, parameters, display_progress=False, **options))


def same(one: CollectiveImpactModel, other: CollectiveImpactModel) -> None:
    """Assert that two models are the same to the bit, and what they have collected too."""
    assert one.month == other.month
    assert one.records.tobytes() == other.records.tobytes()
    for name, array in one.state._asdict().items():
        assert array.tobytes() == getattr(other.state, name).tobytes(), name
    ours, theirs = one.datacollector, other.datacollector
    pd.testing.assert_frame_equal(ours.get_model_vars_dataframe(), theirs.get_model_vars_dataframe(), check_exact=True)
    if ours.agent_reporters:
        of_agents = [collector.get_agent_vars_dataframe() for collector in (ours, theirs)]
        pd.testing.assert_frame_equal(*of_agents, check_exact=True)
    assert one.rng.random() == other.rng.random()
    assert one.random.random() == other.random.random()


# ---- Copies.


def unpickled(model: CollectiveImpactModel) -> Any:
    return pickle.loads(pickle.dumps(model))


def fatigue() -> Fatigue:
    """A user's model after half a year."""
    of_agents = {"commitment": "commitment", "given": "given", "budget": "budget"}
    model = Fatigue(seed=3, agent_reporters=of_agents)
    for _ in range(6):
        model.step()
    return model


@pytest.mark.parametrize("copied", [copy.deepcopy, unpickled])
def test_a_copy_goes_on_to_the_same_bits_and_so_does_the_original(copied: Callable[[Fatigue], Fatigue]) -> None:
    undisturbed, model = fatigue(), fatigue()
    branch = copied(model)
    assert type(branch) is Fatigue
    for month in range(6):  # in turns, so that whatever they shared would show
        (model if month % 2 else branch).step()
        (branch if month % 2 else model).step()
    undisturbed.run_model()
    assert total_given(undisturbed) == total_given(model) == total_given(branch)
    same(branch, copied(model))
    same(undisturbed, model)


def total_given(model: Fatigue) -> list[float]:
    return [*model.gifts, *(funder.budget for funder in model.funders)]


@pytest.mark.parametrize("copied", [copy.deepcopy, unpickled])
def test_agents_of_a_copy_read_and_write_its_state_alone(copied: Callable[[Fatigue], Fatigue]) -> None:
    model = fatigue()
    before = model.state.organisations.tobytes()
    branch = copied(model)
    assert set(branch.agents) == {*branch.organisations, *branch.funders}
    assert {agent.model for agent in branch.agents} == {branch}
    for organisation in branch.organisations:
        organisation.awareness, organisation.goals = 0.125, [1.0, *[0.0] * (len(organisation.goals) - 1)]
        organisation.member = False
    assert set(branch.state.organisations["awareness"].tolist()) == {0.125}
    assert not branch.state.organisations["member"].any()
    assert {partner.organization.awareness for o in branch.organisations for partner in o.partners} == {0.125}
    assert model.state.organisations.tobytes() == before
    branch.step()
    model.step()
    assert branch.value("members") < model.value("members")


def test_a_copy_of_a_copy_with_reporters_that_are_lambdas_is_possible_by_deepcopy() -> None:
    reporters = {"first": lambda model: model.organisations[0].commitment}
    model = CollectiveImpactModel(SHORT, seed=3, model_reporters=reporters)
    branch = copy.deepcopy(copy.deepcopy(model))
    same(end(branch), end(model))


def test_a_model_goes_on_in_another_process_to_the_same_bits() -> None:
    model = fatigue()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(end, model).result()
    same(there, end(model))


# ---- Seeds.


def test_without_a_seed_each_model_draws_one_which_gives_its_run_again() -> None:
    one, other = CollectiveImpactModel(SHORT), CollectiveImpactModel(SHORT)
    assert one.seed != other.seed
    assert max(one.seed, other.seed) < 2**53
    assert end(one).records.tobytes() != end(other).records.tobytes()
    same(one, end(CollectiveImpactModel(SHORT, seed=one.seed)))
    assert set(one.datacollector.get_model_vars_dataframe()["seed"]) == {one.seed}


@pytest.mark.parametrize("given", [{"seed": 2**64 - 1}, {"rng": 2**64 - 1}, {"rng": np.uint64(2**64 - 1)}])
def test_a_seed_that_is_given_is_kept_under_both_of_mesas_names(given: dict[str, Any]) -> None:
    model = CollectiveImpactModel(SHORT, **given)
    assert (type(model.seed), model.seed) == (int, 2**64 - 1)
    assert set(model.datacollector.get_model_vars_dataframe()["seed"]) == {2**64 - 1}


def test_a_text_of_digits_is_a_seed_as_fields_of_solaraviz_give_one() -> None:
    assert CollectiveImpactModel(SHORT, seed="42").seed == 42  # type: ignore[arg-type]


def test_a_seed_is_drawn_from_what_numpy_takes() -> None:
    def drawn(rng: Any) -> int:
        return CollectiveImpactModel(SHORT, rng=rng).seed

    assert drawn(np.random.default_rng(5)) == drawn(np.random.default_rng(5)) != drawn(np.random.default_rng(6))
    first, second = np.random.SeedSequence(5).spawn(2)
    assert drawn(first) != drawn(second)
    assert drawn([1, 2]) == drawn([1, 2]) != drawn([1, 3])


def test_what_is_no_seed_is_refused_and_so_are_two() -> None:
    for wrong in (-1, 2**64, 1.5, True, "one", "-1", ""):
        for name in ("seed", "rng"):
            with pytest.raises(InputError, match="must be an integer from 0"):
                CollectiveImpactModel(SHORT, **{name: wrong})
    with pytest.raises(InputError, match="seed = 1, rng = 2: give one of the two"):
        CollectiveImpactModel(SHORT, seed=1, rng=2)


# ---- Batch runs.


@takes_iterations
@pytest.mark.parametrize("model", [CollectiveImpactModel, Fatigue])
def test_iterations_of_a_batch_differ_and_each_tells_the_seed_that_gives_it_again(
    model: type[CollectiveImpactModel],
) -> None:
    rows = batch(model, {"config": [SHORT]}, iterations=3, max_steps=3, number_processes=1)
    assert len(rows) == rows["seed"].nunique() == rows["progress"].nunique() == 3
    for row in rows.itertuples():
        again = end(model(SHORT, seed=int(row.seed)))
        assert again.records[row.month, 0] == row.progress


def test_seeds_in_the_parameters_of_a_batch_are_those_of_its_runs() -> None:
    rows = batch(CollectiveImpactModel, {"config": [SHORT], "rng": [5, 6]}, max_steps=3, number_processes=1)
    assert rows["seed"].tolist() == [5, 6]


def test_a_batch_takes_seeds_as_its_version_of_mesa_wants_them() -> None:
    parameters: dict[str, Any] = {"config": [SHORT]}
    given = {"rng": [5, 6]} if BATCH_TAKES_RNG else {}
    rows = batch(Fatigue, parameters if given else {**parameters, "seed": [5, 6]}, number_processes=1, **given)
    assert rows["seed"].tolist() == [5, 6]
    assert rows["rate"].tolist() == [0.01, 0.01]


@takes_iterations
def test_a_batch_in_processes_has_rows_of_agents() -> None:
    parameters = {"config": [SHORT], "rate": [0.0, 0.1], "agent_reporters": [{"commitment": "commitment"}]}
    rows = batch(Fatigue, parameters, iterations=2, max_steps=3, number_processes=2)
    assert len(rows) == 2 * 2 * (10 + 2)
    assert rows["seed"].nunique() == 4
    assert rows["commitment"].isna().sum() == 2 * 2 * 2  # funders have none


# ---- Collectors and subclasses.


def test_the_founding_is_collected_when_what_a_subclass_adds_is_there() -> None:
    model = Fatigue(seed=3, rate=0.02, agent_reporters={"given": "given", "budget": "budget"})
    table = model.datacollector.get_model_vars_dataframe()
    assert table[["month", "rate", "budgets", "largest gift"]].to_numpy().tolist() == [[0.0, 0.02, 2.0, 0.0]]
    agents = model.datacollector.get_agent_vars_dataframe()
    assert agents["given"].tolist()[:10] == [0.0] * 10
    assert agents["budget"].tolist()[10:] == [1.0] * 2
    assert agents.isna().sum().tolist() == [2, 10]
    table = end(model).datacollector.get_model_vars_dataframe()
    assert table["month"].tolist() == list(range(13))
    assert table["budgets"].to_numpy() == pytest.approx(2.0 * 0.9 ** np.arange(13))


def test_the_outermost_of_several_constructors_is_waited_for() -> None:
    class Wearier(Fatigue):
        def __init__(self, **others: Any) -> None:
            super().__init__(**others)
            self.rate = 0.5

    class Weariest(Wearier):
        pass

    for model in (Wearier(), Weariest()):
        assert model.datacollector.get_model_vars_dataframe()["rate"].tolist() == [0.5]
    assert list(inspect.signature(Fatigue).parameters) == ["config", "rate", "others"]


def test_a_subclass_that_collects_the_founding_itself_as_mesas_models_do_has_it_once() -> None:
    class Habit(CollectiveImpactModel):
        def __init__(self, **others: Any) -> None:
            super().__init__(SHORT, **others)
            self.datacollector.collect(self)

    assert end(Habit()).datacollector.get_model_vars_dataframe()["month"].tolist() == list(range(13))


def test_a_collector_that_a_subclass_brings_has_the_founding_too() -> None:
    class Own(CollectiveImpactModel):
        def __init__(self, **others: Any) -> None:
            super().__init__(SHORT, **others)
            self.funder = Funder(self)
            self.datacollector = DataCollector({"month": "month"}, None, {Funder: {"budget": "budget"}})

    collector = end(Own()).datacollector
    assert collector.get_model_vars_dataframe()["month"].tolist() == list(range(13))
    assert collector.get_agenttype_vars_dataframe(Funder)["budget"].tolist() == [1.0] * 13


def test_months_that_pass_in_a_constructor_come_after_the_founding() -> None:
    class Burnt(CollectiveImpactModel):
        def __init__(self) -> None:
            super().__init__(SHORT)
            self.step()

    assert Burnt().datacollector.get_model_vars_dataframe()["month"].tolist() == [0, 1]


def test_a_constructor_that_is_none_of_a_subclass_has_the_founding_collected_by_the_first_step() -> None:
    class Rated:
        def __init__(self, **others: Any) -> None:
            super().__init__(**others)
            self.rate = 0.5

    class Mixed(Rated, CollectiveImpactModel):
        pass

    model = Mixed(config=SHORT, model_reporters={"rate": "rate"})
    assert end(model).datacollector.get_model_vars_dataframe()["rate"].tolist() == [0.5] * 13


def test_a_reporter_of_an_attribute_that_no_agent_has_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        InputError, match="reporter 'comitment': no agent has such an attribute; did you mean commitment"
    ):
        CollectiveImpactModel(SHORT, agent_reporters={"x": "comitment"})
    with pytest.raises(InputError, match="name one that they have, or give a function"):
        Fatigue(agent_reporters={"x": "qqqqq"})


def test_agents_of_ones_own_change_nothing_unless_they_act() -> None:
    class Watched(CollectiveImpactModel):
        def __init__(self, config: Scenario, **others: Any) -> None:
            super().__init__(config, **others)
            Funder.create_agents(self, 3)

    model, plain = Watched(SHORT, seed=8), CollectiveImpactModel(SHORT, seed=8)
    assert len(model.agents_by_type[Organization]) == len(model.organisations) == 10
    assert end(model).records.tobytes() == end(plain).records.tobytes()


def test_what_the_constructor_of_a_subclass_does_counts_in_the_fingerprint_of_a_studys_code() -> None:
    def made(rate: float) -> type[CollectiveImpactModel]:
        class Rated(CollectiveImpactModel):
            def __init__(self, *args: Any, **others: Any) -> None:
                super().__init__(*args, **others)
                self.rate = rate

        return Rated

    assert fingerprint(made(0.1)) == fingerprint(made(0.1)) != fingerprint(made(0.2))
