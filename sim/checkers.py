"""The promises of DESIGN, section 5, each with its checker; the devices are the truth, the program's own books are not asked.

`Ledger` adds up what the terminal has made durable, from the rows of its journal alone. `Promises` compares that with box, paper,
change giver, barrier, broker and screen, and says what is wrong in words. Each check costs what has happened since the last one,
so that a life may be long.

    1  cash in the box = credited + unclaimed, per value
    2  no payer is credited or debited twice
    3  change paid out + credit notes = change owed
    4  each paid sale has a receipt, and every further copy says so
    5  the barrier opened only for paid (or free) sales
    6  every acknowledged event survives, in order, with no gap, and its hash chain verifies
    7  a broker that returns gets every event, each once by its id
    8  the terminal is back to service, or says plainly why it is not; it never promises what it can't do
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sim.disk import Image, whole
from sim.kiosk import KEY
from sim.world import JOURNAL, VirtualWorld
from terminal.fsm.effects import Alert, OpenBarrier, PayOut, PrintDocument, Receipt
from terminal.fsm.entries import (
    BillBooked,
    ChangePaidOut,
    CreditNoteIssued,
    DisputeSettled,
    ReceiptIssued,
    SaleClosed,
    SaleOpened,
)
from terminal.fsm.events import Printed
from terminal.fsm.policy import can_take_money
from terminal.fsm.states import SaleState
from terminal.pay.signing import verify
from terminal.store.audit import Audit, audit
from terminal.store.record import Record

NOTICED_MS = 8_000
"""A device's trouble is on the screen after so long: its silence is noticed within 2.2 s, a busy disk may add as much."""

BLINK_MS = 5_000
"""Trouble that is seen in two looks further apart need not be the same."""


class Ledger:
    """What is durable."""

    def __init__(self) -> None:
        self.head = 0
        self.gaps: list[str] = []
        self.sales = 0
        self.paid: set[int] = set()
        self.due: dict[int, tuple[str, int]] = {}
        """Ticket and amount of each sale."""
        self.closed: dict[int, SaleClosed] = {}
        """Sales whose change is not settled yet, as far as the last check has seen."""
        self.credited: Counter[int] = Counter()
        self.given: Counter[int] = Counter()
        self.paid_out_minor = 0
        self.paid_tickets: Counter[str] = Counter()
        """How often each ticket was used to pay something."""
        self.in_box: Counter[int] = Counter()
        """Notes by value that are credited or unclaimed."""
        self.disputed: dict[int, BillBooked] = {}
        self.receipts: dict[int, int] = {}
        """Receipts of which nothing is proved yet, with their sale."""
        self.numbers: dict[int, int] = {}
        """All receipts ever, with what was due."""
        self.notes: dict[int, int] = {}
        """All credit notes ever, with their amount."""
        self.proved: set[int] = set()
        """Receipts that the printer said it had printed, with a proof that can be relied on."""
        self.given_up: set[int] = set()
        """Receipts that people were called for, or whose printer can prove nothing."""
        self.barrier_orders: Counter[int] = Counter()
        self.payouts_asked: Counter[int] = Counter()
        self._printing: dict[str, int] = {}

    def take(self, records: list[Record]) -> None:
        """More has become durable."""
        for record in records:
            if record.seq != self.head + 1:
                self.gaps.append(f"event {record.seq} follows {self.head}")
            self.head = record.seq
            if record.effects:
                self._order(record)
            if isinstance(record.event, Printed):
                self._printed(record.event)
            for entry in record.entries:
                self._enter(entry)

    def _order(self, record: Record) -> None:
        for index, effect in enumerate(record.effects):
            match effect:
                case OpenBarrier(sale_no):
                    self.barrier_orders[sale_no] += 1
                case PayOut(amount_minor):
                    self.payouts_asked[record.seq] = amount_minor
                case PrintDocument(Receipt(receipt_no=receipt_no)):
                    self._printing[f"{record.seq}.{index}"] = receipt_no
                case Alert("not_printed", {"document": "receipt", "number": int(number)}):
                    self.given_up.add(number)

    def _printed(self, printed: Printed) -> None:
        receipt_no = self._printing.pop(printed.effect_id, None)
        if receipt_no is not None:
            (self.given_up if printed.proof == "drained" else self.proved).add(receipt_no)

    def _enter(self, entry: object) -> None:
        match entry:
            case SaleOpened(sale_no=sale_no, ticket_id=ticket_id, due_minor=due_minor):
                self.sales += 1
                self.due[sale_no] = ticket_id, due_minor
            case SaleClosed(sale_no=sale_no):
                self.closed[sale_no] = entry
                ticket_id, due_minor = self.due[sale_no]
                if entry.state == "paid":
                    self.paid.add(sale_no)
                    self.paid_tickets[ticket_id] += due_minor > 0
            case BillBooked():
                self._book(entry)
            case DisputeSettled(bill_no=bill_no, disposition=disposition):
                self._settle(self.disputed.pop(bill_no), disposition)
            case ChangePaidOut(sale_no, amount_minor):
                self.given[sale_no] += amount_minor
                self.paid_out_minor += amount_minor
            case CreditNoteIssued(note_no, sale_no, amount_minor):
                self.given[sale_no] += amount_minor
                self.notes[note_no] = amount_minor
            case ReceiptIssued(receipt_no, sale_no):
                self.receipts[receipt_no] = sale_no
                self.numbers[receipt_no] = self.due[sale_no][1]

    def _book(self, bill: BillBooked) -> None:
        if bill.disposition == "disputed":
            self.disputed[bill.bill_no] = bill
        else:
            self._settle(bill, bill.disposition)

    def _settle(self, bill: BillBooked, disposition: str) -> None:
        if disposition != "gone":
            self.in_box[bill.amount_minor] += 1
        if disposition == "credited" and bill.sale_no is not None:
            self.credited[bill.sale_no] += bill.amount_minor


