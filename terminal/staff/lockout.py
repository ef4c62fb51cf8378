"""How often wrong PINs may be tried: a few times, then not for a minute, and each further wrong one doubles that, up to an hour.

Counted for each name, and for all names together: who tries one PIN with every name is stopped too. A right PIN forgives its
name, and the sum. Names that nobody has are counted like all others, so that a refusal does not tell who is known.
"""

from collections.abc import Callable

FREE_TRIES = 5
FIRST_LOCK_S = 60.0
LONGEST_LOCK_S = 3600.0
NAMES_MAX = 64
"""So many names are counted one by one, until they have been left in peace for `LONGEST_LOCK_S`; further ones count as one, so
that nobody can wash a lock away with names without end."""

_ALL, _FURTHER = object(), object()
"""What stands for the sum, and for names beyond `NAMES_MAX`; no name can be one of them."""


class Lockout:
    """Not for use by several threads at once; `monotonic` tells elapsed seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wrong: dict[object, int] = {}
        self._failed_s: dict[object, float] = {}
        self._until_s: dict[object, float] = {}

    def wait_s(self, name: str) -> float:
        """How long this name must still wait; 0: it may be tried now."""
        now_s = self._monotonic()
        return max(0.0, *(self._until_s.get(each, now_s) - now_s for each in (self._counted(name), _ALL)))

    def failed(self, name: str, ago_s: float = 0.0) -> None:
        """A wrong PIN was given, now or so long ago."""
        self._forget_peaceful()
        at_s = self._monotonic() - ago_s
        for each in (self._counted(name), _ALL):
            wrong = self._wrong.get(each, 0) + 1
            self._wrong[each], self._failed_s[each] = wrong, at_s
            if wrong >= FREE_TRIES:
                doubled = FIRST_LOCK_S * 2 ** min(wrong - FREE_TRIES, 10)
                self._until_s[each] = at_s + min(doubled, LONGEST_LOCK_S)

    def succeeded(self, name: str) -> None:
        """The right PIN was given."""
        for each in (name, _ALL):
            self._forget(each)

    def _counted(self, name: str) -> object:
        """What a name is counted under."""
        return name if name in self._wrong or len(self._wrong) < NAMES_MAX else _FURTHER

    def _forget_peaceful(self) -> None:
        if len(self._wrong) >= NAMES_MAX:
            long_ago_s = self._monotonic() - LONGEST_LOCK_S
            for each in [each for each, at_s in self._failed_s.items() if at_s < long_ago_s]:
                self._forget(each)

    def _forget(self, each: object) -> None:
        for counted in (self._wrong, self._failed_s, self._until_s):
            counted.pop(each, None)
