"""Fuzzed plan files and folders of results: whatever they hold, they are read as they say or refused in words.

`CISIM_FUZZ=100000` tries so many; see tests/fuzzing.py.
"""

from __future__ import annotations

import io
import zipfile
from random import Random
from typing import Any

import numpy as np
import pytest

from cisim import files
from cisim.coalition import rosters
from cisim.errors import InputError
from cisim.plan.costs import Costs
from cisim.plan.spec import Plans, read
from cisim.plan.store import Store
from cisim.scenario import fields
from fuzzing import TOML_PIECES, Figures, Toml, event_of, fuzzed, mutated, sections_of, value_of
from fuzzing import figures as figures
from plan.county import HEAD, PARTNERS, PLANS, TIES

NAMES = [
    "one", "a.b", "caf\u00e9", "cafe\u0301", "ONE", "<b>x</b>", "=1+1", "nothing new", "Nothing New", "x" * 200, "x" * 201,
    "\u202ex", "\ufeffx", "\x1b[2J", "", " ", "13",
]  # fmt: skip
WHO = [
    "Mentors", "mentors", "Men\ufefftors", "schools", "the 3 largest", "the 99 smallest", "the 0 largest", "all others", "Parents' Voice",
    "\u202e", "", "x" * 300,
]  # fmt: skip
NUMBERS = [0, 1, -1, 2.5, 24, 25, 1200, 10**9, 10**400, 1e-300, float("nan"), float("inf"), True, "1,5", "two", [], {}]
WORDS = """\
[plans."the large first"]
why = "the board's idea"
meet = "quarterly"
start_with = ["the 3 largest", "schools"]
invite = [{ month = 3, partners = "all others", at_a_time = 2, every = 4 }]
grant = [{ per_year = 240000, months = 12 }, { amount = 10000, from = 7, months = 20, pays = "services" }]
extra_services = 1.5
backbone.staff = { 3 = 1, 20 = 0.5 }

[guesses]
"coalition.turnover" = { low = 0.05, high = 0.4, middle = 0.2 }
"community.threshold" = "unknown"
others = "fixed"
"""
SAMPLES = [f"{HEAD}\n{plans}".encode() for plans in (PLANS, WORDS)]


@pytest.fixture
def _no_files(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_bytes(path: Any, *rest: object, **words: Any) -> bytes | None:
        if path.name not in figures.contents:
            raise InputError(f"{words['label']}: no such file")
        return figures.read_bytes(path, *rest)

    for module in (files, rosters):
        monkeypatch.setattr(module, "read_bytes", read_bytes)


def try_to_read(figures: Figures, content: bytes) -> Plans | None:
    figures.contents = {"plan.toml": content, "partners.csv": PARTNERS.encode(), "ties.csv": TIES.encode()}
    found = figures.attempt(lambda: read("./plan.toml"))
    for problem in figures.problems:
        assert problem.startswith("./plan.toml"), "says where"
    if found is not None:
        for plan in found.given.values():
            assert plan.lines
            assert all(line.isprintable() for line in plan.lines)
            assert plan.scenario.months == found.base.months
            assert plan.scenario.outcome_names == found.base.outcome_names
            assert not plan.set & {guess.path for guess in found.guesses}
    return found


def plan_of(luck: Random) -> dict[str, Any]:
    """Choose words and fields of one plan."""
    fitting = [4, 12, 1, 2, 3]

    def number() -> Any:
        return luck.choice(fitting if luck.randrange(30) else NUMBERS)

    def who() -> Any:
        return luck.choice([luck.choice(WHO), "the 3 largest", "schools", ["nonprofit", "Big District"], WHO[0]])

    invite = {"month": number(), "partners": who(), **({"at_a_time": number()} if luck.randrange(2) else {})}
    grant = {luck.choice(["amount", "per_year"]): number(), "from": number(), "months": number()}
    grant |= {"pays": luck.choice(["services", "backbone"])} if luck.randrange(2) else {}
    said: dict[str, Any] = {
        "meet": luck.choice(["monthly", "quarterly", number()]), "start_with": who(), "exclude": who(),
        "invite": luck.choice([invite, [invite, invite]]),
        "grant": luck.choice([grant, [grant, grant]]), "extra_services": number(), "why": "x\ty", "events": [event_of(luck, ["reading"], 3)],
    }  # fmt: skip
    plan = {key: said[key] for key in luck.sample([*said], luck.choice([0, 1, 2, 3]))}
    for info in luck.sample(fields(), luck.choice([0, 0, 0, 1, 2])):
        value = value_of(info, luck)
        if info.kind == "dial" and not luck.randrange(3):
            value = {
                str(luck.choice([1, 2, 3, 5, 7, 13, 14, 20, 21, 25, luck.choice(["03", "9" * 5000])])): value
                for _ in range(2)
            }
        section, _, name = info.path.partition(".")
        if isinstance(plan.setdefault(section, {}), dict):
            plan[section][name] = value
    return plan


def file_of(luck: Random) -> dict[str, Any]:
    """Choose the sections of a plan file: each may be there, all of them perhaps not together."""
    sections = sections_of(luck) if not luck.randrange(6) else {}
    if luck.randrange(3):
        sections["coalition"] = {"file": "partners.csv", **({"ties": "ties.csv"} if luck.randrange(2) else {})}
    sections["scenario"] = {"months": luck.choice([1, 24, 24, 24, 1200])}
    years = [*range(2016, 2026), luck.choice(["02020", "x", "9" * 5000])]
    values = [0.2, 0.42, 1, 0.5, 0.1, 0.9, 0.7, luck.choice(NUMBERS)]
    history = {str(luck.choice(years)): luck.choice(values) for _ in range(3)}
    outcome = {
        "name": luck.choice(["reading", *NAMES]),
        "zero": luck.choice([0, 0, 0, luck.choice(NUMBERS)]),
        "one": luck.choice([1, 100, 100, luck.choice(NUMBERS)]),
    }
    outcome |= {"history": history} if luck.randrange(2) else {}
    outcome |= {"people": luck.choice([4000, luck.choice(NUMBERS)])} if luck.randrange(2) else {}
    if not luck.randrange(3):
        sections.setdefault("community", {})["outcomes"] = [outcome]
    sections["plans"] = {
        luck.choice(["two", "three", *NAMES[:6], luck.choice(NAMES)]): plan_of(luck)
        for _ in range(luck.choice([1, 2, 3]))
    }
    if luck.randrange(2):
        amounts = [100_000, 100_000, 120_000.5, luck.choice(NUMBERS)]
        costs = {name: luck.choice(amounts) for name in luck.sample([*Costs.model_fields], 2)}
        sections["costs"] = costs | {"currency": luck.choice(["USD", "USD", "USD", "EUR", "\u202e"])}
    guesses: dict[str, Any] = {"others": luck.choice(["fixed"] * 5 + ["plausible"] * 5 + ["x"])}
    for info in luck.sample(fields(), luck.choice([0, 0, 0, 1, 3])):
        ends = {"low": value_of(info, luck), "high": value_of(info, luck), "middle": value_of(info, luck)}
        without = {key: ends[key] for key in ("low", "high")}
        guesses[info.path] = luck.choice(["unknown", ends, without, {"low": 1}, value_of(info, luck)])
    sections["guesses"] = guesses
    return sections


@fuzzed
@pytest.mark.usefixtures("_no_files")
def test_any_plan_file(figures: Figures, luck: Random) -> None:
    sections, writer = file_of(luck), Toml(luck)
    try:
        content = writer.file(sections)
    except ValueError:  # numbers and names that Python does not write
        return
    try_to_read(figures, content)


@fuzzed
@pytest.mark.usefixtures("_no_files")
def test_any_change_of_a_plan_file(figures: Figures, luck: Random) -> None:
    try_to_read(figures, mutated(luck.choice(SAMPLES), luck, TOML_PIECES))


# --- folders of results -----------------------------------------------------------------------------------

SHAPE, NAMED = (10, 3, 2, 13, 4), "f" * 32


def part(values: np.ndarray, identity: Any = NAMED, batch: Any = 0) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, values=values, identity=identity, batch=batch)
    return content.getvalue()


