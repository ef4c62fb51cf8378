"""The auditor of a life: books of its own, kept from the entries alone, compared with the world after every single event.

It knows the promises (DESIGN §5) and nothing of the tables. Only the sale that was opened last can still change, so each
check costs the same however long the life is. What the sale is about, and at what price, is in `claims.py`.
"""

from copy import copy
from typing import get_args

from terminal.fsm import events as ev
from terminal.fsm.effects import (
    Alert,
    Ask,
    AwaitedEffect,
    CreditNote,
    Document,
    Effect,
    Identify,
    OpenBarrier,
    PayOut,
    PrintDocument,
    Receipt,
    ReturnBill,
    StackBill,
    TestPage,
)
from terminal.fsm.entries import (
    BillBooked,
    ChangePaidOut,
    CopyPrinted,
    CouponUsed,
    CouponUsedElsewhere,
    CreditNoteIssued,
    DisputeSettled,
    DuesPaid,
    Entry,
    Opening,
    ReceiptIssued,
    ReportBooked,
    SaleClosed,
    SaleOpened,
    SaleRated,
    StaffEntry,
)
from terminal.fsm.states import CashState, DrawerState, PrinterState, SaleState
from terminal.fsm.step import Outcome
from terminal.fsm.world import Sale, World
from tests.fsm.claims import Claim, ended_by
from tests.fsm.lives import Life
from tests.fsm.telling import REASONS, check_alerts, check_end, check_noted

RESTING = {SaleState.OUT_OF_SERVICE, SaleState.SERVICE, SaleState.IDLE}
TAKING = {SaleState.PRICED, SaleState.PAYING}
OPEN = {*TAKING, SaleState.CANCELLING}
HARMLESS = {("printer", "paper_low"), ("barrier", "absent"), ("change", "empty")}
COPIES = 3
LONGEST_WAIT_MS = 60_000
AWAITED = get_args(AwaitedEffect)


