"""Serve the pages of a walk to the browser of this machine, and to nobody else.

Only 127.0.0.1 is listened to; the address holds a token that nobody can guess; a request that names another host is
refused, which a page of elsewhere in the same browser would do. Nothing but GET, and nothing is kept between requests.
"""

from __future__ import annotations

import contextlib
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from checker.errors import EvacheckError
from counterexamples.explorer.offers import address, found_nothing, read_way, walk_page
from counterexamples.explorer.walk import Walk, Way

HOST = "127.0.0.1"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Explorer(HTTPServer):
    """A walk through one program at an address of this machine. `first` is the way that its front page shows."""

    def __init__(self, walk: Walk, first: Way, port: int = 0) -> None:
        """Raises OSError if the port is taken."""
        super().__init__((HOST, port), _Handler)
        self.walk, self.first = walk, first
        self._token = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """Where the front page is."""
        return f"http://{HOST}:{self.server_port}/{self._token}/"

    def answer(self, host: str, target: str) -> tuple[HTTPStatus, str]:
        """The status and page for a request, or where it leads for a status of 303."""
        split = urlsplit(target)
        if host not in (f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"):
            return HTTPStatus.FORBIDDEN, "This address is for the browser of this machine."
        if not secrets.compare_digest(split.path.encode(), f"/{self._token}/".encode()):
            return HTTPStatus.NOT_FOUND, "There is nothing here: use the address that evacheck printed."
        asked = {name: values[0] for name, values in parse_qs(split.query, keep_blank_values=True).items()}
        try:
            return self._walked(asked)
        except LookupError:
            return HTTPStatus.NOT_FOUND, "The model has no such behaviour: it may have been changed. Start again."
        except EvacheckError as error:
            return HTTPStatus.INTERNAL_SERVER_ERROR, str(error)

    def _walked(self, asked: dict[str, str]) -> tuple[HTTPStatus, str]:
        way = read_way(asked["way"]) if "way" in asked else self.first
        goal, said = asked.get("to"), ""
        if goal is not None:
            sought = self.walk.nearest(way, goal)
            if sought.way is not None:
                return HTTPStatus.SEE_OTHER, address(sought.way)
            said = found_nothing(goal, sought)
        return HTTPStatus.OK, walk_page(self.walk, self.walk.at(way), said)


class _Handler(BaseHTTPRequestHandler):
    server: Explorer

    def do_GET(self) -> None:
        status, content = self.server.answer(self.headers.get("Host", ""), self.path)
        body = content.encode()
        self.send_response(status)
        if status is HTTPStatus.SEE_OTHER:
            self.send_header("Location", content)
            body = b""
        kind = "text/html" if status is HTTPStatus.OK else "text/plain"
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        with contextlib.suppress(ConnectionError):  # who asked has gone on to another page
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
