"""Files of plans: what planners' words mean to the engine, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.dynamics.month import advance_with
from cisim.engine import compile_scenario, run_one, simulate
from cisim.errors import InputError
from cisim.plan.spec import NOTHING_NEW, SERVICES, read
from cisim.report.planning import outcomes_in_words, plans_in_words
from cisim.scenario import load
from plan.county import HEAD, PLANS, county

SEEDS = np.arange(1, 13, dtype=np.uint64)


def plan_of(folder, text: str, head: str = HEAD):
    plans = read(county(folder, f"[plans.mine]\n{text}\n", head))
    return plans, plans.given["mine"]


def members(plans, scenario, seed: int = 1) -> np.ndarray:
    """Run a scenario and return who is a member: (months + 1, partners)."""
    compiled, seen = compile_scenario(scenario, plans.roster), []

    def look(state, _):
        seen.append(state.organisations["member"].copy())
        return False

    records = np.empty((compiled.months + 1, len(compiled.measures)))
    every = range(compiled.months + 1)
    run_one(scenario, compiled, seed, advance_with(None), records, pauses=every, look=look)
    return np.array(seen)


def refusals(folder, text: str, head: str = HEAD) -> tuple[str, ...]:
    with pytest.raises(InputError) as refused:
        read(county(folder, text, head))
    return refused.value.problems


# --- what words mean ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "times"), [('"monthly"', 12), ('"quarterly"', 4), ("6", 6), ('"never"', 0)])
def test_meetings_become_contacts_a_month(tmp_path, word, times) -> None:
    _, plan = plan_of(tmp_path, f"backbone.staff = 1\nmeet = {word}")
    assert plan.scenario.communication.frequency == times / 12


def test_a_field_over_months_is_the_base_until_its_first_month(tmp_path) -> None:
    _, plan = plan_of(tmp_path, "backbone.staff = { 13 = 3, 19 = 1 }")
    assert plan.scenario.backbone.staff == 0
    assert [(event.month, event.set) for event in plan.scenario.events] == [
        (13, {"backbone.staff": 3.0}),
        (19, {"backbone.staff": 1.0}),
    ]
    assert "from month 13" in plan.lines[0]


def test_a_field_over_months_may_begin_in_the_first(tmp_path) -> None:
    _, plan = plan_of(tmp_path, "agenda.process = { 1 = 0, 19 = 0.8 }")
    assert plan.scenario.agenda.process == 0
    assert [event.month for event in plan.scenario.events] == [19]


def test_an_excluded_partner_is_a_member_in_no_month_and_takes_no_need_away(tmp_path) -> None:
    plans, plan = plan_of(tmp_path, 'backbone.staff = 3\nexclude = "Big District"')
    row = plans.roster.names.index("Big District")
    for seed in range(1, 21):
        seen = members(plans, plan.scenario, seed)
        assert not seen[:, row].any()
        assert seen[-1].sum() > 3  # the others are there
    # It goes on with its own work: the problem is as large, and served by the same staff.
    full = simulate(plans.base, SEEDS, roster=plans.roster)
    without = simulate(plan.scenario, SEEDS, roster=plans.roster)
    names = [measure.name for measure in plans.base.measures(plans.roster.sector_names)]
    assert np.array_equal(full[:, 1:, names.index("resources")], without[:, 1:, names.index("resources")])


def test_partners_who_are_invited_join_in_that_month_and_not_before(tmp_path) -> None:
    text = 'backbone.staff = 3\nstart_with = "the 3 largest"\ninvite = { month = 13, partners = "all others", at_a_time = 5, every = 4 }'
    plans, plan = plan_of(tmp_path, text)
    seen = members(plans, plan.scenario)
    largest = [plans.roster.names.index(name) for name in ("Big District", "County Health", "First Steps")]
    others = [row for row in range(12) if row not in largest]
    assert seen[1, largest].all()
    assert not seen[:13, others].any()
    assert seen[13].sum() >= 5 + 1
    joined = [(seen[month] & ~seen[month - 1].astype(bool)).sum() for month in (13, 17)]
    assert joined[0] == 5
    assert joined[1] >= 4
    assert "starts with 3 of 12 partners (the 3 largest)" in plan.lines
    assert "5 partners join in month 13" in plan.lines


def test_a_sector_may_start_and_names_may_be_invited(tmp_path) -> None:
    text = 'start_with = "schools"\ninvite = [{ month = 7, partners = ["Mentors", "public"] }]'
    plans, plan = plan_of(tmp_path, text)
    seen = members(plans, plan.scenario)
    names = np.array(plans.roster.names)
    assert set(names[seen[1] == 1]) == {"Big District", "Small District"}
    assert {"Mentors", "County Health", "City Library", "Workforce Board"} <= set(names[seen[7] == 1])
    assert not seen[:, names.tolist().index("Mill Works")].any()


def test_who_is_invited_without_a_start_was_not_there_before(tmp_path) -> None:
    plans, plan = plan_of(tmp_path, 'invite = { month = 7, partners = "Mentors" }')
    seen = members(plans, plan.scenario)
    row = plans.roster.names.index("Mentors")
    assert not seen[:7, row].any()
    assert seen[7, row] == 1
    assert seen[1].sum() == 11


def test_a_grant_pays_posts_of_the_backbone_for_its_months(tmp_path) -> None:
    _, plan = plan_of(tmp_path, "grant = { amount = 480000, from = 3, months = 12 }")
    assert plan.scenario.backbone.staff == 0
    assert [(event.month, event.set) for event in plan.scenario.events] == [
        (3, {"backbone.staff": 4.0}),
        (15, {"backbone.staff": 0.0}),
    ]
    assert plan.lines == ("a grant of $480,000 a year pays 4 posts of the backbone, months 3 to 14",)


def test_a_grant_beside_staff_of_its_own_is_the_funders(tmp_path) -> None:
    _, plan = plan_of(tmp_path, "backbone.staff = 1\ngrant = { per_year = 240000, months = 24 }")
    assert (plan.scenario.backbone.staff, plan.scenario.funder.staff) == (1, 2)
    assert plan.scenario.events == ()


def by_month(plan, path: str) -> list[float]:
    """Follow a field over the months as the events of a plan set it."""
    values = [float(plan.scenario.value(path))] * plan.scenario.months
    for event in plan.scenario.events:
        if path in event.set:
            values[event.month - 1 :] = [float(event.set[path])] * (plan.scenario.months - event.month + 1)
    return values


def test_grants_add_up_in_the_months_that_they_share(tmp_path) -> None:
    text = "grant = [{ per_year = 240000, months = 18 }, { per_year = 120000, from = 7, months = 6 }]"
    _, plan = plan_of(tmp_path, text)
    assert by_month(plan, "backbone.staff") == [2] * 6 + [3] * 6 + [2] * 6 + [0] * 6


def test_posts_of_services_outlast_a_grant_for_more_of_them(tmp_path) -> None:
    text = 'extra_services = 3\ngrant = { per_year = 240000, from = 3, months = 10, pays = "services" }'
    _, plan = plan_of(tmp_path, text)
    assert by_month(plan, "funder.services") == [3] * 2 + [5] * 10 + [3] * 12


def test_a_grant_pays_in_every_month_whenever_the_backbone_has_staff_of_its_own(tmp_path) -> None:
    head = HEAD.replace("member_share = 0", "member_share = 1")
    text = "backbone.staff = { 7 = 1, 13 = 0 }\ngrant = { per_year = 240000, from = 3, months = 16 }"
    plans, plan = plan_of(tmp_path, text, head)
    assert by_month(plan, "backbone.staff") == [0] * 2 + [2] * 4 + [1] * 6 + [2] * 6 + [0] * 6
    assert by_month(plan, "funder.staff") == [0] * 6 + [2] * 6 + [0] * 12
    assert by_month(plan, "backbone.member_share") == [1] * 2 + [0] * 4 + [1] * 6 + [0] * 6 + [1] * 6
    names = [measure.name for measure in plans.base.measures(plans.roster.sector_names)]
    at_work = simulate(plan.scenario, SEEDS, roster=plans.roster)[0, 1:, names.index("staff_at_work")]
    assert at_work == pytest.approx(np.array([0] * 2 + [2] * 4 + [3] * 6 + [2] * 6 + [0] * 6), abs=0.8)


def test_a_grant_stands_beside_an_event_that_sets_more_than_the_staff(tmp_path) -> None:
    event = '[[events]]\nmonth = 5\nset = { "backbone.staff" = 2, "communication.frequency" = 3 }\n'
    _, plan = plan_of(tmp_path, "grant = { per_year = 120000, months = 10 }", HEAD + event)
    assert by_month(plan, "backbone.staff") == [1] * 4 + [2] * 20
    assert by_month(plan, "funder.staff") == [0] * 4 + [1] * 6 + [0] * 14
    assert by_month(plan, "communication.frequency")[4] == 3


def test_partners_are_found_in_whatever_unicode_form_their_names_are_written(tmp_path) -> None:
    file = county(tmp_path, "[plans.mine]\nexclude = 'Cafe\u0301'\n", HEAD.replace('ties = "ties.csv"\n', ""))
    table = tmp_path / "partners.csv"
    table.write_text(table.read_text().replace("Mentors", "Caf\u00e9"), encoding="utf-8")
    assert "Caf\u00e9" in read(file).given["mine"].lines[0]


def test_three_service_posts_change_outcomes_by_themselves(tmp_path) -> None:
    plans, plan = plan_of(tmp_path, 'coalition.start = "never"\nextra_services = 3')
    names = [measure.name for measure in plans.base.measures(plans.roster.sector_names)]
    at = names.index("progress")
    more = simulate(plan.scenario, SEEDS, roster=plans.roster)[:, -1, at]
    none = simulate(plans.nothing_new.scenario, SEEDS, roster=plans.roster)[:, -1, at]
    assert (more > none).all()


def test_nothing_new_has_no_members_and_no_money(tmp_path) -> None:
    plans = read(county(tmp_path))
    assert not members(plans, plans.nothing_new.scenario).any()
    assert plans.nothing_new.scenario.funder.services == 0


def test_the_base_has_the_latest_value_of_a_history(tmp_path) -> None:
    plans = read(county(tmp_path))
    assert plans.base.community.outcomes[0].baseline == 0.42
    assert plans.people == {"reading": 4000}
    assert plans.histories[0].slope == pytest.approx(0, abs=1e-12)


def test_one_year_alone_stands_still(tmp_path) -> None:
    plans = read(county(tmp_path, PLANS, HEAD.replace("2016 = 42, 2020 = 42, ", "")))
    assert plans.histories[0].slope == 0
    assert plans.base.community.outcomes[0].baseline == 0.42


def test_a_falling_scale_has_a_history_too(tmp_path) -> None:
    head = HEAD.replace("baseline = 0.5", "history = { 2021 = 18, 2025 = 14 }")
    plans = read(county(tmp_path, PLANS, head))
    assert plans.base.community.outcomes[1].baseline == pytest.approx(16 / 30)
    assert plans.histories[1].slope == pytest.approx(1 / 30)  # better by a point a year


# --- guesses --------------------------------------------------------------------------------------------


def test_what_files_and_plans_fix_is_not_guessed(tmp_path) -> None:
    plans = read(county(tmp_path, PLANS + '[plans.more]\nmeet = "weekly"\nagenda.cadence = 6\n'))
    guessed = {guess.path for guess in plans.guesses}
    assert "known from the files" in plans.held["coalition.size_mean"]
    assert plans.held["agenda.cadence"] == "a plan decides"
    assert not {"coalition.size_mean", "coalition.tie_min", "agenda.cadence", "backbone.staff"} & guessed
    assert {"community.gain", "coalition.turnover", "coalition.trust"} <= guessed


def test_guesses_of_the_file_stand_in_place_of_plausible_ranges(tmp_path) -> None:
    text = PLANS + '[guesses]\nothers = "fixed"\ncoalition.turnover = { low = 0.1, high = 0.3, middle = 0.2 }\n'
    plans = read(county(tmp_path, text + '"community.gain" = "unknown"\n'))
    assert [(guess.path, guess.given) for guess in plans.guesses] == [
        ("coalition.turnover", True),
        ("community.gain", True),
    ]
    assert plans.guesses[0].range[:3] == (0.1, 0.3, 0.2)
    assert plans.guesses[1].range[:3] == (0.01, 0.08, 0.047)


def test_a_range_in_the_base_is_a_guess(tmp_path) -> None:
    head = HEAD + "\n[commitment]\ninitial = { low = 0.4, high = 0.6 }\n"
    plans = read(county(tmp_path, PLANS + '[guesses]\nothers = "fixed"\n', head))
    assert [guess.path for guess in plans.guesses] == ["commitment.initial"]


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "plans: is missing: give a table for each plan"),
        ("[plans.a]\nbackbone.staf = 1", "plans.a: backbone.staf: no such field; did you mean backbone.staff?"),
        ("[plans.a]\nbackbone.staff = -1", "plans.a: backbone.staff = -1: must be a number"),
        ("[plans.a]\nmeat = 3", "plans.a.meat: no such word or section; did you mean meet?"),
        ("[plans.a]\nmeet = 'often'", 'plans.a.meet = "often": must be one of never, yearly'),
        ("[plans.a]\nexclude = 'Big Distrikt'", 'exclude = "Big Distrikt": no such partner or sector; did you mean Big District?'),
        ("[plans.a]\nstart_with = 'the 40 largest'", "start_with: 40 by size: must be 1 to the number of partners"),
        ("[plans.a]\nexclude = ['schools', 'public', 'nonprofit', 'funder', 'business']", "nobody takes part"),
        ("[plans.a]\nstart_with = 'Mentors'\ninvite = { month = 3, partners = 'Mentors' }", "is there from the start"),
        ("[plans.a]\ninvite = { partners = 'Mentors' }", "plans.a.invite, item 1.month: is missing"),
        ("[plans.a]\ngrant = { amount = 1, per_year = 1, months = 3 }", "must say either amount"),
        ("[plans.a]\ngrant = { per_year = 1 }", "months: is missing"),
        ("[plans.a]\nextra_services = -3", "plans.a.extra_services = -3"),
        ("[plans.a]\nscenario.months = 12", "no such word or section"),
        ("[plans.a]\nbackbone.staff = { low = 1, high = 2 }", "must be one value: what nobody knows stands under [guesses]"),
        ("[plans.a]\ncoalition.founding = { 1 = 0.5, 7 = 1 }", "is read before the first month"),
        ("[plans.a]\nbackbone.staff = { 13 = 3, 70 = 0 }", "plans.a.backbone.staff = 70: must be months of the run, 1 to 24"),
        ("[plans.a]\nevents = [{ month = 3 }]", "plans.a: event 1"),
        (f"[plans.'{NOTHING_NEW}']\nbackbone.staff = 1", "is always added, so no plan may be called so"),
        (f"[plans.'{SERVICES}']\nbackbone.staff = 1", "is always added"),
        ("[plans.a]\nexclude = 'big'", 'exclude = "big": no such partner or sector; did you mean Big District?'),
        ("[plans.a]\nagainst = 'b'", 'plans.a.against = "b": no such plan in this file'),
        ("[plans.a]\nagainst = 'a'", "must be another plan, which somebody may choose"),
        ("[plans.a]\n[plans.b]\nwhat_if_of = 'a'\nagainst = 'a'", "stands beside what_if_of: give one of them"),
        ("[plans]\na = 1", "must be a table, [plans.a]"),
        ("[plans.a]\nbackbone.staff = 1\n[guesses]\nbackbone.staff = 'unknown'", "is decided on by a plan"),
        ("[plans.a]\n[guesses]\ncoalition.size_mean = 'unknown'", "is known from the files: resources of every partner"),
        ("[plans.a]\n[guesses]\ncommunity.gaim = 'unknown'", "no such field; did you mean community.gain?"),
        ("[plans.a]\n[guesses]\ncommunity.gain = 0.04", 'must be "unknown", or a range'),
        ("[plans.a]\n[guesses]\ncommunity.gain = { low = 0.05, high = 0.01 }", "must be below high"),
        ("[plans.a]\n[guesses]\ncommunity.gain = { low = 0.05, high = 7 }", "must be a number from 0 to 1"),
        ("[plans.a]\n[guesses]\nscenario.months = 'unknown'", "cannot be guessed: all runs of a scenario are of one length"),
        ("[plans.a]\n[guesses]\nothers = 'none'", "must be one of plausible, fixed"),
        ("[plans.a]\n[costs]\nbackbone_post = -1", "costs.backbone_post = -1"),
        ("[plans.a]\ngrant = { per_year = 1, from = 25, months = 1 }", "plans.a: grant: month 25: must be a month of the run, 1 to 24"),
        ("[plans.a]\ninvite = { month = 25, partners = 'Mentors' }", "plans.a: invite: month 25: must be a month of the run, 1 to 24"),
        (
            "[plans.a]\nstart_with = 'Mentors'\ninvite = { month = 20, partners = 'all others', at_a_time = 1, every = 4 }",
            "plans.a: invite: 9 partners would join after the last month of the run",
        ),
        ("[plans.a]\nexclude = 'Mentors'\ninvite = { month = 3, partners = 'Mentors' }", "nobody is left to join in month 3"),
        ("[plans.a]\nexclude = 'Mentors'\nstart_with = 'Mentors'", "nobody takes part: all partners, or all who would start, are excluded"),
        ("[plans.a]\nexclude = 'Men\ufefftors'", 'exclude = "Men\\ufefftors": no such partner'),
        ("[plans.a]\nbackbone.staff = { 13 = 1, 013 = 2 }", "must be months of the run, 1 to 24 (scenario.months), each of them once"),
        (f"[plans.a]\nbackbone.staff = {{ {'9' * 5000} = 1 }}", "must be months of the run"),
        ("[plans.a]\ncommunity.outcomes = [{ name = 'reading' }]", "must be the same for all plans: set outcomes in [community]"),
        ("[plans.a]\ncommunity.outcomes.reading.baseline = 0.1", "must be the same for all plans"),
        ("[plans.a]\ncommunity.groups = [{ name = 'east' }]", "must be the same for all plans: set groups in [community]"),
        ("[plans.a]\ncoalition.file = 'ties.csv'", "must be the same for all plans: set file in [coalition]"),
        ("[plans.a]\ncoalition.organisations = 5", "must be the same for all plans"),
        ("[plans.a]\nevents = [{ month = 3, organisation = ['x'], set = { member = false } }]", "plans.a: event 1, organisation"),
        ("[plans.'Nothing New']\nbackbone.staff = 1", "is always added, so no plan may be called so"),
        ("[plans.a]\n[guesses]\nfunder.services = { low = 0, high = 3 }", "is decided on by a plan, so it is not guessed"),
        ("[plans.a]\n[guesses]\ncoalition.start = { low = 1, high = 3 }", "is decided on by a plan, so it is not guessed"),
        ("[plans.a]\n[guesses]\ncoalition.turnover = { low = 0.1 }", 'must be "unknown", or a range'),
        ("[plans.a]\ncommitment.initial = 0.9\n[commitment]\ninitial = { low = 0.2, high = 0.4 }", "is not guessed: give one value"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_one_line(tmp_path, text, words) -> None:
    head = HEAD.partition("[costs]")[0]
    problems = refusals(tmp_path, text, head)
    assert len(problems) == 1, problems
    assert words in problems[0]
    assert "plan.toml:" in problems[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("people = 4000", "people = -4", "must be how many people"),
        ("{ 2016 = 42, 2020 = 42, 2025 = 42 }", "{}", "must be a table of years and values"),
        ("2016 = 42", "long = 42", "must be a table of years and values"),
        ("2016 = 42", "2016 = 142", "must be values from 0 to 100, as zero and one of the outcome say"),
        ("2016 = 42", "2016 = 'x'", "must be a number, in the outcome's own unit"),
        ("people = 4000", "trend = 0.001", "stands beside a history"),
        ("2025 = 42", "2025 = 100", "nothing is left to gain"),
        ("2016 = 42", f"{'9' * 5000} = 42", "must be a table of years and values"),
        ("2016 = 42", "02020 = 42", "must be a table of years and values"),
        ("zero = 0", f"zero = -{'9' * 400}", "must be a number from -1e+12 to 1e+12"),
    ],
)
def test_a_history_that_cannot_be_is_refused(tmp_path, old, new, words) -> None:
    problems = refusals(tmp_path, PLANS, HEAD.replace(old, new))
    assert len(problems) == 1, problems
    assert words in problems[0]
    assert "plan.toml:1" in problems[0]


@pytest.mark.parametrize("other", ["A", "\uff41"])
def test_names_of_plans_that_look_the_same_are_refused(tmp_path, other) -> None:
    problems = refusals(tmp_path, f"[plans.a]\nbackbone.staff = 1\n[plans.'{other}']\n")
    assert all("must be a name of its own" in problem for problem in problems)
    assert len(problems) == 2


def test_all_problems_are_told_at_once_each_with_its_line(tmp_path) -> None:
    text = "[plans.a]\nmeet = 'often'\n[plans.b]\nbackbone.staff = -1\n[guesses]\ncommunity.gaim = 'unknown'\n"
    problems = refusals(tmp_path, text)
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert len(lines) == 3
    assert lines == sorted(lines)
    assert lines[0] > HEAD.count("\n")


def test_a_file_of_plans_is_no_scenario(tmp_path) -> None:
    with pytest.raises(InputError, match="is a file of plans, not a scenario: cisim plan check"):
        load(county(tmp_path))


def test_a_missing_file_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize(("text", "words"), [
    ("[plans.a]\nstart_with = '12 largest partners'", "no such partner or sector; must be names of partners or sectors"),
    ("[plans.a]\ninvite = { month = 25, partners = 'all others' }", "invite: month 25: must be a month of the run, 1 to 24"),
    ("[plans.a]\ngrant = { amount = 1000, from = 25, months = 3 }", "grant: month 25: must be a month of the run, 1 to 24"),
    ("[plans.a]\ninvite = { month = 13, partners = 'all others', at_a_time = 1, every = 2 }",
     "invite: 6 partners would join after the last month of the run, 24"),
    ("[plans.one coordinator]\nbackbone.staff = 1", 'stands in quotes, such as [plans."one coordinator"]'),
])  # fmt: skip
def test_a_slip_of_a_planner_is_told_in_one_line_with_what_is_meant(tmp_path, text, words) -> None:
    (problem,) = refusals(tmp_path, text)
    assert words in problem


def test_the_reason_of_a_plan_stands_behind_what_it_changes(tmp_path) -> None:
    plans, _ = plan_of(tmp_path, 'backbone.staff = 1\nwhy = "The board asked for it."')
    line = "mine: staff of the backbone 1 FTE instead of 0 (backbone.staff). Why: The board asked for it."
    assert line in plans_in_words(plans)["Plans"]


def test_what_plans_have_in_common_and_what_is_assumed_is_said(tmp_path) -> None:
    plans = read(county(tmp_path, PLANS))
    words = plans_in_words(plans)
    assert words["All plans, unless they say otherwise"][:2] == [
        f"staff of the backbone {plans.base.backbone.staff:g} FTE (backbone.staff)",
        f"share of the staff that the members pay {plans.base.backbone.member_share:g} (backbone.member_share)",
    ]
    assert words["All plans, unless they say otherwise"][2].endswith("(communication.frequency), as by default")
    assert not any("assumed" in line for line in words["Outcomes"])
    bare = read(county(tmp_path, PLANS, '[coalition]\nfile = "partners.csv"\n'))
    assert all(
        "which is assumed: the file gives neither baseline nor history" in line for line in outcomes_in_words(bare)
    )
