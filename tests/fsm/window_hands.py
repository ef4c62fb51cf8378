"""What collectors, their seconds and payers may do at a window, likely or not; what the books would know is asked of the till.

`spared` lists what is left out because the core is known to do it wrong (`test_window_faults.py` shows each).
"""

import random
from collections.abc import Callable

from terminal.fsm import backfill_events as bev
from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.effects import OpenDrawer
from terminal.fsm.states import DrawerState, SaleState, ShiftState
from terminal.shift.corrections import What
from terminal.shift.pieces import Pieces, change_for
from terminal.stays.reports import PaidElsewhere
from tests.fsm import lives
from tests.fsm.claims import fresh
from tests.fsm.objections import OPEN, WHOLE, approval, priced
from tests.fsm.sums import worth
from tests.fsm.till import Till
from tests.fsm.window_lives import COLLECTOR, FLOAT, NEXT, SUPERVISOR, WindowLife

H = ShiftState
PEOPLE = (COLLECTOR, NEXT, SUPERVISOR)
SECONDS = ("", COLLECTOR, SUPERVISOR, SUPERVISOR, SUPERVISOR)
WHATS: tuple[What, ...] = ("void", "refund", "duplicate", "deposit", "change", "method")
BAD_PIECES: tuple[Pieces, ...] = (((300, 1),), ((100, 100_001),), ((100, -1),))


def whose(till: Till, chance: random.Random) -> str:
    """Mostly the one who may."""
    right = till.counter if till.phase in (H.COUNTING, H.COUNTED) else till.who
    return right if right and chance.random() < 0.85 else chance.choice(PEOPLE)


def named(who: str) -> str:
    """What people call somebody."""
    return who.title()


def counts(till: Till, chance: random.Random) -> Pieces:
    """Right, a little wrong, nothing, or no count at all."""
    right = change_for(till.cash_minor, "CNY") if till.cash_minor > 0 else ()
    off = change_for(max(0, till.cash_minor + chance.choice((-5_000, -1_010, -1_000, -10, 10, 1_000, 1_010))), "CNY")
    return chance.choice((right, right, right, off, off, (), chance.choice(BAD_PIECES)))


# --- what can be said, by the state of the shift ------------------------------------------------------------------
def of_shift(life: WindowLife, till: Till, chance: random.Random) -> list[ev.Event]:
    """What leads a shift on, or does not; any of it at any time."""
    who, second = whose(till, chance), chance.choice(SECONDS)
    other = chance.choice(PEOPLE)
    pieces = counts(till, chance)
    reason: wev.DifferenceReason = chance.choice(("", "wrong_change", "wrong_change", "not_found", "other"))
    note = chance.choice(("", "counted twice"))
    return [
        wev.ShiftBegun(who or COLLECTOR, named(who or COLLECTOR)),
        wev.FloatCounted(who, chance.choice((FLOAT, FLOAT, (), *BAD_PIECES))),
        wev.CountDrafted(who, pieces),
        wev.WindowLocked(who),
        wev.WindowUnlocked(who),
        wev.CountAsked(who, named(who)),
        wev.CountAsked(other, named(other), taken_over=True),
        wev.DrawerCounted(who, pieces),
        wev.RecountAsked(who, second),
        wev.ShiftSigned(who, reason, note, second),
        wev.DrawerAccepted(other, named(other)),
        wev.DrawerDisputed(other, named(other), pieces, second, note),
        wev.DrawerCleared(who, second, "B7"),
        wev.DayClosed(who),
        wev.ReportAsked(who),
        wev.BadgeShown(other, 1),
    ]


LEADS_ON: dict[ShiftState, tuple[type[ev.Event], ...]] = {
    H.CLOSED: (wev.ShiftBegun, wev.ShiftBegun, wev.DayClosed),
    H.OPENING: (wev.FloatCounted, wev.FloatCounted, wev.FloatCounted, wev.CountDrafted, wev.CountAsked),
    H.LOCKED: (wev.WindowUnlocked, wev.WindowUnlocked, wev.WindowUnlocked, wev.CountAsked),
    H.COUNTING: (wev.DrawerCounted, wev.DrawerCounted, wev.CountDrafted, wev.CountAsked),
    H.COUNTED: (wev.ShiftSigned, wev.ShiftSigned, wev.ShiftSigned, wev.RecountAsked, wev.CountAsked),
    H.HANDING_OVER: (wev.DrawerAccepted, wev.DrawerAccepted, wev.DrawerDisputed, wev.DrawerCleared, wev.DayClosed),
}


