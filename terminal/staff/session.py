"""The one session on the service page: who has signed in, by a secret that only their browser knows.

It ends when they sign out, when the service door closes, after a quarter of an hour without a touch, and when somebody else signs
in. The secret is kept as a hash, and compared in a time that does not depend on it.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable

from terminal.staff.operators import Operator

IDLE_S = 15 * 60.0
SECRET_BYTES = 32


class Sessions:
    """At most one. Safe from any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._operator: Operator | None = None
        self._digest = b""
        self._touched_s = 0.0

    def begin(self, operator: Operator) -> str:
        """Signs this one in, and whoever was there out; returns the secret."""
        secret = secrets.token_hex(SECRET_BYTES)
        with self._lock:
            self._operator, self._digest, self._touched_s = operator, _digest(secret), self._monotonic()
        return secret

    def who(self, secret: str, *, touch: bool = False) -> Operator | None:
        """Whose secret this is, while the session lasts; `touch`: a person did something just now."""
        with self._lock:
            now_s = self._monotonic()
            if self._operator is None or not hmac.compare_digest(_digest(secret), self._digest):
                return None
            if now_s - self._touched_s >= IDLE_S:
                self._operator = None
            elif touch:
                self._touched_s = now_s
            return self._operator

    def end(self) -> None:
        """Nobody is signed in any more."""
        with self._lock:
            self._operator, self._digest = None, b""

    @property
    def open(self) -> bool:
        """Whether somebody is signed in."""
        with self._lock:
            return self._operator is not None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
