"""People, as plans: generators that act on the world and yield for how many milliseconds they wait.

A person knows only what the screen shows. Most pay and go; some walk away, cancel late, pull their note back, show three codes or
somebody else's, or put the next note in while the first still moves. Some have no ticket: a camera has seen their car. `KINDS`
has them all, with how many they are beside the others. Staff put right what stands in the way, one sets the limits anew, and
one presses everything.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from sim.kiosk import GRACE_MINUTES, KEY, NOTES_MINOR, RULES, changed_limits
from sim.office import ACCOUNTS
from sim.world import DAY_MS, HOUR_MS, MINUTE_MS, WALL_MS, VirtualWorld
from terminal.fsm.events import (
    CancelPressed,
    HelpCalled,
    LanguageChosen,
    Rated,
    RatingReason,
    RulesChanged,
    ServicesChosen,
    StaffAct,
    StaffActed,
    StayChosen,
)
from terminal.fsm.policy import RESTING, TAKING_MONEY
from terminal.intake import BILL_ID, SERVICES_ID
from terminal.pay.bills import MAGIC as BILL_MAGIC
from terminal.pay.bills import make_bill
from terminal.stays.reports import (
    ConcessionGranted,
    PaidElsewhere,
    PassGranted,
    StayValidated,
    UsedCoupon,
    VehicleLeft,
)

Plan = Iterator[int]

LOOK_MS = 1_500
RATES, CALLS = 0.2, 0.03
"""So many say how it went, and call for help."""
SHOW_MS = 2_200
"""Who shows a ticket again takes it away first: the same code within 2 s is the same reading to a scanner."""
PATIENCE = 40
"""So many looks at the screen before somebody gives up."""
STAYS_H = (0.1, 0.24, 0.26, 0.9, 1.0, 1.5, 2.2, 5.0, 30.0)
"""How long cars have stayed: around the free quarter of an hour, around whole hours, over a capped day."""
SCHEDULED = 0.25
"""So many tickets are T2's."""
WORTH = ((30, 0), (60, 0), (120, 0), (0, 200), (0, 500), (0, 2000))
"""Of coupons: minutes, amount."""
POCKET_MINOR = NOTES_MINOR[:5]
"""What most people have on them."""

SALES_BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 10, 14, 9, 8, 10, 16, 11, 8, 8, 10, 18, 24, 22, 16, 12, 6, 3)
"""Of a car park by shops and offices: lunch, the evening rush, a quiet night."""
RUSH = max(SALES_BY_HOUR) * 24 / sum(SALES_BY_HOUR)
"""How many times busier than the average the busiest hour is."""


def arrivals(sales_per_day: int, dice: random.Random) -> Iterator[int]:
    """When payers come, in the world's time: at random, by the hour of the day."""
    zone, at_ms = ZoneInfo(RULES.timezone), 0.0
    while True:
        at_ms += dice.expovariate(sales_per_day * RUSH / DAY_MS)
        hour = datetime.fromtimestamp((WALL_MS + at_ms) / 1000, zone).hour
        if dice.random() < SALES_BY_HOUR[hour] / max(SALES_BY_HOUR):
            yield int(at_ms)


# --- payers -------------------------------------------------------------------------------------------------------
def honest(world: VirtualWorld, dice: random.Random) -> Plan:
    """Shows a ticket, pays, goes."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code)


def hasty(world: VirtualWorld, dice: random.Random) -> Plan:
    """Puts the next note in while the first still moves."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code, look_ms=250)


def absent_minded(world: VirtualWorld, dice: random.Random) -> Plan:
    """Walks away somewhere on the way."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code, looks=dice.randrange(4))


def undecided(world: VirtualWorld, dice: random.Random) -> Plan:
    """Cancels, perhaps while a note moves; may begin anew with the same ticket."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code, look_ms=600, looks=dice.randint(1, 5))
    world.say(CancelPressed())
    yield dice.choice((100, LOOK_MS, 20_000))
    if dice.random() < 0.5:
        yield from show(world, code)
        yield from _pay(world, dice, code)


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
        yield from _pay(world, dice, code)


def swindler(world: VirtualWorld, dice: random.Random) -> Plan:
    """Pays a part, cancels (or goes away) while the next note moves, and pulls that one back; has opened things before."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code, looks=dice.randrange(2))
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
    yield from _pay(world, dice, code, looks=dice.randrange(3))
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
    yield from _pay(world, dice, code)


def forgetful(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has paid and shows the ticket once more, to be sure."""
    code = _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code)
    yield dice.choice((500, 10_000))
    world.scan(code)
    yield LOOK_MS


