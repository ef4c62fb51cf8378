"""What people and accidents can do to the rig: one struct a verb, and the control socket and the command line follow from it.

The class's name is the verb (`InsertFake` is `insert-fake`), its fields are the arguments (those without a default stand
behind the verb, the others are options), the first line of its docstring is the help, and `do` does it to the rig. `AnyVerb`
at the end is the list of them all.
"""

import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sim.cash import Place, worth
from sim.devices import bill_validator
from sim.devices.printer import Strip
from terminal.pay.receipts import Proof, text_of
from terminal.pay.signing import sign
from terminal.pay.tickets import make_ticket

if TYPE_CHECKING:
    from sim.rig import Rig

Minor = Annotated[int, Meta(ge=1, le=100_000_000, description="an amount in minor units: 1000 is a note of 10 yuan")]
Device = Annotated[Literal["validator", "scanner", "printer", "drawer"], Meta(description="whose cable")]
CashPlace = Annotated[Place, Meta(description="where cash is")]
Pieces = Annotated[int, Meta(ge=1, le=10_000, description="so many pieces")]
Code = Annotated[str, Meta(min_length=1, max_length=512, description="what stands on the ticket")]
Id = Annotated[str, Meta(pattern=r"^([A-Za-z0-9-]{1,32})?\Z", description="id of the ticket; default: the next number")]
Count = Annotated[int, Meta(ge=1, le=100_000, description="so many bytes")]
Minutes = Annotated[float, Meta(ge=0, le=525_600, description="how long ago the car came; default: 90")]
Hours = Annotated[float, Meta(ge=0, le=8_760, description="… in hours, together with the minutes")]
Millimetres = Annotated[float, Meta(ge=0, le=100_000, description="so much is left on the roll")]

PRESS_MS = 200
"""How long a finger stays on a button."""
STAY_MINUTES = 90
"""How long a car has stayed if nobody says otherwise."""


class Refused(Exception):
    """Raised by a verb: it could not be done, and why."""


def spelled(name: str) -> str:
    """How a class's name is written on the command line."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Verb(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb", tag=spelled):
    """Base of all verbs."""

    def do(self, rig: "Rig") -> Any:
        """Do it; the answer is ready for JSON, None: nothing to say. Raises `Refused`."""
        raise NotImplementedError


# --- notes --------------------------------------------------------------------------------------------------------
class Insert(Verb, frozen=True):
    """offer a note"""

    amount_minor: Minor

    def do(self, rig: "Rig") -> int:
        """As told; the answer is the number that `Where` knows it by."""
        return rig.offer(self.amount_minor, genuine=True)


class InsertFake(Verb, frozen=True):
    """offer a piece of paper that is no note"""

    def do(self, rig: "Rig") -> int:
        """As told; the answer is the number that `Where` knows it by."""
        return rig.offer(0, genuine=False)


class Where(Verb, frozen=True):
    """say where a note is: path, escrow, transport, box or returned"""

    number: Annotated[int, Meta(ge=1, description="the number that it was given")]

    def do(self, rig: "Rig") -> str:
        """As told."""
        if self.number > len(rig.offered):
            raise Refused(f"there is no note {self.number}")
        return rig.offered[self.number - 1].place.value


class PullBack(Verb, frozen=True):
    """cheat: pull the note out again, on a string"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        if not rig.validator.pull_back(rig.now_ms()):
            raise Refused("there is no note that could still be pulled out")


class Jam(Verb, frozen=True):
    """something gets stuck in the validator"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.validator.jam(rig.now_ms())


class ClearJam(Verb, frozen=True):
    """clear the validator's path by hand"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.validator.clear_jam(rig.now_ms())


class FillBox(Verb, frozen=True):
    """make the cash box full"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.validator.fill_box()


class RemoveBox(Verb, frozen=True):
    """take the cash box out, with all that is in it"""

    def do(self, rig: "Rig") -> dict[str, int]:
        """As told."""
        return notes(rig.validator.remove_box(rig.now_ms()))


class ReplaceBox(Verb, frozen=True):
    """put an empty cash box in"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.replace_box()


