"""Golden values: a summary of every shipped scenario by seed, the comparison with new ones, and the words for both.

Ideas from the baselines of epidemiological simulators: a file that a person can read, a command that renews it and says what moved, and a
list of changes that has to be kept with it.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from cisim.dynamics.compiled import compiled_unkept
from cisim.engine import compile_scenario, simulate
from cisim.scenario import Scenario, load

FILE = Path(__file__).parent / "values.json"
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
COMMAND = "python -m uv run python tests/golden/update.py"
RULE = f"""\
If you did not mean to move a result, you have found a fault.
If you did: say in CHANGELOG.md, under `Output changes` of the version that stands first, what moved, by how much and why; then run

    {COMMAND}

and commit both with the change. See "Results that change" in CONTRIBUTING.md."""

SEEDS = (1, 2)
#: Besides the last one.
MONTHS = (12, 60)
#: In place of a month: the mean over all months in which the measure has a value.
EVER = "mean"
#: Those that say most; the hash of a run's bits looks at all of them, in all months.
MEASURES = (
    "progress",
    "goal_alignment",
    "commitment",
    "awareness",
    "belief_error",
    "practice_quality",
    "working_ties",
    "trust",
    "members",
    "duplication",
    "grants",
    "overhead",
)
#: Elementary functions differ in their last bits from machine to machine, and a run passes that on, hardly enlarged.
RELATIVE, ABSOLUTE = 1e-9, 1e-12


class Where(NamedTuple):
    """The scenario, seed, measure and month of a golden value; `month` is a number, or `EVER`."""

    scenario: str
    seed: int
    measure: str
    month: str

    def __str__(self) -> str:
        when = "mean over months" if self.month == EVER else f"month {self.month}"
        return f"{self.scenario}, seed {self.seed}, {when}, {self.measure}"


class Run(NamedTuple):
    """One run of a shipped scenario."""

    scenario: str
    seed: int

    def __str__(self) -> str:
        return f"{self.scenario}, seed {self.seed}"


@dataclass
class Golden:
    """The golden values.

    Attributes:
        values: NaN where the measure had no meaning.
        bits: a hash of all that was recorded of a run.
        arithmetic: what decides on the last bits, see `arithmetic`.
        version: the first version of the list of changes.
        known: its output changes when the values were written.
    """

    values: dict[Where, float] = field(default_factory=dict)
    bits: dict[Run, str] = field(default_factory=dict)
    arithmetic: str = ""
    version: str = ""
    known: tuple[str, ...] = ()


# ---- Measuring.


def measure(names: Iterable[str]) -> Golden:
    """Run shipped scenarios and measure their golden values."""
    golden = Golden(arithmetic=arithmetic())
    for name in names:
        take(golden, name, load(name))
    return golden


def take(golden: Golden, name: str, scenario: Scenario) -> None:
    """Run one scenario with each seed, and note its values."""
    columns = {one.name: column for column, one in enumerate(compile_scenario(scenario).measures)}
    known = [column for one, column in columns.items() if not one.startswith(LATER)]
    for seed, records in zip(SEEDS, simulate(scenario, SEEDS), strict=True):
        golden.bits[Run(name, seed)] = hashed(records[:, known])
        for of in MEASURES:
            course = records[:, columns[of]]
            for month in (*(month for month in MONTHS if month < scenario.months), scenario.months):
                golden.values[Where(name, seed, of, str(month))] = float(course[month])
            numbers = [float(value) for value in course if not math.isnan(value)]
            ever = math.fsum(numbers) / len(numbers) if numbers else math.nan
            golden.values[Where(name, seed, of, EVER)] = ever


#: Measures that are recorded since the file was last renewed: at their neutral settings they move no bit of the others.
LATER = ("achieved.", "alive")


def hashed(records: NDArray[np.float64]) -> str:
    """Hash all bits; all kinds of NaN count as the same one."""
    plain = np.where(np.isnan(records), np.nan, records).astype("<f8")
    return hashlib.blake2b(plain.tobytes(), digest_size=12).hexdigest()


@compiled_unkept
def elementary(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute all functions that the model takes from the machine's library, at numbers above 0; shape (n, 7)."""
    values = np.empty((x.shape[0], 7))
    for i in range(x.shape[0]):
        values[i, 0] = math.exp(-x[i])
        values[i, 1] = math.expm1(-x[i])
        values[i, 2] = math.log(x[i])
        values[i, 3] = math.log1p(x[i])
        values[i, 4] = math.tanh(x[i])
        values[i, 5] = math.sqrt(x[i])
        values[i, 6] = x[i] ** (x[i] - 2.0)
    return values


def arithmetic() -> str:
    """Describe what decides on the last bits: the compiler, the kind of processor, and how elementary functions are rounded."""
    at = np.array([math.ldexp(1.0 + k / 4001.0, k % 9 - 6) for k in range(4001)])
    rounding = hashlib.blake2b(elementary(at).astype("<f8").tobytes(), digest_size=6).hexdigest()
    return f"numba {numba.__version__}, {platform.machine()}, elementary functions {rounding}"


# ---- Comparing.


