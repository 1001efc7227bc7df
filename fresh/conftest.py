"""A copy of the project as a stranger has it, a shell in it that knows nothing of this environment, and the browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser import FLAGS

ROOT = Path(__file__).parents[1]
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def outside() -> dict[str, str]:
    """Return the environment without this virtual one: `python` is the machine's."""
    own_names = {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON", "UV_RUN_RECURSION_DEPTH"}
    environment = {name: value for name, value in os.environ.items() if name not in own_names}
    own = os.environ.get("VIRTUAL_ENV", str(ROOT / ".venv"))
    places = [place for place in os.environ["PATH"].split(os.pathsep) if not place.startswith(own)]
    return environment | {"PATH": os.pathsep.join(places)}


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what git keeps, with what is changed and not committed yet."""
    folder = tmp_path_factory.mktemp("copy") / "cisim"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def shell(copy: Path, outside: dict[str, str]) -> Shell:
    """Run a line as a page has it: in the copy, or in another folder."""

    def run(line: str, folder: Path = copy, *, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=outside | more, capture_output=True, text=True, timeout=600
        )
        assert not check or done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done

    return run


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Find Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("there is no Chromium: on Debian, `apt-get update && apt-get install -y chromium`")
    return found


@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield started
        started.close()
