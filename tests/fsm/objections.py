"""What is in the way of an act at the window, worked out from the till alone: every reason there is, in no order."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, get_args

from terminal.fees import services
from terminal.fees.stay import Coupon
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.backfill_events import BackfillEvent
from terminal.fsm.states import SaleState, ShiftState
from terminal.fsm.world import World
from terminal.shift.pieces import Pieces
from tests.fsm.claims import price_of, why_no_price
from tests.fsm.sums import worth

if TYPE_CHECKING:
    from tests.fsm.till import Till

H = ShiftState
OPEN = (SaleState.PRICED, SaleState.PAYING)
YUAN = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10)

PHASES: dict[type[ev.Event], tuple[ShiftState, ...]] = {
    wev.ShiftBegun: (H.CLOSED,),
    wev.FloatCounted: (H.OPENING,),
    wev.CountDrafted: (H.OPENING, H.COUNTING),
    wev.WindowLocked: (H.SERVING,),
    wev.WindowUnlocked: (H.LOCKED,),
    wev.CountAsked: (H.OPENING, H.SERVING, H.LOCKED, H.COUNTING, H.COUNTED),
    wev.DrawerCounted: (H.COUNTING,),
    wev.RecountAsked: (H.COUNTED,),
    wev.ShiftSigned: (H.COUNTED,),
    wev.DrawerAccepted: (H.HANDING_OVER,),
    wev.DrawerDisputed: (H.HANDING_OVER,),
    wev.DrawerCleared: (H.HANDING_OVER,),
    wev.DayClosed: (H.CLOSED, H.HANDING_OVER),
    **dict.fromkeys(
        (
            wev.CashMoved, wev.DrawerAsked, wev.NoteSuspected, wev.NoteCashed, wev.Corrected, wev.ReprintAsked,
            wev.ReportAsked, wev.ReceiptShown, *get_args(BackfillEvent),
        ),
        (H.SERVING,),
    ),
}  # fmt: skip
"""In which states of the shift an act can be done at all; those of a sale are not here."""

ALONE_MINOR = {
    "float": None, "no_sale": None, "deposit": None, "take_over": None, "close_day": None,
    "change": 1_000, "difference": 1_000,
}  # fmt: skip
"""Up to this one person may act alone (None: always); not at all in acts that are not listed."""


def objections(till: "Till", event: ev.Event, before: World) -> set[str]:
    """Keys under `refused.` of all that is in the way; none: the act is done, or the event is no act."""
    kind = type(event)
    if kind not in ASKED and kind not in PHASES:
        return set()
    if kind in PHASES and till.phase not in PHASES[kind]:
        return {"not_now"}
    if kind in get_args(BackfillEvent):
        return {"not_your_shift"} if event.who != till.who else {"not_tried_here"}  # type: ignore[union-attr]
    asked = ASKED.get(kind)
    return set() if asked is None else set(asked(till, event, before))


def approval(till: "Till", before: World, act: str, amount_minor: int, event: Any) -> Iterator[str]:
    """Two persons, where one is not enough; and never one and the same."""
    assert before.rules.window is not None
    limit = before.rules.window.alone_up_to_minor.get(act, ALONE_MINOR.get(act, 0))
    if event.approved_by == event.who:
        yield "own_approval"
    if not event.approved_by and limit is not None and (limit == 0 or abs(amount_minor) > limit):
        yield "needs_approval"


def mine(till: "Till", event: Any) -> Iterator[str]:
    """The shift is somebody else's."""
    if event.who != till.who:
        yield "not_your_shift"


def counters(till: "Till", event: Any) -> Iterator[str]:
    """Somebody else counts."""
    if event.who != till.counter:
        yield "not_your_shift"


def at_rest(before: World) -> Iterator[str]:
    """A payer is being served."""
    if before.state in OPEN:
        yield "sale_open"


def countable(pieces: Pieces) -> Iterator[str]:
    """Pieces that there are, and not more than anybody counts."""
    if any(value not in YUAN for value, _ in pieces):
        yield "no_such_denomination"
    if any(not 0 <= count <= 100_000 for _, count in pieces):
        yield "bad_count"


