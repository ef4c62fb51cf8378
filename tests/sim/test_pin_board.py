"""The rig's pins: gpiozero here, the board there, a real socket between them."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import gpiozero
import pytest

from sim.devices.pin_board import PinBoard
from sim.devices.pins import RigFactory
from terminal.fsm.effects import OpenBarrier
from terminal.fsm.events import (
    BarrierFailed,
    BarrierOpened,
    CancelPressed,
    DeviceChanged,
    DoorClosed,
    DoorOpened,
    Event,
)
from terminal.hw.pins import RETRY_MS, Pins, Wiring

WIRING = Wiring(barrier=17, door=27, cancel=22)

TERMINAL = """
import sys, time
from terminal.fsm.effects import OpenBarrier
from terminal.hw.pins import Pins, Wiring
pins = Pins(Wiring(barrier=17), wake=lambda: None)
pins.port_opened(0)
pins.perform("1.0", OpenBarrier(1), 0)
print("pulsing", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the board's socket is; gpiozero is set up to find it by the installed entry point."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "rig")
    monkeypatch.setenv("FEE_TERMINAL_RIG", str(tmp_path / "pins"))
    gpiozero.Device.pin_factory = None
    yield tmp_path / "pins"
    if gpiozero.Device.pin_factory is not None:
        gpiozero.Device.pin_factory.close()
        gpiozero.Device.pin_factory = None


def eventually(check: Callable[[], bool]) -> None:
    """Waits for the other end of the socket; the test's time-out is the only limit."""
    while not check():
        select.select([], [], [], 0.002)


def drain(pins: Pins) -> list[Event]:
    """All that the engine has to say."""
    events: list[Event] = []
    while event := pins.next_event():
        events.append(event)
    return events


def hear(pins: Pins, count: int) -> list[Event]:
    """The next `count` events."""
    events: list[Event] = []
    eventually(lambda: len(events.extend(drain(pins)) or events) >= count)  # type: ignore[func-returns-value]
    return events


def test_barrier_and_contacts_over_the_socket(path: Path) -> None:
    """A pulse of the terminal is one opening on the board; what the board drives is what the terminal sees."""
    with PinBoard(path) as board:
        board.drive(27, False)  # the door is shut before the terminal starts
        pins = Pins(WIRING, wake=lambda: None)
        pins.port_opened(0)
        assert isinstance(gpiozero.Device.pin_factory, RigFactory)
        assert drain(pins) == [DeviceChanged("barrier", ()), DoorClosed()]
        pins.perform("1.0", OpenBarrier(1), 0)
        eventually(lambda: board.is_high(17))
        board.drive(27, True)
        board.drive(22, False)
        board.drive(22, True)
        board.drive(27, False)
        assert hear(pins, 3) == [DoorOpened(), CancelPressed(), DoorClosed()]
        pins.handle_timer(500)
        assert drain(pins) == [BarrierOpened("1.0")]
        eventually(lambda: not board.is_high(17))
        assert board.pulses == {17: 1}
        pins.port_closed(600)


def test_restarts_of_the_terminal_keep_the_count(path: Path) -> None:
    """A terminal that comes and goes opens nothing by itself, and finds the contacts as they are."""
    with PinBoard(path) as board:
        board.drive(27, False)
        for life in range(1, 4):
            pins = Pins(WIRING, wake=lambda: None)
            pins.port_opened(0)
            assert drain(pins) == [DeviceChanged("barrier", ()), DoorClosed()]
            assert board.pulses[17] == life - 1
            pins.perform("1.0", OpenBarrier(1), 0)
            eventually(lambda count=life: board.pulses[17] == count)  # type: ignore[misc]
            pins.port_closed(100)
            gpiozero.Device.pin_factory.close()
            gpiozero.Device.pin_factory = None
            eventually(lambda: board.terminals() == 0)
            assert not board.is_high(17)
        assert board.pulses == {17: 3}


def test_killed_terminal_lets_its_outputs_fall(path: Path) -> None:
    """SIGKILL in the middle of a pulse: the barrier was opened once, and the relay falls open."""
    heard: list[tuple[int, bool]] = []
    with PinBoard(path, changed=lambda pin, state: heard.append((pin, state))) as board:
        terminal = subprocess.Popen([sys.executable, "-c", TERMINAL], stdout=subprocess.PIPE, cwd=Path.cwd())
        assert terminal.stdout is not None
        assert terminal.stdout.readline() == b"pulsing\n"
        eventually(lambda: board.is_high(17))
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        terminal.stdout.close()
        eventually(lambda: board.terminals() == 0)
        assert not board.is_high(17)
        assert board.pulses == {17: 1}
        assert heard == [(17, True), (17, False)]


def test_board_that_comes_later_is_found(path: Path) -> None:
    """Without a board the pins are `failed`; they are looked for again until there is one."""
    pins = Pins(WIRING, wake=lambda: None)
    pins.port_opened(0)
    assert drain(pins) == [DeviceChanged("barrier", ("failed",))]
    pins.handle_timer(RETRY_MS)
    assert drain(pins) == []
    with PinBoard(path):
        pins.handle_timer(2 * RETRY_MS)
        assert drain(pins) == [DeviceChanged("barrier", ()), DoorOpened()]
        pins.port_closed(0)


def test_board_that_goes_and_comes_back(path: Path) -> None:
    """A board that loses power is noticed with the next pulse, which has failed, and is found when it is back."""
    pins = Pins(WIRING, wake=lambda: None)
    with PinBoard(path) as board:
        pins.port_opened(0)
        drain(pins)
    eventually(lambda: board.terminals() == 0)
    pins.perform("1.0", OpenBarrier(1), 0)
    assert drain(pins) == [BarrierFailed("1.0", "failed"), DeviceChanged("barrier", ("failed",))]
    with PinBoard(path) as board:
        pins.handle_timer(RETRY_MS)
        assert drain(pins) == [DeviceChanged("barrier", ())]
        pins.perform("2.0", OpenBarrier(1), RETRY_MS)
        eventually(lambda: board.pulses[17] == 1)
        pins.port_closed(0)


def test_rig_that_is_not_named_is_a_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The factory without the address of a board says what is missing."""
    monkeypatch.delenv("FEE_TERMINAL_RIG")
    with pytest.raises(OSError, match="FEE_TERMINAL_RIG"):
        RigFactory()


@pytest.mark.parametrize("nonsense", [b"\n", b"{}\n", b"[1]\n", b'{"pin":"x","state":1}\n', b"\xff\n", b"1" * 5000])
def test_nonsense_hangs_up(path: Path, nonsense: bytes) -> None:
    """Who says no message to the board is hung up on; the board goes on."""
    with PinBoard(path) as board, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.settimeout(30)
        with client.makefile("rb") as lines:
            assert json.loads(lines.readline()) == {"levels": {}}
            client.sendall(b'{"pin": 17, "state": 1}\n' * 3)
            eventually(lambda: board.pulses[17] == 1)
            client.sendall(nonsense)
            assert lines.read() == b""
        eventually(lambda: board.terminals() == 0)
        assert not board.is_high(17)
