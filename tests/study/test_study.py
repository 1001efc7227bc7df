"""A study makes the scenario of each point, knows its measures, and is written so that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.errors import InputError
from cisim.scenario import load
from cisim.scenario.toml import toml_key, toml_value
from cisim.study.designs import points_of
from cisim.study.file import identity_text, new_text, parse, read, to_text
from cisim.study.spec import Record, Study

HEAD = 'study = { name = "s", scenario = "all-five" }\n'


def study(text: str, folder: Path | None = None) -> Study:
    return parse(HEAD + text, folder)


def test_a_point_is_the_base_scenario_with_the_settings_of_its_values() -> None:
    one = study("""
        [levers]
        "backbone.staff" = { low = 0, high = 4 }
        "coalition.start" = [1, "never"]
        "shared data" = { absent = { "measurement.sharing" = 0 }, present = { "measurement.sharing" = 0.5 } }
        [design]
        kind = "factorial"
        """)
    scenario = one.scenario((1.5, "never", "present"))
    assert scenario == load("all-five").replace(
        **{"backbone.staff": 1.5, "coalition.start": "never", "measurement.sharing": 0.5}
    )


def test_every_point_of_every_design_is_a_scenario() -> None:
    one = study("""
        [levers]
        "coalition.organisations" = { low = 10, high = 60 }
        "agenda.cadence" = { low = 3, high = 36, scale = "log" }
        "community.outcomes.reading.baseline" = { low = 0.1, high = 0.5 }
        [design]
        kind = "sobol"
        points = 16
        """)
    points = points_of(one.design, one.factors, one.seed)
    scenarios = [one.scenario(point) for point in points]
    assert [scenario.value("agenda.cadence") for scenario in scenarios] == [point[1] for point in points]
    assert len({scenario.digest() for scenario in scenarios}) == 16


def test_values_that_are_impossible_together_are_refused_with_the_scenarios_words() -> None:
    one = study("""
        [levers]
        "coalition.organisations" = [5, 50]
        "coalition.degree" = [2, 20]
        [design]
        kind = "factorial"
        """)
    assert one.scenario((50, 20.0)).coalition.degree == 20
    with pytest.raises(InputError, match=r"must be less than coalition.organisations \(5\)"):
        one.scenario((5, 20.0))


def test_measures_are_those_of_the_base_and_of_every_level() -> None:
    one = study("""
        [levers.sectors]
        few = { "coalition.sectors" = ["public", "church"] }
        usual = {}
        [design]
        kind = "factorial"
        """)
    names = [measure.name for measure in one.measures()]
    assert names.count("agenda_fit.public") == 1
    assert {"agenda_fit.church", "agenda_fit.business"} <= set(names)


def test_measures_of_a_coalition_file_are_those_of_its_sectors(tmp_path: Path) -> None:
    rows = "".join(f"o{number},{sector}\n" for number, sector in enumerate(["union", "school"] * 4))
    (tmp_path / "o.csv").write_text("name,sector\n" + rows)
    (tmp_path / "s.toml").write_text('[coalition]\nfile = "o.csv"\n')
    one = parse('study = { name = "s", scenario = "s.toml" }\n', tmp_path)
    assert one.base.folder == tmp_path
    assert {"agenda_fit.union", "agenda_fit.school"} <= {measure.name for measure in one.measures()}


# --- writing and reading ------------------------------------------------------------------------------

EVERYTHING = """
[study]
name = "all of it: \\"x\\""
question = "Why?\\nHow?"
scenario = "all-five"
replications = 7
seed = 18446744073708
luck = "independent"
[base.scenario]
months = 36
[base]
events = [{ month = 3, set = { "backbone.staff" = 1 } }]
[levers]
"backbone.staff" = { low = 0, high = 4, unit = "FTE", levels = 7 }
communication.frequency = [0, 1, 2.5]
"coalition.start" = [1, "never"]
"coalition.organisations" = { low = 5, high = 40 }
"a bundle of \\"things\\"" = { no = { "measurement.sharing" = 0 }, "yes, all" = { agenda.pull = 0.1, "measurement.sharing" = 1 } }
[uncertainties]
"measurement.belief_drift" = { low = 1e-5, high = 1e-3, scale = "log" }
"community.outcomes.school readiness.baseline" = { low = 0.1, high = 0.3, levels = 3 }
schedule = { early = { events = [{ month = 3, set = { "backbone.staff" = 0 }, why = "a" }] }, never = { events = [] } }
[design]
kind = "saltelli"
samples = 8
second_order = false
[record]
months = "yearly"
measures = ["progress", "trust", "outcome.reading"]
bands = ["progress"]
trajectories = ["trust"]
organisations = ["commitment", "member"]
ties = true
panel_months = [0, 36]
[stop]
measure = "progress"
below = -0.5
above = 0.5
[limits]
seconds = 1.5
memory = "2 GiB"
"""


def test_a_study_with_everything_in_it_comes_back_as_it_was() -> None:
    one = parse(EVERYTHING, Path("here"))
    again = parse(to_text(one), one.base.folder)
    assert again == one
    assert to_text(again) == to_text(one)
    assert again.base.folder == one.base.folder
    assert one.record.months == (0, 12, 24, 36)
    assert one.limits.memory == 2 * 2**30
    assert points_of(again.design, again.factors, again.seed) == points_of(one.design, one.factors, one.seed)


def test_a_corrected_name_or_question_leaves_the_identity_of_a_study() -> None:
    one = parse(EVERYTHING)
    corrected = one.model_copy(update={"name": "All of it", "question": "Why not?"})
    assert identity_text(corrected) == identity_text(one)
    for changed in (
        {"seed": 3},
        {"replications": 8},
        {"base": one.base.replace(**{"agenda.pull": 0.2})},
        {"stop": None},
    ):
        assert identity_text(one.model_copy(update=changed)) != identity_text(one)


def test_a_study_is_written_to_a_file_and_read_again(tmp_path: Path) -> None:
    one = parse(EVERYTHING, tmp_path)
    (tmp_path / "again.toml").write_text(to_text(one), encoding="utf-8")
    assert read(tmp_path / "again.toml") == one


def test_a_study_made_in_python_is_refused_in_the_words_of_a_file() -> None:
    base = load("all-five")
    with pytest.raises(InputError) as caught:
        Study(name=" ", base=base, record=Record(months=(12,)), replications=0, sed=1)  # type: ignore[call-arg]
    assert caught.value.problems == (
        'name = " ": must be a name: not blank',
        "replications = 0: must be a whole number from 1 to 1000000",
        "sed = 1: no such field; did you mean seed?",
    )
    with pytest.raises(InputError, match=r'months, item 2 = "x": must be a whole number'):
        Record(months=(12, "x"))  # type: ignore[arg-type]


@pytest.mark.parametrize("design", ['kind = "morris"\ntrajectories = 5\nlevels = 6', 'kind = "one-at-a-time"'])
def test_each_design_comes_back_as_it_was(design: str) -> None:
    one = study(f'[levers]\n"backbone.staff" = [0, 1]\n[design]\n{design}\n')
    assert parse(to_text(one)) == one


def test_points_of_a_file_are_written_into_the_study(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("coalition.start,backbone.staff\nnever,1\n1,2.5\n")
    one = study(
        '[levers]\n"backbone.staff" = { low = 0, high = 4 }\n"coalition.start" = [1, "never"]\n'
        '[design]\nkind = "file"\nfile = "points.csv"\n',
        tmp_path,
    )
    (tmp_path / "points.csv").unlink()
    again = parse(to_text(one))
    assert again == one
    assert again.design.rows == ((1.0, "never"), (2.5, 1))


def test_the_file_to_start_from_is_a_study() -> None:
    one = parse(new_text())
    assert parse(to_text(one)) == one
    points = points_of(one.design, one.factors, one.seed)
    assert len(points) == 200
    assert one.scenario(points[0]).name == "all five conditions"


def test_every_line_of_the_file_to_start_from_that_is_commented_out_may_be_used() -> None:
    lines = []
    for line in new_text().splitlines():
        plain = line[1:] if line[:2] in {'#"', "#["} or (line[:1] == "#" and line[1:2].isalpha()) else line
        lines.append(plain)
    one = parse("\n".join(lines))
    assert one.record.ties
    assert one.stop is not None
    assert len(one.factors) == 6


texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20).map(str.strip)
names = texts.filter(lambda text: text and not set(text) & {chr(code) for code in range(0x202A, 0x206A)})


@settings(max_examples=40, deadline=None)
@given(name=names, question=names, label=names, share=st.floats(0, 1), staff=st.floats(0, 100))
def test_names_and_numbers_come_back_exactly(name: str, question: str, label: str, share: float, staff: float) -> None:
    text = f"""
    [study]
    name = {toml_value(name)}
    question = {toml_value(question)}
    scenario = "all-five"
    [levers]
    "backbone.staff" = [{staff!r}]
    "my bundle" = {{ {toml_key(label)} = {{ "measurement.sharing" = {share!r} }}, " other" = {{}} }}
    [design]
    kind = "factorial"
    """.replace('" other"', '"another one, for sure"')
    one = parse(text)
    assert one.name == name
    assert one.factors[1].levels[0].label == label
    assert parse(to_text(one)) == one
