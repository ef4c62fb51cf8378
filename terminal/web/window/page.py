"""The page of a staffed window, at / and /window, and the payer's display beside it, at /display.

One person is signed in at a time, by name and PIN or by badge. What is asked is held against the session first, then against the
role (`acts.ACTS`), then, where a second person was named, against that one's PIN or badge; all else is decided by the tables, in
the pump's turn. An act is answered when the journal holds it, with what the tables said against it, by the thread of the browser
that asked: the pump waits for nobody.

Whoever locks the window, or signs out, has to show the PIN again. A shift that was locked is open again as soon as its collector
has signed in.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from terminal.errors import CodeError, ConfigError, StoreError
from terminal.fsm.events import CodeScanned, Event, StaffActed
from terminal.fsm.states import ShiftState
from terminal.fsm.window_events import WindowLocked, WindowUnlocked
from terminal.fsm.world import World, new_world
from terminal.pay.badges import MAGIC as BADGE_MAGIC
from terminal.staff.operators import Operator
from terminal.staff.sessions import Sessions
from terminal.staff.signing_in import Credentials, Refused, SigningIn
from terminal.stays.search import Candidate
from terminal.web.http import TYPES, Request, Response, Route, Stream, Who, cookie, file, folder
from terminal.web.pace import Pace
from terminal.web.screen import Screen
from terminal.web.window.acts import ACTS, CODE_MAX, LOOKS, NAMELESS, SELLS, SUPERVISES, UNANSWERED, Asked, event_of
from terminal.web.window.answers import as_json, field_of, refusal
from terminal.web.window.books import Books
from terminal.web.window.display import display_view
from terminal.web.window.view import window_view
from terminal.words import CATALOGUES

log = logging.getLogger(__name__)

COOKIE = "fee_window"
COOKIE_RULES = "Path=/window; HttpOnly; SameSite=Strict"
BODY_BYTES = 4096
KNOWN_S = 5.0
"""So long an act may need to the journal; after that nobody can say whether it will be done."""
LOOK_S = 0.2
"""How often the journal is asked at least."""
NEWEST = 2**62
BADGE_GOOD_S = 30.0
"""A badge that was held before the scanner is good once, and no longer than this."""
PAGES = Path(__file__).parent / "pages"
WORD_GROUPS = (
    "window.", "refused.", "ended.", "matter.", "device.", "problem", "language.name", "service.role.", "service.refused.",
    "backfill.",
)  # fmt: skip


class CarCalls(NamedTuple):
    """Cars by part of their plate, where the site has that: `terminal.reception` answers, in the browser's thread."""

    search: Callable[[str], Sequence[Candidate]] | None = None
    """Raises CodeError, StoreError."""
    choose: Callable[[str], None] | None = None
    """Raises CodeError, `queue.Full`."""


class _Badge(msgspec.Struct, forbid_unknown_fields=True):
    """The badge that was read at this event: the page knows no more of it."""

    badge: int


class _Read(msgspec.Struct, forbid_unknown_fields=True):
    """What a reader has typed."""

    text: str


class _Car(msgspec.Struct, forbid_unknown_fields=True):
    token: str


