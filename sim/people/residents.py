"""People without a car: who lives there pays what was billed for the flat, who wants something buys it."""

import random

from sim.kiosk import KEY
from sim.office import ACCOUNTS
from sim.people.paying import SHOW_MS, new_coupon, pay, show
from sim.people.plan import Plan
from sim.world import VirtualWorld
from terminal.fsm.events import ServicesChosen
from terminal.intake import SERVICES_ID
from terminal.pay.bills import make_bill


def resident(world: VirtualWorld, dice: random.Random) -> Plan:
    """Pays what was billed for a flat, or wants to know whether it is paid; shows a coupon too, which is not for this."""
    code = make_bill(KEY, dice.choice(ACCOUNTS))
    yield from show(world, code)
    if dice.random() < 0.2:
        world.scan(new_coupon(world, dice))
        yield SHOW_MS
    yield from pay(world, dice, code)


def shopper(world: VirtualWorld, dice: random.Random) -> Plan:
    """Buys cards: some, too many, or what there is not; changes the choice."""
    baskets = [(("card", dice.choice((1, 1, 2, 5, 6))),) for _ in range(dice.choice((1, 1, 2)))]
    if dice.random() < 0.1:
        baskets.insert(0, (("key", 1),))
    for basket in baskets:
        world.happened.baskets.append(basket)
        world.say(ServicesChosen(basket))
        yield SHOW_MS
    yield from pay(world, dice, SERVICES_ID)
