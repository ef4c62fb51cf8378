"""The journal: what has happened, durable before anything acts on it.

One transaction holds events, the effects that they caused and the books; `commit` is the only sync, shared by all that
was appended since `begin`. When the disk refuses, what was in flight is unknown: the object refuses further use, and
whoever owns it opens the file again and reads what is there. A failed sync is never tried again, because the kernel may
have dropped the pages and would then call the second try a success ("Can Applications Recover from fsync Failures?",
USENIX ATC 2020).
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

import msgspec

from terminal.errors import StoreCorrupt, StoreFailed
from terminal.store import books, migrations, sqlite
from terminal.store.lookups import Lookups
from terminal.store.record import GENESIS, INSERT, SELECT, WAY_OUT, Record, Row, flaw, read_row, row_of, verified

FILE = "journal.db"
"""The journal's name in the data directory."""

CHECKPOINT_EVERY = 256
"""The write-ahead log is checkpointed when idle, and after so many events at the latest: a log of 1 to 4 MiB. It starts
anew in the same blocks, which makes a commit faster than in a file that grows."""

KEEP_WORLD = "INSERT OR REPLACE INTO snapshots (slot, seq, world, hash) VALUES (?, ?, ?, ?)"

World = TypeVar("World")

_encode_world = msgspec.msgpack.Encoder().encode


