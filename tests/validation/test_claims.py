"""Tests of claims, pages and suites at their limits: NaN, first and last seed, shares of none and of all."""

from __future__ import annotations

import math

import pytest

from cisim.validation import agreement, facts_suite, page
from cisim.validation.claims import FAILS, HOLDS, Effort, Estimate, Finding, close, near
from cisim.validation.docking.contact import CASES as CONTACT
from cisim.validation.docking.copying import COPYING
from cisim.validation.docking.spread import CASES as SPREAD
from cisim.validation.suites import SUITES, Result


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nan_among_the_values_fails_a_claim(place: int) -> None:
    expected, measured = [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]
    assert close("", expected, measured, 0.1, "").verdict == HOLDS
    measured[place] = math.nan
    assert close("", expected, measured, 0.1, "").verdict == FAILS
    estimates = [Estimate(value, 1.0) for value in measured]
    assert near("", [Estimate(value, 0.0) for value in expected], estimates, 9, "").verdict == FAILS


def test_infinite_errors_and_missing_values_fail_a_claim() -> None:
    assert near("", Estimate(1.0, 0.0), Estimate(9.0, math.inf), 9, "").verdict == FAILS
    assert near("", [], [], 9, "").verdict == FAILS
    assert close("", [], [], 0.1, "").verdict == FAILS


@pytest.mark.parametrize("case", [*CONTACT, COPYING, *SPREAD], ids=lambda case: case.name)
def test_cases_hold_with_the_largest_seed(case) -> None:
    claims = case.run(Effort(quick=True, seed=2**64 - 1)).claims
    assert [claim.text for claim in claims if claim.verdict == FAILS] == []


def test_the_second_opinion_agrees_with_the_engine_at_seed_0(monkeypatch) -> None:
    monkeypatch.setattr(agreement, "shipped", lambda: ("isolated-impact",))
    finding = agreement.independent_version(Effort(seed=0))
    assert [claim.verdict for claim in finding.claims] == [HOLDS, HOLDS]


@pytest.mark.parametrize(
    ("share", "points", "told"),
    [(0.0, 100, "0 % (0 to 4)"), (1.0, 30, "100 % (89 to 100)"), (0.5, 4, "50 % (15 to 85)")],
)
def test_a_share_of_points_has_an_interval_even_if_all_agree(share: float, points: int, told: str) -> None:
    assert facts_suite._percent(share, points) == told


@pytest.mark.parametrize(
    ("effort", "options"),
    [
        (Effort(), ""),
        (Effort(threads=1), ""),
        (Effort(quick=True, seed=3), " --quick --seed 3"),
        (Effort(paired=50, points=9), " --runs 50 --points 9"),
    ],
)
def test_the_page_shows_the_command_that_repeats_a_measurement(effort: Effort, options: str) -> None:
    (suite,) = (one for one in SUITES if one.name == "facts")
    text = page.html([Result(suite, facts_suite.CASES[0], Finding(()))], effort)
    assert f"<code>cisim validate --case facts{options}</code>" in text
