"""The page of a database that still grows, served to this machine; it is loaded anew as trials come."""

import json
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from time import monotonic

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.report.html.page import waiting

HOST = "127.0.0.1"
"""Only this machine sees the page."""
PATIENCE = 5.0
INLINE = "'unsafe-inline'"
POLICY = f"default-src 'none'; script-src {INLINE}; style-src {INLINE}; img-src data: blob:; connect-src 'self'"
"""What the page may load: nothing but the number of trials."""


class PageServer(ThreadingHTTPServer):
    """Serves `/`, the page, and `/trials`, the number of trials by which the page sees that it is old.

    `size` returns that number, and `make` the page; both must only read. The page is made when it is asked for and
    there are new trials, and again only after `PATIENCE` times the seconds that took, which leaves the machine to the
    searches. Port 0 is any free one. Raises InvalidFileError for a port that cannot be had.
    """

    daemon_threads = True

    def __init__(self, size: Callable[[], int], make: Callable[[int], str], port: int = 0) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InvalidFileError(f"Port {port} of {HOST} cannot be had ({error}); 0 is any free one.") from None
        self.size, self._make = size, make
        self.patience = PATIENCE
        self._lock, self._made, self._next = Lock(), (-1, ""), 0.0
        self.names = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}/"

    def page(self) -> str:
        """Return the page of the trials there are now."""
        with self._lock:  # two readers wait for one page
            size, start = self.size(), monotonic()
            if self._made[0] != size and start >= self._next:
                self._made = (size, self._make(size))
                self._next = monotonic() + self.patience * (monotonic() - start)
            return self._made[1]


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        """Answer with the page or the number of trials; the names of hosts keep other sites from asking."""
        if self.headers.get("Host") not in self.server.names:
            self.send_error(HTTPStatus.FORBIDDEN)
        elif self.path == "/":
            self._send(self._page(), "text/html")
        elif self.path == "/trials":
            self._send(json.dumps({"trials": self._size()}), "application/json")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _page(self) -> str:
        """Return the page, or one that says what keeps it from being made, such as trials of a second protocol."""
        try:
            return self.server.page()
        except NasbenchPoseError as error:
            return waiting(str(error), self._size())

    def _size(self) -> int:
        """Return the number of trials; -1 if the database cannot be read now."""
        try:
            return self.server.size()
        except NasbenchPoseError:
            return -1

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""

    def _send(self, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        headers = {
            "Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)), "Cache-Control": "no-store",
            "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
        }  # fmt: skip
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):  # a reader may leave before the page has come
            self.wfile.write(body)
