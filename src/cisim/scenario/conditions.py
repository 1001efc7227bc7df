"""The sections of the five conditions: [agenda], [measurement], [activities], [communication] and [backbone].

Each condition has one dial that turns it off at 0: process, sharing, coordination, frequency and staff.
"""

from __future__ import annotations

from pydantic import Field

from cisim.scenario.coalition import LATEST, START, Month
from cisim.scenario.field import Section, dial, setup
from cisim.scenario.names import Names

#: `dead_if` of what matters only with a backbone.
STAFF = ("backbone.staff",)

# fmt: off


class Agenda(Section):
    """Common agenda: a shared set of priorities, drafted by the members and reviewed; off at process = 0."""

    alignment: float = setup(0.1, "how far missions agree with the outcomes' weights at the start", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="founding", source="chosen: almost unaligned")
    process: float = dial(0.8, "how inclusive and regular the planning is; 0: no common agenda", unit="[0, 1]",
        bounds=(0, 1), sweep=(0, 1), stage="disturb, agree", quiet=0, dead_if=START)
    cadence: int = dial(12, "months between two reviews of the agenda", unit="months", bounds=(1, 1200), sweep=(3, 36),
        stage="agree", dead_if=("agenda.process",), source="chosen: a yearly review")
    voice: float = dial(0.0, "voice by size: 0 one member one vote, 1 in proportion to resources", unit="exponent",
        bounds=(-5, 5), sweep=(0, 2), stage="agree", dead_if=("agenda.process",), source="chosen: one member one vote")
    evidence: float = dial(0.2, "weight of measured need in the draft, with full sharing of data", unit="share",
        bounds=(0, 1), sweep=(0, 0.8), stage="agree", quiet=0, dead_if=("agenda.process", "measurement.sharing"))
    focus: float = dial(4.0, "how strongly the agenda narrows to a few priorities", unit="exponent", bounds=(0, 50),
        sweep=(1, 8), stage="agree", dead_if=("agenda.process",),
        source="chosen: a few priorities instead of everything")
    pull: float = dial(0.3, "how fast the committed move their goals to the agenda", unit="1/month", bounds=(0, 1),
        sweep=(0.02, 0.5), stage="agree", quiet=0, dead_if=("agenda.process",),
        source="chosen: the committed align within months")
    stubborn: float = dial(0.03, "pull of the own mission", unit="1/month", bounds=(0, 1), sweep=(0, 0.2),
        stage="agree", quiet=0)


class Measurement(Section):
    """Shared measurement: members report on the same outcomes and see all data; off at sharing = 0."""

    sharing: float = dial(0.8, "share of members that report in a month; 0: no shared measurement", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="communicate, measure, agree, act, commit, build", quiet=0, dead_if=START)
    noise: float = dial(0.1, "error of one monthly look at an outcome", unit="indicator", bounds=(0, 1),
        sweep=(0.02, 0.3), stage="founding, measure", quiet=0)
    bias: float = setup(0.1, "lasting error of own data, which cover own clients only", unit="indicator",
        bounds=(0, 1), sweep=(0, 0.3), stage="founding")
    belief_drift: float = dial(1e-4, "how much outcomes are thought to wander, so how fast old data are discounted",
        unit="variance/month", bounds=(0, 1e12), sweep=(1e-5, 1e-3), stage="measure", quiet=0)
    data_cost: float = dial(0.02, "effort to file a report", unit="share of effort", bounds=(0, 1), sweep=(0, 0.06),
        stage="measure", quiet=0, dead_if=("measurement.sharing",), source="chosen: 3 hours a month per FTE")
    visibility: float = dial(0.2, "how much is seen of others' work without shared data", unit="[0, 1]", bounds=(0, 1),
        sweep=(0, 0.5), stage="communicate, act")
    accountability: float = dial(1.0, "how far reports name who did what", unit="[0, 1]", bounds=(0, 1), sweep=(0, 1),
        stage="commit", quiet=0, dead_if=("measurement.sharing",))


class Activities(Section):
    """Mutually reinforcing activities: members divide roles by a common plan; off at coordination = 0."""

    roles: Names = setup(("services", "outreach", "data and learning", "policy"), "the roles that an outcome needs",
        stage="founding")
    coordination: float = dial(0.8, "how far members adapt their roles to a common plan; 0: not at all", unit="[0, 1]",
        bounds=(0, 1), sweep=(0, 1), stage="act", quiet=0, dead_if=START)
    adaptation: float = dial(0.012, "how fast roles adapt", unit="1/month", bounds=(0, 10), sweep=(0.005, 0.04),
        stage="act", quiet=0, dead_if=("activities.coordination",),
        source="chosen: job descriptions change over years")
    complementarity: float = dial(-1.0,
        "how roles combine: 1 they replace one another, 0 Cobb-Douglas, very negative the weakest decides",
        unit="exponent", bounds=(-1e9, 1), sweep=(-5, 1), stage="act", source="chosen: elasticity 1/2")
    role_floor: float = dial(0.02, "share of work that stays in every role (times the number of roles: less than 1)",
        unit="share", bounds=(0, 1), sweep=(0, 0.1), stage="act", quiet=0, dead_if=("activities.coordination",))
    reliance: float = dial(0.2, "share of joint work that fails without working relationships", unit="share",
        bounds=(0, 1), sweep=(0, 0.5), stage="act", quiet=0, dead_if=START)
    partners_needed: float = dial(3.0, "trusted full ties that joint work needs", unit="ties", bounds=(0, 1000),
        open_minimum=True, sweep=(1, 6), stage="act", dead_if=("activities.reliance",))


