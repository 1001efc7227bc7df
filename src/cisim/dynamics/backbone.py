"""Backbone organization: staff that the members or a funder pay, working in seven functions.

Reach follows from staff per member: the chance that a function serves a given member is 1 - exp(-reach * FTE per member).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import expm1
from cisim.dynamics.compiled import inner, sequence
from cisim.dynamics.luck import RENEWAL, Luck, key, slot_of, uniform
from cisim.dynamics.stages import BACKBONE_FUNCTIONS
from cisim.dynamics.state import GRANT_DELAY, Dials, State

#: Numbers of the seven functions, and the indices of each one's share of staff and reach in the row of dials.
ENGAGE = BACKBONE_FUNCTIONS.index("engage")
MEASURE = BACKBONE_FUNCTIONS.index("measure")
ALIGN = BACKBONE_FUNCTIONS.index("align")
CAPACITY = BACKBONE_FUNCTIONS.index("capacity")
FUND = BACKBONE_FUNCTIONS.index("fund")
WILL = BACKBONE_FUNCTIONS.index("will")
WEAVE = BACKBONE_FUNCTIONS.index("weave")
ALLOCATION = np.array([getattr(at, f"BACKBONE_ALLOCATION_{name.upper()}") for name in BACKBONE_FUNCTIONS])
REACH = np.array([getattr(at, f"BACKBONE_REACH_{name.upper()}") for name in BACKBONE_FUNCTIONS])
#: No more than this share of members' resources goes to the backbone.
LARGEST_LEVY = 0.9


@inner
def hub(coalition: Any, dials: Dials, function: int) -> float:
    """Return the share of members that a function (ENGAGE to WEAVE) serves: 1 - exp(-reach * staff * allocation / members).

    The staff is that at work times what is achieved of the backbone, FTE. The share is in [0, 1], and 0 without members.
    """
    if coalition.members == 0:
        return 0.0
    fte = coalition.staff_at_work * coalition.backbone * dials[ALLOCATION[function]]
    return -expm1(-dials[REACH[function]] * fte / coalition.members)


@inner
def collect_levy(state: State, dials: Dials, luck: Luck) -> None:
    """Collect the levy, set the staff at work, and pay the grant that was decided six months ago (stage 0, point 5).

    levy = min(0.9, staff * member_share / sum of members' r'), a share of members' resources, 0 without members; staff at work =
    staff (1 - member_share) + the funder's staff, while its grant runs, + levy * sum of members' r', FTE.
    """
    coalition = state.coalition[0]
    members, pool = 0, 0.0
    for organisation in state.organisations:
        if organisation.member == 1:
            members += 1
            pool += organisation.available
    staff, share = dials[at.BACKBONE_STAFF], dials[at.BACKBONE_MEMBER_SHARE]
    levy = min(LARGEST_LEVY, staff * share / pool) if pool > 0.0 else 0.0
    coalition.members = members
    coalition.levy = levy
    coalition.outside_staff = staff * (1.0 - share)
    if staff > 0.0 and dials[at.FUNDER_STAFF] > 0.0 and funded(coalition, dials, luck):
        coalition.outside_staff += dials[at.FUNDER_STAFF]
    coalition.staff_at_work = coalition.outside_staff + levy * pool
    paid = luck.month % GRANT_DELAY
    coalition.grant = state.grants[paid] if members > 0 else 0.0
    state.grants[paid] = 0.0
    coalition.spent += (coalition.outside_staff + dials[at.FUNDER_SERVICES] + (levy + coalition.grant) * pool) / 12.0


@inner
def funded(coalition: Any, dials: Dials, luck: Luck) -> bool:
    """Begin the outside grant, or see whether it is renewed when its term is over, and return whether it runs (stage 0, point 5).

    It is renewed for another term with probability min(1, renewal + slope * shown), shown as of last month; else it has ended for good.
    """
    if 0.0 <= coalition.funded_until < luck.month:
        chance = min(1.0, dials[at.FUNDER_RENEWAL] + dials[at.FUNDER_SLOPE] * coalition.shown)
        renewed = uniform(key(luck, RENEWAL), slot_of(np.uint64(0)), 0) < chance
        if coalition.funded_until == 0.0 or renewed:
            coalition.funded_until = luck.month + dials[at.FUNDER_TERM] - 1.0
        else:
            coalition.funded_until = -1.0
    return coalition.funded_until > 0.0


@sequence
def build(state: State, dials: Dials, luck: Luck) -> None:
    """Build capacity and decide a grant (stage 7).

    Members reached: q += capacity_gain hub(capacity) k (capacity_max - q); then all: q -= capacity_decay (q - 1). The grant, a share of
    members' resources in six months: grant_max hub(fund) (grant_base + (1 - grant_base) min(1, grant_slope m max(0, shown))), where
    shown is the mean over members of the share of the gap that they believe closed.
    """
    coalition = state.coalition[0]
    gain = dials[at.BACKBONE_CAPACITY_GAIN] * hub(coalition, dials, CAPACITY)
    shown = 0.0
    for i in range(state.organisations.shape[0]):
        organisation = state.organisations[i]
        if organisation.member == 1:
            if organisation.reached == 1:
                missing = dials[at.BACKBONE_CAPACITY_MAX] - organisation.capacity
                organisation.capacity += gain * organisation.commitment * missing
            for d in range(state.outcomes.shape[0]):
                outcome = state.outcomes[d]
                believed = state.stances[i, d].belief - outcome.baseline
                shown += outcome.weight * believed / (1.0 - outcome.baseline)
        organisation.capacity -= dials[at.BACKBONE_CAPACITY_DECAY] * (organisation.capacity - 1.0)
    grant = dials[at.BACKBONE_GRANT_MAX] * hub(coalition, dials, FUND)
    if coalition.members > 0:
        shown /= coalition.members
    coalition.shown = dials[at.MEASUREMENT_SHARING] * max(0.0, shown)
    base, slope = dials[at.BACKBONE_GRANT_BASE], dials[at.BACKBONE_GRANT_SLOPE]
    convinced = min(1.0, slope * dials[at.MEASUREMENT_SHARING] * max(0.0, shown))
    state.grants[luck.month % GRANT_DELAY] = grant * (base + (1.0 - base) * convinced)
