"""One payer's visit: what is shown is priced, coupons are taken, the sale ends paid or not, and the payer leaves."""

import msgspec

from terminal.fees.dues import rows_to_book
from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import telling
from terminal.fsm.effects import OpenBarrier, TellPaid
from terminal.fsm.entries import CouponUsed, DuesPaid, ReceiptIssued, SaleClosed, SaleOpened, SaleRated
from terminal.fsm.states import SaleState
from terminal.fsm.turn import Turn
from terminal.fsm.world import Notice, Sale
from terminal.stays.reports import PaidElsewhere

LEAVING_S = 10
"""How long the thanks stay on the screen: whoever likes may say how it went; the next payer need not wait for it."""


def choose_language(turn: Turn) -> None:
    """Someone before an idle terminal may walk away: the language then falls back by itself."""
    turn.world.language = turn.heard(ev.LanguageChosen).language
    if turn.world.state in policy.RESTING:
        restart_payment_timer(turn)


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
    world.sale_no += 1
    world.notice = None
    world.sale = msgspec.structs.replace(sale, sale_no=world.sale_no, lines=quote.lines, due_minor=quote.due_minor)
    turn.book(SaleOpened(world.sale_no, sale.ticket_id, sale.entered_at_ms, quote.due_minor))


def switch_sale(turn: Turn) -> None:
    """What was shown now is sold instead: something else, or the same at another price."""
    sale, language = policy.asked(turn), turn.world.language if policy.shown_again(turn) else None
    cancel_sale(turn)
    open_priced(turn, sale)
    turn.world.language = language or turn.world.language


def take_coupon(turn: Turn) -> None:
    """The same stay at a lower price, as a new sale: what was booked is never changed."""
    sale, language = policy.with_coupon(turn), turn.world.language
    cancel_sale(turn)
    open_priced(turn, sale)
    turn.world.language = language


def tell_paid_elsewhere(turn: Turn) -> None:
    """Nobody must pay twice: the payer is told, and what was taken is given back. A note that can not be found comes first."""
    report = turn.heard(ev.Reported).report
    assert isinstance(report, PaidElsewhere)
    if telling.disputed_is_told(turn):
        return
    telling.notify(turn, Notice("refused.paid_elsewhere", {"when_ms": report.at_ms, "terminal": report.terminal_id}))


def restart_payment_timer(turn: Turn) -> None:
    """Nobody hurries a payer who stands before a collector."""
    if turn.world.rules.window is None:
        turn.wake_after_s(turn.world.rules.payment_timeout_s)


def close_paid(turn: Turn) -> None:
    """The sale is paid; from here on the money is ours and the change is the payer's."""
    world, sale = turn.world, turn.sale
    owed_minor = sale.credited_minor - sale.due_minor
    if sale.due_minor > 0:
        first_no = world.rules.window.first_receipt_no if world.rules.window is not None else 1
        world.receipt_no = max(world.receipt_no + 1, first_no)
        turn.book(ReceiptIssued(world.receipt_no, sale.sale_no))
    turn.change_sale(paid=True, owed_minor=owed_minor, receipt_no=world.receipt_no if sale.due_minor else 0)
    turn.book(SaleClosed(sale.sale_no, "paid", sale.credited_minor, owed_minor))
    for coupon in sale.coupons:
        turn.book(CouponUsed(coupon.coupon_id, sale.sale_no, coupon.minutes, coupon.amount_minor))
    if sale.invoice is not None:
        for part in rows_to_book(sale.invoice.account_id, sale.invoice.owed, sale.due_minor):
            turn.book(DuesPaid(part.charge_key, part.amount_minor, part.late_minor, sale.sale_no))
    if sale.tariff_id and (sale.due_minor or sale.coupons or policy.has_barrier(turn.world)):
        turn.effects.append(TellPaid(sale.ticket_id, sale.due_minor, sale.coupons))
    world.notice = None


def close_cancelled(turn: Turn) -> None:
    """The sale ends unpaid; all that was taken is owed back."""
    sale = turn.sale
    turn.change_sale(owed_minor=sale.credited_minor)
    turn.book(SaleClosed(sale.sale_no, "cancelled", sale.credited_minor, sale.credited_minor))


def cancel_sale(turn: Turn) -> None:
    """The sale ends before any money was taken. Whose only note can not be found must not just be greeted again."""
    notice = turn.world.notice if telling.disputed_is_told(turn) else None
    turn.book(SaleClosed(turn.sale.sale_no, "cancelled", 0, 0))
    end_visit(turn)
    if notice is not None:
        telling.notify(turn, notice, telling.LONG_NOTICE_S)


def end_visit(turn: Turn) -> None:
    turn.world.sale = None
    turn.world.wake_at_ms = None
    turn.world.notice = None
    telling.usual_language(turn)


def book_rating(turn: Turn) -> None:
    event = turn.heard(ev.Rated)
    turn.change_sale(rated=True)
    turn.book(SaleRated(turn.sale.sale_no, event.stars, event.reason))


def open_barrier(turn: Turn) -> None:
    """Let the car out, where there is a barrier, and a car."""
    if policy.has_barrier(turn.world) and turn.sale.invoice is None and not turn.sale.basket:
        turn.do(OpenBarrier(turn.sale.sale_no))
    stay_a_moment(turn)


def stay_a_moment(turn: Turn) -> None:
    turn.wake_after_s(LEAVING_S)
