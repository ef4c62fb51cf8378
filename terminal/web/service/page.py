"""The service page, at /service of the terminal's own page: for staff, and only while the service door is open.

Two things let somebody in, a key and a PIN, and both must stay: when the door closes the session is over. All that is asked
is held against the session first; what a role may do stands in `MAY`. An act becomes the event `StaffActed`, so the journal
knows who did it, and the pump does it in its turn: nothing is done from here. It is answered when the journal holds it, by the
thread of the browser that asked: that one looks into the journal after each commit, and the pump waits for nobody.
"""

import contextlib
import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import msgspec

from terminal.clock import Instant
from terminal.errors import ConfigError, StoreError
from terminal.fsm.events import Event, StaffActed
from terminal.fsm.world import World, new_world
from terminal.overheard import Overheard
from terminal.staff.operators import ROLES, Operator, Role
from terminal.staff.sessions import Sessions
from terminal.staff.signing_in import Credentials, Refused, SigningIn
from terminal.web.http import TYPES, Request, Response, Route, Stream, Who, cookie, file, folder
from terminal.web.pace import Pace
from terminal.web.screen import Screen
from terminal.web.service.log_tail import LogTail
from terminal.web.service.machines import pictures
from terminal.web.service.past import NEWEST, Past, when
from terminal.web.service.view import service_view
from terminal.words import CATALOGUES

log = logging.getLogger(__name__)

COOKIE = "fee_service"
COOKIE_RULES = "Path=/service; HttpOnly; SameSite=Strict"
BODY_BYTES = 256
KNOWN_S = 5.0
"""So long an act may need to the journal; after that nobody can say whether it will be done."""
LOOK_S = 0.2
"""How often the journal is asked at least."""
WORD_GROUPS = ("service.", "device.", "problem", "refused.", "language.name", "page.reason_")
PAGES = Path(__file__).parent / "pages"
REFUSALS = {
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "locked": HTTPStatus.TOO_MANY_REQUESTS,
    "not_known": HTTPStatus.GATEWAY_TIMEOUT,
}
"""The status of each reason that is not simply forbidden."""

Act = Literal["close", "reopen", "test_print", "ask_again", "shut_down"]
# fmt: off
MAY: dict[Role, tuple[Act, ...]] = {
    "auditor":    (),
    "collector":  ("close", "reopen", "test_print", "ask_again"),
    "technician": ("close", "reopen", "test_print", "ask_again", "shut_down"),
    "supervisor": ("close", "reopen", "test_print", "ask_again", "shut_down"),
}
"""What each role may do, beside looking."""
# fmt: on


class _Act(msgspec.Struct, forbid_unknown_fields=True):
    act: Act
    device: str = ""


