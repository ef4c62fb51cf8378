"""What all who pay do: hold a code before the scanner or choose, look at the screen, insert notes.

A person knows only what the screen shows.
"""

import random

from sim.kiosk import NOTES_MINOR
from sim.machine import DAY_MS, HOUR_MS
from sim.people.plan import Plan
from sim.world import VirtualWorld
from terminal.fsm.events import StayChosen
from terminal.fsm.policy import TAKING_MONEY
from terminal.intake import BILL_ID
from terminal.pay.bills import MAGIC as BILL_MAGIC

LOOK_MS = 1_500
SHOW_MS = 2_200
"""Who shows a ticket again takes it away first: the same code within 2 s is the same reading to a scanner."""
PATIENCE = 40
"""So many looks at the screen before somebody gives up."""
WORTH = ((30, 0), (60, 0), (120, 0), (0, 200), (0, 500), (0, 2000))
"""Of coupons: minutes, amount."""
POCKET_MINOR = NOTES_MINOR[:5]
"""What most people have on them."""


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
            screen is not None and screen.notice is not None and was_refused(screen.notice.key)
        ):
            return


def was_refused(key: str) -> bool:
    """For good: showing it once more helps nothing."""
    return key in (
        "refused.already_paid",
        "refused.in_future",
        "refused.unknown_tariff",
        "refused.paid_elsewhere",
        "refused.nothing_to_pay",
        "refused.nothing_owed",
    )


def pay(world: VirtualWorld, dice: random.Random, code: str, *, look_ms: int = LOOK_MS, looks: int = PATIENCE) -> Plan:
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
    if screen is None or screen.sale is None or screen.sale.ticket_id != id_of(code):
        return False
    return not screen.sale.paid and screen.state in TAKING_MONEY


def id_of(code: str) -> str:
    """Of a ticket's or coupon's code, or of a stay."""
    if code.startswith(BILL_MAGIC):
        return f"{BILL_ID}{code.split('.')[1]}"
    return code.split(".")[1] if "." in code else code


def new_coupon(world: VirtualWorld, dice: random.Random) -> str:
    """The code of a coupon of any worth; one in ten has expired."""
    return world.coupon(*dice.choice(WORTH), good_for_ms=-HOUR_MS if dice.random() < 0.1 else DAY_MS)
