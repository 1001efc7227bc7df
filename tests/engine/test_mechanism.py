"""A mechanism of a user's own: parameters and fields of rival stages, reporters, and checks of what they leave."""

from __future__ import annotations

from typing import Any, ClassVar

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

import cisim
from cisim import failures
from cisim.dynamics import month
from cisim.dynamics import state as layout
from cisim.dynamics.activities import act
from cisim.dynamics.commitment import commit
from cisim.dynamics.luck import Luck
from cisim.dynamics.mechanism import own_arguments
from cisim.dynamics.state import State
from cisim.engine import compile_scenario, run_one
from cisim.errors import InputError
from cisim.scenario import Scenario, shipped

SHORT = Scenario().replace(**{"scenario.months": 6, "coalition.organisations": 8, "coalition.degree": 2})
Dials = NDArray[np.float64]


def tired(state: State, dials: Dials, luck: Luck, rate: float, floor: float = 0.0) -> None:
    """Commitment as it is, and then less by a rate, but not below a floor."""
    commit(state, dials, luck)
    for organisation in state.organisations:
        if organisation.member == 1:
            organisation.commitment = max(floor, organisation.commitment * (1.0 - rate))


def closed(rate: float, floor: float) -> Any:
    """The same with numbers that it closes over."""

    def stage(state: State, dials: Dials, luck: Luck) -> None:
        commit(state, dials, luck)
        for organisation in state.organisations:
            if organisation.member == 1:
                organisation.commitment = max(floor, organisation.commitment * (1.0 - rate))

    return stage


class Tired(cisim.CollectiveImpactModel):
    """The same as a model, which nobody compiles."""

    def __init__(self, config: Scenario, *, seed: int, rate: float, floor: float) -> None:
        super().__init__(config, seed=seed)
        self.rate, self.floor = rate, floor

    def commit(self) -> None:
        super().commit()
        for organisation in self.state.organisations:
            if organisation["member"] == 1:
                organisation["commitment"] = max(self.floor, organisation["commitment"] * (1.0 - self.rate))


def bits(stages: Any, **parameters: float) -> bytes:
    return cisim.run(SHORT, runs=2, threads=1, stages=stages, parameters=parameters).values.tobytes()


def bits_of_model(rate: float, floor: float) -> bytes:
    models = [Tired(SHORT, seed=seed, rate=rate, floor=floor) for seed in (1, 2)]
    for model in models:
        model.run_model()
    return b"".join(model.records.tobytes() for model in models)


def test_a_stage_is_given_the_parameters_that_it_names_and_compiled_once_for_all_their_values() -> None:
    assert bits({"commit": tired}, rate=0.25) == bits({"commit": closed(0.25, 0.0)}) == bits_of_model(0.25, 0.0)
    assert bits({"commit": tired}, rate=0.25, floor=0.3) == bits_of_model(0.25, 0.3)
    assert bits({"commit": tired}, floor=0.3, rate=0.5) == bits_of_model(0.5, 0.3)
    loop: Any = month.advance_with({"commit": tired}, ["rate", "floor"])
    assert len(loop.signatures) == 1


def test_a_comparison_takes_parameters_and_an_ensemble_tells_them() -> None:
    own: dict[str, Any] = {"stages": {"commit": tired}, "parameters": {"rate": 1}}
    compared = cisim.compare({"a": SHORT, "b": SHORT}, runs=2, threads=1, **own)
    assert compared.ensemble("b").values.tobytes() == bits({"commit": tired}, rate=1)
    assert compared.ensemble("b").parameters == {"rate": 1.0}


