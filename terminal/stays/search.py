"""Finding one's car by part of its plate. Pure.

Who types a part sees at most a few cars with nothing of the plate but that part, the entry time and the picture. A choice is
a token that is good for a few minutes, so a page can only choose what it was shown.

    ST1.<stay id, hidden>.<good until, seconds since 1970 UTC>.<tag>

The id is somebody else's, and who names stays may have put anything in it, so it is not to be read: it is mixed with a stream
of bytes that only the key can make. The tag is that of the plain id and the time, and the stream begins with it: no two ids are
ever mixed with the same bytes (a "synthetic initialization vector", as in RFC 5297).
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify
from terminal.stays.plates import TYPED_LEAST, mask, matches, normalise

AT_MOST = 6
"""Cars that are shown; with more of them the payer must type more."""
TOKEN_S = 300
"""How long a choice is good."""
TOKEN_LENGTH = 97
"""The longest token, 4 + 64 + 1 + 11 + 1 + 16."""

_TOKEN = re.compile(r"ST1\.([0-9a-f]{64})\.(0|[1-9][0-9]{0,10})\.([0-9a-f]{16})")
_ID_BYTES = 32
"""The longest stay id; a shorter one is filled up, so that its length does not show."""


class ParkedRow(NamedTuple):
    """A stay that has not ended."""

    stay_id: str
    plate: str
    entered_at_ms: int
    picture: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """A car that may be the payer's."""

    token: str
    masked: str
    entered_at_ms: int
    picture: str


def candidates(rows: Iterable[ParkedRow], typed: str, key: bytes, now_ms: int) -> tuple[Candidate, ...]:
    """The cars whose plate has this part, newest first.

    Raises `CodeError`: `none` (no such car), `typed_too_short` (no such car, and too little to search by) or `too_many`.
    """
    found = [row for row in rows if matches(row.plate, typed)]
    if not found:
        raise CodeError("none" if len(normalise(typed)) >= TYPED_LEAST else "typed_too_short")
    if len(found) > AT_MOST:
        raise CodeError("too_many")
    found.sort(key=lambda row: (-row.entered_at_ms, row.stay_id))
    return tuple(
        Candidate(make_token(key, row.stay_id, now_ms), mask(row.plate, typed), row.entered_at_ms, row.picture)
        for row in found
    )


def make_token(key: bytes, stay_id: str, now_ms: int) -> str:
    """What stands for a stay from now on for `TOKEN_S`; its id is ASCII, and no longer than 32."""
    until = str(now_ms // 1000 + TOKEN_S)
    tag = sign(key, f"ST1.{stay_id}.{until}")[-16:]
    hidden = _mixed(key, until, tag, stay_id.encode().ljust(_ID_BYTES, b"\0"))
    return f"ST1.{hidden.hex()}.{until}.{tag}"


def read_token(token: str, key: bytes, now_ms: int) -> str:
    """The stay that a token stands for. Raises `CodeError`: `bad_token`, `wrong_tag` or `expired_token`."""
    parts = _TOKEN.fullmatch(token) if len(token) <= TOKEN_LENGTH else None
    if parts is None:
        raise CodeError("bad_token")
    hidden, until, tag = parts.groups()
    stay_id = _mixed(key, until, tag, bytes.fromhex(hidden)).rstrip(b"\0").decode("ascii", "replace")
    if verify(key, f"ST1.{stay_id}.{until}.{tag}") is None:
        raise CodeError("wrong_tag")
    if now_ms >= int(until) * 1000:
        raise CodeError("expired_token")
    return stay_id


def _mixed(key: bytes, until: str, tag: str, text: bytes) -> bytes:
    """Hides an id, and brings it back. No signed text begins like what the stream is made from."""
    stream = hmac.new(key, f"hide ST1.{until}.{tag}".encode(), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))
