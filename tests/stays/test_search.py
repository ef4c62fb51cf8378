"""The search by part of a plate, and the token that stands for a choice."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.pay.signing import sign
from terminal.stays.plates import HIDDEN
from terminal.stays.search import (
    AT_MOST,
    TOKEN_LENGTH,
    TOKEN_S,
    Candidate,
    ParkedRow,
    candidates,
    make_token,
    read_token,
)

KEY = b"sixteen bytes at least"
NOW_MS = 1_767_225_600_123


def parked(count: int) -> list[ParkedRow]:
    """So many cars whose plates have 2345 in them."""
    return [
        ParkedRow(f"S-{n}", f"粤{letter}12345", 1000 + n) for n, letter in zip(range(count), "ABCDEFGHJ", strict=False)
    ]


def refused(rows: list[ParkedRow], typed: str) -> str:
    """Why a search shows nothing."""
    with pytest.raises(CodeError) as caught:
        candidates(rows, typed, KEY, NOW_MS)
    return caught.value.reason


def token_refused(token: str, now_ms: int = NOW_MS) -> str:
    """Why a token is worth nothing."""
    with pytest.raises(CodeError) as caught:
        read_token(token, KEY, now_ms)
    return caught.value.reason


def test_newest_first_and_masked() -> None:
    """The newest car comes first; of its plate only what was typed is shown; its token stands for its stay."""
    rows = [*parked(3), ParkedRow("S-9", "京A99999", 5000, "9.jpg")]
    found = candidates(rows, "12345", KEY, NOW_MS)
    assert [each.entered_at_ms for each in found] == [1002, 1001, 1000]
    assert {each.masked for each in found} == {"••12345"}
    assert [read_token(each.token, KEY, NOW_MS) for each in found] == ["S-2", "S-1", "S-0"]
    (other,) = candidates(rows, "京a 9999", KEY, NOW_MS)
    assert (other.masked, other.picture) == ("京A9999•", "9.jpg")


def test_too_many() -> None:
    """Six are shown; of seven none is, nor how many there are."""
    assert len(candidates(parked(AT_MOST), "2345", KEY, NOW_MS)) == AT_MOST
    assert refused(parked(AT_MOST + 1), "2345") == "too_many"
    assert len(candidates(parked(AT_MOST + 1), "A12345", KEY, NOW_MS)) == 1


@pytest.mark.parametrize(("typed", "expected"), [("9999", "none"), ("234", "typed_too_short"), ("", "typed_too_short")])
def test_nothing_found(typed: str, expected: str) -> None:
    """No car, or too little to look for one."""
    assert refused(parked(3), typed) == expected


@given(st.text(max_size=12))
def test_any_typed_text_is_answered(typed: str) -> None:
    """Whatever is typed, no more than that is shown."""
    found: tuple[Candidate, ...] = ()
    with suppress(CodeError):
        found = candidates(parked(3), typed, KEY, NOW_MS)
    assert all(len(each.masked.replace(HIDDEN, "")) <= len(typed) for each in found)


def test_a_token_ends() -> None:
    """A choice is good for so many seconds, and not a moment longer."""
    token = make_token(KEY, "S-1", NOW_MS)
    end_ms = (NOW_MS // 1000 + TOKEN_S) * 1000
    assert read_token(token, KEY, end_ms - 1) == "S-1"
    assert token_refused(token, end_ms) == "expired_token"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ST1.S-1.0", "expired_token"),
        ("ST1.S-1.01", "bad_token"),
        ("ST1..1", "bad_token"),
        ("ST1.S_1.1", "bad_token"),
        ("ST1.S-1.1.2", "bad_token"),
        ("PK1.S-1.1", "bad_token"),
        (f"ST1.{'S' * 33}.1", "bad_token"),
    ],
)
def test_one_way_to_write_a_token(text: str, expected: str) -> None:
    """Even with a genuine tag."""
    assert token_refused(sign(KEY, text)) == expected


def test_other_key_and_changes() -> None:
    """A token that was not signed here, or is followed by something, is worth nothing."""
    token = make_token(KEY, "S" * 32, 99_999_999_000_000)
    assert len(token) == TOKEN_LENGTH
    assert read_token(token, KEY, NOW_MS)
    assert token_refused(token + "\n") == "bad_token"
    assert token_refused(token.replace("S", "T", 2)) in ("wrong_tag", "bad_token")
    assert token_refused(make_token(b"another key, also long", "S-1", NOW_MS)) == "wrong_tag"
