"""A bill validator as a thing: a path, an escrow, a transport, a box, and a note that is always somewhere.

It knows no wire. People act on it with verbs (`insert_bill`, `pull_back`, `jam`, `remove_box`, `lose_power` …), a wire format
(`sim/devices/ssp.py`) commands it (`accept`, `reject`, `hold`) and reads what has happened (`happened`). What it holds is the
truth that every check compares the books with:

    hand → path → escrow → transport → box          and back: path, escrow, early transport → returned
                             ^ `credit` happens half way: past that point a note can not come back
"""

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

Happening = Literal[
    "read",
    "credited",
    "stacked",
    "rejected",
    "fraud",
    "box_replaced",
    "restarted",
    "cleared_to_box",
    "cleared_to_front",
]


class Place(Enum):
    """Where a note is."""

    HAND = "hand"
    PATH = "path"
    ESCROW = "escrow"
    TRANSPORT = "transport"
    BOX = "box"
    RETURNED = "returned"


@dataclass(slots=True)
class Bill:
    """A piece of paper."""

    amount_minor: int
    genuine: bool = True
    place: Place = Place.HAND
    credited: bool = False
    """The device has taken it past the point of no return."""
    credit_told: bool = False
    """… and has told its master so."""


class Happened(NamedTuple):
    """Something the device notices by itself; `why` only with "rejected"."""

    what: Happening
    amount_minor: int = 0
    why: str = ""