class Ledger:
    """Sums of the entries, and what was ordered from whom."""

    def __init__(self) -> None:
        self.sale: SaleOpened | None = None
        self.closed: SaleClosed | None = None
        self.credited_minor = 0
        """To the sale; the next three likewise."""
        self.paid_out_minor = 0
        self.note_minor = 0
        self.receipt_no = 0
        self.rated = False
        self.barriers = 0
        """Orders to open it for the sale, never more than one; the next likewise."""
        self.payouts = 0
        self.sales = self.receipts = self.notes = self.bills = 0
        self.booked_minor = 0
        """All that is booked as being in the box, credited or unclaimed."""
        self.taken_minor = 0
        """The same, as the devices have told it."""
        self.box_minor = self.box_count = 0
        self.disputed: dict[int, BillBooked] = {}
        self.begun: set[tuple[str, int, int]] = set()
        """Documents of which bytes may be on paper: kind, number, copy."""
        self.copies: dict[tuple[str, int], int] = {}
        self.claim = Claim()
        self.closed_at_ms = 0
        self.reason = ""
        """Why the sale was to end while its note was still moving."""
        self.receipt_ordered = False
        self.jammed: set[str] = set()
        """Orders to move a note during which the validator was jammed."""

    def branch(self) -> "Ledger":
        """The same books, to be continued in another way."""
        twin = copy(self)
        twin.disputed, twin.begun, twin.copies = self.disputed.copy(), self.begun.copy(), self.copies.copy()
        twin.jammed, twin.claim = self.jammed.copy(), self.claim.branch()
        return twin

    # --- what the entries say -------------------------------------------------------------------------------------
    def post(self, entry: Entry) -> None:
        """Add an entry, checking what must hold for each kind."""
        match entry:
            case SaleOpened():
                self.open(entry)
            case BillBooked():
                self.take(entry)
            case DisputeSettled(bill_no=bill_no, disposition=disposition):
                bill = self.disputed.pop(bill_no)
                if disposition != "gone":
                    self.booked_minor += bill.amount_minor
                if disposition == "credited":
                    self.credit(bill.sale_no, bill.amount_minor)
            case SaleClosed():
                assert self.sale is not None and self.closed is None, "a sale is closed once"
                assert entry.sale_no == self.sale.sale_no and entry.credited_minor == self.credited_minor
                suffices = entry.credited_minor >= self.sale.due_minor and not self.claim.elsewhere
                assert entry.state == ("paid" if suffices else "cancelled"), (
                    "who has paid enough has paid, and nobody else"
                )
                assert entry.change_owed_minor == entry.credited_minor - (self.sale.due_minor if suffices else 0)
                assert (entry.why == "") == suffices, "who has not paid is told why it is over, and the books are"
                self.closed = entry
            case ChangePaidOut(sale_no=sale_no, amount_minor=amount_minor):
                assert self.sale is not None and sale_no == self.sale.sale_no and self.payouts == 1
                self.paid_out_minor += amount_minor
            case CreditNoteIssued(note_no=note_no, sale_no=sale_no, amount_minor=amount_minor):
                self.notes += 1
                assert note_no == self.notes and amount_minor > 0
                assert self.sale is not None and sale_no == self.sale.sale_no and not self.note_minor
                self.note_minor = amount_minor
            case ReceiptIssued(receipt_no=receipt_no, sale_no=sale_no):
                self.receipts += 1
                assert receipt_no == self.receipts and self.receipt_no == 0
                assert self.sale is not None and sale_no == self.sale.sale_no
                self.receipt_no = receipt_no
            case CopyPrinted(document=document, number=number, copy=copy):
                assert copy == self.copies.get((document, number), 0) + 1 <= COPIES
                self.copies[document, number] = copy
            case SaleRated(sale_no=sale_no):
                assert self.sale is not None and sale_no == self.sale.sale_no and not self.rated
                assert self.closed is not None and self.closed.state == "paid"
                self.rated = True
            case CouponUsed() | CouponUsedElsewhere() | DuesPaid() | ReportBooked() | StaffEntry() | Opening():
                pass  # of the claim, and of `check_orders`

    def open(self, entry: SaleOpened) -> None:
        """A new sale; the one before must be over, and its payer must have got all that was owed."""
        if self.sale is not None:
            assert self.closed is not None, "a sale was forgotten"
            assert self.paid_out_minor + self.note_minor == self.closed.change_owed_minor, "change is owed"
        self.sales += 1
        assert entry.sale_no == self.sales, "sale numbers have no gap"
        self.sale, self.closed = entry, None
        self.credited_minor = self.paid_out_minor = self.note_minor = 0
        self.receipt_no = self.barriers = self.payouts = 0
        self.rated = self.receipt_ordered = False
        self.reason = ""

    def take(self, entry: BillBooked) -> None:
        """A note, wherever it is."""
        self.bills += 1
        assert entry.bill_no == self.bills, "note numbers have no gap"
        if entry.disposition == "disputed":
            assert self.sale is not None and (entry.sale_no, self.closed) == (self.sale.sale_no, None), (
                "too late for its sale"
            )
            self.disputed[entry.bill_no] = entry
            return
        self.booked_minor += entry.amount_minor
        if entry.disposition == "credited":
            self.credit(entry.sale_no, entry.amount_minor)

    def credit(self, sale_no: int | None, amount_minor: int) -> None:
        """Money that counts toward the sale, which must be open."""
        assert self.sale is not None and sale_no == self.sale.sale_no and self.closed is None, (
            "no credit to a closed sale"
        )
        self.credited_minor += amount_minor

    # --- after each event -----------------------------------------------------------------------------------------
    def audit(self, life: Life, event: ev.Event, before: World) -> None:
        """The promises that the core can keep alone."""
        outcome = life.outcomes[-1]
        if (
            before.bill
            and isinstance(event, ev.DeviceChanged)
            and event.device == "validator"
            and "jam" in event.problems
        ):
            self.jammed.add(before.bill.effect_id)
        self.claim.audit(before, event, outcome, life.now)
        check_end(before, event, outcome, self.reason, elsewhere=self.claim.elsewhere)
        for entry in outcome.entries:
            self.post(entry)
            if isinstance(entry, SaleClosed):
                self.closed_at_ms = life.now.wall_ms
        if outcome.world.state is SaleState.CANCELLING is not before.state:
            self.reason = REASONS.get(type(event), "")
        for place, effect in enumerate(outcome.effects):
            self.order(before, event, effect)
            if isinstance(effect, AWAITED):
                assert outcome.world.pending[f"{before.seq + 1}.{place}"] is effect, (
                    "it is not known where its outcome belongs"
                )
        self.count(before, event, outcome)
        self.compare_sale(outcome.world, before.state)
        check_rest(outcome.world)
        check_shape(outcome.world)
        check_papers(self, before, event, outcome, life.now.wall_ms)
        check_clock(self, life, before, event)
        check_language(before, event, outcome.world)
        check_orders(self, before, event, outcome)
        check_alerts(before, event, outcome)
        check_noted(before, event, outcome.world)

    def count(self, before: World, event: ev.Event, outcome: Outcome) -> None:
        """What devices say is in the box is booked, once: taken = credited + unclaimed."""
        booked = [e for e in outcome.entries if isinstance(e, BillBooked | DisputeSettled)]
        amount_minor = taken_by(before, event)
        if amount_minor is not None:
            self.taken_minor += amount_minor
            self.box_minor += amount_minor
            self.box_count += 1
            assert len(booked) == 1 and booked[0].disposition in ("credited", "unclaimed"), "money is never ignored"
        assert [e.bill_no for e in booked if e.disposition == "gone"] == found_gone(before, event)
        paid_out = [e.amount_minor for e in outcome.entries if isinstance(e, ChangePaidOut)]
        assert paid_out == given_by(before, event), "what left the change giver is booked, once"
        if isinstance(event, ev.BoxReplaced):
            self.box_minor = self.box_count = 0
        world = outcome.world
        assert self.booked_minor == self.taken_minor, "taken = credited + unclaimed"
        assert (world.box_minor, world.box_count) == (self.box_minor, self.box_count)
        assert [bill.bill_no for bill in world.disputed] == list(self.disputed), (
            "disputed notes stay so until they are found"
        )
        assert (world.sale_no, world.receipt_no, world.note_no, world.bill_no, world.seq) == (
            self.sales, self.receipts, self.notes, self.bills, before.seq + 1,
        )  # fmt: skip

    def compare_sale(self, world: World, was: SaleState) -> None:
        """The world's sale is the one in the books; its due never changes; change owed = paid out + on a note + still owed."""
        sale, state = world.sale, world.state
        assert (sale is None) == (state in RESTING)
        if sale is None:
            if self.sale is not None:
                assert self.closed is not None, "a sale was forgotten"
                assert self.paid_out_minor + self.note_minor == self.closed.change_owed_minor, "change is owed"
            return
        assert self.sale is not None and sale.sale_no == self.sale.sale_no
        assert sale.due_minor == self.sale.due_minor == sum(line.amount_minor for line in sale.lines)
        assert (sale.ticket_id, sale.entered_at_ms) == (self.sale.ticket_id, self.sale.entered_at_ms)
        assert (sale.paid_out_minor, sale.note_minor) == (self.paid_out_minor, self.note_minor)
        assert (self.closed is None) == (state in OPEN)
        assert sale.credited_minor == self.credited_minor
        if self.closed is None:
            assert not sale.paid and sale.owed_minor == sale.receipt_no == 0
            assert state is SaleState.CANCELLING or sale.credited_minor < sale.due_minor, "who has paid enough has paid"
            assert state is not SaleState.PRICED or sale.credited_minor == 0
            paying = sale.credited_minor > 0 or world.cash is CashState.STACKING
            assert state is not SaleState.PAYING or was is SaleState.PAYING or paying, "no note is there and none comes"
        else:
            assert sale.paid == (self.closed.state == "paid")
            assert sale.owed_minor + self.paid_out_minor + self.note_minor == self.closed.change_owed_minor
            assert sale.owed_minor >= 0 and (sale.owed_minor == 0 or state is SaleState.SETTLING)
            assert sale.receipt_no == self.receipt_no
            assert (self.receipt_no > 0) == (sale.paid and sale.due_minor > 0), "each paid sale has its receipt"

    def papers(self, world: World, now_ms: int) -> list[Document]:
        """What the payer of the closed sale must hold, the money first."""
        assert self.closed is not None and world.sale is not None
        papers: list[Document] = []
        if self.note_minor:
            reason = "change" if self.closed.state == "paid" else "cancelled"
            papers.append(CreditNote(self.notes, self.sales, self.note_minor, now_ms, reason))
        if self.closed.state == "paid" and world.rules.receipt == "always":
            papers.append(self.receipt(world.sale))
        return papers

    def receipt(self, sale: Sale) -> Receipt:
        """The receipt of the closed sale."""
        self.receipt_ordered = True
        return Receipt(
            receipt_no=self.receipts,
            sale_no=self.sales,
            ticket_id=self.claim.shown_id,
            entered_at_ms=sale.entered_at_ms,
            paid_at_ms=self.closed_at_ms,
            lines=sale.lines,
            due_minor=sale.due_minor,
            tendered_minor=self.credited_minor,
            paid_out_minor=self.paid_out_minor,
            note_minor=self.note_minor,
            what=self.claim.what,
        )

    def order(self, before: World, event: ev.Event, effect: Effect) -> None:
        """What may be ordered, and how often."""
        match effect:
            case StackBill(amount_minor=amount_minor, unit=unit, count_before=count_before):
                assert event == ev.BillHeld(amount_minor, unit, count_before)
                assert welcome(before, amount_minor) and before.cash is not CashState.STACKING
            case ReturnBill(amount_minor=amount_minor):
                assert isinstance(event, ev.BillHeld) and event.amount_minor == amount_minor
                assert not welcome(before, amount_minor) or before.cash is CashState.STACKING
            case PayOut(amount_minor=amount_minor):
                assert self.closed is not None
                assert amount_minor == min(self.closed.change_owed_minor, payable_minor(before))
                self.payouts += 1
                assert self.payouts == 1, "paid out twice"
            case PrintDocument(document=document, copy=copy) if not isinstance(document, TestPage):
                assert (*key_of(document), copy) not in self.begun, (
                    "the same again, and it does not say that it is a copy"
                )
                assert copy == self.copies.get(key_of(document), 0)
            case OpenBarrier(sale_no=sale_no):
                assert self.closed is not None and (sale_no, "paid") == (self.closed.sale_no, self.closed.state)
                self.barriers += 1
                assert self.barriers == 1, "the barrier opens once for a sale"
            case Ask(effect_id=effect_id, about=about, jammed=jammed):
                assert isinstance(event, ev.Started) and before.pending[effect_id] == about
                assert jammed == (effect_id in self.jammed), "after a jam the counter is not asked"


