"""All that is wrong with a study file is told at once: where, what, and what is allowed."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.catalogue import types_of
from cisim.study import factors
from cisim.study import file as study_file
from cisim.study.designs import KINDS
from cisim.study.factors import Factor, Range
from cisim.study.file import StudyFile, parse, read
from cisim.study.spec import Study

HEAD = '[study]\nname = "s"\nscenario = "all-five"\n'
FACTORIAL = '[design]\nkind = "factorial"\n'


def refused(text: str, folder: Path | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(text, folder, "FILE")
    assert caught.value.__cause__ is None
    assert all("\n" not in problem for problem in caught.value.problems)
    return list(caught.value.problems)


def problems_of(text: str) -> tuple[str, ...]:
    """What is wrong with a file, if anything is."""
    try:
        parse(text, None, "FILE")
    except InputError as error:
        return error.problems
    return ()


def refused_factors(text: str) -> list[str]:
    """What is wrong with factors that begin on line 5."""
    return refused(HEAD + "[levers]\n" + text + "\n" + FACTORIAL)


def levers(text: str) -> tuple[Factor, ...]:
    return parse(HEAD + "[levers]\n" + text + "\n" + FACTORIAL).factors


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
[study]
nam = "x"
scenario = "all-fiv"
replications = 0
seed = -1
luck = "comon"
[lever]
x = 1
[levers]
"backbone.staf" = [1, 2]
[design]
kind = "sobl"
[record]
months = [1.5, 24]
ties = 1
[stop]
measure = 3
[limits]
seconds = 0
memory = "2 giga"
"""
    assert refused(text) == [
        "FILE:1: study.name: is missing: must be a name",
        'FILE:2: study.nam = "x": no such field; did you mean study.name?',
        'FILE:3: study.scenario = "all-fiv": no such file beside the study, and no scenario of that name comes with '
        "cisim; did you mean all-five?",
        "FILE:4: study.replications = 0: must be a whole number from 1 to 1000000",
        "FILE:5: study.seed = -1: must be a whole number from 0 to 18446744073708",
        'FILE:6: study.luck = "comon": must be one of common, independent; did you mean common?',
        "FILE:7: lever: no such section; did you mean levers?",
        'FILE:10: levers."backbone.staf": no such field; did you mean backbone.staff?',
        'FILE:12: design.kind = "sobl": must be one of factorial, one-at-a-time, latin-hypercube, sobol, saltelli, '
        "morris, file; did you mean sobol?",
        "FILE:14: record.months, item 1 = 1.5: must be a whole number from 0 to 1200",
        "FILE:15: record.ties = 1: must be true or false",
        "FILE:16: stop: says no value; give below, or above, or both",
        "FILE:17: stop.measure = 3: must be the name of a measure",
        "FILE:19: limits.seconds = 0: must be a number, above 0",
        'FILE:20: limits.memory = "2 giga": must be at least 1 MB, such as "500 MB" or "2 GB", and at most 1000 TB',
    ]


