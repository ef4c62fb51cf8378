"""Reporting over MQTT in virtual time: the terminal's link, a broker that may forget, and somebody's books at the far end.

What decides in the real link is used as it is: `Outbox` (which event is next, how far the broker has them), `Sending` (window,
quota, alerts, resume) and `Names` (the bytes). Only what moves bytes is made up here: QoS 1 of MQTT, as far as the promise
"each event arrives, in order, each once by its id" rests on it.

The broker is in `virtual_broker.py`. Nothing here has a clock. `turn` does what is due, and may be called late: what is due by
then happens in one go. While a broker is away nobody's vain attempts are played; they only decide how long after its return
the connections are made.

The consumer is one that docs/mqtt.md asks for. It heals gaps, so a link that loses events would look well in the end. That is
why the broker remembers what it has forgotten: a gap that this does not explain is a broken promise.
"""

import random
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sim.virtual_broker import VirtualBroker, due, first
from terminal.errors import StoreFailed
from terminal.fsm.effects import Alert
from terminal.link.messages import ONLINE, Message, Names, read_ack
from terminal.link.sending import RowsAfter, Sending
from terminal.link.session import PACE, WINDOW
from terminal.store.outbox import Outbox
from terminal.store.record import Record

ACK_EVERY = 20
"""The consumer says how far it has all after so many events."""
ASK_MS = (1_000, 2_000, 60_000)
"""The consumer asks again no sooner than the first; it waits for the second, then twice as long each time, up to the last."""
PATIENCE_MS = 5_000
"""An event of which `health` says that the broker has it may take so long before the consumer asks for it."""
BROKEN_MAX = 10
"""More broken promises than these are of no use to anybody."""

_encode = msgspec.json.Encoder().encode


class _Said(msgspec.Struct):
    """An event or an alert, as far as the far end looks at it."""

    id: str
    seq: int = 0
    kind: str = ""
    at_ms: int = 0
    data: msgspec.Raw = msgspec.Raw(b"{}")

    def digest(self) -> int:
        """Four bytes that stand for the content."""
        return _digest(self.id, self.kind, self.at_ms, self.data)


class _Outbox(msgspec.Struct):
    delivered_seq: int


class _Health(msgspec.Struct):
    outbox: _Outbox


_read = msgspec.json.Decoder(_Said).decode
_read_health = msgspec.json.Decoder(_Health).decode


def _digest(event_id: str, kind: str, at_ms: int, data: bytes | msgspec.Raw) -> int:
    return zlib.crc32(data, zlib.crc32(f"{event_id} {kind} {at_ms}".encode()))


class Watch:
    """What is durable in the journal, to compare with what arrives: four bytes an event, and the alerts still awaited."""

    def __init__(self, names: Names) -> None:
        self.broken: list[str] = []
        """What did not hold, in words, the first of all first."""
        self._terminal = names.terminal
        self._came = 0
        self._digests = array("I")
        self._alerts: set[str] = set()

    def durable(self, records: Iterable[Record]) -> None:
        """More has become durable. A number that is given again is the journal's loss, unless its event has gone out."""
        for record in records:
            digest = self._content(record)
            if record.seq <= min(self._came, len(self._digests)) and self._digests[record.seq - 1] != digest:
                self.complain(f"event {record.seq} has arrived, and the journal now has another one")
            del self._digests[record.seq - 1 :]
            self._digests.append(digest)
            for index, effect in enumerate(record.effects):
                if isinstance(effect, Alert):
                    self._alerts.add(f"{self._terminal}-{record.seq}.{index}")

    def event_came(self, event: _Said) -> None:
        """A copy of an event arrived, the first one or another."""
        if not 1 <= event.seq <= len(self._digests):
            self.complain(f"event {event.seq} arrived, but was never durable")
        elif self._digests[event.seq - 1] != event.digest():
            self.complain(f"event {event.seq} arrived with another content than the journal has")
        else:
            self._came = max(self._came, event.seq)

    def alert_came(self, alert_id: str) -> None:
        """An alert arrived."""
        self._alerts.discard(alert_id)

    def alerts_missing(self) -> list[str]:
        """The alerts that have not arrived."""
        return sorted(self._alerts)

    def complain(self, what: str) -> None:
        """A promise does not hold."""
        if len(self.broken) < BROKEN_MAX:
            self.broken.append(what)

    def _content(self, record: Record) -> int:
        """Made from the record, and not from its row: what the link makes of a row is what is to be checked."""
        tagged = _encode(record.event)
        data = b"{" + (tagged.partition(b",")[2] or b"}")
        return _digest(f"{self._terminal}-{record.seq}", type(record.event).__name__, record.at_ms, data)


