"""Amounts in figures and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.money import CAPITALS_BELOW_MINOR, MINOR_DIGITS, SYMBOLS, capitals, figures, with_symbol


@pytest.mark.parametrize(
    ("amount_minor", "currency", "plain", "shown"),
    [
        (0, "CNY", "0.00", "¥0.00"),
        (1, "CNY", "0.01", "¥0.01"),
        (-1, "CNY", "-0.01", "-¥0.01"),
        (99, "CNY", "0.99", "¥0.99"),
        (100, "CNY", "1.00", "¥1.00"),
        (1050, "CNY", "10.50", "¥10.50"),
        (-1050, "CNY", "-10.50", "-¥10.50"),
        (123_456_789, "USD", "1234567.89", "$1234567.89"),
        (5, "EUR", "0.05", "€0.05"),
        (5, "GBP", "0.05", "£0.05"),
        (5, "HKD", "0.05", "HK$0.05"),
        (5, "SGD", "0.05", "S$0.05"),
        (5, "CHF", "0.05", "CHF 0.05"),
        (0, "JPY", "0", "¥0"),
        (1050, "JPY", "1050", "¥1050"),
        (-1, "JPY", "-1", "-¥1"),
        (1050, "KRW", "1050", "₩1050"),
    ],
)
def test_figures(amount_minor: int, currency: str, plain: str, shown: str) -> None:
    """As many digits behind the point as the currency has, the sign in front of all, a symbol where there is one."""
    assert figures(amount_minor, currency) == plain
    assert with_symbol(amount_minor, currency) == shown


def test_every_symbol_is_of_a_currency_that_can_be_set() -> None:
    """A currency that only has a symbol could not be written."""
    assert set(SYMBOLS) <= set(MINOR_DIGITS)


@pytest.mark.parametrize(
    ("amount_minor", "text"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (55, "伍角伍分"),
        (100, "壹元整"),
        (1000, "壹拾元整"),
        (1005, "壹拾元零伍分"),
        (1050, "壹拾元伍角整"),
        (1055, "壹拾元伍角伍分"),
        (10_100, "壹佰零壹元整"),
        (100_100, "壹仟零壹元整"),
        (1_000_000, "壹万元整"),
        (1_000_100, "壹万零壹元整"),
        (1_050_000, "壹万零伍佰元整"),
        (10_010_000, "壹拾万零壹佰元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_001_000_000, "壹亿零壹万元整"),
        (100_000_000_000, "壹拾亿元整"),
        (123_456_789_012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
        (-1005, "负壹拾元零伍分"),
        (-1, "负壹分"),
        (1, "壹分"),
        (101, "壹元零壹分"),
        (111, "壹元壹角壹分"),
        (99_900, "玖佰玖拾玖元整"),
        (100_000, "壹仟元整"),
        (100_000_000, "壹佰万元整"),
        (1_099_900, "壹万零玖佰玖拾玖元整"),
        (1_100_000, "壹万壹仟元整"),
        (1_100_100, "壹万壹仟零壹元整"),
        (1_000_010_000, "壹仟万零壹佰元整"),
        (1_000_100_000, "壹仟万壹仟元整"),
        (10_000_100_000, "壹亿零壹仟元整"),
        (10_010_000_000, "壹亿零壹拾万元整"),
        (10_100_000_000, "壹亿零壹佰万元整"),
        (11_000_000_000, "壹亿壹仟万元整"),
        (99_999_999_999_999, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capitals(amount_minor: int, text: str) -> None:
    """Zeros, jiao, fen and 整 as receipts write them."""
    assert capitals(amount_minor) == text


@given(st.integers(1 - CAPITALS_BELOW_MINOR, CAPITALS_BELOW_MINOR - 1))
def test_capitals_can_be_read_back(amount_minor: int) -> None:
    """Read digit by digit the words give the amount again, and no zero is said twice in a row."""
    text = capitals(amount_minor)
    assert "零零" not in text
    assert text.endswith(("元整", "角整", "分"))
    assert read(text) == amount_minor


def test_too_much_for_capitals() -> None:
    """From 10¹² yuan on there are no words here."""
    assert CAPITALS_BELOW_MINOR == 100 * 10**12
    for amount_minor in (CAPITALS_BELOW_MINOR, -CAPITALS_BELOW_MINOR):
        with pytest.raises(ValueError, match="no capitals"):
            capitals(amount_minor)


def read(text: str) -> int:
    """The amount that the capitals say."""
    sign = -1 if text.startswith("负") else 1
    total = group = digit = 0
    small = {"拾": 10, "佰": 100, "仟": 1000}
    ends = {"亿": 10_000_000_000, "万": 1_000_000, "元": 100}
    for character in text.strip("负整"):
        if character in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)
        elif character in small:
            group, digit = group + digit * small[character], 0
        elif character in ends:
            total, group, digit = total + (group + digit) * ends[character], 0, 0
        else:
            total, digit = total + digit * {"角": 10, "分": 1}[character], 0
    return sign * total
