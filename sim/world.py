"""The virtual world: one kiosk with all its devices, driven by one seed, many times faster than life.

The program in it is the real one: `step`, journal, recovery, engines and pump, with other ends plugged in. Its ports are
bad lines to the device models (`sim/wire.py`), its disk forgets (`sim/disk.py`), its clock jumps from event to event. There is
no thread, no real time and no chance but the one generator `dice`, so the same seed gives the same life, byte for byte.

The power can go at any *point*: when bytes are read or written, and before each sync. What the disk holds then is decided at
that very moment; the program is gone before it says another byte.

Stretches in which nobody is there and nothing is due are skipped: the clock jumps to shortly before the next thing that
happens. What an idle terminal says to its devices is still simulated around them, only less often.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from sim.devices.barrier import Barrier, BarrierEngine
from sim.devices.bill_validator import Bill, BillValidator
from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from sim.devices.scanner import SerialScanner as ScannerModel
from sim.devices.ssp import SspSlave
from sim.disk import Disk, Image
from sim.faults import Profile
from sim.wire import Faults as LineFaults
from sim.wire import Wire
from terminal.clock import Instant
from terminal.errors import PortError
from terminal.fees.parking import ParkingTariff
from terminal.fsm.events import Started
from terminal.fsm.policy import RESTING
from terminal.fsm.rules import Rules
from terminal.fsm.states import SaleState
from terminal.fsm.world import World, new_world
from terminal.hw.port import Port
from terminal.hw.printer import EscposPrinter
from terminal.hw.receipt import Letterhead, render
from terminal.hw.scanner import SerialScanner
from terminal.hw.validators.ssp import SspValidator
from terminal.pay.signing import sign
from terminal.pay.tickets import make_ticket
from terminal.pump import Line, Pump, replay
from terminal.store.journal import Journal
from terminal.store.record import SELECT, Record, read_row

KEY = b"the key of a virtual car park"
WALL_MS = 1_770_000_000_000
"""The wall time at which a world begins."""
DAY_MS = 86_400_000
JOURNAL = Path("journal.db")
NOTES_MINOR = (100, 500, 1000, 2000, 5000, 10000)
RULES = Rules(
    terminal_id="k01",
    site="lot-a",
    currency="CNY",
    language="en",
    timezone="Asia/Shanghai",
    tariffs={"T1": ParkingTariff(kind="parking", free_minutes=15, per_hour_minor=500, day_cap_minor=4000)},
    devices=("validator", "scanner", "printer", "barrier"),
)
LETTERHEAD = Letterhead(site="lot-a", terminal_id="k01", currency="CNY", timezone="Asia/Shanghai")

WORTH_SKIPPING_MS = 10_000
BEFORE_EVENTS_MS = 4_000
"""The clock stops so long before what comes next: a few polls, so that everything is in its usual course."""
STUCK = 10_000
"""So many passes without time going on are a bug."""

Death = Literal["kill", "power_cut", "blackout"]


class Cut(BaseException):
    """The program is gone. Nothing in it may catch this."""


class Device(Protocol):
    """The wire side of a model."""

    @property
    def wake_at_ms(self) -> int | None:
        """When it moves by itself."""

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Bytes from the terminal."""

    def data_to_send(self) -> bytes:
        """Bytes for the terminal."""

    def handle_timer(self, now_ms: int) -> None:
        """`wake_at_ms` has come."""


class Cable:
    """A device and the two directions of its line; unplugged, the port is gone."""

    def __init__(self, device: Device, to_device: LineFaults, to_terminal: LineFaults, dice: random.Random) -> None:
        self.device = device
        self.to_device = Wire(to_device, dice)
        self.to_terminal = Wire(to_terminal, dice)
        self.plugged = True
        self.opened = False
        """Somebody reads at the other end; what comes while nobody does is lost."""

    def wake_at_ms(self) -> int | None:
        """When something arrives at either end, or the device moves by itself."""
        times = (self.to_device.next_at_ms(), self.to_terminal.next_at_ms(), self.device.wake_at_ms)
        return min((at_ms for at_ms in times if at_ms is not None), default=None)

    def turn(self, now_ms: int) -> None:
        """Let the device hear, move and answer."""
        heard = self.to_device.arrived(now_ms)
        if heard:
            self.device.receive_data(heard, now_ms)
        if self.device.wake_at_ms is not None and self.device.wake_at_ms <= now_ms:
            self.device.handle_timer(now_ms)
        said = self.device.data_to_send()
        if said and self.plugged:
            self.to_terminal.send(said, now_ms)
        if not self.opened:
            self.to_terminal.arrived(now_ms)

    def idle(self) -> bool:
        """No byte is under way."""
        return self.to_device.next_at_ms() is None and self.to_terminal.next_at_ms() is None

    def unplug(self) -> None:
        """Pull the plug; what was under way is lost."""
        self.plugged = False
        self.to_device.drop()
        self.to_terminal.drop()


