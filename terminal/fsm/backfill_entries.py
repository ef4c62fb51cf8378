"""Book entries of pads, outages and paper receipts. All of them are in `window_entries.WindowEntry` too."""

from typing import Literal

from terminal.fsm.backfill_events import EnvelopeGoes, EnvelopeReason, OutageCause, VoidReason
from terminal.fsm.kinds import Posting
from terminal.shift.pads import Fate


class PadBooked(Posting, frozen=True):
    """A pad of numbered paper receipts is in the office from now on."""

    pad_id: str
    first_no: int
    last_no: int
    who: str
    approved_by: str


class PadHanded(Posting, frozen=True):
    """A pad changed hands; from `next_no` on its papers are blank."""

    pad_id: str
    how: Literal["issued", "returned"]
    holder: str
    next_no: int
    who: str
    approved_by: str


class PaperMissing(Posting, frozen=True):
    """A pad came back without this number, and nobody knows what became of it."""

    pad_id: str
    paper_no: int


class OutageBooked(Posting, frozen=True):
    """The terminal could not sell for a time."""

    outage_no: int
    from_ms: int
    to_ms: int
    cause: OutageCause
    note: str
    who: str


class PaperBooked(Posting, frozen=True):
    """What became of a number: a sale that was `entered`, whose figures are in `Backfilled`, or `voided`."""

    backfill_no: int
    pad_id: str
    paper_no: int
    fate: Fate
    reason: Literal["", VoidReason]
    note: str
    shift_no: int
    who: str
    approved_by: str


class Backfilled(Posting, frozen=True):
    """A sale on paper, entered by hand: what was taken, and beside it what it should have been (None: nobody can know)."""

    backfill_no: int
    outage_no: int
    envelope_no: int
    paper_ms: int
    plate: str
    entered_ms: int | None
    vehicle: str
    tariff_id: str
    stay_id: str
    collector: str
    taken_minor: int
    should_minor: int | None


class PaperFreed(Posting, frozen=True):
    """An entry for a number was withdrawn; it stays in the books, and counts no more."""

    backfill_no: int
    shift_no: int
    note: str
    who: str
    approved_by: str


class EnvelopeSettled(Posting, frozen=True):
    """The money of an envelope was counted and put away; over (above zero) or short stands here."""

    envelope_no: int
    shift_no: int
    collector: str
    papers: int
    expected_minor: int
    counted_minor: int
    over_minor: int
    reason: EnvelopeReason
    note: str
    goes_to: EnvelopeGoes
    bag: str
    who: str
    approved_by: str


BackfillEntry = (
    PadBooked | PadHanded | PaperMissing | OutageBooked | PaperBooked | Backfilled | PaperFreed | EnvelopeSettled
)
