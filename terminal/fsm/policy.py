"""What is allowed and what should be: all questions that the tables ask, and the levels that follow from the world.

Everything here only looks at a turn or a world, and answers.
"""

import msgspec

from terminal.fees import dues, leave_by_ms, price_all, services
from terminal.fees import unfit as no_price
from terminal.fees.quote import Quote
from terminal.fees.stay import Coupon, Stay
from terminal.fsm import events as ev
from terminal.fsm.effects import (
    AwaitedEffect,
    OpenBarrier,
    OpenDrawer,
    PayOut,
    PrintDocument,
    ReturnBill,
    StackBill,
    Wanted,
    numbered,
)
from terminal.fsm.rules import Rules
from terminal.fsm.states import CashState, SaleState, ShiftState
from terminal.fsm.turn import Turn
from terminal.fsm.world import Sale, World, own_minor
from terminal.stays.reports import PaidElsewhere

FUTURE_TOLERANCE_MS = 120_000
"""How far a ticket's entry may lie in the future (two clocks never agree)."""

HARMLESS = {("printer", "paper_low"), ("barrier", "absent"), ("change", "empty")}
"""Problems that people are told about, but that do not stop sales: a machine without any GPIO runs without a barrier, and
change that can not be paid out is owed on a credit note."""

HARMLESS_AT_WINDOW = {"scanner"}
"""Where somebody can type, a scanner is a convenience."""

RESTING = frozenset({SaleState.OUT_OF_SERVICE, SaleState.SERVICE, SaleState.IDLE})
TAKING_MONEY = frozenset({SaleState.PRICED, SaleState.PAYING})
SALE_OPEN = frozenset({SaleState.PRICED, SaleState.PAYING, SaleState.CANCELLING})

COPIES_MAX = 3
"""After so many doubtful prints of one document people are called instead of wasting paper."""


# --- of a world ---------------------------------------------------------------------------------------------------
def blockers(world: World) -> tuple[tuple[str, str], ...]:
    """(device, problem) pairs that stop sales; none: the terminal can serve."""
    closed = (("staff", "closed"),) if world.closed_by else ()
    troubles = (
        (device, problem)
        for device, problems in world.devices.items()
        for problem in problems
        if not harmless(world, device, problem)
    )
    return (*closed, *window_blockers(world), *troubles)


def window_blockers(world: World) -> tuple[tuple[str, str], ...]:
    """A window sells while a shift serves, and as long as it has numbers for its receipts."""
    window = world.rules.window
    if window is None:
        return ()
    away = () if world.shift is ShiftState.SERVING else (("shift", world.shift.lower()),)
    used_up = (("receipts", "used_up"),) if world.receipt_no >= window.last_receipt_no else ()
    return away + used_up


def harmless(world: World, device: str, problem: str) -> bool:
    """People are told about it, and sales go on."""
    return (device, problem) in HARMLESS or (world.rules.window is not None and device in HARMLESS_AT_WINDOW)


def can_take_money(world: World) -> bool:
    """A note that comes now could be used."""
    return world.state in TAKING_MONEY and not world.door_open and not blockers(world)


def wanted(world: World) -> Wanted:
    """What should be: the levels that engines follow."""
    accepting = can_take_money(world)
    resting = world.state in RESTING
    lamp = "ready" if world.state is SaleState.IDLE else "off" if resting else "busy"
    return Wanted(accept_bills=accepting, sale_open=not resting, lamp=lamp)


def has_barrier(world: World) -> bool:
    """A sale here lets the car out: one that owed nothing is over for good."""
    return "barrier" in world.rules.devices


def receipt_on_request(world: World) -> bool:
    """A receipt is only printed when its payer asks for it."""
    return world.rules.receipt == "on_request"


def offers_receipt(world: World) -> bool:
    """The payer may ask for the receipt now: it is not printed yet, and the printer can."""
    sale = world.sale
    unprinted = sale is not None and sale.receipt_no > 0 and not sale.receipt_given
    return unprinted and all(("printer", problem) in HARMLESS for problem in world.devices.get("printer", ()))


def largest_note_minor(world: World) -> int:
    """The largest note that the open sale can use without owing more change than allowed."""
    sale = world.sale
    if sale is None:
        return 0
    return sale.due_minor - sale.credited_minor + world.rules.credit_limit_minor + payout_limit_minor(world)


