"""A broker in virtual time: QoS 1 of MQTT, as far as reporting rests on it, and the ways in which brokers fail.

It acknowledges what it has taken, and keeps it until the consumer has acknowledged it too; but it may be away, slow or say
things twice, and it may forget what it has acknowledged. It remembers the ids of what it forgot, for the checks alone.

What was under way when a connection ends has come through up to a message that the dice choose.
"""

import random
from collections import deque
from typing import Protocol

import msgspec

from terminal.link.messages import Message, Names

LATENCY_MS, SLOW_MS = (5, 50), (2_000, 8_000)
"""How long an answer or a delivery takes; all that is said meanwhile shares it, as packets share a segment."""
TWICE = 0.2
"""A duplicating broker delivers so many of the messages twice, and does not hear so many of the acknowledgements."""


class _Stamp(msgspec.Struct):
    id: str
    seq: int = 0


_read = msgspec.json.Decoder(_Stamp).decode


class Terminal(Protocol):
    """Who publishes."""

    def hear(self, last: str, payload: bytes, retained: bool) -> None:
        """Something was said on the topic with this last level."""

    def answered(self, number: int) -> None:
        """The broker has taken a message."""

    def lost(self) -> None:
        """The connection has ended."""


class Subscriber(Protocol):
    """Who wants it."""

    def hear(self, message: Message) -> None:
        """An event or an alert."""

    def hear_health(self, payload: bytes) -> None:
        """How the terminal is."""

    def lost(self) -> None:
        """The connection has ended."""


class VirtualBroker:
    """QoS 1: what it has taken it answers, and hands to the consumer until that has answered."""

    def __init__(self, names: Names, dice: random.Random) -> None:
        self.now_ms = 0
        """The moment of this turn."""
        self.away = False
        self.slow = False
        self.duplicating = False
        self.receive_max = 65_535
        """So many unacknowledged messages it takes, as its CONNACK says; the default of MQTT 5."""
        self.queue_max: int | None = None
        """So many messages may wait for the consumer, more are dropped; mosquitto does that, unless told otherwise."""
        self.link: Terminal | None = None
        """The terminal, while it is connected."""
        self.consumer: Subscriber | None = None
        """The consumer, while it is connected."""
        self.session = False
        """The consumer has subscribed, and this was not forgotten; without a session what comes is dropped."""
        self.answered = 0
        """Every event up to this number was acknowledged to the terminal."""
        self.forgotten: set[str] = set()
        """Ids of what was taken and will not be delivered."""
        self._names = names
        self._dice = dice
        self._inbox: deque[tuple[int, Message]] = deque()
        self._queue: deque[Message] = deque()
        self._retained: dict[str, Message] = {}
        self._answer_at_ms: int | None = None
        self._deliver_at_ms: int | None = None

    def publish(self, number: int, message: Message) -> None:
        """The terminal says something."""
        if message.qos == 0:
            self._take(message)
        else:
            self._inbox.append((number, message))
            if self._answer_at_ms is None:
                self._answer_at_ms = self._later()

    def tell_terminal(self, last: str, payload: bytes, *, retain: bool) -> None:
        """The consumer says something; who is not there does not hear it, unless it is kept."""
        if retain:
            self._retained[last] = Message(self._names.topic(last), payload, retain=True)
        if self.link is not None:
            self.link.hear(last, payload, False)

    def connect_link(self, link: Terminal) -> None:
        """The terminal is here, with a clean session; it hears what is kept for it."""
        self.link = link
        for last in ("ack", "resume"):
            if last in self._retained:
                link.hear(last, self._retained[last].payload, True)

    def connect_consumer(self, consumer: Subscriber) -> None:
        """The consumer is here, and goes on with its session or begins one."""
        self.consumer, self.session = consumer, True
        if "health" in self._retained:
            consumer.hear_health(self._retained["health"].payload)
        self._wish_to_deliver()

    def lose_link(self) -> None:
        """The terminal's connection ends; some of what was under way has come through, unanswered."""
        for _, message in list(self._inbox)[: self._dice.randint(0, len(self._inbox))]:
            self._take(message)
        self._inbox.clear()
        self._answer_at_ms = None
        link, self.link = self.link, None
        if link is not None:
            link.lost()

    def lose_consumer(self) -> None:
        """The consumer's connection ends; some of what was under way has come through, and will come again."""
        consumer, self.consumer = self.consumer, None
        if consumer is not None:
            for message in list(self._queue)[: self._dice.randint(0, len(self._queue))]:
                consumer.hear(message)
            consumer.lost()

    def forget(self) -> None:
        """It was killed, and had nothing on disk."""
        self.forgotten.update(_read(message.payload).id for message in self._queue)
        self._queue.clear()
        self._retained.clear()
        self.session = False

    def wake_at_ms(self) -> int | None:
        """When something is to be answered or delivered."""
        return first(self._answer_at_ms, self._deliver_at_ms)

    def turn(self) -> None:
        """Answer and deliver what is due."""
        if due(self._answer_at_ms, self.now_ms):
            self._answer_at_ms = None
            self._answer()
        if due(self._deliver_at_ms, self.now_ms):
            self._deliver_at_ms = None
            self._deliver()

    def _answer(self) -> None:
        while self._inbox:
            number, message = self._inbox.popleft()
            event_seq = self._take(message)
            if event_seq == self.answered + 1:
                self.answered += 1
            if self.link is not None:
                self.link.answered(number)

    def _take(self, message: Message) -> int:
        """The number of the event that it was, or 0."""
        if message.retain:
            last = message.topic.rpartition("/")[2]
            self._retained[last] = message
            if last == "health" and self.consumer is not None:
                self.consumer.hear_health(message.payload)
            return 0
        said = _read(message.payload)
        if self.session and (self.queue_max is None or len(self._queue) < self.queue_max):
            self._queue.append(message)
            self._wish_to_deliver()
        else:
            self.forgotten.add(said.id)
        return said.seq

    def _wish_to_deliver(self) -> None:
        if self._deliver_at_ms is None and self.consumer is not None and self._queue:
            self._deliver_at_ms = self._later()

    def _deliver(self) -> None:
        if self.consumer is None:
            return
        for message in self._queue:
            self.consumer.hear(message)
            if self.duplicating and self._dice.random() < TWICE:
                self.consumer.hear(message)
        unheard = 0
        if self.duplicating and self._dice.random() < TWICE:
            unheard = self._dice.randint(0, len(self._queue))
        while len(self._queue) > unheard:
            self._queue.popleft()
        self._wish_to_deliver()

    def _later(self) -> int:
        return self.now_ms + self._dice.randint(*(SLOW_MS if self.slow else LATENCY_MS))


def first(*times: int | None) -> int | None:
    """The earliest that there is."""
    return min((at_ms for at_ms in times if at_ms is not None), default=None)


def due(at_ms: int | None, now_ms: int) -> bool:
    """Whether it has come."""
    return at_ms is not None and at_ms <= now_ms
