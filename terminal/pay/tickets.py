"""Ticket codes: all that a kiosk must know to price a stay without a network.

    PK1.<ticket id>.<entry time, seconds since 1970 UTC>.<tariff id>.<tag>

The ids are 1 to 32 ASCII letters, digits or hyphens; the time is a plain decimal number without sign or leading zeros;
the tag is that of `signing`, in small letters. There is exactly one way to write a ticket: anything else is refused, so
a used ticket does not come back in other clothes.
"""

import re

import msgspec

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify

MAGIC = "PK1."
MAX_LENGTH = 98
"""The longest code, 4 + 32 + 1 + 11 + 1 + 32 + 1 + 16; a longer text is not looked at."""

_GRAMMAR = re.compile(r"PK1\.([A-Za-z0-9-]{1,32})\.(0|[1-9][0-9]{0,10})\.([A-Za-z0-9-]{1,32})\.[0-9a-f]{16}")


class Ticket(msgspec.Struct, frozen=True):
    """What a genuine ticket says."""

    ticket_id: str
    entered_at_ms: int
    tariff_id: str


def read_ticket(code: str, key: bytes) -> Ticket:
    """The ticket that a scanned code stands for.

    Raises `CodeError` with the reason `not_a_ticket` (some other code), `bad_ticket` (begins like a ticket, but is not
    written like one) or `wrong_tag` (not signed with our key).
    """
    if not code.startswith(MAGIC):
        raise CodeError("not_a_ticket")
    parts = _GRAMMAR.fullmatch(code) if len(code) <= MAX_LENGTH else None
    if parts is None:
        raise CodeError("bad_ticket")
    if verify(key, code) is None:
        raise CodeError("wrong_tag")
    ticket_id, entered_at_s, tariff_id = parts.groups()
    return Ticket(ticket_id, int(entered_at_s) * 1000, tariff_id)


def make_ticket(key: bytes, ticket_id: str, entered_at_s: int, tariff_id: str) -> str:
    """The code of a ticket, as an entry station writes it; raises `CodeError` if it could not be read again."""
    code = sign(key, f"{MAGIC}{ticket_id}.{entered_at_s}.{tariff_id}")
    read_ticket(code, key)
    return code