def payout_limit_minor(world: World) -> int:
    """The most that the change giver pays out now: nothing while anything is wrong with it."""
    return 0 if world.devices.get("change") else world.rules.payout_limit_minor


def why_return(world: World, amount_minor: int) -> str:
    """Why a held note must go back (a key under `returned.`); empty when it is welcome."""
    if world.state not in TAKING_MONEY:
        return "paid" if world.sale is not None and world.sale.paid else "no_sale"
    if not can_take_money(world):
        return "not_now"
    if world.rules.accept_minor and amount_minor not in world.rules.accept_minor:
        return "not_accepted"
    if amount_minor > largest_note_minor(world):
        return "too_large"
    return ""


def why_refuse(turn: Turn) -> str:
    """Why a genuine ticket can not be sold on (a key under `refused.`); empty when it can."""
    ticket, tariffs, now_ms = turn.heard(ev.TicketScanned), turn.world.rules.tariffs, turn.now.wall_ms
    if ticket.paid_at_ms is not None:
        leave_by = leave_by_ms(tariffs[ticket.tariff_id], stay_of(ticket)) if ticket.tariff_id in tariffs else None
        if leave_by is None or now_ms <= leave_by:
            return "already_paid"
    if ticket.entered_at_ms > now_ms + FUTURE_TOLERANCE_MS:
        return "in_future"
    sale = asked(turn)
    if reason := why_no_price(turn.world.rules, sale):
        return reason
    return "nothing_to_pay" if ticket.chosen and offer(turn.world.rules, sale).due_minor == 0 else ""


def why_no_price(rules: Rules, sale: Sale) -> str:
    """Why what a sale is about has no price (a key under `refused.`); empty when it has one."""
    stay, now_ms = stay_of(sale), sale.priced_at_ms
    if sale.invoice is not None:
        return "" if any(owed.due_minor for owed in sale.invoice.owed) else "nothing_owed"
    if sale.basket:
        return services.unfit(rules.services, sale.basket)
    if not {sale.tariff_id, *(inner.tariff_id for inner in stay.inner)} <= rules.tariffs.keys():
        return "unknown_tariff"
    reasons = [no_price(rules.tariffs[sale.tariff_id], stay, now_ms)]
    for inner in stay.inner:
        inside = Stay(max(inner.from_ms, stay.entered_at_ms or 0), vehicle=stay.vehicle)
        reasons.append(no_price(rules.tariffs[inner.tariff_id], inside, now_ms))
    return next(filter(None, reasons), "")


def paid_where(turn: Turn) -> str:
    """The terminal that took the last payment for the scanned ticket."""
    stay = stay_of(turn.heard(ev.TicketScanned))
    return (stay.paid[-1].terminal_id if stay.paid else "") or turn.world.rules.terminal_id


def things_of(sale: Sale) -> tuple[Sale, ...]:
    """All that a sale is about; the one that was shown last comes first."""
    return (sale, *sale.more)


def is_about(sale: Sale, ticket_id: str) -> bool:
    """Whether this ticket is paid with it."""
    return any(thing.ticket_id == ticket_id for thing in things_of(sale))


def stay_of(shown: ev.TicketScanned | Sale) -> Stay:
    """What is known of the stay of a ticket or a sale."""
    return Stay(shown.entered_at_ms) if shown.stay is None else shown.stay


def quote(turn: Turn) -> Quote:
    """What was shown owes now, and why."""
    return offer(turn.world.rules, asked(turn))


def asked(turn: Turn) -> Sale:
    """A sale of what was shown, before it has a number and a price. Who shows a ticket again need not show the coupons again."""
    ticket = turn.heard(ev.TicketScanned)
    given = tuple(coupon for coupon in stay_of(ticket).coupons if not coupon.used)
    if shown_again(turn):
        known = {coupon.coupon_id for coupon in (*stay_of(ticket).coupons, *stay_of(turn.sale).coupons)}
        given += tuple(coupon for coupon in turn.sale.coupons if coupon.coupon_id not in known)
    return Sale(
        sale_no=0,
        ticket_id=ticket.ticket_id,
        entered_at_ms=ticket.entered_at_ms,
        lines=(),
        due_minor=0,
        tariff_id=ticket.tariff_id,
        priced_at_ms=turn.now.wall_ms,
        stay=ticket.stay,
        coupons=given,
        invoice=ticket.invoice,
        basket=ticket.basket,
        chosen=ticket.chosen,
    )


