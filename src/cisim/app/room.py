"""A room on the school's network: students hand plans in from the page, and only the teacher's page sees them.

Whoever knows the room's address may hand in one plan at a time; the teacher's address has a key besides, which no student's page holds.
A plan is a name and a link, both texts: the link is checked as any other, and no name is ever more than a text on a page.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from cisim.app.build import build
from cisim.app.classroom import clean, linked
from cisim.app.link import LONGEST
from cisim.app.serve import bound
from cisim.errors import InputError, writing
from cisim.files import replace_file
from cisim.plan.ranking import MOST
from cisim.scenario import Scenario

#: Bytes of one hand-in; seconds between two of one visitor; connections that are answered at once, and seconds that one may take.
LARGEST, PAUSE, CONNECTIONS, PATIENCE = LONGEST + 4000, 1.0, 100, 10
#: Address that stands for all of this machine's own; a room listens there by the teacher's choice alone.
EVERYWHERE = "0.0.0.0"
_COOKIE = "cisim-visitor"


class Refused(Exception):  # noqa: N818 - it is an answer, no error of the program
    """A hand-in is not taken; says why, with the status of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Plan(NamedTuple):
    """A plan that a visitor handed in last."""

    name: str
    link: str


class Room:
    """Plans that visitors hand in, one each; safe to use from many threads.

    Args:
        county: whom all plan for.
        world: its name, as links have it.
        keep: a text file that always holds all plans, a name and a link a line, for `cisim class`.
    """

    def __init__(self, county: Scenario, world: str, keep: Path | None = None) -> None:
        self.county, self.world, self.keep = county, world, keep
        self._plans: dict[str, Plan] = {}
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def plans(self) -> list[Plan]:
        """All plans, in the order in which their visitors came."""
        with self._lock:
            return list(self._plans.values())

    def hand_in(self, visitor: str | None, name: object, link: object) -> str:
        """Take a visitor's plan in the place of an earlier one.

        Args:
            visitor: who it was before, if anybody.
            name: what they call themselves.
            link: of the page.

        Returns:
            Who it is from now on.

        Raises:
            Refused: there is no name, the link is none of this county, the room is full, or it was less than a second ago.
        """
        known = clean(name) if isinstance(name, str) else ""
        if not known:
            raise Refused(400, "Say a name for your plan.")
        with self._lock:
            who = visitor if visitor in self._last else None
            if who is None and len(self._last) >= MOST:
                raise Refused(503, f"The room is full: it has {MOST} visitors.")
            now = time.monotonic()
            if who is not None and now - self._last[who] < PAUSE:
                raise Refused(429, "One moment: a plan may be handed in once a second.")
            who = who or secrets.token_urlsafe(16)
            self._last[who] = now
        try:
            if not isinstance(link, str):
                raise InputError("the link: is missing")
            linked(link, self.county, self.world)
        except InputError as error:
            raise Refused(400, error.problems[0]) from None
        with self._lock:
            self._plans[who] = Plan(known, link[link.index("#s=") :].strip())
            if self.keep is not None:
                self._write(self.keep)
        return who

    def _write(self, file: Path) -> None:
        text = "".join(f"{plan.name}: {plan.link}\n" for plan in self._plans.values())
        with writing(file):
            replace_file(file, lambda opened: opened.write(text.encode()))


class _Server(ThreadingHTTPServer):
    """Answers so many at once, and lets a whole class wait."""

    request_queue_size = CONNECTIONS
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a thread for a connection once one is free."""
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of visitors who went away."""


def serve_room(room: Room, data: dict[str, Any], host: str, port: int, on_ready: Callable[[str, str], None]) -> None:
    """Serve a room until Ctrl-C.

    Args:
        room: the room.
        data: what the page knows, from `cisim.app.content.content`.
        host: address of this machine to listen at: 127.0.0.1 for this machine alone, 0.0.0.0 for all its networks.
        port: 0 takes one that is free.
        on_ready: called with the students' address and the teacher's once the room answers.

    Raises:
        InputError: the port is taken, or this machine has no such address.
    """
    code, key = secrets.token_hex(3), secrets.token_urlsafe(24)
    of_students, of_teacher = f"/{code}", f"/{code}/{key}"
    pages = {
        of_students: build({**data, "room": {"hand_in": f"{of_students}/plan"}}).encode(),
        of_teacher: build({**data, "room": {"plans": f"{of_teacher}/plans"}}).encode(),
    }

    class Handler(BaseHTTPRequestHandler):
        """Answers with the two pages, takes plans, and gives them to the teacher."""

        timeout = PATIENCE

        def do_GET(self) -> None:
            """Send a page, or the plans to whom has the key."""
            path = self.path.split("?")[0].rstrip("/")
            if path in pages:
                self._send(200, pages[path], "text/html; charset=utf-8")
            elif path == f"{of_teacher}/plans":
                self._say(200, plans=[plan._asdict() for plan in room.plans])
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            """Take a plan."""
            if self.path != f"{of_students}/plan":
                self.send_error(404)
                return
            try:
                who = room.hand_in(self._visitor(), *self._handed_in())
            except Refused as refused:
                self.close_connection = True
                self._say(refused.status, problem=str(refused))
                return
            except InputError as error:
                self._say(500, problem=error.problems[0])
                return
            cookie = f"{_COOKIE}={who}; Path={of_students}; HttpOnly; SameSite=Strict"
            self._say(200, cookie, said="Handed in. You may hand in again: the last one counts.")

        def _handed_in(self) -> tuple[object, object]:
            origin = self.headers.get("Origin")
            if origin is not None and origin != f"http://{self.headers.get('Host')}":
                raise Refused(403, "Hand in from the room's own page.")
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit()):
                raise Refused(411, "The plan has no length.")
            if len(length) > 9 or int(length) > LARGEST:
                raise Refused(413, "That is more than a plan.")
            try:
                given = json.loads(self.rfile.read(int(length)))
            except (ValueError, RecursionError):
                given = None
            if not isinstance(given, dict):
                raise Refused(400, "That is no plan.")
            return given.get("name"), given.get("link")

        def _visitor(self) -> str | None:
            try:
                morsel = SimpleCookie(self.headers.get("Cookie", "")).get(_COOKIE)
            except CookieError:
                return None
            return None if morsel is None else morsel.value

        def _say(self, status: int, cookie: str | None = None, **content: Any) -> None:
            self._send(status, json.dumps(content).encode(), "application/json", cookie)

        def _send(self, status: int, content: bytes, kind: str, cookie: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    with bound(_Server, host, port, Handler) as server:
        at = server.server_port
        own = "127.0.0.1" if host == EVERYWHERE else host
        on_ready(f"http://{_address(host)}:{at}{of_students}", f"http://{own}:{at}{of_teacher}")
        server.serve_forever()


def _address(host: str) -> str:
    """Find the address by which others reach this machine, where it listens at all of its own."""
    if host != EVERYWHERE:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation: nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