class Communication(Section):
    """Continuous communication: partners meet, learn, come to trust one another; off at frequency = 0."""

    frequency: float = dial(2.0, "contacts with a partner of full tie strength; 0: none that the coalition arranges",
        unit="contacts/month", bounds=(0, 1000), sweep=(0, 12), stage="communicate, measure", quiet=0, dead_if=START)
    informal: float = dial(0.1, "contacts that happen in any case", unit="contacts/month", bounds=(0, 1000),
        sweep=(0, 0.5), stage="communicate, measure", quiet=0, source="chosen: people talk in any case")
    openness: float = dial(1.0, "largest distance of goals at which one still listens", unit="distance", bounds=(0, 1),
        sweep=(0.05, 1), stage="communicate", source="chosen: everybody listens to everybody")
    influence: float = dial(0.1, "how much a meeting moves goals", unit="share", bounds=(0, 1), sweep=(0, 1),
        stage="communicate", quiet=0)
    awareness_gain: float = dial(0.2, "awareness of the agenda that a meeting passes on", unit="share", bounds=(0, 1),
        sweep=(0.02, 0.5), stage="communicate", quiet=0, dead_if=START)
    forget: float = dial(0.03, "awareness that fades", unit="1/month", bounds=(0, 1), sweep=(0, 0.15),
        stage="communicate", quiet=0, dead_if=START)
    trust_gain: float = dial(0.2, "how fast trust grows towards the other's commitment when it is seen", unit="share",
        bounds=(0, 1), sweep=(0.02, 0.4), stage="communicate", quiet=0, dead_if=START)
    trust_loss_ratio: float = dial(2.0, "how much faster trust is lost than won", unit="x", bounds=(0, 100),
        sweep=(1, 4), stage="communicate", dead_if=START)
    trust_decay: float = dial(0.03, "how fast trust returns to what it was at founding without contact",
        unit="1/month", bounds=(0, 1), sweep=(0, 0.1), stage="communicate", quiet=0)
    tie_gain: float = dial(0.1, "how fast a tie that is used and trusted grows", unit="share", bounds=(0, 1),
        sweep=(0, 0.3), stage="communicate", quiet=0, dead_if=START, source="chosen: strong in a few years")
    tie_fade: float = dial(0.02, "how fast an unused tie returns to its strength at founding", unit="1/month",
        bounds=(0, 1), sweep=(0, 0.1), stage="communicate", quiet=0, dead_if=START)
    learning: float = dial(0.3, "chance that an organisation looks at the practice of those it met", unit="1/month",
        bounds=(0, 1), sweep=(0, 1), stage="communicate", quiet=0)
    contact_cost: float = dial(0.003, "effort that one contact takes", unit="share of effort", bounds=(0, 1),
        sweep=(0.001, 0.02), stage="measure", quiet=0, source="chosen: half an hour of an FTE")
    cost_size: float = dial(0.5, "how much more meetings weigh on the small: 1 the same hours for all",
        unit="exponent", bounds=(-5, 5), sweep=(0, 1), stage="measure")


class Allocation(Section):
    """How the backbone's staff divide their time over its seven functions; together at most 1."""

    engage: float = dial(0.25, "staff time to keep in touch with members and to recruit", unit="share", bounds=(0, 1),
        sweep=(0, 1), stage="disturb, communicate", dead_if=STAFF)
    measure: float = dial(0.1, "staff time to feed reports back", unit="share", bounds=(0, 1), sweep=(0, 1),
        stage="measure", dead_if=(*STAFF, "measurement.sharing"))
    align: float = dial(0.15, "staff time to align activities", unit="share", bounds=(0, 1), sweep=(0, 1), stage="act",
        dead_if=(*STAFF, "activities.coordination"))
    capacity: float = dial(0.2, "staff time to build members' capacity", unit="share", bounds=(0, 1), sweep=(0, 1),
        stage="build", dead_if=STAFF)
    fund: float = dial(0.1, "staff time to raise grants", unit="share", bounds=(0, 1), sweep=(0, 1), stage="build",
        dead_if=STAFF)
    will: float = dial(0.15, "staff time to build public will", unit="share", bounds=(0, 1), sweep=(0, 1),
        stage="progress", dead_if=STAFF)
    weave: float = dial(0.05, "staff time to bring partners together", unit="share", bounds=(0, 1), sweep=(0, 1),
        stage="communicate", dead_if=STAFF, source="chosen: optimum about 0.05")


