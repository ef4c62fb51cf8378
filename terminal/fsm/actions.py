"""What a turn can do: one small function for each name in the tables.

An action changes the world of the turn, asks for effects and writes book entries. The order of the sections is that of a
sale: start, ticket, notes, end of the sale, papers, barrier.
"""

from typing import Literal

import msgspec

from terminal.fees.dues import rows_to_book
from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.effects import (
    CreditNote,
    Document,
    OpenBarrier,
    OpenDrawer,
    PayOut,
    PrintDocument,
    Receipt,
    ReturnBill,
    StackBill,
    TellPaid,
    TestPage,
)
from terminal.fsm.entries import (
    BillBooked,
    ChangePaidOut,
    CopyPrinted,
    CouponUsed,
    CouponUsedElsewhere,
    CreditNoteIssued,
    DisputeSettled,
    DuesPaid,
    Opening,
    ReceiptIssued,
    ReportBooked,
    SaleClosed,
    SaleOpened,
    SaleRated,
    StaffEntry,
)
from terminal.fsm.states import CashState, PrinterState, SaleState
from terminal.fsm.turn import Turn
from terminal.fsm.world import Bill, DisputedBill, Job, Notice, Sale
from terminal.stays.reports import AnyReport, PaidElsewhere, PassWithdrawn

PRINT_WAIT_S = 20
"""How long a payer waits for papers before being let go; the papers follow when the printer can."""
LEAVING_S = 10
"""How long the thanks stay on the screen: whoever likes may say how it went; the next payer need not wait for it."""
BILL_WAIT_S = 30
"""How long a cancelled sale waits for a note that is still moving."""
HELP_EVERY_S = 60
"""How often people are called while change is in doubt."""
NOTICE_S = 8
"""How long a notice stays on the screen when nobody is being served."""
LONG_NOTICE_S = 60
"""The same for one that calls the staff: a note that can not be found, a barrier that stayed shut."""

NOTE_DISPUTED = "returned.disputed"


# --- start, devices, people ---------------------------------------------------------------------------------------


def take_rules(turn: Turn) -> None:
    """What is being sold keeps the price that the payer was told, unless a coupon has it priced again."""
    turn.world.rules = turn.heard(ev.RulesChanged).rules


def begin(turn: Turn) -> None:
    """A new life: the rules in force, no device heard yet, elapsed time anew."""
    world, rules = turn.world, turn.heard(ev.Started).rules
    world.rules = rules
    world.language = rules.language
    world.devices = dict.fromkeys(rules.devices, ("starting",))
    world.door_open = False
    world.notice = None
    world.wake_at_ms = None


def note_device(turn: Turn) -> None:
    """A new problem calls people, once; a device that is starting up is no problem yet."""
    event = turn.heard(ev.DeviceChanged)
    before = turn.world.devices.get(event.device, ())
    for problem in event.problems:
        if problem != "starting" and problem not in before:
            turn.alert("device_trouble", device=event.device, problem=problem)
    if turn.world.bill is not None and event.device == "validator" and "jam" in event.problems:
        turn.world.bill = msgspec.structs.replace(turn.world.bill, jammed=True)
    turn.world.devices = {**turn.world.devices, event.device: event.problems}


def note_unit(turn: Turn) -> None:
    event = turn.heard(ev.DeviceIdentified)
    before = turn.world.units.get(event.device)
    if before is not None and before != event.serial:
        turn.alert("device_swapped", device=event.device, before=before, now=event.serial)
    turn.world.units = {**turn.world.units, event.device: event.serial}


def note_door_open(turn: Turn) -> None:
    turn.world.door_open = True
    turn.alert("door_opened")


def note_door_closed(turn: Turn) -> None:
    turn.world.door_open = False


def choose_language(turn: Turn) -> None:
    """Someone before an idle terminal may walk away: the language then falls back by itself."""
    turn.world.language = turn.heard(ev.LanguageChosen).language
    if turn.world.state in policy.RESTING:
        restart_payment_timer(turn)


def usual_language(turn: Turn) -> None:
    turn.world.language = turn.world.rules.language


