"""Pads of paper: which ranges are pads, which numbers are papers, and which are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.shift.pads import NUMBER_MAX, PAD_SIZE_MAX, Pad, clash, missing, unfit_paper, unfit_range, unfit_return

OUT = Pad("A", 101, 125, "li", 101)
BACK = Pad("A", 101, 125, "", 110)


@pytest.mark.parametrize(
    ("first_no", "last_no", "reason"),
    [
        (101, 125, ""),
        (7, 7, ""),
        (1, PAD_SIZE_MAX, ""),
        (1, PAD_SIZE_MAX + 1, "bad_numbers"),
        (0, 5, "bad_numbers"),
        (5, 4, "bad_numbers"),
        (NUMBER_MAX, NUMBER_MAX, ""),
        (NUMBER_MAX, NUMBER_MAX + 1, "bad_numbers"),
    ],
)
def test_ranges(first_no: int, last_no: int, reason: str) -> None:
    """From one number to another, not too many, none below 1."""
    assert unfit_range(first_no, last_no) == reason


def test_a_pad_has_a_name_and_numbers_of_its_own() -> None:
    """Of what the books found alike, a name counts before a number."""
    assert clash("B", ()) == ""
    assert clash("B", (OUT,)) == "pad_overlaps"
    assert clash("A", (Pad("C", 1, 2), OUT)) == "pad_exists"


@pytest.mark.parametrize(
    ("pad", "number", "reason"),
    [
        (None, 101, "no_such_pad"),
        (OUT, 100, "no_such_paper"),
        (OUT, 101, ""),
        (OUT, 125, ""),
        (OUT, 126, "no_such_paper"),
        (BACK, 109, ""),
        (BACK, 110, "paper_is_blank"),
        (Pad("A", 101, 125, "", 101), 101, "paper_is_blank"),
    ],
)
def test_papers(pad: Pad | None, number: int, reason: str) -> None:
    """A number of the pad, and not of those that lie blank in the office."""
    assert unfit_paper(pad, number) == reason


@pytest.mark.parametrize(
    ("pad", "first_blank_no", "used", "reason"),
    [
        (None, 101, (), "no_such_pad"),
        (BACK, 110, (), "pad_is_in"),
        (OUT, 101, (), ""),
        (OUT, 100, (), "no_such_paper"),
        (OUT, 126, (101, 125), ""),
        (OUT, 127, (), "no_such_paper"),
        (OUT, 110, (109,), ""),
        (OUT, 110, (110,), "paper_not_blank"),
    ],
)
def test_returns(pad: Pad | None, first_blank_no: int, used: tuple[int, ...], reason: str) -> None:
    """A pad comes back with what was blank when it went or less of it, and nothing that was entered is blank."""
    assert unfit_return(pad, first_blank_no, used) == reason


@given(st.integers(101, 126), st.sets(st.integers(101, 125)))
def test_each_torn_off_number_is_used_or_missing(first_blank_no: int, used: set[int]) -> None:
    """Every number is exactly one of blank, used, missing, whenever such a return is possible."""
    if unfit_return(OUT, first_blank_no, used):
        assert any(number >= first_blank_no for number in used)
        return
    lost = missing(OUT, first_blank_no, used)
    blank = set(range(first_blank_no, 126))
    assert list(lost) == sorted(set(lost))
    assert set(lost) | used | blank == set(range(101, 126))
    assert len(lost) + len(used) + len(blank) == 25


def test_what_was_missing_before_is_not_missing_again() -> None:
    """A pad that went out a second time is asked only for what went out then."""
    assert missing(Pad("A", 101, 125, "li", 110), 113, {111}) == (110, 112)
