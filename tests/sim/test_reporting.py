"""Whatever broker, network and terminal do in the virtual world, every event arrives, in order, each once by its id."""

import random
import time
from collections.abc import Callable

import pytest

from sim.reporting import Consumer, Reporting
from terminal.errors import StoreFailed
from terminal.link.messages import Message, Names
from terminal.store.outbox import Outbox
from terminal.store.record import GENESIS, Record, Row, row_of
from tests.store import workload

NAMES = Names("lot-a", "k01")
MINUTE_MS = 60_000


class Kiosk:
    """A terminal without devices: a journal in memory, a durable cursor, and a clock that jumps."""

    def __init__(self, seed: int, outbox: type[Outbox] = Outbox) -> None:
        self.dice = random.Random(seed)
        self.reporting = Reporting(self.dice, NAMES, outbox)
        self.now_ms = 0
        self.rows: list[Row] = []
        self.cursor = 0
        self.alive = False
        self.turns = 0
        self.readable = True
        self.history: list[tuple[int, int, int, int]] = []
        self._unsaved: int | None = None
        self.start()

    def start(self) -> None:
        """Power on: from the durable cursor."""
        self.alive, self._unsaved = True, None
        self.reporting.terminal_started(self.cursor, self._rows_after)
        self.reporting.wake(len(self.rows))

    def die(self) -> None:
        """Power off: a cursor that no commit has carried is gone."""
        self.alive = False
        self.reporting.terminal_died()

    def sell(self, count: int) -> None:
        """So many events in one commit."""
        self._take_cursor()
        records = [workload.record(len(self.rows) + 1 + index) for index in range(count)]
        for record in records:
            self.rows.append(row_of(record, self.rows[-1].hash if self.rows else GENESIS))
        self.checkpoint()
        self.reporting.durable(records)
        self.reporting.wake(len(self.rows))

    def checkpoint(self) -> None:
        """The cursor becomes durable."""
        if self._unsaved is not None:
            self.cursor, self._unsaved = self._unsaved, None

    def run(self, for_ms: int) -> None:
        """Let time pass, as the world does."""
        until_ms = self.now_ms + for_ms
        while (at_ms := self.reporting.wake_at_ms) is not None and at_ms <= until_ms:
            self.now_ms = max(self.now_ms, at_ms)
            self.turns += 1
            self.reporting.turn(self.now_ms)
            self._take_cursor()
            consumer = self.reporting.consumer
            self.history.append((self.now_ms, consumer.arrived, consumer.repeated, self.cursor))
        self.now_ms = until_ms

    def settle(self) -> None:
        """Everything is mended, and there is an hour for what was left behind."""
        if not self.alive:
            self.start()
        self.reporting.mend(self.now_ms)
        self.run(60 * MINUTE_MS)
        self.checkpoint()

    def wrong(self) -> list[str]:
        """What the promises say."""
        return [*self.reporting.broken(), *self.reporting.missing(len(self.rows))]

    def _take_cursor(self) -> None:
        if self.alive and (cursor := self.reporting.take_cursor()) is not None:
            assert cursor > self.cursor
            self._unsaved = cursor

    def _rows_after(self, seq: int, limit: int) -> list[Row]:
        if not self.readable:
            raise StoreFailed("the disk is gone")
        return self.rows[seq : seq + limit]


# --- one thing at a time ------------------------------------------------------------------------------------------
def test_on_a_good_day_each_event_comes_once() -> None:
    """Without faults nothing comes twice, nothing is asked for, and the cursor is at the end."""
    kiosk = Kiosk(1)
    for _ in range(50):
        kiosk.sell(4)
        kiosk.run(MINUTE_MS)
    kiosk.settle()
    consumer = kiosk.reporting.consumer
    assert kiosk.wrong() == []
    assert (consumer.arrived, consumer.repeated, consumer.asked, kiosk.cursor) == (200, 0, 0, 200)
    assert kiosk.reporting.link is not None
    assert kiosk.reporting.link.consumer_seq == 200


def test_nothing_wakes_when_nothing_is_under_way() -> None:
    """Delivered, or with a broker that is away: no moment is due until somebody does something."""
    kiosk = Kiosk(2)
    kiosk.sell(10)
    kiosk.run(MINUTE_MS)
    assert kiosk.reporting.wake_at_ms is None
    kiosk.reporting.broker_away(kiosk.now_ms)
    kiosk.sell(10)
    kiosk.run(MINUTE_MS)
    assert kiosk.reporting.wake_at_ms is None
    assert kiosk.reporting.consumer.arrived == 10