def quiet_down(turn: Turn) -> None:
    """Whoever chose a language or was refused before an idle terminal has gone."""
    turn.world.notice = None
    usual_language(turn)


def tell_help_called(turn: Turn) -> None:
    """Whoever calls is told that somebody was told, and who goes on calling calls nobody else."""
    notice, sale = turn.world.notice, turn.world.sale
    if notice is not None and notice.key == "help.called":
        return
    turn.alert("help_called", state=str(turn.world.state), sale_no=sale.sale_no if sale is not None else 0)
    if not disputed_is_told(turn):
        notify(turn, Notice("help.called"))


def note_staff_act(turn: Turn) -> None:
    """What the staff do is booked under their name. Who is shut out by wrong numbers calls people."""
    event, world = turn.heard(ev.StaffActed), turn.world
    turn.book(StaffEntry(event.who, event.act))
    match event.act:
        case "close":
            world.closed_by = event.who
        case "reopen":
            world.closed_by = ""
        case "test_print" if not any(isinstance(job.document, TestPage) for job in world.jobs):
            enqueue(turn, TestPage(event.who, turn.now.wall_ms))
        case "sign_in_failed":
            turn.alert("sign_in_failed", who=event.who)


def tell_clock_step(turn: Turn) -> None:
    turn.alert("clock_stepped", by_ms=turn.heard(ev.ClockStepped).by_ms)


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


def notify(turn: Turn, notice: Notice, seconds: int = NOTICE_S) -> None:
    """Tell whoever stands there; a resting screen forgets it again by itself, a sale keeps it until the next one."""
    turn.world.notice = notice
    if turn.world.state in policy.RESTING:
        turn.wake_after_s(seconds)


def disputed_is_told(turn: Turn) -> bool:
    """The screen says that a note can not be found: nothing else is more urgent to the payer."""
    return turn.world.notice is not None and turn.world.notice.key == NOTE_DISPUTED


# --- ticket -------------------------------------------------------------------------------------------------------


def refuse(turn: Turn, reason: str, **params: int | str) -> None:
    world = turn.world
    world.refused = {**world.refused, reason: world.refused.get(reason, 0) + 1}
    notify(turn, Notice(f"refused.{reason}", params))


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


def book_report(turn: Turn) -> None:
    """What is known of stays grows by reports; a ticket that was paid for here and elsewhere calls people."""
    event = turn.heard(ev.Reported)
    report = event.report
    turn.book(entry_of(report))
    if isinstance(report, PaidElsewhere):
        book_coupons_elsewhere(turn, report)
    sale = turn.world.sale
    if isinstance(report, PaidElsewhere) and sale is not None and sale.ticket_id == report.ticket_id and not sale.paid:
        turn.change_sale(paid_elsewhere=True)
    paid_here_at_ms = event.paid_here_at_ms
    if isinstance(report, PaidElsewhere) and paid_here_at_ms is not None and paid_here_at_ms >= report.at_ms:
        turn.alert(
            "double_payment",
            ticket=report.ticket_id,
            terminal=report.terminal_id,
            amount_minor=report.amount_minor,
            here_at_ms=paid_here_at_ms,
            there_at_ms=report.at_ms,
        )


def book_coupons_elsewhere(turn: Turn, report: PaidElsewhere) -> None:
    """They are worth nothing here any more; one that went with a sale here too calls people."""
    for coupon in report.coupons:
        turn.book(CouponUsedElsewhere(coupon.coupon_id, report.terminal_id, report.at_ms))
        if coupon.coupon_id in turn.heard(ev.Reported).used_here:
            turn.alert(
                "coupon_used_twice", ticket=report.ticket_id, terminal=report.terminal_id, coupon=coupon.coupon_id
            )


def entry_of(report: AnyReport) -> ReportBooked:
    """The report, and what it is found by: its stay, ticket or withdrawn pass, its plate, its moment."""
    about = {name: getattr(report, name, "") for name in ("stay_id", "ticket_id", "plate")}
    found_by = about["stay_id"] or about["ticket_id"]
    if isinstance(report, PassWithdrawn):
        found_by = report.pass_id
    return ReportBooked(
        report_id=report.report_id,
        what=str(report.__struct_config__.tag),
        stay_id=found_by,
        plate=about["plate"],
        moment_ms=getattr(report, "at_ms", 0),
        data=msgspec.json.encode(report).decode(),
    )


