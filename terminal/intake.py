"""The intake: what comes from outside becomes a fact, with all that the books know of it.

The core decides by facts alone and looks nothing up, so a code that was read, a car that was chosen and a report that came
pass through here first. What is not ours or not genuine becomes `CodeRefused`; a report that is known already becomes nothing.
The text of a code goes no further than this.
"""

import logging
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec

from terminal.dues.ledger import Ledger
from terminal.errors import CodeError, StoreError
from terminal.fees.dues import Invoice, date_of, key_range, paid_at, standing
from terminal.fees.stay import Coupon, Earlier, Paid, Stay
from terminal.fsm.backfill_events import (
    KnownPaper,
    PadIssued,
    PadRegistered,
    PadReturned,
    PaperEntered,
    PaperVoided,
    PaperWithdrawn,
)
from terminal.fsm.events import (
    CodeRefused,
    CodeScanned,
    CouponScanned,
    Event,
    Reported,
    ServicesChosen,
    StayChosen,
    TicketScanned,
)
from terminal.fsm.rules import Rules
from terminal.fsm.window_events import BadgeShown, Corrected, NoteShown, ReceiptShown, ReprintAsked
from terminal.pay.badges import MAGIC as BADGE_MAGIC
from terminal.pay.badges import read_badge
from terminal.pay.bills import MAGIC as BILL_MAGIC
from terminal.pay.bills import read_bill
from terminal.pay.coupons import MAGIC as COUPON_MAGIC
from terminal.pay.coupons import CouponCode, read_coupon
from terminal.pay.receipts import MAGIC as PROOF_MAGIC
from terminal.pay.receipts import Proof, read_proof
from terminal.pay.tickets import Ticket, read_ticket
from terminal.shift.pads import NUMBER_MAX
from terminal.stays.facts import Entry, InnerMove, Pass, StayRows, stay_of
from terminal.stays.plates import normalise
from terminal.stays.reports import (
    AnyReport,
    ConcessionGranted,
    InnerEntered,
    InnerLeft,
    NoteHonoured,
    PaidElsewhere,
    PassGranted,
    StayValidated,
    VehicleEntered,
    VehicleLeft,
)
from terminal.store.lookups import Lookups
from terminal.words import CATALOGUES, say

log = logging.getLogger(__name__)

R = TypeVar("R")

BILL_ID, SERVICES_ID = "bill:", "services:"
"""What stands for a ticket's id in a sale of dues or services; no ticket has a colon in its id."""

_decode = msgspec.json.Decoder(AnyReport).decode


class Intake:
    """Turns what comes from outside into facts."""

    def __init__(self, books: Lookups, ticket_key: bytes, ledger: Path) -> None:
        """`ledger` is where the ledger of dues is, if there is one."""
        self._books = books
        self._ticket_key = ticket_key
        self._ledger = ledger

    def fact(self, event: Event, now_ms: int, rules: Rules) -> Event | None:
        """The event to decide; None: nothing new."""
        try:
            match event:
                case CodeScanned(text=text):
                    return self._code(text, now_ms, rules)
                case StayChosen(stay_id=text):
                    return chosen_facts(self._books, text)
                case ServicesChosen(basket=basket):
                    return TicketScanned(SERVICES_ID, 0, "", basket=basket)
                case Reported(report=report):
                    return self._report(report)
                case Corrected(receipt_no=number):
                    return msgspec.structs.replace(event, sold=self._books.sold(number))
                case ReprintAsked(receipt_no=number):
                    return reprint_facts(self._books, event)
                case PadRegistered() | PadIssued() | PadReturned():
                    return pad_facts(self._books, event)
                case PaperEntered() | PaperVoided() | PaperWithdrawn():
                    return paper_facts(self._books, event)
        except CodeError as error:
            return CodeRefused(error.reason, masked(text))
        return event

    def _code(self, text: str, now_ms: int, rules: Rules) -> Event:
        """What a code stands for, by how it begins. Raises `CodeError`."""
        if text.startswith(COUPON_MAGIC):
            return self._coupon(text, now_ms)
        if text.startswith(BILL_MAGIC):
            return bill_facts(self._books, self._ledger, read_bill(text, self._ticket_key), now_ms, rules)
        if rules.window is not None and text.startswith(BADGE_MAGIC):
            badge = read_badge(text, self._ticket_key)
            return BadgeShown(badge.name, badge.number)
        if rules.window is not None and text[:3] in PROOF_MAGIC:
            return proof_facts(self._books, read_proof(text, self._ticket_key), rules.terminal_id)
        return ticket_facts(self._books, read_ticket(text, self._ticket_key))

    def _coupon(self, text: str, now_ms: int) -> Event:
        found = read_coupon(text, self._ticket_key, now_ms)
        return CouponScanned(coupon_of(found), self._books.coupon_used_at_ms(found.coupon_id))

    def _report(self, report: AnyReport) -> Event | None:
        if self._books.knows_report(report.report_id):
            return None
        if isinstance(report, NoteHonoured):
            return Reported(report, self._books.note_redeemed_at_ms(report.issuer_id, report.note_no, here=True))
        if not isinstance(report, PaidElsewhere):
            return Reported(report)
        paid = self._books.payments(report.ticket_id)
        used = (coupon.coupon_id for coupon in report.coupons if self._books.coupon_used_here(coupon.coupon_id))
        return Reported(report, paid[-1].at_ms if paid else None, tuple(used))


