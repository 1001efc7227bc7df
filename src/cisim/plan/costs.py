"""Money: what a plan spends by year, what it costs per added point, and what the same money buys.

*Cash* is what somebody has to pay: posts of the backbone, whoever pays them, service posts and the data system. *In kind* is the time of
partners' own staff in meetings, with the backbone and on reports: real, but paid already. A budget is about cash alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from pydantic import model_validator

from cisim.dynamics.measures import Measure
from cisim.report.format import MONTHS_A_YEAR
from cisim.scenario import Scenario
from cisim.scenario.catalogue import info_of
from cisim.scenario.field import FieldInfo, setup
from cisim.scenario.names import Name, refusal
from cisim.scenario.problems import Table
from cisim.uncertainty import Floats

#: The currency of the defaults.
DOLLARS = "USD"
#: Plans whose money differs by more than this share spend unequally.
UNEQUAL = 0.05
#: Less than this share beyond the budget is not beyond it.
ROUNDING = 0.001
#: The measures that `spending` reads.
NEEDED = ("staff_at_work", "levy", "overhead", "grants", "alive")

_money = partial(setup, unit="money", bounds=(0, 1e12), stage="run")
_yearly = partial(setup, unit="money/year", bounds=(0, 1e12), stage="run")
_post = partial(_yearly, open_minimum=True)
_BENEFITS = "and benefits, 31.7 % of what an employee costs (the same, September 2018, read in its news release)"


class Costs(Table):
    """Section [costs] of a plan file: what posts, hours and data cost, and how much there is to spend.

    What the file does not set has a default from published figures, and is *assumed*.

    Example:
        >>> costs = Costs(backbone_post=120_000.0, overhead=0.0)
        >>> costs.backbone_year
        120000.0
        >>> costs.assumed[:2]
        ('currency', 'service_post')
    """

    # fmt: off
    currency: Name = setup(DOLLARS, "the currency of all figures, as reports write it", stage="run")
    backbone_post: float = _post(115_000.0, "a full-time post of the backbone: pay and benefits, without overhead",
        sweep=(80_000, 150_000), source="US Bureau of Labor Statistics: median pay of social and community service "
        f"managers, $78,240 in May 2024 (recalled), {_BENEFITS}; six backbones in Cincinnati had $100,000 to $117,000 a year each "
        "from one foundation (FSG, computed from a page excerpt)")
    service_post: float = _post(84_000.0, "a full-time post of direct services: pay and benefits, without overhead",
        sweep=(60_000, 110_000), source="US Bureau of Labor Statistics: median pay of community and social service "
        f"occupations, $57,530 in May 2024 (recalled; $44,960 in May 2018, read in its tables), {_BENEFITS}")
    overhead: float = setup(0.15, "office, insurance, accounting and the like, on top of every post", unit="share of a post",
        bounds=(0, 2), sweep=(0, 0.4), stage="run", source="2 CFR 200.414(f): the rate that US federal grants allow without "
        "negotiation since October 2024 (read on pages of federal agencies)")
    meeting_hour: float = _money(34.79, "an hour of a partner's staff, in meetings and on reports",
        sweep=(25, 60), source="Independent Sector: value of a volunteer's hour in 2024 (recalled; $29.95 in 2021, read in its "
        "news release)")
    hours: float = setup(2080.0, "hours a year of a full-time post", unit="hours/year", bounds=(1, 8784), stage="run",
        source="52 weeks of 40 hours")
    data_once: float = _money(50_000.0, "the shared data system, once, in the first month in which data are shared",
        sweep=(10_000, 250_000), source="chosen")
    data_yearly: float = _yearly(15_000.0, "the shared data system, each year in which data are shared",
        sweep=(5_000, 60_000), source="chosen")
    outside_grant: float | None = _yearly(None, "cash from outside that comes each year besides the budget; not given: none")
    budget: float | None = _yearly(None, "cash that there is a year; plans that take more are named; not given: no limit")
    budget_in_all: float | None = _money(None, "cash that there is over all months; not given: no limit")
    # fmt: on

    @model_validator(mode="after")
    def _speaks_one_currency(self) -> Costs:
        dollars = [name for name in self.assumed if name in _MONEY]
        if self.currency != DOLLARS and dollars:
            raise refusal(
                f"in another currency than {DOLLARS}, all figures of money must be given, since their defaults are in "
                f"{DOLLARS}; missing: {', '.join(dollars)}"
            )
        return self

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the fields that were not set and so have their default, but for those that may be left open."""
        fields = type(self).model_fields
        return tuple(name for name in fields if name not in self.model_fields_set and fields[name].default is not None)

    @property
    def backbone_year(self) -> float:
        """A backbone post with its overhead, a year."""
        return self.backbone_post * (1.0 + self.overhead)

    @property
    def service_year(self) -> float:
        """A service post with its overhead, a year."""
        return self.service_post * (1.0 + self.overhead)