def taken_by(before: World, event: ev.Event) -> int | None:
    """The note that is in the box by what this event says, and was not known to be there; None: none is."""
    if isinstance(event, ev.BillStacked):
        return event.amount_minor
    if isinstance(event, ev.EffectFound) and event.finding == "in_box":
        effect = before.pending.get(event.effect_id)
        if isinstance(effect, StackBill | ReturnBill):
            return effect.amount_minor
        return next((bill.amount_minor for bill in before.disputed if bill.effect_id == event.effect_id), None)
    return None


def found_gone(before: World, event: ev.Event) -> list[int]:
    """The number of the disputed note that was given back by what this event says."""
    match event:
        case ev.EffectFound(effect_id=effect_id, finding="given_back"):
            return [bill.bill_no for bill in before.disputed if bill.effect_id == effect_id]
        case ev.BillReturned(amount_minor=amount_minor) if before.cash is CashState.EMPTY:
            return [bill.bill_no for bill in before.disputed if bill.amount_minor == amount_minor][:1]
    return []


def given_by(before: World, event: ev.Event) -> list[int]:
    """What has left the change giver by what this event says, and was not known to have."""
    match event:
        case ev.ChangePaid(effect_id=effect_id) | ev.EffectFound(effect_id=effect_id, finding="paid_out"):
            return [event.amount_minor] if isinstance(before.pending.get(effect_id), PayOut) else []
    return []