class VirtualPort:
    """The terminal's end of a cable."""

    def __init__(self, world: "VirtualWorld", cable: Cable) -> None:
        self._world = world
        self._cable = cable

    def fileno(self) -> int | None:
        """There is nothing to wait on: the world knows when bytes arrive."""
        return None

    def read(self) -> bytes:
        """What has arrived."""
        if not self._cable.plugged:
            raise PortError("unplugged")
        data = self._cable.to_terminal.arrived(self._world.now_ms)
        if data:
            self._world.point()
        return data

    def write(self, data: bytes) -> int:
        """All of it, unless the power goes."""
        self._world.point()
        if not self._cable.plugged:
            raise PortError("unplugged")
        self._cable.to_device.send(data, self._world.now_ms)
        return len(data)

    def close(self) -> None:
        """The cable stays where it is."""
        self._cable.opened = False


class WatchedJournal(Journal):
    """A journal that tells the world what has become durable, as soon as its commit has returned."""

    told: Callable[[list[Record]], None]
    waiting: list[Record]

    def records_after(self, seq: int) -> list[Record]:
        """What the file holds beyond an event."""
        rows = self._connection.execute(f"{SELECT} WHERE seq > ? ORDER BY seq", (seq,))
        return [read_row(columns).record() for columns in rows]

    def append(self, record: Record) -> None:
        """As always, and remembered."""
        super().append(record)
        self.waiting.append(record)

    def commit(self, world: msgspec.Struct | None = None) -> None:
        """As always, and told."""
        super().commit(world)
        done, self.waiting = self.waiting, []
        if done:
            self.told(done)


