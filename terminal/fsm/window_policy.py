"""What is allowed at a staffed window: the questions that the rows of shift, drawer and tender ask.

`why_not_*` answer with a key under `refused.`, or with "" when nothing is in the way; a row asks whether there is an answer.
"""

from terminal.fees import services
from terminal.fees.services import Basket
from terminal.fsm import policy
from terminal.fsm import window_events as ev
from terminal.fsm.effects import OpenDrawer, numbered
from terminal.fsm.events import DrawerChanged, DrawerKicked, TicketScanned
from terminal.fsm.states import ShiftState
from terminal.fsm.turn import Turn
from terminal.fsm.window_rules import WindowRules
from terminal.fsm.world import Sale, World, own_minor
from terminal.shift.approvals import Act, unapproved
from terminal.shift.corrections import Sold, parts
from terminal.shift.corrections import unfit as unfit_correction
from terminal.shift.pieces import Pieces, total_minor
from terminal.shift.pieces import unfit as unfit_pieces
from terminal.shift.shift import Shift

SUSPENDED_MAX = 5
"""So many payers may step aside at a time."""
THINGS_MAX = 9
"""So many things may be in one sale."""
TENDER_MAX_MINOR = 10_000_000


# --- of a world ---------------------------------------------------------------------------------------------------
def is_window(world: World) -> bool:
    """Whether a collector sits here."""
    return world.rules.window is not None


def window_rules(world: World) -> WindowRules:
    """The rules of the window, which the tables have promised to be one."""
    assert world.rules.window is not None, "no window"
    return world.rules.window


def open_shift(world: World) -> Shift:
    """The shift, which the state has promised to exist."""
    shift = world.window.shift
    assert shift is not None, f"no shift in {world.shift}"
    return shift


def receipts_left(world: World) -> int:
    """How many numbers of the range are not used yet."""
    rules = window_rules(world)
    return rules.last_receipt_no - max(world.receipt_no, rules.first_receipt_no - 1)


def missing_minor(world: World) -> int:
    """What the open sale still lacks."""
    sale = world.sale
    return 0 if sale is None else sale.due_minor - sale.credited_minor


def needs_approval(turn: Turn, act: Act, amount_minor: int, who: str, approved_by: str) -> str:
    """As `approvals.unapproved`, under the rules in force."""
    return unapproved(act, amount_minor, who, approved_by, window_rules(turn.world).alone_up_to_minor)


# --- why not ------------------------------------------------------------------------------------------------------
def why_not_mine(turn: Turn, who: str) -> str:
    """The shift is somebody else's, or there is none."""
    shift = turn.world.window.shift
    if shift is None:
        return "not_now"
    return "" if shift.who == who else "not_your_shift"


def why_not_own(who: str, approved_by: str) -> str:
    """Where one is enough there may be two, but not one and the same."""
    return "own_approval" if approved_by == who else ""


def why_not_pieces(turn: Turn, pieces: Pieces) -> str:
    return unfit_pieces(pieces, turn.world.rules.currency)


def why_not_begin(turn: Turn) -> str:
    return "" if is_window(turn.world) else "no_window"


def why_not_float(turn: Turn) -> str:
    event = turn.heard(ev.FloatCounted)
    return why_not_mine(turn, event.who) or why_not_pieces(turn, event.pieces)


def why_not_draft(turn: Turn) -> str:
    event, shift = turn.heard(ev.CountDrafted), open_shift(turn.world)
    mine = event.who == (shift.counter or shift.who)
    return why_not_pieces(turn, event.pieces) if mine else "not_your_shift"


def why_not_lock(turn: Turn) -> str:
    """A payer's money is not left lying in an open sale."""
    return why_not_mine(turn, turn.heard(ev.WindowLocked).who) or why_not_at_rest(turn)


def why_not_unlock(turn: Turn) -> str:
    return why_not_mine(turn, turn.heard(ev.WindowUnlocked).who)


def why_not_at_rest(turn: Turn) -> str:
    """A sale is open, so the drawer is in use."""
    return "" if turn.world.state not in policy.SALE_OPEN else "sale_open"


def why_not_count(turn: Turn) -> str:
    """Only whose shift it is, or a supervisor who takes over, ends it; not with a sale open."""
    event = turn.heard(ev.CountAsked)
    return "" if event.taken_over else why_not_mine(turn, event.who) or why_not_at_rest(turn)


