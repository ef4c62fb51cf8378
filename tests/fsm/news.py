"""What can be told of stays in tests of the core: tickets with facts, bills, services, coupons, reports, other tariffs.

Each list is what the intake could make of the world outside, the edges included; nothing here decides anything.
"""

from collections.abc import Mapping

import msgspec

from terminal.fees.dues import Charge, Invoice, Owed
from terminal.fees.schedule.model import Rate, ScheduleTariff, Unit, VehicleClass, Version
from terminal.fees.services import Service
from terminal.fees.stay import Coupon, Cover, Earlier, Inner, Paid, Stay
from terminal.fsm import events as ev
from terminal.fsm.rules import Rules
from terminal.fsm.world import Sale, World
from terminal.stays import reports as rp

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
NAMES = {"en": "Name", "zh-CN": "名称"}
LEAVE_WITHIN_MS = 15 * MINUTE_MS
"""Grace time of T2."""
LONGEST_DAYS = 2
"""A longer stay has no price in T2."""

GRACE = ScheduleTariff(
    title=NAMES,
    currency="CNY",
    timezone="Asia/Shanghai",
    classes=(VehicleClass(id="small", name=NAMES),),
    longest_stay_days=LONGEST_DAYS,
    versions=(
        Version(
            valid_from="2026-01-01",
            rates=(Rate(name=NAMES, units=(Unit(minor=400, minutes=60),)),),
            free_minutes=15,
            exit_grace_minutes=15,
            reentry_minutes=15,
            lost_ticket_minor=3000,
        ),
    ),
)
"""4 yuan an hour; who has paid has a quarter of an hour to leave, and owes the rest of the stay after that."""

PAID = (("T1", 400, 1), ("T9", 400, 1), ("T2", 400, 0), ("T2", 400, 1), ("T2", 9600, 1))
"""Of a day's stay that was paid for: its tariff, how much, and how late the car is at the barrier, in ms."""

SERVICES = {"card": Service(names=NAMES, unit=NAMES, price_minor=1000, max_quantity=9)}

OWED = (
    Owed(Charge("A-101", "property", "2026-01-01", "2026-01-31", "2026-01-15", 1200), 1200, 34, 18),
    Owed(Charge("A-101", "water", "2026-01-01", "2026-01-31", "2026-01-15", 366), 66, 0, 0),
)
"""12 yuan of January, and 34 fen because they are late; what is left of the water, which may be late."""


def again(sale: Sale) -> ev.TicketScanned:
    """What the sale is about is shown once more; coupons that went with it are used."""
    stay, paid_at_ms = sale.stay, None
    spent = {coupon.coupon_id for coupon in sale.coupons} if sale.paid else set()
    if stay is not None:
        paid_at_ms = max((paid.at_ms for paid in stay.paid), default=None)
        coupons = (
            msgspec.structs.replace(coupon, used=coupon.used or coupon.coupon_id in spent) for coupon in stay.coupons
        )
        stay = msgspec.structs.replace(stay, coupons=tuple(coupons))
    return ev.TicketScanned(
        sale.ticket_id,
        sale.entered_at_ms,
        sale.tariff_id,
        paid_at_ms,
        stay=stay,
        invoice=sale.invoice,
        basket=sale.basket,
    )


def stays(world: World, now_ms: int) -> list[ev.Event]:
    """Tickets with passes, coupons, inner car parks and payments, lost ones, and what is no ticket at all."""
    hour_ago, day_ago = now_ms - HOUR_MS, now_ms - DAY_MS
    given = Coupon(f"V{world.seq}", minutes=60)
    known = {
        "T1": [
            Stay(hour_ago, covers=(Cover(hour_ago, now_ms, "pass", NAMES),)),
            Stay(hour_ago - 1, coupons=(given, Coupon("old", amount_minor=100, used=True))),
            Stay(hour_ago, coupons=(given, Coupon(f"W{world.seq}", amount_minor=500))),
            Stay(hour_ago, inner=(Inner("T2", hour_ago + 1),)),
            Stay(hour_ago, inner=(Inner("T9", hour_ago + 1),)),
            Stay(None),
        ],
        "T2": [
            Stay(hour_ago, earlier=(Earlier(day_ago, hour_ago - MINUTE_MS, 400),)),
            Stay(now_ms - LONGEST_DAYS * DAY_MS - 1),
            Stay(None),
        ],
    }
    said: list[ev.Event] = [
        ev.TicketScanned(f"S{world.seq % 5}", stay.entered_at_ms or 0, tariff_id, stay=stay)
        for tariff_id, all_stays in known.items()
        for stay in all_stays
    ]
    for tariff_id, amount_minor, late_ms in PAID:
        paid_at_ms = now_ms - LEAVE_WITHIN_MS - late_ms
        stay = Stay(day_ago, paid=(Paid(paid_at_ms, amount_minor),))
        said.append(ev.TicketScanned("P1", day_ago, tariff_id, paid_at_ms, stay=stay))
    said.append(overstayed_too_long(now_ms))
    said += [
        ev.TicketScanned("services:", 0, "", basket=basket)
        for basket in ((("card", 1),), (("card", 10),), (("nothing", 1),))
    ]
    said += [
        ev.TicketScanned("N1", entered_ms, "T1", stay=Stay(entered_ms), chosen=True) for entered_ms in (now_ms, day_ago)
    ]
    said += [ev.TicketScanned("bill:A-101", 0, "", invoice=Invoice("A-101", owed)) for owed in (OWED, OWED[1:], ())]
    return said