class Moved(NamedTuple):
    """A value that changed; None where there is none."""

    where: Where
    old: float | None
    new: float | None

    @property
    def size(self) -> float:
        """Change relative to the larger value; infinite from or to NaN."""
        if self.old is None or self.new is None or not math.isfinite(self.old - self.new):
            return math.inf
        return abs(self.new - self.old) / max(abs(self.old), abs(self.new))

    def __str__(self) -> str:
        size = f" ({self.size:.1e} of it)" if math.isfinite(self.size) else ""
        return f"{self.where}: was {shown(self.old)}, is {shown(self.new)}{size}"


def shown(value: float | None) -> str:
    """Write a number in full, so that it can be found in the file."""
    return "absent" if value is None else "no number" if math.isnan(value) else repr(value)


def moved(old: Golden, new: Golden) -> list[Moved]:
    """List the values that differ by more than rounding, largest change first."""
    places = [*old.values, *(place for place in new.values if place not in old.values)]
    pairs = [Moved(place, old.values.get(place), new.values.get(place)) for place in places]
    return sorted((pair for pair in pairs if not same(pair.old, pair.new)), key=lambda pair: -pair.size)


def same(old: float | None, new: float | None) -> bool:
    """Check whether two values agree but for rounding."""
    if old is None or new is None:
        return old is new
    if math.isnan(old) or math.isnan(new):
        return math.isnan(old) and math.isnan(new)
    return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def bits_moved(old: Golden, new: Golden) -> list[Run]:
    """List the runs of which some bit differs, in any measure and month; none on another arithmetic."""
    if old.arithmetic != new.arithmetic:
        return []
    return [run for run, bits in new.bits.items() if run in old.bits and old.bits[run] != bits]


def told(changes: list[Moved], at_most: int = 20) -> str:
    """Write what moved, the largest change first."""
    lines = [f"  {change}" for change in changes[:at_most]]
    if len(changes) > at_most:
        lines.append(f"  and {len(changes) - at_most} more, which moved less")
    return "\n".join(lines)


# ---- The list of changes.


def output_changes(changelog: str) -> tuple[str, tuple[str, ...]]:
    """Read the newest version in the list of changes, and the entries of its section `Output changes`.

    Raises:
        ValueError: no version has a heading.
    """
    sections = re.split(r"^## \[(.+?)\].*$", changelog, flags=re.MULTILINE)
    if len(sections) < 3:
        raise ValueError("CHANGELOG.md has no heading such as '## [0.1.0] - unreleased'")
    version, text = sections[1], sections[2]
    found = re.search(r"^### Output changes\s*$(.*?)(?=^### |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    entries = re.split(r"^- ", found[1], flags=re.MULTILINE)[1:] if found else []
    return version, tuple(" ".join(entry.split()) for entry in entries)


def has_new_entry(old: Golden, version: str, entries: tuple[str, ...]) -> bool:
    """Check whether the list of changes says more than when the golden values were last written."""
    return bool(set(entries) - set(old.known)) if version == old.version else bool(entries)


# ---- The file.


def read(text: str) -> Golden:
    """Parse golden values."""
    held = json.loads(text)
    golden = Golden(arithmetic=held["arithmetic"], version=held["version"], known=tuple(held["output changes"]))
    for scenario, seeds in held["scenarios"].items():
        for seed, rows in seeds.items():
            run = Run(scenario, int(seed))
            golden.bits[run] = rows["bits"]
            for of, values in rows.items():
                for month, value in values.items() if of != "bits" else ():
                    golden.values[Where(*run, of, month)] = math.nan if value is None else value
    return golden


def written(golden: Golden) -> str:
    """Write the text of the file: one line a measure, so that a comparison of two versions shows what moved."""
    scenarios: dict[str, dict[str, list[str]]] = {}
    for run, bits in golden.bits.items():
        scenarios.setdefault(run.scenario, {})[str(run.seed)] = [f'"bits": {json.dumps(bits)}']
    for (scenario, seed, of), values in by_measure(golden).items():
        numbers = {month: None if math.isnan(value) else value for month, value in values.items()}
        scenarios[scenario][str(seed)].append(f"{json.dumps(of)}: {json.dumps(numbers)}")
    parts = [
        f"  {json.dumps(scenario)}: {{\n"
        + ",\n".join(
            f"   {json.dumps(seed)}: {{\n    " + ",\n    ".join(rows) + "\n   }" for seed, rows in seeds.items()
        )
        + "\n  }"
        for scenario, seeds in scenarios.items()
    ]
    head = {
        "about": f"Results of the shipped scenarios. Never edit: {COMMAND}",
        "version": golden.version,
        "output changes": list(golden.known),
        "arithmetic": golden.arithmetic,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    return "{\n" + ",\n".join(lines) + ',\n "scenarios": {\n' + ",\n".join(parts) + "\n }\n}\n"


def by_measure(golden: Golden) -> Mapping[tuple[str, int, str], dict[str, float]]:
    """Group the values of each run and measure, by month."""
    rows: dict[tuple[str, int, str], dict[str, float]] = {}
    for where, value in golden.values.items():
        rows.setdefault(where[:3], {})[where.month] = value
    return rows
