"""A cable between a model and a program that wants a serial port: a pseudo-terminal behind a symbolic link.

The program opens the link as it would open /dev/ttyUSB0. The rig keeps the other side of the pseudo-terminal open too, so
a program that goes away does not hang up the line, as it would not on a real one; what is said while nobody listens is lost
when the line's buffer is full or the next program clears it. Pulling the plug closes both sides and takes the link away.
"""

import contextlib
import os
import pty
import tty
from collections import deque
from pathlib import Path

READ_SIZE = 4096


class Wire:
    """One direction: bytes arrive after the time that they take on the line."""

    def __init__(self, ms_per_byte: float) -> None:
        self._ms_per_byte = ms_per_byte
        self._free_at_ms = 0.0
        self._under_way: deque[tuple[float, bytes]] = deque()

    @property
    def wake_at_ms(self) -> int | None:
        """When the next bytes arrive."""
        return -int(-self._under_way[0][0] // 1) if self._under_way else None

    def put(self, data: bytes, now_ms: int) -> None:
        """These bytes set out now, behind those that are under way; they arrive together, with the last of them."""
        if data:
            self._free_at_ms = max(self._free_at_ms, now_ms) + len(data) * self._ms_per_byte
            self._under_way.append((self._free_at_ms, data))

    def take(self, now_ms: int) -> bytes:
        """What has arrived."""
        arrived = bytearray()
        while self._under_way and self._under_way[0][0] <= now_ms:
            arrived += self._under_way.popleft()[1]
        return bytes(arrived)

    def cut(self) -> None:
        """What was under way is lost."""
        self._under_way.clear()


class Cable:
    """A line that a program can open at `link`, both ways with the same speed (0 ms a byte: at once)."""

    def __init__(self, link: Path, ms_per_byte: float = 0.0) -> None:
        self.link = link
        self.to_model = Wire(ms_per_byte)
        self.to_program = Wire(ms_per_byte)
        self._master: int | None = None
        self._slave: int | None = None

    @property
    def plugged(self) -> bool:
        """The link is there and can be opened."""
        return self._master is not None

    def fileno(self) -> int | None:
        """What to wait on for bytes of the program; None when the plug is out."""
        return self._master

    @property
    def wake_at_ms(self) -> int | None:
        """When bytes arrive at either end."""
        times = [wire.wake_at_ms for wire in (self.to_model, self.to_program)]
        return min((at_ms for at_ms in times if at_ms is not None), default=None)

    def plug(self) -> None:
        """A new line, as a device that is plugged in again gets one. Raises `OSError`."""
        if self.plugged:
            return
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        if self.link.is_symlink():  # left behind by a rig that was killed
            self.link.unlink()
        self.link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """The program at the other end finds its port gone."""
        if self._master is None or self._slave is None:
            return
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = None
        self.to_model.cut()
        self.to_program.cut()

    def read(self, room: int, now_ms: int) -> bytes:
        """What has arrived from the program; at most about `room` bytes are taken from it, the rest waits there."""
        if self._master is not None and room > 0:
            with contextlib.suppress(BlockingIOError):
                self.to_model.put(os.read(self._master, min(room, READ_SIZE)), now_ms)
        return self.to_model.take(now_ms)

    def write(self, data: bytes, now_ms: int) -> None:
        """Say something to the program; what does not fit into a line that nobody reads is lost."""
        self.to_program.put(data, now_ms)
        arrived = self.to_program.take(now_ms)
        if arrived and self._master is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, arrived)