# --- codes --------------------------------------------------------------------------------------------------------
class Scan(Verb, frozen=True):
    """hold a code before the scanner"""

    code: Code

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.scan(self.code)


class Ticket(Verb, frozen=True):
    """make a genuine ticket, print its code"""

    minutes: Minutes | None = None
    hours: Hours | None = None
    id: Id = ""
    tariff: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,32}\Z", description="name of the tariff")] = "T1"
    scan: Annotated[bool, Meta(description="hold it before the scanner at once")] = False

    def do(self, rig: "Rig") -> str:
        """As told."""
        given = self.minutes is not None or self.hours is not None
        minutes = (self.minutes or 0) + 60 * (self.hours or 0) if given else STAY_MINUTES
        code = make_ticket(
            rig.ticket_key, self.id or rig.next_ticket_id(), int(time.time() - 60 * minutes), self.tariff
        )
        if self.scan:
            rig.scan(code)
        return code


class CreditNote(Verb, frozen=True):
    """make a genuine credit note of a kiosk, print its code"""

    amount_minor: Minor
    scan: Annotated[bool, Meta(description="hold it before the scanner at once")] = False

    def do(self, rig: "Rig") -> str:
        """As told."""
        proof = Proof("credit_note", "k01", rig.next_note_no(), self.amount_minor, int(time.time()) * 1000)
        code = sign(rig.ticket_key, text_of(proof))
        if self.scan:
            rig.scan(code)
        return code


class Noise(Verb, frozen=True):
    """a loose cable: the scanner sends bytes of anything"""

    count: Count

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.scanner.noise(self.count, rig.random)


# --- printer ------------------------------------------------------------------------------------------------------
class PaperOut(Verb, frozen=True):
    """the paper roll comes to its end"""

    mm: Millimetres = 0.0

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.paper_ends_in(self.mm)


class PaperLow(Verb, frozen=True):
    """little paper is left"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.paper_low()


class LoadPaper(Verb, frozen=True):
    """put a new roll in"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.load_paper()


class OpenCover(Verb, frozen=True):
    """open the printer's cover"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.open_cover()


class CloseCover(Verb, frozen=True):
    """close the printer's cover"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.close_cover()


class JamCutter(Verb, frozen=True):
    """the printer's cutter gets stuck"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.jam_cutter()


class ClearCutter(Verb, frozen=True):
    """the printer's cutter moves again"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.clear_cutter()


# --- drawer and hands ---------------------------------------------------------------------------------------------
class ShutDrawer(Verb, frozen=True):
    """push the cash drawer shut"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.drawer.push_shut()


class UnlockDrawer(Verb, frozen=True):
    """open the cash drawer with its key"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.drawer.unlock()


class StickDrawer(Verb, frozen=True):
    """the cash drawer sticks: its magnet does not open it"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.drawer.stuck = True


class FreeDrawer(Verb, frozen=True):
    """the cash drawer does not stick any more"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.printer.drawer.stuck = False


class Carry(Verb, frozen=True):
    """carry pieces of cash from one place to another: payer, counter, drawer, safe"""

    origin: CashPlace
    goal: CashPlace
    denomination_minor: Minor
    count: Pieces = 1

    def do(self, rig: "Rig") -> None:
        """As told."""
        if why := rig.cash.carry(self.origin, self.goal, self.denomination_minor, self.count):
            raise Refused(why)


# --- contacts -----------------------------------------------------------------------------------------------------
class OpenDoor(Verb, frozen=True):
    """open the service door"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.set_door(is_open=True)


class CloseDoor(Verb, frozen=True):
    """close the service door"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.set_door(is_open=False)


class PressCancel(Verb, frozen=True):
    """press the cancel button"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.press_cancel(PRESS_MS)


# --- cables and power ---------------------------------------------------------------------------------------------
class Unplug(Verb, frozen=True):
    """pull a device's cable out"""

    device: Device

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.set_cable(self.device, plugged=False)


