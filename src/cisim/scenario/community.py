"""The sections [community] and [commitment]: what is to change, and what keeps members committed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cisim.scenario.coalition import START
from cisim.scenario.field import Section, dial, setup
from cisim.scenario.names import Name, Unit, as_tuple, doubled, refusal


class Outcome(Section):
    """One outcome of the community, as an indicator from 0 (bad) to 1 (all that is wanted)."""

    # fmt: off
    name: Name = setup(..., "what the outcome is called", stage="run")
    unit: Unit = setup("", "unit in which the outcome is measured", stage="run")
    zero: float = setup(0.0, "value in that unit that means 0", bounds=(-1e12, 1e12), stage="run")
    one: float = setup(1.0, "value in that unit that means 1", bounds=(-1e12, 1e12), stage="run")
    baseline: float = setup(0.45, "indicator in month 0", unit="indicator", bounds=(0, 1), open_maximum=True,
        sweep=(0.1, 0.8), stage="founding, progress")
    target: float | None = setup(None, "indicator that the coalition hopes for; not given: none", unit="indicator",
        bounds=(0, 1), stage="run")
    weight: float = setup(1.0, "weight beside the other outcomes; they are scaled to sum 1", bounds=(0, 1e6),
        sweep=(0, 5), stage="founding, agree, build")
    trend: float = dial(0.0, "change that happens in any case", unit="indicator/month", bounds=(-1, 1),
        sweep=(-0.002, 0.002), stage="progress", quiet=0)
    # fmt: on

    @model_validator(mode="after")
    def _scale_has_length(self) -> Outcome:
        if self.zero == self.one:
            raise refusal(f"zero and one of the outcome {self.name!r} must be different values, both are {self.zero:g}")
        return self

    def in_unit(self, indicator: Any) -> Any:
        """The indicator, a number or an array, in the outcome's own unit.

        Example:
            >>> Outcome(name="out of work", unit="%", zero=30.0, one=0.0).in_unit(0.6)
            12.0
        """
        return self.zero + (self.one - self.zero) * indicator

    def indicator(self, value: Any) -> Any:
        """A value in the outcome's own unit, a number or an array, as an indicator.

        Example:
            >>> Outcome(name="out of work", unit="%", zero=30.0, one=0.0).indicator(12.0)
            0.6
        """
        return (value - self.zero) / (self.one - self.zero)


def _check_outcomes(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    if not 1 <= len(outcomes) <= 50:
        raise refusal(f"must be 1 to 50 outcomes, has {len(outcomes)}")
    if twice := doubled(outcome.name for outcome in outcomes):
        raise refusal(f"must be outcomes of different names; twice: {', '.join(twice)}")
    if not any(outcome.weight > 0 for outcome in outcomes):
        raise refusal("must be outcomes of which one at least has a weight above 0")
    return outcomes


Outcomes = Annotated[tuple[Outcome, ...], BeforeValidator(as_tuple), AfterValidator(_check_outcomes)]
#: Baselines are evenly spaced from .3 to .6; the scales are illustrative and belong to no place.
DEFAULT_OUTCOMES = (
    Outcome(name="school readiness", unit="% of children ready at school entry", zero=0, one=100, baseline=0.3),
    Outcome(name="reading", unit="% of pupils who read at grade level", zero=0, one=100, baseline=0.375),
    Outcome(name="mathematics", unit="% of pupils at grade level", zero=0, one=100, baseline=0.45),
    Outcome(name="graduation", unit="% of pupils who graduate", zero=40, one=100, baseline=0.525),
    Outcome(name="disconnection", unit="% of youth out of school and work", zero=30, one=0, baseline=0.6),
)
# fmt: off


class Community(Section):
    """What is to change: the outcomes, and how effort moves them."""

    outcomes: Outcomes = Field(DEFAULT_OUTCOMES, strict=False, description="the outcomes, one table each")
    gain: float = dial(0.04, "share of the gap that full effort closes", unit="1/month", bounds=(0, 1),
        sweep=(0.01, 0.08), stage="progress", quiet=0)
    decay: float = dial(0.002, "share of what was won that is lost", unit="1/month", bounds=(0, 1), sweep=(0, 0.01),
        stage="progress", quiet=0)
    threshold: float = dial(2.2, "effort for an outcome at which half of the full effect is reached",
        unit="x nominal resources", bounds=(0, 1000), open_minimum=True, sweep=(1, 3), stage="progress",
        source="chosen: effort spread evenly is well below what is needed")
    critical_mass: float = dial(3.0, "how much more concerted effort achieves than effort spread thin",
        unit="exponent", bounds=(1, 50), sweep=(1, 5), stage="progress")
    noise: float = dial(0.004, "chance movement of an outcome", unit="indicator/month", bounds=(0, 1), sweep=(0, 0.01),
        stage="progress", quiet=0)


class Commitment(Section):
    """What makes members give their effort to the common cause, and what wears that out."""

    initial: float = setup(0.55, "mean commitment on becoming a member", unit="[0, 1]", bounds=(0, 1),
        sweep=(0.2, 0.7), stage="founding", dead_if=START)
    initial_sd: float = setup(0.1, "spread of commitment on becoming a member", unit="[0, 1]", bounds=(0, 1),
        sweep=(0, 0.3), stage="founding", dead_if=START)
    base: float = dial(-0.5, "inclination to commit when nothing else speaks for or against it", unit="logit",
        bounds=(-50, 50), sweep=(-1.5, 0.5), stage="commit", quiet=0, dead_if=START)
    trust_weight: float = dial(4.0, "weight of trust in partners", unit="logit", bounds=(-50, 50), sweep=(1, 6),
        stage="commit", quiet=0, dead_if=START)
    purpose_weight: float = dial(4.5, "weight of finding the own mission in the agenda", unit="logit",
        bounds=(-50, 50), sweep=(0.5, 6), stage="commit", quiet=0, dead_if=START)
    purpose_reference: float = dial(0.3, "fit of agenda and mission below which the agenda repels", unit="fit",
        bounds=(0, 1), sweep=(0, 0.6), stage="commit", dead_if=START,
        source="chosen: an agenda less than 30 % one's own repels")
    progress_weight: float = dial(1.3, "weight of progress that is seen", unit="logit", bounds=(-50, 50), sweep=(0, 2),
        stage="commit", quiet=0, dead_if=START)
    progress_scale: float = dial(0.05, "progress in a year that impresses", unit="indicator/year", bounds=(0, 1000),
        open_minimum=True, sweep=(0.02, 0.2), stage="commit", dead_if=START)
    conform_weight: float = dial(1.0, "weight of partners' commitment, where reports show it", unit="logit",
        bounds=(-50, 50), sweep=(0, 3), stage="commit", quiet=0, dead_if=("measurement.sharing",))
    overhead_weight: float = dial(1.5, "weight of time spent on meetings and data", unit="logit", bounds=(-50, 50),
        sweep=(0, 4), stage="commit", quiet=0, dead_if=START)
    temptation: float = dial(1.2, "pull of letting the others do the work, where no report shows it", unit="logit",
        bounds=(-50, 50), sweep=(0, 2.5), stage="commit", quiet=0, dead_if=START)
    adjustment: float = dial(0.1, "how fast commitment follows its reasons", unit="1/month", bounds=(0, 1),
        sweep=(0.03, 0.3), stage="commit", quiet=0, dead_if=START, source="chosen: within a year")
    noise: float = dial(0.03, "chance movement of commitment", unit="/month", bounds=(0, 1), sweep=(0, 0.1),
        stage="commit", quiet=0, dead_if=START)
