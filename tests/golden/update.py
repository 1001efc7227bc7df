"""Renew the golden values and print what moved: `python -m uv run python tests/golden/update.py`.

Refuses to write where a result moved and CHANGELOG.md says nothing new about it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cisim.scenario import shipped
from golden.values import (
    CHANGELOG,
    FILE,
    RULE,
    Golden,
    bits_moved,
    has_new_entry,
    measure,
    moved,
    output_changes,
    read,
    told,
    written,
)


def main() -> int:
    """Measure every shipped scenario and renew the file; exit code 1 if the list of changes has to be written first."""
    old = read(FILE.read_text(encoding="utf-8")) if FILE.exists() else Golden()
    new = measure(shipped())
    new.version, new.known = output_changes(CHANGELOG.read_text(encoding="utf-8"))
    text, may_write = renewed(old, new)
    print(text)
    if may_write:
        FILE.write_text(written(new), encoding="utf-8")
        print(f"written: {FILE.name}")
    return 0 if may_write or text.startswith(NOTHING) else 1


NOTHING = "Nothing moved"


def renewed(old: Golden, new: Golden) -> tuple[str, bool]:
    """Return what there is to print, and whether to write.

    A scenario that comes or goes moves no result.
    """
    known, there = {run.scenario for run in old.bits}, {run.scenario for run in new.bits}
    lines = [f"New: {name}" for name in sorted(there - known)]
    lines += [f"Gone: {name}" for name in sorted(known - there)]
    changes = [change for change in moved(old, new) if change.where.scenario in known & there]
    runs = bits_moved(old, new)
    if changes:
        lines.append(f"Moved: {len(changes)} of {len(new.values)} values, the farthest first.\n{told(changes)}")
    elif runs:
        lines.append("Moved in bits alone, all values agree but for rounding: " + "; ".join(map(str, runs)))
    if changes or runs:
        if has_new_entry(old, new.version, new.known):
            return "\n".join(lines), True
        return "\n".join([*lines, "", "Not written: CHANGELOG.md has no new entry.", RULE]), False
    if lines:
        return "\n".join(lines), True
    if old.arithmetic != new.arithmetic:
        where = f"The file's bits are those of another arithmetic ({old.arithmetic}; here {new.arithmetic})"
        return f"{NOTHING} but for rounding. {where}, and stay.", False
    return f"{NOTHING}.", False


if __name__ == "__main__":
    sys.exit(main())