class Plug(Verb, frozen=True):
    """put a device's cable in again"""

    device: Device

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.set_cable(self.device, plugged=True)


class RestartDevices(Verb, frozen=True):
    """all devices lose their power, and have it back a moment later"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.cut_power()


class CutPower(Verb, frozen=True):
    """all devices lose their power, until restore-power"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.lose_power()


class RestorePower(Verb, frozen=True):
    """all devices have their power back"""

    def do(self, rig: "Rig") -> None:
        """As told."""
        rig.restore_power()


# --- truth --------------------------------------------------------------------------------------------------------
class Tape(Verb, frozen=True):
    """show the paper that came out of the printer"""

    def do(self, rig: "Rig") -> str:
        """As told."""
        return rig.printer.tape


class Truth(Verb, frozen=True):
    """say what physically is in the box, on the tape, and was opened, as JSON"""

    def do(self, rig: "Rig") -> dict[str, Any]:
        """As told; amounts in minor units."""
        validator, strips = rig.validator, rig.printer.strips
        inside = (bill_validator.Place.PATH, bill_validator.Place.ESCROW, bill_validator.Place.TRANSPORT)
        moving = sum((validator.where(place) for place in inside), start=NONE)
        returned = validator.where(bill_validator.Place.RETURNED)
        whole = [strip for strip in strips if strip.whole]
        return {
            "box": notes(validator.in_box),
            "box_minor": worth(validator.in_box),
            "collected": notes(validator.collected),
            "collected_minor": worth(validator.collected),
            "in_motion_minor": worth(moving),
            "returned_minor": worth(returned),
            "note_at": validator.place.value if validator.place else None,
            "takes_notes": validator.running and validator.enabled,
            "tape": {
                "originals": sum(not strip.is_copy for strip in whole),
                "copies": sum(strip.is_copy for strip in whole),
                "documents": [
                    {"codes": strip.codes, "copy": strip.is_copy, "whole": strip.whole}
                    for strip in strips
                    if strip.content
                ],
            },
            "paper_left_mm": round(rig.printer.paper_left_mm),
            "barrier_openings": rig.barrier_openings(),
            "drawer_openings": rig.printer.drawer_kicks,
            "drawer": notes(rig.cash.drawer.pieces),
            "drawer_minor": worth(rig.cash.drawer.pieces),
            "counter_minor": worth(rig.cash.counter),
            "safe_gained_minor": rig.cash.safe_gained_minor,
            "terminals": rig.board.terminals(),
        }


class Look(Verb, frozen=True):
    """say how everything looks from outside, as JSON: what the rig page draws"""

    def do(self, rig: "Rig") -> dict[str, Any]:
        """As told."""
        from sim.looks import look

        return look(rig)


class PaperAt(Verb, frozen=True):
    """show one piece of paper, as JSON: what the printer put on it, in order"""

    number: Annotated[int, Meta(ge=0, description="as look counts them")]

    def do(self, rig: "Rig") -> Strip:
        """As told."""
        if self.number >= len(rig.printer.strips):
            raise Refused(f"there is no paper {self.number}")
        return rig.printer.strips[self.number]


NONE: Counter[int] = Counter()


def notes(counted: Counter[int]) -> dict[str, int]:
    """Genuine notes by denomination."""
    return {str(amount): count for amount, count in sorted(counted.items()) if amount and count}


AnyVerb = (
    Insert | InsertFake | Where | PullBack | Jam | ClearJam | FillBox | RemoveBox | ReplaceBox
    | Scan | Ticket | CreditNote | Noise
    | PaperOut | PaperLow | LoadPaper | OpenCover | CloseCover | JamCutter | ClearCutter
    | ShutDrawer | UnlockDrawer | StickDrawer | FreeDrawer | Carry
    | OpenDoor | CloseDoor | PressCancel
    | Unplug | Plug | RestartDevices | CutPower | RestorePower
    | Tape | Truth | Look | PaperAt
)  # fmt: skip
