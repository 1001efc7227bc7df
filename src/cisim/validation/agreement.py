"""Suite `engine`: the compiled engine, the Mesa face and the second opinion give the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cisim.coalition import roster
from cisim.engine import simulate
from cisim.scenario import Scenario, load, shipped
from cisim.seeds import run_seeds_of
from cisim.validation import second_opinion
from cisim.validation.claims import Case, Claim, Effort, Finding, judged

#: What is compared where there is little time: imported and generated coalitions, events, a coalition that ends.
FEW = ("all-five", "real-coalition", "crisis")
#: Fields that change nothing as they are by default, away from that: the few are compared with them too.
STRICT: dict[str, Any] = {
    "coalition.onboarding": 6.0,
    "coalition.proportion": 1.0,
    "coalition.readiness": 0.5,
    "coalition.founding": 0.5,
    "coalition.exposure": 0.6,
    "coalition.least": 4,
    "community.groups": [{"name": "near", "share": 3.0}, {"name": "far", "shift": -0.1, "barrier": 1.4}],
    "community.engagement_gain": 0.1,
    "agenda.residents": 0.3,
    "agenda.residents_cost": 0.05,
    "measurement.disaggregated": 0.5,
    "funder.staff": 1.5,
    "funder.term": 18,
    "funder.services": 4.0,
    "community.need": 60.0,
    "practice.own_noise": 0.2,
    "practice.drift": 0.05,
    "practice.outreach": 0.3,
    "activities.by_need": 1.0,
    "agenda.build": 6.0,
    "measurement.build": 18.0,
    "activities.build": 12.0,
    "communication.build": 4.0,
    "backbone.build": 9.0,
    "backbone.carries": 0.5,
}
#: The second opinion agrees to this, in the unit of each measure.
TOLERANCE = 1e-9
#: A coalition with more organisations is compared over its first two years: the second opinion is slow.
LARGE = 100
MATHEMATICS = "one model, two programs: no difference but rounding is to be seen"


def _scenarios(effort: Effort) -> dict[str, Scenario]:
    names = sorted(shipped()) if not effort.quick else [name for name in FEW if name in shipped()]
    strict = {f"{name}, strict": load(name).replace(**STRICT) for name in FEW if name in names}
    return {name: load(name) for name in names} | strict


def two_faces(effort: Effort) -> Finding:
    """Compare the Mesa model with the engine, bit by bit."""
    from cisim.mesa_model import CollectiveImpactModel

    differing, numbers = [], 0
    scenarios = _scenarios(effort)
    for name, scenario in scenarios.items():
        model = CollectiveImpactModel(scenario, seed=effort.seed)
        model.run_model()
        (run,) = simulate(scenario, [effort.seed], threads=1)
        numbers += run.size
        if run.tobytes() != np.ascontiguousarray(model.records).tobytes():
            differing.append(name)
    return Finding(
        (
            judged(
                "the Mesa model, stage by stage from Python, gives the bits of the compiled engine",
                not differing and bool(scenarios),
                f"no bit differs in {len(scenarios)} scenarios",
                f"{', '.join(differing) or 'none'} differ",
                f"{numbers} numbers compared",
                MATHEMATICS,
            ),
        )
    )


def same_whatever_the_threads(effort: Effort) -> Finding:
    """Compare runs on one thread, on several, and in another order."""
    scenarios = _scenarios(effort)
    seeds = run_seeds_of(effort.seed, 24)
    differing = []
    for name, scenario in scenarios.items():
        alone = simulate(scenario, seeds, threads=1)
        several = simulate(scenario, seeds, threads=3)
        backwards = simulate(scenario, seeds[::-1], threads=2)[::-1]
        if not alone.tobytes() == several.tobytes() == np.ascontiguousarray(backwards).tobytes():
            differing.append(name)
    return Finding(
        (
            judged(
                "a run is the same bits on one thread, on three, and in reverse order on two",
                not differing and bool(scenarios),
                f"no bit differs in {len(scenarios)} scenarios of {len(seeds)} runs",
                f"{', '.join(differing) or 'none'} differ",
                "bits compared",
                "every draw is a function of seed, stream, month and slot alone",
            ),
        )
    )


def independent_version(effort: Effort) -> Finding:
    """Compare the engine with the second opinion, measure by measure and month by month."""
    worst, where, misplaced, numbers = 0.0, "nowhere", 0, 0
    scenarios = _scenarios(effort)
    for name, scenario in scenarios.items():
        if len(roster(scenario).names) > LARGE:
            scenario = scenario.replace(**{"scenario.months": 24})
        for seed in (effort.seed, -effort.seed % 2**64)[: effort.runs(2, 1)]:
            difference, measure, wrong, count = _compare(scenario, seed)
            misplaced, numbers = misplaced + wrong, numbers + count
            if difference > worst:
                worst, where = difference, f"{measure} in {name}"
    claims: list[Claim] = [
        judged(
            "a naive version of the model, written from its text by someone who had not read the engine, gives the same numbers",
            worst <= TOLERANCE and bool(scenarios),
            "equal",
            f"largest difference {worst:.1e} ({where})",
            f"allowed {TOLERANCE:.0e}; {numbers} numbers of {len(scenarios)} scenarios compared",
            MATHEMATICS,
        ),
        judged(
            "both have no number in the same places: where there is no agenda or no member",
            misplaced == 0 and bool(scenarios),
            "none differs",
            f"{misplaced} differ",
            f"{numbers} places compared",
            MATHEMATICS,
        ),
    ]
    return Finding(tuple(claims))


def _compare(scenario: Scenario, seed: int) -> tuple[float, str, int, int]:
    """Return the largest difference, its measure, the places where only one has a number, and how many were compared."""
    recorded = scenario.measures(roster(scenario).sector_names)
    names = [measure.name for measure in recorded]
    (ours,) = simulate(scenario, [seed], threads=1)
    rows = second_opinion.simulate(scenario, seed)
    theirs = np.array([[row[name] for name in names] for row in rows])
    misplaced = int((np.isnan(ours) != np.isnan(theirs)).sum())
    differences = np.abs(ours - theirs)
    differences[np.isnan(differences)] = 0.0
    index = int(differences.max(axis=0).argmax())
    return float(differences.max()), names[index], misplaced, ours.size - int(np.isnan(ours).sum())


CASES = (
    Case(
        "two-faces",
        "Two faces: Mesa model and compiled engine",
        "The stages are written once; the engine runs them as one compiled month loop, the Mesa model calls them one by one.",
        two_faces,
    ),
    Case(
        "threads",
        "Determinism: threads and order",
        "The engine's ensembles on other numbers of threads and in another order.",
        same_whatever_the_threads,
    ),
    Case(
        "second-opinion",
        "Second opinion: an independent version of the model",
        "One Python object per organisation, no compiled code; it shares with the engine the luck, the parsed scenario and the coalition as "
        "founded.",
        independent_version,
    ),
)
