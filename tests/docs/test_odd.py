"""Tests that the ODD+D page agrees with the code and with the page of the model, and leaves nothing out."""

from __future__ import annotations

import importlib
import inspect
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cisim.dynamics import luck, month
from cisim.dynamics import state as layout
from cisim.dynamics.measures import measures_of
from cisim.dynamics.stages import STAGE_NAMES
from cisim.scenario import fields, named_fields
from cisim.validation.facts import FACTS
from docs.markdown_pages import ROOT, read

PAGE, MODEL = ROOT / "docs" / "odd.md", ROOT / "docs" / "model.md"
TEXT = PAGE.read_text(encoding="utf-8")
ODD: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "odd.py"))
RECORDS = {
    "Organisation": layout.ORGANISATION,
    "Tie": layout.TIE,
    "Stance": layout.STANCE,
    "Role": layout.ROLE,
    "Outcome": layout.OUTCOME,
    "Group": layout.GROUP,
    "Coalition": layout.COALITION,
}


def under(heading: str, text: str = TEXT) -> str:
    """Return the text under a heading, up to the next one of its level or above."""
    level = heading.split()[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{2,{len(level)}}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"docs/odd.md has no heading {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """List the rows of the tables in a text, without their heads."""
    lines = text.splitlines()
    found = [
        line for number, line in enumerate(lines)
        if line.startswith("| ") and not "".join(lines[number + 1 : number + 2]).startswith("|---")
    ]  # fmt: skip
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in found]


def codes(text: str) -> list[str]:
    """List the texts between backticks."""
    return re.findall(r"`([^`]+)`", text)


def region(name: str) -> str:
    """Return a made part of the page."""
    return TEXT.partition(f"<!-- begin {name} -->")[2].partition(f"<!-- end {name} -->")[0]


def equations(text: str) -> list[str]:
    """List the displayed equations."""
    return re.findall(r"^\$\$\n.*?\n\$\$$", text, re.DOTALL | re.MULTILINE)


def linked(text: str = TEXT) -> list[str]:
    """List the functions that are linked, as module.name."""
    found = re.findall(r"\[`([\w.]+)`\]\(\.\./src/([\w/]+)\.py\)", text)
    names = [(name.split("."), path.split("/")) for name, path in found]
    return [".".join([*module, name[-1]]) for name, module in names if name != module]


def looked_up(name: str) -> Any:
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def calls(function: Any) -> Iterator[Any]:
    """List the compiled functions that a compiled function calls, in the order of their first use."""
    plain = function.py_func
    inside = inspect.getclosurevars(plain)
    for name in [*plain.__code__.co_names, *plain.__code__.co_freevars]:
        called = {**inside.globals, **inside.nonlocals}.get(name)
        if name_of(called) == "cisim.dynamics.month.both":  # two stages in their order
            yield from calls(called)
        elif hasattr(called, "py_func"):
            yield called


def name_of(function: Any) -> str:
    plain = getattr(function, "py_func", None)
    return f"{plain.__module__}.{plain.__name__}" if plain else ""


def reached(function: Any, found: dict[str, Any]) -> dict[str, Any]:
    """List every compiled function below a compiled function."""
    for called in calls(function):
        if name_of(called) not in found:
            found[name_of(called)] = called
            reached(called, found)
    return found


def test_what_is_made_is_up_to_date() -> None:
    assert ODD["renewed"](TEXT) == TEXT, "run python docs/odd.py"


def test_a_stale_page_is_noticed_and_renewed() -> None:
    stale = TEXT.replace("`backbone.staff` | $H$", "`backbone.stuff` | $H$")
    assert stale != TEXT
    assert ODD["renewed"](stale) == TEXT


def test_a_page_without_a_part_is_refused() -> None:
    with pytest.raises(LookupError, match="begin facts"):
        ODD["renewed"](TEXT.replace("<!-- begin facts -->", ""))


def test_every_parameter_is_in_the_table_once() -> None:
    named = [codes(row[0])[0] for row in rows(under("### Parameters"))]
    missing = {info.path for info in (*fields(), *named_fields())} - set(named)
    assert not missing, f"run python docs/odd.py: {sorted(missing)} are missing"
    assert len(named) == len(set(named))


def test_every_sign_of_the_model_stands_at_its_parameter() -> None:
    signs = {codes(row[0])[0]: row[1] for row in rows(under("### Parameters"))}
    assert signs["agenda.pull"] == r"$\kappa$"
    assert signs["communication.trust_loss_ratio"] == r"$\phi_T$"
    assert signs["coalition.size_mean"] == r"$\bar r$"
    assert signs["community.outcomes.NAME.weight"] == "$W_d$"


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_of_a_record_is_told(name: str) -> None:
    text = under(f"#### {name}")
    told = [code for row in rows(text) for code in codes(row[0])]
    working = codes(text.partition("Working values")[2].partition("\n")[0])
    assert sorted(told + working) == sorted(RECORDS[name].names or ())
    assert all(
        field in working
        for field in RECORDS[name].names or ()
        if field.startswith("next_") and field != "next_hub_offer"
    )


def test_every_array_of_a_state_is_told() -> None:
    told = {code for row in rows(under("#### Arrays of a run")) for code in codes(row[0])}
    records = {"organisations", "stances", "roles", "ties", "outcomes", "groups", "coalition"}
    assert told | records == set(layout.State._fields)


@pytest.mark.parametrize("name", [*RECORDS, "Arrays of a run"])
def test_every_state_variable_has_a_unit_a_range_and_a_place_in_time(name: str) -> None:
    for variable, _, what, unit, reach, when in rows(under(f"#### {name}")):
        assert what, variable
        assert unit, variable
        assert reach or "incident" in variable, variable
        assert when in {"fixed", "state", "of the month"}, variable


def test_the_stages_are_those_of_the_engine_in_their_order() -> None:
    told = [codes(row[1])[0] for row in rows(region("schedule")) if codes(row[1])]
    assert told == list(STAGE_NAMES) == list(ODD["STAGES"])
    called = [name_of(function) for function in calls(month.advance)]
    code = [function for part in ODD["STAGES"].values() for function in part.code]
    assert [*code, "cisim.dynamics.record.record"] == called


def test_the_points_of_a_stage_are_those_of_the_model_in_their_order() -> None:
    for name, part in ODD["STAGES"].items():
        points = [label for label in ODD["blocks"](part.section) if label.startswith("Point ")]
        assert [label for label in part.points if label.startswith("Point ")] == points, name


def test_the_functions_of_a_stage_stand_in_the_order_in_which_they_run() -> None:
    for name, part in ODD["STAGES"].items():
        called = [name_of(function) for stage in part.code for function in calls(looked_up(stage))]
        told = [function for functions in part.points.values() for function in functions]
        order = [called.index(function) for function in told if function in called]
        if name == "measure":  # visibility is told before the points, and used in other stages
            assert "cisim.dynamics.measurement.visibility" not in called
        assert order == sorted(order), name


def test_every_stage_and_all_that_it_calls_is_linked() -> None:
    needed = reached(month.advance, {"cisim.dynamics.month.advance": month.advance})
    assert len(needed) > 40
    # A function whose name begins with an underscore is part of one in its module that has a link.
    public = {name for name in needed if not name.rpartition(".")[2].startswith("_")}
    assert sorted(public - set(linked())) == []


def test_every_function_that_is_linked_exists_where_the_link_leads() -> None:
    names = linked()
    assert len(names) > 100
    for name in set(names):
        function = looked_up(name)
        plain = getattr(function, "py_func", function)
        assert plain.__module__ == name.rpartition(".")[0], name
        assert Path(inspect.getsourcefile(plain) or "").name == name.split(".")[-2] + ".py", name


def test_a_link_to_a_function_is_not_the_name_of_another_one() -> None:
    full = re.findall(r"\[`(cisim\.[\w.]+)`\]\(\.\./src/([\w/]+)\.py\)", TEXT)
    assert all(name.startswith(path.replace("/", ".")) for name, path in full)


def test_the_equations_are_those_of_the_model() -> None:
    here, there = equations(TEXT), equations(MODEL.read_text(encoding="utf-8"))
    assert len(there) > 40
    assert [equation for equation in here if equation not in there] == []
    assert [equation for equation in there if equation not in here] == []


def test_every_submodel_links_its_section_of_the_model() -> None:
    for name, part in (ODD["STAGES"] | ODD["OTHERS"]).items():
        anchor = ODD["anchor"](part.section)
        assert anchor in read(MODEL).anchors
        assert f"](model.md#{anchor})" in region(name)


def test_every_stream_of_luck_is_told() -> None:
    declared = {int(number): name for name, number in luck.streams().items()}
    models = {
        declared[int(value)] for value in vars(luck).values() if isinstance(value, np.uint64) and int(value) in declared
    }
    told = [codes(row[0])[0] for row in rows(region("streams"))]
    assert sorted(told) == sorted(models) == sorted(ODD["STREAMS"])


def test_every_measure_is_told() -> None:
    told = [codes(row[0])[0] for row in rows(region("measures"))]
    assert told == [measure.name for measure in measures_of(["NAME"], ["SECTOR"], ["GROUP"])]


def test_every_fact_is_told_with_its_label() -> None:
    told = {int(row[0]): (row[1], row[2], row[3]) for row in rows(region("facts"))}
    assert told == {number: (claim, label, evidence) for number, (claim, label, evidence, _) in FACTS.items()}


@pytest.mark.parametrize(
    "heading",
    [
        "### Purpose and patterns",
        "### Entities, state variables, and scales",
        "### Process overview and scheduling",
        "### Theoretical and empirical background",
        "### Individual decision-making",
        "### Learning",
        "### Individual sensing",
        "### Individual prediction",
        "### Interaction",
        "### Collectives",
        "### Heterogeneity",
        "### Stochasticity",
        "### Observation",
        "### Implementation",
        "### Initialisation",
        "### Input data",
        "### Submodels",
    ],
)
def test_the_protocol_has_all_its_elements(heading: str) -> None:
    assert len(under(heading)) > 200