def well(world: World) -> bool:
    """Nothing that a sale needs is missing, and nobody has closed it."""
    return not world.closed_by and all(
        (device, problem) in HARMLESS for device, told in world.devices.items() for problem in told
    )


def welcome(world: World, amount_minor: int) -> bool:
    """A note of this value can be used, and never makes more change than the limits."""
    sale, rules = world.sale, world.rules
    if sale is None or world.state not in TAKING or world.door_open or not well(world):
        return False
    change_minor = sale.credited_minor + amount_minor - sale.due_minor
    listed = not rules.accept_minor or amount_minor in rules.accept_minor
    return listed and change_minor <= rules.credit_limit_minor + payable_minor(world)


def payable_minor(world: World) -> int:
    """The most that can be paid out: a change giver with any trouble pays nothing."""
    return 0 if world.devices.get("change") else world.rules.payout_limit_minor


def key_of(document: Document) -> tuple[str, int]:
    """A document's kind and number, as the entries name it."""
    if isinstance(document, Receipt):
        return "receipt", document.receipt_no
    if isinstance(document, TestPage):
        return "test_page", document.asked_at_ms
    assert isinstance(document, CreditNote), "a kiosk prints no papers of a window"
    return "credit_note", document.note_no


def check_rest(world: World) -> None:
    """Between sales the screen says how things are, and nothing is sold before an open door or without a device."""
    if world.state in RESTING:
        fit = SaleState.IDLE if well(world) else SaleState.OUT_OF_SERVICE
        assert world.state is (SaleState.SERVICE if world.door_open else fit)
    assert world.state is not SaleState.PRICED or (well(world) and not world.door_open)


