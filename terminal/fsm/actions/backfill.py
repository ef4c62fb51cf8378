"""Papers of an outage: pads change hands, what was sold on paper is entered and compared, envelopes are settled.

The money of an envelope is none of the drawer's until the envelope is counted and put there.
"""

from typing import Literal

import msgspec

from terminal.fsm import backfill_events as ev
from terminal.fsm import backfill_policy, window_policy
from terminal.fsm.actions import drawer
from terminal.fsm.backfill_entries import (
    Backfilled,
    EnvelopeSettled,
    OutageBooked,
    PadBooked,
    PadHanded,
    PaperBooked,
    PaperFreed,
    PaperMissing,
)
from terminal.fsm.effects import TellPaid
from terminal.fsm.turn import Turn
from terminal.shift.pads import Envelope, Fate, missing
from terminal.shift.pieces import total_minor
from terminal.stays.plates import normalise


# --- pads ---------------------------------------------------------------------------------------------------------
def register_pad(turn: Turn) -> None:
    event = turn.heard(ev.PadRegistered)
    drawer.note_approval(turn, event.approved_by)
    turn.book(PadBooked(event.pad_id, event.first_no, event.last_no, event.who, event.approved_by))
    drawer.tell(turn, "window.pad_registered", pad=event.pad_id)


def issue_pad(turn: Turn) -> None:
    event = turn.heard(ev.PadIssued)
    assert event.known is not None, "it was found"
    drawer.note_approval(turn, event.approved_by)
    next_no = event.known.next_no
    turn.book(PadHanded(event.pad_id, "issued", event.holder, next_no, event.who, event.approved_by))
    drawer.tell(turn, "window.pad_issued", pad=event.pad_id, holder=event.holder, number=next_no)


def take_pad_back(turn: Turn) -> None:
    """Each number that is missing is an incident of its own."""
    event = turn.heard(ev.PadReturned)
    pad = event.known
    assert pad is not None, "it was found"
    drawer.note_approval(turn, event.approved_by)
    turn.book(PadHanded(pad.pad_id, "returned", pad.holder, event.first_blank_no, event.who, event.approved_by))
    lost = missing(pad, event.first_blank_no, event.used)
    for number in lost:
        turn.book(PaperMissing(pad.pad_id, number))
    turn.change_window(papers_missing=(*turn.world.window.papers_missing, *lost))
    if lost:
        turn.alert("papers_not_returned", pad=pad.pad_id, number=lost[0], papers=len(lost), who=pad.holder)
        drawer.tell(turn, "window.papers_not_returned", pad=pad.pad_id, number=lost[0], papers=len(lost))
    else:
        drawer.tell(turn, "window.pad_returned", pad=pad.pad_id)


# --- the outage, and its papers -----------------------------------------------------------------------------------
def note_outage(turn: Turn) -> None:
    event, outage_no = turn.heard(ev.OutageNoted), turn.world.window.outage_no + 1
    turn.change_window(outage_no=outage_no)
    turn.book(OutageBooked(outage_no, event.from_ms, event.to_ms, event.cause, event.note, event.who))
    drawer.tell(turn, "window.outage_noted", number=outage_no)


def enter_paper(turn: Turn) -> None:
    """As it was written, beside what it should have been; the other terminals hear that the stay was paid, and when."""
    event = turn.heard(ev.PaperEntered)
    should_minor = backfill_policy.should_minor(turn)
    backfill_no = book_paper(turn, "entered")
    envelope = put_into_envelope(turn, event.collector, 1, event.taken_minor)
    turn.book(
        Backfilled(
            backfill_no=backfill_no,
            outage_no=event.known.outage_no,
            envelope_no=envelope.envelope_no,
            paper_ms=event.paper_ms,
            plate=normalise(event.plate),
            entered_ms=event.entered_ms,
            vehicle=event.vehicle,
            tariff_id=event.tariff_id,
            stay_id=event.known.stay_id,
            collector=event.collector,
            taken_minor=event.taken_minor,
            should_minor=should_minor,
        )
    )
    if event.known.stay_id:
        turn.effects.append(TellPaid(event.known.stay_id, event.taken_minor, at_ms=event.paper_ms))
    if should_minor is None:
        drawer.tell(turn, "window.paper_entered", number=event.number, amount_minor=event.taken_minor)
    else:
        told = {"number": event.number, "amount_minor": event.taken_minor, "should_minor": should_minor}
        drawer.tell(turn, "window.paper_entered_should", **told)