def why_not_take_over(turn: Turn) -> str:
    """Only a supervisor ends the shift of somebody who is not there."""
    event = turn.heard(ev.CountAsked)
    return "" if event.taken_over and event.who != open_shift(turn.world).counter else "not_now"


def why_not_leave(turn: Turn) -> str:
    """Who has not taken the float over yet may go again; a supervisor may send them."""
    event = turn.heard(ev.CountAsked)
    return "" if event.taken_over else why_not_mine(turn, event.who)


def why_not_counted(turn: Turn) -> str:
    event, shift = turn.heard(ev.DrawerCounted), open_shift(turn.world)
    return "not_your_shift" if event.who != shift.counter else why_not_pieces(turn, event.pieces)


def why_not_recount(turn: Turn) -> str:
    event, shift = turn.heard(ev.RecountAsked), open_shift(turn.world)
    if event.who != shift.counter:
        return "not_your_shift"
    return needs_approval(turn, "recount", shift.over_minor, event.who, event.approved_by)


def why_not_signed(turn: Turn) -> str:
    """A difference needs a reason, and a large one a second person."""
    event, shift = turn.heard(ev.ShiftSigned), open_shift(turn.world)
    if event.who != shift.counter:
        return "not_your_shift"
    if shift.over_minor and not event.reason:
        return "needs_reason"
    if event.reason == "other" and not event.note:
        return "needs_note"
    if not shift.over_minor:
        return why_not_own(event.who, event.approved_by)
    if event.approved_by == shift.who:
        return "own_approval"  # it is the drawer of whoever agrees
    return needs_approval(turn, "difference", shift.over_minor, event.who, event.approved_by)


def why_not_accept(turn: Turn) -> str:
    return "" if turn.heard(ev.DrawerAccepted).who != open_shift(turn.world).counter else "same_person"


def why_not_dispute(turn: Turn) -> str:
    event = turn.heard(ev.DrawerDisputed)
    if event.who == open_shift(turn.world).counter:
        return "same_person"
    if event.approved_by == open_shift(turn.world).counter:
        return "own_approval"  # it is the count of whoever agrees
    return why_not_pieces(turn, event.pieces) or needs_approval(turn, "dispute", 0, event.who, event.approved_by)


def why_not_clear(turn: Turn) -> str:
    event = turn.heard(ev.DrawerCleared)
    return needs_approval(turn, "clear", 0, event.who, event.approved_by)


def why_not_close_day(turn: Turn) -> str:
    return "" if is_window(turn.world) else "no_window"


def why_not_move(turn: Turn) -> str:
    event, shift = turn.heard(ev.CashMoved), open_shift(turn.world)
    amount_minor = total_minor(event.pieces)
    if reason := why_not_mine(turn, event.who) or why_not_at_rest(turn) or why_not_pieces(turn, event.pieces):
        return reason
    if amount_minor == 0:
        return "bad_amount"
    if reason := needs_approval(turn, event.what, amount_minor, event.who, event.approved_by):
        return reason  # first, so that nobody alone finds out what is there by trying
    return "not_so_much_in_drawer" if event.what != "top_up" and amount_minor > shift.expected_minor else ""


def why_not_drawer(turn: Turn) -> str:
    return why_not_mine(turn, turn.heard(ev.DrawerAsked).who)


def why_not_suspect(turn: Turn) -> str:
    event = turn.heard(ev.NoteSuspected)
    if reason := why_not_mine(turn, event.who):
        return reason
    if event.how == "kept":
        return needs_approval(turn, "keep_note", 0, event.who, event.approved_by)
    return why_not_own(event.who, event.approved_by)


def why_not_tender(turn: Turn) -> str:
    """Cash may be more than what is missing: the rest is change. Nothing else may."""
    event, world = turn.heard(ev.Tendered), turn.world
    if world.shift is not ShiftState.SERVING:
        return "no_shift"
    if reason := why_not_mine(turn, event.who):
        return reason
    if turn.sale.paid_elsewhere:
        return "paid_elsewhere"
    if receipts_left(world) <= 0:
        return "receipts_used_up"
    if event.method not in window_rules(world).methods:
        return "no_such_method"
    if not 0 < event.amount_minor <= TENDER_MAX_MINOR:
        return "bad_amount"
    if event.method != "cash":
        if event.amount_minor > missing_minor(world):
            return "more_than_owed"
        if not event.reference:
            return "needs_reference"
    return ""