def shown_again(turn: Turn) -> bool:
    """What is shown is what the open sale is about."""
    open_sale = turn.world.sale if turn.world.state is SaleState.PRICED else None
    return open_sale is not None and open_sale.ticket_id == turn.heard(ev.TicketScanned).ticket_id


def offer(rules: Rules, sale: Sale) -> Quote:
    """The price of what a sale is about, with its coupons."""
    if sale.invoice is not None:
        return dues.quote(sale.invoice.owed, sale.invoice.credit_minor)
    if sale.basket:
        return services.quote(rules.services, sale.basket)
    used = tuple(coupon for coupon in stay_of(sale).coupons if coupon.used)
    stay = msgspec.structs.replace(stay_of(sale), coupons=used + sale.coupons)
    return price_all(rules.tariffs, sale.tariff_id, stay, sale.priced_at_ms)


def needed_coupons(rules: Rules, sale: Sale) -> tuple[Coupon, ...]:
    """The coupons of a sale without those that take nothing off: they stay good. The newest are kept first."""
    needed = sale
    for coupon in sale.coupons:
        fewer = tuple(other for other in needed.coupons if other is not coupon)
        without = msgspec.structs.replace(sale, coupons=fewer)
        if offer(rules, without).due_minor == offer(rules, needed).due_minor:
            needed = without
    return needed.coupons


def with_coupon(turn: Turn) -> Sale:
    """The open sale with the scanned coupon, still at the price of its own moment."""
    return msgspec.structs.replace(turn.sale, coupons=(*turn.sale.coupons, turn.heard(ev.CouponScanned).coupon))


def why_refuse_coupon(turn: Turn) -> str:
    """Why a genuine coupon can not be used on the open sale (a key under `refused.`); empty when it can."""
    scanned, sale = turn.heard(ev.CouponScanned), turn.sale
    if scanned.used_at_ms is not None:
        return "coupon_used"
    if not sale.tariff_id or why_no_price(turn.world.rules, sale):
        return "coupon_not_here"
    held = [coupon for thing in things_of(sale) for coupon in (*stay_of(thing).coupons, *thing.coupons)]
    if any(coupon.coupon_id == scanned.coupon.coupon_id for coupon in held):
        return "coupon_used"
    return "" if offer(turn.world.rules, with_coupon(turn)).due_minor < own_minor(sale) else "coupon_worthless"


# --- guards -------------------------------------------------------------------------------------------------------
def ticket_refused(turn: Turn) -> bool:
    return bool(why_refuse(turn))


def ticket_free(turn: Turn) -> bool:
    return quote(turn).due_minor == 0


def coupon_refused(turn: Turn) -> bool:
    return bool(why_refuse_coupon(turn))


def coupon_pays(turn: Turn) -> bool:
    """With the coupon nothing is owed any more."""
    others_minor = turn.sale.due_minor - own_minor(turn.sale)
    return offer(turn.world.rules, with_coupon(turn)).due_minor + others_minor == 0


def paid_elsewhere(turn: Turn) -> bool:
    """Another terminal has taken the money for the ticket of the open sale."""
    report = turn.heard(ev.Reported).report
    return isinstance(report, PaidElsewhere) and is_about(turn.sale, report.ticket_id)


def same_ticket_and_price(turn: Turn) -> bool:
    """The ticket of the open sale is shown again, and its stay costs no more than it did. A collector who chooses a service again
    sells one more."""
    ticket, sale = turn.heard(ev.TicketScanned), turn.sale
    if ticket.basket and turn.world.rules.window is not None:
        return False
    same = (ticket.ticket_id, ticket.basket, ticket.invoice) == (sale.ticket_id, sale.basket, sale.invoice)
    return same and not ticket_refused(turn) and quote(turn).due_minor == own_minor(turn.sale)


def bill_usable(turn: Turn) -> bool:
    return not why_return(turn.world, turn.heard(ev.BillHeld).amount_minor)


def bill_disputed(turn: Turn) -> bool:
    """A note that just turned up has the value of one that was given up for lost."""
    event = turn.event
    assert isinstance(event, ev.BillStacked | ev.BillReturned)
    return any(bill.amount_minor == event.amount_minor for bill in turn.world.disputed)