VALUES = np.arange(np.prod(SHAPE), dtype=np.float64).reshape(SHAPE)
PART = part(VALUES)
_HEADERS = [
    b"{'descr':'<f8','fortran_order':False,'shape':(10**9,10**9)}", b"{'descr':'<f8','fortran_order':False,'shape':(99999999999,)}",
    b"{'descr':'|O','fortran_order':False,'shape':(1,)}", b"(" * 300, b"[", b"\xff", b"9" * 5000,
]  # fmt: skip


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "results", NAMED, overwrite=False)


@fuzzed
def test_any_change_of_the_bytes_of_kept_worlds(store, luck) -> None:
    content = bytearray(mutated(PART, luck, [b"PK", b"", b"\0"]))
    for _ in range(luck.choice([0, 1, 3])):
        headers = [at for at in range(len(content)) if content[at : at + 2] == b"PK"] or [0]
        content[min(len(content) - 1, luck.choice(headers) + luck.randrange(46))] = luck.randrange(256)
    store._path(0).write_bytes(content)
    found = store.read(0, SHAPE)
    assert found is None or np.array_equal(found, VALUES), "whatever is not whole is made again"


def test_kept_worlds_with_a_value_that_was_changed_are_made_again(store) -> None:
    content = bytearray(PART)
    content[656] = 0
    store._path(0).write_bytes(content)
    assert store.read(0, SHAPE) is None


@pytest.mark.parametrize("header", _HEADERS, ids=repr)
def test_no_header_of_kept_worlds_is_trusted(store, header) -> None:
    with zipfile.ZipFile(store._path(0), "w") as file:
        file.writestr("values.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        file.writestr("identity.npy", b"")
    assert store.read(0, SHAPE) is None


class Touches:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return type(self.path).touch, (self.path,)


def test_nothing_in_kept_worlds_is_unpickled(store, tmp_path) -> None:
    touches = np.array([Touches(tmp_path / "touched")], dtype=object)
    for content in (part(touches), part(VALUES, identity=touches), part(VALUES, batch=touches)):
        store._path(0).write_bytes(content)
        assert store.read(0, SHAPE) is None
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "batch", [np.arange(3), 1j, np.inf, np.nan, np.datetime64("2020"), np.zeros(1, dtype="i4,i4"), 1]
)
def test_kept_worlds_of_another_place_or_shape_are_made_again(store, batch) -> None:
    for content in (
        part(VALUES, batch=batch),
        part(VALUES[..., 1:]),
        part(VALUES.astype("f4")),
        part(VALUES, "e" * 32),
    ):
        store._path(0).write_bytes(content)
        assert store.read(0, SHAPE) is None


def test_a_link_in_the_place_of_kept_worlds_is_replaced_and_not_followed(store, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    store._path(0).symlink_to(elsewhere)
    store.write(0, VALUES)
    assert elsewhere.read_text() == "mine"
    assert np.array_equal(store.read(0, SHAPE), VALUES)


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"[]", b"null", b'{"identity": 3}', b"\xff", b""], ids=lambda each: repr(each[:8])
)
def test_a_foreign_list_of_results_is_refused(store, content) -> None:
    (store.folder / "plan-results.json").write_bytes(content)
    with pytest.raises(InputError, match="holds results of other plans"):
        Store(store.folder, NAMED, overwrite=False)