class _Live(Screen):
    """A screen whose picture is made when somebody looks."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._make = make
        self._number = 1

    @property
    def number(self) -> int:
        """It grows with each ring."""
        return self._number

    def ring(self) -> None:
        """There may be something new."""
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def newest(self) -> tuple[int, bytes]:
        """The number before the picture: what changes meanwhile is seen the next time."""
        with self._changed:
            number = self._number
        return number, msgspec.json.encode(self._make())

    def age_ms(self) -> int:
        """It is always of this moment."""
        return 0


class ServicePage:
    """Routes and stream of the service page; the shell tells it the world after each commit, and the lines of each life."""

    def __init__(
        self,
        operators_file: Path,
        post: Callable[[Event], None],
        past: Past,
        now: Callable[[], Instant],
        tail: LogTail,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`post` hands an event to the pump and may raise `queue.Full`."""
        self._post = post
        self._past = past
        self._now = now
        self._tail = tail
        self._world = new_world()
        self._lines: Sequence[Overheard] = ()
        self._asked: dict[str, int] = {}
        self._sessions = Sessions(1, ROLES, monotonic)
        self._signing_in = SigningIn(operators_file, self._note_failure, past.tries, monotonic)
        self._one_at_a_time = threading.Lock()
        self._sign_in_pace = Pace(monotonic, 3, 0.5)
        self._act_pace = Pace(monotonic, 5, 2.0)
        self._read_pace = Pace(monotonic, 20, 10.0)
        self._live = _Live(lambda: service_view(self._world, self._lines, self._now(), self._asked.copy()))
        self.streams = [Stream("/service/live", self._live, lambda request: self._who(request) is not None)]

    # --- what the pump's thread calls -------------------------------------------------------------------------------
    def watch(self, lines: Sequence[Overheard]) -> None:
        """These are the lines of the life that begins."""
        self._lines, self._asked = lines, {}

    def show(self, world: World) -> None:
        """This is the world now; a closed door ends the session."""
        self._world = world
        if not world.door_open and self._sessions.any:
            self._sessions.keep(())
        self._live.ring()

    @property
    def door_open(self) -> bool:
        """Whether anybody could sign in."""
        return self._world.door_open

    # --- routes -----------------------------------------------------------------------------------------------------
    def routes(self) -> Iterator[Route]:
        """All of them; what it shares with the payer's page is served with that."""
        yield from folder(PAGES)
        yield file("/service", TYPES[".html"], (PAGES / "service.html").read_bytes())
        yield file("/service/machines.json", "application/json", msgspec.json.encode(pictures()))
        for language, words in CATALOGUES.items():
            ours = {key: text for key, text in words.items() if key.startswith(WORD_GROUPS)}
            yield file(f"/service/words.{language}.json", "application/json", msgspec.json.encode(ours))
        yield Route("GET", "/service/gate", self._gate, Who.OUR_PAGE)
        yield Route("POST", "/service/sign-in", self._sign_in, Who.OUR_PAGE, BODY_BYTES)
        for path, press in (("sign-out", self._sign_out), ("here", self._here), ("act", self._act)):
            yield Route("POST", f"/service/{path}", partial(self._for_staff, press), Who.OUR_PAGE, BODY_BYTES)
        for path in ("sales", "events", "acts", "ratings", "log"):
            yield Route("GET", f"/service/{path}", partial(self._for_staff, partial(self._read, path)), Who.OUR_PAGE)

    def _gate(self, request: Request) -> Response:
        """Whether the door is open, who may come, and who is in. Names are told to nobody before a closed door."""
        is_open, operator = self._world.door_open, self._who(request)
        try:
            names = self._signing_in.operators() if is_open and operator is None else ()
        except ConfigError:
            names = ()
        return _json(
            {
                "door_open": is_open,
                "terminal_id": self._world.rules.terminal_id,
                "language": self._world.rules.language,
                "operators": [{"name": each.name, "shown_name": each.shown_name} for each in names],
                "signed_in": _shown(operator) if operator is not None else None,
            }
        )

    def _sign_in(self, request: Request) -> Response:
        if not self._world.door_open:
            return _refused("door")
        if not self._sign_in_pace.allows():
            return _refused("busy", 2.0)
        try:
            body = msgspec.json.decode(request.body, type=Credentials)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        try:
            operator = self._signing_in.sign_in(body.name, body.pin)
        except Refused as refused:
            return _refused(refused.reason, refused.wait_s)
        except StoreError:
            return Response(HTTPStatus.SERVICE_UNAVAILABLE)
        return self._let_in(operator)

    def _let_in(self, operator: Operator) -> Response:
        """The journal hears of it first; the door may have closed while the PIN was checked."""
        with self._one_at_a_time:
            if why := self._write_down(StaffActed(operator.name, "sign_in")):
                return _refused(why, 1.0)
            secret = self._sessions.begin(operator)
        if not self._world.door_open:
            self._sessions.end(secret)
            return _refused("door")
        return _json(_shown(operator), {"Set-Cookie": f"{COOKIE}={secret}; {COOKIE_RULES}"})

    def _note_failure(self, name: str) -> None:
        try:
            self._post(StaffActed(name, "sign_in_failed"))
        except queue.Full:
            log.warning("a wrong PIN was given, and the pump has no time to write it down")

    def _for_staff(self, answer: Callable[[Operator, Request], Response], request: Request) -> Response:
        """Answers only to who is signed in; whatever they ask for shows that they are there."""
        operator = self._who(request, touch=True)
        if operator is None:
            return _refused("signed_out")
        return answer(operator, request)

    def _here(self, operator: Operator, request: Request) -> Response:
        return _json({})

    def _sign_out(self, operator: Operator, request: Request) -> Response:
        self._sessions.end(cookie(request, COOKIE))
        done = self._do(StaffActed(operator.name, "sign_out"))
        return Response(done.status, done.body, headers={"Set-Cookie": f"{COOKIE}=; Max-Age=0; {COOKIE_RULES}"})

    def _act(self, operator: Operator, request: Request) -> Response:
        try:
            asked = msgspec.json.decode(request.body, type=_Act)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        act, device = asked.act, asked.device
        devices = {line.engine.device for line in self._lines} if act == "ask_again" else {""}
        if device not in devices:
            return Response(HTTPStatus.BAD_REQUEST)
        if act not in MAY[operator.role]:
            return _refused("role")
        if not self._act_pace.allows():
            return _refused("busy", 1.0)
        if act == "test_print" and service_view(self._world, (), self._now())["test_waits"]:
            return _refused("test_waits")
        if device:
            self._asked[device] = self._now().up_ms
        done = self._do(StaffActed(operator.name, act, device))
        if done.status is not HTTPStatus.OK:
            self._asked.pop(device, None)
        return done

    def _do(self, event: StaffActed) -> Response:
        with self._one_at_a_time:
            why = self._write_down(event)
        return _refused(why, 1.0) if why else _json({"act": event.act})

    def _write_down(self, event: StaffActed) -> str:
        """Hands an act to the pump and waits until the journal holds it; "" when it does, else the reason."""
        try:
            after = self._past.newest_event()
            self._post(event)
        except StoreError:
            return "other"
        except queue.Full:
            return "busy"
        end_s = time.monotonic() + KNOWN_S
        while not self._live.closed:
            seen, left_s = self._live.number, end_s - time.monotonic()
            with contextlib.suppress(StoreError):
                if self._past.holds(event, after):
                    return ""
            if left_s <= 0:
                break
            self._live.wait(seen, min(left_s, LOOK_S))
        return "not_known"

    def _read(self, what: str, operator: Operator, request: Request) -> Response:
        if not self._read_pace.allows():
            return _refused("busy", 1.0)
        before, world = _before(request.query), self._world
        zone = ZoneInfo(world.rules.timezone)
        try:
            match what:
                case "sales":
                    return _json(self._past.sales(before, world.rules.currency, zone))
                case "events":
                    return _json(self._past.events(before, zone))
                case "acts":
                    return _json(self._past.acts(before, zone))
                case "ratings":
                    return _json(self._past.ratings())
                case _:
                    lines = [
                        {"at": when(at_ms, zone), "level": level, "text": text}
                        for at_ms, level, text in reversed(self._tail.lines())
                    ]
                    return _json(lines)
        except StoreError as error:
            log.warning("the service page can not read the journal: %s", error)
            return Response(HTTPStatus.SERVICE_UNAVAILABLE)

    def _who(self, request: Request, *, touch: bool = False) -> Operator | None:
        """Who asks; None: nobody who is signed in, or the door is closed."""
        secret = cookie(request, COOKIE)
        return self._sessions.who(secret, touch=touch) if secret and self._world.door_open else None


def _before(query: str) -> int:
    """The number before which a page of rows ends; the newest page for what is no number."""
    if len(query) > 64:
        return NEWEST
    text = parse_qs(query).get("before", [""])[0]
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else NEWEST


def _shown(operator: Operator) -> dict[str, Any]:
    name, role = operator.shown_name, operator.role
    return {"name": operator.name, "shown_name": name, "role": role, "may": MAY[role]}


def _json(value: object, headers: dict[str, str] | None = None) -> Response:
    return Response(HTTPStatus.OK, msgspec.json.encode(value), headers=headers or {})


def _refused(reason: str, wait_s: float = 0.0) -> Response:
    """Why not; the page has the words."""
    status = REFUSALS.get(reason, HTTPStatus.FORBIDDEN)
    return Response(status, msgspec.json.encode({"reason": reason, "wait_s": round(wait_s + 0.5)}))
