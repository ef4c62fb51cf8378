"""Cash by denomination: what a drawer is counted in, and which pieces make up an amount of change."""

from collections import Counter
from collections.abc import Iterable

Pieces = tuple[tuple[int, int], ...]
"""(denomination in minor units, how many), largest first, without those of which there is none."""

DENOMINATIONS: dict[str, tuple[int, ...]] = {
    "CNY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10),
    "EUR": (20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "GBP": (5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "USD": (10_000, 5_000, 2_000, 1_000, 500, 100, 25, 10, 5, 1),
    "HKD": (100_000, 50_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10),
    "SGD": (10_000, 5_000, 1_000, 500, 200, 100, 50, 20, 10, 5),
    "CHF": (20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5),
    "JPY": (10_000, 5_000, 1_000, 500, 100, 50, 10, 5, 1),
    "KRW": (50_000, 10_000, 5_000, 1_000, 500, 100, 50, 10),
}
"""Notes and coins that a till meets. Of yuan there is neither a piece of 2 yuan nor of 2 jiao any more (cash-practice.md §1)."""

PIECES_MAX = 100_000
"""Nobody counts more of one denomination in a drawer."""


def total_minor(pieces: Pieces) -> int:
    """What they are worth together."""
    return sum(denomination * count for denomination, count in pieces)


def counted(pieces: Iterable[tuple[int, int]]) -> Pieces:
    """The same in the one form that pieces have: added up, ordered, without zeros."""
    together: Counter[int] = Counter()
    for denomination, count in pieces:
        together[denomination] += count
    return tuple(sorted(((value, count) for value, count in together.items() if count), reverse=True))


def unfit(pieces: Pieces, currency: str) -> str:
    """Why a count can not be one (a key under `refused.`); empty when it can."""
    known = DENOMINATIONS[currency]
    if any(denomination not in known for denomination, _ in pieces):
        return "no_such_denomination"
    return "" if all(0 <= count <= PIECES_MAX for _, count in pieces) else "bad_count"


def change_for(amount_minor: int, currency: str) -> Pieces:
    """The fewest pieces that make up an amount, as far as there are pieces so small; what is left is nobody's coin."""
    left_minor, pieces = amount_minor, []
    for denomination in DENOMINATIONS[currency]:
        count, left_minor = divmod(left_minor, denomination)
        pieces.append((denomination, count))
    return counted(pieces)