# --- factors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("backbone.staff = 3", ".staff = 3: must be a range such as { low = 0, high = 4 }, or a list of levels"),
        ("backbone.staff = { low = 1 }", ".high: is missing: a range has low and high (plausible: 0 to 10)"),
        ("backbone.staff = {}", "low: is missing: a range has low and high (plausible: 0 to 10)"),
        ("backbone.staff = { low = 4, high = 4 }", "staff.low = 4: must be below high (4)"),
        ("backbone.staff = { low = -1, high = 4 }", "low = -1: must be a number from 0 to 10000 (FTE)"),
        ("backbone.staff = { low = 0, high = nan }", "high = nan: must be a number from 0 to 10000 (FTE)"),
        ('backbone.staff = { low = 0, high = "4" }', 'high = "4": must be a number from 0 to 10000 (FTE)'),
        ("backbone.staff = { low = 0, high = true }", "high = true: must be a number from 0 to 10000 (FTE)"),
        (
            'backbone.staff = { low = 0, high = 4, unit = "hours" }',
            'unit = "hours": must be "FTE", the unit of the field',
        ),
        ('backbone.staff = { low = 0, high = 4, scale = "log" }', "low = 0: must be above 0 on a log scale"),
        (
            'backbone.staff = { low = 1, high = 4, scale = "logs" }',
            'scale = "logs": must be one of linear, log; did you mean log?',
        ),
        ("backbone.staff = { low = 1, high = 4, lo = 1 }", "lo = 1: no such field; did you mean low?"),
        (
            "backbone.staff = { low = 1, high = 4, levels = 1 }",
            "levels = 1: must be a whole number from 2 to 1000, or a list of levels",
        ),
        ("backbone.staff = { low = 1, levels = [1, 2] }", "low = 1: is for a range; beside it stands a list"),
        ("practice.bits = { low = 4, high = 6, levels = 5 }", "levels = 5: too many: the range gives only 3"),
        ("practice.bits = { low = 4.5, high = 6 }", "low = 4.5: must be a whole number from"),
        ("practice.bits = [4, 5.5]", "bits, item 2 = 5.5: must be a whole number from"),
        ("backbone.staff = []", "staff: must be a list of 1 to 1000 levels, has 0"),
        ("backbone.staff = [1, 2, 1.0]", "staff, item 3 = 1.0: is there already (item 1)"),
        ('coalition.network = ["rndom"]', 'item 1 = "rndom": must be one of random, small-world'),
        ("coalition.network = { low = 1, high = 2 }", "network: has no range: must be one of random"),
        ('coalition.start = ["founding"]', '"founding": must be a whole number from 1 to 1000000 (month) or "never"'),
        ("coalition.sectors = [1]", "sectors: holds a list of names: give its levels names, such as { few = {"),
        ("community.outcomes.readin.trend = [0]", "no such outcome; the outcomes are school readiness, reading"),
        ("backbon.staff = [1, 2]", "backbon: no such field; did you mean backbone.staff?"),
        ("backbon.staff = { low = 1, high = 2 }", "backbon: no such field; did you mean backbone.staff?"),
        ("anything = [1, 2]", "anything: no such field; settings that change together have levels with names"),
        ("progress = { a = { agenda.pull = 0.2 } }", "progress: is the name of a column of the results"),
        (
            "things = { a = { agenda.pul = 0.2 } }",
            "things.a.agenda.pul = 0.2: no such field; did you mean agenda.pull?",
        ),
        ("things = { a = { agenda.pull = 2 } }", "things.a.agenda.pull = 2: must be a number from 0 to 1"),
        ('things = { " a" = { agenda.pull = 0.2 } }', "must be a name that neither begins nor ends with a space"),
        ('things = { a = { coalition.network = "x" } }', 'things: at "a": coalition.network = "x": must be one of'),
        (
            "backbone.allocation.engage = { low = 0.1, high = 0.9 }",
            "engage: at 0.9: the sum of backbone.allocation = 1.65: must be at most 1",
        ),
        ("coalition.degree = [4, 40]", "coalition.degree = 40.0: must be less than coalition.organisations (30)"),
    ],
)
def test_a_wrong_factor_is_told_with_what_is_allowed(text: str, says: str) -> None:
    problems = refused_factors(text)
    assert any(says in problem for problem in problems), problems
    assert all(problem.startswith("FILE:5: levers.") for problem in problems)


def test_a_value_that_is_possible_beside_another_factors_is_allowed() -> None:
    degree, size = levers("coalition.degree = [4, 40]\ncoalition.organisations = [30, 60]")
    assert (degree.values, size.values) == ((4.0, 40.0), (30, 60))


def test_a_factor_twice_and_a_field_of_two_factors_are_told() -> None:
    text = """\
[levers]
"agenda.pull" = [0.1, 0.2]
planning = { weak = { "agenda.pull" = 0.1 }, strong = { "agenda.pull" = 0.3 } }
[uncertainties]
agenda.pull = { low = 0.1, high = 0.2 }
"""
    assert refused(HEAD + text + FACTORIAL) == [
        "FILE:6: levers.planning: sets agenda.pull, as agenda.pull does: one field can follow only one factor",
        "FILE:8: uncertainties.agenda.pull: is there already, in [levers]",
        "FILE:8: uncertainties.agenda.pull: sets agenda.pull, as planning does: one field can follow only one factor",
    ]