class WindowPage:
    """Routes and streams of both pages; the shell tells it the world after each commit."""

    def __init__(
        self,
        operators_file: Path,
        post: Callable[[Event], None],
        books: Books,
        cars: CarCalls = CarCalls(),  # noqa: B008
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`post` hands an event to the pump and may raise `queue.Full`."""
        self._post = post
        self._books = books
        self._cars = cars
        self._world = new_world()
        self._note_seq = self._receipt_seq = 0
        """At which events the credit note and the receipt were shown that the world remembers."""
        self._badge_used_seq = 0
        """The last badge that was good for something, or came before this life."""
        self._badge_until_s = 0.0
        self._monotonic = monotonic
        self.screen, self._display = Screen(monotonic), Screen(monotonic)
        self._sessions = Sessions(1, LOOKS, monotonic)
        self._signed_in: Operator | None = None
        """Whose the session is, while there is one."""
        self._signing_in = SigningIn(operators_file, self._note_failure, books.tries, monotonic, LOOKS)
        self._one_at_a_time = threading.Lock()
        self._sign_in_pace = Pace(monotonic, 3, 0.5)
        self._act_pace = Pace(monotonic, 20, 8.0)
        self._search_pace = Pace(monotonic, 8, 1.0)
        self.streams = [
            Stream("/window/live", self.screen, lambda request: self._who(request) is not None),
            Stream("/display/live", self._display),
        ]

    def show(self, world: World) -> None:
        """This is the world now; called by the pump's thread."""
        before, window = self._world.window, world.window
        self._note_seq = self._note_seq if window.note_shown is before.note_shown else world.seq
        self._receipt_seq = self._receipt_seq if window.receipt_shown is before.receipt_shown else world.seq
        if not self._world.seq:
            self._badge_used_seq = window.badge_seq
        elif window.badge_seq != before.badge_seq:
            self._badge_until_s = self._monotonic() + BADGE_GOOD_S
        self._world = world
        search, note_seq, receipt_seq = self._cars.search is not None, self._note_seq, self._receipt_seq
        self.screen.show(window_view(world, search=search, note_seq=note_seq, receipt_seq=receipt_seq))
        self._display.show(display_view(world))

    # --- routes -----------------------------------------------------------------------------------------------------
    def routes(self) -> Iterator[Route]:
        """All of them, and what stands at "/"."""
        yield from folder(PAGES)
        page = (PAGES / "window.html").read_bytes()
        for path, content in (("/", page), ("/window", page), ("/display", (PAGES / "display.html").read_bytes())):
            yield file(path, TYPES[".html"], content)
        for language, words in CATALOGUES.items():
            ours = {key: text for key, text in words.items() if key.startswith(WORD_GROUPS)}
            yield file(f"/window/words.{language}.json", "application/json", msgspec.json.encode(ours))
        yield Route("GET", "/window/gate", self._gate, Who.OUR_PAGE)
        for path, show in (("sign-in", self._sign_in), ("badge", self._badge_read)):
            yield Route("POST", f"/window/{path}", show, Who.OUR_PAGE, BODY_BYTES)
        for path, press in (("sign-out", self._sign_out), ("here", self._here), ("act", self._act), ("car", self._car)):
            yield Route("POST", f"/window/{path}", partial(self._for_staff, press), Who.OUR_PAGE, BODY_BYTES)
        for path, read in (("receipts", self._receipts), ("backfill", self._backfill), ("cars", self._found_cars)):
            yield Route("GET", f"/window/{path}", partial(self._for_staff, read), Who.OUR_PAGE)

    def _gate(self, request: Request) -> Response:
        """Who may come, who is in, and whose the window is."""
        operator, world = self._who(request), self._world
        try:
            known = self._signing_in.operators()
        except ConfigError:
            known = ()
        shift, other = world.window.shift, self._signed_in if self._sessions.any else None
        return as_json(
            {
                "terminal_id": world.rules.terminal_id,
                "site": world.rules.site,
                "language": world.rules.language,
                "shift": str(world.shift),
                "shift_who": shift.who if shift is not None else "",
                "shift_name": shift.name if shift is not None else "",
                "counter": shift.counter if shift is not None else "",
                "operators": [_shown(each) for each in known if each.role in LOOKS],
                "signed_in": None if operator is None else _shown(operator),
                "other": other.shown_name if operator is None and other is not None else "",
                "badge_seq": world.window.badge_seq if self._badge_is_good(world.window.badge_seq) else 0,
            }
        )

    # --- signing in and out -----------------------------------------------------------------------------------------
    def _sign_in(self, request: Request) -> Response:
        if not self._sign_in_pace.allows():
            return refusal("busy", 2.0)
        try:
            proof = _proof(msgspec.json.decode(request.body))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        if isinstance(proof, _Badge) and self._sessions.any and self._who(request) is None:
            return refusal("busy", 2.0)  # it was shown to whoever is signed in, not to another browser
        try:
            operator = self._proven(proof)
        except Refused as refused:
            return refusal(refused.reason, refused.wait_s)
        except StoreError:
            return refusal("other", 1.0)
        return self._let_in(operator)

    def _let_in(self, operator: Operator) -> Response:
        """The journal hears of it first; a shift that waited for its collector serves again."""
        with self._one_at_a_time:
            if why := self._write_down(StaffActed(operator.name, "sign_in")):
                return refusal(why, 1.0)
            shift = self._world.window.shift
            if self._world.shift is ShiftState.LOCKED and shift is not None and shift.who == operator.name:
                self._write_down(WindowUnlocked(operator.name))
            secret = self._sessions.begin(operator)
            self._signed_in = operator
        return as_json(_shown(operator), {"Set-Cookie": f"{COOKIE}={secret}; {COOKIE_RULES}"})

    def _badge_read(self, request: Request) -> Response:
        """A reader that types like a keyboard has read a badge, which goes the way of the terminal's own scanner."""
        if not self._sign_in_pace.allows():
            return refusal("busy", 2.0)
        try:
            text = msgspec.json.decode(request.body, type=_Read).text
            if not text.startswith(BADGE_MAGIC) or len(text) > CODE_MAX or not (text.isascii() and text.isprintable()):
                return Response(HTTPStatus.BAD_REQUEST)
            self._post(CodeScanned(text))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        except queue.Full:
            return refusal("busy", 1.0)
        return Response(HTTPStatus.ACCEPTED, b"{}")

    def _proven(self, proof: Credentials | _Badge) -> Operator:
        """Who has shown a PIN or a badge. Raises `Refused`, StoreError."""
        if isinstance(proof, Credentials):
            return self._signing_in.sign_in(proof.name, proof.pin)
        with self._one_at_a_time:
            shown = self._world.window.badge_shown
            if shown is None or not self._badge_is_good(proof.badge):
                raise Refused("wrong")
            self._badge_used_seq = proof.badge
        return self._signing_in.sign_in_by_badge(shown.who, shown.number)

    def _badge_is_good(self, seq: int) -> bool:
        is_last = seq == self._world.window.badge_seq and seq > self._badge_used_seq
        return is_last and self._monotonic() < self._badge_until_s

    def _note_failure(self, name: str) -> None:
        try:
            self._post(StaffActed(name, "sign_in_failed"))
        except queue.Full:
            log.warning("a wrong PIN was given, and the pump has no time to write it down")

    def _sign_out(self, operator: Operator, request: Request) -> Response:
        """Nobody leaves an open window behind."""
        if self._serves(operator):
            with self._one_at_a_time:
                if why := self._write_down(WindowLocked(operator.name)):
                    return refusal(why, 1.0)
        self._sessions.end(cookie(request, COOKIE))
        with self._one_at_a_time:
            why = self._write_down(StaffActed(operator.name, "sign_out"))
        gone = {"Set-Cookie": f"{COOKIE}=; Max-Age=0; {COOKIE_RULES}"}
        return refusal(why, 1.0, gone) if why else as_json({}, gone)

    def _here(self, operator: Operator, request: Request) -> Response:
        return as_json({})

    def _for_staff(self, answer: Callable[[Operator, Request], Response], request: Request) -> Response:
        """Answers only to who is signed in; whatever they ask for shows that they are there."""
        operator = self._who(request, touch=True)
        if operator is not None and not self._is_still(operator):
            self._sessions.end(cookie(request, COOKIE))
            operator = None
        return refusal("signed_out") if operator is None else answer(operator, request)

    def _is_still(self, operator: Operator) -> bool:
        """Whether the file still says so; a file that can not be read changes nothing for who is in."""
        try:
            return operator in self._signing_in.operators()
        except ConfigError:
            return True

    def _who(self, request: Request, *, touch: bool = False) -> Operator | None:
        secret = cookie(request, COOKIE)
        return self._sessions.who(secret, touch=touch) if secret else None

    # --- acts -------------------------------------------------------------------------------------------------------
    def _act(self, operator: Operator, request: Request) -> Response:
        try:
            asked = msgspec.json.decode(request.body, type=Asked)
            second = None if asked.second is None else _proof(asked.second)
            event_of(asked, operator, "")
        except (KeyError, ValueError):
            return Response(HTTPStatus.BAD_REQUEST)
        if operator.role not in ACTS[asked.act].roles:
            return refusal("role")
        if asked.act in NAMELESS and not self._serves(operator):
            return refusal("refused.no_shift")
        if not self._act_pace.allows():
            return refusal("busy", 1.0)
        try:
            approved_by = "" if second is None else self._approved_by(second)
        except Refused as refused:
            return refusal(refused.reason, refused.wait_s, about="second")
        except StoreError:
            return refusal("other", 1.0)
        return self._do(asked, event_of(asked, operator, approved_by), request)

    def _approved_by(self, second: Credentials | _Badge) -> str:
        """The second person's name, proven by a PIN or a badge. Raises `Refused`, StoreError."""
        approver = self._proven(second)
        if approver.role not in SUPERVISES:
            raise Refused("not_for_you")
        return approver.name

    def _do(self, asked: Asked, event: Event, request: Request) -> Response:
        if asked.act in UNANSWERED:
            try:
                self._post(event)
            except queue.Full:
                return refusal("busy", 1.0)
            return Response(HTTPStatus.ACCEPTED, b"{}")
        with self._one_at_a_time:
            why = self._write_down(event)
        if why:
            return refusal(why, 1.0)
        if asked.act == "lock":
            self._sessions.end(cookie(request, COOKIE))
        return as_json({"seq": self._world.seq})

    def _serves(self, operator: Operator) -> bool:
        """Whether this is the collector of the shift that serves."""
        shift = self._world.window.shift
        return self._world.shift is ShiftState.SERVING and shift is not None and shift.who == operator.name

    def _write_down(self, event: Event) -> str:
        """Hands an event to the pump and waits until the journal holds it and the world is shown that it made.

        "" when it was done; else why not: `refused.…` of the tables, or why nobody knows.
        """
        told_before = self._world.window.told
        try:
            after = self._books.newest_event()
            self._post(event)
        except StoreError:
            return "other"
        except queue.Full:
            return "busy"
        end_s = time.monotonic() + KNOWN_S
        while not self._is_done(event, after):
            left_s = end_s - time.monotonic()
            if left_s <= 0 or not self.screen.wait_for_next(min(left_s, LOOK_S)):
                return "not_known"
        told = self._world.window.told
        is_news = told is not None and told is not told_before
        return told.key if told is not None and is_news and told.key.startswith("refused.") else ""

    def _is_done(self, event: Event, after: int) -> bool:
        try:
            seq = self._books.seq_of(event, after)
        except StoreError:
            return False
        return seq is not None and self._world.seq >= seq

    # --- what is looked up ------------------------------------------------------------------------------------------
    def _receipts(self, operator: Operator, request: Request) -> Response:
        if not self._search_pace.allows():
            return refusal("busy", 1.0)
        if self._world.shift is ShiftState.COUNTING:
            return refusal("refused.not_now")  # the drawer's sum could be reckoned from them
        wanted = field_of(request.query, "number")
        up_to = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 9 else NEWEST
        return self._looked_up(lambda zone: self._books.receipts(up_to, zone))

    def _backfill(self, operator: Operator, request: Request) -> Response:
        return self._looked_up(self._books.backfill) if self._act_pace.allows() else refusal("busy", 1.0)

    def _looked_up(self, read: Callable[[ZoneInfo], object]) -> Response:
        try:
            return as_json(read(ZoneInfo(self._world.rules.timezone)))
        except StoreError as error:
            log.warning("the window's page can not read the journal: %s", error)
            return refusal("other", 1.0)

    def _found_cars(self, operator: Operator, request: Request) -> Response:
        if self._cars.search is None:
            return Response(HTTPStatus.NOT_FOUND)
        if not self._search_pace.allows():
            return refusal("busy", 1.0)
        try:
            return as_json({"candidates": self._cars.search(field_of(request.query, "plate"))})
        except CodeError as why:
            return as_json({"candidates": [], "reason": f"refused.{why.reason}"})
        except StoreError:
            return refusal("other", 1.0)

    def _car(self, operator: Operator, request: Request) -> Response:
        if self._cars.choose is None:
            return Response(HTTPStatus.NOT_FOUND)
        if operator.role not in SELLS or not self._serves(operator):
            return refusal("refused.no_shift")
        try:
            self._cars.choose(msgspec.json.decode(request.body, type=_Car).token)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Response(HTTPStatus.BAD_REQUEST)
        except CodeError as why:
            return refusal(f"refused.{why.reason}")
        except queue.Full:
            return refusal("busy", 1.0)
        return Response(HTTPStatus.ACCEPTED, b"{}")


def _proof(shown: Any) -> Credentials | _Badge:
    """What somebody has shown of themselves. Raises `msgspec.ValidationError`."""
    if isinstance(shown, dict) and "badge" in shown:
        return msgspec.convert(shown, _Badge)
    return msgspec.convert(shown, Credentials)


def _shown(operator: Operator) -> dict[str, Any]:
    return {"name": operator.name, "shown_name": operator.shown_name, "role": operator.role}