def proof_facts(books: Lookups, proof: Proof, terminal_id: str) -> Event:
    """A receipt or credit note of ours with what the books know of it; of another terminal's receipt they know nothing."""
    if proof.document == "credit_note":
        redeemed_at_ms = books.note_redeemed_at_ms(proof.terminal_id, proof.number)
        return NoteShown(proof.terminal_id, proof.number, proof.amount_minor, redeemed_at_ms)
    sold = books.sold(proof.number) if proof.terminal_id == terminal_id else None
    return ReceiptShown(proof.terminal_id, proof.number, proof.amount_minor, proof.at_ms, sold)


def reprint_facts(books: Lookups, asked: ReprintAsked) -> ReprintAsked:
    """The receipt as it was printed, if it ever was, and how many copies there are."""
    found = books.printed_receipt(asked.receipt_no)
    if found is None:
        return asked
    receipt, language = found
    return msgspec.structs.replace(
        asked, receipt=receipt, language=language, copies=books.copies_of("receipt", asked.receipt_no)
    )


def pad_facts(books: Lookups, event: PadRegistered | PadIssued | PadReturned) -> Event:
    """An act with a pad, and what the books know of it."""
    if isinstance(event, PadRegistered):
        first_no, last_no = (max(0, min(number, NUMBER_MAX)) for number in (event.first_no, event.last_no))
        return msgspec.structs.replace(event, known=books.pads_like(event.pad_id, first_no, last_no))
    pad = books.pad(event.pad_id)
    if isinstance(event, PadIssued):
        return msgspec.structs.replace(event, known=pad)
    used = books.papers_used(pad.next_no, pad.last_no) if pad is not None else ()
    return msgspec.structs.replace(event, known=pad, used=used)


def paper_facts(books: Lookups, event: PaperEntered | PaperVoided | PaperWithdrawn) -> Event:
    """An act with one paper, and what the books know of its number; of one that was a sale also its stay and its outage."""
    number = event.number if 0 < event.number <= NUMBER_MAX else 0
    known = KnownPaper(books.pad(event.pad_id), books.paper(number))
    if isinstance(event, PaperEntered) and 0 <= event.paper_ms <= MOMENT_MAX_MS:
        stay_id, stay = paper_stay(books, event)
        outage_no = books.outage_at(event.paper_ms)
        known = msgspec.structs.replace(known, outage_no=outage_no, stay_id=stay_id, stay=stay)
    return msgspec.structs.replace(event, known=known)


MOMENT_MAX_MS = 99_999_999_999_999
"""No moment lies beyond it: whatever says so was mistyped."""
HANDWRITTEN_MS = 10 * 60_000
"""A time that was written by hand and one that a camera saw are taken for the same when they are so near."""


