"""Sections of a scenario but its events: who takes part, the five conditions, and what is to change.

What there is to know about a field stands with it, in one or two lines. Each condition has one dial that turns it off at 0:
process, sharing, coordination, frequency and staff.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from cisim.scenario.field import Section, dial, setup
from cisim.scenario.names import FileName, Name, Names, Text, Unit, as_tuple, doubled, refusal

#: Latest month that a start or an end may name: far beyond any horizon.
LATEST = 1_000_000
#: Of files that hold both organisations and ties.
GRAPH_ENDINGS = (".graphml", ".gexf", ".gml")
#: Of tables of organisations or ties, which may hold both too: text, workbooks, and projects of Kumu.
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json")
#: The networks that can be generated.
Network = Literal["random", "small-world", "scale-free", "sector-clusters", "hub", "core-periphery"]
Month = Annotated[int, Field(ge=1, le=LATEST)]
#: `dead_if` of what matters only while the coalition is in force, only with a backbone, and and only with one
#: and shared measurement, or a common plan.
START, STAFF = ("coalition.start",), ("backbone.staff",)
GRANT = ("funder.staff",)
REPORTS, PLANS = (*STAFF, "measurement.sharing"), (*STAFF, "activities.coordination")
# Dials that have much in common: time and reach of the backbone's staff, reasons to be committed, and what weighs them.
_time = partial(dial, unit="share", bounds=(0, 1), sweep=(0, 1), dead_if=STAFF)
_reach = partial(dial, unit="members/FTE", bounds=(0, 1e6), sweep=(10, 120), dead_if=STAFF)
_reason = partial(dial, unit="logit", bounds=(-50, 50), stage="commit", quiet=0, dead_if=START)
# fmt: off


class About(Section):
    """Name of the scenario, and the number of months that it runs."""

    name: Name = setup("all five conditions", "what the scenario is called in tables and pictures", stage="run")
    description: Text = setup("", "what the scenario is about, in a sentence or more", stage="run")
    months: int = setup(120, "how long a run is", unit="months", bounds=(1, 1200), sweep=(24, 240), stage="run",
        source="chosen: ten years")


class Coalition(Section):
    """Organisations that take part, their sizes and ties, or a file of them; and what befalls them."""

    organisations: int = setup(30, "number of organisations, members or not", unit="count", bounds=(2, 10_000),
        sweep=(4, 200), stage="founding, network", source="chosen: a county-wide coalition")
    network: Network = setup("small-world", "how the ties between organisations are drawn", stage="network",
        source="chosen: Watts & Strogatz 1998; a random network gives the same facts")
    degree: float = setup(4.0, "regular partners of an organisation (small-world: an even whole number)",
        unit="partners", bounds=(0, 200), sweep=(2, 8), stage="network")
    rewire: float = setup(0.2, "share of a small world's ties that lead far away", unit="probability", bounds=(0, 1),
        sweep=(0, 1), stage="network")
    clustering: float = setup(0.8, "share of ties inside the own sector (sector-clusters only)", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="network")
    core: float = setup(0.12, "share of organisations in the core (core-periphery only)", unit="share", bounds=(0, 1),
        sweep=(0.05, 0.3), stage="network", source="chosen: 3 of 25 and 5 of 41 give the figures of the PARTNER archive")
    tie_min: float = setup(0.2, "weakest tie at founding; strengths are even from here to 1", unit="strength",
        bounds=(0, 1), sweep=(0, 1), stage="network")
    latent: float = setup(4.0, "possible partners that an organisation could still get to know", unit="partners",
        bounds=(0, 200), sweep=(0, 10), stage="network")
    size_mean: float = setup(1.5, "mean staff time that an organisation puts into the issue", unit="FTE",
        bounds=(0, 1000), open_minimum=True, sweep=(1, 3), stage="founding, measure",
        source="chosen: one to three posts a partner are plausible")
    size_sd: float = setup(0.8, "spread of the logarithm of that staff time", unit="log", bounds=(0, 3),
        sweep=(0, 1.3), stage="founding", source="chosen: the top fifth holds about half of all")
    role_skew: float = setup(0.95, "how much more the first roles are filled than the later ones at founding",
        unit="exponent", bounds=(0, 5), sweep=(0.5, 1.5), stage="founding", source="fitted: everybody delivers services")
    competence_sd: float = setup(0.2, "spread of the logarithm of competence in a role", unit="log", bounds=(0, 2),
        sweep=(0, 0.4), stage="founding", source="chosen: specialisms")
    trust: float = setup(0.4, "mean trust of partners at founding", unit="[0, 1]", bounds=(0, 1), sweep=(0.2, 0.6),
        stage="founding, communicate")
    trust_sd: float = setup(0.1, "spread of trust at founding, by direction", unit="[0, 1]", bounds=(0, 1),
        sweep=(0, 0.3), stage="founding")
    sectors: Names = setup(("public", "nonprofit", "business", "philanthropy"),
        "the sectors that organisations belong to", stage="founding")
    file: FileName | None = setup(None,
        "organisations from a file: a table (.csv, .xlsx, .ods ...), a graph (.graphml, .gexf, .gml), or builtin:emon/NAME",
        stage="founding")
    ties: FileName | None = setup(None, "ties from a table, beside a table of organisations", stage="network")
    turnover: float = dial(0.15, "chance that an organisation's leader leaves", unit="1/year", bounds=(0, 1),
        sweep=(0, 0.4), stage="disturb", quiet=0, source="chosen: a leader stays 6 to 7 years")
    turnover_loss: float = dial(0.35, "share of trust and awareness that is lost with a leader", unit="share",
        bounds=(0, 1), sweep=(0, 0.7), stage="disturb", quiet=0)
    resource_volatility: float = dial(0.15, "how much budgets swing", unit="1/sqrt(year)", bounds=(0, 2),
        sweep=(0, 0.4), stage="founding, disturb", quiet=0, source="chosen: budgets swing by 15 %")
    resource_memory: float = dial(24.0, "how long a swing of a budget lasts", unit="months", bounds=(1, 1200),
        sweep=(6, 60), stage="founding, disturb")
    resource_common: float = dial(0.3, "share of the swings' variance that hits all alike", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="founding, disturb")
    exit_rate: float = dial(0.045, "chance that a wholly uncommitted member leaves", unit="1/month", bounds=(0, 1),
        sweep=(0, 0.1), stage="disturb", quiet=0, dead_if=START, source="fitted: within about two years")
    founding: float = setup(1.0, "share of organisations that are there when the coalition starts; others may join later",
        unit="share", bounds=(0, 1), sweep=(0.2, 1), stage="founding, disturb", quiet=1, dead_if=START,
        source="chosen: all are invited and come")
    join_rate: float = dial(0.03, "chance that a non-member joins while the backbone recruits", unit="1/month",
        bounds=(0, 1), sweep=(0, 0.1), stage="disturb", quiet=0, dead_if=START)
    exposure: float = dial(0.0, "how far joining follows ties to members: 0 not at all, 1 nobody joins without",
        unit="share", bounds=(0, 1), sweep=(0, 1), stage="disturb", quiet=0, dead_if=("coalition.join_rate",),
        source="chosen: off; prior ties about doubled the explained variance of who joined (Bess 2012)")
    least: int = dial(0, "members that a coalition needs; with fewer for six months in a row it has ended",
        unit="members", bounds=(0, 10_000), sweep=(0, 5), stage="disturb", quiet=0, dead_if=START,
        source="chosen: off; the Healthy Communities Access Program asked for 3 partners")
    onboarding: float = dial(6.0, "how long new staff take to be fully at work when a budget grows", unit="months",
        bounds=(0, 120), sweep=(0, 12), stage="disturb, act", quiet=0, source="chosen: half a year")
    proportion: float = dial(1.0,
        "how far agenda and common plan count by how much of them there is: 0 as if there were all, 1 in proportion",
        unit="share", bounds=(0, 1), sweep=(0, 1), stage="communicate, act, commit", quiet=0, dead_if=START,
        source="chosen: half a plan has half of the effect")
    readiness: float = dial(0.28, "how far members must be committed for the conditions to come about", unit="share",
        bounds=(0, 1), sweep=(0, 0.6), stage="disturb", quiet=0, dead_if=START, source="fitted")
    start: Month | Literal["never"] = dial(1, 'first month of the coalition; "never": isolated impact', unit="month",
        bounds=(1, LATEST), constrain=False, stage="disturb", quiet="never")
    end: Month | None = dial(None, "last month of the coalition; not given: it goes on", unit="month",
        bounds=(1, LATEST), constrain=False, stage="disturb")


class Practice(Section):
    """Ways of working: how rugged the landscape of practices is and how organisations search it."""

    bits: int = setup(10, "number of parts that a practice has", unit="bits", bounds=(1, 20), sweep=(4, 20),
        stage="founding")
    ruggedness: int = setup(3, "on how many other parts the worth of each part depends", unit="bits", bounds=(0, 19),
        sweep=(0, 9), stage="founding")
    worst: float = setup(0.67, "effectiveness of the worst practice, as a share of the best", unit="share",
        bounds=(0, 1), sweep=(0.4, 0.8), stage="founding", source="fitted: the worst reaches two thirds of the best")
    experiment: float = dial(0.11, "chance that an organisation tries a change of its practice", unit="1/month",
        bounds=(0, 1), sweep=(0.02, 0.3), stage="communicate", quiet=0, source="fitted: one try every 9 months")
    noise: float = dial(0.14, "error in judging another's practice without shared data", unit="effectiveness",
        bounds=(0, 1), sweep=(0, 0.3), stage="communicate", quiet=0, source="fitted")
    own_noise: float = dial(0.45, "error in judging what one tries oneself without shared data", unit="effectiveness",
        bounds=(0, 1), sweep=(0, 0.6), stage="communicate", quiet=0,
        source="fitted: own results are seen through noise as large as the effects, without an evaluation")
    drift: float = dial(0.045, "chance that a part of a practice slips", unit="1/month", bounds=(0, 1),
        sweep=(0, 0.1), stage="communicate", quiet=0, source="fitted: a part slips every two years")
    outreach: float = dial(0.02, "chance that a member whom capacity building reaches hears of tested practice",
        unit="1/month", bounds=(0, 1), sweep=(0, 0.3), stage="communicate", quiet=0, dead_if=STAFF, source="fitted")
    tested: float = setup(0.95, "effectiveness of the tested practice that is offered from outside", unit="share",
        bounds=(0, 1), sweep=(0.8, 1), stage="founding, communicate", dead_if=("practice.outreach",))
    fidelity: float = dial(0.8, "share of the parts of a tested practice that are taken over", unit="share",
        bounds=(0, 1), sweep=(0.5, 1), stage="communicate", dead_if=("practice.outreach",))


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
        sweep=(1, 6), stage="agree", dead_if=("agenda.process",),
        source="chosen: a few priorities instead of everything")
    pull: float = dial(0.4, "how fast the committed move their goals to the agenda", unit="1/month", bounds=(0, 1),
        sweep=(0.02, 0.5), stage="agree", quiet=0, dead_if=("agenda.process",),
        source="fitted: the committed align within months")
    build: float = dial(6.0, "how long the planning takes to be what is intended", unit="months", bounds=(0, 120),
        sweep=(0, 18), stage="disturb", quiet=0, dead_if=("agenda.process",),
        source="chosen: profile and plan take 6 to 9 months in calendars of initiatives")
    stubborn: float = dial(0.04, "pull of the own mission", unit="1/month", bounds=(0, 1), sweep=(0, 0.1),
        stage="agree", quiet=0, source="fitted")
    residents: float = dial(0.0, "share of voice that planning holds open for residents; 0: none at the table",
        unit="share", bounds=(0, 1), sweep=(0, 0.5), stage="measure, agree, progress", quiet=0,
        dead_if=("agenda.process",), source="chosen: as most coalitions begin")
    residents_cost: float = dial(0.05, "a member's effort to prepare, invite and meet residents, if all voice were theirs",
        unit="share of effort", bounds=(0, 1), sweep=(0, 0.1), stage="measure", quiet=0, dead_if=("agenda.residents",),
        source="chosen: 2 hours a month per FTE where they have a quarter")


class Measurement(Section):
    """Shared measurement: members report on the same outcomes and see all data; off at sharing = 0."""

    sharing: float = dial(0.8, "share of members that report in a month; 0: no shared measurement", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="communicate, measure, agree, act, commit, build", quiet=0, dead_if=START)
    noise: float = dial(0.1, "error of one monthly look at an outcome", unit="indicator", bounds=(0, 1),
        sweep=(0.02, 0.3), stage="founding, measure", quiet=0)
    bias: float = setup(0.13, "lasting error of own data, which cover own clients only", unit="indicator",
        bounds=(0, 1), sweep=(0, 0.3), stage="founding", source="fitted")
    belief_drift: float = dial(1e-4, "how much outcomes are thought to wander, so how fast old data are discounted",
        unit="variance/month", bounds=(0, 1e12), sweep=(1e-5, 1e-3), stage="measure", quiet=0)
    data_cost: float = dial(0.025, "effort to file a report", unit="share of effort", bounds=(0, 1), sweep=(0, 0.04),
        stage="measure", quiet=0, dead_if=("measurement.sharing",), source="fitted: 4 hours a month per FTE")
    visibility: float = dial(0.15, "how much is seen of others' work without shared data", unit="[0, 1]", bounds=(0, 1),
        sweep=(0, 0.4), stage="communicate, act", source="fitted")
    accountability: float = dial(0.9, "how far reports name who did what", unit="[0, 1]", bounds=(0, 1), sweep=(0.5, 1),
        stage="commit", quiet=0, dead_if=("measurement.sharing",), source="fitted")
    build: float = dial(18.0, "how long a shared data system takes to be what is intended", unit="months",
        bounds=(0, 120), sweep=(0, 36), stage="disturb", quiet=0, dead_if=("measurement.sharing",),
        source="chosen: data systems take 1 to 2 years")
    disaggregated: float = dial(0.0, "how far shared data tell the groups of residents apart; 0: averages alone",
        unit="share", bounds=(0, 1), sweep=(0, 1), stage="measure, progress", quiet=0,
        dead_if=("measurement.sharing",), source="chosen: averages alone")


class Activities(Section):
    """Mutually reinforcing activities: members divide roles by a common plan; off at coordination = 0."""

    roles: Names = setup(("services", "outreach", "data and learning", "policy"), "the roles that an outcome needs",
        stage="founding")
    coordination: float = dial(0.8, "how far members adapt their roles to a common plan; 0: not at all", unit="[0, 1]",
        bounds=(0, 1), sweep=(0, 1), stage="act", quiet=0, dead_if=START)
    adaptation: float = dial(0.024, "how fast roles adapt", unit="1/month", bounds=(0, 10), sweep=(0.005, 0.04),
        stage="act", quiet=0, dead_if=("activities.coordination",), source="fitted: job descriptions change over years")
    complementarity: float = dial(-1.2,
        "how roles combine: 1 they replace one another, 0 Cobb-Douglas, very negative the weakest decides",
        unit="exponent", bounds=(-1e9, 1), sweep=(-4, 1), stage="act", source="fitted: elasticity just below 1/2")
    role_floor: float = dial(0.02, "share of work that stays in every role (times the number of roles: less than 1)",
        unit="share", bounds=(0, 1), sweep=(0, 0.1), stage="act", quiet=0, dead_if=("activities.coordination",))
    reliance: float = dial(0.27, "share of joint work that fails without working relationships", unit="share",
        bounds=(0, 1), sweep=(0.1, 0.5), stage="act", quiet=0, dead_if=START, source="fitted")
    partners_needed: float = dial(2.0, "trusted full ties that joint work needs", unit="ties", bounds=(0, 1000),
        open_minimum=True, sweep=(1, 4), stage="act", dead_if=("activities.reliance",), source="fitted")
    by_need: float = dial(0.8, "how strongly joint work goes where the gap is believed to be widest", unit="exponent",
        bounds=(0, 50), sweep=(0, 3), stage="act", quiet=0, dead_if=START, source="fitted")
    build: float = dial(12.0, "how long a common plan of activities takes to be what is intended", unit="months",
        bounds=(0, 120), sweep=(0, 24), stage="disturb", quiet=0, dead_if=("activities.coordination",),
        source="chosen: organising takes a year")


class Communication(Section):
    """Continuous communication: partners meet, learn, come to trust one another; off at frequency = 0."""

    frequency: float = dial(1.3, "contacts with a partner of full tie strength; 0: none that the coalition arranges",
        unit="contacts/month", bounds=(0, 1000), sweep=(0, 12), stage="communicate, measure", quiet=0, dead_if=START,
        source="fitted")
    informal: float = dial(0.1, "contacts that happen in any case", unit="contacts/month", bounds=(0, 1000),
        sweep=(0, 0.3), stage="communicate, measure", quiet=0, source="chosen: people talk in any case")
    openness: float = dial(1.0, "largest distance of goals at which one still listens", unit="distance", bounds=(0, 1),
        sweep=(0.05, 1), stage="communicate", source="chosen: everybody listens to everybody")
    influence: float = dial(0.1, "how much a meeting moves goals", unit="share", bounds=(0, 1), sweep=(0, 1),
        stage="communicate", quiet=0)
    awareness_gain: float = dial(0.2, "awareness of the agenda that a meeting passes on", unit="share", bounds=(0, 1),
        sweep=(0.02, 0.5), stage="communicate", quiet=0, dead_if=START)
    forget: float = dial(0.03, "awareness that fades", unit="1/month", bounds=(0, 1), sweep=(0, 0.08),
        stage="communicate", quiet=0, dead_if=START)
    trust_gain: float = dial(0.2, "how fast trust grows towards the other's commitment when it is seen", unit="share",
        bounds=(0, 1), sweep=(0.02, 0.4), stage="communicate", quiet=0, dead_if=START)
    trust_loss_ratio: float = dial(2.0, "how much faster trust is lost than won", unit="x", bounds=(0, 100),
        sweep=(1, 4), stage="communicate", dead_if=START)
    trust_decay: float = dial(0.03, "how fast trust returns to what it was at founding without contact",
        unit="1/month", bounds=(0, 1), sweep=(0, 0.06), stage="communicate", quiet=0)
    tie_gain: float = dial(0.1, "how fast a tie that is used and trusted grows", unit="share", bounds=(0, 1),
        sweep=(0, 0.3), stage="communicate", quiet=0, dead_if=START, source="chosen: strong in a few years")
    tie_fade: float = dial(0.02, "how fast an unused tie returns to its strength at founding", unit="1/month",
        bounds=(0, 1), sweep=(0, 0.05), stage="communicate", quiet=0, dead_if=START)
    learning: float = dial(0.17, "chance that an organisation looks at the practice of those it met", unit="1/month",
        bounds=(0, 1), sweep=(0.05, 0.5), stage="communicate", quiet=0, source="fitted: a look every half year")
    contact_cost: float = dial(0.002, "effort that one contact takes", unit="share of effort", bounds=(0, 1),
        sweep=(0.001, 0.006), stage="measure", quiet=0, source="fitted: 20 minutes of an FTE; plausible from ten minutes to an hour")
    cost_size: float = dial(0.5, "how much more meetings weigh on the small: 1 the same hours for all",
        unit="exponent", bounds=(-5, 5), sweep=(0, 1), stage="measure")
    build: float = dial(3.0, "how long the meetings take to be what is intended", unit="months", bounds=(0, 120),
        sweep=(0, 12), stage="disturb", quiet=0, dead_if=("communication.frequency",),
        source="chosen: routines of a quarter")


class Allocation(Section):
    """Shares of the backbone's staff time that go to its seven functions; together at most 1."""

    engage: float = _time(0.25, "staff time to keep in touch with members and residents and to recruit",
        stage="disturb, communicate, progress")
    measure: float = _time(0.1, "staff time to feed reports back", stage="measure", dead_if=REPORTS)
    align: float = _time(0.15, "staff time to align activities", stage="act", dead_if=PLANS)
    capacity: float = _time(0.2, "staff time to build members' capacity", stage="build")
    fund: float = _time(0.1, "staff time to raise grants", stage="build")
    will: float = _time(0.15, "staff time to build public will", stage="progress")
    weave: float = _time(0.05, "staff time to bring partners together", stage="communicate",
        source="chosen: optimum about 0.05")