def why_not_note(turn: Turn) -> str:
    """A credit note is honoured once."""
    shown = turn.event
    note = shown if isinstance(shown, ev.NoteShown) else turn.world.window.note_shown
    if turn.world.shift is not ShiftState.SERVING:
        return "no_shift"
    if note is None:
        return "no_note_shown"
    if note.redeemed_at_ms is not None:
        return "note_redeemed"
    if turn.world.state in policy.SALE_OPEN and receipts_left(turn.world) <= 0:
        return "receipts_used_up"
    return (
        "not_so_much_in_drawer" if note.amount_minor > open_shift(turn.world).expected_minor else ""
    )  # all may go back


def why_not_cash_note(turn: Turn) -> str:
    return why_not_mine(turn, turn.heard(ev.NoteCashed).who) or why_not_at_rest(turn) or why_not_note(turn)


def why_not_add(turn: Turn) -> str:
    """At a window what is shown is paid with what is there already, as far as a sale can hold more."""
    shown, sale = turn.heard(TicketScanned), turn.sale
    if not policy.is_about(sale, shown.ticket_id) and len(sale.more) + 1 >= THINGS_MAX:
        return "too_many_things"
    basket = together(sale, shown.ticket_id, shown.basket)
    return services.unfit(turn.world.rules.services, basket) if basket else ""


def together(sale: Sale, ticket_id: str, basket: Basket) -> Basket:
    """Services that are chosen now, with those of the sale."""
    chosen = [thing.basket for thing in policy.things_of(sale) if thing.ticket_id == ticket_id]
    return sum((*chosen, basket), ())


def why_not_remove(turn: Turn) -> str:
    """Of the only thing that costs something one cancels the sale."""
    event, sale = turn.heard(ev.ThingRemoved), turn.sale
    if not sale.more or not policy.is_about(sale, event.ticket_id):
        return "no_such_thing"
    first, *_ = (thing for thing in policy.things_of(sale) if thing.ticket_id != event.ticket_id)
    if policy.why_no_price(turn.world.rules, first):
        return "unknown_tariff"
    removed_minor = next(
        price_minor(sale, thing) for thing in policy.things_of(sale) if thing.ticket_id == event.ticket_id
    )
    return "nothing_to_pay" if removed_minor == sale.due_minor else why_not_mine(turn, event.who)


def price_minor(sale: Sale, thing: Sale) -> int:
    """What one of the things of a sale costs."""
    return own_minor(sale) if thing is sale else thing.due_minor


def why_not_suspend(turn: Turn) -> str:
    if len(turn.world.window.suspended) >= SUSPENDED_MAX:
        return "too_many_suspended"
    return why_not_mine(turn, turn.heard(ev.SaleSuspended).who)


def why_not_resume(turn: Turn) -> str:
    event = turn.heard(ev.SaleResumed)
    back = next((sale for sale in turn.world.window.suspended if sale.sale_no == event.sale_no), None)
    if back is None:
        return "no_such_sale"
    if turn.world.door_open or policy.blockers(turn.world):
        return "out_of_service"
    if any(policy.why_no_price(turn.world.rules, thing) for thing in policy.things_of(back)):
        return "unknown_tariff"
    return why_not_mine(turn, event.who)


def why_not_correct(turn: Turn) -> str:
    event, shift = turn.heard(ev.Corrected), open_shift(turn.world)
    if reason := why_not_mine(turn, event.who) or why_not_at_rest(turn):
        return reason
    if event.sold is None:
        return "no_such_receipt"
    methods = window_rules(turn.world).methods
    if event.method not in methods:
        return "no_such_method"
    if reason := unfit_correction(
        event.what, event.sold, event.amount_minor, shift.shift_no, event.method, event.wrong_method
    ):
        return reason
    if event.reason == "other" and not event.note:
        return "needs_note"
    if not event.approved_by and is_doubtful(turn, event, event.sold):
        return "needs_approval"
    together_minor = event.amount_minor + (event.sold.given_back_minor if event.what == "refund" else 0)
    if reason := needs_approval(turn, event.what, together_minor, event.who, event.approved_by):
        return reason
    return "not_so_much_in_drawer" if cash_back_minor(event, event.sold) > shift.expected_minor else ""