_MONEY = ("backbone_post", "service_post", "meeting_hour", "data_once", "data_yearly")


def fields_of_costs() -> tuple[FieldInfo, ...]:
    """List the fields of the section with default, unit, meaning and source, in their order."""
    return tuple(info_of(field, ("costs", name)) for name, field in Costs.model_fields.items())


# --- what a plan spends -------------------------------------------------------------------------------


class Item(NamedTuple):
    """One kind of spending."""

    name: str
    kind: Literal["cash", "in kind"]


ITEMS = (
    Item("backbone posts, paid from outside", "cash"),
    Item("backbone posts, paid by members", "cash"),
    Item("service posts", "cash"),
    Item("data system", "cash"),
    Item("partners' time in meetings and on reports", "in kind"),
)


@dataclass(frozen=True, eq=False)
class Spending:
    """Money that a plan takes, on average over its runs.

    Attributes:
        months: of the plan.
        by_year: money of each year, the last of which may be a part of one: (years, items), in the order of `ITEMS`.
        raised: grants that the backbone brings its members, by year, worth what service posts cost: (years,). They are no cost.
        left_out: settings that an event on a condition may change, which no mean can tell: they are counted as they were before.
    """

    months: int
    by_year: Floats
    raised: Floats
    left_out: tuple[str, ...] = ()

    @property
    def cash(self) -> Floats:
        """Cash of each year: (years,)."""
        return self._of_kind("cash")

    @property
    def in_kind(self) -> Floats:
        """Worth of partners' time in each year: (years,)."""
        return self._of_kind("in kind")

    @property
    def total(self) -> float:
        """Cash over all months."""
        return math.fsum(self.cash)

    def _of_kind(self, kind: str) -> Floats:
        chosen = [item.kind == kind for item in ITEMS]
        total: Floats = self.by_year[:, chosen].sum(axis=1)
        return total


def spending(costs: Costs, scenario: Scenario, measures: Sequence[Measure], mean: Floats) -> Spending:
    """Turn what a plan takes into money by year and item.

    A plan pays for the posts that are there, not for those that were meant: nobody pays for a backbone whose coalition has ended.
    A plan that does nothing new pays nothing for what is new; what it has all the same, such as service posts, it pays.

    Args:
        costs: what things cost.
        scenario: of the plan.
        measures: those of the last axis, `NEEDED` among them.
        mean: over runs, and over worlds if there are several: (months + 1, measures). The founding, month 0, costs nothing.
    """
    names = [measure.name for measure in measures]
    months = len(mean) - 1
    flows = {name: np.nan_to_num(mean[1:, names.index(name)]) for name in NEEDED}
    in_force = flows["alive"]
    sharing = in_force * (by_month(scenario, "measurement.sharing", months) > 0.0)
    first = np.zeros(months)
    if sharing.any():
        first[np.flatnonzero(sharing)[0]] = sharing.max()
    monthly = np.column_stack(
        [
            (flows["staff_at_work"] - flows["levy"]) * costs.backbone_year / MONTHS_A_YEAR,
            flows["levy"] * costs.backbone_year / MONTHS_A_YEAR,
            by_month(scenario, "funder.services", months) * costs.service_year / MONTHS_A_YEAR,
            first * costs.data_once + sharing * costs.data_yearly / MONTHS_A_YEAR,
            flows["overhead"] * costs.hours * costs.meeting_hour / MONTHS_A_YEAR,
        ]
    )
    raised = _yearly_sums(flows["grants"] * costs.service_year / MONTHS_A_YEAR)
    on_condition = {path for event in scenario.events if event.when is not None for path in event.set}
    left_out = tuple(sorted(on_condition & {"measurement.sharing", "funder.services"}))
    return Spending(months, _yearly_sums(monthly), raised, left_out)


