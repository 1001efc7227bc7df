"""Every line that installs or starts something, as the pages have it, in a fresh environment; and what is built from the sources.

`python -m uv run --group docs --group fresh pytest -n 0 fresh`; it stands outside the test paths since it needs the package index.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Shell = Callable[..., subprocess.CompletedProcess[str]]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "notebooks" / "README.md"]
PAGES += [path for path in (ROOT / "docs").rglob("*.md") if "_generated" not in path.parts]
UV = "python -m pip install -q uv && "
DEMO, TESTS = UV + "python -m uv run cisim demo", UV + "python -m uv run pytest"
LAB = "python -m uv run --group lab jupyter lab notebooks"
EXTRA = "python -m uv sync --inexact --extra "
#: Lines that install something, by the page; those that only start what is installed are examples of the pages.
LINES = {DEMO, TESTS, UV + LAB, LAB, EXTRA + "advice", EXTRA + "distributed", EXTRA + "notebooks"}
NOTEBOOKS = [
    ROOT / "notebooks" / "01-first-coalition.ipynb",
    ROOT / "notebooks" / "solutions" / "01-first-coalition.ipynb",
]


def install_cell(path: Path) -> str:
    """Return the first code cell of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))


def test_every_line_that_installs_is_tried() -> None:
    said = [path.read_text(encoding="utf-8") for path in [*PAGES, *(ROOT / "src").rglob("*.py")]]
    pattern = r"(?:python -m )?pip install [^`\n]+|(?:python -m )?uv (?:sync|pip|add|tool|run --(?:group lab|extra|with))\b[^`\n,]*"
    found = {line for text in said for line in re.findall(rf"(?:{pattern})(?:&& [^`\n]+)?", text)}
    assert found <= LINES
    assert {DEMO, TESTS, LAB} <= found
    assert TESTS in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_first_line_shows_a_result(shell: Shell) -> None:
    assert "What do the five conditions of collective impact add?" in shell(DEMO).stdout


@pytest.mark.parametrize(
    ("extra", "module"), [("advice", "optuna"), ("distributed", "distributed"), ("notebooks", "ipywidgets")]
)
def test_an_extra_is_installed_beside_what_is_there(extra: str, module: str, shell: Shell, tmp_path: Path) -> None:
    place = {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "environment"), "UV_NO_DEV": "1"}
    shell(EXTRA + extra, **place)
    shell(f"python -m uv run --no-sync python -c 'import cisim, {module}'", **place)


@pytest.fixture(scope="module")
def students_python(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment as a notebook has it before its first cell."""
    own = tmp_path_factory.mktemp("own")
    python = own / "bin" / "python"
    shell(f"python -m uv venv -q --clear --seed {own} && python -m uv pip install -q -p {python} ipython")
    return python


@pytest.mark.parametrize("path", NOTEBOOKS, ids=["notebook", "solution"])
def test_a_notebook_installs_cisim_from_the_copy_around_it(
    path: Path, copy: Path, shell: Shell, students_python: Path, tmp_path: Path
) -> None:
    python, cell = students_python, tmp_path / "cell.ipy"
    shell(f"{python} -m pip uninstall -q -y collective-impact")
    cell.write_text(install_cell(path), encoding="utf-8")
    folder = (copy / path.relative_to(ROOT)).parent
    shell(f"{python} -m IPython {cell} && {python} -c 'import cisim; print(cisim.load(\"all-five\"))'", folder)
    assert "collective-impact" in shell(f"{python} -m pip list", tmp_path).stdout


@pytest.mark.parametrize("built", ["wheel", "sdist"])
def test_what_is_built_works_in_an_empty_environment(built: str, shell: Shell, tmp_path: Path) -> None:
    shell(f"python -m uv build -q --{built} -o {tmp_path}")
    (package,) = (path for path in tmp_path.iterdir() if path.suffix in {".whl", ".gz"})
    assert package.name.startswith("collective_impact-")
    python = tmp_path / "empty" / "bin" / "python"
    shell(f"python -m uv venv -q {tmp_path / 'empty'} && python -m uv pip install -q -p {python} {package}")
    cisim = python.with_name("cisim")
    assert "all-five" in shell(f"{cisim} scenarios", tmp_path).stdout
    if built == "wheel":  # it compiles the model; the other one's code is the same
        shell(f"{cisim} run all-five --runs 2 --set scenario.months=6 --out results", tmp_path)
        assert (tmp_path / "results" / "manifest.json").exists()


def test_another_package_of_that_name_is_refused_and_not_run(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "cisim").mkdir()
    (tmp_path / "cisim" / "__init__.py").write_text("open('ran', 'w')\n")
    cell = re.sub(r"%pip install.*", "pass", install_cell(NOTEBOOKS[0]))
    (tmp_path / "cell.py").write_text(cell)
    done = shell(f"{sys.executable} cell.py", tmp_path, check=False)
    assert "this is another package called cisim" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_all_notebooks_install_the_same() -> None:
    paths = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")) + sorted(
        (ROOT / "notebooks" / "solutions").glob("*.ipynb")
    )
    assert len({install_cell(path).replace("../..", "..") for path in paths}) == 1
    assert len(paths) == 22
