"""People with a car: most show a ticket, pay and go.

Some walk away, cancel late, pull their note back, show three codes or somebody else's, or put the next note in while the first
still moves. Some have no ticket: a camera has seen their car.
"""

import random

from sim.kiosk import GRACE_MINUTES
from sim.machine import HOUR_MS, MINUTE_MS, WALL_MS
from sim.people.hands import open_cover, pull_back
from sim.people.paying import LOOK_MS, PATIENCE, POCKET_MINOR, SHOW_MS, WORTH, id_of, is_mine, new_coupon, pay, show
from sim.people.plan import Plan
from sim.world import VirtualWorld
from terminal.fsm.events import CancelPressed, LanguageChosen, StayChosen
from terminal.stays.reports import (
    ConcessionGranted,
    PaidElsewhere,
    PassGranted,
    StayValidated,
    UsedCoupon,
    VehicleLeft,
)

STAYS_H = (0.1, 0.24, 0.26, 0.9, 1.0, 1.5, 2.2, 5.0, 30.0)
"""How long cars have stayed: around the free quarter of an hour, around whole hours, over a capped day."""
SCHEDULED = 0.25
"""So many tickets are T2's."""


def honest(world: VirtualWorld, dice: random.Random) -> Plan:
    """Shows a ticket, pays, goes."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code)


def hasty(world: VirtualWorld, dice: random.Random) -> Plan:
    """Puts the next note in while the first still moves."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code, look_ms=250)


def absent_minded(world: VirtualWorld, dice: random.Random) -> Plan:
    """Walks away somewhere on the way."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code, looks=dice.randrange(4))


def undecided(world: VirtualWorld, dice: random.Random) -> Plan:
    """Cancels, perhaps while a note moves; may begin anew with the same ticket."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code, look_ms=600, looks=dice.randint(1, 5))
    world.say(CancelPressed())
    yield dice.choice((100, LOOK_MS, 20_000))
    if dice.random() < 0.5:
        yield from show(world, code)
        yield from pay(world, dice, code)


def cheat(world: VirtualWorld, dice: random.Random) -> Plan:
    """Inserts paper, and notes on a string; then pays, gives up, or just goes."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    for _ in range(3):
        if is_mine(world, code):
            world.insert(dice.choice(POCKET_MINOR), genuine=dice.random() < 0.7)
            yield dice.choice((200, 900, 1_100, 1_300, 1_600))
            pull_back(world)
            yield dice.choice((300, LOOK_MS))
    if dice.random() < 0.5:
        world.say(CancelPressed())
        yield dice.choice((0, 500))
        pull_back(world)
    elif dice.random() < 0.5:
        yield from pay(world, dice, code)


def swindler(world: VirtualWorld, dice: random.Random) -> Plan:
    """Pays a part, cancels (or goes away) while the next note moves, and pulls that one back; has opened things before."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code, looks=dice.randrange(2))
    yield 2_500
    if is_mine(world, code) and world.insert(dice.choice(POCKET_MINOR[:4])):
        opens = dice.choice(("nothing", "nothing", "the door", "the printer"))
        yield dice.randint(700, 1_300)
        if opens == "the printer":
            open_cover(world)
            yield 250
        goes_away = dice.random() < 0.3
        if not goes_away:
            world.say(CancelPressed())
        if opens == "the door":
            world.set_door(True)
        yield dice.choice((10, 100, 300))
        if dice.random() < 0.7:
            pull_back(world)
        yield 62_000 if goes_away else LOOK_MS