@pytest.mark.parametrize(
    ("stages", "parameters", "says"),
    [
        ({"commit": tired}, {}, "stage commit takes rate, which is no parameter: declare it: parameters={'rate': 0.1}"),
        ({"commit": tired}, {"rte": 1}, "stage commit takes rate, which is no parameter: did you mean rte?"),
        ({"commit": tired}, {"rate": 1, "flor": 1}, "parameter flor: no stage takes it; did you mean floor?"),
        ({"commit": tired}, {"rate": float("inf")}, "parameters: rate = inf: must be a finite number"),
        ({"commit": tired}, {"rate": "0.1"}, "parameters: rate = '0.1': must be a finite number"),
        ({"commit": tired}, {"rate": True}, "parameters: rate = True: must be a finite number"),
        ({"commit": tired}, {"a rate": 1}, "parameters: 'a rate': must be a name of letters, digits"),
        ({}, {"rate": 1}, "parameter rate: no stage takes it; those that take it name it after state, dials and luck"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_a_way_out(stages: Any, parameters: Any, says: str) -> None:
    with pytest.raises(InputError) as refused:
        cisim.run(SHORT, runs=1, stages=stages, parameters=parameters)
    assert any(problem.startswith(says) for problem in refused.value.problems), refused.value.problems


def test_only_a_default_at_the_end_may_stand_for_a_parameter() -> None:
    def three(state: State, dials: Dials, luck: Luck, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> None:
        """Nothing."""

    assert own_arguments({"act": three}, []) == {"act": ()}
    assert own_arguments({"act": three}, ["a", "b"]) == {"act": ("a", "b")}
    with pytest.raises(InputError, match="stage act takes a, which is no parameter"):
        own_arguments({"act": three}, ["b"])


# --- what a stage leaves ----------------------------------------------------------------------------------


def careless(state: State, dials: Dials, luck: Luck, fault: float) -> None:
    """Commitment as it is, and in month 4 of seed 2 a fault."""
    commit(state, dials, luck)
    if luck.month == 4 and luck.seed == 2:
        if fault == 1:
            state.organisations[3].commitment = 1.25
        elif fault == 2:
            state.stances[1, 2].belief = np.nan
        elif fault == 3:
            state.organisations[2].member = 2
        elif fault == 4:
            state.organisations[7].practice = -1
        elif fault == 5:
            state.ties[0].strength = -0.1
        elif fault == 6:
            state.outcomes[1].effort = np.inf
        elif fault == 7:
            state.grants[3] = -1.0
        elif fault == 8:
            state.ties[1].second = 8
        elif fault == 9:
            state.organisations[8].commitment = 0.5
        elif fault == 10:
            raise ValueError("nobody is committed")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (1, "organisations.commitment[3] of Organisation 4 is 1.25: must be from 0 to 1"),
        (2, "stances.belief[1, 2] of Organisation 2 is nan: must be a finite number"),
        (3, "organisations.member[2] of Organisation 3 is 2: must be from 0 to 1"),
        (4, "organisations.practice[7] of Organisation 8 is -1: must be from 0 to 1023"),
        (5, "ties.strength[0] is -0.1: must be from 0 to 1"),
        (6, "outcomes.effort[1] is inf: must be a finite number of at least 0"),
        (7, "grants[3] is -1.0: must be a finite number of at least 0"),
        (8, "ties.second[1] is 8: must be from 0 to 7"),
    ],
)
def test_a_rival_stage_that_leaves_a_value_out_of_bounds_fails_the_run_in_words(fault: int, says: str) -> None:
    own: dict[str, Any] = {"stages": {"commit": careless}, "parameters": {"fault": fault}}
    cisim.run(SHORT, runs=1, **own)
    with pytest.raises(InputError) as failed:
        cisim.run(SHORT, runs=3, **own)
    assert failed.value.problems == (f"the run of seed 2 failed in stage commit, month 4: {says}",)


def test_a_rival_stage_that_misses_an_index_fails_and_writes_nowhere() -> None:
    says = r"^the run of seed 2 failed in stage commit, month 4: IndexError: "
    with pytest.raises(InputError, match=says) as failed:
        cisim.run(SHORT, runs=2, stages={"commit": careless}, parameters={"fault": 9})
    assert isinstance(failed.value.__cause__, IndexError)


RAISES: dict[str, Any] = {"stages": {"commit": careless}, "parameters": {"fault": 10}}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("reporters", [{}, {"committed": lambda state, _: state.organisations["commitment"].mean()}])
def test_an_error_that_a_rival_stage_raises_is_told_with_run_stage_and_month(threads: int, reporters: Any) -> None:
    own = {**RAISES, "reporters": reporters, "threads": threads}
    cisim.run(SHORT, runs=1, **own)
    for call in (lambda: cisim.run(SHORT, 9, **own), lambda: cisim.compare({"a": SHORT, "b": SHORT}, 9, **own)):
        with pytest.raises(InputError) as failed:
            call()
        says = "the run of seed 2 failed in stage commit, month 4: ValueError: nobody is committed"
        assert failed.value.problems == (says,)
        assert isinstance(failed.value.__cause__, ValueError)
        assert failed.value.__cause__.args == ("nobody is committed",)


def test_an_error_of_a_rival_stage_is_told_without_a_place_where_a_replay_would_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(failures, "AFFORDABLE", 1)
    with pytest.raises(InputError, match=r"^the run of seed 2 failed: ValueError: nobody is committed$"):
        cisim.run(SHORT, runs=2, **RAISES)


def test_a_stage_that_no_longer_compiles_without_its_field_is_refused_though_its_loop_was_compiled() -> None:
    own: dict[str, Any] = {"stages": {"commit": tiring}, "parameters": {"rate": 0.125}}
    cisim.run(SHORT, runs=1, fields={"fatigue": 0.25}, **own)
    with pytest.raises(InputError, match=r"^stage commit: it uses fatigue, which no part of the state has as a field"):
        cisim.run(SHORT, runs=1, **own)


def test_no_stage_of_the_model_leaves_a_value_out_of_bounds_in_any_shipped_scenario() -> None:
    loop = month.advance_with(month.STAGE_FUNCTIONS)
    for name in sorted(shipped()):
        scenario = cisim.load(name)
        compiled = compile_scenario(scenario)
        records, expected = np.empty((2, scenario.months + 1, len(compiled.measures)))
        run_one(scenario, compiled, 3, loop, records)
        run_one(scenario, compiled, 3, month.advance, expected)
        assert records.tobytes() == expected.tobytes(), name


def test_every_declared_bound_is_of_a_field_of_the_state() -> None:
    layouts = {"organisations": layout.ORGANISATION, "stances": layout.STANCE, "roles": layout.ROLE, "ties": layout.TIE}
    layouts |= {"outcomes": layout.OUTCOME, "coalition": layout.COALITION, "groups": layout.GROUP}
    for part, bounds in layout.BOUNDS.items():
        names = [name for several in bounds for name in several.split()]
        assert len(names) == len(set(names))
        assert {*names} <= {*(layouts[part].names or ())} if part in layouts else names == []
    assert {record[name].itemsize for record in layouts.values() for name in record.names or ()} == {8}
    assert all(record.itemsize == 8 * len(record.names or ()) for record in layouts.values())


# --- fields of organisations ------------------------------------------------------------------------------


def tiring(state: State, dials: Dials, luck: Luck, rate: float) -> None:
    """Commitment as it is, less what organisations are tired; they tire by what they are committed."""
    commit(state, dials, luck)
    for organisation in state.organisations:
        organisation.fatigue += rate * organisation.commitment
        organisation.commitment = max(0.0, organisation.commitment - organisation.fatigue)


COMPILED = numba.njit(tiring)


class Tiring(cisim.CollectiveImpactModel):
    """The same as a model."""

    fields: ClassVar[dict[str, float]] = {"fatigue": 0.25}

    def commit(self) -> None:
        COMPILED(self.state, self.dials, self.luck, 0.125)


def test_a_field_of_ones_own_is_kept_for_each_organisation_and_moves_no_other_bit() -> None:
    own: dict[str, Any] = {"stages": {"commit": tiring}, "parameters": {"rate": 0.125}, "fields": {"fatigue": 0.25}}
    ensemble = cisim.run(SHORT, runs=2, **own)
    model = Tiring(SHORT, seed=2)
    model.run_model()
    assert model.state.organisations["fatigue"].min() > 0.25
    assert model.records.tobytes() == ensemble.values[1].tobytes()
    assert ensemble.fields == {"fatigue": 0.25}
    assert cisim.run(SHORT, runs=2, fields={"fatigue": 1}).values.tobytes() == cisim.run(SHORT, runs=2).values.tobytes()


def test_a_field_that_is_no_number_any_more_fails_the_run() -> None:
    own: dict[str, Any] = {
        "stages": {"commit": tiring},
        "parameters": {"rate": 1.7e308},
        "fields": {"fatigue": 1.7e308},
    }
    with pytest.raises(
        InputError, match=r"organisations.fatigue\[0\] of Organisation 1 is inf: must be a finite number"
    ):
        cisim.run(SHORT, runs=1, **own)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"load": 0.0}, "fields: load: organisations have this field already: choose another name"),
        ({"fatigue": "none"}, "fields: fatigue = 'none': must be a finite number"),
        ({"a b": 0.0}, "fields: 'a b': must be a name of letters"),
    ],
)
def test_a_field_that_cannot_be_is_refused(fields: Any, says: str) -> None:
    with pytest.raises(InputError) as refused:
        cisim.run(SHORT, runs=1, fields=fields)
    assert refused.value.problems[0].startswith(says)


