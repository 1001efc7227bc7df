"""The page in Chromium, driven as a user would: mouse, keyboard, touch, links, going back; axe-core finds nothing, nothing is asked for.

Screenshots are kept in `build/browser`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

import cisim
from cisim.app.build import build
from cisim.app.content import COUNTY, content
from cisim.app.link import read_link
from cisim.app.plans import of_file
from cisim.app.room import Room, serve_room
from cisim.plan.ranking import rank
from cisim.report.ranked import place
from plan.county import PLANS
from plan.county import county as county_of_plans

PICTURES = Path(__file__).parents[1] / "build" / "browser"
#: Milliseconds in which all runs come out on a machine that does much else.
PATIENCE = 45_000
OF_200 = re.compile(r"of 200 counties")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the page."""
    file = tmp_path_factory.mktemp("page") / "cisim.html"
    text = build(content())
    file.write_text(text, encoding="utf-8")
    assert len(text.encode()) < 600_000
    return file.as_uri()


@contextmanager
def opened(browser: Browser, address: str, room: str | None = None, **settings: object) -> Iterator[Page]:
    """Open the page with every request blocked and counted but those to its room; whatever it logs as an error fails the test."""
    context: BrowserContext = browser.new_context(
        **{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **settings}
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.route(
        re.compile("^(http|ws)"),
        lambda route: route.continue_() if room and route.request.url.startswith(room) else route.abort(),
    )
    page.goto(address)
    yield page
    assert [url for url in asked if not url.startswith(("blob:", address.split("#")[0], room or address))] == []
    assert errors == []
    context.close()


def settled(page: Page) -> str:
    """Wait until all counties have run; return what the page says of them."""
    sentence = page.locator("#sentence")
    expect(sentence).to_have_text(OF_200, timeout=PATIENCE)
    return sentence.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_and_nothing_hangs_over(chromium: Browser, address: str, width: int, scheme: str) -> None:
    with opened(chromium, address, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        settled(page)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        expect(page.locator("#sections .dial").nth(50)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = false")
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"page-{width}-{scheme}.png", full_page=True)


def test_it_moves_before_anybody_reads_and_stands_still_for_those_who_ask_for_calm(
    chromium: Browser, address: str
) -> None:
    with opened(chromium, address, reduced_motion="no-preference") as page:
        expect(page.locator("#month")).not_to_have_value("0")
        page.get_by_role("button", name="Pause").click()
        month = page.locator("#month")
        at = month.input_value()
        page.wait_for_timeout(400)
        assert month.input_value() == at
        month.focus()
        page.keyboard.press("End")
        assert month.get_attribute("aria-valuetext") == "Year 10"
        assert page.locator(".panel").nth(1).locator(".figure b").inner_text().endswith(" %")
    with opened(chromium, address) as page:
        settled(page)
        assert page.locator("#month").input_value() == "120"


def test_a_switch_by_keyboard_reruns_both_on_the_same_luck_and_says_what_moved(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        before = settled(page)
        page.get_by_role("switch", name="common agenda").focus()
        page.keyboard.press("Space")
        expect(page.locator("#sentence")).not_to_have_text(before)
        after = settled(page)
        # The plan alone has no agenda, so that not one of its runs moves.
        alone = re.compile(r"alone has (closed [\d.]+ %)")
        assert alone.search(before)[1] == alone.search(after)[1]  # type: ignore[index]
        expect(page.locator("#moved")).to_contain_text("In together the change moves")
        assert page.locator("#course .ghost").count() == 1
        page.keyboard.press("Control+z")
        assert settled(page) == before
        assert page.get_by_role("switch", name="common agenda").is_checked()
        page.get_by_role("button", name="Redo").click()
        expect(page.locator("#sentence")).to_have_text(after, timeout=PATIENCE)
        page.get_by_role("button", name="Replay last change").click()
        expect(page.locator("#sentence")).to_have_text(after, timeout=PATIENCE)


def test_a_dial_is_turned_by_keys_mouse_and_typed_numbers(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        dial = page.get_by_label("backbone: staff", exact=True)
        assert dial.get_attribute("aria-valuetext") == "2 FTE"
        dial.focus()
        page.keyboard.press("ArrowLeft")
        assert dial.get_attribute("aria-valuetext") == "1.9 FTE"
        box = dial.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
        page.mouse.down()
        for step in range(10):
            page.mouse.move(box["x"] + box["width"] * (0.3 + 0.03 * step), box["y"] + box["height"] / 2)
        page.mouse.up()
        assert 4 < float(dial.input_value()) < 7
        typed = page.get_by_label("backbone: staff, as a number")
        typed.fill("20000")
        typed.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("backbone.staff must be a number from 0 to 10,000, not 20,000.")
        typed.fill("3")
        typed.press("Enter")
        expect(page.get_by_role("alert")).to_be_hidden()
        assert dial.get_attribute("aria-valuetext") == "3 FTE"
        # A key, a drag and a number are three steps back, not dozens.
        undo = page.get_by_role("button", name="Undo")
        undo.click()
        undo.click()
        assert dial.get_attribute("aria-valuetext") == "1.9 FTE"
        undo.click()
        assert dial.get_attribute("aria-valuetext") == "2 FTE"
        expect(undo).to_be_disabled()


def test_the_hill_shows_the_result_along_the_dial(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        page.get_by_label("backbone: staff", exact=True).focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#hill-table caption")).to_contain_text("40 counties each", timeout=PATIENCE)
        rows = page.locator("#hill-table tbody tr")
        assert rows.count() == 9
        page.locator("#hill summary").click()
        progress = [float(row.locator("td").nth(2).inner_text().split()[0]) for row in rows.all()]
        # Without staff less than at the best, and the best is said.
        best = progress.index(max(progress))
        assert progress[0] < progress[best]
        expect(page.locator("#hill-said")).to_contain_text(f"{progress[best]} %")


def test_luck_is_rolled_and_what_is_common_to_both_goes_away(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        spread = re.compile(r"spread by ([\d.]+) points")
        same = float(spread.search(page.locator("#dots-said").inner_text())[1])  # type: ignore[index]
        page.get_by_role("button", name="Each its own luck").click()
        other = float(spread.search(page.locator("#dots-said").inner_text())[1])  # type: ignore[index]
        assert same < other
        page.get_by_role("button", name="1 county", exact=True).click()
        assert page.locator("#dots .county").count() == 1
        page.get_by_role("button", name="200", exact=True).click()
        assert page.locator("#dots .county").count() == 200


def test_plausible_worlds_are_tried_and_the_sentence_goes_with_them(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        page.get_by_role("button", name="Try 100 plausible worlds").click()
        expect(page.locator("#worlds-said")).to_have_text(
            re.compile(r"in \d+(\.5)? of 100 worlds \("), timeout=PATIENCE
        )
        said = page.locator("#worlds-said").inner_text()
        page.get_by_role("switch", name="backbone").click()
        expect(page.locator("#worlds-said")).to_be_empty()
    # Python tries the same worlds on the same luck.
    county = cisim.load(COUNTY)
    plans = {"alone": county.replace(**{"coalition.start": "never"}), "together": county}
    found = cisim.compare_plausible(plans, worlds=100, runs=5, seed=1).summary("together", 0.0)
    assert f"in {found['ahead']:g} of 100 worlds" in said


def test_a_link_shows_the_same_in_another_browser_and_in_python(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        first = settled(page)
        page.get_by_role("switch", name="shared measurement").click()
        expect(page.locator("#sentence")).not_to_have_text(first)
        said = settled(page)
        link = page.url
        assert "#s=" in link
        page.reload()
        assert settled(page) == said
        page.go_back()
        expect(page.locator("#sentence")).to_have_text(first, timeout=PATIENCE)
    with opened(chromium, link) as page:
        assert settled(page) == said
    linked = read_link(link)
    comparison = cisim.compare(linked.plans, runs=200, seed=linked.seed)
    means = [100 * float(comparison.ensemble(name).measure("progress")[:, -1].mean()) for name in ("together", "alone")]
    assert f"together has closed {means[0]:.1f} % of the gap and alone has closed {means[1]:.1f} %" in said


def test_a_link_that_was_tampered_with_is_refused_in_words(chromium: Browser, address: str) -> None:
    for fragment in ("#s=%3Cscript%3E", "#s=eyJ3b3JsZCI6IjxpbWcgc3JjPXggb25lcnJvcj1hbGVydCgxKT4ifQ", "#s=AAAA"):
        with opened(chromium, address + fragment) as page:
            expect(page.get_by_role("alert")).to_contain_text("The page shows its own county instead.")
            settled(page)


def test_names_with_markup_are_shown_as_they_are(chromium: Browser, tmp_path: Path) -> None:
    name = "</script><img src=x onerror=alert(1)>"
    (tmp_path / "partners.csv").write_text(f'name,sector,resources\n"{name}",<b>public</b>,2\nB,b,1\nC,b,3\n')
    (tmp_path / "s.toml").write_text(
        '[coalition]\nfile = "partners.csv"\ndegree = 2\nlatent = 0\n[scenario]\nmonths = 24\n'
    )
    file = tmp_path / "page.html"
    file.write_text(build(content({"s.toml": cisim.load(tmp_path / "s.toml")})), encoding="utf-8")
    with opened(chromium, file.as_uri()) as page:
        settled(page)
        assert page.locator("img").count() == 0
        assert page.locator(".panel").first.get_by_text(name).count() == 1


def test_partners_that_are_pasted_run_and_leave_the_page_in_no_way(chromium: Browser, address: str) -> None:
    rows = "".join(f"Partner {number}<b>\tpublic\t{number + 1}\ta{number}@b.example\n" for number in range(9))
    with opened(chromium, address) as page:
        before = settled(page)
        page.locator("#partners summary").click()
        page.get_by_role("textbox", name=re.compile("Copy rows from a spreadsheet")).fill("nothing")
        page.get_by_role("button", name="Run with these").click()
        expect(page.locator("#pasted-said")).to_contain_text("The first row must hold titles")
        assert page.locator("#sentence").inner_text() == before
        page.locator("#pasted").fill("Name\tSector\tStaff\tE-mail\n" + rows)
        page.get_by_role("button", name="Run with these").click()
        expect(page.locator("#pasted-said")).to_contain_text(
            "9 organisations read; left out, as nobody needs it here: E-mail"
        )
        expect(page.locator("#sentence")).not_to_have_text(before)
        settled(page)
        assert page.locator(".panel").first.locator(".organisation").count() == 9
        assert "#" not in page.url
        page.get_by_role("switch", name="backbone").click()
        settled(page)
        assert "#" not in page.url


def test_it_works_by_touch(chromium: Browser, address: str) -> None:
    with opened(chromium, address, viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True) as page:
        before = settled(page)
        page.get_by_text("continuous communication", exact=True).first.tap()
        expect(page.locator("#sentence")).not_to_have_text(before)
        page.locator(".panel").nth(1).locator(".organisation").first.tap()
        assert page.locator(".organisation.picked").count() == 2


def test_one_bets_first_and_the_model_answers_after(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        page.get_by_role("group", name="Your answer").get_by_role("button", name="More").click()
        expect(page.locator("#bet-said")).to_have_text(
            re.compile(r"This model says: .*50 counties\).*Right so far: [01] of 1\.")
        )
        page.get_by_role("button", name="Next bet").click()
        page.get_by_role("group", name="Your answer").get_by_role("button", name="Less").click()
        # Ten posts in place of two: the change is made on the page, so that it can be looked at.
        expect(page.locator("#bet-said")).to_contain_text("As you said. This model says: less, −")
        assert page.get_by_label("backbone: staff", exact=True).get_attribute("aria-valuetext") == "10 FTE"


def test_up_to_four_plans_are_compared_whatever_their_names(chromium: Browser, address: str) -> None:
    name = "<img src=x onerror=alert(1)>"
    with opened(chromium, address) as page:
        settled(page)
        page.locator("#whose > summary").click()
        add = page.get_by_role("button", name="Add a plan like this")
        add.click()
        page.get_by_label("Its name").fill(name)
        page.get_by_label("Its name").press("Enter")
        page.get_by_role("switch", name="shared measurement").click()
        rows = page.locator("#plans-table tbody tr")
        expect(rows).to_have_count(3)
        expect(rows.nth(2).locator("th")).to_have_text(name)
        expect(rows.nth(2).locator("td").first).not_to_have_text(rows.nth(1).locator("td").first.inner_text())
        assert page.get_by_role("heading", name=name).count() == 1
        add.click()
        expect(add).to_be_disabled()
        link = page.url
    with opened(chromium, link) as page:
        expect(page.locator("#plans-table tbody tr")).to_have_count(4)
    assert list(read_link(link).plans) == ["alone", "plan 4"]


def test_a_grant_ends_and_what_it_paid_for_drains(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        end = page.get_by_label("Last month of the backbone")
        assert end.get_attribute("aria-valuetext") == "the grant does not end"
        end.fill("60")
        assert end.get_attribute("aria-valuetext") == "ends after year 5"
        expect(page.locator("#grant-said")).to_contain_text(
            "An evaluation when the grant ends, after 5 years, would report"
        )
        staff, _, trust, _ = page.locator("#tanks .value").all()
        assert staff.inner_text() == "0 %"
        assert trust.inner_text() != "0 %"


def test_an_organisation_is_taken_in_hand_by_keyboard_and_changed(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        page.locator("#month").fill("36")
        page.locator(".panel").nth(1).locator(".organisation").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        hand = page.locator("#hand")
        expect(hand).to_be_visible()
        assert hand.locator("#hand-terms .fill").count() == 7
        before = page.locator(".panel").nth(1).locator(".figure b").inner_text()
        hand.get_by_role("button", name="Let it leave").click()
        page.locator("#month").fill("120")
        expect(page.locator(".panel").nth(1).locator(".organisation.gone.picked")).to_have_count(1)
        page.locator("#month").fill("36")
        assert page.locator(".panel").nth(1).locator(".figure b").inner_text() == before
        hand.get_by_role("button", name="Let go").click()
        expect(hand).to_be_hidden()


def test_what_is_taken_away_can_be_used(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        page.get_by_role("switch", name="backbone").click()
        settled(page)
        taken = {}
        for button in ("Scenario (TOML)", "Picture", "Data (CSV)"):
            with page.expect_download() as download:
                page.get_by_role("button", name=button).click()
            taken[button] = Path(download.value.path()).read_bytes()
        assert tomllib.loads(taken["Scenario (TOML)"].decode())["backbone"]["staff"] == 0
        assert taken["Picture"].startswith(b"\x89PNG")
        assert taken["Data (CSV)"].startswith(b"plan,measure,month,mean,low,high,counties\nalone,progress,0,")


def test_a_cost_within_its_plausible_range_crosses_the_headline_out(chromium: Browser, address: str) -> None:
    with opened(chromium, address) as page:
        settled(page)
        assert page.locator("#headline s").count() == 0
        page.locator("#doubt-dials input[type=range]").first.focus()
        page.keyboard.press("End")
        expect(page.locator("#headline s")).to_have_text(
            "After 4 years, together does more than alone.", timeout=PATIENCE
        )


def _link(**settings: float) -> str:
    plans = [
        {"name": "alone", "settings": {"coalition.start": "never"}},
        {"name": "together", "settings": {path.replace("__", "."): value for path, value in settings.items()}},
    ]
    text = json.dumps({"world": COUNTY, "plans": plans})
    return "https://a.example/#s=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


CLASS = {"Ada": {"backbone__staff": 3}, "<b>Ben": {"backbone__staff": 20}, "Cleo": {"backbone__staff": 3}}


@pytest.mark.parametrize("width", [1280, 400])
def test_links_of_a_class_are_ranked_as_python_ranks_them(chromium: Browser, address: str, width: int) -> None:
    county = cisim.load(COUNTY)
    plans = {name: county.replace(**{"backbone.staff": plan["backbone__staff"]}) for name, plan in CLASS.items()}
    expected = rank(county, plans, runs=100, worlds=40)
    first, last = expected.places_in_worlds
    with opened(chromium, address, viewport={"width": width, "height": 900}) as page:
        settled(page)
        page.locator("#class summary").click()
        lines = [f"{name}: {_link(**plan)}" for name, plan in CLASS.items()]
        page.locator("#class-text").fill("\n".join([*lines, "Dan: #s=AAAA"]))
        page.get_by_role("button", name="Rank them").click()
        expect(page.locator("#class-table caption")).to_contain_text("3 plans", timeout=2 * PATIENCE)
        rows = [row.locator("th, td").all_inner_texts() for row in page.locator("#class-table tbody tr").all()]
        assert [row[1] for row in rows] == list(expected.plans)
        assert [row[0] for row in rows] == [place(*each) for each in zip(first, last, strict=True)]
        assert rows[0][0] == rows[1][0] == "1 to 2"
        expect(page.locator("#class-said")).to_contain_text("2 plans lead, and these worlds do not tell which")
        expect(page.locator("#class-left li")).to_have_text(
            "Dan: The link is damaged: a part of it is missing or was changed."
        )
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.locator("#class").screenshot(path=PICTURES / f"class-{width}.png")
        page.get_by_label("Look at").select_option(label="<b>Ben")
        page.get_by_role("button", name="Show it above").click()
        assert page.get_by_label("backbone: staff", exact=True).get_attribute("aria-valuetext") == "20 FTE"


def test_plans_are_handed_in_to_a_room_and_only_the_teacher_sees_them(chromium: Browser) -> None:
    addresses: list[str] = []
    ready = threading.Event()
    room = Room(cisim.load(COUNTY), COUNTY)

    def on_ready(*found: str) -> None:
        addresses.extend(found)
        ready.set()

    threading.Thread(target=serve_room, args=(room, content(), "127.0.0.1", 0, on_ready), daemon=True).start()
    assert ready.wait(60)
    students, teacher = addresses
    with opened(chromium, teacher, teacher) as board, opened(chromium, students, students) as page:
        settled(page)
        expect(board.locator("#class-handed")).to_have_text("0 plans handed in.")
        expect(page.locator("#class")).to_be_hidden()
        page.get_by_role("switch", name="backbone").click()
        page.get_by_label("What to call it").fill("<img src=x onerror=alert(1)>")
        page.get_by_role("button", name="Hand in").click()
        expect(page.locator("#hand-in-said")).to_have_text("Handed in. You may hand in again: the last one counts.")
        expect(board.locator("#class-handed")).to_have_text("1 plan handed in: <img src=x onerror=alert(1)>.")
        assert board.locator("img").count() == 0
        assert [plan.name for plan in room.plans] == ["<img src=x onerror=alert(1)>"]
        board.get_by_role("button", name="Rank them").click()
        expect(board.locator("#class-table caption")).to_contain_text("1 plan ", timeout=PATIENCE)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_money_is_told_and_post_months_are_painted(chromium: Browser, address: str, width: int, scheme: str) -> None:
    with opened(chromium, address, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        settled(page)
        page.locator("#money > summary").click()
        rows = page.locator("#money-table tbody tr")
        expect(rows).to_have_count(2, timeout=PATIENCE)
        cash = rows.nth(1).locator("td").first.inner_text()
        assert cash.startswith("$")
        expect(page.locator("#gains-table tbody tr")).to_have_count(4)
        page.locator("#money details summary").click()
        page.get_by_label("a full-time post of the backbone").fill("400000")
        page.get_by_label("a full-time post of the backbone").press("Enter")
        expect(rows.nth(1).locator("td").first).not_to_have_text(cash)
        page.locator("#painting > summary").click()
        paint = page.locator("#paint")
        first = paint.get_by_role("slider", name="Posts in year 1", exact=True)
        first.focus()
        for _ in range(3):
            page.keyboard.press("ArrowUp")
        assert first.get_attribute("aria-valuetext") == "1.5 posts, 126 post-months left"
        box = paint.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 12)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + 12)
        page.mouse.up()
        # No more is spent than there is, wherever one paints.
        expect(page.locator("#paint-left")).to_have_text("0 of 144 post-months left.")
        page.get_by_role("button", name="Run this").click()
        expect(page.locator("#paint-said")).to_have_text(
            re.compile(r"closes [\d.]+ % of the gap\..*Against the best known, 1\.5, 4\.5, .*: −[\d.]+ points"),
            timeout=PATIENCE,
        )
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.locator("#spend").screenshot(path=PICTURES / f"spend-{width}-{scheme}.png")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (400, "light")])
def test_a_course_is_drawn_before_it_plays_and_stays_in_the_picture(
    chromium: Browser, address: str, width: int, scheme: str
) -> None:
    with opened(chromium, address, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        settled(page)
        page.locator("#bet-drawing > summary").click()
        draw, play = page.locator("#bet-draw"), page.get_by_role("button", name="Let it play")
        expect(play).to_be_disabled()
        draw.scroll_into_view_if_needed()
        box = draw.bounding_box()
        assert box
        page.mouse.move(box["x"] + 52, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 16, box["y"] + 40)
        page.mouse.up()
        # A stroke paints all years that it passes.
        expect(play).to_be_enabled()
        last = draw.get_by_role("slider", name="Points more in year 10")
        drawn = last.get_attribute("aria-valuenow")
        last.focus()
        page.keyboard.press("ArrowUp")
        assert float(str(last.get_attribute("aria-valuenow"))) == pytest.approx(float(str(drawn)) + 0.005)
        path = draw.locator(".painted").get_attribute("d")
        play.click()
        expect(page.locator("#bet-draw-said")).to_contain_text("points off in an average year", timeout=PATIENCE)
        assert draw.locator(".painted").get_attribute("d") == path
        assert draw.locator(".mean").count() == 1
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        page.locator("#bet").screenshot(path=PICTURES / f"drawn-{width}-{scheme}.png")
        page.get_by_role("button", name="Draw anew").click()
        expect(play).to_be_disabled()


def test_a_plan_file_opens_with_its_plans(chromium: Browser, tmp_path: Path) -> None:
    shown = of_file(str(county_of_plans(tmp_path, PLANS + "[plans.late]\nbackbone.staff = { 1 = 0, 13 = 3 }\n")))
    (name, *_), file = shown.worlds, tmp_path / "page.html"
    file.write_text(build(content(shown.worlds, plans={name: shown.plans})), encoding="utf-8")
    with opened(chromium, file.as_uri()) as page:
        assert "nothing new has closed" in settled(page)
        page.locator("#whose > summary").click()
        assert page.get_by_label("Right").locator("option").all_inner_texts() == [each["name"] for each in shown.plans]
        page.locator("#world").select_option(f"{name}#late")
        expect(page.locator("#sentence")).to_contain_text("together has closed", timeout=PATIENCE)
        settled(page)