class VirtualWorld:
    """See the top of this file. `durable` is told all records that a commit has acknowledged, and after each start those
    that survived without the program having heard of it."""

    def __init__(self, seed: int, profile: Profile, durable: Callable[[list[Record]], None]) -> None:
        self.dice = random.Random(seed)
        self.profile = profile
        self.now_ms = 0
        self.deaths = 0
        self.lost: list[str] = []
        """Acknowledged events that did not survive, in words."""
        self.died: Callable[[Death], None] = lambda death: None
        """Told when the terminal has died."""
        self.pump: Pump | None = None
        self.mechanics = BillValidator(NOTES_MINOR)
        self.validator = SspSlave(self.mechanics)
        self.paper = ReceiptPrinter()
        self.board = EscposBoard(self.paper)
        self.scanner = ScannerModel()
        self.barrier = Barrier()
        lines, late = profile.lines, LineFaults(split=profile.lines.split, delay_ms=profile.lines.delay_ms)
        self.cables = {
            "validator": Cable(self.validator, lines, lines, self.dice),
            "printer": Cable(self.board, late, lines, self.dice),
            "scanner": Cable(self.scanner, late, late, self.dice),
        }
        self.tickets = itertools.count(1)
        self._durable = durable
        self._durable_seq = 0
        self._wall_offset_ms = 0
        self._began_ms = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._disk = Disk(f"virtual-{seed}-{id(self)}")
        self._disk.before_sync = partial(self.point, in_disk=True)
        self._journal: WatchedJournal | None = None
        self._death: Death = "kill"
        self._points_left: int | None = None
        self._image: Image | None = None
        self._boot()

    # --- time -----------------------------------------------------------------------------------------------------
    def now(self) -> Instant:
        """The terminal's two clocks."""
        return Instant(WALL_MS + self.now_ms + self._wall_offset_ms, self.now_ms - self._began_ms)

    def step_wall_clock(self, by_ms: int) -> None:
        """NTP, or somebody with a screwdriver."""
        self._wall_offset_ms += by_ms

    def at(self, in_ms: int, do: Callable[[], None]) -> None:
        """Have something happen later."""
        heapq.heappush(self._due, (self.now_ms + in_ms, next(self._numbers), do))

    def live(self, plan: Iterator[int]) -> None:
        """Let somebody act by a plan: it yields for how many milliseconds to wait before it goes on."""
        wait_ms = next(plan, None)
        if wait_ms is not None:
            self.at(wait_ms, partial(self.live, plan))

    def run_until(self, until_ms: int) -> None:
        """Let the time pass."""
        stuck = 0
        while True:
            at_ms = max(self.now_ms, min(self._next_ms(), until_ms))
            stuck = stuck + 1 if at_ms == self.now_ms else 0
            assert stuck < STUCK, "time stands still"
            self.now_ms = at_ms
            for cable in self.cables.values():
                cable.turn(at_ms)
            while self._due and self._due[0][0] <= at_ms:
                heapq.heappop(self._due)[2]()
            self._tick()
            if self.now_ms >= until_ms:
                return
            self._skip(until_ms)

    def _next_ms(self) -> int:
        times = [cable.wake_at_ms() for cable in self.cables.values()]
        times.append(self._due[0][0] if self._due else None)
        if self.pump is not None:
            wake_at_ms = self.pump.wake_at_ms()
            times.append(None if wake_at_ms is None else wake_at_ms + self._began_ms)
        return min((at_ms for at_ms in times if at_ms is not None), default=self.now_ms + DAY_MS)

    def _skip(self, until_ms: int) -> None:
        next_ms = min(self._due[0][0] if self._due else until_ms, until_ms)
        if next_ms - self.now_ms > WORTH_SKIPPING_MS and self.at_rest() and self._points_left is None:
            self.now_ms = next_ms - BEFORE_EVENTS_MS

    # --- the terminal ---------------------------------------------------------------------------------------------
    @property
    def screen(self) -> World | None:
        """What a person can see; None: the screen is dark."""
        return self.pump.world if self.pump is not None else None

    def at_rest(self) -> bool:
        """Nobody is served, nothing moves, nothing is under way."""
        world = self.screen
        return (
            world is not None
            and world.state in RESTING
            and world.wake_at_ms is None
            and not world.pending
            and not world.jobs
            and self.mechanics.bill is None
            and not self.paper.working
            and all(cable.idle() for cable in self.cables.values())
        )

    def serving(self) -> bool:
        """Ready for the next payer."""
        return self.at_rest() and self.screen is not None and self.screen.state is SaleState.IDLE

    def _boot(self) -> None:
        self._began_ms = self.now_ms
        try:
            journal = WatchedJournal.open(JOURNAL, connect=self._disk.connect)
            self._journal = journal
            journal.told, journal.waiting = self._tell, []
            saved, records = journal.load(World)
            world = replay(saved or new_world(), records)
            self._tell_survivors(journal)
            self.pump = Pump(world, journal, self._lines(), self, KEY, lambda _: None)
            self.pump.begin(Started("virtual", RULES))
        except Cut:
            self._die()

    def _lines(self) -> list[Line]:
        printer = EscposPrinter(partial(render, letterhead=LETTERHEAD, sign=partial(sign, KEY)))
        return [
            Line(SspValidator("CNY"), partial(self._open, "validator")),
            Line(SerialScanner(), partial(self._open, "scanner")),
            Line(printer, partial(self._open, "printer")),
            Line(BarrierEngine(self.barrier, self.point), None),
        ]

    def _open(self, device: str) -> Port:
        cable = self.cables[device]
        if not cable.plugged:
            raise PortError("unplugged")
        cable.to_terminal.drop()
        cable.opened = True
        return VirtualPort(self, cable)

    def _tick(self) -> None:
        if self.pump is not None:
            try:
                self.pump.tick()
            except Cut:
                self._die()

    def _tell(self, records: list[Record]) -> None:
        if self._image is None:  # else the machine is dead already, and nobody has heard of this commit
            self._durable_seq = records[-1].seq
            self._durable(records)

    def _tell_survivors(self, journal: WatchedJournal) -> None:
        """Commits that survived although the program never heard about them."""
        survivors = journal.records_after(self._durable_seq)
        if journal.seq < self._durable_seq:
            self.lost.append(f"events {journal.seq + 1} to {self._durable_seq} were acknowledged and are gone")
        if survivors:
            self._tell(survivors)

    # --- the power ------------------------------------------------------------------------------------------------
    def cut_after(self, points: int, death: Death) -> None:
        """The program dies at the so-manieth point from now, unless it dies before."""
        if self._points_left is None:
            self._points_left, self._death = points, death

    def point(self, in_disk: bool = False) -> None:
        """The power may go here. SQLite can not be left in its middle, so `in_disk` only decides what the disk holds."""
        if self._points_left is None:
            return
        self._points_left -= 1
        if self._points_left <= 0 and self._image is None:
            self._image = self._what_is_left()
        if self._image is not None and not in_disk:
            raise Cut

    def _what_is_left(self) -> Image:
        if self._death == "kill":
            return self._disk.seen()
        return self.dice.choice(list(self._disk.moment().states(6, self.dice)))

    def _die(self) -> None:
        assert self._image is not None
        image = self._image
        if self._journal is not None:
            self._journal.close()
        self._disk.start(image)
        self.pump = self._journal = self._image = self._points_left = None
        for cable in self.cables.values():
            cable.opened = False
        self.deaths += 1
        self.died(self._death)
        if self._death == "blackout":
            self.lose_devices()
            self.at(2_000, self.restore_devices)
        self.at(self.dice.choice((500, 3_000, 60_000)), self._boot)

    def lose_devices(self) -> None:
        """All devices lose their power."""
        self.validator.lose_power(self.now_ms)
        self.paper.lose_power()
        self.board.advance(self.now_ms)

    def restore_devices(self) -> None:
        """… and have it back."""
        self.validator.restore_power(self.now_ms)
        self.paper.restore_power()
        self.board.advance(self.now_ms)

    # --- what people do -------------------------------------------------------------------------------------------
    def ticket(self, stayed_ms: int) -> str:
        """A genuine ticket of a car that came so long ago."""
        entered_s = (WALL_MS + self.now_ms - stayed_ms) // 1000
        return make_ticket(KEY, f"T{next(self.tickets)}", entered_s, "T1")

    def insert(self, amount_minor: int) -> Bill | None:
        """Offer a note; None: the slot does not take it."""
        known = len(self.mechanics.bills)
        if not self.mechanics.insert_bill(amount_minor, self.now_ms):
            return None
        return self.mechanics.bills[known]

    def close(self) -> None:
        """The end of this world."""
        if self._journal is not None:
            self._journal.close()
        self._disk.unregister()
