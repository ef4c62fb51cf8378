"""Coupon codes: one way to write them, no way to fake them, and an end."""

import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.pay.coupons import MAX_LENGTH, MAX_MINOR, MAX_MINUTES, CouponCode, make_coupon, read_coupon
from terminal.pay.signing import sign

KEY = b"sixteen bytes at least"
UNTIL_S = 1_767_225_600

names = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=32)
times = st.integers(0, 99_999_999_999)


def reason(code: str, now_ms: int = 0) -> str:
    """Why a code is refused."""
    with pytest.raises(CodeError) as caught:
        read_coupon(code, KEY, now_ms)
    return caught.value.reason


def test_known_codes() -> None:
    """Minutes and money, as they are documented."""
    minutes = make_coupon(KEY, "C-9", "books", UNTIL_S, minutes=60)
    money = make_coupon(KEY, "C-9", "books", UNTIL_S, amount_minor=500)
    assert minutes == sign(KEY, "CP1.C-9.books.m.60.1767225600")
    assert money == sign(KEY, "CP1.C-9.books.v.500.1767225600")
    assert read_coupon(minutes, KEY, 0) == CouponCode("C-9", "books", 60, 0, UNTIL_S * 1000)
    assert read_coupon(money, KEY, 0) == CouponCode("C-9", "books", 0, 500, UNTIL_S * 1000)


@given(names, names, times, st.integers(1, MAX_MINOR))
def test_round_trip(coupon_id: str, merchant_id: str, until_s: int, amount_minor: int) -> None:
    """What was written is read again, and no code is longer than the stated bound."""
    code = make_coupon(KEY, coupon_id, merchant_id, until_s, amount_minor=amount_minor)
    assert len(code) <= MAX_LENGTH
    assert read_coupon(code, KEY, until_s * 1000) == CouponCode(coupon_id, merchant_id, 0, amount_minor, until_s * 1000)


def test_it_ends() -> None:
    """A coupon is good at the moment that it names, and not after it."""
    code = make_coupon(KEY, "C", "M", UNTIL_S, minutes=1)
    assert read_coupon(code, KEY, UNTIL_S * 1000)
    assert reason(code, UNTIL_S * 1000 + 1) == "expired_coupon"


@given(names, names, st.data())
def test_any_changed_character_is_refused(coupon_id: str, merchant_id: str, data: st.DataObject) -> None:
    """Changing, dropping or adding any one character makes a code worthless."""
    code = make_coupon(KEY, coupon_id, merchant_id, UNTIL_S, minutes=30)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.characters().filter(lambda char: char != code[place]))
    for wrong in (
        code[:place] + other + code[place + 1 :],
        code[:place] + code[place + 1 :],
        code[:place] + other + code[place:],
    ):
        assert reason(wrong) in ("bad_coupon", "wrong_tag")


@settings(max_examples=500)
@given(st.one_of(st.text(), st.from_regex(r"CP1\..*")))
@example("CP1." + "1" * 100_000)
@example("CP1.\ud800.M.m.1.1.0000000000000000")
def test_any_text_is_answered(text: str) -> None:
    """Whatever a scanner reads, the answer is one of the known refusals."""
    assert reason(text) in ("bad_coupon", "wrong_tag")


@pytest.mark.parametrize(
    "text",
    [
        "CP1.C.M.m.0.1",
        "CP1.C.M.m.01.1",
        "CP1.C.M.m.-1.1",
        f"CP1.C.M.m.{MAX_MINUTES + 1}.1",
        f"CP1.C.M.v.{MAX_MINOR + 1}.1",
        "CP1.C.M.x.1.1",
        "CP1.C.M.m.1.01",
        "CP1.C.M.m.1",
        "CP1.C.M.m.1.1.1",
        "CP1..M.m.1.1",
        "CP1.C..m.1.1",
        "CP1.C_C.M.m.1.1",
        f"CP1.{'C' * 33}.M.m.1.1",
        "CP1.C.M.m.\u0661.1",
        "cp1.C.M.m.1.1",
        "PK1.C.1.T1",
    ],
)
def test_one_way_to_write_it(text: str) -> None:
    """Even with a genuine tag, a coupon that is written in another way is refused."""
    assert reason(sign(KEY, text)) == "bad_coupon"


def test_other_key_and_end() -> None:
    """A coupon of another site is not ours; nothing stands behind the tag, and that is in small letters."""
    assert reason(make_coupon(b"another key, also long", "C", "M", UNTIL_S, minutes=1)) == "wrong_tag"
    codes = [make_coupon(KEY, f"C{n}", "M", UNTIL_S, minutes=1) for n in range(20)]
    assert {reason(code + "\n") for code in codes} == {"bad_coupon"}
    capitals = {reason(code[:-16] + code[-16:].upper()) for code in codes if code[-16:] != code[-16:].upper()}
    assert capitals == {"bad_coupon"}


@pytest.mark.parametrize(
    ("minutes", "amount_minor"), [(0, 0), (1, 1), (-1, 0), (MAX_MINUTES + 1, 0), (0, MAX_MINOR + 1)]
)
def test_only_readable_coupons_are_made(minutes: int, amount_minor: int) -> None:
    """A coupon that nobody could read is not made."""
    with pytest.raises(CodeError, match="bad_coupon"):
        make_coupon(KEY, "C", "M", UNTIL_S, minutes=minutes, amount_minor=amount_minor)
