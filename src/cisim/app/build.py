"""The page as one file: model, data and code inside, so that it opens from disk and asks nothing of any network."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import quote

#: Modules of the page, each known to the others as "#" and its name; the worker's text runs in Workers.
MODULES = (
    "words", "numbers", "state", "worlds", "axes", "network", "chart", "dials", "sentences", "pool", "worker", "model", "stage", "results",
    "take", "doubt", "grant", "hand", "bet", "plans", "identity", "partners", "class", "paint", "spend", "main",
)  # fmt: skip
#: Signs of code that may stand in an address as they are, within JSON within HTML.
_PLAIN = " !$'()*+,-./:;=?@[]^_`{|}~"
_PLACE = re.compile(r"/\* (\w+) \*/")


def build(data: Mapping[str, Any]) -> str:
    """Build the page.

    Args:
        data: what the page knows, from `cisim.app.content.content`.

    Returns:
        A document of HTML that needs no other file.
    """
    folder = files("cisim.app") / "page"
    modules = {f"#{name}": _address(folder / f"{name}.js") for name in MODULES}
    # The world that is shown first is there at once, the others, which are much alike, are packed.
    first = data["county"]
    others = {name: world for name, world in data["worlds"].items() if name != first}
    parts = {
        "style": (folder / "style.css").read_text(encoding="utf-8"),
        "data": _for_script({**data, "worlds": {first: data["worlds"][first]}}),
        "worlds": _packed(_json(others).encode()),
        "wasm": _packed((folder / "model.wasm").read_bytes()),
        "importmap": json.dumps({"imports": modules}),
        # A page asks nothing of any network; that of a room asks its room alone.
        "connect": " 'self'" if "room" in data else "",
    }
    template = (folder / "page.html").read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: parts[place[1]], template)


def _address(module: Traversable) -> str:
    return "data:text/javascript," + quote(module.read_text(encoding="utf-8"), safe=_PLAIN)


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _for_script(content: Any) -> str:
    """Write JSON that no parser of HTML mistakes for the end of the script that holds it, whatever a name contains."""
    text = _json(content)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
