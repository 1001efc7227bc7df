"""One organisation as a Mesa agent: a light view on its row of a model's state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisim.dynamics.disturbance import change_organisation
from cisim.dynamics.state import SET_MEMBER, SET_RESOURCES
from cisim.errors import InputError

if TYPE_CHECKING:
    from cisim.mesa_model import CollectiveImpactModel


class Partner(NamedTuple):
    """One tie of an organisation, as it sees it."""

    organization: Organization  #: the other end
    strength: float  #: of the tie, in [0, 1]
    trust: float  #: in the other, in [0, 1]
    met: bool  #: whether the two met this month


def _number(field: str, meaning: str, low: float = math.nan, high: float = math.nan, kind: type = float) -> property:
    """Make a property of a number of the row, which may be set from `low` to `high` if they are given."""

    def read(self: Organization) -> Any:
        return kind(self._read(field))

    def write(self: Organization, value: Any) -> None:
        number = _as_number(value)
        if not low <= number <= high:
            raise InputError(f"{self.name}: {field} = {value!r}: must be from {low:g} to {high:g}")
        self.model.state.organisations[field][self.row] = number

    return property(read, None if math.isnan(low) else write, doc=meaning)


def _array(table: str, field: str, meaning: str, *, name: str = "", shares: bool = False) -> property:
    """Make a property of a row of numbers, read as a copy; with a `name` it may be set, and `shares` are scaled to sum 1."""

    def read(self: Organization) -> NDArray[np.float64]:
        values: NDArray[np.float64] = getattr(self.model.state, table)[field][self.row].copy()
        values.flags.writeable = False
        return values

    def write(self: Organization, values: ArrayLike) -> None:
        whole = getattr(self.model.state, table)[field]
        where, length = f"{self.name}: {name} = {values!r}: ", whole.shape[1]
        try:
            numbers = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            numbers = np.full(0, np.nan)
        if numbers.shape != (length,) or not np.isfinite(numbers).all():
            raise InputError(f"{where}must be {length} finite numbers")
        if shares:
            with np.errstate(over="ignore"):
                total = float(np.cumsum(numbers)[-1])  # one by one, unlike a sum, whose order varies
            if (numbers < 0.0).any() or not 0.0 < total < math.inf:
                raise InputError(f"{where}must be {length} numbers of at least 0, not all 0")
            numbers = numbers / total
        whole[self.row] = numbers

    return property(read, write if name else None, doc=meaning)


def _as_number(value: Any) -> float:
    """Return a value as a number; NaN, which no bound allows, if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


class Organization(mesa.Agent):  # type: ignore[misc]
    """One organisation: a view on its row of the model's state.

    What is read is this month's value; what is set is checked and written at once. Arrays that are read can't be written to:
    set the whole attribute. `row` is its row in the arrays of the state and its index in the file, `sector` its sector's name.
    """

    model: CollectiveImpactModel

    def __init__(self, model: CollectiveImpactModel, row: int, name: str, sector: str) -> None:
        super().__init__(model)
        self.row, self.name, self.sector = row, name, sector

    def step(self) -> None:
        """Do what else this organisation does in a month: nothing, unless a subclass says so.

        It is called in the order of the file after the last stage (build) and before the month is recorded.
        """

    def _read(self, field: str) -> Any:
        return self.model.state.organisations[field][self.row].item()

    @property
    def member(self) -> bool:
        """Membership of the coalition. Set to join (with its initial commitment) or leave, while the coalition is in force."""
        return bool(self._read("member"))

    @member.setter
    def member(self, value: bool) -> None:
        change_organisation(self.model.state, SET_MEMBER, self.row, float(bool(value)))

    @property
    def commitment(self) -> float:
        """Share of its effort that it gives to the common work, k in [0, 1]; 0 and not to be set while it is no member."""
        return float(self._read("commitment"))

    @commitment.setter
    def commitment(self, value: float) -> None:
        if not self.member:
            why = "it is no member, so it has none; set member first"
            raise InputError(f"{self.name}: commitment = {value!r}: {why}")
        self._committed = value

    _committed = _number("commitment", "Commitment of a member.", 0.0, 1.0)
    awareness = _number("awareness", "Awareness of the common agenda, A in [0, 1].", 0.0, 1.0)
    capacity = _number("capacity", "Worth of its effort by training and tools, q, at first 1.", 0.0, 10.0)
    available_resources = _number("available", "This month's resources, r', in FTE; read only.")
    overhead = _number("overhead", "This month's overhead, o, a share of effort; read only.")
    reached = _number("reached", "Whether the backbone reached it this month; read only.", kind=bool)

    @property
    def resources(self) -> float:
        """Nominal resources, r, in FTE, above 0."""
        return float(self._read("resources"))

    @resources.setter
    def resources(self, value: float) -> None:
        number = _as_number(value)
        if not 0.0 < number < math.inf:
            raise InputError(f"{self.name}: resources = {value!r}: must be a number above 0, in FTE")
        change_organisation(self.model.state, SET_RESOURCES, self.row, number)

    @property
    def practice(self) -> int:
        """Its practice, a string of `practice.bits` bits as an integer."""
        return int(self._read("practice"))

    @practice.setter
    def practice(self, value: int) -> None:
        largest = self.model.state.effectiveness.shape[0] - 1
        number = _as_number(value)
        if isinstance(value, bool) or not 0 <= number <= largest or number % 1 != 0:
            raise InputError(f"{self.name}: practice = {value!r}: must be a whole number from 0 to {largest}")
        self.model.state.organisations["practice"][self.row] = int(number)

    @property
    def effectiveness(self) -> float:
        """Effectiveness of its practice, E(s), as a share of the best; read only."""
        return float(self.model.state.effectiveness[self.practice])

    mission = _array("stances", "mission", "Its own mission, G0, a share for each outcome, (D,); read only.")
    goals = _array("stances", "goal", "Its goals, g, (D,); set values are scaled to sum 1.", name="goals", shares=True)
    beliefs = _array("stances", "belief", "Its beliefs about the indicators, B, (D,).", name="beliefs")
    roles = _array(
        "roles", "mix", "Work over roles, x, (R,); set values are scaled to sum 1.", name="roles", shares=True
    )
    competence = _array("roles", "competence", "Competence in each role, c, (R,), 1 on average; read only.")

    @property
    def partners(self) -> tuple[Partner, ...]:
        """Its ties, latent ones included, in the order of the other ends' rows."""
        state, organisations = self.model.state, self.model.organisations
        start, stop = state.incident_start[self.row], state.incident_start[self.row + 1]
        partners = []
        for tie in state.ties[state.incident[start:stop]]:
            mine, other = ("first", "second") if tie["first"] == self.row else ("second", "first")
            strength, trust = float(tie["strength"]), float(tie[f"{mine}_trust"])
            partners.append(Partner(organisations[tie[other]], strength, trust, bool(tie["met"])))
        return tuple(sorted(partners, key=lambda partner: partner.organization.row))

    def __repr__(self) -> str:
        """Show its name, sector and what matters most."""
        standing = f"commitment {self.commitment:.2f}" if self.member else "not a member"
        return f"<Organization {self.name!r}, {self.sector}, {self.resources:.2f} FTE, {standing}>"
