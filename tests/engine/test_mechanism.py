"""A mechanism of a user's own: parameters that rival stages take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import cisim
from cisim.dynamics import month
from cisim.dynamics.commitment import commit
from cisim.dynamics.luck import Luck
from cisim.dynamics.mechanism import own_arguments
from cisim.dynamics.state import State
from cisim.errors import InputError
from cisim.scenario import Scenario

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


def bits(stages: Any, **parameters: float) -> bytes:
    return cisim.run(SHORT, runs=2, threads=1, stages=stages, parameters=parameters).values.tobytes()


def test_a_stage_is_given_the_parameters_that_it_names_and_compiled_once_for_all_their_values() -> None:
    assert bits({"commit": tired}, rate=0.25) == bits({"commit": closed(0.25, 0.0)})
    assert bits({"commit": tired}, rate=0.25, floor=0.3) == bits({"commit": closed(0.25, 0.3)})
    assert bits({"commit": tired}, floor=0.3, rate=0.5) == bits({"commit": closed(0.5, 0.3)})
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
