"""A field that cannot matter changes no bit of a result; every field matters somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisim import engine
from cisim.errors import InputError
from cisim.scenario import FieldInfo, Scenario, fields, find
from cisim.scenario.catalogue import dead_while
from scenario_strategies import NUMERIC, SMALL, dial_values, small_scenarios

MODEL_PAGE = Path(__file__).parents[2] / "docs" / "model.md"
DEAD_WHILE = {info.path: dead_while(info) for info in fields()}
#: The fields that are switches, with the values that make others dead -> which fields are dead then.
DEAD: dict[str, list[str]] = {
    switch: [path for path, switches in DEAD_WHILE.items() if switch in switches]
    for switch in sorted({switch for switches in DEAD_WHILE.values() for switch in switches})
}


def off(switch: str) -> dict[str, Any]:
    """Switch a field off."""
    info = find(switch)
    assert info is not None
    return {switch: info.quiet}


#: A coalition in which everything happens, and any one field may go to its bounds without breaking a rule.
LIVE: dict[str, Any] = {
    "scenario.months": 18,
    "coalition.organisations": 12,
    "coalition.exit_rate": 0.3,
    "coalition.join_rate": 0.3,
    "practice.outreach": 0.3,
    "agenda.stubborn": 0.0,
    "agenda.voice": 1.0,
    "agenda.residents": 0.3,
    "agenda.cadence": 5,
    "measurement.accountability": 0.5,
    "measurement.disaggregated": 0.5,
    "activities.adaptation": 0.5,
    "communication.openness": 0.6,
    "communication.trust_gain": 0.01,
    "communication.trust_loss_ratio": 1.0,
    "backbone.staff": 2.0,
    "backbone.member_share": 0.5,
    "backbone.grant_slope": 30.0,
    "backbone.start": 2,
    "backbone.end": 17,
    "funder.staff": 1.0,
    "funder.term": 3,
    "backbone.allocation.engage": 0.08,
    "backbone.allocation.capacity": 0.08,
    "backbone.allocation.will": 0.08,
    "backbone.reach.align": 6.0,
    "community.groups": [{"name": "near"}, {"name": "far", "shift": -0.1, "barrier": 1.5}],
}


def live(**changes: Any) -> Scenario:
    return Scenario().replace(**LIVE).replace(**changes)


def bits(scenario: Scenario, seeds: Iterable[int] = (1, 2)) -> bytes:
    return engine.simulate(scenario, list(seeds), threads=1).tobytes()


def telling_values(info: FieldInfo, base: Scenario) -> list[Any]:
    """Values of a field that are far apart, as far as the scenario allows them."""
    whole = info.type == "whole number"
    wanted = [info.minimum, info.maximum, info.low, info.high, *info.choices]
    if info.path == "coalition.degree":
        wanted = [2, 8]
    elif info.name in {"start", "end"}:
        wanted = [3, 12, *info.choices]
    elif info.open_minimum:
        wanted = [*wanted[1:], 1e-3]
    elif info.path.startswith("backbone.allocation."):
        wanted = [0.0, 0.3]
    elif info.path == "activities.role_floor":
        wanted = [0.0, 0.2499]
    values = [value if isinstance(value, str) else int(value) if whole else float(value) for value in wanted
              if value is not None]  # fmt: skip
    return [value for value in dict.fromkeys(values) if value != base.value(info.path)]


@pytest.mark.parametrize(("switch", "path"), [(key, path) for key in DEAD for path in DEAD[key]])
def test_a_dead_field_changes_no_bit(switch: str, path: str) -> None:
    base = live(**off(switch))
    info = find(path)
    assert info is not None
    expected = bits(base)
    for value in telling_values(info, base):
        assert bits(base.replace(**{path: value})) == expected, value


@given(small_scenarios(), st.sampled_from(list(DEAD)), st.data())
def test_dead_fields_change_no_bit_together_in_any_scenario(
    scenario: Scenario, switch: str, data: st.DataObject
) -> None:
    moved = {path for event in scenario.events for path in event.set}
    revived = moved & {switch, "coalition.start"}
    base = scenario.replace(**off(switch), **({"events": []} if revived else {}))
    changed = data.draw(st.lists(st.sampled_from(DEAD[switch]), min_size=1, max_size=12, unique=True))
    varied = base
    for path in changed:
        info = find(path)
        assert info is not None
        try:
            varied = varied.replace(**{path: data.draw(dial_values(info))})
        except InputError:  # not allowed beside the other fields
            continue
    assert bits(varied, [7]) == bits(base, [7])


#: Settings beside `LIVE` in which a field matters, or may go to its bounds.
NEEDS: dict[str, dict[str, Any]] = {
    "coalition.clustering": {"coalition.network": "sector-clusters"},
    "coalition.core": {"coalition.network": "core-periphery"},
    "agenda.stubborn": {"agenda.pull": 0.0},
    "practice.tested": {"practice.outreach": 1.0},
    "practice.fidelity": {"practice.outreach": 1.0},
}


@pytest.mark.parametrize("info", [info for info in NUMERIC if info.path not in SMALL], ids=lambda info: info.path)
def test_a_field_that_is_not_dead_matters(info: FieldInfo) -> None:
    base = live(**NEEDS.get(info.path, {}))
    expected = bits(base)
    for value in telling_values(info, base):
        if bits(base.replace(**{info.path: value})) != expected:
            return
    pytest.fail(f"no value of {info.path} changes anything")


def fields_named(cell: str) -> set[str]:
    """The fields that a cell of the model page names."""
    paths: set[str] = set()
    for part in cell.split(";"):
        inside = ""
        for token, colon in re.findall(r"`([^`]+)`(:?)", part):
            if colon:
                inside = token
            elif token.startswith("["):
                inside = token.strip("[]")
                paths |= {info.path for info in fields() if info.section == inside}
            elif "." in token:
                paths.add(token)
            elif inside:
                path = f"{inside}.{token}"
                (paths.discard if " but " in part else paths.add)(path)
            else:
                paths |= {f"backbone.allocation.{token}", f"backbone.reach.{token}"}
    return paths


def test_the_model_page_lists_these_dead_fields() -> None:
    table = MODEL_PAGE.read_text(encoding="utf-8").partition("**Dead fields.**")[2].partition("\n\nA coalition")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", table, re.MULTILINE)[1:]
    listed = {}
    for condition, cell in rows:
        if "---" not in condition:
            switch = re.fullmatch(r"`(.+)` is 0", condition)
            listed[switch[1] if switch else "coalition.start"] = fields_named(cell)
    # The page names the whole section of a switch, which has no effect at its own quiet value either.
    whole = {"agenda.process", "backbone.staff"}
    assert listed == {switch: {*paths, *({switch} & whole)} for switch, paths in DEAD.items()}


# ---- Quiet values.


def test_every_switch_has_a_quiet_value_and_every_quiet_value_is_allowed() -> None:
    for info in fields():
        assert all(find(path) for path in info.dead_if)
        if info.quiet is not None:
            assert Scenario().replace(**{info.path: info.quiet}).value(info.path) == info.quiet


def test_with_every_dial_quiet_but_the_start_all_months_are_alike() -> None:
    quiet = {info.path: info.quiet for info in fields() if info.quiet is not None}
    del quiet["coalition.start"]
    (run,) = engine.simulate(live(**quiet, **{"measurement.bias": 0.0}), [1])
    assert all(month.tobytes() == run[1].tobytes() for month in run[1:])
    (moved,) = engine.simulate(live(), [1])
    assert not any(month.tobytes() == moved[1].tobytes() for month in moved[2:])
