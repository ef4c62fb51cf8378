"""Badge codes: what a collector holds before the scanner instead of typing a PIN.

    OP1.<operator's name>.<number of the badge>.<tag>

The tag is that of `signing`. The operators' file names the one number that is good for each operator, so that a badge that was
lost is worth nothing as soon as the next one is made. A badge is a key: whoever holds it is taken for its owner.
"""

import re

import msgspec

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify

MAGIC = "OP1."
MAX_LENGTH = 4 + 32 + 1 + 6 + 1 + 16
"""The longest code; a longer text is not looked at."""

_GRAMMAR = re.compile(r"OP1\.([A-Za-z0-9-]{1,32})\.([1-9][0-9]{0,5})\.[0-9a-f]{16}")


class Badge(msgspec.Struct, frozen=True):
    """What a genuine badge says."""

    name: str
    number: int


def read_badge(code: str, key: bytes) -> Badge:
    """The badge that a scanned code stands for. Raises `CodeError` with `bad_badge` or `forged_badge`."""
    parts = _GRAMMAR.fullmatch(code) if len(code) <= MAX_LENGTH else None
    if parts is None:
        raise CodeError("bad_badge")
    if verify(key, code) is None:
        raise CodeError("forged_badge")
    name, number = parts.groups()
    return Badge(name, int(number))


def make_badge(key: bytes, badge: Badge) -> str:
    """The code to put on a badge; raises `CodeError` if it could not be read again."""
    code = sign(key, f"{MAGIC}{badge.name}.{badge.number}")
    read_badge(code, key)
    return code
