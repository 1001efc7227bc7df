"""`cisim app`: the page on which dials are turned, opened in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cisim.cli.options import Overwrite, argument, flag, option, scenario_names
from cisim.cli.terminal import progress, say
from cisim.errors import writing

_FILES = "Scenarios to have inside, names or TOML files; the page's own county if there are none."
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
    from cisim.cli.options import load_scenarios
    from cisim.errors import InputError
    from cisim.files import check_file, replace_file

    if out is not None and port is not None:
        raise InputError("--port: serves the page without a file: leave --out away")
    if out is not None:
        check_file(out, (".html",), overwrite)
    names = list(dict.fromkeys(files or ()))
    scenarios = dict(zip(names, load_scenarios(names, None), strict=True)) if names else {}
    with progress("building the page"):
        page = build(content(scenarios))

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
