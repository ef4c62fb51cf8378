"""The promises of DESIGN, section 5, each with its checker; the devices are the truth, the program's own books are not asked.

`Ledger` adds up what the terminal has made durable, from the rows of its journal alone. `Promises` compares that with box, paper,
change giver, barrier, broker and screen, and says what is wrong in words. Each check costs what has happened since the last one,
so that a life may be long.

    1  cash in the box = credited + unclaimed, per value
    2  no payer is credited or debited twice
    3  change paid out + credit notes = change owed
    4  each paid sale has a receipt number; it is printed, or where that is the rule when it is wanted; every further copy says so
    5  the barrier opened only for paid (or free) sales
    6  every acknowledged event survives, in order, with no gap, and its hash chain verifies
    7  a broker that returns gets every event, each once by its id
    8  the terminal is back to service, or says plainly why it is not; it never promises what it can't do
    9  each sale's amount is an independent price of what really happened (`sim/happened.py`)
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from sim.devices.printer import Strip
from sim.disk import Image, whole
from sim.happened import Fares
from sim.kiosk import KEY, RULES
from sim.live_kiosk import JOURNAL
from sim.world import VirtualWorld
from terminal.fsm.effects import (
    Alert,
    CreditNote,
    Document,
    OpenBarrier,
    PrintDocument,
    Receipt,
    ShiftReport,
    Slip,
    TestPage,
)
from terminal.fsm.entries import (
    BillBooked,
    ChangePaidOut,
    CreditNoteIssued,
    DisputeSettled,
    ReceiptIssued,
    SaleClosed,
    SaleOpened,
)
from terminal.fsm.events import Printed, RulesChanged, Started
from terminal.fsm.policy import can_take_money
from terminal.fsm.states import SaleState
from terminal.fsm.window_entries import TenderBooked
from terminal.pay.signing import verify
from terminal.store.audit import Audit, audit
from terminal.store.record import Record
from terminal.words import say

NOTICED_MS = 8_000
"""A device's trouble is on the screen after so long: its silence is noticed within 2.2 s, a busy disk may add as much."""

BACK_MS = 1_800_000
"""So long a terminal may take to serve again, whatever happened, with somebody putting right what is in its way."""
REST_LOOK_MS = 500
Paper = tuple[Literal["receipt", "credit_note", "test_page", "slip", "report"], int]
"""A document by its kind and number."""
KINDS: dict[str, Literal["receipt", "credit_note", "test_page"]] = {
    "RC1": "receipt",
    "CN1": "credit_note",
    "TP1": "test_page",
}
"""By how the code on it begins; a test page's number is the second in which it was asked for."""
X: Paper = ("report", 0)
"""A report without a number; it is not worth printing again."""
STAFF_NUMBER = re.compile(rf"\b{RULES.terminal_id}-(Z?)([0-9]+)\b")
"""The first number on a paper of the staff is its own."""
BLINK_MS = 5_000
"""Trouble that is seen in two looks further apart need not be the same."""


