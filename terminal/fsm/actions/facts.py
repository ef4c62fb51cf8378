"""What is noted whatever the state: the rules, devices, doors, the staff, reports about stays, barrier and drawer."""

import msgspec

from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import papers, telling
from terminal.fsm.actions.sale import drop_suspended
from terminal.fsm.effects import Identify, OpenBarrier, TestPage
from terminal.fsm.entries import CouponUsedElsewhere, Opening, ReportBooked, StaffEntry
from terminal.fsm.turn import Turn
from terminal.fsm.world import Notice
from terminal.stays.reports import AnyReport, NoteHonoured, PaidElsewhere, PassWithdrawn


def take_rules(turn: Turn) -> None:
    """What is being sold keeps the price that the payer was told, unless a coupon has it priced again."""
    turn.world.rules = turn.heard(ev.RulesChanged).rules


def begin(turn: Turn) -> None:
    """A new life: the rules in force, no device heard yet, elapsed time anew. Whoever is being served keeps the language."""
    world, rules = turn.world, turn.heard(ev.Started).rules
    world.rules = rules
    if world.sale is None:
        telling.usual_language(turn)
    world.language_until_ms = None
    world.devices = dict.fromkeys(rules.devices, ("starting",))
    world.drawer_due_ms = None
    world.door_open = False
    world.notice = None
    world.waits_until_ms = None


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
            papers.enqueue(turn, TestPage(event.who, turn.now.wall_ms))
        case "ask_again" if event.device in world.devices:
            turn.effects.append(Identify(event.device))
        case "sign_in_failed":
            turn.alert("sign_in_failed", who=event.who)


def tell_clock_step(turn: Turn) -> None:
    turn.alert("clock_stepped", by_ms=turn.heard(ev.ClockStepped).by_ms)


def book_report(turn: Turn) -> None:
    """What is known of stays grows by reports; a ticket that was paid for here and elsewhere calls people."""
    event = turn.heard(ev.Reported)
    report = event.report
    turn.book(entry_of(report))
    if isinstance(report, PaidElsewhere):
        book_coupons_elsewhere(turn, report)
    sale = turn.world.sale
    if (
        isinstance(report, PaidElsewhere)
        and sale is not None
        and policy.is_about(sale, report.ticket_id)
        and not sale.paid
    ):
        turn.change_sale(paid_elsewhere=True)
    paid_here_at_ms = event.paid_here_at_ms
    if isinstance(report, PaidElsewhere):
        drop_suspended(turn, report.ticket_id, {coupon.coupon_id for coupon in report.coupons})
    if isinstance(report, NoteHonoured):
        forget_note(turn, report)
    if isinstance(report, NoteHonoured) and paid_here_at_ms is not None:
        turn.alert(
            "note_honoured_twice",
            note=f"{report.issuer_id}-{report.note_no}",
            terminal=report.terminal_id,
            amount_minor=report.amount_minor,
            here_at_ms=paid_here_at_ms,
            there_at_ms=report.at_ms,
        )
    if isinstance(report, PaidElsewhere) and paid_here_at_ms is not None and paid_here_at_ms >= report.at_ms:
        turn.alert(
            "double_payment",
            ticket=report.ticket_id,
            terminal=report.terminal_id,
            amount_minor=report.amount_minor,
            here_at_ms=paid_here_at_ms,
            there_at_ms=report.at_ms,
        )


def forget_note(turn: Turn, honoured: NoteHonoured) -> None:
    """The credit note that lies on the desk was honoured elsewhere."""
    note = turn.world.window.note_shown
    if note is not None and (note.terminal_id, note.note_no) == (honoured.issuer_id, honoured.note_no):
        turn.change_window(note_shown=None)


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
    if isinstance(report, NoteHonoured):
        found_by = f"{report.issuer_id}:{report.note_no}"
    return ReportBooked(
        report_id=report.report_id,
        what=str(report.__struct_config__.tag),
        stay_id=found_by,
        plate=about["plate"],
        moment_ms=getattr(report, "at_ms", 0),
        data=msgspec.json.encode(report).decode(),
    )


def book_barrier(turn: Turn) -> None:
    effect = turn.world.pending.get(turn.heard(ev.BarrierOpened).effect_id)
    if isinstance(effect, OpenBarrier):
        turn.finish(turn.heard(ev.BarrierOpened).effect_id, OpenBarrier)
        turn.book(Opening("barrier", effect.sale_no))


def tell_barrier_failed(turn: Turn) -> None:
    event = turn.heard(ev.BarrierFailed)
    if turn.finish(event.effect_id, OpenBarrier):
        telling.notify(turn, Notice("leaving.call_for_help"), telling.LONG_NOTICE_S)
        turn.alert("barrier_failed", reason=event.reason)