# --- the shift ----------------------------------------------------------------------------------------------------
def float_counted(till: "Till", event: wev.FloatCounted, before: World) -> Iterator[str]:
    """By whose shift it is."""
    yield from mine(till, event)
    yield from countable(event.pieces)


def drafted(till: "Till", event: wev.CountDrafted, before: World) -> Iterator[str]:
    """By whoever counts."""
    yield from counters(till, event)
    yield from countable(event.pieces)


def locked(till: "Till", event: wev.WindowLocked, before: World) -> Iterator[str]:
    """Not with a payer there."""
    yield from mine(till, event)
    yield from at_rest(before)


def unlocked(till: "Till", event: wev.WindowUnlocked, before: World) -> Iterator[str]:
    """By whose shift it is."""
    yield from mine(till, event)


def count_asked(till: "Till", event: wev.CountAsked, before: World) -> Iterator[str]:
    """By whose shift it is while that serves, or by a supervisor; not with a payer there who is being served."""
    if till.phase in (H.OPENING, H.SERVING) and not event.taken_over:
        yield from mine(till, event)
    if till.phase in (H.LOCKED, H.COUNTING, H.COUNTED) and (not event.taken_over or event.who == till.counter):
        yield "not_now"
    if till.phase is H.SERVING and not event.taken_over:
        yield from at_rest(before)


def counted(till: "Till", event: wev.DrawerCounted, before: World) -> Iterator[str]:
    """By whoever counts."""
    yield from counters(till, event)
    yield from countable(event.pieces)


def recount(till: "Till", event: wev.RecountAsked, before: World) -> Iterator[str]:
    """By whoever counts, with a second person."""
    yield from counters(till, event)
    yield from approval(till, before, "recount", till.over_minor, event)


def signed(till: "Till", event: wev.ShiftSigned, before: World) -> Iterator[str]:
    """A difference has its reason, a large one a second person."""
    yield from counters(till, event)
    if till.over_minor and not event.reason:
        yield "needs_reason"
    if event.reason == "other" and not event.note:
        yield "needs_note"
    if till.over_minor and event.approved_by == till.who:
        yield "own_approval"
    if till.over_minor or event.approved_by:
        yield from approval(till, before, "difference", till.over_minor, event)


def accepted(till: "Till", event: wev.DrawerAccepted, before: World) -> Iterator[str]:
    """By somebody else."""
    if event.who == till.counter:
        yield "same_person"


def disputed(till: "Till", event: wev.DrawerDisputed, before: World) -> Iterator[str]:
    """By somebody else, with a second person."""
    if event.who == till.counter:
        yield "same_person"
    yield from countable(event.pieces)
    if event.approved_by == till.counter:
        yield "own_approval"
    yield from approval(till, before, "dispute", 0, event)


def cleared(till: "Till", event: wev.DrawerCleared, before: World) -> Iterator[str]:
    """With a second person."""
    yield from approval(till, before, "clear", 0, event)


# --- the drawer ---------------------------------------------------------------------------------------------------
def moved(till: "Till", event: wev.CashMoved, before: World) -> Iterator[str]:
    """With a second person; not more than there is."""
    yield from mine(till, event)
    yield from at_rest(before)
    yield from countable(event.pieces)
    amount_minor = worth(event.pieces)
    if amount_minor == 0:
        yield "bad_amount"
    alone = list(approval(till, before, event.what, amount_minor, event))
    yield from alone
    if event.what != "top_up" and amount_minor > till.cash_minor and not alone:
        yield "not_so_much_in_drawer"  # who asks alone must not hear what is in there


def drawer_asked(till: "Till", event: wev.DrawerAsked, before: World) -> Iterator[str]:
    """By whose shift it is."""
    yield from mine(till, event)


