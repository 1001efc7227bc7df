"""Tests that pages made when the site is built are complete and true: gallery, commands, Python reference, links."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import cisim
from cisim.scenario import shipped
from docs.markdown_pages import DOCS, ROOT, name_of
from docs.test_examples import CISIM, environment

#: Few, for the tests; the page says how many it has.
RUNS = 4


def script(path: str) -> ModuleType:
    """Load a script of docs/."""
    file = ROOT / "docs" / path
    spec = importlib.util.spec_from_file_location(f"docs_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def section(text: str, heading: str) -> str:
    """Return the text under a heading of the second level."""
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def called(*words: str) -> str:
    """Run cisim; return what it prints."""
    typed = [sys.executable, "-c", CISIM, *words]
    done = subprocess.run(typed, env=environment(), capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


# --- the gallery


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    module: Any = script("gallery.py")
    module.RUNS = RUNS
    loaded: ModuleType = module
    return loaded


@pytest.fixture(scope="module")
def page(gallery: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("gallery")
    return gallery.text(folder, "pictures"), folder


@pytest.mark.pages
def test_every_shipped_scenario_is_in_the_gallery_and_no_other(page: tuple[str, Path]) -> None:
    assert sorted(re.findall(r"^## (.+)$", page[0], re.MULTILINE)) == sorted(shipped())


@pytest.mark.pages
@pytest.mark.parametrize("name", shipped())
def test_an_entry_has_question_picture_numbers_file_and_command(name: str, page: tuple[str, Path]) -> None:
    entry, folder = section(page[0], name), page[1]
    assert re.search(r"^\*\*.+\?\*\*$", entry, re.MULTILINE)
    ((told, picture),) = re.findall(r"!\[(.+)\]\((.+)\)", entry)
    assert (folder / picture).read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert f"{name}: the median goes from" in told
    assert "nine in ten between" in told
    assert [row.split(" ")[1] for row in entry.splitlines() if re.match(r"\| \d", row)] == ["24", "60", "120"]
    assert f"](../scenarios/{name}.toml)" in entry
    assert re.search(rf"^\$ cisim (run|compare) .*{name}.* --runs {RUNS} --seed 1$", entry, re.MULTILINE)


@pytest.mark.pages
@pytest.mark.parametrize("name", ["all-five", "real-coalition", "isolated-impact"])
def test_the_commands_of_an_entry_give_its_numbers(name: str, page: tuple[str, Path]) -> None:
    entry = section(page[0], name)
    told = re.findall(r"^\$ cisim (.+)$", entry, re.MULTILINE)
    means: list[str] = []
    for words in told:
        document = json.loads(called(*words.split(), "--json"))
        if document["command"] == "compare":
            (row,) = (one for one in document["differences"] if one["month"] == 120)
            means += [f"{row[column]:.3f}" for column in ("mean", "reference_mean", "difference")]
        else:
            rows = (one for one in document["summary"] if (one["measure"], one["month"]) == ("progress", 120))
            means += [f"{row['mean']:.3f}" for row in rows]
    (last,) = (row for row in entry.splitlines() if row.startswith("| 120 |"))
    shown = re.findall(r"(\d\.\d+) ±", last)
    assert shown[: len(means)] == means


def test_what_a_scenario_is_compared_with_has_no_coalition(gallery: Any) -> None:
    scenario = gallery.without_coalition(cisim.load("real-coalition"))
    assert not cisim.run(scenario, runs=1, seed=1).measure("members").any()


# --- the reference of commands


@pytest.fixture(scope="module")
def commands() -> str:
    text: str = script("commands.py").text()
    return text


COMMANDS = (
    "demo",
    "app",
    "class",
    "run",
    "compare",
    "scenarios",
    "new",
    "template",
    "import",
    "check",
    "explain",
    "schema",
    "validate",
    "warmup",
    "plan",
    "study",
)
OF_PLANS = ("check", "run", "report", "advise")
OF_STUDIES = ("analyse", "new", "schema", "plan", "run", "status", "results", "verify", "why", "extend", "merge")
NAMES = [*COMMANDS, *(f"plan {name}" for name in OF_PLANS), *(f"study {name}" for name in OF_STUDIES)]


#: What a process prints that asks for the help of many commands.
ASKING = """
import io, json, sys
from contextlib import redirect_stdout, suppress
from cisim.cli.main import main

helps = {}
for words in sys.argv[1:]:
    with redirect_stdout(io.StringIO()) as said, suppress(SystemExit):
        main([*words.split(), "--help"])
    helps[words] = said.getvalue()