class Promises:
    """All of them, over one world's life."""

    def __init__(self, world: VirtualWorld, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self._strips_seen = 0
        self._openings_seen = 0
        self._opened: set[int] = set()
        self._originals: Counter[str] = Counter()
        self._on_paper: set[int] = set()
        self._in_vain_since: dict[str, int] = {}
        """Since when the screen has invited to pay in spite of a trouble, as far as anybody looked."""
        self._looked_at_ms = 0
        self.overpromised: list[str] = []

    def broken(self) -> Iterator[str]:
        """What does not hold, in words; to be asked when the world is at rest."""
        yield from self._cash()
        yield from self._sales()
        yield from self._change_giver()
        yield from self._papers()
        yield from self._barrier()
        yield from self.world.lost
        yield from self.ledger.gaps
        yield from self.world.reporting.broken()
        yield from self.overpromised

    def _cash(self) -> Iterator[str]:
        """1. Disputed notes may be in the box or not."""
        disputed = Counter(bill.amount_minor for bill in self.ledger.disputed.values())
        taken = self.world.mechanics.taken
        for value in sorted(self.world.mechanics.denominations):
            lies, booked = taken[value], self.ledger.in_box[value]
            if not booked <= lies <= booked + disputed[value]:
                yield f"cash: {lies} notes of {value} in the box, {booked} booked, {disputed[value]} in dispute"

    def _sales(self) -> Iterator[str]:
        """2. and 3."""
        ledger = self.ledger
        for sale_no, closed in ledger.closed.items():
            ticket_id, due_minor = ledger.due[sale_no]
            due_minor *= closed.state == "paid"
            if closed.credited_minor != ledger.credited[sale_no]:
                yield f"sale {sale_no}: closed with {closed.credited_minor}, credited {ledger.credited[sale_no]}"
            if closed.change_owed_minor != closed.credited_minor - due_minor:
                yield f"sale {sale_no}: owes {closed.change_owed_minor} of {closed.credited_minor}, due {due_minor}"
            if ledger.given[sale_no] != closed.change_owed_minor:
                yield f"sale {sale_no}: owed {closed.change_owed_minor}, given {ledger.given[sale_no]}"
            if ledger.paid_tickets[ticket_id] > 1:
                yield f"sale {sale_no}: ticket {ticket_id} was paid {ledger.paid_tickets[ticket_id]} times"
        for what, amounts in (("given", ledger.given), ("credited", ledger.credited)):
            for sale_no in amounts:
                if sale_no not in ledger.closed:
                    yield f"sale {sale_no}: {amounts[sale_no]} {what} after it was over"
        ledger.closed.clear()
        ledger.given.clear()
        ledger.credited.clear()

    def _change_giver(self) -> Iterator[str]:
        """3. What left the change giver is what the books say."""
        paid_minor, booked_minor = self.world.change_giver.paid_minor, self.ledger.paid_out_minor
        if paid_minor != booked_minor:
            yield f"change: {paid_minor} paid out, {booked_minor} booked"

    def _papers(self) -> Iterator[str]:
        """4. What is on paper is signed, true, and an original only once; what was said to be printed is there."""
        paper, ledger = self.world.paper, self.ledger
        finished = paper.finished_since(self._strips_seen)
        self._strips_seen += len(finished)
        for strip in finished:
            if not strip.whole:
                continue
            for code in sorted(set(strip.codes)):  # a line that doubles a piece doubles a picture, not a document
                kind, _, number, amount_minor = code.split(".")[:4]
                known = ledger.numbers if kind == "RC1" else ledger.notes
                if verify(KEY, code) is None or known.get(int(number)) != int(amount_minor):
                    yield f"papers: {code} is not what the books say"
                self._originals[code] += not strip.is_copy
                if self._originals[code] > 1:
                    yield f"papers: {self._originals[code]} originals of {code}"
                if kind == "RC1":
                    self._on_paper.add(int(number))
        screen = self.world.screen
        if screen is not None and not screen.jobs:
            missing = ledger.proved - self._on_paper
            if missing:
                yield f"papers: receipts {sorted(missing)} were said to be printed and are not on the paper"
            unheard = set(ledger.receipts) - ledger.proved - ledger.given_up
            if unheard:
                yield f"papers: receipts {sorted(unheard)} were never printed, and nobody was called"
            ledger.receipts.clear()
            ledger.proved.clear()
            ledger.given_up.clear()

    def _barrier(self) -> Iterator[str]:
        """5. For each sale at most once."""
        openings = self.world.barrier.openings
        for sale_no in openings[self._openings_seen :]:
            if sale_no not in self.ledger.paid:
                yield f"barrier: opened for sale {sale_no}, which is not paid"
            if sale_no in self._opened:
                yield f"barrier: opened again for sale {sale_no}"
            self._opened.add(sale_no)
        self._openings_seen = len(openings)

    # --- while somebody looks at the screen -------------------------------------------------------------------------
    def look(self) -> None:
        """8. Somebody looks: what the screen invites to must be possible, but for what went wrong just now."""
        world, now_ms = self.world, self.world.now_ms
        screen = world.screen
        invites = screen is not None and (can_take_money(screen) or screen.state is SaleState.IDLE)
        if not invites or now_ms - self._looked_at_ms > BLINK_MS:
            self._in_vain_since.clear()
        self._looked_at_ms = now_ms
        if invites:
            troubles = sorted(_troubles(world))
            self._in_vain_since = {trouble: self._in_vain_since.get(trouble, now_ms) for trouble in troubles}
            for trouble, since_ms in self._in_vain_since.items():
                if now_ms - since_ms > NOTICED_MS:
                    self.overpromised.append(
                        f"screen: it invites to pay, but since {(now_ms - since_ms) // 1000} s {trouble}"
                    )

    # --- at the end of a life ---------------------------------------------------------------------------------------
    def broken_at_the_end(self) -> Iterator[str]:
        """6. and 7. The file as it is passes the real audit, and the other end of the broker has every event."""
        found = audited(self.world.disk.seen())
        yield from (f"audit: {finding}" for finding in found.findings)
        box = {str(value): count for value, count in sorted(self.ledger.in_box.items()) if count}
        if (found.events, found.cash.by_denomination) != (self.ledger.head, box):
            yield f"audit: {found.events} events, {found.cash.by_denomination}; seen {self.ledger.head}, {box}"
        yield from self.world.reporting.missing(self.ledger.head)


def audited(image: Image) -> Audit:
    """The real audit of what is on a virtual disk."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in image.items():
            (Path(folder) / name).write_bytes(whole(content))
        return audit(Path(folder) / JOURNAL)


def _troubles(world: VirtualWorld) -> Iterator[str]:
    """What stands in the way of a sale, by the devices themselves."""
    mechanics, paper = world.mechanics, world.paper
    for name, cable in world.cables.items():
        if not cable.plugged:
            yield f"the {name}'s cable is out"
    if not mechanics.powered:
        yield "the validator has no power"
    if mechanics.jammed:
        yield "the validator is jammed"
    if not mechanics.box_present:
        yield "the cash box is out"
    elif mechanics.box_full:
        yield "the cash box is full"
    if not paper.powered:
        yield "the printer has no power"
    if paper.no_paper:
        yield "the printer has no paper"
    if paper.cover_is_open:
        yield "the printer is open"
    if world.barrier.door_is_open:
        yield "the service door is open"
