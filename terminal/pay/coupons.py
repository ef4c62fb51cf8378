"""Coupon codes: a discount on paper or on a screen, good without a network.

    CP1.<coupon id>.<merchant id>.<m|v>.<value>.<valid until, seconds since 1970 UTC>.<tag>

`m` is a value in minutes of parking, `v` one in minor units of money. The ids are 1 to 32 ASCII letters, digits or hyphens; the
numbers are plain decimals without sign or leading zeros. As with tickets there is exactly one way to write a coupon.
"""

import re

import msgspec

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify

MAGIC = "CP1."
MAX_LENGTH = 4 + 32 + 1 + 32 + 1 + 1 + 1 + 9 + 1 + 11 + 1 + 16
"""The longest code; a longer text is not looked at."""
MAX_MINUTES = 44_640
MAX_MINOR = 100_000_000

_GRAMMAR = re.compile(
    r"CP1\.([A-Za-z0-9-]{1,32})\.([A-Za-z0-9-]{1,32})\.([mv])\.([1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,10})\.[0-9a-f]{16}"
)


class CouponCode(msgspec.Struct, frozen=True):
    """What a genuine coupon says; one of `minutes` and `amount_minor` is 0."""

    coupon_id: str
    merchant_id: str
    minutes: int
    amount_minor: int
    valid_until_ms: int


def read_coupon(code: str, key: bytes, now_ms: int) -> CouponCode:
    """The coupon that a scanned code stands for; it is still good at the moment that it names.

    Raises `CodeError` with the reason `bad_coupon` (not written like one), `wrong_tag` (not signed with our key) or
    `expired_coupon`.
    """
    coupon = _read(code, key)
    if now_ms > coupon.valid_until_ms:
        raise CodeError("expired_coupon")
    return coupon


def make_coupon(
    key: bytes, coupon_id: str, merchant_id: str, valid_until_s: int, *, minutes: int = 0, amount_minor: int = 0
) -> str:
    """The code of a coupon worth minutes or money, not both; raises `CodeError` if it could not be read again."""
    if (minutes == 0) == (amount_minor == 0):
        raise CodeError("bad_coupon")
    worth = f"m.{minutes}" if minutes else f"v.{amount_minor}"
    code = sign(key, f"{MAGIC}{coupon_id}.{merchant_id}.{worth}.{valid_until_s}")
    _read(code, key)
    return code


def _read(code: str, key: bytes) -> CouponCode:
    parts = _GRAMMAR.fullmatch(code) if len(code) <= MAX_LENGTH else None
    if parts is None:
        raise CodeError("bad_coupon")
    if verify(key, code) is None:
        raise CodeError("wrong_tag")
    coupon_id, merchant_id, unit, value, until_s = parts.groups()
    minutes, amount_minor = (int(value), 0) if unit == "m" else (0, int(value))
    if minutes > MAX_MINUTES or amount_minor > MAX_MINOR:
        raise CodeError("bad_coupon")
    return CouponCode(coupon_id, merchant_id, minutes, amount_minor, int(until_s) * 1000)
