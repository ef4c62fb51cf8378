"""The status page: what the payer would see, live, and the two buttons beside it.

The pump hands over each new view with `show`, which swaps a reference and wakes the readers; everything slow (browsers,
sockets, JSON) happens in the server's own threads. A button becomes an event through `post`. Nothing that a browser
does, or stops doing, holds the pump up.

A page from elsewhere must not press buttons or read the screen: the Host header has to be ours (DNS rebinding), a POST
needs our Origin, a JSON body and a header that no plain form can send, and the page loads nothing from other places
(Content-Security-Policy). How much and how long anybody may talk to us is bounded by the constants below.
"""

import contextlib
import http.client
import io
import logging
import queue
import select
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any

import msgspec

from terminal.errors import CodeError, PortError
from terminal.fsm.events import CancelPressed, Event, LanguageChosen
from terminal.web.bounded import BoundedReader
from terminal.web.pace import Pace
from terminal.web.screen import Screen
from terminal.web.stays import REPORT_BYTES, Answer, StayCalls, StayDesk, refusal
from terminal.words import CATALOGUES, say

log = logging.getLogger(__name__)

CONNECTIONS = 16
"""Connections at once; a further one is told to come back."""
STREAMS = 8
"""Of these, browsers that follow the view."""
REQUEST_BYTES = 16 * 1024
"""A whole request: line, headers and body."""
BODY_BYTES = 256
REQUEST_S = 5.0
"""The time in which a request must have arrived, however slowly its bytes come."""
WRITE_S = 10.0
"""A browser that takes nothing for this long is dropped."""
BEAT_S = 15.0
"""A stream says something at least this often, so that the page knows an old picture from a quiet terminal."""
STOP_POLL_S = 0.2
"""How often the server looks whether it should stop."""
PRESSES_AT_ONCE = 5
PRESSES_PER_S = 2.0

