"""Put the badges that open a notebook on Colab and on Binder under its title, or renew them.

`python notebooks/badges.py OWNER/NAME` is called once where the repository is published on GitHub, from which both take it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
COLAB = "https://colab.research.google.com"
BINDER = "https://mybinder.org"
BADGES = re.compile(rf"^\[!\[[^\]]*\]\({COLAB}.*\n+", re.MULTILINE)
REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


def badges(repository: str, name: str) -> str:
    """Write the Markdown of both badges of a notebook."""
    colab = f"{COLAB}/github/{repository}/blob/main/notebooks/{name}"
    binder = f"{BINDER}/v2/gh/{repository}/HEAD?labpath=notebooks/{name}"
    return (
        f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({colab}) "
        f"[![Open on Binder]({BINDER}/badge_logo.svg)]({binder})"
    )


def put(path: Path, repository: str) -> None:
    """Put the badges into the first cell of a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first = notebook["cells"][0]
    title, _, rest = "".join(first["source"]).partition("\n")
    text = f"{title}\n\n{badges(repository, path.name)}\n\n{BADGES.sub('', rest).lstrip()}"
    first["source"] = text.splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Put them into all notebooks."""
    repository = sys.argv[1] if len(sys.argv) == 2 else ""
    if not REPOSITORY.fullmatch(repository):
        sys.exit("call it with the repository, as GitHub names it: python notebooks/badges.py OWNER/NAME")
    for path in sorted(HERE.glob("*.ipynb")):
        put(path, repository)


if __name__ == "__main__":
    main()