def tell_paid_elsewhere(turn: Turn) -> None:
    """Nobody must pay twice: the payer is told, and what was taken is given back. A note that can not be found comes first."""
    report = turn.heard(ev.Reported).report
    assert isinstance(report, PaidElsewhere)
    if disputed_is_told(turn):
        return
    notify(turn, Notice("refused.paid_elsewhere", {"when_ms": report.at_ms, "terminal": report.terminal_id}))


def restart_payment_timer(turn: Turn) -> None:
    turn.wake_after_s(turn.world.rules.payment_timeout_s)


# --- notes --------------------------------------------------------------------------------------------------------


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
    notify(turn, Notice(f"returned.{reason}", params))
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
            notify(turn, Notice("returned.by_device", {"amount_minor": event.amount_minor}))
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
    notify(turn, Notice(NOTE_DISPUTED, {"amount_minor": amount_minor}), LONG_NOTICE_S)
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
    notify(turn, Notice(turn.heard(ev.BillRefused).reason))


# --- end of the sale ----------------------------------------------------------------------------------------------


def close_paid(turn: Turn) -> None:
    """The sale is paid; from here on the money is ours and the change is the payer's."""
    world, sale = turn.world, turn.sale
    owed_minor = sale.credited_minor - sale.due_minor
    if sale.due_minor > 0:
        world.receipt_no += 1
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
    notice = turn.world.notice if disputed_is_told(turn) else None
    turn.book(SaleClosed(turn.sale.sale_no, "cancelled", 0, 0))
    end_visit(turn)
    if notice is not None:
        notify(turn, notice, LONG_NOTICE_S)


def end_visit(turn: Turn) -> None:
    turn.world.sale = None
    turn.world.wake_at_ms = None
    turn.world.notice = None
    usual_language(turn)


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


def book_rating(turn: Turn) -> None:
    event = turn.heard(ev.Rated)
    turn.change_sale(rated=True)
    turn.book(SaleRated(turn.sale.sale_no, event.stars, event.reason))


def wait_for_bill(turn: Turn) -> None:
    turn.wake_after_s(BILL_WAIT_S)


# --- papers -------------------------------------------------------------------------------------------------------


def print_papers(turn: Turn) -> None:
    """Ask for what the payer must hold: a credit note for what is still owed, and the receipt of a paid sale."""
    world, sale = turn.world, turn.sale
    if sale.owed_minor > 0:
        world.note_no += 1
        reason = "change" if sale.paid else "cancelled"
        note = CreditNote(world.note_no, sale.sale_no, sale.owed_minor, turn.now.wall_ms, reason)
        turn.book(CreditNoteIssued(world.note_no, sale.sale_no, sale.owed_minor))
        sale = turn.change_sale(note_minor=sale.owed_minor, owed_minor=0)
        enqueue(turn, note)
    if sale.receipt_no:
        enqueue(turn, receipt_of(sale, turn.now.wall_ms))
    wait_for_papers(turn)


def wait_for_papers(turn: Turn) -> None:
    turn.wake_after_s(PRINT_WAIT_S)


def tell_papers_missing(turn: Turn) -> None:
    """The payer is let go without papers; they follow when the printer can, or people are called (`next_copy`)."""
    notify(turn, Notice("leaving.papers_missing"))
    turn.alert("papers_missing", sale_no=turn.sale.sale_no)


def receipt_of(sale: Sale, paid_at_ms: int) -> Receipt:
    return Receipt(
        receipt_no=sale.receipt_no,
        sale_no=sale.sale_no,
        ticket_id=sale.invoice.account_id if sale.invoice is not None else "" if sale.basket else sale.ticket_id,
        entered_at_ms=sale.entered_at_ms,
        paid_at_ms=paid_at_ms,
        what="dues" if sale.invoice is not None else "services" if sale.basket else "parking",
        lines=sale.lines,
        due_minor=sale.due_minor,
        tendered_minor=sale.credited_minor,
        paid_out_minor=sale.paid_out_minor,
        note_minor=sale.note_minor,
    )