PAGES = Path(__file__).parent / "pages"
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HTML, CSS, SCRIPT = "text/html; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8"
JSON, STREAM = "application/json", "text/event-stream; charset=utf-8"
NO_STAYS = StayCalls()
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Cancel(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /cancel."""

    def event(self) -> Event:
        return CancelPressed()


class _Language(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /language."""

    language: str

    def __post_init__(self) -> None:
        if self.language not in CATALOGUES:
            raise ValueError("no such language")

    def event(self) -> Event:
        return LanguageChosen(self.language)


class _Choice(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /stay."""

    token: str


BUTTONS: dict[str, type[_Cancel | _Language]] = {"/cancel": _Cancel, "/language": _Language}


class StatusServer:
    """Serves the page on `listen` ("host:port"); `post` takes the events of its buttons and may raise `queue.Full`.

    `stays` are the shell's answers to what `terminal.web.stays` serves; requests that it has none for are not found.
    """

    def __init__(
        self,
        listen: str,
        post: Callable[[Event], None],
        *,
        stays: StayCalls = NO_STAYS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        host, _, port = listen.rpartition(":")
        self._screen = Screen()
        try:
            self._server = _Server(host.strip("[]"), int(port), self._screen, post, stays, monotonic)
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

    def show(self, view: dict[str, Any]) -> None:
        """This is the screen now. The pump calls it after each commit and must not change `view` afterwards."""
        self._screen.show(view)

    def stop(self) -> None:
        """Ends all streams and frees the port."""
        self._screen.close()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """One thread a connection, and no more than `CONNECTIONS` of them."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        host: str,
        port: int,
        screen: Screen,
        post: Callable[[Event], None],
        calls: StayCalls,
        monotonic: Callable[[], float],
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.screen = screen
        self.monotonic = monotonic
        self.pace = Pace(monotonic, PRESSES_AT_ONCE, PRESSES_PER_S)
        self.stays = StayDesk(calls, screen.wait_for_next, monotonic)
        self.buttons: dict[str, tuple[type[msgspec.Struct], Callable[[Any], None]]] = {
            path: (body_type, lambda body: post(body.event())) for path, body_type in BUTTONS.items()
        }
        if (choose := calls.choose) is not None:
            self.buttons["/stay"] = (_Choice, lambda body: choose(body.token))
        self.streams = threading.BoundedSemaphore(STREAMS)
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        lost = " / ".join(say(language, "web.lost") for language in CATALOGUES)
        page = Template((PAGES / "page.html").read_text("utf-8")).substitute(lost=lost)
        self.files = {
            "/": (HTML, page.encode()),
            "/app.js": (SCRIPT, (PAGES / "app.js").read_bytes()),
            "/style.css": (CSS, (PAGES / "style.css").read_bytes()),
        }
        super().__init__((host, port), _Handler)
        names = {host if ":" not in host else f"[{host}]", "127.0.0.1", "localhost", "[::1]"}
        bound = self.server_address[1]
        self.hosts = {f"{name}:{bound}" for name in names} | (names if bound == 80 else set())

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

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bug in a handler ends that connection, not the server."""
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
        if not self._host_is_ours():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif self.path in self.server.files:
            self._answer(*self.server.files[self.path])
        elif self.path == "/view.json":
            number, view = self.server.screen.newest()
            if number:
                self._answer(JSON, view)
            else:
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
        elif self.path == "/events":
            self._stream()
        elif self.path.startswith("/stays?") and self.server.stays.searches:
            self._find(self.path.partition("?")[2])
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if self.path == "/reports":
            self._take_report()
            return
        status, answer = self._pressed()
        if status is HTTPStatus.ACCEPTED or answer:
            self._answer(JSON, answer or b"{}", status)
        else:
            self.send_error(status)

    def _pressed(self) -> Answer:
        """Does what a POST means, or says why it means nothing."""
        button = self.server.buttons.get(self.path)
        if not self._host_is_ours():
            return HTTPStatus.MISDIRECTED_REQUEST, b""
        if button is None:
            return HTTPStatus.NOT_FOUND, b""
        if not self._comes_from_our_page():
            return HTTPStatus.FORBIDDEN, b""
        if self.headers.get_content_type() != JSON:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, b""
        status, length = self._length(BODY_BYTES)
        if length is None:
            return status, b""
        if not self.server.pace.allows():
            return HTTPStatus.TOO_MANY_REQUESTS, b""
        body_type, press = button
        try:
            press(msgspec.json.decode(self.rfile.read(length), type=body_type))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return HTTPStatus.BAD_REQUEST, b""
        except CodeError as why:
            return HTTPStatus.BAD_REQUEST, msgspec.json.encode(refusal(why))
        except queue.Full:
            return HTTPStatus.SERVICE_UNAVAILABLE, b""
        return HTTPStatus.ACCEPTED, b""

    def _take_report(self) -> None:
        """From a machine, not from a page: the report's signature counts, and the Host only against rebinding."""
        desk = self.server.stays
        status, length = self._length(REPORT_BYTES)
        if not self._host_is_ours():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        elif not desk.takes_reports:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif length is None:
            self.send_error(status)
        else:
            status, answer = desk.reported(self.rfile.read(length))
            self._answer(JSON, answer, status)

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

    def _comes_from_our_page(self) -> bool:
        origin = f"http://{self.headers['Host']}".lower()
        return self.headers.get("Origin", "").lower() == origin and self._has_our_mark()

    def _has_our_mark(self) -> bool:
        return self.headers.get("X-Fee-Terminal") == "1"

    def _find(self, query: str) -> None:
        """No page from elsewhere can send our mark, so it can not use up the searches (a GET has no Origin)."""
        if not self._has_our_mark():
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        status, answer = self.server.stays.found(query)
        self._answer(JSON, answer, status)

    def _stream(self) -> None:
        """Server-sent events: each new view, and a beat when nothing is new."""
        if not self.server.streams.acquire(blocking=False):
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        try:
            self._head(HTTPStatus.OK, {"Content-Type": STREAM})
            self.wfile.write(b"retry: 1000\n\n")
            self._follow()
        finally:
            self.server.streams.release()

    def _follow(self) -> None:
        screen, now = self.server.screen, self.server.monotonic
        shown, spoke_at = b"", now()
        while not screen.closed and not self._browser_is_gone():
            time_s, (number, view) = now(), screen.newest()
            if number and view != shown:
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
        return bool(poll.poll(0)) and self.connection.recv(1, socket.MSG_PEEK) == b""

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.connection.settimeout(WRITE_S)
        self.send_response(status)
        for name, value in (HEADERS | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, content_type: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._head(status, {"Content-Type": content_type, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A refusal in one plain word or two; also called by the base class."""
        status = HTTPStatus(code)
        self._answer("text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode(), status)

    def version_string(self) -> str:
        return "fee-terminal"

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not worth a line each."""
