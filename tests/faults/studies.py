"""Small studies for the faults, and what must be the same after them."""

from __future__ import annotations

import json
from pathlib import Path

from cisim.scenario import Scenario

#: What a study keeps, if all that it can is asked for.
ALL = """
[record]
months = "yearly"
measures = ["progress", "trust"]
bands = ["progress"]
trajectories = ["trust"]
organisations = ["commitment"]
ties = true
panel_months = [0, 12]
"""
FEW = """
[record]
measures = ["progress", "trust"]
"""


def written(
    folder: Path,
    *,
    points: int = 8,
    replications: int = 10,
    months: int = 12,
    organisations: int = 4,
    levers: str = '"backbone.staff" = { low = 0, high = 4, unit = "FTE" }',
    record: str = FEW,
    luck: str = "common",
    rest: str = "",
) -> Path:
    """A study of a few organisations, as a file."""
    folder.mkdir(exist_ok=True)
    small = Scenario().replace(
        **{"scenario.months": months, "coalition.organisations": organisations, "coalition.degree": 2.0}
    )
    (folder / "few.toml").write_text(small.to_toml())
    path = folder / "study.toml"
    path.write_text(
        f'[study]\nname = "faults"\nquestion = "What survives?"\nscenario = "few.toml"\n'
        f'replications = {replications}\nseed = 7\nluck = "{luck}"\n'
        f"[levers]\n{levers}\n"
        f'[design]\nkind = "latin-hypercube"\npoints = {points}\n{record}\n{rest}\n'
    )
    return path


def contents(store: Path) -> dict[str, bytes]:
    """Every file of a store but the lock, byte for byte."""
    return {
        str(path.relative_to(store)): path.read_bytes()
        for path in sorted(store.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


def assert_same(store: Path, undisturbed: Path) -> None:
    """No file more, none less, and the same bytes in each."""
    found, expected = contents(store), contents(undisturbed)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


class History:
    """What children wrote down: which runs they began, and which they kept, in order."""

    def __init__(self, log: Path) -> None:
        lines = log.read_text().splitlines() if log.exists() else []
        self.lines = [
            (child, word, tuple(tuple(span) for span in spans)) for child, word, spans in map(json.loads, lines)
        ]

    def assert_nothing_kept_is_begun_again(self) -> None:
        kept = set()
        for child, word, spans in self.lines:
            if word == "kept":
                assert spans not in kept, f"{spans} kept twice, the second time by {child}"
                kept.add(spans)
            else:
                assert spans not in kept, f"{spans} was kept, and begun again by {child}"

    def lost(self) -> dict[int, int]:
        """How many tasks each child began and did not keep."""
        count: dict[int, set] = {}
        for child, word, spans in self.lines:
            ours = count.setdefault(child, set())
            ours.add(spans) if word == "begun" else ours.discard(spans)
        return {child: len(spans) for child, spans in count.items()}
