"""A user's Mesa model, in a module so that other processes find it: own state, own agents, own organisations."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np

from cisim.mesa_model import CollectiveImpactModel, Organization
from cisim.scenario import Scenario

SHORT = Scenario().replace(
    **{"scenario.months": 12, "coalition.organisations": 10, "events": [{"month": 9, "set": {"backbone.staff": 0.5}}]}
)


class Funder(mesa.Agent):  # type: ignore[misc]
    """Gives to whom it likes, by Mesa's chance."""

    def __init__(self, model: Fatigue) -> None:
        super().__init__(model)
        self.budget = 1.0

    def step(self) -> None:
        chosen = self.random.choice(self.model.organisations)
        chosen.capacity = min(10.0, chosen.capacity + 0.1 * self.budget * self.model.rng.random())
        self.budget *= 0.9


class Tired(Organization):
    """Gives less, the more it has given."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.given = 0.0

    def step(self) -> None:
        self.given += self.commitment
        if self.member:
            self.commitment = self.commitment * (1.0 - self.model.rate * self.given)


class Fatigue(CollectiveImpactModel):
    """Organisations tire, and funders act after the last stage."""

    organization_class = Tired

    def __init__(self, config: Scenario | str = SHORT, *, rate: float = 0.01, **others: Any) -> None:
        reporters = {"rate": "rate", "budgets": total_budget, "largest gift": "largest_gift"}
        super().__init__(config, model_reporters=reporters, **others)
        self.rate = rate
        self.funders = Funder.create_agents(self, 2)
        self.gifts = np.zeros(len(self.organisations))

    def build(self) -> None:
        super().build()
        self.funders.do("step")
        self.gifts += [organisation.given for organisation in self.organisations]

    @property
    def largest_gift(self) -> float:
        return float(self.gifts.max())


def total_budget(model: Fatigue) -> float:
    return float(sum(funder.budget for funder in model.funders))


def end(model: CollectiveImpactModel) -> CollectiveImpactModel:
    """Run a model to its horizon and return it: it is called in another process."""
    model.run_model()
    return model
