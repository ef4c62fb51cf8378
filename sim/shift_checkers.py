"""The promises of a staffed window; what is in the drawer, and what hands did wrong, is the truth (`counter.py`).

    10  for every shift: float + takings - drops - refunds is what is in the drawer, but for what hands did wrong; counted =
        expected ± over/short, and nothing is netted; a drawer that is handed over goes on exactly as it was counted
    11  receipt numbers have no gap and are inside the range that was given
    12  the drawer opened for its orders, each once, or people were called; no credit note is honoured twice; no sale gives back
        more than was paid; each act has its second person where the rules want one

`ShiftLedger` adds up the rows of the journal alone; `WindowPromises` holds them against the desk.
"""

from collections import Counter
from collections.abc import Iterator

import msgspec

from sim.world import VirtualWorld
from terminal.fsm.effects import Alert, OpenDrawer
from terminal.fsm.entries import ReceiptIssued, SaleClosed, SaleOpened
from terminal.fsm.events import RulesChanged, Started
from terminal.fsm.rules import Rules
from terminal.fsm.window_entries import (
    CorrectionBooked,
    DrawerHandedOver,
    DrawerMoved,
    NoteRedeemed,
    NoteSuspectBooked,
    ShiftClosed,
    ShiftCounted,
    ShiftOpened,
)
from terminal.store.record import Record

ALONE_UP_TO_MINOR = 1_000
"""Wrong change and differences up to this one person signs for; all else that moves money out needs two."""
ALWAYS_TWO = frozenset({"drop", "top_up", "refund"})
"""Movements that always do."""
ALONE_BACK = frozenset({"deposit", "change"})
GIVE_BACK = frozenset({"void", "refund", "duplicate", "deposit"})
"""Corrections by which a payer gets back what was paid."""


class OneShift(msgspec.Struct):
    """What the journal says of a shift."""

    shift_no: int
    who: str
    follows: int
    sum_minor: int = 0
    """All that moved, with the float."""
    has_float: bool = False
    float_minor: int = 0
    counted_minor: int | None = None
    """The last count."""
    closed: bool = False
    handed: str = ""
    taken_minor: int = 0
    """What the next one must begin with."""


