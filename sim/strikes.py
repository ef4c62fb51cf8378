"""What each fault of the model does when it strikes; what it breaks, time or the mechanic (`people.hands.heal`) puts right."""

import random
from collections.abc import Callable
from functools import partial

from sim.disk import Fault
from sim.kiosk import NOTES_MINOR
from sim.people.hands import heal, open_cover, pull_back, remove_box
from sim.people.staff import meddler
from sim.power import Countdown, Death
from sim.world import VirtualWorld

Strike = Callable[[VirtualWorld, random.Random], None]

STEPS_MAX, BYTES_MAX = 500, 6_000
"""A death comes within so many points: a sale of two notes with its papers has about as many; …"""
DEATH_MS = 60_000
"""… or so long afterwards."""
START_STEPS_MAX, RECOVERY_STEPS_MAX = 25, 150
"""A second one comes within so many: in the start, or while the devices tell what has become of things."""
DEATHS: tuple[Death, ...] = ("kill", "power_cut", "blackout")
AWAY_MS = (100, 10_000)
"""How long a device is without power."""


def die(death: Death, world: VirtualWorld, dice: random.Random) -> None:
    """The program dies at some point from now, at any byte or between them."""
    bytewise = dice.random() < 0.3
    world.cut(Countdown(death, dice.randrange(BYTES_MAX if bytewise else STEPS_MAX), bytewise, dice), DEATH_MS)


def die_again(world: VirtualWorld, dice: random.Random) -> None:
    """The program has just died, and will once more while it recovers."""
    points = dice.choice((START_STEPS_MAX, RECOVERY_STEPS_MAX))
    world.cut(Countdown(dice.choice(DEATHS), dice.randrange(points), False, dice))


def validator_reboot(world: VirtualWorld, dice: random.Random) -> None:
    """Its power goes, and comes back."""

    def back() -> None:
        world.validator.restore_power(world.now_ms)
        world.rouse("validator")

    world.validator.lose_power(world.now_ms)
    world.rouse("validator")
    world.at(dice.randint(*AWAY_MS), back)


def printer_reboot(world: VirtualWorld, dice: random.Random) -> None:
    """Its power goes, and comes back."""

    def back() -> None:
        world.paper.restore_power()
        world.printer_moved()

    world.paper.lose_power()
    world.printer_moved()
    world.at(dice.randint(*AWAY_MS), back)


def unplug(world: VirtualWorld, dice: random.Random) -> None:
    """Some cable is out."""
    name = dice.choice(sorted(world.cables))
    cable = world.cables[name]

    def plug() -> None:
        cable.plugged = True

    cable.unplug()
    world.rouse(name)
    world.at(dice.randint(100, 30_000), plug)


def jam(world: VirtualWorld, dice: random.Random) -> None:
    """Something is stuck in the validator."""
    world.mechanics.jam(world.now_ms)
    world.rouse("validator")


def box_full(world: VirtualWorld, dice: random.Random) -> None:
    """No further note has room."""
    world.mechanics.fill_box()
    world.rouse("validator")


def box_pulled(world: VirtualWorld, dice: random.Random) -> None:
    """The cash box is out; the mechanic brings it back."""
    remove_box(world)


def swap(world: VirtualWorld, dice: random.Random) -> None:
    """Another validator takes the place of this one; what is inside is dealt with as in a jam."""

    def put_in() -> None:
        world.validator.restore_power(world.now_ms)
        world.rouse("validator")

    world.validator.lose_power(world.now_ms)
    world.mechanics.clear_jam(world.now_ms)
    world.validator.replace_unit()  # at once: a power cut that ends meanwhile must not wake the one that was taken out
    world.rouse("validator")
    world.at(10_000, put_in)


def cheat(world: VirtualWorld, dice: random.Random) -> None:
    """Whatever is inside is pulled out again; else paper goes in."""
    if world.mechanics.bill is None:
        world.insert(dice.choice(NOTES_MINOR), genuine=False)
    else:
        pull_back(world)


