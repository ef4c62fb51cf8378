"""The newest view, and a bell for those who follow it."""

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec


class Screen:
    """See above. All methods may be called from any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._shown_at_s = 0.0
        self._changed = threading.Condition()
        self._view: dict[str, Any] | None = None
        self._number = 0
        self._encoded = (0, b"")
        self.closed = False

    def show(self, view: dict[str, Any]) -> None:
        """This is the newest view from now on; nobody changes it afterwards."""
        with self._changed:
            self._view = view
            self._shown_at_s = self._monotonic()
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """There will be no other view: all who wait go on."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def newest(self) -> tuple[int, bytes]:
        """Number and JSON of the newest view; number 0 while there is none. Encoded here, in the reader's thread."""
        with self._changed:
            number, view = self._number, self._view
        encoded_number, encoded = self._encoded
        if encoded_number != number:
            encoded = msgspec.json.encode(view)
            self._encoded = (number, encoded)
        return number, encoded

    def age_ms(self) -> int:
        """How long ago the newest view was shown."""
        return int((self._monotonic() - self._shown_at_s) * 1000)

    def wait(self, seen: int, seconds: float) -> None:
        """Until there is a view newer than `seen`, the end, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._number != seen, seconds)

    def wait_for_next(self, seconds: float) -> bool:
        """Until another view is shown, or the time is over; false: this was the end."""
        self.wait(self._number, seconds)
        return not self.closed
