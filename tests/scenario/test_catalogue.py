"""What is known about each field is complete and agrees with itself and with the documents made from it."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from cisim.errors import InputError
from cisim.scenario import Scenario, commented_toml, fields, find, json_schema, load, named_fields, parse_setting
from cisim.scenario.catalogue import fits
from cisim.scenario.field import STAGES

EVERY = (*fields(), *named_fields())


@pytest.mark.parametrize("info", EVERY, ids=lambda info: info.path)
def test_a_field_has_all_that_there_is_to_know_about_it(info) -> None:  # type: ignore[no-untyped-def]
    assert find(info.path) == info
    assert info.meaning
    assert "\n" not in info.meaning
    assert info.source
    assert {stage.strip() for stage in info.stage.split(",")} <= set(STAGES)
    if not info.numeric:
        assert info.kind == "setup"
        return
    assert info.minimum < info.maximum
    assert info.default is None or fits(info, info.default)
    if info.low is not None:
        assert fits(info, info.low)
        assert fits(info, info.high)
        assert info.low < info.high
        assert info.default is None or info.low <= info.default <= info.high
    # What is plausible of a need, as of a month, hangs on the case.
    if info.name not in {"start", "end", "zero", "one", "target", "need"}:
        assert info.low is not None


def test_the_defaults_are_those_that_were_judged_and_the_first_ones_stay_as_a_scenario() -> None:
    scenario, first = Scenario(), load("switched-on")
    judged = {
        "coalition.organisations": (30, 30), "coalition.turnover_loss": (0.35, 0.35), "practice.worst": (0.67, 0.65),
        "agenda.stubborn": (0.04, 0.03), "agenda.build": (6, 0), "coalition.proportion": (1, 0),
        "measurement.belief_drift": (1e-4, 1e-4), "activities.adaptation": (0.024, 0.012),
        "communication.contact_cost": (0.002, 0.003), "backbone.grant_slope": (3, 3), "backbone.reach.weave": (60, 60),
        "community.threshold": (2.3, 2.2), "commitment.base": (0.05, -0.5), "commitment.purpose_weight": (4.8, 4.5),
    }  # fmt: skip
    assert {path: (scenario.value(path), first.value(path)) for path in judged} == judged
    assert [outcome.baseline for outcome in scenario.community.outcomes] == [0.3, 0.375, 0.45, 0.525, 0.6]


def test_the_commented_file_is_all_five_conditions_as_it_is_and_with_every_comment_taken_away() -> None:
    text = commented_toml()
    assert Scenario(**tomllib.loads(text)) == Scenario()
    fields_only = text.partition("# ---- What happens")[0]
    active = re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", fields_only)
    values = tomllib.loads(active)
    assert Scenario(**values) == Scenario()
    assert sum(len(section) for section in values.values()) > 80
    for info in fields():
        assert f"\n#{info.name} = " in text or f"\n# {info.name}: not set" in text
    assert all(len(line) <= 110 or "sectors" in line for line in text.splitlines())


def test_the_events_of_the_commented_file_are_events() -> None:
    events = commented_toml().partition("a recorded measure crosses a value.")[2]
    values = tomllib.loads(re.sub(r"(?m)^#", "", events))
    assert len(Scenario(**values).events) == 3


def test_the_json_schema_tells_bounds_units_and_dials() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert set(schema["properties"]) == {*{info.section for info in fields()}, "events"}
    staff = schema["$defs"]["Backbone"]["properties"]["staff"]
    assert (staff["minimum"], staff["maximum"], staff["default"], staff["x-cisim"]["unit"]) == (0, 10000, 3.0, "FTE")
    settable = schema["$defs"]["Event"]["properties"]["set"]
    assert "backbone.staff" in settable["properties"]
    assert "coalition.organisations" not in settable["properties"]
    assert re.match(next(iter(settable["patternProperties"])), "community.outcomes.no. of jobs.trend")
    assert schema["$defs"]["Coalition"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("backbone.staff=1.5", "backbone.staff", 1.5),
        ("agenda.cadence = 6", "agenda.cadence", 6),
        ("coalition.start=never", "coalition.start", "never"),
        ('coalition.sectors=["a", "b"]', "coalition.sectors", ["a", "b"]),
        ("scenario.name=a = b", "scenario.name", "a = b"),
        ("backbone.staff=1\nx = 2", "backbone.staff", "1\nx = 2"),
    ],
)
def test_a_setting_of_the_command_line_is_read_as_toml_or_as_text(text: str, path: str, value: object) -> None:
    assert parse_setting(text) == (path, value)


@pytest.mark.parametrize("text", ["backbone.staff", "=3", " = 3"])
def test_a_setting_without_field_or_value_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"must be section\.field=value, such as backbone\.staff=1\.5"):
        parse_setting(text)