def check_shape(world: World) -> None:
    """The machines agree with what is pending: one note, one document, one payment at the most."""
    kinds = [type(effect) for effect in world.pending.values()]
    moving = {CashState.EMPTY: None, CashState.STACKING: StackBill, CashState.RETURNING: ReturnBill}[world.cash]
    assert [kind for kind in kinds if kind in (StackBill, ReturnBill)] == ([] if moving is None else [moving])
    assert (world.bill is not None) == (moving is not None)
    if world.bill is not None:
        effect = world.pending[world.bill.effect_id]
        assert isinstance(effect, StackBill | ReturnBill) and effect.amount_minor == world.bill.amount_minor
    assert kinds.count(PayOut) == (world.state is SaleState.SETTLING)
    assert kinds.count(PrintDocument) == (world.printer is PrinterState.BUSY) == bool(world.jobs)
    for place, job in enumerate(world.jobs):
        if place == 0:
            effect = world.pending[job.effect_id]
            assert isinstance(effect, PrintDocument)
            assert (effect.document, effect.language, effect.copy) == (job.document, job.language, job.copy)
        else:
            assert (job.effect_id, job.started, job.copy) == ("", False, 0)
    assert world.state is not SaleState.CANCELLING or world.cash is CashState.STACKING, "waiting for nothing"
    assert world.cash is not CashState.STACKING or world.state in OPEN, (
        "a sale ended without the note that it had ordered"
    )


def check_clock(ledger: Ledger, life: Life, before: World, event: ev.Event) -> None:
    """Nothing waits for ever: a payer's sale, a notice and a chosen language all have their end. Only while the door is open a
    sale with money in it stands still."""
    world = life.world
    for name in ("waits_until_ms", "language_until_ms", "drawer_due_ms"):
        at_ms = getattr(world, name)
        if at_ms != getattr(before, name) and at_ms is not None:
            assert life.up_ms < at_ms <= life.up_ms + LONGEST_WAIT_MS
    assert (world.drawer_due_ms is None) == (world.drawer is DrawerState.SHUT), "an open drawer is watched"
    stands_still = world.state is SaleState.PAYING and world.door_open
    waits = (world.sale is not None or world.notice is not None) and not stands_still
    assert not waits or world.waits_until_ms is not None, "nobody wakes it"
    if stands_still:
        assert world.waits_until_ms is None
    elif world.state not in RESTING:
        seconds = seconds_anew(ledger, before, event, world)
        due_ms = before.waits_until_ms if seconds is None else life.up_ms + seconds * 1000
        assert world.waits_until_ms == due_ms, f"in {seconds} s"


