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

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        raise InputError(
            f"--port {port}: {reason(error) if isinstance(error, OSError) else 'must be from 0 to 65535'}"
        ) from None
    with server:
        on_ready(f"http://127.0.0.1:{server.server_port}/")
        server.serve_forever()
