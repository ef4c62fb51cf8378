"""Where the pump and the link's thread leave things for each other: plain references, swapped, never waited for.

Each attribute has one writer, so a reference that is read is whole; the lock is only for the two that are taken away.
The bell is a socket, because the thread sleeps in `poll` on the broker's connection.
"""

import contextlib
import socket
import threading
from collections import deque
from typing import Any

import msgspec

from terminal.link.messages import Message

ALERTS_MAX = 20
"""Alerts that may wait beside the journal; older ones give way."""


class Stop(msgspec.Struct, frozen=True):
    """The program ends: when to give up sending what is left, and when to give up altogether (monotonic seconds)."""

    drain_until_s: float
    until_s: float


class Mailbox:
    """See above; who writes what is said at each attribute."""

    def __init__(self) -> None:
        self.bell, self._rope = socket.socketpair()
        self.bell.setblocking(False)
        self._rope.setblocking(False)
        self._lock = threading.Lock()
        self._cursor: int | None = None
        # written by the pump
        self.head_seq = 0
        self.health: dict[str, Any] | None = None
        self.alerts: deque[Message] = deque(maxlen=ALERTS_MAX)
        self.stop: Stop | None = None
        # written by the link's thread
        self.connected = False
        self.problem: str | None = None
        self.consumer_seq: int | None = None
        self.ignored = 0

    def ring(self) -> None:
        """Wakes the thread; a full bell is already ringing, a closed one has nobody to wake."""
        with contextlib.suppress(OSError):
            self._rope.send(b"!")

    def silence(self) -> None:
        """Takes all the ringing so far as heard."""
        with contextlib.suppress(BlockingIOError):
            self.bell.recv(4096)

    def offer_cursor(self, cursor: int | None) -> None:
        """Everything up to `cursor` is acknowledged, and it is worth writing down; None: nothing new."""
        if cursor is not None:
            with self._lock:
                self._cursor = cursor

    def take_cursor(self) -> int | None:
        """The newest cursor that was offered and not yet taken."""
        with self._lock:
            cursor, self._cursor = self._cursor, None
            return cursor

    def close(self) -> None:
        """Takes the bell down."""
        self.bell.close()
        self._rope.close()