class Reach(Section):
    """Members that one full-time post can serve in each function of the backbone."""

    engage: float = _reach(25.0, "members an FTE can keep up with monthly", sweep=(5, 50),
        stage="disturb, communicate, progress", source="fitted")
    measure: float = _reach(40.0, "members to whom an FTE can feed reports back", stage="measure", dead_if=REPORTS,
        source="fitted")
    align: float = _reach(40.0, "members whose activities an FTE can align", sweep=(5, 50), stage="act", dead_if=PLANS,
        source="fitted")
    capacity: float = _reach(60.0, "members whose capacity an FTE can build", stage="build")
    fund: float = _reach(60.0, "members for whom an FTE can raise grants", stage="build")
    will: float = _reach(60.0, "members in whose name an FTE can build public will", stage="progress")
    weave: float = _reach(60.0, "members an FTE can bring together", stage="communicate")


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
    hub_cost: float = dial(0.016, "a member's effort in a month in which the backbone is in touch",
        unit="share of effort", bounds=(0, 1), sweep=(0, 0.04), stage="measure", quiet=0, dead_if=STAFF,
        source="fitted: 2 to 3 hours a month per FTE")
    capacity_max: float = dial(1.12, "capacity that can be built; 1 at founding", unit="x", bounds=(1, 10),
        sweep=(1, 1.2), stage="build", dead_if=STAFF, source="fitted")
    capacity_gain: float = dial(0.2, "how fast capacity is built", unit="1/month", bounds=(0, 1), sweep=(0, 0.5),
        stage="build", quiet=0, dead_if=STAFF)
    capacity_decay: float = dial(0.02, "how fast capacity fades", unit="1/month", bounds=(0, 1), sweep=(0, 0.05),
        stage="build", quiet=0, dead_if=STAFF, source="chosen: fades in about 4 years")
    grant_max: float = dial(0.085, "largest grants, as a share of members' resources", unit="share", bounds=(0, 1),
        sweep=(0, 0.2), stage="build", quiet=0, dead_if=STAFF, source="fitted")
    grant_base: float = dial(0.2, "share of the grants that comes without progress shown", unit="share", bounds=(0, 1),
        sweep=(0, 1), stage="build", dead_if=STAFF)
    grant_slope: float = dial(3.0, "grants per progress shown", unit="1/progress", bounds=(0, 1000), sweep=(0, 10),
        stage="build", dead_if=REPORTS, source="chosen: full grants when a third of the gap is shown to be closed")
    will_max: float = dial(0.012, "largest fall of the threshold by public will", unit="share", bounds=(0, 1),
        sweep=(0, 0.06), stage="progress", quiet=0, dead_if=STAFF,
        source="fitted: small beside what the conditions do by themselves")
    carries: float = dial(0.15, "share of the other four conditions that does not come about without the backbone's staff",
        unit="share", bounds=(0, 1), sweep=(0, 0.5), stage="disturb", quiet=0, dead_if=START, source="fitted")
    build: float = dial(6.0, "how long a backbone takes to work as intended", unit="months", bounds=(0, 120),
        sweep=(0, 18), stage="disturb", quiet=0, dead_if=STAFF, source="chosen: hiring and start take half a year")
    allocation: Allocation = Field(Allocation(), strict=False)
    reach: Reach = Field(Reach(), strict=False)