def kicker(world: VirtualWorld, dice: random.Random) -> Plan:
    """Kicks the machine while it moves a note, and wants out."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code, looks=dice.randrange(3))
    yield dice.choice((0, 2_500))
    if is_mine(world, code) and world.insert(dice.choice(POCKET_MINOR[:3])):
        yield dice.choice((700, 1_000, 1_300, 1_700, 2_100))
        world.mechanics.jam(world.now_ms)
        world.rouse("validator")
        yield dice.choice((100, 2_500))
        world.say(CancelPressed())
        yield dice.choice((LOOK_MS, 20_000, 40_000))
        if dice.random() < 0.5:
            pull_back(world)
            yield LOOK_MS


def confused(world: VirtualWorld, dice: random.Random) -> Plan:
    """Shows a bus ticket, a code that is nearly right, and then the right one; chooses a language."""
    code = _new_ticket(world, dice)
    for shown in ("https://example.com/?q=1", code[:-1] + ("0" if code[-1] != "0" else "1"), code):
        world.scan(shown)
        yield LOOK_MS
    world.say(LanguageChosen(dice.choice(("en", "zh-CN"))))
    yield from show(world, code)
    yield SHOW_MS
    world.scan(code)
    yield from pay(world, dice, code)


def forgetful(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has paid and shows the ticket once more, to be sure."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code)
    yield dice.choice((500, 10_000))
    world.scan(code)
    yield LOOK_MS


def thief(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has a copy of somebody else's ticket, used or not."""
    known = world.tickets[-30:]
    code = dice.choice(known) if known else _new_ticket(world, dice)
    yield from show(world, code)
    yield from pay(world, dice, code)


