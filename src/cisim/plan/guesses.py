"""Guesses: ranges of what nobody knows, of which each world draws its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cisim.coalition import Roster
from cisim.errors import InputError, did_you_mean
from cisim.plausible import of_type, peaked, uncertain
from cisim.scenario import Distribution, FieldInfo, Scenario, fields, find
from cisim.scenario.catalogue import flat
from cisim.scenario.distributions import read_distribution, why_common
from cisim.scenario.draws import value_at
from cisim.scenario.problems import Notes, Path

if TYPE_CHECKING:
    from cisim.plan.spec import Plan

#: Of a guess: its plausible range, likeliest at the value of the base.
UNKNOWN = "unknown"
#: The key under [guesses] that says what becomes of everything else that has a plausible range.
OTHERS, PLAUSIBLE, FIXED = "others", "plausible", "fixed"
_RANGE = 'must be "unknown", or a range such as { low = 0.05, high = 0.4, middle = 0.2 }'
#: What a column of the files fixes, where it is given for everybody.
_OF_COLUMNS = {
    "resources": ("coalition.size_mean", "coalition.size_sd"),
    "size_rank": (),
    "commitment": ("commitment.initial", "commitment.initial_sd"),
    "founder": ("coalition.founding",),
    "mission": ("agenda.alignment",),
    "competence": ("coalition.competence_sd",),
    "mix": ("coalition.role_skew",),
}
_OF_TIES = ("coalition.network", "coalition.degree", "coalition.rewire", "coalition.clustering", "coalition.core")


@dataclass(frozen=True)
class Guess:
    """One field of which nobody knows the value."""

    info: FieldInfo
    range: Distribution
    given: bool  #: True if the file says so; False if it is the plausible range of what the file leaves open

    @property
    def path(self) -> str:
        """Path of the field."""
        return self.info.path


def read_guesses(
    table: Mapping[str, Any], base: Scenario, plans: Sequence[Plan], members: Roster | None, notes: Notes
) -> tuple[tuple[Guess, ...], dict[str, str]]:
    """Read the section [guesses], with what the base leaves open besides; note what is wrong.

    Returns the guesses, those that the file names first, and the paths of what could be guessed and is not, each with the reason.
    """
    asked = {path: value for path, value in flat(dict(table)).items() if path != OTHERS}
    others = table.get(OTHERS, PLAUSIBLE)
    if others not in (PLAUSIBLE, FIXED):
        notes.add(("guesses", OTHERS), f"must be one of {PLAUSIBLE}, {FIXED}", others)
    known_from_files = _fixed_by_files(members) if members is not None else {}
    # What the plans that are always added decide on is in no world otherwise, either.
    decided = {"coalition.start", "funder.services", *(path for plan in plans for path in plan.set)}
    guesses: dict[str, Guess] = {}
    for path, value in asked.items():
        place: Path = ("guesses", *path.split(".")) if table.get(path) is None else ("guesses", path)
        problem, guess = _read_one(path, value, base, known_from_files, decided)
        if problem:
            notes.add(place, problem, value if not isinstance(value, Mapping) else None)
        elif guess is not None:
            guesses[path] = guess
    for path, distribution in base.distributions.items():
        info = find(path)
        if path in decided:
            notes.add(tuple(path.split(".")), "is decided on by a plan, so it is not guessed: give one value")
        elif info is not None and path not in guesses:
            guesses[path] = Guess(info, distribution, given=True)
    held = dict[str, str]()
    if others == PLAUSIBLE:
        live = {
            info.path: info for scenario in [base, *(plan.scenario for plan in plans)] for info in uncertain(scenario)
        }
        for path, info in live.items():
            if path in guesses:
                continue
            if path in known_from_files:
                held[path] = f"known from {known_from_files[path]}"
            elif path in decided:
                held[path] = "a plan decides"
            elif base.value(path) != info.default:
                held[path] = "the plan file says"
            else:
                guesses[path] = Guess(info, peaked(info, float(base.value(path))), given=False)
    return tuple(guesses.values()), held


def _read_one(
    path: str, value: Any, base: Scenario, from_files: Mapping[str, str], decided: Iterable[str]
) -> tuple[str, Guess | None]:
    """Read one guess; return what is wrong, or else the guess."""
    info = find(path)
    if info is None and find(path.rpartition(".")[0]):  # as a range without one of its ends reads
        return _RANGE, None
    if info is None:
        hint = did_you_mean(path, [each.path for each in fields() if each.numeric], "")
        return f"no such field{hint and f'; {hint}'}", None
    if why := why_common(info):
        return f"cannot be guessed: {why}", None
    if path in from_files:
        return f"is known from {from_files[path]}, so it is not guessed", None
    if path in decided:
        return "is decided on by a plan, so it is not guessed", None
    if value == UNKNOWN:
        likeliest = base.value(path)
        if info.low is None or isinstance(likeliest, str) or likeliest is None:
            why = "has no plausible range" if info.low is None else "has no likeliest value, a number, in the file"
            return f"{why}: give {{ low = ..., high = ... }}", None
        return "", Guess(info, peaked(info, float(likeliest)), given=True)
    if not isinstance(value, Mapping):
        return _RANGE, None
    wrong = Notes()
    if (distribution := read_distribution(info, value, (), wrong)) is None:
        return wrong[0].text.removeprefix(": "), None
    low, high = distribution.low, distribution.high
    for end in (low, high):
        try:
            base.replace(**{path: end})
        except InputError as error:
            return error.problems[0], None
    return "", Guess(info, distribution, given=True)


def _fixed_by_files(members: Roster) -> dict[str, str]:
    """Find the fields that the files of a coalition fix, each with the words for where."""
    if members.generated:
        return {}
    fixed = {"coalition.organisations": "the list of partners"}
    for column, paths in _OF_COLUMNS.items():
        if not np.isnan(getattr(members, column)).any():
            fixed |= dict.fromkeys(paths, f"the files: {column} of every partner")
    if members.ties is not None:
        fixed |= dict.fromkeys(_OF_TIES, "the ties of the files")
        strength, *trust = members.ties.given.T
        if not np.isnan(strength).any():
            fixed["coalition.tie_min"] = "the strength of every tie in the files"
        if not np.isnan(trust).any():
            fixed |= dict.fromkeys(("coalition.trust", "coalition.trust_sd"), "the trust of every tie in the files")
    return fixed


def draw(guesses: Sequence[Guess], world: int, seed: int) -> NDArray[np.float64]:
    """Draw what is guessed in one world, independently of all other worlds: (guesses,).

    What a field draws depends on its path, the world and the seed alone, so that one guess more does not change the others.
    """
    if not guesses:
        return np.empty(0)
    from cisim.dynamics.luck import DESIGN, Luck, identities_of_names, key, slot_of, uniform  # loads Numba

    draws = np.uint64(key(Luck(np.uint64(seed), np.int64(1)), DESIGN))
    slots = identities_of_names([guess.path for guess in guesses])
    return np.array(
        [
            of_type(guess.info, value_at(guess.range, float(uniform(draws, np.uint64(slot_of(slot)), world))))
            for guess, slot in zip(guesses, slots, strict=True)
        ]
    )