def away_for_a_week(kiosk: Kiosk) -> None:
    """No broker, and 5,000 events meanwhile."""
    kiosk.reporting.broker_away(kiosk.now_ms)
    for _ in range(500):
        kiosk.sell(10)
        kiosk.run(20 * MINUTE_MS)
    kiosk.reporting.broker_back(kiosk.now_ms)


def slow(kiosk: Kiosk) -> None:
    """Answers take seconds."""
    kiosk.reporting.broker.slow = True
    for _ in range(100):
        kiosk.sell(4)
        kiosk.run(3_000)


def duplicating(kiosk: Kiosk) -> None:
    """Messages come twice, and again."""
    kiosk.reporting.broker.duplicating = True
    for _ in range(100):
        kiosk.sell(4)
        kiosk.run(3_000)
    assert kiosk.reporting.consumer.repeated > 20


def hiccups(kiosk: Kiosk) -> None:
    """Connections end in the middle of everything."""
    for _ in range(200):
        kiosk.sell(10)
        kiosk.run(kiosk.dice.randint(0, 100))
        kiosk.reporting.hiccup(kiosk.now_ms)
        kiosk.run(kiosk.dice.choice((500, 5_000)))


def restarts(kiosk: Kiosk) -> None:
    """The broker dies, and has kept what it took."""
    for _ in range(100):
        kiosk.sell(10)
        kiosk.run(kiosk.dice.randint(0, 3_000))
        kiosk.reporting.broker_restart(kiosk.now_ms, keeps_state=True)
    assert not kiosk.reporting.broker.forgotten


def deaths(kiosk: Kiosk) -> None:
    """The terminal dies at any moment, with the cursor only as durable as a commit made it."""
    for _ in range(200):
        kiosk.sell(kiosk.dice.randint(1, 40))
        kiosk.run(kiosk.dice.randint(0, 2_000))
        kiosk.die()
        kiosk.run(kiosk.dice.choice((500, 60_000)))
        kiosk.start()
    assert kiosk.reporting.consumer.repeated > 100


def consumer_off(kiosk: Kiosk) -> None:
    """The broker keeps everything for a consumer that is switched off."""
    for _ in range(20):
        kiosk.reporting.consumer_away(kiosk.now_ms)
        kiosk.sell(50)
        kiosk.run(10 * MINUTE_MS)
        kiosk.reporting.consumer_back(kiosk.now_ms)
        kiosk.run(kiosk.dice.randint(0, 100))


@pytest.mark.parametrize("fault", [away_for_a_week, slow, duplicating, hiccups, restarts, deaths, consumer_off])
def test_a_fault_that_forgets_nothing_leaves_no_gap(fault: Callable[[Kiosk], None]) -> None:
    """Everything arrives, in order and without the consumer having to ask for it."""
    kiosk = Kiosk(3)
    kiosk.sell(5)
    kiosk.run(MINUTE_MS)
    fault(kiosk)
    kiosk.settle()
    assert kiosk.wrong() == []
    assert (kiosk.reporting.consumer.arrived, kiosk.reporting.consumer.gaps) == (len(kiosk.rows), 0)


@pytest.mark.parametrize("more", [0, 3])
def test_a_broker_that_forgets_while_the_consumer_is_offline(more: int) -> None:
    """What it had acknowledged is gone; the consumer sees the gap, or the number in `health`, and gets it all again."""
    kiosk = Kiosk(4)
    kiosk.sell(10)
    kiosk.run(MINUTE_MS)
    kiosk.reporting.consumer_away(kiosk.now_ms)
    kiosk.sell(30)
    kiosk.run(MINUTE_MS)
    kiosk.reporting.broker_restart(kiosk.now_ms, keeps_state=False)
    kiosk.run(MINUTE_MS)
    assert kiosk.cursor in (0, 10)
    kiosk.reporting.consumer_back(kiosk.now_ms)
    kiosk.run(10)
    if more:
        kiosk.sell(more)
    kiosk.settle()
    consumer = kiosk.reporting.consumer
    assert kiosk.wrong() == []
    assert consumer.arrived == 40 + more
    assert consumer.asked >= 1
    assert (consumer.gaps, consumer.filled) == ((1, 30 + more) if more else (0, 0))