def test_levers_and_uncertainties_are_told_apart_and_tables_in_tables_are_fields() -> None:
    text = """\
[levers.backbone]
staff = { low = 0, high = 4 }
allocation.engage = [0.1, 0.25]
[levers.community.outcomes."school readiness"]
baseline = [0.1, 0.2]
[uncertainties]
"coalition.turnover" = { low = 0.1, high = 0.2 }
"""
    study = parse(HEAD + text + FACTORIAL)
    assert [(factor.name, factor.role) for factor in study.factors] == [
        ("backbone.staff", "lever"),
        ("backbone.allocation.engage", "lever"),
        ("community.outcomes.school readiness.baseline", "lever"),
        ("coalition.turnover", "uncertainty"),
    ]


def test_numbers_have_the_type_of_their_field() -> None:
    staff, bits = levers("backbone.staff = [0, 1]\npractice.bits = { low = 4, high = 8, levels = 3 }")
    assert [type(value) for value in staff.values] == [float, float]
    assert bits.values == (4, 6, 8)
    assert [type(value) for value in bits.values] == [int, int, int]
    assert staff.unit == "FTE"


def test_levels_called_low_and_high_are_levels_of_a_bundle() -> None:
    (effort,) = levers("effort = { low = { backbone.staff = 1 }, high = { backbone.staff = 3, agenda.pull = 0.5 } }")
    assert effort.bundle
    assert effort.values == ("low", "high")
    assert effort.settings("high") == {"backbone.staff": 3, "agenda.pull": 0.5}


def test_the_usual_value_is_that_of_the_base_scenario() -> None:
    staff, end, data = levers("""
        backbone.staff = [0, 1]
        backbone.end = [60, 90]
        data = { none = { measurement.sharing = 0 }, usual = { measurement.sharing = 0.8 } }
        """)
    assert (staff.usual, end.usual, data.usual) == (3.0, None, "usual")


# --- the base scenario --------------------------------------------------------------------------------


def test_a_scenario_file_is_looked_for_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[scenario]\nmonths = 18\n")
    (tmp_path / "study.toml").write_text('[study]\nname = "s"\nscenario = "mine.toml"\n')
    study = read(tmp_path / "study.toml")
    assert study.base.months == 18
    assert study.record.months == (18,)


def test_the_errors_of_a_scenario_file_are_told_with_its_own_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[backbone]\nstaff = -1\n")
    (problem,) = refused('[study]\nname = "s"\nscenario = "mine.toml"\n', tmp_path)
    assert problem == f"FILE:3: study.scenario: {path}:2: backbone.staff = -1: must be a number from 0 to 10000 (FTE)"


def test_fields_of_the_base_may_be_set_in_the_study() -> None:
    study = parse(HEAD + "[base.scenario]\nmonths = 24\n[base.backbone.allocation]\nengage = 0.1\n")
    assert (study.base.months, study.base.backbone.allocation.engage) == (24, 0.1)
    assert study.base.name == "all five conditions"
    assert study.base.backbone.allocation.align == 0.15


def test_what_is_wrong_with_the_base_is_told_with_its_line() -> None:
    assert refused(HEAD + "[base.backbone]\nstaf = 1\nstaff = -1\n[base]\nagenda = 3\n") == [
        "FILE:5: base.backbone.staf = 1: no such field; did you mean backbone.staff?",
        "FILE:6: base.backbone.staff = -1: must be a number from 0 to 10000 (FTE)",
        "FILE:8: base.agenda = 3: must be a section, [agenda]",
    ]


def test_a_study_needs_a_scenario() -> None:
    assert refused('[study]\nname = "s"\n') == [
        "FILE:1: study.scenario: is missing: the name or the file of the base scenario"
    ]


