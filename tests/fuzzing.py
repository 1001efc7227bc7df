"""Fuzzing of readers: luck, how many inputs, and what every input is held to.

A short run by default; `CISIM_FUZZ=100000 pytest -n 0 -s -o faulthandler_timeout=0 FILE` tries so many inputs for each test
of a file, holds each to 2 seconds and all to 1 GB, and prints the figures. With `CISIM_FUZZ_KEPT=FILE` these are kept there, and a
run that was stopped goes on with the next input.
"""

from __future__ import annotations

import faulthandler
import functools
import inspect
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cisim.errors import MOST_PROBLEMS, InputError
from cisim.scenario import FieldInfo, fields

INPUTS = int(os.environ.get("CISIM_FUZZ", "0"))
KEPT = os.environ.get("CISIM_FUZZ_KEPT")
SLOWEST, LARGEST = 2.0, 1_000_000_000
#: Inputs after which figures are kept, and seconds after which these many are called a hang.
STRETCH, HANG = 500, 600
Found = TypeVar("Found")
DIALS = [info for info in fields() if info.kind == "dial"]


class Figures:
    """Inputs tried, looks at them, how many of these read something, the slowest look and the peak of memory."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told = {"inputs": 0, "looks": 0, "read": 0, "slowest": 0.0, "peak": 0.0} | self._kept().get(name, {})
        self.problems: tuple[str, ...] = ()
        self.contents: dict[str, bytes | None] = {}

    def _kept(self) -> dict[str, Any]:
        return json.loads(Path(KEPT).read_text()) if INPUTS and KEPT and Path(KEPT).exists() else {}

    def stretches(self) -> Iterator[int]:
        """Go through the numbers of the inputs that are left, keep the figures now and then, and end what hangs."""
        for number in range(int(self.told["inputs"]), INPUTS):
            if number % STRETCH == 0:
                self.keep()
                faulthandler.dump_traceback_later(HANG, exit=True)
            yield number
            self.told["inputs"] = number + 1
        faulthandler.cancel_dump_traceback_later()

    def keep(self) -> None:
        """Take the peak of memory, and write the figures to the file that keeps them."""
        import resource

        self.told["peak"] = max(self.told["peak"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
        if KEPT:
            partial = Path(KEPT + ".partial")
            partial.write_text(json.dumps(self._kept() | {self.name: self.told}, indent=1))
            partial.replace(KEPT)

    def attempt(self, read: Callable[[], Found]) -> Found | None:
        """Read something, or make sure that it is refused in words."""
        start = time.process_time()
        found, self.problems = None, ()
        try:
            found = read()
        except InputError as error:
            self.problems = error.problems
            assert 1 <= len(self.problems) <= MOST_PROBLEMS + 1
        seconds = time.process_time() - start
        self.told["looks"] += 1
        self.told["read"] += found is not None
        if INPUTS:
            self.told["slowest"] = max(self.told["slowest"], seconds)
            assert seconds < SLOWEST
        for problem in self.problems:
            assert len(problem) < 2000
            assert problem.isprintable(), "a file can't write what garbles a terminal"
        return found

    def read_bytes(self, path: Any, *_: object, **__: object) -> bytes | None:
        """Give what an input has for a file: opening so many files takes far longer than reading them."""
        return self.contents[path.name]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    found = Figures(request.node.name)
    yield found
    if INPUTS:
        found.keep()
        print(f"\n{found.name}: {found.told}")
        assert found.told["peak"] * 1e6 < LARGEST


def fuzzed(test: Callable[..., None]) -> Callable[..., None]:
    """Give a test `luck`: some of Hypothesis's, which is made smaller when the test fails, or in a long run one for each number."""
    if not INPUTS:
        few = settings(
            max_examples=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        return few(given(luck=st.randoms(use_true_random=False))(test))

    @functools.wraps(test)
    def many(figures: Figures, **others: Any) -> None:
        for number in figures.stretches():
            try:
                test(**others, **({"figures": figures} if "figures" in names else {}), luck=Random(number))
            except BaseException as error:
                error.add_note(f"luck = Random({number})")
                raise

    signature = inspect.signature(test)
    names = list(signature.parameters)
    fixtures = [parameter for name, parameter in signature.parameters.items() if name not in {"luck", "figures"}]
    own = inspect.Parameter("figures", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    many.__signature__ = signature.replace(parameters=[own, *fixtures])  # type: ignore[attr-defined]
    return many


def mutated(content: bytes, luck: Random, pieces: Sequence[bytes]) -> bytes:
    """Put something else, or what stands elsewhere, in place of a few bytes, once or more."""
    for _ in range(luck.choice([1, 1, 2, 3])):
        start, other, length = (
            luck.randrange(len(content) + 1),
            luck.randrange(len(content) + 1),
            luck.choice([0, 0, 1, 9, 30]),
        )
        new = [luck.choice(pieces), luck.randbytes(luck.randrange(4)), content[other : other + luck.choice([3, 40])]]
        content = content[:start] + luck.choice(new) + content[start + length :]
    return content


# --- TOML ------------------------------------------------------------------------------------------------


class Raw(str):
    """A value as it stands in a file, whether or not it is one of TOML."""

    __slots__ = ()


ODD_VALUES = [
    '""', '" "', '"x"', '"never"', '"all-five"', '"\\u202ex"', '"\\u001b[2J"', '"\\u0000"', '"\\ud800"', '"' + "x" * 201 + '"',
    '"' + "x" * 10_001 + '"', '"1"', '"/dev/zero"', '"../x"', '"yearly"', '"""\nx\n"""', "'''x'''", "'x'", '"a\nb"', '"x',
    "nan", "inf", "-inf", "1e400", "-0.0", "0", "-1", "1", "2.5", "0x10", "1_000", "9" * 25, "9" * 400, "9" * 5000, "1e-320",
    "true", "false", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "[]", "{}", "[1, 2]", '["a", "a"]', "[[[[[[[[[1]]]]]]]]]",
    "[" * 200 + "]" * 200, "{ a = { b = { c = 1 } } }", "{ low = 0, high = 1 }", "[{}, {}]", '[{ name = "a" }]', "x", "", "[", "}", "# x",
]  # fmt: skip
ODD_KEYS = [
    '""', '"\\n"', "a.b.c", '"a.b"', "x", "name", "kind", "month", "set", "low", "1", "__class__", '"\\u202e"', "k" * 300, "scenario", "study",
    ".".join("a" * 101), '"backbone.staff"', "events", "levels", "'", "=", "a b", "staf",
]  # fmt: skip
TOML_PIECES = [
    b"=", b"[", b"]", b"{", b"}", b'"', b"'", b'"""', b"'''", b".", b",", b"#", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\\",
    b"\\u202e", b"\xe2\x80\xae", b"[[", b"]]", b"[x]\n", b"[[events]]\n", b"nan", b"inf", b"9" * 400, b"-", b"1e400", b"true", b"\x1b[2J", b"",
]  # fmt: skip


class Toml:
    """Writes mappings as TOML in all its ways, with a fault here and there."""

    def __init__(self, luck: Random) -> None:
        self.luck, self.choice = luck, luck.choice
        self.faults = 0

    def fault(self, one_in: int = 80) -> bool:
        """Choose whether a fault goes here."""
        found = not self.luck.randrange(one_in)
        self.faults += found
        return found

    def key(self, key: str) -> str:
        if self.fault():
            return self.choice(ODD_KEYS)
        return key if key.isascii() and key.replace("_", "").isalnum() and self.luck.randrange(9) else json.dumps(key)

    def value(self, value: Any) -> str:
        if self.fault():
            return self.choice(ODD_VALUES)
        if isinstance(value, Raw):
            return value
        if isinstance(value, dict):
            return "{ " + ", ".join(self.pairs(value)) + " }"
        if isinstance(value, list):
            return "[" + self.choice([", ", ",", ",\n  "]).join(map(self.value, value)) + "]"
        return json.dumps(value, ensure_ascii=self.choice([True, False]))

    def pairs(self, values: dict[str, Any]) -> list[str]:
        pairs = [f"{self.key(key)}{self.choice([' = ', '='])}{self.value(value)}" for key, value in values.items()]
        return pairs + pairs[: self.fault(160)]

    def file(self, sections: dict[str, Any]) -> bytes:
        """Write sections, each as a table, inline, or with dotted keys."""
        above, below = [], []
        for name, section in sections.items():
            if isinstance(section, list):
                below += [line for item in section for line in (f"[[{self.key(name)}]]", *self.pairs(item), "")]
            elif not isinstance(section, dict) or not self.luck.randrange(6):
                above += self.pairs({name: section})
            elif not self.luck.randrange(6):
                above += [f"{self.key(name)}.{pair}" for pair in self.pairs(section)]
            else:
                lists = {key: value for key, value in section.items() if _are_tables(value) and self.luck.randrange(2)}
                below += [
                    f"[{self.key(name)}]",
                    *self.pairs({key: section[key] for key in section if key not in lists}),
                    "",
                ]
                for key, items in lists.items():
                    for item in items:
                        below += [f"[[{self.key(name)}.{self.key(key)}]]", *self.pairs(item), ""]
        comment = self.choice([[], [], ["# x"], [""]])
        text = self.choice(["\n", "\n", "\n", "\r\n"]).join([*comment, *above, *below]) + "\n"
        return text.encode(self.choice(["utf-8", "utf-8-sig"]) if not self.fault(160) else "utf-16", "replace")


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def value_of(info: FieldInfo, luck: Random) -> Any:
    """Choose a value that a field allows."""
    if info.choices and (not info.numeric or not luck.randrange(5)):
        return luck.choice(info.choices)
    if not info.numeric:
        texts = {"truth value": [True, False], "list of names": [["a"], ["a", "b"]], "text": ["x", "ties.csv"]}
        return luck.choice(texts[info.type])
    assert info.minimum is not None
    assert info.maximum is not None
    known = [bound for bound in (info.low, info.high, info.default) if isinstance(bound, int | float)]
    known += [info.minimum] * (not info.open_minimum) + [info.maximum] * (not info.open_maximum)
    value = luck.choice(known) if known and luck.randrange(3) else luck.uniform(info.minimum, info.maximum)
    return int(value) if info.type == "whole number" else float(value)


def sections_of(luck: Random) -> dict[str, Any]:
    """Choose sections of a scenario: each value may be there, all of them perhaps not together."""
    sections: dict[str, Any] = {}
    for info in luck.sample(fields(), luck.choice([0, 1, 3, 10, 30])):
        *path, name = info.path.split(".")
        inner = sections
        for part in path:
            inner = inner.setdefault(part, {})
        inner[name] = value_of(info, luck)
    names = luck.sample(["reading", "Gesundheit \u00fcber", "a.b", "x", "9", "outcomes"], luck.randint(0, 4))
    if names:
        outcomes = [{"name": name, "trend": luck.uniform(-0.01, 0.01), "baseline": 0.25} for name in names]
        sections.setdefault("community", {})["outcomes"] = outcomes
    if luck.randrange(2):
        sections["events"] = [event_of(luck, names, number) for number in range(luck.randint(1, 4))]
    return sections


def event_of(luck: Random, outcomes: list[str], number: int) -> dict[str, Any]:
    dial = luck.choice(DIALS)
    settings = {dial.path: value_of(dial, luck)}
    if outcomes and luck.randrange(2):
        settings[f"community.outcomes.{luck.choice(outcomes)}.trend"] = luck.choice([0, 0.01, -1])
    when = {
        "measure": luck.choice(["members", "trust", "progress", "indicator.x"]),
        "below": luck.random(),
        "after": number,
    }
    event: dict[str, Any] = luck.choice([{"month": number + 1}, {"when": when}])
    if not luck.randrange(3):
        settings = luck.choice([{"member": False}, {"resources": 2.5, "commitment": 0}])
        event["organisation"] = luck.choice(["Food Bank", "1"])
    return {**event, "set": settings, "why": "x\ty"}