class ShiftLedger:
    """What is durable of shifts, drawer and receipts; what is wrong by itself stands in `wrong`."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.shifts: dict[int, OneShift] = {}
        self.counts: list[int] = []
        """What was counted, in order."""
        self.redeemed: dict[tuple[str, int], int] = {}
        self.drawer_orders = 0
        self._alerts: Counter[str] = Counter()
        self._due: dict[int, int] = {}
        self._paid: set[int] = set()
        self._given_back: Counter[int] = Counter()
        self._rules: Rules | None = None
        self._receipt_no = 0
        self._firsts: set[int] = set()
        self._z_no = 0
        self.receipts = 0

    @property
    def last(self) -> OneShift | None:
        """The shift that began last."""
        return self.shifts[max(self.shifts)] if self.shifts else None

    def take(self, records: list[Record]) -> None:
        """More has become durable."""
        for record in records:
            if isinstance(record.event, Started | RulesChanged):
                self._rules = record.event.rules
                if self._rules.window is not None:
                    self._firsts.add(self._rules.window.first_receipt_no)
            for effect in record.effects:
                if isinstance(effect, OpenDrawer):
                    self.drawer_orders += 1
                elif isinstance(effect, Alert):
                    self._alerts[effect.code] += 1
            for entry in record.entries:
                self.wrong += [f"event {record.seq}: {what}" for what in self._enter(entry)]

    def take_alerts(self) -> Counter[str]:
        """What people were called for since this was asked last, by code."""
        taken, self._alerts = self._alerts, Counter()
        return taken

    def _enter(self, entry: object) -> Iterator[str]:
        match entry:
            case SaleOpened(sale_no=sale_no, due_minor=due_minor):
                self._due[sale_no] = due_minor
            case SaleClosed(sale_no=sale_no, state="paid"):
                self._paid.add(sale_no)
            case ReceiptIssued(receipt_no=number):
                yield from self._receipt(number)
            case ShiftOpened():
                yield from self._open(entry)
            case DrawerMoved():
                yield from self._move(entry)
            case ShiftCounted():
                yield from self._count(entry)
            case ShiftClosed():
                yield from self._close(entry)
            case DrawerHandedOver():
                yield from self._hand_over(entry)
            case NoteRedeemed():
                note = entry.terminal_id, entry.note_no
                if note in self.redeemed:
                    yield f"credit note {note} was honoured twice"
                self.redeemed[note] = entry.amount_minor
            case CorrectionBooked():
                yield from self._correct(entry)
            case NoteSuspectBooked(how="kept") if not _two(entry.who, entry.approved_by):
                yield "a suspect note was kept by one person alone"

    # --- 11 -----------------------------------------------------------------------------------------------------------
    def _receipt(self, number: int) -> Iterator[str]:
        self.receipts += 1
        window = self._rules.window if self._rules is not None else None
        if window is None:
            return
        if number != self._receipt_no + 1 and not (number in self._firsts and number > self._receipt_no):
            yield f"receipt {number} follows receipt {self._receipt_no}"
        if not window.first_receipt_no <= number <= window.last_receipt_no:
            yield f"receipt {number} is not of {window.first_receipt_no} to {window.last_receipt_no}"
        self._receipt_no = number

    # --- 10 -----------------------------------------------------------------------------------------------------------
    def _open(self, opened: ShiftOpened) -> Iterator[str]:
        last = self.last
        if opened.shift_no != (last.shift_no if last is not None else 0) + 1:
            yield f"shift {opened.shift_no} follows shift {last and last.shift_no}"
        if last is not None and last.has_float and not last.handed:
            yield f"shift {opened.shift_no} begins before the drawer of shift {last.shift_no} was handed over"
        follows = last is not None and last.handed in ("accepted", "disputed")
        if opened.follows != (last.shift_no if follows and last is not None else 0):
            yield f"shift {opened.shift_no} follows {opened.follows}"
        self.shifts[opened.shift_no] = OneShift(opened.shift_no, opened.who, opened.follows)

    def _move(self, moved: DrawerMoved) -> Iterator[str]:
        shift = self.shifts[moved.shift_no]
        if shift is not self.last or shift.closed:
            yield f"{moved.cause} of {moved.amount_minor} in shift {moved.shift_no}, which is over"
        if moved.cause == "float":
            if shift.has_float:
                yield f"shift {moved.shift_no} has two floats"
            if shift.follows and moved.amount_minor != self.shifts[shift.follows].taken_minor:
                yield f"shift {moved.shift_no} begins with {moved.amount_minor}, not with what was handed over"
            shift.has_float, shift.float_minor = True, moved.amount_minor
        elif not shift.has_float:
            yield f"{moved.cause} in shift {moved.shift_no} before its float"
        if moved.cause in ALWAYS_TWO and not _two(moved.who, moved.approved_by):
            yield f"{moved.cause} of {moved.amount_minor} by {moved.who} alone"
        shift.sum_minor += moved.amount_minor

    def _count(self, counted: ShiftCounted) -> Iterator[str]:
        shift = self.shifts[counted.shift_no]
        if counted.expected_minor != shift.sum_minor:
            yield f"shift {shift.shift_no} expects {counted.expected_minor}, its movements come to {shift.sum_minor}"
        shift.counted_minor = counted.counted_minor
        self.counts.append(counted.counted_minor)

    def _close(self, closed: ShiftClosed) -> Iterator[str]:
        shift = self.shifts[closed.shift_no]
        if closed.z_no != self._z_no + 1:
            yield f"Z {closed.z_no} follows Z {self._z_no}"
        self._z_no = closed.z_no
        if (closed.expected_minor, closed.counted_minor) != (shift.sum_minor, shift.counted_minor):
            yield (
                f"Z {closed.z_no} says {closed.expected_minor} and {closed.counted_minor}; "
                f"moved {shift.sum_minor}, counted {shift.counted_minor}"
            )
        if closed.counted_minor != closed.expected_minor + closed.over_minor:
            yield f"Z {closed.z_no}: {closed.counted_minor} is not {closed.expected_minor} and {closed.over_minor} over"
        if closed.over_minor and not closed.reason:
            yield f"Z {closed.z_no}: {closed.over_minor} over, and no reason"
        if abs(closed.over_minor) > ALONE_UP_TO_MINOR and not _two(closed.who, closed.approved_by):
            yield f"Z {closed.z_no}: {closed.over_minor} over, signed by {closed.who} alone"
        shift.closed = True

    def _hand_over(self, handed: DrawerHandedOver) -> Iterator[str]:
        shift = self.shifts[handed.shift_no]
        if not shift.closed or shift.handed or handed.counted_minor != shift.counted_minor:
            yield f"shift {shift.shift_no}: its drawer is handed over with {handed.counted_minor}"
        if handed.how != "disputed" and handed.difference_minor:
            yield f"shift {shift.shift_no}: its drawer was {handed.how} with a difference"
        if handed.how != "accepted" and not _two(handed.who, handed.approved_by):
            yield f"shift {shift.shift_no}: its drawer was {handed.how} by {handed.who} alone"
        shift.handed, shift.taken_minor = handed.how, handed.counted_minor + handed.difference_minor

    # --- 12 -----------------------------------------------------------------------------------------------------------
    def _correct(self, done: CorrectionBooked) -> Iterator[str]:
        alone = done.what in ALONE_BACK and abs(done.amount_minor) <= ALONE_UP_TO_MINOR
        if not alone and done.what != "deposit" and not _two(done.who, done.approved_by):
            yield f"{done.what} of {done.amount_minor} by {done.who} alone"
        if done.what in GIVE_BACK:
            self._given_back[done.sale_no] += done.amount_minor
            paid_minor = self._due.get(done.sale_no, 0) if done.sale_no in self._paid else 0
            if self._given_back[done.sale_no] > paid_minor:
                yield f"sale {done.sale_no}: {self._given_back[done.sale_no]} was given back of {paid_minor} paid"


def _two(who: str, approved_by: str) -> bool:
    return approved_by not in ("", who)


class WindowPromises:
    """10 to 12, over one world's life; a kiosk keeps them by having no shifts."""

    def __init__(self, world: VirtualWorld, ledger: ShiftLedger) -> None:
        self.world = world
        self.ledger = ledger
        self._counts_seen = 0

    def broken(self) -> Iterator[str]:
        """What does not hold, in words; to be asked when the world is at rest."""
        yield from self.ledger.wrong
        yield from self.world.counter.wrong
        yield from self._drawer_holds()
        yield from self._counts()
        yield from self._drawer_opened()
        yield from self._notes()

    def _drawer_holds(self) -> Iterator[str]:
        """10. What the books say is there, but for what hands did wrong."""
        desk, shift = self.world.counter, self.ledger.last
        if shift is None or not shift.has_float or shift.handed == "cleared":
            return  # nobody has counted what is there
        if desk.physical_minor != shift.sum_minor + desk.wrong_minor:
            yield (
                f"drawer: it holds {desk.physical_minor}; the books of shift {shift.shift_no} come to {shift.sum_minor}, "
                f"and hands were off by {desk.wrong_minor}"
            )

    def _counts(self) -> Iterator[str]:
        """10. What is booked as counted is what somebody said."""
        for counted_minor in self.ledger.counts[self._counts_seen :]:
            if counted_minor not in self.world.counter.said:
                yield f"drawer: {counted_minor} is booked as counted, and nobody has said that"
        self._counts_seen = len(self.ledger.counts)

    def _drawer_opened(self) -> Iterator[str]:
        """12. Not more often than it was ordered."""
        kicks, orders = self.world.paper.drawer_kicks, self.ledger.drawer_orders
        if kicks > orders:
            yield f"drawer: it was kicked {kicks} times, and ordered {orders} times"

    def _notes(self) -> Iterator[str]:
        """12. Only genuine credit notes, for what they are worth."""
        desk = self.world.counter
        for (terminal_id, number), amount_minor in self.ledger.redeemed.items():
            if desk.notes.get(number) != amount_minor:
                yield f"credit note {terminal_id} {number} was honoured for {amount_minor}"
