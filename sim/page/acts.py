"""What a touch on the rig page means: any verb of the rig, or one of the page's own acts, which need more than the rig.

An act is written like a verb: its class's name is what it is called, its fields are what must be said with it.
"""

import secrets
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sim.balance import last_pieces, window_cash
from sim.cash import FLOAT, Place, pieces_for
from sim.control import RigError
from sim.rig import read_ticket_key
from sim.verbs import (
    AnyVerb,
    Carry,
    CloseCover,
    Insert,
    InsertFake,
    LoadPaper,
    Look,
    OpenCover,
    Scan,
    ShutDrawer,
    Ticket,
    Truth,
    spelled,
)
from terminal.pay.coupons import make_coupon
from terminal.shift.pieces import Pieces, counted, total_minor
from terminal.stays.reports import VehicleEntered, write_report

if TYPE_CHECKING:
    from sim.page.desk import Desk

MOUTH_S = 4.0
"""So long a hand holds a note at the mouth of the validator before it gives up."""
HANDS_S = 2.0
"""So long it takes to change a roll of paper."""
COUPON_GOOD_S = 86_400
ANSWER_S = 5.0
Long = Annotated[float, Meta(ge=0, le=525_600, description="minutes")]
Worth = Annotated[int, Meta(ge=1, le=1440, description="minutes")]


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb", tag=spelled):
    """Base of the page's own acts."""

    def do(self, desk: "Desk") -> Any:
        """Do it; the answer is ready for JSON. Raises `RigError`."""
        raise NotImplementedError


class PullPlug(Act, frozen=True):
    """the power of the whole kiosk goes: the program is killed, the devices stop where they are"""

    def do(self, desk: "Desk") -> None:
        """As told."""
        desk.pull_plug()


class PlugIn(Act, frozen=True):
    """the kiosk has its power back: the devices boot, the program starts"""

    def do(self, desk: "Desk") -> None:
        """As told."""
        desk.plug_in()


class KillProgram(Act, frozen=True):
    """the program is killed and started again, as systemd does; the devices go on"""

    def do(self, desk: "Desk") -> None:
        """As told."""
        desk.kill_program()


class ReadAgain(Act, frozen=True):
    """the configuration is read again, as `systemctl reload` does"""

    def do(self, desk: "Desk") -> None:
        """As told."""
        desk.reload()


class NewRoll(Act, frozen=True):
    """somebody opens the printer's cover, puts a new roll in, and shuts the cover: that takes a moment"""

    def do(self, desk: "Desk") -> None:
        """As told. Quicker than `HANDS_S` no hands are, and no printer would be asked in between."""
        desk.ask(OpenCover())
        time.sleep(HANDS_S)
        desk.ask(LoadPaper())
        desk.ask(CloseCover())


class NewCar(Act, frozen=True):
    """a car that came so long ago: its ticket is taken in the hand, and held before the scanner"""

    minutes: Long

    def do(self, desk: "Desk") -> str:
        """As told; the answer is the ticket's code."""
        code = str(desk.ask(Ticket(minutes=self.minutes)))
        desk.take_ticket(code, self.minutes)
        desk.ask(Scan(code=code))
        return code


class CarByPlate(Act, frozen=True):
    """a camera saw a car come in so long ago; the payer finds it by its plate"""

    minutes: Long

    def do(self, desk: "Desk") -> str:
        """As told; the answer is the plate."""
        number = f"{secrets.randbelow(90_000) + 10_000}"
        entered_ms = time.time_ns() // 1_000_000 - round(self.minutes * 60_000)
        seen = VehicleEntered(f"cam1-{number}-{entered_ms}", f"P{number}", f"粤B{number}", entered_ms, "T2")
        _post(desk, "/reports", write_report(seen, read_ticket_key(desk.folder)))
        desk.see_car(seen.plate, self.minutes)
        return seen.plate


class ShowCoupon(Act, frozen=True):
    """a merchant's coupon is held before the scanner"""

    minutes: Worth

    def do(self, desk: "Desk") -> str:
        """As told; the answer is the coupon's code."""
        until_s = int(time.time()) + COUPON_GOOD_S
        key = read_ticket_key(desk.folder)
        code = make_coupon(key, f"C{secrets.token_hex(4)}", "S1", until_s, minutes=self.minutes)
        desk.ask(Scan(code=code))
        return code


