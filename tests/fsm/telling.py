"""What people must be told, and what must be noted: worked out from the books and the devices' words alone."""

from terminal.fsm import events as ev
from terminal.fsm.effects import Alert, OpenBarrier, OpenDrawer, PayOut, ReturnBill
from terminal.fsm.entries import BillBooked, DisputeSettled, SaleClosed
from terminal.fsm.states import DrawerState, SaleState
from terminal.fsm.step import Outcome
from terminal.fsm.world import Notice, World
from terminal.stays.reports import NoteHonoured, PaidElsewhere


def check_alerts(before: World, event: ev.Event, outcome: Outcome) -> None:
    """People are told all that they must know, once, with the figures, and nothing else."""
    told = [effect for effect in outcome.effects if isinstance(effect, Alert) and effect.code != "not_printed"]
    due = [*alerts_of_event(before, event), *alerts_of_finding(before, event), *alerts_of_books(before, outcome)]
    assert sorted(map(repr, told)) == sorted(map(repr, due)), f"told: {told}; due: {due}"


REASONS: dict[type[ev.Event], str] = {
    ev.CancelPressed: "cancelled",
    ev.TimedOut: "timed_out",
    ev.DeviceChanged: "device",
    ev.StaffActed: "staff",
    ev.DoorOpened: "door",
    ev.Started: "power",
    ev.TicketScanned: "replaced",
    ev.CouponScanned: "replaced",
}
"""What ends a sale that is not paid."""
DISPUTED = "returned.disputed"


def check_end(before: World, event: ev.Event, outcome: Outcome, reason: str, *, elsewhere: bool) -> None:
    """Whose sale ends unpaid is told why, unless a note is missing; so are the books. `reason`: why it was to end before its last
    note came to rest; `elsewhere`: its money was taken by another terminal."""
    notice = outcome.world.notice
    for end in outcome.entries:
        if isinstance(end, SaleClosed) and end.state == "cancelled":
            waited = before.state is SaleState.CANCELLING
            why = "elsewhere" if elsewhere else reason if waited else REASONS[type(event)]
            assert end.why == why
            lost = [bill.amount_minor for bill in outcome.world.disputed if bill.sale_no == end.sale_no]
            if lost and why != "replaced":
                assert notice == Notice(DISPUTED, {"amount_minor": sum(lost)}), "nobody knows what was taken"
            elif why not in ("replaced", "elsewhere"):
                assert notice == Notice(f"ended.{why}")


def check_noted(before: World, event: ev.Event, world: World) -> None:
    """What devices and people say of themselves is known until they say otherwise, or until the next start."""
    rules, devices, units, door_open = before.rules, before.devices, before.units, before.door_open
    match event:
        case ev.Started():
            rules, devices, door_open = event.rules, dict.fromkeys(event.rules.devices, ("starting",)), False
        case ev.DeviceChanged(device=device, problems=problems):
            devices = {**devices, device: problems}
        case ev.DeviceIdentified(device=device, serial=serial):
            units = {**units, device: serial}
        case ev.RulesChanged():
            rules = event.rules
        case ev.DoorOpened() | ev.DoorClosed():
            door_open = isinstance(event, ev.DoorOpened)
    assert (world.rules, world.devices, world.units, world.door_open) == (rules, devices, units, door_open)
    closed_by = before.closed_by
    if isinstance(event, ev.StaffActed) and event.act in ("close", "reopen"):
        closed_by = event.who if event.act == "close" else ""
    assert world.closed_by == closed_by
    is_open = before.drawer is DrawerState.OPEN
    if isinstance(event, ev.DrawerChanged):
        is_open = event.is_open
    assert world.drawer is (DrawerState.OPEN if is_open else DrawerState.SHUT), "a kiosk orders no drawer to open"