# --- design, record, stop, limits ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "FILE: design: is missing: a table with kind, which is one of factorial, one-at-a-time"),
        ("[design]", "FILE:6: design.kind: is missing: one of factorial"),
        ('[design]\nkind = "sobol"', "FILE:6: design.points: is missing: must be a whole number from 1 to 1000000"),
        ('[design]\nkind = "sobol"\npoints = 100', "FILE:8: design.points = 100: must be a power of 2"),
        ('[design]\nkind = "morris"\ntrajectories = 3\nlevels = 3', "FILE:9: design.levels = 3: must be an even"),
        (
            '[design]\nkind = "morris"\npoints = 3\ntrajectories = 3',
            "FILE:8: design.points = 3: is not for this kind of design: morris has trajectories, levels",
        ),
        (
            '[design]\nkind = "factorial"\npints = 3',
            "FILE:8: design.pints = 3: no such field; did you mean design.points?",
        ),
        ('[design]\nkind = "saltelli"\nsamples = 4\nsecond_order = 1', "FILE:9: design.second_order = 1: must be true"),
        (
            '[design]\nkind = "file"',
            'FILE:6: design.file: is missing: the CSV file of the points, such as "points.csv"',
        ),
        ('[design]\nkind = "file"\nfile = "no.csv"', "no.csv: no such file"),
        ('[design]\nkind = "file"\nfile = "a.csv"\nrows = [[1]]', "FILE:9: design.rows: give either file or rows"),
        (
            '[design]\nkind = "file"\nrows = [[1], [5]]',
            "design.rows, item 2, item 1 = 5: backbone.staff must be a number",
        ),
        (
            '[design]\nkind = "file"\nrows = [[1, 2]]',
            "item 1 = a list of 2: must be a list of 1 values: backbone.staff",
        ),
    ],
)
def test_a_wrong_design_is_told_with_what_is_allowed(text: str, says: str) -> None:
    problems = refused(HEAD + '[levers]\n"backbone.staff" = { low = 0, high = 4 }\n' + text)
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[record]\nmonths = []", 'months = a list of 0: must be a list of months, such as [24, 60], or "yearly"'),
        ("[record]\nmonths = [121]", "item 1 = 121: must be a month from 0 to 120, the last of the scenario"),
        ("[record]\nmonths = [12, 12]", "item 2 = 12: is there already (item 1)"),
        ('[record]\nmeasures = ["trst"]', 'item 1 = "trst": no such measure; did you mean trust?'),
        ('[record]\nbands = ["outcome.readin"]', "no such measure; did you mean outcome.reading?"),
        ('[record]\ntrajectories = "trust"', 'trajectories = "trust": must be a list of measures, with at least one'),
        ('[record]\norganisations = ["comitment"]', "no such field; did you mean commitment?"),
        ("[record]\npanel_months = [1]", "panel_months: is for panels: give organisations"),
        ("[record]\nmonth = [1]", "record.month = a list of one: no such field; did you mean record.months?"),
        ('[stop]\nmeasure = "progres"\nabove = 1', 'stop.measure = "progres": no such measure; did you mean progress?'),
        ("[stop]\nabove = 1", "stop.measure: is missing: must be the name of a measure"),
        ('[stop]\nmeasure = "trust"\nabove = "1"', 'stop.above = "1": must be a number'),
        ('[stop]\nmeasure = "trust"\nabove = 1\nbelow = 2', "must not be more than above (1)"),
        ("[limits]\nseconds = inf", "limits.seconds = inf: must be a number"),
        ("[limits]\nmemory = 5", "limits.memory = 5: must be at least 1 MB"),
        ('[limits]\nmemory = "2 GB a day"', '"2 GB a day": must be at least 1 MB, such as'),
        ('[limits]\nmemory = "2000000"', '"2000000": must be at least 1 MB, such as'),
        ("record = 3", "record = 3: must be a section, [record]"),
    ],
)
def test_what_is_wrong_with_record_stop_or_limits_is_told(text: str, says: str) -> None:
    text = text + "\n" + HEAD if text.startswith("record =") else HEAD + text
    problems = refused(text)
    assert any(says in problem for problem in problems), problems


