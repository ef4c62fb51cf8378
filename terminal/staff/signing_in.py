"""A name and a PIN become an operator, or a refusal that says when to come again.

One PIN is checked at a time: the memory and the processor of a check are taken once, however many ask. Wrong ones are counted
(`lockout.py`), and those that the journal remembers count too, so that pulling the plug forgives nothing.

What is wrong with the operators' file is logged once, and again when it changes: anybody can make us read it.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from terminal.errors import ConfigError, FeeTerminalError
from terminal.staff.lockout import Lockout
from terminal.staff.operators import ROLES, Operator, Operators, Role, exposure

log = logging.getLogger(__name__)

Reason = Literal["wrong", "locked", "busy", "file", "not_for_you"]
UNKNOWN = "?"
"""What the journal calls a name that nobody has: people type their PIN into the wrong field."""


class Credentials(msgspec.Struct, forbid_unknown_fields=True):
    """What a page sends of who signs in: what can be no name or no PIN is not looked at, and counts as no try."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,32}\Z")]
    pin: Annotated[str, Meta(pattern=r"^[0-9]{4,12}\Z")]

    def __repr__(self) -> str:
        return f"Credentials({self.name})"


class Refused(FeeTerminalError):
    """Nobody was signed in. `reason`: a wrong name or PIN, too many of them, another check under way, a wrong operators' file."""

    def __init__(self, reason: Reason, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.wait_s = wait_s


class Remembered(msgspec.Struct, frozen=True):
    """What the journal holds of an earlier try: whose, whether it was right, how long ago."""

    name: str
    right: bool
    ago_s: float


class SigningIn:
    """Safe from any thread."""

    def __init__(
        self,
        file: Path,
        failed: Callable[[str], None],
        remembered: Callable[[], Iterable[Remembered]] = tuple,
        monotonic: Callable[[], float] = time.monotonic,
        roles: Collection[Role] = ROLES,
    ) -> None:
        """`roles`: who is let in here; nobody else's right PIN forgives anything.
        `failed` is told the name of each that was wrong; `remembered` is asked once, for the tries of earlier lives, in
        their order."""
        self._file = file
        self._failed = failed
        self._remembered: Callable[[], Iterable[Remembered]] | None = remembered
        self._lockout = Lockout(monotonic)
        self._one_at_a_time = threading.Lock()
        self._roles = roles
        self._finding = ""

    def operators(self) -> Sequence[Operator]:
        """All who could sign in, in the order of the file. Raises `ConfigError`."""
        return tuple(self._read().known.values())

    def sign_in(self, name: str, pin: str) -> Operator:
        """Who this is. Raises `Refused`."""
        if not self._one_at_a_time.acquire(blocking=False):
            raise Refused("busy", 1.0)
        try:
            return self._check(name, pin)
        finally:
            self._one_at_a_time.release()

    def sign_in_by_badge(self, name: str, number: int) -> Operator:
        """Whose badge of this number is good; its code was genuine. Raises `Refused`."""
        try:
            operators = self._read()
        except ConfigError as error:
            raise Refused("file") from error
        found = operators.known.get(name)
        if found is None or not number or found.badge != number:
            self._failed(name if found else UNKNOWN)
            raise Refused("wrong")
        if found.role not in self._roles:
            raise Refused("not_for_you")
        return found

    def _check(self, name: str, pin: str) -> Operator:
        self._remember()
        if wait_s := self._lockout.wait_s(name):
            raise Refused("locked", wait_s)
        try:
            operators = self._read()
        except ConfigError as error:
            raise Refused("file") from error
        found = operators.check(name, pin)
        if found is None:
            self._lockout.failed(name)
            self._failed(name if name in operators.known else UNKNOWN)
            raise Refused("wrong", self._lockout.wait_s(name))
        if found.role not in self._roles:
            raise Refused("not_for_you")
        self._lockout.succeeded(name)
        return found

    def _read(self) -> Operators:
        try:
            operators = Operators.read(self._file)
        except ConfigError as error:
            self._tell(f"nobody can sign in: {error}")
            raise
        self._tell(exposure(self._file))
        return operators

    def _tell(self, finding: str) -> None:
        if finding and finding != self._finding:
            log.warning("%s", finding)
        self._finding = finding

    def _remember(self) -> None:
        if self._remembered is None:
            return
        for each in self._remembered():
            if each.right:
                self._lockout.succeeded(each.name)
            else:
                self._lockout.failed(each.name, each.ago_s)
        self._remembered = None
