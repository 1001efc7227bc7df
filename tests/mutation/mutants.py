"""Mutants: plausible faults, one at a time, in the stages of the model.

Each replaces one piece of source text, which occurs once in its file, by another. None leaves the model as it is: what each breaks is said,
and some setting shows it.
"""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """A fault.

    Attributes:
        name: unique.
        file: within the package.
        old: the source text it replaces.
        new: what stands there instead.
        breaks: what is wrong then, in a few words.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str


AGENDA = "dynamics/agenda.py"
MEASUREMENT = "dynamics/measurement.py"
ACTIVITIES = "dynamics/activities.py"
COMMUNICATION = "dynamics/communication.py"
BACKBONE = "dynamics/backbone.py"
COMMUNITY, COMMITMENT = "dynamics/community.py", "dynamics/commitment.py"
RESIDENTS, TIES = "dynamics/residents.py", "dynamics/ties.py"
PRACTICE, DISTURBANCE = "dynamics/practice.py", "dynamics/disturbance.py"
CONDITIONS = "dynamics/conditions.py"
#: Where the stages are written; each has mutants.
STAGE_MODULES = (
    DISTURBANCE, CONDITIONS, COMMUNICATION, PRACTICE, MEASUREMENT, AGENDA, ACTIVITIES, COMMUNITY, RESIDENTS, TIES, COMMITMENT, BACKBONE,
)  # fmt: skip

MUTANTS: tuple[Mutant, ...] = (
    # ---- Common agenda.
    Mutant(
        "stubborn-away-from-mission",
        AGENDA,
        "goal + stubborn * (stance.mission - stance.goal)",
        "goal + stubborn * (stance.goal - stance.mission)",
        "sign: the own mission pushes goals away",
    ),
    Mutant(
        "mission-after-agenda",
        AGENDA,
        "goal + stubborn * (stance.mission - stance.goal)",
        "goal + stubborn * (stance.mission - goal)",
        "order: the mission pulls what the agenda has pulled, where both see the goal before",
    ),
    Mutant(
        "agenda-pulls-the-unaware",
        AGENDA,
        "strength * organisation.commitment * organisation.awareness",
        "strength * organisation.commitment",
        "missing factor: who does not know the agenda follows it",
    ),
    Mutant(
        "need-is-what-is-there",
        AGENDA,
        "outcomes[d].weight * max(0.0, 1.0 - belief)",
        "outcomes[d].weight * max(0.0, belief)",
        "inverted: evidence draws the agenda to what needs least",
    ),
    Mutant(
        "evidence-without-data",
        AGENDA,
        "evidence = dials[at.AGENDA_EVIDENCE] * dials[at.MEASUREMENT_SHARING]",
        "evidence = dials[at.AGENDA_EVIDENCE]",
        "missing factor: need is known without shared data",
    ),
    Mutant(
        "review-a-month-late",
        AGENDA,
        ">= dials[at.AGENDA_CADENCE]",
        "> dials[at.AGENDA_CADENCE]",
        "off by one: a month more between reviews",
    ),
    # ---- Shared measurement.
    Mutant(
        "own-report-read-too",
        MEASUREMENT,
        "organisations[i].reports = filed - organisations[i].reported",
        "organisations[i].reports = filed",
        "forgotten condition: the own report counts among those received",
    ),
    Mutant(
        "noise-grows-with-reports",
        MEASUREMENT,
        "total = prior + error / sources",
        "total = prior + error * sources",
        "inverted: more reports make a belief less certain",
    ),
    Mutant(
        "no-drift-of-beliefs",
        MEASUREMENT,
        "prior = organisation.variance + dials[at.MEASUREMENT_BELIEF_DRIFT]",
        "prior = organisation.variance",
        "missing term: beliefs harden for ever",
    ),
    Mutant(
        "shared-data-are-biased",
        MEASUREMENT,
        "bias_left = 1.0 - sharing",
        "bias_left = sharing",
        "inverted: common definitions bring the bias in",
    ),
    Mutant(
        "small-ones-meet-cheaply",
        MEASUREMENT,
        "relative = dials[at.COALITION_SIZE_MEAN] / (enlarged * organisation.resources)",
        "relative = (enlarged * organisation.resources) / dials[at.COALITION_SIZE_MEAN]",
        "inverted: overhead weighs on the large",
    ),
    # ---- Mutually reinforcing activities.
    Mutant(
        "power-mean-without-its-root",
        ACTIVITIES,
        "log1p(mean) / exponent)",
        "log1p(mean) * exponent)",
        "inverted exponent of the power mean",
    ),
    Mutant(
        "production-without-roles",
        ACTIVITIES,
        "outcome.produced = roles * outcome.evenness",
        "outcome.produced = outcome.evenness",
        "missing factor: the number of roles",
    ),
    Mutant(
        "adapts-as-if-substitutes",
        ACTIVITIES,
        "seen, exponent = visibility(dials), 1.0 - dials[at.ACTIVITIES_COMPLEMENTARITY]",
        "seen, exponent = visibility(dials), dials[at.ACTIVITIES_COMPLEMENTARITY]",
        "wrong exponent in the return of a role",
    ),
    Mutant(
        "own-work-in-the-new-mix",
        ACTIVITIES,
        "alone * role.founding_mix",
        "alone * role.mix",
        "swapped: own work follows the mix that was adapted for the common work",
    ),
    Mutant(
        "relationships-hinder-work",
        ACTIVITIES,
        "joint *= 1.0 - reliance * exp(-organisation.relations / needed)",
        "joint *= 1.0 - reliance * (1.0 - exp(-organisation.relations / needed))",
        "inverted: joint work fails where partners are trusted",
    ),
    Mutant(
        "floor-pulls-to-the-even-mix",
        ACTIVITIES,
        "role.mix = max(0.0, role.mix / total - floor)",
        "role.mix = max(0.0, role.mix / total)",
        "missing term: the floor of a role moves mixes that are above it",
    ),
    # ---- Continuous communication.
    Mutant(
        "all-ties-meet-alike",
        COMMUNICATION,
        "(informal + together if both == 1 else informal) * tie.strength",
        "(informal + together if both == 1 else informal)",
        "missing factor: the strength of a tie",
    ),
    Mutant(
        "the-other's-trust",
        COMMUNICATION,
        "next_goal += tie.first_trust * difference",
        "next_goal += tie.second_trust * difference",
        "swapped index: one listens as far as one is trusted",
    ),
    Mutant(
        "goals-repel",
        COMMUNICATION,
        "next_goal -= tie.second_trust * difference",
        "next_goal += tie.second_trust * difference",
        "sign: one end of a tie moves away from the other",
    ),
    Mutant(
        "distance-counted-twice",
        COMMUNICATION,
        "            if 0.5 * distance > openness + TOLERANCE:",
        "            if distance > openness + TOLERANCE:",
        "missing factor: half the sum of differences is the distance",
    ),
    Mutant(
        "aware-of-oneself",
        COMMUNICATION,
        "first.next_awareness *= 1.0 - gain * second.awareness",
        "first.next_awareness *= 1.0 - gain * first.awareness",
        "swapped index: one learns of the agenda from oneself",
    ),
    Mutant(
        "trust-in-one's-own-commitment",
        COMMUNICATION,
        "learned_trust(tie.first_trust, second.commitment, gain, loss_ratio)",
        "learned_trust(tie.first_trust, first.commitment, gain, loss_ratio)",
        "swapped index: trust follows the own commitment",
    ),
    Mutant(
        "ties-grow-on-strength",
        COMMUNICATION,
        "(tie.first_trust + tie.second_trust) * (1.0 - tie.strength)",
        "(tie.first_trust + tie.second_trust) * tie.strength",
        "swapped: a tie grows by what it is and not by what it lacks",
    ),
    # ---- Practices.
    Mutant(
        "copies-the-worse",
        PRACTICE,
        "best, best_value = own, state.effectiveness[own]",
        "best, best_value = own, 0.0",
        "forgotten condition: the best partner is copied, if it is better or not",
    ),
    Mutant(
        "keeps-failed-trials",
        PRACTICE,
        "if seems > state.effectiveness[organisation.practice]:",
        "if seems < state.effectiveness[organisation.practice]:",
        "sign: a trial is kept if it is worse",
    ),
    Mutant(
        "last-bit-never-tried",
        PRACTICE,
        "uniform(bit_key, organisation.slot, 0) * bits)",
        "uniform(bit_key, organisation.slot, 0) * (bits - 1))",
        "off by one: no trial flips the last bit",
    ),
    Mutant(
        "sees-those-not-met",
        PRACTICE,
        "        if tie.met == 0:\n            continue\n",
        "",
        "forgotten condition: practice is copied without a meeting",
    ),
    # ---- Community.
    Mutant(
        "threshold-upside-down",
        COMMUNITY,
        "power(threshold / intensity, exponent)",
        "power(intensity / threshold, exponent)",
        "inverted: less effort does more",
    ),
    Mutant(
        "decay-grows",
        RESIDENTS,
        "change -= dials[at.COMMUNITY_DECAY]",
        "change += dials[at.COMMUNITY_DECAY]",
        "sign: what is gained grows by itself",
    ),
    Mutant(
        "gain-without-limit",
        RESIDENTS,
        "effect * groups[h].reach * (1.0 - indicator)",
        "effect * groups[h].reach",
        "missing factor: what is left to gain",
    ),
    Mutant(
        "effort-not-per-outcome",
        COMMUNITY,
        "intensity = 1.0 / outcome.weight * outcome.produced / need",
        "intensity = outcome.produced / need",
        "missing factor: the share of the need that is the outcome's",
    ),
    Mutant(
        "will-raises-the-threshold",
        COMMUNITY,
        "dials[at.COMMUNITY_THRESHOLD] * (1.0 - will)",
        "dials[at.COMMUNITY_THRESHOLD] * (1.0 + will)",
        "sign: public will makes it harder",
    ),
    # ---- Residents.
    Mutant(
        "barriers-attract",
        RESIDENTS,
        "group.reach = exp(least - group.reach) / total",
        "group.reach = exp(group.reach - least) / total",
        "sign: effort goes where the barriers are",
    ),
    Mutant(
        "effort-from-nowhere",
        RESIDENTS,
        "group.reach = exp(least - group.reach) / total",
        "group.reach = exp(least - group.reach)",
        "missing factor: what others get less",
    ),
    Mutant(
        "engagement-raises-barriers",
        RESIDENTS,
        "group.barrier * (1.0 - group.engagement) * untargeted",
        "group.barrier * (1.0 + group.engagement) * untargeted",
        "sign: the engaged are harder to reach",
    ),
    Mutant(
        "data-by-group-kept-to-oneself",
        RESIDENTS,
        "dials[at.MEASUREMENT_DISAGGREGATED] * dials[at.MEASUREMENT_SHARING]",
        "dials[at.MEASUREMENT_DISAGGREGATED]",
        "missing factor: data that nobody shares target effort",
    ),
    Mutant(
        "groups-fall-to-the-mean",
        RESIDENTS,
        "(indicator - (outcome.baseline + groups[h].shift))",
        "(indicator - outcome.baseline)",
        "missing term: what is not kept up decays to the baseline of the group",
    ),
    Mutant(
        "every-group-counts-alike",
        RESIDENTS,
        "mean += groups[h].share * (indicator - first)",
        "mean += (indicator - first) / groups.shape[0]",
        "swapped weight: an outcome is the mean over people, not over groups",
    ),
    Mutant(
        "wishes-for-what-is-there",
        RESIDENTS,
        "state.outcomes[d].weight * (1.0 - lived(state, h, d))",
        "state.outcomes[d].weight * lived(state, h, d)",
        "inverted: residents ask for what they have",
    ),
    Mutant(
        "seat-without-planning",
        RESIDENTS,
        "return dials[at.AGENDA_PROCESS] * dials[at.AGENDA_RESIDENTS]",
        "return dials[at.AGENDA_RESIDENTS]",
        "missing factor: residents sit at a table that is not there",
    ),
    Mutant(
        "engaged-by-what-nobody-shows",
        RESIDENTS,
        "missed * (1.0 - dials[at.MEASUREMENT_SHARING] * seen)",
        "missed * (1.0 - seen)",
        "missing factor: residents engage in a coalition whose part in progress no data show",
    ),
    Mutant(
        "silent-residents-speak",
        AGENDA,
        "held * state.groups[h].share * state.groups[h].engagement * state.wishes[h, d]",
        "held * state.groups[h].share * state.wishes[h, d]",
        "missing factor: those speak who do not come",
    ),
    # ---- Commitment.
    Mutant(
        "temptation-of-the-accountable",
        COMMITMENT,
        "dials[at.COMMITMENT_TEMPTATION] * (1.0 - accountable)",
        "dials[at.COMMITMENT_TEMPTATION] * accountable",
        "inverted: accountability tempts",
    ),
    Mutant(
        "overhead-attracts",
        COMMITMENT,
        "logit -= dials[at.COMMITMENT_OVERHEAD_WEIGHT]",
        "logit += dials[at.COMMITMENT_OVERHEAD_WEIGHT]",
        "sign: what costs effort raises commitment",
    ),
    Mutant(
        "conforms-unseen",
        COMMITMENT,
        "dials[at.COMMITMENT_CONFORM_WEIGHT] * accountable * others",
        "dials[at.COMMITMENT_CONFORM_WEIGHT] * others",
        "missing factor: members follow what no data show",
    ),
    Mutant(
        "commitment-in-one-step",
        COMMITMENT,
        "organisation.commitment + adjustment * (wanted - organisation.commitment)",
        "organisation.commitment + wanted - organisation.commitment",
        "missing factor: the speed of adjustment",
    ),
    # ---- Backbone.
    Mutant(
        "hub-for-any-number",
        BACKBONE,
        "-dials[REACH[function]] * fte / coalition.members)",
        "-dials[REACH[function]] * fte)",
        "missing factor: staff serve two hundred as well as two",
    ),
    Mutant(
        "functions-swapped",
        BACKBONE,
        "for name in BACKBONE_FUNCTIONS])\nREACH",
        "for name in ('engage', 'align', 'measure', *BACKBONE_FUNCTIONS[3:])])\nREACH",
        "swapped index: time for measuring goes into aligning",
    ),
    Mutant(
        "members-pay-all",
        BACKBONE,
        "levy = min(LARGEST_LEVY, staff * share / pool)",
        "levy = min(LARGEST_LEVY, staff / pool)",
        "missing factor: members pay the whole staff, funders their part again",
    ),
    Mutant(
        "grants-without-data",
        BACKBONE,
        "1.0, slope * dials[at.MEASUREMENT_SHARING] * max(0.0, shown)",
        "1.0, slope * max(0.0, shown)",
        "missing factor: funders pay for progress that no data show",
    ),
    # ---- Disturbance.
    Mutant(
        "the-committed-leave",
        DISTURBANCE,
        "exit_rate * (1.0 - organisation.commitment) ** 4",
        "exit_rate * organisation.commitment**4",
        "inverted: those leave who are committed",
    ),
    Mutant(
        "leavers-keep-commitment",
        DISTURBANCE,
        "                organisation.member = 0\n                organisation.commitment = 0.0\n",
        "                organisation.member = 0\n",
        "forgotten: who is no member has no commitment",
    ),
    Mutant(
        "budgets-grow-on-average",
        DISTURBANCE,
        "swing[i] = organisation.deviation - 0.5 * variance",
        "swing[i] = organisation.deviation",
        "missing term: the mean of a log-normal budget is above its nominal size",
    ),
    Mutant(
        "turnover-of-a-year-in-a-month",
        DISTURBANCE,
        "log1p(-dials[at.COALITION_TURNOVER]) / 12.0)",
        "log1p(-dials[at.COALITION_TURNOVER]))",
        "missing factor: twelve months in a year",
    ),
    Mutant(
        "coalition-ends-early",
        DISTURBANCE,
        "plan[at.COALITION_START] <= luck.month <= plan[at.COALITION_END]",
        "plan[at.COALITION_START] <= luck.month < plan[at.COALITION_END]",
        "off by one: the last month of the coalition is lost",
    ),
    # ---- What is built over months, what is needed, and practice that is judged, slips and is tested.
    Mutant(
        "the-unready-are-ready",
        CONDITIONS,
        "dials[at.COALITION_READINESS] * (1.0 - committed)",
        "dials[at.COALITION_READINESS] * committed",
        "inverted: conditions come about where nobody is committed",
    ),
    Mutant(
        "staff-carry-nothing",
        CONDITIONS,
        "dials[at.BACKBONE_CARRIES] * (1.0 - served)",
        "dials[at.BACKBONE_CARRIES] * served",
        "inverted: conditions come about without staff",
    ),
    Mutant(
        "meetings-carry-measurement",
        CONDITIONS,
        "ready * carried(dials, engage), ready * carried(dials, measure)",
        "ready * carried(dials, measure), ready * carried(dials, engage)",
        "swapped: data are carried by the function that engages",
    ),
    Mutant(
        "falls-as-slowly",
        CONDITIONS,
        "pace = months if goal > achieved else 0.5 * months",
        "pace = months",
        "missing case: what is built falls no faster than it grew",
    ),
    Mutant(
        "backbone-needs-no-members",
        CONDITIONS,
        "built(coalition.backbone, staffed, ready, ",
        "built(coalition.backbone, staffed, 1.0, ",
        "missing factor: the backbone works whoever is committed",
    ),
    Mutant(
        "plans-at-once",
        CONDITIONS,
        "dials[at.ACTIVITIES_COORDINATION] = coalition.activities",
        "dials[at.ACTIVITIES_COORDINATION] = coalition.coordination",
        "swapped: what is intended of coordination is there at once",
    ),
    Mutant(
        "little-counts-more",
        CONDITIONS,
        "dials[at.COALITION_PROPORTION] * (1.0 - strength)",
        "dials[at.COALITION_PROPORTION] * strength",
        "inverted: the less of a plan there is, the more it counts",
    ),
    Mutant(
        "backbone-at-once",
        BACKBONE,
        "coalition.staff_at_work * coalition.backbone * dials",
        "coalition.staff_at_work * dials",
        "missing factor: staff have their whole effect from the first month",
    ),
    Mutant(
        "who-is-let-go-stays",
        DISTURBANCE,
        "months <= 1.0 or growth <= 0.0",
        "months <= 1.0",
        "forgotten condition: staff that was let go works on for months",
    ),
    Mutant(
        "new-staff-know-all",
        ACTIVITIES,
        "organisation.working * shift",
        "organisation.available * shift",
        "swapped: new staff are fully at work",
    ),
    Mutant(
        "work-where-all-is-well",
        ACTIVITIES,
        "max(0.0, 1.0 - state.stances[i, d].belief)",
        "max(0.0, state.stances[i, d].belief)",
        "inverted: joint work goes where the gap is smallest",
    ),
    Mutant(
        "heavy-outcomes-are-easy",
        COMMUNITY,
        "1.0 / outcome.weight * outcome.produced",
        "outcome.weight * outcome.produced",
        "inverted: what weighs much takes little effort",
    ),
    Mutant(
        "own-trials-unseen",
        PRACTICE,
        "dials[at.PRACTICE_OWN_NOISE] * (1.0 - visibility)",
        "dials[at.PRACTICE_OWN_NOISE]",
        "missing factor: shared data do not help to judge one's own trials",
    ),
    Mutant(
        "tested-practice-for-all",
        PRACTICE,
        "organisation.member == 1 and outreach > 0.0",
        "outreach > 0.0",
        "forgotten condition: the backbone brings tested practice to those outside",
    ),
    Mutant(
        "bits-by-the-wrong-draw",
        PRACTICE,
        "uniform(outreach_key, slot, 1 + bit)",
        "uniform(outreach_key, slot, bit)",
        "off by one: who hears of a tested practice always takes its first bit",
    ),
    Mutant(
        "old-bits-stay",
        PRACTICE,
        "(practice & ~(1 << bit)) | (tested & (1 << bit))",
        "practice | (tested & (1 << bit))",
        "forgotten: what a tested practice leaves out is given up",
    ),
    Mutant(
        "same-bits-slip",
        PRACTICE,
        "uniform(drift_key, organisation.slot, 1) * bits",
        "uniform(drift_key, organisation.slot, 0) * bits",
        "one draw for two: only the first bits slip",
    ),
    Mutant(
        "only-filed-reports-cost",
        MEASUREMENT,
        "if draw < intended:",
        "if draw < sharing:",
        "swapped: reports that nobody files yet cost nothing",
    ),
    Mutant(
        "only-held-meetings-cost",
        MEASUREMENT,
        "dials[at.COMMUNICATION_INFORMAL], state.coalition[0].frequency",
        "dials[at.COMMUNICATION_INFORMAL], dials[at.COMMUNICATION_FREQUENCY]",
        "swapped: meetings that do not come about cost nothing",
    ),
    Mutant(
        "any-process-is-told",
        COMMUNICATION,
        "told * organisation.mean_trust",
        "organisation.mean_trust",
        "missing factor: the hub draws to a poor agenda as to the best",
    ),
    Mutant(
        "any-process-is-owned",
        COMMITMENT,
        "dials[at.COMMITMENT_PURPOSE_WEIGHT] * owned * organisation.awareness",
        "dials[at.COMMITMENT_PURPOSE_WEIGHT] * organisation.awareness",
        "missing factor: an agenda attracts whoever made it",
    ),
    # ---- Who is in, and the end.
    Mutant(
        "everybody-is-a-founder",
        DISTURBANCE,
        "in_force * organisation.founder * (1 - organisation.kept_out)",
        "in_force * (1 - organisation.kept_out)",
        "forgotten condition: all are members when the coalition starts",
    ),
    Mutant(
        "joining-sees-who-joins-now",
        TIES,
        "if state.organisations[other].member == 1:\n            inside",
        "if state.organisations[other].member >= 1:\n            inside",
        "order: who joins this month counts for those after it",
    ),
    Mutant(
        "exposure-on-top",
        DISTURBANCE,
        "1.0 - follows + follows * exposure(state, i)",
        "1.0 + follows * exposure(state, i)",
        "missing term: ties to members help, and who has none joins all the same",
    ),
    Mutant(
        "relations-by-the-others-trust",
        TIES,
        "first.relations += to_second * tie.first_trust",
        "first.relations += to_second * tie.second_trust",
        "swapped: joint work goes by how far the others trust the organisation",
    ),
    Mutant(
        "exposure-counts-ties",
        TIES,
        "total += tie.strength",
        "total += 1.0",
        "missing factor: a share of strength is divided by a number of ties",
    ),
    Mutant(
        "least-is-too-few",
        DISTURBANCE,
        "coalition.members < dials[at.COALITION_LEAST]",
        "coalition.members <= dials[at.COALITION_LEAST]",
        "off by one: just enough members are too few",
    ),
    Mutant(
        "short-months-add-up",
        DISTURBANCE,
        "dials[at.COALITION_LEAST] else 0",
        "dials[at.COALITION_LEAST] else coalition.short",
        "forgotten condition: months with too few members need not follow one another",
    ),
    Mutant(
        "ended-a-month-late",
        DISTURBANCE,
        "due and coalition.short < PATIENCE",
        "due and coalition.short <= PATIENCE",
        "off by one: a seventh month with too few members",
    ),
    Mutant(
        "short-months-outlive-a-rest",
        DISTURBANCE,
        "coalition.begun, coalition.short = 1, 0",
        "coalition.begun = 1",
        "forgotten: a coalition that starts anew still counts the months before",
    ),
    # ---- The funder.
    Mutant(
        "posts-for-each-organisation",
        DISTURBANCE,
        "dials[at.FUNDER_SERVICES] / nominal",
        "dials[at.FUNDER_SERVICES] / state.organisations[0].resources",
        "wrong total: the posts are paid as if the first organisation were all",
    ),
    Mutant(
        "posts-are-at-work-at-once",
        DISTURBANCE,
        "organisation.working = organisation.available / enlarged",
        "organisation.working = organisation.available",
        "forgotten: new posts learn in the first months, too",
    ),
    Mutant(
        "posts-do-not-thin-meetings",
        MEASUREMENT,
        "dials[at.COALITION_SIZE_MEAN] / (enlarged * organisation.resources)",
        "dials[at.COALITION_SIZE_MEAN] / organisation.resources",
        "missing factor: a meeting takes its share of the new posts, too",
    ),
    Mutant(
        "posts-cost-nothing",
        BACKBONE,
        "(coalition.outside_staff + dials[at.FUNDER_SERVICES] + ",
        "(coalition.outside_staff + ",
        "missing term: the price of progress leaves out the posts of a grant",
    ),
    Mutant(
        "grant-without-a-backbone",
        BACKBONE,
        "if staff > 0.0 and dials[at.FUNDER_STAFF] > 0.0 and",
        "if dials[at.FUNDER_STAFF] > 0.0 and",
        "forgotten condition: a grant pays staff that nobody hires",
    ),
    Mutant(
        "a-month-too-long",
        BACKBONE,
        "+ dials[at.FUNDER_TERM] - 1.0",
        "+ dials[at.FUNDER_TERM]",
        "off by one: a grant runs a month beyond its term",
    ),
    Mutant(
        "refused-grants-begin-again",
        BACKBONE,
        "coalition.funded_until = -1.0",
        "coalition.funded_until = 0.0",
        "forgotten: a grant that is not renewed has ended for good",
    ),
    Mutant(
        "renewed-whatever-is-shown",
        BACKBONE,
        "dials[at.FUNDER_RENEWAL] + dials[at.FUNDER_SLOPE] * coalition.shown",
        "dials[at.FUNDER_RENEWAL]",
        "missing term: progress that is shown makes no grant likelier",
    ),
    Mutant(
        "shown-without-data",
        BACKBONE,
        "coalition.shown = dials[at.MEASUREMENT_SHARING] * max(0.0, shown)",
        "coalition.shown = max(0.0, shown)",
        "missing factor: progress is shown that no data show",
    ),
)