def paper_stay(books: Lookups, event: PaperEntered) -> tuple[str, Stay]:
    """The stay that a paper is about ("": not known), and what was known of it then: its ticket's, or the one of its plate.

    What the paper says of the entry goes before what was reported. Coupons do not count: none was used up with it.
    """
    stay_id = event.ticket_id or stay_of_plate(books, normalise(event.plate), event.paper_ms)
    entered = last(VehicleEntered, reports_of(books, stay_id)) if stay_id else None
    reported_ms = entered.at_ms if entered is not None else None
    entered_ms = event.entered_ms if event.entered_ms is not None else reported_ms
    vehicle = event.vehicle or (entered.vehicle if entered is not None else "")
    stay = Stay(entered_ms, vehicle)
    if not stay_id:
        return "", stay
    try:
        known = stay_of(stay_rows(books, stay_id, None if entered_ms is None else Entry(entered_ms, vehicle)))
    except CodeError:  # what was written and what was reported can not both be so: the paper counts
        return stay_id, stay
    paid = tuple(each for each in known.paid if each.at_ms <= event.paper_ms)
    used = tuple(each for each in known.coupons if each.used and paid)
    return stay_id, msgspec.structs.replace(known, vehicle=vehicle, paid=paid, coupons=used)


def stay_of_plate(books: Lookups, plate: str, at_ms: int) -> str:
    """The stay in which a car was here at a moment; "": none is known."""
    if not plate:
        return ""
    for entered in of_kind(VehicleEntered, map(_decode, books.reports_of_plate(plate)))[::-1][:EARLIER_LOOKED_AT]:
        left = last(VehicleLeft, reports_of(books, entered.stay_id))
        if entered.at_ms <= at_ms + HANDWRITTEN_MS and (left is None or left.at_ms >= at_ms - HANDWRITTEN_MS):
            return entered.stay_id
    return ""


def coupon_of(code: CouponCode) -> Coupon:
    """The coupon that a code stands for; its giver has no other name here than its id."""
    names = {language: say(language, "coupon.merchant", merchant=code.merchant_id) for language in CATALOGUES}
    return Coupon(code.coupon_id, code.minutes, code.amount_minor, names)


def bill_facts(books: Lookups, ledger: Path, account_id: str, now_ms: int, rules: Rules) -> TicketScanned:
    """What an account owes today. Raises `CodeError` with `no_dues` or `unknown_account`."""
    if rules.dues is None:
        raise CodeError("no_dues")
    try:
        with closing(Ledger.open_reader(ledger)) as reader:
            found = reader.owed_facts(account_id)
    except StoreError as error:
        log.warning("no dues can be taken: %s", error)
        raise CodeError("no_dues") from error
    if found is None:
        raise CodeError("unknown_account")
    paid = [paid_at(*row, rules.timezone) for row in books.dues_paid(*key_range(account_id))]
    now = standing(found[1], paid, date_of(now_ms, rules.timezone), rules.dues)
    invoice = Invoice(account_id, now.owed, now.credit_minor)
    return TicketScanned(f"{BILL_ID}{account_id}", 0, "", invoice=invoice)


def ticket_facts(books: Lookups, ticket: Ticket) -> TicketScanned:
    """A genuine ticket with all that the books know of it; an entry time of 0 is none: the staff wrote it for a lost one.

    Raises `CodeError`.
    """
    entry = Entry(ticket.entered_at_ms) if ticket.entered_at_ms else None
    shown = with_stay(books, ticket.ticket_id, entry, ticket.tariff_id)
    return msgspec.structs.replace(shown, stay=None) if shown.stay == Stay(ticket.entered_at_ms) else shown


def chosen_facts(books: Lookups, stay_id: str) -> TicketScanned:
    """A car that was chosen by its plate, with all that the books know of it. Raises `CodeError` with `no_such_stay`."""
    entered = last(VehicleEntered, reports_of(books, stay_id))
    if entered is None:
        raise CodeError("no_such_stay")
    shown = with_stay(books, stay_id, Entry(entered.at_ms, entered.vehicle), entered.tariff_id)
    return msgspec.structs.replace(shown, chosen=True)


def with_stay(books: Lookups, stay_id: str, entry: Entry | None, tariff_id: str) -> TicketScanned:
    """A stay to be paid, with all that the books know of it. Raises `CodeError`."""
    stay = stay_of(stay_rows(books, stay_id, entry))
    entered_at_ms = 0 if entry is None else entry.entered_at_ms
    paid_at_ms = stay.paid[-1].at_ms if stay.paid else None
    return TicketScanned(stay_id, entered_at_ms, tariff_id, paid_at_ms, stay=stay)


