"""Signed bill codes: one way to write them, and no way to fake them."""

import hashlib
import hmac
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.pay.bills import MAX_LENGTH, make_bill, read_bill
from terminal.pay.signing import sign
from terminal.words import CATALOGUES

KEY = b"sixteen bytes at least"
REASONS = ("not_a_bill", "bad_bill", "wrong_tag")

accounts = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=32)


def reason(code: str, key: bytes = KEY) -> str:
    """Why a code is refused."""
    with pytest.raises(CodeError) as caught:
        read_bill(code, key)
    return caught.value.reason


def test_known_code() -> None:
    """The code is the text, a dot, and the first 16 hex digits of HMAC-SHA256 over the text."""
    code = f"BL1.3-1-502.{hmac.new(KEY, b'BL1.3-1-502', hashlib.sha256).hexdigest()[:16]}"
    assert make_bill(KEY, "3-1-502") == code
    assert read_bill(code, KEY) == "3-1-502"


@given(accounts)
def test_round_trip(account_id: str) -> None:
    """What was written is read again, and no code is longer than the stated bound."""
    code = make_bill(KEY, account_id)
    assert len(code) <= MAX_LENGTH
    assert read_bill(code, KEY) == account_id


@given(accounts, st.data())
def test_any_changed_character_is_refused(account_id: str, data: st.DataObject) -> None:
    """Changing, dropping or adding any one character makes a code worthless."""
    code = make_bill(KEY, account_id)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]))
    for wrong in (
        code[:place] + other + code[place + 1 :],
        code[:place] + code[place + 1 :],
        code[:place] + other + code[place:],
    ):
        assert reason(wrong) in REASONS


@settings(max_examples=500)
@given(st.one_of(st.text(), st.from_regex(r"BL1\..*")))
@example("BL1." + "1" * 100_000)
@example("BL1.\ud800.0000000000000000")
def test_any_text_is_answered(text: str) -> None:
    """Whatever a scanner reads, the answer is one of the known refusals."""
    assert reason(text) in REASONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "not_a_bill"),
        ("PK1.A.1.T1", "not_a_bill"),
        ("bl1.A", "not_a_bill"),
        (" BL1.A", "not_a_bill"),
        ("BL1", "bad_bill"),
        ("BL1.", "bad_bill"),
        ("BL1.A.B", "bad_bill"),
        ("BL1.A_B", "bad_bill"),
        ("BL1.\u00c4", "bad_bill"),
        ("BL1.\u0661", "bad_bill"),
        ("BL1.A\n", "bad_bill"),
        (f"BL1.{'A' * 33}", "bad_bill"),
    ],
)
def test_one_way_to_write_it(text: str, expected: str) -> None:
    """Even with a genuine tag, a bill that is written in another way is refused."""
    assert reason(sign(KEY, text)) == expected


@pytest.mark.parametrize("end", ["\n", "\r", " ", "\0"])
def test_nothing_behind_the_tag(end: str) -> None:
    """A genuine code with something behind it is refused."""
    assert reason(make_bill(KEY, "A") + end) == "bad_bill"


def test_tag_has_small_letters() -> None:
    """A tag in capitals is another writing of the same code, so it is refused."""
    code = next(code for n in range(99) if (code := make_bill(KEY, f"A{n}"))[-16:].upper() != code[-16:])
    assert reason(code[:-16] + code[-16:].upper()) == "bad_bill"


def test_other_key() -> None:
    """A bill of another site is well written, but not ours."""
    assert reason(make_bill(b"another key, also long", "A")) == "wrong_tag"


@pytest.mark.parametrize("account_id", ["", "a.b", "a b", "x" * 33])
def test_only_readable_bills_are_made(account_id: str) -> None:
    """A bill that nobody could read is not made."""
    with pytest.raises(CodeError, match="bad_bill"):
        make_bill(KEY, account_id)


@pytest.mark.parametrize("language", CATALOGUES)
def test_refusals_have_words(language: str) -> None:
    """Each reason for a refusal is said in plain words."""
    assert all(CATALOGUES[language][f"refused.{key}"] for key in REASONS)
