"""Money of a plan is what a hand calculation gives: by year and item, per added point, and against what there is."""

from __future__ import annotations

import math

import numpy as np
import pytest

import cisim
from cisim.dynamics.measures import Measure
from cisim.errors import InputError
from cisim.plan.costs import (
    ITEMS,
    NEEDED,
    Costs,
    Spending,
    fields_of_costs,
    over_budget,
    per_added_point,
    same_money,
    spending,
    unequal,
)
from cisim.scenario import Scenario
from cisim.scenario.catalogue import fits
from cisim.uncertainty import moments

#: Figures of a planner: a post is 120,000 all in.
OWN = Costs(
    backbone_post=100_000, service_post=100_000, overhead=0.2, meeting_hour=30, hours=2000, data_once=7000,
    data_yearly=1200,
)  # fmt: skip
MEASURES = tuple(Measure(name, "", "") for name in ("progress", *NEEDED))


def record(months: int, **flows: float) -> np.ndarray:
    """A mean record in which every month is alike; the founding has no flows."""
    values = np.array([[flows.get(measure.name, 0.0) for measure in MEASURES]] * (months + 1))
    values[0] = np.nan
    return values


def items(spent: Spending, year: int) -> dict[str, float]:
    return dict(zip((item.name for item in ITEMS), spent.by_year[year - 1].tolist(), strict=True))


def test_a_year_costs_what_is_calculated_by_hand() -> None:
    mean = record(24, staff_at_work=3, levy=1, overhead=2, grants=0.5, alive=1)
    spent = spending(OWN, Scenario(scenario={"months": 24}), MEASURES, mean)
    # 2 posts from outside at 120,000; 1 by members; 7,000 + 1,200 for data; 2 FTE x 2,000 hours x 30.
    assert items(spent, 1) == pytest.approx(
        {
            "backbone posts, paid from outside": 240_000,
            "backbone posts, paid by members": 120_000,
            "service posts": 0,
            "data system": 8_200,
            "partners' time in meetings and on reports": 120_000,
        }
    )
    assert items(spent, 2) == pytest.approx(items(spent, 1) | {"data system": 1_200})
    assert spent.cash.tolist() == pytest.approx([368_200, 361_200])
    assert spent.in_kind.tolist() == pytest.approx([120_000, 120_000])
    assert spent.total == pytest.approx(729_400)
    assert spent.raised.tolist() == pytest.approx([60_000, 60_000])
    assert spent.left_out == ()


def test_the_last_year_may_be_a_part_of_one() -> None:
    spent = spending(OWN, Scenario(scenario={"months": 18}), MEASURES, record(18, staff_at_work=1))
    assert spent.cash.tolist() == pytest.approx([120_000, 60_000])


def test_doing_nothing_new_costs_no_cash() -> None:
    nothing = Scenario(scenario={"months": 24}, coalition={"start": "never"})
    ensemble = cisim.run(nothing, 3, 1)
    spent = spending(OWN, nothing, ensemble.measures, moments(ensemble.values).mean)
    assert spent.total == 0.0
    # People talk in any case: that time is no cash.
    assert (spent.in_kind > 0).all()


def test_a_run_costs_the_posts_that_it_has() -> None:
    scenario = Scenario(
        scenario={"months": 36},
        backbone={"staff": 2, "member_share": 0, "end": 24},
        measurement={"sharing": 0},
        events=[{"month": 19, "set": {"measurement.sharing": 0.5}}, {"month": 25, "set": {"measurement.sharing": 0}}],
    )
    ensemble = cisim.run(scenario, 3, 1)
    spent = spending(OWN, scenario, ensemble.measures, moments(ensemble.values).mean)
    assert spent.by_year[:, 0].tolist() == pytest.approx([240_000, 240_000, 0])
    assert spent.by_year[:, 3].tolist() == pytest.approx([0, 7_000 + 600, 0])


def test_service_posts_are_paid_as_events_set_them_with_a_coalition_or_without():
    events = [{"month": 19, "set": {"funder.services": 0}}]
    for start in (1, "never"):
        scenario = Scenario(
            scenario={"months": 24},
            coalition={"start": start},
            funder={"services": 3},
            backbone={"staff": 0},
            events=events,
        )
        ensemble = cisim.run(scenario, 2, 1)
        spent = spending(OWN, scenario, ensemble.measures, moments(ensemble.values).mean)
        assert spent.by_year[:, 2].tolist() == pytest.approx([360_000, 180_000])


def test_data_of_a_coalition_that_ended_in_half_of_the_runs_cost_half() -> None:
    spent = spending(OWN, Scenario(scenario={"months": 12}), MEASURES, record(12, alive=0.5))
    assert spent.by_year[0, 3] == pytest.approx(0.5 * 8_200)


