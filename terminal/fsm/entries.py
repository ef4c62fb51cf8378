"""Book entries: what an event means for the books, as data.

`step` says them, the journal stores them beside the event, and `store/books.py` turns each kind into rows. The books can
be rebuilt from these entries alone, whatever later versions of the program decide. Event number and wall time come from
the journal row. Corrections are new entries; nothing is ever deleted.
"""

from typing import Literal

from terminal.fsm.effects import Numbered
from terminal.fsm.events import RatingReason, StaffAct
from terminal.fsm.kinds import Posting
from terminal.fsm.window_entries import WindowEntry

EndReason = Literal[
    "", "cancelled", "timed_out", "device", "staff", "door", "power", "elsewhere", "replaced", "suspended"
]
"""Why a sale ended unpaid ("": it was paid). `replaced`: something else was shown, or the same at another price; `elsewhere`:
another terminal has taken the money; `suspended`: the payer has stepped aside."""
Disposition = Literal["credited", "unclaimed", "disputed"]


class SaleOpened(Posting, frozen=True):
    """A ticket was priced and something is owed (or it is free: `due_minor` 0)."""

    sale_no: int
    ticket_id: str
    entered_at_ms: int
    due_minor: int


class SaleClosed(Posting, frozen=True):
    """A sale came to its end; `change_owed_minor` is what the payer gets back, in whatever form."""

    sale_no: int
    state: Literal["paid", "cancelled"]
    credited_minor: int
    change_owed_minor: int
    why: EndReason = ""


class BillBooked(Posting, frozen=True):
    """A note is in the box (or disputed); `sale_no` is the sale it counts toward, or the one it came up in."""

    bill_no: int
    amount_minor: int
    disposition: Disposition
    sale_no: int | None = None


class DisputeSettled(Posting, frozen=True):
    """A disputed note turned out to be in the box (`unclaimed`, or `credited`) or never to have been ours (`gone`)."""

    bill_no: int
    disposition: Literal["credited", "unclaimed", "gone"]


class ChangePaidOut(Posting, frozen=True):
    """Change left the change giver."""

    sale_no: int
    amount_minor: int


class CreditNoteIssued(Posting, frozen=True):
    """A credit note was promised for change or a refund."""

    note_no: int
    sale_no: int
    amount_minor: int


class ReceiptIssued(Posting, frozen=True):
    """A receipt number was taken for a paid sale."""

    receipt_no: int
    sale_no: int


class CopyPrinted(Posting, frozen=True):
    """A further copy of a document was asked of the printer."""

    document: Numbered
    number: int
    copy: int


class CouponUsed(Posting, frozen=True):
    """A coupon went with a paid sale, and is worth nothing any more."""

    coupon_id: str
    sale_no: int
    minutes: int
    amount_minor: int
    ticket_id: str = ""
    """Of several things in a sale, the one that it was for."""


class CouponUsedElsewhere(Posting, frozen=True):
    """A coupon went with a sale of another terminal."""

    coupon_id: str
    terminal_id: str
    used_at_ms: int


class DuesPaid(Posting, frozen=True):
    """A part of a paid sale that went toward a charge: its principal, and its late fee (`terminal.fees.dues`)."""

    charge_key: str
    amount_minor: int
    late_minor: int
    sale_no: int


class ReportBooked(Posting, frozen=True):
    """What was reported about a stay or a plate; `data` is the report as JSON, the other fields are what it is found by."""

    report_id: str
    what: str
    stay_id: str
    plate: str
    moment_ms: int
    data: str


class SaleRated(Posting, frozen=True):
    """What a payer said of a sale: 1 to 5 stars, and why it were not more."""

    sale_no: int
    stars: int
    reason: RatingReason


class StaffEntry(Posting, frozen=True):
    """Who of the staff did what on the service page."""

    who: str
    act: StaffAct


class Opening(Posting, frozen=True):
    """The barrier or the drawer was opened."""

    what: Literal["barrier", "drawer"]
    sale_no: int | None = None


Entry = (
    SaleOpened | SaleClosed | BillBooked | DisputeSettled | ChangePaidOut | CreditNoteIssued | ReceiptIssued
    | CopyPrinted | CouponUsed | CouponUsedElsewhere | DuesPaid | ReportBooked | SaleRated | StaffEntry
    | Opening | WindowEntry
)  # fmt: skip
