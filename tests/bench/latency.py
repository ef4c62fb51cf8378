"""From the last byte of a device's message to the new view, with everything durable: a credit, and a priced ticket.

The real pump, journal, engines and view; the devices are the rig's models at the other ends of the ports, in the same process,
and time is virtual, so that a day of payers passes in seconds. What is timed is one real thing: from the beginning of the
pass that finds the last byte of the message in its port, to the commit done and the view made. The way of the bytes over
the wire is not in it (a credit takes about 10 ms at 9600 baud), nor is waking up. After each, one bare INSERT is timed.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec

from sim.devices.bill_validator import BillValidator
from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from sim.devices.ssp import SspSlave
from sim.rig import Model, ScannerOnLine, read_ticket_key, write_configuration
from terminal import devices
from terminal.clock import Instant
from terminal.config import Config, load
from terminal.fsm.events import Started
from terminal.fsm.policy import TAKING_MONEY
from terminal.fsm.states import SaleState
from terminal.fsm.world import World, new_world
from terminal.hw.engine import Engine
from terminal.pay.tickets import make_ticket
from terminal.pump import Line, Pump
from terminal.store.journal import FILE, Journal
from terminal.web.payer.view import view
from tests.bench.measure import BareTable, Finding, Say, percentile, rows_of, worlds_of
from tests.bench.visits import diary_of
from tests.fsm.lives import NOTES_MINOR, WALL_MS

VISITS = 320
"""Two notes and one ticket each; the first `WARM_UP` do not count."""
WARM_UP = 20
STAY_S = 9_000
"""Two and a half hours: 15 yuan, so that two notes of ten are needed."""
NOTE_MINOR = 1000
DEVICES = ("validator", "scanner", "printer")
"""Without pins: they have no bytes."""
AIM_TIMES, AIM_MS = 2.0, 2.0
STEPS_MAX = 2_000
"""More passes than any visit takes."""


class Cable:
    """A port of the terminal with a model at its other end, without any wire between."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._said = bytearray()
        self._heard = bytearray()

    def fileno(self) -> int | None:
        """There is nothing to wait on."""
        return None

    def read(self) -> bytes:
        """What the model has said."""
        data = bytes(self._said)
        self._said.clear()
        return data

    def write(self, data: bytes) -> int:
        """The model will hear it."""
        self._heard += data
        return len(data)

    def close(self) -> None:
        """Nothing is held."""

    def carry(self, now_ms: int) -> None:
        """Let the model hear, move and speak."""
        self.model.handle_timer(now_ms)
        if self._heard:
            self.model.receive_data(bytes(self._heard), now_ms)
            self._heard.clear()
        self._said += self.model.data_to_send()