def test_by_default_all_measures_of_the_last_month_are_recorded() -> None:
    record = parse(HEAD).record
    assert (record.measures, record.months, record.bands, record.panel_months) == ((), (120,), (), ())


def test_panels_are_monthly_by_default() -> None:
    record = parse(HEAD + "[base.scenario]\nmonths = 6\n[record]\nties = true\n").record
    assert record.panel_months == (0, 1, 2, 3, 4, 5, 6)


def test_the_last_month_is_that_of_the_longest_run() -> None:
    study = parse(HEAD + "[levers]\nscenario.months = [12, 240]\n" + FACTORIAL)
    assert study.record.months == (240,)


def test_measures_are_checked_though_a_factor_is_wrong() -> None:
    problems = refused(HEAD + '[levers]\nbackbone.staf = [1]\n[record]\nmeasures = ["trst"]\n' + FACTORIAL)
    assert [problem.partition(" ")[0] for problem in problems] == ["FILE:5:", "FILE:7:"]


@pytest.mark.parametrize("name", ["x" * 10_001, "x" * 300, "folder/" * 2000 + "x.toml"])
def test_a_name_of_a_file_longer_than_any_is_refused_in_a_short_line(tmp_path: Path, name: str) -> None:
    (problem,) = refused(FROM_FILE.replace("points.csv", name), tmp_path)
    assert "cannot be read: File name too long" in problem
    assert len(problem) < 1500


BIG = "1" + "0" * 400


@pytest.mark.parametrize(
    "text",
    [
        f"[stop]\nmeasure = 'trust'\nabove = {BIG}",
        f"[limits]\nseconds = {BIG}",
        f"[limits]\nmemory = {BIG}",
        f"[limits]\nmemory = '{BIG} GB'",
        "[limits]\nmemory = '99999999999 GB'",
        f"[record]\nmonths = [{BIG}]",
        f"[levers]\nbackbone.staff = [0, {BIG}]\n{FACTORIAL}",
        f"[levers]\nbackbone.staff = {{ low = 0, high = {BIG} }}\n{FACTORIAL}",
        f"[levers]\nbackbone.staff = {{ low = 0, high = 4, levels = {BIG} }}\n{FACTORIAL}",
        f"[levers]\nx = {{ a = {{ backbone.staff = {BIG} }} }}\n{FACTORIAL}",
        f"[levers]\nbackbone.staff = [0, 1]\n[design]\nkind = 'file'\nrows = [[{BIG}]]",
        f"[levers]\nbackbone.staff = [0, 1]\n[design]\nkind = 'latin-hypercube'\npoints = {BIG}",
        f"[base.backbone]\nstaff = {BIG}",
    ],
)
def test_a_number_of_four_hundred_digits_is_refused_in_words(text: str) -> None:
    (problem,) = refused(HEAD + text)
    assert ": must be" in problem or "must be one of" in problem
    assert len(problem) < 300


IMPOSSIBLE = """
"backbone.allocation.engage" = { low = 0.5, high = 1, levels = 200 }
"agenda.focus" = { low = 0.1, high = 0.9, levels = 200 }
"coalition.turnover" = { low = 0.1, high = 0.9, levels = 200 }
"""


def test_impossible_levels_are_tried_beside_the_fields_alone_that_they_depend_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = []
    replace = Scenario.replace
    monkeypatch.setattr(Scenario, "replace", lambda self, **changes: count.append(1) or replace(self, **changes))
    problems = problems_of(HEAD + "[levers]" + IMPOSSIBLE + FACTORIAL)
    (problem,) = problems
    assert 'engage": at 0.5: the sum of backbone.allocation = 1.25: must be at most 1' in problem
    assert problem.endswith("(and at 199 more values, such as 0.502512562814 and 0.505025125628)")
    assert len(count) == 200


