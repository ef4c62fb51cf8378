"""Two clocks, never one.

Elapsed time (`up_ms`) only ever goes forward and starts anew with each start of the program: deadlines and time-outs use
it. Wall time (`wall_ms`, Unix, UTC) may jump with NTP or a dead battery: prices, receipts and the books use it. Only the
shell (`app.py`) reads a real clock; all other code is handed an `Instant`.
"""

import time

import msgspec


class Instant(msgspec.Struct, frozen=True):
    """One moment on both clocks, in milliseconds."""

    wall_ms: int
    up_ms: int


class SystemClock:
    """The real clocks of this machine."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()

    def now(self) -> Instant:
        """This moment; `up_ms` counts from the making of this object."""
        return Instant(
            wall_ms=time.time_ns() // 1_000_000,
            up_ms=(time.monotonic_ns() - self._began_ns) // 1_000_000,
        )
