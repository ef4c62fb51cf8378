"""A small HTTP server for pages of this machine: routes in a table, and an end to how much anybody may ask of it.

A page from elsewhere must not press buttons or read the screen: the Host header has to be ours (DNS rebinding), a POST needs our
Origin, a JSON body and a header that no plain form can send, and pages load nothing from other places (Content-Security-Policy).
How much and how long anybody may talk to us is bounded by the constants below. A connection has a thread of its own, and nothing
that a browser does, or stops doing, holds up whoever shows something on a `Screen`.
"""

import contextlib
import http.client
import io
import logging
import select
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.message import Message
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from terminal.errors import PortError
from terminal.web.bounded import BoundedReader
from terminal.web.pace import Pace
from terminal.web.screen import Screen

log = logging.getLogger(__name__)

CONNECTIONS = 16
"""Connections at once; a further one is told to come back."""
STREAMS = 8
"""Of these, browsers that follow a screen."""
REQUEST_BYTES = 16 * 1024
"""A whole request: line, headers and body."""
REQUEST_S = 5.0
"""The time in which a request must have arrived, however slowly its bytes come."""
WRITE_S = 10.0
"""A browser that takes nothing for this long is dropped."""
BEAT_S = 15.0
"""A stream says something at least this often, so that the page knows an old picture from a quiet terminal."""
BUGS_AT_ONCE, BUGS_PER_S = 5, 1 / 60
"""How often the log tells of a bug of ours: whoever finds one may ask again and again."""
STOP_POLL_S = 0.2
"""How often the server looks whether it should stop."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-src {frames}; frame-ancestors {framed_by}"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
"""Of the files of our pages."""
JSON, PLAIN, STREAM = "application/json", "text/plain; charset=utf-8", "text/event-stream; charset=utf-8"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Who(Enum):
    """Who may ask for something."""

    ANYBODY = "anybody"
    """Any page or program of this machine: what it gets is no secret."""
    OUR_PAGE = "our page"
    """Only a page of ours can send our mark; a POST must also come from our origin and be JSON."""
    MACHINE = "machine"
    """No page at all: what it sends proves by itself that it is genuine."""


class Request(NamedTuple):
    """What was asked; `body` is no longer than the route allows."""

    path: str
    query: str
    headers: Message
    body: bytes


def cookie(request: Request, name: str) -> str:
    """The value of a cookie; "" when it is not there exactly once, or in a second header, which no browser sends."""
    headers = request.headers.get_all("Cookie", [])
    if len(headers) != 1:
        return ""
    pairs = [part.strip().partition("=") for part in str(headers[0]).split(";")]
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else ""


class Response(NamedTuple):
    """What is answered; an empty body: the status in plain words."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = {}


class Route(NamedTuple):
    """What is served at a path. `answer` runs in the connection's thread."""

    method: str
    path: str
    answer: Callable[[Request], Response]
    who: Who = Who.ANYBODY
    body_bytes: int = 0


class Stream(NamedTuple):
    """A screen that can be followed at a path, as server-sent events, as long as `allowed` says so."""

    path: str
    screen: Screen
    allowed: Callable[[Request], bool] = lambda request: True


def file(path: str, content_type: str, content: bytes) -> Route:
    """A file that never changes while the server runs."""
    return Route("GET", path, lambda request: Response(HTTPStatus.OK, content, content_type))


def folder(path: Path) -> Iterator[Route]:
    """The files of a folder, each by its name."""
    for each in sorted(path.iterdir()):
        if each.suffix in TYPES:
            yield file(f"/{each.name}", TYPES[each.suffix], each.read_bytes())


