"""Conditions as achieved: what is intended is built over months, as far as members are committed and staff carry it."""

from __future__ import annotations

from cisim.dynamics import dials as at
from cisim.dynamics.compiled import inner
from cisim.dynamics.state import Dials, State


@inner
def achieve(state: State, dials: Dials, engage: float, measure: float, align: float) -> None:
    """Replace the intended strengths in this month's dials by what is achieved of them (stage 0, point 1).

    The goal of a condition is x (1 - readiness (1 - mean k)) (1 - carries (1 - hub(J))), x what is intended, hub(J) last month's strength
    of the function that serves it (`engage`, `measure`, `align`); of the backbone, whose x is 1 while it has staff, without the last
    factor. What costs keeps x.
    """
    coalition = state.coalition[0]
    coalition.process, coalition.sharing = dials[at.AGENDA_PROCESS], dials[at.MEASUREMENT_SHARING]
    coalition.coordination, coalition.frequency = dials[at.ACTIVITIES_COORDINATION], dials[at.COMMUNICATION_FREQUENCY]
    members, committed = 0, 0.0
    for organisation in state.organisations:
        if organisation.member == 1:
            members += 1
            committed += organisation.commitment
    if members > 0:
        committed /= members
    ready = 1.0 - dials[at.COALITION_READINESS] * (1.0 - committed)
    engaged, measured = ready * carried(dials, engage), ready * carried(dials, measure)
    aligned = ready * carried(dials, align)
    coalition.agenda = built(coalition.agenda, coalition.process, engaged, dials[at.AGENDA_BUILD])
    coalition.measurement = built(coalition.measurement, coalition.sharing, measured, dials[at.MEASUREMENT_BUILD])
    coalition.activities = built(coalition.activities, coalition.coordination, aligned, dials[at.ACTIVITIES_BUILD])
    coalition.communication = built(
        coalition.communication, coalition.frequency, engaged, dials[at.COMMUNICATION_BUILD]
    )
    staffed = 1.0 if dials[at.BACKBONE_STAFF] > 0.0 else 0.0
    coalition.backbone = built(coalition.backbone, staffed, ready, dials[at.BACKBONE_BUILD])
    dials[at.AGENDA_PROCESS] = coalition.agenda
    dials[at.COMMUNICATION_FREQUENCY] = coalition.communication
    dials[at.MEASUREMENT_SHARING] = coalition.measurement
    dials[at.ACTIVITIES_COORDINATION] = coalition.activities


@inner
def carried(dials: Dials, served: float) -> float:
    """Return the share of a condition that comes about with a hub of this strength: 1 - carries (1 - hub(J)), in [0, 1]."""
    return 1.0 - dials[at.BACKBONE_CARRIES] * (1.0 - served)


@inner
def built(achieved: float, intended: float, share: float, months: float) -> float:
    """Return what is achieved this month: the last value moved towards intended * share, by 1 / months of the way.

    It falls twice as fast as it grows, at once where nothing is intended, and there is no delay at `months` of 1 or less.
    """
    if intended == 0.0:
        return 0.0
    goal = intended * share
    pace = months if goal > achieved else 0.5 * months
    return goal if pace <= 1.0 else achieved + (goal - achieved) / pace


@inner
def in_proportion(dials: Dials, strength: float) -> float:
    """Return what a condition of this strength, in [0, 1], counts for: 1 - proportion + proportion * strength."""
    return 1.0 - dials[at.COALITION_PROPORTION] * (1.0 - strength)
