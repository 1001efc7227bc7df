"""State of a run in memory: one record per thing that exists, so that a stage reads like the model's text.

`organisations[i].commitment` is k_i of the model, `stances[i, d].goal` is g_id, `ties[e].strength` is w_e. A `State` holds
one run; every stage is a function `stage(state, dials, luck)` that changes it in place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: A row of dials: what is in force in a month, by the indices of `cisim.dynamics.dials`.
Dials = NDArray[np.float64]
Floats = NDArray[np.float64]
#: An array of one of the records below.
Table = NDArray[Any]
#: Grants are paid this many months after they are decided.
GRANT_DELAY = 6
#: A coalition with too few members for so many months in a row has ended.
PATIENCE = 6
#: A tie of this strength or more is a working tie.
WORKING_TIE = 0.2
#: Slow beliefs, and what residents are used to, are moving means over this many months.
SLOW_MONTHS = 12.0
#: No practice, where the hub has none to offer.
NO_PRACTICE = -1


def _layout(*fields: tuple[str, str]) -> np.dtype[Any]:
    """Lay out a record as C does."""
    return np.dtype(list(fields), align=True)


#: One organisation.
ORGANISATION = _layout(
    ("slot", "u8"),  # where its luck is drawn
    ("sector", "i8"),
    ("large", "i8"), ("small", "i8"),  # among the top fifth, at or below the median of nominal resources
    ("resources", "f8"),  # r, nominal, FTE
    ("deviation", "f8"),  # a, of log resources
    ("available", "f8"),  # r', this month's resources, FTE
    ("member", "i8"), ("kept_out", "i8"),  # has an event taken it out, and none let it in again?
    ("commitment", "f8"), ("initial_commitment", "f8"),  # k, k0
    ("awareness", "f8"), ("next_awareness", "f8"),  # A
    ("variance", "f8"),  # V, the same for all outcomes
    ("practice", "i8"), ("next_practice", "i8"),  # s, a string of bits
    ("capacity", "f8"),  # q
    ("reached", "i8"),  # did the hub reach it this month?
    ("met_influence", "f8"),  # 1 + number of those met who count for goals
    ("reports", "i8"), ("reported", "i8"),  # reports received this month; did it file one?
    ("load", "f8"),  # sum over its ties of rate times strength, contacts a month
    ("overhead", "f8"),  # o, share of effort
    ("mean_trust", "f8"), ("mean_commitment", "f8"),  # scratch: mean trust in members it has ties to; theirs
    ("tie_weight", "f8"),  # scratch: sum of the weights of these means
    ("relations", "f8"),  # scratch: sum of strength times trust over ties to members
    ("effort", "f8"),  # e, effective effort, FTE
    ("working", "f8"),  # this month's resources less new staff who still learn, FTE
    ("reporting", "i8"),  # does it work on a report this month, filed or not?
    ("founder", "i8"),  # does it become a member when the coalition starts?
    ("voice", "f8"),  # at the last draft of the agenda, before scaling
)  # fmt: skip


def organisation_with(fields: Iterable[str]) -> np.dtype[Any]:
    """Lay out one organisation with a user's own fields, numbers, after the model's."""
    names = ORGANISATION.names or ()
    return _layout(*((name, ORGANISATION[name].str) for name in names), *((name, "f8") for name in fields))


#: One tie.
TIE = _layout(
    ("first", "i8"), ("second", "i8"),  # rows of the two ends
    ("slot", "u8"), ("first_slot", "u8"), ("second_slot", "u8"),  # of the tie, of first -> second, of second -> first
    ("strength", "f8"), ("founding_strength", "f8"),  # w, w0; 0: latent
    ("first_trust", "f8"), ("second_trust", "f8"),  # T of the first in the second, of the second in the first
    ("first_founding_trust", "f8"), ("second_founding_trust", "f8"),
    ("met", "i8"),  # did the two meet this month?
)  # fmt: skip
#: What one organisation wants and believes about one outcome.
STANCE = _layout(
    ("mission", "f8"),  # G0
    ("goal", "f8"), ("next_goal", "f8"),  # g
    ("belief", "f8"), ("slow_belief", "f8"),  # B, S
    ("bias", "f8"),
    ("aim", "f8"),  # share of its joint work
    ("look", "f8"),  # z, what it saw this month
    ("report_sum", "f8"),  # scratch: sum of the reports received
)  # fmt: skip
#: What one organisation does in one role: x0, x, c; scratch: what more of the role would bring.
ROLE = _layout(("founding_mix", "f8"), ("mix", "f8"), ("competence", "f8"), ("payoff", "f8"))
#: One outcome in the community.
OUTCOME = _layout(
    ("slot", "u8"),
    ("indicator", "f8"), ("baseline", "f8"),  # Y, Y0
    ("weight", "f8"),
    ("agenda", "f8"),  # G; meaningless while coalition.has_agenda is 0
    ("need", "f8"),  # scratch of the draft
    ("reported", "f8"),  # scratch: sum of the reports filed this month
    ("effort", "f8"),  # sum over roles of E
    ("evenness", "f8"),  # M, the power mean over roles
    ("produced", "f8"),  # F
)  # fmt: skip
#: One group of residents.
GROUP = _layout(
    ("named", "i8"),  # does the scenario name it, so that it is recorded?
    ("share", "f8"),  # of all people
    ("shift", "f8"),  # of its baselines; 0 on average over people
    ("barrier", "f8"),
    ("engagement", "f8"),
    ("slow_level", "f8"),  # moving mean of its indicators, weighted over outcomes
    ("reach", "f8"),  # how far effort reaches it; 1 on average over people
)
#: Scratch: how many organisations of a kind there are, and the sum over them of the fit of the agenda.
TALLY = _layout(("count", "f8"), ("fit", "f8"))
#: The coalition and its backbone.
COALITION = _layout(
    ("in_force", "i8"), ("begun", "i8"),  # is it in force, has it ever been?
    ("short", "i8"),  # months in a row with too few members; at PATIENCE it has ended for good
    ("process_before", "i8"), ("process_now", "i8"),  # was there a planning process last month, is there one now?
    ("has_agenda", "i8"),
    ("last_review", "i8"),  # month of the last review of the agenda
    ("members", "i8"),
    ("levy", "f8"),  # share of members' resources
    ("grant", "f8"),  # paid this month, share of members' resources
    ("staff_at_work", "f8"), ("outside_staff", "f8"),  # FTE at work, FTE of them that an outside funder pays
    ("funded_until", "f8"),  # last month of the outside grant's present term; 0: none yet, -1: it has ended
    ("shown", "f8"),  # progress that shared data show, share of the gap
    ("engagement", "f8"),  # hub(engage) of this month; until it is set, of last month
    ("hub_offer", "i8"), ("next_hub_offer", "i8"),  # the practice that the hub offers this month, and next
    ("voice_gini", "f8"),
    ("process", "f8"), ("sharing", "f8"), ("coordination", "f8"), ("frequency", "f8"),  # x, intended: what costs
    ("agenda", "f8"), ("measurement", "f8"), ("activities", "f8"), ("communication", "f8"),  # a, achieved of them
    ("backbone", "f8"),  # a, the share of the work of the staff that comes about
    ("need", "f8"),  # E0, FTE
    ("enlarged", "f8"),  # nominal resources with the posts that a grant pays, beside those without
    ("tested", "i8"),  # the practice that is offered from outside
    ("spent", "f8"),  # FTE-years of levy, grants, outside-paid staff and posts so far
)  # fmt: skip
#: One event: at a month, or once when last month's record is below or above a value.
EVENT = _layout(
    ("month", "i8"),  # 0: when a measure crosses a value
    ("measure", "i8"),
    ("below", "f8"), ("above", "f8"),  # -inf, inf: no such bound
    ("after", "i8"),  # only in later months
    ("first_action", "i8"), ("actions", "i8"),
)  # fmt: skip

#: In `State.fired`, an event of this month whose changes of organisations are still to come.
FIRING = 2
#: In an organisation's `member`, while members leave and join: it will be a member when all are done.
JOINING = 2
SET_DIAL, SET_MEMBER, SET_RESOURCES, SET_COMMITMENT = 0, 1, 2, 3
#: Effect of an event: set a dial (index: its index in the row), or something of one organisation (index: its row).
ACTION = _layout(("kind", "i8"), ("index", "i8"), ("value", "f8"))

SHARE, SWITCH, AT_LEAST_0 = (0.0, 1.0), (0.0, 1.0), (0.0, math.inf)
#: Bounds of fields, by the part of the state, ends included; the other numbers must be finite.
BOUNDS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "organisations": {
        "commitment initial_commitment awareness next_awareness overhead": SHARE,
        "mean_trust mean_commitment": SHARE,
        "member kept_out reached reported reporting large small founder": SWITCH,
        "resources available working variance capacity effort load tie_weight relations": AT_LEAST_0,
    },
    "stances": {"mission goal aim": SHARE},
    "roles": {"founding_mix mix": SHARE, "competence": AT_LEAST_0},
    "ties": {
        "strength founding_strength": SHARE,
        "first_trust second_trust first_founding_trust second_founding_trust": SHARE,
        "met": SWITCH,
    },
    "outcomes": {"indicator baseline weight agenda": SHARE, "effort evenness produced": AT_LEAST_0},
    "coalition": {
        "in_force begun process_before process_now has_agenda": SWITCH,
        "levy engagement process sharing coordination agenda measurement activities backbone": SHARE,
        "members grant staff_at_work outside_staff frequency communication need enlarged spent": AT_LEAST_0,
    },
    "groups": {"named": SWITCH, "share engagement slow_level": SHARE, "barrier reach": AT_LEAST_0},
    "effort": {"": AT_LEAST_0},
    "grants": {"": AT_LEAST_0},
}
#: Fields that may have any value.
FREE = {"voice_gini", "funded_until", "voice", "payoff"}


class State(NamedTuple):
    """One run at one moment. N organisations, D outcomes, R roles, E ties, H groups of residents."""

    organisations: Table  #: (N,) of ORGANISATION
    stances: Table  #: (N, D) of STANCE
    roles: Table  #: (N, R) of ROLE
    ties: Table  #: (E,) of TIE
    #: (N + 1,); the ties of organisation i are incident[incident_start[i] : incident_start[i + 1]]
    incident_start: NDArray[np.int64]
    incident: NDArray[np.int64]  #: (2 E,) rows of ties
    outcomes: Table  #: (D,) of OUTCOME
    groups: Table  #: (H,) of GROUP; one where the scenario names none
    ahead: Floats  #: (H, D) how far a group's indicator is above the outcome's, the mean over people
    wishes: Floats  #: (H, D) what each group asked for when it was asked last, shares of the outcomes
    effort: Floats  #: (D, R) E_dk, effective FTE
    worth: Floats  #: (D, R) scratch: what more effort in a role would bring to an outcome
    #: (2, 2 N + D, D + R) scratch: where a stage computes as many numbers at once as there are stances or roles, of each twice.
    room: Floats
    tie_room: Floats  #: (2, E) scratch: the same, of ties
    meetings: NDArray[np.int64]  #: (E,) scratch: rows of the ties whose ends met this month, then any
    slots: NDArray[np.uint64]  #: (N,) where the luck of organisations is drawn, as in their records
    tie_slots: NDArray[np.uint64]  #: (E,) where that of ties is drawn
    tallies: Table  #: (3 + sectors,) of TALLY: all organisations, the large, the small, and each sector
    coalition: Table  #: (1,) of COALITION
    grants: Floats  #: (GRANT_DELAY,) the queue, by month of payment modulo its length
    effectiveness: Floats  #: (2^bits,) E(s) of each practice
    fired: NDArray[np.int8]  #: (events,) which events have happened
