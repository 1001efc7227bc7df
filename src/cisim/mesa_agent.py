"""One organisation as a Mesa agent: a light view on its row of a model's state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.dynamics import disturbance
from cisim.dynamics.state import SET_MEMBER, SET_RESOURCES
from cisim.errors import InputError

if TYPE_CHECKING:
    from cisim.mesa_model import CollectiveImpactModel


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
