"""Signed ticket codes: one way to write them, and no way to fake them."""

import hashlib
import hmac
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify
from terminal.pay.tickets import MAX_LENGTH, Ticket, make_ticket, read_ticket
from terminal.words import CATALOGUES

KEY = b"sixteen bytes at least"

names = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=32)
times = st.integers(0, 99_999_999_999)


def reason(code: str, key: bytes = KEY) -> str:
    """Why a code is refused."""
    with pytest.raises(CodeError) as caught:
        read_ticket(code, key)
    return caught.value.reason


def test_known_code() -> None:
    """The code is the text, a dot, and the first 16 hex digits of HMAC-SHA256 over the text."""
    text = "PK1.A-17.1767225600.T1"
    code = f"{text}.{hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:16]}"
    assert make_ticket(KEY, "A-17", 1767225600, "T1") == code
    assert read_ticket(code, KEY) == Ticket("A-17", 1767225600_000, "T1")


@given(names, times, names)
def test_round_trip(ticket_id: str, entered_at_s: int, tariff_id: str) -> None:
    """What was written is read again, and no code is longer than the stated bound."""
    code = make_ticket(KEY, ticket_id, entered_at_s, tariff_id)
    assert len(code) <= MAX_LENGTH
    assert read_ticket(code, KEY) == Ticket(ticket_id, entered_at_s * 1000, tariff_id)


@given(names, times, names, st.data())
def test_any_changed_character_is_refused(ticket_id: str, at: int, tariff_id: str, data: st.DataObject) -> None:
    """Changing, dropping or adding any one character makes a code worthless."""
    code = make_ticket(KEY, ticket_id, at, tariff_id)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]))
    for wrong in (
        code[:place] + other + code[place + 1 :],
        code[:place] + code[place + 1 :],
        code[:place] + other + code[place:],
    ):
        assert reason(wrong) in ("not_a_ticket", "bad_ticket", "wrong_tag")


@settings(max_examples=1000)
@given(st.one_of(st.text(), st.text(st.characters(max_codepoint=127)), st.from_regex(r"PK1\..*")))
@example("PK1." + "1" * 100_000)
@example("PK1.\ud800.1.T1.0000000000000000")
def test_any_text_is_answered(text: str) -> None:
    """Whatever a scanner reads, the answer is one of the known refusals."""
    assert reason(text) in ("not_a_ticket", "bad_ticket", "wrong_tag")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "not_a_ticket"),
        ("6901234567892", "not_a_ticket"),
        ("RC1.k01.1.500.1767225600", "not_a_ticket"),
        ("pk1.A.1.T1", "not_a_ticket"),
        (" PK1.A.1.T1", "not_a_ticket"),
        ("PK1", "bad_ticket"),
        ("PK1.A.1", "bad_ticket"),
        ("PK1.A.1.T1.x", "bad_ticket"),
        ("PK1..1.T1", "bad_ticket"),
        ("PK1.A.01.T1", "bad_ticket"),
        ("PK1.A.+1.T1", "bad_ticket"),
        ("PK1.A.-1.T1", "bad_ticket"),
        ("PK1.A.1e3.T1", "bad_ticket"),
        ("PK1.A.100000000000.T1", "bad_ticket"),
        ("PK1.A.\u0661.T1", "bad_ticket"),
        ("PK1.A_B.1.T1", "bad_ticket"),
        ("PK1.\u00c4.1.T1", "bad_ticket"),
        ("PK1.A.1.T1\n", "bad_ticket"),
        (f"PK1.{'A' * 33}.1.T1", "bad_ticket"),
        (f"PK1.A.1.{'T' * 33}", "bad_ticket"),
    ],
)
def test_one_way_to_write_it(text: str, expected: str) -> None:
    """Even with a genuine tag, a ticket that is written in another way is refused."""
    assert reason(sign(KEY, text)) == expected


@pytest.mark.parametrize("end", ["\n", "\r", " ", "\0"])
def test_nothing_behind_the_tag(end: str) -> None:
    """A genuine code with something behind it is refused."""
    assert reason(make_ticket(KEY, "A", 1, "T1") + end) == "bad_ticket"


def test_tag_has_small_letters() -> None:
    """A tag in capitals is another writing of the same code, so it is refused."""
    code = next(code for n in range(99) if (code := make_ticket(KEY, f"A{n}", 1, "T1"))[-16:].upper() != code[-16:])
    assert reason(code[:-16] + code[-16:].upper()) == "bad_ticket"


def test_other_key() -> None:
    """A ticket of another site is well written, but not ours."""
    assert reason(make_ticket(b"another key, also long", "A", 1, "T1")) == "wrong_tag"


@pytest.mark.parametrize("ticket_id", ["", "a.b", "a b", "x" * 33])
def test_only_readable_tickets_are_made(ticket_id: str) -> None:
    """A ticket that nobody could read is not made."""
    with pytest.raises(CodeError, match="bad_ticket"):
        make_ticket(KEY, ticket_id, 1, "T1")


@given(st.binary(), st.text())
def test_signing(key: bytes, text: str) -> None:
    """Any text can be signed and read again with the same key, and with no other one."""
    code = sign(key, text)
    assert verify(key, code) == text
    assert verify(key + b"x", code) is None
    assert verify(key, code[:-1]) is None


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize(
    "key",
    ["not_a_ticket", "bad_ticket", "wrong_tag", "in_future", "already_paid", "unknown_tariff", "sale_open"],
)
def test_refusals_have_words(language: str, key: str) -> None:
    """Each reason for a refusal is said in plain words."""
    assert CATALOGUES[language][f"refused.{key}"]