class Consumer:
    """Drops what it knows, asks for what it misses, and keeps nothing but numbers: what comes after a gap comes again."""

    def __init__(self, broker: VirtualBroker, names: Names, watch: Watch, dice: random.Random) -> None:
        self.away = False
        self.arrived = 0
        """All events up to this number have come."""
        self.repeated = 0
        """Copies that were known."""
        self.gaps = 0
        """Times that a number was missing."""
        self.filled = 0
        """Events that came after all, when they had been missing."""
        self.asked = 0
        """Wishes to have some again."""
        self._broker = broker
        self._names = names
        self._watch = watch
        self._dice = dice
        self._seen = 0
        self._known = 0
        self._acked = 0
        self._connect_at_ms = 0
        self._ask_at_ms: int | None = None
        self._asked_at_ms = -ASK_MS[0]
        self._pause_ms = ASK_MS[1]

    def hear(self, message: Message) -> None:
        """An event or an alert."""
        said = _read(message.payload)
        if not said.seq:
            self._watch.alert_came(said.id)
            return
        self._watch.event_came(said)
        if said.seq <= self.arrived:
            self.repeated += 1
        elif said.seq == self.arrived + 1:
            self._store()
        else:
            self._miss(said.seq)
        self._seen = max(self._seen, said.seq)

    def hear_health(self, payload: bytes) -> None:
        """The terminal says how far the broker has its events: the only way to notice that the last ones are missing.

        It is not in line behind the events, so they may be on their way.
        """
        self._known = max(self._known, _read_health(payload).outbox.delivered_seq)
        if self._known > self.arrived and self._ask_at_ms is None:
            self._ask_at_ms = self._broker.now_ms + PATIENCE_MS

    def lost(self) -> None:
        """The connection has ended."""
        self._connect_at_ms = self._broker.now_ms + self._dice.randint(500, 5_000)

    def found(self, away_ms: int) -> None:
        """The broker can be reached again, after so long."""
        self._connect_at_ms = self._broker.now_ms + self._dice.randint(0, max(1_000, min(away_ms, 60_000)))

    def wake_at_ms(self) -> int | None:
        """When it connects, or asks again."""
        if self._broker.consumer is self:
            return self._ask_at_ms
        return None if self.away or self._broker.away else self._connect_at_ms

    def turn(self) -> None:
        """Connect, ask, acknowledge, if it is time."""
        broker = self._broker
        if broker.consumer is not self:
            if self.away or broker.away or broker.now_ms < self._connect_at_ms:
                return
            broker.connect_consumer(self)
        if due(self._ask_at_ms, broker.now_ms):
            self._ask()
        if self.arrived >= self._acked + ACK_EVERY:
            self._acked = self.arrived
            broker.tell_terminal("ack", b'{"seq": %d}' % self.arrived, retain=True)

    def _store(self) -> None:
        self.arrived += 1
        self.filled += self.arrived <= self._seen
        self._pause_ms = ASK_MS[1]
        if self._ask_at_ms is not None:
            self._ask_at_ms = self._broker.now_ms + self._pause_ms if self._known > self.arrived else None

    def _miss(self, seq: int) -> None:
        """There is a gap in front of `seq`; each missing number must be one that the broker forgot."""
        self._known = max(self._known, seq)
        for missing in range(max(self.arrived, self._seen) + 1, seq):
            if f"{self._names.terminal}-{missing}" not in self._broker.forgotten:
                self._watch.complain(f"event {missing} was left out, although the broker forgot nothing of it")
        if self._seen <= self.arrived:
            self.gaps += 1
            self._ask_at_ms = max(self._broker.now_ms, self._asked_at_ms + ASK_MS[0])
        elif self._ask_at_ms is None:
            self._ask_at_ms = self._broker.now_ms + self._pause_ms

    def _ask(self) -> None:
        """Nobody says whether a wish was heard: it is repeated until what was missing has come."""
        self.asked += 1
        self._asked_at_ms = self._broker.now_ms
        self._ask_at_ms = self._broker.now_ms + self._pause_ms
        self._pause_ms = min(self._pause_ms * 2, ASK_MS[2])
        self._broker.tell_terminal("resume", b'{"from": %d}' % (self.arrived + 1), retain=False)


