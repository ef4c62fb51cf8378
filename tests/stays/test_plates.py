"""Plates: which texts are one, how they are found, and what a stranger sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.stays.plates import (
    ENDINGS,
    HIDDEN,
    PROVINCES,
    TYPED_LEAST,
    is_new_energy,
    is_plate,
    mask,
    matches,
    normalise,
)

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
usual = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(PROVINCES),
    st.sampled_from(LETTERS),
    st.text(LETTERS + DIGITS, min_size=4, max_size=4),
    st.sampled_from(LETTERS + DIGITS + ENDINGS),
)
foreign = st.text(LETTERS + "IO" + DIGITS, min_size=2, max_size=12)


@pytest.mark.parametrize(
    ("text", "is_one", "new_energy"),
    [
        ("粤B12345", True, False),
        ("粤BA1B2C", True, False),
        ("粤Z1234港", True, False),
        ("粤Z1234澳", True, False),
        ("京A1234警", True, False),
        ("京A1234学", True, False),
        ("京A1234挂", True, False),
        ("粤BD12345", True, True),
        ("粤BF12345", True, True),
        ("粤BDA1234", True, True),
        ("粤B12345D", True, True),
        ("粤B12345F", True, True),
        ("粤BDAB123", False, False),
        ("粤BL12345", False, False),
        ("粤B12345L", False, False),
        ("粤B123456", False, False),
        ("粤B1234O", False, False),
        ("粤BI2345", False, False),
        ("粤O12345", False, False),
        ("粤11234B", False, False),
        ("粤B1234", False, False),
        ("粤B挂1234", False, False),
        ("B12345", False, False),
        ("中B12345", False, False),
        ("粤b12345", False, False),
        ("粤B12345\n", False, False),
        ("粤B１2345", False, False),
        ("", False, False),
    ],
)
def test_chinese_plates(text: str, is_one: bool, new_energy: bool) -> None:
    """What the standard allows is a plate, and nothing else."""
    assert is_plate(text, "CN") == is_one
    assert is_new_energy(text) == new_energy


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("AB", True), ("IO12", True), ("A" * 12, True), ("粤B12345", True), ("使014578", True),
     ("WJ京12345", True), ("A", False), ("A" * 13, False), ("Ä12", False), ("A B", False), ("١٢٣٤", False)],
)  # fmt: skip
def test_any_plate(text: str, is_one: bool) -> None:
    """Plates of other countries and special ones are known by their characters only."""
    assert is_plate(text, "any") == is_one


@pytest.mark.parametrize(
    "text", ["粤B·12345", "粤Ｂ１２３４５", "粤b 12345", " 粤B-12345", "粤B．12345", "粤B•１２３\u300045"]
)
def test_one_way_to_write_it(text: str) -> None:
    """Width, case, spaces, dots and hyphens make no difference."""
    assert normalise(text) == "粤B12345"


@pytest.mark.parametrize(
    ("text", "plate"),
    [("粤B1234O", "粤B12340"), ("粤bi2345", "粤B12345"), ("粤BDO1234", "粤BD01234"), ("京O12345", "京O12345"),
     ("IO1234", "IO1234"), ("B1234O", "B1234O")],
)  # fmt: skip
def test_no_o_and_no_i_in_a_serial(text: str, plate: str) -> None:
    """What a camera or a finger takes for an O or an I is a digit, behind a province and its letter; nowhere else."""
    assert normalise(text) == plate


@pytest.mark.parametrize(
    ("plate", "typed", "shown"),
    [("粤B12340", "234O", "•••2340"), ("粤B12340", "bi23", "•B123••"), ("京O12345", "O123", "•O123••"),
     ("IO1234", "IO12", "IO12••"), ("IO1234", "1012", "••••••"), ("101234", "IO12", "••••••")],
)  # fmt: skip
def test_typed_o_and_i(plate: str, typed: str, shown: str) -> None:
    """A payer who types the letter finds the digit of a Chinese plate; on others they are what they are."""
    assert mask(plate, typed) == shown
    assert matches(plate, typed) == (HIDDEN * len(plate) != shown)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The one way to write a plate is stable, whatever the text."""
    assert normalise(normalise(text)) == normalise(text)


@given(usual | foreign)
def test_plates_are_normal(plate: str) -> None:
    """A plate already is written in the one way."""
    assert normalise(plate) == plate
    assert is_plate(plate, "any")


@given(usual, st.data())
def test_any_part_of_four_finds_it(plate: str, data: st.DataObject) -> None:
    """Every part that is long enough matches, with or without the province, and no shorter one."""
    begin = data.draw(st.integers(0, len(plate) - TYPED_LEAST))
    end = data.draw(st.integers(begin + TYPED_LEAST, len(plate)))
    assert matches(plate, plate[begin:end])
    assert matches(plate, plate[begin:end].lower())
    assert not matches(plate, plate[begin : begin + TYPED_LEAST - 1])


@given(foreign)
def test_a_whole_plate_finds_it(plate: str) -> None:
    """A foreign plate may be shorter than a part must be; then it must be typed whole."""
    assert matches(plate, plate)


@pytest.mark.parametrize("typed", ["", "...", "   ", "粤B", "999", "9999"])
def test_too_little_or_wrong_finds_nothing(typed: str) -> None:
    """Nothing, marks alone, too little, and what is not in it."""
    assert not matches("粤B12345", typed)
    assert mask("粤B12345", typed) == HIDDEN * 7


@given(st.text(LETTERS, max_size=4), st.text(DIGITS, min_size=4, max_size=4), st.text(LETTERS, max_size=4), st.data())
def test_a_stranger_learns_nothing(before: str, part: str, after: str, data: st.DataObject) -> None:
    """Two plates that differ only in what was not typed are shown alike, however they differ there."""
    others = st.text(LETTERS, min_size=len(before + after), max_size=len(before + after))
    other = data.draw(others)
    plate, twin = f"{before}{part}{after}", f"{other[: len(before)]}{part}{other[len(before) :]}"
    assert mask(plate, part) == mask(twin, part) == HIDDEN * len(before) + part + HIDDEN * len(after)


def test_the_first_place_is_shown() -> None:
    """What was typed and stands twice in a plate is shown once, as it was typed."""
    assert mask("粤B11111", "1111") == "••1111•"
    assert mask("粤B12345", "b-1234") == "•B1234•"