print(json.dumps(helps))
"""


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """What `--help` prints, of each command."""
    typed = [sys.executable, "-c", ASKING, "", *NAMES]
    done = subprocess.run(typed, env=environment(), capture_output=True, text=True, encoding="utf-8", check=True)
    told: dict[str, str] = json.loads(done.stdout)
    return told


def test_every_command_is_in_the_reference(commands: str, helps: dict[str, str]) -> None:
    assert _listed(helps[""]) == set(COMMANDS)
    assert _listed(helps["study"]) == set(OF_STUDIES)
    assert _listed(helps["plan"]) == set(OF_PLANS)
    assert [f"`cisim {name}`" for name in NAMES if f"\n## `cisim {name}`\n" not in commands] == []


def _listed(helped: str) -> set[str]:
    """Find the commands that help shows."""
    listed = helped.partition("Commands:")[2].partition("\n\n")[0]
    return set(re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_every_option_and_argument_is_in_the_reference(name: str, commands: str, helps: dict[str, str]) -> None:
    entry, helped = section(commands, f"`cisim {name}`"), helps[name]
    options = set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+)", helped, re.MULTILINE))
    assert "--help" in options
    assert {option for option in options if f"`{option}`" not in entry} == set()
    arguments = re.findall(r"^  (\S.*?)  ", helped.partition("Arguments:")[2].partition("\n\n")[0], re.MULTILINE)
    assert {word for one in arguments for word in re.findall(r"[A-Z]{2,}", one) if word not in entry} == set()


# --- the reference of Python


@pytest.fixture(scope="module")
def api() -> Any:
    return script("api.py")


def test_every_public_name_is_in_the_reference(api: Any) -> None:
    text = "\n".join(api.pages().values())
    directives = set(re.findall(r"^\.\. auto(?:class|function|module):: (\S+)$", text, re.MULTILINE))
    wanted = {f"cisim.{name}" for name in cisim.__all__ if name != "__version__"}
    for module in ("scenario", "coalition", "plot"):
        names = importlib.import_module(f"cisim.{module}").__all__
        wanted |= {f"cisim.{module}.{name}" for name in names if name not in cisim.__all__}
    wanted |= {
        f"cisim.{name}"
        for name in ("engine.simulate", "report.export.write", "dynamics.measures.measures_of", "dynamics.state.State")
    }
    assert wanted - directives == set()


def test_the_reference_names_each_thing_once_and_lists_its_pages(api: Any) -> None:
    text = "\n".join(api.pages().values())
    directives = re.findall(r"^\.\. auto(?:class|function):: (\S+)\.(\S+)$", text, re.MULTILINE)
    things = {id(getattr(importlib.import_module(module), name)) for module, name in directives}
    assert len(things) == len(directives)
    assert all(f"](/_generated/api/{page})" in api.text() for page in api.pages())


# --- links to files of the repository


@pytest.fixture(scope="module")
def links() -> Any:
    return script("_extensions/repository_links.py")


@pytest.mark.parametrize(
    ("text", "link", "leads"),
    [
        ("x", "model.md#limits", "/model.md#limits"),
        ("x", "../CHANGELOG.md", "/_generated/changelog.md"),
        ("x", "../CONTRIBUTING.md#tests", "/_generated/contributing.md#tests"),
        ("x", "../scenarios/crisis.toml", "/_generated/files/scenarios/crisis.toml.md"),
        (
            "`commit`",
            "../src/cisim/dynamics/commitment.py",
            "/_generated/files/src/cisim/dynamics/commitment.py.md#commit",
        ),
        (
            "`cisim.dynamics.state.State`",
            "../src/cisim/dynamics/state.py",
            "/_generated/files/src/cisim/dynamics/state.py.md#state",
        ),
        ("the file", "../src/cisim/dynamics/state.py", "/_generated/files/src/cisim/dynamics/state.py.md"),
        ("x", "../notebooks/01-first-coalition.ipynb", "/_generated/course/01-first-coalition.md"),
        ("01-first-coalition.ipynb", "../notebooks/01-first-coalition.ipynb", "/../notebooks/01-first-coalition.ipynb"),
        ("x", "#install", "#install"),
        ("x", "https://example.org/model.md", "https://example.org/model.md"),
        ("x", "nowhere.md", "nowhere.md"),
    ],
)
def test_links_of_the_repository_lead_to_pages_of_the_site(text: str, link: str, leads: str, links: Any) -> None:
    assert links.target(ROOT / "docs" / "index.md", text, link) == leads


def test_pictures_and_text_stay_as_they_are(links: Any) -> None:
    text = "![alt](figures/demo.png) and [a](model.md), `x[0](1)`."
    assert links.resolved(ROOT / "docs" / "index.md", text) == text.replace("(model.md)", "(/model.md)")


def test_a_page_of_a_file_shows_every_line_of_it_in_order(links: Any) -> None:
    file = ROOT / "src" / "cisim" / "dynamics" / "commitment.py"
    page = links.shown(file)
    blocks = re.findall(
        r"^````\{code-block\} python\n:lineno-start: (\d+)\n\n(.*?)\n````$", page, re.MULTILINE | re.DOTALL
    )
    lines = file.read_text(encoding="utf-8").splitlines()
    shown = {int(first) + at: line for first, text in blocks for at, line in enumerate(text.splitlines())}
    assert [(at, line) for at, line in enumerate(lines, 1) if line.strip() and shown.get(at) != line] == []
    assert "\n## `conviction`\n" in page


def test_every_page_of_the_repository_is_reached_from_the_navigation() -> None:
    conf = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    listed = set(re.findall(r'["<]([\w/-]+)>?"', conf.partition("navigation: ")[2]))
    pages = {name_of(path).removeprefix("docs/").removesuffix(".md") for path in DOCS} - {"index"}
    assert pages - listed == set()
