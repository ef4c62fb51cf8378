"""Who is signed in, each by a secret that only their browser knows.

A session ends when its owner signs out, after a quarter of an hour without a sign of life, after twelve hours in any case, when a
further one takes its place, and when its owner is no longer what the operators' file said. Of a secret only a hash is kept; it is
compared in a time that does not depend on it. What a sign of life is, says each page.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Collection, Container

import msgspec

from terminal.staff.operators import Operator, Role

IDLE_S = 15 * 60.0
LONGEST_S = 12 * 3600.0
SECRET_BYTES = 32


class _Session(msgspec.Struct):
    operator: Operator
    digest: bytes
    began_s: float
    seen_s: float


class Sessions:
    """Safe from any thread."""

    def __init__(self, most: int, roles: Collection[Role], monotonic: Callable[[], float]) -> None:
        """At most so many at a time, and for these roles alone; `monotonic` tells elapsed seconds."""
        self._most = most
        self._roles = frozenset(roles)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sessions: list[_Session] = []

    def begin(self, operator: Operator) -> str:
        """Signs this one in and returns the secret; where all places are taken, that which was quiet for the longest ends.

        Raises ValueError for a role that has no business here: whoever asked for name and PIN should have said so.
        """
        if operator.role not in self._roles:
            raise ValueError(f"no sessions for the role {operator.role} here")
        secret, now_s = secrets.token_hex(SECRET_BYTES), self._monotonic()
        with self._lock:
            self._drop_old(now_s)
            while len(self._sessions) >= self._most:
                self._sessions.remove(min(self._sessions, key=lambda each: each.seen_s))
            self._sessions.append(_Session(operator, _digest(secret), now_s, now_s))
        return secret

    def who(self, secret: str, *, touch: bool) -> Operator | None:
        """Whose secret this is, while the session lasts. `touch`: it counts as a sign of life."""
        now_s = self._monotonic()
        with self._lock:
            self._drop_old(now_s)
            session = self._of(secret)
            if session is None:
                return None
            if touch:
                session.seen_s = now_s
            return session.operator

    def end(self, secret: str) -> None:
        """Signs out whose secret this is."""
        with self._lock:
            if (session := self._of(secret)) is not None:
                self._sessions.remove(session)

    def keep(self, operators: Container[Operator]) -> None:
        """Ends the sessions of all others, and of those who are not what they were when they signed in."""
        with self._lock:
            self._sessions = [each for each in self._sessions if each.operator in operators]

    @property
    def any(self) -> bool:
        """Whether anybody is signed in."""
        with self._lock:
            self._drop_old(self._monotonic())
            return bool(self._sessions)

    def _of(self, secret: str) -> _Session | None:
        """Looks at each, so that the time does not tell which one was nearly right."""
        digest = _digest(secret)
        found = [each for each in self._sessions if hmac.compare_digest(each.digest, digest)]
        return found[0] if found else None

    def _drop_old(self, now_s: float) -> None:
        self._sessions = [
            each for each in self._sessions if now_s - each.seen_s < IDLE_S and now_s - each.began_s < LONGEST_S
        ]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