def suspected(till: "Till", event: wev.NoteSuspected, before: World) -> Iterator[str]:
    """One that is kept needs a second person."""
    yield from mine(till, event)
    if event.how == "kept" or event.approved_by:
        yield from approval(till, before, "keep_note" if event.how == "kept" else "float", 0, event)


def reported(till: "Till", event: wev.ReportAsked, before: World) -> Iterator[str]:
    """By whose shift it is."""
    yield from mine(till, event)


# --- sales --------------------------------------------------------------------------------------------------------
def used_up(till: "Till", before: World) -> Iterator[str]:
    """There is no number for the receipt."""
    if till.receipt_no >= till.last_no(before):
        yield "receipts_used_up"


def tendered(till: "Till", event: wev.Tendered, before: World) -> Iterator[str]:
    """Cash may be more than is missing, nothing else may."""
    assert before.rules.window is not None
    if before.state not in OPEN:
        yield "not_now"
        return
    if till.phase is not H.SERVING:
        yield "no_shift"
        return
    yield from mine(till, event)
    yield from used_up(till, before)
    if event.method not in before.rules.window.methods:
        yield "no_such_method"
    if not 0 < event.amount_minor <= 10_000_000:
        yield "bad_amount"
    if event.method != "cash" and event.amount_minor > till.missing_minor:
        yield "more_than_owed"
    if event.method != "cash" and not event.reference:
        yield "needs_reference"


def note_shown(till: "Till", event: wev.NoteShown, before: World) -> Iterator[str]:
    """Good once."""
    if before.state not in OPEN:
        if till.phase is not H.SERVING:
            yield "not_now"
        return
    if till.phase is not H.SERVING:
        yield "no_shift"
    yield from used_up(till, before)
    if (event.terminal_id, event.note_no) in till.honoured:
        yield "note_redeemed"


def note_cashed(till: "Till", event: wev.NoteCashed, before: World) -> Iterator[str]:
    """Good once, and not with a payer there."""
    yield from mine(till, event)
    yield from at_rest(before)
    note = till.note_shown
    if note is None:
        yield "no_note_shown"
    elif (note.terminal_id, note.note_no) in till.honoured:
        yield "note_redeemed"


def receipt_shown(till: "Till", event: wev.ReceiptShown, before: World) -> Iterator[str]:
    """Not with a payer there."""
    if before.state in OPEN:
        yield "not_now"


def removed(till: "Till", event: wev.ThingRemoved, before: World) -> Iterator[str]:
    """One of several."""
    if before.state is not SaleState.PRICED:
        yield "not_now"
        return
    yield from mine(till, event)
    if len(till.things) < 2 or event.ticket_id not in till.things:
        yield "no_such_thing"


def suspended(till: "Till", event: wev.SaleSuspended, before: World) -> Iterator[str]:
    """Before any money came, and not too many."""
    if before.state is not SaleState.PRICED:
        yield "not_now"
        return
    yield from mine(till, event)
    if len(till.suspended) >= 5:
        yield "too_many_suspended"


def resumed(till: "Till", event: wev.SaleResumed, before: World) -> Iterator[str]:
    """One who stepped aside, and what can be sold now."""
    if before.state not in (SaleState.IDLE, SaleState.LEAVING):
        yield "not_now"
        return
    if event.sale_no not in till.suspended:
        yield "no_such_sale"
    yield from mine(till, event)
    yield from unsaleable(till, event, before)


def unsaleable(till: "Till", event: wev.SaleResumed, before: World) -> Iterator[str]:
    """What can not be sold now can not be resumed either."""
    if not till.fit(before) or before.door_open:
        yield "not_now"
    if till.paid_meanwhile(till.suspended.get(event.sale_no, {})):
        yield "already_paid"


# --- corrections --------------------------------------------------------------------------------------------------
GIVES_BACK = ("void", "refund", "duplicate", "deposit")
WHOLE = ("void", "duplicate", "deposit")
SAME_SHIFT = ("void", "method")


