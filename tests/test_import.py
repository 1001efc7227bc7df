"""Tests that `import cisim` loads little, and that its public names stay what they are."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import networkx
import pytest

import cisim

HEAVY = ("numpy", "pydantic", "numba", "mesa", "pandas", "matplotlib", "scipy", "pyarrow", "networkx")
ALL = {*HEAVY, "scipy.special", "rich", "jinja2", "SALib", "xlsxwriter"}
#: The heavy modules that a command needs, and no others: the fewest with which it can do what it says.
NEEDED_BY = {
    "--help": (),
    "run --help": ("pydantic",),  # typer's
    "schema": ("pydantic",),
    "new -": ("pydantic",),
    "scenarios": ("pydantic", "rich"),
    "check all-five": ("pydantic", "rich", "numpy"),
    "explain trust": ("pydantic", "rich", "numpy"),
    "explain gap": ("pydantic", "rich", "numpy"),
    "run all-five --runs 2": ("pydantic", "rich", "numpy", "numba", "scipy"),
    "run FILE --runs 2 --json": ("pydantic", "numpy", "numba", "scipy"),
    "compare isolated-impact all-five --runs 2": ("pydantic", "rich", "numpy", "numba", "scipy", "scipy.special"),
}
COMMAND = """
import contextlib, io, sys
from cisim.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({arguments!r})
print(*sys.modules)
"""


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_cisim_loads_nothing_heavy():
    loaded = python("import sys, cisim; dir(cisim); cisim.__version__; print(*sys.modules)").split()
    assert set(loaded) & set(HEAVY) == set()


def test_asking_for_the_error_class_loads_nothing_heavy():
    loaded = python("import sys, cisim; cisim.InputError; cisim.Measure; print(*sys.modules)").split()
    assert set(loaded) & set(HEAVY) == set()


@pytest.mark.parametrize("command", NEEDED_BY)
def test_a_command_loads_no_heavy_module_that_it_does_not_need(command, tmp_path):
    (tmp_path / "scenario.toml").write_text(cisim.Scenario().to_toml(), encoding="utf-8")
    loaded = python(COMMAND.format(arguments=command.replace("FILE", str(tmp_path / "scenario.toml")).split()))
    assert set(loaded.split()) & ALL == set(NEEDED_BY[command])


def test_names_stay_functions_after_their_modules_are_imported():
    code = (
        "import cisim, cisim.comparison, cisim.ensemble, cisim.plot, cisim.scenario, cisim.engine\n"
        "print(cisim.compare.__module__, cisim.run.__module__, callable(cisim.load), cisim.plot.__name__)"
    )
    assert python(code) == "cisim.comparison cisim.ensemble True cisim.plot"


def test_no_module_of_the_package_hides_a_public_name():
    modules = {module.name for module in pkgutil.iter_modules(cisim.__path__)}
    assert modules & set(cisim.__all__) == {"notebook", "plot", "study"}


@pytest.mark.parametrize("name", cisim.__all__)
def test_every_public_name_is_there_and_listed(name):
    assert getattr(cisim, name) is not None
    assert name in dir(cisim)


def test_star_import_gives_the_public_names():
    assert python("from cisim import *; print(run.__name__, compare.__name__)") == "run compare"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'cisim' has no attribute 'comparee'"):
        cisim.comparee  # noqa: B018


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert cisim.__version__ == project["project"]["version"]


def test_no_modules_import_each_other_in_a_circle_not_even_inside_functions():
    graph = grimp.build_graph("cisim", exclude_type_checking_imports=True, cache_dir=None)
    imports = networkx.DiGraph(
        (module, imported) for module in graph.modules for imported in graph.find_modules_directly_imported_by(module)
    )
    assert imports.has_edge("cisim.study.store", "cisim.study.tables"), "an import inside a function counts"
    circles = [sorted(circle) for circle in networkx.strongly_connected_components(imports) if len(circle) > 1]
    assert circles == []


@pytest.mark.parametrize("name", ["estimate", "merge", "run", "summary"])
def test_functions_of_studies_are_not_hidden_by_modules_of_their_name(name):
    importlib.import_module(f"cisim.study.{name}")
    assert callable(getattr(cisim.study, name))
    assert python(f"import cisim, cisim.study.{name}; print(callable(cisim.study.{name}))") == "True"
