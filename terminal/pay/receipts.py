"""Proof codes: what receipts and credit notes carry, so that whoever has the key can tell a genuine one.

    RC1.<terminal>.<receipt number>.<amount, minor units>.<paid at, seconds since 1970 UTC>.<tag>
    CN1.<terminal>.<note number>.<amount, minor units>.<issued at, seconds since 1970 UTC>.<tag>

The terminal's id is 1 to 32 ASCII letters, digits or hyphens; the numbers are plain decimals without sign or leading zeros; the
tag is that of `signing`, in small letters. As with tickets there is exactly one way to write a code. A copy carries the same
code as its original: the code proves what was paid or is owed, not how often that was printed.
"""

import re
from typing import Literal

import msgspec

from terminal.errors import CodeError
from terminal.pay.signing import verify

Kind = Literal["receipt", "credit_note"]

MAGIC: dict[str, Kind] = {"RC1": "receipt", "CN1": "credit_note"}
MAX_LENGTH = 3 + 1 + 32 + 1 + 12 + 1 + 14 + 1 + 11 + 1 + 16
"""The longest code; a longer text is not looked at."""

_NUMBER = r"(0|[1-9][0-9]{0,%d})"
_GRAMMAR = re.compile(
    rf"(RC1|CN1)\.([A-Za-z0-9-]{{1,32}})\.{_NUMBER % 11}\.{_NUMBER % 13}\.{_NUMBER % 10}\.[0-9a-f]{{16}}"
)


class Proof(msgspec.Struct, frozen=True):
    """What a genuine code says."""

    document: Kind
    terminal_id: str
    number: int
    amount_minor: int
    at_ms: int
    """When it was paid or issued, to the second."""


def text_of(proof: Proof) -> str:
    """What is signed: the code without its tag."""
    magic = next(magic for magic, kind in MAGIC.items() if kind == proof.document)
    return f"{magic}.{proof.terminal_id}.{proof.number}.{proof.amount_minor}.{proof.at_ms // 1000}"


def read_proof(code: str, key: bytes) -> Proof:
    """What a receipt or credit note says by its code.

    Raises `CodeError` with the reason `not_a_receipt` (some other code), `bad_receipt` (begins like one, but is not written like
    one) or `forged_receipt` (not signed with our key).
    """
    if code[:3] not in MAGIC or code[3:4] != ".":
        raise CodeError("not_a_receipt")
    parts = _GRAMMAR.fullmatch(code) if len(code) <= MAX_LENGTH else None
    if parts is None:
        raise CodeError("bad_receipt")
    if verify(key, code) is None:
        raise CodeError("forged_receipt")
    magic, terminal_id, number, amount_minor, at_s = parts.groups()
    return Proof(MAGIC[magic], terminal_id, int(number), int(amount_minor), int(at_s) * 1000)