def check_language(before: World, event: ev.Event, world: World) -> None:
    """Who is served keeps the language, also over a power cut; a resting screen has another than the usual one for a while."""
    usual = world.language == world.rules.language
    assert (world.language_until_ms is None) == (usual or world.state not in RESTING), "it falls back by itself"
    if isinstance(event, ev.LanguageChosen):
        assert world.language == event.language
    elif isinstance(event, ev.Started):
        served = before.sale is not None and before.state is not SaleState.LEAVING
        assert world.language == (before.language if served else world.rules.language)
    elif world.language != before.language:
        left = (before.state is SaleState.LEAVING and world.state is not before.state) or world.sale_no > before.sale_no
        gone = before.language_until_ms is not None and world.language_until_ms is None
        assert usual and (left or (gone and isinstance(event, ev.TimedOut))), "in the middle of a visit"


def seconds_anew(ledger: Ledger, before: World, event: ev.Event, world: World) -> int | None:
    """For how many seconds the sale waits from now on, by what it waits for; None: as long as before."""
    entered = world.state is not before.state or world.sale_no != before.sale_no
    match world.state:
        case SaleState.PRICED | SaleState.PAYING:
            signs = {
                SaleState.PRICED: ev.TicketScanned | ev.CouponScanned | ev.CodeRefused,
                SaleState.PAYING: ev.BillStacked | ev.BillReturned | ev.EffectFound | ev.Started | ev.DoorClosed,
            }
            alive = isinstance(event, ev.BillHeld | ev.BillRefused | signs[world.state])
            refused = isinstance(event, ev.TicketScanned | ev.CouponScanned) and world.refused != before.refused
            return world.rules.payment_timeout_s if alive and not refused else None
        case SaleState.SETTLING:
            return 60 if entered or isinstance(event, ev.Started | ev.TimedOut) else None
        case SaleState.LEAVING:
            said = (
                isinstance(event, ev.Rated | ev.ReceiptWanted) and before.sale is not None and before.sale != world.sale
            )
            return (20 if offered(ledger, world) else 10) if entered or said else None
    waits = {SaleState.CANCELLING: 30, SaleState.PRINTING: 20}
    return waits[world.state] if entered or isinstance(event, ev.Started) else None


def offered(ledger: Ledger, world: World) -> bool:
    """A paid sale has a receipt that is not printed yet, and the printer has no trouble."""
    paid = world.sale is not None and world.sale.paid and ledger.receipt_no > 0 and not ledger.receipt_ordered
    return paid and all(("printer", problem) in HARMLESS for problem in world.devices.get("printer", ()))


def check_papers(ledger: Ledger, before: World, event: ev.Event, outcome: Outcome, now_ms: int) -> None:
    """Each document is queued once, leaves the queue printed or with people called, and says what the books say. A receipt that
    is only printed on request is queued when it is wanted, the first time."""
    world, sale = outcome.world, outcome.world.sale
    old, new = [job.document for job in before.jobs], [job.document for job in world.jobs]
    if world.state is SaleState.PRINTING and before.state is not SaleState.PRINTING:
        papers = ledger.papers(world, now_ms)
        assert new == old + papers and papers
    elif isinstance(event, ev.ReceiptWanted) and before.state is SaleState.LEAVING and offered(ledger, before):
        assert sale is not None and new == [*old, ledger.receipt(sale)]
    elif isinstance(event, ev.StaffActed) and event.act == "test_print" and new != old:
        assert not any(isinstance(document, TestPage) for document in old), "one at a time"
        assert new[:-1] == old and isinstance(new[-1], TestPage) and new[-1].who == event.who
    elif new != old:
        assert new == old[1:], "only the first document leaves the queue"
        if isinstance(old[0], TestPage):
            return
        given_up = Alert("not_printed", dict(zip(("document", "number"), key_of(old[0]), strict=True)))
        printed = event == ev.Printed(before.jobs[0].effect_id, getattr(event, "proof", ""))
        assert printed != (given_up in outcome.effects)
        assert printed or before.jobs[0].copy == COPIES
    if world.state is SaleState.LEAVING and before.state not in (SaleState.PRINTING, SaleState.LEAVING):
        unprinted = sale is not None and sale.paid and sale.due_minor > 0
        assert not unprinted or world.rules.receipt == "on_request", "the receipt is printed before the payer leaves"
    if before.state is SaleState.PRINTING:
        waiting = any(document.sale_no == ledger.sales for document in new)
        goes = isinstance(event, ev.TimedOut) or (isinstance(event, ev.Printed) and not waiting)
        assert (world.state is SaleState.LEAVING) == goes, "who leaves has all papers, or has waited for them"
    for number, effect in enumerate(outcome.effects):
        assert not isinstance(effect, PrintDocument) or world.jobs[0].effect_id == f"{world.seq}.{number}"
    begins = isinstance(event, ev.PrintStarted) and before.jobs and before.jobs[0].effect_id == event.effect_id
    if begins:
        ledger.begun.add((*key_of(old[0]), before.jobs[0].copy))
    if world.jobs:
        same = bool(before.jobs) and before.jobs[0].effect_id == world.jobs[0].effect_id
        assert world.jobs[0].started == (same and (bool(begins) or before.jobs[0].started)), "bytes may be on the paper"


