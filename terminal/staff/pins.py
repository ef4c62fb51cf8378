"""What makes a PIN, and the hash that is kept of it.

A PIN of a few digits can not be made safe against somebody who has its hash: ten thousand tries are done in an hour, whatever
each costs. What keeps strangers out are the closed door, the lock-out (`lockout.py`) and the mode of the file. So a check must
only be dear enough to make a stolen file a nuisance, and cheap enough for a Raspberry Pi that sells meanwhile: argon2id with
19 MiB, two passes and one lane, the least that OWASP's Password Storage Cheat Sheet takes for enough. That is some 30 ms on a
desktop, a few tenths of a second on a Pi 4, in the thread of the one who asked; the memory is given back afterwards.

argon2 is loaded when the first PIN is checked: the start of the terminal does not wait for it.
"""

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PASSES, MEMORY_KIB, LANES = 2, 19 * 1024, 1
SHORTEST, LONGEST = 4, 12
HASH = re.compile(r"\$argon2id\$v=\d+\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
NOBODYS_HASH = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
"""Checked for a name that nobody has, so that it takes as long; no PIN is known to fit."""
DEAREST_KIB, MOST_PASSES, MOST_LANES = 64 * 1024, 16, 8
"""A hash that asks for more would take the terminal's memory or time."""


def weakness(pin: str) -> str | None:
    """Why people should not take this PIN, in one line; None: it will do."""
    if not re.fullmatch(rf"[0-9]{{{SHORTEST},{LONGEST}}}", pin):
        return f"a PIN has {SHORTEST} to {LONGEST} digits"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        return "its digits are all the same, or only count up or down"
    for length in range(1, len(pin) // 2 + 1):
        if len(pin) % length == 0 and pin == pin[:length] * (len(pin) // length):
            return "it repeats itself"
    return None


def is_hash(text: str) -> bool:
    """Whether this is a hash that may be checked: argon2id, and not dearer than this machine can afford."""
    match = HASH.fullmatch(text)
    if match is None:
        return False
    memory_kib, passes, lanes = map(int, match.groups())
    return memory_kib <= DEAREST_KIB and passes <= MOST_PASSES and lanes <= MOST_LANES


def make_hash(pin: str) -> str:
    """The hash that stands in the operators' file."""
    return _hasher().hash(pin)


def fits(pin: str, pin_hash: str | None) -> bool:
    """Whether it is the PIN of this hash. None: nobody's, found out in the same time."""
    from argon2.exceptions import InvalidHashError, VerificationError

    known = pin_hash is not None and is_hash(pin_hash)
    try:
        return _hasher().verify(pin_hash if known and pin_hash else NOBODYS_HASH, pin) and known
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