class Funder(Section):
    """Grants from outside: for backbone staff, for a term that may be renewed, and for other posts."""

    staff: float = dial(0.0, "staff of the backbone that a grant from outside pays, besides the backbone's own", unit="FTE",
        bounds=(0, 10_000), sweep=(0, 5), stage="disturb", quiet=0, dead_if=STAFF)
    term: Month | None = dial(None, "how long the grant runs before it ends or is renewed; not given: it does not end",
        unit="months", bounds=(1, LATEST), sweep=(12, 60), constrain=False, stage="disturb", dead_if=GRANT)
    renewal: float = dial(0.5, "chance that the grant is renewed when no progress is shown", unit="probability",
        bounds=(0, 1), sweep=(0.2, 0.9), stage="disturb", quiet=0, dead_if=GRANT, source="chosen: even odds")
    slope: float = dial(2.0, "how much more likely renewal is per progress shown", unit="1/progress", bounds=(0, 1000),
        sweep=(0, 10), stage="disturb", quiet=0, dead_if=(*GRANT, "measurement.sharing"),
        source="chosen: sure when a quarter of the gap is shown to be closed")
    services: float = dial(0.0, "posts at the organisations that a grant pays, spread over all by size; no term",
        unit="FTE", bounds=(0, 1e6), sweep=(0, 10), stage="disturb, measure", quiet=0)


