"""The Mesa face: the same model with one agent per organisation, for looking inside and for changing a mechanism.

`CollectiveImpactModel` calls the stages of the compiled engine one by one, on the same state, so both give the same bits. `Organization` is a
light view on its row of that state.

Example:
    >>> from cisim import CollectiveImpactModel
    >>> model = CollectiveImpactModel("all-five", seed=1)
    >>> for _ in range(12):
    ...     model.step()
    >>> members = model.agents.select(lambda organisation: organisation.member)
    >>> 0.0 < members.agg("commitment", lambda values: sum(values) / len(values)) < 1.0
    True
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import mesa
import numpy as np
import pandas as pd
from mesa.datacollection import DataCollector
from numpy.typing import ArrayLike, NDArray

from cisim import commitment as commitment_stage
from cisim import community, disturbance
from cisim.coalition import draw
from cisim.compiled import quick_compilation
from cisim.conditions import activities, agenda, backbone, communication, measurement
from cisim.engine import checked_seeds, settle
from cisim.errors import InputError
from cisim.founding import found
from cisim.layout import SET_MEMBER, SET_RESOURCES, State
from cisim.luck import Luck
from cisim.measures import Measure
from cisim.record import record
from cisim.scenario import Scenario, load


class Partner(NamedTuple):
    """One tie of an organisation, as it sees it.

    Attributes:
        organization: the other end.
        strength: of the tie, in [0, 1].
        trust: in the other, in [0, 1].
        met: whether the two met this month.
    """

    organization: Organization
    strength: float
    trust: float
    met: bool


def _as_number(value: Any) -> float:
    """A value as a number; NaN, which no bound allows, if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