def overstayed_too_long(now_ms: int) -> ev.TicketScanned:
    """Paid long ago, and not left for so long that nobody knows the price."""
    entered_ms = now_ms - LONGEST_DAYS * DAY_MS - HOUR_MS
    paid = Paid(entered_ms + MINUTE_MS, 400)
    return ev.TicketScanned("P2", entered_ms, "T2", paid.at_ms, stay=Stay(entered_ms, paid=(paid,)))


def coupons(world: World, used: Mapping[str, int]) -> list[ev.Event]:
    """Coupons at the edges of what is owed; `used`: when each was used, if it was."""
    due_minor = world.sale.due_minor if world.sale is not None else 1000
    coupon_id = f"C{world.seq // 8}"
    amounts = [amount_minor for amount_minor in (1, due_minor - 1, due_minor, due_minor + 1) if amount_minor > 0]
    all_coupons = [Coupon(coupon_id, amount_minor=amount_minor) for amount_minor in amounts]
    all_coupons += [Coupon(coupon_id, minutes=minutes) for minutes in (1, 30, 600)]
    if world.sale is not None:
        all_coupons += world.sale.coupons
    if world.sale is not None and world.sale.stay is not None:
        all_coupons += [msgspec.structs.replace(taken, used=False) for taken in world.sale.stay.coupons]
    said: list[ev.Event] = [ev.CouponScanned(coupon, used.get(coupon.coupon_id)) for coupon in all_coupons]
    return [*said, ev.CouponScanned(Coupon("old", amount_minor=due_minor), 1)]


def paid_elsewhere(world: World, ticket_id: str, at_ms: int, paid_here_at_ms: int | None = None) -> ev.Reported:
    """Another kiosk has taken 5 yuan for it."""
    return ev.Reported(rp.PaidElsewhere(f"r{world.seq}", "k02", ticket_id, at_ms, 500), paid_here_at_ms)


def reports(world: World, now_ms: int) -> list[ev.Event]:
    """One of each kind; of payments elsewhere those before, at and after one here, of the open ticket and of another."""
    report_id, plate = f"r{world.seq}", "京A12345"
    told: list[rp.AnyReport] = [
        rp.VehicleEntered(report_id, "S1", plate, now_ms, "T1", "small", "1.jpg", "1"),
        rp.VehicleLeft(report_id, "S1", now_ms),
        rp.InnerEntered(report_id, "S1", "T2", now_ms),
        rp.InnerLeft(report_id, "S1", "T2", now_ms),
        rp.StayValidated(report_id, "S1", "V1", NAMES, 60),
        rp.ConcessionGranted(report_id, "S1", "disabled"),
        rp.PassGranted(report_id, "P1", plate, now_ms, now_ms + DAY_MS, NAMES),
        rp.PassWithdrawn(report_id, "P1", now_ms),
    ]
    said: list[ev.Event] = [ev.Reported(report) for report in told]
    honoured = rp.NoteHonoured(report_id, "w01", "k01", 12, now_ms, 700)
    said += [ev.Reported(honoured), ev.Reported(honoured, now_ms)]
    used = rp.UsedCoupon("old", amount_minor=100), rp.UsedCoupon(f"E{world.seq}", 60)
    with_coupons = rp.PaidElsewhere(report_id, "k02", "A9", now_ms, 500, used)
    said += [ev.Reported(with_coupons, used_here=used_here) for used_here in ((), ("old",))]
    here = (None, now_ms - 1, now_ms, now_ms + 1)
    said += [paid_elsewhere(world, "A9", now_ms, at_ms) for at_ms in here]
    if world.sale is not None and world.sale.tariff_id:
        said += [paid_elsewhere(world, world.sale.ticket_id, now_ms, at_ms) for at_ms in here]
    return said


def read_again(now: Rules, found: Rules) -> list[Rules]:
    """What a configuration may have become: tariffs and limits are read again, all else is that of the start."""
    same = {name: getattr(now, name) for name in ("terminal_id", "site", "currency", "language", "timezone", "devices")}
    rules = msgspec.structs.replace(found, **same)
    dearer = {"T2": msgspec.structs.replace(GRACE, longest_stay_days=1)}
    return [rules, rules, msgspec.structs.replace(rules, tariffs=dearer)]
