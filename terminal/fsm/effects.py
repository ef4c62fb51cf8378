"""Things to do, as data. Journaled with the event that caused them, performed only after the commit.

An effect's id is "<event number>.<index>": the same after a replay, so it is the idempotency key everywhere. What
*should be* (acceptance on, lamps, the screen) is not an effect: it is a view of the world, see `Wanted`.
"""

from typing import Literal

import msgspec

from terminal.fees.quote import QuoteLine
from terminal.fees.stay import Coupon
from terminal.fsm.kinds import Doing
from terminal.shift.pieces import Pieces
from terminal.shift.totals import Report


# --- documents ----------------------------------------------------------------------------------------------------
class Receipt(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """Proof of a paid sale."""

    receipt_no: int
    sale_no: int
    ticket_id: str
    entered_at_ms: int
    paid_at_ms: int
    lines: tuple[QuoteLine, ...]
    due_minor: int
    tendered_minor: int
    paid_out_minor: int = 0
    note_minor: int = 0
    """Change that is owed on a credit note, printed beside this receipt."""
    what: Literal["parking", "dues", "services", "several"] = "parking"
    tenders_minor: dict[str, int] = {}
    """What was tendered at a window, by method; empty at a kiosk, which takes cash alone."""


class CreditNote(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """A signed promise of money owed to a payer; `reason` is `change` or `cancelled`."""

    note_no: int
    sale_no: int
    amount_minor: int
    issued_at_ms: int
    reason: str


class TestPage(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """What the staff have printed to see whether the printer does it well; it belongs to no sale."""

    who: str
    asked_at_ms: int
    sale_no: int = 0


SlipKind = Literal["float", "drop", "top_up", "big_notes", "correction", "suspect", "handover", "cleared", "envelope"]


class Slip(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """A small paper of the window that people sign: money moved, a drawer handed over, a sale put right."""

    what: SlipKind
    slip_no: int
    shift_no: int
    name: str
    """The collector, as people say it."""
    approved_by: str
    at_ms: int
    amount_minor: int
    pieces: Pieces = ()
    note: str = ""
    sale_no: int = 0


class ShiftReport(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """An X, or a Z when the report has a number."""

    report: Report
    sale_no: int = 0


Document = Receipt | CreditNote | TestPage | Slip | ShiftReport

Numbered = Literal["receipt", "credit_note", "slip", "report"]
"""Documents with a number of their own: a further copy of them is booked."""


def numbered(document: Document) -> tuple[Numbered, int] | None:
    """What a document is called, and its number; None: it has none, and is not worth printing again."""
    match document:
        case Receipt():
            return "receipt", document.receipt_no
        case CreditNote():
            return "credit_note", document.note_no
        case Slip():
            return "slip", document.slip_no
        case ShiftReport(report) if report.z_no:
            return "report", report.z_no
    return None


# --- effects ------------------------------------------------------------------------------------------------------
class StackBill(Doing, frozen=True):
    """Take the held note into the box. `unit` and `count_before` as in `BillHeld`."""

    amount_minor: int
    unit: str = ""
    count_before: int | None = None


class ReturnBill(Doing, frozen=True):
    """Give the held note back; `reason` is a key under `returned.`."""

    amount_minor: int
    reason: str


class PayOut(Doing, frozen=True):
    """Pay change out."""

    amount_minor: int


class PrintDocument(Doing, frozen=True):
    """Print a document; `copy` 0 is the original, every further one says that it is a copy."""

    document: Document
    language: str
    copy: int = 0


class OpenBarrier(Doing, frozen=True):
    """Let the car of this sale out."""

    sale_no: int


class OpenDrawer(Doing, frozen=True):
    """Open the cash drawer."""

    reason: str
    sale_no: int | None = None


class Alert(Doing, frozen=True):
    """Tell the people in charge; `code` is a key under `alert.`. Delivered with the journal over MQTT."""

    code: str
    data: dict[str, int | str] = msgspec.field(default_factory=dict)


class TellPaid(Doing, frozen=True):
    """Tell the other terminals of the site that a ticket was paid for, so that they do not sell it again. Delivered with the
    journal over MQTT."""

    ticket_id: str
    amount_minor: int
    coupons: tuple[Coupon, ...] = ()
    """Those that are used up with it."""
    at_ms: int = 0
    """When, if it was not now."""


class Identify(Doing, frozen=True):
    """Have a device say anew who it is and how it is: `DeviceIdentified` and `DeviceChanged` come again, or its silence shows."""

    device: str


class TellRedeemed(Doing, frozen=True):
    """Tell the other terminals of the site that a credit note was honoured, so that they do not. Delivered with the journal over
    MQTT."""

    issuer_id: str
    note_no: int
    amount_minor: int


AwaitedEffect = StackBill | ReturnBill | PayOut | PrintDocument | OpenBarrier | OpenDrawer
"""Effects whose outcome must come back as an event; until then they are pending in the world."""


class Ask(Doing, frozen=True):
    """Find out what became of an effect that was under way when the power went; answered by `EffectFound`."""

    effect_id: str
    about: AwaitedEffect
    jammed: bool = False
    """The device was jammed meanwhile: people may have taken a note out by hand, or put it into the box."""


Effect = AwaitedEffect | Alert | TellPaid | TellRedeemed | Identify | Ask


class Wanted(msgspec.Struct, frozen=True):
    """What should be, as opposed to what should happen once: handed to every engine after each commit."""

    accept_bills: bool = False
    """The validator may take notes."""
    sale_open: bool = False
    """Somebody stands there: poll fast."""
    lamp: str = "off"
    """`ready`, `busy` or `off`."""