class Outcome(Section):
    """One outcome of the community, as an indicator from 0 (bad) to 1 (all that is wanted)."""

    name: Name = setup(..., "what the outcome is called", stage="run")
    unit: Unit = setup("", "unit in which the outcome is measured", stage="run")
    zero: float = setup(0.0, "value in that unit that means 0", bounds=(-1e12, 1e12), stage="run")
    one: float = setup(1.0, "value in that unit that means 1", bounds=(-1e12, 1e12), stage="run")
    baseline: float = setup(0.45, "indicator in month 0", unit="indicator", bounds=(0, 1), open_maximum=True,
        sweep=(0.1, 0.8), stage="founding, progress")
    target: float | None = setup(None, "indicator that the coalition hopes for; not given: none", unit="indicator",
        bounds=(0, 1), stage="run")
    weight: float = setup(1.0, "weight beside the other outcomes; they are scaled to sum 1", bounds=(0, 1e6),
        sweep=(0, 5), stage="founding, agree, build")
    trend: float = dial(0.0, "change that happens in any case", unit="indicator/month", bounds=(-1, 1),
        sweep=(-0.002, 0.002), stage="progress", quiet=0)

    @model_validator(mode="after")
    def _scale_has_length(self) -> Outcome:
        if self.zero == self.one:
            raise refusal(f"zero and one of the outcome {self.name!r} must be different values, both are {self.zero:g}")
        return self

    def in_unit(self, indicator: Any) -> Any:
        """The indicator, a number or an array, in the outcome's own unit.

        Example:
            >>> Outcome(name="out of work", unit="%", zero=30.0, one=0.0).in_unit(0.6)
            12.0
        """
        return self.zero + (self.one - self.zero) * indicator


