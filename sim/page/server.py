"""Serves the rig page on the loopback: files, the picture as it changes, and touches.

What this page can do is worse than anything that the terminal's own page can. It has the same guards (`terminal.web.http`), and
listens to this machine only.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs

import msgspec

from sim.control import RigError
from sim.page.acts import AnyTouch, carry_out
from sim.page.desk import Desk
from sim.page.diagram import pictures
from sim.page.menu import menu
from sim.page.words import WORDS
from sim.rig import DENOMINATIONS_MINOR, STAFF, read_pin
from terminal.shift.pieces import DENOMINATIONS
from terminal.web.http import JSON, HttpServer, Request, Response, Route, Stream, Who, file
from terminal.web.pace import Pace
from terminal.web.screen import Screen

TOUCH_BYTES = 2048
TOUCHES_AT_ONCE = 20
TOUCHES_PER_S = 10.0
FILES = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_decode = msgspec.json.Decoder(AnyTouch).decode
_encode = msgspec.json.Encoder().encode


class RigPage:
    """The page at a port of 127.0.0.1 (0: any). `screen` holds the picture, `desk` does what is touched.

    Raises `PortError` when the port is taken.
    """

    def __init__(
        self, port: int, desk: Desk, screen: Screen, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._pace = Pace(monotonic, TOUCHES_AT_ONCE, TOUCHES_PER_S)
        terminal = f"http://127.0.0.1:{desk.web_port}"
        role = desk.role
        setup = {
            "role": role,
            "words": WORDS,
            "frame": f"{terminal}/",
            "display": f"{terminal}/display",
            "notes_minor": DENOMINATIONS_MINOR if role == "kiosk" else DENOMINATIONS["CNY"],
            "staff": [] if role == "kiosk" else [self._keys(*each) for each in STAFF[role]],
            "diagrams": pictures(role),
            "menu": menu(role),
        }
        routes = [
            *(file(_path(one), TYPES[one.suffix], one.read_bytes()) for one in sorted(FILES.iterdir())),
            file("/setup.json", JSON, _encode(setup)),
            Route("GET", "/paper", self._paper),
            Route("POST", "/touch", self._touch, Who.OUR_PAGE, TOUCH_BYTES),
        ]
        streams = [Stream("/events", screen)]
        self._server = HttpServer(f"127.0.0.1:{port}", routes, streams, frames=terminal, monotonic=monotonic)

    @property
    def origin(self) -> str:
        """Where it is, as a browser names it."""
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Answers from now on."""
        self._server.start()

    def stop(self) -> None:
        """Ends all streams and frees the port."""
        self._server.stop()

    def _keys(self, name: str, shown_name: str, duty: str) -> dict[str, str]:
        """One of the staff, with the PIN that only this rig's demo gives away."""
        return {"name": name, "shown_name": shown_name, "duty": duty, "pin": read_pin(self._desk.folder, name)}

    def _paper(self, request: Request) -> Response:
        """A piece of paper as a picture; a page asks again with another query when more was printed on it."""
        number = parse_qs(request.query).get("number", [""])[0]
        if not (number.isascii() and number.isdigit() and len(number) <= 6):
            return Response(HTTPStatus.BAD_REQUEST)
        try:
            return Response(HTTPStatus.OK, self._desk.paper(int(number)), "image/png")
        except RigError:
            return Response(HTTPStatus.NOT_FOUND)

    def _touch(self, request: Request) -> Response:
        """What the rig says to a touch, or `error` in words."""
        if not self._pace.allows():
            return Response(HTTPStatus.TOO_MANY_REQUESTS)
        try:
            touch = _decode(request.body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        try:
            return Response(HTTPStatus.OK, _encode({"said": carry_out(touch, self._desk)}))
        except RigError as why:
            return Response(HTTPStatus.CONFLICT, _encode({"error": str(why)}))


def _path(one: Path) -> str:
    return "/" if one.name == "rig.html" else f"/{one.name}"