def test_a_queue_that_is_full() -> None:
    """A broker that keeps no more than so many for a consumer that is off drops the rest; they are asked for."""
    kiosk = Kiosk(5)
    kiosk.reporting.broker.queue_max = 100
    kiosk.sell(10)
    kiosk.run(MINUTE_MS)
    kiosk.reporting.consumer_away(kiosk.now_ms)
    kiosk.sell(500)
    kiosk.run(MINUTE_MS)
    kiosk.settle()
    assert kiosk.wrong() == []
    assert kiosk.reporting.consumer.asked > 0


def test_a_journal_that_can_not_be_read() -> None:
    """The connection ends, and is tried again until the disk is back."""
    kiosk = Kiosk(5)
    kiosk.run(MINUTE_MS)
    kiosk.readable = False
    kiosk.sell(10)
    kiosk.run(MINUTE_MS)
    assert kiosk.reporting.link is not None
    assert kiosk.reporting.link.problem == "the disk is gone"
    kiosk.readable = True
    kiosk.settle()
    assert kiosk.wrong() == []


def test_words_that_are_none() -> None:
    """The real readers of `ack` and `resume` are at work, and the real pace of wishes."""
    kiosk = Kiosk(6)
    kiosk.sell(10)
    kiosk.run(MINUTE_MS)
    link, broker, consumer = kiosk.reporting.link, kiosk.reporting.broker, kiosk.reporting.consumer
    assert link is not None
    for last, payload in (("ack", b'{"seq": 11}'), ("resume", b'{"from": 0}'), ("resume", b"\xff")):
        broker.tell_terminal(last, payload, retain=False)
    assert link.ignored == 3
    for _ in range(5):
        broker.tell_terminal("resume", b'{"from": 3}', retain=False)
    kiosk.reporting.wake(10)
    kiosk.run(MINUTE_MS)
    assert (link.ignored, consumer.repeated) == (7, 8)


# --- all at once --------------------------------------------------------------------------------------------------
def live(seed: int, steps: int, outbox: type[Outbox] = Outbox) -> Kiosk:
    """A life in which anything may happen at any moment, and then an hour of peace."""
    kiosk = Kiosk(seed, outbox)
    chance, reporting = random.Random(f"faults of {seed}"), kiosk.reporting
    for _ in range(steps):
        match chance.randrange(15):
            case 0 | 1 | 2 | 3 if kiosk.alive:
                kiosk.sell(chance.choice((1, 2, 3, 11, 150)))
            case 4 if kiosk.alive:
                kiosk.die()
            case 5 if not kiosk.alive:
                kiosk.start()
            case 6:
                reporting.hiccup(kiosk.now_ms)
            case 7:
                reporting.broker_away(kiosk.now_ms)
            case 8:
                reporting.broker_back(kiosk.now_ms)
            case 9:
                reporting.broker.slow = not reporting.broker.slow
            case 10:
                reporting.broker.duplicating = not reporting.broker.duplicating
            case 11:
                reporting.broker_restart(kiosk.now_ms, keeps_state=chance.random() < 0.5)
            case 12:
                (reporting.consumer_away if chance.random() < 0.4 else reporting.consumer_back)(kiosk.now_ms)
            case 13:
                reporting.broker.queue_max = chance.choice((None, 30, 200))
                reporting.broker.receive_max = chance.choice((1, 3, 65_535))
            case _:
                kiosk.checkpoint()
        kiosk.run(chance.choice((0, 1, 10, 40, 1_000, 10_000, 100_000)))
    kiosk.settle()
    return kiosk


@pytest.mark.parametrize("seed", range(60))
def test_any_life_ends_with_everything_delivered(seed: int) -> None:
    """All faults in any order, deaths among them: in the end each event has come, and no promise was broken on the way."""
    kiosk = live(seed, steps=400)
    assert kiosk.wrong() == []
    assert kiosk.reporting.consumer.arrived == len(kiosk.rows) > 0
    assert kiosk.cursor == len(kiosk.rows)


def test_the_same_seed_gives_the_same_history() -> None:
    """Every turn at the same moment with the same outcome."""
    assert live(7, 300).history == live(7, 300).history
    assert live(7, 300).history != live(8, 300).history


# --- the promises can fail ----------------------------------------------------------------------------------------
class Hasty(Outbox):
    """Takes an event for acknowledged as soon as it is sent."""

    def sent(self, token: object, seq: int) -> None:
        """As always, and acknowledged at once."""
        super().sent(token, seq)
        self.acked(token)