def void_paper(turn: Turn) -> None:
    book_paper(turn, "voided")
    drawer.tell(turn, "window.paper_voided", number=turn.heard(ev.PaperVoided).number)


def book_paper(turn: Turn, fate: Fate) -> int:
    """What becomes of the number; it is not missing any more."""
    event, window = turn.event, turn.world.window
    assert isinstance(event, ev.PaperEntered | ev.PaperVoided)
    drawer.note_approval(turn, event.approved_by)
    still_missing = tuple(number for number in window.papers_missing if number != event.number)
    turn.change_window(backfill_no=window.backfill_no + 1, papers_missing=still_missing)
    reason: Literal["", ev.VoidReason] = ""
    note = ""
    if isinstance(event, ev.PaperVoided):
        reason, note = event.reason, event.note
    turn.book(
        PaperBooked(
            backfill_no=window.backfill_no + 1,
            pad_id=event.pad_id,
            paper_no=event.number,
            fate=fate,
            reason=reason,
            note=note,
            shift_no=window_policy.open_shift(turn.world).shift_no,
            who=event.who,
            approved_by=event.approved_by,
        )
    )
    return window.backfill_no + 1


def withdraw_paper(turn: Turn) -> None:
    """The entry stays in the books and counts no more; the number is missing again if its pad has come back already."""
    event = turn.heard(ev.PaperWithdrawn)
    pad, standing = event.known.pad, event.known.standing
    assert pad is not None and standing is not None, "both were found"
    drawer.note_approval(turn, event.approved_by)
    shift_no = window_policy.open_shift(turn.world).shift_no
    turn.book(PaperFreed(standing.backfill_no, shift_no, event.note, event.who, event.approved_by))
    if standing.fate == "entered":
        envelope = turn.world.window.envelope
        assert envelope is not None, "the money was not counted yet"
        put_into_envelope(turn, envelope.collector, -1, -standing.taken_minor)
    if event.number < pad.next_no:
        turn.book(PaperMissing(pad.pad_id, event.number))
        turn.change_window(papers_missing=(*turn.world.window.papers_missing, event.number))
    drawer.tell(turn, "window.paper_withdrawn", number=event.number)


# --- the envelope -------------------------------------------------------------------------------------------------
def put_into_envelope(turn: Turn, collector: str, papers: int, amount_minor: int) -> Envelope:
    """One paper more, or one less; the first begins an envelope, and one without papers is none any more."""
    window, totals = turn.world.window, window_policy.open_shift(turn.world).totals
    envelope = window.envelope or Envelope(window.envelope_no + 1, collector)
    envelope = msgspec.structs.replace(
        envelope, papers=envelope.papers + papers, taken_minor=envelope.taken_minor + amount_minor
    )
    turn.change_window(envelope=envelope if envelope.papers else None, envelope_no=envelope.envelope_no)
    drawer.add_to_totals(turn, manual=totals.manual + papers, manual_minor=totals.manual_minor + amount_minor)
    return envelope


def settle_envelope(turn: Turn) -> None:
    """Counted by two, with a slip; over or short is the envelope's, and never the drawer's."""
    event, window = turn.heard(ev.EnvelopeCounted), turn.world.window
    envelope, counted_minor = window.envelope, total_minor(event.pieces)
    assert envelope is not None, "one is open"
    drawer.note_approval(turn, event.approved_by)
    number, over_minor = envelope.envelope_no, counted_minor - envelope.taken_minor
    turn.change_window(envelope=None)
    turn.book(
        EnvelopeSettled(
            envelope_no=number,
            shift_no=window_policy.open_shift(turn.world).shift_no,
            collector=envelope.collector,
            papers=envelope.papers,
            expected_minor=envelope.taken_minor,
            counted_minor=counted_minor,
            over_minor=over_minor,
            reason=event.reason,
            note=event.note,
            goes_to=event.goes_to,
            bag=event.bag,
            who=event.who,
            approved_by=event.approved_by,
        )
    )
    drawer.book_pieces(turn, "envelope", number, event.pieces)
    if event.goes_to == "drawer" and counted_minor:
        drawer.book_move(turn, "envelope", counted_minor, approved_by=event.approved_by, note=str(number))
        drawer.open_drawer(turn, "envelope")
    note = event.bag or str(number)
    drawer.print_slip(turn, "envelope", counted_minor, event.pieces, note, event.approved_by)
    if over_minor:
        turn.alert("envelope_differs", number=number, over_minor=over_minor, who=envelope.collector)
    drawer.tell(turn, "window.envelope_settled", number=number, amount_minor=counted_minor)
