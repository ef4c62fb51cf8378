"""What is allowed with pads, outages, paper receipts and their envelopes: `why_not_*` as in `window_policy`."""

import re

from terminal.fsm import backfill_events as ev
from terminal.fsm import policy
from terminal.fsm import window_policy as staff
from terminal.fsm.turn import Turn
from terminal.fsm.world import Sale
from terminal.shift.pads import clash, unfit_paper, unfit_range, unfit_return
from terminal.shift.pieces import total_minor
from terminal.stays.plates import is_plate, normalise

OUTAGE_MAX_MS = 31 * 86_400_000
"""A longer outage is a mistyped one."""
PAD_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
TICKET_ID = re.compile(r"[A-Za-z0-9-]{0,32}")
"""What other terminals can be told; "": not known."""
MISTYPED = frozenset({"unknown_tariff", "unknown_class"})
"""Reasons why there is no price that lie in what was typed, not in what was written."""


def should_minor(turn: Turn) -> int | None:
    """What the paper should have been, at its own moment; None: nobody can know."""
    sale = as_sale(turn)
    return None if policy.why_no_price(turn.world.rules, sale) else policy.offer(turn.world.rules, sale).due_minor


def as_sale(turn: Turn) -> Sale:
    """The paper as the terminal would have sold it at that moment."""
    event = turn.heard(ev.PaperEntered)
    return Sale(
        sale_no=0,
        ticket_id=event.known.stay_id,
        entered_at_ms=event.entered_ms or 0,
        lines=(),
        due_minor=0,
        tariff_id=event.tariff_id,
        priced_at_ms=event.paper_ms,
        stay=event.known.stay,
    )


# --- why not ------------------------------------------------------------------------------------------------------
def why_not_register(turn: Turn) -> str:
    """Its numbers must be its own."""
    event = turn.heard(ev.PadRegistered)
    if reason := why_not_mine(turn, event.who):
        return reason
    if not PAD_ID.fullmatch(event.pad_id):
        return "bad_pad"
    reason = unfit_range(event.first_no, event.last_no) or clash(event.pad_id, event.known)
    return reason or staff.needs_approval(turn, "pad", 0, event.who, event.approved_by)


def why_not_issue(turn: Turn) -> str:
    """One that lies in the office, and has papers left."""
    event = turn.heard(ev.PadIssued)
    if reason := why_not_mine(turn, event.who):
        return reason
    pad = event.known
    if pad is None:
        return "no_such_pad"
    if pad.holder:
        return "pad_is_out"
    if pad.next_no > pad.last_no:
        return "pad_is_used_up"
    if not event.holder:
        return "needs_collector"
    return staff.needs_approval(turn, "pad", 0, event.who, event.approved_by)


def why_not_return(turn: Turn) -> str:
    """What was entered can not come back blank."""
    event = turn.heard(ev.PadReturned)
    reason = why_not_mine(turn, event.who) or unfit_return(event.known, event.first_blank_no, event.used)
    return reason or staff.needs_approval(turn, "pad", 0, event.who, event.approved_by)


def why_not_outage(turn: Turn) -> str:
    """It is over, and was not longer than outages are."""
    event = turn.heard(ev.OutageNoted)
    if reason := why_not_mine(turn, event.who):
        return reason
    if not 0 <= event.from_ms < event.to_ms <= turn.now.wall_ms or event.to_ms - event.from_ms > OUTAGE_MAX_MS:
        return "bad_outage"
    return "needs_note" if event.cause == "other" and not event.note else ""


def why_not_enter(turn: Turn) -> str:
    """A used paper of a pad, within an outage, of which nothing was entered yet, in the envelope of its collector."""
    event = turn.heard(ev.PaperEntered)
    if reason := why_not_mine(turn, event.who) or why_not_free(event.known, event.number):
        return reason
    if not event.known.outage_no:
        return "no_outage"
    if not event.collector:
        return "needs_collector"
    envelope = turn.world.window.envelope
    if envelope is not None and envelope.collector != event.collector:
        return "other_envelope"
    return why_not_written(turn) or why_not_checked(turn)


def why_not_written(turn: Turn) -> str:
    """What the paper says can not be so."""
    event = turn.heard(ev.PaperEntered)
    if not 0 <= event.taken_minor <= staff.TENDER_MAX_MINOR:
        return "bad_amount"
    if event.plate and not is_plate(normalise(event.plate), "any"):
        return "bad_plate"
    if not TICKET_ID.fullmatch(event.ticket_id):
        return "no_such_stay"
    if event.entered_ms is not None and not 0 < event.entered_ms <= event.paper_ms:
        return "left_before_entry"
    reason = policy.why_no_price(turn.world.rules, as_sale(turn))
    return reason if reason in MISTYPED else ""


def why_not_checked(turn: Turn) -> str:
    """Who took the money does not check it either."""
    event = turn.heard(ev.PaperEntered)
    if event.approved_by and event.approved_by == event.collector:
        return "own_approval"
    return staff.needs_approval(turn, "backfill", event.taken_minor, event.who, event.approved_by)


def why_not_void(turn: Turn) -> str:
    """A used paper of which nothing was entered."""
    event = turn.heard(ev.PaperVoided)
    if reason := why_not_mine(turn, event.who) or why_not_free(event.known, event.number):
        return reason
    if event.reason == "other" and not event.note:
        return "needs_note"
    return staff.needs_approval(turn, "backfill", 0, event.who, event.approved_by)


def why_not_withdraw(turn: Turn) -> str:
    """Something stands for the number, and its money was not counted yet."""
    event, envelope = turn.heard(ev.PaperWithdrawn), turn.world.window.envelope
    if reason := why_not_mine(turn, event.who) or unfit_paper(event.known.pad, event.number):
        return reason
    standing = event.known.standing
    if standing is None:
        return "paper_not_entered"
    if standing.fate == "entered" and (envelope is None or standing.envelope_no != envelope.envelope_no):
        return "envelope_settled"
    if not event.note:
        return "needs_note"
    return staff.needs_approval(turn, "backfill", standing.taken_minor, event.who, event.approved_by)


def why_not_settle(turn: Turn) -> str:
    """A difference needs a reason; who took the money does not check the count."""
    event, envelope = turn.heard(ev.EnvelopeCounted), turn.world.window.envelope
    if reason := why_not_mine(turn, event.who):
        return reason
    if envelope is None:
        return "no_envelope"
    if reason := staff.why_not_pieces(turn, event.pieces):
        return reason
    if total_minor(event.pieces) != envelope.taken_minor and not event.reason:
        return "needs_reason"
    if event.reason == "other" and not event.note:
        return "needs_note"
    if event.approved_by and event.approved_by == envelope.collector:
        return "own_approval"
    return staff.needs_approval(turn, "envelope", envelope.taken_minor, event.who, event.approved_by)


def why_not_mine(turn: Turn, who: str) -> str:
    """Only whose shift it is, and not while a payer stands there."""
    return staff.why_not_mine(turn, who) or staff.why_not_at_rest(turn)


def why_not_free(known: ev.KnownPaper, number: int) -> str:
    """The number is none of a used paper, or stands for something already."""
    return unfit_paper(known.pad, number) or ("paper_twice" if known.standing is not None else "")