class HttpServer:
    """Serves routes and streams on `listen` ("host:port"). Raises `PortError` where the address is taken.

    `framed_by`: the one origin whose pages may show ours in a frame; `frames`: the one origin that our pages may show in one.
    With `tls` it speaks HTTPS. `names`: further names and addresses of this machine under which it may be asked.
    """

    def __init__(
        self,
        listen: str,
        routes: Iterable[Route],
        streams: Iterable[Stream] = (),
        *,
        framed_by: str = "",
        frames: str = "",
        tls: ssl.SSLContext | None = None,
        names: Iterable[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        host, _, port = listen.rpartition(":")
        policy = POLICY.format(framed_by=framed_by or "'none'", frames=frames or "'none'")
        self._screens = [stream.screen for stream in streams]
        try:
            self._server = _Server(host.strip("[]"), int(port), routes, streams, policy, tls, names, monotonic)
        except OSError as why:
            raise PortError(f"web page at {listen}: {why.strerror or why}") from why
        self._thread = threading.Thread(target=self._server.serve_forever, args=(STOP_POLL_S,), name="web", daemon=True)

    @property
    def port(self) -> int:
        """The port that is really in use (`listen` may say 0)."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answers from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends all streams and frees the port."""
        for screen in self._screens:
            screen.close()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """One thread a connection, and no more than `CONNECTIONS` of them."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    """Who comes in a burst waits in the kernel; at the default of 5 the rest would try again only after a second."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: Iterable[Route],
        streams: Iterable[Stream],
        policy: str,
        tls: ssl.SSLContext | None,
        names: Iterable[str],
        monotonic: Callable[[], float],
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.monotonic = monotonic
        self.tls = tls
        self.headers = HEADERS | {"Content-Security-Policy": policy}
        self.routes = {(route.method, route.path): route for route in routes}
        self.streams = {stream.path: stream for stream in streams}
        self.followers = threading.BoundedSemaphore(STREAMS)
        self._bugs = Pace(monotonic, BUGS_AT_ONCE, BUGS_PER_S)
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__((host, port), _Handler)
        known = {
            f"[{name.lower()}]" if ":" in name else name.lower()
            for name in (host, "127.0.0.1", "localhost", "::1", *names)
        }
        bound = self.server_address[1]
        self.hosts = {f"{name}:{bound}" for name in known} | (known if bound == (443 if tls else 80) else set())

    def server_bind(self) -> None:
        """Binds as a plain TCP server: HTTPServer would ask the DNS for our name, which may take a minute."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Gives the connection a thread, or sends it away."""
        if not self._places.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.setblocking(False)
                request.send(BUSY)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handles the connection and gives its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speaks TLS first, in the connection's own thread, for no longer than a request may take."""
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(REQUEST_S)
        try:
            secured = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            log.debug("a connection did not speak TLS")
            return
        with secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bug in a handler ends that connection, not the server."""
        if self._bugs.allows():
            log.exception("a request to the web page failed")


class _Handler(BaseHTTPRequestHandler):
    """One request of one connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    # what the base class sets when it has parsed a request, for answers before that
    default_request_version = request_version = "HTTP/1.1"
    requestline = command = ""

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(BoundedReader(self.connection, REQUEST_BYTES, REQUEST_S, self.server.monotonic))

    def handle(self) -> None:
        try:
            self.handle_one_request()
        except http.client.LineTooLong:
            with contextlib.suppress(OSError):
                self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        except OSError:
            log.debug("a browser went away")

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        stream = self.server.streams.get(path)
        if stream is None or not self._host_is_ours():
            self._serve("GET", path, query)
        elif not stream.allowed(Request(path, query, self.headers, b"")):
            self.send_error(HTTPStatus.FORBIDDEN)
        else:
            self._follow_or_refuse(stream, Request(path, query, self.headers, b""))

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        self._serve("POST", path, query)

    def _serve(self, method: str, path: str, query: str) -> None:
        response = self._respond(method, path, query)
        if response.body:
            self._answer(response)
        else:
            self.send_error(response.status, headers=response.headers)

    def _respond(self, method: str, path: str, query: str) -> Response:
        route = self.server.routes.get((method, path))
        if not self._host_is_ours():
            return Response(HTTPStatus.MISDIRECTED_REQUEST)
        if route is None:
            return Response(HTTPStatus.NOT_FOUND)
        if route.who is Who.OUR_PAGE and not self._comes_from_our_page(method):
            return Response(HTTPStatus.FORBIDDEN)
        if method == "GET":
            return route.answer(Request(path, query, self.headers, b""))
        if route.who is Who.OUR_PAGE and self.headers.get_content_type() != JSON:
            return Response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        status, length = self._length(route.body_bytes)
        if length is None:
            return Response(status)
        return route.answer(Request(path, query, self.headers, self.rfile.read(length)))

    def _length(self, most: int) -> tuple[HTTPStatus, int | None]:
        """How long the body is, None and the reason when that is not said or too much."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            return HTTPStatus.LENGTH_REQUIRED, None
        if len(length) > 4 or int(length) > most:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, None
        return HTTPStatus.OK, int(length)

    def _host_is_ours(self) -> bool:
        hosts = self.headers.get_all("Host", [])
        return len(hosts) == 1 and hosts[0].lower() in self.server.hosts

    def _comes_from_our_page(self, method: str) -> bool:
        """A page from elsewhere can not send our mark without asking first; a GET has no Origin."""
        origin = f"{'https' if self.server.tls else 'http'}://{self.headers['Host']}".lower()
        ours = method == "GET" or self.headers.get("Origin", "").lower() == origin
        return ours and self.headers.get("X-Fee-Terminal") == "1"

    def _follow_or_refuse(self, stream: Stream, request: Request) -> None:
        if not self.server.followers.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._head(HTTPStatus.OK, {"Content-Type": STREAM})
            self.wfile.write(b"retry: 1000\n\n")
            self._follow(stream, request)
        finally:
            self.server.followers.release()

    def _follow(self, stream: Stream, request: Request) -> None:
        """Server-sent events: each new view, and a beat when nothing is new."""
        screen, now = stream.screen, self.server.monotonic
        shown, spoke_at = b"", now()
        while not screen.closed and stream.allowed(request) and not self._browser_is_gone():
            time_s, (number, view) = now(), screen.newest()
            if number and view != shown:
                if not shown:  # whoever comes late must know how much of a countdown is over
                    self.wfile.write(b"event: age\ndata: %d\n\n" % screen.age_ms())
                self.wfile.write(b"id: %d\ndata: %b\n\n" % (number, view))
                shown, spoke_at = view, time_s
            elif time_s - spoke_at >= BEAT_S:
                self.wfile.write(b"event: beat\ndata: {}\n\n")
                spoke_at = time_s
            screen.wait(number, 1.0)

    def _browser_is_gone(self) -> bool:
        """A browser says nothing after its request, so something to read means that it has hung up."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        if not poll.poll(0):
            return False
        if isinstance(self.connection, ssl.SSLSocket):
            return True  # whatever it is: the page says nothing more
        return not self.connection.recv(1, socket.MSG_PEEK)

    def _head(self, status: HTTPStatus, headers: Mapping[str, str]) -> None:
        self.connection.settimeout(WRITE_S)
        self.send_response(status)
        for name, value in {**self.server.headers, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, response: Response) -> None:
        own = {"Content-Type": response.content_type, "Content-Length": str(len(response.body))}
        self._head(response.status, {**own, **response.headers})
        self.wfile.write(response.body)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None, *, headers: Mapping[str, str] = {}
    ) -> None:
        """A refusal in one plain word or two; also called by the base class."""
        status = HTTPStatus(code)
        self._answer(Response(status, f"{status.value} {status.phrase}\n".encode(), PLAIN, headers))

    def version_string(self) -> str:
        return "fee-terminal"

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line each."""