class Organization(mesa.Agent):  # type: ignore[misc]
    """One organisation: a view on its row of the model's state.

    What is read is this month's value; what is set is checked and written at once. Arrays that are read can't be written to:
    set the whole attribute.

    Attributes:
        row: its row in the arrays of the state, which is its place in the file.
        name: its name.
        sector: its sector's name.
    """

    model: CollectiveImpactModel

    def __init__(self, model: CollectiveImpactModel, row: int, name: str, sector: str) -> None:
        super().__init__(model)
        self.row = row
        self.name = name
        self.sector = sector

    def step(self) -> None:
        """What else this organisation does in a month: nothing, unless a subclass says so.

        It is called in the order of the file after the last stage (build) and before the month is recorded.
        """

    def _get(self, field: str) -> Any:
        return self.model.columns[field][self.row].item()

    def _set(self, field: str, value: float, low: float, high: float) -> None:
        number = _as_number(value)
        if not low <= number <= high:
            raise InputError(f"{self.name}: {field} = {value!r}: must be from {low:g} to {high:g}")
        self.model.columns[field][self.row] = number

    @property
    def member(self) -> bool:
        """Is it a member of the coalition? Set to join (with its initial commitment) or leave, while the coalition is in force."""
        return bool(self._get("member"))

    @member.setter
    def member(self, value: bool) -> None:
        disturbance.change_organisation(self.model.state, SET_MEMBER, self.row, float(bool(value)))

    @property
    def commitment(self) -> float:
        """Share of its effort that it gives to the common work, k in [0, 1]; 0 and not to be set while it is no member."""
        return float(self._get("commitment"))

    @commitment.setter
    def commitment(self, value: float) -> None:
        if not self.member:
            raise InputError(
                f"{self.name}: commitment = {value!r}: it is no member, so it has none; set member first"
            )
        self._set("commitment", value, 0.0, 1.0)

    @property
    def awareness(self) -> float:
        """How well it knows the common agenda, A in [0, 1]."""
        return float(self._get("awareness"))

    @awareness.setter
    def awareness(self, value: float) -> None:
        self._set("awareness", value, 0.0, 1.0)

    @property
    def capacity(self) -> float:
        """What its effort is worth by training and tools, q; 1 at the founding."""
        return float(self._get("capacity"))

    @capacity.setter
    def capacity(self, value: float) -> None:
        self._set("capacity", value, 0.0, 10.0)

    @property
    def resources(self) -> float:
        """Nominal resources, r, in FTE, above 0."""
        return float(self._get("resources"))

    @resources.setter
    def resources(self, value: float) -> None:
        number = _as_number(value)
        if not 0.0 < number < math.inf:
            raise InputError(f"{self.name}: resources = {value!r}: must be a number above 0, in FTE")
        disturbance.change_organisation(self.model.state, SET_RESOURCES, self.row, number)

    @property
    def available_resources(self) -> float:
        """This month's resources, r', in FTE; read only."""
        return float(self._get("available"))

    @property
    def overhead(self) -> float:
        """This month's overhead, o, a share of effort; read only."""
        return float(self._get("overhead"))

    @property
    def reached(self) -> bool:
        """Did the backbone reach it this month? Read only."""
        return bool(self._get("reached"))

    @property
    def practice(self) -> int:
        """Its practice, a string of `practice.bits` bits as an integer."""
        return int(self._get("practice"))

    @practice.setter
    def practice(self, value: int) -> None:
        largest = self.model.state.effectiveness.shape[0] - 1
        number = _as_number(value)
        if isinstance(value, bool) or not 0 <= number <= largest or number % 1 != 0:
            raise InputError(f"{self.name}: practice = {value!r}: must be a whole number from 0 to {largest}")
        self.model.columns["practice"][self.row] = int(number)

    @property
    def effectiveness(self) -> float:
        """How effective its practice is, E(s), as a share of the best; read only."""
        return float(self.model.state.effectiveness[self.practice])

    @property
    def mission(self) -> NDArray[np.float64]:
        """Its own mission, G0, a share for each outcome, (D,), sum 1; read only."""
        return self._row(self.model.state.stances, "mission")

    @property
    def goals(self) -> NDArray[np.float64]:
        """What it now works for, g, a share for each outcome, (D,), sum 1; set values are scaled to sum 1."""
        return self._row(self.model.state.stances, "goal")

    @goals.setter
    def goals(self, values: ArrayLike) -> None:
        self.model.state.stances["goal"][self.row] = self._shares(
            "goals", values, self.model.state.stances.shape[1]
        )

    @property
    def beliefs(self) -> NDArray[np.float64]:
        """What it believes the indicators to be, B, (D,)."""
        return self._row(self.model.state.stances, "belief")

    @beliefs.setter
    def beliefs(self, values: ArrayLike) -> None:
        self.model.state.stances["belief"][self.row] = self._numbers(
            "beliefs", values, self.model.state.stances.shape[1]
        )

    @property
    def roles(self) -> NDArray[np.float64]:
        """How it divides joint work among roles, x, (R,), sum 1; set values are scaled to sum 1."""
        return self._row(self.model.state.roles, "mix")

    @roles.setter
    def roles(self, values: ArrayLike) -> None:
        self.model.state.roles["mix"][self.row] = self._shares(
            "roles", values, self.model.state.roles.shape[1]
        )

    @property
    def competence(self) -> NDArray[np.float64]:
        """How well it plays each role, c, (R,), 1 on average over organisations; read only."""
        return self._row(self.model.state.roles, "competence")

    @property
    def partners(self) -> tuple[Partner, ...]:
        """Its ties, latent ones included, in the order of the other ends' rows."""
        state, everybody = self.model.state, self.model.organisations
        start, stop = state.incident_start[self.row], state.incident_start[self.row + 1]
        found_partners = []
        for tie in state.ties[state.incident[start:stop]]:
            is_first = tie["first"] == self.row
            other = everybody[int(tie["second"] if is_first else tie["first"])]
            trust = tie["first_trust"] if is_first else tie["second_trust"]
            found_partners.append(Partner(other, float(tie["strength"]), float(trust), bool(tie["met"])))
        return tuple(sorted(found_partners, key=lambda partner: partner.organization.row))

    def _row(self, table: NDArray[Any], field: str) -> NDArray[np.float64]:
        values: NDArray[np.float64] = table[field][self.row].copy()
        values.flags.writeable = False
        return values

    def _numbers(self, what: str, values: ArrayLike, length: int) -> NDArray[np.float64]:
        try:
            numbers = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            numbers = np.full(0, np.nan)
        if numbers.shape != (length,) or not np.isfinite(numbers).all():
            raise InputError(f"{self.name}: {what} = {values!r}: must be {length} finite numbers")
        return numbers

    def _shares(self, what: str, values: ArrayLike, length: int) -> NDArray[np.float64]:
        numbers = self._numbers(what, values, length)
        with np.errstate(over="ignore"):
            total = float(np.cumsum(numbers)[-1])  # one by one, unlike a sum, whose order varies
        if (numbers < 0.0).any() or not 0.0 < total < math.inf:
            raise InputError(
                f"{self.name}: {what} = {values!r}: must be {length} numbers of at least 0, not all 0"
            )
        return numbers / total

    def __repr__(self) -> str:
        """Its name, sector and what matters most."""
        standing = f"commitment {self.commitment:.2f}" if self.member else "not a member"
        return f"<Organization {self.name!r}, {self.sector}, {self.resources:.2f} FTE, {standing}>"


