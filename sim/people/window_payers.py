"""Who comes to a staffed window: most pay, some step aside, some bring a credit note or a false one, some want money back.

A payer and the collector are one plan, because a window serves one at a time; what else the collector has to do comes after it.
"""

import random
from collections.abc import Callable

from sim.kiosk import GRACE_MINUTES, KEY
from sim.machine import HOUR_MS, MINUTE_MS
from sim.office import ACCOUNTS
from sim.people.collecting import (
    LOOK_MS,
    PATIENCE,
    SUPERVISOR,
    Doing,
    back,
    before_order,
    open_drawer,
    press,
    seen,
    shut_drawer,
)
from sim.people.drivers import STAYS_H, tell_paid_elsewhere
from sim.people.hands import open_cover
from sim.people.paying import new_coupon
from sim.people.plan import Plan
from sim.people.selling import collect, is_honoured, open_sale, quote
from sim.people.window_chores import chore, no_sales
from sim.people.window_shift import end, is_over, serving
from sim.world import VirtualWorld
from terminal.fsm import window_events as ev
from terminal.fsm.events import CodeScanned
from terminal.fsm.world import World
from terminal.intake import SERVICES_ID
from terminal.pay.bills import make_bill

CHORES = 0.12
"""After so many payers there is something else to do."""


