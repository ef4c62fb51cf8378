"""From a life in which a promise broke to the shortest one that can be found in which it still breaks.

Payers and strikes are left out, in halves, then quarters, and so on down to single ones ("delta debugging"), and the life
ends where the promise broke. What is left is a life of its own: the same seed, fewer things in it. Not always the shortest
there is, but short enough to read.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from sim.machine import DAY_MS
from sim.soak import Found, Life, Soak

T = TypeVar("T")

RUNS_MAX = 120
"""So many lives are tried at the most."""
MARGIN_DAYS = 60_000 / DAY_MS
"""A shrunken life may need a moment longer."""


class Shrunk(msgspec.Struct):
    """The shortest life that was found, and what it came to."""

    life: Life
    found: Found
    runs: int


class _Search:
    def __init__(self, life: Life, soak: Soak, found: Found, say: Callable[[int], None]) -> None:
        self.best = life
        self.soak = soak
        self.found = found
        self.runs = 0
        self._kind = kind(found)
        self._say = say

    def try_it(self, life: Life) -> bool:
        """Whether the promise breaks in this life too; then it is the best so far."""
        if self.runs >= RUNS_MAX:
            return False
        self.runs += 1
        self._say(self.runs)
        soak = Soak(life)
        found = soak.run()
        if kind(found) != self._kind:
            return False
        self.best, self.soak, self.found = life, soak, found
        return True

    def end_early(self) -> None:
        """The life ends where the promise broke."""
        days = self.found.days + MARGIN_DAYS
        if days < self.best.days:
            self.try_it(msgspec.structs.replace(self.best, days=days))


def kind(found: Found) -> str:
    """Which promise broke first; empty: none."""
    return re.sub(r"\d+", "#", found.broken[0].partition("[")[0]) if found.broken else ""


def shrink(life: Life, soak: Soak, found: Found, say: Callable[[int], None] = lambda runs: None) -> Shrunk:
    """`soak` has lived through `life` and came to `found`. `say` is told how many lives were tried."""
    search = _Search(life, soak, found, say)
    search.end_early()
    smaller = True
    while smaller and search.runs < RUNS_MAX:
        before = len(search.soak.struck), len(search.soak.came)
        _fewer(
            search.soak.came,
            lambda kept: search.try_it(msgspec.structs.replace(search.best, payers=frozenset(kept))),
        )
        _fewer(
            search.soak.struck,
            lambda kept: search.try_it(msgspec.structs.replace(search.best, strikes=frozenset(kept))),
        )
        smaller = (len(search.soak.struck), len(search.soak.came)) < before
    search.end_early()
    return Shrunk(search.best, search.found, search.runs)


def _fewer(things: Sequence[T], still_breaks: Callable[[list[T]], bool]) -> None:
    """Leave things out as long as it still breaks: nearly all of the early ones first, for what broke came last."""
    kept = list(things)
    last = 1
    while last < len(kept):
        if still_breaks(kept[-last:]):
            kept = kept[-last:]
            break
        last *= 2
    size = len(kept) // 2
    while size:
        at = 0
        while at < len(kept):
            without = kept[:at] + kept[at + size :]
            if still_breaks(without):
                kept = without
            else:
                at += size
        size //= 2
