"""How often wrong PINs may be tried: a few times, then not for a minute, and each further wrong one doubles that, up to an hour.

Counted for each name, and for all names together: who tries one PIN with every name is stopped too. A right PIN forgives its
name, and the sum. Names that nobody has are counted like all others, so that a refusal does not tell who is known.
"""

from collections.abc import Callable

FREE_TRIES = 5
FIRST_LOCK_S = 60.0
LONGEST_LOCK_S = 3600.0
NAMES_MAX = 64
"""So many names are remembered; the one that failed longest ago is forgotten first. The sum over all names is never."""

_ALL = ""


class Lockout:
    """Not for use by several threads at once; `monotonic` tells elapsed seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wrong: dict[str, int] = {}
        self._until_s: dict[str, float] = {}

    def wait_s(self, name: str) -> float:
        """How long this name must still wait; 0: it may be tried now."""
        now_s = self._monotonic()
        return max(0.0, *(self._until_s.get(each, now_s) - now_s for each in (name, _ALL)))

    def failed(self, name: str, ago_s: float = 0.0) -> None:
        """A wrong PIN was given, now or so long ago."""
        for each in (name, _ALL):
            wrong = self._wrong.pop(each, 0) + 1
            self._wrong[each] = wrong
            if wrong >= FREE_TRIES:
                doubled = FIRST_LOCK_S * 2 ** min(wrong - FREE_TRIES, 10)
                self._until_s[each] = self._monotonic() - ago_s + min(doubled, LONGEST_LOCK_S)
        self._forget_oldest()

    def succeeded(self, name: str) -> None:
        """The right PIN was given."""
        for each in (name, _ALL):
            self._wrong.pop(each, None)
            self._until_s.pop(each, None)

    def _forget_oldest(self) -> None:
        names = [name for name in self._wrong if name != _ALL]
        for name in names[: max(0, len(names) - NAMES_MAX)]:
            del self._wrong[name]
            self._until_s.pop(name, None)