class Ledger:
    """What is durable. What the next check needs is collected until then; `settle_up` forgets it."""

    def __init__(self) -> None:
        self.head = 0
        self.sales = 0
        self.wrong: list[str] = []
        """What the rows alone show not to hold, in words."""
        self.paid: set[int] = set()
        self.due: dict[int, int] = {}
        """The amount of each sale."""
        self.paid_out_minor = 0
        self.in_box: Counter[int] = Counter()
        """Notes by value that are credited or unclaimed."""
        self.disputed: dict[int, BillBooked] = {}
        self.receipt_of: dict[int, int] = {}
        """The receipt of each sale."""
        self.on_request = False
        """Receipts are only printed when their payer asks."""
        self.amounts: dict[Paper, int] = {}
        """What each receipt and credit note ever issued must say."""
        self._open: set[int] = set()
        self._printing: dict[str, Paper] = {}
        self.settle_up()

    def settle_up(self) -> None:
        """The check is done."""
        self.news: list[Record] = []
        self.closed: dict[int, SaleClosed] = {}
        self.credited: Counter[int] = Counter()
        self.given: Counter[int] = Counter()
        self.disputes_made: Counter[int] = Counter()
        """By value, as the next."""
        self.disputes_found: Counter[int] = Counter()
        self.of_cars: set[int] = set()
        """Sales that let a car out when they are paid."""
        self.barrier_orders: Counter[int] = Counter()
        self.barrier_doubts = 0
        """Orders of which people were told that nobody knows, or that they failed."""

    def papers_settled(self) -> None:
        """The same for papers, which may take longer than a sale."""
        self.issued: set[Paper] = set()
        """Those that must be on paper."""
        self.proved: set[Paper] = set()
        """Those that the printer said it had printed, with a proof that can be relied on."""
        self.given_up: set[Paper] = set()
        """Those that people were called for, or whose printer can prove nothing."""

    def take(self, records: list[Record]) -> None:
        """More has become durable."""
        for record in records:
            if record.seq != self.head + 1:
                self.wrong.append(f"journal: event {record.seq} follows {self.head}")
            self.head = record.seq
            if record.entries or record.effects:
                self.news.append(record)
            if isinstance(record.event, Started | RulesChanged):
                self.on_request = record.event.rules.receipt == "on_request"
            if record.effects:
                self._order(record)
            if isinstance(record.event, Printed):
                self._printed(record.event)
            for entry in record.entries:
                self._enter(entry)
                if (
                    isinstance(entry, BillBooked)
                    and entry.disposition == "disputed"
                    and not _alerts(record, "bill_disputed")
                ):
                    self.wrong.append(f"cash: note {entry.bill_no} is in dispute and nobody is told")

    def _order(self, record: Record) -> None:
        for index, effect in enumerate(record.effects):
            match effect:
                case OpenBarrier(sale_no):
                    self.barrier_orders[sale_no] += 1
                case PrintDocument(document):
                    self._printing[f"{record.seq}.{index}"] = _paper_of(document)
                    if (
                        isinstance(document, Slip)
                        or (self.on_request and isinstance(document, Receipt))
                        or (isinstance(document, ShiftReport) and document.report.z_no)
                    ):
                        self.issued.add(_paper_of(document))
                case Alert(
                    "not_printed",
                    {"document": "receipt" | "credit_note" | "slip" | "report" as kind, "number": int(number)},
                ):
                    self.given_up.add((kind, number))
                case Alert("barrier_failed") | Alert("opening_in_doubt", {"what": "barrier"}):
                    self.barrier_doubts += 1

    def _printed(self, printed: Printed) -> None:
        paper = self._printing.pop(printed.effect_id, None)
        if paper is not None:
            (self.given_up if printed.proof == "drained" else self.proved).add(paper)

    def _enter(self, entry: object) -> None:
        match entry:
            case SaleOpened(sale_no=sale_no, ticket_id=ticket_id, due_minor=due_minor):
                self.sales += 1
                if ":" not in ticket_id:  # of dues and services it is no ticket's
                    self.of_cars.add(sale_no)
                self.due[sale_no] = due_minor
                self._open.add(sale_no)
            case SaleClosed(sale_no=sale_no):
                self.closed[sale_no] = entry
                self._open.discard(sale_no)
                if entry.state == "paid":
                    self.paid.add(sale_no)
            case BillBooked():
                self._book(entry)
            case DisputeSettled(bill_no=bill_no, disposition=disposition):
                bill = self.disputed.pop(bill_no)
                self.disputes_found[bill.amount_minor] += disposition != "gone"
                self._settle(bill, disposition)
            case ChangePaidOut(sale_no, amount_minor):
                self.given[sale_no] += amount_minor
                self.paid_out_minor += amount_minor
            case TenderBooked(sale_no=sale_no, amount_minor=amount_minor):
                self.credited[sale_no] += amount_minor
            case CreditNoteIssued(note_no, sale_no, amount_minor):
                self.given[sale_no] += amount_minor
                self._issue(("credit_note", note_no), amount_minor)
            case ReceiptIssued(receipt_no, sale_no):
                self.receipt_of[sale_no] = receipt_no
                self._issue(("receipt", receipt_no), self.due[sale_no])

    def _issue(self, paper: Paper, amount_minor: int) -> None:
        if paper in self.amounts:
            self.wrong.append(f"papers: {paper} was issued twice")
        self.amounts[paper] = amount_minor
        if paper[0] != "receipt" or not self.on_request:
            self.issued.add(paper)

    def _book(self, bill: BillBooked) -> None:
        if bill.disposition == "disputed":
            self.disputed[bill.bill_no] = bill
            self.disputes_made[bill.amount_minor] += 1
        else:
            self._settle(bill, bill.disposition)

    def _settle(self, bill: BillBooked, disposition: str) -> None:
        if disposition != "gone":
            self.in_box[bill.amount_minor] += 1
        if disposition == "credited" and bill.sale_no is not None:
            self.credited[bill.sale_no] += bill.amount_minor
        if disposition == "unclaimed" and bill.sale_no in self._open:
            self.wrong.append(
                f"sale {bill.sale_no}: is open, but its note of {bill.amount_minor} is booked as unclaimed"
            )


def _alerts(record: Record, code: str) -> bool:
    return any(isinstance(effect, Alert) and effect.code == code for effect in record.effects)


