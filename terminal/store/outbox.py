"""The outbox: which event a consumer gets next, and how far it has acknowledged. No I/O, no clock.

The journal is the queue and one number is the memory: everything up to `done` is acknowledged. Events are sent in
order, a window of them at a time; when the connection is lost, all that was not acknowledged is sent again from
`done` + 1, so each event arrives at least once, and none is sent for the first time before all those in front of it.
"""

from collections.abc import Hashable

PERSIST_EVERY = 100
"""So many acknowledgements are worth a write while there is more to send."""


class Outbox:
    """Bookkeeping of one consumer; `cursor` is the durable cursor that it goes on from."""

    def __init__(self, cursor: int, window: int = 20) -> None:
        self.done = cursor
        """Every event up to this number is acknowledged."""
        self._window = window
        self._persisted = cursor
        self._next = cursor + 1
        self._in_flight: dict[Hashable, int] = {}
        self._acked_early: set[int] = set()

    def next(self) -> int | None:
        """The event to send next, if the journal has it; None while the window is full."""
        return self._next if self._next - self.done <= self._window else None

    def sent(self, token: Hashable, seq: int) -> None:
        """`seq`, which `next` gave, has been sent; its acknowledgement will carry `token`."""
        if seq != self._next:
            raise ValueError(f"event {seq} sent, but {self._next} was next")
        self._in_flight[token] = seq
        self._next += 1

    def acked(self, token: Hashable) -> None:
        """An acknowledgement came; an unknown token, such as one of a former connection, means nothing."""
        seq = self._in_flight.pop(token, None)
        if seq is None:
            return
        self._acked_early.add(seq)
        while self.done + 1 in self._acked_early:
            self.done += 1
            self._acked_early.remove(self.done)

    def lost(self) -> None:
        """The connection is gone: what was not acknowledged will be sent again, in order."""
        self._send_again_after(self.done)

    def resume(self, from_seq: int) -> bool:
        """The consumer wants everything again from `from_seq`; False if that was never sent, and nothing changes."""
        if not 1 <= from_seq < self._next:
            return False
        self._send_again_after(from_seq - 1)
        return True

    def take_cursor(self) -> int | None:
        """`done`, when it is worth writing down: after every `PERSIST_EVERY`, or when nothing is under way.

        Never goes back, also while events are sent again on request: a restart need not repeat that.
        """
        gained = self.done - self._persisted
        if gained >= PERSIST_EVERY or (gained > 0 and not self._in_flight):
            self._persisted = self.done
            return self.done
        return None

    def _send_again_after(self, seq: int) -> None:
        self.done = seq
        self._next = seq + 1
        self._in_flight.clear()
        self._acked_early.clear()