def by_month(scenario: Scenario, path: str, months: int) -> Floats:
    """Follow a field over months 1 to `months` as the events of given months set it."""
    values = np.full(months, float(scenario.value(path)))
    for event in scenario.events:
        if event.month is not None and path in event.set:
            values[event.month - 1 :] = event.set[path]
    return values


def _yearly_sums(monthly: Floats) -> Floats:
    sums: Floats = np.add.reduceat(monthly, np.arange(0, len(monthly), MONTHS_A_YEAR), axis=0)
    return sums


# --- what it means ------------------------------------------------------------------------------------


class OverBudget(NamedTuple):
    """Amounts by which a plan goes beyond what there is."""

    years: tuple[int, ...]  #: numbers of the years, from 1, that take more than there is a year
    most: float  #: the largest amount beyond what there is in one of these years; 0: there is none
    in_all: float  #: the amount beyond what there is over all months; 0: there is none, or no such limit


def over_budget(costs: Costs, spent: Spending) -> OverBudget | None:
    """Tell how far a plan's cash goes beyond the budget and the outside grant; None if it stays within or there is no budget.

    Of a year that is cut short, the budget and the grant are cut too. An excess of less than a thousandth is none: posts are rounded.
    """
    lengths = np.minimum(MONTHS_A_YEAR, spent.months - MONTHS_A_YEAR * np.arange(len(spent.cash))) / MONTHS_A_YEAR
    grant = lengths * (costs.outside_grant or 0.0)
    beyond = np.zeros(len(lengths)) if costs.budget is None else spent.cash - grant - lengths * costs.budget
    in_all = 0.0 if costs.budget_in_all is None else spent.total - math.fsum(grant) - costs.budget_in_all
    years = tuple(int(year) + 1 for year in np.flatnonzero(beyond > ROUNDING * spent.cash))
    in_all = in_all if in_all > ROUNDING * spent.total else 0.0
    return OverBudget(years, float(beyond.max()) if years else 0.0, in_all) if years or in_all else None


class PerPoint(NamedTuple):
    """Money per percentage point of the gap that a plan closes more than doing nothing new."""

    money: float
    low: float  #: ends of the interval
    high: float


def per_added_point(cost: float, added: float, low: float, high: float) -> PerPoint | None:
    """Compute what an *added* percentage point costs, never counting one that would have come anyway.

    The cost counts as known, so the interval by Fieller's theorem is that of the added points turned over: cost / high to cost / low.

    Args:
        cost: what the plan spends more than doing nothing new.
        added: the share of the gap that it closes more.
        low: the lower end of its interval.
        high: the upper end.

    Returns:
        None if the interval includes 0 or lies below, so that no point is sure to be added, or if the plan costs no more.

    Source: Fieller 1954, Journal of the Royal Statistical Society B 16, 175-185.

    Example:
        >>> per_added_point(600_000, 0.03, 0.025, 0.04)
        PerPoint(money=200000.0, low=150000.0, high=240000.0)
    """
    if not (low > 0.0 and cost > 0.0):
        return None
    return PerPoint(*(cost / (100.0 * share) for share in (added, high, low)))


def same_money(total: float, costs: Costs, months: int) -> float:
    """Return how many service posts, the same number in every month, a sum of cash pays for so many months.

    Example:
        >>> same_money(1_800_000, Costs(service_post=120_000.0, overhead=0.0), 60)
        3.0
    """
    return total / (costs.service_year * months / MONTHS_A_YEAR)


class Unequal(NamedTuple):
    """The plans that spend least and most cash, where that is not nearly the same."""

    least: str
    most: str
    low: float
    high: float


def unequal(totals: Mapping[str, float]) -> Unequal | None:
    """Tell whether plans spend unequally, by more than `UNEQUAL`, so that a ranking of them is one of money too.

    Args:
        totals: cash over all months, by the names of the plans; doing nothing new is none of them.
    """
    if not totals:
        return None
    least, most = min(totals, key=totals.__getitem__), max(totals, key=totals.__getitem__)
    low, high = totals[least], totals[most]
    return Unequal(least, most, low, high) if high > low * (1.0 + UNEQUAL) else None
