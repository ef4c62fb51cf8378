"""What whoever works at a window does with keys and hands: signs in, presses, looks what came of it, opens the drawer.

Nobody trusts a key that was pressed: the screen tells whether an act was done. After a power cut the PIN comes first, then a look
at the screen, and only what is not there is done again.
"""

import random
from collections.abc import Callable, Generator
from typing import NamedTuple, TypeVar

from sim.world import VirtualWorld
from terminal.fsm.events import Event, StaffActed
from terminal.fsm.states import DrawerState, ShiftState
from terminal.fsm.window_events import WindowUnlocked
from terminal.fsm.world import World
from terminal.pump import Pump

NOT_OPENED = ("drawer_stuck", "drawer_failed", "opening_in_doubt")
"""Alerts that say so."""

T = TypeVar("T")
Doing = Generator[int, None, T]
"""A plan that comes to something."""

COLLECTORS = ("li", "zhao", "qian")
SUPERVISOR = "wang"

LOOK_MS = 1_500
PIN_MS = 900
PATIENCE = 40
"""So often somebody presses or looks before giving up."""
DARK = 1_200
"""So many looks at a dark screen: half an hour."""
DRAWER_MS = 500
DRAWER_LOOKS = 9
"""A drawer that has not opened by then gets the key; the terminal has noticed before."""


def title(who: str) -> str:
    """What people call somebody."""
    return who.title()


def seen(world: VirtualWorld) -> World:
    """What the screen shows, which is not dark."""
    assert world.screen is not None
    return world.screen


def back(world: VirtualWorld, who: str) -> Doing[World]:
    """Wait until the screen shows something; where it wants the PIN of this one, type it."""
    for _ in range(DARK):
        screen = world.screen
        if screen is None:
            yield LOOK_MS
            continue
        shift = screen.window.shift
        if screen.shift is not ShiftState.LOCKED or shift is None or shift.who != who:
            return screen
        world.say(StaffActed(who, "sign_in"))
        world.say(WindowUnlocked(who))
        yield PIN_MS
    raise AssertionError("the screen stays dark, or wants the PIN again and again")


def press(world: VirtualWorld, who: str, event: Event, sign: Callable[[World], object]) -> Doing[str]:
    """Press until `sign`, which looks at the screen, says something else: "". Or why it is refused; "?": nothing is known."""
    before = sign((yield from back(world, who)))
    for _ in range(PATIENCE):
        pump, told = world.pump, seen(world).window.told
        world.say(event)
        yield LOOK_MS
        screen = yield from back(world, who)
        if sign(screen) != before:
            return ""
        now_told = screen.window.told
        if pump is world.pump and now_told is not None and now_told is not told and now_told.key.startswith("refused."):
            return now_told.key.removeprefix("refused.")
    return "?"


# --- the drawer ---------------------------------------------------------------------------------------------------
class Order(NamedTuple):
    """How things were before something was pressed that opens the drawer."""

    pump: Pump | None
    alarms: int
    openings: int
    looked_shut: bool
    """The screen said so: of an order for a drawer that it believes to be open, the terminal can not tell what came of it."""


def before_order(world: VirtualWorld) -> Order:
    """To be kept for `open_drawer`."""
    shut = world.screen is not None and world.screen.drawer is DrawerState.SHUT
    return Order(world.pump, world.counter.alarms(*NOT_OPENED), world.drawer_openings, shut)


def open_drawer(world: VirtualWorld, order: Order | None = None) -> Doing[None]:
    """It was ordered: take what opens, or the key. Where the terminal could see that it did not open, people must be told."""
    drawer, desk = world.paper.drawer, world.counter
    well = watched(world)
    for _ in range(DRAWER_LOOKS):
        if drawer.is_open:
            return
        yield DRAWER_MS
        well = well and watched(world)
    if well and order is not None and order.looked_shut and order[:3] == before_order(world)[:3]:
        desk.wrong.append("drawer: it was ordered and did not open, and nobody was told")
    yield from use_key(world)


def use_key(world: VirtualWorld) -> Doing[None]:
    """Open it by hand."""
    world.paper.drawer.unlock()
    yield DRAWER_MS


def shut_drawer(world: VirtualWorld, dice: random.Random) -> Doing[None]:
    """Push it shut; now and then not, and then people must be called."""
    drawer, desk = world.paper.drawer, world.counter
    if dice.random() < 0.01:
        pump, alarms, well = world.pump, desk.alarms("drawer_left_open"), watched(world)
        for _ in range(20):
            yield 4_000
            well = well and watched(world) and drawer.is_open
        if well and pump is world.pump and desk.alarms("drawer_left_open") == alarms:
            desk.wrong.append("drawer: it stood open for 80 s, and nobody was told")
    drawer.push_shut()


def watched(world: VirtualWorld) -> bool:
    """The terminal can see the drawer: its switch, its printer and all between are well."""
    screen = world.screen
    return (
        screen is not None
        and world.fittings.drawer_sensor
        and world.paper.drawer.connected
        and world.cables["printer"].plugged
        and world.paper.powered
        and not any(screen.devices.values())
    )
