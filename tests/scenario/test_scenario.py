"""A scenario keeps what it was given, through copies, files and processes."""

from __future__ import annotations

import copy
import math
import pickle
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.dynamics import dials
from cisim.scenario import Outcome, Scenario, compile_dials, fields, load, write_dials
from scenario_strategies import scenarios

EXAMPLES = settings(derandomize=True, deadline=None, database=None, max_examples=60)


@EXAMPLES
@given(scenarios())
def test_a_scenario_written_to_toml_and_read_again_is_the_same(scenario: Scenario) -> None:
    again = Scenario(**tomllib.loads(scenario.to_toml()))
    assert again == scenario
    assert again.digest() == scenario.digest()
    assert np.array_equal(compile_dials(again), compile_dials(scenario))


@EXAMPLES
@given(scenarios())
def test_a_scenario_survives_pickle_and_copy(scenario: Scenario) -> None:
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    assert copy.deepcopy(scenario) == scenario
    assert scenario.replace() == scenario
    assert hash(scenario.replace()) == hash(scenario)


@EXAMPLES
@given(st.sampled_from([info for info in fields() if info.numeric and info.kind == "dial"]), st.data())
def test_changing_a_field_changes_its_place_in_the_row_and_the_digest_alone(info, data) -> None:  # type: ignore[no-untyped-def]
    from cisim.errors import InputError
    from scenario_strategies import values

    value = data.draw(values(info))
    try:
        changed = Scenario().replace(**{info.path: value})
    except InputError:
        return
    before, after = compile_dials(Scenario()), compile_dials(changed)
    place = getattr(dials, info.path.replace(".", "_").upper())
    assert after[place] == (math.inf if value == "never" else value)
    others = np.arange(len(before)) != place
    assert np.array_equal(before[others], after[others])
    assert (changed.digest() == Scenario().digest()) == (before[place] == after[place])


def test_the_digest_is_the_same_on_every_python_version() -> None:
    # Pinned: whoever changes a default or a field changes the identity of results, and says so in CHANGELOG.
    assert Scenario().replace(**{"backbone.staff": 1.5}).digest() == "7186543b0885dcd2892b93e1da0a88df"


def test_an_event_value_of_1_and_of_1_point_0_are_the_same_scenario() -> None:
    one, other = (Scenario(events=[{"month": 2, "set": {"backbone.staff": value}}]) for value in (1, 1.0))
    assert one.digest() == other.digest()


def test_the_generated_layout_of_dials_is_up_to_date() -> None:
    assert write_dials.TARGET.read_text(encoding="utf-8") == write_dials.text()


def test_the_row_has_every_numeric_field_and_the_trends_after_them() -> None:
    row = compile_dials(Scenario())
    assert dials.COUNT == dials.TRENDS == sum(info.numeric for info in fields())
    assert row.shape == (dials.COUNT + 5,)
    assert row[dials.BACKBONE_ALLOCATION_WEAVE] == 0.05
    assert row[dials.COALITION_ORGANISATIONS] == 30
    ends = (dials.COALITION_END, dials.BACKBONE_START, dials.BACKBONE_END)
    assert row[list(ends)].tolist() == [math.inf, -math.inf, math.inf]
    never = compile_dials(Scenario(coalition={"start": "never"}))
    assert never[dials.COALITION_START] == math.inf


def test_a_replaced_scenario_keeps_its_folder_and_the_old_one_its_values(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.toml"
    path.write_text("[backbone]\nstaff = 2\n")
    scenario = load(path)
    changed = scenario.replace(**{"backbone.staff": 5})
    assert (scenario.folder, changed.folder) == (tmp_path, tmp_path)
    assert (scenario.backbone.staff, changed.backbone.staff) == (2, 5)


def test_none_takes_a_field_back_to_its_default() -> None:
    ended = Scenario(backbone={"end": 40})
    assert ended.replace(**{"backbone.end": None}) == Scenario()


def test_replace_reaches_outcomes_sections_and_events() -> None:
    scenario = Scenario().replace(
        **{
            "community.outcomes.reading.weight": 3,
            "backbone.allocation": {"engage": 0.5, "capacity": 0.0, "align": 0.1},
            "events": [{"month": 2, "set": {"backbone.staff": 1}}],
        }
    )
    assert scenario.community.outcomes[1].weight == 3
    assert scenario.outcome_weights == pytest.approx((1 / 7, 3 / 7, 1 / 7, 1 / 7, 1 / 7))
    assert scenario.backbone.allocation.engage == 0.5
    assert scenario.backbone.allocation.weave == 0.05
    assert len(scenario.events) == 1


def test_value_reads_every_field_by_its_path() -> None:
    scenario = Scenario()
    for info in fields():
        value = scenario.value(info.path)
        assert value == (list(info.default) if isinstance(info.default, tuple) else info.default)


def test_an_outcome_is_shown_in_its_own_unit_whichever_end_is_good() -> None:
    outcome = Outcome(name="out of work", zero=30.0, one=0.0)
    assert outcome.in_unit(0.6) == 12.0
    assert outcome.in_unit(np.array([0.0, 1.0])).tolist() == [30.0, 0.0]