def corrected(till: "Till", event: wev.Corrected, before: World) -> Iterator[str]:
    """As `terminal/shift/corrections.py` has it in words."""
    assert before.rules.window is not None
    yield from mine(till, event)
    yield from at_rest(before)
    sold = event.sold
    if sold is None:
        yield "no_such_receipt"
        return
    if event.method not in before.rules.window.methods:
        yield "no_such_method"
    left_minor = sold.due_minor - sold.given_back_minor
    if event.amount_minor == 0 or (event.amount_minor < 0 and event.what != "change"):
        yield "bad_amount"
    if sold.voided or (event.what in GIVES_BACK and left_minor <= 0):
        yield "given_back_already"
    if event.what in SAME_SHIFT and sold.shift_no != till.shift_no:
        yield "shift_is_closed"
    if event.what in WHOLE and (sold.given_back_minor or event.amount_minor != sold.due_minor):
        yield "only_whole"
    if event.what in GIVES_BACK and event.amount_minor > left_minor:
        yield "more_than_paid"
    booked_minor = sold.methods.get(event.wrong_method, 0)
    if event.what == "method" and (event.method == event.wrong_method or event.amount_minor > booked_minor):
        yield "not_by_this_method"
    if event.what == "change":
        if sold.change_corrected:
            yield "change_corrected_already"
        if abs(event.amount_minor) > sold.tendered_minor:
            yield "more_than_tendered"
    if event.what == "refund" and event.amount_minor > sold.methods.get(event.method, 0):
        yield "not_by_this_method"
    if (event.what == "deposit" and not sold.deposit) or (event.what == "refund" and sold.deposit):
        yield "not_a_deposit"
    if event.reason == "other" and not event.note:
        yield "needs_note"
    shown = till.receipt_shown
    on_the_desk = shown is not None and (shown.terminal_id, shown.receipt_no) == (
        before.rules.terminal_id,
        event.receipt_no,
    )
    doubtful = not on_the_desk if event.what == "deposit" else event.what == "change" and sold.shift_no != till.shift_no
    if doubtful and not event.approved_by:
        yield "needs_approval"
    before_minor = sold.given_back_minor if event.what == "refund" else 0
    yield from approval(till, before, event.what, event.amount_minor + before_minor, event)


def reprinted(till: "Till", event: wev.ReprintAsked, before: World) -> Iterator[str]:
    """One that there is."""
    yield from mine(till, event)
    if event.receipt is None:
        yield "no_such_receipt"


def priced(before: World, ticket: ev.TicketScanned, at_ms: int, coupons: tuple[Coupon, ...] = ()) -> int:
    """What a ticket costs at a moment; 0: nothing, or nobody knows."""
    if ticket.tariff_id and why_no_price(before.rules, ticket, at_ms):
        return 0
    if ticket.basket and services.unfit(before.rules.services, ticket.basket):
        return 0
    return price_of(before.rules, ticket, coupons, at_ms)


ASKED: dict[type[ev.Event], Callable[["Till", Any, World], Iterator[str]]] = {
    wev.FloatCounted: float_counted,
    wev.CountDrafted: drafted,
    wev.WindowLocked: locked,
    wev.WindowUnlocked: unlocked,
    wev.CountAsked: count_asked,
    wev.DrawerCounted: counted,
    wev.RecountAsked: recount,
    wev.ShiftSigned: signed,
    wev.DrawerAccepted: accepted,
    wev.DrawerDisputed: disputed,
    wev.DrawerCleared: cleared,
    wev.CashMoved: moved,
    wev.DrawerAsked: drawer_asked,
    wev.NoteSuspected: suspected,
    wev.ReportAsked: reported,
    wev.Tendered: tendered,
    wev.NoteShown: note_shown,
    wev.NoteCashed: note_cashed,
    wev.ReceiptShown: receipt_shown,
    wev.ThingRemoved: removed,
    wev.SaleSuspended: suspended,
    wev.SaleResumed: resumed,
    wev.Corrected: corrected,
    wev.ReprintAsked: reprinted,
}
"""What is asked of an act that the shift's state allows."""
