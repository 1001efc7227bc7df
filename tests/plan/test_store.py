"""What finished worlds are kept under: what decides them, and nothing else."""

from __future__ import annotations

from cisim.dynamics.digest import PACKAGE, sources
from cisim.plan.store import DECIDING


def test_what_decides_worlds_is_in_their_identity_and_words_are_not() -> None:
    named = {path.relative_to(PACKAGE).as_posix() for path in sources(DECIDING)}
    assert all((PACKAGE / name).is_file() for name in named)
    words = {"plan/words.py", "plan/spec.py", "plan/run.py", "plan/answers.py", "plan/costs.py", "report/answers.py"}
    assert not named & words
    imported = {
        line.split()[1]
        for line in (PACKAGE / "plan" / "worlds.py").read_text(encoding="utf-8").splitlines()
        if line.startswith("from cisim.")
    }
    # Of what `worlds` takes from the package: the model's own folders have a digest of their own, and so do scenario and coalition.
    others = {name for name in imported if name.split(".")[1] in {"plan", "plausible", "seeds"}} - {"cisim.plan.spec"}
    assert {name.removeprefix("cisim.").replace(".", "/") + ".py" for name in others} <= named
