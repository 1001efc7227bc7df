"""Events about one organisation act in the month that they name, and what they say of membership holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cisim import engine
from cisim.dynamics.month import advance
from cisim.dynamics.state import State
from cisim.scenario import Scenario

NAME, ROW, MONTHS = "Organisation 3", 2, 24


def course(events: list[dict[str, Any]], **more: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return membership and commitment of the third of eight organisations, (months + 1,) both, where who is out joins quickly."""
    events = [{"organisation": NAME, **event} for event in events]
    values = {"scenario.months": MONTHS, "coalition.organisations": 8, "events": events}
    scenario = Scenario().replace(**values, **{"coalition.join_rate": 0.9, "coalition.exit_rate": 0.0}, **more)
    settings = engine.compile_scenario(scenario)
    member, commitment = np.zeros(MONTHS + 1, bool), np.zeros(MONTHS + 1)

    def look(state: State, month: int) -> bool:
        member[month] = state.organisations["member"][ROW]
        commitment[month] = state.organisations["commitment"][ROW]
        return False

    records = np.empty((MONTHS + 1, len(settings.measures)))
    engine.run_one(scenario, settings, 1, advance, records, pauses=range(MONTHS + 1), look=look)
    return member, commitment


def test_who_is_taken_out_stays_out_until_an_event_lets_it_in() -> None:
    for month in (1, 5):
        member, commitment = course([{"month": month, "set": {"member": False}}])
        assert not member[month:].any()
        assert not commitment[month:].any()
        assert member[1:month].all()


def test_who_is_let_in_again_is_a_member_at_once_and_with_what_the_event_says() -> None:
    out = {"month": 1, "set": {"member": False}}
    member, _ = course([out, {"month": 9, "set": {"member": True}}])
    assert not member[1:9].any()
    assert member[9:].all()
    still = {"commitment.adjustment": 0.0, "commitment.noise": 0.0}
    _, commitment = course([out, {"month": 9, "set": {"member": True, "commitment": 0.75}}], **still)
    assert (commitment[9:] == 0.75).all()


def test_commitment_is_set_in_the_first_month_too() -> None:
    still = {"commitment.adjustment": 0.0, "commitment.noise": 0.0}
    _, commitment = course([{"month": 1, "set": {"commitment": 0.875}}], **still)
    assert (commitment[1:] == 0.875).all()


def test_what_is_said_before_the_coalition_starts_holds_when_it_starts() -> None:
    start = {"coalition.start": 10, "commitment.adjustment": 0.0, "commitment.noise": 0.0}
    member, _ = course([{"month": 3, "set": {"member": False}}], **start)
    assert not member.any()
    member, _ = course([{"month": 3, "set": {"member": False}}, {"month": 5, "set": {"member": True}}], **start)
    assert member[10:].all()
    member, commitment = course([{"month": 3, "set": {"commitment": 0.625}}], **start)
    assert not commitment[:10].any()
    assert (commitment[10:] == 0.625).all()