def stay_rows(books: Lookups, stay_id: str, entry: Entry | None) -> StayRows:
    """All that the books know of one stay."""
    reports = reports_of(books, stay_id)
    entered, left = last(VehicleEntered, reports), last(VehicleLeft, reports)
    if entered is not None and entry is not None:
        entry = Entry(entry.entered_at_ms, entered.vehicle)
    given = [
        Coupon(each.coupon_id, each.minutes, each.amount_minor, each.names)
        for each in of_kind(StayValidated, reports)
        if books.coupon_used_at_ms(each.coupon_id) is None
    ]
    plate = entered.plate if entered is not None else ""
    return StayRows(
        entry=entry,
        left_at_ms=None if left is None else left.at_ms,
        moves=[
            InnerMove(each.at_ms, each.tariff_id, isinstance(each, InnerEntered))
            for each in reports
            if isinstance(each, InnerEntered | InnerLeft)
        ],
        validations=[*used_coupons(books, stay_id, reports), *given],
        concessions=[each.concession_id for each in of_kind(ConcessionGranted, reports)],
        passes=passes_of(books, plate) if plate else (),
        payments=payments_of(books, stay_id, reports),
        earlier=earlier_stays(books, plate, stay_id) if plate else (),
    )


def payments_of(books: Lookups, stay_id: str, reports: Iterable[AnyReport]) -> set[Paid]:
    """What was paid for a stay, here and elsewhere."""
    elsewhere = {Paid(each.at_ms, each.amount_minor, each.terminal_id) for each in of_kind(PaidElsewhere, reports)}
    return elsewhere | {Paid(each.at_ms, each.due_minor) for each in books.payments(stay_id)}


def used_coupons(books: Lookups, stay_id: str, reports: Iterable[AnyReport]) -> list[Coupon]:
    """The coupons that went with payments for a stay, here and elsewhere."""
    elsewhere = [coupon for paid in of_kind(PaidElsewhere, reports) for coupon in paid.coupons]
    used = [*books.coupons_of(stay_id), *((each.coupon_id, each.minutes, each.amount_minor) for each in elsewhere)]
    return [Coupon(*each, used=True) for each in used]


def passes_of(books: Lookups, plate: str) -> list[Pass]:
    """The passes of a plate."""
    granted = of_kind(PassGranted, map(_decode, books.reports_of_plate(plate)))
    ends = {each.pass_id: books.pass_withdrawn_at_ms(each.pass_id) for each in granted}
    return [Pass(each.pass_id, each.from_ms, each.to_ms, each.names, ends[each.pass_id]) for each in granted]


def earlier_stays(books: Lookups, plate: str, stay_id: str) -> list[Earlier]:
    """The other stays of a plate which it has left, each with what was paid for it and with the coupons used in that."""
    entries = {each.stay_id: each for each in of_kind(VehicleEntered, map(_decode, books.reports_of_plate(plate)))}
    entries.pop(stay_id, None)
    found = []
    for entered in list(entries.values())[-EARLIER_LOOKED_AT:]:
        reports = reports_of(books, entered.stay_id)
        left = last(VehicleLeft, reports)
        if left is not None:
            paid_minor = sum(each.amount_minor for each in payments_of(books, entered.stay_id, reports))
            used = used_coupons(books, entered.stay_id, reports)
            found.append(Earlier(entered.at_ms, left.at_ms, paid_minor, tuple(used)))
    return found


EARLIER_LOOKED_AT = 20
"""So many stays of a plate are looked at: one that came back within minutes is among the last ones."""


def reports_of(books: Lookups, stay_id: str) -> list[AnyReport]:
    """All reports of a stay, in the order in which they came."""
    return [_decode(data) for data in books.reports_of(stay_id)]


def of_kind(kind: type[R], reports: Iterable[AnyReport]) -> list[R]:
    """Those of one kind."""
    return [report for report in reports if isinstance(report, kind)]


def last(kind: type[R], reports: Iterable[AnyReport]) -> R | None:
    """The one of a kind that came last, if any did."""
    return next(iter(of_kind(kind, reports)[::-1]), None)


def masked(text: str) -> str:
    """A code fit for a log: a payer's code is a bearer secret, so only its ends are kept. Figures alone may be a PIN that was
    typed into the wrong field, so nothing is kept of them."""
    if text.isdigit():
        return "…"
    return text if len(text) <= 6 else f"{text[:2]}…{text[-4:]}"
