"""What is recorded of a state, against numbers worked out by hand."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from cisim.dynamics import state as layout
from cisim.dynamics.agenda import gini_of_voice, give_voice
from cisim.dynamics.compiled import callable_from_python
from cisim.dynamics.disturbance import classify_sizes
from cisim.dynamics.measures import measures_of
from cisim.dynamics.record import record
from cisim.dynamics.state import State

opened = functools.cache(callable_from_python)
OUTCOMES, SECTORS = ("housing", "reading"), ("public", "business", "faith")
GROUPS = ("near", "far")
NAMES = [measure.name for measure in measures_of(OUTCOMES, SECTORS, GROUPS)]


def small_state() -> State:
    """Four organisations, two of them members, two outcomes, two groups, two roles, three ties, an agenda, and flows of a month."""
    organisations: Any = np.zeros(4, layout.ORGANISATION)
    organisations["resources"] = [8.0, 2.0, 1.0, 1.0]
    organisations["available"] = [10.0, 2.0, 1.0, 2.0]
    organisations["member"] = [1, 1, 0, 0]
    organisations["commitment"] = [0.5, 0.25, 0.0, 0.0]
    organisations["awareness"] = [1.0, 0.5, 0.75, 0.0]
    organisations["capacity"] = [1.5, 1.0, 1.0, 1.1]
    organisations["practice"] = [0, 1, 1, 0]
    organisations["overhead"] = [0.1, 0.2, 0.0, 0.5]
    organisations["sector"] = [0, 0, 1, 1]
    stances: Any = np.zeros((4, 2), layout.STANCE)
    stances["mission"] = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.25, 0.75]]
    stances["goal"] = [[0.75, 0.25], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]]
    stances["belief"] = [[0.5, 0.5], [0.7, 0.4], [0.5, 0.6], [0.3, 0.5]]
    ties: Any = np.zeros(3, layout.TIE)
    ties["first"], ties["second"] = [0, 0, 2], [1, 2, 3]
    ties["strength"] = [0.6, 0.2, 0.1999]
    ties["first_trust"], ties["second_trust"] = [0.5, 1.0, 0.0], [0.7, 0.0, 0.0]
    outcomes: Any = np.zeros(2, layout.OUTCOME)
    outcomes["indicator"] = [0.5, 0.5]
    outcomes["baseline"] = [0.2, 0.6]
    outcomes["weight"] = [0.75, 0.25]
    outcomes["agenda"] = [0.75, 0.25]
    outcomes["effort"], outcomes["produced"] = [6.0, 4.0], [3.0, 4.0]
    groups: Any = np.zeros(2, layout.GROUP)
    groups["named"] = 1
    groups["share"], groups["shift"] = [0.75, 0.25], [0.05, -0.15]
    groups["engagement"] = [0.4, 0.8]
    coalition: Any = np.zeros(1, layout.COALITION)
    coalition["in_force"] = coalition["has_agenda"] = 1
    coalition["members"] = 2
    coalition["levy"], coalition["grant"] = 0.25, 0.5
    coalition["staff_at_work"], coalition["spent"] = 4.0, 2.5
    coalition["voice_gini"] = 0.125
    coalition["process"], coalition["sharing"], coalition["coordination"], coalition["frequency"] = 0.5, 0.8, 1.0, 4.0
    coalition["agenda"], coalition["measurement"], coalition["activities"] = 0.4, 0.2, 0.25
    coalition["communication"], coalition["backbone"] = 3.0, 0.625
    coalition["begun"] = coalition["enlarged"] = 1
    state = State(
        organisations=organisations,
        stances=stances,
        roles=np.zeros((4, 2), layout.ROLE),
        ties=ties,
        incident_start=np.array([0, 2, 3, 5, 6]),
        incident=np.array([0, 1, 0, 1, 2, 2]),
        outcomes=outcomes,
        groups=groups,
        ahead=np.array([[0.1, 0.05], [-0.3, -0.15]]),
        wishes=np.zeros((2, 2)),
        effort=np.zeros((2, 2)),
        worth=np.zeros((2, 2)),
        room=np.zeros((2, 10, 4)),
        tie_room=np.zeros((2, 3)),
        meetings=np.zeros(3, np.int64),
        slots=np.zeros(4, np.uint64),
        tie_slots=np.zeros(3, np.uint64),
        tallies=np.zeros(5, layout.TALLY),
        coalition=coalition,
        grants=np.zeros(layout.GRANT_DELAY),
        effectiveness=np.array([0.8, 1.0]),
        fired=np.zeros(0, np.int8),
    )
    opened(classify_sizes)(state)
    return state


def recorded(state: State, month: int = 5) -> dict[str, float]:
    row = np.full(len(NAMES), -1.0)
    opened(record)(state, month, row)
    return dict(zip(NAMES, row.tolist(), strict=True))


EXPECTED = {
    # .75 (.5 - .2) / .8 + .25 (.5 - .6) / .4
    "progress": 0.28125 - 0.0625,
    # members' distance from (.75, .25): 0 and .25
    "goal_alignment": 1 - 0.125,
    "commitment": 0.375,
    "awareness": 0.75,
    # |B - .5|: 0, 0, .2, .1, 0, .1, .2, 0
    "belief_error": 0.6 / 8,
    "practice_quality": 0.9,
    "capacity": 4.6 / 4,
    # the ties of .6 and .2 count, that of .1999 does not: two ties with two ends, four organisations
    "working_ties": 1.0,
    # (.6 (.5 + .7)/2 + .2 (1 + 0)/2) / (.6 + .2 + .1999)
    "trust": (0.36 + 0.1) / 0.9999,
    "members": 2,
    "duplication": 1 - 7 / 10,
    "voice_gini": 0.125,
    "staff_at_work": 4.0,
    "resources": 15.0,
    # members' resources are 12
    "grants": 6.0,
    "levy": 3.0,
    # 10 (1.25) .1 + 2 (1.25) .2 + 0 + 2 (.5)
    "overhead": 1.25 + 0.5 + 1.0,
    # 15 + 6 - 3 - 2.75
    "work": 15.25,
    "overhead_share": 2.75 / 12,
    "progress_per_fte": 0.21875 / 2.5,
    # fit with (.75, .25): .75, .75, .25, .5
    "agenda_fit": 2.25 / 4,
    "agenda_fit_large": 0.75,
    # the median of 8, 2, 1, 1 is 1.5
    "agenda_fit_small": 0.375,
    "achieved.agenda": 0.8,
    "achieved.measurement": 0.25,
    "achieved.activities": 0.25,
    "achieved.communication": 0.75,
    # the share of the staff's work, not of the 4 FTE of staff
    "achieved.backbone": 0.625,
    "alive": 1,
    "indicator.housing": 0.5,
    "indicator.reading": 0.5,
    "agenda_fit.public": 0.75,
    "agenda_fit.business": 0.375,
    "agenda_fit.faith": math.nan,
    "progress.near": 0.75 * 0.35 / 0.75 + 0.25 * -0.1 / 0.35,
    "progress.far": 0.75 * 0.15 / 0.95 + 0.25 * -0.1 / 0.55,
    "gap": (0.75 * 0.6 + 0.25 * 0.55) - (0.75 * 0.2 + 0.25 * 0.35),
    "engagement": 0.75 * 0.4 + 0.25 * 0.8,
    # They ask for 0.75 x 0.4 to 0.25 x 0.45, and for 0.75 x 0.8 to 0.25 x 0.65.
    "agenda_fit_residents": 1 - 0.75 * (0.75 - 0.3 / 0.4125) - 0.25 * (0.6 / 0.7625 - 0.75),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_measure_is_what_one_works_out_by_hand(name: str) -> None:
    assert recorded(small_state())[name] == pytest.approx(EXPECTED[name], rel=1e-14, nan_ok=True)


FLOWS = {
    "duplication", "voice_gini", "staff_at_work", "resources", "grants", "levy", "overhead", "work", "overhead_share",
    "progress_per_fte", *(name for name in NAMES if name.startswith("achieved.")), "alive",
}  # fmt: skip
OF_THE_AGENDA = {name for name in NAMES if name.startswith("agenda_fit")} | {"goal_alignment"}


def numbers(state: State, month: int = 5) -> set[str]:
    return {name for name, value in recorded(state, month).items() if not math.isnan(value)}


EVERYTHING = set(NAMES) - {"agenda_fit.faith"}


def test_the_founding_has_no_flows() -> None:
    state = small_state()
    state.coalition["has_agenda"] = 0
    state.organisations["member"] = 0
    assert numbers(state, 0) == EVERYTHING - FLOWS - OF_THE_AGENDA - {"commitment", "awareness"}
    assert recorded(state, 0)["members"] == 0


def test_without_an_agenda_nothing_fits_it() -> None:
    state = small_state()
    state.coalition["has_agenda"] = 0
    state.coalition["voice_gini"] = math.nan
    assert numbers(state) == EVERYTHING - OF_THE_AGENDA - {"voice_gini"}


def test_without_members_their_means_are_no_numbers_and_levy_and_grants_are_0() -> None:
    state = small_state()
    state.organisations["member"] = 0
    assert numbers(state) == EVERYTHING - {"commitment", "awareness", "goal_alignment"}
    of_nobody = recorded(state)
    assert (of_nobody["members"], of_nobody["levy"], of_nobody["grants"]) == (0, 0, 0)
    assert of_nobody["work"] == of_nobody["resources"] - of_nobody["overhead"]


@pytest.mark.parametrize(("begun", "in_force", "alive"), [(0, 0, math.nan), (1, 1, 1), (1, 0, 0)])
def test_a_coalition_is_alive_from_its_start_to_its_end_and_neither_before_the_start(
    begun: int, in_force: int, alive: float
) -> None:
    state = small_state()
    state.coalition["begun"], state.coalition["in_force"] = begun, in_force
    assert recorded(state)["alive"] == pytest.approx(alive, nan_ok=True)


def test_without_effort_spending_or_ties_what_divides_by_them_is_no_number() -> None:
    state = small_state()
    state.outcomes["effort"] = 0
    state.coalition["spent"] = 0
    state.ties["strength"] = 0
    assert numbers(state) == EVERYTHING - {"duplication", "progress_per_fte", "trust"}
    assert recorded(state)["working_ties"] == 0


def test_of_what_is_not_intended_nothing_is_achieved() -> None:
    state = small_state()
    for intended in ("process", "sharing", "coordination", "frequency", "staff_at_work"):
        state.coalition[intended] = 0
    assert numbers(state) == EVERYTHING - {name for name in NAMES if name.startswith("achieved.")}


def sizes(resources: list[float]) -> tuple[list[int], list[int]]:
    state = small_state()._replace(organisations=np.zeros(len(resources), layout.ORGANISATION))
    state.organisations["resources"] = resources
    opened(classify_sizes)(state)
    large, small = (np.flatnonzero(state.organisations[size]).tolist() for size in ("large", "small"))
    return large, small


@pytest.mark.parametrize(
    ("resources", "large", "small"),
    [
        ([5, 4, 3, 2, 1], [0], [2, 3, 4]),
        ([1, 2], [1], [0]),
        ([3, 3, 3], [0, 1, 2], [0, 1, 2]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [8, 9], [0, 1, 2, 3, 4]),
        ([1, 2, 3, 4, 5, 6, 7, 9, 9, 10], [7, 8, 9], [0, 1, 2, 3, 4]),
        ([1, 1, 1, 2, 2, 2, 2, 2], [3, 4, 5, 6, 7], list(range(8))),
        ([1, 2, 2, 3], [3], [0, 1, 2]),
        ([7, 1, 1, 1, 1, 1, 1, 1, 1, 8], [0, 9], list(range(1, 9))),
    ],
)
def test_the_large_are_the_top_fifth_with_all_their_equals_and_the_small_those_up_to_the_median(
    resources: list[float], large: list[int], small: list[int]
) -> None:
    assert sizes(resources) == (large, small)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 1.0, 99.0, 99.0], 0.0), ([1.0, 3.0, 99.0, 99.0], 0.25), ([0.0, 5.0, 99.0, 0.0], 0.5)],
)
def test_the_gini_coefficient_is_over_members_alone(values: list[float], expected: float) -> None:
    state = small_state()
    state.organisations["voice"] = values
    assert opened(gini_of_voice)(state) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("exponent", "ratio"), [(0.0, 2.0), (1.0, 2 * 4), (-1.0, 2 / 4), (0.5, 2 * 2), (5.0, 2 * 1024), (-5.0, 2 / 1024)]
)
def test_voice_is_commitment_times_a_power_of_resources(exponent: float, ratio: float) -> None:
    state = small_state()
    opened(give_voice)(state, exponent)
    of_first, of_second, *of_others = state.organisations["voice"]
    assert of_first / of_second == pytest.approx(ratio)
    assert of_others == [0.0, 0.0]


def test_the_voice_of_the_very_small_and_the_very_large_stays_finite() -> None:
    state = small_state()
    state.organisations["resources"] = [1e6, 1e-300, 1, 1]
    for exponent in (5.0, -5.0):
        opened(give_voice)(state, exponent)
        voices = state.organisations["voice"]
        assert np.isfinite(voices).all()
        assert voices.max() == pytest.approx(0.5 if exponent > 0 else 0.25)