class Group(Section):
    """One group of residents: how many they are, where they start, and what keeps effort from reaching them."""

    name: Name = setup(..., "what the group is called", stage="run")
    share: float = setup(1.0, "people in it, beside the other groups; scaled to sum 1", bounds=(0, 1e6),
        open_minimum=True, sweep=(0.1, 5), stage="founding, agree, progress")
    shift: float = setup(0.0,
        "how far its indicators start above those of other groups; the mean over all people stays the baseline",
        unit="indicator", bounds=(-1, 1), sweep=(-0.2, 0.2), stage="founding, progress", quiet=0)
    barrier: float = setup(0.0, "what keeps effort from it: 0 nothing, 0.7 halves what reaches it, 1.4 leaves a quarter",
        unit="log", bounds=(0, 10), sweep=(0, 2), stage="progress", quiet=0)


def _check_groups(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    if len(groups) > 50:
        raise refusal(f"must be at most 50 groups, has {len(groups)}")
    if twice := doubled(group.name for group in groups):
        raise refusal(f"must be groups of different names; twice: {', '.join(twice)}")
    return groups


def _check_outcomes(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    if not 1 <= len(outcomes) <= 50:
        raise refusal(f"must be 1 to 50 outcomes, has {len(outcomes)}")
    if twice := doubled(outcome.name for outcome in outcomes):
        raise refusal(f"must be outcomes of different names; twice: {', '.join(twice)}")
    if not any(outcome.weight > 0 for outcome in outcomes):
        raise refusal("must be outcomes of which one at least has a weight above 0")
    return outcomes


Outcomes = Annotated[tuple[Outcome, ...], BeforeValidator(as_tuple), AfterValidator(_check_outcomes)]
Groups = Annotated[tuple[Group, ...], BeforeValidator(as_tuple), AfterValidator(_check_groups)]
#: Baselines are evenly spaced from .3 to .6; the scales are illustrative and belong to no place.
DEFAULT_OUTCOMES = (
    Outcome(name="school readiness", unit="% of children ready at school entry", zero=0, one=100, baseline=0.3),
    Outcome(name="reading", unit="% of pupils who read at grade level", zero=0, one=100, baseline=0.375),
    Outcome(name="mathematics", unit="% of pupils at grade level", zero=0, one=100, baseline=0.45),
    Outcome(name="graduation", unit="% of pupils who graduate", zero=40, one=100, baseline=0.525),
    Outcome(name="disconnection", unit="% of youth out of school and work", zero=30, one=0, baseline=0.6),
)


class Community(Section):
    """Outcomes that are to change, how effort moves them, and the residents for whom it does."""

    outcomes: Outcomes = Field(DEFAULT_OUTCOMES, strict=False, description="the outcomes, one table each")
    groups: Groups = Field((), strict=False, description="groups of residents, one table each; none: all are one")
    gain: float = dial(0.047, "share of the gap that full effort closes", unit="1/month", bounds=(0, 1),
        sweep=(0.01, 0.08), stage="progress", quiet=0, source="fitted")
    need: float | None = setup(None,
        "staff time that the problem takes, all outcomes together; not given: what all organisations have in month 0",
        unit="FTE", bounds=(0, 1e9), open_minimum=True, stage="founding, progress")
    decay: float = dial(0.002, "share of what was won that is lost", unit="1/month", bounds=(0, 1), sweep=(0, 0.006),
        stage="progress", quiet=0)
    threshold: float = dial(2.3, "effort for an outcome at which half of the full effect is reached",
        unit="x need", bounds=(0, 1000), open_minimum=True, sweep=(1, 3), stage="progress",
        source="fitted: effort spread evenly is well below what is needed")
    critical_mass: float = dial(2.8, "how much more concerted effort achieves than effort spread thin",
        unit="exponent", bounds=(1, 50), sweep=(1, 4), stage="progress", source="fitted")
    noise: float = dial(0.004, "chance movement of an outcome", unit="indicator/month", bounds=(0, 1), sweep=(0, 0.01),
        stage="progress", quiet=0)
    engagement_gain: float = dial(0.05, "how fast residents engage who are visited, at the table or shown progress",
        unit="1/month", bounds=(0, 1), sweep=(0.01, 0.1), stage="progress", quiet=0, dead_if=START,
        source="chosen: within two years")
    engagement_decay: float = dial(0.02, "how fast residents' engagement fades", unit="1/month", bounds=(0, 1),
        sweep=(0, 0.05), stage="progress", quiet=0, dead_if=("community.engagement_gain",),
        source="chosen: fades in about 4 years")


class Commitment(Section):
    """Reasons for which members give their effort to the common cause, and what wears that out."""

    initial: float = setup(0.57, "mean commitment on becoming a member", unit="[0, 1]", bounds=(0, 1),
        sweep=(0.2, 0.8), stage="founding", dead_if=START, source="fitted")
    initial_sd: float = setup(0.1, "spread of commitment on becoming a member", unit="[0, 1]", bounds=(0, 1),
        sweep=(0, 0.3), stage="founding", dead_if=START)
    base: float = _reason(0.05, "inclination to commit when nothing else speaks for or against it", sweep=(-1, 1),
        source="fitted: half are inclined")
    trust_weight: float = _reason(3.2, "weight of trust in partners", sweep=(1, 6), source="fitted")
    purpose_weight: float = _reason(4.8, "weight of finding the own mission in the agenda", sweep=(0.5, 8),
        source="fitted")
    purpose_reference: float = dial(0.3, "fit of agenda and mission below which the agenda repels", unit="fit",
        bounds=(0, 1), sweep=(0, 0.6), stage="commit", dead_if=START,
        source="chosen: an agenda less than 30 % one's own repels")
    progress_weight: float = _reason(1.3, "weight of progress that is seen", sweep=(0, 2))
    progress_scale: float = dial(0.05, "progress in a year that impresses", unit="indicator/year", bounds=(0, 1000),
        open_minimum=True, sweep=(0.02, 0.1), stage="commit", dead_if=START)
    conform_weight: float = dial(1.0, "weight of partners' commitment, where reports show it", unit="logit",
        bounds=(-50, 50), sweep=(0, 3), stage="commit", quiet=0, dead_if=("measurement.sharing",))
    overhead_weight: float = _reason(1.5, "weight of time spent on meetings and data", sweep=(0, 4))
    temptation: float = _reason(1.1, "pull of letting the others do the work, where no report shows it", sweep=(0, 3),
        source="fitted")
    adjustment: float = dial(0.1, "how fast commitment follows its reasons", unit="1/month", bounds=(0, 1),
        sweep=(0.03, 0.3), stage="commit", quiet=0, dead_if=START, source="chosen: within a year")
    noise: float = dial(0.03, "chance movement of commitment", unit="/month", bounds=(0, 1), sweep=(0, 0.1),
        stage="commit", quiet=0, dead_if=START)


class Sections(Section):
    """The sections of a scenario but its events, in the order in which they are written."""

    # Sections are made from mappings; inside them everything is strict.
    model_config = ConfigDict(strict=False)

    scenario: About = Field(About())
    coalition: Coalition = Field(Coalition())
    practice: Practice = Field(Practice())
    agenda: Agenda = Field(Agenda())
    measurement: Measurement = Field(Measurement())
    activities: Activities = Field(Activities())
    communication: Communication = Field(Communication())
    backbone: Backbone = Field(Backbone())
    funder: Funder = Field(Funder())
    community: Community = Field(Community())
    commitment: Commitment = Field(Commitment())
