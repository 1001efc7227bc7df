"""The page served on this machine alone: one document, whatever is asked for."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cisim.errors import InputError, reason

#: Names by which this machine calls itself. A page elsewhere that points a name of its own here is refused.
LOCAL = ("127.0.0.1", "localhost")


def serve(page: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve the page on 127.0.0.1 until Ctrl-C.

    Args:
        page: the document.
        port: 0 takes one that is free.
        on_ready: called with the address once it answers.

    Raises:
        InputError: the port is taken, or may not be used.
    """
    content = page.encode()

    class Handler(BaseHTTPRequestHandler):
        """Answers with the page."""

        def do_GET(self) -> None:
            """Send the page, and nothing for any other path."""
            host = self.headers.get("Host", "").rsplit(":", 1)[0]
            if self.path.split("?")[0] != "/" or host not in LOCAL:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request."""

    with bound(ThreadingHTTPServer, LOCAL[0], port, Handler) as server:
        on_ready(f"http://127.0.0.1:{server.server_port}/")
        server.serve_forever()


def bound(
    kind: type[ThreadingHTTPServer], host: str, port: int, handler: type[BaseHTTPRequestHandler]
) -> ThreadingHTTPServer:
    """Open a server at an address of this machine.

    Raises:
        InputError: the port is taken, or may not be used, or this machine has no such address.
    """
    try:
        return kind((host, port), handler)
    except OverflowError:
        raise InputError(f"--port {port}: must be from 0 to 65535") from None
    except OSError as error:
        where = f"--port {port}" if host in LOCAL else f"--host {host} --port {port}"
        raise InputError(f"{where}: {reason(error)}") from None