class VirtualLink:
    """The terminal's end: what `terminal/link/mqtt.py` and `session.py` do with a thread and a socket. Dies with the terminal."""

    def __init__(
        self, broker: VirtualBroker, names: Names, outbox: Outbox, rows_after: RowsAfter, dice: random.Random
    ) -> None:
        self.head_seq = 0
        """The journal is durable up to here."""
        self.consumer_seq: int | None = None
        self.ignored = 0
        self.problem: str | None = None
        self.cursor: int | None = None
        """What is worth writing down and was not yet taken."""
        self.due = True
        """There is something new to do."""
        self._broker = broker
        self._names = names
        self._outbox = outbox
        self._rows_after = rows_after
        self._dice = dice
        self._sending: Sending | None = None
        self._number = 0
        self._connect_at_ms = self._began_ms = broker.now_ms
        self._retry_s = PACE.first_retry_s
        self._said = (-1, -1)
        self._say_at_ms = 0

    def hear(self, last: str, payload: bytes, retained: bool) -> None:
        """The consumer acknowledges, or asks again."""
        self.due = True
        understood = False
        if last == "ack" and (number := read_ack(payload, self.head_seq)) is not None:
            self.consumer_seq, understood = number, True
        elif last == "resume" and self._sending is not None:
            understood = self._sending.asked_again(payload, retained, self.head_seq, self._broker.now_ms / 1000)
        self.ignored += not understood

    def answered(self, number: int) -> None:
        """The broker has taken a message."""
        if self._sending is not None:
            self._sending.acked(number)
            self.due = True

    def lost(self) -> None:
        """The connection has ended; the pauses are those of the real link."""
        self._sending = None
        self._outbox.lost()
        now_ms = self._broker.now_ms
        if now_ms - self._began_ms >= PACE.steady_s * 1000:
            self._retry_s = PACE.first_retry_s
        self._connect_at_ms = now_ms + round(self._retry_s * 1000 * self._dice.uniform(0.5, 1.0))
        self._retry_s = min(self._retry_s * 2, PACE.longest_retry_s)

    def found(self, away_ms: int) -> None:
        """The broker can be reached again. Pauses that double are, in the end, as long as it was away."""
        self._retry_s = min(max(PACE.first_retry_s, away_ms / 1000), PACE.longest_retry_s)
        self._connect_at_ms = self._broker.now_ms + round(self._retry_s * 1000 * self._dice.random())

    def wake_at_ms(self) -> int | None:
        """When it connects, or says how it is; at once, when there is something to send."""
        if self._sending is None:
            return None if self._broker.away else self._connect_at_ms
        if self.due:
            return self._broker.now_ms
        return self._say_at_ms if self._said != (self.head_seq, self._outbox.done) else None

    def turn(self) -> None:
        """Connect, if it is time; say what there is to say."""
        if self._sending is None:
            if self._broker.away or self._broker.now_ms < self._connect_at_ms:
                return
            self._sending = self._connect()
        self.due = False
        try:
            self._sending.flush()
            self._sending.say_events(self._rows_after, self.head_seq)
            self._say_health(self._sending)
        except StoreFailed as why:  # StoreCorrupt is a bug: no disk here damages what it has synced
            self.problem = str(why)
            self._broker.lose_link()
            return
        if (cursor := self._outbox.take_cursor()) is not None:
            self.cursor = cursor

    def _connect(self) -> Sending:
        sending = self._sending = Sending(self._names, self._outbox, self._publish, PACE.resume_at_most_every_s)
        sending.quota = min(WINDOW, self._broker.receive_max)
        self._began_ms, self._said, self._say_at_ms, self.problem = self._broker.now_ms, (-1, -1), 0, None
        self._broker.connect_link(self)
        sending.say(self._names.status(ONLINE))
        return sending

    def _publish(self, message: Message) -> int:
        self._number += 1
        self._broker.publish(self._number, message)
        return self._number

    def _say_health(self, sending: Sending) -> None:
        """When it has changed, but not all the time; the minute's reminder is left out, nothing would ever rest."""
        now = (self.head_seq, self._outbox.done)
        if now != self._said and self._broker.now_ms >= self._say_at_ms:
            sending.say(self._names.health({"outbox": {"head_seq": now[0], "delivered_seq": now[1]}}))
            self._said = now
            self._say_at_ms = self._broker.now_ms + round(PACE.health_at_most_every_s * 1000)


