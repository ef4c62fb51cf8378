"""The rig: device models on pseudo-terminals, with a real clock, for a real `fee-terminal run` beside it.

    DIR/validator, DIR/scanner, DIR/printer   links to the lines that the terminal opens
    DIR/pins                                  the pin board (GPIOZERO_PIN_FACTORY=rig FEE_TERMINAL_RIG=DIR/pins)
    DIR/control                               the control socket: what people and accidents do (`verbs.py`)
    DIR/terminal.toml, DIR/ticket.key         a configuration ready to run, made once
    DIR/chen.pin, DIR/li.pin, …               the PINs of the staff, a file each
    DIR/data                                  where the terminal keeps its journal

One loop, one thread, but for the pin board's own. The rig outlives the terminal: a terminal that is killed leaves notes,
paper and counters as they are, as it would leave real devices.
"""

import fcntl
import heapq
import os
import secrets
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

from sim.cable import READ_SIZE, Cable
from sim.cash import Cash
from sim.configuration import T2, Role, at_rig
from sim.control import SOCKET, ControlServer
from sim.devices.bill_validator import Bill, BillValidator
from sim.devices.escpos import EscposBoard
from sim.devices.pin_board import PinBoard
from sim.devices.printer import ReceiptPrinter
from sim.devices.scanner import SerialScanner
from sim.devices.ssp import SspSlave
from sim.verbs import Refused, Verb
from terminal.staff.operators import Operator, Operators
from terminal.staff.operators import Role as Duty
from terminal.staff.pins import make_hash, weakness

DENOMINATIONS_MINOR = (100, 500, 1000, 2000, 5000, 10_000)
"""The notes that the validator knows: 1 to 100 yuan."""
BOX_CAPACITY = 500
BARRIER, DOOR, CANCEL = 17, 27, 22
"""BCM numbers."""
POWER_GONE_MS = 300
"""How long a power cut of the devices lasts."""
LOOK_MS = 100
"""The longest sleep: so often the rig looks whether the terminal is still there."""
BITS_PER_BYTE = 11
"""Start bit, eight data bits, two stop bits."""

TECHNICIAN: tuple[str, str, Duty] = ("chen", "陈师傅", "technician")
STAFF: dict[Role, tuple[tuple[str, str, Duty], ...]] = {
    "kiosk": (TECHNICIAN,),
    "window": (
        ("li", "李芳", "collector"),
        ("zhao", "赵敏", "collector"),
        ("wang", "王主管", "supervisor"),
        TECHNICIAN,
    ),
}
"""Who works there: name, what people call them, what they may do."""