def paper(world: VirtualWorld, dice: random.Random) -> None:
    """The roll ends here or a little later."""
    world.paper.paper_ends_in(dice.choice((0.0, 5.0, 40.0, 90.0, 150.0)))
    world.printer_moved()


def cover(world: VirtualWorld, dice: random.Random) -> None:
    """The printer is opened."""
    open_cover(world)


def cutter(world: VirtualWorld, dice: random.Random) -> None:
    """The cutter blocks."""
    world.paper.jam_cutter()
    world.printer_moved()


def head_hot(world: VirtualWorld, dice: random.Random) -> None:
    """The head must cool down."""
    world.paper.overheat()
    world.printer_moved()


def when_paying(do: Strike, world: VirtualWorld, dice: random.Random) -> None:
    """Lie in wait for the change giver to pay, for a minute at the most; sometimes the terminal dies with it."""

    def wait(tries: int) -> None:
        if world.change_giver.paying or not tries:
            world.struck(do.__name__)
            do(world, dice)
            world.stir()
            if dice.random() < 0.5:
                world.cut(Countdown(dice.choice(DEATHS), dice.randrange(10), False, dice))
        else:
            world.at(200, lambda: wait(tries - 1))

    if world.fittings.payout_limit_minor:
        wait(300)


def giver_reboot(world: VirtualWorld, dice: random.Random) -> None:
    """Its power goes, and comes back."""

    def back() -> None:
        world.change_giver.restore_power(world.now_ms)
        world.stir()

    world.change_giver.lose_power(world.now_ms)
    world.at(dice.randint(*AWAY_MS), back)


def giver_jam(world: VirtualWorld, dice: random.Random) -> None:
    """A coin is stuck."""
    world.change_giver.jam(world.now_ms)


def giver_empty(world: VirtualWorld, dice: random.Random) -> None:
    """Nothing is left to pay out."""
    world.change_giver.empty()


def giver_forgets(world: VirtualWorld, dice: random.Random) -> None:
    """It does not know any more what it paid last."""
    world.change_giver.forget()


def drawer_stuck(world: VirtualWorld, dice: random.Random) -> None:
    """Its magnet is too weak, or something lies in the way; a push helps in the end."""

    def well() -> None:
        world.paper.drawer.stuck = False

    world.paper.drawer.stuck = True
    world.at(dice.choice((10_000, 120_000)), well)


def drawer_cable(world: VirtualWorld, dice: random.Random) -> None:
    """Neither pulse nor switch."""

    def plug() -> None:
        world.paper.drawer.connected = True
        world.printer_moved()

    world.paper.drawer.connected = False
    world.printer_moved()
    world.at(dice.choice((3_000, 120_000)), plug)


def drawer_key(world: VirtualWorld, dice: random.Random) -> None:
    """Somebody has a look into the drawer."""

    def shut() -> None:
        world.paper.drawer.push_shut()

    world.paper.drawer.unlock()
    world.at(dice.choice((2_000, 15_000)), shut)


def wrong_change(world: VirtualWorld, dice: random.Random) -> None:
    """The next payer who gets change gets the wrong."""
    world.counter.gives_wrong_change = True


def scanner_noise(world: VirtualWorld, dice: random.Random) -> None:
    """A loose cable."""
    world.scanner.noise(dice.choice((1, 20, 400)), dice)
    world.rouse("scanner")


def door(world: VirtualWorld, dice: random.Random) -> None:
    """Somebody looks inside."""
    world.set_door(True)
    world.at(dice.choice((1_000, 10_000)), lambda: world.set_door(False))


def clock_step(world: VirtualWorld, dice: random.Random) -> None:
    """NTP, or a hand."""
    world.step_wall_clock(dice.choice((-90_000, 90_000, 5_000, -1_999)))


def dead_rtc(world: VirtualWorld, dice: random.Random) -> None:
    """The battery of the clock is empty."""
    world.rtc_is_dead = True


def disk_fault(fault: Fault, world: VirtualWorld, dice: random.Random) -> None:
    """The disk refuses, for a while."""

    def well() -> None:
        if world.disk.fault == fault:
            world.disk.fault = "none"

    world.disk.fault = fault
    world.at(dice.choice((3_000, 60_000)), well)