def test_what_an_event_on_a_condition_changes_is_named() -> None:
    event = {"when": {"measure": "members", "below": 5}, "set": {"measurement.sharing": 0, "backbone.staff": 0}}
    scenario = Scenario(scenario={"months": 12}, events=[event])
    assert spending(OWN, scenario, MEASURES, record(12)).left_out == ("measurement.sharing",)


def test_what_the_file_does_not_set_is_assumed() -> None:
    assert Costs(overhead=0.15, budget=1.0).assumed == (
        "currency", "backbone_post", "service_post", "meeting_hour", "hours", "data_once", "data_yearly",
    )  # fmt: skip
    assert OWN.assumed == ("currency",)


@pytest.mark.parametrize("info", fields_of_costs(), ids=lambda info: info.name)
def test_a_default_has_a_source_and_lies_in_its_plausible_range(info) -> None:  # type: ignore[no-untyped-def]
    assert info.meaning
    assert info.source
    if info.default is not None and info.numeric:
        assert fits(info, info.default)
        assert info.low is None or info.low < info.default < info.high


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"backbone_post": -1}, "backbone_post = -1: must be a number, above 0 and at most 1e+12 (money/year)"),
        ({"hours": "2,080"}, 'hours = "2,080": must be a number from 1 to 8784 (hours/year)'),
        ({"backbone_posts": 1}, "backbone_posts = 1: no such field; did you mean backbone_post?"),
        (
            {"currency": "EUR", "backbone_post": 90_000, "service_post": 70_000, "data_once": 0},
            "in another currency than USD, all figures of money must be given, since their defaults are in USD; "
            "missing: meeting_hour, data_yearly",
        ),
    ],
)
def test_a_wrong_figure_is_refused_in_words(values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        Costs(**values)
    (problem,) = caught.value.problems
    assert problem == words


def test_a_plan_beyond_the_budget_is_told_by_years_and_in_all() -> None:
    spent = Spending(30, np.array([[100, 0, 0, 0, 999], [130, 0, 0, 0, 0], [60, 0, 0, 0, 0]], float), np.zeros(3))
    assert over_budget(Costs(), spent) is None
    assert over_budget(Costs(budget=129.9), spent) is None
    assert over_budget(Costs(budget=129.8), spent) == ((2,), pytest.approx(0.2), 0)
    # Half a year has half of the budget and of the grant.
    assert over_budget(Costs(budget=110), spent) == ((2, 3), 20, 0)
    assert over_budget(Costs(budget=110, outside_grant=10), spent) == ((2,), 10, 0)
    assert over_budget(Costs(budget_in_all=280), spent) == ((), 0, 10)
    assert over_budget(Costs(budget_in_all=280, outside_grant=4), spent) is None


def test_an_added_point_costs_the_difference_over_what_is_added() -> None:
    # 600,000 for 2.9 points: 206,897 a point.
    point = per_added_point(600_000, 0.029, 0.020, 0.038)
    assert point is not None
    assert point == pytest.approx((600_000 / 2.9, 600_000 / 3.8, 600_000 / 2.0))


def test_no_point_has_a_price_where_none_is_sure_or_nothing_is_spent() -> None:
    assert per_added_point(600_000, 0.029, -0.001, 0.06) is None
    assert per_added_point(600_000, 0.029, 0.0, 0.06) is None
    assert per_added_point(600_000, -0.02, -0.03, -0.01) is None
    assert per_added_point(600_000, math.nan, math.nan, math.nan) is None
    assert per_added_point(0, 0.029, 0.02, 0.04) is None


def test_the_interval_of_a_price_is_fiellers_with_a_known_cost() -> None:
    # Fieller: the t with (cost - t x)^2 <= z^2 t^2 se^2, which is t^2 (x^2 - z^2 se^2) - 2 cost x t + cost^2 <= 0.
    cost, x, se, z = 6e5, 0.03, 0.006, 1.96
    low, high = sorted(np.roots([x**2 - (z * se) ** 2, -2 * cost * x, cost**2]))
    point = per_added_point(cost, x, x - z * se, x + z * se)
    assert point is not None
    assert point[1:] == pytest.approx((low / 100, high / 100))


def test_the_same_money_buys_services_over_the_whole_time() -> None:
    assert same_money(1_440_000, OWN, 60) == pytest.approx(2.4)
    assert same_money(60_000, OWN, 6) == pytest.approx(1.0)


def test_spending_is_unequal_beyond_five_per_cent() -> None:
    assert unequal({}) is None
    assert unequal({"one": 100.0, "two": 105.0}) is None
    assert unequal({"one": 100.0, "two": 105.1, "three": 101.0}) == ("one", "two", 100.0, 105.1)
    assert unequal({"one": 0.0, "two": 0.0}) is None