def test_a_check_that_would_take_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "MOST_TRIED", 50)
    count = []
    replace = Scenario.replace
    monkeypatch.setattr(Scenario, "replace", lambda self, **changes: count.append(1) or replace(self, **changes))
    shares = IMPOSSIBLE + IMPOSSIBLE.splitlines()[1].replace("engage", "align") + "\n"
    assert problems_of(HEAD + "[levers]" + shares + FACTORIAL.replace("factorial", "one-at-a-time")) == ()
    assert len(count) == 50


def test_factors_of_the_same_field_are_found_however_many_there_are() -> None:
    many = "".join(f"x{number} = {{ a = {{ agenda.pull = 0.1 }} }}\n" for number in range(5000))
    problems = refused(HEAD + "[levers]\n" + many + FACTORIAL)
    assert problems[0].endswith("levers.x1: sets agenda.pull, as x0 does: one field can follow only one factor")
    assert problems[-1] == "FILE: and 4,899 more problems"


# --- points from a CSV file ---------------------------------------------------------------------------

FROM_FILE = """\
[study]
name = "s"
scenario = "all-five"
[levers]
"backbone.staff" = { low = 0, high = 4 }
"practice.bits" = { low = 4, high = 8 }
data = { no = { measurement.sharing = 0 }, yes = { measurement.sharing = 1 } }
[design]
kind = "file"
file = "points.csv"
"""


def points(tmp_path: Path, content: str | bytes) -> Study:
    content = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "points.csv").write_bytes(content)
    return parse(FROM_FILE, tmp_path, "FILE")


def test_columns_of_points_may_stand_in_any_order_with_blank_lines_and_quotes(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbfdata,"backbone.staff",practice.bits\r\n\r\nno, 1.5 ,4\r\n"yes",0,8\r\n'
    assert points(tmp_path, content).design.rows == ((1.5, 4, "no"), (0.0, 8, "yes"))


def test_every_problem_of_points_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        points(tmp_path, "backbone.staff,practice.bits,data\n1,4,no\n5,4.5,maybe\n\n1,4\nnan,,yes\n")
    path = tmp_path / "points.csv"
    assert list(caught.value.problems) == [
        f'FILE:10: {path}:3: backbone.staff = "5": must be a number from 0 to 4',
        f'FILE:10: {path}:3: practice.bits = "4.5": must be a whole number from 4 to 8',
        f'FILE:10: {path}:3: data = "maybe": must be one of no, yes',
        f"FILE:10: {path}:5: has 2 cells; the header has 3",
        f'FILE:10: {path}:6: backbone.staff = "nan": must be a number from 0 to 4',
        f'FILE:10: {path}:6: practice.bits = "": must be a whole number from 4 to 8',
    ]


def test_points_without_factors_and_a_row_that_is_no_csv_are_told_in_words_that_can_be_printed(tmp_path: Path) -> None:
    text = HEAD + '[design]\nkind = "file"\nfile = "points.csv"\n'
    assert refused(text, tmp_path) == [
        'FILE:5: design.kind = "file": needs at least one factor, in [levers] or [uncertainties]'
    ]
    with pytest.raises(InputError, match=r"points\.csv:2: cannot be read as CSV: '\\t' expected after"):
        points(tmp_path, 'backbone.staff\tpractice.bits\tdata\n"1"5\t4\tno\n')


@pytest.mark.parametrize(
    "content",
    [
        "backbone.staff;practice.bits;data\n1.5;4;no\n0;8;yes\n",
        "backbone.staff;practice.bits;data\n1,5;4;no\n0,0;8;yes\n",
        "backbone.staff\tpractice.bits\tdata\n1.5\t4\tno\n0\t8\tyes\n",
        "\ufeffsep=;\r\nbackbone.staff;practice.bits;data\r\n1,5;4;no\r\n0;8;yes\r\n",
        "sep=\t\nbackbone.staff\tpractice.bits\tdata\n1.5\t4\tno\n0\t8\tyes\n",
        'SEP=,\n"backbone.staff","practice.bits","data"\n"1.5",4,no\n0,8,yes\n',
        "\n\nsep=|\n\nbackbone.staff|practice.bits|data\n1.5|4|no\n0|8|yes\n",
    ],
)
def test_points_are_separated_as_spreadsheets_do_it(tmp_path: Path, content: str) -> None:
    assert points(tmp_path, content).design.rows == ((1.5, 4, "no"), (0.0, 8, "yes"))


def test_lines_of_points_are_counted_from_the_first_one_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"points\.csv:5: backbone\.staff = \"1,2,3\": must be a number from 0 to 4"):
        points(tmp_path, "sep=;\n\nbackbone.staff;practice.bits;data\n1,5;4;no\n1,2,3;4;no\n")


