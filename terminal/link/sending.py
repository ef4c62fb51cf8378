"""What goes out on one connection, in which order, and what the answers mean: pure, whoever speaks the protocol.

Events go out in order, as many as the outbox's window and the broker's quota take. An event is acknowledged when it and all
the alerts that it raised are.
"""

from collections import deque
from collections.abc import Callable, Sequence

from terminal.errors import StoreCorrupt
from terminal.link.messages import Message, Names, Stored, read_resume
from terminal.store.outbox import Outbox

BATCH = 100
"""Events read from the journal at once."""

RowsAfter = Callable[[int, int], Sequence[Stored]]
"""At most so many durable events after a number, in order."""


class Sending:
    """The messages of one connection: what waits, and what is under way."""

    def __init__(
        self, names: Names, outbox: Outbox, publish: Callable[[Message], int], resume_at_most_every_s: float
    ) -> None:
        """`publish` hands a message to the connection; it gives the number that the acknowledgement will carry."""
        self.quota = 0
        """So many messages may be unacknowledged at once; 0 until the broker has said it in its CONNACK."""
        self._names = names
        self._outbox = outbox
        self._publish = publish
        self._resume_every_s = resume_at_most_every_s
        self._resumed_at_s = float("-inf")
        self._rows: deque[Stored] = deque()
        self._unsent: deque[tuple[Message, _Delivery]] = deque()
        self._deliveries: dict[int, _Delivery] = {}

    @property
    def under_way(self) -> bool:
        """Whether anything waits to be sent or to be acknowledged."""
        return bool(self._deliveries or self._unsent)

    def say(self, message: Message, delivery: "_Delivery | None" = None) -> None:
        """Says it now, or as soon as the broker takes more; `delivery` waits for its acknowledgement."""
        self._unsent.append((message, delivery or _NOBODY))
        self.flush()

    def say_events(self, rows_after: RowsAfter, head_seq: int) -> None:
        """The journal up to `head_seq`, as far as it may go out now. Raises StoreError."""
        while not self._unsent and (seq := self._outbox.next()) is not None and seq <= head_seq:
            row = self._row(rows_after, seq)
            if row is None:
                return
            messages = self._names.event(row)
            delivery = _Delivery(len(messages))
            self._outbox.sent(delivery, seq)
            for message in messages:
                self.say(message, delivery)

    def flush(self) -> None:
        """As much as the broker takes."""
        while self._unsent and len(self._deliveries) < self.quota:
            message, delivery = self._unsent.popleft()
            number = self._publish(message)
            if message.qos:
                self._deliveries[number] = delivery

    def acked(self, number: int) -> None:
        """The broker has taken the message that went out under this number."""
        delivery = self._deliveries.pop(number, None)
        if delivery is not None and delivery.acked():
            self._outbox.acked(delivery)

    def asked_again(self, payload: bytes, retained: bool, head_seq: int, now_s: float) -> bool:
        """A `resume` came; false when it is none, or comes too soon after another.

        A retained wish is an old one: it would make us begin again at every connection.
        """
        number = read_resume(payload, head_seq)
        if number is None or retained or now_s - self._resumed_at_s < self._resume_every_s:
            return False
        self._resumed_at_s = now_s
        if self._outbox.resume(number):
            self._rows.clear()
        return True

    def _row(self, rows_after: RowsAfter, seq: int) -> Stored | None:
        if not self._rows:
            self._rows.extend(rows_after(seq - 1, BATCH))
        if not self._rows:
            return None
        row = self._rows.popleft()
        if row.seq != seq:
            raise StoreCorrupt(f"event {seq} is missing")
        return row


class _Delivery:
    """One event on its way, with its alerts; the outbox knows it by identity."""

    def __init__(self, messages: int) -> None:
        self._missing = messages

    def acked(self) -> bool:
        """One more acknowledgement came; true when it was the last."""
        self._missing -= 1
        return self._missing == 0


_NOBODY = _Delivery(0)
"""Stands for messages that no event waits for."""