class Reach(Section):
    """How many members one full-time post can serve in each function of the backbone."""

    engage: float = dial(20.0, "members an FTE can keep up with monthly", unit="members/FTE", bounds=(0, 1e6),
        sweep=(5, 50), stage="disturb, communicate", dead_if=STAFF)
    measure: float = dial(60.0, "members to whom an FTE can feed reports back", unit="members/FTE", bounds=(0, 1e6),
        sweep=(10, 120), stage="measure", dead_if=(*STAFF, "measurement.sharing"))
    align: float = dial(20.0, "members whose activities an FTE can align", unit="members/FTE", bounds=(0, 1e6),
        sweep=(5, 50), stage="act", dead_if=(*STAFF, "activities.coordination"))
    capacity: float = dial(60.0, "members whose capacity an FTE can build", unit="members/FTE", bounds=(0, 1e6),
        sweep=(10, 120), stage="build", dead_if=STAFF)
    fund: float = dial(60.0, "members for whom an FTE can raise grants", unit="members/FTE", bounds=(0, 1e6),
        sweep=(10, 120), stage="build", dead_if=STAFF)
    will: float = dial(60.0, "members in whose name an FTE can build public will", unit="members/FTE", bounds=(0, 1e6),
        sweep=(10, 120), stage="progress", dead_if=STAFF)
    weave: float = dial(60.0, "members an FTE can bring together", unit="members/FTE", bounds=(0, 1e6),
        sweep=(10, 120), stage="communicate", dead_if=STAFF)


class Backbone(Section):
    """Backbone support: staff of the coalition's own, who serve it in seven functions; off at staff = 0."""

    staff: float = dial(3.0, "staff of the backbone; 0: no backbone", unit="FTE", bounds=(0, 10_000), sweep=(0, 10),
        stage="disturb, communicate, measure, act, progress, build", quiet=0, dead_if=START,
        source="chosen: 3 for 30 organisations; the optimum is near in this model")
    start: Month | None = dial(None, "first month of the backbone; not given: with the coalition", unit="month",
        bounds=(1, LATEST), constrain=False, stage="disturb", dead_if=STAFF)
    end: Month | None = dial(None, "last month of the backbone; not given: with the coalition", unit="month",
        bounds=(1, LATEST), constrain=False, stage="disturb", dead_if=STAFF)
    member_share: float = dial(1.0, "share of the staff that the members pay; 0: an outside funder pays", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="disturb", quiet=0, dead_if=STAFF)
    hub_cost: float = dial(0.02, "a member's effort in a month in which the backbone is in touch",
        unit="share of effort", bounds=(0, 1), sweep=(0, 0.05), stage="measure", quiet=0, dead_if=STAFF,
        source="chosen: 3 hours a month per FTE")
    capacity_max: float = dial(1.3, "capacity that can be built; 1 at founding", unit="x", bounds=(1, 10),
        sweep=(1, 1.5), stage="build", dead_if=STAFF)
    capacity_gain: float = dial(0.2, "how fast capacity is built", unit="1/month", bounds=(0, 1), sweep=(0, 0.5),
        stage="build", quiet=0, dead_if=STAFF)
    capacity_decay: float = dial(0.02, "how fast capacity fades", unit="1/month", bounds=(0, 1), sweep=(0, 0.1),
        stage="build", quiet=0, dead_if=STAFF, source="chosen: fades in about 4 years")
    grant_max: float = dial(0.12, "largest grants, as a share of members' resources", unit="share", bounds=(0, 1),
        sweep=(0, 0.3), stage="build", quiet=0, dead_if=STAFF)
    grant_base: float = dial(0.2, "share of the grants that comes without progress shown", unit="share", bounds=(0, 1),
        sweep=(0, 1), stage="build", dead_if=STAFF)
    grant_slope: float = dial(3.0, "grants per progress shown", unit="1/progress", bounds=(0, 1000), sweep=(0, 10),
        stage="build", dead_if=(*STAFF, "measurement.sharing"),
        source="chosen: full grants when a third of the gap is shown to be closed")
    will_max: float = dial(0.1, "largest fall of the threshold by public will", unit="share", bounds=(0, 1),
        sweep=(0, 0.2), stage="progress", quiet=0, dead_if=STAFF,
        source="chosen: above 0.13 the backbone dominates all")
    allocation: Allocation = Field(Allocation(), strict=False)
    reach: Reach = Field(Reach(), strict=False)