class BillValidator:
    """The mechanics. All times in milliseconds; `advance` moves them on to `now_ms`."""

    READING_MS = 500
    RETURNING_MS = 400
    BOOTING_MS = 2000

    def __init__(
        self,
        denominations: tuple[int, ...],
        box_capacity: int = 500,
        hold_ms: int = 10_000,
        stacking_ms: int = 1500,
        stacks_unheld: bool = False,
        repeats_credit: bool = True,
        early_notes_come_back: bool = False,
    ) -> None:
        """`hold_ms`: a note that is not held so long goes back, or into the box if `stacks_unheld` (some old firmware).

        After a power cut a note in the transport goes into the box and is told of: always, when `repeats_credit`, else
        only if its credit was not told before. `early_notes_come_back`: one in the first quarter goes out to the front.
        """
        self.denominations = denominations
        self.box_capacity = box_capacity
        self.hold_ms = hold_ms
        self.stacking_ms = stacking_ms
        self.stacks_unheld = stacks_unheld
        self.repeats_credit = repeats_credit
        self.early_notes_come_back = early_notes_come_back
        self.bills: list[Bill] = []
        self.collected: Counter[int] = Counter()
        """Notes in boxes that were taken away."""
        self.notes_in_box = 0
        self.stacked_count = 0
        self.powered = True
        self.enabled = False
        self.inhibited: set[int] = set()
        self.box_present = True
        self.jammed = False
        self.returning = False
        self.happened: deque[Happened] = deque()
        self._in_box: Counter[int] = Counter()
        self._bill: Bill | None = None
        self._due_ms: int | None = None
        self._why = ""
        self._up_at_ms: int | None = None
        self._now_ms = 0
        self.lose_power(0)
        self.restore_power(0)

    # --- truth ----------------------------------------------------------------------------------------------------
    @property
    def in_box(self) -> Counter[int]:
        """Notes in the box now."""
        return Counter(self._in_box)

    @property
    def taken(self) -> Counter[int]:
        """All notes that ever came to lie in a box: those in this one and those that were collected."""
        return self._in_box + self.collected

    def where(self, place: Place) -> Counter[int]:
        """Notes at a place now."""
        return Counter(bill.amount_minor for bill in self.bills if bill.place is place)

    @property
    def bill(self) -> Bill | None:
        """The note inside the machine, if any."""
        return self._bill

    @property
    def place(self) -> Place | None:
        """Where the note inside the machine is."""
        return self._bill.place if self._bill else None

    @property
    def running(self) -> bool:
        """Has power and has finished booting."""
        return self.powered and self._up_at_ms is None

    @property
    def box_full(self) -> bool:
        """No further note has room."""
        return self.notes_in_box >= self.box_capacity

    @property
    def wake_at_ms(self) -> int | None:
        """When something will move by itself."""
        if not self.powered:
            return None
        if self._up_at_ms is not None:
            return self._up_at_ms
        return None if self.jammed or self._stuck_without_box() else self._due_ms

    # --- people ---------------------------------------------------------------------------------------------------
    def insert_bill(self, amount_minor: int, now_ms: int, genuine: bool = True) -> bool:
        """Offer a note at the mouth; False when the machine does not take it in."""
        self.advance(now_ms)
        ready = self.running and self.enabled and not self._bill and not self.jammed
        if not ready or not self.box_present or self.box_full:
            return False
        self._bill = Bill(amount_minor, genuine, Place.PATH)
        self.bills.append(self._bill)
        self._due_ms = now_ms + self.READING_MS
        return True

    def insert_fake(self, now_ms: int) -> bool:
        """Offer a piece of paper that is no note."""
        return self.insert_bill(0, now_ms, genuine=False)

    def pull_back(self, now_ms: int) -> bool:
        """Cheat: pull the note out again, on a string. False when it is already past the point of no return."""
        self.advance(now_ms)
        if not self._bill or self._bill.credited or self.jammed:
            return False
        self._tell("fraud", self._bill.amount_minor)
        self._give_out("fraud")
        return True

    def jam(self, now_ms: int) -> None:
        """Something gets stuck, and the note with it."""
        self.advance(now_ms)
        self.jammed = True

    def clear_jam(self, now_ms: int) -> None:
        """Staff clear the path: a note past the point of no return goes into the box by hand, any other is handed back."""
        self.advance(now_ms)
        self.jammed = False
        self.returning = False
        if self._bill:
            if self._bill.credited:
                self._put_into_box(self._bill)
            else:
                self._bill.place = Place.RETURNED
            self._bill = None
            self._due_ms = None

    def fill_box(self) -> None:
        """Make the box full."""
        self.box_capacity = self.notes_in_box

    def remove_box(self, now_ms: int) -> Counter[int]:
        """Take the box out with all that is in it."""
        self.advance(now_ms)
        content = self.in_box
        self.collected += content
        self._in_box.clear()
        self.notes_in_box = 0
        self.bills = [bill for bill in self.bills if bill.place is not Place.BOX]
        self.box_present = False
        return content

    def replace_box(self, now_ms: int) -> None:
        """Put an empty box in."""
        self.advance(now_ms)
        self.box_present = True
        self._tell("box_replaced")
        if self._due_ms is not None:
            self._due_ms = max(self._due_ms, now_ms)

    def lose_power(self, now_ms: int) -> None:
        """The plug is pulled: all stops where it is, and what was not told is forgotten."""
        self.advance(now_ms)
        self.powered = False
        self.happened.clear()
        self.enabled = False
        self.inhibited = set(self.denominations)
        self._up_at_ms = None

    def restore_power(self, now_ms: int) -> None:
        """The device boots."""
        if not self.powered:
            self.powered = True
            self._now_ms = now_ms
            self._up_at_ms = now_ms + self.BOOTING_MS

    # --- the wire format ------------------------------------------------------------------------------------------
    def hold(self, now_ms: int) -> bool:
        """Keep the note in escrow for another `hold_ms`; False when there is none."""
        if self.place is not Place.ESCROW or self.returning:
            return False
        self._due_ms = now_ms + self.hold_ms
        return True

    def accept(self, now_ms: int) -> bool:
        """Begin to take the note in escrow into the box."""
        if self.place is not Place.ESCROW or self.returning or not self._bill:
            return False
        self._bill.place = Place.TRANSPORT
        self._due_ms = now_ms + self.stacking_ms // 2
        return True

    def reject(self, now_ms: int, why: str = "by_host") -> bool:
        """Begin to give the note in escrow back."""
        if self.place is not Place.ESCROW or self.returning:
            return False
        self.returning = True
        self._why = why
        self._due_ms = now_ms + self.RETURNING_MS
        return True

    def advance(self, now_ms: int) -> None:
        """Let time pass up to `now_ms`."""
        while self.wake_at_ms is not None and self.wake_at_ms <= now_ms:
            self._now_ms = self.wake_at_ms
            if self._up_at_ms is not None:
                self._boot()
            else:
                self._move()
        self._now_ms = max(self._now_ms, now_ms)

    # --- mechanics ------------------------------------------------------------------------------------------------
    def _tell(self, what: Happening, amount_minor: int = 0, why: str = "") -> None:
        if self.running:
            self.happened.append(Happened(what, amount_minor, why))

    def _stuck_without_box(self) -> bool:
        return not self.box_present and self.place is Place.TRANSPORT

    def _move(self) -> None:
        bill = self._bill
        assert bill
        if self.returning:
            self._give_out(self._why)
        elif bill.place is Place.PATH:
            self._read(bill)
        elif bill.place is Place.ESCROW and self.stacks_unheld:
            self.accept(self._now_ms)
        elif bill.place is Place.ESCROW:
            self.reject(self._now_ms, "not_decided")
        elif not bill.credited:
            bill.credited = True
            self._due_ms = self._now_ms + self.stacking_ms // 2
            self._tell("credited", bill.amount_minor)
        else:
            self._drop_into_box(bill)
            self._tell("stacked", bill.amount_minor)

    def _read(self, bill: Bill) -> None:
        readable = bill.genuine and bill.amount_minor in self.denominations
        if readable and bill.amount_minor not in self.inhibited:
            bill.place = Place.ESCROW
            self._due_ms = self._now_ms + self.hold_ms
            self._tell("read", bill.amount_minor)
        else:
            self.returning = True
            self._why = "inhibited" if readable else "unreadable"
            self._due_ms = self._now_ms + self.RETURNING_MS

    def _give_out(self, why: str) -> None:
        assert self._bill
        self._bill.place = Place.RETURNED
        self._bill = None
        self._due_ms = None
        self.returning = False
        self._tell("rejected", why=why)

    def _drop_into_box(self, bill: Bill) -> None:
        self._put_into_box(bill)
        bill.credited = True
        self.stacked_count += 1
        self._bill = None
        self._due_ms = None

    def _put_into_box(self, bill: Bill) -> None:
        bill.place = Place.BOX
        self._in_box[bill.amount_minor] += 1
        self.notes_in_box += 1

    def _boot(self) -> None:
        """Up again: the path is cleared before anything else."""
        self._up_at_ms = None
        self._tell("restarted")
        bill = self._bill
        if not bill or self.jammed or self._stuck_without_box():
            return
        self.returning = False
        if bill.place is Place.TRANSPORT and (bill.credited or not self.early_notes_come_back):
            told = bill.credit_told and not self.repeats_credit
            self._drop_into_box(bill)
            if not told:
                self._tell("cleared_to_box", bill.amount_minor)
        else:
            bill.place = Place.RETURNED
            self._bill = None
            self._due_ms = None
            self._tell("cleared_to_front", bill.amount_minor)
