"""Community: outcomes, moved by what is produced."""

from __future__ import annotations

from cisim.dynamics import dials as at
from cisim.dynamics.arithmetic import power
from cisim.dynamics.backbone import WILL, hub
from cisim.dynamics.compiled import inner, sequence
from cisim.dynamics.luck import COMMUNITY, Luck, key, normal
from cisim.dynamics.residents import engage, move_people, spread_effort
from cisim.dynamics.state import Dials, State


@sequence
def progress(state: State, dials: Dials, luck: Luck) -> None:
    """Move the outcomes (stage 5).

    f_d = F_d / (W_d need), 0 where W_d is 0; Y_d = clip(Y_d + gain f^h / (f^h + theta^h) (1 - Y_d) - decay (Y_d - Y0_d) + trend_d +
    N(0, community.noise^2)), with h = critical_mass and theta = threshold (1 - will_max hub(will)). With groups of residents it is so for
    each, as far as effort reaches it.
    """
    spread_effort(state, dials)
    need = state.coalition[0].need
    will = dials[at.BACKBONE_WILL_MAX] * hub(state.coalition[0], dials, WILL)
    threshold = dials[at.COMMUNITY_THRESHOLD] * (1.0 - will)
    noise, noise_key = dials[at.COMMUNITY_NOISE], key(luck, COMMUNITY)
    for d in range(state.outcomes.shape[0]):
        outcome = state.outcomes[d]
        intensity = 0.0
        if outcome.weight > 0.0:
            intensity = 1.0 / outcome.weight * outcome.produced / need
        effect = hill(intensity, threshold, dials[at.COMMUNITY_CRITICAL_MASS])
        chance = noise * normal(noise_key, outcome.slot, 0) if noise > 0.0 else 0.0
        move_people(state, dials, d, effect, dials[at.TRENDS + d], chance)
    engage(state, dials)


@inner
def hill(intensity: float, threshold: float, exponent: float) -> float:
    """Return the Hill factor f^h / (f^h + theta^h), in [0, 1], of an intensity f; 0 at f = 0, also where theta is 0."""
    if not intensity > 0.0:  # nor if nobody has any resources, so that it is no number
        return 0.0
    return 1.0 / (1.0 + power(threshold / intensity, exponent))
