"""The terminal's serial lines in the virtual world: a cable with a device at its end, the port, and a line that naps.

A terminal that waits asks its devices a few times a second how they are, day and night. Nearly all of these questions get the
answer that they got before, and to simulate them would cost more than all else together. So a line *naps* while its engine is
not busy and no byte is under way: its time comes later, as if the program had been slow for a while. Whatever somebody does
to the device, and whatever the device does by itself, wakes the line within a poll's time.
"""

import random
from collections.abc import Callable
from typing import Protocol

from sim.wire import NEVER_MS, Wire
from terminal.errors import PortError
from terminal.hw.engine import Engine
from terminal.hw.port import Port
from terminal.pump import Line

ROUSED_MS = 250
"""A line that is woken asks within so long, as it would have between two of its polls."""


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

    def __init__(self, device: Device, to_device: Wire, to_terminal: Wire) -> None:
        self.device = device
        self.to_device = to_device
        self.to_terminal = to_terminal
        self.plugged = True
        self.opened = False
        """Somebody reads at the other end; what comes while nobody does is lost."""
        self.wake_at_ms = NEVER_MS
        """When something arrives at either end, or the device moves by itself; reckoned after each thing that changes it."""
        self.arrives_at_ms = NEVER_MS
        """When something arrives at the terminal's end."""
        self.reckon()

    def reckon(self) -> None:
        """Find out when the next thing happens."""
        wake_at_ms = self.to_terminal.next_at_ms
        self.arrives_at_ms = wake_at_ms
        if self.to_device.next_at_ms < wake_at_ms:
            wake_at_ms = self.to_device.next_at_ms
        moves_at_ms = self.device.wake_at_ms
        self.wake_at_ms = wake_at_ms if moves_at_ms is None or moves_at_ms > wake_at_ms else moves_at_ms

    def turn(self, now_ms: int) -> bool:
        """Let the device hear, move and answer; True when it moved by itself."""
        device = self.device
        if self.to_device.next_at_ms <= now_ms:
            device.receive_data(self.to_device.arrived(now_ms), now_ms)
        wake_at_ms = device.wake_at_ms
        moved = wake_at_ms is not None and wake_at_ms <= now_ms
        if moved:
            device.handle_timer(now_ms)
        said = device.data_to_send()
        if said and self.plugged:
            self.to_terminal.send(said, now_ms)
        if not self.opened:
            self.to_terminal.arrived(now_ms)
        self.reckon()
        return moved

    def idle(self) -> bool:
        """No byte is under way."""
        return self.to_device.next_at_ms == self.to_terminal.next_at_ms == NEVER_MS

    def unplug(self) -> None:
        """Pull the plug; what was under way is lost."""
        self.plugged = False
        self.to_device.drop()
        self.to_terminal.drop()
        self.reckon()


class Power(Protocol):
    """What the port knows of the world around it."""

    now_ms: int

    def within(self, bytes_out: int) -> int | None:
        """The power goes while these bytes go out: after so many of them; None: it does not."""

    def point(self) -> None:
        """The power may go here."""

    def gone(self) -> None:
        """It has gone. Raises."""


class VirtualPort:
    """The terminal's end of a cable. Raises `PortError` when the plug is out."""

    def __init__(self, power: Power, cable: Cable) -> None:
        self._power = power
        self._cable = cable

    def fileno(self) -> int | None:
        """There is nothing to wait on: the world knows when bytes arrive."""
        return None

    def read(self) -> bytes:
        """What has arrived."""
        if not self._cable.plugged:
            raise PortError("unplugged")
        if self._cable.arrives_at_ms > self._power.now_ms:
            return b""
        data = self._cable.to_terminal.arrived(self._power.now_ms)
        self._power.point()
        self._cable.reckon()
        return data

    def write(self, data: bytes) -> int:
        """All of it, or what goes out before the power does."""
        if not self._cable.plugged:
            raise PortError("unplugged")
        out = self._power.within(len(data))
        if data[:out]:
            self._cable.to_device.send(data[:out], self._power.now_ms)
            self._cable.reckon()
        if out is not None:
            self._power.gone()
        return len(data)

    def close(self) -> None:
        """The cable stays where it is."""
        self._cable.opened = False


class NappingLine(Line):
    """The pump's line, asleep while its polls could tell nothing new. Times are the terminal's own.

    It sleeps when its engine is not busy, or waits for a device of which it is known when it will move next; it wakes when
    the nap is over, when bytes come, and when the engine has been told something and now wants to be woken at another time.
    """

    def __init__(
        self,
        engine: Engine,
        open_port: Callable[[], Port],
        cable: Cable,
        nap_ms: Callable[[], int],
        moves_in_ms: Callable[[], int | None] | None,
        dice: random.Random,
    ) -> None:
        """`nap_ms` tells how long a nap may be now, `moves_in_ms` when the device moves next, if it is under way."""
        super().__init__(engine, open_port)
        self._cable = cable
        self._nap_ms = nap_ms
        self._moves_in_ms = moves_in_ms
        self._dice = dice
        self._until_ms: int | None = None
        """Asleep until then."""
        self._planned_ms: int | None = None
        """When the engine wanted to be woken as the nap began, …"""
        self._was_busy = False
        """… and whether it was busy: when either changes it has been told something."""
        self._asks_at_ms = 0
        """No nap before the engine has asked once more: then it would have noticed what woke the line."""
        self._awake_until_ms = 0

    def rouse(self, now_ms: int, stay_ms: int) -> None:
        """Somebody has done something to the device, or it has moved; no nap for so long."""
        self._awake_until_ms = max(self._awake_until_ms, now_ms + stay_ms)
        if self._until_ms is not None:
            self._until_ms = min(self._until_ms, now_ms + self._dice.randrange(ROUSED_MS))
        else:
            self._asks_at_ms = self.engine.wake_at_ms or now_ms

    def hear(self, now_ms: int) -> None:
        """As always, unless asleep."""
        if self._until_ms is not None:
            if now_ms < self._until_ms and self._undisturbed() and self._cable.idle():
                return
            self._until_ms = None
            self._asks_at_ms = self.engine.wake_at_ms or now_ms
        super().hear(now_ms)

    def speak(self, now_ms: int) -> None:
        """As always, and back to sleep when there is nothing more to say or to hear."""
        if self._until_ms is not None and self._undisturbed():
            return
        self._until_ms = None
        super().speak(now_ms)
        if self.port is None or now_ms < self._asks_at_ms or not self._cable.idle():
            return
        if not self.engine.busy:
            if now_ms >= self._awake_until_ms:
                self._sleep(now_ms + self._nap_ms())
        elif self._moves_in_ms and self.engine.wake_at_ms is not None and self.engine.wake_at_ms > now_ms:
            moves_in_ms = self._moves_in_ms()
            if moves_in_ms is not None:
                self._sleep(now_ms + moves_in_ms + self._dice.randrange(ROUSED_MS))

    def wake_at_ms(self) -> int | None:
        """Not before the end of the nap."""
        at_ms = super().wake_at_ms()
        if self._until_ms is None or not self._undisturbed():
            return at_ms
        return self._until_ms if at_ms is None or at_ms < self._until_ms else at_ms

    def _sleep(self, until_ms: int) -> None:
        self._until_ms = until_ms
        self._planned_ms, self._was_busy = self.engine.wake_at_ms, self.engine.busy

    def _undisturbed(self) -> bool:
        return self.engine.wake_at_ms == self._planned_ms and self.engine.busy is self._was_busy
