"""Pieces of cash: counts in one form, change in the fewest pieces that there are."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.shift.pieces import DENOMINATIONS, PIECES_MAX, change_for, counted, total_minor, unfit

UNITS_MAX = 4_000
"""Brute force goes so far, in the smallest piece: beyond the sum of two large ones nothing new comes."""
CURRENCIES = st.sampled_from(sorted(DENOMINATIONS))
PIECES = st.lists(st.tuples(st.sampled_from((10_000, 500, 100, 10)), st.integers(0, 300)), max_size=8)


@cache
def fewest(currency: str) -> list[int]:
    """The least number of pieces that make up each amount, by trying all."""
    smallest = min(DENOMINATIONS[currency])
    best = [0]
    for units in range(1, UNITS_MAX + 1):
        before = [units - piece // smallest for piece in DENOMINATIONS[currency]]
        best.append(1 + min(best[left] for left in before if left >= 0))
    return best


@given(CURRENCIES, st.integers(0, UNITS_MAX), st.integers(0, 9))
def test_change_is_exact_and_in_the_fewest_pieces(currency: str, units: int, more_minor: int) -> None:
    """Of all ways to make up an amount the shortest; what is smaller than any piece is left out, and nothing else."""
    smallest = min(DENOMINATIONS[currency])
    exact_minor = units * smallest
    pieces = change_for(exact_minor + more_minor % smallest, currency)
    assert total_minor(pieces) == exact_minor
    assert sum(count for _, count in pieces) == fewest(currency)[units]
    assert unfit(pieces, currency) == ""
    assert counted(pieces) == pieces


@pytest.mark.parametrize("currency", DENOMINATIONS)
def test_each_piece_is_made_of_the_smallest(currency: str) -> None:
    """So no amount is left over that smaller pieces could have made up; a quarter dollar is 25 cents, which cents make up."""
    assert all(value % min(DENOMINATIONS[currency]) == 0 for value in DENOMINATIONS[currency])


@pytest.mark.parametrize(
    ("amount_minor", "pieces"),
    [
        (0, ()),
        (9, ()),
        (10, ((10, 1),)),
        (4_000, ((2_000, 2),)),
        (8_650, ((5_000, 1), (2_000, 1), (1_000, 1), (500, 1), (100, 1), (50, 1))),
        (400, ((100, 4),)),
        (1_000_005, ((10_000, 100),)),
    ],
)
def test_change_in_yuan(amount_minor: int, pieces: tuple[tuple[int, int], ...]) -> None:
    """There is no piece of 2 yuan or of 2 jiao, and nothing below 1 jiao."""
    assert change_for(amount_minor, "CNY") == pieces


@pytest.mark.parametrize("currency", DENOMINATIONS)
def test_denominations_fall(currency: str) -> None:
    """Largest first, none twice: the first that fits is the largest."""
    known = DENOMINATIONS[currency]
    assert list(known) == sorted(set(known), reverse=True)
    assert min(known) > 0


@given(PIECES, PIECES)
def test_a_count_has_one_form(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    """Added up, largest first, without zeros, whatever the order in which it was typed; it is worth the same."""
    together = counted([*one, *other])
    assert together == counted([*reversed(other), *one])
    values = [value for value, _ in together]
    assert values == sorted(set(values), reverse=True)
    assert all(count > 0 for _, count in together)
    assert total_minor(together) == total_minor(tuple(one)) + total_minor(tuple(other))


@pytest.mark.parametrize(
    ("pieces", "currency", "reason"),
    [
        ((), "CNY", ""),
        (((10_000, 0),), "CNY", ""),
        (((10_000, PIECES_MAX),), "CNY", ""),
        (((10_000, PIECES_MAX + 1),), "CNY", "bad_count"),
        (((10_000, -1),), "CNY", "bad_count"),
        (((200, 1),), "CNY", "no_such_denomination"),
        (((100, 1), (200, 1)), "CNY", "no_such_denomination"),
        (((100, 1), (50, -1)), "CNY", "bad_count"),
        (((200, 1),), "EUR", ""),
    ],
)
def test_counts_that_can_not_be(pieces: tuple[tuple[int, int], ...], currency: str, reason: str) -> None:
    """Only pieces that the country has, and not more of them than anybody counts."""
    assert unfit(pieces, currency) == reason