def check_orders(ledger: Ledger, before: World, event: ev.Event, outcome: Outcome) -> None:
    """What is due is ordered, what is under way is not forgotten, and every question is asked."""
    world, kinds = outcome.world, [type(effect) for effect in outcome.effects]
    if world.state is SaleState.CANCELLING is not before.state:
        covered = world.sale is not None and world.sale.credited_minor >= world.sale.due_minor
        gone = isinstance(event, ev.CancelPressed | ev.TimedOut) or ended_by(before, event)
        assert covered or gone, "nobody wants this sale to end"
    asking = isinstance(event, ev.StaffActed) and event.act == "ask_again" and event.device in before.devices
    assert [e for e in outcome.effects if isinstance(e, Identify)] == ([Identify(event.device)] if asking else [])  # type: ignore[union-attr]
    acts = [entry for entry in outcome.entries if isinstance(entry, StaffEntry)]
    assert acts == ([StaffEntry(event.who, event.act)] if isinstance(event, ev.StaffActed) else [])
    ratings = [entry for entry in outcome.entries if isinstance(entry, SaleRated)]
    may_rate = before.state in (SaleState.PRINTING, SaleState.LEAVING) and before.sale is not None
    may_rate = may_rate and before.sale is not None and before.sale.paid and not before.sale.rated
    assert len(ratings) == (isinstance(event, ev.Rated) and may_rate), "once, by who has paid"
    if isinstance(event, ev.BillHeld):
        assert kinds.count(StackBill) + kinds.count(ReturnBill) == 1, "a held note is always answered"
    for entry in outcome.entries:
        if isinstance(entry, SaleClosed):
            payable = entry.change_owed_minor > 0 and payable_minor(world) > 0
            assert kinds.count(PayOut) == payable, "change is paid out where it can be"
    if world.state is SaleState.LEAVING and world.sale is not None and world.sale.paid:
        parking = ledger.claim.what == "parking"
        assert ledger.barriers == (parking and "barrier" in world.rules.devices), "who has paid is let out"
    if isinstance(event, ev.Started):
        asked = [effect.effect_id for effect in outcome.effects if isinstance(effect, Ask)]
        assert asked == [effect_id for effect_id in before.pending if effect_id in world.pending]
    opened = before.pending.get(event.effect_id) if isinstance(event, ev.BarrierOpened) else None
    openings = [Opening("barrier", opened.sale_no)] if isinstance(opened, OpenBarrier) else []
    assert [entry for entry in outcome.entries if isinstance(entry, Opening)] == openings
    for effect_id, effect in before.pending.items():
        if effect_id not in world.pending:
            check_settled(world, event, effect_id, effect)


def check_settled(world: World, event: ev.Event, effect_id: str, effect: AwaitedEffect) -> None:
    """What was under way is settled by news of it alone, or in the only ways that need none."""
    if getattr(event, "effect_id", None) == effect_id:
        return
    match effect:
        case StackBill():
            given_up = any(bill.effect_id == effect_id for bill in world.disputed)
            moved = isinstance(event, ev.BillStacked | ev.BillReturned)
            assert moved != given_up and (moved or isinstance(event, ev.BillHeld | ev.TimedOut))
        case ReturnBill():
            assert isinstance(event, ev.BillStacked | ev.BillReturned | ev.BillHeld)
        case PrintDocument():
            assert isinstance(event, ev.Started), "no byte was sent, so it is printed anew"
        case _:
            assert isinstance(effect, OpenBarrier) and isinstance(event, ev.Started)
            assert "barrier" not in world.rules.devices
