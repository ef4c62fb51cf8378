"""The staff's status page: how the terminal is, for a supervisor's phone on the local network, and whether a receipt is genuine.
It shows, and does nothing else.

It has a server of its own, over TLS, that knows no route but those below: nothing on it makes an event. Who signs in needs a
name, a PIN and a role that may look. Wrong PINs are counted here apart from those at the service door, so that nobody on the
network can keep a technician out of the machine; they go into the program's log.

The pump only leaves word of each commit (`show`). A thread of the board's makes the pictures, at most one a second and only while
somebody is signed in, and reads the journal through a connection of its own.
"""

import json
import logging
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

from terminal.config import Config
from terminal.errors import ConfigError, PortError, StoreError
from terminal.fsm.world import World
from terminal.staff.operators import Operator, Role
from terminal.staff.sessions import LONGEST_S, Sessions
from terminal.staff.signing_in import Credentials, Refused, SigningIn
from terminal.web.http import HttpServer, Request, Response, Route, Stream, Who, cookie, file
from terminal.web.pace import Pace
from terminal.web.screen import Screen
from terminal.web.status.books import Books, StatusBooks
from terminal.web.status.verify import Verifier
from terminal.web.status.view import Disk, Facts, Link, page_words, shifts_view, status_view
from terminal.words import CATALOGUES

log = logging.getLogger(__name__)

MAY_LOOK: frozenset[Role] = frozenset({"supervisor", "technician", "auditor"})
MAY_SEE_OVER_SHORT: frozenset[Role] = frozenset({"supervisor", "auditor"})
PAUSE_S = 1.0
"""The least time between two pictures."""
REFRESH_S = 10.0
"""The longest: clock, broker and free space change without a commit. So often it is also looked who may still look."""
FIRST_PICTURE_S = 2.0
"""How long signing in waits for a picture of this moment."""
TRIES_AT_ONCE, TRIES_PER_S = 5, 0.5
SESSIONS = 8
COOKIE = "__Host-status"
"""A browser takes a name that begins so only for this very host, as `Secure`, and for all of its paths."""
COOKIE_RULES = "Path=/; Secure; HttpOnly; SameSite=Strict"
CODES_AT_ONCE, CODES_PER_S = 5, 0.5
"""How often receipts are looked up, by all who are signed in together."""
BODY_BYTES = 512

PAGES = Path(__file__).parent / "pages"
SHARED = Path(__file__).parent.parent / "payer" / "pages" / "dom.js"
FILES = {
    "/": ("status.html", "text/html; charset=utf-8"),
    "/verify": ("status.html", "text/html; charset=utf-8"),
    "/status.css": ("status.css", "text/css; charset=utf-8"),
    "/status.js": ("status.js", "text/javascript; charset=utf-8"),
}
CLOCK_IS_SET = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes it when it has set the clock (systemd-timesyncd.service(8))."""


class Source(Protocol):
    """A reader of the journal."""

    def rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The rows of a query. Raises `StoreError`."""

    def close(self) -> None:
        """Ends the reading."""


class _Code(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, Meta(max_length=200)]
    language: Literal["zh-CN", "en"]


