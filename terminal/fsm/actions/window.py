"""Money at a window: what a payer gives into the collector's hand, change, credit notes, and payers who step aside."""

import msgspec

from terminal.fees.quote import QuoteLine
from terminal.fsm import policy, window_policy
from terminal.fsm import window_events as ev
from terminal.fsm.actions import drawer, sale
from terminal.fsm.effects import TellRedeemed
from terminal.fsm.entries import ChangePaidOut
from terminal.fsm.turn import Turn
from terminal.fsm.window_entries import NoteRedeemed, TenderBooked
from terminal.fsm.world import Sale, kind_of, own_minor
from terminal.shift.corrections import CREDIT_NOTE
from terminal.shift.totals import plus


def take_tender(turn: Turn) -> None:
    """It counts toward the sale; cash lies in the drawer from now on."""
    event = turn.heard(ev.Tendered)
    book_tender(turn, event.method, event.amount_minor, event.reference)


def take_note(turn: Turn) -> None:
    """A credit note counts toward the sale, once."""
    note = turn.heard(ev.NoteShown)
    redeem(turn, note, turn.sale.sale_no)
    book_tender(turn, CREDIT_NOTE, note.amount_minor, f"{note.terminal_id}-{note.note_no}")


def book_tender(turn: Turn, method: str, amount_minor: int, reference: str) -> None:
    shift, open_sale = window_policy.open_shift(turn.world), turn.sale
    tender = TenderBooked(open_sale.sale_no, shift.shift_no, method, amount_minor, shift.who, reference)
    turn.book(tender)
    turn.change_sale(
        credited_minor=open_sale.credited_minor + amount_minor,
        tenders_minor=plus(open_sale.tenders_minor, method, amount_minor),
    )
    if method == "cash":
        drawer.book_move(turn, "tender", amount_minor, open_sale.sale_no)
    turn.change_window(told=None)


def give_change(turn: Turn) -> None:
    """The sale is paid: change lies ready, the drawer opens for it, and the shift's sums know of the sale."""
    paid, shift = turn.sale, window_policy.open_shift(turn.world)
    change_minor = paid.owed_minor
    if change_minor:
        turn.book(ChangePaidOut(paid.sale_no, change_minor))
        drawer.book_move(turn, "change", -change_minor, paid.sale_no)
        turn.change_sale(owed_minor=0, paid_out_minor=change_minor)
    kept = {**paid.tenders_minor}
    if change_minor:
        kept["cash"] = kept.get("cash", 0) - change_minor
    totals = shift.totals
    by_method = totals.by_method_minor
    for method, amount_minor in kept.items():
        by_method = plus(by_method, method, amount_minor)
    by_kind_minor = totals.by_kind_minor
    for thing in policy.things_of(paid):
        by_kind_minor = plus(by_kind_minor, kind_of(thing), own_minor(thing))
    first_receipt_no = totals.first_receipt_no or paid.receipt_no
    drawer.add_to_totals(
        turn,
        sales=totals.sales + 1,
        by_method_minor=by_method,
        by_kind_minor=by_kind_minor,
        first_receipt_no=first_receipt_no,
        last_receipt_no=paid.receipt_no or totals.last_receipt_no,
    )
    if "cash" in kept:
        drawer.open_drawer(turn, "sale", paid.sale_no)


def give_back(turn: Turn) -> None:
    """A sale ends unpaid: what was given goes back the way it came, and is booked so."""
    ended = turn.sale
    shift = window_policy.open_shift(turn.world)
    for method, amount_minor in ended.tenders_minor.items():
        turn.book(TenderBooked(ended.sale_no, shift.shift_no, method, -amount_minor, shift.who))
        if method == "cash":
            drawer.book_move(turn, "tender", -amount_minor, ended.sale_no)
        if method == CREDIT_NOTE:  # it can not be made good again: what it was worth goes back in cash
            drawer.book_move(turn, "note_cashed", -amount_minor, ended.sale_no)
    if {"cash", CREDIT_NOTE} & ended.tenders_minor.keys():
        drawer.open_drawer(turn, "give_back", ended.sale_no)
    turn.change_sale(credited_minor=0, tenders_minor={})
    drawer.add_to_totals(turn, cancelled=window_policy.open_shift(turn.world).totals.cancelled + 1)
    cash_minor = sum(ended.tenders_minor.get(method, 0) for method in ("cash", CREDIT_NOTE))
    other_minor = sum(ended.tenders_minor.values()) - cash_minor
    drawer.tell_back(turn, "window.given_back", cash_minor, other_minor)


