"""Name the published repository wherever a reader needs it; `python notebooks/publish.py OWNER/NAME`, once it is on GitHub.

Under each notebook's title it puts the badges of Colab and Binder, which open a notebook from GitHub. The notebooks' first
cell then installs cisim from there, where until then it takes the copy around the notebook, and docs/index.md says what to clone.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
GITHUB, COLAB, BINDER = "https://github.com", "https://colab.research.google.com", "https://mybinder.org"
BADGES = re.compile(rf"^\[!\[[^\]]*\]\({COLAB}.*\n+", re.MULTILINE)
INSTALL = re.compile(r'(%pip install -q )".*"')
CLONE = re.compile(r"clone it(?: \(`[^`]*`\))?,")
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
    """Put the badges into the first cell of a notebook, unless it is a solution, and the address into its install cell."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    first, install = notebook["cells"][0], next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    if path.parent.name != "solutions":
        title, _, rest = "".join(first["source"]).partition("\n")
        text = f"{title}\n\n{badges(repository, path.name)}\n\n{BADGES.sub('', rest).lstrip()}"
        first["source"] = text.splitlines(keepends=True)
    source = rf'\1"collective-impact[notebooks] @ git+{GITHUB}/{repository}"'
    install["source"] = INSTALL.sub(source, "".join(install["source"])).splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Name it in all notebooks and on the site's first page."""
    repository = sys.argv[1] if len(sys.argv) == 2 else ""
    if not REPOSITORY.fullmatch(repository):
        sys.exit("call it with the repository, as GitHub names it: python notebooks/publish.py OWNER/NAME")
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        put(path, repository)
    index = ROOT / "docs" / "index.md"
    text = CLONE.sub(f"clone it (`git clone {GITHUB}/{repository}`),", index.read_text(encoding="utf-8"))
    index.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
