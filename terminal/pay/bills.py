"""Bill codes: what a payer of dues shows, on paper or on a screen.

    BL1.<account id>.<tag>

The id is 1 to 32 ASCII letters, digits or hyphens; the tag is that of `signing`, in small letters. The code names the account
and no amount: the terminal looks up what is owed now, so an old bill is as good as a new one, and nothing on it can be
altered. As with tickets there is exactly one way to write it.
"""

import re

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify

MAGIC = "BL1."
MAX_LENGTH = 4 + 32 + 1 + 16
"""The longest code; a longer text is not looked at."""

_GRAMMAR = re.compile(r"BL1\.([A-Za-z0-9-]{1,32})\.[0-9a-f]{16}")


def read_bill(code: str, key: bytes) -> str:
    """The id of the account that a scanned code stands for.

    Raises `CodeError` with the reason `not_a_bill` (some other code), `bad_bill` (begins like a bill, but is not written like
    one) or `wrong_tag` (not signed with our key).
    """
    if not code.startswith(MAGIC):
        raise CodeError("not_a_bill")
    parts = _GRAMMAR.fullmatch(code) if len(code) <= MAX_LENGTH else None
    if parts is None:
        raise CodeError("bad_bill")
    if verify(key, code) is None:
        raise CodeError("wrong_tag")
    return parts[1]


def make_bill(key: bytes, account_id: str) -> str:
    """The code of an account; raises `CodeError` if it could not be read again."""
    code = sign(key, f"{MAGIC}{account_id}")
    read_bill(code, key)
    return code