def window_payer(world: VirtualWorld, dice: random.Random) -> Plan:
    """Somebody of any kind; then, perhaps, the collector's own business."""
    who = yield from serving(world, dice)
    (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
    yield from kind(world, dice, who)
    if dice.random() < CHORES:
        yield from chore(world, dice, (yield from serving(world, dice)))
    who = yield from serving(world, dice)
    if is_over(world, dice):
        yield from end(world, dice, who)
        if dice.random() < 0.8:
            yield from serving(world, dice)


def pays(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Has a ticket and cash."""
    yield from sell(world, dice, who, ticket(world, dice), [])


def pays_by_card(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """All of it, or a part and the rest in cash."""
    yield from sell(world, dice, who, ticket(world, dice), dice.choice((["pos"], ["pos", "cash"], ["cash", "pos"])))


def has_credit_note(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """The kiosk could not give change: what it owes counts here, whatever becomes of the sale."""
    ways = dice.choice((["note"], ["cash", "note"], ["note", "note"], ["note", "cancel"], ["pos", "note", "cancel"]))
    yield from sell(world, dice, who, ticket(world, dice), ways)


def wants_cash_for_note(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """The same without a sale; tries it again."""
    desk, amount_minor = world.counter, dice.choice((300, 500, 2_000))
    note = desk.new_note(amount_minor, world.now().wall_ms)
    order = before_order(world)
    for _ in range(PATIENCE):
        if (yield from is_honoured(world, who, note)):
            yield from open_drawer(world, order)
            desk.give(amount_minor, "drawer", "payer")
            yield from shut_drawer(world, dice)
            break
        order = before_order(world)
        world.say(ev.NoteCashed(who))
        yield LOOK_MS
    world.scan(note)
    yield LOOK_MS
    world.say(ev.NoteCashed(who))  # once more, which must be refused
    yield LOOK_MS


def changes_mind(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Cancels before or after a part was given; may come again."""
    code = ticket(world, dice)
    yield from sell(world, dice, who, code, dice.choice((["cancel"], ["cash", "cancel"], ["pos", "cancel"])))
    if dice.random() < 0.5:
        yield from sell(world, dice, who, code, [])


def steps_aside(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Has to fetch the purse: the next one is served meanwhile."""
    code = ticket(world, dice)
    if not (yield from quote(world, dice, who, code)):
        return
    if dice.random() < 0.2:
        world.scan(new_coupon(world, dice))
        yield LOOK_MS
    sale = open_sale((yield from back(world, who)), code)
    if sale is None:
        return
    if dice.random() < 0.2:
        world.say(ev.SaleSuspended(SUPERVISOR))
        yield LOOK_MS
    refused = yield from press(world, who, ev.SaleSuspended(who), lambda shown: open_sale(shown, code) is not None)
    if refused:
        yield from collect(world, dice, who, code, [])
        return
    chance = dice.random()
    if chance < 0.15:
        tell_paid_elsewhere(world, dice, code)
    elif chance < 0.25:
        yield from sell(world, dice, who, code, [])  # a friend has paid, with the same ticket
    else:
        yield from pays(world, dice, who)
    who = yield from serving(world, dice)
    waiting = [each.sale_no for each in seen(world).window.suspended if each.ticket_id == sale.ticket_id]
    if waiting:
        back_again = ev.SaleResumed(who, waiting[-1])
        yield from press(world, who, back_again, lambda shown: [each.sale_no for each in shown.window.suspended])
        yield from collect(world, dice, who, code, [])


def shows_used_ticket(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Somebody else's, or the own one once more."""
    yield from sell(world, dice, who, dice.choice(world.tickets[-30:]) if world.tickets else ticket(world, dice), [])


def comes_back(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Pays, and comes again when the grace time is over."""
    code = world.ticket(int(dice.choice(STAYS_H) * HOUR_MS), "T2")
    yield from sell(world, dice, who, code, [])
    yield dice.choice((GRACE_MINUTES // 2, GRACE_MINUTES * 3)) * MINUTE_MS
    yield from sell(world, dice, (yield from serving(world, dice)), code, [])


def has_coupon(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """A coupon after the ticket."""
    code = ticket(world, dice)
    if (yield from quote(world, dice, who, code)):
        for _ in range(dice.choice((1, 1, 2))):
            world.say(CodeScanned(new_coupon(world, dice)))
            yield LOOK_MS
        yield from collect(world, dice, who, code, [])


def was_told_elsewhere(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Somebody has paid for the ticket at the kiosk, and its word comes before, in the middle, or after."""
    code, moment = ticket(world, dice), dice.choice(("before", "priced", "paying", "after"))
    if moment == "before":
        tell_paid_elsewhere(world, dice, code)
        yield LOOK_MS
    if (yield from quote(world, dice, who, code)):
        if dice.random() < 0.3:
            world.at(dice.randrange(5_000), lambda: open_cover(world))
        if moment == "priced":
            tell_paid_elsewhere(world, dice, code)
        elif moment == "paying":
            world.at(dice.randrange(6_000), lambda: tell_paid_elsewhere(world, dice, code))
        yield from collect(world, dice, who, code, ["part", "wait"] if moment == "paying" else [])
    if moment == "after":
        tell_paid_elsewhere(world, dice, code)
        yield LOOK_MS


def pays_dues(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Lives there."""
    yield from sell(world, dice, who, make_bill(KEY, dice.choice(ACCOUNTS)), dice.choice(([], ["pos"])))


def buys(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """Cards."""
    world.happened.baskets.append((("card", dice.choice((1, 2, 5))),))
    yield from sell(world, dice, who, SERVICES_ID, [])


def has_false_note(world: VirtualWorld, dice: random.Random, who: str) -> Doing[None]:
    """It is given back before it is taken, or kept with a supervisor, or nobody notices."""
    amount_minor, desk = dice.choice((2_000, 5_000, 10_000)), world.counter
    noticed = dice.choice(("refused", "kept", ""))
    if noticed == "kept":
        yield from press(world, who, ev.NoteSuspected(who, amount_minor, "AB1234567", "kept", SUPERVISOR), suspects)
    elif noticed:
        yield from press(world, who, ev.NoteSuspected(who, amount_minor, "AB1234567", "refused"), suspects)
    yield from pays(world, dice, who)
    if not noticed and desk.may_give_minor > amount_minor + 20_000:
        yield from press(world, who, ev.DrawerAsked(who, "check"), no_sales)
        yield from open_drawer(world)
        desk.give(amount_minor, "drawer", "payer")  # what the false one stood for is gone
        desk.wrong_minor -= amount_minor
        yield from shut_drawer(world, dice)


def suspects(screen: World) -> object:
    """How many notes looked false in this shift."""
    shift = screen.window.shift
    return shift and shift.totals.suspect_notes


def ticket(world: VirtualWorld, dice: random.Random) -> str:
    """A genuine one."""
    return world.ticket(int(dice.choice(STAYS_H) * HOUR_MS), dice.choice(("T1", "T1", "T2")))


def sell(world: VirtualWorld, dice: random.Random, who: str, code: str, ways: list[str]) -> Doing[None]:
    """Priced and paid."""
    if (yield from quote(world, dice, who, code)):
        yield from collect(world, dice, who, code, ways)


KINDS: dict[Callable[[VirtualWorld, random.Random, str], Doing[None]], int] = {
    pays: 40, pays_by_card: 12, has_credit_note: 6, wants_cash_for_note: 4, changes_mind: 6, steps_aside: 5,
    shows_used_ticket: 3, comes_back: 1, has_coupon: 5, was_told_elsewhere: 4, pays_dues: 4, buys: 4, has_false_note: 2,
}  # fmt: skip
"""All payers, with how many they are beside the others."""