def _of_the_staff(strip: Strip) -> Paper | None:
    """Which paper without a code this is: a slip or a Z by its number, an X by what it says of itself."""
    for line in strip.lines:
        if found := STAFF_NUMBER.search(line):
            return "report" if found[1] else "slip", int(found[2])
    return X if any(say(RULES.language, "shift_report.not_final") in line for line in strip.lines) else None


def _paper_of(document: Document) -> Paper:
    match document:
        case Receipt():
            return "receipt", document.receipt_no
        case CreditNote():
            return "credit_note", document.note_no
        case TestPage():
            return "test_page", document.asked_at_ms // 1000
        case Slip():
            return "slip", document.slip_no
        case ShiftReport(report):
            return "report", report.z_no


class Promises:
    """All of them, over one world's life."""

    def __init__(self, world: VirtualWorld, ledger: Ledger) -> None:
        self.world = world
        self.ledger = ledger
        self.overpromised: list[str] = []
        self.fares = Fares(world.happened)
        self._unbooked: Counter[int] = Counter()
        """Notes in the box beyond those that are booked, at the last check: disputed ones."""
        self._strips_seen = 0
        self._openings_seen = 0
        self._opened: set[int] = set()
        self._originals: Counter[str] = Counter()
        self._on_paper: set[Paper] = set()
        self._in_vain_ms: Counter[str] = Counter()
        """How long the screen has invited to pay in spite of a trouble, as far as anybody looked."""
        self._looked_at_ms = 0
        ledger.papers_settled()

    def rest(self) -> Iterator[str]:
        """8. Let the time pass until the terminal serves again; half an hour after anything it does."""
        world = self.world
        give_up_ms = world.now_ms + BACK_MS
        while not world.serving() and world.now_ms < give_up_ms:
            world.run_until(world.now_ms + REST_LOOK_MS)
            self.look()
        if not world.serving():
            screen = world.screen
            yield f"service: not back after {BACK_MS // 60_000} minutes, {screen and (screen.state, screen.devices)}"

    def broken(self) -> Iterator[str]:
        """What does not hold, in words; to be asked when the world is at rest."""
        yield from self._cash()
        yield from self._sales()
        for record in self.ledger.news:
            yield from self.fares.broken_by(record)
        yield from self._change_giver()
        yield from self._papers()
        yield from self._barrier()
        yield from self.world.lost
        yield from self.ledger.wrong
        yield from self.world.reporting.broken()
        yield from self.overpromised
        self.ledger.settle_up()

    def _cash(self) -> Iterator[str]:
        """1. Disputed notes may be in the box or not; but where one is does not change any more once the world was at rest."""
        ledger, taken = self.ledger, self.world.mechanics.taken
        in_dispute = Counter(bill.amount_minor for bill in ledger.disputed.values())
        for value in sorted(self.world.mechanics.denominations):
            lies, booked = taken[value], ledger.in_box[value]
            unbooked, before = lies - booked, self._unbooked[value]
            # A note that turns up may be one of those in dispute, or a new one.
            least = max(0, before - ledger.disputes_found[value])
            if not least <= unbooked <= min(in_dispute[value], before + ledger.disputes_made[value]):
                yield f"cash: {lies} notes of {value} in the box, {booked} booked, {in_dispute[value]} in dispute"
            self._unbooked[value] = unbooked

    def _sales(self) -> Iterator[str]:
        """2., 3., and of 4. that a receipt was made out."""
        ledger = self.ledger
        for sale_no, closed in ledger.closed.items():
            due_minor = ledger.due[sale_no] * (closed.state == "paid")
            if closed.credited_minor != ledger.credited[sale_no]:
                yield f"sale {sale_no}: closed with {closed.credited_minor}, credited {ledger.credited[sale_no]}"
            if closed.change_owed_minor != closed.credited_minor - due_minor:
                yield f"sale {sale_no}: owes {closed.change_owed_minor} of {closed.credited_minor}, due {due_minor}"
            if ledger.given[sale_no] != closed.change_owed_minor:
                yield f"sale {sale_no}: owed {closed.change_owed_minor}, given {ledger.given[sale_no]}"
            if (due_minor > 0) is not (sale_no in ledger.receipt_of):
                yield f"papers: sale {sale_no} paid {due_minor}, its receipt is {ledger.receipt_of.get(sale_no)}"
        for what, amounts in (("given", ledger.given), ("credited", ledger.credited)):
            for sale_no in amounts:
                if sale_no not in ledger.closed:
                    yield f"sale {sale_no}: {amounts[sale_no]} {what} after it was over"

    def _change_giver(self) -> Iterator[str]:
        """3. What left the change giver is what the books say."""
        paid_minor, booked_minor = self.world.change_giver.paid_minor, self.ledger.paid_out_minor
        if self.world.fittings.role == "window":
            return  # hands give it: `shift_checkers.py`
        if paid_minor != booked_minor:
            yield f"change: {paid_minor} paid out, {booked_minor} booked"

    def _papers(self) -> Iterator[str]:
        """4. What is on paper is signed, true, and an original only once; what was issued is there, or people were called."""
        ledger = self.ledger
        finished = self.world.paper.finished_since(self._strips_seen)
        self._strips_seen += len(finished)
        for strip in finished:
            if not strip.whole:
                continue
            if not strip.codes and (paper := _of_the_staff(strip)) is not None:
                self._originals[str(paper)] += not strip.is_copy
                if self._originals[str(paper)] > 1 and paper != X:
                    yield f"papers: {self._originals[str(paper)]} originals of {paper}"
                self._on_paper.add(paper)
            for code in sorted(set(strip.codes)):  # a line that doubles a piece doubles a picture, not a document
                kind, _, number, *more = code.split(".")
                paper = (KINDS[kind], int(number))
                if kind == "TP1":  # a test page is worth nothing, and may be printed again
                    self._on_paper.add(paper)
                    continue
                if verify(KEY, code) is None or ledger.amounts.get(paper) != int(more[0]):
                    yield f"papers: {code} is not what the books say"
                self._originals[code] += not strip.is_copy
                if self._originals[code] > 1:
                    yield f"papers: {self._originals[code]} originals of {code}"
                self._on_paper.add(paper)
        screen = self.world.screen
        if screen is not None and not screen.jobs:
            if missing := ledger.proved - self._on_paper:
                yield f"papers: {sorted(missing)} were said to be printed and are not on the paper"
            if unheard := ledger.issued - ledger.proved - ledger.given_up:
                yield f"papers: {sorted(unheard)} were never printed, and nobody was called"
            ledger.papers_settled()

    def _barrier(self) -> Iterator[str]:
        """5. For each paid sale once; where nobody knows whether it opened, people are called."""
        ledger, openings = self.ledger, self.world.barrier.openings
        for sale_no in openings[self._openings_seen :]:
            if sale_no not in ledger.paid:
                yield f"barrier: opened for sale {sale_no}, which is not paid"
            if sale_no in self._opened:
                yield f"barrier: opened again for sale {sale_no}"
            self._opened.add(sale_no)
        self._openings_seen = len(openings)
        for sale_no, closed in ledger.closed.items():
            if closed.state == "paid" and ledger.barrier_orders[sale_no] != (sale_no in ledger.of_cars):
                yield f"barrier: ordered {ledger.barrier_orders[sale_no]} times for sale {sale_no}, which is paid"
        shut = set(ledger.barrier_orders) - self._opened
        if len(shut) > ledger.barrier_doubts:
            yield f"barrier: stayed shut for the sales {sorted(shut)}, and people were called {ledger.barrier_doubts} times"

    # --- while somebody looks at the screen -------------------------------------------------------------------------
    def look(self) -> None:
        """8. Somebody looks: what the screen invites to must be possible, but for what went wrong just now."""
        world, now_ms = self.world, self.world.now_ms
        passed_ms, self._looked_at_ms = now_ms - self._looked_at_ms, now_ms
        troubles = set(_troubles(world))
        for trouble in sorted(self._in_vain_ms):
            if trouble not in troubles or passed_ms > BLINK_MS:
                del self._in_vain_ms[trouble]
        screen = world.screen
        if screen is not None and (can_take_money(screen) or screen.state is SaleState.IDLE):
            for trouble in sorted(troubles):
                self._in_vain_ms[trouble] += passed_ms if trouble in self._in_vain_ms else 0
                if self._in_vain_ms[trouble] > NOTICED_MS:
                    self.overpromised.append(
                        f"screen: it has invited to pay for {self._in_vain_ms[trouble] // 1000} s although {trouble}"
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
        yield from (f"fares: report {report_id} was told and is not in the books" for report_id in self.fares.unheard())


def audited(image: Image) -> Audit:
    """The real audit of what is on a virtual disk."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in image.items():
            (Path(folder) / name).write_bytes(whole(content))
        return audit(Path(folder) / JOURNAL)


def _troubles(world: VirtualWorld) -> Iterator[str]:
    """What stands in the way of a sale, by the devices themselves."""
    mechanics, paper, staffed = world.mechanics, world.paper, world.fittings.role == "window"
    for name, cable in world.cables.items():
        if not cable.plugged and not (staffed and name == "scanner"):  # a collector can type
            yield f"the {name}'s cable is out"
    if not staffed:
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
