"""What is said and understood over MQTT, without a broker."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import StoreCorrupt
from terminal.fsm.effects import Alert, OpenBarrier, TellPaid
from terminal.fsm.events import CancelPressed
from terminal.link.messages import Names, read_ack, read_resume
from terminal.stays.reports import PaidElsewhere, read_report
from terminal.store.record import GENESIS, Record, Row, row_of

NAMES = Names("lot-a", "k01")
KEY = b"a key"


def as_json(value: object) -> bytes:
    """A value as it would be published."""
    return json.dumps(value).encode()


ODD = st.one_of(
    st.binary(max_size=400),
    st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5).map(as_json),
    st.dictionaries(st.sampled_from(["seq", "from", "x"]), st.integers() | st.floats() | st.text()).map(as_json),
)


@given(ODD, st.integers(0, 1000))
def test_anything_may_arrive(payload: bytes, head_seq: int) -> None:
    """Whatever is sent to us is a number that we have given, or nothing."""
    assert read_ack(payload, head_seq) in {None, *range(head_seq + 1)}
    assert read_resume(payload, head_seq) in {None, *range(1, head_seq + 2)}


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_sensible_numbers_are_understood(number: int, head_seq: int) -> None:
    """An acknowledgement reaches up to the last event, a resume up to the next one."""
    assert read_ack(b'{"seq": %d}' % number, head_seq) == (number if number <= head_seq else None)
    assert read_resume(b'{"from": %d}' % number, head_seq) == (number if 1 <= number <= head_seq + 1 else None)


def test_alerts_carry_the_number_of_their_effect() -> None:
    """An alert's id is the effect's: event number and index, so that it is the same however often it is sent."""
    row = row_of(
        Record(7, 99, 1, CancelPressed(), (OpenBarrier(3), Alert("jam"), Alert("box_full", {"n": 1}))), GENESIS
    )
    event, *alerts = [(message.topic, json.loads(message.payload)) for message in NAMES.event(row)]
    assert event == (
        "fee/lot-a/k01/event",
        {"id": "k01-7", "seq": 7, "kind": "CancelPressed", "at_ms": 99, "data": {}},
    )
    assert alerts == [
        ("fee/lot-a/k01/alert", {"id": "k01-7.1", "code": "jam", "at_ms": 99, "data": {}}),
        ("fee/lot-a/k01/alert", {"id": "k01-7.2", "code": "box_full", "at_ms": 99, "data": {"n": 1}}),
    ]


def test_other_terminals_are_told_what_was_paid() -> None:
    """The notice is a signed report whose id is the effect's; without a key nobody is told."""
    row = row_of(Record(7, 99_000, 1, CancelPressed(), (OpenBarrier(3), TellPaid("T1", 500))), GENESIS)
    _, notice = Names("lot-a", "k01", KEY).event(row)
    assert notice.topic == "fee/lot-a/k01/paid"
    assert read_report(notice.payload, KEY, 99_000) == PaidElsewhere("k01:7.1:99000", "k01", "T1", 99_000, 500)
    assert len(NAMES.event(row)) == 1


@pytest.mark.parametrize(
    ("data", "effects"),
    [
        (b"", b"[]"),
        (b"[]", b"[]"),
        (b"\xff", b"[]"),
        (b"{}", b'"Alert"'),
        (b"{}", b'[{"kind": "Alert"}]'),
        (b"{}", b'[{"Alert": 1}]'),
    ],
)
def test_a_damaged_row_is_said_to_be_one(data: bytes, effects: bytes) -> None:
    """A row that the journal can not have written is not published."""
    with pytest.raises(StoreCorrupt, match="event 7 can not be published"):
        NAMES.event(Row(7, 1, 1, "CancelPressed", data, effects, b"[]", GENESIS, GENESIS))
