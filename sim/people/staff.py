"""People with a key to an unattended kiosk: they put right what stands in the way, empty the box, set limits anew, try it out.

One presses everything.
"""

import random
from collections.abc import Callable

from sim.kiosk import NOTES_MINOR, changed_limits, rules
from sim.machine import DAY_MS, HOUR_MS
from sim.people.hands import heal, needs_opening, open_cover, pull_back, remove_box, replace_box
from sim.people.plan import Plan
from sim.world import VirtualWorld
from terminal.fsm.events import CancelPressed, LanguageChosen, RulesChanged, StaffAct, StaffActed
from terminal.fsm.policy import RESTING
from terminal.fsm.window_policy import receipts_left

IN_SERVICE: tuple[StaffAct, ...] = ("sign_in_failed", "sign_in", "close", "test_print")
"""What a technician does before leaving the terminal as it was."""


def mechanic(world: VirtualWorld, dice: random.Random) -> Plan:
    """Puts right whatever stands in the way, now and then; what is inside is reached by the service door."""
    while True:
        yield dice.choice((20_000, 60_000, 120_000))
        if needs_opening(world) and dice.random() < 0.7:
            world.set_door(True)
            yield dice.choice((1_000, 8_000))
            heal(world)
            yield dice.choice((0, 5_000))
        heal(world)
        world.set_door(False)


def office(world: VirtualWorld, dice: random.Random) -> Plan:
    """Looks now and then what a window needs: whatever is broken is put right, and receipt numbers are given before they are used
    up, or a little late."""
    while True:
        yield dice.choice((20_000, 60_000, 120_000))
        heal(world)
        screen = world.screen
        if screen is not None and screen.rules.window is not None:
            left = receipts_left(screen)
            if left == 0 or (left < 20 and dice.random() < 0.005):
                world.ranges += 1
                world.say(RulesChanged(rules(world.fittings, world.ranges)))
                yield 5_000


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