def of_drawer(life: WindowLife, till: Till, chance: random.Random) -> list[ev.Event]:
    """Cash goes to the safe or comes from it, notes look false, the drawer is wanted open."""
    who, second = whose(till, chance), chance.choice(SECONDS)
    amount_minor = chance.choice((10, 1_000, 5_000, max(0, till.cash_minor), till.cash_minor + 10))
    pieces = chance.choice((change_for(max(0, amount_minor), "CNY"), (), chance.choice(BAD_PIECES)))
    said: list[ev.Event] = [wev.CashMoved(who, what, pieces, second, "B1") for what in ("drop", "top_up", "big_notes")]
    said += [wev.DrawerAsked(who, reason) for reason in ("check", "other")]
    said += [wev.NoteSuspected(who, 10_000, "AB12345678", how, second, "S1") for how in ("refused", "kept")]
    return said


def of_sale(life: WindowLife, till: Till, chance: random.Random) -> list[ev.Event]:
    """Money toward a sale, and payers who step aside."""
    who = whose(till, chance)
    missing = till.missing_minor if till.open else 500
    amounts = (missing, missing, missing - 1, missing + 1, 1, 5_000, 10_000, 0, -1, 10_000_000, 10_000_001)
    amount_minor = chance.choice(amounts)
    said: list[ev.Event] = [
        wev.Tendered(who, "cash", amount_minor),
        wev.Tendered(who, "cash", chance.choice((missing, missing + 500, 100))),
        wev.Tendered(who, "pos", amount_minor, chance.choice(("", "T1", "T1"))),
        wev.Tendered(who, chance.choice(("gold", "credit_note")), amount_minor, "G"),
        wev.SaleSuspended(who),
        ev.CancelPressed(),
        *[wev.SaleResumed(who, number) for number in (*till.suspended, 0)],
    ]
    said += [wev.ThingRemoved(who, thing_id) for thing_id in (*till.things, "A9")]
    number, shown_minor = chance.choice((life.world.seq // 3, 1)), max(1, chance.choice(amounts[:6]))
    key = ("k01", number)
    said.append(wev.NoteShown(*key, shown_minor, till.honoured.get(key)))
    said.append(wev.NoteCashed(who))
    return said


def of_receipts(life: WindowLife, till: Till, chance: random.Random) -> list[ev.Event]:
    """Receipts are shown, sales put right, copies made."""
    who, second = whose(till, chance), chance.choice(SECONDS)
    number = chance.choice((*till.sold, 0))
    sold = till.sold.get(number)
    due_minor = sold.due_minor if sold is not None else 500
    left_minor = due_minor - (sold.given_back_minor if sold is not None else 0)
    methods = list(sold.methods) if sold is not None else ["cash"]
    said: list[ev.Event] = [wev.ReceiptShown("k01", number, due_minor, 0, sold)]
    for what in WHATS:
        amount_minor = chance.choice((due_minor, due_minor, left_minor, left_minor + 1, 1, 1_000, 1_001, 0, -1, -1_001))
        method = chance.choice((*methods, *methods, "pos", "cash", "gold"))
        said.append(
            wev.Corrected(
                who=who,
                what=what,
                receipt_no=number,
                amount_minor=amount_minor,
                reason=chance.choice(("wrong_item", "wrong_item", "other")),
                note=chance.choice(("", "why")),
                method=method,
                wrong_method=chance.choice((*methods, "gold")),
                approved_by=second,
                sold=sold,
            )
        )
    receipt = till.receipts.get(number)
    said.append(wev.ReprintAsked(who, number, receipt, till.copies.get(number, 0), "en"))
    return said


def of_pads(life: WindowLife, till: Till, chance: random.Random) -> list[ev.Event]:
    """Papers of an outage, by somebody who may not; the rest of them has its own tests."""
    who = chance.choice([name for name in PEOPLE if name != till.who])
    return [
        bev.PadRegistered(who, "A", 1, 25, SUPERVISOR),
        bev.PadIssued(who, "A", NEXT, SUPERVISOR),
        bev.PadReturned(who, "A", 3, SUPERVISOR),
        bev.OutageNoted(who, 1, 2, "power"),
        bev.PaperEntered(who, "A", 1, 1, NEXT, 500, "T1"),
        bev.PaperVoided(who, "A", 1, "spoiled"),
        bev.PaperWithdrawn(who, "A", 1, "wrong"),
        bev.EnvelopeCounted(who, (), "safe"),
    ]


def of_devices(life: WindowLife, till: Till, chance: random.Random) -> list[ev.Event]:
    """The drawer moves, the paper jams, the power goes."""
    world = life.world
    said: list[ev.Event] = [ev.DrawerChanged(True), ev.DrawerChanged(False)]
    if world.drawer_due_ms is not None:
        said.append(ev.DrawerOverdue())
    return [*said, ev.Started("test", life.rules)]


Speaker = Callable[[WindowLife, Till, random.Random], list[ev.Event]]
HANDS: tuple[Speaker, ...] = (of_shift, of_drawer, of_sale, of_receipts, of_pads, of_devices)
OTHERS = (
    lives.tickets, lives.stays, lives.coupons, lives.reports, lives.people, lives.staff, lives.devices, lives.outcomes,
    lives.findings, lives.stale_outcomes, lives.power,
)  # fmt: skip
"""Those of a kiosk who can speak at a window as well: all but the validator."""


# --- what is left out ---------------------------------------------------------------------------------------------
def spared(life: WindowLife, till: Till, event: ev.Event) -> bool:
    """What the oracle does not follow: what comes of these is tested by hand in `test_window_faults.py`."""
    world = life.world
    match event:
        case wev.SaleResumed(sale_no=sale_no):
            things = till.suspended.get(sale_no, {})
            unfit = [not priced(world, thing, life.now.wall_ms) for thing in things.values()]
            if any(unfit) or till.paid_meanwhile(things) or coupons_of(life, sale_no):
                return True
            hurried = world.waits_until_ms is not None and world.state is SaleState.IDLE
            return hurried or world.door_open or not till.fit(world)
        case ev.TicketScanned() | wev.ThingRemoved() if till.open and world.rules is not till.rules:
            return True
        case ev.TicketScanned() if world.state is SaleState.PRICED:
            assert world.sale is not None
            others_minor = sum(minor for thing_id, minor in till.prices.items() if thing_id != event.ticket_id)
            coupons = (*fresh(event), *world.sale.coupons)
            return not others_minor and not priced(world, event, life.now.wall_ms, coupons)
        case ev.Started(rules=rules):
            assert rules.window is not None
            return till.open and rules.window.last_receipt_no <= till.receipt_no
        case wev.ThingRemoved(ticket_id=ticket_id):
            left = [price_minor for thing_id, price_minor in till.prices.items() if thing_id != ticket_id]
            return till.open and not sum(left)
        case ev.CouponScanned(coupon=coupon) if world.sale is not None:
            return any(coupon.coupon_id == other.coupon_id for thing in world.sale.more for other in thing.coupons)
        case ev.Reported(report=PaidElsewhere(ticket_id=ticket_id)) if till.open and ticket_id in till.things:
            return till.phase is not H.SERVING or till.cash_minor < till.credited_minor
        case ev.CancelPressed():
            return till.open and till.cash_minor < till.credited_minor
        case wev.CountAsked(who=who, taken_over=True):
            too_little = till.open and till.cash_minor < till.credited_minor
            return too_little or (till.phase is H.COUNTED and who == till.counter)
        case wev.Corrected(what="method", amount_minor=amount_minor):
            return amount_minor > till.cash_minor
        case wev.Corrected(amount_minor=amount_minor, sold=sold):
            back_minor = sold.methods.get("cash", 0) if sold is not None and event.what in WHOLE else 0
            return max(back_minor, amount_minor if event.method == "cash" else 0) > till.cash_minor
        case wev.NoteCashed() if till.note_shown is not None:
            note = till.note_shown
            elsewhere = note.redeemed_at_ms is None and (note.terminal_id, note.note_no) in till.honoured
            return elsewhere or note.amount_minor > till.cash_minor
        case wev.NoteShown(amount_minor=amount_minor) if till.open:
            return amount_minor > till.cash_minor
        case wev.CashMoved(what=what, pieces=pieces):
            too_much = what != "top_up" and worth(pieces) > till.cash_minor
            return too_much and bool(list(approval(till, world, what, worth(pieces), event)))
        case wev.ShiftSigned() | wev.NoteSuspected():
            return event.approved_by == event.who
        case ev.DrawerChanged(is_open=True):
            return any(isinstance(effect, OpenDrawer) for effect in world.pending.values())
        case ev.DrawerFailed():
            return world.drawer is not DrawerState.SHUT
        case wev.ReprintAsked(receipt_no=number):
            sale = world.sale  # the books know of no original of a receipt that nobody has asked for yet
            is_kept = sale is not None and sale.receipt_no == number and not sale.receipt_given
            return is_kept or any(getattr(job.document, "receipt_no", 0) == number for job in world.jobs)
    return False


def coupons_of(life: WindowLife, sale_no: int) -> tuple[object, ...]:
    """Coupons of somebody who stepped aside."""
    return next((sale.coupons for sale in life.world.window.suspended if sale.sale_no == sale_no), ())


def random_event(life: WindowLife, till: Till, chance: random.Random) -> ev.Event:
    """What could happen next: more often than not what leads a shift or a sale on, else anything at all."""
    while True:
        event = likely(life, till, chance) if chance.random() < 0.65 else anything(life, till, chance)
        if not spared(life, till, event):
            return event


def anything(life: WindowLife, till: Till, chance: random.Random) -> ev.Event:
    """By whoever is there."""
    if chance.random() < 0.5:
        return chance.choice(chance.choice(HANDS)(life, till, chance))
    return chance.choice(chance.choice(OTHERS)(life))


def likely(life: WindowLife, till: Till, chance: random.Random) -> ev.Event:
    """A working day: devices do what they were told, payers pay, now and then something else."""
    world = life.world
    ill = [device for device, problems in world.devices.items() if problems]
    if ill and chance.random() < 0.7:
        return ev.DeviceChanged(ill[0], ())
    if world.door_open and chance.random() < 0.7:
        return ev.DoorClosed()
    if world.closed_by and chance.random() < 0.7:
        return ev.StaffActed("chen", "reopen")
    if world.pending and chance.random() < 0.5:
        return chance.choice(lives.outcomes(life))
    if world.drawer is not DrawerState.SHUT and chance.random() < 0.4:
        return ev.DrawerChanged(world.drawer is DrawerState.ORDERED)
    if till.suspended and world.state is SaleState.IDLE and world.waits_until_ms is not None and chance.random() < 0.3:
        return ev.TimedOut()
    if till.phase is not H.SERVING and till.open and chance.random() < 0.4:
        taken_over = wev.CountAsked(SUPERVISOR, named(SUPERVISOR), taken_over=True)
        return chance.choice((ev.CancelPressed(), ev.DoorOpened(), taken_over))
    if till.phase is not H.SERVING:
        wanted = chance.choice(LEADS_ON[till.phase])
        return next(event for event in of_shift(life, till, chance) if type(event) is wanted)
    if world.state in OPEN:
        return chance.choice(of_sale(life, till, chance)[: 3 if chance.random() < 0.6 else None])
    if chance.random() < 0.5:
        return chance.choice([*lives.tickets(life)[1:4], *lives.stays(life)])
    if chance.random() < 0.5:
        return chance.choice(of_receipts(life, till, chance))
    if chance.random() < 0.2:
        return wev.CountAsked(till.who, named(till.who))
    return chance.choice(chance.choice(HANDS[:3])(life, till, chance))
