"""The notebooks run from top to bottom, and their text says what their cells show.

They stand outside the test paths, since they need more than the test runner: `uv run --group docs pytest
notebooks`. So they are never skipped, only not asked for.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

HERE = Path(__file__).parent
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
LONGEST_CELL = 15
#: tqdm, which Mesa imports, tells Jupyter without widgets that it can draw no bar; nothing here draws one.
IGNORED = "ignore:IProgress not found"

#: What the text of a notebook says in words, and an expression over its variables that is true if it is so.
#: Whoever changes the model learns which sentences no longer hold.
CLAIMS = {
    "01-first-coalition": {
        "counties with the same plan end far apart": "last.max() > 1.2 * last.min()",
        "the fan widens": "progress[progress.month == 120].progress.std() > "
        "progress[progress.month == 24].progress.std()",
        "there is progress alone": "(table.reference_mean > 0).all()",
        "most of the lead comes after two years": "lead[24] < lead[120] / 2",
        "with other luck, differences spread more": "other.var() > 2 * same.var()",
        "without a backbone there is more work": "backbone.table('work', [120]).low.item() > 0",
        "without a backbone there is less progress": "backbone.table('progress', [120]).high.item() < 0",
        "commitment hardly changes": "abs(backbone.table('commitment', [120]).difference.item()) < 0.03",
        "capacity stays as it was": "(backbone.ensemble('without').measure('capacity') == 1).all()",
        "more is saved than the grants that are lost": "backbone.table(['grants', 'levy', 'overhead'], [120])"
        ".difference.mul([1, -1, -1]).sum() > 0",
        "more effort is lost to duplication": "backbone.table('duplication', [120]).low.item() > 0",
        "the agents give the same numbers": "(model.frame().progress == ensemble.measure('progress')[0, :25])"
        ".all()",
        "trust in the idle one falls while it is a member": "idle.trust[:4].is_monotonic_decreasing "
        "and idle.member[:4].all()",
        "it leaves, and trust drifts back": "not idle.member.loc[5:12].any() "
        "and idle.trust.loc[5:12].is_monotonic_increasing",
        "it joins once more, for a short time": "0 < idle.member.loc[13:24].sum() < 6 "
        "and not idle.member.loc[25:].any()",
        "trust in it rises at that, then falls": "idle.trust.loc[13:24].max() > idle.trust.loc[25:].max()",
        "it never gets where it was when it cared": "(idle.trust.loc[2:] < caring.trust.loc[2:]).all()",
        "no meetings are not best, nor the most": "0 < pd.DataFrame(rows).progress.idxmax() < len(rows) - 1",
    },
}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """One notebook after the other."""
    found: Path = request.param
    return found


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """The cells of one kind, as they stand in the file."""
    return [
        cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind
    ]


def test_there_are_notebooks() -> None:
    """An empty folder would pass all the rest."""
    assert NOTEBOOKS


def test_outputs_are_stripped(path: Path) -> None:
    """A notebook in git holds no results."""
    for cell in cells(path, "code"):
        assert (cell["outputs"], cell["execution_count"], cell["metadata"]) == ([], None, {}), cell["id"]


def test_code_cells_are_short(path: Path) -> None:
    """A student reads a cell at a glance."""
    lengths = {cell["id"]: len(cell["source"]) for cell in cells(path, "code")}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_CELL} == {}


def test_runs_as_its_text_says(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells run without a warning, numbers in the text stand in a cell, and what it says in words is so."""
    monkeypatch.setenv("PYTHONWARNINGS", IGNORED)
    notebook = nbformat.read(path, as_version=4)
    claims = CLAIMS[path.stem]
    assert claims
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            f"import json, sys\nclaims = {claims!r}\n"
            "print(json.dumps([sys.prefix, [what for what, holds in claims.items() if not eval(holds)]]))"
        )
    )
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=folder).execute()
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prefix, broken = json.loads("".join(outputs(ran[-1])))
    assert prefix == sys.prefix, "the kernel is that of another environment"
    assert broken == [], "the text says so, and it is not so"
    given = set(numbers("\n".join(text for cell in ran[:-1] for text in (cell.source, *outputs(cell)))))
    assert [number for number in numbers(prose(path)) if number not in given] == []


def outputs(cell: Any) -> list[str]:
    """What a cell shows, as text; a cell that writes to stderr fails."""
    shown = []
    for output in cell.outputs:
        assert output.get("name") != "stderr", f"{cell.id}: {output.text}"
        shown.append(output.text if output.output_type == "stream" else output.data.get("text/plain", ""))
    return shown


def prose(path: Path) -> str:
    """The text of a notebook up to its references, without headings, numbers of lists, code and addresses."""
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "markdown")).split("## References")[0]
    for what in (r"^#.*$", r"^\d+\. ", r"`[^`]*`", r"\]\([^)]*\)"):
        text = re.sub(what, "", text, flags=re.MULTILINE)
    return text


def numbers(text: str) -> list[str]:
    """All numbers in a text, as they are written."""
    return re.findall(r"\d+(?:\.\d+)?", text)