def test_a_name_with_a_separator_in_it_does_not_decide_the_separator(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text('backbone.staff;"a, b, or c"\n1;no\n')
    text = FROM_FILE.replace("data =", '"a, b, or c" =').replace('"practice.bits" = { low = 4, high = 8 }\n', "")
    assert parse(text, tmp_path).design.rows == ((1.0, "no"),)


def test_a_device_or_a_pipe_is_no_file_of_points(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("/dev/zero", "pipe"):
        (problem,) = refused(FROM_FILE.replace("points.csv", name), tmp_path)
        assert problem.endswith(": is no regular file")
    (problem,) = refused(FROM_FILE.replace("points.csv", "."), tmp_path)
    assert "is a folder, not a file" in problem


def test_no_more_than_a_hundred_problems_of_points_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        points(tmp_path, "backbone.staff,practice.bits,data\n" + "".join(f"{5 + row},4,no\n" for row in range(1000)))
    assert len(caught.value.problems) == 101
    assert caught.value.problems[-1] == "FILE: and 900 more problems"


def test_the_same_problem_of_many_points_is_one_line_with_a_count(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        points(tmp_path, "backbone.staff,practice.bits,data\n" + "5,4,no\n1,4,no\n" * 50)
    assert list(caught.value.problems) == [
        f'FILE:10: {tmp_path / "points.csv"}:2: backbone.staff = "5": must be a number from 0 to 4 '
        "(and on 49 more lines, such as 4 and 6)"
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("x" * 200_000 + "\n1\n", "points.csv:1: cannot be read as CSV: field larger than field limit (131072)"),
        ("", "points.csv: is empty; its first line must name the columns"),
        ("backbone.staff,practice.bits,data\n", "points.csv: has no points below its header"),
        ("backbone.staf,practice.bits,data\n", '"backbone.staf": no such factor; did you mean backbone.staff?'),
        (",backbone.staff,practice.bits,data\n0,1,4,no\n", '"": no such factor; there are backbone.staff, practice'),
        ("practice.bits,data\n", "points.csv: backbone.staff: no column has this factor"),
        ("data,data,practice.bits,backbone.staff\n", "points.csv: data: there are two such columns"),
        (b"backbone.staff\n\xff\n", "points.csv:2: byte 0xff is not UTF-8; save the file as UTF-8"),
        ('backbone.staff,practice.bits,data\n"1"x,4,no\n', "points.csv:2: cannot be read as CSV"),
    ],
)
def test_a_file_that_holds_no_points_is_refused(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        points(tmp_path, content)
    assert any(says in problem for problem in caught.value.problems), caught.value.problems


# --- the file itself ----------------------------------------------------------------------------------


def test_what_is_no_study_file_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.toml"
    for content, says in ((b"\xff", ":1: is not text in UTF-8"), (b"[study\n", ":1: not valid TOML")):
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read(path)
        assert f"{path}{says}" in str(caught.value)
    with pytest.raises(InputError, match="is a folder, not a study file"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file; begin one with: cisim study new"):
        read(tmp_path / "none.toml")
    monkeypatch.setattr(study_file, "LARGEST", 3)
    with pytest.raises(InputError, match="too large for a study"):
        read(path)


def test_a_scenario_file_is_no_study() -> None:
    problems = refused("[coalition]\norganisations = 3\n")
    assert "FILE:1: coalition: no such section; the sections are study, base, levers" in problems[-1]


@pytest.mark.parametrize("value", ["3", '"x"', "[]", "true", "1979-05-27", "[[1]]", "{ a = { b = { c = 1 } } }"])
@pytest.mark.parametrize("table", StudyFile.model_fields)
def test_whatever_stands_in_a_table_is_refused_in_words(table: str, value: str) -> None:
    assert refused(f"{table} = {value}\n")
    keys = {
        "study": ("name", "question", "scenario", "replications", "seed", "luck"),
        "base": ("backbone", "events"),
        "levers": ("backbone.staff", "backbone", "x"),
        "uncertainties": ("coalition.sectors",),
        "design": ("kind", "points", "rows", "file", "levels"),
        "record": ("months", "measures", "ties", "organisations", "panel_months"),
        "stop": ("measure", "below"),
        "limits": ("seconds", "memory"),
    }[table]
    for key in keys:
        text = f'{table}."{key}" = {value}\n'
        assert all(problem.startswith("FILE:") for problem in problems_of(text + (HEAD if table != "study" else "")))


# --- the page about it --------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "study-file.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FORMS = re.findall(
    r"^\| [a-z ]+ \| (`.*?`) \|", PAGE.partition("| form |")[2].partition("A range may")[0], re.MULTILINE
)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_the_page_is_taken(block: str) -> None:
    head = "" if "[study]" in block else HEAD
    design = FACTORIAL if "[levers]" in block and "[design]" not in block else ""
    assert isinstance(parse(head + block + design), Study)


def test_every_form_of_a_factor_on_the_page_is_taken() -> None:
    assert len(FORMS) == 4
    for form in FORMS:
        for said in re.findall("`(.*?)`", form):
            name = "data" if "none" in said else "coalition.network" if "random" in said else "backbone.staff"
            assert levers(f"{name} = {said}")[0].values


def models_of_the_file() -> dict[str, type[BaseModel]]:
    """The tables of a study file that have keys of their own."""
    tables = {name: types_of(field.annotation)[0] for name, field in StudyFile.model_fields.items()}
    return {name: table for name, table in tables.items() if isinstance(table, type) and issubclass(table, BaseModel)}


def test_every_table_and_key_stands_on_the_page() -> None:
    for table in StudyFile.model_fields:
        assert f"`[{table}]`" in PAGE
    models = models_of_the_file()
    assert set(models) == {"study", "design", "record", "stop", "limits"}
    for table, model in models.items():
        part = PAGE.partition(f"## `[{table}]`")[2].partition("\n## ")[0]
        assert len(part) > 100
        for key in model.model_fields:
            assert f"`{key}`" in part, f"{table}.{key}"
    for key in Range.model_fields:
        assert f"`{key}`" in PAGE or f"{key} = " in PAGE, key
    for kind in KINDS:
        assert f'`"{kind}"`' in PAGE


def test_every_key_of_the_file_has_a_meaning_in_the_schema() -> None:
    schema = study_file.json_schema()
    assert set(schema["properties"]) == set(StudyFile.model_fields)
    for model in (*models_of_the_file().values(), Range):
        properties = schema["$defs"][model.__name__]["properties"]
        assert set(properties) == set(model.model_fields)
        assert all(about["description"] for about in properties.values()), model
    assert "backbone" in schema["properties"]["base"]["properties"]


@pytest.mark.parametrize("block", [*BLOCKS, study_file.new_text()])
def test_the_schema_allows_what_the_page_shows(block: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(study_file.json_schema())
    said = tomllib.loads(block)
    assert [error.message for error in validator.iter_errors({"study": {"name": "s"}} | said)] == []
    wrong = {"study": {"name": "s", "replications": 0, "nam": "x"}, "stop": {"below": "x"}, "limits": {"seconds": 0}}
    assert len(list(validator.iter_errors(wrong))) == 4
