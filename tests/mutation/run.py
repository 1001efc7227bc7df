"""Judge all mutants, two at a time: `python -m uv run python tests/mutation/run.py`.

Goes on where it was stopped, as long as the sources are the same. Exit code 1 if more than one mutant survives, 2 if the unmutated copy
does not pass.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mutation.judging import CAUGHT, CONTROL, Verdict, judge, snapshot, sources_hash
from mutation.mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
VERDICTS = Path(__file__).parent / "verdicts.json"
RESULTS = Path(__file__).parent / "RESULTS.md"
COMMAND = "python -m uv run python tests/mutation/run.py"
ALLOWED_SURVIVORS = 1

Judge = Callable[[Path, Mutant, Sequence[str]], Verdict]


class Kept:
    """Verdicts kept in a file, by all that they depend on."""

    def __init__(self, path: Path, sources: str, cases: Sequence[str]) -> None:
        self.path = path
        self.depends = f"{sources} {sorted(cases)}"
        self.held: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def key(self, mutant: Mutant) -> str:
        return hashlib.blake2b(f"{self.depends} {tuple(mutant)}".encode(), digest_size=12).hexdigest()

    def get(self, mutant: Mutant) -> Verdict | None:
        """Look up the verdict on a mutant on these sources."""
        found = self.held.get(self.key(mutant))
        return Verdict(found["how"], tuple(found["by"]), found["after"]) if found else None  # type: ignore[arg-type]

    def put(self, mutant: Mutant, verdict: Verdict) -> None:
        """Store a verdict; a reader sees the old file or the new one, whenever this is stopped."""
        self.held[self.key(mutant)] = {"mutant": mutant.name, **verdict._asdict()}
        scratch = self.path.with_suffix(".part")
        scratch.write_text(json.dumps(self.held, indent=1) + "\n", encoding="utf-8")
        scratch.replace(self.path)


def judge_all(
    project: Path, mutants: Sequence[Mutant], kept: Kept, cases: Sequence[str], jobs: int, judged: Judge
) -> dict[str, Verdict]:
    """Judge each mutant, in order; those that are known are not judged again."""
    verdicts = {mutant.name: verdict for mutant in mutants if (verdict := kept.get(mutant))}
    left = [mutant for mutant in mutants if mutant.name not in verdicts]
    pool = ThreadPoolExecutor(jobs)
    try:
        waiting = {pool.submit(judged, project, mutant, cases): mutant for mutant in left}
        for future in as_completed(waiting):
            mutant, verdict = waiting[future], future.result()
            kept.put(mutant, verdict)
            verdicts[mutant.name] = verdict
            print(f"[{len(verdicts)}/{len(mutants)}] {mutant.name}: {verdict}", flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    return {mutant.name: verdicts[mutant.name] for mutant in mutants}


def table(mutants: Sequence[Mutant], verdicts: Mapping[str, Verdict]) -> list[str]:
    """Write a row for each mutant, in Markdown."""
    rows = [(one.name, one.file, one.breaks, str(verdicts[one.name])) for one in mutants]
    return [f"| {' | '.join(row)} |" for row in (("mutant", "in", "what it breaks", "caught by"), ("---",) * 4, *rows)]


def counted(verdicts: Mapping[str, Verdict]) -> str:
    """Count how many were caught, and by what."""
    counts = Counter(verdict.how for verdict in verdicts.values())
    caught = ", ".join(f"{counts[how]} by {WORDS[how]}" for how in CAUGHT if counts[how])
    return f"{len(verdicts)} mutants: {caught or 'none caught'}; {counts['survived']} survived."


WORDS = {"docking": "docking cases", "property": "properties", "crash": "a crash", "timeout": "a time limit"}


def page(mutants: Sequence[Mutant], verdicts: Mapping[str, Verdict], sources: str) -> str:
    """Write what the last complete run found."""
    return "\n".join(
        [
            "# What the last complete run of the mutants found",
            "",
            f"Written by `{COMMAND}`; never edit.",
            f"Sources: `{sources}`, a hash of the package and of the tests of properties.",
            "",
            counted(verdicts),
            "The docking cases ran in quick mode; of those that failed the first are named.",
            "Only what they did not catch was given to the properties, of which the first that failed is named.",
            "",
            *table(mutants, verdicts),
            "",
        ]
    )


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Judge the mutants of the model's stages.")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="judge this mutant; may be repeated"
    )
    parser.add_argument(
        "--case", action="append", default=[], metavar="NAME", help="run this docking case; default: all"
    )
    parser.add_argument("--again", action="store_true", help="forget what is known of these mutants")
    options = parser.parse_args(given)
    unknown = set(options.only) - {mutant.name for mutant in MUTANTS}
    if unknown:
        parser.error(f"no mutant is called {', '.join(sorted(unknown))}")
    return options


def main(
    given: Sequence[str] | None = None,
    *,
    root: Path = ROOT,
    verdicts_file: Path = VERDICTS,
    results: Path = RESULTS,
    judged: Judge = judge,
) -> int:
    """Judge, print, and write `RESULTS.md` if all mutants met all cases."""
    options = arguments(given)
    mutants = [mutant for mutant in MUTANTS if not options.only or mutant.name in options.only]
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        project = snapshot(root, Path(name))
        sources = sources_hash(project)
        kept = Kept(verdicts_file, sources, options.case)
        if options.again:
            kept.held = {}
        control = judge_all(project, [CONTROL], kept, options.case, 1, judged)["control"]
        if control.how != "survived":
            print(f"The unmutated copy does not pass, so that nothing can be judged. {control}")
            return 2
        verdicts = judge_all(project, mutants, kept, options.case, options.jobs, judged)
    print("\n".join(["", *table(mutants, verdicts), "", counted(verdicts)]))
    if not options.only and not options.case:
        results.write_text(page(mutants, verdicts, sources), encoding="utf-8")
        print(f"written: {results.name}")
    survivors = [name for name, verdict in verdicts.items() if verdict.how == "survived"]
    return 1 if len(survivors) > ALLOWED_SURVIVORS else 0


if __name__ == "__main__":
    sys.exit(main())
