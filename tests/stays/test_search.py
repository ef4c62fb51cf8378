"""The search by part of a plate, and the token that stands for a choice."""

from contextlib import suppress
from itertools import combinations

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


@given(st.text("ABCabc019-", min_size=1, max_size=32), st.integers(0, NOW_MS * 10))
def test_a_token_stands_for_any_stay(stay_id: str, now_ms: int) -> None:
    """Whatever the id, it comes back, and all tokens of a moment have one length."""
    token = make_token(KEY, stay_id, now_ms)
    assert read_token(token, KEY, now_ms) == stay_id
    assert len(token) == len(make_token(KEY, "S", now_ms))


def test_a_token_tells_nothing() -> None:
    """Ids that are nearly alike have tokens of one moment that are not: neither they nor their difference can be read."""
    ids = ["B12345-20260101-0001", "B12345-20260101-0002", "B12345-20260102-0001"]
    hidden = [bytes.fromhex(make_token(KEY, each, NOW_MS).split(".")[1]) for each in ids]
    for one, other in combinations(hidden, 2):
        assert sum(a == b for a, b in zip(one, other, strict=True)) < 8
    assert all(each.encode() not in one for each in ids for one in hidden)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ST1.S-1.0",
        f"ST1.{'0' * 64}.01",
        f"ST1.{'0' * 63}.1",
        f"ST1.{'0' * 65}.1",
        f"ST1.{'A' * 64}.1",
        f"ST1.{'0' * 64}.1.2",
        f"PK1.{'0' * 64}.1",
    ],
)
def test_one_way_to_write_a_token(text: str) -> None:
    """Even with a genuine tag."""
    assert token_refused(sign(KEY, text)) == "bad_token"


@given(st.data())
def test_a_changed_token(data: st.DataObject) -> None:
    """Any other character in any place, and it is worth nothing: no other stay, and no longer time."""
    token = make_token(KEY, "S-1", NOW_MS)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdef.").filter(lambda letter: letter != token[place]))
    assert token_refused(token[:place] + letter + token[place + 1 :]) in ("wrong_tag", "bad_token")


def test_tokens_of_others() -> None:
    """What another key has made, what is only signed, and what is followed by something."""
    token = make_token(KEY, "S" * 32, 99_999_999_000_000)
    assert len(token) == TOKEN_LENGTH
    assert read_token(token, KEY, NOW_MS)
    assert token_refused(token + "\n") == "bad_token"
    assert token_refused(make_token(b"another key, also long", "S-1", NOW_MS)) == "wrong_tag"
    assert token_refused(sign(KEY, token.rpartition(".")[0])) == "wrong_tag"