def thief(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has a copy of somebody else's ticket, used or not."""
    known = world.tickets[-30:]
    code = dice.choice(known) if known else _new_ticket(world, dice)
    yield from show(world, code)
    yield from _pay(world, dice, code)


def impatient(world: VirtualWorld, dice: random.Random) -> Plan:
    """Two cars at once: the second driver shows a ticket in the middle of the first one's sale, perhaps a used one."""
    first, second = _new_ticket(world, dice), _new_ticket(world, dice)
    yield from show(world, first)
    world.scan(dice.choice((second, world.tickets[0])))
    yield LOOK_MS
    yield from _pay(world, dice, first, looks=PATIENCE // 2)
    yield from show(world, second)
    yield from _pay(world, dice, second)


def with_coupon(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has a coupon of minutes or money: shows it before the ticket, twice, or one that somebody has used already."""
    code, coupon = _new_ticket(world, dice), _coupon(world, dice)
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
        yield from _pay(world, dice, code, looks=1)
        world.scan(dice.choice(world.coupons))
    yield from _pay(world, dice, code)


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
        world.scan(_coupon(world, dice))
        yield SHOW_MS
    yield from _pay(world, dice, stay_id)
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
    yield from _pay(world, dice, code)
    for minutes in (GRACE_MINUTES // 2, dice.choice((GRACE_MINUTES, GRACE_MINUTES * 3))):
        yield minutes * MINUTE_MS
        yield from show(world, code)
        yield from _pay(world, dice, code)


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
        yield from _pay(world, dice, code, looks=dice.randint(1, 3))
        yield 2_500
    elif moment in ("moving", "cancelling"):
        yield from _pay(world, dice, code, looks=dice.randrange(2))
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
        yield from _pay(world, dice, code)
        yield dice.choice((300, 3_000, 20_000))
    if moment not in ("long ago", "before"):
        tell_paid_elsewhere(world, dice, code)
        yield dice.choice((0, LOOK_MS))
    yield from _pay(world, dice, code)


def resident(world: VirtualWorld, dice: random.Random) -> Plan:
    """Pays what was billed for a flat, or wants to know whether it is paid; shows a coupon too, which is not for this."""
    code = make_bill(KEY, dice.choice(ACCOUNTS))
    yield from show(world, code)
    if dice.random() < 0.2:
        world.scan(_coupon(world, dice))
        yield SHOW_MS
    yield from _pay(world, dice, code)


def shopper(world: VirtualWorld, dice: random.Random) -> Plan:
    """Buys cards: some, too many, or what there is not; changes the choice."""
    baskets = [(("card", dice.choice((1, 1, 2, 5, 6))),) for _ in range(dice.choice((1, 1, 2)))]
    if dice.random() < 0.1:
        baskets.insert(0, (("key", 1),))
    for basket in baskets:
        world.happened.baskets.append(basket)
        world.say(ServicesChosen(basket))
        yield SHOW_MS
    yield from _pay(world, dice, SERVICES_ID)


KINDS: dict[Callable[[VirtualWorld, random.Random], Plan], int] = {
    honest: 40, hasty: 8, absent_minded: 4, undecided: 5, cheat: 4, swindler: 4, kicker: 4, confused: 4, forgetful: 3, thief: 4,
    impatient: 4, with_coupon: 5, by_plate: 5, overstayer: 2, paid_elsewhere: 4,
    resident: 3, shopper: 2,
}  # fmt: skip


def payer(world: VirtualWorld, dice: random.Random) -> Plan:
    """Somebody of any kind."""
    (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
    yield from kind(world, dice)
    if dice.random() < RATES:
        world.say(Rated(dice.randint(1, 5), dice.choice(get_args(RatingReason))))
        yield 300
    if dice.random() < CALLS:
        world.say(HelpCalled())


def _new_ticket(world: VirtualWorld, dice: random.Random) -> str:
    return world.ticket(_stayed_ms(dice), "T2" if dice.random() < SCHEDULED else "T1")


def _stayed_ms(dice: random.Random) -> int:
    return int(dice.choice(STAYS_H) * HOUR_MS)


def _coupon(world: VirtualWorld, dice: random.Random) -> str:
    return world.coupon(*dice.choice(WORTH), good_for_ms=-HOUR_MS if dice.random() < 0.1 else DAY_MS)


def tell_paid_elsewhere(world: VirtualWorld, dice: random.Random, code: str, *, overstayed: bool = False) -> None:
    """Another machine was paid for this ticket, perhaps with a coupon: a moment ago, a while, or longer than the grace time."""
    ago_ms = dice.choice((GRACE_MINUTES + 5, 120)) * MINUTE_MS if overstayed else dice.choice((0, 15_000, 300_000))
    at_ms = WALL_MS + world.now_ms - ago_ms
    amount_minor = dice.choice((500, 1000, 2000))
    coupons: tuple[UsedCoupon, ...] = ()
    if dice.random() < 0.3:
        shown = dice.choice(world.coupons[-10:]) if world.coupons and dice.random() < 0.5 else _coupon(world, dice)
        used = world.happened.coupons[_id_of(shown)]
        coupons = (UsedCoupon(used.coupon_id, used.minutes, used.amount_minor),)
    world.report(lambda no: PaidElsewhere(no, "k02", _id_of(code), at_ms, amount_minor, coupons))


def _id_of(code: str) -> str:
    """Of a ticket's or coupon's code, or of a stay."""
    if code.startswith(BILL_MAGIC):
        return f"{BILL_ID}{code.split('.')[1]}"
    return code.split(".")[1] if "." in code else code


def show(world: VirtualWorld, code: str) -> Plan:
    """Hold the ticket before the scanner, or choose the car, until the screen says what it owes, or something else for good."""
    for _ in range(PATIENCE):
        if "." in code:
            world.scan(code)
        else:
            world.say(StayChosen(code))
        yield SHOW_MS
        screen = world.screen
        if is_mine(world, code) or (
            screen is not None and screen.notice is not None and _was_refused(screen.notice.key)
        ):
            return


def _was_refused(key: str) -> bool:
    return key in (
        "refused.already_paid",
        "refused.in_future",
        "refused.unknown_tariff",
        "refused.paid_elsewhere",
        "refused.nothing_to_pay",
        "refused.nothing_owed",
    )


def _pay(world: VirtualWorld, dice: random.Random, code: str, *, look_ms: int = LOOK_MS, looks: int = PATIENCE) -> Plan:
    """Insert notes as long as the screen asks for them."""
    for _ in range(looks):
        screen = world.screen
        if screen is not None and not is_mine(world, code):
            return  # paid, cancelled, or never begun
        if screen is not None and screen.state in TAKING_MONEY and screen.sale is not None:
            missing_minor = screen.sale.due_minor - screen.sale.credited_minor
            world.insert(_note(missing_minor, dice))
        yield look_ms


def _note(missing_minor: int, dice: random.Random) -> int:
    """What comes out of a pocket: the fitting note, if there is one, or any."""
    fitting = [note for note in POCKET_MINOR if note <= missing_minor]
    return fitting[-1] if fitting and dice.random() < 0.6 else dice.choice(POCKET_MINOR)


def is_mine(world: VirtualWorld, code: str) -> bool:
    """The screen shows the sale of this ticket, and it is not over."""
    screen = world.screen
    if screen is None or screen.sale is None or screen.sale.ticket_id != _id_of(code):
        return False
    return not screen.sale.paid and screen.state in TAKING_MONEY


# --- staff --------------------------------------------------------------------------------------------------------
def mechanic(world: VirtualWorld, dice: random.Random) -> Plan:
    """Puts right whatever stands in the way, now and then; what is inside is reached by the service door."""
    while True:
        yield dice.choice((20_000, 60_000, 120_000))
        if _needs_opening(world) and dice.random() < 0.7:
            world.set_door(True)
            yield dice.choice((1_000, 8_000))
            heal(world)
            yield dice.choice((0, 5_000))
        heal(world)
        world.set_door(False)


def collector(world: VirtualWorld, dice: random.Random) -> Plan:
    """Empties the cash box when it is nearly full, and every morning."""
    taken_at_ms = 0
    while True:
        yield 600_000
        resting = world.screen is not None and world.screen.state in RESTING
        full = world.mechanics.notes_in_box > world.mechanics.box_capacity * 0.8
        if resting and (full or world.now_ms - taken_at_ms > DAY_MS):
            taken_at_ms = world.now_ms
            world.set_door(True)
            yield 5_000
            remove_box(world)
            yield 20_000
            replace_box(world)
            yield 5_000
            world.set_door(False)


def manager(world: VirtualWorld, dice: random.Random) -> Plan:
    """Has the configuration read again, now and then; sometimes a limit is another one."""
    while True:
        yield int(dice.choice((0.5, 2, 4)) * HOUR_MS)
        world.say(RulesChanged(changed_limits(world.fittings, dice)))


IN_SERVICE: tuple[StaffAct, ...] = ("sign_in_failed", "sign_in", "close", "test_print")


def technician(world: VirtualWorld, dice: random.Random) -> Plan:
    """Opens the door, signs in, takes the terminal out of service, prints a test page, and leaves it as it was."""
    while True:
        yield int(dice.choice((1, 3, 6)) * HOUR_MS)
        world.set_door(True)
        for act in IN_SERVICE:
            yield dice.choice((100, 2_000))
            world.say(StaffActed("chen", act))
        if dice.random() < 0.5:
            world.set_door(False)  # it stays out of service until somebody says otherwise
        while world.screen is None or world.screen.closed_by or world.screen.door_open:
            yield dice.choice((500, 5_000))
            world.say(StaffActed("chen", "reopen"))
            world.say(StaffActed("chen", "sign_out"))
            world.set_door(False)


def meddler(world: VirtualWorld, dice: random.Random) -> Plan:
    """Somebody with the key presses, opens and pulls everything, for half a minute."""
    acts: tuple[Callable[[], object], ...] = (
        lambda: world.set_door(True),
        lambda: world.set_door(False),
        lambda: world.say(CancelPressed()),
        lambda: world.say(LanguageChosen(dice.choice(("en", "zh-CN")))),
        lambda: world.insert(dice.choice(NOTES_MINOR)),
        lambda: world.scan("9" * dice.choice((1, 300, 5_000))),
        lambda: remove_box(world),
        lambda: replace_box(world),
        lambda: open_cover(world),
        lambda: pull_back(world),
        lambda: heal(world),
    )
    for _ in range(dice.randint(5, 20)):
        dice.choice(acts)()
        yield dice.choice((50, 500, 3_000))
    heal(world)
    world.set_door(False)


def _needs_opening(world: VirtualWorld) -> bool:
    mechanics, paper = world.mechanics, world.paper
    return mechanics.jammed or mechanics.box_full or not mechanics.box_present or paper.stopped


def _is_told(world: VirtualWorld, device: str, problem: str) -> bool:
    """The screen tells of a problem. Paths are cleared and rolls are changed by hand only then: of a note that is taken out, or
    laid into the box, while the terminal knows of no jam nobody could know, nor of a receipt that was torn in two."""
    return world.screen is not None and problem in world.screen.devices.get(device, ())


# --- what hands do ------------------------------------------------------------------------------------------------
def pull_back(world: VirtualWorld) -> None:
    """A note on a string."""
    world.mechanics.pull_back(world.now_ms)
    world.rouse("validator")


def remove_box(world: VirtualWorld) -> None:
    """Take the cash box out, if it is there."""
    if world.mechanics.box_present:
        world.mechanics.remove_box(world.now_ms)
        world.rouse("validator")


def replace_box(world: VirtualWorld) -> None:
    """Put the cash box in, if it is not."""
    if not world.mechanics.box_present:
        world.mechanics.box_capacity = world.box_capacity
        world.mechanics.replace_box(world.now_ms)
        world.rouse("validator")


def open_cover(world: VirtualWorld) -> None:
    """The printer's cover."""
    world.paper.open_cover()
    world.printer_moved()


def heal(world: VirtualWorld) -> None:
    """Cables in, paths clear, boxes and paper in, covers and doors shut: whatever needs it."""
    mechanics, paper, giver = world.mechanics, world.paper, world.change_giver
    for name, cable in world.cables.items():
        if not cable.plugged:
            cable.plugged = True
            world.rouse(name)
    if mechanics.jammed and _is_told(world, "validator", "jam"):
        mechanics.clear_jam(world.now_ms)
        world.rouse("validator")
    if mechanics.box_full:
        remove_box(world)
    replace_box(world)
    if paper.near_end and (_is_told(world, "printer", "paper_out") or world.at_rest()):
        paper.load_paper()
        world.printer_moved()
    if paper.stopped:
        paper.close_cover()
        paper.clear_cutter()
        paper.cool_down()
        world.printer_moved()
    if giver.jammed:
        giver.clear_jam(world.now_ms)
    giver.refill()
    giver.remember()  # staff read its mechanical counters
    world.stir()
