"""Docking: each condition, taken alone, is a known model with known results.

Every case reaches a published or exactly solvable model by settings, an initial state or a contact mask given to the stages that users run.
"""

from __future__ import annotations

from cisim.validation.claims import Case
from cisim.validation.docking import (
    agenda,
    backbone,
    community,
    conditions,
    contact,
    cooperation,
    deffuant,
    hegselmann_krause,
    kalman,
    opinions,
    pooling,
    practices,
    production,
    replicator,
    residents,
    resources,
    spread,
    ties,
)

#: In the order of a month.
CASES: tuple[Case, ...] = (
    *resources.CASES,
    *conditions.CASES,
    *contact.CASES,
    *opinions.CASES,
    *hegselmann_krause.CASES,
    *deffuant.CASES,
    *spread.CASES,
    *ties.CASES,
    *practices.CASES,
    *pooling.CASES,
    *kalman.CASES,
    *agenda.CASES,
    *production.CASES,
    *replicator.CASES,
    *community.CASES,
    *residents.CASES,
    *cooperation.CASES,
    *backbone.CASES,
)