class ChooseLanguage(Act, frozen=True):
    """somebody who reads this language stands before the kiosk, and presses its button for it"""

    language: Annotated[str, Meta(max_length=16)]

    def do(self, desk: "Desk") -> None:
        """As told. The terminal takes this of its own page only, so that is what we say we are."""
        ours = {"Origin": f"http://127.0.0.1:{desk.web_port}", "X-Fee-Terminal": "1"}
        _post(desk, "/language", msgspec.json.encode({"language": self.language}), ours)


class CarryBack(Act, frozen=True):
    """the payer takes back what lies on the counter"""

    def do(self, desk: "Desk") -> None:
        """As told."""
        carry(desk, "counter", "payer", pieces_of(desk.ask(Look())["drawer"]["counter"]))


class FloatIn(Act, frozen=True):
    """a float out of the safe is laid into the open drawer: `FLOAT`"""

    def do(self, desk: "Desk") -> None:
        """As told."""
        carry(desk, "safe", "drawer", FLOAT)


class FollowBooks(Act, frozen=True):
    """honest hands: what lies on the counter goes into the drawer, what the books gave out leaves it, and it is pushed shut"""

    def do(self, desk: "Desk") -> None:
        """As told. What the safe gives or gets goes first; what is left over is the payer's."""
        books, is_so = window_cash(desk.journal), desk.ask(Truth())
        looks = desk.ask(Look())["drawer"]
        carry(desk, "counter", "drawer", pieces_of(looks["counter"]))
        to_safe_minor = books.safe_gained_minor - is_so["safe_gained_minor"]
        if to_safe_minor < 0:
            carry(desk, "safe", "drawer", picked(desk, "safe", -to_safe_minor))
        elif to_safe_minor:
            carry(desk, "drawer", "safe", picked(desk, "drawer", to_safe_minor))
        left_minor = desk.ask(Truth())["drawer_minor"] - books.drawer_minor
        if left_minor > 0:
            carry(desk, "drawer", "payer", picked(desk, "drawer", left_minor))
        desk.ask(ShutDrawer())


AnyAct = (
    PullPlug | PlugIn | KillProgram | ReadAgain
    | NewRoll | NewCar | CarByPlate | ShowCoupon | ChooseLanguage
    | CarryBack | FloatIn | FollowBooks
)  # fmt: skip
AnyTouch = AnyVerb | AnyAct


def carry_out(touch: AnyTouch, desk: "Desk") -> Any:
    """Do what a touch means. Raises `RigError`."""
    if isinstance(touch, Act):
        return touch.do(desk)
    if isinstance(touch, Insert | InsertFake):
        return desk.hold_at_mouth(touch, MOUTH_S)
    return desk.ask(touch)


def carry(desk: "Desk", origin: Place, goal: Place, pieces: Pieces) -> None:
    """Pieces of several denominations. Raises `RigError`."""
    for denomination_minor, count in pieces:
        desk.ask(Carry(origin, goal, denomination_minor, count))


def picked(desk: "Desk", origin: Literal["drawer", "safe"], amount_minor: int) -> Pieces:
    """Which pieces hands take for an amount: those that were counted for it last, else the fewest. Raises `RigError`."""
    last = last_pieces(desk.journal)
    if total_minor(last) == amount_minor:
        return last
    looks = desk.ask(Look())["drawer"]
    try:
        return pieces_for(amount_minor, pieces_of(looks["pieces" if origin == "drawer" else "safe"]))
    except ValueError as why:
        raise RigError(str(why)) from why


def pieces_of(looks: Mapping[str, int]) -> Pieces:
    """Pieces as the rig tells of them."""
    return counted((int(minor), count) for minor, count in looks.items())


def _post(desk: "Desk", path: str, content: bytes, headers: Mapping[str, str] = {}) -> None:
    """Say it to the terminal over HTTP. Raises `RigError` when it does not take it."""
    connection = HTTPConnection("127.0.0.1", desk.web_port, timeout=ANSWER_S)
    try:
        connection.request("POST", path, content, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, HTTPException) as why:
        raise RigError("the terminal does not answer") from why
    finally:
        connection.close()
    if answer.status >= 300:
        raise RigError(f"the terminal refuses {path}: {said.decode()}")
