"""Signed reports: what is believed, what is refused, and that nothing is read before its signature."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.pay.signing import sign
from terminal.stays import reports
from terminal.stays.reports import (
    FUTURE_MS,
    MAX_BYTES,
    PAST_MS,
    AnyReport,
    ConcessionGranted,
    InnerEntered,
    InnerLeft,
    NoteHonoured,
    PaidElsewhere,
    PassGranted,
    PassWithdrawn,
    StayValidated,
    VehicleEntered,
    VehicleLeft,
    read_report,
    write_report,
)
from terminal.words import CATALOGUES

KEY = b"sixteen bytes at least"
NOW_MS = 1_767_225_600_000

KNOWN: list[tuple[AnyReport, str]] = [
    (
        VehicleEntered("cam1-1", "S-1", "粤B12345", NOW_MS, "day", "small", "1.jpg", "in-1"),
        '{"kind":"entered","id":"cam1-1","stay":"S-1","plate":"粤B12345","at_ms":1767225600000,"tariff":"day",'
        '"vehicle":"small","picture":"1.jpg","lane":"in-1"}',
    ),
    (
        VehicleEntered("cam1-1", "S-1", "AB12", NOW_MS, "day"),
        '{"kind":"entered","id":"cam1-1","stay":"S-1","plate":"AB12","at_ms":1767225600000,"tariff":"day"}',
    ),
    (VehicleLeft("x", "S-1", NOW_MS), '{"kind":"left","id":"x","stay":"S-1","at_ms":1767225600000}'),
    (
        InnerEntered("x", "S-1", "roof", NOW_MS),
        '{"kind":"inner_entered","id":"x","stay":"S-1","tariff":"roof","at_ms":1767225600000}',
    ),
    (
        InnerLeft("x", "S-1", "roof", NOW_MS),
        '{"kind":"inner_left","id":"x","stay":"S-1","tariff":"roof","at_ms":1767225600000}',
    ),
    (
        StayValidated("x", "S-1", "C-9", {"zh-CN": "书店", "en": "Books"}, 60),
        '{"kind":"validated","id":"x","stay":"S-1","coupon":"C-9","names":{"zh-CN":"书店","en":"Books"},"minutes":60}',
    ),
    (
        NoteHonoured("x", "w01", "k01", 12, NOW_MS, 700),
        '{"kind":"redeemed","id":"x","terminal":"w01","issuer":"k01","note":12,"at_ms":1767225600000,"amount_minor":700}',
    ),
    (
        StayValidated("x", "S-1", "C-9", {}, 0, 500),
        '{"kind":"validated","id":"x","stay":"S-1","coupon":"C-9","amount_minor":500}',
    ),
    (
        ConcessionGranted("x", "S-1", "new_energy"),
        '{"kind":"granted","id":"x","stay":"S-1","concession":"new_energy"}',
    ),
    (
        PassGranted("x", "P-1", "粤B12345", 1, NOW_MS * 2, {"en": "Monthly"}),
        '{"kind":"pass","id":"x","pass":"P-1","plate":"粤B12345","from_ms":1,"to_ms":3534451200000,'
        '"names":{"en":"Monthly"}}',
    ),
    (
        PassWithdrawn("x", "P-1", NOW_MS * 2),
        '{"kind":"pass_withdrawn","id":"x","pass":"P-1","at_ms":3534451200000}',
    ),
    (
        PaidElsewhere("k02-17", "k02", "A-17", NOW_MS, 500),
        '{"kind":"paid","id":"k02-17","terminal":"k02","ticket":"A-17","at_ms":1767225600000,"amount_minor":500}',
    ),
]


def signed(text: str) -> bytes:
    """A text with a genuine tag."""
    return sign(KEY, text).encode()


def changed(**fields: object) -> bytes:
    """A genuine entry with some of its fields changed; a field of None is left out."""
    body = json.loads(KNOWN[0][1]) | fields
    return signed(json.dumps({key: value for key, value in body.items() if value is not None}))


def reason(data: bytes, now_ms: int = NOW_MS) -> str:
    """Why a report is refused."""
    with pytest.raises(CodeError) as caught:
        read_report(data, KEY, now_ms)
    return caught.value.reason


@pytest.mark.parametrize(("report", "text"), KNOWN)
def test_what_is_on_the_wire(report: AnyReport, text: str) -> None:
    """Each kind has its documented JSON, and is read and written by it."""
    assert write_report(report, KEY) == signed(text)
    assert read_report(signed(text), KEY, NOW_MS) == report


def test_every_kind_is_known_here() -> None:
    """The list above leaves no kind out."""
    assert {type(report) for report, _ in KNOWN} == set(AnyReport.__args__)


def test_reports_survive_the_journal() -> None:
    """A report inside another tagged struct comes back as it was."""

    class Reported(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
        report: AnyReport

    for report, _ in KNOWN:
        event = Reported(report)
        assert msgspec.json.decode(msgspec.json.encode(event), type=Reported) == event


@pytest.mark.parametrize("plate", ["粤B·12345", "粤Ｂ１２３４５", "粤b 123-45", "粤BI2345"])
def test_a_plate_is_read_in_one_writing(plate: str) -> None:
    """However a camera writes a plate, we know it by one text."""
    report = read_report(changed(plate=plate), KEY, NOW_MS)
    assert isinstance(report, VehicleEntered)
    assert report.plate == "粤B12345"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"plate": "粤B1234!"}, "bad_plate"),
        ({"plate": "--"}, "bad_plate"),
        ({"plate": ""}, "bad_report"),
        ({"plate": None}, "bad_report"),
        ({"plate": "A" * 33}, "bad_report"),
        ({"id": ""}, "bad_report"),
        ({"id": "x" * 65}, "bad_report"),
        ({"id": "a b"}, "bad_report"),
        ({"id": "a\n"}, "bad_report"),
        ({"id": None}, "bad_report"),
        ({"stay": "a.b"}, "bad_report"),
        ({"stay": "x" * 33}, "bad_report"),
        ({"tariff": "\u00e4"}, "bad_report"),
        ({"at_ms": -1}, "bad_report"),
        ({"at_ms": 1.5}, "bad_report"),
        ({"at_ms": "1767225600000"}, "bad_report"),
        ({"at_ms": True}, "bad_report"),
        ({"at_ms": 10**30}, "bad_report"),
        ({"picture": "../secret"}, "bad_report"),
        ({"picture": "http://a/b"}, "bad_report"),
        ({"picture": ".hidden"}, "bad_report"),
        ({"kind": "unknown"}, "bad_report"),
        ({"kind": None}, "bad_report"),
        ({"colour": "red"}, "bad_report"),
        ({"at_ms": NOW_MS + FUTURE_MS + 1}, "in_future"),
        ({"at_ms": NOW_MS - PAST_MS - 1}, "too_old"),
    ],
)
def test_refused_whole(fields: dict[str, object], expected: str) -> None:
    """One wrong field refuses the report, genuine as its signature may be."""
    assert reason(changed(**fields)) == expected


@pytest.mark.parametrize("at_ms", [NOW_MS + FUTURE_MS, NOW_MS - PAST_MS])
def test_the_edges_of_what_is_believed(at_ms: int) -> None:
    """Two minutes ahead and 400 days back are still believed."""
    assert read_report(changed(at_ms=at_ms), KEY, NOW_MS)


@pytest.mark.parametrize("text", [text for report, text in KNOWN if isinstance(report, reports.Happened)])
def test_nothing_happens_in_the_future(text: str) -> None:
    """The rule holds for each kind that tells what has happened."""
    assert reason(signed(text), NOW_MS - FUTURE_MS - 1) == "in_future"
    assert reason(signed(text), NOW_MS + PAST_MS + 1) == "too_old"


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"validated","id":"x","stay":"S-1","coupon":"C-9"}',
        '{"kind":"validated","id":"x","stay":"S-1","coupon":"C-9","minutes":1,"amount_minor":1}',
        '{"kind":"validated","id":"x","stay":"S-1","coupon":"C-9","minutes":44641}',
        '{"kind":"validated","id":"x","stay":"S-1","coupon":"C-9","minutes":5,"names":{"a b":"x"}}',
        '{"kind":"pass","id":"x","pass":"P-1","plate":"AB12","from_ms":5,"to_ms":5}',
        '{"kind":"paid","id":"x","terminal":"k02","ticket":"A","at_ms":1767225600000,"amount_minor":-1}',
        "",
        "[]",
        "null",
        "PK1.A-17.1767225600.T1",
        "[" * 4000,
    ],
)
def test_signed_nonsense(text: str) -> None:
    """A genuine signature under something that is no report."""
    assert reason(signed(text)) == "bad_report"


def test_too_long() -> None:
    """More than the bound is not even looked at."""
    assert reason(b"x" * (MAX_BYTES + 1)) == "too_long"
    assert reason(signed(" " * MAX_BYTES)) == "too_long"


def test_not_utf8() -> None:
    """Bytes that are no text are no report."""
    assert reason(b"\xff\xfe.0000000000000000") == "bad_report"


def test_the_signature_comes_first() -> None:
    """A wrong tag is all that a stranger hears, however wrong the rest is."""
    assert reason(sign(b"another key, also long", KNOWN[0][1]).encode()) == "wrong_tag"
    assert reason(b'{"kind":') == "wrong_tag"
    assert reason(signed(KNOWN[0][1]) + b"\n") == "wrong_tag"


@settings(max_examples=300)
@given(st.sampled_from([report for report, _ in KNOWN]), st.data())
def test_any_changed_byte_is_refused(report: AnyReport, data: st.DataObject) -> None:
    """Changing any one byte makes a report worthless."""
    genuine = write_report(report, KEY)
    place = data.draw(st.integers(0, len(genuine) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != genuine[place]))
    assert reason(genuine[:place] + bytes([byte]) + genuine[place + 1 :]) in ("wrong_tag", "bad_report")


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """Whatever comes is refused with one of the known reasons."""
    assert reason(data) in ("wrong_tag", "bad_report")


@given(st.text(max_size=200))
def test_any_signed_text_is_answered(text: str) -> None:
    """Even from somebody who has the key."""
    assert reason(signed(text)) == "bad_report"


@pytest.mark.parametrize(
    "report", [VehicleLeft("a b", "S", 1), VehicleEntered("x", "S", "!!", 1, "t"), VehicleLeft("x", "", 1)]
)
def test_only_readable_reports_are_written(report: AnyReport) -> None:
    """A report that nobody could read is not written."""
    with pytest.raises(CodeError):
        write_report(report, KEY)


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize(
    "key",
    [
        "too_long", "bad_report", "bad_plate", "wrong_tag", "in_future", "too_old", "left_before_entry",
        "none", "typed_too_short", "too_many", "bad_token", "expired_token", "bad_coupon", "expired_coupon",
    ],
)  # fmt: skip
def test_refusals_have_words(language: str, key: str) -> None:
    """Each reason for a refusal is said in plain words."""
    assert CATALOGUES[language][f"refused.{key}"]