class FastValidator(BillValidator):
    """The same machine, faster than any real one, but not faster than it is polled in a sale (every 200 ms)."""

    READING_MS = 250
    RETURNING_MS = 100
    BOOTING_MS = 300


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the devices are."""

    validator: type[BillValidator] = BillValidator
    stacking_ms: int = 1500
    paper_mm_s: float = 100.0
    printer_boots_ms: int = 1500


REAL = Pace()
FAST = Pace(FastValidator, stacking_ms=250, paper_mm_s=1000.0, printer_boots_ms=150)
"""For tests."""


class Model(Protocol):
    """A device's wire format, as the rig drives it."""

    @property
    def wake_at_ms(self) -> int | None:
        """When it moves by itself."""

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Bytes from the terminal."""

    def data_to_send(self) -> bytes:
        """Bytes for the terminal."""

    def handle_timer(self, now_ms: int) -> None:
        """Let time pass."""


class ScannerOnLine(SerialScanner):
    """A scanner that is not interested in what the terminal says."""

    wake_at_ms = None

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """Not heard."""

    def handle_timer(self, now_ms: int) -> None:
        """Nothing moves by itself."""


@dataclass(slots=True)
class Station:
    """A model at its cable; `room` is how much it can take now, the rest waits on the line as with real flow control."""

    model: Model
    cable: Cable
    room: Callable[[], int] = lambda: READ_SIZE

    @property
    def wake_at_ms(self) -> int | None:
        """When it must be looked at again, bytes or not."""
        times = [self.model.wake_at_ms, self.cable.wake_at_ms]
        return min((at_ms for at_ms in times if at_ms is not None), default=None)

    def turn(self, now_ms: int) -> None:
        """Carry bytes both ways."""
        self.model.handle_timer(now_ms)
        if data := self.cable.read(self.room(), now_ms):
            self.model.receive_data(data, now_ms)
        self.cable.write(self.model.data_to_send(), now_ms)


class Rig:
    """All of it. `serve` runs until `stop`; `close` takes links and sockets away."""

    def __init__(
        self,
        folder: Path,
        pace: Pace = REAL,
        baud: int = 9600,
        power_with_terminal: bool = False,
        role: Role = "kiosk",
    ) -> None:
        """`baud` 0: bytes take no time. `power_with_terminal`: when the terminal goes, the devices lose power with it.
        At a window nobody has put a validator's cable in.

        Raises `OSError` when links and sockets can not be made there, `BlockingIOError` if another rig runs there.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder_lock = lock(folder)
        self._control = ControlServer(folder / SOCKET)
        self._began_ns = time.monotonic_ns()
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count(1)
        self._ticket_numbers = count(1)
        self._note_numbers = count(1)
        self._stopping = False
        self._power_with_terminal = power_with_terminal
        self._terminals = 0
        self._waker, self._wake_in = socket.socketpair()
        self._waker.setblocking(False)
        self._wake_in.setblocking(False)

        self.role: Role = role
        self.random = Random()
        self.ticket_key = read_ticket_key(folder)
        self.offered: list[Bill] = []
        """All notes ever taken by the mouth, by their number less one."""
        self.validator = pace.validator(DENOMINATIONS_MINOR, BOX_CAPACITY, stacking_ms=pace.stacking_ms)
        self.scanner = ScannerOnLine()
        self.printer = ReceiptPrinter(pace.paper_mm_s)
        self.cash = Cash(self.printer.drawer)
        self._slave = SspSlave(self.validator)
        board = EscposBoard(self.printer, boot_ms=pace.printer_boots_ms)
        ms_per_byte = BITS_PER_BYTE * 1000 / baud if baud else 0.0
        self.stations: dict[str, Station] = {}
        if role == "kiosk":
            self.stations["validator"] = Station(self._slave, Cable(folder / "validator", ms_per_byte))
        self.stations["scanner"] = Station(self.scanner, Cable(folder / "scanner"))
        self.stations["printer"] = Station(board, Cable(folder / "printer"), lambda: board.room)
        for station in self.stations.values():
            station.cable.plug()
        self.board = PinBoard(folder / "pins")
        self.board.__enter__()
        self.door_is_open = False
        self.set_door(is_open=False)
        self.board.drive(CANCEL, True)

    def now_ms(self) -> int:
        """Elapsed time."""
        return (time.monotonic_ns() - self._began_ns) // 1_000_000

    def serve(self) -> None:
        """Until somebody calls `stop`."""
        while not self._stopping:
            now_ms = self.now_ms()
            while self._due and self._due[0][0] <= now_ms:
                heapq.heappop(self._due)[2]()
            self._control.turn(self._do)
            for station in self.stations.values():
                station.turn(self.now_ms())
            self._watch_terminal()
            self._sleep()

    def stop(self) -> None:
        """Ends `serve`; safe from a signal handler or another thread."""
        self._stopping = True
        self._wake_in.send(b"!")

    def close(self) -> None:
        """Take away all that a terminal could open."""
        self._control.close()
        self.board.__exit__(None, None, None)
        for station in self.stations.values():
            station.cable.unplug()
        self._waker.close()
        self._wake_in.close()
        os.close(self._folder_lock)

    # --- what the verbs do ----------------------------------------------------------------------------------------
    def offer(self, amount_minor: int, genuine: bool) -> int:
        """Offer a note; returns the number it is known by. Raises `Refused`."""
        if not self.validator.insert_bill(amount_minor, self.now_ms(), genuine):
            raise Refused("the validator takes no note now")
        bill = self.validator.bill
        assert bill is not None, "a note that was taken in is inside"
        self.offered.append(bill)
        return len(self.offered)

    def replace_box(self) -> None:
        """Put an empty box in."""
        self.validator.box_capacity = BOX_CAPACITY
        self.validator.replace_box(self.now_ms())

    def next_ticket_id(self) -> str:
        """An id that no ticket of this rig has had, nor one of a rig that ran here before."""
        return f"D{int(time.time()) % 10**8:08d}-{next(self._ticket_numbers)}"

    def next_note_no(self) -> int:
        """The number of a credit note that another terminal has given out."""
        return next(self._note_numbers)

    def set_cable(self, device: str, plugged: bool) -> None:
        """Pull a device's cable out, or put it in. Raises `Refused`."""
        if device == "drawer":
            self.printer.drawer.connected = plugged
        elif device not in self.stations:
            raise Refused("there is no such device here")
        elif plugged:
            self.stations[device].cable.plug()
        else:
            self.stations[device].cable.unplug()

    def cables(self) -> dict[str, bool]:
        """Which are in."""
        plugged = {name: station.cable.plugged for name, station in self.stations.items()}
        return plugged if self.role == "kiosk" else {**plugged, "drawer": self.printer.drawer.connected}

    def scan(self, code: str) -> None:
        """Hold a code before the scanner. Raises `Refused` while it has no power."""
        if not self.powered:
            raise Refused("the scanner has no power")
        self.scanner.scan(code)

    def set_door(self, is_open: bool) -> None:
        """The service door's contact is closed while the door is."""
        self.door_is_open = is_open
        self.board.drive(DOOR, is_open)

    def press_cancel(self, ms: int) -> None:
        """The button's contact closes for a moment."""
        self.board.drive(CANCEL, False)
        self._later(ms, lambda: self.board.drive(CANCEL, True))

    @property
    def powered(self) -> bool:
        """The devices have power."""
        return self.validator.powered

    def lose_power(self) -> None:
        """All devices lose their power."""
        self._slave.lose_power(self.now_ms())
        self.printer.lose_power()

    def restore_power(self) -> None:
        """They have it back."""
        self._slave.restore_power(self.now_ms())
        self.printer.restore_power()

    def cut_power(self) -> None:
        """All devices lose their power, and have it back a moment later."""
        self.lose_power()
        self._later(POWER_GONE_MS, self.restore_power)

    def barrier_openings(self) -> int:
        """How often the barrier's relay was pulsed."""
        return self.board.pulses[BARRIER]

    # --- the loop -------------------------------------------------------------------------------------------------
    def _do(self, verb: Verb) -> object:
        return verb.do(self)

    def _later(self, ms: int, do: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.now_ms() + ms, next(self._numbers), do))

    def _watch_terminal(self) -> None:
        """A terminal is seen by its connection to the pins."""
        before, self._terminals = self._terminals, self.board.terminals()
        if self._power_with_terminal and self._terminals < before:
            self.cut_power()

    def _sleep(self) -> None:
        poll = select.poll()
        poll.register(self._waker, select.POLLIN)
        for descriptor, events in self._control.interests():
            poll.register(descriptor, events)
        wake_at_ms = self.now_ms() + LOOK_MS
        for station in self.stations.values():
            descriptor_or_none = station.cable.fileno()
            if descriptor_or_none is not None and station.room() > 0:
                poll.register(descriptor_or_none, select.POLLIN)
            if station.wake_at_ms is not None:
                wake_at_ms = min(wake_at_ms, station.wake_at_ms)
        if self._due:
            wake_at_ms = min(wake_at_ms, self._due[0][0])
        poll.poll(max(0, wake_at_ms - self.now_ms()))


