"""One payer's visit: what is shown is priced, coupons are taken, the sale ends paid or not, and the payer leaves."""

import msgspec

from terminal.fees.dues import rows_to_book
from terminal.fees.quote import QuoteLine
from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import telling
from terminal.fsm.effects import OpenBarrier, TellPaid
from terminal.fsm.entries import CouponUsed, DuesPaid, EndReason, ReceiptIssued, SaleClosed, SaleOpened, SaleRated
from terminal.fsm.states import SaleState
from terminal.fsm.turn import Turn
from terminal.fsm.window_entries import SaleThing
from terminal.fsm.window_events import CountAsked, SaleSuspended, ThingRemoved
from terminal.fsm.world import Notice, Sale, kind_of, own_minor, shown_id
from terminal.stays.reports import PaidElsewhere

LEAVING_S = 10
"""How long the thanks stay on the screen: whoever likes may say how it went; the next payer need not wait for it."""
CHOOSING_S = 20
"""The same while the payer may still ask for a receipt."""

WHY_UNPAID: dict[type[ev.Event], EndReason] = {
    ev.CancelPressed: "cancelled",
    ev.TimedOut: "timed_out",
    ev.DeviceChanged: "device",
    ev.StaffActed: "staff",
    ev.DoorOpened: "door",
    ev.Started: "power",
    ev.TicketScanned: "replaced",
    ev.CouponScanned: "replaced",
    SaleSuspended: "suspended",
    ThingRemoved: "replaced",
    CountAsked: "staff",
}
"""Why a sale ends unpaid, by the event that ends it; a report does so only for a sale that was paid elsewhere."""


def choose_language(turn: Turn) -> None:
    """In a sale it holds to the end of the visit, at rest for as long as a payer may think."""
    turn.world.language = turn.heard(ev.LanguageChosen).language
    if turn.world.state in policy.RESTING:
        telling.hold_language(turn, turn.world.rules.payment_timeout_s)


def refuse(turn: Turn, reason: str, **params: int | str) -> None:
    world = turn.world
    world.refused = {**world.refused, reason: world.refused.get(reason, 0) + 1}
    telling.notify(turn, Notice(f"refused.{reason}", params))


def refuse_code(turn: Turn) -> None:
    refuse(turn, turn.heard(ev.CodeRefused).reason)


def refuse_ticket(turn: Turn) -> None:
    reason, paid_at_ms = policy.why_refuse(turn), turn.heard(ev.TicketScanned).paid_at_ms
    if reason == "already_paid" and paid_at_ms is not None:
        refuse(turn, reason, when_ms=paid_at_ms, where=policy.paid_where(turn))
    else:
        refuse(turn, reason)


def refuse_coupon(turn: Turn) -> None:
    """A coupon is for a stay whose price is on the screen and of which nothing is paid yet."""
    scanned = turn.heard(ev.CouponScanned)
    if scanned.used_at_ms is not None:
        refuse(turn, "coupon_used_at", when_ms=scanned.used_at_ms)
    elif turn.world.state is SaleState.PRICED:
        refuse(turn, policy.why_refuse_coupon(turn))
    elif turn.world.state in policy.RESTING:
        refuse(turn, "coupon_first_ticket")
    else:
        refuse(turn, "sale_open")


def refuse_busy(turn: Turn) -> None:
    """A code in the middle of somebody's sale, or while nothing can be sold."""
    refuse(turn, "out_of_service" if turn.world.state in policy.RESTING else "sale_open")


def open_sale(turn: Turn) -> None:
    open_priced(turn, policy.asked(turn))


def open_priced(turn: Turn, sale: Sale) -> None:
    """Open this sale, at what it costs at its moment; coupons that take nothing off are left out."""
    world = turn.world
    sale = msgspec.structs.replace(sale, coupons=policy.needed_coupons(world.rules, sale))
    quote = policy.offer(world.rules, sale)
    lines, due_minor = quote.lines, quote.due_minor + sum(other.due_minor for other in sale.more)
    things = (msgspec.structs.replace(sale, lines=quote.lines, due_minor=quote.due_minor), *sale.more)
    if sale.more:
        lines = tuple(line for thing in things for line in (headline(thing), *thing.lines))
    world.sale_no += 1
    world.notice = world.language_until_ms = None
    world.sale = msgspec.structs.replace(sale, sale_no=world.sale_no, lines=lines, due_minor=due_minor)
    turn.book(SaleOpened(world.sale_no, sale.ticket_id, sale.entered_at_ms, due_minor))
    for thing in things if sale.more else ():
        turn.book(SaleThing(world.sale_no, thing.ticket_id, thing.entered_at_ms, thing.due_minor))


def headline(thing: Sale) -> QuoteLine:
    """What the lines below it are about, where a sale is about several things."""
    return QuoteLine(f"thing_{kind_of(thing)}", 0, {"id": shown_id(thing)})


def switch_sale(turn: Turn) -> None:
    """What was shown now is sold instead: something else, or the same at another price."""
    sale, again = policy.asked(turn), policy.shown_again(turn)
    close_unpaid(turn)
    if not again:
        telling.usual_language(turn)
    open_priced(turn, sale)


def take_coupon(turn: Turn) -> None:
    """The same stay at a lower price, as a new sale: what was booked is never changed."""
    sale = policy.with_coupon(turn)
    close_unpaid(turn)
    open_priced(turn, sale)