def is_doubtful(turn: Turn, event: ev.Corrected, sold: Sold) -> bool:
    """What one person alone is trusted with only where its proof lies on the desk: a deposit by its receipt, the change of a
    sale by the shift that gave it."""
    shown = turn.world.window.receipt_shown
    if event.what == "deposit":
        ours = shown is not None and shown.terminal_id == turn.world.rules.terminal_id
        return shown is None or not ours or shown.receipt_no != event.receipt_no
    return event.what == "change" and sold.shift_no != open_shift(turn.world).shift_no


def cash_back_minor(event: ev.Corrected, sold: Sold) -> int:
    """The cash that a correction takes out of the drawer."""
    if event.what == "method":
        return 0
    given = parts(event.what, sold, event.method, event.amount_minor)
    return sum(amount_minor for method, amount_minor in given if method == "cash")


def why_not_report(turn: Turn) -> str:
    return why_not_mine(turn, turn.heard(ev.ReportAsked).who)


def why_not_reprint(turn: Turn) -> str:
    event = turn.heard(ev.ReprintAsked)
    if reason := why_not_mine(turn, event.who):
        return reason
    if any(numbered(job.document) == ("receipt", event.receipt_no) for job in turn.world.jobs):
        return "still_printing"
    return "" if event.receipt is not None else "no_such_receipt"


# --- guards -------------------------------------------------------------------------------------------------------
def tender_covers(turn: Turn) -> bool:
    """With this the sale is paid."""
    return turn.heard(ev.Tendered).amount_minor >= missing_minor(turn.world)


def note_covers(turn: Turn) -> bool:
    """With this credit note the sale is paid."""
    return turn.heard(ev.NoteShown).amount_minor >= missing_minor(turn.world)


def staffed(turn: Turn) -> bool:
    """A collector is here."""
    return is_window(turn.world)


def being_counted(turn: Turn) -> bool:
    """A supervisor has taken the window over, and counts: an open sale has nobody who could finish it."""
    return turn.world.shift is ShiftState.COUNTING


def nobody_there(turn: Turn) -> bool:
    """The collector is away, or the power was: who presses now is not known."""
    return is_window(turn.world) and turn.world.shift is not ShiftState.SERVING


def no_sale_open(turn: Turn) -> bool:
    """Nobody's money is on the table."""
    return turn.world.state not in policy.SALE_OPEN


def not_to_add(turn: Turn) -> bool:
    return is_window(turn.world) and bool(why_not_add(turn))


def adds_thing(turn: Turn) -> bool:
    """At a window what is shown is paid with what is there already, if there is something to pay then."""
    sale, ticket_id = turn.sale, turn.heard(TicketScanned).ticket_id
    others = (price_minor(sale, thing) for thing in policy.things_of(sale) if thing.ticket_id != ticket_id)
    return is_window(turn.world) and policy.quote(turn).due_minor + sum(others) > 0


def not_to_remove(turn: Turn) -> bool:
    return bool(why_not_remove(turn))


def not_to_suspend(turn: Turn) -> bool:
    return bool(why_not_suspend(turn))


def not_to_resume(turn: Turn) -> bool:
    return bool(why_not_resume(turn))


def drawer_pending(world: World) -> bool:
    """The drawer was told to open, and nobody knows yet whether it did."""
    return any(isinstance(effect, OpenDrawer) for effect in world.pending.values())


def open_matters(world: World) -> tuple[str, ...]:
    """What the next one at the window must know of: keys under `matter.`."""
    found = {
        "papers_waiting": bool(world.jobs),
        "drawer_in_doubt": drawer_pending(world),
        "note_in_dispute": bool(world.disputed),
        "device_trouble": any(world.devices.values()),
        "envelope_open": world.window.envelope is not None,
        "papers_missing": bool(world.window.papers_missing),
    }
    return tuple(matter for matter, is_so in found.items() if is_so)


def drawer_opens_early(turn: Turn) -> bool:
    """Its sensor was heard before the printer said that the pulse was sent."""
    return drawer_opens(turn) and drawer_pending(turn.world)


def drawer_opens(turn: Turn) -> bool:
    return turn.heard(DrawerChanged).is_open


def drawer_ordered(turn: Turn) -> bool:
    """The pulse belongs to an order that nobody has answered yet."""
    return isinstance(turn.world.pending.get(turn.heard(DrawerKicked).effect_id), OpenDrawer)