def disk_slow(world: VirtualWorld, dice: random.Random) -> None:
    """A card that tidies itself up."""

    def quick() -> None:
        world.disk_is_slow = False

    world.disk_is_slow = True
    world.at(dice.choice((5_000, 30_000)), quick)


def broker_away(world: VirtualWorld, dice: random.Random) -> None:
    """Nobody answers."""
    world.reporting.broker_away(world.now_ms)
    world.at(dice.choice((5_000, 600_000)), lambda: world.reporting.broker_back(world.now_ms))


def broker_slow(world: VirtualWorld, dice: random.Random) -> None:
    """Acknowledgements take seconds."""

    def quick() -> None:
        world.reporting.broker.slow = False

    world.reporting.broker.slow = True
    world.at(dice.choice((20_000, 600_000)), quick)


def broker_twice(world: VirtualWorld, dice: random.Random) -> None:
    """Messages come twice."""

    def once() -> None:
        world.reporting.broker.duplicating = False

    world.reporting.broker.duplicating = True
    world.at(dice.choice((20_000, 600_000)), once)


def broker_restart(world: VirtualWorld, dice: random.Random, keeps_state: bool = True) -> None:
    """It starts anew."""
    world.reporting.broker_restart(world.now_ms, keeps_state=keeps_state)


def consumer_away(world: VirtualWorld, dice: random.Random) -> None:
    """Whoever keeps the books at the other end is switched off for a while."""
    world.reporting.consumer_away(world.now_ms)
    world.at(dice.choice((20_000, 600_000)), lambda: world.reporting.consumer_back(world.now_ms))


def meddles(world: VirtualWorld, dice: random.Random) -> None:
    """Somebody with the key."""
    world.live(meddler(world, dice))


STRIKES: dict[str, Strike] = {
    "kill": partial(die, "kill"),
    "power_cut": partial(die, "power_cut"),
    "blackout": partial(die, "blackout"),
    "validator_reboot": validator_reboot,
    "printer_reboot": printer_reboot,
    "giver_reboot": partial(when_paying, giver_reboot),
    "unplug": unplug,
    "jam": jam,
    "box_full": box_full,
    "box_pulled": box_pulled,
    "swap": swap,
    "cheat": cheat,
    "paper": paper,
    "cover": cover,
    "cutter": cutter,
    "head_hot": head_hot,
    "giver_jam": partial(when_paying, giver_jam),
    "giver_empty": partial(when_paying, giver_empty),
    "giver_forgets": partial(when_paying, giver_forgets),
    "scanner_noise": scanner_noise,
    "door": door,
    "clock_step": clock_step,
    "dead_rtc": dead_rtc,
    "disk_full": partial(disk_fault, "full"),
    "disk_read_only": partial(disk_fault, "read_only"),
    "disk_fails": partial(disk_fault, "sync_fails"),
    "disk_slow": disk_slow,
    "broker_away": broker_away,
    "broker_slow": broker_slow,
    "broker_twice": broker_twice,
    "broker_restart": broker_restart,
    "broker_forgets": partial(broker_restart, keeps_state=False),
    "consumer_away": consumer_away,
    "meddler": meddles,
    "drawer_stuck": drawer_stuck,
    "drawer_cable": drawer_cable,
    "drawer_key": drawer_key,
    "wrong_change": wrong_change,
}
"""By the names of the profile's fields."""
LIE_IN_WAIT = {*DEATHS, "giver_reboot", "giver_jam", "giver_empty", "giver_forgets"}
"""These strike some time after they were let loose, and say so."""


def put_right(world: VirtualWorld) -> None:
    """The end of all faults: everything is well from now on, so that the terminal can come back."""
    heal(world)
    world.set_door(False)
    world.paper.drawer.stuck, world.paper.drawer.connected = False, True
    world.paper.drawer.push_shut()
    world.disk.fault, world.disk_is_slow, world.rtc_is_dead = "none", False, False
    world.reporting.mend(world.now_ms)
