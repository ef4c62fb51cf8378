"""Who is signed in on the status page: several phones at a time, each by a secret in a cookie that only its browser sends back.

A session ends when its owner signs out, when no page of it was open for a quarter of an hour, after twelve hours, and when its
owner's line in the operators' file changes. Of the secret only a hash is kept.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable, Container
from email.message import Message

import msgspec

from terminal.staff.operators import Operator

IDLE_S = 15 * 60.0
LONGEST_S = 12 * 3600.0
SESSIONS = 8
"""Sessions at a time; a further one ends that which was quiet for the longest."""
SECRET_BYTES = 32
COOKIE = "__Host-status"
"""A browser takes a name that begins so only for this very host, as `Secure`, and for all of its paths."""
RULES = "Path=/; Secure; HttpOnly; SameSite=Strict"


class _Session(msgspec.Struct):
    operator: Operator
    began_s: float
    seen_s: float


class StatusSessions:
    """Safe from any thread; `monotonic` tells elapsed seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sessions: dict[bytes, _Session] = {}

    def begin(self, operator: Operator) -> str:
        """Signs this one in; returns the header that makes the browser remember."""
        secret, now_s = secrets.token_hex(SECRET_BYTES), self._monotonic()
        with self._lock:
            self._drop_old(now_s)
            while len(self._sessions) >= SESSIONS:
                del self._sessions[min(self._sessions, key=lambda each: self._sessions[each].seen_s)]
            self._sessions[_digest(secret)] = _Session(operator, now_s, now_s)
        return f"{COOKIE}={secret}; {RULES}; Max-Age={int(LONGEST_S)}"

    def who(self, headers: Message) -> Operator | None:
        """Whose request this is, if somebody's. It counts as a sign of life."""
        now_s = self._monotonic()
        with self._lock:
            self._drop_old(now_s)
            session = self._sessions.get(_digest(_secret(headers)))
            if session is None:
                return None
            session.seen_s = now_s
            return session.operator

    def end(self, headers: Message) -> str:
        """Signs out whoever asks; returns the header that makes the browser forget."""
        with self._lock:
            self._sessions.pop(_digest(_secret(headers)), None)
        return f"{COOKIE}=; {RULES}; Max-Age=0"

    def keep(self, operators: Container[Operator]) -> None:
        """Ends the sessions of all others, and of those who are not what they were when they signed in."""
        with self._lock:
            self._sessions = {key: each for key, each in self._sessions.items() if each.operator in operators}

    @property
    def any(self) -> bool:
        """Whether anybody is signed in."""
        with self._lock:
            self._drop_old(self._monotonic())
            return bool(self._sessions)

    def _drop_old(self, now_s: float) -> None:
        self._sessions = {
            key: each
            for key, each in self._sessions.items()
            if now_s - each.seen_s < IDLE_S and now_s - each.began_s < LONGEST_S
        }


def _secret(headers: Message) -> str:
    """What the cookie says; "" without one."""
    for header in headers.get_all("Cookie", []):
        for part in str(header).split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value
    return ""


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
