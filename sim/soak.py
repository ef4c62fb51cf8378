"""The soak: days of a virtual car park under faults, and after each payer the promises.

Each payer begins at a terminal that serves, and is followed until it serves again; then the checkers look. A terminal that is not
back within `BACK_MS`, with somebody putting right what is in its way, has broken a promise too.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from sim.checkers import Ledger, broken
from sim.faults import Profile
from sim.people import heal, mechanic, payer
from sim.trace import Trace
from sim.world import DAY_MS, VirtualWorld
from terminal.store.record import Record

BACK_MS = 1_800_000
"""So long a terminal may take to serve again after a payer, whatever happened."""
LOOK_MS = 500
POINTS_MAX = 400
"""A death comes within so many points: a sale of one note has about as many."""


class Found(msgspec.Struct):
    """What a soak came to. `broken` is what did not hold, first of all; the soak ends there."""

    seed: int
    payers: int = 0
    days: float = 0.0
    deaths: int = 0
    events: int = 0
    paid: int = 0
    notes: int = 0
    disputed: int = 0
    faults: dict[str, int] = {}
    broken: list[str] = []


class Soak:
    """One seed's life."""

    def __init__(self, seed: int, profile: Profile, sales_per_day: int, trace: Trace | None = None) -> None:
        self.ledger = Ledger()
        self._trace = trace
        self.world = VirtualWorld(seed, profile, self._durable)
        self.world.died = lambda death: self._tell(f"the terminal is dead: {death}")
        self.struck: Counter[str] = Counter()
        self._seed = seed
        self._pause_ms = DAY_MS // sales_per_day
        self._chance = random.Random(f"faults of {seed}")
        for name in profile.__struct_fields__:
            if name != "lines" and getattr(profile, name):
                self._await(name, getattr(profile, name))
        self.world.live(mechanic(self.world))

    def run(self, days: float, say: Callable[[float], None]) -> Found:
        """Live so many days, or to the first broken promise. `say` is told how many have passed."""
        world, found = self.world, Found(self._seed)
        wrong = [] if self._back() else ["service: the terminal does not begin to serve"]
        while not wrong and world.now_ms < days * DAY_MS:
            world.run_until(world.now_ms + int(self._chance.expovariate(1 / self._pause_ms)) + LOOK_MS)
            self._serve(payer(world))
            wrong = list(self._judge())
            found.payers += 1
            say(world.now_ms / DAY_MS)
        world.close()
        ledger = self.ledger
        found.days, found.deaths, found.events = world.now_ms / DAY_MS, world.deaths, ledger.events
        found.paid, found.notes, found.disputed = len(ledger.paid()), sum(ledger.in_box.values()), len(ledger.disputed)
        found.faults, found.broken = dict(self.struck), wrong
        return found

    def _durable(self, records: list[Record]) -> None:
        self.ledger.take(records)
        if self._trace is not None:
            self._trace.events(self.world.now_ms if records[0].seq > 1 else 0, records)

    def _tell(self, what: str) -> None:
        if self._trace is not None:
            self._trace.fault(self.world.now_ms, what)

    def _serve(self, plan: Iterator[int]) -> None:
        for wait_ms in plan:
            self.world.run_until(self.world.now_ms + wait_ms)

    def _back(self) -> bool:
        give_up_ms = self.world.now_ms + BACK_MS
        while not self.world.serving() and self.world.now_ms < give_up_ms:
            self.world.run_until(self.world.now_ms + LOOK_MS)
        return self.world.serving()

    def _judge(self) -> Iterator[str]:
        if not self._back():
            world = self.world.screen
            yield f"service: not back after {BACK_MS // 60_000} minutes, {world and (world.state, world.devices)}"
        yield from broken(self.world, self.ledger)

    # --- faults ---------------------------------------------------------------------------------------------------
    def _await(self, name: str, per_day: float) -> None:
        in_ms = int(self._chance.expovariate(per_day / DAY_MS))
        self.world.at(in_ms, partial(self._strike, name, per_day))

    def _strike(self, name: str, per_day: float) -> None:
        self.struck[name.replace("_", "-")] += 1
        self._tell(name.replace("_", "-"))
        STRIKES[name](self.world, self._chance)
        self._await(name, per_day)


def _die(death: str, world: VirtualWorld, chance: random.Random) -> None:
    world.cut_after(chance.randint(1, POINTS_MAX), death)  # type: ignore[arg-type]


def _validator_reboot(world: VirtualWorld, chance: random.Random) -> None:
    world.validator.lose_power(world.now_ms)
    world.at(chance.randint(100, 10_000), lambda: world.validator.restore_power(world.now_ms))


def _printer_reboot(world: VirtualWorld, chance: random.Random) -> None:
    world.paper.lose_power()
    world.board.advance(world.now_ms)

    def back() -> None:
        world.paper.restore_power()
        world.board.advance(world.now_ms)

    world.at(chance.randint(100, 10_000), back)


def _unplug(world: VirtualWorld, chance: random.Random) -> None:
    cable = world.cables[chance.choice(sorted(world.cables))]
    cable.unplug()
    world.at(chance.randint(100, 30_000), lambda: heal(world))


def _jam(world: VirtualWorld, chance: random.Random) -> None:
    world.mechanics.jam(world.now_ms)


def _paper(world: VirtualWorld, chance: random.Random) -> None:
    world.paper.paper_ends_in(chance.choice((0.0, 5.0, 40.0, 90.0)))
    world.board.advance(world.now_ms)


def _cover(world: VirtualWorld, chance: random.Random) -> None:
    world.paper.open_cover()
    world.board.advance(world.now_ms)


def _clock_step(world: VirtualWorld, chance: random.Random) -> None:
    world.step_wall_clock(chance.choice((-90_000, 90_000, 5_000)))


STRIKES: dict[str, Callable[[VirtualWorld, random.Random], None]] = {
    "kill": partial(_die, "kill"),
    "power_cut": partial(_die, "power_cut"),
    "blackout": partial(_die, "blackout"),
    "validator_reboot": _validator_reboot,
    "printer_reboot": _printer_reboot,
    "unplug": _unplug,
    "jam": _jam,
    "paper": _paper,
    "cover": _cover,
    "clock_step": _clock_step,
}
"""What each fault of the profile does."""