# --- reporters --------------------------------------------------------------------------------------------


def committed(state: State, month: int) -> float:
    """Mean commitment of all organisations, a hundred times the month on top."""
    return float(np.mean(state.organisations["commitment"])) + 100.0 * month


@pytest.mark.parametrize("threads", [1, 2])
def test_reporters_become_measures_of_each_month_and_move_no_bit(threads: int) -> None:
    reporters = {"committed": committed, "month twice": lambda _, month: 2 * month}
    ensemble = cisim.run(SHORT, runs=9, threads=threads, reporters=reporters)
    plain = cisim.run(SHORT, runs=9, threads=threads)
    assert ensemble.values[:, :, :-2].tobytes() == plain.values.tobytes()
    assert [measure.name for measure in ensemble.measures[-2:]] == ["committed", "month twice"] == [*ensemble.reporters]
    assert (ensemble.measure("month twice") == 2 * np.arange(7)).all()
    model = cisim.CollectiveImpactModel(SHORT, seed=9)
    expected = [committed(model.state, 0)]
    for month_number in range(1, 7):
        model.step()
        expected.append(committed(model.state, month_number))
    assert ensemble.measure("committed")[8].tolist() == expected
    compared = cisim.compare({"a": SHORT, "b": SHORT}, runs=2, reporters=reporters).table("committed")
    assert compared["difference"].abs().max() == 0.0


