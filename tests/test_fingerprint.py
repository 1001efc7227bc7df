"""A function is known by all that its results depend on, and by nothing else."""

from __future__ import annotations

import enum
import functools
import math
import shutil
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit

from cisim.dynamics.commitment import commit
from cisim.errors import InputError
from cisim.fingerprint import fingerprint

RATE: Any = 0.1
UNREAD = 1


class Mood(enum.Enum):
    CALM = 1
    TIRED = 2


@dataclass
class Setting:
    rate: float
    kind: Mood = Mood.CALM


class Pair(NamedTuple):
    low: float
    high: float


def tired(commitment: float) -> float:
    return commitment * (1 - RATE)


def calls_tired(commitment: float) -> float:
    return max(tired(part) for part in (commitment, 0.5))


def made(share: Any, weight: float = 1.0) -> Callable[[], Any]:
    def stage(more: float = weight) -> Any:
        return share * more

    return stage


@pytest.mark.parametrize("function", [tired, calls_tired, njit(tired), functools.partial(tired, 0.5)])
def test_a_changed_global_counts_wherever_it_is_read(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(function)
    assert fingerprint(function) == before
    monkeypatch.setitem(globals(), "UNREAD", 2)
    assert fingerprint(function) == before
    monkeypatch.setitem(globals(), "RATE", 0.2)
    assert fingerprint(function) != before


DATA = [
    0, 0.0, -0.0, False, None, "0", b"0", 1j, (), [], {}, frozenset(), (1, 2), [1, 2], {1: 2}, {2: 1}, {1, 2}, {1, 3},
    np.zeros(2), np.zeros(3), np.zeros(2, np.float32), np.zeros((2, 1)), np.array(0.0), np.float32(0), np.int64(0),
    np.zeros(1, [("a", float)]), np.array(["a", 1], object), np.dtype(float), np.dtype([("a", int)]),
    Mood.CALM, Mood.TIRED, Setting(1.0), Setting(2.0), Pair(0, 1), Pair(0, 2), Path("a"), range(3), {"a": {"b": [1, (2,)]}},
    math.exp, np.exp, np.log, np.sum, math, np, commit, tired, calls_tired, Setting, Pair, Mood, lambda: 1, lambda: 2,
]  # fmt: skip


def test_values_are_told_apart_by_content_and_kind() -> None:
    assert len({fingerprint(made(value)) for value in DATA}) == len(DATA)


@pytest.mark.parametrize("value", [{1, 2, 30}, {"a": 1}, np.arange(4.0), Setting(1.0), Pair(0, 1), (1, [2.0])])
def test_equal_values_are_the_same(value: Any) -> None:
    import copy

    assert fingerprint(made(value)) == fingerprint(made(copy.deepcopy(value)))


def test_defaults_count_and_so_do_changed_methods_and_bases() -> None:
    assert fingerprint(made(1, 1.0)) != fingerprint(made(1, 2.0))

    def classes(factor: float) -> type:
        class Base:
            def act(self) -> float:
                return factor

        class Own(Base):
            weight = 1.0

            @property
            def double(self) -> float:
                return 2 * self.weight

            def act(self) -> float:
                return super().act()

        return Own

    assert fingerprint(classes(1.0)) == fingerprint(classes(1.0)) != fingerprint(classes(2.0))
    changed = classes(1.0)
    changed.weight = 2.0  # type: ignore[attr-defined]
    assert fingerprint(changed) != fingerprint(classes(1.0))


def test_functions_and_data_that_refer_to_each_other_have_an_end() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    names: dict[str, Any] = {}

    def even(n: int) -> bool:
        return n == 0 or names["odd"](n - 1)

    def odd(n: int) -> bool:
        return n != 0 and even(n - 1)

    names["odd"] = odd
    assert len({fingerprint(made(loop)), fingerprint(even), fingerprint(odd)}) == 3


@pytest.mark.parametrize(
    "value", [object(), np.random.default_rng(1), sys.stdout, (number for number in (1, 2)), np.vectorize(tired)]
)
def test_what_has_no_content_to_hash_is_refused_with_a_way_out(value: Any) -> None:
    with pytest.raises(InputError, match=r"share, which stage closes over, is of type \w+, whose content cannot"):
        fingerprint(made(value))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., types.ModuleType]]:
    """Writes modules into a folder of the search path and imports the last one afresh."""
    monkeypatch.syspath_prepend(tmp_path)
    names: set[str] = set()

    def write(**texts: str) -> types.ModuleType:
        import importlib

        names.update(texts)
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text)
        # Byte code of a text as long as this one, written in the same second, would be taken for its own.
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        for name in names:
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module("fingerprinted")

    yield write
    for name in names:
        sys.modules.pop(name, None)


USES = {
    "import helper_f": "helper_f.rate()",
    "import helper_f as h": "h.rate()",
    "from helper_f import rate": "rate()",
    "from helper_f import RATE": "RATE",
    "import middle_f": "middle_f.rate()",
}


@pytest.mark.parametrize("line", USES)
def test_the_users_own_modules_count_and_unrelated_ones_do_not(line: str, package: Any) -> None:
    helper = "RATE = {}\n\n\ndef rate():\n    return RATE\n"
    middle = "from helper_f import rate as inner\n\n\ndef rate():\n    return inner()\n"
    text = f"{line}\nimport unrelated_f\n\n\ndef use():\n    return {USES[line]}\n"
    texts = {"helper_f": helper.format(0.1), "middle_f": middle, "unrelated_f": "A = 1\n", "fingerprinted": text}
    before = fingerprint(package(**texts).use)
    assert fingerprint(package(**texts).use) == before
    assert fingerprint(package(**texts, unrelated_f_2="B = 1\n").use) == before
    assert fingerprint(package(**{**texts, "unrelated_f": "A = 2\n"}).use) == before
    assert fingerprint(package(**{**texts, "helper_f": helper.format(0.2)}).use) != before


def test_a_value_that_was_set_in_a_users_module_counts(package: Any) -> None:
    text = "import helper_f\n\n\ndef use():\n    return helper_f.RATE\n"
    module = package(helper_f="RATE = 0.1\n", fingerprinted=text)
    before = fingerprint(module.use)
    module.helper_f.RATE = 0.2
    assert fingerprint(module.use) != before


def test_it_is_the_same_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "mine_f.py").write_text(
        "import enum\n\nimport numpy as np\n\nNAMES = {'a', 'b', 'c'}\nBOX = np.arange(3)\n\n\n"
        "class Kind(enum.Enum):\n    A = 1\n\n\ndef use():\n    return NAMES, BOX, Kind.A, np.exp(1)\n"
    )
    code = "from cisim.fingerprint import fingerprint; import mine_f; print(fingerprint(mine_f.use))"
    prints = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(prints) == 1
