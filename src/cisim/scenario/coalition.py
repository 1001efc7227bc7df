"""The sections [scenario], [coalition] and [practice]: how long, who takes part, what good practice is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cisim.scenario.field import Section, dial, setup
from cisim.scenario.names import Name, Names, Text

#: Latest month that a start or an end may name: far beyond any horizon.
LATEST = 1_000_000
#: The networks that can be generated.
Network = Literal["random", "small-world", "scale-free", "sector-clusters", "hub"]
Month = Annotated[int, Field(ge=1, le=LATEST)]
#: `dead_if` of what matters only while the coalition is in force.
START = ("coalition.start",)

# A table: what there is to know about a field stands in one or two lines.
# fmt: off


class About(Section):
    """What the scenario is called and how many months it runs."""

    name: Name = setup("all five conditions", "what the scenario is called in tables and pictures", stage="run")
    description: Text = setup("", "what the scenario is about, in a sentence or more", stage="run")
    months: int = setup(120, "how long a run is", unit="months", bounds=(1, 1200), sweep=(24, 240), stage="run",
        source="chosen: ten years")


class Coalition(Section):
    """Who takes part: organisations, their sizes and ties, or a file of them; and what befalls them."""

    organisations: int = setup(30, "number of organisations, members or not", unit="count", bounds=(2, 10_000),
        sweep=(4, 200), stage="founding, network", source="chosen: a county-wide coalition")
    network: Network = setup("small-world", "how the ties between organisations are drawn", stage="network",
        source="chosen: Watts & Strogatz 1998; a random network gives the same facts")
    degree: float = setup(4.0, "regular partners of an organisation (small-world: an even whole number)",
        unit="partners", bounds=(0, 200), sweep=(2, 8), stage="network")
    rewire: float = setup(0.2, "share of a small world's ties that lead far away", unit="probability", bounds=(0, 1),
        sweep=(0, 1), stage="network")
    clustering: float = setup(0.8, "share of ties inside the own sector (sector-clusters only)", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="network")
    tie_min: float = setup(0.2, "weakest tie at founding; strengths are even from here to 1", unit="strength",
        bounds=(0, 1), sweep=(0, 1), stage="network")
    latent: float = setup(4.0, "possible partners that an organisation could still get to know", unit="partners",
        bounds=(0, 200), sweep=(0, 10), stage="network")
    size_mean: float = setup(1.5, "mean staff time that an organisation puts into the issue", unit="FTE",
        bounds=(0, 1000), open_minimum=True, sweep=(0.5, 5), stage="founding, measure")
    size_sd: float = setup(0.8, "spread of the logarithm of that staff time", unit="log", bounds=(0, 3),
        sweep=(0, 1.3), stage="founding", source="chosen: the top fifth holds about half of all")
    role_skew: float = setup(0.75, "how much more the first roles are filled than the later ones at founding",
        unit="exponent", bounds=(0, 5), sweep=(0, 1.3), stage="founding", source="chosen: everybody delivers services")
    competence_sd: float = setup(0.2, "spread of the logarithm of competence in a role", unit="log", bounds=(0, 2),
        sweep=(0, 0.4), stage="founding", source="chosen: specialisms")
    trust: float = setup(0.4, "mean trust of partners at founding", unit="[0, 1]", bounds=(0, 1), sweep=(0.2, 0.6),
        stage="founding, communicate")
    trust_sd: float = setup(0.1, "spread of trust at founding, by direction", unit="[0, 1]", bounds=(0, 1),
        sweep=(0, 0.3), stage="founding")
    sectors: Names = setup(("public", "nonprofit", "business", "philanthropy"),
        "the sectors that organisations belong to", stage="founding")
    file: str | None = setup(None,
        "organisations from a file: .csv, .graphml, or builtin:emon/NAME for a network that comes with cisim",
        stage="founding")
    ties: str | None = setup(None, "ties from a CSV file, beside a .csv of organisations", stage="network")
    turnover: float = dial(0.15, "chance that an organisation's leader leaves", unit="1/year", bounds=(0, 1),
        sweep=(0, 0.4), stage="disturb", quiet=0, source="chosen: a leader stays 6 to 7 years")
    turnover_loss: float = dial(0.35, "share of trust and awareness that is lost with a leader", unit="share",
        bounds=(0, 1), sweep=(0, 0.7), stage="disturb", quiet=0)
    resource_volatility: float = dial(0.15, "how much budgets swing", unit="1/sqrt(year)", bounds=(0, 2),
        sweep=(0, 0.4), stage="founding, disturb", quiet=0, source="chosen: budgets swing by 15 %")
    resource_memory: float = dial(24.0, "how long a swing of a budget lasts", unit="months", bounds=(1, 1200),
        sweep=(6, 60), stage="founding, disturb")
    resource_common: float = dial(0.3, "share of the swings' variance that hits all alike", unit="share",
        bounds=(0, 1), sweep=(0, 1), stage="founding, disturb")
    exit_rate: float = dial(0.05, "chance that a wholly uncommitted member leaves", unit="1/month", bounds=(0, 1),
        sweep=(0, 0.1), stage="disturb", quiet=0, dead_if=START, source="chosen: within about two years")
    join_rate: float = dial(0.03, "chance that a non-member joins while the backbone recruits", unit="1/month",
        bounds=(0, 1), sweep=(0, 0.1), stage="disturb", quiet=0, dead_if=START)
    start: Month | Literal["never"] = dial(1, 'first month of the coalition; "never": isolated impact', unit="month",
        bounds=(1, LATEST), constrain=False, stage="disturb", quiet="never")
    end: Month | None = dial(None, "last month of the coalition; not given: it goes on", unit="month",
        bounds=(1, LATEST), constrain=False, stage="disturb")


class Practice(Section):
    """Ways of working: how rugged the landscape of practices is and how organisations search it."""

    bits: int = setup(10, "number of parts that a practice has", unit="bits", bounds=(1, 20), sweep=(4, 20),
        stage="founding")
    ruggedness: int = setup(3, "on how many other parts the worth of each part depends", unit="bits", bounds=(0, 19),
        sweep=(0, 9), stage="founding")
    worst: float = setup(0.65, "effectiveness of the worst practice, as a share of the best", unit="share",
        bounds=(0, 1), sweep=(0.4, 0.9), stage="founding", source="chosen: the worst reaches 65 % of the best")
    experiment: float = dial(0.15, "chance that an organisation tries a change of its practice", unit="1/month",
        bounds=(0, 1), sweep=(0.02, 0.5), stage="communicate", quiet=0, source="chosen: one try every 7 months")
    noise: float = dial(0.05, "error in judging another's practice without shared data", unit="effectiveness",
        bounds=(0, 1), sweep=(0, 0.2), stage="communicate", quiet=0)
