"""What the terminal serves on its own page: what the payer sees, live, the buttons beside it, and what machines hand in.

The pump hands over each new view with `show`, which swaps a reference and wakes the readers; everything slow (browsers,
sockets, JSON) happens in the server's own threads (`terminal.web.http`). A button becomes an event through `post`. Nothing that
a browser does, or stops doing, holds the pump up.
"""

import queue
import time
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from terminal.errors import CodeError
from terminal.fsm.events import (
    CancelPressed,
    Event,
    HelpCalled,
    LanguageChosen,
    Rated,
    RatingReason,
    ReceiptWanted,
    ServicesChosen,
)
from terminal.web.http import TYPES, HttpServer, Request, Response, Route, Stream, Who, file, folder
from terminal.web.pace import Pace
from terminal.web.screen import Screen
from terminal.web.stays import REPORT_BYTES, StayCalls, StayDesk, refusal
from terminal.words import CATALOGUES, say

if TYPE_CHECKING:
    from terminal.web.service.page import ServicePage
    from terminal.web.window.page import WindowPage

BODY_BYTES = 1024
PRESSES_AT_ONCE = 5
PRESSES_PER_S = 2.0
KINDS_MAX = 20
"""So many kinds of things may be in a basket."""

PAGES = Path(__file__).parent / "payer" / "pages"
NO_STAYS = StayCalls()


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a button sends; `event` is what it means."""

    def event(self) -> Event:
        raise NotImplementedError


class _Cancel(_Body):
    def event(self) -> Event:
        return CancelPressed()


class _Language(_Body):
    language: str

    def __post_init__(self) -> None:
        if self.language not in CATALOGUES:
            raise ValueError("no such language")

    def event(self) -> Event:
        return LanguageChosen(self.language)


class _Help(_Body):
    def event(self) -> Event:
        return HelpCalled()


class _Receipt(_Body):
    def event(self) -> Event:
        return ReceiptWanted()


class _Rating(_Body):
    stars: Annotated[int, Meta(ge=1, le=5)]
    reason: RatingReason = ""

    def event(self) -> Event:
        return Rated(self.stars, self.reason)


_Item = tuple[Annotated[str, Meta(max_length=32)], Annotated[int, Meta(ge=1, le=999)]]


class _Services(_Body):
    basket: Annotated[tuple[_Item, ...], Meta(min_length=1, max_length=KINDS_MAX)]

    def event(self) -> Event:
        return ServicesChosen(self.basket)


class _Choice(msgspec.Struct, forbid_unknown_fields=True):
    token: str


BUTTONS: dict[str, type[_Body]] = {
    "/cancel": _Cancel,
    "/language": _Language,
    "/help": _Help,
    "/rating": _Rating,
    "/receipt": _Receipt,
    "/services": _Services,
}


class PageServer:
    """Serves the page on `listen` ("host:port"); `post` takes the events of its buttons and may raise `queue.Full`.

    `stays` are the shell's answers to what `terminal.web.stays` serves; requests that it has none for are not found. `service`
    is the staff's page, if there is one. With a `window`, its pages stand where the payer's page stands at a kiosk, and none of
    the payer's buttons are there: whatever is pressed at a window, somebody has signed in for.
    """

    def __init__(
        self,
        listen: str,
        post: Callable[[Event], None],
        *,
        stays: StayCalls = NO_STAYS,
        service: "ServicePage | None" = None,
        window: "WindowPage | None" = None,
        framed_by: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen = Screen(monotonic) if window is None else window.screen
        pace = Pace(monotonic, PRESSES_AT_ONCE, PRESSES_PER_S)
        desk = StayDesk(stays, self._screen.wait_for_next, monotonic)
        routes = list(stay_routes(desk, pace))
        streams: list[Stream] = []
        if window is None:
            routes += [*files(), Route("GET", "/view.json", self._newest), *buttons(post, pace)]
            streams.append(Stream("/events", self._screen))
        else:
            routes += [*folder(PAGES), *window.routes()]
            streams += window.streams
        if service is not None:
            routes.extend(service.routes())
            streams.extend(service.streams)
        self._server = HttpServer(listen, routes, streams, framed_by=framed_by, monotonic=monotonic)
        self.port = self._server.port
        self.start = self._server.start
        self.stop = self._server.stop

    def show(self, view: dict[str, Any]) -> None:
        """This is the screen now. The pump calls it after each commit and must not change `view` afterwards."""
        self._screen.show(view)

    def _newest(self, request: Request) -> Response:
        number, view = self._screen.newest()
        return Response(HTTPStatus.OK, view) if number else Response(HTTPStatus.SERVICE_UNAVAILABLE)


def files() -> Iterator[Route]:
    """All of the payer's page; what stands at "/" has the words for a lost connection, which must not need the terminal."""
    yield from folder(PAGES)
    lost = " / ".join(say(language, "web.lost") for language in CATALOGUES)
    page = Template((PAGES / "page.html").read_text("utf-8")).substitute(lost=lost)
    yield file("/", TYPES[".html"], page.encode())


def buttons(post: Callable[[Event], None], pace: Pace) -> Iterator[Route]:
    """What a payer may press."""
    for path, body_type in BUTTONS.items():
        answer = partial(pressed, body_type, lambda body: post(body.event()), pace)
        yield Route("POST", path, answer, Who.OUR_PAGE, BODY_BYTES)


def stay_routes(desk: StayDesk, pace: Pace) -> Iterator[Route]:
    """Reports from machines, and the payer's choice of a car: those that somebody answers."""
    if desk.takes_reports:
        yield Route("POST", "/reports", lambda r: Response(*desk.reported(r.body)), Who.MACHINE, REPORT_BYTES)
    if desk.searches:
        yield Route("GET", "/stays", lambda r: Response(*desk.found(r.query)), Who.OUR_PAGE)
    if (choose := desk.choose) is not None:
        answer = partial(pressed, _Choice, lambda body: choose(body.token), pace)
        yield Route("POST", "/stay", answer, Who.OUR_PAGE, BODY_BYTES)


def pressed(body_type: type[msgspec.Struct], press: Callable[[Any], None], pace: Pace, request: Request) -> Response:
    """Does what a POST means, or says why it means nothing."""
    if not pace.allows():
        return Response(HTTPStatus.TOO_MANY_REQUESTS)
    try:
        press(msgspec.json.decode(request.body, type=body_type))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Response(HTTPStatus.BAD_REQUEST)
    except CodeError as why:
        return Response(HTTPStatus.BAD_REQUEST, msgspec.json.encode(refusal(why)))
    except queue.Full:
        return Response(HTTPStatus.SERVICE_UNAVAILABLE)
    return Response(HTTPStatus.ACCEPTED, b"{}")
