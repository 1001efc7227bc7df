"""Each scenario that comes with cisim can be read, asks a question, and is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from cisim import run
from cisim.scenario import Scenario, load, shipped

DIALS = {
    "agenda": "agenda.process",
    "measurement": "measurement.sharing",
    "activities": "activities.coordination",
    "communication": "communication.frequency",
    "backbone": "backbone.staff",
}
EXPECTED = {
    "all-five", "isolated-impact", "direct-services", "backbone-late", "backbone-ends", "funding-cliff",
    "unequal-voice", "rugged-practices", "polarised-missions", "crisis", "two-hundred", "small-and-close",
    "real-coalition", "adaptive-backbone", "residents-at-the-table", "data-by-group", "core-and-periphery", "grant-with-a-term", "weak-start",
    "population", "switched-on", "alder-county",
    *(f"{name}-alone" for name in DIALS), *(f"without-{name}" for name in DIALS),
}  # fmt: skip


def test_all_scenarios_are_there() -> None:
    assert set(shipped()) == EXPECTED
    assert list(shipped()) == sorted(shipped())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_shipped_scenario_is_read_and_asks_a_question_in_its_head(name: str) -> None:
    scenario = load(name)
    assert scenario.description
    assert scenario.folder is not None
    text = shipped()[name].read_text(encoding="utf-8")
    question = text.partition("\n#\n")[0]
    assert question.startswith("# ")
    assert "?" in question
    assert all(len(line) <= 104 for line in text.splitlines() if line.startswith("#"))


def test_names_are_different() -> None:
    assert len({load(name).name for name in shipped()}) == len(shipped())


def test_all_five_is_the_defaults() -> None:
    assert load("all-five").replace(**{"scenario.description": ""}) == Scenario()


def changed(name: str) -> dict[str, object]:
    """The fields of a scenario that differ from the defaults, without its name and description."""
    from cisim.scenario import fields

    scenario = load(name)
    return {
        info.path: scenario.value(info.path)
        for info in fields()
        if scenario.value(info.path) != Scenario().value(info.path)
        and info.path not in {"scenario.name", "scenario.description"}
    }


@pytest.mark.parametrize("name", DIALS)
def test_one_condition_alone_and_all_but_it_differ_from_all_five_by_the_dials_alone(name: str) -> None:
    assert changed(f"without-{name}") == {DIALS[name]: 0}
    assert changed(f"{name}-alone") == {dial: 0 for key, dial in DIALS.items() if key != name}


def test_direct_services_have_the_money_of_the_backbone_and_its_grants_against_the_same_need() -> None:
    base, direct = Scenario(), load("direct-services")
    paid_by_the_funder = run(load("all-five").replace(**{"backbone.member_share": 0.0}), 40, 1)
    outside = base.backbone.staff + paid_by_the_funder.measure("grants")[:, 1:].mean()
    assert direct.funder.services == pytest.approx(outside, abs=0.1), "renew the scenario, its comment too"
    assert changed("direct-services") == {"coalition.start": "never", "funder.services": direct.funder.services}


def test_a_grant_with_a_term_pays_what_the_members_do_not_and_may_not_be_renewed() -> None:
    base, grant = Scenario(), load("grant-with-a-term")
    assert grant.backbone.staff + grant.funder.staff == base.backbone.staff
    assert grant.funder.term is not None
    assert grant.funder.renewal < 1


def test_a_weak_start_may_fail_and_mostly_does_not() -> None:
    records = run(load("weak-start"), 40, 1)
    alive, members = records.measure("alive"), records.measure("members")
    assert 20 < alive[:, -1].sum() < 40
    assert members[:, 1].mean() < 16 / 2, "few founders"


def test_a_core_and_its_periphery_fill_up_along_ties() -> None:
    follows = load("core-and-periphery")
    members = run(follows, 40, 1).measure("members")
    assert members[:, 1].mean() < 25 / 2, "few founders"
    assert members[:, -1].mean() > members[:, 12].mean() + 5
    anyone = run(follows.replace(**{"coalition.exposure": 0.0}), 40, 1).measure("members")
    assert (anyone[:, 24] - members[:, 24]).mean() > 2, "ties slow it down"


def test_runs_of_a_population_are_coalitions_that_differ_from_the_start() -> None:
    population = load("population")
    assert set(DIALS.values()) <= set(population.distributions)
    ensemble = run(population, 40, 1)
    members = ensemble.measure("members")[:, 1]
    assert members.min() < 15 < 30 < members.max()
    assert np.corrcoef(ensemble.drawn["coalition.founding"], members)[0, 1] > 0.8


def test_what_a_crisis_changes_is_as_before_when_it_is_over() -> None:
    begins, ends = load("crisis").events
    assert set(begins.set) == set(ends.set)
    assert {path: Scenario().value(path) for path in ends.set} == ends.set
