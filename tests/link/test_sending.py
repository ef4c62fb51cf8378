"""What goes out on one connection: the broker's quota, an event with its alerts, and the pace of wishes."""

from terminal.link.messages import Message, Names
from terminal.link.sending import Sending
from terminal.store.outbox import Outbox
from terminal.store.record import GENESIS, Row, row_of
from tests.store import workload

ROWS = [row_of(workload.record(seq), GENESIS) for seq in range(1, 31)]
"""Each 4th of seven has an alert."""


class Line:
    """A connection that keeps what was published; a message's place is its number."""

    def __init__(self, quota: int) -> None:
        self.said: list[Message] = []
        self.outbox = Outbox(0)
        self.sending = Sending(Names("lot-a", "k01"), self.outbox, self.publish, resume_at_most_every_s=1.0)
        self.sending.quota = quota

    def publish(self, message: Message) -> int:
        """On the line."""
        self.said.append(message)
        return len(self.said) - 1

    def say_events(self) -> list[str]:
        """What goes out now, each by the last level of its topic."""
        known = len(self.said)
        self.sending.say_events(rows_after, len(ROWS))
        return [message.topic.rpartition("/")[2] for message in self.said[known:]]


def rows_after(seq: int, limit: int) -> list[Row]:
    """The journal."""
    return ROWS[seq : seq + limit]


def test_no_more_than_the_broker_takes() -> None:
    """What the quota does not take waits, and goes out with the next acknowledgement; QoS 0 is not counted."""
    line = Line(quota=2)
    line.sending.say(Message("health", b"", qos=0))
    assert line.say_events() == ["event", "event"]
    assert line.sending.under_way
    line.sending.acked(1)
    line.sending.flush()
    assert (len(line.said), line.outbox.done) == (4, 1)


def test_nothing_goes_out_before_the_broker_has_said_its_quota() -> None:
    """A connection that is not made takes no event out of the outbox's hands for good."""
    line = Line(quota=0)
    assert line.say_events() == []
    line.sending.quota = 20
    line.sending.flush()
    assert len(line.said) == 1


def test_an_event_is_acknowledged_with_its_alerts() -> None:
    """The fourth event has an alert: it counts when both are acknowledged, in any order, each once."""
    line = Line(quota=5)
    assert line.say_events() == ["event", "event", "event", "event", "alert"]
    for number in (4, 0, 1, 2, 2, 99):
        line.sending.acked(number)
    assert line.outbox.done == 3
    line.sending.acked(3)
    assert line.outbox.done == 4


def test_wishes_are_granted_one_a_time() -> None:
    """Too soon, retained, beyond what was ever given, or no wish at all: refused, and nothing is sent again."""
    line = Line(quota=100)
    line.say_events()
    wish, head = b'{"from": 2}', len(ROWS)
    assert line.sending.asked_again(wish, False, head, 10.0)
    assert line.say_events()[:3] == ["event", "event", "event"]
    assert b'"seq":2,' in line.said[23].payload
    assert not line.sending.asked_again(wish, False, head, 10.9)
    assert not line.sending.asked_again(wish, True, head, 20.0)
    assert not line.sending.asked_again(b'{"from": 32}', False, head, 20.0)
    assert not line.sending.asked_again(b"again!", False, head, 20.0)
    assert line.say_events() == []
