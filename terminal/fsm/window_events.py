"""Facts of a staffed window: what collectors, their seconds and payers do there. All of them are in `events.Event` too.

`who` is the name under which the operators' file knows the one who acts, `approved_by` that of the second person, "" for none.
Both have shown their PIN or badge before such a fact comes to be (`terminal/web/window`); whether the act is theirs to do,
and whether it needs two, is decided by the tables.
"""

from typing import Literal

from terminal.fsm.backfill_events import BackfillEvent
from terminal.fsm.effects import Receipt
from terminal.fsm.kinds import Fact
from terminal.shift.corrections import Reason, Sold, What
from terminal.shift.pieces import Pieces

DifferenceReason = Literal["", "wrong_change", "false_note", "not_found", "other"]
"""Why a drawer is over or short."""
NoSaleReason = Literal["change_money", "check", "stuck", "other"]
MoveKind = Literal["drop", "top_up", "big_notes"]
"""Money to the safe, from the safe, and large notes alone to the safe."""


# --- the shift ----------------------------------------------------------------------------------------------------
class ShiftBegun(Fact, frozen=True):
    """A collector takes the window over, with a float out of the safe that is to be counted first; `name` is for people."""

    who: str
    name: str


class FloatCounted(Fact, frozen=True):
    """The float was counted and is signed for."""

    who: str
    pieces: Pieces


class CountDrafted(Fact, frozen=True):
    """A count as far as it was typed: it survives a power cut."""

    who: str
    pieces: Pieces


class WindowLocked(Fact, frozen=True):
    """The collector leaves the window for a while."""

    who: str


class WindowUnlocked(Fact, frozen=True):
    """The collector is back."""

    who: str


class CountAsked(Fact, frozen=True):
    """The shift shall end: the drawer is to be counted, without anybody knowing what it should hold. `taken_over`: a supervisor
    ends the shift of somebody who is not there."""

    who: str
    name: str
    taken_over: bool = False


class DrawerCounted(Fact, frozen=True):
    """The drawer was counted."""

    who: str
    pieces: Pieces


class RecountAsked(Fact, frozen=True):
    """The drawer is to be counted once more; the first count stays in the books."""

    who: str
    approved_by: str = ""


class ShiftSigned(Fact, frozen=True):
    """Who counted signs for the count, and says why it is over or short, if it is."""

    who: str
    reason: DifferenceReason = ""
    note: str = ""
    approved_by: str = ""


class DrawerAccepted(Fact, frozen=True):
    """The next collector takes the drawer as it was counted: its content is the float of the next shift."""

    who: str
    name: str


class DrawerDisputed(Fact, frozen=True):
    """The next collector counts another amount: that is the float of the next shift, and the difference is an open matter."""

    who: str
    name: str
    pieces: Pieces
    approved_by: str = ""
    note: str = ""


class DrawerCleared(Fact, frozen=True):
    """Nobody follows: the content of the drawer went to the safe or the bank, in a bag with a number."""

    who: str
    approved_by: str = ""
    bag: str = ""


class DayClosed(Fact, frozen=True):
    """The day is settled (日结): nothing of it is voided any more, corrections are new entries."""

    who: str


class BadgeShown(Fact, frozen=True):
    """A genuine badge was read. Whether its number is still good, and what its owner may do, is for the page that waits
    for it."""

    who: str
    number: int


# --- the drawer ---------------------------------------------------------------------------------------------------
class CashMoved(Fact, frozen=True):
    """Money was put from the drawer into the safe or from the safe into the drawer, with a slip."""

    who: str
    what: MoveKind
    pieces: Pieces
    approved_by: str = ""
    bag: str = ""


class DrawerAsked(Fact, frozen=True):
    """The drawer shall open without a sale."""

    who: str
    reason: NoSaleReason


class NoteSuspected(Fact, frozen=True):
    """A note looks false: given back before it was taken, or kept with a second person and handed to the bank. It is never
    income."""

    who: str
    amount_minor: int
    serial: str
    how: Literal["refused", "kept"]
    approved_by: str = ""
    slip: str = ""
    """Number of the bank's slip, once there is one."""


# --- sales --------------------------------------------------------------------------------------------------------
class Tendered(Fact, frozen=True):
    """The payer gives so much: `cash`, or by a method outside this terminal, with its reference."""

    who: str
    method: str
    amount_minor: int
    reference: str = ""


class NoteShown(Fact, frozen=True):
    """A genuine credit note was read. `redeemed_at_ms`: when it was honoured already, if it was."""

    terminal_id: str
    note_no: int
    amount_minor: int
    redeemed_at_ms: int | None = None


class NoteCashed(Fact, frozen=True):
    """The credit note that was shown last is paid out, without a sale."""

    who: str


class ThingRemoved(Fact, frozen=True):
    """One of several things is taken out of the sale."""

    who: str
    ticket_id: str


class SaleSuspended(Fact, frozen=True):
    """The payer steps aside; the next one is served."""

    who: str


class SaleResumed(Fact, frozen=True):
    """A payer who stepped aside is back; what is owed is priced anew."""

    who: str
    sale_no: int


# --- corrections --------------------------------------------------------------------------------------------------
class ReceiptShown(Fact, frozen=True):
    """A genuine receipt was read, with what the books know of its sale; None: another terminal's."""

    terminal_id: str
    receipt_no: int
    amount_minor: int
    at_ms: int
    sold: Sold | None = None


class Corrected(Fact, frozen=True):
    """A sale is put right. `sold` is what the books know of it: the intake adds that; None: there is no such receipt."""

    who: str
    what: What
    receipt_no: int
    amount_minor: int
    reason: Reason
    note: str = ""
    method: str = "cash"
    """How money goes back; of a wrong method, the right one."""
    wrong_method: str = ""
    approved_by: str = ""
    sold: Sold | None = None


class ReprintAsked(Fact, frozen=True):
    """A receipt shall be printed once more, marked so. The intake adds the document; None: there is no such receipt."""

    who: str
    receipt_no: int
    receipt: Receipt | None = None
    copies: int = 0
    """How many copies of it there are already."""
    language: str = ""


class ReportAsked(Fact, frozen=True):
    """An X is to be printed: how the shift stands, without what the drawer should hold."""

    who: str


WindowEvent = (
    ShiftBegun | FloatCounted | CountDrafted | WindowLocked | WindowUnlocked | CountAsked | DrawerCounted | RecountAsked
    | ShiftSigned | DrawerAccepted | DrawerDisputed | DrawerCleared | DayClosed | BadgeShown
    | CashMoved | DrawerAsked | NoteSuspected
    | Tendered | NoteShown | NoteCashed | ThingRemoved | SaleSuspended | SaleResumed
    | ReceiptShown | Corrected | ReprintAsked | ReportAsked
    | BackfillEvent
)  # fmt: skip