def bill_taken(turn: Turn) -> bool:
    return turn.world.cash is CashState.STACKING


def covered(turn: Turn) -> bool:
    return turn.sale.credited_minor >= turn.sale.due_minor and not turn.sale.paid_elsewhere


def covered_without_papers(turn: Turn) -> bool:
    """Paid to the fen, and the receipt is only printed on request."""
    return covered(turn) and turn.sale.credited_minor == turn.sale.due_minor and receipt_on_request(turn.world)


def change_payable(turn: Turn) -> bool:
    """The payer would get something back if the sale ended now, and the change giver can pay at least a part of it."""
    owed = turn.sale.credited_minor - turn.sale.due_minor * covered(turn)
    return owed > 0 and payout_limit_minor(turn.world) > 0


def covered_with_change(turn: Turn) -> bool:
    return covered(turn) and change_payable(turn)


def nothing_credited(turn: Turn) -> bool:
    return turn.sale.credited_minor == 0


def blocked(turn: Turn) -> bool:
    return bool(blockers(turn.world))


def fit(turn: Turn) -> bool:
    return not blocked(turn)


def unfit(turn: Turn) -> bool:
    """Not even the next payer can be served."""
    return turn.world.door_open or blocked(turn)


def door_open(turn: Turn) -> bool:
    return turn.world.door_open


def current_job(turn: Turn) -> bool:
    """The printer speaks of the document it was given last, not of an earlier one."""
    event, jobs = turn.event, turn.world.jobs
    assert isinstance(event, ev.PrintStarted | ev.Printed | ev.PrintInDoubt)
    return bool(jobs) and jobs[0].effect_id == event.effect_id


def current_is_last(turn: Turn) -> bool:
    return current_job(turn) and len(turn.world.jobs) == 1


def hopeless(turn: Turn) -> bool:
    """The document was tried often enough; one without a number (a test page, an X) is not worth a second try."""
    return turn.world.jobs[0].copy >= COPIES_MAX or numbered(turn.world.jobs[0].document) is None


def sale_printed(turn: Turn) -> bool:
    """No document of the sale is waiting any more."""
    return all(job.document.sale_no != turn.sale.sale_no for job in turn.world.jobs)


def paid_and_printed(turn: Turn) -> bool:
    return turn.sale.paid and sale_printed(turn)


def paid(turn: Turn) -> bool:
    return turn.sale.paid


def rateable(turn: Turn) -> bool:
    """The payer of a sale that is over says how it went, once."""
    return turn.sale.paid and not turn.sale.rated


def receipt_on_offer(turn: Turn) -> bool:
    return offers_receipt(turn.world)


def found(turn: Turn) -> AwaitedEffect | None:
    """The pending effect that the device has told about; None: it was settled before."""
    return turn.world.pending.get(turn.heard(ev.EffectFound).effect_id)


def about_bill(turn: Turn) -> bool:
    return isinstance(found(turn), StackBill | ReturnBill)


def about_print(turn: Turn) -> bool:
    return isinstance(found(turn), PrintDocument)


def about_last_print(turn: Turn) -> bool:
    return about_print(turn) and len(turn.world.jobs) == 1


def about_opening(turn: Turn) -> bool:
    return isinstance(found(turn), OpenBarrier | OpenDrawer)


def about_payout(turn: Turn) -> bool:
    return isinstance(found(turn), PayOut)


def payout_answered(turn: Turn) -> bool:
    """The change giver speaks of the payment under way, not of an earlier one."""
    return isinstance(turn.world.pending.get(turn.heard(ev.ChangePaid).effect_id), PayOut)


def payout_found(turn: Turn) -> bool:
    return about_payout(turn) and turn.heard(ev.EffectFound).finding == "paid_out"


def no_papers(turn: Turn) -> bool:
    """All that was owed was paid out, and no receipt goes with it: there is nothing to print."""
    event = turn.event
    assert isinstance(event, ev.ChangePaid | ev.EffectFound)
    receipt = turn.sale.paid and not receipt_on_request(turn.world)
    return not receipt and event.amount_minor >= turn.sale.owed_minor


def bill_at_rest(turn: Turn) -> bool:
    return not bill_taken(turn)
