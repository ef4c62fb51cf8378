"""A whole kiosk in virtual time: the real pump, journal and engines, joined to the device models without any line between."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from sim import kiosk
from sim.configuration import T1, least
from sim.devices import scanner as scanner_model
from sim.devices.bill_validator import BillValidator
from sim.devices.escpos import EscposBoard
from sim.devices.printer import ReceiptPrinter
from sim.devices.ssp import SspSlave
from sim.machine import WALL_MS
from terminal.clock import Instant
from terminal.fsm.events import Event, Started
from terminal.fsm.rules import Rules
from terminal.fsm.states import SaleState
from terminal.fsm.world import World, new_world
from terminal.hw.engine import Engine
from terminal.hw.printer import EscposPrinter
from terminal.hw.scanner import SerialScanner
from terminal.hw.validators.ssp import SspValidator
from terminal.pay.tickets import make_ticket
from terminal.pump import Line, Pump, replay
from terminal.store.audit import Audit, audit
from terminal.store.journal import Journal, Reader

KEY = b"a key for tests"
RULES = msgspec.structs.replace(kiosk.RULES, devices=("validator", "scanner", "printer"))
CONFIGURATION = least() + T1
"""The least that a terminal can be configured with, in English."""


class Model(Protocol):
    """The wire side of a device model."""

    def data_to_send(self) -> bytes:
        """Bytes for the terminal."""


class ModelPort:
    """A port whose other end is a model; `heard` keeps what the terminal said."""

    def __init__(self, model: Model, clock: "VirtualClock") -> None:
        self._model = model
        self._clock = clock
        self.heard = bytearray()

    def fileno(self) -> int | None:
        """There is nothing to wait on."""
        return None

    def read(self) -> bytes:
        """What the model says now."""
        if hasattr(self._model, "handle_timer"):
            self._model.handle_timer(self._clock.up_ms)
        return self._model.data_to_send()

    def write(self, data: bytes) -> int:
        """All of it, at once."""
        self.heard += data
        if hasattr(self._model, "receive_data"):
            self._model.receive_data(data, self._clock.up_ms)
        return len(data)

    def close(self) -> None:
        """The model stays."""


class VirtualClock:
    """Time that only moves when it is told to."""

    def __init__(self) -> None:
        self.up_ms = 0
        self.began_ms = 0

    def now(self) -> Instant:
        """This moment; elapsed time counts from the last start."""
        return Instant(WALL_MS + self.up_ms, self.up_ms - self.began_ms)


class Kiosk:
    """Models, and a terminal before them that can be killed and started again."""

    def __init__(self, data_dir: Path, rules: Rules = RULES) -> None:
        self.rules = rules
        self.clock = VirtualClock()
        self.mechanics = BillValidator(kiosk.NOTES_MINOR)
        self.validator = SspSlave(self.mechanics)
        self.paper = ReceiptPrinter()
        self.printer = EscposBoard(self.paper)
        self.scanner = scanner_model.SerialScanner()
        self.journal_path = data_dir / "journal.db"
        self.worlds: list[World] = []
        self.start()

    def start(self) -> None:
        """A new life of the terminal, over the same journal and the same devices."""
        self.clock.began_ms = self.clock.up_ms
        self.journal = Journal.open(self.journal_path)
        saved, records = self.journal.load(World)
        self.ports = {
            "validator": ModelPort(self.validator, self.clock),
            "scanner": ModelPort(self.scanner, self.clock),
            "printer": ModelPort(self.printer, self.clock),
        }
        engines: dict[str, Engine] = {
            "validator": SspValidator("CNY"),
            "scanner": SerialScanner(),
            "printer": EscposPrinter(lambda job: f"{job.document} copy {job.copy}\n".encode() + b"\x1dV\x00"),
        }
        self.pump = Pump(
            replay(saved or new_world(), records),
            self.journal,
            [Line(engine, partial(self.ports.__getitem__, name)) for name, engine in engines.items()],
            self.clock,
            KEY,
            self.worlds.append,
        )
        self.pump.begin(Started("test", self.rules))

    def kill(self) -> None:
        """SIGKILL: nothing is said or written any more."""
        self.journal.close()

    @property
    def state(self) -> SaleState:
        """The state of the sale."""
        return self.pump.world.state

    def run_until(self, reached: Callable[[], bool], limit_s: float = 60) -> None:
        """Let the time pass until that holds."""
        give_up_ms = self.clock.up_ms + int(limit_s * 1000)
        while not reached():
            assert self.clock.up_ms < give_up_ms, f"still {self.state}: {self.pump.world}"
            self.pump.tick()
            self.clock.up_ms += 10

    def run_to(self, state: SaleState) -> None:
        """Let the time pass until the sale is there."""
        self.run_until(lambda: self.state is state)

    def scan_ticket(self, ticket_id: str = "A1", hours_ago: float = 1.5) -> None:
        """A payer holds a genuine ticket before the scanner."""
        entered_s = (WALL_MS + self.clock.up_ms) // 1000 - int(hours_ago * 3600)
        self.scanner.scan(make_ticket(KEY, ticket_id, entered_s, "T1"))

    def insert(self, amount_minor: int) -> None:
        """A payer inserts a note, as soon as the slot takes it."""
        self.run_until(lambda: self.mechanics.insert_bill(amount_minor, self.clock.up_ms))

    def events(self) -> Sequence[Event]:
        """All that is in the journal, read beside the writer."""
        reader = Reader(self.journal_path)
        try:
            return [row.record().event for row in reader.events_after(0, 100_000)]
        finally:
            reader.close()

    def audit(self) -> Audit:
        """What the books say now."""
        return audit(self.journal_path)