def enqueue(turn: Turn, document: Document) -> None:
    turn.world.jobs = (*turn.world.jobs, Job(document, turn.world.language))
    if turn.world.printer is PrinterState.FREE:
        turn.world.printer = PrinterState.BUSY
        print_next(turn)


def print_next(turn: Turn) -> None:
    """Hand the first document of the queue to the printer, if there is one."""
    if turn.world.jobs:
        job, *rest = turn.world.jobs
        effect_id = turn.do(PrintDocument(job.document, job.language, job.copy))
        turn.world.jobs = (msgspec.structs.replace(job, effect_id=effect_id, started=False), *rest)


def mark_started(turn: Turn) -> None:
    job, *rest = turn.world.jobs
    turn.world.jobs = (msgspec.structs.replace(job, started=True), *rest)


def finish_job(turn: Turn) -> None:
    turn.finish(turn.heard(ev.Printed).effect_id, PrintDocument)
    turn.world.jobs = turn.world.jobs[1:]


def print_copy(turn: Turn) -> None:
    """Nobody knows how much of the document is on the paper: print it once more, marked as a copy, or call people."""
    turn.finish(turn.heard(ev.PrintInDoubt).effect_id, PrintDocument)
    next_copy(turn)


def next_copy(turn: Turn) -> None:
    job, *rest = turn.world.jobs
    document = job.document
    if isinstance(document, TestPage):
        turn.world.jobs = tuple(rest)
        print_next(turn)
        return
    number = document.receipt_no if isinstance(document, Receipt) else document.note_no
    kind: Literal["receipt", "credit_note"] = "receipt" if isinstance(document, Receipt) else "credit_note"
    if job.copy >= policy.COPIES_MAX:
        turn.alert("not_printed", document=kind, number=number)
        turn.world.jobs = tuple(rest)
    else:
        turn.book(CopyPrinted(kind, number, job.copy + 1))
        turn.world.jobs = (msgspec.structs.replace(job, copy=job.copy + 1), *rest)
    print_next(turn)


# --- barrier and drawer -------------------------------------------------------------------------------------------


def open_barrier(turn: Turn) -> None:
    """Let the car out, where there is a barrier, and a car."""
    if policy.has_barrier(turn.world) and turn.sale.invoice is None and not turn.sale.basket:
        turn.do(OpenBarrier(turn.sale.sale_no))
    stay_a_moment(turn)


def stay_a_moment(turn: Turn) -> None:
    turn.wake_after_s(LEAVING_S)


def book_barrier(turn: Turn) -> None:
    effect = turn.world.pending.get(turn.heard(ev.BarrierOpened).effect_id)
    if isinstance(effect, OpenBarrier):
        turn.finish(turn.heard(ev.BarrierOpened).effect_id, OpenBarrier)
        turn.book(Opening("barrier", effect.sale_no))


def tell_barrier_failed(turn: Turn) -> None:
    event = turn.heard(ev.BarrierFailed)
    if turn.finish(event.effect_id, OpenBarrier):
        notify(turn, Notice("leaving.call_for_help"), LONG_NOTICE_S)
        turn.alert("barrier_failed", reason=event.reason)


def book_drawer(turn: Turn) -> None:
    if turn.finish(turn.heard(ev.DrawerKicked).effect_id, OpenDrawer):
        turn.book(Opening("drawer"))


def tell_drawer_failed(turn: Turn) -> None:
    event = turn.heard(ev.DrawerFailed)
    if turn.finish(event.effect_id, OpenDrawer):
        turn.alert("drawer_failed", reason=event.reason)


def tell_drawer_open(turn: Turn) -> None:
    """A drawer that opens without order is an alarm."""
    expected = any(isinstance(effect, OpenDrawer) for effect in turn.world.pending.values())
    if turn.heard(ev.DrawerChanged).is_open and not expected:
        turn.alert("drawer_opened")
