"""`cisim app`: the page on which dials are turned, opened in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cisim.cli.options import Overwrite, argument, flag, option, scenario_names
from cisim.cli.terminal import note, progress, say
from cisim.errors import writing

if TYPE_CHECKING:
    from cisim.scenario import Scenario

_FILES = "Scenarios to have inside, names or TOML files, or plan files; the page's own county if there are none."
_OUT = "Write the page there, one file that needs no other: .html. By default a temporary file."
_PORT = "Serve the page on 127.0.0.1 at this port until Ctrl-C, in place of writing a file; 0 takes a free one."


def app_(
    files: Annotated[list[str] | None, argument("[SCENARIO]...", _FILES, scenario_names)] = None,
    out: Annotated[Path | None, option("FILE", _OUT)] = None,
    port: Annotated[int | None, option("N", _PORT)] = None,
    no_browser: Annotated[bool, flag("--no-browser", "Open no browser; say where the page is.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Open the page on which dials are turned: one county alone and together, on the same luck, in your browser."""
    import tempfile
    import webbrowser

    from cisim.app.build import build
    from cisim.app.content import content
    from cisim.app.plans import is_plan_file, of_file
    from cisim.cli.options import load_scenarios
    from cisim.errors import InputError
    from cisim.files import check_file, replace_file

    if out is not None and port is not None:
        raise InputError("--port: serves the page without a file: leave --out away")
    if out is not None:
        check_file(out, (".html",), overwrite)
    names = list(dict.fromkeys(files or ()))
    scenarios: dict[str, Scenario] = {}
    plans: dict[str, list[dict[str, Any]]] = {}
    for name in names:
        if is_plan_file(name):
            shown = of_file(name)
            scenarios |= shown.worlds
            if len(shown.plans) > 1:
                plans[name] = shown.plans
            if shown.left_out:
                note(f"{name}: the page shows four plans side by side; left out: {', '.join(shown.left_out)}")
        else:
            (scenarios[name],) = load_scenarios([name], None)
    with progress("building the page"):
        page = build(content(scenarios, plans=plans))

    def show(address: str) -> None:
        say(f"The page is at {address}")
        if not no_browser:
            webbrowser.open(address)

    if port is not None:
        from cisim.app.serve import serve

        serve(page, port, show)
        return
    path = out or Path(tempfile.mkdtemp(prefix="cisim-")) / "cisim.html"
    with writing(path):
        replace_file(path, lambda opened: opened.write(page.encode()))
    show(path.absolute().as_uri())
