"""Cash outside of machines, by denomination: what hands carry between a payer, the counter, the cash drawer and the safe.

Nothing appears and nothing gets lost: what leaves one place is in another. The payer's purse has no bottom, the safe begins with
`SAFE`. The drawer is the one place that can be shut.
"""

from collections import Counter
from typing import Literal

from sim.devices.drawer import CashDrawer
from terminal.shift.pieces import Pieces, counted

Place = Literal["payer", "counter", "drawer", "safe"]

SAFE = Counter({10_000: 5, 5_000: 10, 2_000: 20, 1_000: 60, 500: 60, 100: 200, 50: 100, 10: 200})
"""What the safe holds in the morning, in minor units of yuan: 2,570 of them."""
FLOAT: Pieces = ((1_000, 10), (500, 10), (100, 50))
"""What a shift begins with: 200 yuan."""


class Cash:
    """Where all of it is; the drawer's is in the drawer."""

    def __init__(self, drawer: CashDrawer) -> None:
        self.drawer = drawer
        self.counter: Counter[int] = Counter()
        self.safe = Counter(SAFE)
        self.payer: Counter[int] = Counter()
        """What payers have got, less what they have given."""

    def carry(self, origin: Place, goal: Place, denomination_minor: int, count: int) -> str:
        """Take pieces from one place to another; why that can not be done, or ""."""
        if "drawer" in (origin, goal) and not self.drawer.is_open:
            return "the drawer is shut"
        if origin != "payer" and self.at(origin)[denomination_minor] < count:
            return "there are not so many pieces of that"
        self.at(origin)[denomination_minor] -= count
        self.at(goal)[denomination_minor] += count
        return ""

    def at(self, place: Place) -> Counter[int]:
        """The pieces in a place."""
        if place == "drawer":
            return self.drawer.pieces
        places = {"payer": self.payer, "counter": self.counter, "safe": self.safe}
        return places[place]

    @property
    def safe_gained_minor(self) -> int:
        """By how much the safe is richer than in the morning."""
        return worth(self.safe) - worth(SAFE)


def worth(pieces: Counter[int]) -> int:
    """What pieces are worth together."""
    return sum(denomination_minor * count for denomination_minor, count in pieces.items())


def pieces_for(amount_minor: int, available: Pieces) -> Pieces:
    """Pieces that make up an amount, the largest first, of those that are there. Raises ValueError when hands find none so."""
    left_minor, found = amount_minor, []
    for denomination_minor, there in available:
        count = min(there, left_minor // denomination_minor)
        left_minor -= count * denomination_minor
        found.append((denomination_minor, count))
    if left_minor:
        raise ValueError("there are no pieces for that amount")
    return counted(found)
