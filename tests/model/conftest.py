"""A model to look at."""

from __future__ import annotations

import pytest

from cisim.mesa_model import CollectiveImpactModel
from cisim.scenario import Scenario


@pytest.fixture
def model() -> CollectiveImpactModel:
    """A coalition at work for half a year."""
    model = CollectiveImpactModel(Scenario().replace(**{"scenario.months": 12, "coalition.organisations": 10}), seed=3)
    for _ in range(6):
        model.step()
    return model