class Kiosk:
    """A pump with its devices, in virtual time; `priced_ms` and `credited_ms` are what was measured."""

    def __init__(self, folder: Path, config: Config, bare: Callable[[], None]) -> None:
        self.priced_ms: list[float] = []
        self.credited_ms: list[float] = []
        self.bare_ms: list[float] = []
        self.up_ms = 0
        self._key = bytes(config.ticket_key)
        self._bare = bare
        self._validator = BillValidator(NOTES_MINOR, box_capacity=2 * VISITS)
        self._scanner = ScannerOnLine()
        self._cables = [
            Cable(SspSlave(self._validator)), Cable(self._scanner), Cable(EscposBoard(ReceiptPrinter()))
        ]  # fmt: skip
        assert config.validator is not None
        taker = devices.validator(config.terminal.currency, config.validator)
        engines = [taker.engine, devices.scanner(config).engine, devices.printer(config).engine]
        lines = [connect(engine, cable) for engine, cable in zip(engines, self._cables, strict=True)]
        self._journal = Journal.open(folder / FILE)
        self._pump = Pump(new_world(), self._journal, lines, self, self._key, self._committed)
        self._before = self._pump.world
        self._began = 0.0
        self._pump.begin(Started("bench", msgspec.structs.replace(config.rules(), devices=DEVICES)))

    def now(self) -> Instant:
        """The pump's clock."""
        return Instant(WALL_MS + self.up_ms, self.up_ms)

    def visit(self, number: int) -> None:
        """One payer: ticket, two notes, papers, gone."""
        self._until(lambda: self._pump.world.state is SaleState.IDLE)
        self._scanner.scan(make_ticket(self._key, f"A{number}", self.now().wall_ms // 1000 - STAY_S, "T1"))
        self._until(lambda: self._pump.world.state in TAKING_MONEY)
        while self._pump.world.state in TAKING_MONEY:
            self._validator.insert_bill(NOTE_MINOR, self.up_ms)
            self._pass()
        self._until(lambda: self._pump.world.state is SaleState.LEAVING)

    def forget(self) -> None:
        """What was measured so far was only to warm up."""
        for values in (self.priced_ms, self.credited_ms, self.bare_ms):
            values.clear()

    def close(self) -> None:
        """Let go of the file."""
        self._journal.close()

    def _until(self, reached: Callable[[], bool]) -> None:
        for _ in range(STEPS_MAX):
            if reached():
                return
            self._pass()
        raise AssertionError(f"the visit stands still in {self._pump.world.state}: {self._pump.world.devices}")

    def _pass(self) -> None:
        times = [self._pump.wake_at_ms(), *(cable.model.wake_at_ms for cable in self._cables)]
        self.up_ms = max(self.up_ms + 1, min(at_ms for at_ms in times if at_ms is not None))
        for cable in self._cables:
            cable.carry(self.up_ms)
        measured = len(self.priced_ms) + len(self.credited_ms)
        self._began = time.perf_counter()
        self._pump.tick()
        if len(self.priced_ms) + len(self.credited_ms) > measured:
            began = time.perf_counter()
            self._bare()
            self.bare_ms.append((time.perf_counter() - began) * 1000)

    def _committed(self, world: World) -> None:
        view(world, self.now())
        took_ms = (time.perf_counter() - self._began) * 1000
        if world.bill_no > self._before.bill_no:
            self.credited_ms.append(took_ms)
        elif world.sale_no > self._before.sale_no:
            self.priced_ms.append(took_ms)
        self._before = world


def connect(engine: Engine, cable: Cable) -> Line:
    """A line of the pump."""
    return Line(engine, lambda: cable)


def finding(what: str, took_ms: list[float], bare_ms: list[float], share: float) -> Finding:
    """The aim is for the median; the 95th percentile stands beside that of the bare commit."""
    ours, limit = percentile(took_ms, share), percentile(bare_ms, share)
    if share != 0.5:
        return Finding(f"{what}, 95th percentile", "ms", ours, limit, "bare INSERT, 95th percentile", "", None)
    ours, limit = median(took_ms), median(bare_ms)
    most = AIM_TIMES * limit + AIM_MS
    aim = f"<= {AIM_TIMES:g} x limit + {AIM_MS:g} ms"
    return Finding(f"{what}, median", "ms", ours, limit, "one bare sqlite3 INSERT", aim, ours <= most)


@contextmanager
def logged(file: Path) -> Iterator[None]:
    """The terminal's log is written as in service, but to a file."""
    log, handler = logging.getLogger("terminal"), logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.propagate = True
        log.setLevel(logging.NOTSET)
        log.removeHandler(handler)
        handler.close()


def bench(folder: Path, say: Say) -> list[Finding]:
    """Median and 95th percentile of both ways."""
    read_ticket_key(folder)
    config = load(write_configuration(folder, 8080, None))
    bare = BareTable(folder / "bare.db")
    diary = diary_of(4 * VISITS)
    rows = zip(rows_of(diary.records), worlds_of(diary.worlds), strict=True)
    (folder / "kiosk").mkdir()
    kiosk = Kiosk(folder / "kiosk", config, lambda: bare.insert(*next(rows)))
    with logged(folder / "terminal.log"):
        for number in range(VISITS):
            if number == WARM_UP:
                kiosk.forget()
            say(f"visit {number} of {VISITS}")
            kiosk.visit(number)
    kiosk.close()
    bare.close()
    measured = (
        ("note stacked to credit on the view", kiosk.credited_ms),
        ("ticket scanned to price on the view", kiosk.priced_ms),
    )
    return [finding(what, took_ms, kiosk.bare_ms, share) for what, took_ms in measured for share in (0.5, 0.95)]
