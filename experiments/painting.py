"""Look for the best way to spend a number of post-months of the backbone over the years of the page's county.

    python -m uv run python experiments/painting.py

From an even, an early and a late spread, half a post is moved from a year to another, or left away, as long as any such step gains;
40 runs on one luck judge each, 400 on another what comes out. That finds a good spread, not surely the best. It takes some minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from cisim import Scenario, load
from cisim.app.content import COUNTY, POST_MONTHS
from cisim.engine import simulate
from cisim.seeds import run_seeds_of

STEP = 0.5
STARTS = (
    (1.5, 1.0, 1.0, 1.5, 1.0, 1.0, 1.5, 1.0, 1.0, 1.5),
    (2.5, 2.0, 1.5, 1.5, 1.0, 1.0, 0.5, 0.5, 0.5, 1.0),
    (0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.5, 1.5, 2.0, 2.5),
)
Posts = tuple[float, ...]


def scenario(posts: Posts) -> Scenario:
    """Put posts of each year into the county."""
    events = [{"month": 12 * year + 1, "set": {"backbone.staff": posts[year]}} for year in range(1, len(posts))]
    return load(COUNTY).replace(**{"backbone.staff": posts[0], "events": events})


@cache
def value(posts: Posts, runs: int = 40, seed: int = 7) -> float:
    """Return mean progress at the end."""
    return float(simulate(scenario(posts), run_seeds_of(seed, runs))[:, -1, 0].mean())


def steps(posts: Posts) -> Iterator[Posts]:
    """Move a step from any year to any other, or leave it away."""
    for year in [year for year, post in enumerate(posts) if post >= STEP]:
        for other in (None, *range(len(posts))):
            changed = list(posts)
            changed[year] -= STEP
            if other is not None:
                changed[other] += STEP
            yield tuple(changed)


def main() -> None:
    """Search from each start, and print what came out."""
    for start in STARTS:
        assert 12 * sum(start) == POST_MONTHS
        posts = start
        while (best := max(steps(posts), key=value)) and value(best) > value(posts):
            posts = best
        print(f"{posts}: {value(posts, 400, 11):.4f}, from {start}: {value(start, 400, 11):.4f}")


if __name__ == "__main__":
    main()