def lock(folder: Path) -> int:
    """A folder has one rig at a time, as long as this descriptor is open. Raises `OSError`, `BlockingIOError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_ticket_key(folder: Path) -> bytes:
    """The key of the rig's tickets, made at random when there is none."""
    path = folder / "ticket.key"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    return path.read_bytes().removesuffix(b"\n")


def write_configuration(
    folder: Path, web_port: int, mqtt_url: str | None, framed_by: str | None = None, role: Role = "kiosk"
) -> Path:
    """A configuration for a terminal at this rig; one that is there already stays as it is.

    `framed_by` is the origin of a page that may show the terminal's own page in a frame.
    """
    path = folder / "terminal.toml"
    if not path.exists():
        pins = {"barrier": BARRIER, "door": DOOR, "cancel": CANCEL}
        path.write_text(at_rig(role, pins, web_port, mqtt_url, framed_by), "utf-8")
        (folder / "tariff-t2.toml").write_text(T2, "utf-8")
        write_staff(folder, role)
    return path


def write_staff(folder: Path, role: Role) -> None:
    """The staff of this rig, with PINs that nobody knows but who reads `DIR/NAME.pin`."""
    staff = {}
    for name, shown_name, duty in STAFF[role]:
        pin = new_pin()
        staff[name] = Operator(name, shown_name, duty, make_hash(pin))
        with open(os.open(pin_file(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(pin + "\n")
    Operators(staff).write(folder / "operators.toml")


def new_pin() -> str:
    """One that is good enough, at random."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(6))
        if not weakness(pin):
            return pin


def pin_file(folder: Path, name: str) -> Path:
    """Where the PIN of one of the staff is written down."""
    return folder / f"{name}.pin"


def read_pin(folder: Path, name: str) -> str:
    """The PIN of one of the staff."""
    return pin_file(folder, name).read_text().strip()