def tell_paid_elsewhere(turn: Turn) -> None:
    """Nobody must pay twice: the payer is told, and what was taken is given back. A note that can not be found comes first."""
    report = turn.heard(ev.Reported).report
    assert isinstance(report, PaidElsewhere)
    if telling.disputed_is_told(turn):
        return
    notice = Notice("refused.paid_elsewhere", {"when_ms": report.at_ms, "terminal": report.terminal_id})
    telling.notify(turn, notice, telling.ENDED_S)


def restart_payment_timer(turn: Turn) -> None:
    """While the service door is open the time stands still: no note is taken, so the payer can do nothing, and the staff who
    opened it are there. When it is closed the whole time begins anew. Nobody hurries a payer who stands before a collector."""
    if turn.world.door_open or turn.world.rules.window is not None:
        turn.world.waits_until_ms = None
    else:
        turn.wake_after_s(turn.world.rules.payment_timeout_s)


def close_paid(turn: Turn) -> None:
    """The sale is paid; from here on the money is ours and the change is the payer's."""
    world, sale = turn.world, turn.sale
    owed_minor = sale.credited_minor - sale.due_minor
    if sale.due_minor > 0:
        first_no = world.rules.window.first_receipt_no if world.rules.window is not None else 1
        world.receipt_no = max(world.receipt_no + 1, first_no)
        turn.book(ReceiptIssued(world.receipt_no, sale.sale_no))
    receipt_no = world.receipt_no if sale.due_minor else 0
    turn.change_sale(paid=True, paid_at_ms=turn.now.wall_ms, owed_minor=owed_minor, receipt_no=receipt_no)
    turn.book(SaleClosed(sale.sale_no, "paid", sale.credited_minor, owed_minor))
    for thing in policy.things_of(sale):
        close_thing(turn, thing, own_minor(thing))
    world.notice = None


def drop_suspended(turn: Turn, ticket_id: str, coupon_ids: set[str]) -> None:
    """What waits to be paid is paid, or its coupon is used, meanwhile: whoever steps back must show it again."""
    kept = tuple(
        sale
        for sale in turn.world.window.suspended
        if not policy.is_about(sale, ticket_id)
        and not any(coupon.coupon_id in coupon_ids for thing in policy.things_of(sale) for coupon in thing.coupons)
    )
    if len(kept) < len(turn.world.window.suspended):
        turn.change_window(suspended=kept)


def close_thing(turn: Turn, thing: Sale, due_minor: int) -> None:
    """One of the things of a paid sale: its coupons are used up, its charges paid, the site is told."""
    sale = turn.sale
    ticket_id = thing.ticket_id if sale.more else ""
    for coupon in thing.coupons:
        turn.book(CouponUsed(coupon.coupon_id, sale.sale_no, coupon.minutes, coupon.amount_minor, ticket_id))
    if thing.invoice is not None:
        for part in rows_to_book(thing.invoice.account_id, thing.invoice.owed, due_minor):
            turn.book(DuesPaid(part.charge_key, part.amount_minor, part.late_minor, sale.sale_no))
    drop_suspended(turn, thing.ticket_id, {coupon.coupon_id for coupon in thing.coupons})
    if thing.tariff_id and (due_minor or thing.coupons or policy.has_barrier(turn.world)):
        turn.effects.append(TellPaid(thing.ticket_id, due_minor, thing.coupons))


def keep_reason(turn: Turn) -> None:
    """The sale shall end, but a note is still moving: why it was to end is told and booked when the note is at rest."""
    turn.change_sale(ending=WHY_UNPAID[type(turn.event)])


def why_unpaid(turn: Turn) -> EndReason:
    """Why the sale ends unpaid now."""
    sale = turn.sale
    return "elsewhere" if sale.paid_elsewhere else sale.ending or WHY_UNPAID[type(turn.event)]


def close_unpaid(turn: Turn) -> None:
    """All that was taken is owed back."""
    sale, why = turn.sale, why_unpaid(turn)
    turn.change_sale(owed_minor=sale.credited_minor, ending=why)
    turn.book(SaleClosed(sale.sale_no, "cancelled", sale.credited_minor, sale.credited_minor, why))


def close_cancelled(turn: Turn) -> None:
    """The sale ends unpaid, with money in it."""
    close_unpaid(turn)
    telling.tell_end(turn, turn.sale.ending)


def cancel_sale(turn: Turn) -> None:
    """The sale ends before any money was taken."""
    close_unpaid(turn)
    telling.tell_end(turn, turn.sale.ending)
    turn.world.sale = None


def end_visit(turn: Turn) -> None:
    turn.world.sale = None
    turn.world.waits_until_ms = None
    turn.world.notice = None
    telling.usual_language(turn)


def book_rating(turn: Turn) -> None:
    event = turn.heard(ev.Rated)
    turn.change_sale(rated=True)
    turn.book(SaleRated(turn.sale.sale_no, event.stars, event.reason))


def open_barrier(turn: Turn) -> None:
    """Let the car out, where there is a barrier, and a car."""
    if policy.has_barrier(turn.world) and any(kind_of(thing) == "parking" for thing in policy.things_of(turn.sale)):
        turn.do(OpenBarrier(turn.sale.sale_no))
    stay_a_moment(turn)


def stay_a_moment(turn: Turn) -> None:
    turn.wake_after_s(CHOOSING_S if policy.receipt_on_offer(turn) else LEAVING_S)