def test_a_reporter_that_fails_or_changes_the_state_ends_the_runs_in_words() -> None:
    def raises(_: State, month: int) -> float:
        return 1 / (3 - month)

    def changes(state: State, _: int) -> float:
        state.organisations["commitment"][:] = 1.0
        return 0.0

    with pytest.raises(
        InputError, match=r"^the run of seed 1 failed in reporter r, month 3: ZeroDivisionError: "
    ) as failed:
        cisim.run(SHORT, runs=1, reporters={"r": raises})
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    with pytest.raises(InputError, match=r"reporter c, month 0: ValueError: assignment destination is read-only"):
        cisim.run(SHORT, runs=1, reporters={"c": changes})


def test_reporters_that_cannot_be_are_refused_together() -> None:
    with pytest.raises(InputError) as refused:
        cisim.run(SHORT, runs=1, reporters={"trust": committed, "seed": committed, "": committed, "r": 3})  # type: ignore[dict-item]
    taken = "there is a measure or a column of this name: choose another one"
    assert refused.value.problems == (
        f"reporter trust: {taken}",
        f"reporter seed: {taken}",
        "reporter : must be a name: not blank",
        "reporter r: must be a function of (state, month), is something of type int",
    )


# --- stages that cannot be compiled -----------------------------------------------------------------------


def reads(state: State, _dials: Dials, _luck: Luck) -> None:
    for organisation in state.organisations:
        organisation.commitment = organisation.fatigue


def writes(state: State, _dials: Dials, _luck: Luck) -> None:
    for organisation in state.organisations:
        organisation.comitment = 0.5


def takes(state: State, _dials: Dials, _luck: Luck) -> None:
    state.organisations["fatigue"][:] = 0.5


def unknown(state: State, _dials: Dials, _luck: Luck) -> None:
    state.organisations[0].commitment = nowhere_defined  # type: ignore[name-defined]  # noqa: F821


DECLARE = "which no part of the state has as a field: declare it: fields={'fatigue': 0.0} in Python, --field fatigue=0"


def test_stages_that_cannot_be_compiled_are_refused_each_in_words_before_the_first_run() -> None:
    stages = {"commit": reads, "build": takes, "measure": writes, "agree": unknown, "act": act}
    told: list[int] = []
    with pytest.raises(InputError) as refused:
        cisim.compare({"a": SHORT, "b": SHORT}, runs=3, stages=stages, on_progress=told.append)
    expected = (
        f"stage commit: it uses fatigue, {DECLARE}",
        f"stage build: it uses fatigue, {DECLARE}",
        "stage measure: it uses comitment, which no part of the state has as a field: did you mean commitment?",
        "stage agree: Numba cannot compile it: TypingError: ",
    )
    problems = refused.value.problems
    assert len(problems) == len(expected)
    assert all(problem.startswith(says) for problem, says in zip(problems, expected, strict=True)), problems
    assert told == []