class Journal:
    """The one writer of a journal file. Not for use by several threads."""

    def __init__(self, path: Path, connection: sqlite.Connection) -> None:
        self.path = path
        self._connection = connection
        self._begun = False
        self._failed = False
        self._cursors: dict[str, int] = {}
        self._to_checkpoint = True
        self._seq, self._head_hash = self._read_head()
        self._slot = self._older_slot()
        self._durable = (self._seq, self._head_hash)
        self._checkpointed_seq = self._seq
        self.books = Lookups(self._rows)
        """What the books know, the open transaction included."""

    @classmethod
    def open(cls, path: Path, *, connect: sqlite.Connect = sqlite.connect) -> Self:
        """Opens `path` for writing; makes it, or brings its schema up to date, if need be.

        Raises StoreError when it is not ours, too new, or in use; StoreFailed when the disk refuses; StoreCorrupt when
        SQLite can not read it. In none of these cases is the file changed.
        """
        try:
            connection = connect(path)
        except sqlite3.Error as error:
            raise sqlite.refusal(path, error) from error
        try:
            version = sqlite.schema_version(connection, path)
            sqlite.settle(connection)
            if version < migrations.NEWEST:
                migrations.migrate(connection, version, sqlite.APPLICATION_ID)
                list(connection.execute("PRAGMA wal_checkpoint(PASSIVE)"))
            return cls(path, connection)
        except sqlite3.Error as error:
            connection.close()
            raise sqlite.refusal(path, error) from error
        except BaseException:
            connection.close()
            raise

    @property
    def seq(self) -> int:
        """Number of the last event, 0 when there is none; counts what is appended but not yet committed."""
        return self._seq

    @property
    def head_hash(self) -> bytes:
        """Fingerprint of the last event. Publish it: a chain alone does not show that its tail was cut off."""
        return self._head_hash

    # --- writing --------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Begins a transaction. Raises StoreFailed."""
        if self._begun:
            raise RuntimeError("a transaction has begun already")
        self._execute("BEGIN IMMEDIATE")
        self._begun = True

    def append(self, record: Record) -> None:
        """Adds the next record and posts its entries to the books; durable only after `commit`. Raises StoreFailed."""
        if not self._begun or record.seq != self._seq + 1:
            raise RuntimeError(f"event {record.seq} appended after {self._seq}, transaction begun: {self._begun}")
        row = row_of(record, self._head_hash)
        self._execute(INSERT, row.values())
        try:
            books.post(self._connection, record.seq, record.at_ms, record.entries)
        except sqlite3.Error as error:
            self._abandon(error)
        self._seq, self._head_hash = row.seq, row.hash

    def commit(self, world: msgspec.Struct | None = None) -> None:
        """Makes all that was appended durable, with one sync. Raises StoreFailed: it may or may not be in the file.

        `world` is the outcome of all events so far; it is kept in the same transaction, so that a start takes it as it is.
        """
        if world is not None and self._seq:
            blob = _encode_world(world)
            self._execute(KEEP_WORLD, (self._slot, self._seq, blob, _seal(self._head_hash, blob)))
            self._slot = 1 - self._slot
        for name, seq in self._cursors.items():
            self._execute("INSERT OR REPLACE INTO outbox (name, acked_seq) VALUES (?, ?)", (name, seq))
        self._execute("COMMIT")
        self._cursors.clear()
        self._begun = False
        self._durable = (self._seq, self._head_hash)
        self._to_checkpoint = True
        if self._seq - self._checkpointed_seq >= CHECKPOINT_EVERY:
            self._checkpoint()

    def rollback(self) -> None:
        """Drops all that was appended since `begin`. Raises StoreFailed."""
        self._execute("ROLLBACK")
        self._begun = False
        self._seq, self._head_hash = self._durable

    def checkpoint(self) -> None:
        """Moves the write-ahead log into the file; call it when idle, it costs nothing when there is nothing to do.

        Never waits for readers. Raises StoreFailed.
        """
        if self._cursors:
            self.begin()
            self.commit()
        if self._to_checkpoint:
            self._checkpoint()

    def set_cursor(self, name: str, seq: int) -> None:
        """The consumer `name` has acknowledged everything up to `seq`. Durable with the next commit or checkpoint."""
        if not 0 <= seq <= self._seq:
            raise RuntimeError(f"cursor {name} at {seq}, but the last event is {self._seq}")
        self._cursors[name] = seq

    def close(self) -> None:
        """Ends the use of the file; what was not committed is dropped. Never raises for a disk that refuses."""
        if self._cursors and not self._failed:
            try:
                if self._begun:
                    self.rollback()
                self.checkpoint()
            except StoreFailed:
                pass  # the consumer gets some events again: cursors are a convenience, not the truth
        self._failed = True
        self._connection.close()

    # --- reading --------------------------------------------------------------------------------------------------
    def load(self, world_type: type[World]) -> tuple[World | None, Iterator[Record]]:
        """The world of the last commit, and the events after it, of which there are none unless that world can not be read
        (it is damaged, or of another version of the program): then those after the one before, or all of them.

        The events come one by one and are verified as they come, so that even a year of them fits into memory; read them
        before anything else is done with the journal. Raises StoreCorrupt, with the event's number, where the chain does
        not hold.
        """
        self._expect_whole_tail()
        world, after, head = self._latest_snapshot(msgspec.msgpack.Decoder(world_type))
        return world, self._records(after, head)

    def _records(self, after: int, head: bytes) -> Iterator[Record]:
        try:
            rows = self._connection.execute(f"{SELECT} WHERE seq > ? ORDER BY seq", (after,))
            for row in verified(rows, after, head):
                yield row.record()
        except sqlite3.Error as error:
            raise sqlite.refusal(self.path, error) from error

    def last_at_ms(self) -> int | None:
        """Wall time of the last event; None: there is none yet."""
        rows = self._rows("SELECT at_ms FROM events ORDER BY seq DESC LIMIT 1")
        return int(rows[0][0]) if rows else None

    def cursor(self, name: str) -> int:
        """What the consumer `name` has acknowledged, 0 at first."""
        if name in self._cursors:
            return self._cursors[name]
        rows = self._rows("SELECT acked_seq FROM outbox WHERE name = ?", (name,))
        return int(rows[0][0]) if rows else 0

    def _read_head(self) -> tuple[int, bytes]:
        rows = self._rows("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
        if not rows:
            return 0, GENESIS
        seq, head_hash = rows[0]
        if type(seq) is not int or type(head_hash) is not bytes:
            raise StoreCorrupt(f"the last event can not be read; {WAY_OUT}")
        return seq, head_hash

    def _older_slot(self) -> int:
        """The snapshot that is written next: never the newest one, so that a torn write leaves it whole."""
        rows = self._rows("SELECT slot FROM snapshots ORDER BY seq DESC LIMIT 1")
        return 1 - int(rows[0][0]) if rows else 0

    def _expect_whole_tail(self) -> None:
        """Snapshots and cursors are of events that were durable: if these are gone, the journal's end was cut off."""
        known = self._rows("SELECT max(seq) FROM snapshots UNION ALL SELECT max(acked_seq) FROM outbox")
        furthest = max(seq or 0 for (seq,) in known)
        if furthest > self._seq:
            raise StoreCorrupt(f"events {self._seq + 1} to {furthest} are missing at the end; {WAY_OUT}")

    def _latest_snapshot(self, decoder: msgspec.msgpack.Decoder[World]) -> tuple[World | None, int, bytes]:
        """World, event number and fingerprint to go on from. A snapshot that is damaged, or that this version of the
        program can not read, is passed over: the events tell the same."""
        for seq, blob, seal in self._rows("SELECT seq, world, hash FROM snapshots ORDER BY seq DESC"):
            found = self._rows(f"{SELECT} WHERE seq = ?", (seq,))
            row = read_row(found[0]) if found else None
            if row is None or flaw(row, seq - 1, row.prev_hash):
                raise StoreCorrupt(f"event {seq} is missing or was altered; {WAY_OUT}")
            if seal != _seal(row.hash, blob):
                continue
            try:
                return decoder.decode(blob), seq, row.hash
            except msgspec.MsgspecError:
                continue
        return None, 0, GENESIS

    # --- the one way to the disk ----------------------------------------------------------------------------------
    def _rows(self, sql: str, parameters: sqlite.Parameters = ()) -> list[Any]:
        try:
            return list(self._execute(sql, parameters))
        except sqlite3.Error as error:
            self._abandon(error)

    def _execute(self, sql: str, parameters: sqlite.Parameters = ()) -> Iterable[Any]:
        if self._failed:
            raise StoreFailed(f"{self.path}: closed after a failure; open it again")
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            self._abandon(error)

    def _checkpoint(self) -> None:
        _, log_frames, moved_frames = self._rows("PRAGMA wal_checkpoint(PASSIVE)")[0]
        self._to_checkpoint = moved_frames < log_frames  # a reader in mid-query keeps the rest in the log
        self._checkpointed_seq = self._seq

    def _abandon(self, error: sqlite3.Error) -> NoReturn:
        """Gives the object up. A broken constraint is our own mistake and goes up as it is; all else is the disk's."""
        self._failed = True
        if self._begun:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
        self._begun = False
        if isinstance(error, sqlite3.IntegrityError):
            raise error
        raise sqlite.refusal(self.path, error) from error


def _seal(head_hash: bytes, blob: bytes) -> bytes:
    """Binds a snapshot to the event it was taken after, and shows when it was damaged."""
    return hashlib.sha256(head_hash + blob).digest()


class Reader:
    """Reads a journal while it is written. Has a connection of its own: make it in the thread that uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite.connect_reader(path)

    def events_after(self, seq: int, limit: int) -> list[Row]:
        """At most `limit` durable events after `seq`, in order. Raises StoreFailed or StoreCorrupt."""
        try:
            return [
                read_row(columns)
                for columns in self._connection.execute(f"{SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
            ]
        except sqlite3.Error as error:
            raise sqlite.refusal(self._path, error) from error

    def rows(self, sql: str, parameters: sqlite.Parameters = ()) -> list[Any]:
        """The rows of a query. Raises StoreFailed or StoreCorrupt."""
        try:
            return list(self._connection.execute(sql, parameters))
        except sqlite3.Error as error:
            raise sqlite.refusal(self._path, error) from error

    def last_at_ms(self) -> int:
        """Wall time of the last durable event, 0 when there is none. Raises StoreFailed or StoreCorrupt."""
        rows = self.rows("SELECT at_ms FROM events ORDER BY seq DESC LIMIT 1")
        return int(rows[0][0]) if rows else 0

    def cursor(self, name: str) -> int:
        """What the consumer `name` has durably acknowledged, 0 at first. Raises StoreFailed or StoreCorrupt."""
        try:
            rows = self._connection.execute("SELECT acked_seq FROM outbox WHERE name = ?", (name,)).fetchall()
        except sqlite3.Error as error:
            raise sqlite.refusal(self._path, error) from error
        return int(rows[0][0]) if rows else 0

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()
