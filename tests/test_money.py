"""Amounts in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.money import CAPITALS_BELOW_MINOR, capitals


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
    with pytest.raises(ValueError, match="no capitals"):
        capitals(CAPITALS_BELOW_MINOR)


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