class Reporting:
    """All three, to be plugged into a world: it is told of records, starts, deaths and time, and gives the cursor back."""

    def __init__(self, dice: random.Random, names: Names, outbox: type[Outbox] = Outbox) -> None:
        """`outbox` may be one with a bug in it, to prove that it is found."""
        self.watch = Watch(names)
        self.broker = VirtualBroker(names, dice)
        self.consumer = Consumer(self.broker, names, self.watch, dice)
        self.link: VirtualLink | None = None
        """None: the terminal is dead."""
        self.wake_at_ms: int | None = 0
        """When there is something to do; a turn may come later than that, and any number of turns before it cost nothing."""
        self._names = names
        self._dice = dice
        self._outbox = outbox
        self._left_at_ms = 0

    # --- what the world tells -------------------------------------------------------------------------------------
    def durable(self, records: Sequence[Record]) -> None:
        """A commit has been acknowledged, or has survived; to be told before the `wake` that may publish it."""
        self.watch.durable(records)

    def terminal_started(self, cursor: int, rows_after: RowsAfter) -> None:
        """The terminal lives, and `cursor` is what its journal says; `wake` tells the rest."""
        self.link = VirtualLink(self.broker, self._names, self._outbox(cursor, WINDOW), rows_after, self._dice)
        self._reckon()

    def terminal_died(self) -> None:
        """The terminal is gone, with all that was not in its journal."""
        self.broker.lose_link()
        self.link = None
        self._reckon()

    def wake(self, head_seq: int) -> None:
        """The journal is durable up to here; never to be called by a program that is dead already."""
        if self.link is not None:
            self.link.head_seq, self.link.due = head_seq, True
            self._reckon()

    def turn(self, now_ms: int) -> None:
        """Do all that is due."""
        while self.wake_at_ms is not None and self.wake_at_ms <= now_ms:
            self.broker.now_ms = now_ms
            self.broker.turn()
            self.consumer.turn()
            if self.link is not None:
                self.link.turn()
            self._reckon()

    def take_cursor(self) -> int | None:
        """The cursor to put into the journal, as the real link gives it; None: nothing new."""
        if self.link is None or self.link.cursor is None:
            return None
        cursor, self.link.cursor = self.link.cursor, None
        if cursor > self.broker.answered:
            self.watch.complain(f"the cursor is at {cursor}, but the broker has acknowledged {self.broker.answered}")
        return cursor

    # --- what may go wrong ----------------------------------------------------------------------------------------
    def broker_away(self, now_ms: int) -> None:
        """The broker, or the way to it, is gone."""
        if not self.broker.away:
            self._hiccup(now_ms)
            self.broker.away, self._left_at_ms = True, now_ms
        self._reckon()

    def broker_back(self, now_ms: int) -> None:
        """… and is there again."""
        self.broker.now_ms = now_ms
        if self.broker.away:
            self.broker.away = False
            self.consumer.found(now_ms - self._left_at_ms)
            if self.link is not None:
                self.link.found(now_ms - self._left_at_ms)
        self._reckon()

    def broker_restart(self, now_ms: int, *, keeps_state: bool) -> None:
        """The broker dies and comes again, with all that it had taken or with nothing of it."""
        self._hiccup(now_ms)
        if not keeps_state:
            self.broker.forget()
        self._reckon()

    def hiccup(self, now_ms: int) -> None:
        """The network drops all connections once."""
        self._hiccup(now_ms)
        self._reckon()

    def consumer_away(self, now_ms: int) -> None:
        """The consumer is switched off; the broker keeps its session, as long as it keeps anything."""
        self.broker.now_ms = now_ms
        self.broker.lose_consumer()
        self.consumer.away = True
        self._reckon()

    def consumer_back(self, now_ms: int) -> None:
        """… and on again."""
        self.broker.now_ms = now_ms
        self.consumer.away = False
        self._reckon()

    def mend(self, now_ms: int) -> None:
        """Everything works again."""
        self.broker.slow = self.broker.duplicating = False
        self.consumer_back(now_ms)
        self.broker_back(now_ms)

    # --- what must hold -------------------------------------------------------------------------------------------
    def broken(self) -> Iterator[str]:
        """7. What does not hold, in words; to be asked at any time."""
        yield from self.watch.broken

    def missing(self, head_seq: int) -> Iterator[str]:
        """What has not arrived yet; to be asked when everything has worked for a while."""
        if self.consumer.arrived < head_seq:
            yield f"reporting: events {self.consumer.arrived + 1} to {head_seq} have not arrived"
        elif alerts := [a for a in self.watch.alerts_missing() if a not in self.broker.forgotten]:
            yield f"reporting: the alerts {alerts[:BROKEN_MAX]} have not arrived"

    def _hiccup(self, now_ms: int) -> None:
        self.broker.now_ms = now_ms
        self.broker.lose_link()
        self.broker.lose_consumer()

    def _reckon(self) -> None:
        link_at_ms = None if self.link is None else self.link.wake_at_ms()
        self.wake_at_ms = first(self.broker.wake_at_ms(), self.consumer.wake_at_ms(), link_at_ms)
