"""The outbox delivers every event at least once, first deliveries in order, whatever the network does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.store.outbox import PERSIST_EVERY, Outbox


def send(box: Outbox, head: int) -> list[int]:
    """Sends all that may be sent of a journal with `head` events; the number is the token."""
    sent = []
    while (seq := box.next()) is not None and seq <= head:
        box.sent(seq, seq)
        sent.append(seq)
    return sent


def test_a_window_is_sent_and_moves_with_the_first_gap() -> None:
    """No more than the window is under way, and it moves only when its oldest event is acknowledged."""
    box = Outbox(cursor=10, window=3)
    assert send(box, 100) == [11, 12, 13]
    box.acked(12)
    box.acked(13)
    assert (box.done, send(box, 100)) == (10, [])
    box.acked(11)
    assert (box.done, send(box, 100)) == (13, [14, 15, 16])


def test_a_lost_connection_sends_the_unacknowledged_again() -> None:
    """From the event after `done` on, in order; acknowledgements of the former connection mean nothing."""
    box = Outbox(cursor=0, window=4)
    send(box, 4)
    box.acked(1)
    box.acked(3)
    box.lost()
    box.acked(2)
    assert box.done == 1
    assert send(box, 4) == [2, 3, 4]


def test_a_consumer_may_ask_again_from_any_number_that_was_sent() -> None:
    """Resume goes back, never beyond what was sent, and never before the first event."""
    box = Outbox(cursor=50)
    assert send(box, 52) == [51, 52]
    assert box.resume(0) is False
    assert box.resume(53) is False
    assert box.resume(-(2**70)) is False
    assert box.resume(48) is True
    assert send(box, 52) == [48, 49, 50, 51, 52]


def test_the_cursor_is_worth_a_write_now_and_then() -> None:
    """Every hundred acknowledgements while draining, at once when nothing is under way, and never backwards."""
    box = Outbox(cursor=0, window=20)
    written = []
    for _ in range(15):
        for seq in send(box, 10_000):
            box.acked(seq)
            if box.done % 20 and (cursor := box.take_cursor()):
                written.append(cursor)
    assert written == [101, 201]
    assert PERSIST_EVERY == 100
    assert box.take_cursor() == 300
    assert box.take_cursor() is None
    box.resume(1)
    assert box.take_cursor() is None


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("head"), st.integers(0, 30)),
        st.tuples(st.just("send"), st.just(0)),
        st.tuples(st.just("ack"), st.integers(0, 60)),
        st.tuples(st.just("lost"), st.just(0)),
        st.tuples(st.just("resume"), st.integers(-3, 200)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("cursor"), st.just(0)),
    ),
    max_size=80,
)


@settings(max_examples=2000)
@given(STEPS, st.integers(1, 20))
def test_any_interleaving_delivers_everything(steps: list[tuple[str, int]], window: int) -> None:
    """Sends, acknowledgements in any order, lost connections, requests and restarts: nothing is left out."""
    box, head, durable, token = Outbox(0, window), 0, 0, 0
    received: list[int] = []
    under_way: list[tuple[int, int]] = []

    def deliver() -> None:
        nonlocal token
        seq = box.next()
        if seq is not None and seq <= head:
            token += 1
            box.sent(token, seq)
            received.append(seq)
            under_way.append((token, seq))
            assert seq - box.done <= window

    for verb, number in steps:
        match verb:
            case "head":
                head += number
            case "send":
                deliver()
            case "ack" if under_way:
                box.acked(under_way.pop(number % len(under_way))[0])
            case "lost":
                box.lost()
                under_way.clear()
            case "resume":
                box.resume(number)
            case "restart":
                box = Outbox(durable, window)
                under_way.clear()
            case "cursor":
                if (cursor := box.take_cursor()) is not None:
                    assert cursor > durable
                    assert set(range(1, cursor + 1)) <= set(received)
                    durable = cursor
    for _ in range(2 * head + window + 1):  # the network is well again
        deliver()
        while under_way:
            box.acked(under_way.pop()[0])
    assert box.done == head
    firsts = list(dict.fromkeys(received))
    assert firsts == list(range(1, head + 1))
