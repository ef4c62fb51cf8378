"""Badges: one way to write them, and only our key makes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import CodeError
from terminal.pay.badges import MAX_LENGTH, Badge, make_badge, read_badge

KEY = b"a key"


@given(st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True), st.integers(1, 999_999))
def test_what_was_made_is_read(name: str, number: int) -> None:
    """Name and number come back; another key makes nothing of it."""
    code = make_badge(KEY, Badge(name, number))
    assert read_badge(code, KEY) == Badge(name, number) and len(code) <= MAX_LENGTH
    with pytest.raises(CodeError, match="forged_badge"):
        read_badge(code, b"another")


@pytest.mark.parametrize(
    "code",
    [
        "OP1.",
        "OP1.li.0.0123456789abcdef",
        "OP1.li.01.0123456789abcdef",
        "OP1.l i.1.0123456789abcdef",
        "OP1.li.1.0123456789ABCDEF",
    ],
)
def test_what_is_no_badge(code: str) -> None:
    """Not written as badges are."""
    with pytest.raises(CodeError, match="bad_badge"):
        read_badge(code, KEY)
