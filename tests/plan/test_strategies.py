"""The questions that planners bring: seven of them in one file of sixty lines, each with an effect of its own."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.plan.run import run
from cisim.plan.spec import read
from plan.county import HEAD, county

#: (a) one coordinator now or three in year 2; (b) how often to meet; (c) data or agenda first; (d) a few first; (e) a grant that
#: ends; (f) services instead; (g) without the largest partner.
QUESTIONS = """\
[plans."one coordinator now"]
backbone.staff = 1

[plans."three in year 2"]
backbone.staff = { 13 = 3 }

[plans."three throughout"]
backbone.staff = 3

[plans."meets monthly"]
backbone.staff = 3
meet = "monthly"

[plans."meets quarterly"]
backbone.staff = 3
meet = "quarterly"

[plans."data first"]
backbone.staff = 3
agenda.process = { 1 = 0, 19 = 0.8 }

[plans."agenda first"]
backbone.staff = 3
measurement.sharing = { 1 = 0, 19 = 0.8 }

[plans."four, then all"]
backbone.staff = 3
start_with = "the 4 largest"
invite = { month = 13, partners = "all others", at_a_time = 3, every = 4 }

[plans."the grant ends"]
grant = { per_year = 360000, months = 36 }

[plans."services instead"]
coalition.start = "never"
extra_services = 3

[plans."without the district"]
backbone.staff = 3
exclude = "Big District"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    head = HEAD.replace("months = 24", "months = 60")
    return run(read(county(tmp_path_factory.mktemp("county"), QUESTIONS, head)), worlds=30, precision=100)


@pytest.fixture(scope="module")
def added(results):
    """The mean progress that each plan adds, and the standard error of any difference of two."""
    means = results.progress.mean(axis=2)
    return dict(zip(results.names, (means - means[:, :1]).mean(axis=0), strict=True))


def test_seven_questions_fit_in_sixty_lines() -> None:
    assert QUESTIONS.count("\n") <= 60


def test_no_two_plans_are_the_same(results) -> None:
    ends = results.progress
    for first in range(ends.shape[1]):
        for second in range(first):
            assert not np.array_equal(ends[:, first], ends[:, second]), (results.names[first], results.names[second])


def test_a_grant_that_ends_is_as_if_it_went_on_until_it_does(results) -> None:
    course, names = results.measure("progress"), results.names
    ends, goes_on = names.index("the grant ends"), names.index("three throughout")
    assert np.array_equal(course[:, ends, :, :37], course[:, goes_on, :, :37])
    assert results.progress[:, ends].mean() < results.progress[:, goes_on].mean()


def test_what_begins_later_costs_less_and_adds_less(results, added) -> None:
    spent = dict(zip(results.names, (each.total for each in results.spent), strict=True))
    assert spent["one coordinator now"] < spent["three in year 2"] < spent["three throughout"]
    assert spent["the grant ends"] < spent["three throughout"]
    assert added["three in year 2"] < added["three throughout"]


def test_three_service_posts_count(results, added) -> None:
    services = results.names.index("services instead")
    assert (results.progress[:, services].mean(axis=1) > results.progress[:, 0].mean(axis=1)).all()
    assert added["services instead"] > 0


def test_staff_of_all_plans_is_at_work_when_they_say(results) -> None:
    staff = results.measure("staff_at_work").mean(axis=(0, 2))
    at = {name: staff[results.names.index(name)] for name in results.names}
    assert at["three in year 2"][12] == 0
    assert at["three in year 2"][13] == pytest.approx(3)
    assert at["the grant ends"][36] == pytest.approx(3)
    assert at["the grant ends"][37] == 0
    assert (at["nothing new"][1:] == 0).all()


def test_the_district_takes_no_part_and_its_services_go_on(results) -> None:
    names = results.names
    members, resources = results.measure("members"), results.measure("resources")
    without, whole = names.index("without the district"), names.index("three throughout")
    assert (members[:, without, :, 1] == members[:, whole, :, 1] - 1).all()
    assert np.array_equal(resources[:, without, :, 1:], resources[:, whole, :, 1:])