def tls_context(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """TLS with this certificate. Raises `PortError` when the two do not fit, or the key has a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert_file, key_file, password=lambda: b"")
    except (ssl.SSLError, OSError, ValueError) as why:
        raise PortError(f"status page: {cert_file} and {key_file} are no certificate and its key: {why}") from why
    return context


class Connection(Protocol):
    """What is asked of the link to the broker, from any thread."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""

    @property
    def problem(self) -> str | None:
        """Why there is none."""


def open_status(
    config: Config, open_books: Callable[[], Source], link: Callable[[], Connection | None]
) -> "StatusServer | None":
    """Starts the page of a configuration; where that can not be, says why in the log: the terminal sells without it too."""
    section, staff = config.status, config.staff
    if section is None or staff is None:
        return None

    def link_now() -> Link | None:
        found = link()
        if config.mqtt is None:
            return None
        return Link(False) if found is None else Link(found.connected, found.problem)

    signing = SigningIn(
        staff.operators_file, lambda name: log.warning("status page: a wrong PIN for %s", name), roles=MAY_LOOK
    )
    try:
        tls = tls_context(section.cert_file, section.key_file) if section.cert_file and section.key_file else None
        data_dir = config.terminal.data_dir
        verifier = Verifier(config.terminal, config.ticket_key, open_books)
        server = StatusServer(
            section.listen, signing, open_books, link_now, data_dir, verifier, tls=tls, names=section.names
        )
    except PortError as error:
        log.error("there is no status page until the next start: %s", error)
        return None
    server.start()
    return server


class StatusServer:
    """Serves the page on `listen` ("host:port"), also under `names`. Raises `PortError` where the address is taken.

    `open_books` opens a reader of the journal, in the thread that uses it; `link` tells how it stands with the broker; `verifier`
    looks at the codes of receipts.
    """

    def __init__(
        self,
        listen: str,
        signing: SigningIn,
        open_books: Callable[[], Source],
        link: Callable[[], Link | None],
        data_dir: Path,
        verifier: Verifier,
        *,
        tls: ssl.SSLContext | None = None,
        names: tuple[str, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signing = signing
        self._sessions = Sessions(SESSIONS, MAY_LOOK, monotonic)
        self._board = _Board(self._sessions, signing, open_books, link, data_dir)
        self._verifier = verifier
        self._pace = Pace(monotonic, TRIES_AT_ONCE, TRIES_PER_S)
        self._pace_of_codes = Pace(monotonic, CODES_AT_ONCE, CODES_PER_S)
        streams = [
            Stream(f"/events/{language}", screen, lambda request: self._who(request) is not None)
            for language, screen in self._board.screens.items()
        ]
        self._server = HttpServer(listen, self._routes(), streams, tls=tls, names=names, monotonic=monotonic)
        self.port = self._server.port

    def start(self) -> None:
        """Answers from now on."""
        self._board.start()
        self._server.start()

    def stop(self) -> None:
        """Ends all streams and frees the port."""
        self._board.stop()
        self._server.stop()

    def show(self, world: World, wall_ms: int) -> None:
        """This is the world now. The pump calls it after each commit; it leaves word and returns."""
        self._board.leave(world, wall_ms)

    def _routes(self) -> Iterator[Route]:
        for path, (name, content_type) in FILES.items():
            yield file(path, content_type, (PAGES / name).read_bytes())
        yield file("/dom.js", FILES["/status.js"][1], SHARED.read_bytes())
        words = {language: page_words(language) for language in CATALOGUES}
        yield file("/words.json", "application/json", json.dumps(words, ensure_ascii=False).encode())
        yield Route("GET", "/me", self._me, Who.OUR_PAGE)
        yield Route("POST", "/sign-in", self._sign_in, Who.OUR_PAGE, BODY_BYTES)
        yield Route("POST", "/sign-out", self._sign_out, Who.OUR_PAGE, BODY_BYTES)
        yield Route("POST", "/verify", self._verify, Who.OUR_PAGE, BODY_BYTES)
        for language in CATALOGUES:
            yield Route("GET", f"/shifts/{language}", partial(self._shifts, language), Who.OUR_PAGE)

    def _me(self, request: Request) -> Response:
        return _me(self._who(request))

    def _who(self, request: Request) -> Operator | None:
        """Whose request this is, if somebody's; a page that follows is a sign of life too."""
        return self._sessions.who(cookie(request, COOKIE), touch=True)

    def _sign_in(self, request: Request) -> Response:
        if not self._pace.allows():
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, "busy")
        try:
            asked = msgspec.json.decode(request.body, type=Credentials)
        except msgspec.ValidationError:  # a phone has keys for what is in no name and no PIN
            return _refused(HTTPStatus.FORBIDDEN, "wrong")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        try:
            operator = self._signing.sign_in(asked.name, asked.pin)
        except Refused as why:
            return _refused(HTTPStatus.FORBIDDEN, why.reason, why.wait_s)
        self._sessions.end(cookie(request, COOKIE))
        secret = self._sessions.begin(operator)
        self._board.refresh(FIRST_PICTURE_S)
        return _me(operator, f"{COOKIE}={secret}; {COOKIE_RULES}; Max-Age={int(LONGEST_S)}")

    def _sign_out(self, request: Request) -> Response:
        self._sessions.end(cookie(request, COOKIE))
        return _me(None, f"{COOKIE}=; {COOKIE_RULES}; Max-Age=0")

    def _shifts(self, language: str, request: Request) -> Response:
        """Over and short of the last shifts, for those whose matter that is."""
        operator = self._who(request)
        if operator is None or operator.role not in MAY_SEE_OVER_SHORT:
            return Response(HTTPStatus.FORBIDDEN)
        rows = self._board.last_shifts(language)
        return Response(HTTPStatus.OK, json.dumps({"rows": rows}, ensure_ascii=False).encode())

    def _verify(self, request: Request) -> Response:
        """A receipt's code, typed or pasted by somebody who is signed in."""
        if self._who(request) is None:
            return Response(HTTPStatus.FORBIDDEN)
        try:
            asked = msgspec.json.decode(request.body, type=_Code)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        if not self._pace_of_codes.allows():
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, "slowly")
        answer = self._verifier.look(asked.code, asked.language)
        return Response(HTTPStatus.OK, json.dumps(answer, ensure_ascii=False).encode())


def _me(operator: Operator | None, remember: str = "") -> Response:
    """Who is signed in, by the name that people use; "" for nobody."""
    name = operator.shown_name if operator is not None else ""
    return Response(
        HTTPStatus.OK, msgspec.json.encode({"name": name}), headers={"Set-Cookie": remember} if remember else {}
    )


def _refused(status: HTTPStatus, reason: str, wait_s: float = 0.0) -> Response:
    """The page has the words for the reason."""
    if reason == "wrong" and wait_s:
        reason = "locked"
    return Response(status, msgspec.json.encode({"reason": reason, "minutes": int(-(-wait_s // 60))}))


class _Board:
    """Makes the pictures, one screen a language, in a thread of its own."""

    def __init__(
        self,
        sessions: Sessions,
        signing: SigningIn,
        open_books: Callable[[], Source],
        link: Callable[[], Link | None],
        data_dir: Path,
    ) -> None:
        self.screens = {language: Screen() for language in CATALOGUES}
        self._sessions = sessions
        self._signing = signing
        self._open_books = open_books
        self._link = link
        self._data_dir = data_dir
        self._bell = threading.Event()
        self._halt = threading.Event()
        self._newest: tuple[World, int, float] | None = None
        self._looked_s = -REFRESH_S
        self._source: Source | None = None
        self._books: StatusBooks | None = None
        self._drawn: Facts | None = None
        self._thread = threading.Thread(target=self._run, name="status", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._halt.set()
        self._bell.set()
        if self._thread.ident is not None:
            self._thread.join()

    def leave(self, world: World, wall_ms: int) -> None:
        """Called by the pump. A world that was committed is never changed any more, so its reference is enough."""
        self._newest = (world, wall_ms, time.monotonic())
        self._bell.set()

    def last_shifts(self, language: str) -> list[dict[str, str]]:
        """Those of the last picture."""
        return [] if self._drawn is None else shifts_view(self._drawn, language)

    def refresh(self, timeout_s: float) -> None:
        """Waits until there is a picture of this moment, but not for ever."""
        screen = next(iter(self.screens.values()))
        seen, _ = screen.newest()
        if seen and screen.age_ms() < PAUSE_S * 1000:
            return
        self._bell.set()
        screen.wait(seen, timeout_s)

    def _run(self) -> None:
        while not self._halt.is_set():
            self._bell.wait(REFRESH_S)
            self._bell.clear()
            try:
                if self._keep_those_who_may() and self._newest is not None:
                    self._draw(*self._newest)
                    self._halt.wait(PAUSE_S)
            except Exception:  # a mistake of ours costs a picture, not the page
                log.exception("status page: no picture")
                self._halt.wait(PAUSE_S)
        self._close_books()

    def _keep_those_who_may(self) -> bool:
        """Ends the sessions of people who may not look any more; whether anybody is left. A wrong file keeps all out."""
        if self._sessions.any and time.monotonic() - self._looked_s >= REFRESH_S:
            self._looked_s = time.monotonic()
            try:
                self._sessions.keep(self._signing.operators())
            except ConfigError as error:
                log.warning("status page: all are signed out: %s", error)
                self._sessions.keep(())
        return self._sessions.any

    def _draw(self, world: World, wall_ms: int, left_s: float) -> None:
        """Wall time goes on since the word was left."""
        now_ms = wall_ms + int((time.monotonic() - left_s) * 1000)
        books = self._read_books(world, now_ms)
        facts = Facts(world, now_ms, books, self._link(), _disk(self._data_dir), CLOCK_IS_SET.exists())
        self._drawn = facts
        for language, screen in self.screens.items():
            screen.show(status_view(facts, language))

    def _read_books(self, world: World, now_ms: int) -> Books | None:
        try:
            if self._books is None:
                self._source = self._open_books()
                self._books = StatusBooks(self._source.rows, world.rules.timezone)
            return self._books.read(now_ms)
        except StoreError as error:
            log.debug("status page: %s", error)
            self._close_books()
            return None

    def _close_books(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source = self._books = None


def _disk(data_dir: Path) -> Disk | None:
    try:
        found = os.statvfs(data_dir)
    except OSError:
        return None
    return Disk(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
