"""Who comes, how many of each kind, and when.

A new kind of payer is a function in one of the files here, and an entry in `KINDS`.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from sim.kiosk import RULES
from sim.machine import DAY_MS, WALL_MS
from sim.people.drivers import (
    absent_minded,
    by_plate,
    cheat,
    confused,
    forgetful,
    hasty,
    honest,
    impatient,
    kicker,
    overstayer,
    paid_elsewhere,
    swindler,
    thief,
    undecided,
    with_coupon,
)
from sim.people.plan import Plan
from sim.people.residents import resident, shopper
from sim.people.window_payers import window_payer
from sim.world import VirtualWorld
from terminal.fsm.events import HelpCalled, Rated, RatingReason, ReceiptWanted

SALES_BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 10, 14, 9, 8, 10, 16, 11, 8, 8, 10, 18, 24, 22, 16, 12, 6, 3)
"""Of a car park by shops and offices: lunch, the evening rush, a quiet night."""
RUSH = max(SALES_BY_HOUR) * 24 / sum(SALES_BY_HOUR)
"""How many times busier than the average the busiest hour is."""
WANTS_RECEIPT, RATES, CALLS = 0.4, 0.2, 0.03
"""So many want a receipt where it comes on request, say how it went, and call for help."""

KINDS: dict[Callable[[VirtualWorld, random.Random], Plan], int] = {
    honest: 40, hasty: 8, absent_minded: 4, undecided: 5, cheat: 4, swindler: 4, kicker: 4, confused: 4, forgetful: 3, thief: 4,
    impatient: 4, with_coupon: 5, by_plate: 5, overstayer: 2, paid_elsewhere: 4,
    resident: 3, shopper: 2,
}  # fmt: skip
"""All payers, with how many they are beside the others."""


def arrivals(sales_per_day: int, dice: random.Random) -> Iterator[int]:
    """When payers come, in the world's time: at random, by the hour of the day."""
    zone, at_ms = ZoneInfo(RULES.timezone), 0.0
    while True:
        at_ms += dice.expovariate(sales_per_day * RUSH / DAY_MS)
        hour = datetime.fromtimestamp((WALL_MS + at_ms) / 1000, zone).hour
        if dice.random() < SALES_BY_HOUR[hour] / max(SALES_BY_HOUR):
            yield int(at_ms)


def payer(world: VirtualWorld, dice: random.Random) -> Plan:
    """Somebody of any kind."""
    if world.fittings.role == "window":
        yield from window_payer(world, dice)
        return
    (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
    yield from kind(world, dice)
    if dice.random() < WANTS_RECEIPT:  # where it comes anyway, nothing happens
        world.say(ReceiptWanted())
        yield 300
    if dice.random() < RATES:
        world.say(Rated(dice.randint(1, 5), dice.choice(get_args(RatingReason))))
        yield 300
    if dice.random() < CALLS:
        world.say(HelpCalled())
