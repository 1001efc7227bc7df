"""Plans of a class: read from links and files, ranked with ties as ties, and handed in to a room by forty at once."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cisim import load
from cisim.app.classroom import clean, gather, linked, named_links
from cisim.app.content import COUNTY, content
from cisim.app.room import LARGEST, Refused, Room, serve_room
from cisim.errors import InputError
from cisim.plan.deciding import settle
from cisim.plan.ranking import in_common, places, rank
from cisim.plan.spec import COMMON

Answer = tuple[int, dict[str, Any], str | None]


def link(settings: dict[str, Any] | None = None, *, world: str = COUNTY, name: str = "together", **more: Any) -> str:
    """Write a link of the page as a student has it."""
    plans = [{"name": "alone", "settings": {"coalition.start": "never"}}, {"name": name, "settings": settings or {}}]
    state = {"world": world, "plans": plans, **more}
    return "https://a.example/app.html#s=" + base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")


def test_links_and_files_are_plans_for_one_county_and_what_is_none_is_left_out(tmp_path: Path) -> None:
    county = load(COUNTY)
    lines = [
        "Our class on Monday",
        f"Ada: {link({'backbone.staff': 10})}",
        f"- Ada | {link({'backbone.staff': 1}, shared={'community.gain': 0.06})}",
        link({"communication.frequency": 3}, name="three meetings"),
        link(),
        f"Eve\x1b[31m <b>, {link({'backbone.staff': 3})}, {link({'agenda.process': 0.1})}",
        f"Bad: {link(world='all-five')}",
        f"File: {link(world=str(tmp_path / 'secret.toml'))}",
        "Worse: #s=AAAA",
        f"Far: {link({'backbone.staff': -1})}",
    ]
    (tmp_path / "a.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "ben.toml").write_text(county.replace(**{"backbone.staff": 4.0}).to_toml(), encoding="utf-8")
    (tmp_path / "other.toml").write_text("[backbone]\nstaff = 3\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[backbone]\nstuff = 3\nstaff = -1\n", encoding="utf-8")
    (tmp_path / "empty.md").write_text("no link here", encoding="utf-8")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    found = gather([tmp_path], county, COUNTY)
    changed = {
        each.name: {
            path: each.scenario.value(path)
            for path in ("backbone.staff", "communication.frequency", "agenda.process")
            if each.scenario.value(path) != county.value(path)
        }
        for each in found.entries
    }
    assert changed == {
        "Ada": {"backbone.staff": 10},
        "Ada (2)": {"backbone.staff": 1},
        "three meetings": {"communication.frequency": 3},
        "a, link 4": {},
        "Eve [31m <b>": {"backbone.staff": 3},
        "a, link 6": {"agenda.process": 0.1},
        "ben": {"backbone.staff": 4.0},
    }
    assert all(each.scenario.community == county.community for each in found.entries)
    assert [each.ignored for each in found.entries if each.ignored] == [("community.gain",)]
    reasons = {each.name: each.reason for each in found.left_out}
    assert list(reasons) == ["Bad", "File", "Worse", "Far", "broken.toml", "empty.md", "other.toml"]
    assert reasons["Bad"] == reasons["File"] == f"the link: is of another scenario than {COUNTY}"
    assert "is damaged" in reasons["Worse"]
    assert "backbone.staff" in reasons["Far"]
    assert reasons["broken.toml"].endswith("(and 1 more problem)")
    assert "is of another county: differs in coalition.file" in reasons["other.toml"]


def test_a_class_without_a_plan_is_refused(tmp_path: Path) -> None:
    county = load(COUNTY)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("#s=AAAA")
    (tmp_path / "many.txt").write_text(f"{link()}\n" * 201)
    for path, problem in (
        (tmp_path / "nowhere", "no such file or folder"),
        (tmp_path / "empty", "holds no plans"),
        (tmp_path / "a.txt", "there is no plan to rank"),
        (tmp_path / "many.txt", "at most 200 plans"),
    ):
        with pytest.raises(InputError, match=problem):
            gather([path], county, COUNTY)


def test_names_are_one_line_and_hold_no_link() -> None:
    assert clean(' "Ada\x1b[2J\n\u202eLovelace": ') == "Ada [2J Lovelace"
    assert clean("x" * 500) == "x" * 60
    assert clean("a #s=AAAA") == "a AAAA"
    assert clean(" \t\n:-") == ""
    assert list(named_links("a #s=Zm9v, b #s=YmFy")) == [("a", "#s=Zm9v"), ("b", "#s=YmFy")]


def test_no_plan_sets_what_plans_have_in_common() -> None:
    with pytest.raises(InputError, match="sets numbers alone"):
        linked(link({"coalition.file": "/etc/passwd"}), load(COUNTY), COUNTY)
    assert any(path.startswith("coalition") for path in COMMON)


def test_plans_that_cannot_be_told_apart_share_their_places() -> None:
    luck = np.random.default_rng(1)
    same = luck.normal(0.2, 0.01, 60)
    values = np.column_stack([same, same, same - 0.3, same + luck.normal(0, 0.1, 60)])
    first, last = places(settle(values, 0.01, 60))
    assert (first.tolist(), last.tolist()) == ([1, 1, 4, 1], [3, 3, 4, 3])


def test_equal_plans_tie_the_worse_one_does_not_and_what_leads_is_told() -> None:
    county = load(COUNTY)
    settings = {
        "Ada": {"backbone.staff": 2.0},
        "Ben": {"backbone.staff": 20.0},
        "Cleo": {},
        "Dan": {"agenda.process": 0.0},
    }
    plans = {name: county.replace(**changes) if changes else county for name, changes in settings.items()}
    done: list[int] = []
    found = rank(county, plans, runs=30, worlds=30, on_progress=done.append)
    assert found.plans[:2] == ("Ada", "Cleo")
    assert found.leaders[:2] == ("Ada", "Cleo")
    assert "Ben" not in found.leaders
    assert found.places_in_worlds.first[0] == found.places_in_worlds.first[1] == 1
    assert done[-1] == 5 * (30 + 30 * 5)
    for wrong, problem in (({}, "1 to 200 plans"), ({"alone": county}, 'may be called "alone"')):
        with pytest.raises(InputError, match=problem):
            rank(county, wrong)
    with pytest.raises(InputError, match="worlds = 29: must be at least 30"):
        rank(county, plans, worlds=29)


def test_leaders_have_in_common_what_most_others_lack_and_what_does_something() -> None:
    county = load(COUNTY)
    leaders = [county.replace(**{"backbone.staff": staff, "backbone.end": 60}) for staff in (1.0, 3.0)]
    others = [county.replace(**{"backbone.staff": 8.0}), county.replace(**{"backbone.staff": 0.0, "agenda.voice": 1.0})]
    assert [tuple(each) for each in in_common(leaders, others)] == [
        ("backbone.end", (60,), 0),
        ("backbone.staff", (1.0, 3.0), 0),
    ]
    dead = county.replace(**{"backbone.staff": 0.0, "backbone.grant_base": 0.5})
    assert [each.path for each in in_common([dead], [county])] == ["backbone.staff"]
    assert in_common(leaders, []) == ()


# --- the room


@pytest.fixture
def room(tmp_path: Path) -> tuple[Room, str, str]:
    """Open a room on this machine; with the addresses of students and teacher."""
    opened = Room(load(COUNTY), COUNTY, tmp_path / "plans.txt")
    ready, addresses = threading.Event(), list[str]()

    def on_ready(*found: str) -> None:
        addresses.extend(found)
        ready.set()

    arguments = (opened, content(), "127.0.0.1", 0, on_ready)
    threading.Thread(target=serve_room, args=arguments, daemon=True).start()
    assert ready.wait(60)
    return opened, addresses[0], addresses[1]


def ask(address: str, path: str = "", body: bytes | None = None, **headers: str) -> tuple[int, bytes, str | None]:
    """Ask a room; the status, what it answers, and its cookie."""
    host, _, own = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET" if body is None else "POST", f"/{own}{path}", body, named)
    answer = connection.getresponse()
    found = (answer.status, answer.read(), answer.getheader("Set-Cookie"))
    connection.close()
    return found


def hand_in(address: str, name: object, what: object, **headers: str) -> Answer:
    """Hand a plan in; the status, what the room says, and its cookie."""
    status, said, cookie = ask(address, "/plan", json.dumps({"name": name, "link": what}).encode(), **headers)
    return status, json.loads(said), cookie


def test_forty_students_hand_in_at_once_and_are_all_there(room: tuple[Room, str, str], tmp_path: Path) -> None:
    _, students, teacher = room
    with ThreadPoolExecutor(40) as class_:
        links = [link({"backbone.staff": number / 10}) for number in range(40)]
        answers = list(class_.map(lambda number: hand_in(students, f"<b>{number}", links[number]), range(40)))
    assert {status for status, *_ in answers} == {200}
    cookies = {str(cookie) for *_, cookie in answers}
    assert len(cookies) == 40
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in cookies)
    told = json.loads(ask(teacher, "/plans")[1])["plans"]
    assert sorted(each["name"] for each in told) == sorted(f"<b>{number}" for number in range(40))
    # What is kept is what the command ranks.
    entries = gather([tmp_path / "plans.txt"], load(COUNTY), COUNTY).entries
    staff = {each.name: each.scenario.backbone.staff for each in entries}
    assert staff == {f"<b>{number}": number / 10 for number in range(40)}


def test_a_visitor_has_one_plan_and_sees_no_other(room: tuple[Room, str, str]) -> None:
    opened, students, teacher = room
    cookie = str(hand_in(students, "Ada", link())[2]).split(";")[0]
    assert hand_in(students, "Ada", link(), Cookie=cookie)[0] == 429
    opened._last = dict.fromkeys(opened._last, 0.0)
    assert hand_in(students, "Ada again", link({"backbone.staff": 1}), Cookie=cookie)[0] == 200
    assert hand_in(students, "Ben", link(), Cookie="cisim-visitor=made-up")[0] == 200
    assert [plan.name for plan in opened.plans] == ["Ada again", "Ben"]
    page = ask(students)[1].decode()
    key = teacher.rsplit("/", 1)[1]
    assert key not in page
    assert '"hand_in"' in page
    assert "connect-src data: blob: 'self'" in page
    for path in ("/plans", f"/{key}x/plans", "/../plans"):
        assert ask(students, path)[0] == 404


def test_what_is_no_plan_is_refused_in_a_sentence(room: tuple[Room, str, str]) -> None:
    opened, students, _ = room
    for name, what, status, problem in (
        ("", link(), 400, "Say a name"),
        (["x"], link(), 400, "Say a name"),
        ("Ada", None, 400, "is missing"),
        ("Ada", "#s=AAAA", 400, "is damaged"),
        ("Ada", link(world="/etc/passwd.toml"), 400, "another scenario"),
        ("Ada", link({"backbone.staff": -1}), 400, "backbone.staff"),
        ("Ada", "x" * LARGEST, 413, "more than a plan"),
    ):
        answered, said, _ = hand_in(students, name, what)
        assert (answered, problem in said["problem"]) == (status, True), said
    for body in (b"", b"[1]", b"{", b"\xff", b"[" * 20_000):
        assert ask(students, "/plan", body)[0] == 400
    assert hand_in(students, "Ada", link(), Origin="http://evil.example")[0] == 403
    assert ask(students.rsplit("/", 1)[0] + "/000000", "/plan", b"{}")[0] == 404
    assert ask(students.rsplit("/", 1)[0] + "/")[0] == 404
    assert opened.plans == []


def test_a_full_room_takes_no_more() -> None:
    full = Room(load(COUNTY), COUNTY)
    full._last = {str(number): 0.0 for number in range(200)}
    with pytest.raises(Refused, match="The room is full"):
        full.hand_in(None, "Ada", link())
    assert full.hand_in("7", "Ada", link()) == "7"