def alerts_of_event(before: World, event: ev.Event) -> list[Alert]:
    """What the event itself says."""
    match event:
        case ev.FraudAttempted(amount_minor=amount_minor):
            return [Alert("fraud_attempted", {"amount_minor": amount_minor})]
        case ev.BoxRemoved():
            return [Alert("box_removed", {"notes": before.box_count, "amount_minor": before.box_minor})]
        case ev.BillReported(where=where, amount_minor=amount_minor):
            return [Alert("bill_reported", {"where": where, "amount_minor": amount_minor})]
        case ev.DoorOpened():
            return [Alert("door_opened")]
        case ev.HelpCalled() if before.notice is not None and before.notice.key == "help.called":
            return []
        case ev.HelpCalled():
            sale_no = before.sale.sale_no if before.sale is not None else 0
            return [Alert("help_called", {"state": str(before.state), "sale_no": sale_no})]
        case ev.StaffActed(who=who, act="sign_in_failed"):
            return [Alert("sign_in_failed", {"who": who})]
        case ev.ClockStepped(by_ms=by_ms):
            return [Alert("clock_stepped", {"by_ms": by_ms})]
        case ev.DeviceIdentified(device=device, serial=serial) if before.units.get(device, serial) != serial:
            return [Alert("device_swapped", {"device": device, "before": before.units[device], "now": serial})]
        case ev.DeviceChanged(device=device, problems=problems):
            new = [name for name in problems if name != "starting" and name not in before.devices.get(device, ())]
            return [Alert("device_trouble", {"device": device, "problem": name}) for name in new]
        case ev.BillStacked(amount_minor=amount_minor) if before.bill and before.bill.amount_minor != amount_minor:
            figures: dict[str, int | str] = {"held_minor": before.bill.amount_minor, "stacked_minor": amount_minor}
            return [Alert("amount_differs", figures)]
        case ev.BarrierFailed(effect_id=effect_id, reason=reason):
            ours = isinstance(before.pending.get(effect_id), OpenBarrier)
            return [Alert("barrier_failed", {"reason": reason})] if ours else []
        case ev.DrawerFailed(effect_id=effect_id, reason=reason):
            ours = isinstance(before.pending.get(effect_id), OpenDrawer)
            return [Alert("drawer_failed", {"reason": reason})] if ours else []
        case ev.DrawerChanged(is_open=True):
            return [Alert("drawer_opened")] if before.drawer is DrawerState.SHUT else []
        case ev.DrawerOverdue() if before.drawer is DrawerState.OPEN:
            return [Alert("drawer_left_open")]
        case ev.Reported(report=PaidElsewhere() as paid, paid_here_at_ms=here_at_ms, used_here=used_here):
            told: dict[str, int | str] = {"ticket": paid.ticket_id, "terminal": paid.terminal_id}
            twice = {coupon.coupon_id for coupon in paid.coupons} & set(used_here)
            alerts = [Alert("coupon_used_twice", {**told, "coupon": coupon_id}) for coupon_id in twice]
            if here_at_ms is None or here_at_ms < paid.at_ms:
                return alerts
            told |= {"amount_minor": paid.amount_minor, "here_at_ms": here_at_ms, "there_at_ms": paid.at_ms}
            return [*alerts, Alert("double_payment", told)]
        case ev.Reported(report=NoteHonoured() as note, paid_here_at_ms=int(here_at_ms)):
            twice_told: dict[str, int | str] = {
                "note": f"{note.issuer_id}-{note.note_no}",
                "terminal": note.terminal_id,
                "amount_minor": note.amount_minor,
                "here_at_ms": here_at_ms,
                "there_at_ms": note.at_ms,
            }
            return [Alert("note_honoured_twice", twice_told)]
        case ev.TimedOut() if before.sale and before.state in (SaleState.SETTLING, SaleState.PRINTING):
            code = "change_in_doubt" if before.state is SaleState.SETTLING else "papers_missing"
            return [Alert(code, {"sale_no": before.sale.sale_no})]
        case ev.Started(rules=rules) if "barrier" not in rules.devices:
            ordered_openings = sum(isinstance(effect, OpenBarrier) for effect in before.pending.values())
            return [Alert("opening_in_doubt", {"what": "barrier"})] * ordered_openings
    return []


def alerts_of_finding(before: World, event: ev.Event) -> list[Alert]:
    """What nobody can tell after a power cut."""
    if isinstance(event, ev.EffectFound) and event.finding in ("nothing", "other_unit"):
        match before.pending.get(event.effect_id):
            case ReturnBill(amount_minor=amount_minor):
                return [Alert("return_in_doubt", {"amount_minor": amount_minor})]
            case PayOut():
                return [Alert("change_in_doubt", {"sale_no": before.sale_no})]
            case OpenBarrier():
                return [Alert("opening_in_doubt", {"what": "barrier"})]
            case OpenDrawer():
                return [Alert("opening_in_doubt", {"what": "drawer"})]
    return []


def alerts_of_books(before: World, outcome: Outcome) -> list[Alert]:
    """Money that counts for nobody."""
    alerts = []
    for entry in outcome.entries:
        match entry:
            case BillBooked(amount_minor=amount_minor, disposition="unclaimed", sale_no=sale_no):
                alerts.append(Alert("unclaimed_money", {"amount_minor": amount_minor, "sale_no": sale_no or 0}))
            case BillBooked(bill_no=bill_no, amount_minor=amount_minor, disposition="disputed", sale_no=sale_no):
                figures: dict[str, int | str] = {
                    "amount_minor": amount_minor,
                    "sale_no": sale_no or 0,
                    "bill_no": bill_no,
                }
                alerts.append(Alert("bill_disputed", figures))
            case DisputeSettled(bill_no=bill_no, disposition="unclaimed"):
                bill = next(bill for bill in before.disputed if bill.bill_no == bill_no)
                figures = {"amount_minor": bill.amount_minor, "sale_no": bill.sale_no or 0}
                alerts.append(Alert("unclaimed_money", figures))
    return alerts
