"""Money that moves: notes through the validator, disputes about them, change out of the change giver, the cash box."""

from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import telling
from terminal.fsm.effects import PayOut, ReturnBill, StackBill
from terminal.fsm.entries import BillBooked, ChangePaidOut, DisputeSettled
from terminal.fsm.states import CashState
from terminal.fsm.turn import Turn
from terminal.fsm.world import Bill, DisputedBill, Notice

BILL_WAIT_S = 30
"""How long a cancelled sale waits for a note that is still moving."""
HELP_EVERY_S = 60
"""How often people are called while change is in doubt."""


def tell_fraud(turn: Turn) -> None:
    turn.alert("fraud_attempted", amount_minor=turn.heard(ev.FraudAttempted).amount_minor)


def tell_box_removed(turn: Turn) -> None:
    turn.alert("box_removed", notes=turn.world.box_count, amount_minor=turn.world.box_minor)


def empty_box(turn: Turn) -> None:
    turn.world.box_count = turn.world.box_minor = 0


def tell_reported_bill(turn: Turn) -> None:
    """A note found where nobody asked about one is never credited: it is an audit item."""
    event = turn.heard(ev.BillReported)
    turn.alert("bill_reported", where=event.where, amount_minor=event.amount_minor)


def stack_bill(turn: Turn) -> None:
    held = turn.heard(ev.BillHeld)
    turn.world.notice = None
    effect_id = turn.do(StackBill(held.amount_minor, held.unit, held.count_before))
    turn.world.bill = Bill(held.amount_minor, effect_id)


def return_bill(turn: Turn) -> None:
    world, held = turn.world, turn.heard(ev.BillHeld)
    reason = policy.why_return(world, held.amount_minor) or "not_now"
    params: dict[str, int | str] = {
        "amount_minor": held.amount_minor,
        "largest_minor": policy.largest_note_minor(world),
    }
    telling.notify(turn, Notice(f"returned.{reason}", params))
    world.bill = Bill(held.amount_minor, turn.do(ReturnBill(held.amount_minor, reason)))


def forget_return(turn: Turn) -> None:
    """The next note is here, so the one that was going back is gone."""
    if turn.world.bill is not None:
        turn.finish(turn.world.bill.effect_id, ReturnBill)


def close_bill(turn: Turn) -> None:
    """A held note went back: nothing is ours."""
    world, event = turn.world, turn.heard(ev.BillReturned)
    if world.bill is not None:
        if isinstance(world.pending.get(world.bill.effect_id), StackBill):
            telling.notify(turn, Notice("returned.by_device", {"amount_minor": event.amount_minor}))
        turn.finish(world.bill.effect_id, StackBill, ReturnBill)
        world.bill = None


def credit_bill(turn: Turn) -> None:
    """A note is in the box: it counts toward the open sale, or is unclaimed money."""
    world, amount_minor = turn.world, turn.heard(ev.BillStacked).amount_minor
    if world.bill is not None:
        if world.bill.amount_minor != amount_minor:
            turn.alert("amount_differs", held_minor=world.bill.amount_minor, stacked_minor=amount_minor)
        turn.finish(world.bill.effect_id, StackBill, ReturnBill)
        world.bill = None
    take_in(turn, amount_minor)


def take_in(turn: Turn, amount_minor: int) -> None:
    world, sale = turn.world, turn.world.sale
    world.bill_no += 1
    world.box_count += 1
    world.box_minor += amount_minor
    sale_no = sale.sale_no if sale is not None else None
    if sale is not None and world.state in policy.SALE_OPEN:
        turn.change_sale(credited_minor=sale.credited_minor + amount_minor)
        turn.book(BillBooked(world.bill_no, amount_minor, "credited", sale_no))
    else:
        turn.book(BillBooked(world.bill_no, amount_minor, "unclaimed", sale_no))
        turn.alert("unclaimed_money", amount_minor=amount_minor, sale_no=sale_no or 0)


def dispute_bill(turn: Turn) -> None:
    """Nobody can say where the moving note is: book it as disputed and let the sale go on without it."""
    bill = turn.world.bill
    assert bill is not None, "only a moving note can be disputed"
    turn.finish(bill.effect_id, StackBill)
    dispute(turn, bill.amount_minor, bill.effect_id)