class CollectiveImpactModel(mesa.Model):  # type: ignore[misc]
    """One run of a scenario as a Mesa model; it gives the same bits as the compiled engine for the same seed.

    A subclass changes a mechanism by overriding one of the eight stages (`disturb`, `communicate`, `measure`, `agree`, `act`, `progress`,
    `commit`, `build`), which take no arguments and change `state`, or by giving `organization_class` a subclass of `Organization`
    with a `step`. All chance should come from `cisim.luck` or Mesa's `rng`.

    Args:
        config: a scenario, or the name or path of one.
        seed: the run's seed, from 0 to 2^64 - 1; Mesa's own `rng` and `random` start from it too.
        model_reporters: what Mesa's DataCollector collects of the model each month besides `month` and all measures.
        agent_reporters: what it collects of each organisation; nothing by default.

    Attributes:
        config: the scenario (Mesa 3.5 owns the name `scenario`).
        month: months passed.
        organisations: the agents, in the order of the file.
        state: the run's `cisim.layout.State`, which the stages change.
        dials: (dials,) this month's settings, by the indices of `cisim.dials`.
        luck: this month's luck.
        records: (months + 1, measures) what was recorded; rows not reached are NaN.
        measures: the columns of `records`.
        datacollector: Mesa's; collected at the founding and after each month.

    Raises:
        InputError: the scenario or the seed is wrong.
    """

    organization_class: ClassVar[type[Organization]] = Organization

    def __init__(
        self,
        config: Scenario | str = "all-five",
        *,
        seed: int = 1,
        model_reporters: Mapping[str, Callable[[Any], Any]] | None = None,
        agent_reporters: Mapping[str, str | Callable[[Any], Any]] | None = None,
    ) -> None:
        (run_seed,) = checked_seeds([seed])
        super().__init__(rng=run_seed)
        self.config: Scenario = config if isinstance(config, Scenario) else load(config)
        self._settings = settle(self.config)
        self._plan = self._settings.plan.copy()
        self._seed_of_luck = np.uint64(run_seed)
        self.month = 0
        self.luck = Luck(self._seed_of_luck, np.int64(0))
        self.dials: NDArray[np.float64] = self._plan.copy()
        self.measures: tuple[Measure, ...] = self._settings.measures
        self._column = {measure.name: place for place, measure in enumerate(self.measures)}
        self.records = np.full((self.config.months + 1, len(self.measures)), np.nan)
        coalition = draw(self.config, self._settings.roster, run_seed)
        self.state: State = found(coalition, self.config, self._plan, len(self._settings.events))
        self.columns: dict[str, NDArray[Any]] = {
            field: self.state.organisations[field] for field in self.state.organisations.dtype.names or ()
        }
        who = self._settings.roster
        self.organisations: tuple[Organization, ...] = tuple(
            self.organization_class(self, row, name, who.sector_names[who.sector[row]])
            for row, name in enumerate(who.names)
        )
        record(self.state, 0, self.records[0])
        reporters: dict[str, Callable[[Any], Any]] = {"month": lambda model: model.month}
        for measure_name in self._column:
            reporters[measure_name] = _reporter(measure_name)
        reporters.update(model_reporters or {})
        self.datacollector = DataCollector(
            model_reporters=reporters, agent_reporters=dict(agent_reporters or {})
        )
        self.datacollector.collect(self)

    def step(self) -> None:
        """Let one month pass.

        Raises:
            InputError: the scenario's horizon is reached.
        """
        if self.month >= self.config.months:
            raise InputError(
                f"month {self.month + 1} is beyond scenario.months = {self.config.months}: make the scenario longer"
            )
        self.month += 1
        self.luck = Luck(self._seed_of_luck, np.int64(self.month))
        with quick_compilation():
            self._pass_month()
        for organisation in self.organisations:
            organisation.step()
        record(self.state, self.month, self.records[self.month])
        self.running = self.month < self.config.months
        self.datacollector.collect(self)

    def _pass_month(self) -> None:
        settings = self._settings
        disturbance.happen(
            self.state, self._plan, settings.events, settings.actions, self.records[self.month - 1], self.luck
        )
        disturbance.begin_month(self.state, self._plan, self.dials, self.luck)
        self.disturb()
        self.communicate()
        self.measure()
        self.agree()
        self.act()
        self.progress()
        self.commit()
        self.build()

    def disturb(self) -> None:
        """Stage 0: leaders change, budgets swing, members leave and join, the levy is paid."""
        disturbance.disturb(self.state, self.dials, self.luck)

    def communicate(self) -> None:
        """Stage 1: who meets, and what it does to goals, awareness, trust, ties and practices."""
        communication.communicate(self.state, self.dials, self.luck)

    def measure(self) -> None:
        """Stage 2: looking at the outcomes, sharing reports, believing, and what it costs."""
        measurement.measure(self.state, self.dials, self.luck)

    def agree(self) -> None:
        """Stage 3: drafting the agenda and aligning with it."""
        agenda.agree(self.state, self.dials, self.luck)

    def act(self) -> None:
        """Stage 4: effort, production, and adaptation of roles."""
        activities.act(self.state, self.dials, self.luck)

    def progress(self) -> None:
        """Stage 5: the outcomes move."""
        community.progress(self.state, self.dials, self.luck)

    def commit(self) -> None:
        """Stage 6: commitment moves."""
        commitment_stage.commit(self.state, self.dials, self.luck)

    def build(self) -> None:
        """Stage 7: capacity and grants."""
        backbone.build(self.state, self.dials, self.luck)

    def value(self, measure_name: str) -> float:
        """This month's value of a measure.

        Raises:
            InputError: there is no such measure.
        """
        if measure_name not in self._column:
            raise InputError(
                f"measure {measure_name!r} is unknown: the measures are {', '.join(self._column)}"
            )
        return float(self.records[self.month, self._column[measure_name]])

    def frame(self) -> pd.DataFrame:
        """What was recorded so far: one row a month, a column `month` and one for each measure."""
        table = pd.DataFrame(self.records[: self.month + 1], columns=list(self._column))
        table.insert(0, "month", np.arange(self.month + 1))
        return table


def _reporter(measure_name: str) -> Callable[[CollectiveImpactModel], float]:
    return lambda model: model.value(measure_name)
