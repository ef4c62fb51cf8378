"""One journal row: its content, its place in the chain, and its form in the file.

A `Record` is what the program means; a `Row` is the same as it stands in the table `events`, JSON and fingerprints
included. The fingerprint of a row is

    SHA-256(prev_hash + head + kind + data + effects + entries)

where head is seq, at_ms, up_ms (signed, 8 bytes each) and the byte lengths of the four texts (4 bytes each), all big
endian; the lengths leave only one way to cut the rest into columns. The first row follows 32 zero bytes.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from terminal.errors import StoreCorrupt
from terminal.fsm.effects import Effect
from terminal.fsm.entries import Entry
from terminal.fsm.events import Event

GENESIS = bytes(32)
"""What the first event follows."""

WAY_OUT = "the file is left as it is; docs/journal.md, “When the file is damaged”, tells what to do"

# The texts are read as bytes: a damaged one need not be UTF-8, and that must look like damage, not like a failing disk.
SELECT = """SELECT seq, at_ms, up_ms, CAST(kind AS BLOB), CAST(data AS BLOB), CAST(effects AS BLOB),
CAST(entries AS BLOB), prev_hash, hash FROM events"""

INSERT = """INSERT INTO events (seq, at_ms, up_ms, kind, data, effects, entries, prev_hash, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_HEAD = struct.Struct(">qqqIIII")
_encode = msgspec.json.Encoder().encode
_decode_event = msgspec.json.Decoder(Event).decode
_decode_effects = msgspec.json.Decoder(tuple[Effect, ...]).decode
_decode_entries = msgspec.json.Decoder(tuple[Entry, ...]).decode


class Record(msgspec.Struct, frozen=True):
    """One event with the effects and book entries that it caused; `at_ms` is wall time, `up_ms` elapsed time."""

    seq: int
    at_ms: int
    up_ms: int
    event: Event
    effects: tuple[Effect, ...] = ()
    entries: tuple[Entry, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """A record as it stands in the file: `data`, `effects` and `entries` are JSON, in UTF-8."""

    seq: int
    at_ms: int
    up_ms: int
    kind: str
    data: bytes
    effects: bytes
    entries: bytes
    prev_hash: bytes
    hash: bytes

    def fingerprint(self) -> bytes:
        """What `hash` must be."""
        return _fingerprint(
            self.prev_hash, self.seq, self.at_ms, self.up_ms, self.kind.encode(), self.data, self.effects, self.entries
        )

    def values(self) -> tuple[int | str | bytes, ...]:
        """The parameters of `INSERT`."""
        return (
            self.seq, self.at_ms, self.up_ms, self.kind,
            self.data.decode(), self.effects.decode(), self.entries.decode(), self.prev_hash, self.hash,
        )  # fmt: skip

    def record(self) -> Record:
        """The record again. Raises StoreCorrupt when this version of the program does not understand it."""
        try:
            event = _decode_event(self.data)
            effects, entries = _decode_effects(self.effects), _decode_entries(self.entries)
        except msgspec.MsgspecError as error:
            raise StoreCorrupt(f"event {self.seq} ({self.kind}) can not be understood: {error}; {WAY_OUT}") from error
        return Record(self.seq, self.at_ms, self.up_ms, event, effects, entries)


def row_of(record: Record, prev_hash: bytes) -> Row:
    """The row for `record`, following the one whose fingerprint is `prev_hash`."""
    kind = type(record.event).__name__
    data, effects, entries = _encode(record.event), _encode(record.effects), _encode(record.entries)
    found = _fingerprint(prev_hash, record.seq, record.at_ms, record.up_ms, kind.encode(), data, effects, entries)
    return Row(record.seq, record.at_ms, record.up_ms, kind, data, effects, entries, prev_hash, found)


def read_row(columns: tuple[Any, ...]) -> Row:
    """A row from what `SELECT` gave. Raises StoreCorrupt when a column is not what the table promises."""
    seq, at_ms, up_ms, kind, data, effects, entries, prev_hash, found = columns
    numbers = all(type(value) is int for value in (seq, at_ms, up_ms))
    if not numbers or not all(type(v) is bytes for v in (kind, data, effects, entries, prev_hash, found)):
        raise StoreCorrupt(f"event {seq}: a column is missing or of the wrong type; {WAY_OUT}")
    return Row(seq, at_ms, up_ms, kind.decode(errors="replace"), data, effects, entries, prev_hash, found)


def flaw(row: Row, after: int, prev_hash: bytes) -> str | None:
    """What is wrong with `row` as the one that follows event `after`; None: nothing."""
    if row.seq != after + 1:
        return f"event {after + 1} is missing"
    if row.prev_hash != prev_hash:
        return f"event {row.seq} does not follow event {after}"
    if row.fingerprint() != row.hash:
        return f"event {row.seq} was altered"
    return None


def verified(rows: Iterable[tuple[Any, ...]], after: int, prev_hash: bytes) -> Iterator[Row]:
    """The rows that follow event `after`, one by one as they prove sound; StoreCorrupt at the first that is not."""
    for columns in rows:
        row = read_row(columns)
        if reason := flaw(row, after, prev_hash):
            raise StoreCorrupt(f"{reason}; {WAY_OUT}")
        after, prev_hash = row.seq, row.hash
        yield row


def _fingerprint(
    prev_hash: bytes, seq: int, at_ms: int, up_ms: int, kind: bytes, data: bytes, effects: bytes, entries: bytes
) -> bytes:
    head = _HEAD.pack(seq, at_ms, up_ms, len(kind), len(data), len(effects), len(entries))
    return hashlib.sha256(b"".join((prev_hash, head, kind, data, effects, entries))).digest()