def give_up_bill(turn: Turn) -> None:
    """As `dispute_bill`, because the sale has waited long enough."""
    dispute_bill(turn)
    turn.world.cash = CashState.EMPTY


def dispute(turn: Turn, amount_minor: int, effect_id: str) -> None:
    world = turn.world
    sale_no = world.sale.sale_no if world.sale is not None else None
    world.bill = None
    world.bill_no += 1
    world.disputed = (*world.disputed, DisputedBill(world.bill_no, amount_minor, effect_id, sale_no))
    telling.notify(turn, Notice(telling.NOTE_DISPUTED, {"amount_minor": amount_minor}), telling.LONG_NOTICE_S)
    turn.book(BillBooked(world.bill_no, amount_minor, "disputed", sale_no))
    turn.alert("bill_disputed", amount_minor=amount_minor, sale_no=sale_no or 0, bill_no=world.bill_no)


def settle_dispute_stacked(turn: Turn) -> None:
    """A note that was given up for lost turned up in the box."""
    amount_minor = turn.heard(ev.BillStacked).amount_minor
    settle_in_box(turn, next(bill for bill in turn.world.disputed if bill.amount_minor == amount_minor))


def settle_dispute_returned(turn: Turn) -> None:
    """A note that was given up for lost was given back after all."""
    amount_minor = turn.heard(ev.BillReturned).amount_minor
    settle_gone(turn, next(bill for bill in turn.world.disputed if bill.amount_minor == amount_minor))


def settle_dispute_found(turn: Turn) -> None:
    """A late answer about an effect that is not pending any more: it matters only to a dispute."""
    event = turn.heard(ev.EffectFound)
    for bill in turn.world.disputed:
        if bill.effect_id == event.effect_id and event.finding == "in_box":
            settle_in_box(turn, bill)
        elif bill.effect_id == event.effect_id and event.finding == "given_back":
            settle_gone(turn, bill)


def settle_in_box(turn: Turn, bill: DisputedBill) -> None:
    world, sale = turn.world, turn.world.sale
    world.disputed = tuple(other for other in world.disputed if other is not bill)
    world.box_count += 1
    world.box_minor += bill.amount_minor
    if sale is not None and sale.sale_no == bill.sale_no and world.state in policy.SALE_OPEN:
        turn.change_sale(credited_minor=sale.credited_minor + bill.amount_minor)
        turn.book(DisputeSettled(bill.bill_no, "credited"))
    else:
        turn.book(DisputeSettled(bill.bill_no, "unclaimed"))
        turn.alert("unclaimed_money", amount_minor=bill.amount_minor, sale_no=bill.sale_no or 0)


def settle_gone(turn: Turn, bill: DisputedBill) -> None:
    turn.world.disputed = tuple(other for other in turn.world.disputed if other is not bill)
    turn.book(DisputeSettled(bill.bill_no, "gone"))


def show_refused_bill(turn: Turn) -> None:
    telling.notify(turn, Notice(turn.heard(ev.BillRefused).reason))


def pay_out(turn: Turn) -> None:
    """What the change giver can; the rest will be owed on a credit note."""
    turn.do(PayOut(min(turn.sale.owed_minor, policy.payout_limit_minor(turn.world))))
    call_for_help_later(turn)


def record_payout(turn: Turn) -> None:
    event = turn.heard(ev.ChangePaid)
    turn.finish(event.effect_id, PayOut)
    paid_out(turn, event.amount_minor)


def paid_out(turn: Turn, amount_minor: int) -> None:
    sale = turn.sale
    turn.change_sale(owed_minor=sale.owed_minor - amount_minor, paid_out_minor=sale.paid_out_minor + amount_minor)
    turn.book(ChangePaidOut(sale.sale_no, amount_minor))


def call_for_help(turn: Turn) -> None:
    turn.alert("change_in_doubt", sale_no=turn.sale.sale_no)
    call_for_help_later(turn)


def call_for_help_later(turn: Turn) -> None:
    turn.wake_after_s(HELP_EVERY_S)


def wait_for_bill(turn: Turn) -> None:
    turn.wake_after_s(BILL_WAIT_S)
