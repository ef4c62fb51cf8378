"""What a connection sends, with an end to how much and how long."""

import http.client
import io
import socket
from collections.abc import Callable
from typing import Any


class BoundedReader(io.RawIOBase):
    """See above."""

    def __init__(
        self, connection: socket.socket, most_bytes: int, within_s: float, monotonic: Callable[[], float]
    ) -> None:
        """All that comes must be no more than `most_bytes`, and be here within `within_s` from now."""
        self._connection = connection
        self._monotonic = monotonic
        self._deadline = monotonic() + within_s
        self._left = most_bytes

    def readable(self) -> bool:
        """As `io.RawIOBase`."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As `io.RawIOBase`; raises LineTooLong, which the request parser answers with 431, and TimeoutError."""
        if not self._left:
            raise http.client.LineTooLong("request")
        seconds = self._deadline - self._monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        count = self._connection.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count