# --- credit notes -------------------------------------------------------------------------------------------------
def show_note(turn: Turn) -> None:
    turn.change_window(note_shown=turn.heard(ev.NoteShown), told=None)


def redeem(turn: Turn, note: ev.NoteShown, sale_no: int | None) -> None:
    shift = window_policy.open_shift(turn.world)
    turn.book(NoteRedeemed(note.terminal_id, note.note_no, note.amount_minor, sale_no, shift.shift_no, shift.who))
    turn.effects.append(TellRedeemed(note.terminal_id, note.note_no, note.amount_minor))
    turn.change_window(note_shown=None)


def cash_note(turn: Turn) -> None:
    """The credit note that was shown last is paid out of the drawer."""
    note = turn.world.window.note_shown
    assert note is not None, "a note was shown"
    redeem(turn, note, None)
    drawer.book_move(turn, "note_cashed", -note.amount_minor, note=f"{note.terminal_id}-{note.note_no}")
    drawer.open_drawer(turn, "note_cashed")
    drawer.tell(turn, "window.note_cashed", amount_minor=note.amount_minor)


def show_badge(turn: Turn) -> None:
    """Somebody wants in, or approves: the page knows which."""
    turn.change_window(badge_shown=turn.heard(ev.BadgeShown), badge_seq=turn.world.seq)


def show_receipt(turn: Turn) -> None:
    turn.change_window(receipt_shown=turn.heard(ev.ReceiptShown), told=None)


# --- several things in a sale -------------------------------------------------------------------------------------
def add_thing(turn: Turn) -> None:
    """What was shown is paid together with what is there already; shown again, it takes its own place. Services add up."""
    shown, before = policy.asked(turn), turn.sale
    others = tuple(thing for thing in apart(before) if thing.ticket_id != shown.ticket_id)
    if shown.basket:
        basket = window_policy.together(before, shown.ticket_id, shown.basket)
        shown = msgspec.structs.replace(shown, basket=basket)
    sale.close_unpaid(turn)
    sale.open_priced(turn, msgspec.structs.replace(shown, more=others))


def remove_thing(turn: Turn) -> None:
    """The sale goes on without it."""
    removed_id = turn.heard(ev.ThingRemoved).ticket_id
    first, *others = (thing for thing in apart(turn.sale) if thing.ticket_id != removed_id)
    sale.close_unpaid(turn)
    sale.open_priced(turn, msgspec.structs.replace(first, more=tuple(others)))


def apart(of: Sale) -> tuple[Sale, ...]:
    """The things of a sale, each with its own lines and price, as they were told."""
    first = msgspec.structs.replace(of, lines=own_lines(of), due_minor=own_minor(of), more=(), sale_no=0)
    return (first, *of.more)


def own_lines(of: Sale) -> tuple[QuoteLine, ...]:
    """Of several things those of the first: between its headline and the next one."""
    if not of.more:
        return of.lines
    ends = (at for at, line in enumerate(of.lines) if at and line.what.startswith("thing_"))
    return of.lines[1 : next(ends)]


# --- payers who step aside ----------------------------------------------------------------------------------------
def suspend_sale(turn: Turn) -> None:
    """No money has come yet, so the sale ends; what it was about is kept."""
    stepped_aside = turn.sale
    sale.cancel_sale(turn)
    turn.change_window(suspended=(*turn.world.window.suspended, stepped_aside))


def resume_sale(turn: Turn) -> None:
    """A new sale of the same thing, at what it costs now."""
    event, window = turn.heard(ev.SaleResumed), turn.world.window
    back = next(each for each in window.suspended if each.sale_no == event.sale_no)
    turn.change_window(suspended=tuple(each for each in window.suspended if each is not back))
    first, *others = (priced_now(turn, thing) for thing in apart(back))
    sale.open_priced(turn, msgspec.structs.replace(first, more=tuple(others)))


def priced_now(turn: Turn, thing: Sale) -> Sale:
    """The same thing at what it costs now."""
    now = msgspec.structs.replace(thing, priced_at_ms=turn.now.wall_ms)
    quote = policy.offer(turn.world.rules, now)
    return msgspec.structs.replace(now, lines=quote.lines, due_minor=quote.due_minor)
