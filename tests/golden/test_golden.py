"""Tests that results are the golden values; a failure says which moved and what has to be done."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

from cisim.scenario import load, shipped
from golden import update
from golden.values import (
    CHANGELOG,
    EVER,
    FILE,
    MEASURES,
    RULE,
    SEEDS,
    Golden,
    Run,
    Where,
    arithmetic,
    bits_moved,
    hashed,
    measure,
    moved,
    output_changes,
    read,
    told,
    written,
)

GOLDEN = read(FILE.read_text(encoding="utf-8"))


def part(name: str) -> Golden:
    """Select the golden values of one scenario."""
    values = {where: value for where, value in GOLDEN.values.items() if where.scenario == name}
    bits = {run: value for run, value in GOLDEN.bits.items() if run.scenario == name}
    return Golden(values, bits, GOLDEN.arithmetic, GOLDEN.version, GOLDEN.known)


def check(old: Golden, new: Golden) -> None:
    """Fail if a value moved."""
    changes = moved(old, new)
    if changes:
        pytest.fail(f"Results moved.\n{told(changes, at_most=8)}\n\n{RULE}", pytrace=False)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_gives_its_golden_values(name: str) -> None:
    check(part(name), measure([name]))


def test_no_bit_of_any_measure_or_month_moved_where_the_arithmetic_is_that_of_the_file() -> None:
    if arithmetic() != GOLDEN.arithmetic:
        pytest.skip(f"bits are compared only on the arithmetic of the file: {GOLDEN.arithmetic}")
    runs = bits_moved(GOLDEN, measure(shipped()))
    if runs:
        text = "; ".join(map(str, runs))
        pytest.fail(f"Results moved, if only a little or elsewhere: {text}.\n\n{RULE}", pytrace=False)


def test_every_shipped_scenario_has_golden_values_for_every_seed_and_measure() -> None:
    assert set(GOLDEN.bits) == {Run(name, seed) for name in shipped() for seed in SEEDS}, RULE
    months = {name: {"12", "60", str(load(name).months), EVER} for name in shipped()}
    expected = {
        Where(name, seed, of, month)
        for name in shipped()
        for seed in SEEDS
        for of in MEASURES
        for month in months[name]
    }
    assert set(GOLDEN.values) == expected, RULE


def test_golden_scenarios_include_imported_coalitions_and_events() -> None:
    scenarios = [load(name) for name in shipped()]
    assert any(scenario.coalition.file for scenario in scenarios)
    assert any(event.month is not None for scenario in scenarios for event in scenario.events)
    assert any(event.month is None for scenario in scenarios for event in scenario.events)


# ---- The test can fail, and says what a person needs to know.

PLACE = Where("funding-cliff", 2, "trust", "60")


def with_value(value: float) -> Golden:
    changed = copy.deepcopy(part(PLACE.scenario))
    changed.values[PLACE] = value
    return changed


@pytest.mark.parametrize("factor", [1 + 1e-8, 1 - 1e-8, -1, 0, math.nan])
def test_a_value_that_moved_fails_with_scenario_seed_month_measure_both_values_and_the_rule(factor: float) -> None:
    old, new = GOLDEN.values[PLACE], GOLDEN.values[PLACE] * factor
    with pytest.raises(pytest.fail.Exception) as failure:
        check(part(PLACE.scenario), with_value(new))
    message = str(failure.value)
    now = "no number" if math.isnan(new) else repr(new)
    assert f"funding-cliff, seed 2, month 60, trust: was {old!r}, is {now}" in message
    assert "CHANGELOG.md, under `Output changes`" in message
    assert "python tests/golden/update.py" in message
    assert message.count("was ") == 1


def test_rounding_does_not_count_as_a_change() -> None:
    check(part(PLACE.scenario), with_value(GOLDEN.values[PLACE] * (1 + 1e-11)))


def test_a_value_that_is_gone_or_new_is_a_change() -> None:
    fewer = copy.deepcopy(part(PLACE.scenario))
    del fewer.values[PLACE]
    assert "is absent" in told(moved(part(PLACE.scenario), fewer))
    assert "was absent" in told(moved(fewer, part(PLACE.scenario)))


def test_the_last_bit_of_any_month_and_measure_changes_the_hash() -> None:
    records = np.linspace(0, 1, 12).reshape(4, 3)
    for place in np.ndindex(records.shape):
        changed = records.copy()
        changed[place] = np.nextafter(changed[place], 2)
        assert hashed(changed) != hashed(records)
    assert hashed(records.copy()) == hashed(records)


def test_bits_are_compared_on_the_same_arithmetic_alone() -> None:
    other = copy.deepcopy(GOLDEN)
    other.bits[Run("crisis", 1)] = "0"
    assert bits_moved(GOLDEN, other) == [Run("crisis", 1)]
    other.arithmetic = "another"
    assert bits_moved(GOLDEN, other) == []


# ---- The command.


def entered(golden: Golden, *entries: str) -> Golden:
    golden.version, golden.known = GOLDEN.version, (*GOLDEN.known, *entries)
    return golden


def test_the_command_refuses_to_write_what_moved_until_the_list_of_changes_says_so() -> None:
    text, may_write = update.renewed(part(PLACE.scenario), entered(with_value(0.5)))
    assert not may_write
    assert f"{PLACE}: was " in text
    assert RULE in text
    text, may_write = update.renewed(part(PLACE.scenario), entered(with_value(0.5), "Trust in a cliff."))
    assert may_write
    assert f"{PLACE}: was " in text


def test_an_entry_of_an_earlier_version_does_not_count_for_a_new_one() -> None:
    new = with_value(0.5)
    new.version, new.known = "99.0.0", ()
    assert not update.renewed(part(PLACE.scenario), new)[1]
    new.known = ("Trust in a cliff.",)
    assert update.renewed(part(PLACE.scenario), new)[1]


def test_bits_that_moved_alone_need_an_entry_too() -> None:
    new = copy.deepcopy(GOLDEN)
    new.bits[Run("crisis", 1)] = "0"
    text, may_write = update.renewed(GOLDEN, new)
    assert not may_write
    assert "crisis, seed 1" in text


def test_a_new_scenario_needs_no_entry() -> None:
    without = copy.deepcopy(GOLDEN)
    without.bits = {run: bits for run, bits in GOLDEN.bits.items() if run.scenario != "crisis"}
    without.values = {where: value for where, value in GOLDEN.values.items() if where.scenario != "crisis"}
    assert update.renewed(without, GOLDEN) == ("New: crisis", True)
    assert update.renewed(GOLDEN, without) == ("Gone: crisis", True)


def test_the_command_leaves_the_file_as_it_is_where_nothing_moved() -> None:
    elsewhere = copy.deepcopy(GOLDEN)
    elsewhere.arithmetic, elsewhere.bits = "another", dict.fromkeys(GOLDEN.bits, "0")
    assert update.renewed(GOLDEN, copy.deepcopy(GOLDEN)) == ("Nothing moved.", False)
    assert not update.renewed(GOLDEN, elsewhere)[1]


def test_a_file_is_written_as_it_was_read() -> None:
    assert written(GOLDEN) == FILE.read_text(encoding="utf-8")
    changed = copy.deepcopy(GOLDEN)
    changed.values[PLACE] = math.nan
    assert math.isnan(read(written(changed)).values[PLACE])


def test_output_changes_are_those_of_the_version_that_stands_first() -> None:
    text = """# Changelog
## [2.0.0] - unreleased
### Output changes
- One that
  goes on.
- Two.
### Fixed
- No output.
## [1.0.0] - 2030-01-01
### Output changes
- Old.
"""
    assert output_changes(text) == ("2.0.0", ("One that goes on.", "Two."))
    assert output_changes(text.replace("### Output changes\n- One", "### Changed\n- One")) == ("2.0.0", ())
    with pytest.raises(ValueError, match="no heading"):
        output_changes("# Changelog\n")
    version, _ = output_changes(CHANGELOG.read_text(encoding="utf-8"))
    assert version == GOLDEN.version
