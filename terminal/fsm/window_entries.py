"""Book entries of a staffed window. All of them are in `entries.Entry` too."""

from typing import Literal

from terminal.fsm.backfill_entries import BackfillEntry
from terminal.fsm.kinds import Posting
from terminal.fsm.window_events import NoSaleReason
from terminal.shift.corrections import Reason, What
from terminal.shift.totals import Cause

Occasion = Literal["float", "count", "drop", "top_up", "big_notes", "dispute", "envelope"]
HandedOver = Literal["accepted", "disputed", "cleared"]


class ShiftOpened(Posting, frozen=True):
    """A shift has begun; `follows` is the shift whose drawer it took over, 0 when the float came from the safe."""

    shift_no: int
    who: str
    name: str
    follows: int = 0


class DrawerMoved(Posting, frozen=True):
    """Cash went into the drawer (or, below zero, out of it). The sum of a shift is what its drawer should hold."""

    shift_no: int
    cause: Cause
    amount_minor: int
    sale_no: int | None = None
    who: str = ""
    approved_by: str = ""
    note: str = ""
    """Number of a bag or a slip."""


class PiecesCounted(Posting, frozen=True):
    """So many pieces of a denomination were counted in the so-manieth count of a shift, or moved with a slip."""

    shift_no: int
    occasion: Occasion
    number: int
    denomination_minor: int
    pieces: int


class ShiftCounted(Posting, frozen=True):
    """A drawer was counted blind, and what it should have held."""

    shift_no: int
    number: int
    who: str
    expected_minor: int
    counted_minor: int


class ShiftClosed(Posting, frozen=True):
    """A shift was signed for, with its Z: over (above zero) or short stands here, never netted against anything."""

    shift_no: int
    z_no: int
    who: str
    expected_minor: int
    counted_minor: int
    over_minor: int
    reason: str
    note: str
    approved_by: str
    fingerprint: str
    data: str
    """The Z as JSON, as it was printed."""


class DrawerHandedOver(Posting, frozen=True):
    """What became of the drawer of a closed shift: the next one accepted it, disputed it, or it went to the safe."""

    shift_no: int
    how: HandedOver
    counted_minor: int
    who: str
    approved_by: str = ""
    difference_minor: int = 0
    """What the next one counted more."""
    note: str = ""


class DaySettled(Posting, frozen=True):
    """A day was closed; `until_z_no` is the last Z that belongs to it."""

    day: str
    who: str
    until_z_no: int


class SaleThing(Posting, frozen=True):
    """One of several things in a sale: the sale's own row has the sum of all."""

    sale_no: int
    ticket_id: str
    entered_at_ms: int
    due_minor: int


class TenderBooked(Posting, frozen=True):
    """A payer gave so much toward a sale at the window."""

    sale_no: int
    shift_no: int
    method: str
    amount_minor: int
    who: str
    reference: str = ""


class NoteRedeemed(Posting, frozen=True):
    """A credit note was honoured: toward a sale, or in cash."""

    terminal_id: str
    note_no: int
    amount_minor: int
    sale_no: int | None
    shift_no: int
    who: str


class CorrectionBooked(Posting, frozen=True):
    """A sale was put right: a reversing entry beside what was booked. Its amount went back to the payer."""

    correction_no: int
    shift_no: int
    what: What
    sale_no: int
    receipt_no: int
    amount_minor: int
    method: str
    wrong_method: str
    reason: Reason
    note: str
    who: str
    approved_by: str


class NoteSuspectBooked(Posting, frozen=True):
    """A note that looked false; it is no income."""

    shift_no: int
    amount_minor: int
    serial: str
    how: Literal["refused", "kept"]
    who: str
    approved_by: str
    slip: str


class NoSale(Posting, frozen=True):
    """The drawer was opened without a sale."""

    shift_no: int
    who: str
    reason: NoSaleReason


WindowEntry = (
    ShiftOpened | DrawerMoved | PiecesCounted | ShiftCounted | ShiftClosed | DrawerHandedOver | DaySettled
    | SaleThing | TenderBooked | NoteRedeemed | CorrectionBooked | NoteSuspectBooked | NoSale
    | BackfillEntry
)  # fmt: skip
