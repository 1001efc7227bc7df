"""What takes long because it is compiled is announced, once, and only where somebody looks."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import cisim
from cisim import announce, engine
from cisim.announce import announced
from cisim.dynamics.compiled import compiled_unkept
from cisim.dynamics.kept import KeptOfUser
from cisim.dynamics.state import State
from cisim.scenario import Scenario

SHORT = Scenario().replace(**{"scenario.months": 2, "coalition.organisations": 5, "coalition.degree": 2})


def test_a_function_is_announced_when_it_is_compiled_and_not_when_it_is_called_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, announce.__name__)

    @compiled_unkept
    def inner(number: float) -> float:
        return number + 1

    @compiled_unkept
    def outer(number: float) -> float:
        return inner(number) + 1

    for argument in (1.0, 2.0, 3):
        with announced(outer, "long"):
            assert outer(argument) == argument + 2
    assert [record.getMessage() for record in caplog.records] == ["long"] * 2  # once for each type


def test_stages_of_ones_own_are_announced_on_a_terminal_when_they_are_compiled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def still(state: State, _dials: NDArray[np.float64], _luck: Any, pace: float) -> None:
        state.organisations[0].commitment = pace

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(KeptOfUser, "load_overload", lambda *_: None)  # as if it ran for the first time
    for words in ("Compiling the model for stages of your own. This takes up to half a minute.\n", ""):
        cisim.run(SHORT, runs=1, stages={"commit": still}, parameters={"pace": 0.5})
        assert capsys.readouterr() == ("", words)


@pytest.mark.parametrize("terminal", [True, False])
def test_an_announcement_is_shown_on_a_terminal_alone(
    terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @compiled_unkept
    def doubled(number: float) -> float:
        return 2 * number

    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with announced(doubled, announce.OWN):
        doubled(1.0)
    assert capsys.readouterr() == ("", f"{announce.OWN}\n" if terminal else "")


@pytest.mark.parametrize(("fields", "words"), [({"fatigue": 0.25}, ["fields"]), ({}, [])])
def test_fields_of_ones_own_are_announced_if_they_are_compiled(
    fields: dict[str, float], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    @contextmanager
    def announces(_: Callable[..., object], text: str) -> Iterator[None]:
        told.append(text)
        yield

    monkeypatch.setattr(engine, "announced", announces)
    cisim.run(SHORT, runs=1, fields=fields)
    assert told == [announce.OWN.format(what) for what in words]
