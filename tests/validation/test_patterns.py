"""Patterns of the field: each is counted as it says, in the right direction, shown on made-up records; no test asks for a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from cisim.dynamics.state import State
from cisim.scenario import Scenario, load
from cisim.validation import patterns
from cisim.validation.claims import MET, MISSED
from cisim.validation.patterns import PATTERNS, Measured, Population
from cisim.validation.stand import coalition_of, complete, scenario_of, star

RUNS, MONTHS = 40, 121
Floats = NDArray[np.float64]
END = MONTHS - 1


def course(end: float | Floats, *, start: float = 0.0) -> Floats:
    """A measure that moves evenly from its start to its end, (runs, months)."""
    ends = np.broadcast_to(np.asarray(end, float), (RUNS,))[:, None]
    return start + (ends - start) * np.linspace(0, 1, MONTHS)


class MadeUp:
    """Records that a test makes up, asked for as those of a population are; settings are known by the fields that they set."""

    base = Scenario()

    def __init__(self, records: Mapping[tuple[str, frozenset[str]], Floats], **attributes: Any) -> None:
        self._records = records
        vars(self).update(attributes)

    def of(self, measure: str, **settings: object) -> Floats:
        return self._records[measure, frozenset(settings)]


def made_up(*records: tuple[str, Mapping[str, Any], Floats], **attributes: Any) -> Population:
    known = {(measure, frozenset(settings)): values for measure, settings, values in records}
    return cast("Population", MadeUp(known, **attributes))


def numbers(measured: Measured) -> list[str]:
    return [word.strip("(),;") for word in measured.text.split()]


def first_runs(count: int, inside: float, outside: float) -> Floats:
    return np.where(np.arange(RUNS) < count, inside, outside)


# ---- Does it always work?


@pytest.mark.parametrize(("ahead", "met"), [(32, True), (RUNS, False), (20, False)])
def test_most_coalitions_ahead_and_some_not_is_met(ahead: int, met: bool) -> None:
    gain = course(first_runs(ahead, 0.1, -0.1))
    population = made_up(gain=gain, together=gain + 0.2, services=np.full(RUNS, 0.25))
    measured = patterns.does_it_always_work(population)
    assert measured.met == met
    assert numbers(measured)[0] == f"{100 * ahead / RUNS:.0f}"
    assert f"{100 * (1 - ahead / RUNS):.0f} % below" in measured.text
    assert f"{100 * (1 - ahead / RUNS):.0f} % end below the same money" in measured.text


def test_the_same_money_on_services_is_what_others_pay() -> None:
    population = Population(2, 1, 1, Scenario().replace(**{"scenario.months": 24}))
    never = Scenario().replace(**{"scenario.months": 24, **patterns.NEVER})
    assert population.base.backbone.member_share == 1.0
    assert population.services.tolist() == Population(2, 1, 1, never).together[:, -1].tolist(), "all of it is theirs"
    given = Population(2, 1, 1, population.base.replace(**{"backbone.member_share": 0.0, "backbone.staff": 15.0}))
    assert (given.services > population.services + 1e-4).all()


# ---- Survival.


def alive_until(*ends: int) -> Floats:
    return np.array([[float(month < end) for month in range(MONTHS)] for end in ends])


@pytest.mark.parametrize(("lost", "met"), [(4, True), (0, False), (20, False)])
def test_survival_is_counted_at_20_months_among_those_there_when_the_grant_ends(lost: int, met: bool) -> None:
    ended = alive_until(*([45] * lost), *([1000] * (RUNS - lost)), *([20] * 5))
    going = alive_until(*([1000] * (RUNS + 5)))
    settings = {"backbone.member_share": 0, "events": 0}
    population = made_up(("alive", settings, ended), ("alive", {"backbone.member_share": 0}, going))
    measured = patterns.survives_the_grant(population)
    assert measured.met == met
    assert measured.text.startswith(f"{100 * (RUNS - lost) / RUNS:.0f} % are there 20 months after")


# ---- Who joins, and with whom.


def stood(missions: Any, ties: Any, members: Any, **given: Any) -> State:
    """A state of organisations with these missions over two outcomes, ties, and members."""
    made = coalition_of(scenario_of(outcomes=2, roles=1), missions, ties, **given)
    made.organisations["member"] = members
    return made


#: Two members, and six others of whom three have a tie to a member.
SOME_TIED = (
    [[0.5, 0.5]] * 2 + [[0.9, 0.1], [0.1, 0.9]] * 3,
    [[0, 2], [0, 3], [1, 4], [5, 6]],
    [1, 1, 0, 0, 0, 0, 0, 0],
)


def states_of(*seen: tuple[Any, ...]) -> Any:
    return lambda _, look: [tuple(look(state) for state in run) for run in seen]


@pytest.mark.parametrize(("joined", "sign"), [((2, 3, 4), 1), ((5, 6, 7), -1)])
def test_joining_is_told_by_ties_to_members(joined: tuple[int, ...], sign: int) -> None:
    resources = [1.0, 1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
    before = stood(*SOME_TIED, resources=resources)
    after = stood(*SOME_TIED, resources=resources)
    after.organisations["member"][list(joined)] = 1
    measured = patterns.who_joins(made_up(states=states_of(*[(before, after)] * 6)))
    assert measured.met == (sign > 0)
    assert f"ties to members {sign:+.2f}" in measured.text


def test_who_is_a_member_or_kept_out_is_not_asked_whether_it_joins() -> None:
    before = stood(*SOME_TIED)
    before.organisations["kept_out"][7] = 1
    joiners = patterns._joiners(before, before.organisations["member"])
    assert len(joiners.joined) == 5
    assert joiners.ties == pytest.approx(np.array([1, 1, 1, 0, 0]) - 0.6)


def test_density_and_centralisation_are_those_of_the_working_ties_among_members() -> None:
    even = [[0.5, 0.5]] * 6
    assert patterns.network_of(stood(even, star(6), [1] * 6)) == pytest.approx((10 / 6, 1 / 3, 1.0))
    assert patterns.network_of(stood(even, complete(6), [1] * 6)) == pytest.approx((5.0, 1.0, 0.0))
    assert patterns.network_of(stood(even, complete(6), [1, 1, 1, 0, 0, 0])) == pytest.approx((2.0, 1.0, 0.0))
    assert patterns.network_of(stood(even, complete(6), [1] * 6, strength=0.1))[1] == 0.0
    assert np.isnan(patterns.network_of(stood(even, complete(6), [1, 1, 0, 0, 0, 0]))).all()


def test_sparse_and_central_networks_are_met() -> None:
    members = ("members", {}, course(25.0, start=25.0))
    seen = {"sparse and central": (5.0, 0.21, 0.7), "dense": (20.0, 0.8, 0.7), "even": (5.0, 0.21, 0.1)}
    for name, network in seen.items():
        measured = patterns.size_degree_density(made_up(members, states=lambda *_, each=network: [[each]] * RUNS))
        assert measured.met == (name == "sparse and central")


def test_like_priorities_of_partners_are_a_positive_correlation() -> None:
    missions = [[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 3
    alike = [[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5]]
    apart = [[i, j] for i in range(3) for j in range(3, 6)]
    assert patterns.likeness_of_partners(stood(missions, alike, [1] * 6)) == pytest.approx(1.0)
    assert patterns.likeness_of_partners(stood(missions, apart, [1] * 6)) == pytest.approx(-1.0)
    assert np.isnan(patterns.likeness_of_partners(stood(missions, complete(6), [1] * 6)))
    assert patterns.partners_priorities(made_up(states=lambda *_: [[0.02], [-0.02]] * 10)).met
    assert not patterns.partners_priorities(made_up(states=lambda *_: [[0.3], [0.35]] * 10)).met


# ---- Courses.


@pytest.mark.parametrize(("process", "lead", "met"), [(0.6, 0.05, True), (0.6, 0.4, False), (0.2, 0.05, False)])
def test_a_first_year_of_process_alone_is_met(process: float, lead: float, met: bool) -> None:
    def to(early: float) -> Floats:
        made = np.zeros((RUNS, MONTHS))
        made[:, 12], made[:, END] = early, 1.0
        return made * np.linspace(0.9, 1.1, RUNS)[:, None]

    measures = [(name, {}, to(process)) for name in ("awareness", "goal_alignment", "working_ties")]
    measured = patterns.first_year(made_up(*measures, gain=to(lead)))
    assert measured.met == met
    assert f"{100 * process:.0f} % in process" in measured.text
    assert f"{100 * lead:.0f} % in progress" in measured.text


def test_change_at_mixed_ages_weighs_the_months_of_each_age() -> None:
    always = np.ones((RUNS, MONTHS), bool)
    assert patterns.at_mixed_ages(always) == pytest.approx(1.0)
    begun, late = always.copy(), always.copy()
    begun[:, 0], late[:, :61] = False, False
    assert patterns.at_mixed_ages(begun) == pytest.approx(0.72 / 0.9)
    assert patterns.at_mixed_ages(late) == pytest.approx(0.08 / 0.9)


def test_each_kind_of_change_is_beside_the_same_organisations_without_a_coalition() -> None:
    from_month = (np.arange(MONTHS) >= 1) * np.ones((RUNS, 1))
    before, never = np.zeros((RUNS, MONTHS)), patterns.NEVER
    courses = {
        "working_ties": 2 * from_month,
        "practice_quality": before,
        "duplication": -0.1 * from_month,
        "progress": before,
    }
    records = [
        (name, settings, values if not settings else before)
        for name, values in courses.items()
        for settings in ({}, never)
    ]
    measured = patterns.three_kinds_of_change(made_up(("awareness", {}, before), *records))
    assert "early 80 %, systems 80 %, population 0 %" in measured.text
    assert not measured.met


@pytest.mark.parametrize("later", [-0.1, 0.1])
def test_readiness_is_met_where_those_who_began_ready_are_ahead_and_decline(later: float) -> None:
    start = np.linspace(0.3, 0.8, RUNS)
    commitment = np.repeat(start[:, None], MONTHS, axis=1)
    commitment[:, 60] += later * np.where(np.arange(RUNS) % 2, 1.1, 0.9)
    measured = patterns.readiness(made_up(("commitment", {}, commitment), drawn={"commitment.initial": start}))
    assert measured.met == (later < 0)
    assert f"{later:+.2f} from year 1 to 5" in measured.text
    turned = made_up(("commitment", {}, commitment), drawn={"commitment.initial": -start})
    assert not patterns.readiness(turned).met


@pytest.mark.parametrize(("frozen", "met"), [(0.1, True), (0.3, False)])
def test_what_is_left_with_practices_frozen_is_a_share_of_the_gain(frozen: float, met: bool) -> None:
    varied = np.linspace(0.9, 1.1, RUNS)
    population = made_up(
        ("progress", patterns.FROZEN, course((0.5 + frozen) * varied)),
        ("progress", {**patterns.FROZEN, **patterns.NEVER}, course(0.5 * varied)),
        gain=course(0.4 * varied),
    )
    measured = patterns.through_practice(population)
    assert measured.met == met
    assert f"{100 * frozen / 0.4:.0f} % of the gain is left" in measured.text


def test_indicators_that_rise_are_counted_over_outcomes_and_coalitions() -> None:
    names = MadeUp.base.outcome_names
    up, down = course(0.6, start=0.4), course(0.2, start=0.4)
    records = [(f"indicator.{name}", {}, up if place < 3 else down) for place, name in enumerate(names)]
    records += [(f"indicator.{name}", patterns.NEVER, down) for name in names]
    measured = patterns.indicators_rise(made_up(*records))
    assert measured.met
    assert measured.text == "60 % rise in four years; without a coalition 0 %"


@pytest.mark.parametrize(("end", "met"), [(0.02, True), (0.3, False)])
def test_a_gap_that_widens_and_then_narrows_is_met(end: float, met: bool) -> None:
    peak = np.interp(np.arange(MONTHS), [0, 60, END], [0.0, 0.1, end])
    gap = peak[None, :] * np.linspace(0.9, 1.1, RUNS)[:, None]
    assert patterns.equity(made_up(("gap", {"community.groups": 0}, gap))).met == met


@pytest.mark.parametrize(("lacking", "met"), [("backbone.staff", True), ("agenda.alignment", False)])
def test_failing_coalitions_are_compared_by_what_they_lack_most(lacking: str, met: bool) -> None:
    fails = np.arange(RUNS) % 4 == 0
    noise = np.linspace(0, 1, RUNS)
    drawn = dict.fromkeys(("backbone.staff", "agenda.alignment", "coalition.trust"), noise)
    drawn[lacking] = noise + 2.0 * ~fails
    measured = patterns.too_little_staff(made_up(gain=course(np.where(fails, -0.1, 0.1)), drawn=drawn))
    assert measured.met == met
    assert f"have less of {lacking} (+" in measured.text
    assert "backbone.staff" in measured.text
    none = patterns.too_little_staff(made_up(gain=course(0.1), drawn=drawn))
    assert (none.met, none.text) == (False, f"0 of {RUNS} end below the same organisations without a coalition")


# ---- All of them, on a few small runs.


@pytest.fixture(scope="module")
def few() -> Population:
    return Population(6, 1, 1)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_measured_in_the_population_with_number_error_and_source(few: Population, name: str) -> None:
    pattern = PATTERNS[name]
    measured = pattern.measure(few)
    claim = patterns.claim_of(pattern, measured, 6)
    assert claim.verdict == (MET if measured.met else MISSED)
    assert claim.expected.startswith(f"{pattern.field}. Met if ")
    assert "6 coalitions" in claim.error
    assert "read" in claim.source or "recalled" in claim.source, "how far it was read"
    assert measured.text.isprintable()


def test_looking_at_states_changes_no_run_and_sees_the_months_asked_for(few: Population) -> None:
    seen = few.states((3, 12), lambda state: int(state.coalition["members"][0]))
    members = few.of("members")
    assert seen == members[:, [3, 12]].astype(int).tolist()


def test_the_population_has_what_the_patterns_ask_of_it() -> None:
    population = load("population")
    assert population.months == END
    assert set(patterns.REASONS) <= set(population.distributions)


def test_at_least_twelve_patterns_and_four_of_them_not_fitted() -> None:
    assert len(PATTERNS) >= 12
    assert sum(pattern.label == "held out" for pattern in PATTERNS.values()) >= 4
