"""How often something may be done: a few times at once, then so many a second."""

import threading
from collections.abc import Callable


class Pace:
    """See above; `allows` may be asked from any thread."""

    def __init__(self, monotonic: Callable[[], float], at_once: int, per_s: float) -> None:
        self._monotonic = monotonic
        self._at_once = at_once
        self._per_s = per_s
        self._lock = threading.Lock()
        self._left = float(at_once)
        self._counted_at = monotonic()

    def allows(self) -> bool:
        """Whether it may be done once more now; if so, it counts."""
        with self._lock:
            now = self._monotonic()
            self._left = min(self._at_once, self._left + (now - self._counted_at) * self._per_s)
            self._counted_at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