class Forgetful(Outbox):
    """Goes on after a lost connection as if all that was sent had arrived."""

    def lost(self) -> None:
        """What was under way is taken for delivered."""
        for token in list(self._in_flight):
            self.acked(token)


class Stubborn(Outbox):
    """Hears no wish."""

    def resume(self, from_seq: int) -> bool:
        """Never."""
        return False


@pytest.mark.parametrize(("bug", "said"), [(Hasty, "cursor"), (Hasty, "left out"), (Forgetful, "left out")])
def test_a_link_that_moves_on_before_the_broker_has_it_is_found(bug: type[Outbox], said: str) -> None:
    """The consumer heals the gap by asking; that there was one, although the broker forgot nothing, is what is said."""
    kiosk = Kiosk(9, bug)
    kiosk.sell(5)
    kiosk.run(MINUTE_MS)
    for _ in range(10):
        kiosk.reporting.broker_away(kiosk.now_ms)
        kiosk.sell(30)
        kiosk.run(MINUTE_MS)
        kiosk.reporting.broker_back(kiosk.now_ms)
        kiosk.run(2 * MINUTE_MS)
        kiosk.sell(30)
        kiosk.run(1)
    kiosk.settle()
    assert any(said in text for text in kiosk.wrong())
    assert kiosk.reporting.consumer.arrived == len(kiosk.rows)


def test_a_link_that_hears_no_wish_is_found() -> None:
    """What the broker forgot stays missing."""
    kiosk = Kiosk(4, Stubborn)
    kiosk.reporting.consumer_away(kiosk.now_ms)
    kiosk.sell(30)
    kiosk.run(MINUTE_MS)
    kiosk.reporting.broker_restart(kiosk.now_ms, keeps_state=False)
    kiosk.run(MINUTE_MS)
    kiosk.settle()
    assert kiosk.wrong() == ["reporting: events 1 to 30 have not arrived"]


def forged(consumer: Consumer, kiosk: Kiosk) -> None:
    """An event with another amount in it."""
    message = NAMES.event(kiosk.rows[3])[0]
    consumer.hear(Message(message.topic, message.payload.replace(b"1000", b"2000")))


def invented(consumer: Consumer, kiosk: Kiosk) -> None:
    """An event that no journal has."""
    row = row_of(workload.record(len(kiosk.rows) + 1), kiosk.rows[-1].hash)
    consumer.hear(NAMES.event(row)[0])


def rewritten(consumer: Consumer, kiosk: Kiosk) -> None:
    """A number that was given twice, after a cut, and its first event had gone out."""
    old = kiosk.rows[-1]
    kiosk.reporting.durable([Record(old.seq, old.at_ms + 1, old.up_ms, workload.record(old.seq).event)])


@pytest.mark.parametrize("plant", [forged, invented, rewritten])
def test_content_that_differs_is_found(plant: Callable[[Consumer, Kiosk], None]) -> None:
    """One digest an event is enough to notice."""
    kiosk = Kiosk(10)
    kiosk.sell(20)
    kiosk.settle()
    assert kiosk.wrong() == []
    plant(kiosk.reporting.consumer, kiosk)
    assert len(kiosk.wrong()) == 1


def test_a_lost_alert_is_found() -> None:
    """An alert has no number that a consumer could miss; the journal tells which were due."""
    kiosk = Kiosk(11)
    kiosk.sell(20)
    kiosk.settle()
    kiosk.reporting.broker_away(kiosk.now_ms)
    kiosk.sell(7)
    assert "events 21 to 27" in kiosk.wrong()[0]
    for row in kiosk.rows[20:]:
        kiosk.reporting.consumer.hear(NAMES.event(row)[0])
    assert kiosk.wrong() == ["reporting: the alerts ['k01-25.1'] have not arrived"]


def test_it_costs_next_to_nothing() -> None:
    """A virtual car park sells 150 times a second; reporting may take half a millisecond of a sale with its 11 events."""
    kiosk = Kiosk(12)
    sales, began_s = 500, time.process_time()
    for _ in range(sales):
        for count in (1, 2, 1, 2, 1, 2, 1, 1):
            kiosk.sell(count)
            kiosk.run(4_000)
    cost_us = (time.process_time() - began_s) / sales * 1e6
    print(f"{cost_us:.0f} us a sale, {kiosk.turns / sales:.1f} turns")
    assert kiosk.wrong() == []
    assert cost_us < 5_000  # ten times of what it may, for a machine that others use too