def impatient(world: VirtualWorld, dice: random.Random) -> Plan:
    """Two cars at once: the second driver shows a ticket in the middle of the first one's sale, perhaps a used one."""
    first, second = _new_ticket(world, dice), _new_ticket(world, dice)
    yield from show(world, first)
    world.scan(dice.choice((second, world.tickets[0])))
    yield LOOK_MS
    yield from pay(world, dice, first, looks=PATIENCE // 2)
    yield from show(world, second)
    yield from pay(world, dice, second)


def with_coupon(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has a coupon of minutes or money: shows it before the ticket, twice, or one that somebody has used already."""
    code, coupon = _new_ticket(world, dice), new_coupon(world, dice)
    if dice.random() < 0.2:
        world.scan(coupon)
        yield SHOW_MS
    yield from show(world, code)
    shown = [dice.choice(world.coupons[-10:])] if dice.random() < 0.3 else []
    shown += [coupon] * dice.choice((1, 1, 2))
    for each in shown:
        if is_mine(world, code):
            world.scan(each)
            yield SHOW_MS
    if dice.random() < 0.1:
        yield from pay(world, dice, code, looks=1)
        world.scan(dice.choice(world.coupons))
    yield from pay(world, dice, code)


def by_plate(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has no ticket, but was seen; may have a pass, a merchant's validation, a concession, a car that pays less."""
    tariff_id = dice.choice(("T1", "T2", "T2"))
    car = world.drive_in(_stayed_ms(dice), tariff_id, dice.choice(("", "small", "green")) if tariff_id == "T2" else "")
    stay_id, now_ms = car.stay_id, WALL_MS + world.now_ms
    if dice.random() < 0.3:
        to_ms = now_ms - now_ms % MINUTE_MS - dice.choice((-1, 0, 1, 4)) * HOUR_MS
        from_ms = to_ms - dice.choice((3, 20)) * HOUR_MS
        world.report(lambda no: PassGranted(no, f"P-{stay_id}", car.plate, from_ms, to_ms))
    if dice.random() < 0.3:
        minutes, amount_minor = dice.choice(WORTH)
        coupon_id = world.coupon(minutes, amount_minor).split(".")[1]
        world.report(lambda no: StayValidated(no, stay_id, coupon_id, {}, minutes, amount_minor))
    if dice.random() < 0.3:
        world.report(lambda no: ConcessionGranted(no, stay_id, "disabled"))
    yield SHOW_MS
    if dice.random() < 0.1:
        world.say(StayChosen("S0"))
        yield LOOK_MS
    yield from show(world, stay_id)
    if dice.random() < 0.2:
        world.scan(new_coupon(world, dice))
        yield SHOW_MS
    yield from pay(world, dice, stay_id)
    if dice.random() < 0.5:
        left_ms = WALL_MS + world.now_ms
        world.report(lambda no: VehicleLeft(no, stay_id, left_ms))
    if dice.random() < 0.3:
        yield 10_000
        yield from show(world, stay_id)


def overstayer(world: VirtualWorld, dice: random.Random) -> Plan:
    """Pays, goes shopping, and comes back to the machine when the grace time is over."""
    code = world.ticket(_stayed_ms(dice), "T2")
    yield from show(world, code)
    yield from pay(world, dice, code)
    for minutes in (GRACE_MINUTES // 2, dice.choice((GRACE_MINUTES, GRACE_MINUTES * 3))):
        yield minutes * MINUTE_MS
        yield from show(world, code)
        yield from pay(world, dice, code)


def paid_elsewhere(world: VirtualWorld, dice: random.Random) -> Plan:
    """Somebody has paid for the same ticket at another machine, and its word comes now: at any moment of the sale."""
    moment = dice.choice(
        ("long ago", "before", "priced", "paying", "moving", "moving", "given up", "cancelling", "after")
    )
    code = world.ticket(_stayed_ms(dice), "T2") if moment == "long ago" else _new_ticket(world, dice)
    if moment in ("long ago", "before"):
        tell_paid_elsewhere(world, dice, code, overstayed=moment == "long ago")
        yield LOOK_MS
    yield from show(world, code)
    if moment == "paying":
        yield from pay(world, dice, code, looks=dice.randint(1, 3))
        yield 2_500
    elif moment in ("moving", "cancelling"):
        yield from pay(world, dice, code, looks=dice.randrange(2))
        yield 2_500
        if is_mine(world, code):
            world.insert(dice.choice(POCKET_MINOR[:4]))
            yield dice.randint(700, 1_600)
        if moment == "cancelling":
            world.say(CancelPressed())
            yield dice.choice((0, 100, 300))
    elif moment == "given up" and is_mine(world, code):
        world.insert(POCKET_MINOR[0])
        yield dice.randint(700, 1_300)
        pull_back(world)
        opens = dice.choice(("nothing", "the door", "the printer"))
        yield dice.choice((100, 1_000))
        if opens == "the door":
            world.set_door(True)
        elif opens == "the printer":
            open_cover(world)
        yield dice.choice((100, 1_000, 2_000))
    elif moment == "after":
        yield from pay(world, dice, code)
        yield dice.choice((300, 3_000, 20_000))
    if moment not in ("long ago", "before"):
        tell_paid_elsewhere(world, dice, code)
        yield dice.choice((0, LOOK_MS))
    yield from pay(world, dice, code)


def tell_paid_elsewhere(world: VirtualWorld, dice: random.Random, code: str, *, overstayed: bool = False) -> None:
    """Another machine was paid for this ticket, perhaps with a coupon: a moment ago, a while, or longer than the grace time."""
    ago_ms = dice.choice((GRACE_MINUTES + 5, 120)) * MINUTE_MS if overstayed else dice.choice((0, 15_000, 300_000))
    at_ms = WALL_MS + world.now_ms - ago_ms
    amount_minor = dice.choice((500, 1000, 2000))
    coupons: tuple[UsedCoupon, ...] = ()
    if dice.random() < 0.3:
        shown = dice.choice(world.coupons[-10:]) if world.coupons and dice.random() < 0.5 else new_coupon(world, dice)
        used = world.happened.coupons[id_of(shown)]
        coupons = (UsedCoupon(used.coupon_id, used.minutes, used.amount_minor),)
    world.report(lambda no: PaidElsewhere(no, "k02", id_of(code), at_ms, amount_minor, coupons))


def _new_ticket(world: VirtualWorld, dice: random.Random) -> str:
    return world.ticket(_stayed_ms(dice), "T2" if dice.random() < SCHEDULED else "T1")


def _stayed_ms(dice: random.Random) -> int:
    return int(dice.choice(STAYS_H) * HOUR_MS)
